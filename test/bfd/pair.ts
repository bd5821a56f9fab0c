/** Two BFD tables in virtual time, with a line between them that delays and loses packets. */
import { type BfdPacket, readPacket } from '../../src/bfd/packet.ts';
import type { BfdSpec, BfdStatus } from '../../src/bfd/spec.ts';
import { BfdTable } from '../../src/bfd/table.ts';
import { Timer, TimerQueue } from '../../src/lib/timers.ts';

export const FAST: BfdSpec = { intervalMs: 100, minRxMs: 100, multiplier: 3, multihop: false, minTtl: 255 };

export interface Sent {
  readonly atMs: number;
  readonly packet: BfdPacket;
}

export class Side {
  readonly table: BfdTable;
  readonly sent: Sent[] = [];
  readonly states: [number, BfdStatus['state']][] = [];
  status: BfdStatus | null = null;
  gone = false;
  readonly name: string;

  constructor(name: string, pair: Pair, random: () => number) {
    this.name = name;
    this.table = new BfdTable({
      timers: pair.timers,
      nowMs: () => pair.nowMs,
      random,
      send: (_id, bytes) => {
        this.sent.push({ atMs: pair.nowMs, packet: readPacket(bytes) as BfdPacket });
        pair.carry(this, bytes);
      },
      onChanged: (_id, status) => {
        if (status.state !== this.status?.state) this.states.push([pair.nowMs, status.state]);
        this.status = status;
      },
      onGone: () => {
        this.gone = true;
      },
    });
  }

  get state(): BfdStatus['state'] | undefined {
    return this.status?.state;
  }
}

export class Pair {
  readonly timers = new TimerQueue();
  nowMs = 0;
  /** Whether a packet from this side is lost, and how long it takes. */
  line: (from: Side) => { readonly lost: boolean; readonly delayMs: number } = () => ({ lost: false, delayMs: 1 });
  readonly a: Side;
  readonly b: Side;

  constructor(random: () => number) {
    this.a = new Side('a', this, random);
    this.b = new Side('b', this, random);
  }

  begin(a: BfdSpec = FAST, b: BfdSpec = a): this {
    this.a.table.add('b', { local: 'a', remote: 'b', multihop: a.multihop }, a);
    this.b.table.add('a', { local: 'b', remote: 'a', multihop: b.multihop }, b);
    return this;
  }

  carry(from: Side, bytes: Uint8Array): void {
    const { lost, delayMs } = this.line(from);
    if (lost) return;
    const to = from === this.a ? this.b : this.a;
    const timer = new Timer(this.timers, () => {
      to.table.receive(bytes, bytes.length, { local: to.name, remote: from.name, multihop: false });
    });
    timer.arm(this.nowMs + delayMs);
  }

  run(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.timers.nextMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.timers.nextMs);
      this.timers.advance(this.nowMs);
    }
    this.nowMs = endMs;
  }
}

/** Numbers in [0, 1) that are the same in each run (mulberry32). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
