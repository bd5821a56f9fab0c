/** What the RFC of each family calls malformed, and where the next NLRI begins all the same. */
import { NLRI } from '../../../src/wire/nlri-codec.ts';
import { hex, toHex } from '../build.ts';
import { CODECS } from './samples.ts';
import { join, split } from './split.ts';

const RD0 = '0000fde800000001';
const ESI = '00112233445566778899';
const NONE = '00000000000000000000';
const LS = '02 0000000000000000';
const AS_65000 = '0200 0004 0000fde8';

/** The end of none of these is known, so nothing behind them is either. */
const ENDLESS: readonly (readonly [string, string, string])[] = [
  ['IPv4 prefix', '21 c000020180', 'a prefix of 33 bits'],
  ['IPv6 prefix', '81 20010db8000000000000000000000001 80', 'a prefix of 129 bits'],
  ['IPv4 labeled', '17 000641', 'less than a label'],
  ['IPv4 labeled', '39 000641 c000020180', 'a prefix of 33 bits behind a label'],
  ['IPv4 VPN', `57 000641 ${RD0}`, 'less than a label and a route distinguisher'],
  ['IPv4 VPN', `79 000641 ${RD0} c000020180`, 'a prefix of 33 bits behind both'],
  ['IPv4 multicast VPN', `3f ${RD0}`, 'less than a route distinguisher'],
  ['RT-constrain', '61 0000fde8 0002fde800000064 80', '97 bits'],
  ['EVPN', '02', 'a type without a length'],
  ['EVPN', `02 22 ${RD0}`, 'a length beyond the field'],
  ['IPv4 MUP', '01 0001', 'a type without a length'],
  ['IPv4 flowspec', 'f0', 'half a length'],
  ['IPv4 flowspec', 'f0 05 01 18 c000', 'a length beyond the field'],
  ['BGP-LS', '0001 00', 'half a length'],
  ['VPLS', '00', 'half a length'],
  ['IPv4 SR policy', '60 00000001', 'a length beyond the field'],
  ['type-length', '07', 'a type without a length'],
];

/** The contents are not valid; the length is. */
const MALFORMED: readonly (readonly [string, string, string])[] = [
  ['IPv4 labeled', '30 000640 c00002', 'labels without a bottom'],
  ['IPv4 VPN', '70 000640 000102 030406 080a0c 0e10', 'labels that end in nothing'],
  ['EVPN', `01 18 ${RD0} ${ESI} 00000000 0006`, 'type 1 of 24 octets'],
  ['EVPN', `02 21 ${RD0} ${ESI} 00000000 2f 02005e000001 00 002774`, 'a MAC address of 47 bits'],
  ['EVPN', `02 25 ${RD0} ${ESI} 00000000 30 02005e000001 1f c0000201 002774`, 'an IP address of 31 bits'],
  ['EVPN', `02 1e ${RD0} ${ESI} 00000000 30 02005e000001 00`, 'type 2 without a label'],
  ['EVPN', `02 27 ${RD0} ${ESI} 00000000 30 02005e000001 00 002774 002775 002776`, 'three labels'],
  ['EVPN', `03 0d ${RD0} 00000000 00`, 'type 3 without an address'],
  ['EVPN', `04 18 ${RD0} ${ESI} 20 c0000201 00`, 'an octet too many'],
  ['EVPN', `05 22 ${RD0} ${NONE} 00000000 21 c0000200 00000000 000641`, 'an IPv4 prefix of 33 bits'],
  ['EVPN', `05 23 ${RD0} ${NONE} 00000000 18 c0000200 00000000 000641 00`, 'type 5 of 35 octets'],
  // RFC 9136 3.1.
  ['EVPN', `05 22 ${RD0} ${ESI} 00000000 18 c0000200 c0000201 000641`, 'both overlay indexes'],
  ['EVPN', `09 13 ${RD0} 00000000 0009fde8000000`, 'type 9 of 19 octets'],
  ['EVPN', '0b 00', 'type 11 without a route key'],
  ['MVPN', `01 0d ${RD0} c000020100`, 'an address of 5 octets'],
  ['MVPN', `05 0e ${RD0} 00 20 e8010101`, 'type 5 without a source'],
  ['MVPN', `06 16 ${RD0} 0000fde8 21 c0000205 20 e8010101`, 'a source of 33 bits'],
  ['IPv4 MUP', `01 0001 0e ${RD0} 21 c000020180`, 'a prefix of 33 bits'],
  ['IPv4 MUP', `01 0002 18 ${RD0} 20010db8000000000000000000000001`, 'an address of the other family'],
  ['IPv4 MUP', `01 0004 12 ${RD0} 41 0a000001 0000303900`, 'an endpoint identifier of 33 bits'],
  ['IPv4 MUP', `01 0004 0d ${RD0} 1f 0a000001`, 'an endpoint of 31 bits'],
  ['IPv4 flowspec', '00', 'no component'],
  ['IPv4 flowspec', '03 0d 81 01', 'a component of IPv6 only'],
  ['IPv4 flowspec', '02 0e 80', 'a component that does not exist'],
  ['IPv4 flowspec', '02 00 80', 'component 0'],
  ['IPv4 flowspec', '06 04 81 19 03 81 06', 'components out of order'],
  ['IPv4 flowspec', '06 03 81 06 03 81 11', 'a component twice'],
  ['IPv4 flowspec', '07 01 21 c0000201 80', 'a prefix of 33 bits'],
  ['IPv4 flowspec', '04 01 18 c000', 'a prefix that is cut'],
  ['IPv4 flowspec', '03 03 01 06', 'operators without an end'],
  ['IPv4 flowspec', '03 04 91 00', 'a value that is cut'],
  ['IPv4 flowspec', '06 09 a1 00000002', 'TCP flags in 4 octets'],
  ['IPv4 flowspec', '04 0b 91 002e', 'a DSCP in 2 octets'],
  ['IPv4 flowspec', '04 0c 91 0001', 'fragment bits in 2 octets'],
  ['IPv6 flowspec', '04 01 20 20 00', 'an offset behind the prefix'],
  ['IPv6 flowspec', '03 01 81 00', 'a prefix of 129 bits'],
  ['IPv4 flowspec VPN', '07 0000fde8000000', 'less than a route distinguisher'],
  ['IPv4 flowspec VPN', `08 ${RD0}`, 'no component'],
  ['RT-constrain', '10 0000', 'less than an AS number'],
  ['BGP-LS', '0001 0008 02 00000000000000', 'half an identifier'],
  ['BGP-LS', `0001 000c ${LS} 0100 00`, 'half a descriptor'],
  ['BGP-LS', `0001 0011 ${LS} 0100 0008 0200 0004`, 'a descriptor beyond the end'],
  ['BGP-LS', `0001 0013 ${LS} 0100 0006 0200 0004 0000`, 'a descriptor beyond the node'],
  // RFC 9552 5.1.
  ['BGP-LS', `0002 0015 ${LS} 0103 0000 0102 0000 0104 0000`, 'descriptors out of order'],
  ['BGP-LS', `0002 0017 ${LS} 0107 0003 000001 0107 0003 000000`, 'the same descriptor out of order'],
  ['BGP-LS', `0001 001d ${LS} 0100 0010 0201 0004 00000000 ${AS_65000}`, 'descriptors of a node out of order'],
  ['BGP-LS VPN', `0001 000c ${RD0} 02000000`, 'half an identifier behind a route distinguisher'],
  ['IPv4 SR policy', '61 00000001 00000064 c0000201 80', '97 bits'],
  ['IPv4 SR policy', 'c0 00000001 00000064 20010db8000000000000000000000001', 'an endpoint of the other family'],
  ['VPLS', `0010 ${RD0} 0005 0001 0008 029c`, '16 octets'],
  ['VPLS', '0000', 'nothing'],
];

describe('malformed NLRI', () => {
  test.each(ENDLESS)('%s %s has no end: %s', (family, nlri) => {
    expect(split(CODECS[family], hex(nlri)).length).toBe(-1);
  });

  test.each(MALFORMED)('%s %s is skipped: %s', (family, nlri) => {
    const octets = hex(nlri);
    const both = Uint8Array.of(...octets, ...octets);
    const { length, verdict } = split(CODECS[family], both);
    expect([length, verdict]).toEqual([octets.length, NLRI.malformed]);
  });

  test('with both overlay indexes withdraws the route that it names', () => {
    const route = hex(`05 22 ${RD0} ${ESI} 00000000 18 c0000200 c0000201 000641`);
    const valid = hex(`05 22 ${RD0} ${NONE} 00000000 18 c0000200 c0000201 000641`);
    expect(toHex(split(CODECS.EVPN, route).key)).toBe(toHex(split(CODECS.EVPN, valid).key));
    expect(split(CODECS.EVPN, route, true).verdict).toBe(NLRI.ok);
  });

  test('is not an IPv6 prefix of flowspec that also has the bits in front of its offset', () => {
    const { verdict, key } = split(CODECS['IPv6 flowspec'], hex('0f 01 60 40 20010db80001000212340000'));
    expect([verdict, CODECS['IPv6 flowspec'].format(key)]).toEqual([NLRI.ok, 'dst 2001:db8:1:2:1234::/96/64']);
  });
});

describe('the key of a route', () => {
  const same: readonly (readonly [string, string, string, string])[] = [
    ['IPv4 prefix', '09 0a80', '09 0aff', 'bits behind the length'],
    ['IPv4 labeled', '30 000641 c00002', '48 000650 000661 c00002', 'labels'],
    ['IPv4 VPN', `70 000641 ${RD0} c00002`, `70 000651 ${RD0} c00002`, 'a label'],
    ['EVPN', `01 19 ${RD0} ${ESI} 00000000 000641`, `01 19 ${RD0} ${ESI} 00000000 000651`, 'a label'],
    [
      'EVPN',
      `02 21 ${RD0} ${ESI} 00000000 30 02005e000001 00 002774`,
      `02 24 ${RD0} ${NONE} 00000000 30 02005e000001 00 002775 002776`,
      'the ESI and labels',
    ],
    [
      'EVPN',
      `05 22 ${RD0} ${ESI} 00000000 18 c0000200 00000000 000641`,
      `05 22 ${RD0} ${NONE} 00000000 18 c00002ff c0000201 000651`,
      'the ESI, the gateway, a label and bits behind the length',
    ],
    [
      'EVPN',
      `06 18 ${RD0} 00000000 00 20 e1010101 20 c0000201 02`,
      `06 18 ${RD0} 00000000 00 20 e1010101 20 c0000201 04`,
      'flags',
    ],
    ['IPv4 flowspec', '05 01 18 c00002', 'f005 01 18 c00002', 'a length of two octets'],
    ['VPLS', `0011 ${RD0} 0005 0001 0008 029ce1`, `0011 ${RD0} 0005 0001 0010 029cf1`, 'the block of labels'],
    [
      'IPv4 MUP',
      `01 0003 17 ${RD0} 20 c0a80001 00003039 09 20 0a000001`,
      `01 0003 1c ${RD0} 20 c0a80001 00003040 08 20 0a000002 20 0a000101`,
      'the session',
    ],
    ['RT-constrain', '29 0000fde8 00 80', '29 0000fde8 00 ff', 'bits behind the length'],
  ];

  test.each(same)('of %s %s is that of %s: they differ in %s', (family, one, other) => {
    const [a, b] = [one, other].map((nlri) => split(CODECS[family], hex(nlri)));
    expect([a.verdict, b.verdict, toHex(a.key)]).toEqual([NLRI.ok, NLRI.ok, toHex(b.key)]);
    expect(join(CODECS[family], a.key, new Uint8Array(0))).toEqual(join(CODECS[family], b.key, new Uint8Array(0)));
  });

  const different: readonly (readonly [string, string, string])[] = [
    ['IPv4 prefix', '08 0a', '09 0a00'],
    ['IPv4 VPN', `60 000641 ${RD0} 0a`, '60 000641 00020000fde80001 0a'],
    ['EVPN', `03 11 ${RD0} 00000000 20 c0000201`, `03 11 ${RD0} 00000001 20 c0000201`],
    [
      'EVPN',
      `02 21 ${RD0} ${NONE} 00000000 30 02005e000001 00 002774`,
      `02 25 ${RD0} ${NONE} 00000000 30 02005e000001 20 c0000201 002774`,
    ],
    ['VPLS', `000c ${RD0} 00050001`, `0011 ${RD0} 0005 0001 0008 029ce1`],
    ['RT-constrain', '00', '20 00000000'],
    ['BGP-LS', `0001 0009 ${LS}`, `0002 0009 ${LS}`],
  ];

  test.each(different)('of %s %s is not that of %s', (family, one, other) => {
    const [a, b] = [one, other].map((nlri) => split(CODECS[family], hex(nlri)));
    expect([a.verdict, b.verdict]).toEqual([NLRI.ok, NLRI.ok]);
    expect(toHex(a.key)).not.toBe(toHex(b.key));
  });

  test('of a withdrawal does not depend on what stands for the labels (RFC 8277 2.4)', () => {
    const keys = ['800000', '000000', '000641', '000640'].map((label) =>
      toHex(split(CODECS['IPv4 labeled'], hex(`30 ${label} c00002`), true).key),
    );
    expect(new Set(keys)).toEqual(new Set(['18c00002']));
  });
});
