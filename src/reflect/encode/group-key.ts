/**
 * What two peers must have in common to be sent the same bytes. No I/O, no timers.
 */
import { formatAddress, formatIpv4 } from '../../lib/ip.ts';
import type { FamilyNextHop, NextHopMode, Selection } from '../../spec/exchange.ts';
import { AFI, FAMILIES, type FamilyId } from '../../wire/families.ts';

/** What a peer is to us: inside the AS, of another member AS of our confederation (RFC 5065), or outside. */
export type Role = 'client' | 'non-client' | 'confed-ebgp' | 'ebgp';

/** What becomes of the AS numbers in the paths that peers of another AS are told of, beside that ours goes in front. */
export interface AsPathChanges {
  /** AS number of the peers. */
  readonly peerAs: number;
  /** Ours takes the place of the peers'. */
  readonly override: boolean;
  /** A value of PRIVATE_AS. */
  readonly privateAs: number;
}

export interface GroupKey {
  readonly family: FamilyId;
  readonly role: Role;
  readonly localAs: number;
  /** Our number that stands behind that one in what other AS are told (RFC 7705 3.2); absent or null: none does. */
  readonly behindAs?: number | null;
  readonly clusterId: number;
  /** False: a client hears nothing of the other clients of its cluster. */
  readonly clientToClient: boolean;
  readonly exportAccepts: boolean;
  /** Address to put into every next hop, or null to leave it as it came. */
  readonly nextHop: Uint8Array | null;
  /** Every next hop is to be our own address, and this session has none of the family's kind: nothing can be told. */
  readonly noNextHop?: boolean;
  /** IPv4 prefixes may be told with IPv6 next hops (RFC 8950). */
  readonly extendedNextHop?: boolean;
  /** What becomes of AS numbers on the way to another AS; absent or null: they stay. */
  readonly asPath?: AsPathChanges | null;
  /** AIGP is sent (RFC 7311 3.4); absent: inside the AS only. */
  readonly aigp?: boolean;
  /** The peer speaks 4-octet AS numbers. */
  readonly as4: boolean;
  /** The peer knows LLGR_STALE (RFC 9494 4.3): others are not told of paths that carry it. */
  readonly llgr?: boolean;
  /** Our BGP role toward the members (RFC 9234), a value of ROLE; absent or null: none. */
  readonly bgpRole?: number | null;
  /** Everything is sent as from a router that is about to go (RFC 8326). */
  readonly draining?: boolean;
  readonly select: Selection;
  /** How many paths the members may be told of; absent or null: any number. */
  readonly most?: number | null;
  /** Longest message it takes. */
  readonly maxMessage: number;
}

/** Whether prefixes of the family may be told with a next hop of so many octets (RFC 4271 5.1.3, RFC 2545, RFC 8950). */
export function suitsFamily(octets: number, family: FamilyId, extendedNextHop: boolean): boolean {
  if (FAMILIES[family].afi === AFI.ipv6) return octets !== 4;
  return octets === 4 || extendedNextHop;
}

/**
 * Octets of the next hop that a path is told with, whose own has `octets`: the group's address where it suits the
 * family, else as it came.
 */
export function toldOctets(key: GroupKey, octets: number): number {
  const { nextHop, family, extendedNextHop = false } = key;
  return nextHop !== null && suitsFamily(nextHop.length, family, extendedNextHop) ? nextHop.length : octets;
}

/** What becomes of the next hops of a family. */
export function nextHopOf(mode: NextHopMode, family: FamilyId): FamilyNextHop {
  return mode.kind === 'families' ? mode.modes[family]! : mode;
}

/** The address that a next-hop mode means for a session; null: unchanged. */
export function nextHopAddress(mode: FamilyNextHop, localAddress: Uint8Array): Uint8Array | null {
  switch (mode.kind) {
    case 'unchanged':
      return null;
    case 'self':
      return localAddress;
    case 'address':
      return mode.address;
  }
}

/** One string per distinct key: made once per session and family. */
export function groupKeyText(key: GroupKey): string {
  return [FAMILIES[key.family].name, ...describeKey(key)].join(' ');
}

/** The parts of a key in words, without the family. */
export function describeKey(key: GroupKey): string[] {
  return [
    key.role,
    `as ${key.localAs}`,
    ...(key.behindAs === undefined || key.behindAs === null ? [] : [`in front of ${key.behindAs}`]),
    `cluster ${formatIpv4(key.clusterId)}`,
    `next-hop ${key.nextHop === null ? 'unchanged' : formatAddress(key.nextHop)}`,
    ...(key.noNextHop === true ? ['no next hop'] : []),
    ...(key.extendedNextHop === true ? ['extended next hop'] : []),
    ...(key.clientToClient ? [] : ['no client-to-client']),
    ...(key.exportAccepts ? [] : ['export reject']),
    ...describeSelection(key.select),
    ...(key.most === undefined || key.most === null ? [] : [`${key.most} paths at most`]),
    ...(key.llgr === true ? ['llgr'] : []),
    ...((key.aigp ?? key.role !== 'ebgp') === (key.role === 'ebgp') ? [key.role === 'ebgp' ? 'aigp' : 'no aigp'] : []),
    ...describeAsPath(key.asPath ?? null),
    ...(key.bgpRole === undefined || key.bgpRole === null ? [] : [`bgp role ${key.bgpRole}`]),
    ...(key.draining === true ? ['draining'] : []),
    ...(key.as4 ? [] : ['2-octet as']),
    `messages to ${key.maxMessage}`,
  ];
}

const PRIVATE_WORDS = ['', 'private as dropped if all are', 'private as dropped', 'private as replaced'] as const;

function describeAsPath(changes: AsPathChanges | null): string[] {
  if (changes === null) return [];
  const { peerAs, override, privateAs } = changes;
  return [`to as ${peerAs}`, ...(override ? ['as override'] : []), PRIVATE_WORDS[privateAs]!].filter(
    (word) => word !== '',
  );
}

function describeSelection(select: Selection): string[] {
  switch (select.kind) {
    case 'best':
      return select.external ? ['best external'] : [];
    case 'rank-2':
      return ['second best path'];
    case 'paths':
      return [`add-path, up to ${select.limit} paths`];
  }
}
