/** The driver on the real kernel: what the rib wants is what `ip route` says, whatever others do to it. */
import { FibDriver } from '../../src/fib/driver/driver.ts';
import type { FibDriverOptions, FibEvent } from '../../src/fib/port/driver-options.ts';
import { KernelFib } from '../../src/io/iproute2/kernel-fib.ts';
import { NodeLoop, RealClock } from '../../src/io/loop/loop.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { FakeRib } from '../fib/fakes.ts';
import { describeWithKernel, Namespace } from './namespace.ts';

const A = '192.0.2.9';
const B = '192.0.2.10';
const P = '10.1.0.0/24';
const IDS = { first: 7000, count: 1000 };

class Daemon {
  readonly rib = new FakeRib();
  readonly port: KernelFib;
  readonly driver: FibDriver;
  readonly events: FibEvent[] = [];
  private readonly loop = new NodeLoop(new RealClock());

  constructor(ns: Namespace, options: Partial<FibDriverOptions> = {}) {
    this.port = new KernelFib({ command: ns.command, table: 254, protocol: 186, metric: 20, timeoutMs: 20_000 });
    const { loop } = this;
    this.driver = new FibDriver({
      mode: 'install',
      metric: 20,
      families: [IPV4_UNICAST, IPV6_UNICAST],
      best: this.rib,
      port: this.port,
      schedule: {
        nowMs: () => performance.now(),
        defer: (run) => loop.defer(run),
        wakeAt: (atMs, run) => loop.wakeAt(atMs, run),
      },
      restartMs: 120_000,
      objectIds: IDS,
      compareMs: 300_000,
      tracked: null,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.driver.start();
  }

  route(prefix: string, nextHop: string | null): void {
    this.driver.changed(...this.rib.best(prefix, nextHop));
  }

  /** Routes as `Namespace.routes` shows them. */
  wanted(): string[] {
    return [...this.driver.rows()]
      .filter((row) => row.state === 'installed')
      .map((row) => `${row.prefix.replace(/\/(32|128)$/, '')} ${row.nextHop} 186 20`)
      .sort();
  }

  async stop(): Promise<void> {
    await this.driver.stop();
    this.loop.stop();
  }
}

/** Numbers from 0 to below a bound that look random, the same for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/**
 * Looks again and again until `look` gives `expected`; the last look's mismatch fails the test. The driver reacts to the
 * kernel's notifications; without one, only the comparison of every few minutes would help.
 */
async function becomes<T>(expected: T, look: () => T, ms = 20_000): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) {
    if (JSON.stringify(look()) === JSON.stringify(expected)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(look()).toEqual(expected);
}

jest.setTimeout(60_000);

describeWithKernel('the driver on the kernel', () => {
  let ns: Namespace;
  let daemon: Daemon;

  beforeEach(() => {
    ns = new Namespace();
  });

  afterEach(async () => {
    await daemon.stop();
    ns.destroy();
  });

  async function started(options: Partial<FibDriverOptions> = {}): Promise<Daemon> {
    daemon = new Daemon(ns, options);
    await daemon.driver.settled();
    return daemon;
  }

  async function withRoutes(count = 20, options: Partial<FibDriverOptions> = {}): Promise<string[]> {
    await started(options);
    for (let i = 0; i < count; i++) {
      daemon.route(`10.${i >> 8}.${i & 255}.0/24`, i % 2 === 0 ? A : B);
      daemon.route(`2001:db8:1:${(i + 1).toString(16)}::/64`, '2001:db8::9');
    }
    daemon.route('10.99.0.1/32', A);
    await daemon.driver.settled();
    return ns.routes();
  }

  test('routes lead to one nexthop object per next hop, both families', async () => {
    const routes = await withRoutes();
    expect(routes.length).toBe(21);
    expect(ns.routes('-6').length).toBe(20);
    const objects = JSON.parse(ns.ip('-N -j nexthop show')) as { id: number; gateway: string; protocol: string }[];
    expect(objects.map(({ id, gateway, protocol }) => [id >= IDS.first, gateway, protocol]).sort()).toEqual([
      [true, B, '186'],
      [true, A, '186'],
      [true, '2001:db8::9', '186'],
    ]);
    expect(daemon.wanted()).toEqual([...routes, ...ns.routes('-6')].sort());
    expect(daemon.driver.status().repaired).toBe(0);
  });

  test('a next hop behind a gateway follows the way to it by one change of its object', async () => {
    ns.ip('route add 198.51.100.0/24 via 192.0.2.50 proto static');
    await started();
    for (let i = 0; i < 300; i++) daemon.route(`10.0.${i & 255}.${(i >> 8) << 7}/25`, '198.51.100.7');
    await daemon.driver.settled();
    const led = () => new Set(ns.routes().map((route) => route.split(' ')[1]));
    const counts = () => daemon.driver.counts(IPV4_UNICAST);
    expect(led()).toEqual(new Set(['192.0.2.50']));
    ns.ip('route replace 198.51.100.0/24 via 192.0.2.51 proto static');
    await becomes(['192.0.2.51'], () => [...led()]);
    expect(daemon.driver.status().repaired).toBe(0);
    ns.ip('route delete 198.51.100.0/24');
    await becomes([], () => ns.routes());
    // The kernel removes the routes with their object, before it answers that it has.
    await becomes([0, 300], () => [counts().installed, counts().failed]);
    expect([...daemon.driver.rows()][0].error).toBe('the next hop is unreachable: no route to it');
    ns.ip('route add 198.51.100.0/24 via 192.0.2.50 proto static');
    await becomes(301, () => ns.routes().length);
  });

  test.each([
    ['a group of nexthop objects', IDS],
    ['each route', null],
  ] as const)(
    'next hops that share the traffic stand in %s, and a lost one leaves the others',
    async (_name, objectIds) => {
      ns.ip('route add 198.51.100.0/24 via 192.0.2.50 proto static');
      await started({ objectIds });
      for (let i = 0; i < 50; i++) {
        daemon.route(`10.0.${i}.0/24`, `${A},198.51.100.7*3`);
        daemon.route(`2001:db8:1:${i + 1}::/64`, '2001:db8::9,2001:db8::10*2');
      }
      await daemon.driver.settled();
      expect(daemon.driver.counts(IPV6_UNICAST)).toMatchObject({ installed: 50, failed: 0 });
      const paths = (prefix: string) => {
        const rows = JSON.parse(ns.ip(`-j route show ${prefix}`)) as { nexthops?: object[]; gateway?: string }[];
        return (rows[0].nexthops ?? [{ gateway: rows[0].gateway, weight: 1 }]).map((hop) => ({ ...hop, flags: 0 }));
      };
      const a = { gateway: A, dev: 'v0', weight: 1, flags: 0 };
      expect(paths('10.0.7.0/24')).toEqual([a, { gateway: '192.0.2.50', dev: 'v0', weight: 3, flags: 0 }]);
      ns.ip('route delete 198.51.100.0/24');
      await becomes(1, () => paths('10.0.7.0/24').length);
      expect(paths('10.0.7.0/24')).toMatchObject([{ gateway: A }]);
      ns.ip('route add 198.51.100.0/24 via 192.0.2.51 proto static');
      const both = [a, { gateway: '192.0.2.51', dev: 'v0', weight: 3, flags: 0 }];
      // Each route is replaced on its own without nexthop objects: the last one as well.
      for (const n of [7, 0, 49]) await becomes(both, () => paths(`10.0.${n}.0/24`));
      const led = () => ns.ip('route show proto 186').split('192.0.2.51').length - 1;
      if (objectIds === null) await becomes(50, led);
      await daemon.driver.settled();
      daemon.driver.compare();
      await daemon.driver.settled();
      expect(daemon.driver.status().repaired).toBe(0);
    },
  );

  test('a host that announces its own address is reached all the same', async () => {
    await started();
    daemon.route(`${A}/32`, A);
    daemon.route(P, A);
    daemon.route('2001:db8::9/128', '2001:db8::9');
    await daemon.driver.settled();
    ns.ip('rule add from 203.0.113.1 table 99'); // everything is resolved anew
    ns.ip('rule delete from 203.0.113.1 table 99');
    await becomes([`${P} ${A} 186 20`, `${A} ${A} 186 20`], () => ns.routes());
    await daemon.driver.settled();
    expect(ns.routes('-6')).toEqual(['2001:db8::9 2001:db8::9 186 20']);
    expect(daemon.driver.counts(IPV4_UNICAST).failed).toBe(0);
  });

  test('a next hop that only a BGP route covers, or that is ours, cannot be reached', async () => {
    await started();
    daemon.route('198.51.100.0/24', A);
    await daemon.driver.settled();
    daemon.route(P, '198.51.100.7');
    daemon.route('10.2.0.0/24', '192.0.2.1');
    daemon.route('10.3.0.0/24', '203.0.113.1');
    await daemon.driver.settled();
    const errors = [...daemon.driver.rows()].map((row) => row.error);
    expect(errors).toEqual([
      null,
      'the next hop is unreachable: only BGP routes lead to it',
      'the next hop is unreachable: it is an address of this host',
      'the next hop is unreachable: no route to it',
    ]);
  });

  test.each([
    ['nexthop objects', IDS],
    ['routes of their own', null],
  ] as const)('a link that goes down and up again has its routes back (%s)', async (_name, objectIds) => {
    const routes = await withRoutes(50, { objectIds });
    const routes6 = ns.routes('-6');
    ns.ip('link set v0 down');
    await becomes(0, () => daemon.driver.counts(IPV4_UNICAST).installed);
    ns.ip('link set v0 up');
    ns.ip('-6 addr replace 2001:db8::1/64 dev v0 nodad');
    await becomes(routes, () => ns.routes());
    await becomes(routes6, () => ns.routes('-6'));
    await daemon.driver.settled();
    expect(daemon.wanted()).toEqual([...routes, ...routes6].sort());
  });

  test('an address that is removed and put back leaves the right routes', async () => {
    const routes = await withRoutes();
    ns.ip('addr delete 192.0.2.1/24 dev v0');
    await becomes([], () => ns.routes());
    const counts = () => daemon.driver.counts(IPV4_UNICAST);
    await becomes([0, 21], () => [counts().installed, counts().failed]);
    ns.ip('addr add 192.0.2.1/24 dev v0');
    await becomes(routes, () => ns.routes());
    daemon.driver.compare();
    await daemon.driver.settled();
    expect(ns.routes()).toEqual(routes);
  });

  test('an interface that is made anew under its name is used under its new index', async () => {
    await withRoutes(4);
    ns.ip('link delete v0');
    await becomes(0, () => daemon.driver.counts(IPV4_UNICAST).installed);
    ns.ip('link add v0 type veth peer name v1');
    ns.ip('addr add 192.0.2.1/24 dev v0');
    ns.ip('link set v1 up');
    ns.ip('link set v0 up');
    await becomes(5, () => ns.routes().length);
  }, 20_000);

  test.each([
    ['deleted', (prefix: string) => `route delete ${prefix} metric 20`],
    ['led elsewhere', (prefix: string) => `route replace ${prefix} via 192.0.2.66 metric 20 proto 186`],
  ])('a route that another program %s is repaired within a second', async (_what, command) => {
    const routes = await withRoutes();
    ns.ip(command('10.0.7.0/24'));
    await becomes(routes, () => ns.routes());
    await daemon.driver.settled();
    expect(daemon.driver.status().repaired).toBe(1);
  });

  test('a conflicting route of another program stays and is reported, and ours is installed after it', async () => {
    const routes = await withRoutes();
    ns.ip('route replace 10.0.7.0/24 via 192.0.2.66 metric 20 proto static');
    const row = () => [...daemon.driver.rows()].find((entry) => entry.prefix === '10.0.7.0/24');
    await becomes('conflict', () => row()?.state);
    daemon.route('10.0.7.0/24', B);
    daemon.route('10.0.7.0/24', A);
    await daemon.driver.settled();
    expect(ns.routes()).toContain('10.0.7.0/24 192.0.2.66 4 20');
    daemon.route('10.0.7.0/24', B);
    await daemon.driver.settled();
    ns.ip('route delete 10.0.7.0/24 metric 20 proto static');
    await becomes(routes, () => ns.routes());
  });

  test('a conflicting route of another program is replaced within a second if that is configured', async () => {
    const routes = await withRoutes(20, { takeover: true });
    ns.ip('route replace 10.0.7.0/24 via 192.0.2.66 metric 20 proto static');
    ns.ip('route add 10.88.0.0/16 via 192.0.2.66 metric 20 proto static'); // there before ours: it stays
    daemon.route('10.88.0.0/16', A);
    const theirs = '10.88.0.0/16 192.0.2.66 4 20';
    await becomes([...routes, theirs].sort(), () => ns.routes());
    await daemon.driver.settled();
    expect(daemon.driver.counts(IPV4_UNICAST)).toMatchObject({ conflicts: 1 });
    expect(daemon.driver.status().repaired).toBe(1);
  });

  test('flushed tables and deleted objects come back', async () => {
    const routes = await withRoutes(400);
    const routes6 = ns.routes('-6');
    ns.batch(routes.map((route) => `route delete ${route.split(' ')[0]} metric 20`));
    expect(ns.routes()).toEqual([]);
    ns.ip('nexthop flush');
    await becomes(routes, () => ns.routes());
    await becomes(routes6, () => ns.routes('-6'));
  }, 20_000);

  test('a thousand random changes by others end in the right table, and a comparison finds no difference', async () => {
    const routes = await withRoutes(200);
    const routes6 = ns.routes('-6');
    const lines: string[] = [];
    for (let i = 0; i < 1000; i++) {
      const prefix = `10.0.${(i * 7919) % 200}.0/24`;
      if (i % 3 === 0) lines.push(`route delete ${prefix} metric 20 proto 186`);
      else if (i % 3 === 1) lines.push(`route replace ${prefix} via 192.0.2.${60 + (i % 9)} metric 20 proto 186`);
      else lines.push(`route replace 10.77.${i & 255}.0/24 via 192.0.2.66 metric 20 proto 186`);
    }
    ns.batch(lines);
    for (let i = 0; i < 200; i++) daemon.route(`10.0.${i}.0/24`, A);
    for (let i = 0; i < 200; i++) daemon.route(`10.0.${i}.0/24`, i % 2 === 0 ? A : B);
    await becomes(routes, () => ns.routes());
    await becomes(routes6, () => ns.routes('-6'));
    await daemon.driver.settled();
    const { repaired } = daemon.driver.status();
    daemon.driver.compare();
    await daemon.driver.settled();
    expect(daemon.driver.status().repaired).toBe(repaired);
  }, 20_000);

  test.each([100, 3000])('a next hop of %i routes that moves costs one line to the kernel', async (count) => {
    await started();
    for (let i = 0; i < count; i++) daemon.route(`10.${i >> 8}.${i & 255}.0/24`, '198.51.100.1');
    ns.ip(`route add 198.51.100.0/24 via ${A}`);
    await becomes(count, () => ns.routes().filter((route) => route.includes(` ${A} 186 `)).length);
    await daemon.driver.settled();
    const lines: string[] = [];
    const { port } = daemon;
    const [apply, applyObjects] = [port.apply.bind(port), port.applyObjects.bind(port)];
    port.apply = (family, changes) => {
      lines.push(...changes.map(({ kind, prefix }) => `${kind} ${prefix}`));
      return apply(family, changes);
    };
    port.applyObjects = (changes) => {
      lines.push(...changes.map(({ kind }) => kind));
      return applyObjects(changes);
    };
    ns.ip(`route replace 198.51.100.0/24 via ${B}`);
    await becomes(count, () => ns.routes().filter((route) => route.includes(` ${B} 186 `)).length);
    await daemon.driver.settled();
    expect(lines).toEqual(['replace']);
  });

  test.each([
    ['nexthop objects', IDS],
    ['routes of their own', null],
  ] as const)(
    'a thousand random mishaps of all kinds leave no difference between what is shown and what the kernel has (%s)',
    async (_name, objectIds) => {
      await withRoutes(60, { objectIds, takeover: false });
      const random = randomNumbers(objectIds === null ? 7 : 8);
      const any = () => `10.0.${random(60)}.0/24`;
      const theirs = `via 192.0.2.66 metric 20`;
      const mishaps: readonly (() => void)[] = [
        ...Array.from({ length: 12 }, () => () => ns.batch([`route delete ${any()} metric 20`])),
        ...Array.from({ length: 8 }, () => () => ns.batch([`route replace ${any()} ${theirs} proto 186`])),
        ...Array.from({ length: 6 }, () => () => ns.batch([`route replace ${any()} ${theirs} proto static`])),
        ...Array.from({ length: 6 }, () => () => ns.batch([`route delete ${any()} metric 20 proto static`])),
        ...Array.from({ length: 6 }, () => () => ns.batch([`route add 10.77.${random(9)}.0/24 ${theirs} proto 186`])),
        ...Array.from({ length: 20 }, () => () => daemon.route(any(), [A, B, null][random(3)])),
        () => ns.batch([`nexthop delete id ${IDS.first + random(4)}`]),
        () => ns.batch([`nexthop replace id ${IDS.first + random(4)} via 192.0.2.77 dev v0 proto 186`]),
        () => ns.batch(['addr delete 192.0.2.1/24 dev v0', 'addr add 192.0.2.1/24 dev v0']),
        () => ns.batch(['link set v0 down', 'link set v0 up', 'addr replace 2001:db8::1/64 dev v0 nodad']),
        () => ns.batch(['route flush table main proto 186'], random(2) === 0 ? '-4' : '-6'),
      ];
      for (let i = 0; i < 1000; i++) {
        mishaps[random(mishaps.length)]();
        if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const shown = (state: string) =>
        [...daemon.driver.rows()].filter((row) => row.state === state).map((row) => row.prefix.replace(/\/32$/, ''));
      const differences = () => {
        const kernel = [...ns.routes(), ...ns.routes('-6')].filter((route) => route.includes(' 186 '));
        const wanted = daemon.wanted();
        return {
          shownOnly: wanted.filter((route) => !kernel.includes(route)),
          kernelOnly: kernel.filter((route) => !wanted.includes(route)),
          odd: [...shown('pending'), ...shown('failed')],
        };
      };
      await becomes({ shownOnly: [], kernelOnly: [], odd: [] }, differences, 10_000);
      const statics = ns.routes().filter((route) => route.endsWith(' 4 20'));
      expect(statics.map((route) => route.split(' ')[0])).toEqual(expect.arrayContaining(shown('conflict')));
      await daemon.driver.settled();
      const { repaired, comparisons } = daemon.driver.status();
      daemon.driver.compare();
      await daemon.driver.settled();
      expect(daemon.driver.status()).toMatchObject({ repaired, comparisons: comparisons + 1 });
    },
    60_000,
  );

  test('what happens while the monitor is dead is found when its successor starts', async () => {
    const routes = await withRoutes();
    process.kill(daemon.port.monitorPid as number, 'SIGKILL');
    ns.ip('route delete 10.0.7.0/24 metric 20');
    await becomes(routes, () => ns.routes());
    expect(daemon.driver.health()).toEqual([]);
  });

  test('a killed worker in mid-load, then a killed daemon and its successor, end in exactly the right table', async () => {
    await started();
    for (let i = 0; i < 4000; i++) daemon.route(`10.${i >> 8}.${i & 255}.0/24`, A);
    await becomes(true, () => ns.routes().length > 100);
    process.kill((await daemon.port.lane(IPV4_UNICAST).pid()) as number, 'SIGKILL');
    await becomes(true, () => ns.routes().length > 1500);
    await daemon.stop(); // in mid-load: what its workers had is all that was done
    await started();
    expect(daemon.events.some((event) => event.type === 'fib.read' && event.found > 1500)).toBe(true);
    for (let i = 1; i < 4000; i++) daemon.route(`10.${i >> 8}.${i & 255}.0/24`, i % 5 === 0 ? B : A);
    await daemon.driver.settled();
    expect(ns.routes().length).toBeGreaterThanOrEqual(3999);
    daemon.driver.sweep();
    await daemon.driver.settled();
    expect(ns.routes()).toEqual(daemon.wanted());
    expect(ns.routes().length).toBe(3999);
  }, 30_000);

  test('routes that are still right after a restart cost no kernel call', async () => {
    const routes = await withRoutes(300);
    await daemon.stop();
    const changes: string[] = [];
    await started();
    const apply = daemon.port.apply.bind(daemon.port);
    daemon.port.apply = (family, batch) => {
      changes.push(...batch.map((change) => change.prefix));
      return apply(family, batch);
    };
    for (let i = 0; i < 300; i++) {
      daemon.route(`10.${i >> 8}.${i & 255}.0/24`, i % 2 === 0 ? A : B);
      daemon.route(`2001:db8:1:${(i + 1).toString(16)}::/64`, '2001:db8::9');
    }
    daemon.route('10.99.0.1/32', B);
    await daemon.driver.settled();
    expect(changes).toEqual(['10.99.0.1/32']);
    expect(ns.routes().length).toBe(routes.length);
  }, 20_000);

  test('all of ours is withdrawn on request, and nothing else', async () => {
    ns.ip('route add 10.200.0.0/16 via 192.0.2.66 proto static metric 20');
    await withRoutes();
    await daemon.driver.withdraw();
    expect(ns.routes()).toEqual(['10.200.0.0/16 192.0.2.66 4 20']);
    expect(ns.routes('-6')).toEqual([]);
    expect(JSON.parse(ns.ip('-j nexthop show') || '[]')).toEqual([]);
  });
});
