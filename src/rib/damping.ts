/**
 * Route flap damping (RFC 2439) of one peer and family: a penalty per prefix that grows with each flap and halves with
 * time. A prefix above `suppress` is suppressed until it is below `reuse`.
 *
 * The standard's procedure (4.8): on a flap the figure of merit is decayed to the current time, raised, and limited to
 * the ceiling that follows from `max-suppress-time`; reuse lists, by the time of the next review, lift the suppression.
 * Ours is the same, with the decay computed rather than read from tables. `advance` takes the current time.
 *
 * Bytes per entry: penalty 4, time 4, prefix 4, next 4, flaps 2, suppressed 1, and some 32 in the index; in a table
 * that doubles.
 */
import type { DampingParameters } from '../spec/exchange.ts';
import type { PrefixId } from './tables/ids.ts';

/** Penalty of a flap, as routers have it (RFC 7196 3); an announcement after a withdrawal adds nothing. */
export const PENALTY = { withdrawal: 1000, attributes: 500 } as const;

/** Maximum entries of one peer and family; further prefixes are not damped. */
export const MAX_DAMPED = 131_072;
/** Interval of the reuse lists (RFC 2439 4.2, delta-reuse). */
export const REUSE_STEP_SECONDS = 10;
const MAX_FLAPS = 65_535;
/** The highest value that fits the column. */
const HIGHEST = 0x7fffffff;
/** Initial size of a table; it doubles. */
const LEAST = 16;

/** The owner of the prefixes. */
interface DampingOwner {
  /** The prefix must keep its id from now on, until `unpin`. */
  pin(prefix: PrefixId): void;
  unpin(prefix: PrefixId): void;
  /** The suppression of the prefix has started or ended. */
  onChanged(prefix: PrefixId, suppressed: boolean): void;
}

/** The view of a prefix that has flapped. */
export interface DampedPrefix {
  readonly prefix: PrefixId;
  readonly penalty: number;
  readonly flaps: number;
  readonly suppressed: boolean;
  /** Until it is reused, if it does not flap meanwhile; 0 when it is not suppressed. */
  readonly reuseSeconds: number;
}

export class Damping {
  // Not columns of pages: most peers have few entries, and a page is large.
  private penalties = new Uint32Array(LEAST);
  private times = new Uint32Array(LEAST);
  private prefixes = new Uint32Array(LEAST);
  /** Next of a reuse list, or of the free entries. */
  private nexts = new Uint32Array(LEAST);
  private flaps = new Uint16Array(LEAST);
  private suppressions = new Uint8Array(LEAST);
  private free = 0;
  /** Entries from here on were never used; 0 is none. */
  private fresh = 1;
  private readonly byPrefix = new Map<PrefixId, number>();
  /** Heads of the reuse lists, by step of time. */
  private readonly lists = new Map<number, number>();
  private nextStep = 0;
  /** The penalty that decays to `reuse` within the maximum suppress time. */
  private readonly ceiling: number;
  private readonly parameters: DampingParameters;
  private readonly owner: DampingOwner;

  constructor(parameters: DampingParameters, owner: DampingOwner) {
    this.parameters = parameters;
    this.owner = owner;
    this.ceiling = Math.min(HIGHEST, Math.round(penaltyCeiling(parameters)));
  }

  /** Number of prefixes with a history. */
  get count(): number {
    return this.byPrefix.size;
  }

  isSuppressed(prefix: PrefixId): boolean {
    const entry = this.byPrefix.get(prefix);
    return entry !== undefined && this.suppressions[entry] !== 0;
  }

  /** The prefix has flapped: its penalty grows. */
  flap(prefix: PrefixId, points: number, nowSeconds: number): void {
    const entry = this.byPrefix.get(prefix) ?? this.insert(prefix, nowSeconds);
    if (entry === 0) return;
    const penalty = Math.min(this.ceiling, this.decayed(entry, nowSeconds) + points);
    this.penalties[entry] = penalty;
    this.times[entry] = nowSeconds;
    this.flaps[entry] = Math.min(MAX_FLAPS, this.flaps[entry] + 1);
    if (penalty <= this.parameters.suppress || this.suppressions[entry] !== 0) return;
    this.suppressions[entry] = 1;
    this.owner.onChanged(prefix, true);
  }

  /**
   * Reviews `budget` entries that are due: some are reused, some are removed.
   * @returns false when there are more
   */
  advance(nowSeconds: number, budget = Number.POSITIVE_INFINITY): boolean {
    const last = Math.floor(nowSeconds / REUSE_STEP_SECONDS);
    if (this.count === 0) this.nextStep = last + 1;
    for (let left = budget; this.nextStep <= last; this.nextStep++) {
      let entry = this.lists.get(this.nextStep) ?? 0;
      this.lists.delete(this.nextStep);
      for (; entry !== 0; left--) {
        const next = this.nexts[entry];
        if (left === 0) {
          this.lists.set(this.nextStep, entry);
          return false;
        }
        this.review(entry, nowSeconds);
        entry = next;
      }
    }
    return true;
  }

  /** Removes the history of a prefix, or of all: they are no longer suppressed. Returns how many were removed. */
  clear(prefix: PrefixId | null = null): number {
    if (prefix === null) {
      const entries = [...this.byPrefix.values()];
      this.lists.clear();
      for (const entry of entries) this.forget(entry);
      return entries.length;
    }
    const entry = this.byPrefix.get(prefix);
    if (entry === undefined) return 0;
    this.unlist(entry);
    this.forget(entry);
    return 1;
  }

  /** All prefixes with a history, in their current state. */
  *view(nowSeconds: number): Generator<DampedPrefix> {
    for (const [prefix, entry] of this.byPrefix) yield this.viewOne(prefix, entry, nowSeconds);
  }

  bytes(): number {
    const perEntry = 32;
    const { penalties, flaps, suppressions } = this;
    return penalties.byteLength * 4 + flaps.byteLength + suppressions.byteLength + this.byPrefix.size * perEntry;
  }

  private allocate(): number {
    const entry = this.free;
    if (entry !== 0) {
      this.free = this.nexts[entry];
      return entry;
    }
    if (this.fresh === this.penalties.length) this.resize(this.fresh * 2);
    return this.fresh++;
  }

  private resize(length: number): void {
    this.penalties = enlarge(this.penalties, new Uint32Array(length));
    this.times = enlarge(this.times, new Uint32Array(length));
    this.prefixes = enlarge(this.prefixes, new Uint32Array(length));
    this.nexts = enlarge(this.nexts, new Uint32Array(length));
    this.flaps = enlarge(this.flaps, new Uint16Array(length));
    this.suppressions = enlarge(this.suppressions, new Uint8Array(length));
  }

  /** The table is empty: a large one is made small again. */
  private shrink(): void {
    this.free = 0;
    this.fresh = 1;
    this.resize(LEAST);
  }

  private viewOne(prefix: PrefixId, entry: number, nowSeconds: number): DampedPrefix {
    const penalty = this.decayed(entry, nowSeconds);
    const suppressed = this.suppressions[entry] !== 0;
    const reuseSeconds = suppressed ? this.secondsUntil(penalty, this.parameters.reuse) : 0;
    return { prefix, penalty, flaps: this.flaps[entry], suppressed, reuseSeconds };
  }

  private insert(prefix: PrefixId, nowSeconds: number): number {
    if (this.count >= MAX_DAMPED) return 0;
    const entry = this.allocate();
    this.penalties[entry] = 0;
    this.times[entry] = nowSeconds;
    this.prefixes[entry] = prefix;
    this.flaps[entry] = 0;
    this.suppressions[entry] = 0;
    if (this.count === 0) this.nextStep = Math.floor(nowSeconds / REUSE_STEP_SECONDS);
    this.byPrefix.set(prefix, entry);
    this.owner.pin(prefix);
    this.list(entry, nowSeconds + this.parameters.halfLifeSeconds);
    return entry;
  }

  /** An entry is due: it is reused, removed, or put on the list of its next review. */
  private review(entry: number, nowSeconds: number): void {
    const { reuse } = this.parameters;
    const penalty = this.decayed(entry, nowSeconds);
    if (penalty < reuse && this.suppressions[entry] !== 0) {
      this.suppressions[entry] = 0;
      this.owner.onChanged(this.prefixes[entry] as PrefixId, false);
    }
    // RFC 2439 4.2: below half the reuse threshold the history need not be kept.
    if (penalty < reuse / 2) {
      this.forget(entry);
      return;
    }
    const goal = this.suppressions[entry] !== 0 ? reuse : reuse / 2;
    this.list(entry, nowSeconds + this.secondsUntil(penalty, goal));
  }

  private forget(entry: number): void {
    const prefix = this.prefixes[entry] as PrefixId;
    const wasSuppressed = this.suppressions[entry] !== 0;
    this.byPrefix.delete(prefix);
    this.nexts[entry] = this.free;
    this.free = entry;
    if (this.count === 0) this.shrink();
    if (wasSuppressed) this.owner.onChanged(prefix, false);
    this.owner.unpin(prefix);
  }

  private list(entry: number, atSeconds: number): void {
    const step = Math.max(this.nextStep, Math.floor(atSeconds / REUSE_STEP_SECONDS) + 1);
    this.nexts[entry] = this.lists.get(step) ?? 0;
    this.lists.set(step, entry);
  }

  private unlist(entry: number): void {
    for (const [step, head] of this.lists) {
      if (head === entry) {
        this.lists.set(step, this.nexts[entry]);
        return;
      }
      let before = head;
      while (before !== 0 && this.nexts[before] !== entry) before = this.nexts[before];
      if (before === 0) continue;
      this.nexts[before] = this.nexts[entry];
      return;
    }
  }

  private decayed(entry: number, nowSeconds: number): number {
    const age = nowSeconds - this.times[entry];
    return Math.round(this.penalties[entry] * 2 ** (-age / this.parameters.halfLifeSeconds));
  }

  private secondsUntil(penalty: number, goal: number): number {
    if (penalty < goal) return 0;
    return Math.ceil(this.parameters.halfLifeSeconds * Math.log2(penalty / goal));
  }
}

/** Copies what fits. */
function enlarge<T extends Uint32Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from.subarray(0, to.length));
  return to;
}

/** The ceiling of the penalty (RFC 2439 4.2): suppression ends within the maximum time, whatever the prefix does. */
export function penaltyCeiling({ reuse, maxSuppressSeconds, halfLifeSeconds }: DampingParameters): number {
  return reuse * 2 ** (maxSuppressSeconds / halfLifeSeconds);
}
