/** VPN, EVPN and flowspec routes of GoBGP through the reflector: another GoBGP learns what the first one has. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon } from '../lab/daemons.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
/** The lengths of a segment identifier. */
const SID = 'locator-node-length 24 function-length 16';
/** Names in the configuration of GoBGP and of its command line, our name, and routes as its command line takes them. */
const FAMILIES = [
  [
    'l3vpn-ipv4-unicast',
    'vpnv4',
    'l3vpn-ipv4-unicast',
    ['10.1.0.0/24 label 100 rd 65000:1 rt 65000:100', '10.2.0.0/24 label 200 rd 65000:2 rt 65000:100 65000:200'],
  ],
  [
    'l2vpn-evpn',
    'evpn',
    'l2vpn-evpn',
    [
      'macadv 02:00:5e:00:00:01 192.0.2.1 etag 0 label 10100 rd 65000:1 rt 65000:100 encap vxlan',
      'multicast 192.0.2.7 etag 0 rd 65000:1 rt 65000:100 encap vxlan',
      'a-d esi LACP aa:bb:cc:dd:ee:ff 100 etag 100 label 200 rd 65000:1 rt 65000:100',
      'esi 192.0.2.1 esi LACP aa:bb:cc:dd:ee:ff 100 rd 65000:1 rt 65000:100',
      'prefix 10.4.0.0/24 192.0.2.9 etag 10 label 20 rd 65000:1 rt 65000:100',
    ],
  ],
  [
    'ipv4-flowspec',
    'ipv4-flowspec',
    'ipv4-flowspec',
    ['match destination 10.3.0.0/24 protocol tcp destination-port ==80 then discard'],
  ],
  [
    'l3vpn-ipv4-flowspec',
    'ipv4-l3vpn-flowspec',
    'l3vpn-ipv4-flowspec',
    ['match destination 10.6.0.0/24 protocol tcp then discard rd 65000:1 rt 65000:100'],
  ],
  [
    'ipv4-mup',
    'ipv4-mup',
    'ipv4-mup',
    [
      // GoBGP 3.10 rejects its own routes of type isd: their extended communities are not transitive.
      `dsd 192.0.2.1 rd 65000:1 prefix 2001:db8:2:2::/64 ${SID} behavior END_DT4 rt 65000:10 mup 10:10 nexthop 2001:db8::2`,
      't1st 10.8.0.1/32 rd 65000:1 rt 65000:10 teid 12345 qfi 9 endpoint 192.0.2.1 nexthop 192.0.2.2',
    ],
  ],
] as const;

interface Attribute {
  readonly type: number;
}

/** Routes of a table with their attributes, without ORIGINATOR_ID and CLUSTER_LIST. */
type Table = Readonly<Record<string, readonly (readonly Attribute[])[]>>;

/** Attributes that the own routes of GoBGP do not have, or have in another form. */
const AS_PATH = 2;
const NEXT_HOP = 3;
const LOCAL_PREF = 5;
const MP_REACH = 14;
const ORIGINATOR_ID = 9;
const CLUSTER_LIST = 10;
const LEFT_OUT: readonly number[] = [AS_PATH, NEXT_HOP, LOCAL_PREF, MP_REACH, ORIGINATOR_ID, CLUSTER_LIST];

jest.setTimeout(90_000);

describeAsRoot(['gobgp'], 'families of GoBGP', () => {
  const lab = new Lab();
  let center: Namespace;
  let reflector: Reflectord;
  const hosts: Namespace[] = [];

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    reflector = new Reflectord(center.folder, center);
    hosts.push(await lab.host('source', 2), await lab.host('receiver', 3));
    for (const host of hosts) await startGobgp(host);
    await reflector.start({
      router: { as: AS, id: center.ipv4 },
      groups: {
        pe: {
          as: AS,
          'route-reflector-client': true,
          families: ['ipv4-unicast', ...FAMILIES.map(([, , ours]) => ours)],
        },
      },
      peers: hosts.map(({ ipv4 }) => ({ address: ipv4, group: 'pe' })),
    });
    await eventually('both sessions are established', async () => {
      const peers = await reflector.ask('show peers', {});
      expect(peers.map(({ state }) => state)).toEqual(['Established', 'Established']);
    });
  });
  afterAll(() => lab.close());

  // interop: vpn: gobgp; evpn: gobgp; flowspec: gobgp
  test.each(FAMILIES)(
    '%s: routes, labels and attributes are the same, and are withdrawn',
    async (_theirs, name, ours, routes) => {
      for (const route of routes) await ask(hosts[0]!, 'global', 'rib', 'add', '-a', name, ...route.split(' '));
      const sent = await tableOf(hosts[0]!, name);
      expect(Object.keys(sent)).toHaveLength(routes.length);
      await eventually('the receiver has them', async () => {
        const received = await tableOf(hosts[1]!, name);
        expect(Object.keys(received).sort()).toEqual(Object.keys(sent).sort());
        expect(received).toEqual(sent);
      });
      const shown = await reflector.ask('show rib', { family: name === 'vpnv4' ? 'l3vpn-ipv4' : ours });
      expect(shown.map(({ family }) => family)).toEqual(routes.map(() => ours));
      await ask(hosts[0]!, 'global', 'rib', 'del', 'all', '-a', name);
      await eventually('they are withdrawn', async () => expect(await tableOf(hosts[1]!, name)).toEqual({}));
      expect(reflector.log()).not.toMatch(/update\.malformed|family\.disabled/);
    },
  );

  async function startGobgp(ns: Namespace): Promise<void> {
    const path = join(ns.folder, 'gobgp.toml');
    const families = ['ipv4-unicast', ...FAMILIES.map(([theirs]) => theirs)].map(
      (theirs) => `  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = "${theirs}"\n`,
    );
    writeFileSync(
      path,
      `[global.config]
  as = ${AS}
  router-id = "${ns.ipv4}"
  local-address-list = ["${ns.ipv4}"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${center.ipv4}"
    peer-as = ${AS}
  [neighbors.transport.config]
    local-address = "${ns.ipv4}"
    passive-mode = true
${families.join('')}`,
    );
    const { program, env } = daemon('gobgp');
    const args = ['-f', path, '--api-hosts', '127.0.0.1:50051'];
    await ns.spawn('gobgpd', program('usr/bin/gobgpd'), args, env).answers(() => ask(ns, 'global'), /AS:/);
  }
});

function ask(ns: Namespace, ...args: readonly string[]): Promise<string> {
  const { program, env } = daemon('gobgp');
  return ns.exec(program('usr/bin/gobgp'), args, { env });
}

/** What a GoBGP has of a family. */
async function tableOf(ns: Namespace, name: string): Promise<Table> {
  const text = await ask(ns, '-j', 'global', 'rib', '-a', name).catch((error: Error) => {
    if (/network not in table/i.test(error.message)) return '{}';
    throw error;
  });
  const table = JSON.parse(text) as Record<string, readonly { readonly attrs: readonly Attribute[] }[]>;
  return Object.fromEntries(
    Object.entries(table).map(([route, paths]) => [
      route,
      paths.map(({ attrs }) => attrs.filter(({ type }) => !LEFT_OUT.includes(type))),
    ]),
  );
}
