/**
 * The ROUTE-REFRESH messages of a peer. It requests our routes (RFC 2918), or marks the start and the end of its own
 * (RFC 7313 4, enhanced route refresh): at BoRR all paths of the peer become stale, and at EoRR those that are still
 * stale are removed. The wait for an EoRR is bounded.
 */
import { Timer } from '../../lib/timers.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import { FAMILIES, type Family, type FamilyId, familyOf } from '../../wire/families.ts';
import type { Notification } from '../../wire/notification.ts';
import { checkRouteRefresh, decodeRouteRefresh, REFRESH_LENGTH, REFRESH_SUBTYPE } from '../../wire/route-refresh.ts';
import type { Reporting, Tables, Timing, Turns } from '../ports/core.ts';
import type { Session } from './session.ts';

export class Refreshes {
  /** Per family with an active refresh: the timer of its time limit. */
  private readonly timers = new Map<FamilyId, Timer>();
  private readonly core: Timing & Reporting & Turns & Tables;
  private readonly peer: string;
  private readonly session: Session;
  private readonly ribPeer: RibPeer;
  private readonly maxMs: number;

  /** @param maxMs how long stale paths are kept without an EoRR */
  constructor(core: Timing & Reporting & Turns & Tables, peer: string, session: Session, maxMs: number) {
    this.core = core;
    this.peer = peer;
    this.session = session;
    this.ribPeer = session.ribPeer;
    this.maxMs = maxMs;
  }

  /** Handles a message; returns the notification for a malformed one, else null. */
  receive(bytes: Uint8Array, start: number, end: number): Notification | null {
    const { enhancedRefresh, families } = this.session.negotiated;
    const error = enhancedRefresh ? checkRouteRefresh(bytes, start, end) : null;
    if (error !== null) return error;
    const { afi, safi, subtype } = decodeRouteRefresh(bytes, start, end);
    const family = familyOf(afi, safi);
    // RFC 2918 3: the octet is reserved unless enhanced route refresh was negotiated (RFC 7313).
    const asked = enhancedRefresh ? subtype : REFRESH_SUBTYPE.request;
    if (family === undefined || !families.includes(family.id)) return null;
    if (asked === REFRESH_SUBTYPE.request) this.onRequest(family, end - start);
    else if (asked === REFRESH_SUBTYPE.begin) this.onBegin(family.id);
    else if (asked === REFRESH_SUBTYPE.end) this.end(family.id);
    return null;
  }

  private onRequest({ id, name }: Family, length: number): void {
    const { core, peer, session } = this;
    // Outbound route filters (RFC 5291) were not negotiated: all routes are sent.
    if (length > REFRESH_LENGTH) core.events.emit({ name: 'peer.orf-ignored', peer, family: name });
    if (session.refresh(id)) core.events.emit({ name: 'peer.refresh-requested', peer, family: name });
  }

  /** RFC 7313 4: no effect before End-of-RIB if graceful restart was negotiated. */
  private onBegin(family: FamilyId): void {
    const { negotiated, endOfRibReceived } = this.session;
    if (negotiated.gracefulRestart && endOfRibReceived[family] === 0) return;
    this.begin(family);
  }

  /** BoRR; a second one starts again. */
  private begin(family: FamilyId): void {
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
  private end(family: FamilyId): void {
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
