/** RFC 7606 in one table: attribute, fault, kind of session, and what becomes of the UPDATE. */
import { ATTRIBUTE, ATTRIBUTE_ROWS, VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import { describeNotification } from '../../src/wire/notification.ts';
import { NormalizedAttributes, normalizeAttributes } from '../../src/wire/update/normalize.ts';
import {
  attribute,
  CLASSIC,
  type ContextOptions,
  canonical,
  context,
  hex,
  MANDATORY,
  MP,
  normalize,
  ORIGIN,
  PREFIX,
  scan,
  toHex,
  update,
  withAttribute,
} from './build.ts';

const { ok, discard, withdraw, reset } = VERDICT;
const A = ATTRIBUTE;

const IBGP: ContextOptions = {};
const EBGP: ContextOptions = { ebgp: true };
const OLD: ContextOptions = { ebgp: true, as4: false };
const CONFED: ContextOptions = { ebgp: true, confederation: true };

/** [attribute with its fault, flags, code, value, verdict, subcode, sessions] */
type Row = readonly [string, number, number, string, number, number, readonly ContextOptions[]];

const rows: readonly Row[] = [
  ['ORIGIN IGP', 0x40, A.origin, '00', ok, 0, [IBGP, EBGP]],
  ['ORIGIN INCOMPLETE', 0x40, A.origin, '02', ok, 0, [IBGP, EBGP]],
  ['ORIGIN 3', 0x40, A.origin, '03', withdraw, 6, [IBGP, EBGP]],
  ['ORIGIN empty', 0x40, A.origin, '', withdraw, 5, [IBGP, EBGP]],
  ['ORIGIN of two octets', 0x40, A.origin, '0000', withdraw, 5, [IBGP, EBGP]],
  ['ORIGIN optional', 0xc0, A.origin, '00', withdraw, 4, [IBGP, EBGP]],
  ['ORIGIN neither', 0x00, A.origin, '00', withdraw, 4, [IBGP, EBGP]],
  ['ORIGIN with the Partial bit', 0x60, A.origin, '00', ok, 0, [IBGP, EBGP]],
  ['ORIGIN with an extended length', 0x50, A.origin, '00', ok, 0, [IBGP, EBGP]],

  ['AS_PATH empty', 0x40, A.asPath, '', ok, 0, [IBGP, EBGP]],
  ['AS_PATH with a set', 0x40, A.asPath, '02 01 0000fde9 01 02 00000001 00000002', ok, 0, [IBGP, EBGP]],
  ['AS_PATH with a segment of type 5', 0x40, A.asPath, '05 01 0000fde9', withdraw, 11, [IBGP, EBGP]],
  ['AS_PATH with a segment of type 0', 0x40, A.asPath, '00 01 0000fde9', withdraw, 11, [IBGP, EBGP]],
  ['AS_PATH with an empty segment', 0x40, A.asPath, '02 00', withdraw, 11, [IBGP, EBGP]],
  ['AS_PATH that runs over', 0x40, A.asPath, '02 02 0000fde9', withdraw, 11, [IBGP, EBGP]],
  ['AS_PATH with an octet left over', 0x40, A.asPath, '02 01 0000fde9 02', withdraw, 11, [IBGP, EBGP]],
  ['AS_PATH of 2-octet numbers', 0x40, A.asPath, '02 01 fde9', withdraw, 11, [IBGP, EBGP]],
  ['AS_PATH of 4-octet numbers', 0x40, A.asPath, '02 01 0000fde9', withdraw, 11, [OLD]],
  ['AS_PATH with AS 0', 0x40, A.asPath, '02 02 0000fde9 00000000', withdraw, 11, [IBGP, EBGP]],
  ['AS_PATH with AS 0 in 2 octets', 0x40, A.asPath, '02 01 0000', withdraw, 11, [OLD]],
  ['AS_PATH with flags of an optional one', 0xc0, A.asPath, '', withdraw, 4, [IBGP, EBGP]],
  ['AS_PATH with a confederation sequence', 0x40, A.asPath, '03 01 0000fde9', ok, 0, [IBGP, CONFED]],
  ['AS_PATH with a confederation sequence', 0x40, A.asPath, '03 01 0000fde9', withdraw, 11, [EBGP]],
  ['AS_PATH with a confederation set', 0x40, A.asPath, '02 01 00000001 04 01 0000fde9', withdraw, 11, [EBGP, CONFED]],
  ['AS_PATH without the member AS', 0x40, A.asPath, '02 01 0000fde9', withdraw, 11, [CONFED]],

  ['NEXT_HOP', 0x40, A.nextHop, 'c0000202', ok, 0, [IBGP, EBGP]],
  ['NEXT_HOP of three octets', 0x40, A.nextHop, 'c00002', withdraw, 5, [IBGP, EBGP]],
  ['NEXT_HOP of sixteen octets', 0x40, A.nextHop, '20010db8000000000000000000000001', withdraw, 5, [IBGP, EBGP]],
  ['NEXT_HOP 0.0.0.0', 0x40, A.nextHop, '00000000', withdraw, 8, [IBGP, EBGP]],
  ['NEXT_HOP 127.0.0.1', 0x40, A.nextHop, '7f000001', withdraw, 8, [IBGP, EBGP]],
  ['NEXT_HOP 224.0.0.5', 0x40, A.nextHop, 'e0000005', withdraw, 8, [IBGP, EBGP]],
  ['NEXT_HOP 255.255.255.255', 0x40, A.nextHop, 'ffffffff', withdraw, 8, [IBGP, EBGP]],
  ['NEXT_HOP optional', 0xc0, A.nextHop, 'c0000201', withdraw, 4, [IBGP, EBGP]],

  ['MULTI_EXIT_DISC', 0x80, A.med, '00000001', ok, 0, [IBGP, EBGP]],
  ['MULTI_EXIT_DISC of three octets', 0x80, A.med, '000001', withdraw, 5, [IBGP, EBGP]],
  ['MULTI_EXIT_DISC of five octets', 0x80, A.med, '0000000001', withdraw, 5, [IBGP, EBGP]],
  ['MULTI_EXIT_DISC transitive', 0xc0, A.med, '00000001', withdraw, 4, [IBGP, EBGP]],

  ['LOCAL_PREF', 0x40, A.localPref, 'ffffffff', ok, 0, [IBGP, CONFED]],
  ['LOCAL_PREF of three octets', 0x40, A.localPref, '000064', withdraw, 5, [IBGP, CONFED]],
  ['LOCAL_PREF from outside', 0x40, A.localPref, '00000064', discard, 9, [EBGP]],
  ['LOCAL_PREF of three octets from outside', 0x40, A.localPref, '000064', discard, 9, [EBGP]],
  ['LOCAL_PREF optional', 0xc0, A.localPref, '00000064', withdraw, 4, [IBGP]],
  ['LOCAL_PREF optional from outside', 0xc0, A.localPref, '00000064', discard, 9, [EBGP]],

  ['ATOMIC_AGGREGATE', 0x40, A.atomicAggregate, '', ok, 0, [IBGP, EBGP]],
  ['ATOMIC_AGGREGATE with a value', 0x40, A.atomicAggregate, '00', discard, 5, [IBGP, EBGP]],
  ['ATOMIC_AGGREGATE optional', 0xc0, A.atomicAggregate, '', withdraw, 4, [IBGP, EBGP]],

  ['AGGREGATOR', 0xc0, A.aggregator, '0000fde9 c0000201', ok, 0, [IBGP, EBGP]],
  ['AGGREGATOR of six octets', 0xc0, A.aggregator, 'fde9 c0000201', discard, 5, [IBGP, EBGP]],
  ['AGGREGATOR of six octets from a 2-octet peer', 0xc0, A.aggregator, 'fde9 c0000201', ok, 0, [OLD]],
  ['AGGREGATOR of eight octets', 0xc0, A.aggregator, '0000fde9 c0000201', discard, 5, [OLD]],
  ['AGGREGATOR with AS 0', 0xc0, A.aggregator, '00000000 c0000201', discard, 9, [IBGP, EBGP]],
  ['AGGREGATOR with AS 0 in 2 octets', 0xc0, A.aggregator, '0000 c0000201', discard, 9, [OLD]],
  ['AGGREGATOR well-known', 0x40, A.aggregator, '0000fde9 c0000201', withdraw, 4, [IBGP, EBGP]],

  ['COMMUNITIES', 0xc0, A.communities, 'fde80001', ok, 0, [IBGP, EBGP]],
  ['COMMUNITIES empty', 0xc0, A.communities, '', withdraw, 5, [IBGP, EBGP]],
  ['COMMUNITIES of six octets', 0xc0, A.communities, 'fde80001fde8', withdraw, 5, [IBGP, EBGP]],
  ['COMMUNITIES non-transitive', 0x80, A.communities, 'fde80001', withdraw, 4, [IBGP, EBGP]],

  ['ORIGINATOR_ID', 0x80, A.originatorId, '0a000001', ok, 0, [IBGP]],
  ['ORIGINATOR_ID of three octets', 0x80, A.originatorId, '0a0000', withdraw, 5, [IBGP]],
  ['ORIGINATOR_ID from outside', 0x80, A.originatorId, '0a000001', discard, 9, [EBGP]],
  ['ORIGINATOR_ID of three octets from outside', 0x80, A.originatorId, '0a0000', discard, 9, [EBGP]],
  ['ORIGINATOR_ID transitive', 0xc0, A.originatorId, '0a000001', withdraw, 4, [IBGP]],
  ['ORIGINATOR_ID transitive from outside', 0xc0, A.originatorId, '0a000001', discard, 9, [EBGP]],

  ['CLUSTER_LIST', 0x80, A.clusterList, '0a0000010a000002', ok, 0, [IBGP]],
  ['CLUSTER_LIST empty', 0x80, A.clusterList, '', withdraw, 5, [IBGP]],
  ['CLUSTER_LIST of five octets', 0x80, A.clusterList, '0a00000100', withdraw, 5, [IBGP]],
  ['CLUSTER_LIST from outside', 0x80, A.clusterList, '0a000001', discard, 9, [EBGP]],
  ['CLUSTER_LIST of five octets from outside', 0x80, A.clusterList, '0a00000100', discard, 9, [EBGP]],
  ['CLUSTER_LIST transitive', 0xc0, A.clusterList, '0a000001', withdraw, 4, [IBGP]],
  ['CLUSTER_LIST transitive from outside', 0xc0, A.clusterList, '0a000001', discard, 9, [EBGP]],

  ['EXTENDED_COMMUNITIES', 0xc0, A.extendedCommunities, '0002fde800000064', ok, 0, [IBGP, EBGP]],
  ['EXTENDED_COMMUNITIES empty', 0xc0, A.extendedCommunities, '', withdraw, 5, [IBGP, EBGP]],
  ['EXTENDED_COMMUNITIES of nine octets', 0xc0, A.extendedCommunities, '0002fde80000006400', withdraw, 5, [IBGP]],
  ['EXTENDED_COMMUNITIES well-known', 0x40, A.extendedCommunities, '0002fde800000064', withdraw, 4, [IBGP, EBGP]],

  ['AS4_PATH from a 4-octet peer', 0xc0, A.as4Path, '02 01 0000fde9', discard, 9, [IBGP, EBGP]],
  ['AS4_PATH', 0xc0, A.as4Path, '02 01 0000fde9', ok, 0, [OLD]],
  ['AS4_PATH empty', 0xc0, A.as4Path, '', discard, 9, [OLD]],
  ['AS4_PATH that runs over', 0xc0, A.as4Path, '02 02 0000fde9', discard, 9, [OLD]],
  ['AS4_PATH with a segment of type 7', 0xc0, A.as4Path, '07 01 0000fde9', discard, 9, [OLD]],
  ['AS4_PATH with AS 0', 0xc0, A.as4Path, '02 01 00000000', discard, 9, [OLD]],
  ['AS4_PATH non-transitive', 0x80, A.as4Path, '02 01 0000fde9', withdraw, 4, [OLD]],
  ['AS4_PATH non-transitive from a 4-octet peer', 0x80, A.as4Path, '02 01 0000fde9', discard, 9, [IBGP, EBGP]],
  ['AS4_AGGREGATOR from a 4-octet peer', 0xc0, A.as4Aggregator, '0000fde9 c0000201', discard, 9, [IBGP, EBGP]],
  ['AS4_AGGREGATOR', 0xc0, A.as4Aggregator, '0001fde9 c0000201', ok, 0, [OLD]],
  ['AS4_AGGREGATOR of six octets', 0xc0, A.as4Aggregator, 'fde9 c0000201', discard, 5, [OLD]],
  ['AS4_AGGREGATOR with AS 0', 0xc0, A.as4Aggregator, '00000000 c0000201', discard, 9, [OLD]],

  ['PMSI_TUNNEL', 0xc0, A.pmsiTunnel, '00 06 000000 c0000201', ok, 0, [IBGP, EBGP]],
  ['PMSI_TUNNEL of four octets', 0xc0, A.pmsiTunnel, '00 06 0000', withdraw, 5, [IBGP, EBGP]],

  ['TUNNEL_ENCAPSULATION', 0xc0, A.tunnelEncapsulation, '0008 0008 0401ff 800002abcd', ok, 0, [IBGP, EBGP]],
  ['TUNNEL_ENCAPSULATION empty', 0xc0, A.tunnelEncapsulation, '', withdraw, 5, [IBGP, EBGP]],
  ['TUNNEL_ENCAPSULATION cut off', 0xc0, A.tunnelEncapsulation, '0008 00', withdraw, 9, [IBGP, EBGP]],
  ['TUNNEL_ENCAPSULATION that runs over', 0xc0, A.tunnelEncapsulation, '0008 0008 0401ff', withdraw, 9, [IBGP]],
  [
    'TUNNEL_ENCAPSULATION, sub-TLV that runs over',
    0xc0,
    A.tunnelEncapsulation,
    '0008 0003 0402ff',
    withdraw,
    9,
    [IBGP],
  ],
  ['TUNNEL_ENCAPSULATION, half a sub-TLV', 0xc0, A.tunnelEncapsulation, '0008 0002 8000', withdraw, 9, [IBGP]],

  ['TRAFFIC_ENGINEERING', 0x80, A.trafficEngineering, '01', ok, 0, [IBGP]],
  ['TRAFFIC_ENGINEERING empty', 0x80, A.trafficEngineering, '', withdraw, 5, [IBGP, EBGP]],
  ['IPV6_EXTENDED_COMMUNITIES', 0xc0, A.ipv6ExtendedCommunities, `0002${'00'.repeat(18)}`, ok, 0, [IBGP, EBGP]],
  ['IPV6_EXTENDED_COMMUNITIES of 19', 0xc0, A.ipv6ExtendedCommunities, '00'.repeat(19), withdraw, 5, [IBGP, EBGP]],
  ['IPV6_EXTENDED_COMMUNITIES empty', 0xc0, A.ipv6ExtendedCommunities, '', withdraw, 5, [IBGP, EBGP]],

  ['AIGP', 0x80, A.aigp, '01 000b 0000000000000064', ok, 0, [IBGP, CONFED]],
  ['AIGP with another TLV', 0x80, A.aigp, '02 0004 ff 01 000b 0000000000000064', ok, 0, [IBGP]],
  ['AIGP empty', 0x80, A.aigp, '', discard, 5, [IBGP]],
  ['AIGP of ten octets', 0x80, A.aigp, '01 000a 00000000000064', discard, 5, [IBGP]],
  ['AIGP that runs over', 0x80, A.aigp, '01 000b 000000000000', discard, 5, [IBGP]],
  ['AIGP with a TLV shorter than its header', 0x80, A.aigp, '02 0002', discard, 5, [IBGP]],
  ['AIGP cut off', 0x80, A.aigp, '01 00', discard, 5, [IBGP]],
  ['AIGP from outside, quietly', 0x80, A.aigp, '01 000b 0000000000000064', ok, 0, [EBGP]],
  ['AIGP with an error from outside, quietly', 0x80, A.aigp, '01', ok, 0, [EBGP]],
  ['AIGP transitive', 0xc0, A.aigp, '01 000b 0000000000000064', discard, 4, [IBGP]],
  ['AIGP transitive from outside, quietly', 0xc0, A.aigp, '01 000b 0000000000000064', ok, 0, [EBGP]],
  ['AIGP well-known', 0x40, A.aigp, '01 000b 0000000000000064', discard, 4, [IBGP]],

  ['PE_DISTINGUISHER_LABELS', 0xc0, A.peDistinguisherLabels, 'c0000201 000010', ok, 0, [IBGP]],
  ['PE_DISTINGUISHER_LABELS empty', 0xc0, A.peDistinguisherLabels, '', withdraw, 5, [IBGP]],
  ['ENTROPY_LABEL_CAPABILITY', 0xc0, A.entropyLabel, '', ok, 0, [IBGP]],
  ['ENTROPY_LABEL_CAPABILITY non-transitive', 0x80, A.entropyLabel, '', withdraw, 4, [IBGP]],
  ['BGP-LS', 0x80, A.bgpLs, '0401 0001 00', ok, 0, [IBGP]],
  ['BGP-LS that runs over', 0x80, A.bgpLs, '0401 0002 00', discard, 9, [IBGP]],
  ['BGP-LS cut off', 0x80, A.bgpLs, '0401 00', discard, 9, [IBGP]],

  ['LARGE_COMMUNITIES', 0xc0, A.largeCommunities, '0000fde8 00000001 00000002', ok, 0, [IBGP, EBGP]],
  ['LARGE_COMMUNITIES empty', 0xc0, A.largeCommunities, '', withdraw, 5, [IBGP, EBGP]],
  ['LARGE_COMMUNITIES of 13 octets', 0xc0, A.largeCommunities, '00'.repeat(13), withdraw, 5, [IBGP, EBGP]],
  ['LARGE_COMMUNITIES non-transitive', 0x80, A.largeCommunities, '00'.repeat(12), withdraw, 4, [IBGP, EBGP]],

  ['ONLY_TO_CUSTOMER', 0xc0, A.onlyToCustomer, '0000fde9', ok, 0, [IBGP, EBGP]],
  ['ONLY_TO_CUSTOMER of two octets', 0xc0, A.onlyToCustomer, 'fde9', withdraw, 5, [IBGP, EBGP]],
  ['ONLY_TO_CUSTOMER non-transitive', 0x80, A.onlyToCustomer, '0000fde9', withdraw, 4, [IBGP, EBGP]],

  ['D-PATH', 0xc0, A.domainPath, '01 00000001 0001 46', ok, 0, [IBGP, EBGP]],
  ['D-PATH empty', 0xc0, A.domainPath, '', withdraw, 9, [IBGP]],
  ['D-PATH with an empty segment', 0xc0, A.domainPath, '01 00000001 0001 46 00', withdraw, 9, [IBGP]],
  ['D-PATH that runs over', 0xc0, A.domainPath, '02 00000001 0001 46', withdraw, 9, [IBGP]],
  ['D-PATH non-transitive', 0x80, A.domainPath, '01 00000001 0001 46', withdraw, 4, [IBGP]],

  ['SFP', 0xc0, A.serviceFunctionPath, '01 0002 0001', ok, 0, [IBGP]],
  ['SFP that runs over', 0xc0, A.serviceFunctionPath, '01 0003 0001', withdraw, 9, [IBGP]],
  ['BFD_DISCRIMINATOR', 0xc0, A.bfdDiscriminator, '01 00000007', ok, 0, [IBGP]],
  ['BFD_DISCRIMINATOR of four octets', 0xc0, A.bfdDiscriminator, '01 000000', discard, 5, [IBGP]],

  ['PREFIX_SID', 0xc0, A.prefixSid, '01 0007 00 0000 00000309', ok, 0, [IBGP, CONFED]],
  ['PREFIX_SID from outside', 0xc0, A.prefixSid, '01 0007 00 0000 00000309', discard, 9, [EBGP]],
  ['PREFIX_SID with an SRGB', 0xc0, A.prefixSid, '03 0008 0000 003e80 001f40', ok, 0, [IBGP]],
  ['PREFIX_SID empty', 0xc0, A.prefixSid, '', discard, 9, [IBGP]],
  ['PREFIX_SID, label index of six octets', 0xc0, A.prefixSid, '01 0006 00 0000 000309', discard, 9, [IBGP]],
  ['PREFIX_SID, SRGB of nine octets', 0xc0, A.prefixSid, '03 0009 0000 003e80 001f40 00', discard, 9, [IBGP]],
  ['PREFIX_SID that runs over', 0xc0, A.prefixSid, '07 0009 00', discard, 9, [IBGP]],
  ['PREFIX_SID of an unknown type', 0xc0, A.prefixSid, '07 0002 abcd', ok, 0, [IBGP]],
  ['PREFIX_SID with an SRv6 service', 0xc0, A.prefixSid, `05 0019 00 01 0015 ${'00'.repeat(21)}`, ok, 0, [IBGP]],
  ['PREFIX_SID with an unknown part of a service', 0xc0, A.prefixSid, '06 0006 00 09 0002 abcd', ok, 0, [IBGP]],
  ['PREFIX_SID with an empty service', 0xc0, A.prefixSid, '05 0000', withdraw, 9, [IBGP]],
  ['PREFIX_SID with a service that runs over', 0xc0, A.prefixSid, '05 0009 00', withdraw, 9, [IBGP]],
  ['PREFIX_SID with a part that runs over', 0xc0, A.prefixSid, '05 0005 00 09 0002 ab', withdraw, 9, [IBGP]],
  ['PREFIX_SID, SID of 20 octets', 0xc0, A.prefixSid, `05 0018 00 01 0014 ${'00'.repeat(20)}`, withdraw, 9, [IBGP]],
  [
    'PREFIX_SID, part of a SID that runs over',
    0xc0,
    A.prefixSid,
    `05 001d 00 01 0019 ${'00'.repeat(21)} 01 0002 00`,
    withdraw,
    9,
    [IBGP],
  ],
  ['PREFIX_SID cut off', 0xc0, A.prefixSid, '05 00', discard, 9, [IBGP]],

  ['ATTR_SET', 0xc0, A.attrSet, '0000fde9 40010100', ok, 0, [IBGP]],
  ['ATTR_SET of three octets', 0xc0, A.attrSet, '0000fd', withdraw, 5, [IBGP]],
  ['ATTR_SET with an attribute that runs over', 0xc0, A.attrSet, '0000fde9 40010200', withdraw, 9, [IBGP]],
  ['ATTR_SET with half a header', 0xc0, A.attrSet, '0000fde9 5001', withdraw, 9, [IBGP]],

  ['an unknown transitive one', 0xc0, 200, 'abcd', ok, 0, [IBGP, EBGP]],
  ['an unknown non-transitive one', 0x80, 200, 'abcd', ok, 0, [IBGP, EBGP]],
  ['an unknown well-known one', 0x40, 200, 'abcd', reset, 2, [IBGP, EBGP]],
  ['an unknown one that is neither', 0x00, 200, 'abcd', reset, 2, [IBGP, EBGP]],
];

const cases = rows.flatMap((row) => row[6].map((session) => [row, session] as const));

function nameOf(session: ContextOptions): string {
  if (session.confederation) return 'another member AS';
  if (!session.ebgp) return 'iBGP';
  return session.as4 === false ? 'eBGP with 2-octet numbers' : 'eBGP';
}

/** The least that such a peer sends. */
function mandatoryOf(session: ContextOptions): Uint8Array[] {
  const external = session.ebgp === true && session.confederation !== true;
  const path = session.confederation ? '03 01 0000fde9' : session.as4 === false ? '02 01 fde9' : '02 01 0000fde9';
  const set = [ORIGIN, attribute(0x40, A.asPath, path), MANDATORY[2], MANDATORY[3]];
  return external ? set.slice(0, 3) : set;
}

describe('RFC 7606, attribute by attribute', () => {
  test.each(cases.map(([row, session]) => [row[0], nameOf(session), row, session] as const))(
    '%s from %s',
    (_what, _from, [, flags, code, value, verdict, subcode], session) => {
      const extra = attribute(flags, code, value);
      const message = update({ attributes: withAttribute(extra, mandatoryOf(session)), nlri: PREFIX });
      expect(scan(message, context(session)).verdict).toBe(ok);
      const out = normalize(message, CLASSIC, context(session));
      expect([out.verdict, out.notification().subcode]).toEqual([verdict, subcode]);
      if (verdict !== ok) expect(toHex(out.notification().data)).toBe(toHex(extra));
      if (verdict === discard) {
        expect(out.discardedCount).toBe(1);
        const rest = update({ attributes: mandatoryOf(session).filter((each) => each[1] !== code), nlri: PREFIX });
        expect(canonical(out)).toBe(canonical(normalize(rest, CLASSIC, context(session))));
      }
    },
  );

  test('has a case for every row of the table, well-formed and malformed', () => {
    const structural: number[] = [A.mpReach, A.mpUnreach];
    for (const known of ATTRIBUTE_ROWS) {
      if (known === undefined || structural.includes(known.code)) continue;
      const verdicts = rows.filter((row) => row[2] === known.code).map((row) => row[4]);
      const both = [verdicts.includes(ok), verdicts.some((verdict) => verdict > ok)];
      expect([known.name, ...both]).toEqual([known.name, true, true]);
    }
  });

  test.each([
    ['ORIGIN', A.origin, IBGP],
    ['AS_PATH', A.asPath, IBGP],
    ['NEXT_HOP', A.nextHop, IBGP],
    ['LOCAL_PREF', A.localPref, IBGP],
    ['ORIGIN', A.origin, EBGP],
    ['AS_PATH', A.asPath, EBGP],
    ['NEXT_HOP', A.nextHop, EBGP],
  ])('withdraws where %s (%i) is missing', (_name, code, session) => {
    const attributes = mandatoryOf(session).filter((each) => each[1] !== code);
    const out = normalize(update({ attributes, nlri: PREFIX }), CLASSIC, context(session));
    expect(out.verdict).toBe(withdraw);
    expect(out.notification()).toEqual({ code: 3, subcode: 3, data: Uint8Array.of(code) });
  });

  test('needs no NEXT_HOP for prefixes of MP_REACH_NLRI, and does not look at one', () => {
    const [origin, asPath, , localPref] = MANDATORY;
    const bad = attribute(0xc0, A.nextHop, '00');
    for (const attributes of [
      [origin, asPath, localPref],
      [origin, asPath, bad, localPref],
    ]) {
      const out = normalize(update({ attributes, nlri: PREFIX }), MP, context());
      expect(out.verdict).toBe(ok);
      expect(canonical(out)).toBe(toHex(Uint8Array.from([...origin, ...asPath, ...localPref])));
    }
  });

  test('keeps the first of two attributes with one code', () => {
    const first = attribute(0x80, A.med, '00000001');
    const second = attribute(0x80, A.med, '00000002');
    const message = update({ attributes: [...MANDATORY, first, second], nlri: PREFIX });
    const out = normalize(message, CLASSIC, context());
    expect(out.verdict).toBe(discard);
    expect(out.facts.med).toBe(1);
    expect(out.discardedCount).toBe(1);
  });

  test('does not put the second in the place of a first that is malformed', () => {
    const first = attribute(0xc0, A.aggregator, '0000');
    const second = attribute(0xc0, A.aggregator, '0000fde9 c0000201');
    const out = normalize(update({ attributes: [...MANDATORY, first, second], nlri: PREFIX }), CLASSIC, context());
    expect(out.discardedCount).toBe(2);
    expect(canonical(out)).toBe(toHex(Uint8Array.from(MANDATORY.flatMap((each) => [...each]))));
  });

  test('lets the worst of several verdicts count, and names the first of the worst', () => {
    const message = update({
      attributes: [
        ...MANDATORY,
        attribute(0xc0, A.aggregator, '00'),
        attribute(0xc0, A.communities, 'ab'),
        attribute(0x80, A.med, 'ab'),
      ],
      nlri: PREFIX,
    });
    const out = normalize(message, CLASSIC, context());
    expect(out.verdict).toBe(withdraw);
    expect(toHex(out.notification().data)).toBe('c00801ab');
    expect(describeNotification(out.notification())).toBe(
      'UPDATE Message Error / Attribute Length Error (data c00801ab)',
    );
  });

  test('withdraws a set that no message could carry', () => {
    // A 2-octet path doubles on the way in.
    const segments = Array.from({ length: 100 }, () => `02 ff ${'fde9'.repeat(255)}`).join('');
    const attributes = [ORIGIN, attribute(0x50, A.asPath, hex(segments)), MANDATORY[2]];
    const message = update({ attributes, nlri: PREFIX });
    expect(message.length).toBeLessThan(65_536);
    expect(normalize(message, CLASSIC, context(OLD)).verdict).toBe(withdraw);
  });

  test('remembers nothing of the set before', () => {
    const out = new NormalizedAttributes();
    const bad = update({ attributes: withAttribute(attribute(0x80, A.med, 'ab')), nlri: PREFIX });
    const good = update({ attributes: MANDATORY, nlri: PREFIX });
    expect(normalizeAttributes(scan(bad, context()), CLASSIC, context(), out)).toBe(withdraw);
    expect(normalizeAttributes(scan(good, context()), CLASSIC, context(), out)).toBe(ok);
    expect([out.discardedCount, out.facts.hasMed, out.identical]).toEqual([0, false, true]);
  });
});
