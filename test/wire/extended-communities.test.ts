/** Every extended community has a text, and the text reads back to the same octets. */
import fc from 'fast-check';
import {
  formatExtendedCommunity,
  formatIpv6ExtendedCommunity,
  parseExtendedCommunity,
  parseIpv6ExtendedCommunity,
} from '../../src/wire/communities/extended.ts';
import { runs } from '../lab/effort.ts';
import { hex, toHex } from './build.ts';

/** Octets as RFCs and real daemons write them, in the words of this program. */
const KNOWN = [
  // Route targets in the three forms, and one whose AS number of 4 octets would fit 2.
  ['0002fde800000064', 'rt:65000:100'],
  ['0102c00002010064', 'rt:192.0.2.1:100'],
  ['0202fa56ea000064', 'rt:4200000000:100'],
  ['02020000fde80064', 'rt:65000L:100'],
  ['0003fde800000064', 'ro:65000:100'],
  ['4004fde84cee6b28', 'bandwidth:65000:125000000'],
  ['0004fde84cee6b28', 'transitive-bandwidth:65000:125000000'],
  ['4304fde84cee6b28', '0x4304fde84cee6b28'],
  // Not a route target: RFC 4360 4 has transitive ones only.
  ['4002fde800000064', '0x4002fde800000064'],
  ['0107c00002010000', 'ospf-router-id:192.0.2.1:0'],
  ['030b000000000064', 'color:0:100'],
  ['030b400000000064', 'color:1:100'],
  ['030c00000000000f', 'encapsulation:sr-te-policy'],
  ['030c0001 00000008', 'encapsulation:0x000100000008'],
  ['030d000000000000', 'default-gateway'],
  ['030d000000000001', 'default-gateway:0x000000000001'],
  ['4300000000000002', 'origin-validation:invalid'],
  ['0600010000000007', 'mac-mobility:7:sticky'],
  ['06000000ffffffff', 'mac-mobility:4294967295'],
  ['0601010000000010', 'esi-label:16:single-active'],
  ['060202005e000001', 'es-import:02:00:5e:00:00:01'],
  ['060302005e000001', 'router-mac:02:00:5e:00:00:01'],
  ['0604000605dc0000', 'l2-attributes:1500:primary:control-word'],
  ['060400000000 0001', 'l2-attributes:0x000000000001'],
  ['0605010000000010', 'e-tree:16:leaf'],
  ['0606000000000000', 'df-election:modulo:0'],
  ['0606028000007fff', 'df-election:highest-preference:32767:dont-preempt'],
  ['0606015000000000', 'df-election:highest-random-weight:0:ac-influenced:time-synchronized'],
  ['06061f0000000001', 'df-election:31:1'],
  ['0606200000000000', 'df-election:0x200000000000'],
  ['0607000001000002', 'i-sid:0x000001000002'],
  ['0609000300000000', 'multicast-flags:igmp-proxy:mld-proxy'],
  ['0609000000000000', 'multicast-flags:none'],
  ['060f6553f1008000', 'service-carving-time:1700000000:32768'],
  ['0610000000000064', 'evpn-bandwidth:0:100'],
  ['0306000000000501', 'ospf-route-type:0.0.0.0:5:1'],
  ['8000000000010200', 'deprecated-ospf-route-type:0.0.0.1:2:0'],
  ['0400000102030405', 'qos-marking:0x000102030405'],
  ['4400000102030405', 'non-transitive-qos-marking:0x000102030405'],
  ['0a02000000000080', 'transport-class:128'],
  ['800d0000640a0007', 'sfc-classifier:100:10:7'],
  ['0800000000000001', 'redirect-next-hop:copy'],
  ['0608030000000000', 'nd:router:override'],
  ['0608000000000000', 'nd:none'],
  ['060afde800000064', 'evi-rt:65000:100'],
  ['060bc00002010064', 'evi-rt:192.0.2.1:100'],
  ['8006000046160000', 'rate-limit:9600'],
  ['8006fde846160000', 'rate-limit:65000:9600'],
  ['800600007fc00001', 'rate-limit:0x00007fc00001'],
  ['800c0000447a0000', 'rate-limit-packets:1000'],
  ['8007000000000003', 'traffic-action:sample:terminal'],
  ['8008fde900000077', 'redirect:65001:119'],
  ['8108c00002010077', 'redirect:192.0.2.1:119'],
  ['8208fa56ea000077', 'redirect:4200000000:119'],
  ['800900000000000a', 'mark:10'],
  ['800a130005dc006f', 'l2-info:19:0:1500:111'],
  ['010cc00002010000', 'redirect-ip:192.0.2.1'],
  ['010cc00002010001', 'redirect-ip:192.0.2.1:copy'],
  ['010cc00002010002', 'redirect-ip:0xc00002010002'],
  ['0702000004d2c00a', 'interface-set:input-output:1234:10'],
  ['0c00000a0000000a', 'mup:10:10'],
  ['0301800500000064', 'cost:128:5:100'],
  ['9999000000000000', '0x9999000000000000'],
] as const;

const octets = fc.tuple(
  fc.oneof(
    fc.constantFrom(...KNOWN.map(([value]) => hex(value).subarray(0, 2))),
    fc.uint8Array({ minLength: 2, maxLength: 2 }),
  ),
  fc.oneof(
    fc.uint8Array({ minLength: 6, maxLength: 6 }),
    fc.array(fc.constantFrom(0, 1, 255), { minLength: 6, maxLength: 6 }).map((list) => Uint8Array.from(list)),
  ),
);

describe('extended communities', () => {
  test.each(KNOWN)('%s is %s, and back', (value, text) => {
    const bytes = hex(`ee${value}ee`);
    expect(formatExtendedCommunity(bytes, 1)).toBe(text);
    expect(toHex(parseExtendedCommunity(text) as Uint8Array)).toBe(value.replace(' ', ''));
  });

  test('have a text that no other one has', () => {
    fc.assert(
      fc.property(octets, ([type, value]) => {
        const bytes = Uint8Array.of(...type, ...value);
        const back = parseExtendedCommunity(formatExtendedCommunity(bytes, 0));
        expect(back).toEqual(bytes);
      }),
      { numRuns: runs(3000) },
    );
  });

  test('of IPv6 addresses have a text that no other one has', () => {
    const values = fc.tuple(
      fc.constantFrom('0002', '0003', '000b', '000c', '000d', '4002', '0011', '0077').map(hex),
      fc.uint8Array({ minLength: 18, maxLength: 18 }),
    );
    fc.assert(
      fc.property(values, ([type, value]) => {
        const bytes = Uint8Array.of(...type, ...value);
        expect(parseIpv6ExtendedCommunity(formatIpv6ExtendedCommunity(bytes, 0))).toEqual(bytes);
      }),
      { numRuns: runs(500) },
    );
    const redirect = hex('000d 20010db8000000000000000000000001 0064');
    expect(formatIpv6ExtendedCommunity(redirect, 0)).toBe('redirect:[2001:db8::1]:100');
  });

  test.each([
    '',
    'rt',
    'rt:',
    'rt:65000',
    'rt:65000:4294967296',
    'rt:192.0.2.1:65536',
    'rt:4294967296:1',
    'rt:65000:1:2',
    'rt:-1:1',
    'rt:065000:1',
    'color:4:1',
    'color:0:1:2',
    'encapsulation:nonsense',
    'mac-mobility:1:lazy',
    'router-mac:02:00:5e:00:00',
    'router-mac:02:00:5e:00:00:0g',
    'bandwidth:125000000',
    'rate-limit:fast',
    'interface-set:sideways:1:1',
    'cost:1:2:3:4',
    'mup:1:2:3',
    'df-election:hrw:1',
    'df-election:32:0',
    'df-election:modulo',
    'l2-attributes:65536',
    'l2-attributes:1500:secondary',
    'redirect-ip:192.0.2.1:paste',
    'multicast-flags:',
    'unheard-of:1',
    '0x0002',
    '0xzz02fde800000064',
  ])('"%s" is none', (text) => {
    expect(parseExtendedCommunity(text)).toBeNull();
  });

  test.each(['', 'rt:2001:db8::1:1', 'rt:[192.0.2.1]:1', 'rt:[2001:db8::1]:65536', 'color:[2001:db8::1]:1', '0x00'])(
    '"%s" is none with an IPv6 address',
    (text) => {
      expect(parseIpv6ExtendedCommunity(text)).toBeNull();
    },
  );
});
