/** Passes messages of the connections of a peer to its session, and the others to its state machine. */
import type { Event } from '../../fsm/types.ts';
import type { Notification } from '../../wire/notification.ts';
import { readMessage } from '../connection/messages.ts';
import type { ConnectionOwner, PeerConnection } from '../connection/peer-connection.ts';
import type { PeerConnections } from '../connection/peer-connections.ts';
import type { Timing, Turns } from '../ports/core.ts';
import type { SessionKeeper } from '../session/session-keeper.ts';
import type { Machine } from './machine.ts';

export class Receiver implements ConnectionOwner {
  private readonly core: Timing & Turns;
  private readonly machine: Machine;
  private readonly connections: PeerConnections;
  private readonly sessions: SessionKeeper;
  private readonly whenClosed: () => void;

  /** @param whenClosed called when a connection was closed by the other side */
  constructor(
    core: Timing & Turns,
    machine: Machine,
    connections: PeerConnections,
    sessions: SessionKeeper,
    whenClosed: () => void,
  ) {
    this.core = core;
    this.machine = machine;
    this.connections = connections;
    this.sessions = sessions;
    this.whenClosed = whenClosed;
  }

  nowMs(): number {
    return this.core.clock.nowMs();
  }

  onMessage(connection: PeerConnection, bytes: Uint8Array, start: number, end: number, type: number): boolean {
    const received = this.sessions.receive(connection, bytes, start, end, type);
    if (received !== 'other') return received === 'taken';
    const incoming = readMessage(bytes, start, end, type);
    this.machine.dispatch({ ...incoming, side: connection.side } as Event);
    return this.connections.has(connection);
  }

  onFramingError({ side }: PeerConnection, notification: Notification): void {
    this.machine.dispatch({ type: 'messageError', side, notification });
  }

  onConnectionClosed(connection: PeerConnection, error: string | null): void {
    if (!this.connections.has(connection)) return;
    this.machine.dispatch({ type: 'closed', side: connection.side, error });
    if (this.connections.has(connection)) this.connections.drop(connection.side);
    this.whenClosed();
  }

  onInputDone(): void {
    this.core.schedule();
  }
}
