/**
 * What two peers must have in common so that they are sent the same bytes.
 */

import { formatAddress, formatIpv4 } from '../../lib/ip.ts';
import type { Chain } from '../../policy/chain.ts';
import type { FamilyNextHop, NextHopMode, Selection } from '../../spec/exchange.ts';
import { sameOctets } from '../../wire/bytes.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { nextHopFits } from '../../wire/family.ts';

/** The role of a peer: inside the AS, in another member AS of our confederation (RFC 5065), or outside. */
export type Role = 'client' | 'non-client' | 'confed-ebgp' | 'ebgp';

/** Changes to the AS_PATH that is advertised to peers of another AS, apart from prepending our AS number. */
export interface AsPathChanges {
  /** AS number of the peers. */
  readonly peerAs: number;
  /** Our AS number replaces that of the peers (as-override). */
  readonly override: boolean;
  /** A value of PRIVATE_AS. */
  readonly privateAs: number;
}

export interface GroupKey {
  readonly family: FamilyId;
  readonly role: Role;
  readonly localAs: number;
  /** Our AS number behind `localAs` in the AS_PATH advertised to other AS (RFC 7705 3.2); null: none. */
  readonly behindAs: number | null;
  readonly clusterId: number;
  /** False: routes are not reflected between the clients of a cluster. */
  readonly clientToClient: boolean;
  readonly exportAccepts: boolean;
  /** The policies for the paths; null: none, `exportAccepts` decides. */
  readonly exportChain: Chain | null;
  /**
   * Router id that replaces ORIGINATOR_ID, and paths are sent back to the peer that they were learned from: memberships of
   * route targets toward clients (RFC 4684 3.2). null: RFC 4456 applies.
   */
  readonly originator: number | null;
  /** Our default membership of route targets is sent. */
  readonly asksForAll: boolean;
  /** Address that replaces every next hop, or null to leave it unchanged. */
  readonly nextHop: Uint8Array | null;
  /** next-hop self, but this session has no local address that fits the family: nothing can be advertised. */
  readonly noNextHop: boolean;
  /** IPv4 prefixes may be advertised with IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean;
  /** Changes to the AS_PATH toward another AS; null: none. */
  readonly asPath: AsPathChanges | null;
  /** AIGP is sent (RFC 7311 3.4). */
  readonly aigp: boolean;
  /** PREFIX_SID is sent (RFC 8669). */
  readonly prefixSid: boolean;
  /** The peer supports 4-octet AS numbers. */
  readonly as4: boolean;
  /** The peer supports LLGR (RFC 9494 4.3): paths with LLGR_STALE are not advertised to other peers. */
  readonly llgr: boolean;
  /** Our BGP role toward the members (RFC 9234), a value of ROLE; null: none. */
  readonly bgpRole: number | null;
  /** Everything is sent with graceful shutdown (RFC 8326). */
  readonly draining: boolean;
  readonly select: Selection;
  /** Maximum number of paths advertised to the members; null: no limit. */
  readonly maxPaths: number | null;
  /** Maximum message length in octets. */
  readonly maxMessage: number;
}

/** Whether a next hop of this length fits the prefixes of the family (RFC 4271 5.1.3, RFC 2545, RFC 8950). */
export function suitsFamily(octets: number, family: FamilyId, extendedNextHop: boolean): boolean {
  return nextHopFits(FAMILIES[family].nextHop, octets, extendedNextHop);
}

/**
 * Octets of the advertised next hop of a path whose own has `octets`: the group's address when it fits the family,
 * otherwise the received one.
 */
export function advertisedOctets(key: GroupKey, octets: number): number {
  const { nextHop, family, extendedNextHop } = key;
  return nextHop !== null && suitsFamily(nextHop.length, family, extendedNextHop) ? nextHop.length : octets;
}

/** The next-hop mode of a family. */
export function nextHopOf(mode: NextHopMode, family: FamilyId): FamilyNextHop {
  return mode.kind === 'families' ? mode.modes[family]! : mode;
}

/** The address that a next-hop mode stands for in a session; null: unchanged. */
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

type Same<T> = (a: T, b: T) => boolean;

/** How each field of an object is compared: the compiler asks for a row when the type gets a field. */
export type SameFields<T> = { readonly [Field in keyof T]-?: Same<T[Field]> };

/** Compares two objects field by field, all of them. */
export function sameBy<T extends object>(fields: SameFields<T>): Same<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return (a, b) => names.every((name) => fields[name](a[name], b[name]));
}

const is: Same<unknown> = (a, b) => a === b;

function perhaps<T>(same: Same<T>): Same<T | null> {
  return (a, b) => (a === null || b === null ? a === b : same(a, b));
}

const sameSelection: Same<Selection> = (a, b) => {
  if (a.kind === 'best') return b.kind === 'best' && a.external === b.external;
  if (a.kind === 'paths') return b.kind === 'paths' && a.limit === b.limit;
  return b.kind === a.kind;
};

const FIELDS: SameFields<GroupKey> = {
  family: is,
  role: is,
  localAs: is,
  behindAs: is,
  clusterId: is,
  clientToClient: is,
  exportAccepts: is,
  exportChain: perhaps((a, b) => a.key === b.key),
  originator: is,
  asksForAll: is,
  nextHop: perhaps(sameOctets),
  noNextHop: is,
  extendedNextHop: is,
  asPath: perhaps(sameBy<AsPathChanges>({ peerAs: is, override: is, privateAs: is })),
  aigp: is,
  prefixSid: is,
  as4: is,
  llgr: is,
  bgpRole: is,
  draining: is,
  select: sameSelection,
  maxPaths: is,
  maxMessage: is,
};

/** Whether two keys are of one group: what decides which peers are sent the same bytes. */
export const sameKey: Same<GroupKey> = sameBy(FIELDS);

/** All fields of a key as text, the same after a restart: for a digest. Two keys that differ have different texts. */
export function canonicalText(key: GroupKey): string {
  return (Object.keys(FIELDS) as (keyof GroupKey)[])
    .map(
      (field) => `${field}=${field === 'family' ? familyText(key.family) : JSON.stringify(key[field], octetsAsList)}`,
    )
    .join(' ');
}

const octetsAsList = (_name: string, value: unknown) => (value instanceof Uint8Array ? [...value] : value);

/** The ids of other families than unicast depend on the configuration. */
function familyText(id: FamilyId): string {
  const { codec, name } = FAMILIES[id];
  return codec === null ? String(id) : name;
}

/** The parts of a key in words, without the family: for people, who need not see every field. */
export function describeKey(key: GroupKey): string[] {
  return [
    key.role,
    `as ${key.localAs}`,
    ...(key.behindAs === null ? [] : [`in front of ${key.behindAs}`]),
    `cluster ${formatIpv4(key.clusterId)}`,
    `next-hop ${key.nextHop === null ? 'unchanged' : formatAddress(key.nextHop)}`,
    ...(key.noNextHop ? ['no next hop'] : []),
    ...(key.extendedNextHop ? ['extended next hop'] : []),
    ...(key.clientToClient ? [] : ['no client-to-client']),
    ...(key.exportAccepts ? [] : ['export reject']),
    ...(key.exportChain === null ? [] : [`export ${key.exportChain.names.join(', ')}`]),
    ...describeSelection(key.select),
    ...(key.maxPaths === null ? [] : [`${key.maxPaths} paths at most`]),
    ...(key.llgr ? ['llgr'] : []),
    ...(key.aigp === (key.role === 'ebgp') ? [key.role === 'ebgp' ? 'aigp' : 'no aigp'] : []),
    ...(key.prefixSid === (key.role === 'ebgp') ? [key.role === 'ebgp' ? 'prefix-sid' : 'no prefix-sid'] : []),
    ...describeAsPath(key.asPath),
    ...(key.bgpRole === null ? [] : [`bgp role ${key.bgpRole}`]),
    ...(key.draining ? ['draining'] : []),
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
