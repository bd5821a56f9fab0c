/** Work of several turns: long tasks, and groups that close. */
import type { TimeSlice } from '../lib/clock.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { PrefixId } from '../rib/tables/ids.ts';
import type { Advertised } from './advertise/advertised.ts';
import type { Log } from './encode/chunks.ts';

/** Prefixes that are removed at a time, and between two looks at the clock. */
const FORGET = 65_536;
const FORGET_STEP = 256;

/** A group without members. */
interface ClosingGroup {
  readonly rib: FamilyRib;
  readonly advertised: Advertised;
  readonly log: Log;
  /** No member joins any more. */
  endSharing(): void;
}

/** Groups without members: what they advertised is removed, piece by piece. */
export class ClosingGroups {
  private readonly groups: { readonly group: ClosingGroup; from: number }[] = [];

  get isEmpty(): boolean {
    return this.groups.length === 0;
  }

  add(group: ClosingGroup): void {
    this.groups.push({ group, from: 1 });
  }

  /** Does one bounded piece of the work. */
  work(slice: TimeSlice): void {
    const closing = this.groups[0];
    if (closing === undefined) return;
    slice.begin();
    for (let left = FORGET; left > 0 && closing.from !== 0; left -= FORGET_STEP) {
      closing.from = forget(closing.group, closing.from);
      if (slice.isOver) break;
    }
    if (closing.from === 0) this.groups.shift();
  }
}

/** Long tasks, each in a turn of its own, so that a thousand members that move at once do not block the others. */
export class Tasks {
  private readonly waiting: (() => void)[] = [];
  private isHeld = false;

  add(task: () => void): void {
    this.waiting.push(task);
  }

  /** Runs before the other tasks. */
  addFirst(task: () => void): void {
    this.waiting.unshift(task);
  }

  /** All tasks wait until this ends: the settings of many peers change in several turns, and all must be known. */
  hold(on: boolean): void {
    this.isHeld = on;
  }

  get pending(): boolean {
    return this.waiting.length > 0 && !this.isHeld;
  }

  runOne(): void {
    if (!this.isHeld) this.waiting.shift()?.();
  }
}

/** Removes a piece from id `from` on; returns where to continue, or 0 when everything is removed. */
function forget(group: ClosingGroup, from: number): number {
  const { advertised, log, rib } = group;
  if (from <= 1) group.endSharing();
  const end = Math.min(rib.prefixes.limit, from + FORGET_STEP);
  for (let id = from; id < end; id++) advertised.forget(id as PrefixId);
  if (end < rib.prefixes.limit) return end;
  log.close();
  return 0;
}
