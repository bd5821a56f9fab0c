/**
 * The limits of one session: the maximum number of prefixes from the peer, and toward it (RFC 4271 6.7).
 * They are checked after an UPDATE and at the end of a turn: some comparisons, nothing per route.
 *
 * Blocked prefixes are rejected at the entry: `RibPeer.maxReceived` and `maxAccepted`, and the quota of the update
 * group. When there is room again, the peer receives a route refresh request, or its kept paths are revalidated.
 */
import { describeReturn, limitAdvice } from '../../fsm/describe.ts';
import type { LimitReached } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import { NO_LIMIT, type RibPeer } from '../../rib/peers/peers.ts';
import type { PrefixLimit, PrefixLimits } from '../../spec/limits.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { LimitChecks, Reporting, Tables, Timing } from '../ports/core.ts';
import { LimitGauge, type LimitLevel } from './gauge.ts';
import type { LimitedSession } from './limited-session.ts';
import { PathLimit } from './path-limit.ts';

/** Further withdrawals may follow the first one that makes room. */
const REFILL_MS = 1000;
/** Minimum time between two refreshes of a peer whose count oscillates around its limit. */
const REFILL_APART_MS = 30_000;

const NONE: PrefixLimits = { inbound: [], outbound: [] };

/** The owner of the limits. */
export interface LimitHost {
  readonly name: string;
  /** The session exceeded a limit that closes it. */
  onLimitReached(reached: LimitReached): void;
  requestRefresh(family: FamilyId): boolean;
}

/** One limit and its state. */
interface Row {
  readonly family: FamilyId;
  readonly direction: 'in' | 'out';
  readonly spec: PrefixLimit;
  readonly gauge: LimitGauge;
}

/** The state of a limit, for display. */
interface LimitState {
  readonly spec: PrefixLimit;
  readonly count: number;
  readonly blocked: number;
  readonly level: LimitLevel;
}

export class SessionLimits {
  private limits: PrefixLimits | null = null;
  private inbound: readonly Row[] = [];
  private outbound: readonly Row[] = [];
  private readonly refill: Timer;
  private refilledMs = Number.NEGATIVE_INFINITY;
  private over = false;
  private readonly core: Timing & Reporting & Tables & LimitChecks;
  private readonly host: LimitHost;
  private readonly session: LimitedSession;
  private readonly paths: PathLimit;

  constructor(
    core: Timing & Reporting & Tables & LimitChecks,
    host: LimitHost,
    session: LimitedSession,
    settings: PeerSettings,
  ) {
    this.core = core;
    this.host = host;
    this.session = session;
    this.refill = new Timer(core.timers, () => this.takeBlocked());
    // The peer announces prefixes that were rejected in the previous session again.
    session.ribPeer.overMaxReceived.fill(0);
    this.paths = new PathLimit(core, host.name, session);
    this.adopt(settings);
  }

  /** Applies changed limits. */
  adopt(settings: PeerSettings): void {
    const { attributeOctets } = settings;
    const limits = settings.limits ?? NONE;
    this.core.attributeLimits.adopt(this.session.ribPeer, attributeOctets ?? Number.POSITIVE_INFINITY);
    if (this.paths.adopt(settings)) this.refillLater();
    if (JSON.stringify(limits) === JSON.stringify(this.limits)) return;
    this.limits = limits;
    const { families } = this.session.negotiated;
    this.inbound = rowsOf(families, 'in', limits.inbound);
    this.outbound = rowsOf(families, 'out', limits.outbound);
    const { ribPeer } = this.session;
    for (const { id } of FAMILIES) {
      const limit = limits.inbound[id] ?? null;
      ribPeer.maxReceived[id] = bound(limit, 'received');
      ribPeer.maxAccepted[id] = bound(limit, 'accepted');
      const hasRoom = ribPeer.overMaxReceived[id] > 0 && ribPeer.received[id] < ribPeer.maxReceived[id];
      if (hasRoom) this.askAgain(id);
      if (ribPeer.overLimit[id] > 0 && ribPeer.accepted[id] < ribPeer.maxAccepted[id]) this.core.revalidatePaths();
    }
    this.core.limited.delete(this);
    if (this.inbound.length + this.outbound.length > 0 || this.paths.hasRefused) this.core.limited.add(this);
  }

  close(): void {
    this.over = true;
    this.refill.cancel();
    this.core.attributeLimits.forget(this.session.ribPeer);
    this.core.limited.delete(this);
  }

  /** Checks the received prefixes; false: the limit closed the session. */
  checkInbound(): boolean {
    this.core.attributeLimits.check(this.session.ribPeer);
    if (this.paths.hasRefused) this.lookAtPaths();
    for (const row of this.inbound) {
      this.look(row);
      if (this.over) return false;
    }
    return true;
  }

  /** Checks the advertised prefixes. */
  checkOutbound(): void {
    for (const row of this.outbound) if (!this.over) this.look(row);
  }

  /** The state of a limit of a family; null: no limit. */
  stateOf(family: FamilyId, direction: 'in' | 'out'): LimitState | null {
    const row = (direction === 'in' ? this.inbound : this.outbound).find((each) => each.family === family);
    if (row === undefined) return null;
    return { spec: row.spec, count: this.count(row), blocked: this.blocked(row), level: row.gauge.level };
  }

  private lookAtPaths(): void {
    this.core.limited.add(this);
    this.paths.report();
    if (this.paths.hasRoom) this.refillLater();
  }

  private look(row: Row): void {
    const count = this.count(row);
    const blocked = this.blocked(row);
    if (blocked > 0 && row.direction === 'in' && count < row.spec.limit) this.refillLater();
    if (row.gauge.read(count, blocked)) this.report(row, count);
  }

  private count({ family, direction, spec }: Row): number {
    if (direction === 'out') return this.session.members[family]?.advertisedCount ?? 0;
    const { received, accepted, stale } = this.session.ribPeer;
    if (spec.action === 'block') return spec.of === 'received' ? received[family] : accepted[family];
    // Stale paths of the previous session do not count: the peer has not announced them in this one.
    const fresh = received[family] - stale[family];
    return spec.of === 'received' ? fresh : Math.min(fresh, accepted[family]);
  }

  private blocked({ family, direction, spec }: Row): number {
    if (spec.action !== 'block') return 0;
    if (direction === 'out') return this.session.members[family]?.group.advertised.quota.blocked ?? 0;
    const { overMaxReceived, overLimit } = this.session.ribPeer;
    return spec.of === 'received' ? overMaxReceived[family] : overLimit[family];
  }

  private report(row: Row, count: number): void {
    const { family, spec, gauge } = row;
    const { events } = this.core;
    const about = { peer: this.host.name, family: FAMILIES[family].name, of: kindOf(row), limit: spec.limit };
    switch (gauge.level) {
      case 'below':
        events.emit({ name: 'peer.prefixes-below-limit', ...about, count });
        break;
      case 'near':
        events.emit({ name: 'peer.prefixes-near-limit', ...about, count });
        break;
      case 'over':
        events.emit({ name: 'peer.prefix-limit', ...about, action: spec.action, remedy: this.remedy(row) });
        this.act(row);
    }
  }

  private remedy({ direction, spec }: Row): string {
    const advice = limitAdvice(direction);
    if (spec.action === 'warn') return advice;
    if (spec.action !== 'block') return `${advice}; ${describeReturn(restartOf(spec))}`;
    const asked = direction === 'out' || spec.of === 'accepted' || this.session.negotiated.routeRefresh;
    return asked
      ? advice
      : `${advice}; the peer has no route refresh, so blocked prefixes are learned only after \`reflectord reset\``;
  }

  private act({ family, direction, spec }: Row): void {
    if (spec.action === 'warn' || spec.action === 'block') return;
    this.over = true;
    this.host.onLimitReached({ kind: 'prefixes', family, direction, limit: spec.limit, restartMs: restartOf(spec) });
  }

  private refillLater(): void {
    if (this.refill.armed) return;
    const nowMs = this.core.clock.nowMs();
    this.refill.arm(Math.max(nowMs + REFILL_MS, this.refilledMs + REFILL_APART_MS));
    this.core.rearm();
  }

  /** There is room for some blocked prefixes. */
  private takeBlocked(): void {
    this.refilledMs = this.core.clock.nowMs();
    this.paths.askAgain((family) => this.host.requestRefresh(family));
    for (const row of this.inbound) {
      if (this.blocked(row) === 0 || this.count(row) >= row.spec.limit) continue;
      if (row.spec.of === 'accepted') this.core.revalidatePaths();
      else this.askAgain(row.family);
    }
  }

  private askAgain(family: FamilyId): void {
    if (this.host.requestRefresh(family)) this.session.ribPeer.overMaxReceived[family] = 0;
  }
}

function rowsOf(
  families: readonly FamilyId[],
  direction: 'in' | 'out',
  limits: readonly (PrefixLimit | null)[] = [],
): Row[] {
  return families.flatMap((family) => {
    const spec = limits[family] ?? null;
    return spec === null ? [] : [{ family, direction, spec, gauge: new LimitGauge(spec) }];
  });
}

function bound(limit: PrefixLimit | null, of: PrefixLimit['of']): RibPeer['maxReceived'][number] {
  return limit?.action === 'block' && limit.of === of ? limit.limit : NO_LIMIT;
}

function restartOf({ action, restartMs }: PrefixLimit): number | null {
  return action === 'restart' ? restartMs : null;
}

function kindOf({ direction, spec }: Row): 'received' | 'accepted' | 'advertised' {
  return direction === 'out' ? 'advertised' : spec.of;
}
