/** `show rib`: prefixes with all their paths, and why each is the best path or not. */

import { REJECTED } from '../../policy/rule-ids.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import { STEPS } from '../../rib/paths/steps.ts';
import type { AttributesId, PathId, PrefixId } from '../../rib/tables/ids.ts';
import { describeReason, REASON } from '../../rib/tables/reasons.ts';
import { FAMILIES } from '../../wire/families.ts';
import { describeAttributes } from '../../wire/update/normalize.ts';
import type { RulingView } from '../api/policy-views.ts';
import type { AttributesView, PathView, RibView } from '../api/route-views.ts';
import type { Engine } from '../engine.ts';
import { rulingWords, viewRuling } from './policy.ts';
import { familiesNamed, findRoutes, passes, type RouteFilter, readSearch } from './route-search.ts';

export interface RibQuery {
  /** A prefix, an address for its longest match, or the text of a route; undefined: all routes. */
  readonly target?: string | undefined;
  /** Name or short name. */
  readonly family?: string | undefined;
  /** Address of a peer: only paths learned from it. */
  readonly peer?: string | undefined;
  /** Also the attributes as received. */
  readonly received?: boolean | undefined;
  /** Words of a search, as `readSearch` reads them; they precede `target` and `family`. */
  readonly words?: readonly string[] | undefined;
  /** All paths of a prefix, not only the first ones. */
  readonly allPaths?: boolean | undefined;
  /** Only paths that the import policy rejected. */
  readonly rejected?: boolean | undefined;
}

/** Paths of a prefix that are shown beside the best one by default: peers may send many thousands. */
export const MAX_SHOWN_PATHS = 1000;

/** The prefixes of a query, one at a time; the tables may change between two of them. */
export function* viewRib(engine: Engine, query: RibQuery): Iterable<RibView> {
  for (const view of searchRib(engine, query)) if (view !== undefined) yield view;
}

/** As `viewRib`, with `undefined` for each prefix that does not match, so that a long search can be interrupted. */
export function* searchRib(engine: Engine, query: RibQuery): Iterable<RibView | undefined> {
  const { target = query.target, family = query.family, filters } = readSearch(query.words ?? []);
  const ribs = familiesNamed(family).map(({ id }) => engine.rib.families[id]);
  for (const [rib, prefix] of routesOf(ribs, target)) {
    const view = viewPrefix(engine, rib, prefix, query, filters);
    yield view.paths.length > 0 ? view : undefined;
  }
}

function* routesOf(ribs: readonly FamilyRib[], target: string | undefined): Iterable<[FamilyRib, PrefixId]> {
  if (target !== undefined) {
    yield* findRoutes(ribs, target, true);
    return;
  }
  for (const rib of ribs) {
    for (let id = 1; id < rib.prefixes.limit; id++) {
      if (rib.prefixes.isLive(id as PrefixId)) yield [rib, id as PrefixId];
    }
  }
}

function viewPrefix(
  engine: Engine,
  rib: FamilyRib,
  prefix: PrefixId,
  query: RibQuery,
  filters: readonly RouteFilter[],
): RibView {
  const lostAt = new Map<PathId, number>();
  rib.decision.onRemoved = (path, step) => lostAt.set(path, step);
  const best = rib.decision.best(rib.prefixes.head(prefix));
  rib.decision.onRemoved = null;
  const { step } = rib.decision;
  const paths: PathView[] = [];
  const limit = query.allPaths === true ? Number.POSITIVE_INFINITY : MAX_SHOWN_PATHS;
  let others = 0;
  let pathsLeftOut = 0;
  for (let path = rib.prefixes.head(prefix); path !== 0; path = rib.paths.nextOf(path)) {
    if (query.peer !== undefined && engine.rib.peers[rib.paths.peerOf(path)]?.name !== query.peer) continue;
    if (filters.length > 0 && !passesAll(engine, rib, path, filters)) continue;
    if (query.rejected === true && rib.paths.ruleOf(path) < REJECTED) continue;
    if (path !== best && ++others > limit) {
      pathsLeftOut++;
      continue;
    }
    const view = viewPath(engine, rib, path, path === best, STEPS[lostAt.get(path) ?? step]);
    paths.push(
      query.received === true ? { ...view, received: viewAttributes(engine, rib.paths.receivedOf(path)) } : view,
    );
  }
  paths.sort((a, b) => Number(b.best) - Number(a.best));
  return { family: FAMILIES[rib.family].name, prefix: rib.prefixes.format(prefix), paths, pathsLeftOut };
}

function passesAll(engine: Engine, rib: FamilyRib, path: PathId, filters: readonly RouteFilter[]): boolean {
  const { extendedCommunities } = viewAttributes(engine, rib.paths.attributesOf(path));
  return passes(filters, viewNlri(rib, path).nlri ?? null, extendedCommunities);
}

function viewPath(engine: Engine, rib: FamilyRib, path: PathId, best: boolean, decidedBy: string): PathView {
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
    ...viewAttributes(engine, set),
    ...viewNlri(rib, path),
    nextHopCost: attributes.nextHopCostOf(set),
    ageSeconds: Math.max(0, engine.nowSeconds() - rib.paths.sinceOf(path)),
  };
}

/** The parts of the NLRI, in a family with a codec. */
function viewNlri({ prefixes, paths }: FamilyRib, path: PathId): Pick<PathView, 'nlri'> {
  const nlri = prefixes.fieldsOf(paths.prefixOf(path), paths.payloadOf(path));
  return nlri === null ? {} : { nlri };
}

function viewAttributes({ rib: { attributes, nextHops } }: Engine, set: AttributesId): AttributesView {
  const start = attributes.startOf(set);
  const described = describeAttributes(attributes.pageOf(set), start, start + attributes.lengthOf(set));
  return { nextHop: nextHops.format(attributes.nextHopOf(set)), ...described };
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
