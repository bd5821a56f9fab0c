/**
 * A peer: its state machine driven, its connections opened and closed. The only place where actions of the state machine
 * are carried out; what becomes of its sessions is the keeper's part. No Node here.
 */
import { describeDown, describeLimitReached } from '../../fsm/describe.ts';
import type { Action, BfdLoss, Event, LimitReached, Negotiated, Side, StateName, TimerName } from '../../fsm/types.ts';
import { sameAddress } from '../../lib/ip.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { FamilyId } from '../../wire/families.ts';
import { encodeKeepalive, MAX_EXTENDED_LENGTH, MAX_MESSAGE_LENGTH } from '../../wire/message.ts';
import { cease, encodeNotification, type Notification } from '../../wire/notification.ts';
import { encodeOpen } from '../../wire/open/open.ts';
import { Dialing, type DialingUser } from '../connection/dialing.ts';
import { Link, type LinkOwner } from '../connection/link.ts';
import { LinkNeighbour, type LinkUser } from '../connection/link-neighbour.ts';
import { Links } from '../connection/links.ts';
import { readMessage } from '../connection/messages.ts';
import { Newcomers, type NewcomersUser, type StandingSession } from '../connection/newcomers.ts';
import { PeerCounters } from '../connection/peer-counters.ts';
import { TransportFit } from '../connection/transport-fit.ts';
import { attemptEvents, downEvent } from '../events/down-events.ts';
import { HoldDown, limitNotification } from '../limits/hold-down.ts';
import type { Core } from '../ports/core.ts';
import type { Connection } from '../ports/ports.ts';
import type { BfdWatch } from '../session/bfd-watch.ts';
import type { Retention } from '../session/retention.ts';
import type { RouteDamping } from '../session/route-damping.ts';
import { reimport, type Session } from '../session/session.ts';
import { type SessionHost, SessionKeeper } from '../session/session-keeper.ts';
import { Machine, type MachineUser } from './machine.ts';
import { PeerTimers } from './peer-timers.ts';

const KEEPALIVE = encodeKeepalive();

/** Who a peer tells that it has nothing open any more. */
export interface PeerOwner {
  onPeerIdle(peer: Peer): void;
  onEstablished(peer: Peer): void;
  /** The peer of an interface was found at an address. */
  onLocated(peer: Peer): void;
  /** A limit keeps the peer down from now on. */
  onHeldDown(peer: Peer): void;
  /** The peer has sent all that it has of a family. */
  onEndOfRib(peer: Peer): void;
}

export class Peer implements LinkOwner, SessionHost, LinkUser, MachineUser, DialingUser, NewcomersUser {
  spec: PeerSpec;
  /** Came from a dynamic range. */
  readonly dynamic: boolean;
  /** What the peer is called: its address, or its interface. */
  readonly name: string;
  readonly counters = new PeerCounters();
  private readonly machine: Machine;
  private readonly links: Links;
  /** Connections that it opened beside its established session. */
  private readonly newcomers: Newcomers;
  private readonly timers: PeerTimers;
  private readonly fit: TransportFit;
  /** Where it is, when it is known by its interface. */
  readonly neighbour: LinkNeighbour;
  private readonly dialing: Dialing;
  private drained = false;
  private readonly sessions: SessionKeeper;
  /** A limit that keeps it down. */
  readonly holdDown: HoldDown;
  private readonly core: Core;
  private readonly owner: PeerOwner;

  constructor(core: Core, spec: PeerSpec, dynamic: boolean, owner: PeerOwner) {
    this.core = core;
    this.spec = spec;
    this.dynamic = dynamic;
    this.owner = owner;
    this.name = peerName(spec);
    this.machine = new Machine(core, this);
    this.links = new Links(core, this.counters);
    this.newcomers = new Newcomers(core, this, this.links);
    this.fit = new TransportFit(core, this);
    this.neighbour = new LinkNeighbour(core, this);
    this.dialing = new Dialing(core, this, this.fit, this.neighbour);
    this.sessions = new SessionKeeper(core, this);
    this.holdDown = new HoldDown(core, () => this.startAgain());
    this.timers = new PeerTimers(core.timers, (timer, side) => this.onTimer(timer, side));
  }

  /** The session that exchanges routes; null: none does. */
  get session(): Session | null {
    return this.sessions.session;
  }

  get stateName(): StateName {
    return this.machine.stateName;
  }

  /** Milliseconds of the clock at which the state was entered. */
  get stateSinceMs(): number {
    return this.machine.sinceMs;
  }

  /** The connection that matters: the established one, else whichever there is. */
  get link(): Link | null {
    return this.sessions.established?.link ?? this.links.any;
  }

  /** Nothing is open, nothing of it is left in the tables, and nothing must be remembered of it. */
  get isIdle(): boolean {
    const isHeld = this.holdDown.reached !== null;
    const isRemembered = isHeld || !this.sessions.damping.isEmpty;
    return this.links.any === null && !this.dialing.underWay && this.sessions.isSettled && !isRemembered;
  }

  /** Flaps of its routes. */
  get damping(): RouteDamping {
    return this.sessions.damping;
  }

  /** BFD beside its sessions. */
  get bfd(): BfdWatch {
    return this.sessions.bfd;
  }

  /** What is kept of the session before, while its peer restarts; null: nothing is stale. */
  get retention(): Retention | null {
    return this.sessions.retention;
  }

  /** Octets of attribute sets that it is charged with, those of the session before included while they are kept. */
  get attributeOctets(): number {
    const held = this.session?.ribPeer ?? this.retention?.ribPeer;
    return held === undefined ? 0 : this.core.rib.attributes.accounts.of(held.account);
  }

  nowMs(): number {
    return this.core.clock.nowMs();
  }

  start(): void {
    this.neighbour.begin();
    this.machine.dispatch({ type: 'start' });
  }

  /**
   * Ends whatever is open with this notification (null: without a word) and stays down until started. A shutdown or a
   * removal is for good: a peer that would keep our routes over a NOTIFICATION is told so by a hard reset (RFC 8538 3).
   * @param why who or what wants it, in words
   */
  stop(notification: Notification | null, why = 'stopped here'): void {
    this.holdDown.end();
    this.newcomers.closeAll();
    const hard = notification !== null && isForGood(notification) && this.sessions.keepsOverNotification;
    this.machine.dispatch({ type: 'stop', notification: hard ? cease.hard(notification) : notification, why });
    this.sessions.abandon();
  }

  /** There are more prefixes than a limit allows: the peer stays down, and is not to keep our routes (RFC 8538 3). */
  onLimitReached(limit: LimitReached): void {
    this.holdDown.begin(limit);
    this.newcomers.closeAll();
    this.owner.onHeldDown(this);
    const notification = limitNotification(limit);
    const hard = this.sessions.keepsOverNotification;
    this.machine.dispatch({ type: 'stop', notification: hard ? cease.hard(notification) : notification, limit });
    this.sessions.abandon();
  }

  /** What is kept of a session that was lost takes up too much. */
  dropKept(): void {
    this.sessions.discard();
  }

  /** It was dialed although it is to connect itself: that is over. A session that is up stays. */
  becomePassive(): void {
    this.spec = { ...this.spec, localAddress: null, session: { ...this.spec.session, passive: true } };
    if (this.stateName === 'Established') return;
    this.machine.dispatch({ type: 'stop', notification: null });
    this.startAgain();
  }

  private startAgain(): void {
    this.start();
    this.tellIfIdle();
  }

  /**
   * Stops for a restart of the daemon: in such a way that the peer keeps our routes, if it can (RFC 4724, RFC 8538).
   * @param farewell what a peer is sent that can bear a NOTIFICATION
   * @param why who or what wants it, in words
   */
  stopForRestart(farewell: Notification, why: string): void {
    this.newcomers.closeAll();
    const { session } = this;
    const kept = this.spec.session.gracefulRestart?.full && session?.negotiated.gracefulRestart !== null;
    // Before Established it may be one that keeps our routes from before: a NOTIFICATION would cost them.
    const silent = kept && !this.sessions.keepsOverNotification;
    const notification = silent ? null : farewell;
    this.machine.dispatch({ type: 'stop', notification, why });
    this.sessions.bfd.end();
  }

  /** The peer is no more: ends it for good. */
  remove(notification: Notification, why: string): void {
    this.stop(notification, why);
    this.sessions.damping.adopt(null);
    this.neighbour.end();
  }

  /** It is told of routes as by a router that is about to go. */
  get isDraining(): boolean {
    return this.core.draining || this.drained;
  }

  /** Begins or ends that for this peer; the daemon as a whole may go on with it. */
  drain(on: boolean): void {
    this.drained = on;
    this.session?.adopt(this.spec);
    this.core.schedule();
  }

  /** Puts other settings in force; `soft`: the session that is up takes over what it can without being reset. */
  reconfigure(spec: PeerSpec, soft: boolean): void {
    this.counters.forgetObstacle();
    this.sessions.damping.adopt(spec.damping ?? null);
    const limitsOf = ({ limits, attributeOctets }: PeerSpec) => JSON.stringify([limits, attributeOctets]);
    const isOtherLimit = limitsOf(spec) !== limitsOf(this.spec);
    this.spec = spec.interfaceName === undefined || spec.fixedAddress ? spec : { ...spec, address: this.spec.address };
    this.sessions.bfd.adopt();
    if (isOtherLimit && this.holdDown.reached !== null) {
      this.holdDown.end();
      this.startAgain();
    }
    this.adoptInTables();
    if (!soft || this.session === null) return;
    this.session.adopt(spec);
    this.session.limits.checkInbound();
    this.core.schedule();
  }

  /**
   * What the tables know of the peer by its settings, also while it is away and its stale paths are kept: its import, and
   * whether it is a client, and of which cluster. No field of the OPEN depends on that, so no session is reset.
   */
  private adoptInTables(): void {
    const ribPeer = this.session?.ribPeer ?? this.retention?.ribPeer ?? null;
    if (ribPeer === null) return;
    const { client, clusterId } = this.spec.exchange;
    reimport(this.core, ribPeer, this.spec);
    this.core.reflector.reposition(ribPeer, { client: client && !ribPeer.ebgp, clusterId });
  }

  get standing(): StandingSession | null {
    return this.sessions.established;
  }

  /** Why the peer can have no connection, in words for the operator; null: nothing stands in the way. */
  get transportProblem(): string | null {
    return this.session === null ? (this.fit.problem ?? this.neighbour.problem) : null;
  }

  /** Why its last connection could not be given what it needs, in words; null: it could. */
  get fitProblem(): string | null {
    return this.fit.problem;
  }

  /** A connection could not be given what it needs (null: it could). */
  noteFit(problem: string | null): void {
    this.fit.note(problem);
  }

  /** Gives what is open the options of connections that are in force now; false: it does not take them. */
  refit(): boolean {
    this.newcomers.closeAll();
    return this.fit.refit(this.links);
  }

  /** Takes a connection that the peer opened, or closes it when it may not have one. */
  accept(connection: Connection): void {
    if (this.stateName === 'Idle') this.tellIdle();
    this.machine.dispatch({ type: 'challenged' });
    if (this.stateName === 'Established') {
      this.newcomers.add(connection);
      return;
    }
    this.links.in = new Link('in', connection, this);
    this.machine.dispatch({ type: 'accepted' });
  }

  onPeerRestarted(): void {
    this.machine.dispatch({ type: 'restarted' });
  }

  /** The session is over: a connection that waited beside it takes its turn as if it were accepted now. */
  private takeNewcomer(): void {
    const newcomer = this.newcomers.release();
    if (newcomer === null) return;
    if (this.stateName === 'Idle') this.tellIdle();
    const { link, open, confirmed } = newcomer;
    this.links.drop('in');
    link.hand(this);
    this.links.in = link;
    this.machine.dispatch({ type: 'accepted' });
    if (open !== null) this.machine.dispatch({ type: 'open', side: 'in', open });
    if (confirmed) this.machine.dispatch({ type: 'keepalive', side: 'in' });
  }

  /** The state machine answers a connection in Idle with Cease / Connection Rejected. */
  private tellIdle(): void {
    const { reached } = this.holdDown;
    const limit = reached?.kind === 'attributes' ? 'attribute-limit' : 'prefix-limit';
    if (reached !== null) this.core.noteRefused(this.name, limit, describeLimitReached(reached));
    else this.core.noteRefused(this.name, 'idle-hold', 'its session failed a moment ago; see `idle-hold-time`');
  }

  /** Asks the peer for its routes again; false when there is no session that can. */
  requestRefresh(family: FamilyId): boolean {
    return this.sessions.requestRefresh(family);
  }

  onMessage(link: Link, bytes: Uint8Array, start: number, end: number, type: number): boolean {
    const received = this.sessions.receive(link, bytes, start, end, type);
    if (received !== 'other') return received === 'taken';
    const incoming = readMessage(bytes, start, end, type);
    this.machine.dispatch({ ...incoming, side: link.side } as Event);
    return this.links.has(link);
  }

  onFramingError(link: Link, notification: Notification): void {
    this.onMessageError(link.side, notification);
  }

  onLinkClosed(link: Link, error: string | null): void {
    if (!this.links.has(link)) return;
    this.machine.dispatch({ type: 'closed', side: link.side, error });
    if (this.links.has(link)) this.links.drop(link.side);
    this.tellIfIdle();
  }

  onInputDone(): void {
    this.core.schedule();
  }

  perform(action: Action): void {
    switch (action.type) {
      case 'dial':
        this.dialing.start();
        break;
      case 'cancelDial':
        this.dialing.cancel();
        break;
      case 'close':
        if (this.links.close(action.side)) this.tellIfIdle();
        break;
      case 'sendOpen':
        this.links[action.side]?.outbox.control(encodeOpen(action.open));
        break;
      case 'sendKeepalive':
        this.links[action.side]?.outbox.control(KEEPALIVE);
        break;
      case 'sendNotification':
        this.core.countNotification('sent', action.notification);
        this.sendNotification(action);
        break;
      case 'arm':
        this.timers.arm(action.timer, action.side, this.core.clock.nowMs() + action.ms);
        break;
      case 'cancel':
        this.timers.cancel(action.timer, action.side);
        break;
      case 'established':
        this.onEstablished(this.links[action.side] as Link, action.negotiated);
        break;
      case 'down':
        this.onDown(action);
        break;
    }
  }

  private onEstablished(link: Link, negotiated: Negotiated): void {
    this.locate(link.connection.remoteAddress);
    this.neighbour.hurry(false);
    this.sessions.establish(link, negotiated);
  }

  /** The peer of an interface is at this address. */
  locate(address: Uint8Array): void {
    const { spec } = this;
    if (spec.interfaceName === undefined || spec.fixedAddress === true || sameAddress(spec.address, address)) return;
    this.spec = { ...spec, address };
    this.owner.onLocated(this);
  }

  onDialed(connection: Connection): void {
    this.links.out = new Link('out', connection, this);
    this.machine.dispatch({ type: 'connected' });
  }

  onStateEntered(state: StateName): void {
    if (state === 'OpenConfirm' || state === 'Established') this.counters.forgetObstacle();
  }

  /** The kernel has dropped segments that may be this peer's: `problem` says how it looks. */
  suspect(problem: string): void {
    this.counters.noteSuspicion(problem, this.nowMs());
  }

  onDialFailed(): void {
    this.machine.dispatch({ type: 'connectFailed' });
  }

  /** Dials at once: that nobody could be reached before says nothing of a neighbour that is there only now. */
  onNeighbourFound(): void {
    if (this.stateName !== 'Active' || this.links.any !== null) return;
    this.machine.dispatch({ type: 'stop', notification: null });
    this.machine.dispatch({ type: 'start' });
  }

  /** Whoever was there cannot be reached: its sessions need not wait for the hold timer to find that out. */
  onLinkDown(): void {
    this.newcomers.closeAll();
    for (const link of [this.links.out, this.links.in]) {
      if (link === null) continue;
      link.abort();
      this.onLinkClosed(link, 'ENETDOWN');
    }
  }

  private sendNotification({ side, notification }: Extract<Action, { type: 'sendNotification' }>): void {
    const { established } = this.sessions;
    const isLong = established?.link.side === side && established.negotiated.extendedMessages === true;
    const most = isLong ? MAX_EXTENDED_LENGTH : MAX_MESSAGE_LENGTH;
    this.links[side]?.outbox.control(encodeNotification(notification, most));
  }

  private onTimer(timer: TimerName, side: Side | null): void {
    if (timer === 'hold' && side !== null && this.heardSince(side)) return;
    if (timer === 'connectRetry') this.dialing.tellTimeout();
    this.machine.dispatch({ type: 'timer', timer, side } as Event);
  }

  /** In Established, what came since the hold timer was armed only moves its deadline when it fires. */
  private heardSince(side: Side): boolean {
    const { established } = this.sessions;
    if (established === null || established.link.side !== side) return false;
    const { lastReceivedMs, connection } = established.link;
    const nowMs = this.core.clock.nowMs();
    // What has arrived, and waits for its turn, may be a KEEPALIVE.
    const atMs = (connection.isBehind ? nowMs : lastReceivedMs) + established.negotiated.holdMs;
    if (atMs <= nowMs) return false;
    this.timers.arm('hold', side, atMs);
    return true;
  }

  private onDown(action: Extract<Action, { type: 'down' }>): void {
    const { reason, wasEstablished } = action;
    if (wasEstablished) this.neighbour.hurry(true);
    if (reason.kind === 'notificationReceived') this.core.countNotification('received', reason.notification);
    const { text } = describeDown(reason, this.spec.session);
    this.counters.noteDown(reason, text, this.core.clock.nowMs(), wasEstablished);
    if (!wasEstablished) {
      for (const event of attemptEvents(this.name, this.spec, reason)) this.core.events.emit(event);
      return;
    }
    const upSeconds = Math.round((this.core.clock.nowMs() - this.stateSinceMs) / 1000);
    this.core.events.emit(downEvent(this.name, this.spec, reason, upSeconds));
    this.sessions.end(reason);
    this.takeNewcomer();
  }

  onMessageError(side: Side, notification: Notification): void {
    this.machine.dispatch({ type: 'messageError', side, notification });
  }

  onBfdDown(side: Side, loss: BfdLoss): void {
    this.machine.dispatch({ type: 'bfdDown', side, loss });
  }

  onSessionBegun(): void {
    this.owner.onEstablished(this);
  }

  onEndOfRib(): void {
    this.owner.onEndOfRib(this);
  }

  onSettled(): void {
    this.tellIfIdle();
  }

  private tellIfIdle(): void {
    if (this.isIdle) this.owner.onPeerIdle(this);
  }
}

/** Cease subcodes after which the session does not come back by itself. */
function isForGood({ code, subcode }: Notification): boolean {
  return code === cease.shutdown.code && (subcode === cease.shutdown.subcode || subcode === cease.deconfigured.subcode);
}
