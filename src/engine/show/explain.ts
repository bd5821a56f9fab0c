/** `explain`: who is told of a prefix, and why the others are not. No Node here. */
import { describeHeldBack, HELD_BACK } from '../../reflect/eligibility.ts';
import type { Member } from '../../reflect/member.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { PrefixId } from '../../rib/ids.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { CommandError } from '../commands.ts';
import type { Engine } from '../engine.ts';
import type { Peer } from '../peer.ts';
import type { ToldView } from '../views.ts';
import { findPrefix } from './rib.ts';

/**
 * A line per peer.
 * @param peers whom it is asked for
 * @throws CommandError when `target` is no prefix, or nobody has announced it
 */
export function* explain(engine: Engine, target: string, peers: Iterable<Peer>): Iterable<ToldView> {
  const rib = engine.rib.families.find((family) => findPrefix(family, target) !== 0);
  if (rib === undefined) throw new CommandError(`nobody has announced ${target}; "show rib" takes an address as well`);
  for (const peer of peers) yield tell(engine, rib, findPrefix(rib, target), peer);
}

function tell(engine: Engine, rib: FamilyRib, prefix: PrefixId, peer: Peer): ToldView {
  const why = whyNot(engine, rib, prefix, peer);
  const best = rib.bestOf(prefix);
  const from = best === 0 ? undefined : engine.rib.peers[rib.paths.peerOf(best)];
  const bestFrom = from === undefined ? null : from.name;
  return { peer: peer.name, group: peer.spec.group, told: why === null, bestFrom, why };
}

/** Why a peer is not told of a prefix, in words; null when it is. */
function whyNot(engine: Engine, rib: FamilyRib, prefix: PrefixId, peer: Peer): string | null {
  const { session } = peer;
  if (session === null) return `the session is not established (${peer.stateName})`;
  if (engine.deferring) return 'nobody is told of anything yet after the restart (RFC 4724 4.1)';
  const member = session.members[rib.family as FamilyId];
  if (member === null) return `${FAMILIES[rib.family].name} was not agreed on`;
  return whyNotMember(rib, prefix, member);
}

function whyNotMember(rib: FamilyRib, prefix: PrefixId, member: Member): string | null {
  const { group } = member;
  const best = rib.bestOf(prefix);
  if (best === 0) return 'no path of it is usable; `show rib` with the prefix says why';
  const isOwn = rib.paths.peerOf(best) === member.peer.id;
  if (isOwn && group.key.select.kind === 'best') return 'the best path came from it';
  if (group.advertised.has(prefix)) {
    return group.fits(best) ? null : `its attributes do not fit messages of ${group.key.maxMessage} octets`;
  }
  const why = group.heldBackOf(best);
  if (why !== HELD_BACK.no) return describeHeldBack(why);
  if (group.key.most !== undefined && group.key.most !== null) return 'the group is told of as many paths as it may be';
  return 'it waits for its turn, or for the kernel to have the route (`fib.advertise: installed`)';
}
