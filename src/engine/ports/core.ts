/**
 * The services of the engine, by idea. A part of the engine takes those that it uses; `Core` is all of them, for what
 * makes such parts.
 */

import type { Negotiated } from '../../fsm/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TimerQueue } from '../../lib/timers.ts';
import type { Reflector } from '../../reflect/reflector.ts';
import type { Ingest } from '../../rib/ingest.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { Sweeper } from '../../rib/sweeper.ts';
import type { SessionSpec } from '../../spec/session.ts';
import type { TransportSpec } from '../../spec/transport.ts';
import type { Notification } from '../../wire/notification.ts';
import type { EventSink } from '../events/events.ts';
import type { RefusalReason } from '../events/refusals.ts';
import type { DisabledPeers } from './disabled-peers.ts';
import type { BfdService, Dialer, NeighborFinder } from './ports.ts';
import type { Taps } from './taps.ts';

/** Limits of one session that are checked after a turn that changed the counts. */
interface CheckedLimits {
  /** Checks the received prefixes; false: the limit closed the session. */
  checkInbound(): boolean;
  /** Checks the advertised prefixes. */
  checkOutbound(): void;
}

/** Limits on the memory of attribute sets, as a session uses them. */
interface AttributeBounds {
  /** Sets the limit of a peer; octets, or Infinity. */
  adopt(peer: RibPeer, octets: number): void;
  /** The session of the peer is closed. */
  forget(peer: RibPeer): void;
  /** Compares the memory of the peer with its limit. */
  check(peer: RibPeer): void;
}

/** The deferral after a start, in which no routes are advertised to some peers (RFC 4724 4.1). */
interface StartDeferral {
  /** Whether advertising to a session is deferred. */
  holdsBack(spec: SessionSpec, negotiated: Negotiated): boolean;
}

/** The time, and deadlines. */
export interface Timing {
  readonly clock: Clock;
  readonly timers: TimerQueue;
  /** The next deadline of `timers` may have changed. */
  rearm(): void;
}

/** The events that are logged and counted. */
export interface Reporting {
  readonly events: EventSink;
}

/** Counts that stay after a peer is removed. */
export interface Accounting {
  /** Counts and reports a refused connection. */
  noteRefused(address: string, reason: RefusalReason, detail: string): void;
  /** Counts a NOTIFICATION. */
  countNotification(direction: 'sent' | 'received', notification: Notification): void;
}

/** Copies of messages. */
export interface Tapping {
  readonly taps: Taps;
}

/** The turn of the engine. */
export interface Turns {
  /** Whole seconds of the clock, refreshed once a turn. */
  nowSeconds(): number;
  /** There may be work: schedules it after the input that has already arrived. */
  schedule(): void;
}

/** The tables, and what works on them. */
export interface Tables {
  readonly rib: Rib;
  readonly ingest: Ingest;
  readonly sweeper: Sweeper;
  readonly reflector: Reflector;
  /** The conditions for usable paths changed: all paths are revalidated, in the following turns. */
  revalidatePaths(): void;
}

/** The checks of limits. */
export interface LimitChecks {
  /** Sessions with limits that are checked after a turn that changed the counts. */
  readonly limited: Set<CheckedLimits>;
  /** Limits on the memory of attribute sets. */
  readonly attributeLimits: AttributeBounds;
}

/** BFD. */
export interface BfdSupport {
  /** null: BFD does not run. */
  readonly bfd: BfdService | null;
  /** Whether both addresses are in one network in which this host has an address. */
  isOnLink(local: Uint8Array, remote: Uint8Array): boolean;
}

/** The restart of this daemon. */
export interface OwnRestart {
  /** After a start, until the peers have sent their routes (RFC 4724 4.1). */
  readonly deferral: StartDeferral | null;
  /** Forwarding continues while the daemon restarts: the kernel keeps its routes (F bit, RFC 4724 3). */
  readonly keepsForwarding: boolean;
}

/** All services. */
export interface Core
  extends Timing,
    Reporting,
    Accounting,
    Turns,
    Tables,
    LimitChecks,
    BfdSupport,
    OwnRestart,
    Tapping {
  readonly dialer: Dialer;
  /** null: peers on interfaces are not discovered, they connect. */
  readonly neighbors: NeighborFinder | null;
  /** [0, 1), for jitter. */
  readonly random: () => number;
  /** Peers that a command has disabled. */
  readonly disabled: DisabledPeers;
  /** Routes are advertised to all peers with GRACEFUL_SHUTDOWN (RFC 8326). */
  readonly draining: boolean;
  /**
   * Why the key of a peer is not set on the listening sockets, in words: then it has no session; null: it is set.
   * @param dynamic the peer is from a dynamic range
   */
  keyProblemOf(address: Uint8Array, transport: TransportSpec, dynamic: boolean): string | null;
}
