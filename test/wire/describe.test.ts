import { ATTRIBUTE } from '../../src/wire/attributes/attribute-table.ts';
import { describeAttributes } from '../../src/wire/update/normalize.ts';
import { attribute, concat, hex, MANDATORY } from './build.ts';

const A = ATTRIBUTE;

function describeSet(attributes: readonly Uint8Array[]): ReturnType<typeof describeAttributes> {
  const bytes = concat([hex('eeeeee'), ...attributes, hex('ee')]);
  return describeAttributes(bytes, 3, bytes.length - 1);
}

const extended = (value: string) => describeSet([attribute(0xc0, A.extendedCommunities, value)]).extendedCommunities;

describe('describeAttributes', () => {
  test('says what the least set is', () => {
    expect(describeSet(MANDATORY)).toEqual({
      origin: 'IGP',
      asPath: '65001 65002',
      localPref: 100,
      med: null,
      originatorId: null,
      clusterList: [],
      communities: [],
      largeCommunities: [],
      extendedCommunities: [],
      atomicAggregate: false,
      aggregator: null,
      others: [],
    });
  });

  test('says what everything that has a field is', () => {
    const described = describeSet([
      attribute(0x40, A.origin, '01'),
      attribute(0x40, A.asPath, '03 02 00000001 00000002 02 01 fa56ea00 01 02 00000003 00000004 04 01 00000005'),
      attribute(0x80, A.med, 'ffffffff'),
      attribute(0x40, A.localPref, '00000000'),
      attribute(0x40, A.atomicAggregate, ''),
      attribute(0xc0, A.aggregator, 'fa56ea00 c0000201'),
      attribute(0xc0, A.communities, 'fde80001 ffffff01 ffff029a 00000000'),
      attribute(0x80, A.originatorId, 'c0000205'),
      attribute(0x80, A.clusterList, 'f4000001 0a000001'),
      attribute(0xc0, A.extendedCommunities, '0002fde800000064'),
      attribute(0xc0, A.largeCommunities, 'fa56ea00 00000001 ffffffff'),
    ]);
    expect(described).toEqual({
      origin: 'EGP',
      asPath: '(1 2) 4200000000 {3,4} [5]',
      localPref: 0,
      med: 4294967295,
      originatorId: '192.0.2.5',
      clusterList: ['244.0.0.1', '10.0.0.1'],
      communities: ['65000:1', 'no-export', 'blackhole', '0:0'],
      largeCommunities: ['4200000000:1:4294967295'],
      extendedCommunities: ['rt:65000:100'],
      atomicAggregate: true,
      aggregator: '4200000000 192.0.2.1',
      others: [],
    });
  });

  test('keeps the others with their flags, in hex, and in words where it can', () => {
    const { others } = describeSet([
      attribute(0x80, A.aigp, '02 0004 ff 01 000b 0000000100000002'),
      attribute(0xc0, A.ipv6ExtendedCommunities, '0002 20010db8000000000000000000000001 0064'),
      attribute(0xc0, A.onlyToCustomer, '0000fde9'),
      attribute(0xe0, 200, 'abcd'),
    ]);
    expect(others.map(({ code, name, text }) => [code, name, text])).toEqual([
      [26, 'AIGP', '4294967298'],
      [25, 'IPV6_EXTENDED_COMMUNITIES', 'rt:[2001:db8::1]:100'],
      [35, 'ONLY_TO_CUSTOMER', '65001'],
      [200, 'attribute 200', ''],
    ]);
    expect(others[3]).toEqual({ code: 200, flags: 0xe0, value: 'abcd', name: 'attribute 200', text: '' });
  });

  test.each([
    ['PMSI_TUNNEL', A.pmsiTunnel, '00 06 000064 c0000201', 'ingress-replication, label 6 (vni 100), 192.0.2.1'],
    ['PMSI_TUNNEL', A.pmsiTunnel, '01 00 000000', 'none, label 0 (vni 0), leaf information required'],
    ['PMSI_TUNNEL', A.pmsiTunnel, '00 63 000000 abcd', 'type 99, label 0 (vni 0), abcd'],
    [
      'TUNNEL_ENCAPSULATION',
      A.tunnelEncapsulation,
      '0008 0000 000f 0003 0c01ff 00ff 0000',
      'vxlan sr-te-policy type 255',
    ],
    [
      'PREFIX_SID',
      A.prefixSid,
      '01 0007 00 0000 00000309 03 000e 0000 003e80 001f40 0186a0 0003e8',
      'label-index 777 srgb 16000+8000 srgb 100000+1000',
    ],
    ['PREFIX_SID', A.prefixSid, `05 0019 00 01 0015 ${'00'.repeat(21)} 07 0000`, 'srv6-l3-service type 7'],
    [
      'D-PATH',
      A.domainPath,
      '02 01000001 0005 46 00000002 0001 80 01 00000003 0001 05',
      '1.0.0.1:5:evpn 0.0.0.2:1:vpn 0.0.0.3:1:safi-5',
    ],
  ])('has words for %s', (name, code, value, text) => {
    const [other] = describeSet([attribute(0xc0, code, value)]).others;
    expect([other.name, other.text]).toEqual([name, text]);
  });

  test('has no words for an AIGP without a metric', () => {
    expect(describeSet([attribute(0x80, A.aigp, '02 0003')]).others[0].text).toBe('');
  });
});

describe('communities in words', () => {
  test.each([
    ['ffff0000', 'graceful-shutdown'],
    ['ffff0001', 'accept-own'],
    ['ffff0002', 'route-filter-translated-v4'],
    ['ffff0003', 'route-filter-v4'],
    ['ffff0004', 'route-filter-translated-v6'],
    ['ffff0005', 'route-filter-v6'],
    ['ffff0006', 'llgr-stale'],
    ['ffff0007', 'no-llgr'],
    ['ffff0008', 'accept-own-nexthop'],
    ['ffff0009', 'standby-pe'],
    ['ffff029a', 'blackhole'],
    ['ffffff01', 'no-export'],
    ['ffffff02', 'no-advertise'],
    ['ffffff03', 'no-export-subconfed'],
    ['ffffff04', 'no-peer'],
    ['ffffff05', '65535:65285'],
    ['00010002', '1:2'],
  ])('%s is %s', (value, text) => {
    expect(describeSet([attribute(0xc0, A.communities, value)]).communities).toEqual([text]);
  });

  test.each([
    ['0002fde800000064', 'rt:65000:100'],
    ['0003fde800000064', 'ro:65000:100'],
    ['0102c00002010064', 'rt:192.0.2.1:100'],
    ['0202fa56ea000064', 'rt:4200000000:100'],
    ['4004fde84cee6b28', 'bandwidth:65000:125000000'],
    ['0005fde800000200', 'ospf-domain-id:65000:512'],
    ['010bc00002010001', 'vrf-route-import:192.0.2.1:1'],
    ['0209fa56ea000000', 'source-as:4200000000:0'],
    ['030b400000000064', 'color:1:100'],
    ['030c000000000008', 'encapsulation:vxlan'],
    ['030c0000000000ff', 'encapsulation:255'],
    ['030d000000000000', 'default-gateway'],
    ['0600010000000007', 'mac-mobility:7:sticky'],
    ['0600000000000007', 'mac-mobility:7'],
    ['0601000000000010', 'esi-label:16'],
    ['060302005e000001', 'router-mac:02:00:5e:00:00:01'],
    ['8006000046160000', 'rate-limit:9600'],
    ['8008fde900000077', 'redirect:65001:119'],
    ['800900000000000a', 'mark:10'],
    ['800700000000000a', 'traffic-action:0x00000000000a'],
    ['0077fde800000064', '0x0077fde800000064'],
    ['0399000000000000', '0x0399000000000000'],
    ['0699000000000000', '0x0699000000000000'],
    ['4305000000000000', '0x4305000000000000'],
  ])('extended %s is %s', (value, text) => {
    expect(extended(value)).toEqual([text]);
  });

  test('of IPv6 addresses that have no name are hexadecimal', () => {
    const value = `0077${'00'.repeat(18)}`;
    expect(describeSet([attribute(0xc0, A.ipv6ExtendedCommunities, value)]).others[0].text).toBe(`0x${value}`);
  });
});
