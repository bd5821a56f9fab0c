/** The connections of one peer: at most one that we dialed and one that it opened. */
import type { Side } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import type { Timing } from '../ports/core.ts';
import type { PeerConnection } from './peer-connection.ts';
import type { PeerCounters } from './peer-counters.ts';

/** Maximum time to send queued output after the close. */
const LINGER_MS = 2000;

export class PeerConnections {
  out: PeerConnection | null = null;
  in: PeerConnection | null = null;
  private readonly core: Timing;
  private readonly counters: PeerCounters;

  constructor(core: Timing, counters: PeerCounters) {
    this.core = core;
    this.counters = counters;
  }

  /** Either connection, the dialed one first. */
  get any(): PeerConnection | null {
    return this.out ?? this.in;
  }

  has(connection: PeerConnection): boolean {
    return this[connection.side] === connection;
  }

  /** Closes the connection after its queued output; false: there was none. */
  close(side: Side): boolean {
    const connection = this[side];
    if (connection === null) return false;
    this.drop(side);
    this.closeGently(connection);
    return true;
  }

  /** Closes after the queued output, within a bounded time. */
  closeGently(connection: PeerConnection): void {
    connection.close();
    if (connection.outbox.isClosed) return;
    const linger = new Timer(this.core.timers, () => connection.abort());
    linger.arm(this.core.clock.nowMs() + LINGER_MS);
    this.core.rearm();
  }

  /** Removes a closed connection. */
  drop(side: Side): void {
    const connection = this[side];
    if (connection !== null) this.counters.keep(connection);
    this[side] = null;
  }
}
