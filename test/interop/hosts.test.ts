/** Every daemon of the field as a host of one reflector, and an eBGP switch above: what arrives where, and how. */

import { daemon } from '../lab/daemons.ts';
import { OURS } from '../lab/hosts/which-reflector.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { HOST_NAMES, type HostName, INSTALLING, innerAddress, Network, newPrefix } from './network.ts';

const DAEMONS = ['bird2', 'bird1', 'frr', 'gobgp', 'openbgpd', 'exabgp', 'ping'] as const;

jest.setTimeout(120_000);

describeAsRoot(DAEMONS, 'hosts of one cluster', () => {
  const network = new Network();
  beforeAll(() => network.start());
  afterAll(() => network.close());

  it.each(HOST_NAMES)('%s learns what the others announce, with RFC 4456 attributes, and nothing of its own', (name) =>
    network.learnedBy(name),
  );

  it.each([...INSTALLING, 'reflector'] as const)('the kernel of %s leads to each announcer', (name) =>
    network.kernelOf(name),
  );

  it.each(pairs())('%s and %s reach each other along reflected routes', async (from, to) => {
    await Promise.all((['ipv4', 'ipv6'] as const).map((family) => ping(from, to, family)));
  });

  it('passes on a new prefix of every host', async () => {
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

  it('passes on changed attributes', async () => {
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

  it('takes withdrawn prefixes back everywhere, from the kernels too', async () => {
    await Promise.all(
      HOST_NAMES.map(async (name) => {
        for (const ipv6 of [false, true]) await network.withdraw(name, newPrefix(name, ipv6));
      }),
    );
    await network.converged();
  });

  it('gives a prefix of several hosts the path of the best one, and the next best when that goes', async () => {
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

  it('has everything back after all hosts have reset their sessions', async () => {
    await Promise.all(HOST_NAMES.map((name) => network.host(name).reset()));
    await network.established();
    await network.converged();
  });

  it.each(HOST_NAMES)('survives the sudden death of %s: its routes go, and return with it', async (name) => {
    const announced = network.announced[name];
    await network.host(name).kill();
    network.announced[name] = {};
    try {
      await Promise.all(HOST_NAMES.filter((other) => other !== name).map((other) => network.learnedBy(other)));
      await network.kernelOf('reflector');
    } finally {
      network.announced[name] = announced;
      await network.host(name).start();
      await network.host(name).established();
    }
    await network.converged();
  });

  it('has everything back after its own sudden death', async () => {
    await network.reflector.kill();
    await network.reflector.start();
    await Promise.all(HOST_NAMES.map((name) => network.host(name).hurry()));
    await network.established();
    await network.converged();
  });

  async function ping(from: HostName, to: HostName, family: 'ipv4' | 'ipv6'): Promise<void> {
    const { program, env } = daemon('ping');
    const args = ['-n', '-c', '1', '-W', '5', '-I', innerAddress(from, family), innerAddress(to, family)];
    expect(await network.host(from).ns.exec(program('bin/ping'), args, { env })).toContain('1 received');
  }
});

/** Every pair of hosts whose daemons fill their kernels. */
function pairs(): [HostName, HostName][] {
  return INSTALLING.flatMap((from, i) => INSTALLING.slice(i + 1).map((to): [HostName, HostName] => [from, to]));
}

describe('the reflector of these tests', () => {
  it('is reflectord, unless another is asked for', () => {
    expect(OURS).toBe(process.env.LAB_REFLECTOR === undefined);
  });
});
