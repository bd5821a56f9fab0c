/** The reflector dies or is stopped, and comes back (RFC 4724): hosts keep their routes meanwhile, and packets flow. */
import { daemon } from '../lab/daemons.ts';
import { bird1Host, bird2Host } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import { type BgpHost, kernelRoutes } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab } from '../lab/namespace.ts';
import type { Background } from '../lab/process.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { waitFor } from '../lab/wait-for.ts';

const AS = 65000;
/** Longer than the reflector is away, but where that is what is tested. */
const RESTART_SECONDS = 12;
/** Host n announces 10.1.n.0/24 and has 10.1.n.1. */
const KINDS = { bird2: bird2Host, bird1: bird1Host, frr: frrHost } as const;
type Name = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Name[];
const numberOf = (name: Name) => NAMES.indexOf(name) + 2;
const prefixOf = (name: Name) => `10.1.${numberOf(name)}.0/24`;
const insideOf = (name: Name) => `10.1.${numberOf(name)}.1`;

jest.setTimeout(120_000);

describeAsRoot(['bird2', 'bird1', 'frr', 'ping'], 'a reflector that restarts', () => {
  const lab = new Lab();
  const hosts = new Map<Name, BgpHost>();
  let reflectord: Reflectord;
  let configuration: object;

  beforeAll(async () => {
    const center = await lab.host('reflector', 1);
    reflectord = new Reflectord(center.folder, center);
    configuration = {
      router: { as: AS, id: center.ipv4 },
      groups: {
        hosts: {
          as: AS,
          'route-reflector-client': true,
          dynamic: [{ range: '10.99.0.0/16' }, { range: 'fd99::/64' }],
          'idle-hold-time': 0,
          'graceful-restart': { time: RESTART_SECONDS },
        },
      },
    };
    for (const name of NAMES) {
      const ns = await lab.host(name, numberOf(name));
      await ns.addLoopback(`${insideOf(name)}/32`);
      const common = { ns, as: AS, neighbors: [center], neighborAs: AS, routerId: ns.ipv4 };
      hosts.set(name, KINDS[name]({ ...common, prefixes: { [prefixOf(name)]: { localPref: 200 } } }));
    }
    await reflectord.start(configuration);
    await Promise.all([...hosts.values()].map((host) => host.start()));
    await allThere();
  });
  afterAll(() => lab.close());

  // interop: restarting reflector: bird2, bird1, frr
  test.each(['SIGKILL', 'SIGTERM'] as const)('by %s and a new start costs no route and no packet', async (signal) => {
    const pings = await Promise.all([pinging('bird1', 'bird2'), pinging('bird2', 'frr'), pinging('frr', 'bird1')]);
    await reflectord.kill(signal);
    await lost();
    await reflectord.start(configuration);
    await Promise.all([...hosts.values()].map((host) => host.hurry()));
    await allThere();
    await told();
    for (const ping of pings) {
      await ping.kill('SIGINT');
      const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(ping.log()) ?? [];
      expect(Number(sent)).toBeGreaterThan(20);
      // The last one may have been under way.
      expect(Number(received)).toBeGreaterThanOrEqual(Number(sent) - 1);
    }
    expect(reflectord.log()).toContain('"daemon.selection-started","cause":"complete"');
  });

  // interop: llgr: bird1, bird2
  test('later than its restart time has left the routes in place, as a last resort, where that is known (RFC 9494)', async () => {
    const known = ['bird1', 'bird2'] as const;
    await reflectord.kill();
    for (const name of known) {
      const others = NAMES.filter((other) => other !== name).map(prefixOf);
      await waitFor(
        `${name} has its routes marked`,
        () => hosts.get(name)!.routes(),
        (routes) => routes.length > 0 && routes.every(({ communities }) => communities.includes('65535:6')),
      );
      const kernel = (await kernelRoutes(hosts.get(name)!.ns)).map(({ prefix }) => prefix);
      expect(kernel).toEqual(expect.arrayContaining(others));
    }
    await reflectord.start(configuration);
    await Promise.all([...hosts.values()].map((host) => host.hurry()));
    await allThere();
    await waitFor(
      'the marks are gone',
      async () => (await Promise.all(known.map((name) => hosts.get(name)!.routes()))).flat(),
      (routes) => routes.length === 4 && routes.every(({ communities }) => communities.length === 0),
    );
  });

  test('and that is stopped for good has its routes given up at once', async () => {
    await reflectord.commandLine('stop', '--final');
    for (const name of NAMES) {
      await waitFor(
        `${name} has nothing of the reflector`,
        async () => kernelRoutes(hosts.get(name)!.ns),
        (routes) => routes.every(({ prefix }) => prefix === prefixOf(name)),
      );
    }
  });

  /** All sessions are up, and each kernel leads to the others. */
  async function allThere(): Promise<void> {
    await Promise.all([...hosts.values()].map((host) => host.established()));
    for (const name of NAMES) {
      const others = NAMES.filter((other) => other !== name).map(prefixOf);
      await waitFor(
        `${name} leads to ${others.join(' and ')}`,
        async () => (await kernelRoutes(hosts.get(name)!.ns)).map(({ prefix }) => prefix),
        (prefixes) => others.every((prefix) => prefixes.includes(prefix)),
      );
    }
  }

  /** Every host has noticed that the reflector is away. */
  async function lost(): Promise<void> {
    for (const { ns } of hosts.values()) {
      await waitFor(
        `${ns.name} has no session`,
        () => ns.exec('ss', ['-Htn', 'state', 'established', '( sport = :179 or dport = :179 )']),
        (text) => text.trim() === '',
      );
    }
  }

  /** Every host has been told all that there is: what it still keeps from before has gone. */
  async function told(): Promise<void> {
    await waitFor(
      'End-of-RIB has gone to all',
      () => reflectord.ask('show peers', {}),
      (peers) => peers.length > 0 && peers.every(({ families }) => families.every(({ endOfRibSent }) => endOfRibSent)),
    );
  }

  async function pinging(from: Name, to: Name): Promise<Background> {
    const { program, env } = daemon('ping');
    const args = ['-n', '-i', '0.02', '-W', '2', '-I', insideOf(from), insideOf(to)];
    const ping = hosts.get(from)!.ns.spawn('ping', program('bin/ping'), args, env);
    await waitFor(
      `${to} answers ${from}`,
      () => ping.log(),
      (text) => text.includes('bytes from'),
    );
    return ping;
  }
});
