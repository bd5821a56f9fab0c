/** IPv4 routes with IPv6 next hops (RFC 8950) between BIRD 2, FRR, GoBGP and the reflector, down to packets. */
import { bird2Host } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import { gobgpHost } from '../lab/hosts/gobgp.ts';
import type { BgpHost, HostOptions } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { reach } from '../lab/reach.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const KINDS = { bird2: bird2Host, frr: frrHost, gobgp: gobgpHost } as const;
const NAMES = ['bird2', 'frr', 'gobgp'] as const;

type Name = (typeof NAMES)[number];

/** What a host announces, and its address inside. */
const prefixOf = (name: Name) => `198.18.${NAMES.indexOf(name) + 1}.0/24`;
const addressOf = (name: Name) => `198.18.${NAMES.indexOf(name) + 1}.1`;

jest.setTimeout(120_000);

describeAsRoot([...NAMES], 'hosts with extended next hops', () => {
  const lab = new Lab();
  const hosts = new Map<Name, BgpHost>();
  let center: Namespace;
  let plain: BgpHost;
  let daemon: Reflectord;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    const places = await Promise.all([...NAMES, 'plain'].map((name, i) => lab.host(name, i + 2)));
    const options = (i: number): HostOptions => ({
      ns: places[i]!,
      as: AS,
      routerId: `10.0.0.${i + 2}`,
      neighbors: [center],
      neighborAs: AS,
    });
    for (const [i, name] of NAMES.entries()) {
      await places[i]!.addLoopback(`${addressOf(name)}/32`);
      const prefixes = { [prefixOf(name)]: { localPref: 100 } };
      hosts.set(name, KINDS[name]({ ...options(i), prefixes, extendedNextHop: true }));
    }
    plain = bird2Host({ ...options(NAMES.length), prefixes: { '198.18.9.0/24': { localPref: 100 } } });
    const client = { as: 'internal', 'route-reflector-client': true, 'graceful-restart': { mode: 'off' } };
    daemon = new Reflectord(center.folder, center);
    await center.addLoopback('198.18.0.1/32');
    await daemon.start({
      router: { as: AS, id: '10.99.0.1' },
      metrics: { listen: 'none' },
      groups: {
        extended: { ...client, 'extended-next-hop': true, dynamic: [{ range: 'fd99::/64' }] },
        plain: { ...client, dynamic: [{ range: '10.99.0.0/16' }] },
      },
      peers: [{ address: places[NAMES.indexOf('gobgp')]!.ipv6, group: 'extended', 'connect-retry-time': 1 }],
      fib: { mode: 'install' },
    });
    await Promise.all([...hosts.values(), plain].map((host) => host.start()));
    await Promise.all([...hosts.values()].map((host) => host.established()));
  });
  afterAll(() => lab.close());

  // interop: extended next hop: bird2, frr, gobgp
  test.each(NAMES)('%s agrees on them, and learns routes of the others with IPv6 next hops', async (name) => {
    const others = NAMES.filter((other) => other !== name);
    await eventually(`${name} learns the routes of the others`, async () => {
      const heard = (await hosts.get(name)!.routes()).map(({ prefix, nextHop }) => `${prefix} ${nextHop}`);
      for (const other of others) expect(heard).toContain(`${prefixOf(other)} ${hosts.get(other)!.ns.ipv6}`);
    });
    const [peer] = (await daemon.ask('show peers', {})).filter(({ address }) => address === hosts.get(name)!.ns.ipv6);
    expect(peer?.families.map(({ family, extendedNextHop }) => [family, extendedNextHop])).toEqual([
      ['ipv4-unicast', true],
      ['ipv6-unicast', false],
    ]);
  });

  test('advertises IPv4 next hops to all, and IPv6 ones only on sessions with the capability', async () => {
    await eventually('all learn the prefix with the IPv4 next hop', async () => {
      for (const host of hosts.values()) {
        const found = (await host.routes()).find(({ prefix }) => prefix === '198.18.9.0/24');
        expect(found?.nextHop).toBe(plain.ns.ipv4);
      }
    });
    expect((await plain.routes()).map(({ prefix }) => prefix)).toEqual([]);
  });

  test.each(NAMES)('the kernel of the reflector has the route to %s via inet6, and packets get there', async (name) => {
    const { ipv6 } = hosts.get(name)!.ns;
    await eventually(`the route to ${name} is installed`, async () => {
      const route = await center.exec('ip', ['route', 'get', addressOf(name)]);
      expect(route).toContain(`via inet6 ${ipv6} dev eth0`);
    });
    await hosts.get(name)!.ns.exec('ip', ['route', 'replace', '198.18.0.1', 'via', 'inet6', center.ipv6]);
    expect(await reach(center, '198.18.0.1', addressOf(name))).toBe('ECONNREFUSED');
  });

  test('packets pass between BIRD 2 and FRR by the routes that each installed', async () => {
    const [bird, frr] = [hosts.get('bird2')!.ns, hosts.get('frr')!.ns];
    await eventually('both have installed the route', async () => {
      const there = await bird.exec('ip', ['route', 'get', addressOf('frr')]);
      const back = await frr.exec('ip', ['route', 'get', addressOf('bird2')]);
      expect([there, back].map((text) => / via inet6 (\S+)/.exec(text)?.[1])).toEqual([frr.ipv6, bird.ipv6]);
    });
    expect(await reach(bird, addressOf('bird2'), addressOf('frr'))).toBe('ECONNREFUSED');
  });
});
