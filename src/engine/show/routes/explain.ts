/** `explain`: which peers a prefix is advertised to, and why it is not advertised to the others. */
import { describeHeldBack, HELD_BACK } from '../../../reflect/advertise/eligibility.ts';
import type { GroupMember, UpdateGroup } from '../../../reflect/group.ts';
import type { FamilyRib } from '../../../rib/family-rib.ts';
import type { RibPeer } from '../../../rib/peers/peers.ts';
import type { PathId, PrefixId } from '../../../rib/tables/ids.ts';
import { FAMILIES, type FamilyId } from '../../../wire/families.ts';
import type { ExplainedPathView, ExplainedReasonView, ExplainView } from '../../api/explain-views.ts';
import type { Engine } from '../../engine.ts';
import type { Peer } from '../../peer/peer.ts';
import { rulingWords, traceChain } from '../policy.ts';
import { findOne } from '../search/find-one.ts';
import { eachPath } from './each-path.ts';
import { PathFate } from './path-fate.ts';
import { unusableWords } from './rib.ts';

/** Paths that are not advertised and that a row lists by default: a peer may send thousands of one prefix. */
export const MAX_OTHER_PATHS = 100;
/** Paths of an item; those of a peer with more are in several items. */
export const MAX_PATHS_PER_ITEM = 1000;
/** Different reasons that a row counts; they may name next hops, so there may be as many as paths. */
const MAX_REASONS = 20;
/** Paths that a reason names. */
const MAX_NAMED = 2;

/** The rows of a route, one per peer; see `searchExplained`. */
export function* explain(...asked: Parameters<typeof searchExplained>): Iterable<ExplainView> {
  for (const view of searchExplained(...asked)) if (view !== undefined) yield view;
}

/**
 * One row per peer, with the result for its paths, in several items if they are many; `undefined` where the caller may
 * pause.
 * @param target a route; or the address or prefix in one, if no other route has it
 * @param peers the peers to explain
 * @param allPaths lists all paths, not only the first ones
 * @param source only paths learned from this peer
 * @param family that of the route, by its name or short name; undefined: the first one that has it
 * @throws CommandError when `target` is no route, or no peer has announced it, or it may be several
 */
export function* searchExplained(
  engine: Engine,
  target: string,
  peers: Iterable<Peer>,
  allPaths = false,
  family?: string,
  source: Peer | null = null,
): Iterable<ExplainView | undefined> {
  const [rib, prefix] = yield* findOne(engine, target, family);
  const asked = inOrder(peers);
  for (const peer of asked) {
    // Sessions without the family are left out, unless the command names one.
    if (asked.length > 1 && !peer.spec.session.families.includes(rib.family)) continue;
    const maxOthers = allPaths ? Number.POSITIVE_INFINITY : MAX_OTHER_PATHS;
    yield* explainPeer(engine, rib, prefix, peer, maxOthers, asked.length === 1, source);
  }
}

/** Peers with a session first, then configured peers without one, then remembered peers of dynamic ranges. */
function inOrder(peers: Iterable<Peer>): Peer[] {
  const rank = ({ session, dynamic }: Peer) => (session !== null ? 0 : dynamic ? 2 : 1);
  return [...peers].sort((a, b) => rank(a) - rank(b));
}

function* explainPeer(
  engine: Engine,
  rib: FamilyRib,
  prefix: PrefixId,
  peer: Peer,
  maxOthers: number,
  isTraced: boolean,
  source: Peer | null,
): Iterable<ExplainView | undefined> {
  const best = rib.bestOf(prefix);
  const from = best === 0 ? undefined : engine.rib.peers[rib.paths.peerOf(best)];
  const shown = { peer: peer.name, group: peer.spec.group, bestFrom: from?.name ?? null };
  const member = memberOf(rib, peer);
  const results = new PathResults(maxOthers);
  if (typeof member === 'string') {
    yield { ...shown, advertised: false, why: member, maxPaths: 0, ...results.view(false) };
    return;
  }
  const { select } = member.group.key;
  const maxPaths = select.kind === 'paths' ? select.limit : 1;
  for (const path of pathsOf(engine, rib, prefix, member, isTraced)) {
    if (path !== undefined) {
      if (source !== null && path.from !== source.name) continue;
      if (results.isFull) yield { ...shown, advertised: false, why: null, maxPaths, ...results.view(true) };
      results.add(path);
      continue;
    }
    yield undefined;
    if (memberOf(rib, peer) === member) continue;
    // Its group may be gone: what is left cannot be said of it any more.
    yield { ...shown, advertised: false, why: MOVED, maxPaths, ...results.view(false) };
    return;
  }
  const view = results.view(false);
  const advertised = view.advertisedPaths > 0;
  const why = advertised ? null : whyNone(engine, rib, prefix, member);
  yield { ...shown, advertised, why, maxPaths, ...view };
}

const MOVED = 'its session or its update group changed meanwhile; run the command again';

/** The results for the paths of a prefix: all counted, the first ones listed. */
class PathResults {
  private listed: ExplainedPathView[] = [];
  private readonly reasons = new Map<string, { why: string; paths: number; first: string[] }>();
  private advertised = 0;
  private others = 0;
  private leftOut = 0;
  private readonly maxOthers: number;

  constructor(maxOthers: number) {
    this.maxOthers = maxOthers;
  }

  add(path: ExplainedPathView): void {
    if (path.why === null) this.advertised++;
    else this.count(path, path.why);
    if (path.why === null || ++this.others <= this.maxOthers) this.listed.push(path);
    else this.leftOut++;
  }

  private count({ from, pathId }: ExplainedPathView, words: string): void {
    const why = this.reasons.has(words) || this.reasons.size < MAX_REASONS ? words : 'other reasons';
    const reason = this.reasons.get(why) ?? { why, paths: 0, first: [] };
    this.reasons.set(why, reason);
    reason.paths++;
    if (reason.first.length < MAX_NAMED) reason.first.push(`${from}${pathId === 0 ? '' : ` #${pathId}`}`);
  }

  /** As many paths are listed as an item has. */
  get isFull(): boolean {
    return this.listed.length >= MAX_PATHS_PER_ITEM;
  }

  /** @param continues further paths follow in another item, which has the counts of all */
  view(continues: boolean) {
    const { advertised: advertisedPaths, others, listed: paths, leftOut: pathsLeftOut } = this;
    this.listed = [];
    const reasons: ExplainedReasonView[] = continues ? [] : [...this.reasons.values()];
    return { pathCount: advertisedPaths + others, advertisedPaths, reasons, paths, pathsLeftOut, continues };
  }
}

/** The peer as a member of its update group; or the reason that it is in none, in words. */
function memberOf(rib: FamilyRib, { session, stateName, spec }: Peer): GroupMember | string {
  if (session === null) {
    // A waiting passive peer is in Active, too (RFC 4271 8.2.2), although this side does not connect.
    const isWaiting = spec.session.passive && stateName === 'Active';
    return `the session is not established (${isWaiting ? 'passive: the peer has to connect' : stateName})`;
  }
  if (session.isHeldBack)
    return 'advertising to it is still deferred after the start: see `reflectord status` (RFC 4724 4.1)';
  if (session.awaitsMembership(rib.family as FamilyId))
    return 'the peer has not said yet which route targets it asks for: its End-of-RIB of rt-constrain is missing (RFC 4684 6)';
  return session.members[rib.family as FamilyId] ?? `${FAMILIES[rib.family].name} was not negotiated`;
}

/** The paths, and `undefined` where the caller may pause. @param isTraced what the policies do to the first paths is traced */
function* pathsOf(
  engine: Engine,
  rib: FamilyRib,
  prefix: PrefixId,
  member: GroupMember,
  isTraced: boolean,
): Iterable<ExplainedPathView | undefined> {
  let traced = isTraced ? MAX_OTHER_PATHS : 0;
  const { paths } = rib;
  for (const path of eachPath(rib, prefix)) {
    if (path === undefined) {
      yield undefined;
      continue;
    }
    const why = whyNot(engine, rib, prefix, path, member);
    const from = engine.rib.peers[paths.peerOf(path)]?.name ?? '';
    const pathId = paths.pathIdOf(path);
    const traces = traced-- > 0 ? tracesOf(engine, rib, path, member) : {};
    yield { from, pathId, advertised: why === null, why, ...traces };
  }
}

/** What the policies of both peers do to a path. */
function tracesOf(
  { rib }: Engine,
  family: FamilyRib,
  path: PathId,
  { group }: GroupMember,
): Pick<ExplainedPathView, 'imported' | 'exported'> {
  const { paths } = family;
  const { attributes, imports, peers } = rib;
  const source = peers[paths.peerOf(path)];
  if (source === undefined) return { imported: null, exported: null };
  const { importChain } = source;
  const { exportChain } = group.key;
  const exported =
    exportChain === null || paths.reasonOf(path) !== 0
      ? null
      : traceChain(rib, family, path, exportChain, paths.attributesOf(path), source);
  if (importChain === null) return { imported: null, exported };
  const base = imports.hold(paths.receivedOf(path), source);
  if (base === 0) return { imported: null, exported };
  const imported = traceChain(rib, family, path, importChain, base, source);
  attributes.release(base);
  return { imported, exported };
}

/** Why a path is not advertised to the peer, in words; null: it is advertised. */
function whyNot(engine: Engine, family: FamilyRib, prefix: PrefixId, path: PathId, member: GroupMember): string | null {
  const { paths } = family;
  const { group, peer } = member;
  const reason = paths.reasonOf(path);
  if (reason !== 0) return unusableWords(engine, family, path);
  if (paths.peerOf(path) === peer.id && !group.exclusions.none) return 'learned from this peer';
  if (group.exclusions.excludes(peer, paths.attributesOf(path), paths.peerOf(path))) {
    return 'its ORIGINATOR_ID is the router id of the peer (RFC 4456 8)';
  }
  const fate = new PathFate(engine.rib, group);
  if (!fate.isAsked(path, member)) return 'the peer asks for none of its route targets (RFC 4684)';
  if (group.advertised.isAdvertised(prefix, path)) {
    return fate.fits(prefix, path) ? null : `its attributes do not fit messages of ${group.key.maxMessage} octets`;
  }
  const held = fate.heldBackOf(path);
  if (held === HELD_BACK.no && fate.isAdvertisedOtherWay(prefix, path))
    return 'it is advertised as it was received by another way; members would see no difference';
  if (held === HELD_BACK.no) return whyLeftOut(group, group.advertised.has(prefix));
  const chain = held === HELD_BACK.exportPolicy ? group.key.exportChain : null;
  if (chain === null) return describeHeldBack(held);
  const source = engine.rib.peers[paths.peerOf(path)] as RibPeer;
  return `export: ${rulingWords(traceChain(engine.rib, family, path, chain, paths.attributesOf(path), source))}`;
}

/** @param advertisesOthers the group advertises other paths of the prefix */
function whyLeftOut({ key: { select, maxPaths } }: UpdateGroup, advertisesOthers: boolean): string {
  if (advertisesOthers && select.kind === 'best')
    return 'it is not the best path; without ADD-PATH only the best path is advertised';
  if (advertisesOthers && select.kind === 'rank-2')
    return 'it is not the second-best path; only that one is advertised (`rank-2`)';
  if (advertisesOthers && select.kind === 'paths')
    return `it is not among the best ${select.limit} paths (\`add-path\`)`;
  if (maxPaths !== null) return 'the group has reached its limit of advertised prefixes (`max-prefix-out`)';
  return 'it is queued, or waits for the kernel to install the route (`fib.advertise: installed`)';
}

/** Why no path of the prefix is advertised to a peer. */
function whyNone(engine: Engine, rib: FamilyRib, prefix: PrefixId, member: GroupMember): string {
  const { peer, group } = member;
  const { paths, prefixes } = rib;
  const best = rib.bestOf(prefix);
  if (best === 0) {
    const only = prefixes.head(prefix);
    if (only !== 0 && paths.nextOf(only) === 0) return `its only path is unusable: ${unusableWords(engine, rib, only)}`;
    return 'no path is usable; `show rib` with the prefix shows why';
  }
  if (paths.peerOf(best) !== peer.id) return whyNot(engine, rib, prefix, best, member) ?? '';
  if (group.key.select.kind === 'best') return 'the best path was learned from this peer';
  for (let path = prefixes.head(prefix); path !== 0; path = paths.nextOf(path)) {
    if (paths.peerOf(path) !== peer.id) return whyNot(engine, rib, prefix, path, member) ?? '';
  }
  return 'every path was learned from this peer';
}
