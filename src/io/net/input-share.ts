/** Measures which peers' input the event loop has worked on, for the report of a stall. */
import { formatAddress } from '../../lib/ip.ts';

/** The peer with the slowest single read, and the peer with most octets, between two calls of `takeInputShare`. */
export interface InputShare {
  /** Address of a peer; null: nothing was read. */
  readonly slowest: string | null;
  readonly slowestMs: number;
  readonly busiest: string | null;
  readonly busiestOctets: number;
}

/** Incremented by each call of `takeInputShare`. */
let period = 0;
let slowest: InputCount | null = null;
let slowestMs = 0;
let busiest: InputCount | null = null;
let busiestOctets = 0;

/** Counts the input of one connection in the period. */
export class InputCount {
  /** Of the peer; set once the connection is open. */
  address: Uint8Array = new Uint8Array(0);
  private period = -1;
  private octets = 0;

  /** Adds octets that were handled, and how long that took. */
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

/** The input since the last call. */
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
