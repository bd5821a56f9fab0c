/**
 * FRR and BIRD learn VPN, EVPN, labeled and flowspec routes of GoBGP twice, directly and through the reflector: both paths of each
 * route are the same but for ORIGINATOR_ID and CLUSTER_LIST. A GoBGP with VRFs is sent the routes that these import
 * (RFC 4684).
 */
import { Reflectord } from '../lab/hosts/reflectord.ts';
import {
  addTo,
  birdc,
  gobgp,
  gobgpTable,
  type Learned,
  startBird,
  startFrr,
  startGobgp,
  vtysh,
} from '../lab/hosts/with-families.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
/** Our names, those of GoBGP's command line, and routes as it takes them. */
const ROUTES = [
  [
    'l3vpn-ipv4-unicast',
    'vpnv4',
    '10.1.0.0/24 label 100 rd 65000:1 rt 65000:100',
    '10.2.0.0/24 label 200 rd 65000:2 rt 65000:100 65000:200',
    '10.3.0.0/24 label 300 rd 65000:2 rt 65000:300',
  ],
  ['l3vpn-ipv6-unicast', 'vpnv6', '2001:db8:1::/48 label 300 rd 65000:1 rt 65000:100'],
  [
    'l2vpn-evpn',
    'evpn',
    'macadv 02:00:5e:00:00:01 192.0.2.1 etag 0 label 10100 rd 65000:1 rt 65000:100 encap vxlan',
    'multicast 192.0.2.7 etag 0 rd 65000:1 rt 65000:100 encap vxlan',
    'prefix 10.4.0.0/24 192.0.2.9 etag 10 label 20 rd 65000:1 rt 65000:100',
  ],
  ['ipv4-flowspec', 'ipv4-flowspec', 'match destination 10.3.0.0/24 protocol tcp destination-port ==80 then discard'],
  ['ipv6-flowspec', 'ipv6-flowspec', 'match destination 2001:db8:3::/48 then discard'],
  ['ipv4-labeled-unicast', 'ipv4-mpls', '10.5.0.0/24 100'],
  ['ipv6-labeled-unicast', 'ipv6-mpls', '2001:db8:5::/48 200'],
] as const;
const FAMILIES = ROUTES.map(([ours]) => ours);
/** GoBGP's names in its configuration, where they are not ours, and on its command line. */
const THEIRS: Readonly<Record<string, string>> = {
  'ipv4-labeled-unicast': 'ipv4-labelled-unicast',
  'ipv6-labeled-unicast': 'ipv6-labelled-unicast',
};
const COUNT = ROUTES.reduce((sum, [, , ...routes]) => sum + routes.length, 0);

jest.setTimeout(90_000);

describeAsRoot(['gobgp', 'frr', 'bird2'], 'routes that other daemons learn', () => {
  const lab = new Lab();
  let center: Namespace;
  let source: Namespace;
  let frr: Namespace;
  let bird: Namespace;
  let pe: Namespace;
  let reflector: Reflectord;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    source = await lab.host('source', 2);
    frr = await lab.host('frr', 3);
    bird = await lab.host('bird', 4);
    pe = await lab.host('pe', 5);
    await Promise.all([
      startGobgp(source, {
        as: AS,
        peers: [center, frr, bird],
        families: FAMILIES.map((name) => THEIRS[name] ?? name),
      }),
      startGobgp(pe, { as: AS, peers: [center], families: ['l3vpn-ipv4-unicast', 'rtc'] }),
    ]);
    reflector = new Reflectord(center.folder, center);
    await Promise.all([
      startFrr(frr, ['bgpd'], frrConfiguration()),
      startBird(bird, birdConfiguration()),
      reflector.start({
        router: { as: AS, id: center.ipv4 },
        groups: { pe: { as: AS, 'route-reflector-client': true, families: [...FAMILIES, 'rt-constrain'] } },
        peers: [source, frr, bird, pe].map(({ ipv4 }) => ({ address: ipv4, group: 'pe' })),
      }),
    ]);
    for (const [, name, ...routes] of ROUTES) {
      for (const route of routes) await gobgp(source, 'global', 'rib', 'add', '-a', name, ...route.split(' '));
    }
  });
  afterAll(() => lab.close());

  // interop: vpn: frr; evpn: frr; labeled: frr; flowspec: frr
  test('FRR: VPN, EVPN, labeled and flowspec routes are the same as without the reflector', async () => {
    await expectSame(frrRoutes, COUNT);
  });

  // interop: vpn: bird2; labeled: bird2; flowspec: bird2
  test('BIRD: VPN, labeled and flowspec routes are the same as without the reflector', async () => {
    // It knows no EVPN, and does not accept the IPv4 next hops of GoBGP's IPv6 routes with labels.
    await expectSame(birdRoutes, 6);
  });

  // interop: route targets: gobgp
  test('GoBGP: a router is sent the VPN routes that its VRFs import, and the difference when they change', async () => {
    await gobgp(pe, 'vrf', 'add', 'red', 'rd', '65000:9', 'rt', 'import', '65000:200', 'export', '65000:200');
    await eventually('it has the routes of one VRF', async () => expect(await vpnOf(pe)).toEqual(['10.2.0.0/24']));
    await gobgp(pe, 'vrf', 'add', 'blue', 'rd', '65000:8', 'rt', 'import', '65000:300', 'export', '65000:300');
    await eventually('it has those of both', async () =>
      expect(await vpnOf(pe)).toEqual(['10.2.0.0/24', '10.3.0.0/24']),
    );
    await gobgp(pe, 'vrf', 'del', 'blue');
    await eventually('it has those of the other', async () => expect(await vpnOf(pe)).toEqual(['10.2.0.0/24']));
    const [shown] = await reflector.ask('show peer', { peer: pe.ipv4 }).then((peer) => [peer].flat());
    expect(shown?.families.find(({ family }) => family === 'l3vpn-ipv4-unicast')).toMatchObject({
      advertised: 1,
      membership: { routeTargets: 1, isDefault: false, awaited: false },
    });
    expect(reflector.log()).not.toMatch(/update\.malformed|family\.disabled/);
  });

  async function expectSame(routesOf: () => Promise<Learned>, count: number): Promise<void> {
    await eventually('it has all routes by both ways', async () => {
      const learned = [...(await routesOf()).values()];
      const ways = learned.map((paths) => [...paths.keys()].sort());
      expect(ways).toEqual(new Array(count).fill([center.ipv4, source.ipv4]));
      for (const paths of learned) expect(paths.get(center.ipv4)).toBe(paths.get(source.ipv4));
    });
  }

  function frrConfiguration(): string {
    const each = (line: (address: string) => string) => [center, source].map(({ ipv4 }) => line(ipv4)).join('\n');
    const families = [
      'ipv4 vpn',
      'ipv6 vpn',
      'ipv4 labeled-unicast',
      'ipv6 labeled-unicast',
      'l2vpn evpn',
      'ipv4 flowspec',
      'ipv6 flowspec',
    ].map((name) => ` address-family ${name}\n${each((to) => `  neighbor ${to} activate`)}\n exit-address-family`);
    return `log stdout
router bgp ${AS}
 bgp router-id ${frr.ipv4}
 no bgp default ipv4-unicast
${each((to) => ` neighbor ${to} remote-as ${AS}\n neighbor ${to} timers connect 1`)}
${families.join('\n')}
`;
  }

  async function frrRoutes(): Promise<Learned> {
    const learned: Learned = new Map();
    const commands = [
      'show bgp ipv4 vpn rd 65000:1 10.1.0.0/24 json',
      'show bgp ipv4 vpn rd 65000:2 10.2.0.0/24 json',
      'show bgp ipv4 vpn rd 65000:2 10.3.0.0/24 json',
      'show bgp ipv6 vpn rd 65000:1 2001:db8:1::/48 json',
      'show bgp ipv4 labeled-unicast 10.5.0.0/24 json',
      'show bgp ipv6 labeled-unicast 2001:db8:5::/48 json',
      'show bgp l2vpn evpn route detail json',
      'show bgp ipv4 flowspec json',
      'show bgp ipv6 flowspec json',
    ];
    for (const command of commands) collect(JSON.parse(await vtysh(frr, command)), command, learned);
    return learned;
  }

  function birdConfiguration(): string {
    const sessions = [center, source].map(
      ({ ipv4 }, i) => `protocol bgp way${i} {
  local ${bird.ipv4} as ${AS};
  neighbor ${ipv4} as ${AS};
  connect delay time 1; connect retry time 1; error wait time 1, 1;
  ipv4 mpls { import all; };
  ipv6 mpls { import all; };
  vpn4 mpls { import all; };
  flow4 { import all; };
  flow6 { import all; };
}`,
    );
    return `router id ${bird.ipv4};
log stderr all;
vpn4 table vpntab4;
flow4 table flowtab4;
flow6 table flowtab6;
protocol device {}
${sessions.join('\n')}
`;
  }

  /** The route, then for each path a line that ends in `from` the peer, and a line for each attribute. */
  async function birdRoutes(): Promise<Learned> {
    const learned: Learned = new Map();
    let route = '';
    let from = '';
    for (const line of (await birdc(bird, 'show', 'route', 'all')).split('\n')) {
      const [, name, peer] = /^(\S.*?)?\s+(?:unreachable )?\[way\d \S+ from (\S+)\]/.exec(line) ?? [];
      if (peer !== undefined) [route, from] = [name ?? route, peer];
      else if (!line.startsWith('\t') || /originator_id|cluster_list/.test(line)) continue;
      addTo(learned, route, from, peer === undefined ? line : '');
    }
    return learned;
  }
});

/** Prefixes of the VPN routes that a GoBGP has. */
async function vpnOf(ns: Namespace): Promise<string[]> {
  return Object.keys(await gobgpTable(ns, 'vpnv4'))
    .map((key) => key.split(':').at(-1)!)
    .sort();
}

/** Fields of FRR's paths that say where and when it learned them, and the two attributes of a reflector. */
const LEFT_OUT = ['originatorId', 'originator', 'clusterList', 'lastUpdate', 'peer', 'peerId', 'bestpath', 'bestPath'];
const OF_PEER = ['hostname', 'version', 'selectionReason', 'used', 'weight', 'pathFrom', 'multipath'];

interface FrrPath {
  readonly peerId?: string;
  readonly peer?: { readonly peerId: string };
}

/** Finds the paths in an answer of FRR, whatever its form: objects with the address of a peer, in lists of one route. */
function collect(value: unknown, route: string, learned: Learned): void {
  if (typeof value !== 'object' || value === null) return;
  const from = (value as FrrPath).peerId ?? (value as FrrPath).peer?.peerId;
  if (from === undefined) {
    for (const [key, part] of Object.entries(value)) {
      collect(part, Array.isArray(value) ? route : `${route} ${key}`, learned);
    }
    return;
  }
  const text = JSON.stringify(value, (key, part) => ([...LEFT_OUT, ...OF_PEER].includes(key) ? undefined : part));
  addTo(learned, route, from, text);
}
