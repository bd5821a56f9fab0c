/** `show rib`: prefixes with all their paths, and why each is the best path or not. */

import { maskAddress, parseAddress, parsePrefix } from '../../lib/ip.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import { STEPS } from '../../rib/paths/decision.ts';
import type { AttributesId, PathId, PrefixId } from '../../rib/tables/ids.ts';
import { describeReason, REASON } from '../../rib/tables/reasons.ts';
import { FAMILIES, type Family } from '../../wire/families.ts';
import { NlriReader } from '../../wire/update/nlri.ts';
import { describeAttributes } from '../../wire/update/normalize.ts';
import { CommandError } from '../api/commands.ts';
import type { AttributesView, PathView, RibView } from '../api/views.ts';
import type { Engine } from '../engine.ts';
import { standOn } from '../fib-feed/best-routes.ts';

export interface RibQuery {
  /** A prefix, or an address for its longest match; undefined: all prefixes. */
  readonly target?: string | undefined;
  readonly family?: string | undefined;
  /** Address of a peer: only paths learned from it. */
  readonly peer?: string | undefined;
  /** Also the attributes as received. */
  readonly received?: boolean | undefined;
  /** All paths of a prefix, not only the first ones. */
  readonly allPaths?: boolean | undefined;
}

/** Paths of a prefix that are shown beside the best one by default: peers may send many thousands. */
export const MAX_SHOWN_PATHS = 1000;

/** The prefixes of a query, one at a time; the tables may change between two of them. */
export function* viewRib(engine: Engine, query: RibQuery): Iterable<RibView> {
  for (const view of searchRib(engine, query)) if (view !== undefined) yield view;
}

/** As `viewRib`, with `undefined` for each prefix that does not match, so that a long search can be interrupted. */
export function* searchRib(engine: Engine, query: RibQuery): Iterable<RibView | undefined> {
  for (const family of familiesOf(query.family)) {
    const rib = engine.rib.families[family.id];
    for (const prefix of prefixesOf(rib, family, query.target)) {
      const view = viewPrefix(engine, rib, family, prefix, query);
      yield view.paths.length > 0 ? view : undefined;
    }
  }
}

function familiesOf(name: string | undefined): readonly Family[] {
  if (name === undefined) return FAMILIES;
  const family = FAMILIES.find((row) => row.name === name);
  const known = FAMILIES.map((row) => row.name).join(', ');
  if (family === undefined) throw new CommandError(`"${name}" is no address family; these are: ${known}`);
  return [family];
}

function* prefixesOf(rib: FamilyRib, family: Family, target: string | undefined): Iterable<PrefixId> {
  if (target === undefined) {
    for (let id = 1; id < rib.prefixes.limit; id++) if (rib.prefixes.isLive(id as PrefixId)) yield id as PrefixId;
    return;
  }
  const found = target.includes('/') ? findExact(rib, family, target) : findLongest(rib, family, target);
  if (found !== 0) yield found;
}

/** The prefix in a family, or 0. @throws CommandError when it is not a prefix */
export function findPrefix(rib: FamilyRib, target: string): PrefixId {
  return findExact(rib, FAMILIES[rib.family], target);
}

function findExact(rib: FamilyRib, family: Family, target: string): PrefixId {
  const prefix = parsePrefix(target);
  if (prefix === null)
    throw new CommandError(`"${target}" is no prefix; a prefix looks like 10.0.0.0/8 or 2001:db8::/32`);
  return lookUp(rib, family, prefix.address, prefix.length);
}

/** Longest match as in forwarding: among prefixes with a usable path; if there is none, among all. */
function findLongest(rib: FamilyRib, family: Family, target: string): PrefixId {
  const address = parseAddress(target);
  if (address === null) throw new CommandError(`"${target}" is neither an address nor a prefix`);
  let unusable = 0 as PrefixId;
  for (let length = address.length * 8; length >= 0; length--) {
    const id = lookUp(rib, family, maskAddress(address, length), length);
    if (id === 0 || rib.prefixes.head(id) === 0) continue;
    if (rib.decision.best(rib.prefixes.head(id)) !== 0) return id;
    if (unusable === 0) unusable = id;
  }
  return unusable;
}

function lookUp(rib: FamilyRib, family: Family, address: Uint8Array, length: number): PrefixId {
  if (address.length !== (family.afi === 1 ? 4 : 16)) return 0 as PrefixId;
  return rib.prefixes.find(standOn(new NlriReader(), family.id, { address, length }));
}

function viewPrefix(engine: Engine, rib: FamilyRib, family: Family, prefix: PrefixId, query: RibQuery): RibView {
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
  return { family: family.name, prefix: rib.prefixes.format(prefix), paths, pathsLeftOut };
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
    unusable: reason === 0 ? null : unusableWords(engine, set, reason),
    ...viewAttributes(engine, set),
    nextHopCost: attributes.nextHopCostOf(set),
    ageSeconds: Math.max(0, engine.nowSeconds() - rib.paths.sinceOf(path)),
  };
}

function viewAttributes({ rib: { attributes, nextHops } }: Engine, set: AttributesId): AttributesView {
  const start = attributes.startOf(set);
  const described = describeAttributes(attributes.pageOf(set), start, start + attributes.lengthOf(set));
  return { nextHop: nextHops.format(attributes.nextHopOf(set)), ...described };
}

/** Why a path is unusable, in words, with the answer of the kernel for an unreachable next hop. */
export function unusableWords({ rib }: Engine, set: AttributesId, reason: number): string {
  const words = describeReason(reason);
  if (reason !== REASON.unreachableNextHop) return words;
  const why = rib.nextHops.unreachableWords(rib.attributes.nextHopOf(set));
  return why ?? words;
}
