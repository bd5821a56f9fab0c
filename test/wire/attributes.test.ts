/** Canonical form, the merge of RFC 6793 4.2.3, and the facts that the decision reads. */

import { countAs } from '../../src/wire/attributes/as-path.ts';
import { ATTRIBUTE, COMMUNITY_FLAG, VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import { attributeEnd, attributeLength } from '../../src/wire/attributes/canonical.ts';
import {
  attributeValueOffset,
  clusterListContains,
  describeAttributes,
  findAttribute,
  type NormalizedAttributes,
} from '../../src/wire/update/normalize.ts';
import {
  AS_PATH,
  attribute,
  CLASSIC,
  canonical,
  concat,
  context,
  LOCAL_PREF,
  MANDATORY,
  MP,
  MP_REACH,
  NEXT_HOP,
  normalize,
  ORIGIN,
  PREFIX,
  toHex,
  update,
  withAttribute,
} from './build.ts';

const A = ATTRIBUTE;
const OLD = context({ ebgp: true, as4: false });

function normalized(attributes: readonly Uint8Array[], on = context(), form = CLASSIC): NormalizedAttributes {
  return normalize(update({ attributes, nlri: PREFIX }), form, on);
}

function hexOf(attributes: readonly Uint8Array[]): string {
  return toHex(concat(attributes));
}

describe('canonical attributes', () => {
  test('are the received ones where these are canonical already', () => {
    const set = [...MANDATORY, attribute(0xc0, A.communities, 'fde80001')];
    const out = normalized(set);
    expect([canonical(out), out.identical, out.verdict]).toEqual([hexOf(set), true, VERDICT.ok]);
  });

  test('ascend by type code', () => {
    const med = attribute(0x80, A.med, '00000001');
    const large = attribute(0xc0, A.largeCommunities, '00'.repeat(12));
    const out = normalized([large, LOCAL_PREF, med, NEXT_HOP, AS_PATH, ORIGIN]);
    expect(canonical(out)).toBe(hexOf([ORIGIN, AS_PATH, NEXT_HOP, med, LOCAL_PREF, large]));
    expect(out.identical).toBe(false);
  });

  test('leave out MP_REACH_NLRI and MP_UNREACH_NLRI, and NEXT_HOP where that is in the former', () => {
    const unreach = attribute(0x80, A.mpUnreach, '0002 01');
    const set = [...MANDATORY, MP_REACH, unreach];
    const classic = normalized(set);
    expect([canonical(classic), classic.identical]).toEqual([hexOf(MANDATORY), true]);
    const mp = normalized(set, context(), MP);
    expect([canonical(mp), mp.identical]).toEqual([hexOf([ORIGIN, AS_PATH, LOCAL_PREF]), true]);
  });

  test('have the shortest length', () => {
    const wide = attribute(0x50, A.origin, '00');
    const out = normalized([wide, ...MANDATORY.slice(1)]);
    expect([canonical(out), out.identical]).toEqual([hexOf(MANDATORY), false]);
    const long = attribute(0xd0, A.communities, 'fde80001'.repeat(64));
    expect(canonical(normalized([...MANDATORY, long]))).toBe(hexOf([...MANDATORY, long]));
  });

  test('have the flags of their kind, and the Partial bit of a transitive one', () => {
    const set = [attribute(0x6f, A.origin, '00'), ...MANDATORY.slice(1), attribute(0xef, A.communities, 'fde80001')];
    const expected = [...MANDATORY, attribute(0xe0, A.communities, 'fde80001')];
    expect(canonical(normalized(set))).toBe(hexOf(expected));
    const med = attribute(0xa0, A.med, '00000001');
    expect(canonical(normalized(withAttribute(med)))).toBe(hexOf(withAttribute(attribute(0x80, A.med, '00000001'))));
  });

  test('keep what we do not know and is transitive byte for byte, with the Partial bit', () => {
    const unknown = attribute(0xd0, 200, 'abcd');
    const out = normalized([...MANDATORY, unknown]);
    expect(canonical(out)).toBe(hexOf([...MANDATORY, attribute(0xf0, 200, 'abcd')]));
    expect([out.verdict, out.identical]).toEqual([VERDICT.ok, false]);
    const marked = normalized([...MANDATORY, attribute(0xe0, 200, 'abcd')]);
    expect(marked.identical).toBe(true);
  });

  test.each([['ENTROPY_LABEL_CAPABILITY', A.entropyLabel, '']])(
    'keep %s, whose meaning we do not follow, with the Partial bit (RFC 4271 5)',
    (_name, code, value) => {
      const out = normalized([...MANDATORY, attribute(0xc0, code, value)]);
      expect(canonical(out)).toBe(hexOf([...MANDATORY, attribute(0xe0, code, value)]));
      expect([out.verdict, out.identical]).toEqual([VERDICT.ok, false]);
      expect(normalized([...MANDATORY, attribute(0xe0, code, value)]).identical).toBe(true);
    },
  );

  test.each([['TRAFFIC_ENGINEERING', A.trafficEngineering, '01']])(
    'quietly leave out %s, whose meaning we do not follow and which is not transitive',
    (_name, code, value) => {
      const out = normalized([...MANDATORY, attribute(0x80, code, value)]);
      expect([canonical(out), out.verdict, out.discardedCount]).toEqual([hexOf(MANDATORY), VERDICT.ok, 0]);
      expect(normalized([...MANDATORY, attribute(0xa0, code, value)]).verdict).toBe(VERDICT.ok);
    },
  );

  test.each([
    ['COMMUNITIES', A.communities, 'fde80001'],
    ['EXTENDED_COMMUNITIES', A.extendedCommunities, '0002fde800000064'],
    ['IPV6_EXTENDED_COMMUNITIES', A.ipv6ExtendedCommunities, `0002${'00'.repeat(18)}`],
    ['LARGE_COMMUNITIES', A.largeCommunities, '0000fde8 00000001 00000002'],
    ['ONLY_TO_CUSTOMER', A.onlyToCustomer, '0000fde9'],
    ['PMSI_TUNNEL', A.pmsiTunnel, '00 06 000000 c0000201'],
    ['PE_DISTINGUISHER_LABELS', A.peDistinguisherLabels, 'c0000201 000010'],
    ['D-PATH', A.domainPath, '02 00000001 0001 46 00000002 0001 80'],
    ['SFP', A.serviceFunctionPath, '01 0002 0001'],
    ['BFD_DISCRIMINATOR', A.bfdDiscriminator, '01 00000007'],
    ['ATTR_SET', A.attrSet, '0000fde9 40010100'],
    ['TUNNEL_ENCAPSULATION', A.tunnelEncapsulation, '0008 0008 0401ff 800002abcd'],
    ['PREFIX_SID', A.prefixSid, '01 0007 00 0000 00000309'],
  ])('keep %s, whose rules we follow, without it', (_name, code, value) => {
    const set = [...MANDATORY, attribute(0xc0, code, value)];
    const out = normalized(set);
    expect([canonical(out), out.identical]).toEqual([hexOf(set), true]);
  });

  test('keep BGP-LS of any length as it is, up to the longest message', () => {
    const tlvs = `0401 ff00 ${'ab'.repeat(0xff00)}`;
    for (const value of ['0401 0001 00', 'ffff 0000', tlvs]) {
      const flags = value === tlvs ? 0x90 : 0x80;
      const set = [...MANDATORY, attribute(flags, A.bgpLs, value)];
      const out = normalized(set);
      expect([out.verdict, canonical(out) === hexOf(set), out.identical]).toEqual([VERDICT.ok, true, true]);
    }
  });

  test('have PREFIX_SID from peers of our own domain, or where it is configured (RFC 8669 4)', () => {
    const sid = attribute(0xc0, A.prefixSid, '01 0007 00 0000 00000309');
    const external = MANDATORY.slice(0, 3);
    const has = (set: readonly Uint8Array[], on = context()) => {
      const out = normalized([...set, sid], on);
      return [findAttribute(out.bytes, 0, out.length, A.prefixSid) >= 0, out.discardedCount];
    };
    expect(has(MANDATORY)).toEqual([true, 0]);
    expect(has(external, context({ ebgp: true }))).toEqual([false, 1]);
    expect(has(external, context({ ebgp: true, prefixSid: true }))).toEqual([true, 0]);
    expect(has(MANDATORY, context({ prefixSid: false }))).toEqual([false, 1]);
  });

  test('quietly leave out what we do not know and is not transitive', () => {
    const out = normalized([...MANDATORY, attribute(0x80, 200, 'abcd')]);
    expect([canonical(out), out.verdict, out.discardedCount]).toEqual([hexOf(MANDATORY), VERDICT.ok, 0]);
    expect(out.identical).toBe(false);
  });

  test('have AIGP from peers of our own domain, or where it is configured', () => {
    const aigp = attribute(0x80, A.aigp, '01 000b 0000000100000002');
    const inside = normalized([...MANDATORY, aigp]);
    expect([inside.facts.hasAigp, inside.facts.aigpHigh, inside.facts.aigpLow]).toEqual([true, 1, 2]);
    const external = MANDATORY.slice(0, 3);
    expect(normalized([...external, aigp], context({ ebgp: true })).facts.hasAigp).toBe(false);
    expect(normalized([...external, aigp], context({ ebgp: true, aigp: true })).facts.hasAigp).toBe(true);
    expect(normalized([...MANDATORY, aigp], context({ aigp: false })).facts.hasAigp).toBe(false);
  });
});

describe('2-octet AS numbers (RFC 6793 4.2.3)', () => {
  /** AS_PATH in 2 octets, AS4_PATH, AGGREGATOR and AS4_AGGREGATOR by their values. */
  function from(path: string, path4?: string, aggregator?: string, aggregator4?: string): NormalizedAttributes {
    const set = [ORIGIN, attribute(0x50, A.asPath, path), NEXT_HOP];
    if (aggregator !== undefined) set.push(attribute(0xc0, A.aggregator, aggregator));
    if (path4 !== undefined) set.push(attribute(0xd0, A.as4Path, path4));
    if (aggregator4 !== undefined) set.push(attribute(0xc0, A.as4Aggregator, aggregator4));
    return normalized(set, OLD);
  }

  function pathOf(out: NormalizedAttributes): string {
    expect(out.verdict).toBeLessThan(VERDICT.withdraw);
    return describeAttributes(out.bytes, 0, out.length).asPath;
  }

  test.each([
    ['widens AS_PATH where there is no AS4_PATH', '02 02 fde9 5ba0', undefined, '65001 23456'],
    ['takes AS4_PATH of the same length', '02 02 fde9 5ba0', '02 02 0000fde9 00010000', '65001 65536'],
    ['puts what is missing in front', '02 03 fde8 fde9 5ba0', '02 02 0000fde9 00010000', '65000 65001 65536'],
    ['ignores an AS4_PATH that is longer', '02 01 5ba0', '02 02 0000fde9 00010000', '23456'],
    ['counts a set as one', '02 01 fde9 01 02 0001 5ba0', '01 02 00000001 00010000', '65001 {1,65536}'],
    ['takes a set that is in front', '01 02 0001 0002 02 01 5ba0', '02 01 00010000', '{1,2} 65536'],
    ['takes several segments in front', '02 01 0001 02 01 0002 02 01 5ba0', '02 01 00010000', '1 2 65536'],
    ['counts a confederation as none', '03 01 fde8 02 01 5ba0', '02 01 00010000', '(65000) 65536'],
    ['keeps a confederation between', '02 01 fde9 03 01 fde8 02 01 5ba0', '02 01 00010000', '65001 (65000) 65536'],
    ['drops a confederation in AS4_PATH', '02 01 5ba0', '03 01 0000fde8 02 01 00010000', '65536'],
    ['takes an empty path', '', undefined, ''],
  ])('%s', (_what, path, path4, expected) => {
    // Only inside a confederation may its segments come.
    const inside = context({ as4: false });
    const set = [ORIGIN, attribute(0x40, A.asPath, path), NEXT_HOP, LOCAL_PREF];
    if (path4 !== undefined) set.push(attribute(0xc0, A.as4Path, path4));
    const out = normalized(set, inside);
    expect(pathOf(out)).toBe(expected);
    expect(findAttribute(out.bytes, 0, out.length, A.as4Path)).toBe(-1);
  });

  test('joins what it put in front with the sequence behind, up to 255 numbers', () => {
    const out = from('02 02 fde9 5ba0', '02 01 00010000');
    expect(canonical(out)).toBe(hexOf([ORIGIN, attribute(0x40, A.asPath, '02 02 0000fde9 00010000'), NEXT_HOP]));
    const long = from(`02 02 fde9 fdea 02 ff ${'5ba0'.repeat(255)}`, `02 ff ${'00010000'.repeat(255)}`);
    const path = attribute(0x50, A.asPath, `02 02 0000fde9 0000fdea 02 ff ${'00010000'.repeat(255)}`);
    expect(canonical(long)).toBe(hexOf([ORIGIN, path, NEXT_HOP]));
  });

  test.each([
    ['widens AGGREGATOR', 'fde9 c0000201', undefined, '65001 192.0.2.1'],
    ['takes AS4_AGGREGATOR for AS_TRANS', '5ba0 c0000201', '00010000 c0000202', '65536 192.0.2.2'],
    ['leaves AS_TRANS where there is no AS4_AGGREGATOR', '5ba0 c0000201', undefined, '23456 192.0.2.1'],
    ['ignores AS4_AGGREGATOR beside a real AS number', 'fde9 c0000201', '00010000 c0000202', '65001 192.0.2.1'],
    ['ignores AS4_AGGREGATOR alone', undefined, '00010000 c0000202', null],
  ])('%s', (_what, aggregator, aggregator4, expected) => {
    const out = from('02 01 fde9', undefined, aggregator, aggregator4);
    const described = describeAttributes(out.bytes, 0, out.length);
    expect(described.aggregator).toBe(expected);
    expect(described.others).toEqual([]);
  });

  test('ignores AS4_PATH as well where AGGREGATOR has a real AS number beside AS4_AGGREGATOR', () => {
    const path4 = '02 01 00010000';
    expect(pathOf(from('02 01 5ba0', path4, 'fde9 c0000201', '00010000 c0000202'))).toBe('23456');
    expect(pathOf(from('02 01 5ba0', path4, '5ba0 c0000201', '00010000 c0000202'))).toBe('65536');
    expect(pathOf(from('02 01 5ba0', path4, 'fde9 c0000201'))).toBe('65536');
  });

  test('leaves out a malformed AS4_PATH and goes on', () => {
    const out = from('02 01 5ba0', '02 02 00010000');
    expect([pathOf(out), out.verdict]).toEqual(['23456', VERDICT.discard]);
  });
});

describe('facts', () => {
  test('are read from every attribute that the decision knows', () => {
    const out = normalized([
      attribute(0x40, A.origin, '02'),
      attribute(0x40, A.asPath, '02 02 0000fde9 0000fdea 01 02 00000001 00000002'),
      NEXT_HOP,
      attribute(0x80, A.med, 'fffffffe'),
      attribute(0x40, A.localPref, '7ffffdff'),
      attribute(0x80, A.originatorId, 'c0000205'),
      attribute(0x80, A.clusterList, '0a0000010a0000020a000003'),
      attribute(0xc0, A.onlyToCustomer, '0000fde9'),
    ]);
    expect(out.facts).toMatchObject({
      origin: 2,
      asPathLength: 3,
      neighborAs: 65001,
      firstAs: 65001,
      hasMed: true,
      med: 0xfffffffe,
      hasLocalPref: true,
      localPref: 2147483135,
      hasOriginatorId: true,
      originatorId: 0xc0000205,
      clusterListLength: 3,
      communityFlags: 0,
      hasOtc: true,
      otc: 65001,
      hasNextHop: true,
    });
    const { nextHopOffset } = out.facts;
    expect(toHex(out.bytes.subarray(nextHopOffset, nextHopOffset + 4))).toBe('c0000201');
  });

  test.each([
    ['', 0, 0, 0],
    ['02 01 0000fde9', 1, 65001, 65001],
    ['01 02 0000fde9 0000fdea', 1, 0, 0],
    ['01 01 00000001 02 01 0000fde9', 2, 0, 0],
    ['03 02 0000fde9 0000fdea', 0, 0, 65001],
    ['03 01 0000fde9 02 01 00000007', 1, 7, 65001],
    ['04 01 0000fde9 03 01 00000008 02 01 00000007', 1, 7, 0],
    ['03 01 0000fde9 01 01 00000007', 1, 0, 65001],
  ])('of the path %s', (path, length, neighbor, first) => {
    const { facts } = normalized(withAttribute(attribute(0x40, A.asPath, path)));
    expect([facts.asPathLength, facts.neighborAs, facts.firstAs]).toEqual([length, neighbor, first]);
  });

  test.each([
    ['ffffff01', COMMUNITY_FLAG.noExport],
    ['ffffff02', COMMUNITY_FLAG.noAdvertise],
    ['ffffff03', COMMUNITY_FLAG.noExportSubconfed],
    ['ffffff04', COMMUNITY_FLAG.noPeer],
    ['ffff0000', COMMUNITY_FLAG.gracefulShutdown],
    ['ffff0001', COMMUNITY_FLAG.acceptOwn],
    ['ffff0006', COMMUNITY_FLAG.llgrStale],
    ['ffff0007', COMMUNITY_FLAG.noLlgr],
    ['ffff029a', COMMUNITY_FLAG.blackhole],
    ['ffff0003', 0],
    ['fde80001', 0],
    ['0001ffff fde80001 ffffff01 ffffff02', COMMUNITY_FLAG.noExport | COMMUNITY_FLAG.noAdvertise],
  ])('of the communities %s', (communities, flags) => {
    const { facts } = normalized([...MANDATORY, attribute(0xc0, A.communities, communities)]);
    expect(facts.communityFlags).toBe(flags);
    expect(flags).toBeLessThan(1 << 16);
  });

  test('have no next hop where that is not in the attributes', () => {
    const { facts } = normalized([...MANDATORY, MP_REACH], context(), MP);
    expect([facts.hasNextHop, facts.nextHopOffset]).toEqual([false, -1]);
  });
});

describe('reading canonical bytes', () => {
  const out = normalized([
    ORIGIN,
    attribute(0x40, A.asPath, '02 03 0000fde9 0000fde9 0000fdea 01 01 0000fde9 03 01 0000fdeb'),
    NEXT_HOP,
    LOCAL_PREF,
    attribute(0x80, A.clusterList, '0a0000010a000002'),
    attribute(0xd0, A.communities, 'fde80001'.repeat(70)),
  ]);
  // Wherever they stand in a larger array.
  const bytes = new Uint8Array(out.length + 20).fill(0xee);
  bytes.set(out.bytes.subarray(0, out.length), 11);
  const range = [bytes, 11, 11 + out.length] as const;

  test('finds attributes', () => {
    const at = findAttribute(...range, A.communities);
    expect([bytes[at], attributeLength(bytes, at), attributeValueOffset(bytes, at) - at]).toEqual([0xd0, 280, 4]);
    expect(findAttribute(...range, A.origin)).toBe(11);
    for (const code of [0, A.med, A.largeCommunities, 255]) expect(findAttribute(...range, code)).toBe(-1);
  });

  test('counts an AS number in segments of every kind', () => {
    const at = findAttribute(...range, A.asPath);
    const path = [bytes, attributeValueOffset(bytes, at), attributeEnd(bytes, at)] as const;
    expect([65001, 65002, 65003, 1].map((as) => countAs(...path, as))).toEqual([3, 1, 1, 0]);
  });

  test('finds a cluster id', () => {
    expect(clusterListContains(...range, 0x0a000002)).toBe(true);
    expect(clusterListContains(...range, 0x0a000003)).toBe(false);
    expect(clusterListContains(bytes, 11, 15, 0x0a000002)).toBe(false);
  });
});

test('keeps each large community once, at its first place (RFC 8092 4)', () => {
  const [one, two, three] = ['0000fde8 00000001 00000002', '0000fde8 00000001 00000003', '0000fde8 00000002 00000002'];
  const large = (...values: string[]) => attribute(0xc0, A.largeCommunities, values.join(''));
  const canonicalOf = (set: Uint8Array) => {
    const out = normalize(update({ attributes: withAttribute(set), nlri: PREFIX }), CLASSIC, context());
    expect(out.verdict).toBe(VERDICT.ok);
    return { text: canonical(out), identical: out.identical };
  };
  const clean = canonicalOf(large(one, two, three));
  expect(clean.identical).toBe(true);
  expect(clean.text.endsWith(toHex(large(one, two, three)))).toBe(true);
  const doubled = canonicalOf(large(one, two, one, three, three, two));
  expect(doubled).toEqual({ text: clean.text, identical: false });
  expect(canonicalOf(large(one, one)).text.endsWith(toHex(large(one)))).toBe(true);
  // Long lists get a shorter header where they shrink to fit it.
  const many = attribute(0xd0, A.largeCommunities, one.repeat(30));
  expect(canonicalOf(many).text.endsWith(toHex(large(one)))).toBe(true);
});
