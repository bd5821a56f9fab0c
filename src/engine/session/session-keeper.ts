/**
 * The sessions of one peer, one after the other: what follows once the state machine says Established, until the last
 * path of it has gone or has been taken over by the next session (RFC 4724).
 *
 *   establish ─► waiting (the paths of the session before are being taken out) ─► session ─► end ─┬─► swept
 *                                                                                   ▲            └─► kept, stale
 *                                                                                   └── the peer is back ──┘
 */

import { sendHoldMs } from '../../fsm/timers.ts';
import type { BfdLoss, DownReason, Negotiated, Side } from '../../fsm/types.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { restartOf } from '../../spec/session.ts';
import { VERDICT } from '../../wire/attributes/attribute-table.ts';
import { FAMILIES, type Family, type FamilyId, familyOf } from '../../wire/families.ts';
import { HEADER_LENGTH, MESSAGE } from '../../wire/message.ts';
import { type Notification, sendHoldTimerExpired } from '../../wire/notification.ts';
import {
  decodeRouteRefresh,
  encodeRouteRefresh,
  judgeRouteRefresh,
  REFRESH_LENGTH,
  REFRESH_SUBTYPE,
} from '../../wire/route-refresh.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';
import type { PeerCounters } from '../connection/peer-counters.ts';
import { SendHold } from '../connection/send-hold.ts';
import { malformedEvent } from '../events/malformed.ts';
import type { Core } from '../ports/core.ts';
import { BfdWatch } from './bfd-watch.ts';
import { Refreshes } from './refreshes.ts';
import { type ExpiryCause, keptFamilies, Retention, type RetentionOwner } from './retention.ts';
import { RouteDamping } from './route-damping.ts';
import { Session, type SessionUser } from './session.ts';
import { roleIn } from './session-terms.ts';

/** Stale paths are kept so long where no graceful restart is configured. */
const STALE_MS = 360_000;

/** Whose sessions they are. */
export interface SessionHost extends SessionUser {
  readonly spec: PeerSpec;
  readonly counters: PeerCounters;
  /** A message of the session was so wrong that it must be answered with this. */
  onMessageError(side: Side, notification: Notification): void;
  /** BFD has lost the peer, and with it the session. */
  onBfdDown(side: Side, loss: BfdLoss): void;
  /** The session takes part in the exchange of routes from now on. */
  onSessionBegun(): void;
  /** The peer has sent all that it has of a family. */
  onEndOfRib(): void;
  /** Nothing of a session before is being taken out or kept any more. */
  onSettled(): void;
}

/** An established connection that is no session yet, with the messages that came meanwhile. */
interface Waiting {
  readonly connection: PeerConnection;
  readonly negotiated: Negotiated;
  readonly early: Uint8Array[];
}

/** What became of a message: `other` is for the state machine; after `failed` nothing more is to be read. */
export type Received = 'taken' | 'failed' | 'other';

export class SessionKeeper implements RetentionOwner {
  session: Session | null = null;
  private sendHold: SendHold | null = null;
  private refreshes: Refreshes | null = null;
  private waiting: Waiting | null = null;
  private sweeping = false;
  /** BFD beside them. */
  readonly bfd: BfdWatch;
  /** Flaps of its routes, over all sessions. */
  readonly damping: RouteDamping;
  /** What is kept of a session that was lost, and whose peer may come back. */
  private kept: Retention | null = null;
  private readonly core: Core;
  private readonly host: SessionHost;

  constructor(core: Core, host: SessionHost) {
    this.core = core;
    this.host = host;
    this.bfd = new BfdWatch(core, host, (loss) => this.onBfdLost(loss));
    this.damping = new RouteDamping(core, host.name, () => host.onSettled());
    this.damping.adopt(host.spec.damping ?? null);
  }

  /** The connection of the session, also while that waits. */
  get established(): { readonly connection: PeerConnection; readonly negotiated: Negotiated } | null {
    return this.session ?? this.waiting;
  }

  /** What is kept of the session before, while its peer restarts; null: nothing is stale. */
  get retention(): Retention | null {
    return this.kept;
  }

  /** Nothing of any session is left in the tables. */
  get isSettled(): boolean {
    return !this.sweeping && this.kept === null;
  }

  /** The session has the N bit on both sides (RFC 8538). */
  get keepsOverNotification(): boolean {
    return this.session?.negotiated.gracefulRestart?.notification === true;
  }

  /** The state machine says Established: the session begins, once nothing of the one before is in its way. */
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

  /** Takes what an established session is sent; never looks at messages of other connections. */
  receive(connection: PeerConnection, bytes: Uint8Array, start: number, end: number, type: number): Received {
    const { session, waiting } = this;
    if (session !== null && session.connection === connection) return this.receiveIn(session, bytes, start, end, type);
    if (waiting?.connection !== connection || (type !== MESSAGE.update && type !== MESSAGE.routeRefresh))
      return 'other';
    // What was read together with the KEEPALIVE that established it; reading is paused behind that.
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
    const { verdict, error } = session.update(bytes, start, end);
    if (error === null) return session.limits.checkInbound() ? 'taken' : 'failed';
    this.host.counters.malformed[verdict]++;
    this.core.events.emit(malformedEvent(this.host.name, verdict, error));
    if (verdict < VERDICT.reset) return session.limits.checkInbound() ? 'taken' : 'failed';
    this.host.onMessageError(connection.side, error);
    return 'failed';
  }

  private onRefresh(session: Session, bytes: Uint8Array, start: number, end: number): Received {
    const enhanced = session.negotiated.enhancedRefresh === true;
    const error = enhanced ? judgeRouteRefresh(bytes, start, end) : null;
    if (error !== null) {
      this.host.onMessageError(session.connection.side, error);
      return 'failed';
    }
    const { afi, safi, subtype } = decodeRouteRefresh(bytes, start, end);
    const family = familyOf(afi, safi);
    // RFC 2918 3: the octet is reserved where it is not agreed that it says something (RFC 7313).
    const asked = enhanced ? subtype : REFRESH_SUBTYPE.request;
    if (family === undefined || !session.negotiated.families.includes(family.id)) return 'taken';
    if (asked === REFRESH_SUBTYPE.request) this.onRefreshRequest(session, family, end - start);
    else if (asked === REFRESH_SUBTYPE.begin) this.onRefreshBegun(session, family.id);
    else if (asked === REFRESH_SUBTYPE.end) this.refreshes?.end(family.id);
    return 'taken';
  }

  private onRefreshRequest(session: Session, { id, name }: Family, length: number): void {
    const peer = this.host.name;
    // Filters that the peer wants its routes to pass (RFC 5291) are nothing that was agreed on: it is sent all of them.
    if (length > REFRESH_LENGTH) this.core.events.emit({ name: 'peer.orf-ignored', peer, family: name });
    if (session.refresh(id)) this.core.events.emit({ name: 'peer.refresh-requested', peer, family: name });
  }

  /** RFC 7313 4: of no effect before End-of-RIB, where graceful restart was agreed on. */
  private onRefreshBegun({ negotiated, endOfRibReceived }: Session, family: FamilyId): void {
    if (negotiated.gracefulRestart && endOfRibReceived[family] === 0) return;
    this.refreshes?.begin(family);
  }

  /** How long stale paths are kept, for whatever reason. */
  private get staleMs(): number {
    return this.host.spec.session.gracefulRestart?.staleMs ?? STALE_MS;
  }

  /** Asks the peer for its routes again (RFC 2918); false when there is no session that can. */
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
    this.refreshes = new Refreshes(this.core, this.host.name, this.session.ribPeer, this.staleMs);
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

  /** The connection is lost: the paths stay for a time where that was agreed on, or go. */
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

  /** The peer may come back: its paths stay for a time, stale. */
  private keep({ ribPeer, negotiated }: Session, families: readonly FamilyId[], before: Retention | null): void {
    const longLived = new Map((negotiated.longLived ?? []).map(({ family, timeMs }) => [family, timeMs]));
    const restartMs = negotiated.gracefulRestart?.restartMs ?? 0;
    const { gracefulRestart } = this.host.spec.session;
    const staleMs = (family: FamilyId) => (gracefulRestart ? restartOf(gracefulRestart, family).staleMs : 0);
    this.kept = new Retention(this.core, ribPeer, families, { restartMs, staleMs, longLived }, before, this);
    const seconds = Math.round(this.kept.remainingMs / 1000);
    this.core.events.emit({ name: 'peer.restarting', peer: this.host.name, paths: this.kept.paths, seconds });
  }

  /** The session ends; what is kept of one that ended before goes, unless that loss may be due to the restart (RFC 5882 4.3.2). */
  private onBfdLost(loss: BfdLoss): void {
    const { established } = this;
    if (established !== null) this.host.onBfdDown(established.connection.side, loss);
    else if (loss.independent || !this.gracefulBfd) this.kept?.giveUp();
  }

  /** A loss that BFD finds may be due to a mere restart of the peer. */
  private get gracefulBfd(): boolean {
    return this.host.spec.bfd?.graceful === true;
  }

  /** The peer is down for the operator: nothing of its sessions is to stay. */
  abandon(): void {
    this.bfd.end();
    this.discard();
  }

  /** Nothing of the session before is to stay: a new session waits until it is gone. */
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
