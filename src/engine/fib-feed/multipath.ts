/**
 * Ids for the targets of a route other than a single next hop: several next hops that share the traffic, or a discard.
 * They are greater than the ids of next hops and are never reused.
 */
import type { NextHopMember } from '../../fib/port/ports.ts';
import { invariant } from '../../lib/invariant.ts';
import type { Discard } from '../../spec/fib.ts';

const FIRST = 0x4000_0000;
const DISCARD_IDS: Readonly<Record<Discard, number>> = { blackhole: FIRST, unreachable: FIRST + 1 };
const FIRST_GROUP = FIRST + 2;
/** Unused groups are removed when there are this many more than used ones. */
const MAX_UNHELD = 4096;

interface Group {
  readonly key: string;
  readonly members: readonly NextHopMember[];
  holders: number;
}

export function isTarget(id: number): boolean {
  return id >= FIRST;
}

export function discardId(how: Discard): number {
  return DISCARD_IDS[how];
}

export function discardOf(id: number): Discard | null {
  if (id === DISCARD_IDS.blackhole) return 'blackhole';
  return id === DISCARD_IDS.unreachable ? 'unreachable' : null;
}

export class RouteTargets {
  private readonly groups = new Map<number, Group>();
  private readonly byKey = new Map<string, number>();
  private nextId = FIRST_GROUP;
  private unheld = 0;

  /**
   * Id of several next hops; equal for equal ones in the same order. Valid while held; before that, until the next
   * call.
   */
  group(members: readonly NextHopMember[]): number {
    const key = members.map(({ nextHop, weight }) => `${nextHop}*${weight}`).join();
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    if (this.unheld >= MAX_UNHELD) this.forgetUnheld();
    const id = this.nextId++;
    this.groups.set(id, { key, members, holders: 0 });
    this.byKey.set(key, id);
    this.unheld++;
    return id;
  }

  /** The next hops of an id; null: the id is not a group. */
  members(id: number): readonly NextHopMember[] | null {
    return this.groups.get(id)?.members ?? null;
  }

  /** @returns true for the first holder: the members must be held, too */
  hold(id: number): boolean {
    if (discardOf(id) !== null) return false;
    const group = this.groups.get(id);
    invariant(group !== undefined, 'a group of next hops is held before it is removed');
    if (group.holders++ > 0) return false;
    this.unheld--;
    return true;
  }

  /** @returns true for the last holder: the members must be released, too */
  release(id: number): boolean {
    if (discardOf(id) !== null) return false;
    const group = this.groups.get(id);
    invariant(group !== undefined && group.holders > 0, 'only a held group of next hops is released');
    if (--group.holders > 0) return false;
    this.unheld++;
    return true;
  }

  private forgetUnheld(): void {
    for (const [id, { key, holders }] of this.groups) {
      if (holders > 0) continue;
      this.groups.delete(id);
      this.byKey.delete(key);
    }
    this.unheld = 0;
  }
}
