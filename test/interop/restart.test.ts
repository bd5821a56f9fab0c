/** A host dies and comes back: graceful restart (RFC 4724), the reflector as its helper. */
import { daemon } from '../lab/daemons.ts';
import { bird1Host, bird2Host } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import { type BgpHost, kernelRoutes } from '../lab/hosts/host.ts';
import type { Reflector } from '../lab/hosts/reflector.ts';
import { reflector } from '../lab/hosts/which-reflector.ts';
import { Lab } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { waitFor } from '../lab/wait-for.ts';

const AS = 65000;
const KEPT = ['10.1.3.0/24', 'fd01:3::/64'];
const LOST = ['10.2.3.0/24', 'fd02:3::/64'];

jest.setTimeout(90_000);

const KINDS = [
  ['BIRD 1.6, as on a Calico node', 'bird1', bird1Host],
  ['BIRD 2', 'bird2', bird2Host],
  ['FRR', 'frr', frrHost],
] as const;

describe.each(KINDS)('a node with %s', (_name, kind, makeHost) => {
  describeAsRoot(['bird2', kind, 'ping'], 'that restarts gracefully', () => {
    const lab = new Lab();
    let middle: Reflector;
    let node: BgpHost;
    let other: BgpHost;

    beforeAll(async () => {
      const names = ['reflector', 'other', 'node'];
      const [center, second, third] = await Promise.all(names.map((name, i) => lab.host(name, i + 1)));
      const common = { as: AS, neighbors: [center!], neighborAs: AS };
      middle = reflector({
        ns: center!,
        as: AS,
        routerId: center!.ipv4,
        clusterId: center!.ipv4,
        switches: [],
        dialed: [],
        others: [],
        graceful: true,
      });
      other = bird2Host({ ...common, ns: second!, routerId: '10.0.0.2', prefixes: { '10.1.2.0/24': {} } });
      const prefixes = Object.fromEntries([...KEPT, ...LOST].map((prefix) => [prefix, { localPref: 2147482623 }]));
      node = makeHost({ ...common, ns: third!, routerId: '10.0.0.3', prefixes, graceful: true });
      await Promise.all([second!.addLoopback('10.1.2.1/32'), third!.addLoopback('10.1.3.1/32')]);
      await Promise.all([middle.start(), other.start(), node.start()]);
      await Promise.all([other.established(), node.established()]);
      await others([...KEPT, ...LOST]);
    });
    afterAll(() => lab.close());

    // interop: restarting client: bird1, bird2, frr
    test('loses no route and no packet while it is away, and afterwards what it does not announce again', async () => {
      const { program, env } = daemon('ping');
      const target = ['-n', '-i', '0.005', '-W', '2', '-I', '10.1.2.1', '10.1.3.1'];
      const ping = other.ns.spawn('ping', program('bin/ping'), target, env);
      await waitFor(
        'the node answers',
        () => ping.log(),
        (text) => text.includes('bytes from'),
      );
      await node.kill();
      await sessionsOfNode(false);
      await others([...KEPT, ...LOST]);
      for (const prefix of LOST) await withdrawWhileDead(prefix);
      await node.start();
      await node.established();
      await others(KEPT);
      await ping.kill('SIGINT');
      const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(ping.log()) ?? [];
      expect(Number(sent)).toBeGreaterThan(10);
      // The last one may have been under way; FRR 8.4 sends End-of-RIB before its routes, which are away for that moment.
      const lossless = kind !== 'frr';
      if (lossless) expect(Number(received)).toBeGreaterThanOrEqual(Number(sent) - 1);
    });

    /** The node's sessions as the system sees them: its end of the connections. */
    function sessionsOfNode(wanted: boolean): Promise<unknown> {
      return waitFor(
        `the reflector ${wanted ? 'has' : 'has lost'} its sessions with the node`,
        () => middle.ns.exec('ss', ['-Htn', 'state', 'established', 'dst', node.ns.ipv4]),
        (text) => (text.trim() !== '') === wanted,
      );
    }

    async function withdrawWhileDead(prefix: string): Promise<void> {
      await node.withdraw(prefix).catch((error: Error) => {
        // Its configuration is written before it is told, and it is dead.
        if (!error.message.includes('node')) throw error;
      });
    }

    function others(prefixes: readonly string[]): Promise<unknown> {
      return waitFor(
        `the other node's table and kernel have ${prefixes.join(', ')}`,
        async () => {
          const learned = (await other.routes()).map((route) => route.prefix).sort();
          const kernel = (await kernelRoutes(other.ns)).map((route) => route.prefix).sort();
          return { learned, kernel };
        },
        (state) => Object.values(state).every((list) => JSON.stringify(list) === JSON.stringify([...prefixes].sort())),
      );
    }
  });
});
