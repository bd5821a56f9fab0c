/** Work of several turns: long tasks, groups that close, and waking the members of groups. */
import { type Clock, TimeSlice } from '../lib/clock.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { PrefixId } from '../rib/tables/ids.ts';
import type { Advertised } from './advertise/advertised.ts';
import type { Log } from './encode/chunks.ts';
import type { Wakeable } from './member.ts';

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

/** A group with something to send. */
interface SendingGroup {
  readonly members: readonly { readonly owner: Wakeable }[];
  /** Members that hold too much of the log leave it. */
  parkSlow(): void;
}

/** Maximum time to wake members in one turn, and members between two looks at the clock. */
const WAKE_MS = 4;
const WAKE_STEP = 16;
/** While more changes wait to be decided, members rest so many times longer than it takes to wake them. */
const PATIENCE = 2;

/**
 * Wakes the members of groups that have something to send. Each of them writes to its socket, which takes 20 ms for a
 * thousand: so it is done in slices, and while many changes are decided not after each piece of them.
 */
export class Waking {
  /** Groups whose members have not been woken since the last flush. */
  private readonly groups = new Set<SendingGroup>();
  /** Those of the current round, and their members that are not woken yet. */
  private readonly round = new Set<SendingGroup>();
  private readonly waiting = new Set<Wakeable>();
  /** Owners of members that have more to search than fits into one turn. */
  private readonly resting = new Set<Wakeable>();
  private readonly clock: Clock;
  private readonly slice: TimeSlice;
  /** Time that the last round took, and its end. */
  private costMs = 0;
  private endedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
    this.slice = new TimeSlice(clock, WAKE_MS);
  }

  get pending(): boolean {
    return this.groups.size + this.waiting.size + this.resting.size > 0;
  }

  add(group: SendingGroup): void {
    this.groups.add(group);
  }

  rest(owner: Wakeable): void {
    this.resting.add(owner);
  }

  /** Does one bounded piece of the work. @param isBusy more changes wait to be decided */
  work(isBusy: boolean): void {
    this.wakeResting();
    if (this.waiting.size === 0) {
      if (this.groups.size === 0) return;
      if (isBusy && this.clock.nowMs() - this.endedMs < PATIENCE * this.costMs) return;
      this.begin();
    }
    const startMs = this.clock.nowMs();
    this.slice.begin();
    let count = 0;
    for (const owner of this.waiting) {
      this.waiting.delete(owner);
      owner.wake();
      if (++count % WAKE_STEP === 0 && this.slice.isOver) break;
    }
    this.endedMs = this.clock.nowMs();
    this.costMs += this.endedMs - startMs;
    if (this.waiting.size > 0) return;
    for (const group of this.round) group.parkSlow();
    this.round.clear();
  }

  private begin(): void {
    for (const group of this.groups) {
      this.round.add(group);
      for (const { owner } of group.members) this.waiting.add(owner);
    }
    this.groups.clear();
    this.costMs = 0;
  }

  private wakeResting(): void {
    const [owner] = this.resting;
    if (owner === undefined) return;
    this.resting.delete(owner);
    owner.wake();
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
