/** Two reflectors, each an engine of its own, with a session between them. */
import type { RouterSpec } from '../../src/spec/router.ts';
import type { SimConnection } from './world.ts';
import { World } from './world.ts';

/** Joins the ends of one connection: what one engine writes, the other reads in its next turn. */
function splice(one: SimConnection, other: SimConnection, worldOf: (end: SimConnection) => World): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ]) {
    from.onBytes = (bytes) => worldOf(to).later(() => to.deliver(bytes));
  }
}

export class TwoReflectors {
  first: World;
  readonly second: World;
  private readonly specOfFirst: RouterSpec;
  private ends: readonly [SimConnection, SimConnection] | null = null;

  /** @param first must take a connection from 192.0.2.2; @param second must dial, and so not be passive */
  constructor(first: RouterSpec, second: RouterSpec) {
    this.specOfFirst = first;
    this.first = new World(first);
    this.second = new World(second);
  }

  /** The second dials the first. */
  connect(): void {
    this.second.pass(1);
    const dialed = this.second.answerDial();
    const accepted = this.first.connect('192.0.2.2');
    const { first } = this;
    splice(accepted, dialed, (end) => (end === accepted ? first : this.second));
    this.ends = [accepted, dialed];
    this.settle();
  }

  /** Until neither has anything to do. */
  settle(): void {
    for (let round = 0; round < 200; round++) {
      this.first.settle();
      this.second.settle();
    }
  }

  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      this.first.pass(Math.min(100, left));
      this.second.pass(Math.min(100, left));
      this.settle();
    }
  }

  /** The first ends without a NOTIFICATION and starts again, with nothing but the names of its peers. */
  restartFirst(): void {
    const before = [...this.first.engine.restartable];
    this.first.engine.stop(false);
    this.first.settle();
    const [, dialed] = this.ends as readonly [SimConnection, SimConnection];
    dialed.lose();
    this.second.settle();
    this.first = new World(this.specOfFirst, {}, before);
    this.first.nowMs = this.second.nowMs;
  }
}
