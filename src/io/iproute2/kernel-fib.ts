/**
 * The `Fib` port over iproute2: a worker per family for changes, runs of `ip -j` for reading, and `ip monitor`.
 *
 * A route that is not known to be ours is installed with `add`, which the kernel refuses if any route has the same
 * prefix and metric. It is replaced only if the existing route is ours.
 */
import type {
  ApplyResult,
  Fib,
  KernelObject,
  KernelRoute,
  KernelWatcher,
  ObjectChange,
  Refusal,
  Resolution,
  RouteChange,
} from '../../fib/port/ports.ts';
import { type FamilyId, IPV6_UNICAST } from '../../wire/families.ts';
import { destinationOf, Echoes } from './echoes.ts';
import { queryIpDump } from './ip/ip-command.ts';
import { type IpObject, renderObject, toKernelObject } from './ip/objects.ts';
import { homeOf, type IpRoute, type RouteHomes, renderChange, toKernelRoute } from './ip/routes.ts';
import { explainWords } from './ip/words.ts';
import { Lane, type LinesResult } from './lane.ts';
import { Monitor, ROUTING_OBJECTS } from './monitor.ts';
import { Owners } from './resolution/owners.ts';
import { type OnLink, Resolver } from './resolution/resolver.ts';
import { Watch } from './watch.ts';

export interface KernelFibOptions extends RouteHomes {
  /** Next hops that are on-link on an interface, whatever the routes say. */
  readonly onlink?: readonly OnLink[];
  /** `['ip']`, or a command that runs it elsewhere, such as `['ip', 'netns', 'exec', NAME, 'ip']`. */
  readonly command: readonly string[];
  /** A worker or a reader without output for this long is killed. */
  readonly timeoutMs: number;
}

const EXISTS = 'RTNETLINK answers: File exists';
/** The error for a delete of something that does not exist. */
const ABSENT = /No such process|FIB table does not exist|No such file or directory|Nexthop id does not exist/;
const FORBIDDEN = 'Operation not permitted';
/** A kernel or an `ip` without nexthop objects. */
const NO_OBJECTS = /Operation not supported|is unknown, try|Invalid argument/;
/** From this number of prefixes on, one dump is cheaper than a query per prefix. */
const DUMP_FROM = 64;
/** Shorter than for other queries, because paths wait for the resolution of their next hops. */
const RESOLVE_TIMEOUT_MS = 5000;

function familyFlag(family: FamilyId): string {
  return family === IPV6_UNICAST ? '-6' : '-4';
}

export class KernelFib implements Fib {
  private readonly options: KernelFibOptions;
  private readonly owners: Owners;
  private readonly resolver: Resolver;
  private readonly lanes = new Map<FamilyId, Lane>();
  private readonly objectLane: Lane;
  private readonly echoes = new Echoes();
  private monitor: Monitor | null = null;

  constructor(options: KernelFibOptions) {
    this.options = options;
    this.owners = new Owners(options);
    const patience = { ...options, timeoutMs: Math.min(options.timeoutMs, RESOLVE_TIMEOUT_MS) };
    this.resolver = new Resolver(patience, options, options.onlink ?? []);
    this.objectLane = new Lane({ ...options, familyFlag: '' });
  }

  async hasObjects(): Promise<boolean> {
    try {
      await this.readObjects();
      return true;
    } catch (error) {
      if (NO_OBJECTS.test((error as Error).message)) return false;
      throw error;
    }
  }

  async apply(family: FamilyId, changes: readonly RouteChange[]): Promise<ApplyResult> {
    const verb = (change: RouteChange) => (change.kind === 'set' && change.owned ? 'replace' : 'add');
    const home = homeOf(this.options, family);
    const lines = changes.map((change) => renderChange(change, home, verb(change)));
    const result = await this.submit(family, lines, changes);
    if (result.kind === 'unavailable') return result;
    const refusals = result.errors.map((words, i) => routeRefusal(words, changes[i].kind));
    if (refusals.some((refusal) => refusal?.words.includes(FORBIDDEN) === true)) return forbidden();
    const occupied = occupiedPlaces(result.errors, changes);
    return occupied.length === 0 ? { kind: 'done', refusals } : this.claim(family, changes, occupied, refusals);
  }

  async applyObjects(changes: readonly ObjectChange[]): Promise<ApplyResult> {
    for (const change of changes) this.echoes.expect(`id ${change.id}`, performance.now());
    const lines = changes.map((change) => renderObject(change, this.options.protocol));
    const result = await this.objectLane.submit(lines);
    if (result.kind === 'unavailable') return result;
    const refusals = result.errors.map((words, i) => objectRefusal(words, changes[i].kind));
    if (refusals.some((refusal) => refusal?.words.includes(FORBIDDEN) === true)) return forbidden();
    return { kind: 'done', refusals };
  }

  read(family: FamilyId, visit: (route: KernelRoute) => void): Promise<void> {
    return this.show(family, [], visit);
  }

  async readSome(family: FamilyId, prefixes: readonly string[], visit: (route: KernelRoute) => void): Promise<void> {
    if (prefixes.length >= DUMP_FROM) return this.show(family, [], visit);
    for (const prefix of prefixes) await this.show(family, ['exact', prefix], visit);
  }

  async readObjects(): Promise<readonly KernelObject[]> {
    const objects = new Map<number, KernelObject>();
    await queryIpDump(this.options, ['-N', '-j', '-d', 'nexthop', 'show'], (row) => {
      const object = toKernelObject(row as IpObject, this.options.protocol);
      objects.set(object.id, object);
    });
    return [...objects.values()];
  }

  resolve(names: readonly string[]): Promise<readonly Resolution[]> {
    return this.resolver.resolve(names);
  }

  watch(watcher: KernelWatcher): void {
    const watch = new Watch(this.options, this.echoes, watcher, () => this.renew());
    this.monitor = new Monitor(this.options.command, ROUTING_OBJECTS, {
      onLine: (line) => watch.read(line),
      onLost: () => watcher.hintsLost(),
      onTrouble: (words) => watcher.watching(words),
    });
  }

  health(): readonly string[] {
    const trouble = this.monitor?.trouble ?? null;
    return trouble === null ? [] : [`changes of the kernel tables are not monitored: ip monitor: ${trouble}`];
  }

  async close(): Promise<void> {
    await Promise.all([this.monitor?.close(), ...this.allLanes.map((lane) => lane.close())]);
  }

  /** The worker of a family, for tests that kill it. */
  lane(family: FamilyId): Lane {
    let lane = this.lanes.get(family);
    if (lane === undefined) {
      lane = new Lane({ ...this.options, familyFlag: familyFlag(family) });
      this.lanes.set(family, lane);
    }
    return lane;
  }

  /** The monitor's process, for tests that kill it. */
  get monitorPid(): number | undefined {
    return this.monitor?.pid;
  }

  private get allLanes(): readonly Lane[] {
    return [this.objectLane, ...this.lanes.values()];
  }

  private renew(): void {
    for (const lane of this.allLanes) void lane.renew();
  }

  private async submit(
    family: FamilyId,
    lines: readonly string[],
    changes: readonly RouteChange[],
  ): Promise<LinesResult> {
    const nowMs = performance.now();
    if (this.monitor !== null) for (const change of changes) this.echoes.expect(destinationOf(change.prefix), nowMs);
    const result = await this.lane(family).submit(lines);
    if (result.kind === 'unavailable' || this.monitor === null) return result;
    for (let i = 0; i < changes.length; i++) {
      if (result.errors[i] !== null) this.echoes.forget(destinationOf(changes[i].prefix));
    }
    return result;
  }

  private async show(family: FamilyId, filter: readonly string[], visit: (route: KernelRoute) => void): Promise<void> {
    const home = homeOf(this.options, family);
    const { table, protocol } = home;
    const flag = familyFlag(family);
    const args = [flag, '-N', '-j', '-d', 'route', 'show', 'table', `${table}`, 'proto', `${protocol}`, ...filter];
    const one = (object: unknown) => {
      const route = toKernelRoute(object as IpRoute, flag, home);
      if (route !== null) visit(route);
    };
    try {
      await queryIpDump(this.options, args, one);
    } catch (error) {
      if (!(error as Error).message.includes('FIB table does not exist')) throw error;
    }
  }

  /** Replaces our own routes that made `add` fail; routes of other owners stay and are conflicts. */
  private async claim(
    family: FamilyId,
    changes: readonly RouteChange[],
    occupied: readonly number[],
    refusals: (Refusal | null)[],
  ): Promise<ApplyResult> {
    const prefixes = occupied.map((i) => changes[i].prefix);
    const foreign = await this.owners.foreign(familyFlag(family), homeOf(this.options, family), prefixes);
    if (foreign.kind === 'unavailable') return foreign;
    const ours: number[] = [];
    for (const i of occupied) {
      const words = foreign.routes.get(changes[i].prefix);
      if (words === undefined) ours.push(i);
      else refusals[i] = { kind: 'conflict', words: `existing route: ${words}` };
    }
    const lines = ours.map((i) => renderChange(changes[i], homeOf(this.options, family), 'replace'));
    const again = await this.submit(
      family,
      lines,
      ours.map((i) => changes[i]),
    );
    if (again.kind === 'unavailable') return again;
    ours.forEach((i, place) => {
      refusals[i] = routeRefusal(again.errors[place], changes[i].kind);
    });
    return { kind: 'done', refusals };
  }
}

function routeRefusal(words: string | null, kind: 'set' | 'delete'): Refusal | null {
  if (words === null || (kind === 'delete' && ABSENT.test(words))) return null;
  return { kind: 'refused', words: explainWords(words) };
}

function objectRefusal(words: string | null, kind: ObjectChange['kind']): Refusal | null {
  if (words === null || (kind === 'delete' && ABSENT.test(words))) return null;
  if (kind === 'create' && words === EXISTS) return { kind: 'conflict', words };
  return { kind: 'refused', words: explainWords(words) };
}

function occupiedPlaces(errors: readonly (string | null)[], changes: readonly RouteChange[]): number[] {
  const places: number[] = [];
  for (let i = 0; i < errors.length; i++) if (errors[i] === EXISTS && changes[i].kind === 'set') places.push(i);
  return places;
}

function forbidden(): ApplyResult {
  return { kind: 'unavailable', reason: `${FORBIDDEN}: CAP_NET_ADMIN is missing` };
}
