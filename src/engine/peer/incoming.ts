/** The connections that a peer opens: those of its state machine, and those beside its established session. */
import { describeLimitReached } from '../../fsm/describe.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { Newcomers, type NewcomersUser, type StandingSession } from '../connection/newcomers.ts';
import { PeerConnection } from '../connection/peer-connection.ts';
import type { PeerConnections } from '../connection/peer-connections.ts';
import type { HoldDown } from '../limits/hold-down.ts';
import type { Accounting, Reporting, Tapping, Timing } from '../ports/core.ts';
import type { Connection } from '../ports/ports.ts';
import type { SessionKeeper } from '../session/session-keeper.ts';
import type { Machine } from './machine.ts';
import type { Receiver } from './receiver.ts';

/** The peer that connects. */
interface Caller {
  readonly name: string;
  readonly spec: PeerSpec;
  readonly holdDown: HoldDown;
}

export class Incoming implements NewcomersUser {
  private readonly newcomers: Newcomers;
  private readonly core: Timing & Reporting & Accounting & Tapping;
  private readonly peer: Caller;
  private readonly machine: Machine;
  private readonly connections: PeerConnections;
  private readonly sessions: SessionKeeper;
  private readonly receiver: Receiver;

  constructor(
    core: Timing & Reporting & Accounting & Tapping,
    peer: Caller,
    machine: Machine,
    connections: PeerConnections,
    sessions: SessionKeeper,
    receiver: Receiver,
  ) {
    this.core = core;
    this.peer = peer;
    this.machine = machine;
    this.connections = connections;
    this.sessions = sessions;
    this.receiver = receiver;
    this.newcomers = new Newcomers(core, this, connections);
  }

  get name(): string {
    return this.peer.name;
  }

  get spec(): PeerSpec {
    return this.peer.spec;
  }

  get standing(): StandingSession | null {
    return this.sessions.established;
  }

  get stateSinceMs(): number {
    return this.machine.sinceMs;
  }

  nowMs(): number {
    return this.core.clock.nowMs();
  }

  /** Accepts a connection that the peer opened, or closes it if the peer must not have one. */
  accept(connection: Connection): void {
    if (this.machine.stateName === 'Idle') this.noteIdle();
    this.machine.dispatch({ type: 'challenged' });
    if (this.machine.stateName === 'Established') {
      this.newcomers.add(connection);
      return;
    }
    const opened = new PeerConnection('in', connection, this.receiver);
    this.core.taps.opened(this.name, opened);
    this.connections.in = opened;
    this.machine.dispatch({ type: 'accepted' });
  }

  onPeerRestarted(): void {
    this.machine.dispatch({ type: 'restarted' });
  }

  /** The session is closed: a connection that waited beside it proceeds as if it were accepted now. */
  proceed(): void {
    const newcomer = this.newcomers.release();
    if (newcomer === null) return;
    if (this.machine.stateName === 'Idle') this.noteIdle();
    const { connection, open, confirmed } = newcomer;
    this.connections.drop('in');
    connection.hand(this.receiver);
    this.connections.in = connection;
    this.machine.dispatch({ type: 'accepted' });
    if (open !== null) this.machine.dispatch({ type: 'open', side: 'in', open });
    if (confirmed) this.machine.dispatch({ type: 'keepalive', side: 'in' });
  }

  /** Closes the connections beside the session. */
  closeWaiting(): void {
    this.newcomers.closeAll();
  }

  /** The state machine answers a connection in Idle with Cease / Connection Rejected. */
  private noteIdle(): void {
    const { name, holdDown } = this.peer;
    const { reached } = holdDown;
    const limit = reached?.kind === 'attributes' ? 'attribute-limit' : 'prefix-limit';
    if (reached !== null) this.core.noteRefused(name, limit, describeLimitReached(reached));
    else this.core.noteRefused(name, 'idle-hold', 'its session failed a moment ago; see `idle-hold-time`');
  }
}
