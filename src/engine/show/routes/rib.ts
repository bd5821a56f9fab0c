/** `show rib`: prefixes with all their paths, and why each is the best path or not. */

import { REJECTED } from '../../../policy/rule-ids.ts';
import type { FamilyRib } from '../../../rib/family-rib.ts';
import { lostStep } from '../../../rib/lost-step.ts';
import { STEPS } from '../../../rib/paths/steps.ts';
import type { PathId, PrefixId } from '../../../rib/tables/ids.ts';
import { INDEXED } from '../../../rib/tables/prefixes.ts';
import { describeReason, REASON } from '../../../rib/tables/reasons.ts';
import { FAMILIES } from '../../../wire/families.ts';
import type { RulingView } from '../../api/policy-views.ts';
import type { PathView, RibView, RouteCountView } from '../../api/route-views.ts';
import type { Engine } from '../../engine.ts';
import { rulingWords, viewRuling } from '../policy.ts';
import { type RouteQuery, RouteSelection } from '../search/selection.ts';
import { AttributeViews } from './attribute-views.ts';
import { eachPath, FEW } from './each-path.ts';

export interface RibQuery extends RouteQuery {
  /** Name of a peer: only paths learned from it. */
  readonly peer?: string | undefined;
  /** Also the attributes as received, which the conditions then test. */
  readonly received?: boolean | undefined;
  /** All paths of a prefix, not only the first ones. */
  readonly allPaths?: boolean | undefined;
  /** Only paths that can be used, or only those that cannot for any reason. */
  readonly state?: 'usable' | 'unusable' | undefined;
  /** Only paths that the import policy rejected; that are stale; that are the best. */
  readonly rejected?: boolean | undefined;
  readonly stale?: boolean | undefined;
  readonly best?: boolean | undefined;
}

/** Paths of a prefix that are shown beside the best one by default: peers may send many thousands. */
export const MAX_SHOWN_PATHS = 1000;

/** The prefixes of a query, one at a time; the tables may change between two of them. */
export function* viewRib(engine: Engine, query: RibQuery): Iterable<RibView> {
  for (const view of searchRib(engine, query)) if (view !== undefined) yield view;
}

/** As `viewRib`, with `undefined` now and then before a prefix that matches, so that a long search can be interrupted. */
export function* searchRib(engine: Engine, query: RibQuery): Iterable<RibView | undefined> {
  const paths = new PathSelection(engine, query);
  for (const found of paths.prefixes()) {
    if (found === undefined) yield undefined;
    else yield* viewPrefix(engine, ...found, query, paths);
  }
}

/** How many prefixes and paths a query has, by family. */
export function* countRib(engine: Engine, query: RibQuery): Iterable<RouteCountView | undefined> {
  const counts = new RouteCounts();
  const paths = new PathSelection(engine, query);
  for (const found of paths.counted(counts)) if (found === undefined) yield undefined;
  yield* counts.views();
}

/** Counts of routes by family. */
export class RouteCounts {
  private readonly rows = new Map<string, { prefixes: number; paths: number }>();

  add(family: string, paths: number): void {
    const row = this.rows.get(family) ?? { prefixes: 0, paths: 0 };
    this.rows.set(family, row);
    row.prefixes++;
    row.paths += paths;
  }

  *views(): Iterable<RouteCountView> {
    for (const [family, row] of this.rows) yield { family, ...row };
  }
}

/** The paths of a query. */
class PathSelection {
  private readonly engine: Engine;
  private readonly query: RibQuery;
  private readonly routes: RouteSelection;
  readonly attributes: AttributeViews;

  constructor(engine: Engine, query: RibQuery) {
    this.engine = engine;
    this.query = query;
    this.routes = new RouteSelection(engine, query);
    this.attributes = new AttributeViews(engine);
  }

  /** The prefixes with a path of the query, in order; `undefined` where the caller may pause. */
  prefixes(): Iterable<readonly [FamilyRib, PrefixId] | undefined> {
    return this.routes.prefixes((rib, prefix) => this.hasAny(rib, prefix));
  }

  /** Visits all prefixes and counts their paths; nothing has to be sorted but those with many paths, which come last. */
  *counted(counts: RouteCounts): Iterable<undefined> {
    const has = (rib: FamilyRib, prefix: PrefixId) => {
      let paths = 0;
      let seen = 0;
      const best = rib.bestOf(prefix);
      for (let path = rib.prefixes.head(prefix); path !== 0; path = rib.paths.nextOf(path)) {
        if (++seen > FEW) return true;
        if (this.accepts(rib, path, best)) paths++;
      }
      if (paths > 0) counts.add(FAMILIES[rib.family].name, paths);
      return false;
    };
    for (const found of this.routes.prefixes(has)) {
      if (found === undefined) yield undefined;
      else yield* this.countMany(...found, counts);
    }
  }

  private *countMany(rib: FamilyRib, prefix: PrefixId, counts: RouteCounts): Iterable<undefined> {
    let paths = 0;
    const best = rib.bestOf(prefix);
    for (const path of eachPath(rib, prefix)) {
      if (path === undefined) yield undefined;
      else if (this.accepts(rib, path, best)) paths++;
    }
    if (paths > 0) counts.add(FAMILIES[rib.family].name, paths);
  }

  /** A prefix with many paths counts as one that has some: it is looked at in steps later. */
  private hasAny(rib: FamilyRib, prefix: PrefixId): boolean {
    let seen = 0;
    const best = rib.bestOf(prefix);
    for (let path = rib.prefixes.head(prefix); path !== 0; path = rib.paths.nextOf(path))
      if (++seen > FEW || this.accepts(rib, path, best)) return true;
    return false;
  }

  accepts(rib: FamilyRib, path: PathId, best: PathId): boolean {
    const { engine, query, routes } = this;
    const { paths } = rib;
    routes.work++;
    if (query.best === true && path !== best) return false;
    if (query.peer !== undefined && engine.rib.peers[paths.peerOf(path)]?.name !== query.peer) return false;
    if (query.state !== undefined && (paths.reasonOf(path) === 0) !== (query.state === 'usable')) return false;
    if (query.rejected === true && paths.ruleOf(path) < REJECTED) return false;
    if (query.stale === true && !rib.isStale(path)) return false;
    const set = query.received === true ? paths.receivedOf(path) : paths.attributesOf(path);
    if (!routes.passesSet(set)) return false;
    return (
      !routes.filtersFields ||
      routes.passesFields(viewNlri(rib, path).nlri ?? null, () => this.attributes.of(set).extendedCommunities)
    );
  }
}

/**
 * The paths of a prefix, in one item, or with `allPaths` in several; `undefined` where the caller may pause.
 */
function* viewPrefix(
  engine: Engine,
  rib: FamilyRib,
  prefix: PrefixId,
  query: RibQuery,
  selection: PathSelection,
): Iterable<RibView | undefined> {
  const same = { family: FAMILIES[rib.family].name, prefix: rib.prefixes.format(prefix) };
  const { best, stepOf } = decided(engine, rib, prefix);
  const limit = query.allPaths === true ? Number.POSITIVE_INFINITY : MAX_SHOWN_PATHS;
  let paths: PathView[] = [];
  let others = 0;
  let pathsLeftOut = 0;
  for (const path of eachPath(rib, prefix, best)) {
    if (path === undefined) yield undefined;
    else if (!selection.accepts(rib, path, best)) continue;
    else if (path !== best && ++others > limit) pathsLeftOut++;
    else {
      if (paths.length > MAX_SHOWN_PATHS) {
        yield { ...same, paths, pathsLeftOut: 0, continues: true };
        paths = [];
      }
      const view = viewPath(engine, selection.attributes, rib, path, path === best, STEPS[stepOf(path)]);
      paths.push(
        query.received === true ? { ...view, received: selection.attributes.of(rib.paths.receivedOf(path)) } : view,
      );
    }
  }
  if (paths.length > 0) yield { ...same, paths, pathsLeftOut, continues: false };
}

/** The best path of a prefix, and the step of the decision that selected it, or removed another one. */
function decided(engine: Engine, rib: FamilyRib, prefix: PrefixId): { best: PathId; stepOf: (path: PathId) => number } {
  const { decision } = rib;
  if (rib.prefixes.listed.get(prefix) === INDEXED) return decidedOfMany(engine, rib, prefix);
  const lostAt = new Map<PathId, number>();
  decision.onRemoved = (path, step) => lostAt.set(path, step);
  const best = decision.best(rib.prefixes.head(prefix));
  decision.onRemoved = null;
  const { step } = decision;
  return { best, stepOf: (path) => lostAt.get(path) ?? step };
}

const firstTwo = new Uint32Array(2);

/** The same of a prefix whose paths are ranked already: the best one has won against the second one. */
function decidedOfMany(engine: Engine, rib: FamilyRib, prefix: PrefixId): ReturnType<typeof decided> {
  const count = rib.rank(prefix, null, 2, firstTwo);
  const [best, second] = (count === 0 ? [0, 0] : [...firstTwo]) as [PathId, PathId];
  const step = count < 2 ? 0 : lostStep(engine.rib, rib, best, second);
  return { best, stepOf: (path) => (path === best ? step : lostStep(engine.rib, rib, best, path)) };
}

function viewPath(
  engine: Engine,
  views: AttributeViews,
  rib: FamilyRib,
  path: PathId,
  best: boolean,
  decidedBy: string,
): PathView {
  const { attributes, peers } = engine.rib;
  const set = rib.paths.attributesOf(path);
  const reason = rib.paths.reasonOf(path);
  const peer = peers[rib.paths.peerOf(path)];
  return {
    peer: peer === undefined ? '' : peer.name,
    pathId: rib.paths.pathIdOf(path),
    best,
    decidedBy: reason === 0 ? decidedBy : 'not usable',
    stale: rib.isStale(path),
    unusable: reason === 0 ? null : unusableWords(engine, rib, path),
    policy: rulingOf(engine, rib, path),
    ...views.of(set),
    ...viewNlri(rib, path),
    weight: rib.paths.weightOf(path),
    nextHopCost: attributes.nextHopCostOf(set),
    ageSeconds: Math.max(0, engine.nowSeconds() - rib.paths.sinceOf(path)),
  };
}

/** The parts of the NLRI, in a family with a codec. */
function viewNlri({ prefixes, paths }: FamilyRib, path: PathId): Pick<PathView, 'nlri'> {
  const nlri = prefixes.fieldsOf(paths.prefixOf(path), paths.payloadOf(path));
  return nlri === null ? {} : { nlri };
}

/** Why a path is unusable, in words, with the answer of the kernel for an unreachable next hop. */
export function unusableWords(engine: Engine, { paths }: FamilyRib, path: PathId): string {
  const reason = paths.reasonOf(path);
  const words = describeReason(reason);
  if (reason === REASON.importPolicy) {
    const ruling = engine.rib.policies.rulingOf(paths.ruleOf(path));
    return ruling === null ? words : rulingWords(viewRuling(ruling));
  }
  if (reason !== REASON.unreachableNextHop) return words;
  const { attributes, nextHops } = engine.rib;
  return nextHops.unreachableWords(attributes.nextHopOf(paths.attributesOf(path))) ?? words;
}

function rulingOf({ rib: { policies } }: Engine, { paths }: FamilyRib, path: PathId): RulingView | null {
  const ruling = policies.rulingOf(paths.ruleOf(path));
  return ruling === null ? null : viewRuling(ruling);
}
