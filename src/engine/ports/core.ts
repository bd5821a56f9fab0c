/** What every part of the engine works with. No Node here. */

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
import type { BfdService, Dialer, NeighborFinder } from './ports.ts';

/** Limits of one session that are looked at when a turn has changed what they count. */
export interface CheckedLimits {
  /** Looks at what the peer has announced; false when that has ended the session. */
  checkInbound(): boolean;
  /** Looks at what is advertised to the peer. */
  checkOutbound(): void;
}

/** Bounds on the memory that attribute sets take up, as a session uses them. */
export interface AttributeBounds {
  /** Puts the bound of a peer in force; octets, or Infinity. */
  adopt(peer: RibPeer, octets: number): void;
  /** The peer has no session any more. */
  forget(peer: RibPeer): void;
  /** Compares what the peer takes up with its bound. */
  check(peer: RibPeer): void;
}

/** The time after a start in which some peers are sent no routes yet (RFC 4724 4.1). */
export interface StartDeferral {
  /** Whether a session is sent no routes until the deferral ends. */
  holdsBack(spec: SessionSpec, negotiated: Negotiated): boolean;
}

export interface Core {
  readonly clock: Clock;
  readonly timers: TimerQueue;
  readonly dialer: Dialer;
  /** null: peers on interfaces are not searched for, they connect. */
  readonly neighbors: NeighborFinder | null;
  /** null: BFD is not run. */
  readonly bfd: BfdService | null;
  /** Whether both addresses lie in one network that this host has an address in. */
  isOnLink(local: Uint8Array, remote: Uint8Array): boolean;
  readonly events: EventSink;
  /** [0, 1), for jitter. */
  readonly random: () => number;
  readonly rib: Rib;
  readonly ingest: Ingest;
  readonly sweeper: Sweeper;
  readonly reflector: Reflector;
  /** Sessions with limits that are looked at when a turn has changed what they count. */
  readonly limited: Set<CheckedLimits>;
  /** Bounds on the memory of attribute sets. */
  readonly attributeLimits: AttributeBounds;
  /** After a start, until the peers have sent what they have (RFC 4724 4.1). */
  readonly deferral: StartDeferral | null;
  /** All peers are told of routes as by a router that is about to go (RFC 8326). */
  readonly draining: boolean;
  /** Packets go on as before while the daemon restarts: the kernel keeps its routes (F bit, RFC 4724 3). */
  readonly keepsForwarding: boolean;
  /**
   * Why the sockets that listen do not have the key of a peer, in words: then it has no session; null: they have.
   * @param dynamic it comes from a range
   */
  keyProblemOf(address: Uint8Array, transport: TransportSpec, dynamic: boolean): string | null;
  /** A connection was turned away: counts and tells it. */
  noteRefused(address: string, reason: RefusalReason, detail: string): void;
  /** Counts a NOTIFICATION; counts outlive the peers. */
  countNotification(direction: 'sent' | 'received', notification: Notification): void;
  /** What the usability of paths depends on has changed: all are judged anew, in the turns that follow. */
  judgePaths(): void;
  /** Whole seconds of the clock, refreshed once a turn. */
  nowSeconds(): number;
  /** There may be work: runs it after the input that is already there. */
  schedule(): void;
  /** Tells that the next deadline of `timers` may have changed. */
  rearm(): void;
}
