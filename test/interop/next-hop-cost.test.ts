/**
 * The cost of the next hop (RFC 4271 9.1.2.2 e), beside BIRD 2 and FRR: three hosts with the same kernel routes and the
 * same two paths choose the same one, and follow when a route gets another metric.
 *
 *   near, far (BIRD 2) ─ two paths to PREFIX, whose next hops are behind 10.99.0.8 ─► reflectord, BIRD 2, FRR
 */
import { writeFileSync } from 'node:fs';
import type { PathView } from '../../src/engine/api/route-views.ts';
import { BirdDaemon } from '../lab/hosts/bird.ts';
import { FrrHost } from '../lab/hosts/frr.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const PREFIX = '10.7.0.0/24';
/** By router id that of `near` is preferred. */
const HOPS = { near: '203.0.113.1', far: '198.51.100.1' } as const;
const GATEWAY = '10.99.0.8';

jest.setTimeout(90_000);

describeAsRoot(['bird2', 'frr'], 'the cost of the next hop', () => {
  const lab = new Lab();
  let judges: readonly Namespace[];
  let reflector: Reflectord;
  let bird: BirdDaemon;
  let frr: FrrHost;

  beforeAll(async () => {
    const [near, far] = [await lab.host('near', 2), await lab.host('far', 3)];
    const [center, beside, other] = [
      await lab.host('reflector', 1),
      await lab.host('bird', 4),
      await lab.host('frr', 5),
    ];
    judges = [center, beside, other];
    await metrics({ near: 30, far: 20 });
    reflector = new Reflectord(center.folder, center);
    bird = observer(beside, [near, far]);
    frr = new FrrHost({
      ...{ ns: other, as: AS, routerId: other.ipv4, neighbors: [near, far], neighborAs: AS, sessions: 'shared' },
    });
    const hosts = { as: AS, 'route-reflector-client': true, families: ['ipv4-unicast'] };
    await reflector.start({
      router: { as: AS, id: center.ipv4 },
      groups: { hosts: { ...hosts, dynamic: [{ range: '10.99.0.0/16' }] } },
      fib: { mode: 'install' },
    });
    await Promise.all([
      bird.start(),
      frr.start(),
      ...[announcer(near, 'near'), announcer(far, 'far')].map((b) => b.start()),
    ]);
  });
  afterAll(() => lab.close());

  // interop: next-hop cost: bird2, frr
  test('decides as in BIRD and FRR, and is followed when the metric of a route changes', async () => {
    await agreed('far', 20);
    await metrics({ near: 10, far: 20 });
    await agreed('near', 10);
    await metrics({ near: 10, far: 5 });
    await agreed('far', 5);
    await metrics({ near: 5, far: 5 });
    await agreed('near', 5, 'router id');
  });

  /** All three have chosen the path of a host; here for the cost of its next hop, unless it is for another reason. */
  async function agreed(winner: keyof typeof HOPS, cost: number, reason = 'next-hop cost'): Promise<void> {
    const hop = HOPS[winner];
    await eventually(`reflectord prefers ${winner}`, async () => {
      const [shown] = await reflector.ask('show rib', { target: PREFIX });
      const path = shown?.paths.find(({ best }: PathView) => best);
      expect(path).toMatchObject({ nextHop: hop, nextHopCost: cost, decidedBy: reason });
      expect(shown?.paths.length).toBe(2);
      const [route] = JSON.parse(await judges[0].exec('ip', ['-j', 'route', 'show', PREFIX]));
      expect(route?.gateway).toBe(GATEWAY);
    });
    await eventually(`BIRD prefers ${winner}`, async () => {
      const shown = await bird.ask(`show route primary ${PREFIX} all`);
      expect(shown).toContain(`BGP.next_hop: ${hop}`);
      expect(await bird.ask(`show route ${PREFIX} all`)).toContain(`BGP.next_hop: ${otherThan(hop)}`);
    });
    await eventually(`FRR prefers ${winner}`, async () => {
      const entry = JSON.parse(await frr.tell('bgpd', `show bgp ipv4 unicast ${PREFIX} json`));
      const paths = (entry.paths ?? []) as {
        bestpath?: { overall?: boolean };
        nexthops: { ip: string; metric: number }[];
      }[];
      expect(paths.length).toBe(2);
      expect(paths.find((path) => path.bestpath?.overall)?.nexthops[0]).toMatchObject({ ip: hop, metric: cost });
    });
  }

  /** Gives the routes to the next hops these metrics, on all three hosts. */
  async function metrics(wanted: Readonly<Record<keyof typeof HOPS, number>>): Promise<void> {
    for (const ns of judges) {
      for (const [name, metric] of Object.entries(wanted)) {
        const hop = HOPS[name as keyof typeof HOPS];
        const have = JSON.parse(await ns.exec('ip', ['-j', 'route', 'show', hop])) as { metric: number }[];
        if (have.some((route) => route.metric === metric)) continue;
        await ns.exec('ip', ['route', 'add', hop, 'via', GATEWAY, 'metric', `${metric}`]);
        for (const { metric: old } of have) await ns.exec('ip', ['route', 'del', hop, 'metric', `${old}`]);
      }
    }
  }

  function announcer(ns: Namespace, name: keyof typeof HOPS): BirdDaemon {
    const sessions = judges.map(
      (
        { ipv4 },
        i,
      ) => `protocol bgp to${i} { local ${ns.ipv4} as ${AS}; neighbor ${ipv4} as ${AS}; connect delay time 1;
  ipv4 { import none; export filter { if source != RTS_STATIC then reject; bgp_next_hop = ${HOPS[name]}; accept; }; }; }`,
    );
    return configured(ns, `protocol static { ipv4; route ${PREFIX} blackhole; }\n${sessions.join('\n')}`);
  }

  /** BIRD takes the metric of a kernel route as that of the IGP only where it is told to. */
  function observer(ns: Namespace, sources: readonly Namespace[]): BirdDaemon {
    const sessions = sources.map(
      ({ ipv4 }, i) =>
        `protocol bgp from${i} { local ${ns.ipv4} as ${AS}; neighbor ${ipv4} as ${AS}; connect delay time 1; ipv4 { import all; export none; }; }`,
    );
    const kernel =
      'protocol kernel { learn; scan time 1; ipv4 { import filter { igp_metric = krt_metric; accept; }; export none; }; }';
    return configured(ns, `${kernel}\n${sessions.join('\n')}`);
  }

  function configured(ns: Namespace, rest: string): BirdDaemon {
    const daemon = new BirdDaemon(ns, 'bird2', '');
    const head = `log stderr all;\nrouter id ${ns.ipv4};\nprotocol device { scan time 60; }\nprotocol direct { ipv4; }`;
    writeFileSync(daemon.configuration, `${head}\n${rest}\n`);
    return daemon;
  }
});

function otherThan(hop: string): string {
  return hop === HOPS.near ? HOPS.far : HOPS.near;
}
