/**
 * What is held of one peer over its sessions, family by family: its routes, and those that are kept, stale, after a loss
 * (RFC 4724 4.2), for longer with LLGR_STALE (RFC 9494 4.2).
 */
import type { Route } from '../lab/updates.ts';
import { LLGR_STALE } from '../rib/reference.ts';

/** For how long a peer asks us to keep its routes, how long we keep them at most, and for how long as a last resort. */
export const RESTART_MS = 120_000;
export const STALE_MS = 300_000;
export const LONG_LIVED_MS = 1_000_000;
export const NO_LLGR = 0xffff0007;

/** What a peer asks for: nothing, that its routes are kept, or for longer as well; `knows`: only what LLGR_STALE means. */
export type Restart = 'none' | 'knows' | 'graceful' | 'long-lived';

/** Of a route, all that decides how long it is kept. */
interface Marked {
  readonly communities?: readonly number[];
}

interface Kept<R> {
  readonly route: R;
  readonly isStale: boolean;
  /** From when on it is not kept, whatever becomes of the others. */
  readonly untilMs: number;
}

const FOREVER = Number.POSITIVE_INFINITY;

class FamilyHoldings<R extends Marked> {
  readonly kept = new Map<string, Kept<R>>();
  /** When the peer must be back, and then, when it must have sent what it has. */
  deadlineMs = FOREVER;
  longLivedUntilMs = FOREVER;

  get isAnyStale(): boolean {
    for (const { isStale } of this.kept.values()) if (isStale) return true;
    return false;
  }

  /** The moments at which something becomes of stale routes. */
  get moments(): number[] {
    if (!this.isAnyStale) return [];
    return [this.deadlineMs, this.longLivedUntilMs, ...[...this.kept.values()].map(({ untilMs }) => untilMs)];
  }

  lose(nowMs: number): void {
    for (const [prefix, { route, isStale, untilMs }] of this.kept) {
      // RFC 4724 4.2, consecutive restarts; what is long-lived stale keeps its time (RFC 9494 4.2).
      if (isStale && this.longLivedUntilMs === FOREVER && untilMs === FOREVER) this.kept.delete(prefix);
      else
        this.kept.set(prefix, {
          route,
          isStale: true,
          untilMs: isStale ? Math.min(untilMs, this.longLivedUntilMs) : FOREVER,
        });
    }
    this.longLivedUntilMs = FOREVER;
    this.deadlineMs = nowMs + RESTART_MS;
  }

  dropStale(): void {
    for (const [prefix, { isStale }] of this.kept) if (isStale) this.kept.delete(prefix);
    this.deadlineMs = FOREVER;
    this.longLivedUntilMs = FOREVER;
  }

  /** Drops what is stale since the last loss alone. */
  private dropLast(): void {
    for (const [prefix, { isStale, untilMs }] of this.kept)
      if (isStale && untilMs === FOREVER) this.kept.delete(prefix);
    this.deadlineMs = FOREVER;
  }

  /** What happens at the one of the `moments` that has come. */
  happen(atMs: number, isUp: boolean, restart: Restart): void {
    for (const [prefix, { isStale, untilMs }] of this.kept) if (isStale && untilMs <= atMs) this.kept.delete(prefix);
    if (this.longLivedUntilMs <= atMs) this.dropStale();
    if (this.deadlineMs > atMs) return;
    if (isUp || restart !== 'long-lived') this.dropLast();
    else this.keepLonger(atMs);
  }

  private keepLonger(atMs: number): void {
    this.deadlineMs = FOREVER;
    this.longLivedUntilMs = atMs + LONG_LIVED_MS;
    for (const [prefix, { route, isStale, untilMs }] of this.kept) {
      const { communities = [] } = route;
      if (!isStale || communities.includes(LLGR_STALE)) continue;
      const marked = { ...route, communities: [...communities, LLGR_STALE] };
      if (communities.includes(NO_LLGR)) this.kept.delete(prefix);
      else this.kept.set(prefix, { route: marked, isStale, untilMs });
    }
  }
}

export class Holdings<R extends Marked = Route> {
  isUp = false;
  private readonly families = [new FamilyHoldings<R>(), new FamilyHoldings<R>()];
  private readonly restart: Restart;

  constructor(restart: Restart) {
    this.restart = restart;
  }

  /** By prefix; those that are stale included. */
  get routes(): ReadonlyMap<string, R> {
    const all = this.families.flatMap(({ kept }) => [...kept]);
    return new Map(all.map(([prefix, { route }]) => [prefix, route]));
  }

  announce(prefix: string, route: R): void {
    this.familyOf(prefix).kept.set(prefix, { route, isStale: false, untilMs: FOREVER });
  }

  withdraw(prefix: string): void {
    this.familyOf(prefix).kept.delete(prefix);
  }

  up(): void {
    this.isUp = true;
    for (const family of this.families) {
      if (family.deadlineMs !== FOREVER) family.deadlineMs += STALE_MS - RESTART_MS;
    }
  }

  /** The connection is lost. */
  lose(nowMs: number): void {
    if (this.restart !== 'graceful' && this.restart !== 'long-lived') this.leave();
    else for (const family of this.families) family.lose(nowMs);
    this.isUp = false;
  }

  /** The session ends for good. */
  leave(): void {
    for (const family of this.families) {
      family.dropStale();
      family.kept.clear();
    }
    this.isUp = false;
  }

  endOfRib(): void {
    for (const family of this.families) family.dropStale();
  }

  /** Time has passed; true: something may have changed. */
  advance(nowMs: number): boolean {
    if (!this.families.some(({ isAnyStale }) => isAnyStale)) return false;
    for (const family of this.families) {
      for (let atMs = Math.min(...family.moments); atMs <= nowMs; atMs = Math.min(...family.moments)) {
        family.happen(atMs, this.isUp, this.restart);
      }
    }
    return true;
  }

  /** Whether something becomes of stale routes within a time before or behind a moment. */
  isTurning(nowMs: number, withinMs: number): boolean {
    return this.families.some(({ moments }) => moments.some((atMs) => Math.abs(atMs - nowMs) <= withinMs));
  }

  private familyOf(prefix: string): FamilyHoldings<R> {
    return this.families[prefix.includes(':') ? 1 : 0];
  }
}
