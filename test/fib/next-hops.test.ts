/** Nexthop objects, next hops that move, and a kernel that others change. */
import type { Refusal } from '../../src/fib/port/ports.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import { type Bench, bench, quiet } from './fakes.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';
const P = '10.1.0.0/24';
const Q = '10.2.0.0/24';
const IDS = { first: 100, count: 50 };

function modern(options: Parameters<typeof bench>[0] = {}): Bench {
  const made = bench({ objectIds: IDS, ...options });
  made.kernel.modern = true;
  return made;
}

async function started(made: Bench = modern()): Promise<Bench> {
  made.driver.start();
  await made.driver.settled();
  return made;
}

function row(made: Bench, prefix: string) {
  return [...made.driver.rows()].find((entry) => entry.prefix === prefix);
}

/** The kernel says that something around changed, and everything that follows from it happens. */
async function surroundings(made: Bench): Promise<void> {
  made.kernel.watcher?.surroundingsChanged();
  await made.schedule.advance(1000);
  await made.driver.settled();
}

test('all routes of a next hop share one object', async () => {
  const made = await started();
  made.route(P, A);
  made.route(Q, A);
  made.route('2001:db8:1::/48', 'fe80::1%eth0');
  await made.driver.settled();
  expect(made.kernel.log.sort()).toEqual([
    'create #100 192.0.2.1',
    'create #101 fe80::1',
    `set ${P} #100`,
    `set ${Q} #100`,
    'set 2001:db8:1::/48 #101',
  ]);
  expect(made.driver.status()).toMatchObject({ objects: true, nextHops: 2 });
});

test('a route that is learned while the object of its next hop is being installed waits for that', async () => {
  const made = await started();
  const { kernel } = made;
  const applyObjects = kernel.applyObjects.bind(kernel);
  let go = () => {};
  kernel.applyObjects = async (changes) => {
    await new Promise<void>((done) => {
      go = done;
    });
    return applyObjects(changes);
  };
  made.route(P, A);
  await quiet();
  made.route(Q, A);
  await quiet();
  expect(kernel.log).toEqual([]);
  go();
  await made.driver.settled();
  expect(kernel.log.sort()).toEqual([`create #100 ${A}`, `set ${P} #100`, `set ${Q} #100`]);
  expect(made.events.filter(({ type }) => type === 'fib.failed')).toEqual([]);
});

test('a next hop that moves costs one change, however many routes use it', async () => {
  const made = await started();
  for (let i = 0; i < 3000; i++) made.route(`10.${i >> 8}.${i & 255}.0/24`, A);
  await made.driver.settled();
  made.kernel.log.length = 0;
  made.kernel.ways.set(A, '198.51.100.9%eth2');
  await surroundings(made);
  expect(made.kernel.log).toEqual(['replace #100 198.51.100.9']);
  expect(made.kernel.gateway('10.0.7.0/24')).toBe('198.51.100.9');
});

test('a next hop that becomes unreachable costs one change, and its return restores the routes', async () => {
  const made = await started();
  made.route(P, A);
  made.route(Q, A);
  await made.driver.settled();
  made.kernel.log.length = 0;
  made.kernel.ways.set(A, null);
  await surroundings(made);
  expect(made.kernel.log).toEqual(['delete #100']);
  expect(row(made, P)).toMatchObject({ state: 'failed', error: 'no way' });
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ wanted: 2, installed: 0, failed: 2, pending: 0 });
  made.kernel.ways.delete(A);
  await surroundings(made);
  expect(made.kernel.gateway(P)).toBe(A);
  expect(made.kernel.gateway(Q)).toBe(A);
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ installed: 2, failed: 0 });
});

test('routes whose next hop is unreachable wait for it without a retry, and are reported once', async () => {
  const made = modern();
  made.kernel.ways.set(A, null);
  await started(made);
  for (let i = 0; i < 100; i++) made.route(`10.0.${i}.0/24`, A);
  await made.driver.settled();
  expect(made.events.filter((event) => event.type === 'fib.failed').length).toBe(1);
  expect(made.driver.counts(IPV4_UNICAST).failed).toBe(100);
  const asked = made.kernel.questions;
  await made.schedule.advance(50_000);
  expect(made.kernel.questions).toBe(asked);
  made.route('10.0.7.0/24', null);
  made.route('10.0.8.0/24', B);
  await made.driver.settled();
  expect([...made.kernel.routes.keys()]).toEqual(['10.0.8.0/24']);
  expect(made.driver.counts(IPV4_UNICAST).failed).toBe(98);
});

test('the route of a best path that becomes unreachable is removed, without objects too', async () => {
  const made = await started(bench());
  made.route(P, A);
  await made.driver.settled();
  made.kernel.ways.set(A, null);
  await surroundings(made);
  expect(made.kernel.routes.size).toBe(0);
  made.kernel.ways.set(A, '198.51.100.9');
  await surroundings(made);
  made.kernel.ways.set(A, '198.51.100.10');
  await surroundings(made);
  expect(made.kernel.routes.get(P)).toBe('198.51.100.10');
});

test('an object that the kernel refuses makes its next hop unreachable, in the words of the kernel', async () => {
  const made = await started();
  made.kernel.failNext.create.push({ kind: 'refused', words: 'Error: Nexthop device is not up.' });
  made.route(P, A);
  await made.driver.settled();
  expect(row(made, P)).toMatchObject({ state: 'failed', error: 'Error: Nexthop device is not up.' });
  await surroundings(made);
  expect(made.kernel.gateway(P)).toBe(A);
});

test('an object that the kernel refuses is retried with back-off, and reported meanwhile', async () => {
  const made = await started();
  const full: Refusal = { kind: 'refused', words: 'No space left on device' };
  made.kernel.failNext.create.push(full, full, full);
  made.route(P, A);
  await made.driver.settled();
  expect(made.driver.health()).toEqual([
    'the kernel refuses nexthop objects, for 1 of the next hops: No space left on device',
  ]);
  await made.schedule.advance(2999); // the second and the third attempt are after 1 s and 3 s
  expect(made.kernel.failNext.create.length).toBe(1);
  await made.schedule.advance(4001);
  expect(made.kernel.gateway(P)).toBe(A);
  expect(made.driver.health()).toEqual([]);
});

test('the end and the restart of the monitor are reported', async () => {
  const made = await started();
  made.kernel.watcher?.watching('it ended');
  made.kernel.watcher?.watching(null);
  expect(made.events.slice(-2)).toEqual([{ type: 'fib.unwatched', error: 'it ended' }, { type: 'fib.watched' }]);
});

test('an id that another program uses is left to it', async () => {
  const made = modern();
  made.kernel.putObject(100, '203.0.113.1', false);
  await started(made);
  made.kernel.putObject(101, '203.0.113.2', false);
  made.route(P, A);
  await made.driver.settled();
  expect(made.kernel.routes.get(P)).toBe('#102');
  expect(made.kernel.objects.get(101)?.ours).toBe(false);
});

test('beyond the range of ids routes have their own gateway', async () => {
  const made = await started(modern({ objectIds: { first: 100, count: 1 } }));
  made.route(P, A);
  made.route(Q, B);
  await made.driver.settled();
  expect(made.kernel.routes.get(P)).toBe('#100');
  expect(made.kernel.routes.get(Q)).toBe(B);
  made.kernel.ways.set(B, '198.51.100.9');
  await surroundings(made);
  expect(made.kernel.routes.get(Q)).toBe('198.51.100.9');
});

test('an object that another program removes is installed again, and so are the routes that went with it', async () => {
  const made = await started();
  made.route(P, A);
  made.route(Q, B);
  await made.driver.settled();
  made.kernel.dropObject(100);
  expect(made.kernel.routes.has(P)).toBe(false);
  await surroundings(made);
  expect(made.kernel.gateway(P)).toBe(A);
  expect(made.kernel.gateway(Q)).toBe(B);
});

test('an object that another program changes is repaired', async () => {
  const made = await started();
  made.route(P, A);
  await made.driver.settled();
  made.kernel.putObject(100, '203.0.113.1', true);
  await surroundings(made);
  expect(made.kernel.gateway(P)).toBe(A);
});

test('a route that was removed with its object while its change was pending is installed again', async () => {
  const made = await started();
  made.route(P, A);
  await made.driver.settled();
  made.kernel.held = true;
  made.route(Q, A);
  await quiet();
  made.kernel.ways.set(A, null);
  made.kernel.watcher?.surroundingsChanged();
  await made.schedule.advance(100); // the object is deleted while Q is on its way
  made.kernel.ways.delete(A);
  made.kernel.watcher?.surroundingsChanged();
  made.kernel.held = false;
  made.kernel.flush();
  made.kernel.flush();
  await made.schedule.advance(2000);
  await made.driver.settled();
  expect(made.kernel.gateway(P)).toBe(A);
  expect(made.kernel.gateway(Q)).toBe(A);
});

test('an unused object is removed after a while', async () => {
  const made = await started();
  made.route(P, A);
  await made.driver.settled();
  made.route(P, B);
  await made.driver.settled();
  await made.schedule.advance(60_000);
  expect([...made.kernel.objects.keys()]).toEqual([101]);
  made.route(P, A);
  await made.driver.settled();
  expect(made.kernel.gateway(P)).toBe(A);
});

describe('several next hops that share the traffic', () => {
  const BOTH = `${A},${B}*3`;

  test('have one group of objects, used by all their routes', async () => {
    const made = await started();
    made.route(P, BOTH);
    made.route(Q, BOTH);
    made.route('10.3.0.0/24', B);
    await made.driver.settled();
    expect(made.kernel.log.slice(0, 3)).toEqual([`create #100 ${A}`, `create #101 ${B}`, `create #102 ${BOTH}`]);
    expect(made.kernel.routes.get(Q)).toBe('#102');
    expect(made.kernel.routes.get('10.3.0.0/24')).toBe('#101');
  });

  test('continue with those that are left, and with all when they are back', async () => {
    const made = await started();
    made.route(P, BOTH);
    await made.driver.settled();
    made.kernel.log.length = 0;
    made.kernel.ways.set(A, null);
    await surroundings(made);
    expect(made.kernel.gateway(P)).toBe(`${B}*3`);
    expect(made.kernel.log.some((line) => line.startsWith('set'))).toBe(false);
    made.kernel.ways.delete(A);
    await surroundings(made);
    expect(made.kernel.gateway(P)).toBe(BOTH);
    expect(made.kernel.log.some((line) => line.startsWith('set'))).toBe(false);
    expect(made.driver.status().repaired).toBe(0);
  });

  test('are unreachable when all of them are, and return', async () => {
    const made = await started();
    made.route(P, BOTH);
    await made.driver.settled();
    made.kernel.ways.set(A, null).set(B, null);
    await surroundings(made);
    expect(made.kernel.routes.size).toBe(0);
    expect(row(made, P)).toMatchObject({ state: 'failed', error: 'no way' });
    made.kernel.ways.clear();
    await surroundings(made);
    expect(made.kernel.gateway(P)).toBe(BOTH);
  });

  test('are in each route if the kernel does not support objects', async () => {
    const made = await started(bench());
    made.route(P, BOTH);
    await made.driver.settled();
    expect(made.kernel.routes.get(P)).toBe(`${A}*1 ${B}*3`);
    made.kernel.ways.set(A, null);
    await surroundings(made);
    expect(made.kernel.routes.get(P)).toBe(B);
  });

  test('of which one is left are a route by it: a comparison has nothing to repair, a restart nothing to replace', async () => {
    const made = await started(bench());
    made.kernel.ways.set(A, null);
    made.route(P, BOTH);
    await made.driver.settled();
    made.driver.compare();
    await made.schedule.advance(1000);
    await made.driver.settled();
    expect(made.driver.status()).toMatchObject({ comparisons: 1, repaired: 0 });
    const again = bench();
    again.kernel.ways.set(A, null);
    again.kernel.routes.set(P, B);
    await started(again);
    again.route(P, BOTH);
    await again.driver.settled();
    expect(again.kernel.log).toEqual([]);
  });

  test('are adopted after a restart, members included', async () => {
    const made = modern();
    made.kernel.putObject(107, B, true);
    made.kernel.putObject(108, A, true);
    const members = [
      { id: 108, weight: 1 },
      { id: 107, weight: 3 },
    ];
    made.kernel.objects.set(109, { content: { kind: 'group', members }, ours: true });
    made.kernel.routes.set(P, '#109');
    await started(made);
    made.route(P, BOTH);
    await made.driver.settled();
    expect(made.kernel.log).toEqual([]);
    expect(row(made, P)).toMatchObject({ state: 'installed' });
  });

  test('leave no object behind when they are no longer used', async () => {
    const made = await started();
    made.route(P, BOTH);
    await made.driver.settled();
    made.route(P, null);
    await made.driver.settled();
    await made.schedule.advance(60_000);
    expect(made.kernel.objects.size).toBe(0);
    expect(made.driver.status().nextHops).toBe(0);
  });
});

describe('after a restart', () => {
  function restarted(): Bench {
    const made = modern();
    made.kernel.putObject(100, A, true);
    made.kernel.putObject(101, B, true);
    made.kernel.routes.set(P, '#100').set(Q, '#101').set('10.3.0.0/24', '#101');
    return made;
  }

  test('objects and routes are adopted without a kernel call', async () => {
    const made = await started(restarted());
    made.route(P, A);
    made.route(Q, B);
    await made.driver.settled();
    expect(made.kernel.log).toEqual([]);
    expect(row(made, P)).toMatchObject({ state: 'installed' });
    expect(row(made, '10.3.0.0/24')).toMatchObject({ state: 'adopted', nextHop: B });
  });

  test('a route whose best path differs is replaced, and unwanted routes and objects are swept', async () => {
    const made = await started(restarted());
    made.route(P, B);
    await made.driver.settled();
    expect(made.kernel.log).toEqual([`create #102 ${B}`, `set ${P} #102`]);
    await made.schedule.advance(200_000);
    expect([...made.kernel.routes.keys()]).toEqual([P]);
    expect([...made.kernel.objects.keys()]).toEqual([102]);
  });
});

describe('changes by others', () => {
  const far = { address: Uint8Array.of(10, 1, 0, 0), length: 24, to: null };

  async function withRoutes(): Promise<Bench> {
    const made = await started();
    made.route(P, A);
    made.route(Q, A);
    await made.driver.settled();
    made.kernel.log.length = 0;
    return made;
  }

  test('a route that another program removes is back within a second', async () => {
    const made = await withRoutes();
    made.kernel.routes.delete(P);
    made.kernel.watcher?.routeChanged(IPV4_UNICAST, far);
    await made.schedule.advance(999);
    expect(made.kernel.routes.get(P)).toBe('#100');
    expect(made.driver.status().repaired).toBe(1);
    expect(made.events).toContainEqual({
      type: 'fib.drift',
      family: IPV4_UNICAST,
      differences: { missing: 1, surplus: 0, altered: 0 },
    });
  });

  test('a route that another program changes under our protocol id is repaired', async () => {
    const made = await withRoutes();
    made.kernel.routes.set(P, '203.0.113.1');
    made.kernel.watcher?.routeChanged(IPV4_UNICAST, far);
    await made.schedule.advance(999);
    expect(made.kernel.routes.get(P)).toBe('#100');
  });

  test('a route that another program replaces by its own is a conflict, and ours again when that is removed', async () => {
    const made = await withRoutes();
    made.kernel.routes.delete(P);
    made.kernel.foreign.set(P, 'theirs');
    made.kernel.watcher?.routeChanged(IPV4_UNICAST, far);
    await made.schedule.advance(999);
    expect(row(made, P)).toMatchObject({ state: 'conflict', error: 'in the way: theirs' });
    made.kernel.foreign.delete(P);
    made.kernel.watcher?.routeChanged(IPV4_UNICAST, far);
    await made.schedule.advance(999);
    expect(made.kernel.routes.get(P)).toBe('#100');
  });

  test('an unwanted route under our protocol id is removed', async () => {
    const made = await withRoutes();
    made.kernel.routes.set('10.66.0.0/16', '203.0.113.1');
    const change = { address: Uint8Array.of(10, 66, 0, 0), length: 16, to: null };
    made.kernel.watcher?.routeChanged(IPV4_UNICAST, change);
    await made.schedule.advance(999);
    expect(made.kernel.routes.has('10.66.0.0/16')).toBe(false);
    expect(made.rib.pins.has('10.66.0.0/16')).toBe(false);
  });

  test('a correct route in a hint needs no check', async () => {
    const made = await withRoutes();
    made.kernel.readSome = async () => {
      throw new Error('not to be asked');
    };
    made.kernel.watcher?.routeChanged(IPV4_UNICAST, { ...far, to: { kind: 'object', id: 100 } });
    await made.schedule.advance(5000);
    expect(made.driver.status().repaired).toBe(0);
  });

  test('many hints at once, or lost hints, cause a comparison of the whole table', async () => {
    const made = await withRoutes();
    for (let i = 0; i < 500; i++) made.route(`10.9.${i & 255}.${(i >> 8) << 7}/25`, B);
    await made.driver.settled();
    made.kernel.routes.clear();
    made.kernel.routes.set('10.66.0.0/16', '203.0.113.1').set(P, '203.0.113.1');
    made.kernel.watcher?.hintsLost();
    await made.schedule.advance(1000);
    expect(made.kernel.routes.size).toBe(502);
    expect(made.kernel.routes.get(P)).toBe('#100');
    expect(made.driver.status()).toMatchObject({ comparisons: 1, repaired: 503 });
  });

  test('a comparison runs every few minutes and finds nothing when nothing differs', async () => {
    const made = await withRoutes();
    await made.schedule.advance(901_000);
    expect(made.driver.status()).toMatchObject({ comparisons: 3, repaired: 0 });
    expect(made.kernel.log).toEqual([]);
  });

  test('removed nexthop objects are installed again with their routes, and that is logged and counted', async () => {
    const made = await withRoutes();
    made.route('10.4.0.0/24', `${A},${B}`);
    await made.driver.settled();
    for (const id of [...made.kernel.objects.keys()]) made.kernel.dropObject(id);
    await surroundings(made);
    expect([P, Q, '10.4.0.0/24'].map((prefix) => made.kernel.gateway(prefix))).toEqual([A, A, `${A},${B}`]);
    const drift = { type: 'fib.object-drift', removed: 3, altered: 0, routes: 3 };
    expect(made.events.filter(({ type }) => type.includes('drift'))).toEqual([drift]);
    expect(made.driver.status().repaired).toBe(6);
  });

  test('one that another program changes is corrected, and that is logged; its groups follow', async () => {
    const made = await withRoutes();
    made.route('10.4.0.0/24', `${A},${B}`);
    await made.driver.settled();
    made.kernel.putObject(100, '203.0.113.1', true);
    await surroundings(made);
    expect(made.kernel.gateway(P)).toBe(A);
    const drift = { type: 'fib.object-drift', removed: 0, altered: 1, routes: 0 };
    expect(made.events.filter(({ type }) => type.includes('drift'))).toEqual([drift]);
  });

  test('objects that the kernel removes with their interface are not reported as changes by others', async () => {
    const made = await withRoutes();
    made.kernel.dropObject(100);
    made.kernel.ways.set(A, null);
    await surroundings(made);
    expect(made.events.map(({ type }) => type)).not.toContain('fib.object-drift');
    expect(made.driver.status().repaired).toBe(0);
  });

  test.each([
    ['nexthop objects', A, B, () => modern()],
    ['groups of them', `${A},192.0.2.3`, `${B},192.0.2.3`, () => modern()],
    ['routes that say themselves where they lead', A, B, () => bench()],
    ['several next hops that they say themselves', `${A},192.0.2.3`, `${B},192.0.2.3`, () => bench()],
  ])(
    'a comparison uses the actual targets of routes, not the expected ones: by %s',
    async (_name, before, after, make) => {
      const made = await started(make());
      made.route(P, before);
      made.route(Q, before);
      await made.driver.settled();
      const leads = () => made.kernel.gateway(P)?.replaceAll('*1', '').replaceAll(' ', ',');
      expect(leads()).toBe(before);
      // What is known of A is not true: by its id the tables mean B. This must not happen, and is healed if it does.
      made.rib.hops[made.rib.hop(A)] = B;
      if (before !== A) made.rib.hops[made.rib.hop(before)] = after;
      made.driver.compare();
      await made.schedule.advance(1);
      await made.driver.settled();
      await made.schedule.advance(1000);
      expect(leads()).toBe(after);
      expect(made.events).toContainEqual({
        type: 'fib.drift',
        family: IPV4_UNICAST,
        differences: { missing: 0, surplus: 0, altered: 2 },
      });
      expect(made.driver.status().repaired).toBe(2);
      made.driver.compare();
      await made.schedule.advance(1000);
      expect(made.driver.status().repaired).toBe(2);
    },
  );

  describe('a next hop that moves, of routes with their own gateway', () => {
    const PATHS = `${A},192.0.2.3`;
    const move = async (made: Bench, way: string) => {
      made.kernel.ways.set(A, way);
      made.kernel.watcher?.surroundingsChanged();
      await made.schedule.advance(100);
    };

    test.each([
      ['is being installed', A],
      ['is being installed with several', PATHS],
    ])('while a route to it %s: the route follows, and a comparison has nothing to repair', async (_, names) => {
      const made = await started(bench());
      made.kernel.held = true;
      made.route(P, names);
      await quiet();
      expect(made.kernel.blocksWaiting).toBe(1);
      await move(made, '198.51.100.1');
      made.kernel.held = false;
      made.kernel.flush();
      await quiet();
      expect(made.kernel.gateway(P)).toContain('198.51.100.1');
      await made.schedule.advance(2000);
      await made.driver.settled();
      expect(made.driver.status().comparisons).toBeGreaterThan(0);
      expect(made.driver.status().repaired).toBe(0);
    });

    test('more often than a route may change: a comparison does not count the change that waits', async () => {
      const made = await started(bench());
      for (const name of [A, B, '192.0.2.3', A]) {
        made.route(P, name);
        await made.driver.settled();
      }
      await move(made, '198.51.100.4');
      expect(made.driver.counts(IPV4_UNICAST).pending).toBe(1);
      made.driver.compare();
      await made.schedule.advance(1);
      expect(made.driver.status().comparisons).toBeGreaterThan(0);
      await made.schedule.advance(2000);
      await made.driver.settled();
      expect(made.kernel.gateway(P)).toBe('198.51.100.4');
      expect(made.driver.status().repaired).toBe(0);
    });
  });

  test('a comparison finds a route to a next hop that is not that of the best path, and repairs it', async () => {
    const made = await withRoutes();
    made.rib.best(P, B); // without a notification of the change
    made.rib.best(Q, null);
    made.driver.compare();
    await made.schedule.advance(1000);
    expect(made.kernel.gateway(P)).toBe(B);
    expect([...made.kernel.routes.keys()]).toEqual([P]);
    expect(made.driver.status().repaired).toBe(2);
  });

  test('a comparison is deferred while very many changes wait, but not forever', async () => {
    const made = await started();
    made.kernel.held = true;
    for (let i = 0; i < 13_000; i++) made.route(`10.${i >> 8}.${i & 255}.0/24`, A);
    made.driver.compare();
    await made.schedule.advance(59_000);
    expect(made.driver.status().comparisons).toBe(0);
    await made.schedule.advance(2000);
    expect(made.driver.status().comparisons).toBe(1);
    made.driver.compare();
    await made.schedule.advance(2000);
    expect(made.driver.status().comparisons).toBe(1);
    made.kernel.held = false;
    while (made.kernel.blocksWaiting > 0) made.kernel.flush();
    await made.driver.settled();
    await made.schedule.advance(1000);
    expect(made.driver.status()).toMatchObject({ comparisons: 2, repaired: 0 });
  });

  test('what changes during a comparison is not reported as a difference', async () => {
    const made = await withRoutes();
    const read = made.kernel.read.bind(made.kernel);
    made.kernel.read = async (family, visit) => {
      await read(family, visit);
      made.route(P, B); // after it was seen
      made.route(Q, null);
      made.route('10.7.0.0/16', B);
      await quiet();
      await quiet();
    };
    made.driver.compare();
    await made.schedule.advance(1);
    await made.driver.settled();
    expect(made.driver.status()).toMatchObject({ comparisons: 1, repaired: 0 });
    expect([...made.kernel.routes].sort()).toEqual([
      [P, '#101'],
      ['10.7.0.0/16', '#101'],
    ]);
  });

  test('a route that is removed while it is being read is not treated as an unwanted one', async () => {
    const made = await withRoutes();
    const read = made.kernel.read.bind(made.kernel);
    made.kernel.read = async (family, visit) => {
      const seen: Parameters<typeof visit>[0][] = [];
      await read(family, (route) => void seen.push(route));
      made.route(Q, null);
      await quiet();
      await quiet();
      for (const route of seen) visit(route);
    };
    made.driver.compare();
    await made.schedule.advance(1);
    await made.driver.settled();
    expect(made.driver.status()).toMatchObject({ comparisons: 1, repaired: 0 });
    expect([...made.rib.pins.keys()]).toEqual([P]);
  });
});

test('a kernel that cannot be queried for next hops is an outage like any other', async () => {
  const made = await started();
  made.kernel.failResolve.push('spawn ip EAGAIN');
  made.route(P, A);
  await quiet();
  expect(made.driver.health()).toEqual(["the kernel's routes cannot be changed: spawn ip EAGAIN"]);
  await made.schedule.advance(1000);
  expect(made.kernel.gateway(P)).toBe(A);
});

test('everything is withdrawn on request, objects included', async () => {
  const made = modern();
  made.kernel.putObject(140, A, true);
  made.kernel.routes.set('10.3.0.0/24', '#140');
  await started(made);
  made.route(P, A);
  made.route(Q, B);
  await made.driver.settled();
  const refusal: Refusal = { kind: 'refused', words: 'no' };
  made.kernel.failNext.set.push(refusal);
  made.route('10.4.0.0/24', B);
  await made.driver.settled();
  await made.driver.withdraw();
  expect(made.kernel.routes.size).toBe(0);
  expect(made.kernel.objects.size).toBe(0);
  expect(made.rib.pins.size).toBe(0);
  expect(made.rib.holds.size).toBe(0);
});

test('the cost of next hops is reported, also when only the cost changes', async () => {
  const reported: string[] = [];
  let made: Bench;
  const tracked = {
    watch: (onNew: (nextHop: number) => void) => onNew(made.rib.hop(A)),
    isUsed: () => true,
    nameOf: (nextHop: number) => made.rib.formatNextHop(nextHop),
    setReach: (nextHop: number, words: string | null, cost: number) => {
      reported.push(`${made.rib.formatNextHop(nextHop)} ${words} ${cost}`);
      return true;
    },
    changed: () => void reported.push('changed'),
  };
  made = modern({ tracked });
  made.kernel.costs.set(A, 30);
  await started(made);
  await made.schedule.advance(0);
  expect(reported).toEqual([`${A} null 30`, 'changed']);
  reported.length = 0;
  made.kernel.costs.set(A, 10);
  await surroundings(made);
  expect(reported).toEqual([`${A} null 10`, 'changed']);
});
