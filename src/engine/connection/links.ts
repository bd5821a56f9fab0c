/** The connections of one peer: at most one that we dialed and one that it opened. No Node here. */
import type { Side } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import type { Core } from '../ports/core.ts';
import type { Link } from './link.ts';
import type { PeerCounters } from './peer-counters.ts';

/** How long a closed connection may still take to send what is queued. */
const LINGER_MS = 2000;

export class Links {
  out: Link | null = null;
  in: Link | null = null;
  private readonly core: Core;
  private readonly counters: PeerCounters;

  constructor(core: Core, counters: PeerCounters) {
    this.core = core;
    this.counters = counters;
  }

  /** Whichever there is, ours first. */
  get any(): Link | null {
    return this.out ?? this.in;
  }

  has(link: Link): boolean {
    return this[link.side] === link;
  }

  /** Lets the connection go after what is queued on it; false: there was none. */
  close(side: Side): boolean {
    const link = this[side];
    if (link === null) return false;
    this.drop(side);
    this.closeGently(link);
    return true;
  }

  /** Lets what is queued go out, within a bounded time. */
  closeGently(link: Link): void {
    link.close();
    if (link.outbox.isClosed) return;
    const linger = new Timer(this.core.timers, () => link.abort());
    linger.arm(this.core.clock.nowMs() + LINGER_MS);
    this.core.rearm();
  }

  /** Forgets a connection that is over. */
  drop(side: Side): void {
    const link = this[side];
    if (link !== null) this.counters.keep(link);
    this[side] = null;
  }
}
