/**
 * Three reflectors, fully meshed as non-clients of each other; A and B share a cluster id, C has another one.
 *
 *        ┌───── C ── carol (BIRD 2)
 *        │      │
 *   ┌─── A ──── B ───┐
 *   │    └─alice─┘   │         alice (BIRD 2) is a client of both
 *  bob (FRR)     dave (BIRD 1.6)
 */
import { daemon } from '../lab/daemons.ts';
import { bird1Host, bird2Host } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import type { BgpHost, HostOptions, LearnedRoute } from '../lab/hosts/host.ts';
import { kernelRoutes } from '../lab/hosts/host.ts';
import type { Reflector } from '../lab/hosts/reflector.ts';
import type { ReflectordReflector } from '../lab/hosts/reflectord.ts';
import { OURS, reflector } from '../lab/hosts/which-reflector.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually, waitFor } from '../lab/wait-for.ts';

const AS = 65000;
const SHARED = '10.99.255.1';
const OTHER = '10.99.255.2';
const NUMBERS = { A: 1, B: 2, C: 3, alice: 11, bob: 12, carol: 13, dave: 14 } as const;
type ReflectorName = 'A' | 'B' | 'C';
type HostName = 'alice' | 'bob' | 'carol' | 'dave';

const REFLECTORS: readonly ReflectorName[] = ['A', 'B', 'C'];
const KINDS: Record<HostName, (options: HostOptions) => BgpHost> = {
  alice: bird2Host,
  bob: frrHost,
  carol: bird2Host,
  dave: bird1Host,
};
const HOSTS = Object.keys(KINDS) as HostName[];
const NEIGHBORS: Record<HostName, readonly ReflectorName[]> = {
  alice: ['A', 'B'],
  bob: ['A'],
  carol: ['C'],
  dave: ['B'],
};

/** Per host and announcer, the cluster lists of the paths that it has. A route of `bob` never reaches B's clients: B refuses what its cluster has seen. */
const CLUSTER_LISTS: Record<HostName, Partial<Record<HostName, readonly (readonly string[])[]>>> = {
  alice: {
    bob: [[SHARED]],
    carol: [
      [SHARED, OTHER],
      [SHARED, OTHER],
    ],
    dave: [[SHARED]],
  },
  bob: { alice: [[SHARED]], carol: [[SHARED, OTHER]] },
  carol: { alice: [[OTHER, SHARED]], bob: [[OTHER, SHARED]], dave: [[OTHER, SHARED]] },
  dave: { alice: [[SHARED]], carol: [[SHARED, OTHER]] },
};

jest.setTimeout(90_000);

describeAsRoot(['bird2', 'bird1', 'frr', 'ping'], 'reflectors of one and of two clusters', () => {
  const lab = new Lab();
  const namespaces = new Map<string, Namespace>();
  const reflectors = new Map<ReflectorName, Reflector>();
  const hosts = new Map<HostName, BgpHost>();

  beforeAll(async () => {
    const made = Object.entries(NUMBERS).map(async ([name, number]) => {
      namespaces.set(name, await lab.host(name, number));
    });
    await Promise.all(made);
    for (const name of REFLECTORS) reflectors.set(name, makeReflector(name));
    for (const name of HOSTS) hosts.set(name, makeHost(name));
    await Promise.all(HOSTS.map((name) => ns(name).addLoopback(...innerAddresses(name))));
    await Promise.all([...reflectors.values(), ...hosts.values()].map((one) => one.start()));
    await Promise.all([...hosts.values()].map((host) => host.established()));
  });
  afterAll(() => lab.close());

  test.each(HOSTS)('%s has each path with the clusters that it passed, and none that passed a cluster twice', (name) =>
    hasLearned(name, CLUSTER_LISTS[name]),
  );

  if (OURS) {
    test('the second reflector of the cluster refuses what the first has reflected, and says why', async () => {
      const second = (reflectors.get('B') as ReflectordReflector).daemon;
      for (const prefix of prefixes('bob')) {
        const [shown] = await second.ask('show rib', { target: prefix });
        expect(shown?.paths.map((path) => [path.peer, path.best])).toEqual([[ns('A').ipv4, false]]);
        expect(shown?.paths[0]?.unusable).toMatch(/cluster/i);
      }
    });
  }

  // interop: several reflectors: bird2, bird1, frr
  test('a client of both keeps its routes when one of them dies, and learns them from both again when it is back', async () => {
    await reflectors.get('A')!.kill();
    await hasLearned('alice', { carol: [[SHARED, OTHER]], dave: [[SHARED]] });
    await hasLearned('carol', { alice: [[OTHER, SHARED]], dave: [[OTHER, SHARED]] });
    await waitFor(
      "carol's kernel still leads to alice",
      () => kernelRoutes(ns('carol')),
      (routes) => prefixes('alice').every((prefix) => routes.some((route) => route.prefix === prefix)),
    );
    await Promise.all([0, 1].map((family) => ping('alice', 'carol', family)));
    await reflectors.get('A')!.start();
    await Promise.all(HOSTS.map((name) => hasLearned(name, CLUSTER_LISTS[name])));
  });

  function ns(name: HostName | ReflectorName): Namespace {
    return namespaces.get(name)!;
  }

  function makeReflector(name: ReflectorName): Reflector {
    return reflector({
      ns: ns(name),
      as: AS,
      routerId: ns(name).ipv4,
      clusterId: name === 'C' ? OTHER : SHARED,
      switches: [],
      dialed: [],
      others: REFLECTORS.filter((other) => other !== name).map(ns),
    });
  }

  function makeHost(name: HostName): BgpHost {
    return KINDS[name]({
      ns: ns(name),
      as: AS,
      routerId: routerId(name),
      neighbors: NEIGHBORS[name].map(ns),
      neighborAs: AS,
      prefixes: Object.fromEntries(prefixes(name).map((prefix) => [prefix, { localPref: 100 }])),
    });
  }

  function hasLearned(name: HostName, expected: Partial<Record<HostName, readonly (readonly string[])[]>>) {
    return eventually(`${name} has the paths that it should`, async () => {
      expect(summary(await hosts.get(name)!.routes())).toEqual(expectedSummary(expected));
    });
  }

  async function ping(from: HostName, to: HostName, family: number): Promise<void> {
    const { program, env } = daemon('ping');
    const [source, target] = [innerAddresses(from)[family]!, innerAddresses(to)[family]!].map(
      (address) => address.split('/')[0]!,
    );
    const args = ['-n', '-c', '1', '-W', '5', '-I', source!, target!];
    expect(await ns(from).exec(program('bin/ping'), args, { env })).toContain('1 received');
  }
});

function routerId(name: HostName): string {
  return `10.0.0.${NUMBERS[name]}`;
}

function prefixes(name: HostName): string[] {
  return [`10.1.${NUMBERS[name]}.0/24`, `fd01:${NUMBERS[name]}::/64`];
}

function innerAddresses(name: HostName): string[] {
  return [`10.1.${NUMBERS[name]}.1/32`, `fd01:${NUMBERS[name]}::1/128`];
}

/** One line for each path: what RFC 4456 puts on it. */
function summary(routes: readonly LearnedRoute[]): string[] {
  return routes.map((route) => `${route.prefix} of ${route.originatorId} by ${route.clusterList.join(' ')}`).sort();
}

function expectedSummary(expected: Partial<Record<HostName, readonly (readonly string[])[]>>): string[] {
  const lines = Object.entries(expected).flatMap(([source, lists]) =>
    prefixes(source as HostName).flatMap((prefix) =>
      lists.map((list) => `${prefix} of ${routerId(source as HostName)} by ${list.join(' ')}`),
    ),
  );
  return lines.sort();
}
