/**
 * Enhanced route refresh (RFC 7313 4): at BoRR all paths of the peer become stale, and at EoRR those that are still
 * stale are removed. The wait for an EoRR is bounded.
 */
import { Timer } from '../../lib/timers.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { Reporting, Tables, Timing, Turns } from '../ports/core.ts';

export class Refreshes {
  /** Per family with an active refresh: the timer of its time limit. */
  private readonly timers = new Map<FamilyId, Timer>();
  private readonly core: Timing & Reporting & Turns & Tables;
  private readonly peer: string;
  private readonly ribPeer: RibPeer;
  private readonly maxMs: number;

  /** @param maxMs how long stale paths are kept without an EoRR */
  constructor(core: Timing & Reporting & Turns & Tables, peer: string, ribPeer: RibPeer, maxMs: number) {
    this.core = core;
    this.peer = peer;
    this.ribPeer = ribPeer;
    this.maxMs = maxMs;
  }

  /** BoRR; a second one starts again. */
  begin(family: FamilyId): void {
    this.ribPeer.retain(family);
    let timer = this.timers.get(family);
    if (timer === undefined) {
      timer = new Timer(this.core.timers, () => this.finish(family, false));
      this.timers.set(family, timer);
    }
    timer.arm(this.core.clock.nowMs() + this.maxMs);
    this.core.rearm();
  }

  /** EoRR; ignored without a BoRR before it. */
  end(family: FamilyId): void {
    if (this.timers.has(family)) this.finish(family, true);
  }

  /** The session is over. */
  cancel(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  private finish(family: FamilyId, complete: boolean): void {
    this.timers.get(family)?.cancel();
    this.timers.delete(family);
    const paths = this.ribPeer.stale[family];
    this.ribPeer.release(family);
    this.core.sweeper.sweepStale();
    this.core.schedule();
    const event = { peer: this.peer, family: FAMILIES[family].name, paths };
    this.core.events.emit({ name: complete ? 'peer.refreshed' : 'peer.refresh-unfinished', ...event });
  }
}
