/**
 * The `Fib` port by iproute2: a worker per family that changes, and runs of `ip -j` that read.
 *
 * A route that is not known to be ours is set with `add`, which the kernel refuses where any route has the same prefix
 * and metric; only when that one turns out to be ours is it replaced.
 */
import type { ApplyResult, Fib, KernelRoute, Refusal, RouteChange } from '../../fib/ports.ts';
import { type FamilyId, IPV6_UNICAST } from '../../wire/families.ts';
import { queryIpDump } from './ip-command.ts';
import { Lane } from './lane.ts';
import { Owners } from './owners.ts';
import { type IpRoute, type RouteHome, renderChange, toKernelRoute } from './routes.ts';

export interface KernelFibOptions extends RouteHome {
  /** `['ip']`, or a command that runs it elsewhere, such as `['ip', 'netns', 'exec', NAME, 'ip']`. */
  readonly command: readonly string[];
  /** A worker or a reader that says nothing for so long is killed. */
  readonly timeoutMs: number;
}

const EXISTS = 'RTNETLINK answers: File exists';
/** What a delete of a route that is not there is told. */
const ABSENT = /No such process|FIB table does not exist/;
const FORBIDDEN = 'Operation not permitted';

export function familyFlag(family: FamilyId): string {
  return family === IPV6_UNICAST ? '-6' : '-4';
}

export class KernelFib implements Fib {
  private readonly options: KernelFibOptions;
  private readonly owners: Owners;
  private readonly lanes = new Map<FamilyId, Lane>();

  constructor(options: KernelFibOptions) {
    this.options = options;
    this.owners = new Owners(options, options);
  }

  async apply(family: FamilyId, changes: readonly RouteChange[]): Promise<ApplyResult> {
    const lines = changes.map((change) => this.render(change));
    const result = await this.lane(family).submit(lines);
    if (result.kind === 'unavailable') return result;
    const refusals = result.errors.map((words, i) => judge(words, changes[i]));
    if (refusals.some((refusal) => refusal?.words.includes(FORBIDDEN) === true)) return forbidden();
    const occupied = occupiedPlaces(result.errors, changes);
    return occupied.length === 0 ? { kind: 'done', refusals } : this.claim(family, changes, occupied, refusals);
  }

  async read(family: FamilyId, visit: (route: KernelRoute) => void): Promise<void> {
    const { table, protocol } = this.options;
    const flag = familyFlag(family);
    const args = [flag, '-N', '-j', '-d', 'route', 'show', 'table', `${table}`, 'proto', `${protocol}`];
    const one = (object: unknown) => {
      const route = toKernelRoute(object as IpRoute, flag, this.options);
      if (route !== null) visit(route);
    };
    try {
      await queryIpDump(this.options, args, one);
    } catch (error) {
      if (!isMissingTable(error as Error)) throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.lanes.values()].map((lane) => lane.close()));
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

  private render(change: RouteChange): string {
    return renderChange(change, this.options, change.kind === 'set' && change.owned ? 'replace' : 'add');
  }

  /** Replaces routes of ours that `add` found in its way; somebody else's stay, as conflicts. */
  private async claim(
    family: FamilyId,
    changes: readonly RouteChange[],
    occupied: readonly number[],
    refusals: (Refusal | null)[],
  ): Promise<ApplyResult> {
    const foreign = await this.owners.foreign(
      familyFlag(family),
      occupied.map((i) => changes[i].prefix),
    );
    if (foreign.kind === 'unavailable') return foreign;
    const ours: number[] = [];
    for (const i of occupied) {
      const words = foreign.routes.get(changes[i].prefix);
      if (words === undefined) ours.push(i);
      else refusals[i] = { kind: 'conflict', words: `in the way: ${words}` };
    }
    const again = await this.lane(family).submit(ours.map((i) => renderChange(changes[i], this.options, 'replace')));
    if (again.kind === 'unavailable') return again;
    ours.forEach((i, place) => {
      refusals[i] = judge(again.errors[place], changes[i]);
    });
    return { kind: 'done', refusals };
  }
}

function judge(words: string | null, change: RouteChange): Refusal | null {
  if (words === null || (change.kind === 'delete' && ABSENT.test(words))) return null;
  return { kind: 'refused', words };
}

function occupiedPlaces(errors: readonly (string | null)[], changes: readonly RouteChange[]): number[] {
  const places: number[] = [];
  for (let i = 0; i < errors.length; i++) if (errors[i] === EXISTS && changes[i].kind === 'set') places.push(i);
  return places;
}

function forbidden(): ApplyResult {
  return { kind: 'unavailable', reason: `${FORBIDDEN}: CAP_NET_ADMIN is missing` };
}

function isMissingTable(error: Error): boolean {
  return error.message.includes('FIB table does not exist');
}
