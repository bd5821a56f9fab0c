/**
 * The durations of the timers of RFC 4271 section 8, in milliseconds.
 */
import type { SessionSpec } from '../spec/session.ts';

/** The hold time while no OPEN was received: "a large value", 4 minutes (RFC 4271 8.2.2, OpenSent). */
export const LARGE_HOLD_MS = 240_000;

/** How long the less preferred connection of a collision waits for the preferred one. */
const COLLISION_WAIT_MS = 5_000;

/** Keepalives are at least a second apart (RFC 4271 4.4). */
const KEEPALIVE_MIN_MS = 1_000;

/** First pause before a dial after both connections of a collision were lost. */
const COLLISION_RETRY_MS = 1_000;

/** Minimum of the default SendHoldTime (RFC 9687 3.1). */
const SEND_HOLD_MS = 480_000;

/** How long a session with this hold time may be unable to send (RFC 9687 3.1, 3.3); 0: no limit. */
export function sendHoldMs(spec: SessionSpec, holdMs: number): number {
  if (holdMs === 0) return 0;
  return spec.sendHoldMs ?? Math.max(SEND_HOLD_MS, 2 * holdMs);
}

/** RFC 4271 10: a uniformly distributed factor from 0.75 to 1.0. `random` yields [0, 1). */
function jittered(ms: number, random: () => number): number {
  return Math.round(ms * (0.75 + 0.25 * random()));
}

/** `firstMs`, doubled `times` times, at most `maxMs`. */
function doubled(firstMs: number, times: number, maxMs: number): number {
  return Math.min(firstMs * 2 ** times, maxMs);
}

/** ConnectRetryTimer after `failedDials` dials in a row without an OPEN. */
export function connectRetryMs(spec: SessionSpec, failedDials: number, random: () => number): number {
  return jittered(doubled(spec.connectRetryMs, failedDials, spec.connectRetryMaxMs), random);
}

/**
 * ConnectRetryTimer after both connections of a collision were lost: short, because the peer is up, and with jitter.
 */
export function collisionRetryMs(spec: SessionSpec, failedDials: number, random: () => number): number {
  const firstMs = Math.min(COLLISION_RETRY_MS, spec.connectRetryMs);
  return jittered(doubled(firstMs, failedDials, spec.connectRetryMaxMs), random);
}

/**
 * IdleHoldTimer after a failure that follows `failures` others in a row; 0: none.
 * The first loss of an Established session does not count, a failed OPEN exchange does.
 */
export function idleHoldMs(spec: SessionSpec, failures: number, wasEstablished: boolean): number {
  if (wasEstablished && failures === 0) return 0;
  const times = wasEstablished ? failures - 1 : failures;
  return doubled(spec.idleHoldMs, times, Math.max(spec.idleHoldMs, spec.idleHoldMaxMs));
}

/** How long a session must stay up until earlier failures are cleared. */
export function provingMs(spec: SessionSpec): number {
  return Math.max(spec.idleHoldMs, spec.idleHoldMaxMs);
}

/** Negotiated keepalive interval: as configured, at most a third of the hold time, at least a second; 0 for hold 0. */
export function keepaliveIntervalMs(spec: SessionSpec, holdMs: number): number {
  if (holdMs === 0) return 0;
  const third = Math.floor(holdMs / 3);
  return Math.max(Math.min(spec.keepaliveMs ?? third, third), KEEPALIVE_MIN_MS);
}

/** KeepaliveTimer with jitter, also at least a second. */
export function keepaliveTimerMs(intervalMs: number, random: () => number): number {
  return Math.max(jittered(intervalMs, random), KEEPALIVE_MIN_MS);
}

/**
 * How long the answer to an OPEN on the less preferred connection is delayed; well below the hold time that it offers.
 */
export function collisionWaitMs(holdMs: number): number {
  return holdMs === 0 ? COLLISION_WAIT_MS : Math.min(COLLISION_WAIT_MS, Math.floor(holdMs / 3));
}
