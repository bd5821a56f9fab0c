/**
 * FRR and BIRD announce VPN, EVPN, labeled and flowspec routes to a GoBGP twice, directly and through the reflector: both paths of
 * each route are the same but for ORIGINATOR_ID and CLUSTER_LIST. The EVPN routes of FRR are those of a VXLAN interface, and of a
 * MAC address on its bridge.
 *
 * FRR 8.4 announces no flow specifications, labeled routes only where its kernel has MPLS, and knows no link state in BGP; BIRD 2.0 knows
 * neither EVPN nor link state.
 */
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { addTo, gobgpTable, type Learned, startBird, startFrr, startGobgp } from '../lab/hosts/with-families.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const OF_REFLECTORS = [9, 10];
/** Our names, those in the configuration of GoBGP, those on its command line, and the number of routes of FRR and of BIRD. */
const FAMILIES = [
  ['l3vpn-ipv4-unicast', 'l3vpn-ipv4-unicast', 'vpnv4', 2, 2],
  ['l3vpn-ipv6-unicast', 'l3vpn-ipv6-unicast', 'vpnv6', 1, 1],
  ['ipv4-labeled-unicast', 'ipv4-labelled-unicast', 'ipv4-mpls', 0, 1],
  ['ipv6-labeled-unicast', 'ipv6-labelled-unicast', 'ipv6-mpls', 0, 1],
  ['l2vpn-evpn', 'l2vpn-evpn', 'evpn', 3, 0],
  ['ipv4-flowspec', 'ipv4-flowspec', 'ipv4-flowspec', 0, 2],
  ['ipv6-flowspec', 'ipv6-flowspec', 'ipv6-flowspec', 0, 1],
] as const;
/** A VXLAN interface on a bridge, with a MAC address of a port of it. */
const VXLAN = (local: string) => `link add br100 type bridge
link add vni100 type vxlan id 100 local ${local} dstport 4789 nolearning
link add port0 type veth peer name port1
link set vni100 master br100
link set port0 master br100
link set br100 up
link set vni100 up
link set port0 up
`;

jest.setTimeout(90_000);

describeAsRoot(['gobgp', 'frr', 'bird2'], 'routes of other daemons', () => {
  const lab = new Lab();
  let center: Namespace;
  let frr: Namespace;
  let bird: Namespace;
  let receiver: Namespace;
  let reflector: Reflectord;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    frr = await lab.host('frr', 2);
    bird = await lab.host('bird', 3);
    receiver = await lab.host('receiver', 4);
    reflector = new Reflectord(center.folder, center);
    await frr.exec('ip', ['-batch', '-'], { input: VXLAN(frr.ipv4) });
    await frr.exec('bridge', ['fdb', 'add', '02:00:5e:00:00:01', 'dev', 'port0', 'master', 'static']);
    const families = FAMILIES.map(([, theirs]) => theirs);
    await Promise.all([
      startGobgp(receiver, { as: AS, peers: [center, frr, bird], families }),
      reflector.start({
        router: { as: AS, id: center.ipv4 },
        groups: { pe: { as: AS, 'route-reflector-client': true, families: FAMILIES.map(([ours]) => ours) } },
        peers: [frr, bird, receiver].map(({ ipv4 }) => ({ address: ipv4, group: 'pe' })),
      }),
      startFrr(frr, ['zebra', 'bgpd'], frrConfiguration()),
      startBird(bird, birdConfiguration()),
    ]);
  });
  afterAll(() => lab.close());

  test.each(FAMILIES)('%s: the same as without the reflector', async (ours, _theirs, name, ofFrr, ofBird) => {
    await eventually('GoBGP has each route by both ways', async () => {
      const learned = await learnedOf(name);
      const sources = [...learned.values()].map((paths) => [...paths.keys()].filter((from) => from !== center.ipv4));
      const expected = [...new Array(ofFrr).fill([frr.ipv4]), ...new Array(ofBird).fill([bird.ipv4])];
      expect(sources.sort()).toEqual(expected.sort());
      for (const paths of learned.values()) {
        const [[, direct]] = [...paths].filter(([from]) => from !== center.ipv4) as [[string, string]];
        expect(paths.get(center.ipv4)).toBe(direct);
      }
    });
    const shown = await reflector.ask('show rib', { family: ours });
    expect(shown).toHaveLength(ofFrr + ofBird);
    expect(reflector.log()).not.toMatch(/update\.malformed|family\.disabled/);
  });

  test('a MAC address that leaves the bridge of FRR is withdrawn from all', async () => {
    await frr.exec('bridge', ['fdb', 'del', '02:00:5e:00:00:01', 'dev', 'port0', 'master']);
    await eventually('only the other routes are left', async () => {
      const learned = await learnedOf('evpn');
      expect(learned.size).toBe(2);
      for (const paths of learned.values()) expect([...paths.keys()].sort()).toEqual([center.ipv4, frr.ipv4]);
    });
  });

  /** Attributes of what GoBGP has, as text, without those that a reflector adds. */
  async function learnedOf(name: string): Promise<Learned> {
    const learned: Learned = new Map();
    for (const [route, paths] of Object.entries(await gobgpTable(receiver, name))) {
      for (const { attrs, 'neighbor-ip': from = '' } of paths) {
        const kept = attrs.filter(({ type }) => !OF_REFLECTORS.includes(type));
        addTo(learned, route, from, JSON.stringify(kept.sort((a, b) => a.type - b.type)));
      }
    }
    return learned;
  }

  function frrConfiguration(): string {
    const each = (line: (address: string) => string) => [center, receiver].map(({ ipv4 }) => line(ipv4)).join('\n');
    const families = {
      'ipv4 vpn': [
        'network 10.1.0.0/24 rd 65000:1 label 100 route-map TARGET',
        'network 10.2.0.0/24 rd 65000:2 label 200 route-map OTHER',
      ],
      'ipv6 vpn': ['network 2001:db8:1::/48 rd 65000:1 label 300 route-map TARGET'],
      'l2vpn evpn': [
        'advertise-all-vni',
        'network 10.4.0.0/24 rd 65000:4 ethtag 0 label 400 esi 00:00:00:00:00:00:00:00:00:00 gwip 0.0.0.0 routermac 02:00:5e:00:00:99',
      ],
    };
    const blocks = Object.entries(families).map(
      ([name, lines]) =>
        ` address-family ${name}\n${each((to) => `  neighbor ${to} activate`)}\n  ${lines.join('\n  ')}\n exit-address-family`,
    );
    return `log stdout
route-map TARGET permit 10
 set extcommunity rt 65000:100 65000:200
exit
route-map OTHER permit 10
 set extcommunity rt 65000:100 192.0.2.1:300
exit
router bgp ${AS}
 bgp router-id ${frr.ipv4}
 no bgp default ipv4-unicast
 no bgp network import-check
${each((to) => ` neighbor ${to} remote-as ${AS}\n neighbor ${to} timers connect 1`)}
${blocks.join('\n')}
`;
  }

  /** Each route has attributes of its own, so that an UPDATE, which GoBGP shows whole, has one route. */
  function birdConfiguration(): string {
    const sessions = [center, receiver].map(
      ({ ipv4 }, i) => `protocol bgp way${i} {
  local ${bird.ipv4} as ${AS};
  neighbor ${ipv4} as ${AS};
  direct;
  connect delay time 1; connect retry time 1; error wait time 1, 1;
  ipv4 mpls { import none; export where source = RTS_STATIC; };
  ipv6 mpls { import none; export where source = RTS_STATIC; };
  vpn4 mpls { import none; export where source = RTS_STATIC; };
  vpn6 mpls { import none; export where source = RTS_STATIC; };
  flow4 { import none; export where source = RTS_STATIC; };
  flow6 { import none; export where source = RTS_STATIC; };
}`,
    );
    const target = (n: number) => `{ bgp_ext_community.add((rt, 65000, 100)); bgp_community.add((65000, ${n})); }`;
    const discard = (n: number) =>
      `{ bgp_ext_community.add((generic, 0x80060000, 0x0)); bgp_community.add((65000, ${n})); }`;
    return `router id ${bird.ipv4};
log stderr all;
vpn4 table vpntab4;
vpn6 table vpntab6;
flow4 table flowtab4;
flow6 table flowtab6;
protocol device {}
protocol static { ipv4; route 10.15.0.0/24 via 10.99.0.9 mpls 150/151; }
protocol static { ipv6; route 2001:db8:15::/48 via fd99::9 mpls 160; }
protocol static {
  vpn4;
  route 65000:11 10.11.0.0/24 via 10.99.0.9 mpls 110 ${target(1)};
  route 192.0.2.1:12 10.12.0.0/24 via 10.99.0.9 mpls 120 ${target(2)};
}
protocol static { vpn6; route 65000:11 2001:db8:11::/48 via fd99::9 mpls 130 ${target(3)}; }
protocol static {
  flow4;
  route flow4 { dst 10.13.0.0/24; proto = 6; dport = 80 || 443..445; tcp flags 0x02/0x12; } ${discard(4)};
  route flow4 { src 10.14.0.0/24; length > 200 && < 300; fragment is_fragment; } ${discard(5)};
}
protocol static { flow6; route flow6 { dst 2001:db8:13::/48; next header = 17; label 1..100; } ${discard(6)}; }
${sessions.join('\n')}
`;
  }
});
