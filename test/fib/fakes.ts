/** A rib of names, a kernel that can fail its next call, and a time that the test owns. */
import { FibDriver, type FibDriverOptions, type FibEvent } from '../../src/fib/driver.ts';
import type {
  ApplyResult,
  BestRoutes,
  Fib,
  FibSchedule,
  KernelRoute,
  Refusal,
  RouteChange,
} from '../../src/fib/ports.ts';
import { formatPrefix, parsePrefix } from '../../src/lib/ip.ts';
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';

/** Prefixes and next hops get ids in the order in which they are named; ids count pins and holds. */
export class FakeRib implements BestRoutes {
  readonly names: string[][] = [['none'], ['none']];
  readonly hops: string[] = ['none'];
  readonly bests: Map<number, number>[] = [new Map(), new Map()];
  readonly pins = new Map<string, number>();
  readonly holds = new Map<number, number>();

  id(prefix: string): number {
    const names = this.names[familyOfText(prefix)];
    const known = names.indexOf(prefix);
    return known > 0 ? known : names.push(prefix) - 1;
  }

  hop(name: string): number {
    const known = this.hops.indexOf(name);
    return known > 0 ? known : this.hops.push(name) - 1;
  }

  /** Sets the best next hop; null: no path left. */
  best(prefix: string, nextHop: string | null): [FamilyId, number] {
    const id = this.id(prefix);
    this.bests[familyOfText(prefix)].set(id, nextHop === null ? 0 : this.hop(nextHop));
    return [familyOfText(prefix), id];
  }

  nextHop(family: FamilyId, prefix: number): number {
    return this.bests[family].get(prefix) ?? 0;
  }

  formatPrefix(family: FamilyId, prefix: number): string {
    return this.names[family][prefix];
  }

  formatNextHop(nextHop: number): string {
    return this.hops[nextHop];
  }

  intern(_family: FamilyId, address: Uint8Array, length: number): number {
    return this.id(formatPrefix({ address, length }));
  }

  pin(family: FamilyId, prefix: number): void {
    count(this.pins, this.names[family][prefix], 1);
  }

  unpin(family: FamilyId, prefix: number): void {
    count(this.pins, this.names[family][prefix], -1);
  }

  holdNextHop(nextHop: number): void {
    count(this.holds, nextHop, 1);
  }

  releaseNextHop(nextHop: number): void {
    count(this.holds, nextHop, -1);
  }
}

function count<K>(counts: Map<K, number>, key: K, by: number): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum < 0) throw new Error(`given back more often than taken: ${String(key)}`);
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

export function familyOfText(prefix: string): FamilyId {
  return prefix.includes(':') ? IPV6_UNICAST : IPV4_UNICAST;
}

/** A kernel whose table is a map from prefix to gateway; `foreign` routes are somebody else's. */
export class FakeKernel implements Fib {
  readonly routes = new Map<string, string>();
  readonly foreign = new Map<string, string>();
  /** Routes at another metric, by `prefix metric`. */
  readonly strays = new Map<string, number>();
  readonly log: string[] = [];
  /** Taken, one per change of that kind, before the change is done. */
  readonly failNext: { set: Refusal[]; delete: Refusal[] } = { set: [], delete: [] };
  /** Taken, one per block: the block is not done, or (after `half`) only its first half is. */
  readonly failBlock: { reason: string; half?: boolean }[] = [];
  readonly failRead: string[] = [];
  /** While true, blocks wait for `flush`. */
  held = false;
  private readonly waiting: (() => void)[] = [];
  closed = false;

  async apply(_family: FamilyId, changes: readonly RouteChange[]): Promise<ApplyResult> {
    if (this.held) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const failure = this.failBlock.shift();
    const share = failure === undefined ? changes : failure.half === true ? changes.slice(0, changes.length >> 1) : [];
    const refusals = share.map((change) => this.one(change));
    return failure === undefined ? { kind: 'done', refusals } : { kind: 'unavailable', reason: failure.reason };
  }

  /** Lets one waiting block go on. */
  flush(): void {
    this.waiting.shift()?.();
  }

  get blocksWaiting(): number {
    return this.waiting.length;
  }

  async read(family: FamilyId, visit: (route: KernelRoute) => void): Promise<void> {
    const failure = this.failRead.shift();
    if (failure !== undefined) throw new Error(failure);
    for (const [prefix, nextHop] of this.routes) {
      if (familyOfText(prefix) === family) visit({ ...parsePrefix(prefix)!, metric: 20, nextHop });
    }
    for (const [prefix, metric] of this.strays) {
      if (familyOfText(prefix) === family) visit({ ...parsePrefix(prefix)!, metric, nextHop: '192.0.2.99' });
    }
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private one(change: RouteChange): Refusal | null {
    const refusal = this.failNext[change.kind].shift();
    if (refusal !== undefined) return refusal;
    if (change.kind === 'delete') {
      this.log.push(`delete ${change.prefix}`);
      if (change.metric === null) this.routes.delete(change.prefix);
      else this.strays.delete(change.prefix);
      return null;
    }
    const theirs = this.foreign.get(change.prefix);
    if (theirs !== undefined) return { kind: 'conflict', words: `in the way: ${theirs}` };
    const nextHop = change.via.device === null ? change.via.gateway : `${change.via.gateway}%${change.via.device}`;
    this.log.push(`set ${change.prefix} ${nextHop}`);
    this.routes.set(change.prefix, nextHop);
    return null;
  }
}

/** A clock that stands still until the test moves it; deferred work runs as microtasks do. */
export class FakeSchedule implements FibSchedule {
  private now = 0;
  private wake: { atMs: number; run: () => void } | null = null;

  nowMs(): number {
    return this.now;
  }

  defer(run: () => void): void {
    queueMicrotask(run);
  }

  wakeAt(atMs: number, run: () => void): void {
    this.wake = { atMs, run };
  }

  /** Moves the clock, stopping at every wish to be woken on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.now + ms;
    while (this.wake !== null && this.wake.atMs <= endMs) {
      const { atMs, run } = this.wake;
      this.wake = null;
      this.now = Math.max(this.now, atMs);
      run();
      await quiet();
    }
    this.now = endMs;
  }
}

/** Lets everything happen that needs no time. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface Bench {
  readonly rib: FakeRib;
  readonly kernel: FakeKernel;
  readonly schedule: FakeSchedule;
  readonly events: FibEvent[];
  readonly driver: FibDriver;
  /** Sets the best path of a prefix and tells the driver. */
  route(prefix: string, nextHop: string | null): void;
}

/** A driver on fakes, not started yet. */
export function bench(options: Partial<FibDriverOptions> = {}): Bench {
  const rib = new FakeRib();
  const kernel = new FakeKernel();
  const schedule = new FakeSchedule();
  const events: FibEvent[] = [];
  const driver = new FibDriver({
    mode: 'install',
    metric: 20,
    families: [IPV4_UNICAST, IPV6_UNICAST],
    best: rib,
    port: kernel,
    schedule,
    restartMs: 120_000,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const route = (prefix: string, nextHop: string | null) => driver.changed(...rib.best(prefix, nextHop));
  return { rib, kernel, schedule, events, driver, route };
}
