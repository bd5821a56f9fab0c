/**
 * The path attributes: one row per attribute that we support, with its required flags, the sessions from which it is
 * accepted, the check of its value, and the verdict on an UPDATE with a malformed value (RFC 7606 section 7, or the RFC
 * that defines the attribute). An attribute without a row is unknown (RFC 4271 5).
 */

import type { UpdateContext } from '../context.ts';
import { checkAs4Path, checkAsPathAttribute } from './as-path.ts';
import {
  checkAggregator,
  checkAigp,
  checkAs4Aggregator,
  checkAttrSet,
  checkDomainPath,
  checkNextHop,
  checkOrigin,
  checkPrefixSid,
  checkTunnelEncapsulation,
  lengthAtLeast,
  lengthIs,
  lengthIsMultipleOf,
  tlvs,
} from './attribute-checks.ts';

/** The verdict on an UPDATE, from harmless to worst (RFC 7606 2): the worst of several applies. */
export const VERDICT = {
  ok: 0,
  /** The attribute is discarded, the routes stay. */
  discard: 1,
  /** The prefixes are withdrawn (treat-as-withdraw). */
  withdraw: 2,
  /** The session is reset with a NOTIFICATION. */
  reset: 3,
} as const;

/** Type codes (IANA "BGP Path Attributes"). */
export const ATTRIBUTE = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  med: 4,
  localPref: 5,
  atomicAggregate: 6,
  aggregator: 7,
  communities: 8,
  originatorId: 9,
  clusterList: 10,
  mpReach: 14,
  mpUnreach: 15,
  extendedCommunities: 16,
  as4Path: 17,
  as4Aggregator: 18,
  pmsiTunnel: 22,
  tunnelEncapsulation: 23,
  trafficEngineering: 24,
  ipv6ExtendedCommunities: 25,
  aigp: 26,
  peDistinguisherLabels: 27,
  entropyLabel: 28,
  bgpLs: 29,
  largeCommunities: 32,
  onlyToCustomer: 35,
  domainPath: 36,
  serviceFunctionPath: 37,
  bfdDiscriminator: 38,
  prefixSid: 40,
  attrSet: 128,
} as const;

/** Attribute flags (RFC 4271 4.3); the low four bits are unused. */
export const ATTRIBUTE_FLAG = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const;

/** Subcodes of the UPDATE Message Error (RFC 4271 4.5). */
export const UPDATE_SUBCODE = {
  malformedList: 1,
  unrecognizedWellKnown: 2,
  missingWellKnown: 3,
  flags: 4,
  length: 5,
  origin: 6,
  nextHop: 8,
  optional: 9,
  network: 10,
  asPath: 11,
} as const;

/** Bits for the well-known communities that affect the advertisement or ranking of a path; the low 16 bits. */
export const COMMUNITY_FLAG = {
  noExport: 1 << 0,
  noAdvertise: 1 << 1,
  noExportSubconfed: 1 << 2,
  noPeer: 1 << 3,
  gracefulShutdown: 1 << 4,
  llgrStale: 1 << 5,
  noLlgr: 1 << 6,
  blackhole: 1 << 7,
  acceptOwn: 1 << 8,
} as const;

interface AttributeRow {
  readonly code: number;
  readonly name: string;
  /** The required Optional and Transitive bits. */
  readonly flags: number;
  /** The verdict on a malformed value. */
  readonly malformed: number;
  /**
   * 0 for a well-formed value `bytes[start, end)`, otherwise the UPDATE_SUBCODE of the error, or its `Judgement` where the
   * verdict depends on the error.
   */
  readonly check: (bytes: Uint8Array, start: number, end: number, context: UpdateContext) => number;
  /** The sessions from which it is accepted; from others it is discarded, whatever its value and flags are. */
  readonly takenFrom: (context: UpdateContext) => boolean;
  /** The verdict on flags in conflict with `flags` (RFC 7606 3 c). */
  readonly wrongFlags: number;
  /**
   * False: we check its syntax, but neither act on it nor know whether it is still valid for a path that we pass on.
   * RFC 4271 5: a transitive one is passed on with the Partial bit, a non-transitive one is quietly discarded.
   */
  readonly recognized: boolean;
}

const WELL_KNOWN = ATTRIBUTE_FLAG.transitive;
const TRANSITIVE = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;
const NON_TRANSITIVE = ATTRIBUTE_FLAG.optional;
const { discard, withdraw, reset } = VERDICT;

const anyone = () => true;
const internal = (context: UpdateContext) => !context.ebgp;
/** RFC 5065 5.3: LOCAL_PREF also crosses the borders inside a confederation. */
const ourDomain = (context: UpdateContext) => !context.ebgp || context.confederation === true;
/** RFC 6793 4.1: a peer with 4-octet AS numbers must not send them. */
const twoOctetPeers = (context: UpdateContext) => !context.as4;
/** RFC 7311 3.4: AIGP_SESSION is on by default inside our domain, off elsewhere. */
const aigpPeers = (context: UpdateContext) => context.aigp ?? ourDomain(context);
/** RFC 8669 4: discarded from outside the SR domain, unless the session is configured to accept it. */
const prefixSidPeers = (context: UpdateContext) => context.prefixSid ?? ourDomain(context);
const anything = () => 0;

function row(
  code: number,
  name: string,
  flags: number,
  malformed: number,
  check: AttributeRow['check'],
  takenFrom: AttributeRow['takenFrom'] = anyone,
  wrongFlags: number = withdraw,
): AttributeRow {
  return { code, name, flags, malformed, check, takenFrom, wrongFlags, recognized: true };
}

function unrecognized(
  code: number,
  name: string,
  flags: number,
  malformed: number,
  check: AttributeRow['check'],
): AttributeRow {
  return { ...row(code, name, flags, malformed, check), recognized: false };
}

const A = ATTRIBUTE;

/**
 * The table. The attributes of VPNs, tunnels, multicast, segment routing and link state are recognized: their RFCs require
 * nothing of a reflector but these checks, and that it passes them on unchanged. Those that only a forwarding router can act on are not.
 * MP_REACH_NLRI and MP_UNREACH_NLRI are checked where the message is parsed.
 */
const TABLE: readonly AttributeRow[] = [
  row(A.origin, 'ORIGIN', WELL_KNOWN, withdraw, checkOrigin),
  row(A.asPath, 'AS_PATH', WELL_KNOWN, withdraw, checkAsPathAttribute),
  row(A.nextHop, 'NEXT_HOP', WELL_KNOWN, withdraw, checkNextHop),
  row(A.med, 'MULTI_EXIT_DISC', NON_TRANSITIVE, withdraw, lengthIs(4)),
  row(A.localPref, 'LOCAL_PREF', WELL_KNOWN, withdraw, lengthIs(4), ourDomain),
  row(A.atomicAggregate, 'ATOMIC_AGGREGATE', WELL_KNOWN, discard, lengthIs(0)),
  row(A.aggregator, 'AGGREGATOR', TRANSITIVE, discard, checkAggregator),
  row(A.communities, 'COMMUNITIES', TRANSITIVE, withdraw, lengthIsMultipleOf(4)),
  row(A.originatorId, 'ORIGINATOR_ID', NON_TRANSITIVE, withdraw, lengthIs(4), internal),
  row(A.clusterList, 'CLUSTER_LIST', NON_TRANSITIVE, withdraw, lengthIsMultipleOf(4), internal),
  row(A.mpReach, 'MP_REACH_NLRI', NON_TRANSITIVE, reset, anything),
  row(A.mpUnreach, 'MP_UNREACH_NLRI', NON_TRANSITIVE, reset, anything),
  row(A.extendedCommunities, 'EXTENDED_COMMUNITIES', TRANSITIVE, withdraw, lengthIsMultipleOf(8)),
  row(A.as4Path, 'AS4_PATH', TRANSITIVE, discard, checkAs4Path, twoOctetPeers),
  row(A.as4Aggregator, 'AS4_AGGREGATOR', TRANSITIVE, discard, checkAs4Aggregator, twoOctetPeers),
  // RFC 6514 5.
  row(A.pmsiTunnel, 'PMSI_TUNNEL', TRANSITIVE, withdraw, lengthAtLeast(5)),
  row(A.tunnelEncapsulation, 'TUNNEL_ENCAPSULATION', TRANSITIVE, withdraw, checkTunnelEncapsulation),
  unrecognized(A.trafficEngineering, 'TRAFFIC_ENGINEERING', NON_TRANSITIVE, withdraw, lengthAtLeast(1)),
  row(A.ipv6ExtendedCommunities, 'IPV6_EXTENDED_COMMUNITIES', TRANSITIVE, withdraw, lengthIsMultipleOf(20)),
  // RFC 7311 3: one with the transitive bit is malformed, and discarded like any other malformed one.
  row(A.aigp, 'AIGP', NON_TRANSITIVE, discard, checkAigp, aigpPeers, discard),
  // RFC 6514 8.
  row(A.peDistinguisherLabels, 'PE_DISTINGUISHER_LABELS', TRANSITIVE, withdraw, lengthAtLeast(1)),
  unrecognized(A.entropyLabel, 'ENTROPY_LABEL_CAPABILITY', TRANSITIVE, discard, anything),
  // RFC 9552 8.2.2: what is in the TLVs is not checked.
  row(A.bgpLs, 'BGP-LS', NON_TRANSITIVE, discard, tlvs(2, 2)),
  row(A.largeCommunities, 'LARGE_COMMUNITIES', TRANSITIVE, withdraw, lengthIsMultipleOf(12)),
  row(A.onlyToCustomer, 'ONLY_TO_CUSTOMER', TRANSITIVE, withdraw, lengthIs(4)),
  // draft-ietf-bess-evpn-ipvpn-interworking 4.
  row(A.domainPath, 'D-PATH', TRANSITIVE, withdraw, checkDomainPath),
  // RFC 9015 3.2.1.
  row(A.serviceFunctionPath, 'SFP', TRANSITIVE, withdraw, tlvs(1, 2)),
  // RFC 9026 3.1.6.
  row(A.bfdDiscriminator, 'BFD_DISCRIMINATOR', TRANSITIVE, discard, lengthAtLeast(5)),
  row(A.prefixSid, 'PREFIX_SID', TRANSITIVE, discard, checkPrefixSid, prefixSidPeers),
  // RFC 6368 5.
  row(A.attrSet, 'ATTR_SET', TRANSITIVE, withdraw, checkAttrSet),
];

/** Rows by type code; undefined for unknown attributes. */
export const ATTRIBUTE_ROWS: readonly (AttributeRow | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  TABLE.find((candidate) => candidate.code === code),
);

/** Its name, or `attribute N`. */
export function attributeName(code: number): string {
  return ATTRIBUTE_ROWS[code]?.name ?? `attribute ${code}`;
}

/** A number above it is a judgement, not a subcode alone. */
const LAST_SUBCODE = 0xff;

/** A verdict and the subcode that names the reason, in one number. */
export type Judgement = number;

export function judgement(verdict: number, subcode: number): Judgement {
  return (verdict << 8) | subcode;
}

export function verdictOf(judged: Judgement): number {
  return judged >> 8;
}

/** 0 for a valid attribute. A verdict of discard with 0: the attribute is not for us, which is not an error. */
export function subcodeOf(judged: Judgement): number {
  return judged & 0xff;
}

/** Checks a single attribute: `at` is the offset of its header, and `bytes[valueStart, end)` is its value. */
export function judgeAttribute(
  bytes: Uint8Array,
  at: number,
  valueStart: number,
  end: number,
  context: UpdateContext,
): Judgement {
  const flags = bytes[at];
  const code = bytes[at + 1];
  const known = ATTRIBUTE_ROWS[code];
  if (known === undefined) return judgeUnknown(flags);
  // RFC 7606 7.5, 7.9, 7.10, RFC 6793 4.1: discarded, malformed or not. RFC 7311 3.4: AIGP is discarded quietly.
  if (!known.takenFrom(context)) return judgement(discard, code === A.aigp ? 0 : UPDATE_SUBCODE.optional);
  // RFC 7606 3 (c).
  if ((flags & TRANSITIVE) !== known.flags) return judgement(known.wrongFlags, UPDATE_SUBCODE.flags);
  const problem = known.check(bytes, valueStart, end, context);
  if (problem > LAST_SUBCODE) return problem;
  if (problem !== 0) return judgement(known.malformed, problem);
  return known.recognized || (flags & ATTRIBUTE_FLAG.transitive) !== 0 ? 0 : judgement(discard, 0);
}

/** RFC 4271 5, 6.3, 9: an unknown well-known attribute is an error; a transitive one is passed on, others ignored. */
function judgeUnknown(flags: number): Judgement {
  if ((flags & ATTRIBUTE_FLAG.optional) === 0) return judgement(reset, UPDATE_SUBCODE.unrecognizedWellKnown);
  return (flags & ATTRIBUTE_FLAG.transitive) === 0 ? judgement(discard, 0) : 0;
}
