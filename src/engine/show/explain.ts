/** `explain`: who is told of a prefix, and why the others are not. No Node here. */
import { describeHeldBack, HELD_BACK } from '../../reflect/advertise/eligibility.ts';
import type { GroupMember, UpdateGroup } from '../../reflect/group.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { PathId, PrefixId } from '../../rib/tables/ids.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { CommandError } from '../api/commands.ts';
import type { ToldPathView, ToldView } from '../api/views.ts';
import type { Engine } from '../engine.ts';
import type { Peer } from '../peer/peer.ts';
import { findPrefix, unusableWords } from './rib.ts';

/**
 * A line per peer, with what becomes of each path.
 * @param peers whom it is asked for
 * @throws CommandError when `target` is no prefix, or nobody has announced it
 */
export function* explain(engine: Engine, target: string, peers: Iterable<Peer>): Iterable<ToldView> {
  const rib = engine.rib.families.find((family) => findPrefix(family, target) !== 0);
  if (rib === undefined) throw new CommandError(`nobody has announced ${target}; "show rib" takes an address as well`);
  const asked = inOrder(peers);
  for (const peer of asked) {
    // Sessions of the other IP version have nothing to do with it, unless one of them is asked for.
    if (asked.length > 1 && !peer.spec.session.families.includes(rib.family)) continue;
    yield tell(engine, rib, findPrefix(rib, target), peer);
  }
}

/** Peers with a session, then those that should have one, then those of ranges that are only remembered. */
function inOrder(peers: Iterable<Peer>): Peer[] {
  const rank = ({ session, dynamic }: Peer) => (session !== null ? 0 : dynamic ? 2 : 1);
  return [...peers].sort((a, b) => rank(a) - rank(b));
}

function tell(engine: Engine, rib: FamilyRib, prefix: PrefixId, peer: Peer): ToldView {
  const best = rib.bestOf(prefix);
  const from = best === 0 ? undefined : engine.rib.peers[rib.paths.peerOf(best)];
  const shown = { peer: peer.name, group: peer.spec.group, bestFrom: from?.name ?? null };
  const member = memberOf(rib, peer);
  if (typeof member === 'string') return { ...shown, told: false, why: member, most: 0, paths: [] };
  const paths = [...pathsOf(engine, rib, prefix, member)];
  const told = paths.some((path) => path.told);
  const { select } = member.group.key;
  const why = told ? null : whyNone(engine, rib, prefix, member, paths);
  return { ...shown, told, why, most: select.kind === 'paths' ? select.limit : 1, paths };
}

/** The peer as it is told of routes; or why it is told of none, in words. */
function memberOf(rib: FamilyRib, { session, stateName, spec }: Peer): GroupMember | string {
  if (session === null) {
    // A passive peer that waits is in Active, too (RFC 4271 8.2.2), although nothing is done here.
    const isWaiting = spec.session.passive && stateName === 'Active';
    return `the session is not established (${isWaiting ? 'passive: the peer has to connect' : stateName})`;
  }
  if (session.isHeldBack) return 'it is sent no routes yet after the start: see `reflectord status` (RFC 4724 4.1)';
  return session.members[rib.family as FamilyId] ?? `${FAMILIES[rib.family].name} was not agreed on`;
}

function* pathsOf(engine: Engine, rib: FamilyRib, prefix: PrefixId, member: GroupMember): Iterable<ToldPathView> {
  const { paths, prefixes } = rib;
  for (let path = prefixes.head(prefix); path !== 0; path = paths.nextOf(path)) {
    const why = whyNot(engine, rib, prefix, path, member);
    const from = engine.rib.peers[paths.peerOf(path)]?.name ?? '';
    yield { from, pathId: paths.pathIdOf(path), told: why === null, why };
  }
}

/** Why a peer is not told of one path, in words; null when it is. */
function whyNot(
  engine: Engine,
  { paths }: FamilyRib,
  prefix: PrefixId,
  path: PathId,
  member: GroupMember,
): string | null {
  const { group, peer } = member;
  const reason = paths.reasonOf(path);
  if (reason !== 0) return unusableWords(engine, paths.attributesOf(path), reason);
  if (paths.peerOf(path) === peer.id) return 'it came from it';
  if (group.exclusions.excludes(peer, paths.attributesOf(path), paths.peerOf(path))) {
    return 'its ORIGINATOR_ID is the router id of the peer (RFC 4456 8)';
  }
  if (group.advertised.isAdvertised(prefix, path)) {
    return group.fits(path) ? null : `its attributes do not fit messages of ${group.key.maxMessage} octets`;
  }
  const held = group.heldBackOf(path);
  return held === HELD_BACK.no ? whyLeftOut(group, group.advertised.has(prefix)) : describeHeldBack(held);
}

/** @param isTold the group is told of other paths of the prefix */
function whyLeftOut({ key: { select, maxPaths } }: UpdateGroup, isTold: boolean): string {
  if (isTold && select.kind === 'best') return 'it is not the best, and without ADD-PATH the best is told alone';
  if (isTold && select.kind === 'rank-2') return 'it is not the second best, which is told alone (`rank-2`)';
  if (isTold && select.kind === 'paths') return `it is not among the best ${select.limit} (\`add-path\`)`;
  if (maxPaths !== null) return 'the group is told of as many paths as it may be';
  return 'it waits for its turn, or for the kernel to have the route (`fib.advertise: installed`)';
}

/** Why a peer is told of no path at all. */
function whyNone(
  engine: Engine,
  rib: FamilyRib,
  prefix: PrefixId,
  member: GroupMember,
  told: readonly ToldPathView[],
): string {
  const { peer, group } = member;
  const best = rib.bestOf(prefix);
  if (best === 0) return 'no path of it is usable; `show rib` with the prefix says why';
  if (rib.paths.peerOf(best) !== peer.id) return whyNot(engine, rib, prefix, best, member) ?? '';
  if (group.key.select.kind === 'best') return 'the best path came from it';
  return told.find(({ from }) => from !== peer.name)?.why ?? 'every path came from it';
}
