/** NLRI of every family with their texts: from the figures of the RFCs, put together by hand. */
import { BGP_LS, BGP_LS_VPN } from '../../../src/wire/families/bgp-ls.ts';
import { EVPN } from '../../../src/wire/families/evpn.ts';
import {
  IPV4_FLOWSPEC,
  IPV4_FLOWSPEC_VPN,
  IPV6_FLOWSPEC,
  IPV6_FLOWSPEC_VPN,
} from '../../../src/wire/families/flowspec.ts';
import { MUP_IPV4, MUP_IPV6 } from '../../../src/wire/families/mup.ts';
import { MVPN } from '../../../src/wire/families/mvpn.ts';
import { opaqueCodec } from '../../../src/wire/families/opaque.ts';
import {
  IPV4_LABELED,
  IPV4_MULTICAST_VPN,
  IPV4_PREFIX,
  IPV4_VPN,
  IPV6_LABELED,
  IPV6_MULTICAST_VPN,
  IPV6_PREFIX,
  IPV6_VPN,
} from '../../../src/wire/families/prefixes.ts';
import { RT_CONSTRAIN } from '../../../src/wire/families/rt-constrain.ts';
import { IPV4_SR_POLICY, IPV6_SR_POLICY } from '../../../src/wire/families/sr-policy.ts';
import { VPLS } from '../../../src/wire/families/vpls.ts';
import type { NlriCodec } from '../../../src/wire/nlri-codec.ts';

export const CODECS: Readonly<Record<string, NlriCodec>> = {
  'IPv4 prefix': IPV4_PREFIX,
  'IPv6 prefix': IPV6_PREFIX,
  'IPv4 labeled': IPV4_LABELED,
  'IPv6 labeled': IPV6_LABELED,
  'IPv4 VPN': IPV4_VPN,
  'IPv6 VPN': IPV6_VPN,
  'IPv4 multicast VPN': IPV4_MULTICAST_VPN,
  'IPv6 multicast VPN': IPV6_MULTICAST_VPN,
  EVPN,
  MVPN,
  'IPv4 MUP': MUP_IPV4,
  'IPv6 MUP': MUP_IPV6,
  'IPv4 flowspec': IPV4_FLOWSPEC,
  'IPv6 flowspec': IPV6_FLOWSPEC,
  'IPv4 flowspec VPN': IPV4_FLOWSPEC_VPN,
  'IPv6 flowspec VPN': IPV6_FLOWSPEC_VPN,
  'RT-constrain': RT_CONSTRAIN,
  'BGP-LS': BGP_LS,
  'BGP-LS VPN': BGP_LS_VPN,
  'IPv4 SR policy': IPV4_SR_POLICY,
  'IPv6 SR policy': IPV6_SR_POLICY,
  VPLS,
  'length-bits': opaqueCodec('length-bits'),
  'length-octets': opaqueCodec('length-octets'),
  'type-length': opaqueCodec('type-length'),
  'whole-attribute': opaqueCodec('whole-attribute'),
};

/** Route distinguishers of the types 0, 1, 2, and 2 with a small AS number. */
const RD0 = '0000fde800000001';
const RD1 = '0001c00002010007';
const RD2 = '0002fa56ea000005';
const ESI = '00112233445566778899';
const MAC = '02005e000001';
const V6 = '20010db8000000000000000000000001';

export interface Sample {
  readonly family: string;
  /** As a peer announces it. */
  readonly nlri: string;
  readonly text: string;
  /** As it is withdrawn; '' : the same. */
  readonly withdrawal: string;
}

function sample(family: string, nlri: string, text: string, withdrawal = ''): Sample {
  return { family, nlri: nlri.replace(/ /g, ''), text, withdrawal: withdrawal.replace(/ /g, '') };
}

const LS_NODE = `02 0000000000000000 0100 001a 0200 0004 0000fde8 0201 0004 00000000 0203 0006 000000000001`;
const LS_NODE_TEXT = 'local{as=65000,bgp-ls-id=0.0.0.0,router=0000.0000.0001}';

export const SAMPLES: readonly Sample[] = [
  sample('IPv4 prefix', '00', '0.0.0.0/0'),
  sample('IPv4 prefix', '08 0a', '10.0.0.0/8'),
  sample('IPv4 prefix', '20 c0000201', '192.0.2.1/32'),
  sample('IPv6 prefix', '20 20010db8', '2001:db8::/32'),
  sample('IPv6 prefix', `80 ${V6}`, '2001:db8::1/128'),

  sample('IPv4 labeled', '30 000641 c00002', '192.0.2.0/24', '30 800000 c00002'),
  sample('IPv4 labeled', '50 000640 000651 c0000201', '192.0.2.1/32', '38 800000 c0000201'),
  sample('IPv4 labeled', '30 800000 c00002', '192.0.2.0/24', '30 800000 c00002'),
  sample('IPv4 labeled', '30 000000 c00002', '192.0.2.0/24', '30 800000 c00002'),
  sample('IPv6 labeled', '38 000641 20010db8', '2001:db8::/32', '38 800000 20010db8'),

  sample('IPv4 VPN', `70 000641 ${RD0} c00002`, '65000:1:192.0.2.0/24', `70 800000 ${RD0} c00002`),
  sample('IPv4 VPN', `58 000641 ${RD1}`, '192.0.2.1:7:0.0.0.0/0', `58 800000 ${RD1}`),
  sample('IPv4 VPN', `78 000641 ${RD2} c0000201`, '4200000000:5:192.0.2.1/32', `78 800000 ${RD2} c0000201`),
  sample('IPv4 VPN', '60 000641 00020000fde80005 0a', '65000L:5:10.0.0.0/8', '60 800000 00020000fde80005 0a'),
  sample('IPv4 VPN', '60 000641 0007000000000005 0a', '0x0007000000000005:10.0.0.0/8', '60 800000 0007000000000005 0a'),
  sample('IPv6 VPN', `78 000641 ${RD0} 20010db8`, '65000:1:2001:db8::/32', `78 800000 ${RD0} 20010db8`),
  sample('IPv4 multicast VPN', `58 ${RD0} c00002`, '65000:1:192.0.2.0/24'),
  sample('IPv6 multicast VPN', `60 ${RD0} 20010db8`, '65000:1:2001:db8::/32'),

  sample(
    'EVPN',
    `01 19 ${RD0} ${ESI} 00000000 000641`,
    '65000:1:[1]:[00:11:22:33:44:55:66:77:88:99]:[0]',
    `01 19 ${RD0} ${ESI} 00000000 000000`,
  ),
  sample(
    'EVPN',
    `02 21 ${RD0} ${ESI} 00000000 30 ${MAC} 00 002774`,
    '65000:1:[2]:[0]:[48]:[02:00:5e:00:00:01]',
    `02 21 ${RD0} ${'00'.repeat(10)} 00000000 30 ${MAC} 00 000000`,
  ),
  sample(
    'EVPN',
    `02 28 ${RD1} ${ESI} 0000000a 30 ${MAC} 20 c0000201 002774 002775`,
    '192.0.2.1:7:[2]:[10]:[48]:[02:00:5e:00:00:01]:[32]:[192.0.2.1]',
    `02 25 ${RD1} ${'00'.repeat(10)} 0000000a 30 ${MAC} 20 c0000201 000000`,
  ),
  sample(
    'EVPN',
    `02 31 ${RD1} ${ESI} 0000000a 30 ${MAC} 80 ${V6} 002774`,
    '192.0.2.1:7:[2]:[10]:[48]:[02:00:5e:00:00:01]:[128]:[2001:db8::1]',
    `02 31 ${RD1} ${'00'.repeat(10)} 0000000a 30 ${MAC} 80 ${V6} 000000`,
  ),
  sample('EVPN', `03 11 ${RD0} 00000000 20 c0000201`, '65000:1:[3]:[0]:[32]:[192.0.2.1]'),
  sample('EVPN', `03 1d ${RD0} 00000000 80 ${V6}`, '65000:1:[3]:[0]:[128]:[2001:db8::1]'),
  sample('EVPN', `04 17 ${RD0} ${ESI} 20 c0000201`, '65000:1:[4]:[00:11:22:33:44:55:66:77:88:99]:[32]:[192.0.2.1]'),
  sample(
    'EVPN',
    `05 22 ${RD0} ${'00'.repeat(10)} 00000000 18 c0000200 c0000201 000641`,
    '65000:1:[5]:[0]:[24]:[192.0.2.0]',
    `05 22 ${RD0} ${'00'.repeat(10)} 00000000 18 c0000200 00000000 000000`,
  ),
  sample(
    'EVPN',
    `05 3a ${RD0} ${ESI} 00000000 20 20010db8${'00'.repeat(12)} ${'00'.repeat(16)} 000641`,
    '65000:1:[5]:[0]:[32]:[2001:db8::]',
    `05 3a ${RD0} ${'00'.repeat(10)} 00000000 20 20010db8${'00'.repeat(12)} ${'00'.repeat(16)} 000000`,
  ),
  sample(
    'EVPN',
    `06 18 ${RD0} 00000000 00 20 e1010101 20 c0000201 02`,
    '65000:1:[6]:[0]:[0]:[*]:[32]:[225.1.1.1]:[32]:[192.0.2.1]',
    `06 18 ${RD0} 00000000 00 20 e1010101 20 c0000201 00`,
  ),
  sample(
    'EVPN',
    `07 26 ${RD0} ${ESI} 00000000 20 c0000205 20 e8010101 20 c0000201 02`,
    '65000:1:[7]:[00:11:22:33:44:55:66:77:88:99]:[0]:[32]:[192.0.2.5]:[32]:[232.1.1.1]:[32]:[192.0.2.1]',
    `07 26 ${RD0} ${ESI} 00000000 20 c0000205 20 e8010101 20 c0000201 00`,
  ),
  sample(
    'EVPN',
    `08 2b ${RD0} ${ESI} 00000000 20 c0000205 20 e8010101 20 c0000201 00000000 0a 02`,
    '65000:1:[8]:[00:11:22:33:44:55:66:77:88:99]:[0]:[32]:[192.0.2.5]:[32]:[232.1.1.1]:[32]:[192.0.2.1]',
    `08 2b ${RD0} ${ESI} 00000000 20 c0000205 20 e8010101 20 c0000201 00000000 00 00`,
  ),
  sample('EVPN', `09 14 ${RD0} 00000000 0009fde800000001`, '65000:1:[9]:[0]:[0x0009fde800000001]'),
  sample(
    'EVPN',
    `0a 1b ${RD0} 00000000 20 c0000205 20 e8010101 20 c0000201`,
    '65000:1:[10]:[0]:[32]:[192.0.2.5]:[32]:[232.1.1.1]:[32]:[192.0.2.1]',
  ),
  sample(
    'EVPN',
    `0b 18 03 11 ${RD0} 00000000 20 c0000201 20 c0000202`,
    `[11]:[0x0311${RD0}0000000020c000020120c0000202]`,
  ),
  sample('EVPN', '0c 03 aabbcc', '0x0caabbcc'),
  sample('EVPN', 'ff 00', '0xff'),

  sample('MVPN', `01 0c ${RD0} c0000201`, '65000:1:[1]:[192.0.2.1]'),
  sample('MVPN', `01 18 ${RD0} ${V6}`, '65000:1:[1]:[2001:db8::1]'),
  sample('MVPN', `02 0c ${RD0} 0000fde8`, '65000:1:[2]:[65000]'),
  sample(
    'MVPN',
    `03 16 ${RD0} 20 c0000205 20 e8010101 c0000201`,
    '65000:1:[3]:[32]:[192.0.2.5]:[32]:[232.1.1.1]:[192.0.2.1]',
  ),
  sample('MVPN', `03 0e ${RD0} 00 00 c0000201`, '65000:1:[3]:[0]:[*]:[0]:[*]:[192.0.2.1]'),
  sample('MVPN', `04 12 01 0c ${RD0} c0000201 c0000202`, `[4]:[0x010c${RD0}c0000201c0000202]`),
  sample('MVPN', `05 12 ${RD0} 20 c0000205 20 e8010101`, '65000:1:[5]:[32]:[192.0.2.5]:[32]:[232.1.1.1]'),
  sample(
    'MVPN',
    `06 16 ${RD0} 0000fde8 20 c0000205 20 e8010101`,
    '65000:1:[6]:[65000]:[32]:[192.0.2.5]:[32]:[232.1.1.1]',
  ),
  sample(
    'MVPN',
    `07 2e ${RD0} 0000fde8 80 ${V6} 80 ff0e${'00'.repeat(13)}01`,
    '65000:1:[7]:[65000]:[128]:[2001:db8::1]:[128]:[ff0e::1]',
  ),
  sample('MVPN', '08 01 aa', '0x08aa'),

  sample('IPv4 MUP', `01 0001 0c ${RD0} 18 c00002`, '65000:1:[isd]:[192.0.2.0/24]'),
  sample('IPv6 MUP', `01 0001 0d ${RD0} 20 20010db8`, '65000:1:[isd]:[2001:db8::/32]'),
  sample('IPv4 MUP', `01 0002 0c ${RD0} c0000201`, '65000:1:[dsd]:[192.0.2.1]'),
  sample('IPv6 MUP', `01 0002 18 ${RD0} ${V6}`, '65000:1:[dsd]:[2001:db8::1]'),
  sample(
    'IPv4 MUP',
    `01 0003 1c ${RD0} 20 c0a80001 00003039 09 20 0a000001 20 0a000101`,
    '65000:1:[t1st]:[192.168.0.1/32]',
    `01 0003 18 ${RD0} 20 c0a80001 00000001 00 20 00000000 00`,
  ),
  sample(
    'IPv4 MUP',
    `01 0003 17 ${RD0} 20 c0a80001 00003039 09 20 0a000001`,
    '65000:1:[t1st]:[192.168.0.1/32]',
    `01 0003 18 ${RD0} 20 c0a80001 00000001 00 20 00000000 00`,
  ),
  sample('IPv4 MUP', `01 0004 11 ${RD0} 40 0a000001 00003039`, '65000:1:[t2st]:[64]:[10.0.0.1]:[12345]'),
  sample('IPv4 MUP', `01 0004 10 ${RD0} 37 0a000001 003039`, '65000:1:[t2st]:[55]:[10.0.0.1]:[12345]'),
  sample('IPv4 MUP', `01 0004 0d ${RD0} 20 0a000001`, '65000:1:[t2st]:[32]:[10.0.0.1]:[0]'),
  sample('IPv6 MUP', `01 0004 1d ${RD0} a0 ${V6} 00003039`, '65000:1:[t2st]:[160]:[2001:db8::1]:[12345]'),
  sample('IPv4 MUP', '02 0001 02 aabb', '0x020001aabb'),
  sample('IPv4 MUP', '01 0105 02 aabb', '0x010105aabb'),

  sample('IPv4 flowspec', '05 01 18 c00002', 'dst 192.0.2.0/24'),
  // RFC 8955 4.3: "packets to 192.0.2.0/24 and TCP port 25", and the second example.
  sample('IPv4 flowspec', '0b 01 18 c00002 03 81 06 04 81 19', 'dst 192.0.2.0/24; proto =tcp; port =25'),
  sample(
    'IPv4 flowspec',
    '10 01 18 c00002 02 08 cb 04 03 89 45 8b 91 1f90',
    'dst 192.0.2.0/24; src 203.0.0.0/8; port >=137&<=139,=8080',
  ),
  sample('IPv4 flowspec', '03 0c 80 04', 'fragment first-fragment'),
  sample('IPv4 flowspec', '07 09 00 12 41 02 82 10', 'tcp-flags syn+ack&=syn,!ack'),
  sample('IPv4 flowspec', '04 05 91 0050', 'dport =0x0050'),
  sample('IPv4 flowspec', '05 0a 00 00 87 01', 'packet-length false:0,true:1'),
  sample('IPv4 flowspec', '0a 0a b1 0102030405060708', 'packet-length =0x0102030405060708'),
  // Reserved bits are kept; they have no text.
  sample('IPv4 flowspec', '03 05 89 50', '0x058950'),
  sample('IPv6 flowspec', '07 01 20 00 20010db8', 'dst 2001:db8::/32'),
  // RFC 8956 3.8.2: the last 64 bits of a prefix of 104 bits.
  sample('IPv6 flowspec', '0b 02 68 40 12345678 9a 0d 81 01', 'src ::1234:5678:9a00:0/104-64; flow-label =1'),
  sample('IPv6 flowspec', '03 01 00 00', 'dst ::/0'),
  sample('IPv4 flowspec VPN', `0d ${RD0} 01 18 c00002`, '65000:1:dst 192.0.2.0/24'),
  sample('IPv6 flowspec VPN', `0f ${RD0} 01 20 00 20010db8`, '65000:1:dst 2001:db8::/32'),

  sample('RT-constrain', '00', 'default'),
  sample('RT-constrain', '60 0000fde8 0002fde800000064', '65000:rt:65000:100'),
  sample('RT-constrain', '60 0000fde8 0102c00002010064', '65000:rt:192.0.2.1:100'),
  sample('RT-constrain', '20 0000fde8', '65000:0x0000000000000000/32'),
  sample('RT-constrain', '40 0000fde8 0002fde8', '65000:rt:65000:0/64'),

  sample('BGP-LS', `0001 0027 ${LS_NODE}`, `node isis-level-2 0 ${LS_NODE_TEXT}`),
  sample(
    'BGP-LS',
    `0002 005b ${LS_NODE} 0101 001a 0200 0004 0000fde8 0201 0004 00000000 0203 0006 000000000002 0103 0004 c0000201 0104 0004 c0000202 0107 0002 0002`,
    `link isis-level-2 0 ${LS_NODE_TEXT} remote{as=65000,bgp-ls-id=0.0.0.0,router=0000.0000.0002} interface=192.0.2.1 neighbor=192.0.2.2 topology=2`,
  ),
  sample(
    'BGP-LS',
    `0003 0034 ${LS_NODE} 0108 0001 01 0109 0004 18 c00002`,
    `ipv4-prefix isis-level-2 0 ${LS_NODE_TEXT} ospf-route-type=1 prefix=192.0.2.0/24`,
  ),
  sample(
    'BGP-LS',
    `0004 0030 ${LS_NODE} 0109 0005 20 20010db8`,
    `ipv6-prefix isis-level-2 0 ${LS_NODE_TEXT} prefix=2001:db8::/32`,
  ),
  sample('BGP-LS', `0006 003b ${LS_NODE} 0206 0010 ${V6}`, `srv6-sid isis-level-2 0 ${LS_NODE_TEXT} sid=2001:db8::1`),
  sample(
    'BGP-LS',
    '0001 0025 03 ffffffffffffffff 0100 000c 0203 0008 c0000201 c0000202 0102 0008 00000001 00000002',
    'node ospfv2 18446744073709551615 local{router=192.0.2.1:192.0.2.2} link-id=1:2',
  ),
  sample('BGP-LS', '0001 000f c8 0000000000000001 03e9 0002 abcd', 'node 200 1 tlv-1001=0xabcd'),
  sample('BGP-LS', '0001 000d 02 0000000000000001 0107 0000', 'node isis-level-2 1 tlv-263=0x'),
  sample('BGP-LS', 'fde8 0003 aabbcc', '0xfde8aabbcc'),
  sample('BGP-LS VPN', `0001 002f ${RD0} ${LS_NODE}`, `65000:1:node isis-level-2 0 ${LS_NODE_TEXT}`),

  sample('IPv4 SR policy', '60 00000001 00000064 c0000201', '[1]:[100]:[192.0.2.1]'),
  sample('IPv6 SR policy', `c0 00000001 00000064 ${V6}`, '[1]:[100]:[2001:db8::1]'),

  sample('VPLS', `0011 ${RD0} 0005 0001 0008 029ce1`, '65000:1:5:1', `0011 ${RD0} 0005 0001 0000 000000`),
  sample('VPLS', `000c ${RD0} c0000201`, '65000:1:192.0.2.1'),

  sample('length-bits', '12 aabb c0', '0x12aabbc0'),
  sample('length-octets', '03 aabbcc', '0x03aabbcc'),
  sample('type-length', '07 03 aabbcc', '0x0703aabbcc'),
  sample('whole-attribute', 'aabbcc', '0xaabbcc'),
];
