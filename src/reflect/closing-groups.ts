/** Groups without members: what they advertised is removed, piece by piece. */
import type { TimeSlice } from '../lib/clock.ts';
import type { PrefixId } from '../rib/tables/ids.ts';
import type { UpdateGroup } from './group.ts';

/** Prefixes that are removed at a time, and between two looks at the clock. */
const FORGET = 65_536;
const FORGET_STEP = 256;

export class ClosingGroups {
  private readonly groups: { readonly group: UpdateGroup; from: number }[] = [];

  get isEmpty(): boolean {
    return this.groups.length === 0;
  }

  add(group: UpdateGroup): void {
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

/** Removes a piece from id `from` on; returns where to continue, or 0 when everything is removed. */
function forget(group: UpdateGroup, from: number): number {
  const { advertised, log, rib } = group;
  if (from <= 1) group.endSharing();
  const end = Math.min(rib.prefixes.limit, from + FORGET_STEP);
  for (let id = from; id < end; id++) advertised.forget(id as PrefixId);
  if (end < rib.prefixes.limit) return end;
  log.close();
  return 0;
}
