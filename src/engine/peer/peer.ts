/**
 * A peer: drives its state machine, opens and closes its connections. The only place that executes actions of the state
 * machine; the session keeper handles its sessions.
 */
import { describeDown, describeLimitReached } from '../../fsm/describe.ts';
import type { Action, BfdLoss, Event, LimitReached, Negotiated, Side, StateName, TimerName } from '../../fsm/types.ts';
import { sameAddress } from '../../lib/ip.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { FamilyId } from '../../wire/families.ts';
import { FAMILIES } from '../../wire/families.ts';
import { encodeKeepalive, MAX_EXTENDED_LENGTH, MAX_MESSAGE_LENGTH } from '../../wire/message.ts';
import { cease, encodeNotification, type Notification } from '../../wire/notification.ts';
import { encodeOpen } from '../../wire/open/open.ts';
import { Dialing, type DialingUser } from '../connection/dialing.ts';
import { LinkNeighbor, type LinkUser } from '../connection/link-neighbor.ts';
import { readMessage } from '../connection/messages.ts';
import { Newcomers, type NewcomersUser, type StandingSession } from '../connection/newcomers.ts';
import { type ConnectionOwner, PeerConnection } from '../connection/peer-connection.ts';
import { PeerConnections } from '../connection/peer-connections.ts';
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
import { setFacts } from '../session/session-policy.ts';
import { Machine, type MachineUser } from './machine.ts';
import { PeerTimers } from './peer-timers.ts';

const KEEPALIVE = encodeKeepalive();

/** The owner of a peer. */
export interface PeerOwner {
  onPeerIdle(peer: Peer): void;
  onEstablished(peer: Peer): void;
  /** The peer of an interface was found at an address. */
  onLocated(peer: Peer): void;
  /** From now on the peer is kept down by a limit. */
  onHeldDown(peer: Peer): void;
  /** The peer has sent all its routes of a family. */
  onEndOfRib(peer: Peer): void;
}

export class Peer implements ConnectionOwner, SessionHost, LinkUser, MachineUser, DialingUser, NewcomersUser {
  spec: PeerSpec;
  /** The peer is from a dynamic range. */
  readonly dynamic: boolean;
  /** The name of the peer: its address, or its interface. */
  readonly name: string;
  readonly counters = new PeerCounters();
  private readonly machine: Machine;
  private readonly connections: PeerConnections;
  /** Connections that it opened beside its established session. */
  private readonly newcomers: Newcomers;
  private readonly timers: PeerTimers;
  private readonly fit: TransportFit;
  /** The neighbor, if the peer is configured by its interface. */
  readonly neighbor: LinkNeighbor;
  private readonly dialing: Dialing;
  private drained = false;
  private readonly sessions: SessionKeeper;
  /** The limit that keeps it down. */
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
    this.connections = new PeerConnections(core, this.counters);
    this.newcomers = new Newcomers(core, this, this.connections);
    this.fit = new TransportFit(core, this);
    this.neighbor = new LinkNeighbor(core, this);
    this.dialing = new Dialing(core, this, this.fit, this.neighbor);
    this.sessions = new SessionKeeper(core, this);
    this.holdDown = new HoldDown(core, () => this.startAgain());
    this.timers = new PeerTimers(core.timers, (timer, side) => this.onTimer(timer, side));
  }

  /** The session that exchanges routes; null: none. */
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

  /** The main connection: the established one, else any. */
  get connection(): PeerConnection | null {
    return this.sessions.established?.connection ?? this.connections.any;
  }

  /** Nothing is open, none of its routes is in the tables, and no state has to be remembered. */
  get isIdle(): boolean {
    const isHeld = this.holdDown.reached !== null;
    const isRemembered = isHeld || !this.sessions.damping.isEmpty;
    return this.connections.any === null && !this.dialing.underWay && this.sessions.isSettled && !isRemembered;
  }

  /** Flaps of its routes. */
  get damping(): RouteDamping {
    return this.sessions.damping;
  }

  /** BFD beside its sessions. */
  get bfd(): BfdWatch {
    return this.sessions.bfd;
  }

  /** The routes that are kept from the previous session while the peer restarts; null: none are stale. */
  get retention(): Retention | null {
    return this.sessions.retention;
  }

  /** Octets of attribute sets that count for the peer, including kept ones of the previous session. */
  get attributeOctets(): number {
    const held = this.session?.ribPeer ?? this.retention?.ribPeer;
    return held === undefined ? 0 : this.core.rib.attributes.accounts.of(held.account);
  }

  nowMs(): number {
    return this.core.clock.nowMs();
  }

  start(): void {
    this.neighbor.begin();
    this.machine.dispatch({ type: 'start' });
  }

  /**
   * Closes every connection with this notification (null: without one) and stays down until started. A shutdown or a
   * removal is permanent: a peer that would keep our routes after a NOTIFICATION receives a hard reset (RFC 8538 3).
   * @param why the cause, in words
   */
  stop(notification: Notification | null, why = 'stopped here'): void {
    this.holdDown.end();
    this.newcomers.closeAll();
    const hard = notification !== null && isForGood(notification) && this.sessions.keepsOverNotification;
    this.machine.dispatch({ type: 'stop', notification: hard ? cease.hard(notification) : notification, why });
    this.sessions.abandon();
  }

  /** A limit is exceeded: the peer stays down, and must not keep our routes (RFC 8538 3). */
  onLimitReached(limit: LimitReached): void {
    this.holdDown.begin(limit);
    this.newcomers.closeAll();
    this.owner.onHeldDown(this);
    const notification = limitNotification(limit);
    const hard = this.sessions.keepsOverNotification;
    this.machine.dispatch({ type: 'stop', notification: hard ? cease.hard(notification) : notification, limit });
    this.sessions.abandon();
  }

  /** The routes that are kept from a lost session use too much memory. */
  dropKept(): void {
    this.sessions.discard();
  }

  /** Stops dialing a peer that should connect itself. An established session stays. */
  becomePassive(): void {
    this.spec = { ...this.spec, localAddress: null, session: { ...this.spec.session, passive: true } };
    if (this.stateName === 'Established') return;
    this.machine.dispatch({ type: 'stop', notification: null });
    this.startAgain();
  }

  private startAgain(): void {
    this.start();
    this.notifyIfIdle();
  }

  /**
   * Stops for a restart of the daemon, so that the peer keeps our routes if it supports that (RFC 4724, RFC 8538).
   * @param farewell the notification for a peer that keeps our routes after one
   * @param why the cause, in words
   */
  stopForRestart(farewell: Notification, why: string): void {
    this.newcomers.closeAll();
    const { session } = this;
    const kept = this.spec.session.gracefulRestart?.full && session?.negotiated.gracefulRestart !== null;
    // Before Established the peer may still keep our earlier routes: a NOTIFICATION would remove them.
    const silent = kept && !this.sessions.keepsOverNotification;
    const notification = silent ? null : farewell;
    this.machine.dispatch({ type: 'stop', notification, why });
    this.sessions.bfd.end();
  }

  /** The peer is removed: closes it permanently. */
  remove(notification: Notification, why: string): void {
    this.stop(notification, why);
    this.sessions.damping.adopt(null);
    this.neighbor.end();
  }

  /** Routes are advertised to it with GRACEFUL_SHUTDOWN (RFC 8326). */
  get isDraining(): boolean {
    return this.core.draining || this.drained;
  }

  /** Starts or ends graceful shutdown toward this peer; that of the whole daemon is separate. */
  drain(on: boolean): void {
    this.drained = on;
    this.session?.adopt(this.spec);
    this.core.schedule();
  }

  /** Applies changed settings; `soft`: the established session takes over what needs no reset. */
  reconfigure(spec: PeerSpec, soft: boolean): void {
    this.counters.forgetObstacle();
    this.sessions.damping.adopt(spec.damping);
    const limitsOf = ({ limits, attributeOctets }: PeerSpec) => JSON.stringify([limits, attributeOctets]);
    const isOtherLimit = limitsOf(spec) !== limitsOf(this.spec);
    this.spec = spec.fixedAddress ? spec : { ...spec, address: this.spec.address };
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
   * Applies the settings of the peer to its entry in the tables, also while only its stale paths are kept: its import
   * policy, whether it is a client, and its cluster. No field of the OPEN depends on them, so no session is reset.
   */
  private adoptInTables(): void {
    const ribPeer = this.session?.ribPeer ?? this.retention?.ribPeer ?? null;
    if (ribPeer === null) return;
    const { client, clusterId } = this.spec.exchange;
    const { importChain, keepsRejected } = ribPeer;
    setFacts(this.core, ribPeer, this.spec);
    reimport(this.core, ribPeer, this.spec);
    // Routes that were rejected and not kept may be accepted, or kept, now.
    const asksAgain = ribPeer.importChain !== importChain || (ribPeer.keepsRejected && !keepsRejected);
    if (asksAgain && ribPeer.rejectedDropped > 0) {
      ribPeer.rejectedDropped = 0;
      for (const { id } of FAMILIES) this.requestRefresh(id);
    }
    this.core.reflector.reposition(ribPeer, { client: client && !ribPeer.ebgp, clusterId });
  }

  get standing(): StandingSession | null {
    return this.sessions.established;
  }

  /** Why no connection is possible, in words for the operator; null: a connection is possible. */
  get transportProblem(): string | null {
    return this.session === null ? (this.fit.problem ?? this.neighbor.problem) : null;
  }

  /** Why the options of its last connection could not be set, in words; null: they are set. */
  get fitProblem(): string | null {
    return this.fit.problem;
  }

  /** The options of a connection could not be set (null: they are set). */
  noteFit(problem: string | null): void {
    this.fit.note(problem);
  }

  /** Sets the current options on open connections; false: a socket rejected them. */
  refit(): boolean {
    this.newcomers.closeAll();
    return this.fit.refit(this.connections);
  }

  /** Accepts a connection that the peer opened, or closes it if the peer must not have one. */
  accept(connection: Connection): void {
    if (this.stateName === 'Idle') this.notifyIdle();
    this.machine.dispatch({ type: 'challenged' });
    if (this.stateName === 'Established') {
      this.newcomers.add(connection);
      return;
    }
    this.connections.in = new PeerConnection('in', connection, this);
    this.machine.dispatch({ type: 'accepted' });
  }

  onPeerRestarted(): void {
    this.machine.dispatch({ type: 'restarted' });
  }

  /** The session is closed: a connection that waited beside it proceeds as if it were accepted now. */
  private takeNewcomer(): void {
    const newcomer = this.newcomers.release();
    if (newcomer === null) return;
    if (this.stateName === 'Idle') this.notifyIdle();
    const { connection, open, confirmed } = newcomer;
    this.connections.drop('in');
    connection.hand(this);
    this.connections.in = connection;
    this.machine.dispatch({ type: 'accepted' });
    if (open !== null) this.machine.dispatch({ type: 'open', side: 'in', open });
    if (confirmed) this.machine.dispatch({ type: 'keepalive', side: 'in' });
  }

  /** The state machine answers a connection in Idle with Cease / Connection Rejected. */
  private notifyIdle(): void {
    const { reached } = this.holdDown;
    const limit = reached?.kind === 'attributes' ? 'attribute-limit' : 'prefix-limit';
    if (reached !== null) this.core.noteRefused(this.name, limit, describeLimitReached(reached));
    else this.core.noteRefused(this.name, 'idle-hold', 'its session failed a moment ago; see `idle-hold-time`');
  }

  /** Requests a route refresh; false: there is no session that supports it. */
  requestRefresh(family: FamilyId): boolean {
    return this.sessions.requestRefresh(family);
  }

  onMessage(connection: PeerConnection, bytes: Uint8Array, start: number, end: number, type: number): boolean {
    const received = this.sessions.receive(connection, bytes, start, end, type);
    if (received !== 'other') return received === 'taken';
    const incoming = readMessage(bytes, start, end, type);
    this.machine.dispatch({ ...incoming, side: connection.side } as Event);
    return this.connections.has(connection);
  }

  onFramingError(connection: PeerConnection, notification: Notification): void {
    this.onMessageError(connection.side, notification);
  }

  onConnectionClosed(connection: PeerConnection, error: string | null): void {
    if (!this.connections.has(connection)) return;
    this.machine.dispatch({ type: 'closed', side: connection.side, error });
    if (this.connections.has(connection)) this.connections.drop(connection.side);
    this.notifyIfIdle();
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
        if (this.connections.close(action.side)) this.notifyIfIdle();
        break;
      case 'sendOpen':
        this.connections[action.side]?.outbox.control(encodeOpen(action.open));
        break;
      case 'sendKeepalive':
        this.connections[action.side]?.outbox.control(KEEPALIVE);
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
        this.onEstablished(this.connections[action.side] as PeerConnection, action.negotiated);
        break;
      case 'down':
        this.onDown(action);
        break;
    }
  }

  private onEstablished(connection: PeerConnection, negotiated: Negotiated): void {
    this.locate(connection.tcp.remoteAddress);
    this.neighbor.hurry(false);
    this.sessions.establish(connection, negotiated);
  }

  /** The peer of an interface is at this address. */
  locate(address: Uint8Array): void {
    const { spec } = this;
    if (spec.fixedAddress || sameAddress(spec.address, address)) return;
    this.spec = { ...spec, address };
    this.owner.onLocated(this);
  }

  onDialed(connection: Connection): void {
    this.connections.out = new PeerConnection('out', connection, this);
    this.machine.dispatch({ type: 'connected' });
  }

  onStateEntered(state: StateName): void {
    if (state === 'OpenConfirm' || state === 'Established') this.counters.forgetObstacle();
  }

  /** The kernel dropped segments that may be from this peer: `problem` describes the suspicion. */
  suspect(problem: string): void {
    this.counters.noteSuspicion(problem, this.nowMs());
  }

  onDialFailed(): void {
    this.machine.dispatch({ type: 'connectFailed' });
  }

  /** Dials immediately: earlier failures do not apply to a neighbor that was found only now. */
  onNeighborFound(): void {
    if (this.stateName !== 'Active' || this.connections.any !== null) return;
    this.machine.dispatch({ type: 'stop', notification: null });
    this.machine.dispatch({ type: 'start' });
  }

  /** The neighbor is unreachable: closes its sessions without waiting for the hold timer. */
  onLinkDown(): void {
    this.newcomers.closeAll();
    for (const connection of [this.connections.out, this.connections.in]) {
      if (connection === null) continue;
      connection.abort();
      this.onConnectionClosed(connection, 'ENETDOWN');
    }
  }

  private sendNotification({ side, notification }: Extract<Action, { type: 'sendNotification' }>): void {
    const { established } = this.sessions;
    const isLong = established?.connection.side === side && established.negotiated.extendedMessages;
    const most = isLong ? MAX_EXTENDED_LENGTH : MAX_MESSAGE_LENGTH;
    this.connections[side]?.outbox.control(encodeNotification(notification, most));
  }

  private onTimer(timer: TimerName, side: Side | null): void {
    if (timer === 'hold' && side !== null && this.receivedSince(side)) return;
    if (timer === 'connectRetry') this.dialing.noteTimeout();
    this.machine.dispatch({ type: 'timer', timer, side } as Event);
  }

  /** In Established, a received message does not rearm the hold timer; the deadline moves when the timer fires. */
  private receivedSince(side: Side): boolean {
    const { established } = this.sessions;
    if (established === null || established.connection.side !== side) return false;
    const { lastReceivedMs, tcp } = established.connection;
    const nowMs = this.core.clock.nowMs();
    // Data that has arrived but is not read yet may contain a KEEPALIVE.
    const atMs = (tcp.isBehind ? nowMs : lastReceivedMs) + established.negotiated.holdMs;
    if (atMs <= nowMs) return false;
    this.timers.arm('hold', side, atMs);
    return true;
  }

  private onDown(action: Extract<Action, { type: 'down' }>): void {
    const { reason, wasEstablished } = action;
    if (wasEstablished) this.neighbor.hurry(true);
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
    this.notifyIfIdle();
  }

  private notifyIfIdle(): void {
    if (this.isIdle) this.owner.onPeerIdle(this);
  }
}

/** Cease subcodes after which the session is not established again automatically. */
function isForGood({ code, subcode }: Notification): boolean {
  return code === cease.shutdown.code && (subcode === cease.shutdown.subcode || subcode === cease.deconfigured.subcode);
}
