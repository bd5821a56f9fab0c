/** Whose input the event loop has worked on: what is said of a stall. */
import { formatAddress } from '../../lib/ip.ts';

/** Whose input took longest at once, and of whom most came, between two calls of `takeInputShare`. */
export interface InputShare {
  /** Address of a peer, or null while nothing was read. */
  readonly slowest: string | null;
  readonly slowestMs: number;
  readonly busiest: string | null;
  readonly busiestOctets: number;
}

/** Counted up by each call of `takeInputShare`. */
let period = 0;
let slowest: InputCount | null = null;
let slowestMs = 0;
let busiest: InputCount | null = null;
let busiestOctets = 0;

/** What one connection has read in the period. */
export class InputCount {
  /** Of the peer; set once the connection is open. */
  address: Uint8Array = new Uint8Array(0);
  private period = -1;
  private octets = 0;

  /** Octets that were handed out, and how long that took. */
  note(octets: number, tookMs: number): void {
    if (this.period !== period) {
      this.period = period;
      this.octets = 0;
    }
    this.octets += octets;
    if (tookMs > slowestMs) {
      slowest = this;
      slowestMs = tookMs;
    }
    if (this.octets > busiestOctets) {
      busiest = this;
      busiestOctets = this.octets;
    }
  }
}

/** What was read since the last call. */
export function takeInputShare(): InputShare {
  const name = (count: InputCount | null) => (count === null ? null : formatAddress(count.address));
  const share = { slowest: name(slowest), slowestMs, busiest: name(busiest), busiestOctets };
  period++;
  slowest = null;
  busiest = null;
  slowestMs = 0;
  busiestOctets = 0;
  return share;
}
