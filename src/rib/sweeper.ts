/**
 * Removes the paths of closed sessions from the tables, in slices, all such peers in one walk; and stale paths that are
 * no longer kept.
 */
import { type Clock, TimeSlice } from '../lib/clock.ts';
import type { RibPeer } from './peers/peers.ts';
import type { Rib } from './rib.ts';

/** Path ids examined per piece, unless its time is over before. */
export const WALK = 16_384;
/** Path ids between two looks at the clock: the time for one depends on its prefix and its peer. */
export const WALK_STEP = 64;
/** Maximum time of a piece. */
export const WALK_MS = 2;

interface Job {
  /** The peer to remove at the end of the walk; null: only stale paths are removed. */
  readonly peer: RibPeer | null;
  readonly whenDone: () => void;
}

export class Sweeper {
  private waiting: Job[] = [];
  /** Jobs of the current walk. */
  private walking: Job[] = [];
  /** Nothing was advertised yet: the id of a removed peer is free at once. */
  nothingAdvertised = false;
  /** Called for each peer whose paths are about to be removed. */
  whenGone: () => void = () => {};
  private family = 0;
  private from = 1;
  private readonly rib: Rib;
  private readonly beforeForgetting: () => void;
  private readonly slice: TimeSlice;

  /** @param beforeForgetting called when ids of peers are about to be free: nothing may refer to them any more */
  constructor(rib: Rib, clock: Clock, beforeForgetting: () => void) {
    this.rib = rib;
    this.beforeForgetting = beforeForgetting;
    this.slice = new TimeSlice(clock, WALK_MS);
  }

  /** Removes all paths of a peer and then the peer; `whenDone` is called at the end. */
  sweep(peer: RibPeer, whenDone: () => void): void {
    peer.gone = true;
    this.waiting.push({ peer, whenDone });
    this.whenGone();
  }

  /** Removes the stale paths that are no longer kept (`RibPeer.keeps`). */
  sweepStale(whenDone: () => void = () => {}): void {
    this.waiting.push({ peer: null, whenDone });
  }

  get pending(): boolean {
    return this.walking.length > 0 || this.waiting.length > 0;
  }

  /** Does one bounded piece of the work. */
  work(): void {
    if (this.walking.length === 0) this.begin();
    if (this.walking.length === 0) return;
    if (this.family === this.rib.families.length) {
      // Removed paths must be withdrawn from the peers before the id of the peer may be reused.
      if (this.nothingAdvertised || this.rib.dirtyCount === 0) this.end();
      return;
    }
    const family = this.rib.families[this.family];
    this.slice.begin();
    for (let left = WALK; left > 0 && this.from !== 0; left -= WALK_STEP) {
      this.from = family.sweep(this.from, WALK_STEP);
      if (this.slice.isOver) break;
    }
    if (this.from !== 0) return;
    this.from = 1;
    this.family++;
  }

  private begin(): void {
    this.walking = this.waiting;
    this.waiting = [];
    this.family = 0;
    this.from = 1;
  }

  private end(): void {
    const done = this.walking;
    this.walking = [];
    if (done.some(({ peer }) => peer !== null)) this.beforeForgetting();
    for (const { peer } of done) if (peer !== null) this.rib.removePeer(peer);
    for (const { whenDone } of done) whenDone();
  }
}
