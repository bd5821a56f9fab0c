/** ADD-PATH (RFC 7911) toward BIRD 2, BIRD 1.6, FRR and GoBGP: all paths of a prefix arrive, and each one goes by itself. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bgp from '../lab/bgp-bytes.ts';
import { daemon } from '../lab/daemons.ts';
import { Doors } from '../lab/doors.ts';
import { BirdDaemon } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import type { Speaker } from '../lab/speaker.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65_000;
const PREFIX = '10.7.0.0/16';
/** The next hops of the paths, each from a speaker of its own. */
const HOPS = ['10.99.0.31', '10.99.0.32', '10.99.0.33'];
const SOURCES = ['10.99.1.1', '10.99.1.2', '10.99.1.3'];

jest.setTimeout(60_000);

type Name = 'bird2' | 'bird1' | 'frr' | 'gobgp';
const NAMES: readonly Name[] = ['bird2', 'bird1', 'frr', 'gobgp'];

describeAsRoot([...NAMES], 'ADD-PATH', () => {
  const lab = new Lab();
  const spaces = new Map<Name, Namespace>();
  const asked = new Map<Name, () => Promise<string>>();
  const sources: Speaker[] = [];
  let center: Namespace;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    for (const [at, name] of NAMES.entries()) spaces.set(name, await lab.host(name, at + 2));
    const speakers = await lab.host('speakers', 9);
    await speakers.addLoopback(...SOURCES.map((address) => `${address}/32`));
    await center.exec('ip', ['route', 'add', '10.99.1.0/24', 'via', speakers.ipv4]);
    const reflector = new Reflectord(center.folder, center);
    await reflector.start({
      router: { as: AS, id: center.ipv4 },
      groups: {
        hosts: {
          as: AS,
          'route-reflector-client': true,
          'add-path': { receive: true, send: 'all' },
          dynamic: [{ range: '10.99.0.0/16' }],
        },
      },
      peers: [{ address: spaces.get('gobgp')!.ipv4, group: 'hosts', 'connect-retry-time': 1 }],
    });
    const doors = await Doors.open(speakers, center.ipv4, SOURCES);
    for (const address of SOURCES) sources.push(await doors.establish(address, { holdTime: 0 }));
    sources.forEach((source, at) => {
      source.send(bgp.announce(HOPS[at]!, PREFIX));
    });
    asked.set('bird2', await startBird('bird2'));
    asked.set('bird1', await startBird('bird1'));
    asked.set('frr', await startFrr());
    asked.set('gobgp', await startGobgp());
  });
  afterAll(() => lab.close());

  async function startBird(name: 'bird2' | 'bird1'): Promise<() => Promise<string>> {
    const ns = spaces.get(name)!;
    const bird = new BirdDaemon(ns, name, '');
    const exchange =
      name === 'bird2' ? 'ipv4 { import all; export none; add paths rx; };' : 'import all; export none; add paths rx;';
    const lines = [
      `log stderr all; router id ${ns.ipv4};`,
      'protocol device { }',
      name === 'bird2' ? 'protocol direct { ipv4; }' : 'protocol direct { }',
      `protocol bgp reflector { local ${ns.ipv4} as ${AS}; neighbor ${center.ipv4} as ${AS}; connect delay time 1; ${exchange} }`,
    ];
    writeFileSync(bird.configuration, `${lines.join('\n')}\n`);
    await bird.start();
    return () => bird.ask(`show route ${PREFIX} all`);
  }

  async function startFrr(): Promise<() => Promise<string>> {
    const ns = spaces.get('frr')!;
    const frr = frrHost({ ns, as: AS, routerId: ns.ipv4, neighbors: [center], neighborAs: AS });
    await frr.start();
    return () => frr.tell('bgpd', `show bgp ipv4 unicast ${PREFIX} json`);
  }

  async function startGobgp(): Promise<() => Promise<string>> {
    const ns = spaces.get('gobgp')!;
    const path = join(ns.folder, 'gobgp.toml');
    const lines = [
      `[global.config]\n as = ${AS}\n router-id = "${ns.ipv4}"\n local-address-list = ["${ns.ipv4}"]`,
      `[[neighbors]]\n [neighbors.config]\n neighbor-address = "${center.ipv4}"\n peer-as = ${AS}`,
      ' [neighbors.transport.config]\n passive-mode = true',
      ' [[neighbors.afi-safis]]\n [neighbors.afi-safis.config]\n afi-safi-name = "ipv4-unicast"',
      ' [neighbors.afi-safis.add-paths.config]\n receive = true',
    ];
    writeFileSync(path, `${lines.join('\n')}\n`);
    const { program, env } = daemon('gobgp');
    ns.spawn('gobgpd', program('usr/bin/gobgpd'), ['-f', path, '--api-hosts', '127.0.0.1:50051'], env);
    return () => ns.exec(program('usr/bin/gobgp'), ['global', 'rib', PREFIX], { env }).catch(String);
  }

  /** The next hops that a daemon shows, each once. */
  async function hopsOf(name: Name): Promise<string[]> {
    const text = await asked.get(name)!();
    return [...new Set(text.match(/\b10\.99\.0\.3\d\b/g) ?? [])].sort();
  }

  const hold = (name: Name, hops: readonly string[]) =>
    eventually(`${name} has its paths`, async () => expect(await hopsOf(name)).toEqual(hops));

  // interop: add-path: bird2, bird1, frr, gobgp
  test('every client has every path of the prefix, and loses the one that is withdrawn', async () => {
    await Promise.all(NAMES.map((name) => hold(name, HOPS)));
    sources[1]!.send(bgp.update({ withdrawn: bgp.nlri(PREFIX) }));
    await Promise.all(NAMES.map((name) => hold(name, [HOPS[0]!, HOPS[2]!])));
    sources[1]!.send(bgp.announce(HOPS[1]!, PREFIX));
    await Promise.all(NAMES.map((name) => hold(name, HOPS)));
  });
});
