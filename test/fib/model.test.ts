/**
 * Random histories of a routing table and a kernel: in the end every kernel route has the next hops of the best paths,
 * and no others. The tables are the real ones, so ids of next hops are freed and reused.
 */
import fc from 'fast-check';
import { RibBestRoutes } from '../../src/engine/fib-feed/best-routes.ts';
import { RibNextHops } from '../../src/engine/fib-feed/tracked-next-hops.ts';
import { parsePrefix } from '../../src/lib/ip.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { router, World } from '../engine/world.ts';
import { checkIds } from '../lab/checked-ids.ts';
import { runs } from '../lab/effort.ts';
import { fibWith } from '../lab/spec.ts';
import { announce, withdraw } from '../lab/updates.ts';
import { type Bench, bench } from './fakes.ts';

const PREFIXES = ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24', '10.5.0.0/24'];
const HOPS = [1, 2, 3, 4, 5, 6].map((n) => `192.0.2.${n}`);
const HOSTS = [1, 2, 3];
const LOCAL_PREFS = [100, 200];

interface Offer {
  readonly hop: string;
  readonly localPref: number;
}

/** A world, a driver that follows it, and what the hosts have announced. */
class Life {
  readonly offers = new Map<number, Map<string, Offer>>();
  readonly world: World;
  readonly made: Bench;
  private readonly multipath: number;
  private readonly peers = new Map<number, SimPeer>();

  /** @param multipath next hops of a route at most */
  constructor(objects: boolean, multipath: number) {
    this.multipath = multipath;
    this.world = new World(router());
    const best = new RibBestRoutes(this.world.engine.rib, fibWith({ multipath }));
    this.world.engine.changes.add({
      name: 'driver',
      onDecided: (family, prefix, bestChanged) => {
        if (best.isConcerned(bestChanged)) this.made.driver.changed(family, prefix);
      },
    });
    this.made = bench({
      best,
      tracked: new RibNextHops(this.world.engine),
      objectIds: objects ? { first: 100, count: 1000 } : null,
    });
    this.made.kernel.modern = objects;
    this.made.driver.start();
  }

  announce(host: number, prefixes: readonly string[], offer: Offer): void {
    const peer = this.peers.get(host);
    if (peer === undefined) return;
    peer.send(announce(prefixes, { nextHop: offer.hop, localPref: offer.localPref }));
    for (const prefix of prefixes) this.offers.get(host)?.set(prefix, offer);
  }

  withdraw(host: number, prefixes: readonly string[]): void {
    this.peers.get(host)?.send(withdraw(prefixes));
    for (const prefix of prefixes) this.offers.get(host)?.delete(prefix);
  }

  up(host: number): void {
    if (this.peers.has(host)) return;
    this.peers.set(host, SimPeer.up(this.world, `10.0.0.${host}`, host));
    this.offers.set(host, new Map());
  }

  down(host: number): void {
    this.peers.get(host)?.connection.lose();
    this.peers.delete(host);
    this.offers.delete(host);
  }

  /** Another program changes the kernel, and the monitor reports it. */
  meddle(prefix: string): void {
    const { kernel } = this.made;
    if (!kernel.routes.has(prefix)) return;
    kernel.routes.set(prefix, '198.51.100.200');
    kernel.watcher?.routeChanged(IPV4_UNICAST, { ...parsePrefix(prefix)!, to: null });
  }

  flush(): void {
    const { kernel } = this.made;
    for (const id of [...kernel.objects.keys()]) kernel.dropObject(id);
    kernel.watcher?.surroundingsChanged();
  }

  way(hop: string, way: string | null | undefined): void {
    const { kernel } = this.made;
    if (way === undefined) kernel.ways.delete(hop);
    else kernel.ways.set(hop, way);
    kernel.watcher?.surroundingsChanged();
  }

  async pass(ms: number): Promise<void> {
    this.world.settle();
    await this.made.schedule.advance(ms);
    this.world.settle();
  }

  /** Lets everything come to rest: all next hops can be reached again, nothing is refused any more. */
  async rest(): Promise<void> {
    const { kernel } = this.made;
    kernel.failNext.set.length = 0;
    kernel.failNext.create.length = 0;
    for (const hop of HOPS) this.way(hop, undefined);
    for (let i = 0; i < 3; i++) {
      await this.pass(70_000);
      await this.made.driver.settled();
    }
  }

  /** Next hops of the best paths of each prefix that has one. */
  expected(): Record<string, string[]> {
    const routes: Record<string, string[]> = {};
    for (const prefix of PREFIXES) {
      // The router id of a host is its number: the lowest is the last step of the decision.
      const hosts = [...this.offers.keys()].sort((a, b) => a - b);
      const offers = hosts.flatMap((host) => this.offers.get(host)?.get(prefix) ?? []);
      const best = Math.max(...offers.map(({ localPref }) => localPref));
      const tied = offers.filter(({ localPref }) => localPref === best).map(({ hop }) => hop);
      const hops = tied.slice(0, this.multipath === 1 ? 1 : undefined);
      if (hops.length > 0) routes[prefix] = [...new Set(hops)].sort();
    }
    return routes;
  }

  /** Where the packets of each prefix go. */
  actual(): Record<string, string[]> {
    const { kernel } = this.made;
    const gateways = (prefix: string) => (kernel.gateway(prefix) ?? 'nowhere').split(/[ ,]/);
    const routes = [...kernel.routes.keys()].sort();
    return Object.fromEntries(
      routes.map((prefix) => [
        prefix,
        gateways(prefix)
          .map((to) => to.split('*')[0])
          .sort(),
      ]),
    );
  }
}

jest.setTimeout(120_000);

type Action = (life: Life) => Promise<void> | void;

function action<T extends unknown[]>(
  name: string,
  weight: number,
  args: fc.Arbitrary<T>,
  run: (life: Life, ...args: T) => Promise<void> | void,
): fc.WeightedArbitrary<Action> {
  const arbitrary = args.map((values): Action => {
    const text = `${name}(${values.map((value) => JSON.stringify(value)).join(', ')})`;
    return Object.assign((life: Life) => run(life, ...values), { [fc.toStringMethod]: () => text });
  });
  return { arbitrary, weight };
}

const host = fc.constantFrom(...HOSTS);
const hop = fc.constantFrom(...HOPS);
const some = fc.subarray(PREFIXES, { minLength: 1, maxLength: 3 });
const offer = fc.record({ hop, localPref: fc.constantFrom(...LOCAL_PREFS) });
const refusal = { kind: 'refused', words: 'not now' } as const;

const actions = fc.array(
  fc.oneof(
    action('announce', 10, fc.tuple(host, some, offer), (life, from, prefixes, what) =>
      life.announce(from, prefixes, what),
    ),
    action('withdraw', 5, fc.tuple(host, some), (life, from, prefixes) => life.withdraw(from, prefixes)),
    action('down', 2, fc.tuple(host), (life, who) => life.down(who)),
    action('up', 3, fc.tuple(host), (life, who) => life.up(who)),
    action('pass', 8, fc.tuple(fc.constantFrom(0, 0, 0, 1000, 61_000)), (life, ms) => life.pass(ms)),
    action('refuse', 1, fc.tuple(fc.constantFrom('set', 'create')), (life, what) => {
      life.made.kernel.failNext[what as 'set' | 'create'].push(refusal);
    }),
    action('way', 2, fc.tuple(hop, fc.constantFrom(null, '198.51.100.7', undefined)), (life, to, way) =>
      life.way(to, way),
    ),
    action('meddle', 1, fc.tuple(fc.constantFrom(...PREFIXES)), (life, prefix) => life.meddle(prefix)),
    action('flush', 1, fc.tuple(), (life) => life.flush()),
    action('compare', 1, fc.tuple(), (life) => life.made.driver.compare()),
  ),
  { maxLength: 40, size: 'max' },
);

describe.each([
  ['ids that are used again', false],
  ['checked ids', true],
])('with %s', (_words, checked) => {
  if (checked) checkIds();

  test.each([
    ['nexthop objects', true, HOSTS.length],
    ['routes that say themselves where they lead', false, HOSTS.length],
    ['routes with one next hop', true, 1],
  ])(
    '%s lead to the next hops of the best paths, and nothing is left of what is gone',
    async (_name, objects, most) => {
      await fc.assert(
        fc.asyncProperty(actions, async (acts) => {
          const life = new Life(objects, most);
          for (const one of HOSTS) life.up(one);
          for (const act of acts) await act(life);
          await life.rest();
          expect(life.actual()).toEqual(life.expected());
          for (const one of HOSTS) life.down(one);
          await life.rest();
          const { nextHops, families } = life.world.engine.rib;
          expect([life.actual(), life.made.kernel.objects.size]).toEqual([{}, 0]);
          expect([nextHops.count, families[IPV4_UNICAST].prefixes.count]).toEqual([0, 0]);
        }),
        { numRuns: runs(checked ? 60 : 200) },
      );
    },
  );
});
