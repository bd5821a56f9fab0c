/** Sessions over links without addresses: FRR by its interface, GoBGP and BIRD 2 by link-local ones, and another reflectord. */
import { writeFileSync } from 'node:fs';
import { BirdDaemon } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import { gobgpHost } from '../lab/hosts/gobgp.ts';
import type { BgpHost, HostOptions } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { reach } from '../lab/reach.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const NAMES = ['frr', 'bird', 'other', 'gobgp'] as const;
type Name = (typeof NAMES)[number];

/** The interface of the reflector that leads there, what is announced from there, and an address in it. */
const linkTo = (name: Name) => `to-${name}`;
const prefixOf = (name: Name) => `198.18.${NAMES.indexOf(name) + 1}.0/24`;
const prefix6Of = (name: Name) => `2001:db8:${NAMES.indexOf(name) + 1}::/48`;
const addressOf = (name: Name) => `198.18.${NAMES.indexOf(name) + 1}.1`;
const asOf = (name: Name) => 65_101 + NAMES.indexOf(name);

jest.setTimeout(90_000);

describeAsRoot(['bird2', 'frr', 'gobgp'], 'peers on interfaces', () => {
  const lab = new Lab();
  const spaces = new Map<Name, Namespace>();
  let center: Namespace;
  let daemon: Reflectord;
  let other: Reflectord;
  let frr: BgpHost;
  let gobgp: BgpHost;
  let bird: BirdDaemon;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    for (const [i, name] of NAMES.entries()) {
      const ns = await lab.host(name, i + 2);
      spaces.set(name, ns);
      await lab.link(center, linkTo(name), ns, 'eth1');
      await ns.addLoopback(`${addressOf(name)}/32`);
    }
    await center.addLoopback('198.18.0.1/32');
    const switches = {
      as: 'external',
      'next-hop': 'self',
      import: 'accept',
      export: 'accept',
      'connect-retry-time': 1,
      bfd: { 'interval-ms': 100 },
    };
    daemon = new Reflectord(center.folder, center);
    await daemon.start({
      router: { as: AS, id: '10.99.0.1' },
      metrics: { listen: 'none' },
      groups: { switches },
      peers: NAMES.map((name) => ({ interface: linkTo(name), group: 'switches' })),
      fib: { mode: 'install' },
    });
    frr = frrHost({ ...hostOptions('frr', '10.0.0.2'), bfd: 'single-hop' });
    gobgp = gobgpHost(hostOptions('gobgp', '10.0.0.5'));
    bird = await birdOf(spaces.get('bird')!);
    other = new Reflectord(spaces.get('other')!.folder, spaces.get('other')!);
    // It looks for its neighbor when it starts, and never again.
    await eventually('the kernel of the host with GoBGP knows us as a router', async () => {
      expect(await spaces.get('gobgp')!.exec('ip', ['-6', 'neigh', 'show', 'dev', 'eth1'])).toMatch(
        /^fe80::.* router /m,
      );
    });
    await Promise.all([
      frr.start(),
      gobgp.start(),
      bird.start(),
      other.start({
        router: { as: asOf('other'), id: '10.0.0.4' },
        metrics: { listen: 'none' },
        peers: [{ interface: 'eth1', ...switches }],
        fib: { mode: 'install' },
      }),
    ]);
  });
  afterAll(() => lab.close());

  // interop: unnumbered: bird2, frr, gobgp
  test.each(NAMES)('%s is found and has a session between link-local addresses', async (name) => {
    const neighbor = `${await spaces.get(name)!.linkLocal('eth1')}%${linkTo(name)}`;
    await eventually('it is Established', async () => {
      const [peer] = await daemon.ask('show peer', { peer: linkTo(name) });
      expect(peer).toMatchObject({ state: 'Established', as: asOf(name), neighbor });
    });
  });

  test.each(['frr', 'other'] as const)('BFD with %s comes up between them', async (name) => {
    await eventually('it is up', async () => {
      const [peer] = await daemon.ask('show peer', { peer: linkTo(name) });
      expect(peer?.bfd).toMatchObject({ state: 'Up', multihop: false, detectionMs: 300, flaps: 0 });
      expect(peer?.bfd?.localAddress).toMatch(/^fe80::/);
    });
  });

  test.each(['frr', 'bird'] as const)(
    'routes of %s are installed by its interface, and packets get there',
    async (name) => {
      const gateway = await spaces.get(name)!.linkLocal('eth1');
      await eventually('both are installed', async () => {
        const route = await center.exec('ip', ['route', 'get', addressOf(name)]);
        expect(route).toContain(`via inet6 ${gateway} dev ${linkTo(name)}`);
        const route6 = await center.exec('ip', ['-6', 'route', 'get', prefix6Of(name).replace('/48', '1')]);
        expect(route6).toContain(`via ${gateway} dev ${linkTo(name)}`);
      });
      await spaces
        .get(name)!
        .exec('ip', [
          'route',
          'replace',
          '198.18.0.1',
          'via',
          'inet6',
          await center.linkLocal(linkTo(name)),
          'dev',
          'eth1',
        ]);
      expect(await reach(center, '198.18.0.1', addressOf(name))).toBe('ECONNREFUSED');
    },
  );

  test('with `next-hop: self` they reach each other through it', async () => {
    await eventually('each has the route of the other', async () => {
      const there = await spaces.get('bird')!.exec('ip', ['route', 'get', addressOf('frr')]);
      const back = await spaces.get('frr')!.exec('ip', ['route', 'get', addressOf('bird')]);
      const third = await spaces.get('other')!.exec('ip', ['route', 'get', addressOf('frr')]);
      for (const text of [there, back, third]) expect(text).toMatch(/via inet6 fe80::\S+ dev eth1/);
    });
    expect(await reach(spaces.get('bird')!, addressOf('bird'), addressOf('frr'))).toBe('ECONNREFUSED');
  });

  test('a link that goes down ends its session at once, and it is back with it', async () => {
    await center.exec('ip', ['link', 'set', linkTo('frr'), 'down']);
    await eventually('the session is over', async () => {
      const [peer] = await daemon.ask('show peer', { peer: linkTo('frr') });
      expect(peer?.lastDown).toContain('ENETDOWN');
      expect(peer?.transport.problem).toBe(`${linkTo('frr')} is down or does not exist`);
    });
    await center.exec('ip', ['link', 'set', linkTo('frr'), 'up']);
    await eventually('the session is back', async () => {
      const [peer] = await daemon.ask('show peer', { peer: linkTo('frr') });
      expect(peer).toMatchObject({ state: 'Established', established: 2 });
    });
  });

  function hostOptions(name: Name, routerId: string): HostOptions {
    const prefixes = { [prefixOf(name)]: {}, [prefix6Of(name)]: {} };
    const to = { neighbors: [center], neighborAs: AS, interfaceName: 'eth1' };
    return { ns: spaces.get(name)!, as: asOf(name), routerId, prefixes, ...to };
  }

  async function birdOf(ns: Namespace): Promise<BirdDaemon> {
    const one = new BirdDaemon(ns, 'bird2', '');
    const routes = (family: string, prefix: string) => `protocol static { ${family}; route ${prefix} blackhole; }`;
    writeFileSync(
      one.configuration,
      `log stderr all;
router id 10.0.0.3;
protocol device { scan time 60; }
protocol radv { interface "eth1" { min ra interval 3; max ra interval 4; default lifetime 0; }; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; }
${routes('ipv4', prefixOf('bird'))}
${routes('ipv6', prefix6Of('bird'))}
protocol bgp session { local as ${asOf('bird')}; neighbor ${await center.linkLocal(linkTo('bird'))}%eth1 as ${AS};
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; extended next hop; };
  ipv6 { import all; export where source = RTS_STATIC; }; }
`,
    );
    return one;
  }
});
