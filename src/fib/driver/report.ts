/** What operators see of the kernel's routes: the state, the problems, and a row per prefix. */
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { NextHops } from '../next-hops/next-hops.ts';
import type { NextHopTracker } from '../next-hops/tracker.ts';
import type { FibPlan } from '../plan/plan.ts';
import type { FibDriverOptions, FibRow, FibStatus } from '../port/driver-options.ts';
import type { BestRoutes } from '../port/ports.ts';
import type { FibEntry } from '../port/types.ts';
import type { Outage } from '../upkeep/outage.ts';
import type { Upkeep } from '../upkeep/upkeep.ts';

/** ENOSPC, ENOMEM, ENOBUFS as the kernel words them. */
const FULL = /No space left on device|Cannot allocate memory|No buffer space available/;

/** The parts of the driver that it reads. */
interface ReportedParts {
  readonly plan: FibPlan;
  readonly best: Pick<BestRoutes, 'formatPrefix'>;
  readonly nextHops: NextHops;
  readonly tracker: NextHopTracker | null;
  readonly upkeep: Upkeep;
  readonly outage: Outage;
}

export class Report {
  private readonly options: Pick<FibDriverOptions, 'families' | 'port' | 'mode'>;
  private readonly parts: ReportedParts;

  constructor(options: Pick<FibDriverOptions, 'families' | 'port' | 'mode'>, parts: ReportedParts) {
    this.options = options;
    this.parts = parts;
  }

  /** @param repaired routes and objects that others changed, and that were corrected */
  status(repaired: number): FibStatus {
    const { nextHops, tracker, upkeep, outage } = this.parts;
    return {
      up: outage.reason === null,
      watched: this.options.port.health().length === 0,
      objects: nextHops.usesObjects,
      nextHops: nextHops.count,
      unreachable: tracker?.unreachableCount ?? 0,
      repaired,
      comparisons: upkeep.comparisons,
    };
  }

  /** As text for operators; empty when there are none. */
  problems(): string[] {
    const { outage, nextHops, plan } = this.parts;
    const problems = [...this.options.port.health()];
    if (outage.reason !== null) problems.push(`the kernel's routes cannot be changed: ${outage.reason}`);
    for (const [words, count] of nextHops.refusals()) {
      problems.push(`the kernel refuses nexthop objects, for ${count} of the next hops: ${words}`);
    }
    for (const family of this.options.families) {
      for (const [words, count] of plan.of(family).refusals) {
        if (!FULL.test(words)) continue;
        problems.push(`the kernel has no room for ${count} ${FAMILIES[family].name} routes: ${words}`);
      }
    }
    return problems;
  }

  /** One row per prefix that is wanted or installed. */
  *rows(): Generator<FibRow> {
    for (const family of this.options.families) {
      for (const entry of this.parts.plan.entries(family)) yield this.row(family, entry);
    }
  }

  private row(family: FamilyId, entry: FibEntry): FibRow {
    const prefix = this.parts.best.formatPrefix(family, entry.prefix);
    const state = this.options.mode === 'dry-run' && entry.state === 'installed' ? 'dry-run' : entry.state;
    return { family: FAMILIES[family].name, prefix, nextHop: entry.nextHop, state, error: entry.error };
  }
}
