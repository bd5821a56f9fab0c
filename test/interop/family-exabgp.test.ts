/**
 * Routes of ExaBGP in the families that it can encode: another ExaBGP and OpenBGPD learn them twice, directly and through the
 * reflector. The UPDATEs are compared octet by octet, apart from ORIGINATOR_ID and CLUSTER_LIST; so are the tables of OpenBGPD.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemon } from '../lab/daemons.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const FAMILIES = [
  ['ipv4-labeled-unicast', 'ipv4 nlri-mpls'],
  ['ipv6-labeled-unicast', 'ipv6 nlri-mpls'],
  ['l3vpn-ipv4-unicast', 'ipv4 mpls-vpn'],
  ['l3vpn-ipv6-unicast', 'ipv6 mpls-vpn'],
  ['ipv4-flowspec', 'ipv4 flow'],
  ['ipv6-flowspec', 'ipv6 flow'],
  ['l3vpn-ipv4-flowspec', 'ipv4 flow-vpn'],
  ['l3vpn-ipv6-flowspec', 'ipv6 flow-vpn'],
  ['l2vpn-vpls', 'l2vpn vpls'],
] as const;
/** Each has attributes of its own, so that an UPDATE has one route. */
const STATIC = (v4: string, v6: string) => `
    route 10.1.0.0/24 next-hop ${v4} label 100 med 1;
    route 10.2.0.0/24 next-hop ${v4} label [ 200 300 ] med 2;
    route 2001:db8:1::/48 next-hop ${v6} label 400 med 3;
    route 10.3.0.0/24 rd 65000:1 next-hop ${v4} label 500 extended-community [ target:65000:100 ] med 4;
    route 10.3.0.0/24 rd 192.0.2.1:2 next-hop ${v4} label 501 extended-community [ target:65000:100 origin:192.0.2.1:7 ] med 5;
    route 2001:db8:2::/48 rd 65000:1 next-hop ${v6} label 600 extended-community [ target:65000:100 ] med 6;`;
const FLOWS = `
    route web { match { destination 10.4.0.0/24; protocol tcp; destination-port [ =80 =443 ]; } then { discard; } }
    route slow { match { source 10.5.0.0/16; packet-length [ >200&<300 ]; fragment is-fragment; tcp-flags syn; } then { rate-limit 9600; } }
    route six { match { destination 2001:db8:4::/48; next-header udp; } then { redirect 65000:12; } }
    route vpn { rd 65000:1; match { destination 10.6.0.0/24; dscp 10; } then { discard; } }
    route vpn6 { rd 65000:1; match { destination 2001:db8:6::/48; traffic-class 8; } then { discard; } }`;
const VPLS = (v4: string) => `
    vpls site { endpoint 3; offset 1; base 10702; size 8; next-hop ${v4}; rd 192.0.2.1:13; extended-community [ target:65000:13 ]; }`;
const COUNT = 12;
/** The UPDATEs that OpenBGPD can use. */
const VPN_ROUTES = 3;

jest.setTimeout(90_000);

describeAsRoot(['exabgp', 'openbgpd'], 'routes of ExaBGP', () => {
  const lab = new Lab();
  let center: Namespace;
  let source: Namespace;
  let receiver: Namespace;
  let openbgpd: Namespace;
  let reflector: Reflectord;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    source = await lab.host('source', 2);
    receiver = await lab.host('receiver', 3);
    openbgpd = await lab.host('openbgpd', 4);
    reflector = new Reflectord(center.folder, center);
    await reflector.start({
      router: { as: AS, id: center.ipv4 },
      groups: { pe: { as: AS, 'route-reflector-client': true, families: FAMILIES.map(([ours]) => ours) } },
      peers: [source, receiver, openbgpd].map(({ ipv4 }) => ({ address: ipv4, group: 'pe', passive: true })),
    });
    startExabgp(receiver, [{ to: center }, { to: source, passive: true }], '');
    await startOpenbgpd();
    startExabgp(source, [{ to: center }, { to: receiver }, { to: openbgpd }], announcements());
  });
  afterAll(() => lab.close());

  // interop: vpn: exabgp; flowspec: exabgp
  test('the UPDATEs are the same octets as without the reflector, but for ORIGINATOR_ID and CLUSTER_LIST', async () => {
    await eventually('both sets of UPDATEs are here', () => {
      const [direct, reflected] = [updatesFrom(source), updatesFrom(center)];
      expect(direct).toHaveLength(COUNT);
      expect(reflected).toEqual(direct);
    });
    expect(reflector.log()).not.toMatch(/update\.malformed|family\.disabled/);
  });

  // interop: vpn: openbgpd
  test('OpenBGPD has the same VPN routes by both ways', async () => {
    await eventually('it has each route twice', async () => {
      const routes = await openbgpdRoutes();
      expect([...routes.keys()]).toHaveLength(VPN_ROUTES);
      for (const paths of routes.values()) {
        expect([...paths.keys()].sort()).toEqual([center.ipv4, source.ipv4]);
        expect(paths.get(center.ipv4)).toEqual(paths.get(source.ipv4));
      }
    });
  });

  test('the reflector finds them by route distinguisher, route target and destination', async () => {
    const found = async (words: string) =>
      (await reflector.ask('show rib', { words: words.split(' ') })).map(({ prefix }) => prefix);
    expect(await found('vpnv4 rd 65000:1')).toEqual(['65000:1:10.3.0.0/24']);
    expect(await found('vpls route-target 65000:13')).toHaveLength(1);
  });

  function announcements(): string {
    const { ipv4, ipv6 } = source;
    return `  static {${STATIC(ipv4, ipv6)}\n  }\n  flow {${FLOWS}\n  }\n  l2vpn {${VPLS(ipv4)}\n  }\n`;
  }

  function startExabgp(ns: Namespace, peers: readonly { to: Namespace; passive?: boolean }[], routes: string): void {
    const path = join(ns.folder, 'exabgp.conf');
    const [helper, updates] = [join(ns.folder, 'helper.sh'), join(ns.folder, 'updates')];
    writeFileSync(updates, '');
    writeFileSync(helper, `exec 3<&0\ncat <&3 >>${updates} &\nexec tail --pid=$PPID -f /dev/null\n`);
    const neighbors = peers.map(
      ({ to, passive = false }) => `neighbor ${to.ipv4} {
  router-id ${ns.ipv4};
  local-address ${ns.ipv4};
  local-as ${AS};
  peer-as ${AS};
  ${passive ? 'passive true;' : ''}
  family { ${FAMILIES.map(([, theirs]) => `${theirs};`).join(' ')} }
  api { processes [helper]; receive { packets; update; } }
${routes}}
`,
    );
    writeFileSync(path, `process helper { run /bin/sh ${helper}; encoder json; }\n${neighbors.join('')}`);
    const { program, env } = daemon('exabgp');
    const listen = peers.some(({ passive }) => passive === true)
      ? { 'exabgp.tcp.bind': ns.ipv4, 'exabgp.tcp.port': '179' }
      : {};
    const settings = {
      ...env,
      ...listen,
      'exabgp.daemon.user': 'root',
      'exabgp.log.destination': 'stdout',
      'exabgp.api.cli': 'false',
      'exabgp.api.ack': 'false',
    };
    ns.spawn('exabgp', program('python3'), ['-m', 'exabgp', path], settings);
  }

  /** The attributes of each UPDATE that the receiver has from a peer, sorted. */
  function updatesFrom(peer: Namespace): string[] {
    const found: string[] = [];
    for (const line of readFileSync(join(receiver.folder, 'updates'), 'utf8').split('\n')) {
      if (!line.startsWith('{') || !line.endsWith('}')) continue;
      const { neighbor } = JSON.parse(line) as ExabgpPacket;
      if (neighbor?.address.peer !== peer.ipv4 || neighbor.message?.body === undefined) continue;
      if (neighbor.message.category === 2)
        found.push(...announcedIn(Buffer.from(neighbor.message.body.slice(2), 'hex')));
    }
    return [...new Set(found)].sort();
  }

  async function startOpenbgpd(): Promise<void> {
    const path = join(openbgpd.folder, 'bgpd.conf');
    const neighbors = [center, source].map(
      ({ ipv4 }) => `neighbor ${ipv4} {
  remote-as ${AS}
  local-address ${openbgpd.ipv4}
  announce IPv4 none
  announce IPv4 vpn
  announce IPv6 vpn
  ${ipv4 === source.ipv4 ? 'passive' : ''}
}
`,
    );
    writeFileSync(
      path,
      `AS ${AS}
router-id ${openbgpd.ipv4}
listen on ${openbgpd.ipv4}
socket "${join(openbgpd.folder, 'bgpd.sock')}"
connect-retry 1
fib-update no
nexthop qualify via default
${neighbors.join('')}allow from any
allow to any
`,
    );
    chmodSync(path, 0o600);
    const { program, env } = daemon('openbgpd');
    const bgpd = openbgpd.spawn('bgpd', program('usr/sbin/bgpd'), ['-d', '-v', '-f', path], env);
    await bgpd.answers(() => bgpctl('show'), /Neighbor/);
  }

  function bgpctl(...args: readonly string[]): Promise<string> {
    const { program, env } = daemon('openbgpd');
    return openbgpd.exec(program('usr/sbin/bgpctl'), ['-s', join(openbgpd.folder, 'bgpd.sock'), ...args], { env });
  }

  /** By route, then by peer: what it has of the path, without what a reflector adds and what is about this host. */
  async function openbgpdRoutes(): Promise<Map<string, Map<string, unknown>>> {
    const routes = new Map<string, Map<string, unknown>>();
    const { rib = [] } = JSON.parse(await bgpctl('-j', 'show', 'rib', 'in', 'detail')) as { rib?: OpenbgpdPath[] };
    for (const { prefix, neighbor, attributes = [], last_update: _update, last_update_sec: _sec, ...path } of rib) {
      const kept = attributes.filter(({ type }) => !/^(Originator Id|Cluster Id List)$/.test(type));
      const paths = routes.get(prefix) ?? new Map<string, unknown>();
      routes.set(prefix, paths.set(neighbor.remote_addr, { ...path, attributes: kept }));
    }
    return routes;
  }
});

interface ExabgpPacket {
  readonly neighbor?: {
    readonly address: { readonly peer: string };
    /** The body in hexadecimal, behind `0x`. */
    readonly message?: { readonly category?: number; readonly body?: string };
  };
}

interface OpenbgpdPath {
  readonly prefix: string;
  readonly neighbor: { readonly remote_addr: string };
  readonly attributes?: readonly { readonly type: string }[];
  readonly last_update?: string;
  readonly last_update_sec?: number;
  readonly best?: boolean;
}

const MP_REACH = 14;
const NEXT_HOP = 3;
const OF_REFLECTORS = [9, 10];

/** The attributes of an UPDATE without those that a reflector adds, in hexadecimal; none: it announces nothing. */
function announcedIn(body: Buffer): string[] {
  const start = 2 + body.readUInt16BE(0);
  const end = start + 2 + body.readUInt16BE(start);
  const found = new Map<number, string>();
  for (let at = start + 2; at < end; ) {
    const isLong = (body[at]! & 0x10) !== 0;
    const from = at + (isLong ? 4 : 3);
    const next = from + (isLong ? body.readUInt16BE(at + 2) : body[at + 2]!);
    found.set(body[at + 1]!, `${body[at + 1]}: ${body.toString('hex', from, next)}`);
    at = next;
  }
  if (!found.has(MP_REACH)) return [];
  // NEXT_HOP has no meaning beside MP_REACH_NLRI (RFC 4760 3).
  for (const code of [NEXT_HOP, ...OF_REFLECTORS]) found.delete(code);
  return [
    [...found]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join('\n'),
  ];
}
