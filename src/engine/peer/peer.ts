/**
 * A peer: its configuration, its parts, and what operators and limits do to it.
 *
 *   connections it opens ─► incoming ─┐                ┌─► actions ─► connections, timers, sessions
 *                                     ├─► machine ─────┤
 *   connections to it ────► outgoing ─┘      ▲         └─► outgoing (dial)
 *                                            │
 *   messages of either ───► receiver ────────┴─► sessions (UPDATE, KEEPALIVE and ROUTE-REFRESH of the established one)
 */
import type { BfdLoss, LimitReached, Side, StateName } from '../../fsm/types.ts';
import { sameAddress } from '../../lib/ip.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { Notification } from '../../wire/notification.ts';
import type { LinkNeighbor } from '../connection/link-neighbor.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';
import { PeerConnections } from '../connection/peer-connections.ts';
import { PeerCounters } from '../connection/peer-counters.ts';
import type { TransportFit } from '../connection/transport-fit.ts';
import { HoldDown, limitNotification } from '../limits/hold-down.ts';
import type { Core } from '../ports/core.ts';
import type { Disabled } from '../ports/disabled-peers.ts';
import type { Connection } from '../ports/ports.ts';
import type { Tap } from '../ports/taps.ts';
import type { BfdWatch } from '../session/bfd-watch.ts';
import type { Retention } from '../session/retention.ts';
import type { RouteDamping } from '../session/route-damping.ts';
import type { Session } from '../session/session.ts';
import { type SessionHost, SessionKeeper } from '../session/session-keeper.ts';
import { Actions } from './actions.ts';
import { adoptInTables } from './adoption.ts';
import { Incoming } from './incoming.ts';
import { Machine } from './machine.ts';
import { Outgoing } from './outgoing.ts';
import { Receiver } from './receiver.ts';
import { Stopping } from './stopping.ts';

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

export class Peer implements SessionHost {
  spec: PeerSpec;
  /** The peer is from a dynamic range. */
  readonly dynamic: boolean;
  /** The name of the peer: its address, or its interface. */
  readonly name: string;
  readonly counters = new PeerCounters();
  /** Executes what its state machine decides. */
  readonly actions: Actions;
  private readonly machine: Machine;
  private readonly connections: PeerConnections;
  private readonly incoming: Incoming;
  private readonly outgoing: Outgoing;
  private drained = false;
  private readonly sessions: SessionKeeper;
  private readonly stopping: Stopping;
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
    this.sessions = new SessionKeeper(core, this);
    this.holdDown = new HoldDown(core, () => this.startAgain());
    const { machine, connections, sessions } = this;
    const whenClosed = () => this.onSettled();
    const receiver = new Receiver(core, machine, connections, sessions, whenClosed);
    const incoming = new Incoming(core, this, machine, connections, sessions, receiver);
    const outgoing = new Outgoing(core, this, machine, connections, incoming, receiver);
    this.incoming = incoming;
    this.stopping = new Stopping(machine, incoming, sessions);
    this.outgoing = outgoing;
    this.actions = new Actions(core, this, { machine, connections, incoming, outgoing, sessions, whenClosed });
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
    const isRemembered = this.holdDown.reached !== null || this.disabled !== null || !this.sessions.damping.isEmpty;
    return this.connections.any === null && !this.outgoing.dialing.underWay && this.sessions.isSettled && !isRemembered;
  }

  /** Flaps of its routes. */
  get damping(): RouteDamping {
    return this.sessions.damping;
  }

  /** The neighbor, if the peer is configured by its interface. */
  get neighbor(): LinkNeighbor {
    return this.outgoing.neighbor;
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

  /** Who disabled it by a command; null: it is not disabled. */
  get disabled(): Disabled | null {
    return this.core.disabled.get(this.name);
  }

  /** Administratively down: by the configuration, or by a command. */
  get isShutDown(): boolean {
    return this.spec.shutdown || this.disabled !== null;
  }

  /** No effect while it is administratively down. */
  start(): void {
    if (this.isShutDown) return;
    this.neighbor.begin();
    this.machine.dispatch({ type: 'start' });
  }

  /**
   * Closes every connection with this notification (null: without one) and stays down until started.
   * @param why the cause, in words
   */
  stop(notification: Notification | null, why = 'stopped here'): void {
    this.holdDown.end();
    this.stopping.forGood({ notification, why });
  }

  /** A limit is exceeded: the peer stays down. */
  onLimitReached(limit: LimitReached): void {
    this.holdDown.begin(limit);
    this.owner.onHeldDown(this);
    this.stopping.forGood({ notification: limitNotification(limit), limit });
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
    this.onSettled();
  }

  /**
   * Stops for a restart of the daemon, so that the peer keeps our routes if it supports that.
   * @param farewell the notification for a peer that keeps our routes after one
   * @param why the cause, in words
   */
  stopForRestart(farewell: Notification, why: string): void {
    this.stopping.forRestart(this.spec, farewell, why);
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
    if (!soft) this.counters.forgetObstacle();
    this.sessions.damping.adopt(spec.damping);
    const before = this.spec;
    this.spec = spec.fixedAddress ? spec : { ...spec, address: this.spec.address };
    this.sessions.bfd.adopt();
    this.holdDown.adopt(before, spec);
    adoptInTables(this.core, this);
    if (!soft || this.session === null) return;
    this.session.adopt(spec);
    this.session.limits.checkInbound();
    this.core.schedule();
  }

  /** Why no connection is possible, in words for the operator; null: a connection is possible. */
  get transportProblem(): string | null {
    return this.session === null ? (this.fit.problem ?? this.neighbor.problem) : null;
  }

  /** Whether the options of its connections could be set. */
  get fit(): TransportFit {
    return this.outgoing.fit;
  }

  /** Sets the current options on open connections; false: a socket rejected them. */
  refit(): boolean {
    this.incoming.closeWaiting();
    return this.fit.refit(this.connections);
  }

  /** Accepts a connection that the peer opened, or closes it if the peer must not have one. */
  accept(connection: Connection): void {
    this.incoming.accept(connection);
  }

  /** Requests a route refresh; false: there is no session that supports it. */
  requestRefresh(family: FamilyId): boolean {
    return this.sessions.requestRefresh(family);
  }

  /** Copies the messages of its open connections; null: no more. Later connections ask `core.taps`. */
  listen(tap: Tap | null): void {
    for (const connection of [this.connections.out, this.connections.in]) connection?.listen(tap);
  }

  /** The peer of an interface is at this address. */
  locate(address: Uint8Array): void {
    if (this.spec.fixedAddress || sameAddress(this.spec.address, address)) return;
    this.spec = { ...this.spec, address };
    this.owner.onLocated(this);
  }

  /** The kernel dropped segments that may be from this peer: `problem` describes the suspicion. */
  suspect(problem: string): void {
    this.counters.noteSuspicion(problem, this.core.clock.nowMs());
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
    if (this.isIdle) this.owner.onPeerIdle(this);
  }
}
