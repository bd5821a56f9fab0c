/** Every daemon of the field as a host of one reflector, and an eBGP switch above: what arrives where, and how. */

import type { PeerView } from '../../src/engine/api/peer-views.ts';
import { daemon } from '../lab/daemons.ts';
import type { Reflectord, ReflectordReflector } from '../lab/hosts/reflectord.ts';
import { OURS } from '../lab/hosts/which-reflector.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually, waitFor } from '../lab/wait-for.ts';
import { HOST_NAMES, type HostName, INSTALLING, innerAddress, Network, newPrefix } from './network.ts';

const DAEMONS = ['bird2', 'bird1', 'frr', 'gobgp', 'openbgpd', 'exabgp', 'ping'] as const;

/** The others only do so toward who speaks of graceful restart. */
const SENDS_END_OF_RIB: readonly HostName[] = ['bird2', 'bird1', 'exabgp'];

jest.setTimeout(120_000);

describeAsRoot(DAEMONS, 'hosts of one cluster', () => {
  const network = new Network();
  beforeAll(() => network.start());
  afterAll(() => network.close());

  // interop: reflection: bird2, bird1, frr, gobgp, openbgpd, exabgp; ebgp: frr
  test.each(HOST_NAMES)(
    '%s learns what the others announce, with RFC 4456 attributes, and nothing of its own',
    (name) => network.learnedBy(name),
  );

  test.each([...INSTALLING, 'reflector'] as const)('the kernel of %s leads to each announcer', (name) =>
    network.kernelOf(name),
  );

  test.each(pairs())('%s and %s reach each other along reflected routes', async (from, to) => {
    await Promise.all((['ipv4', 'ipv6'] as const).map((family) => ping(from, to, family)));
  });

  test('passes on a new prefix of every host', async () => {
    await Promise.all(
      HOST_NAMES.map(async (name, i) => {
        for (const ipv6 of [false, true]) {
          const attributes = { localPref: 300 + i, med: i, communities: [`65000:${i}`] };
          await network.announce(name, newPrefix(name, ipv6), attributes);
        }
      }),
    );
    await network.converged();
  });

  test('passes on changed attributes', async () => {
    await Promise.all(
      HOST_NAMES.map(async (name, i) => {
        for (const ipv6 of [false, true]) {
          const attributes = { localPref: 400 + i, med: 50 + i, communities: [`65001:${i}`, `65002:${i}`] };
          await network.announce(name, newPrefix(name, ipv6), attributes);
        }
      }),
    );
    await network.converged();
  });

  test('takes withdrawn prefixes back everywhere, from the kernels too', async () => {
    await Promise.all(
      HOST_NAMES.map(async (name) => {
        for (const ipv6 of [false, true]) await network.withdraw(name, newPrefix(name, ipv6));
      }),
    );
    await network.converged();
  });

  test('gives a prefix of several hosts the path of the best one, and the next best when that goes', async () => {
    for (const prefix of ['10.3.0.0/24', 'fd03::/64']) {
      await network.announce('bird2', prefix, { localPref: 200, med: 1, communities: ['65000:1'] });
      await network.announce('frr', prefix, { localPref: 300, med: 2, communities: ['65000:2'] });
      await network.announce('gobgp', prefix, { localPref: 400, med: 3, communities: ['65000:3'] });
    }
    await network.converged();
    for (const name of ['gobgp', 'frr', 'bird2'] as const) {
      for (const prefix of ['10.3.0.0/24', 'fd03::/64']) await network.withdraw(name, prefix);
      await network.converged();
    }
  });

  test('has everything back after all hosts have reset their sessions', async () => {
    const logged = OURS ? reflectord().log().length : 0;
    await Promise.all(HOST_NAMES.map((name) => network.host(name).reset()));
    await Promise.all(HOST_NAMES.map((name) => network.host(name).hurry()));
    if (OURS) {
      await waitFor(
        'each session has come up once more',
        () => [
          ...new Set(
            reflectord()
              .log()
              .slice(logged)
              .match(/"peer.established","peer":"[^"]+"/g),
          ),
        ],
        (peers) => peers.length === 11,
      );
    }
    await network.established();
    await network.converged();
  });

  if (OURS) {
    test('shows its peers as they are', async () => {
      const peers = new Map((await reflectord().ask('show peers', {})).map((peer) => [peer.address, peer]));
      expect(peers.size).toBe(11);
      for (const name of HOST_NAMES) {
        const { ns, as, routerId } = network.host(name);
        const own = [peers.get(ns.ipv4), peers.get(ns.ipv6)].filter((peer) => peer !== undefined);
        for (const peer of own) {
          expect(peer).toMatchObject({
            state: 'Established',
            as,
            routerId,
            role: name === 'switch' ? 'ebgp' : 'client',
          });
        }
        // The switch sends our routes back to us.
        const received = name === 'switch' ? 7 : 1;
        const endOfRibReceived = SENDS_END_OF_RIB.includes(name);
        const family = { received, accepted: 1, advertised: 6, endOfRibReceived, endOfRibSent: true };
        expect([name, families(own)]).toEqual([name, { 'ipv4-unicast': family, 'ipv6-unicast': family }]);
      }
    });

    test('shows on the command line what it knows of a route, and what the kernel has', async () => {
      const { ns } = network.host('bird1');
      const { ns: leaf } = network.host('switch');
      const path = {
        peer: ns.ipv4,
        best: true,
        unusable: null,
        nextHop: ns.ipv4,
        asPath: '',
        localPref: 2147482623,
        originatorId: null,
        clusterList: [],
        communities: ['65000:3', '65000:999'],
      };
      expect(await reflectord().commandLine('show', 'rib', '10.1.3.0/24')).toMatchObject([
        {
          family: 'ipv4-unicast',
          prefix: '10.1.3.0/24',
          // The switch's path is our own, sent back to us.
          paths: [path, { peer: leaf.ipv4, best: false, unusable: expect.stringMatching(/AS/), asPath: '65100 65000' }],
        },
      ]);
      const routes = (await reflectord().commandLine('show', 'fib')) as { prefix: string; state: string }[];
      expect(routes.map(({ state }) => state)).toEqual(new Array(14).fill('installed'));
    });
  }

  // interop: reconnect: bird2, bird1, frr, gobgp, openbgpd, exabgp
  test.each(HOST_NAMES)('survives the sudden death of %s: its routes go, and return with it', async (name) => {
    const announced = network.announced[name];
    await network.host(name).kill();
    network.announced[name] = {};
    try {
      await Promise.all(HOST_NAMES.filter((other) => other !== name).map((other) => network.learnedBy(other)));
      await network.kernelOf('reflector');
    } finally {
      network.announced[name] = announced;
      await restart(name);
    }
    await network.converged();
  });

  test('has everything back after its own sudden death', async () => {
    await network.reflector.kill();
    await network.reflector.start();
    await Promise.all(HOST_NAMES.map((name) => network.host(name).hurry()));
    await network.established();
    await network.converged();
  });

  function reflectord(): Reflectord {
    return (network.reflector as ReflectordReflector).daemon;
  }

  async function restart(name: HostName): Promise<void> {
    await network.host(name).start();
    await network.host(name).established();
  }

  async function ping(from: HostName, to: HostName, family: 'ipv4' | 'ipv6'): Promise<void> {
    const { program, env } = daemon('ping');
    const args = ['-n', '-c', '1', '-W', '1', '-I', innerAddress(from, family), innerAddress(to, family)];
    await eventually(`${from} gets an answer of ${to}`, async () => {
      expect(await network.host(from).ns.exec(program('bin/ping'), args, { env })).toContain('1 received');
    });
  }
});

/** Every pair of hosts whose daemons fill their kernels. */
function pairs(): [HostName, HostName][] {
  return INSTALLING.flatMap((from, i) => INSTALLING.slice(i + 1).map((to): [HostName, HostName] => [from, to]));
}

/** What the sessions of one host carry, by family. */
function families(peers: readonly PeerView[]): Record<string, object> {
  const rows = peers.flatMap((peer) => peer.families);
  return Object.fromEntries(
    rows.map(({ family, received, accepted, advertised, endOfRibReceived, endOfRibSent }) => [
      family,
      { received, accepted, advertised, endOfRibReceived, endOfRibSent },
    ]),
  );
}

describe('the reflector of these tests', () => {
  test('is reflectord, unless another is asked for', () => {
    expect(OURS).toBe(process.env.LAB_REFLECTOR === undefined);
  });
});
