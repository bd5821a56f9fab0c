/**
 * Two peers back to back on an in-memory network with a virtual clock: hours of protocol time in milliseconds, and
 * the same run for the same seed.
 */
import type { OurSession } from '../../src/fsm/types.ts';
import { type Dialing, type End, type Message, type Network, SimulatedNode } from './simulated-node.ts';
import { seeded, VirtualClock } from './virtual-clock.ts';

export interface NetworkOptions {
  readonly seed: number;
  /** One-way delay of a segment is uniform in this range. */
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** The network between two nodes. */
export class Simulation implements Network {
  readonly clock = new VirtualClock();
  readonly random: () => number;
  readonly a: SimulatedNode;
  readonly b: SimulatedNode;
  /** True: every segment is lost. */
  cut = false;
  private readonly minDelayMs: number;
  private readonly maxDelayMs: number;

  constructor(options: NetworkOptions, a: OurSession, b: OurSession) {
    this.random = seeded(options.seed);
    this.minDelayMs = options.minDelayMs ?? 1;
    this.maxDelayMs = options.maxDelayMs ?? 1;
    this.a = new SimulatedNode(this, 'a', a);
    this.b = new SimulatedNode(this, 'b', b);
    this.a.far = this.b;
    this.b.far = this.a;
  }

  /** Starts both, `b` later than `a` by `offsetMs` (earlier when negative), and runs for `ms`. */
  start(ms: number, offsetMs = 0): this {
    this.clock.at(Math.max(0, -offsetMs), () => this.a.boot());
    this.clock.at(Math.max(0, offsetMs), () => this.b.boot());
    return this.run(ms);
  }

  run(ms: number): this {
    this.clock.run(this.clock.nowMs + ms);
    return this;
  }

  private delay(): number {
    return this.minDelayMs + (this.maxDelayMs - this.minDelayMs) * this.random();
  }

  private later(run: () => void): void {
    this.clock.at(this.clock.nowMs + this.delay(), run);
  }

  /** SYN, SYN-ACK: a lost one is no answer at all. */
  dial(from: SimulatedNode, dialing: Dialing): void {
    this.later(() => {
      const to = from.far;
      if (this.cut || !to.powered) return;
      if (!to.listening) {
        this.later(() => dialing.wanted() && dialing.failed());
        return;
      }
      const near: End = { node: from, side: 'out', far: null, open: true, lastArrivalMs: 0 };
      const far: End = { node: to, side: 'in', far: near, open: true, lastArrivalMs: 0 };
      near.far = far;
      far.lastArrivalMs = this.clock.nowMs + this.delay();
      this.clock.at(far.lastArrivalMs, () => {
        if (dialing.wanted()) dialing.connected(near);
        else this.close(near);
      });
      to.incoming(far);
    });
  }

  /** Delivers in order; what arrives at an end that was forgotten is answered by a reset. */
  private deliver(from: End, run: (to: End) => void): void {
    from.lastArrivalMs = Math.max(from.lastArrivalMs, this.clock.nowMs + this.delay());
    this.clock.at(from.lastArrivalMs, () => {
      const to = from.far!;
      if (this.cut || !to.node.powered) return;
      if (to.open) run(to);
      else this.later(() => this.ended(from, 'ECONNRESET'));
    });
  }

  send(from: End, message: Message): void {
    this.deliver(from, (to) => to.node.receive(to, message));
  }

  close(end: End): void {
    end.open = false;
    this.deliver(end, (to) => this.ended(to, null));
  }

  private ended(end: End, error: string | null): void {
    if (!end.open || !end.node.powered) return;
    end.open = false;
    end.node.ends[end.side] = null;
    end.node.handle({ type: 'closed', side: end.side, error });
  }

  /** Both sides lose all connections at once, as when a firewall resets them. */
  resetConnections(): void {
    for (const node of [this.a, this.b]) {
      for (const end of [node.ends.out, node.ends.in]) if (end !== null) this.ended(end, 'ECONNRESET');
    }
  }

  /** Whether both are Established on the two ends of one connection, and hold no other. */
  get converged(): boolean {
    const [a, b] = [this.a, this.b].map(({ state }) => ({
      out: state.out?.phase ?? null,
      in: state.in?.phase ?? null,
    }));
    const up = (one: typeof a, two: typeof a) =>
      one!.out === 'Established' && one!.in === null && two!.in === 'Established' && two!.out === null;
    return (
      (up(a, b) && this.a.ends.out!.far === this.b.ends.in) || (up(b, a) && this.b.ends.out!.far === this.a.ends.in)
    );
  }
}
