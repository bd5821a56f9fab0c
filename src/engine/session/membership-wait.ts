/**
 * The wait for the route targets that a peer asks for, before routes of VPNs are sent to it (RFC 4684 6): until its
 * End-of-RIB of SAFI 132, or for a bounded time if it sends none. It should send one, but GoBGP does so only with graceful
 * restart (RFC 4724), so the time is short for a peer without that.
 *
 *   joined ─► (End-of-RIB received, or the time is over) ─► its memberships are decided ─► over
 */
import type { Negotiated } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import { routeTargetFamily } from '../../reflect/memberships.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { gracefulRestart } from '../../wire/open/capability-values.ts';
import type { Tables, Timing } from '../ports/core.ts';

/** Maximum wait for End-of-RIB of a peer with the capability of graceful restart, and of one without. */
const RESTARTABLE_MS = 60_000;
const OTHER_MS = 5_000;

export class MembershipWait {
  /** Families whose routes the memberships of the peer select; empty: it did not negotiate SAFI 132. */
  readonly families: readonly FamilyId[];
  private state: 'idle' | 'waiting' | 'deciding' | 'over' = 'idle';
  private readonly timer: Timer;
  private readonly waitMs: number;
  private readonly core: Timing & Tables;
  private readonly onOver: () => void;

  constructor(core: Timing & Tables, negotiated: Negotiated, settings: PeerSettings, onOver: () => void) {
    this.core = core;
    this.onOver = onOver;
    const { families, peerCapabilities } = negotiated;
    this.waitMs = gracefulRestart(peerCapabilities) === null ? OTHER_MS : RESTARTABLE_MS;
    const isUsed = families.some((family) => family === routeTargetFamily());
    this.families = isUsed ? families.filter((family) => FAMILIES[family].isTargeted) : [];
    const { routerId } = settings.session;
    if (isUsed) core.reflector.memberships.follow({ routerId, clusterId: settings.exchange.clusterId });
    this.timer = new Timer(core.timers, () => this.decide());
  }

  /** Whether the routes of a family are not sent yet. */
  holds(family: FamilyId): boolean {
    return this.state !== 'over' && this.families.includes(family);
  }

  /** @param isComplete End-of-RIB was received */
  begin(isComplete: boolean): void {
    if (this.state !== 'idle' || this.families.length === 0) return;
    this.state = 'waiting';
    if (isComplete) {
      this.decide();
      return;
    }
    this.timer.arm(this.core.clock.nowMs() + this.waitMs);
    this.core.rearm();
  }

  onEndOfRib(): void {
    if (this.state === 'waiting') this.decide();
  }

  end(): void {
    this.state = 'over';
    this.timer.cancel();
  }

  /** Everything that was received is decided first, and then applied. */
  private decide(): void {
    this.timer.cancel();
    this.state = 'deciding';
    const { reflector, rib } = this.core;
    const table = rib.families[routeTargetFamily()];
    const { markedCount } = table;
    const look = () => {
      if (this.state !== 'deciding') return;
      if (table.decidedCount < markedCount) reflector.later(look);
      else reflector.later(() => this.finish());
    };
    reflector.later(look);
  }

  private finish(): void {
    if (this.state !== 'deciding') return;
    this.end();
    this.onOver();
  }
}
