/** What every part of the engine works with. No Node here. */
import type { Clock } from '../lib/clock.ts';
import type { TimerQueue } from '../lib/timers.ts';
import type { Reflector } from '../reflect/reflector.ts';
import type { TransportSpec } from '../reflect/spec.ts';
import type { Ingest } from '../rib/ingest.ts';
import type { Rib } from '../rib/rib.ts';
import type { Sweeper } from '../rib/sweeper.ts';
import type { Notification } from '../wire/notification.ts';
import type { Deferral } from './deferral.ts';
import type { EventSink } from './events.ts';
import type { AttributeLimits } from './limits/attribute-limits.ts';
import type { SessionLimits } from './limits/session-limits.ts';
import type { BfdService, Dialer, NeighbourFinder } from './ports.ts';
import type { RefusalReason } from './refusals.ts';

export interface Core {
  readonly clock: Clock;
  readonly timers: TimerQueue;
  readonly dialer: Dialer;
  /** null: peers on interfaces are not searched for, they connect. */
  readonly neighbours: NeighbourFinder | null;
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
  readonly limited: Set<SessionLimits>;
  /** Bounds on the memory of attribute sets. */
  readonly attributeLimits: AttributeLimits;
  /** After a start, until the peers have sent what they have (RFC 4724 4.1). */
  readonly deferral: Deferral | null;
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
