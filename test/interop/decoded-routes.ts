/**
 * Routes of link state, SR policies and MUP: their octets from the figures of the RFCs, put together by hand, and what GoBGP 3.10
 * reads in them.
 *
 * The RFCs allow more than it takes. It closes link state for an SRv6 SID, and drops a topology identifier and a prefix metric as
 * unknown; it ends by itself (a panic) for the name of a candidate path, and for a segment list without a weight once its API
 * is asked; it discards a MUP route of type isd. None of these is here.
 */
import { attribute, u16 } from '../lab/updates.ts';
import { hex, toHex } from '../wire/build.ts';

export const AS = 65000;
/** BGP identifiers of the routers that the SR policies are for. */
export const HEADENDS = ['10.99.0.3', '10.99.0.4'] as const;
/** Our names, which GoBGP's configuration has in another form, AFI and SAFI. */
export const FAMILIES = {
  'link-state': { theirs: 'ls', afi: 16388, safi: 71 },
  'ipv4-sr-policy': { theirs: 'ipv4-srpolicy', afi: 1, safi: 73 },
  'ipv6-sr-policy': { theirs: 'ipv6-srpolicy', afi: 2, safi: 73 },
  'ipv4-mup': { theirs: 'ipv4-mup', afi: 1, safi: 85 },
  'ipv6-mup': { theirs: 'ipv6-mup', afi: 2, safi: 85 },
} as const;
export type FamilyName = keyof typeof FAMILIES;

export const octets = (text: string) => [...hex(text.replace(/ /g, ''))];
const V6 = '20010db8000000000000000000000001';

/** Of the type `is`, with some of its fields. */
interface Decoded {
  readonly is: string;
  readonly [field: string]: unknown;
}

/** A route: NLRI and further attributes as they are sent, and what GoBGP reads in them. */
export interface Sent {
  readonly nlri: string;
  readonly attributes: readonly (readonly number[])[];
  readonly decoded: { readonly nlri: object; readonly attributes: readonly Decoded[] };
}

/** RFC 9552 5.2: of IS-IS level 2, with the descriptors of the local node. */
const LOCAL = '02 0000000000000000 0100 001a 0200 0004 0000fde8 0201 0004 00000000 0203 0006 000000000001';
const REMOTE = '0101 001a 0200 0004 0000fde8 0201 0004 00000000 0203 0006 000000000002';
const node = (igpRouter: string) => ({ as: AS, igpRouter });

function linkState(nlri: string, value: string, decodedNlri: object, decoded: object): Sent {
  return {
    nlri,
    attributes: [attribute(0x80, 29, octets(value))],
    decoded: { nlri: { protocol: 2, nlri: decodedNlri }, attributes: [{ is: 'LsAttribute', ...decoded }] },
  };
}

const LINK_STATE = [
  linkState(
    `0001 0027 ${LOCAL}`,
    '0400 0001 20 0402 0003 723031 0403 0003 490001 0404 0004 c0000201 040a 000c 8000 0003e8 0489 0003 003e80',
    { is: 'LsNodeNLRI', local: node('0000.0000.0001') },
    {
      node: {
        name: 'r01',
        flags: { external: true },
        router: '192.0.2.1',
        area: '490001',
        sr: { ranges: [{ begin: 16_000, end: 17_000 }] },
      },
    },
  ),
  linkState(
    `0002 0055 ${LOCAL} ${REMOTE} 0103 0004 c0000201 0104 0004 c0000202`,
    '0440 0004 0000000f 0441 0004 4e9502f9 0444 0004 00000064 0447 0003 00000a 0448 0008 00000001 00000002 044b 0007 30 00 0000 005dc1',
    {
      is: 'LsLinkNLRI',
      local: node('0000.0000.0001'),
      remote: node('0000.0000.0002'),
      link: { interface: '192.0.2.1', neighbor: '192.0.2.2' },
    },
    {
      link: {
        adminGroup: 15,
        bandwidth: 1_250_000_000,
        teMetric: 100,
        igpMetric: 10,
        srlgs: [1, 2],
        adjacencySid: 24_001,
      },
    },
  ),
  linkState(
    `0003 002f ${LOCAL} 0109 0004 18 c00002`,
    '0480 0001 80 0486 0008 00 00 0000 00000064',
    { is: 'LsPrefixV4NLRI', local: node('0000.0000.0001'), prefix: { reachability: ['192.0.2.0/24'] } },
    // It does not show the flag D of the IGP flags.
    { prefix: { igpFlags: {}, prefixSid: 100 } },
  ),
  linkState(
    `0004 0030 ${LOCAL} 0109 0005 20 20010db8`,
    '0486 0008 00 00 0000 00000065',
    { is: 'LsPrefixV6NLRI', local: node('0000.0000.0001'), prefix: { reachability: ['2001:db8::/32'] } },
    { prefix: { prefixSid: 101 } },
  ),
];

/** RFC 9830 4.2.1: route targets with the BGP identifiers of the headends. */
const TARGETS = HEADENDS.flatMap((address) => [1, 2, ...address.split('.').map(Number), 0, 0]);

function policy(nlri: string, value: string, endpoint: string, color: number, parts: readonly object[]): Sent {
  const tunnel = octets(value);
  return {
    nlri,
    attributes: [attribute(0xc0, 16, TARGETS), attribute(0xc0, 23, [0, 15, ...u16(tunnel.length), ...tunnel])],
    decoded: {
      nlri: { is: 'SRPolicyNLRI', distinguisher: 1, color, endpoint },
      attributes: [
        {
          is: 'ExtendedCommunitiesAttribute',
          communities: HEADENDS.map((address) => ({ isTransitive: true, subType: 2, address })),
        },
        { is: 'TunnelEncapAttribute', tunnels: [{ type: 15, parts }] },
      ],
    },
  };
}

/** RFC 9830 2.4: preference, binding SID, ENLP, priority and a segment list with its weight. */
const POLICY_IPV4 = policy(
  '60 00000001 00000064 c0000201',
  '0c 06 00 00 000000c8 0d 06 00 00 05dc0000 0e 03 00 00 04 0f 02 0a 00 80 0019 00 09 06 0000 00000005 01 06 0000 03e81000 01 06 0000 03e82000',
  'c0000201',
  100,
  [
    { is: 'TunnelEncapSubTLVSRPreference', preference: 200 },
    { is: 'TunnelEncapSubTLVSRBindingSID', sid: { is: 'SRBindingSID', sid: '05dc0000' } },
    { is: 'TunnelEncapSubTLVSRENLP', enlp: 4 },
    { is: 'TunnelEncapSubTLVSRPriority', priority: 10 },
    {
      is: 'TunnelEncapSubTLVSRSegmentList',
      weight: { weight: 5 },
      // The label is in the first 20 of 32 bits.
      segments: [
        { is: 'SegmentTypeA', label: 16_001 * 4096 },
        { is: 'SegmentTypeA', label: 16_002 * 4096 },
      ],
    },
  ],
);
/** End.DT6 with the lengths of its block, node, function and argument. */
const BEHAVIOR = '0012 0000 20 10 10 00';
const BEHAVIOR_READ = { behavior: 18, block: 32, node: 16, function: 16 };
const POLICY_IPV6 = policy(
  `c0 00000001 00000065 ${V6}`,
  `0c 06 00 00 0000012c 0d 12 00 00 ${V6} 14 1a 00 00 ${V6} ${BEHAVIOR} 80 0025 00 09 06 0000 00000007 0d 1a 00 00 ${V6} ${BEHAVIOR}`,
  V6,
  101,
  [
    { is: 'TunnelEncapSubTLVSRPreference', preference: 300 },
    { is: 'TunnelEncapSubTLVSRBindingSID', sid: { is: 'SRBindingSID', sid: V6 } },
    // The binding SID with its behavior, which it does not know.
    { is: 'TunnelEncapSubTLVUnknown', type: 20, value: toHex(Uint8Array.from(octets(`0000 ${V6} ${BEHAVIOR}`))) },
    {
      is: 'TunnelEncapSubTLVSRSegmentList',
      weight: { weight: 7 },
      segments: [{ is: 'SegmentTypeB', sid: V6, behavior: BEHAVIOR_READ }],
    },
  ],
);

const RD = '0000fde800000001';
const rd = { is: 'RouteDistinguisherTwoOctetASN', as: AS, number: 1 };

/** With a route target, a number of its own so that an UPDATE, which GoBGP shows whole, has one route, and the segment of MUP. */
function mup(number: number, nlri: string, is: string, fields: object): Sent {
  return {
    nlri,
    attributes: [attribute(0xc0, 16, [0, 2, ...u16(AS), 0, 0, ...u16(number), ...octets('0c00000a00000014')])],
    decoded: {
      nlri: { is, rd, ...fields },
      attributes: [
        {
          is: 'ExtendedCommunitiesAttribute',
          communities: [
            { isTransitive: true, subType: 2, as: AS, number },
            { is: 'MUPExtended', segment2: 10, segment4: 20 },
          ],
        },
      ],
    },
  };
}

const DIRECT = 'MUPDirectSegmentDiscoveryRoute';
const TYPE_1 = 'MUPType1SessionTransformedRoute';
const TYPE_2 = 'MUPType2SessionTransformedRoute';
export const ROUTES: Readonly<Record<FamilyName, readonly Sent[]>> = {
  'link-state': LINK_STATE,
  'ipv4-sr-policy': [POLICY_IPV4],
  'ipv6-sr-policy': [POLICY_IPV6],
  'ipv4-mup': [
    mup(101, `01 0002 0c ${RD} c0000201`, DIRECT, { address: '192.0.2.1' }),
    mup(102, `01 0003 17 ${RD} 20 c0a80001 00003039 09 20 0a000001`, TYPE_1, {
      prefix: '192.168.0.1/32',
      teid: 12_345,
      qfi: 9,
      endpoint: '10.0.0.1',
    }),
    mup(103, `01 0004 11 ${RD} 40 0a000001 00003039`, TYPE_2, { endpoint: '10.0.0.1', teid: 12_345 }),
  ],
  'ipv6-mup': [
    mup(104, `01 0002 18 ${RD} ${V6}`, DIRECT, { address: '2001:db8::1' }),
    mup(105, `01 0004 1d ${RD} a0 ${V6} 00003039`, TYPE_2, { endpoint: '2001:db8::1', teid: 12_345 }),
  ],
};
