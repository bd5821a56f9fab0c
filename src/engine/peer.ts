/**
 * A peer: its state machine driven, its connections held, its session made and ended. The only place where actions of
 * the state machine are carried out. No Node here.
 */
import { initialState, type PeerState, stateName } from '../fsm/peer.ts';
import type { SessionSpec } from '../fsm/spec.ts';
import { step } from '../fsm/step.ts';
import type { Action, DownReason, Event, Negotiated, Side, StateName, TimerName } from '../fsm/types.ts';
import { formatAddress } from '../lib/ip.ts';
import { Timer } from '../lib/timers.ts';
import type { PeerSpec } from '../reflect/spec.ts';
import type { RibPeer } from '../rib/peers.ts';
import { VERDICT } from '../wire/attribute-table.ts';
import { FAMILIES, type FamilyId, familyOf } from '../wire/families.ts';
import { encodeKeepalive, HEADER_LENGTH, MESSAGE } from '../wire/message.ts';
import { cease, encodeNotification, type Notification } from '../wire/notification.ts';
import { encodeOpen } from '../wire/open.ts';
import { encodeRouteRefresh } from '../wire/route-refresh.ts';
import type { Core } from './core.ts';
import { attemptEvents, downEvent } from './down-events.ts';
import { Link, type LinkOwner } from './link.ts';
import { malformedEvent } from './malformed.ts';
import { type Incoming, readMessage } from './messages.ts';
import { PeerCounters } from './peer-counters.ts';
import { PeerTimers } from './peer-timers.ts';
import type { Connection, Dial } from './ports.ts';
import { type ExpiryCause, keptFamilies, Retention, type RetentionOwner } from './retention.ts';
import { roleIn, Session } from './session.ts';

/** How long a closed connection may still take to send what is queued. */
const LINGER_MS = 2000;

const KEEPALIVE = encodeKeepalive();

/** Who a peer tells that it has nothing open any more. */
export interface PeerOwner {
  onPeerIdle(peer: Peer): void;
  onEstablished(peer: Peer): void;
  /** The peer has sent all that it has of a family. */
  onEndOfRib(peer: Peer): void;
}

export class Peer implements LinkOwner, RetentionOwner {
  spec: PeerSpec;
  /** Came from a dynamic range. */
  readonly dynamic: boolean;
  /** Text of the address: what the peer is called. */
  readonly name: string;
  readonly counters = new PeerCounters();
  session: Session | null = null;
  /** Milliseconds of the clock at which the state was entered. */
  stateSinceMs: number;
  private state: PeerState = initialState();
  private readonly links: { out: Link | null; in: Link | null } = { out: null, in: null };
  private readonly timers: PeerTimers;
  private dial: Dial | null = null;
  private readonly queue: Event[] = [];
  private stepping = false;
  /** A session that is up but must wait until the paths of the one before are gone, with the messages that it has then. */
  private waiting: { readonly link: Link; readonly negotiated: Negotiated; readonly early: Uint8Array[] } | null = null;
  private sweeping = false;
  /** What is kept of a session that was lost, and whose peer may come back (RFC 4724). */
  private kept: Retention | null = null;
  private readonly core: Core;
  private readonly owner: PeerOwner;

  constructor(core: Core, spec: PeerSpec, dynamic: boolean, owner: PeerOwner) {
    this.core = core;
    this.spec = spec;
    this.dynamic = dynamic;
    this.owner = owner;
    this.name = formatAddress(spec.address);
    this.stateSinceMs = core.clock.nowMs();
    this.timers = new PeerTimers(core.timers, (timer, side) => this.onTimer(timer, side));
  }

  get stateName(): StateName {
    return stateName(this.state);
  }

  /** The connection that matters: the established one, else whichever there is. */
  get link(): Link | null {
    return this.session?.link ?? this.waiting?.link ?? this.links.out ?? this.links.in;
  }

  /** Nothing is open, and nothing of it is left in the tables. */
  get isIdle(): boolean {
    const open = this.links.out !== null || this.links.in !== null || this.dial !== null;
    return !open && !this.sweeping && this.kept === null;
  }

  /** What is kept of the session before, while its peer restarts; null: nothing is stale. */
  get retention(): Retention | null {
    return this.kept;
  }

  nowMs(): number {
    return this.core.clock.nowMs();
  }

  start(): void {
    this.dispatch({ type: 'start' });
  }

  /**
   * Ends whatever is open with this notification (null: without a word) and stays down until started. A shutdown or a
   * removal is for good: a peer that would keep our routes over a NOTIFICATION is told so by a hard reset (RFC 8538 3).
   */
  stop(notification: Notification | null): void {
    const hard = notification !== null && isForGood(notification) && this.keepsOverNotification;
    this.dispatch({ type: 'stop', notification: hard ? cease.hard(notification) : notification });
    if (this.kept !== null) this.discard();
  }

  /** Stops for a restart of the daemon: in such a way that the peer keeps our routes, if it can (RFC 4724, RFC 8538). */
  stopForRestart(): void {
    const { session } = this;
    const kept = this.spec.session.gracefulRestart?.full && session?.negotiated.gracefulRestart !== null;
    // Before Established it may be one that keeps our routes from before: a NOTIFICATION would cost them.
    const silent = kept && !this.keepsOverNotification;
    const notification = silent ? null : cease.shutdown;
    this.dispatch({ type: 'stop', notification });
  }

  /** The session has the N bit on both sides. */
  private get keepsOverNotification(): boolean {
    return this.session?.negotiated.gracefulRestart?.notification === true;
  }

  /** Puts other settings in force; `soft`: the session that is up takes over what it can without being reset. */
  reconfigure(spec: PeerSpec, soft: boolean): void {
    this.spec = spec;
    if (!soft || this.session === null) return;
    this.session.adopt(spec);
    this.core.schedule();
  }

  /** Takes a connection that the peer opened, or closes it when it may not have one. */
  accept(connection: Connection): void {
    if (this.links.in !== null) this.dispatch({ type: 'challenged' });
    if (this.links.in !== null) {
      this.refuse(connection);
      return;
    }
    this.links.in = new Link('in', connection, this);
    this.dispatch({ type: 'accepted' });
  }

  /** RFC 4271 6.8: the established session stays, the newcomer hears why. */
  private refuse(connection: Connection): void {
    const detail = 'a session with it is established';
    this.core.events.emit({ name: 'peer.refused', address: this.name, reason: 'collision', detail });
    const link = new Link('in', connection, this);
    this.core.countNotification('sent', cease.collision);
    link.outbox.control(encodeNotification(cease.collision));
    this.closeGently(link);
  }

  /** Asks the peer for its routes again; false when there is no session that can. */
  requestRefresh(family: FamilyId): boolean {
    const { session } = this;
    if (session === null || !session.negotiated.routeRefresh || session.members[family] === null) return false;
    session.link.outbox.control(encodeRouteRefresh(FAMILIES[family].afi, FAMILIES[family].safi, 0));
    return true;
  }

  onMessage(link: Link, bytes: Uint8Array, start: number, end: number, type: number): boolean {
    const { session } = this;
    if (session !== null && session.link === link) {
      if (type === MESSAGE.update) return this.onUpdate(session, bytes, start, end);
      if (type === MESSAGE.keepalive) {
        link.lastReceivedMs = this.core.clock.nowMs();
        return true;
      }
    }
    if (this.waiting?.link === link && (type === MESSAGE.update || type === MESSAGE.routeRefresh)) {
      // What was read together with the KEEPALIVE that established it; reading is paused behind that.
      this.waiting.early.push(bytes.slice(start, end));
      return true;
    }
    const incoming = readMessage(bytes, start, end, type);
    if (incoming.kind === 'refresh') return this.onRefresh(link, incoming);
    this.dispatch({ ...incoming.event, side: link.side } as Event);
    return this.links[link.side] === link;
  }

  onFramingError(link: Link, notification: Notification): void {
    this.dispatch({ type: 'messageError', side: link.side, notification });
  }

  onLinkClosed(link: Link, error: string | null): void {
    if (this.links[link.side] !== link) return;
    this.dispatch({ type: 'closed', side: link.side, error });
    if (this.links[link.side] === link) this.dropLink(link.side);
    this.tellIfIdle();
  }

  onInputDone(): void {
    this.core.schedule();
  }

  /** Events that come up while one is being handled wait their turn. */
  private dispatch(event: Event): void {
    this.queue.push(event);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) this.step(next);
    this.stepping = false;
    this.core.rearm();
  }

  private step(event: Event): void {
    const before = this.stateName;
    const actions: Action[] = [];
    this.state = step(this.state, event, this.sessionSpec(), this.core.random, actions);
    for (const action of actions) this.perform(action);
    const after = this.stateName;
    if (before === after) return;
    this.stateSinceMs = this.core.clock.nowMs();
    this.core.events.emit({ name: 'peer.state', peer: this.name, from: before, to: after });
  }

  /** What is configured, with what the daemon knows of its own restart. */
  private sessionSpec(): SessionSpec {
    const { session } = this.spec;
    const { deferring, keepsForwarding } = this.core;
    const restarted = deferring ? { ...session, restarted: true } : session;
    if (keepsForwarding || !session.gracefulRestart) return restarted;
    return { ...restarted, gracefulRestart: { ...session.gracefulRestart, forwarding: false } };
  }

  private perform(action: Action): void {
    switch (action.type) {
      case 'dial':
        this.startDial();
        break;
      case 'cancelDial':
        this.dial?.cancel();
        this.dial = null;
        break;
      case 'close':
        this.closeLink(action.side);
        break;
      case 'sendOpen':
        this.links[action.side]?.outbox.control(encodeOpen(action.open));
        break;
      case 'sendKeepalive':
        this.links[action.side]?.outbox.control(KEEPALIVE);
        break;
      case 'sendNotification':
        this.core.countNotification('sent', action.notification);
        this.links[action.side]?.outbox.control(encodeNotification(action.notification));
        break;
      case 'arm':
        this.timers.arm(action.timer, action.side, this.core.clock.nowMs() + action.ms);
        break;
      case 'cancel':
        this.timers.cancel(action.timer, action.side);
        break;
      case 'established':
        this.establish(action.side, action.negotiated);
        break;
      case 'down':
        this.onDown(action);
        break;
    }
  }

  private startDial(): void {
    const { address, port, localAddress } = this.spec;
    this.dial = this.core.dialer.dial(
      { address, port, localAddress },
      (connection) => {
        this.dial = null;
        this.links.out = new Link('out', connection, this);
        this.dispatch({ type: 'connected' });
      },
      (error) => {
        this.dial = null;
        this.core.events.emit({ name: 'peer.connect-failed', peer: this.name, port, error });
        this.dispatch({ type: 'connectFailed' });
      },
    );
  }

  private onTimer(timer: TimerName, side: Side | null): void {
    if (timer === 'hold' && side !== null && this.heardSince(side)) return;
    this.dispatch({ type: 'timer', timer, side } as Event);
  }

  /** In Established, what came since the hold timer was armed only moves its deadline when it fires. */
  private heardSince(side: Side): boolean {
    const established = this.session ?? this.waiting;
    if (established === null || established.link.side !== side) return false;
    const atMs = established.link.lastReceivedMs + established.negotiated.holdMs;
    if (atMs <= this.core.clock.nowMs()) return false;
    this.timers.arm('hold', side, atMs);
    return true;
  }

  private onUpdate(session: Session, bytes: Uint8Array, start: number, end: number): boolean {
    const { link } = session;
    link.lastReceivedMs = this.core.clock.nowMs();
    link.updatesIn++;
    const { verdict, error } = session.update(bytes, start, end);
    if (error === null) return true;
    this.counters.malformed[verdict]++;
    this.core.events.emit(malformedEvent(this.name, verdict, error));
    if (verdict < VERDICT.reset) return true;
    this.dispatch({ type: 'messageError', side: link.side, notification: error });
    return false;
  }

  private onRefresh(link: Link, { afi, safi }: Extract<Incoming, { kind: 'refresh' }>): boolean {
    const { session } = this;
    if (session === null || session.link !== link) {
      this.dispatch({ type: 'routeRefresh', side: link.side });
      return this.links[link.side] === link;
    }
    const family = familyOf(afi, safi);
    if (family !== undefined && session.refresh(family.id)) {
      this.core.events.emit({ name: 'peer.refresh-requested', peer: this.name, family: family.name });
    }
    return true;
  }

  private establish(side: Side, negotiated: Negotiated): void {
    const link = this.links[side] as Link;
    link.lastReceivedMs = this.core.clock.nowMs();
    this.counters.established++;
    this.waiting = { link, negotiated, early: [] };
    if (this.kept !== null && !this.kept.fits(roleIn(this.spec, negotiated))) this.discard();
    if (this.sweeping) link.connection.pause();
    else this.beginSession();
  }

  private beginSession(): void {
    const { waiting } = this;
    if (waiting === null) return;
    this.waiting = null;
    const { link, negotiated } = waiting;
    const kept = this.kept?.ribPeer ?? null;
    this.session = new Session(this.core, this.spec, this.spec.address, link, negotiated, kept);
    this.session.whenEndOfRib = (family) => {
      this.kept?.endOfRib(family);
      this.owner.onEndOfRib(this);
    };
    this.kept?.resume(negotiated);
    waiting.link.connection.resume();
    this.owner.onEstablished(this);
    for (const message of waiting.early) {
      if (!this.onMessage(waiting.link, message, 0, message.length, message[HEADER_LENGTH - 1])) return;
    }
  }

  private onDown(action: Extract<Action, { type: 'down' }>): void {
    const { reason, wasEstablished } = action;
    if (reason.kind === 'notificationReceived') this.core.countNotification('received', reason.notification);
    this.counters.noteDown(reason, this.core.clock.nowMs(), wasEstablished);
    if (!wasEstablished) {
      for (const event of attemptEvents(this.name, this.spec, reason)) this.core.events.emit(event);
      return;
    }
    const upSeconds = Math.round((this.core.clock.nowMs() - this.stateSinceMs) / 1000);
    this.core.events.emit(downEvent(this.name, this.spec, reason, upSeconds));
    this.endSession(reason);
  }

  private endSession(reason: DownReason): void {
    const { session } = this;
    this.waiting = null;
    this.session = null;
    if (session === null) return;
    session.close();
    const before = this.kept;
    this.kept = null;
    const families = keptFamilies(session.negotiated, reason);
    if (families.length === 0) this.sweep(session.ribPeer);
    else this.keep(session, families, before);
    before?.cancel();
  }

  /** The peer may come back: its paths stay for a time, stale. */
  private keep({ ribPeer, negotiated }: Session, families: readonly FamilyId[], before: Retention | null): void {
    const longLived = new Map((negotiated.longLived ?? []).map(({ family, timeMs }) => [family, timeMs]));
    const restartMs = negotiated.gracefulRestart?.restartMs ?? 0;
    const staleMs = this.spec.session.gracefulRestart?.staleMs ?? 0;
    this.kept = new Retention(this.core, ribPeer, families, { restartMs, staleMs, longLived }, before, this);
    const seconds = Math.round(this.kept.remainingMs / 1000);
    this.core.events.emit({ name: 'peer.restarting', peer: this.name, paths: this.kept.paths, seconds });
  }

  /** Nothing of the session before is to stay: a new session waits until it is gone. */
  private discard(): void {
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
      this.beginSession();
      this.tellIfIdle();
    });
    this.core.schedule();
  }

  onExpired(family: FamilyId, paths: number, cause: ExpiryCause): void {
    this.core.events.emit({ name: 'peer.stale-removed', peer: this.name, family: FAMILIES[family].name, paths, cause });
  }

  onRestartTimeOver(): void {
    this.discard();
  }

  onLongLived(family: FamilyId, paths: number, timeMs: number): void {
    const seconds = timeMs / 1000;
    this.core.events.emit({ name: 'peer.long-lived', peer: this.name, family: FAMILIES[family].name, paths, seconds });
  }

  onSynchronized(): void {
    this.kept = null;
  }

  private closeLink(side: Side): void {
    const link = this.links[side];
    if (link === null) return;
    this.dropLink(side);
    this.closeGently(link);
    this.tellIfIdle();
  }

  /** Lets what is queued go out, within a bounded time. */
  private closeGently(link: Link): void {
    link.close();
    if (link.outbox.isClosed) return;
    const linger = new Timer(this.core.timers, () => link.abort());
    linger.arm(this.core.clock.nowMs() + LINGER_MS);
    this.core.rearm();
  }

  private dropLink(side: Side): void {
    const link = this.links[side];
    if (link !== null) this.counters.keep(link);
    this.links[side] = null;
  }

  private tellIfIdle(): void {
    if (this.isIdle) this.owner.onPeerIdle(this);
  }
}

/** Cease subcodes after which the session does not come back by itself. */
function isForGood({ code, subcode }: Notification): boolean {
  return code === cease.shutdown.code && (subcode === cease.shutdown.subcode || subcode === cease.deconfigured.subcode);
}
