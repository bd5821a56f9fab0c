/** A rib of names, a kernel that can fail its next call, and a time that the test owns. */
import { FibDriver } from '../../src/fib/driver/driver.ts';
import type { FibDriverOptions, FibEvent } from '../../src/fib/port/driver-options.ts';
import type {
  ApplyResult,
  BestRoutes,
  Fib,
  FibSchedule,
  KernelObject,
  KernelRoute,
  KernelWatcher,
  NextHopMember,
  ObjectChange,
  ObjectContent,
  Refusal,
  Resolution,
  RouteChange,
  Target,
} from '../../src/fib/port/ports.ts';
import { parseVia } from '../../src/fib/port/targets.ts';
import { formatPrefix, parsePrefix } from '../../src/lib/ip.ts';
import type { Discard } from '../../src/spec/fib.ts';
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';

/** Prefixes and next hops get ids in the order in which they are named; ids count pins and holds. */
export class FakeRib implements BestRoutes {
  readonly names: string[][] = [['none'], ['none']];
  readonly hops: string[] = ['none'];
  private readonly ids = new Map<string, number>();
  readonly bests: Map<number, number>[] = [new Map(), new Map()];
  readonly pins = new Map<string, number>();
  readonly holds = new Map<number, number>();

  id(prefix: string): number {
    const known = this.ids.get(prefix);
    if (known !== undefined) return known;
    const id = this.names[familyOfText(prefix)].push(prefix) - 1;
    this.ids.set(prefix, id);
    return id;
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

  find(_family: FamilyId, address: Uint8Array, length: number): number {
    return this.ids.get(formatPrefix({ address, length })) ?? 0;
  }

  /** `blackhole` and `unreachable` are no addresses. */
  discards(nextHop: number): Discard | null {
    const name = this.hops[nextHop];
    return isDiscard(name) ? name : null;
  }

  /** A name with a comma stands for several: `192.0.2.1,192.0.2.2*3` gives the second three times the share. */
  members(nextHop: number): readonly NextHopMember[] | null {
    const parts = this.hops[nextHop].split(',');
    if (parts.length === 1) return null;
    return parts.map((part) => {
      const [name, weight = '1'] = part.split('*');
      return { nextHop: this.hop(name), weight: Number(weight) };
    });
  }

  pin(family: FamilyId, prefix: number): void {
    count(this.pins, this.names[family][prefix], 1);
  }

  /** A prefix without a path is removed: it returns with another id. */
  unpin(family: FamilyId, prefix: number): void {
    const name = this.names[family][prefix];
    count(this.pins, name, -1);
    if (!this.pins.has(name) && (this.bests[family].get(prefix) ?? 0) === 0) this.ids.delete(name);
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

/**
 * A kernel whose table is a map from prefix to gateway (`#7` for an object); `foreign` routes are of other programs.
 * Next hops are reached as they are called, unless `ways` says otherwise.
 */
export class FakeKernel implements Fib {
  readonly routes = new Map<string, string>();
  readonly foreign = new Map<string, string>();
  readonly objects = new Map<number, { content: ObjectContent; ours: boolean }>();
  readonly ways = new Map<string, string | null>();
  readonly costs = new Map<string, number>();
  /** Routes at another metric, by prefix. */
  readonly strays = new Map<string, number>();
  readonly log: string[] = [];
  /** Taken, one per change of that kind, before the change is done. */
  readonly failNext: Record<'set' | 'delete' | 'create' | 'replace' | 'deleteObject', Refusal[]> = {
    set: [],
    delete: [],
    create: [],
    replace: [],
    deleteObject: [],
  };
  /** Taken, one per block: the block is not done, or (after `half`) only its first half is. */
  readonly failBlock: { reason: string; half?: boolean }[] = [];
  readonly failRead: string[] = [];
  readonly failResolve: string[] = [];
  /** Whether it has nexthop objects. */
  modern = false;
  /** While true, blocks wait for `flush`. */
  held = false;
  watcher: KernelWatcher | null = null;
  trouble: string[] = [];
  questions = 0;
  private readonly waiting: (() => void)[] = [];
  closed = false;

  async hasObjects(): Promise<boolean> {
    return this.modern;
  }

  async apply(_family: FamilyId, changes: readonly RouteChange[]): Promise<ApplyResult> {
    if (this.held) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const failure = this.failBlock.shift();
    const share = failure === undefined ? changes : failure.half === true ? changes.slice(0, changes.length >> 1) : [];
    const refusals = share.map((change) => this.one(change));
    return failure === undefined ? { kind: 'done', refusals } : { kind: 'unavailable', reason: failure.reason };
  }

  async applyObjects(changes: readonly ObjectChange[]): Promise<ApplyResult> {
    const failure = this.failBlock.shift();
    if (failure !== undefined) return { kind: 'unavailable', reason: failure.reason };
    return { kind: 'done', refusals: changes.map((change) => this.oneObject(change)) };
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
    for (const prefix of this.routes.keys()) if (familyOfText(prefix) === family) visit(this.row(prefix, 20));
    for (const [prefix, metric] of this.strays) {
      if (familyOfText(prefix) === family) visit({ ...parsePrefix(prefix)!, metric, to: null, gateway: '' });
    }
  }

  async readSome(_family: FamilyId, prefixes: readonly string[], visit: (route: KernelRoute) => void): Promise<void> {
    for (const prefix of prefixes) if (this.routes.has(prefix)) visit(this.row(prefix, 20));
  }

  async readObjects(): Promise<readonly KernelObject[]> {
    return [...this.objects].map(([id, object]) => ({ id, ...object }));
  }

  async resolve(names: readonly string[]): Promise<readonly Resolution[]> {
    this.questions += names.length;
    const failure = this.failResolve.shift();
    if (failure !== undefined) throw new Error(failure);
    return names.map((name): Resolution => {
      const way = this.ways.get(name);
      if (way === null) return { kind: 'unreachable', words: 'no way' };
      return { kind: 'reachable', via: parseVia(way ?? name), cost: this.costs.get(name) ?? 0 };
    });
  }

  watch(watcher: KernelWatcher): void {
    this.watcher = watcher;
  }

  health(): readonly string[] {
    return this.trouble;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** Where the packets of a prefix go, through its object if it has one. */
  gateway(prefix: string): string | undefined {
    const route = this.routes.get(prefix);
    if (route === undefined || !route.startsWith('#')) return route;
    return this.objectGateway(Number(route.slice(1)));
  }

  /** The gateways of a group are given as the rib names them. */
  private objectGateway(id: number): string | undefined {
    const content = this.objects.get(id)?.content;
    if (content?.kind !== 'group') return content?.via.gateway;
    return content.members
      .map((one) => `${this.objectGateway(one.id)}${one.weight === 1 ? '' : `*${one.weight}`}`)
      .join();
  }

  /** Installs an object, as an earlier daemon or another program would. */
  putObject(id: number, gateway: string, ours: boolean): void {
    this.objects.set(id, { content: { kind: 'via', via: { gateway, device: null } }, ours });
  }

  /** What the kernel does when any program removes an object: it removes its routes, too. */
  dropObject(id: number): void {
    this.objects.delete(id);
    for (const [prefix, route] of this.routes) if (route === `#${id}`) this.routes.delete(prefix);
    for (const [group, { content, ours }] of this.objects) {
      if (content.kind !== 'group' || !content.members.some((member) => member.id === id)) continue;
      const members = content.members.filter((member) => member.id !== id);
      if (members.length === 0) this.dropObject(group);
      else this.objects.set(group, { content: { kind: 'group', members }, ours });
    }
  }

  private row(prefix: string, metric: number): KernelRoute {
    const route = this.routes.get(prefix) as string;
    return { ...parsePrefix(prefix)!, metric, to: parseTarget(route), gateway: this.gateway(prefix) ?? '' };
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
    if (theirs !== undefined && !change.owned) return { kind: 'conflict', words: `in the way: ${theirs}` };
    const to = targetText(change.to);
    if (to.startsWith('#') && !this.objects.has(Number(to.slice(1)))) {
      return { kind: 'refused', words: 'Error: Nexthop id does not exist.' };
    }
    this.log.push(`set ${change.prefix} ${to}`);
    this.routes.set(change.prefix, to);
    return null;
  }

  private oneObject(change: ObjectChange): Refusal | null {
    const refusal = this.failNext[change.kind === 'delete' ? 'deleteObject' : change.kind].shift();
    if (refusal !== undefined) return refusal;
    if (change.kind === 'create' && this.objects.has(change.id)) return { kind: 'conflict', words: 'File exists' };
    if (change.kind === 'delete') {
      this.log.push(`delete #${change.id}`);
      this.dropObject(change.id);
      return null;
    }
    this.objects.set(change.id, { content: change.content, ours: true });
    this.log.push(`${change.kind} #${change.id} ${this.objectGateway(change.id)}`);
    return null;
  }
}

function isDiscard(text: string): text is Discard {
  return text === 'blackhole' || text === 'unreachable';
}

/** The target that `targetText` wrote, and that tests put there. */
function parseTarget(text: string): Target {
  if (isDiscard(text)) return { kind: 'discard', how: text };
  if (text.startsWith('#')) return { kind: 'object', id: Number(text.slice(1)) };
  if (!text.includes('*')) return { kind: 'via', via: parseVia(text) };
  const paths = text.split(' ').map((path) => path.split('*'));
  return { kind: 'paths', paths: paths.map(([name, weight]) => ({ via: parseVia(name), weight: Number(weight) })) };
}

function targetText(to: Target): string {
  if (to.kind === 'discard') return to.how;
  if (to.kind === 'object') return `#${to.id}`;
  // As Linux does: one path is a route by it, without a weight.
  if (to.kind === 'paths' && to.paths.length === 1) return targetText({ kind: 'via', via: to.paths[0].via });
  if (to.kind === 'paths') return to.paths.map((path) => `${path.via.gateway}*${path.weight}`).join(' ');
  return to.via.device === null ? to.via.gateway : `${to.via.gateway}%${to.via.device}`;
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
    await quiet();
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
  /** Sets the best path of a prefix and notifies the driver. */
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
    objectIds: null,
    compareMs: 300_000,
    tracked: null,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const route = (prefix: string, nextHop: string | null) => driver.changed(...rib.best(prefix, nextHop));
  return { rib, kernel, schedule, events, driver, route };
}
