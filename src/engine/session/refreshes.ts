/**
 * What a peer announces again between BoRR and EoRR (RFC 7313 4): its paths are stale from the one on, and those that are
 * still stale at the other go. One that never comes to the end of it is waited for a bounded time.
 */
import { Timer } from '../../lib/timers.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { Core } from '../ports/core.ts';

export class Refreshes {
  /** By family that is being refreshed: until when. */
  private readonly timers = new Map<FamilyId, Timer>();
  private readonly core: Core;
  private readonly peer: string;
  private readonly ribPeer: RibPeer;
  private readonly maxMs: number;

  /** @param maxMs how long stale paths are kept for want of an EoRR */
  constructor(core: Core, peer: string, ribPeer: RibPeer, maxMs: number) {
    this.core = core;
    this.peer = peer;
    this.ribPeer = ribPeer;
    this.maxMs = maxMs;
  }

  /** BoRR; a second one begins anew. */
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

  /** EoRR; without a BoRR before it nothing happens. */
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
