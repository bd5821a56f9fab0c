/**
 * The sessions of one peer, one after the other: from Established until the last path of the session is removed or
 * taken over by the next session (RFC 4724).
 *
 *   establish ─► waiting (the paths of the previous session are being removed) ─► session ─► end ─┬─► removed
 *                                                                                   ▲            └─► kept, stale
 *                                                                                   └── the peer is back ──┘
 */

import { sendHoldMs } from '../../fsm/timers.ts';
import type { BfdLoss, DownReason, Negotiated, Side } from '../../fsm/types.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { restartOf } from '../../spec/session.ts';
import { VERDICT } from '../../wire/attributes/attribute-table.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { HEADER_LENGTH, MESSAGE } from '../../wire/message.ts';
import { type Notification, sendHoldTimerExpired } from '../../wire/notification.ts';
import { encodeRouteRefresh } from '../../wire/route-refresh.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';
import type { PeerCounters } from '../connection/peer-counters.ts';
import { SendHold } from '../connection/send-hold.ts';
import { type MalformedUpdate, malformedEvent } from '../events/malformed.ts';
import type { BfdSupport } from '../ports/core.ts';
import { BfdWatch } from './bfd-watch.ts';
import { keptFamilies } from './kept-families.ts';
import { Refreshes } from './refreshes.ts';
import { type ExpiryCause, Retention, type RetentionOwner } from './retention.ts';
import { RouteDamping } from './route-damping.ts';
import { Session, type SessionCore, type SessionUser } from './session.ts';
import { roleIn } from './session-terms.ts';

/** How long stale paths are kept if no graceful restart is configured. */
const STALE_MS = 360_000;

/** The owner of the sessions. */
export interface SessionHost extends SessionUser {
  readonly spec: PeerSpec;
  readonly counters: PeerCounters;
  /** A message of the session has an error that requires this notification. */
  onMessageError(side: Side, notification: Notification): void;
  /** BFD went down, so the session must be closed. */
  onBfdDown(side: Side, loss: BfdLoss): void;
  /** From now on the session exchanges routes. */
  onSessionBegun(): void;
  /** The peer has sent all its routes of a family. */
  onEndOfRib(): void;
  /** No paths of an earlier session are being removed or kept any more. */
  onSettled(): void;
}

/** An established connection whose session has not started yet, with the messages received meanwhile. */
interface Waiting {
  readonly connection: PeerConnection;
  readonly negotiated: Negotiated;
  readonly early: Uint8Array[];
}

/**
 * The result for a message: `other` is for the state machine; after `failed` the connection must not be read further.
 */
type Received = 'taken' | 'failed' | 'other';

export class SessionKeeper implements RetentionOwner {
  session: Session | null = null;
  private sendHold: SendHold | null = null;
  private refreshes: Refreshes | null = null;
  private waiting: Waiting | null = null;
  private sweeping = false;
  /** BFD for the sessions. */
  readonly bfd: BfdWatch;
  /** Flap damping, across sessions. */
  readonly damping: RouteDamping;
  /** The paths that are kept from a lost session whose peer may come back. */
  private kept: Retention | null = null;
  private readonly core: SessionCore & BfdSupport;
  private readonly host: SessionHost;

  constructor(core: SessionCore & BfdSupport, host: SessionHost) {
    this.core = core;
    this.host = host;
    this.bfd = new BfdWatch(core, host, (loss) => this.onBfdLost(loss));
    this.damping = new RouteDamping(core, host.name, () => host.onSettled());
    this.damping.adopt(host.spec.damping);
  }

  /** The connection of the session, also while it waits. */
  get established(): { readonly connection: PeerConnection; readonly negotiated: Negotiated } | null {
    return this.session ?? this.waiting;
  }

  /** The paths that are kept from the previous session while the peer restarts; null: none are stale. */
  get retention(): Retention | null {
    return this.kept;
  }

  /** No paths of any session are left in the tables. */
  get isSettled(): boolean {
    return !this.sweeping && this.kept === null;
  }

  /** The session has the N bit on both sides (RFC 8538). */
  get keepsOverNotification(): boolean {
    return this.session?.negotiated.gracefulRestart?.notification === true;
  }

  /** The state is Established: the session starts as soon as the paths of the previous one are removed. */
  establish(connection: PeerConnection, negotiated: Negotiated): void {
    connection.lastReceivedMs = this.core.clock.nowMs();
    this.host.counters.established++;
    if (negotiated.extendedMessages) connection.framer.takeExtended();
    this.waiting = { connection, negotiated, early: [] };
    const ms = sendHoldMs(this.host.spec.session, negotiated.holdMs);
    this.sendHold = new SendHold(this.core, connection.outbox, ms, () => {
      this.host.onMessageError(connection.side, sendHoldTimerExpired);
    });
    if (this.kept !== null && !this.kept.fits(roleIn(this.host.spec, negotiated))) this.discard();
    if (this.sweeping) connection.tcp.pause();
    else this.begin();
    this.bfd.guard(connection);
  }

  /** Processes the messages of the established session; ignores those of other connections. */
  receive(connection: PeerConnection, bytes: Uint8Array, start: number, end: number, type: number): Received {
    const { session, waiting } = this;
    if (session !== null && session.connection === connection) return this.receiveIn(session, bytes, start, end, type);
    if (waiting?.connection !== connection || (type !== MESSAGE.update && type !== MESSAGE.routeRefresh))
      return 'other';
    // A message that was read together with the KEEPALIVE that established the session; further reading is paused.
    waiting.early.push(bytes.slice(start, end));
    return 'taken';
  }

  private receiveIn(session: Session, bytes: Uint8Array, start: number, end: number, type: number): Received {
    switch (type) {
      case MESSAGE.update:
        return this.onUpdate(session, bytes, start, end);
      case MESSAGE.keepalive:
        session.connection.lastReceivedMs = this.core.clock.nowMs();
        return 'taken';
      case MESSAGE.routeRefresh:
        return this.onRefresh(session, bytes, start, end);
      default:
        return 'other';
    }
  }

  private onUpdate(session: Session, bytes: Uint8Array, start: number, end: number): Received {
    const { connection } = session;
    connection.lastReceivedMs = this.core.clock.nowMs();
    connection.updatesIn++;
    const malformed = session.update(bytes, start, end);
    if (malformed !== null) this.onMalformed(malformed);
    if (malformed?.verdict !== VERDICT.reset) return session.limits.checkInbound() ? 'taken' : 'failed';
    this.host.onMessageError(connection.side, malformed.error);
    return 'failed';
  }

  private onMalformed(malformed: MalformedUpdate): void {
    this.host.counters.malformed[malformed.verdict]++;
    this.core.events.emit(malformedEvent(this.host.name, malformed));
  }

  private onRefresh(session: Session, bytes: Uint8Array, start: number, end: number): Received {
    const error = this.refreshes?.receive(bytes, start, end) ?? null;
    if (error === null) return 'taken';
    this.host.onMessageError(session.connection.side, error);
    return 'failed';
  }

  /** How long stale paths are kept. */
  private get staleMs(): number {
    return this.host.spec.session.gracefulRestart?.staleMs ?? STALE_MS;
  }

  /** Requests a route refresh (RFC 2918); false: there is no session that supports it. */
  requestRefresh(family: FamilyId): boolean {
    const { session } = this;
    if (session === null || !session.negotiated.routeRefresh || session.members[family] === null) return false;
    session.connection.outbox.control(encodeRouteRefresh(FAMILIES[family].afi, FAMILIES[family].safi, 0));
    return true;
  }

  private begin(): void {
    const { waiting } = this;
    if (waiting === null) return;
    this.waiting = null;
    const { connection, negotiated, early } = waiting;
    const { spec } = this.host;
    const kept = this.kept?.ribPeer ?? null;
    this.session = new Session(this.core, this.host, spec, spec.address, connection, negotiated, kept);
    this.damping.attach(this.session.ribPeer);
    this.refreshes = new Refreshes(this.core, this.host.name, this.session, this.staleMs);
    this.session.whenEndOfRib = (family) => {
      this.kept?.endOfRib(family);
      this.host.onEndOfRib();
    };
    this.kept?.resume(negotiated);
    connection.tcp.resume();
    this.host.onSessionBegun();
    for (const message of early) {
      if (this.receive(connection, message, 0, message.length, message[HEADER_LENGTH - 1]) === 'failed') return;
    }
  }

  /** The session is closed: its paths are kept for a time if negotiated, else removed. */
  end(reason: DownReason): void {
    const { session } = this;
    this.waiting = null;
    this.session = null;
    this.sendHold?.stop();
    this.refreshes?.cancel();
    const families = session === null ? [] : keptFamilies(session.negotiated, reason, this.gracefulBfd);
    this.bfd.onSessionEnd(reason, families.length > 0);
    if (session === null) return;
    session.close();
    if (reason.kind === 'stopped') this.damping.forgive();
    const before = this.kept;
    this.kept = null;
    if (families.length === 0) this.sweep(session.ribPeer);
    else this.keep(session, families, before);
    before?.cancel();
  }

  /** The peer may come back: its paths are kept as stale for a time. */
  private keep({ ribPeer, negotiated }: Session, families: readonly FamilyId[], before: Retention | null): void {
    const longLived = new Map(negotiated.longLived.map(({ family, timeMs }) => [family, timeMs]));
    const restartMs = negotiated.gracefulRestart?.restartMs ?? 0;
    const { gracefulRestart } = this.host.spec.session;
    const staleMs = (family: FamilyId) => (gracefulRestart ? restartOf(gracefulRestart, family).staleMs : 0);
    this.kept = new Retention(this.core, ribPeer, families, { restartMs, staleMs, longLived }, before, this);
    const seconds = Math.round(this.kept.remainingMs / 1000);
    this.core.events.emit({ name: 'peer.restarting', peer: this.host.name, paths: this.kept.paths, seconds });
  }

  /**
   * Closes the session; paths kept from an earlier one are removed, unless that loss may be due to the restart (RFC
   * 5882 4.3.2).
   */
  private onBfdLost(loss: BfdLoss): void {
    const { established } = this;
    if (established !== null) this.host.onBfdDown(established.connection.side, loss);
    else if (loss.independent || !this.gracefulBfd) this.kept?.giveUp();
  }

  /** A BFD failure may mean that the peer only restarts. */
  private get gracefulBfd(): boolean {
    return this.host.spec.bfd?.graceful === true;
  }

  /** The peer is administratively down: all its paths are removed. */
  abandon(): void {
    this.bfd.end();
    this.discard();
  }

  /** Removes all paths of the previous session; a new session waits for that. */
  discard(): void {
    if (this.kept === null) return;
    const { ribPeer } = this.kept;
    this.kept.cancel();
    this.kept = null;
    this.sweep(ribPeer);
  }

  private sweep(ribPeer: RibPeer): void {
    this.sweeping = true;
    this.core.sweeper.sweep(ribPeer, () => {
      this.sweeping = false;
      this.begin();
      this.host.onSettled();
    });
    this.core.schedule();
  }

  onExpired(family: FamilyId, paths: number, cause: ExpiryCause): void {
    const { name } = this.host;
    this.core.events.emit({ name: 'peer.stale-removed', peer: name, family: FAMILIES[family].name, paths, cause });
  }

  onRestartTimeOver(): void {
    this.discard();
  }

  onLongLived(family: FamilyId, paths: number, timeMs: number): void {
    const seconds = timeMs / 1000;
    const { name } = this.host;
    this.core.events.emit({ name: 'peer.long-lived', peer: name, family: FAMILIES[family].name, paths, seconds });
  }

  onSynchronized(): void {
    this.kept = null;
  }
}
