import { dryRunFib } from '../../src/fib/port/dry-run.ts';
import type { Refusal } from '../../src/fib/port/ports.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { type Bench, bench, quiet } from './fakes.ts';

const BAD_GATEWAY: Refusal = { kind: 'refused', words: 'Error: Nexthop has invalid gateway.' };
const A = '192.0.2.1';
const B = '192.0.2.2';
const P = '10.1.0.0/24';

async function started(options: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  const made = bench(options);
  made.driver.start();
  await made.driver.settled();
  return made;
}

function row(made: Bench, prefix: string) {
  return [...made.driver.rows()].find((entry) => entry.prefix === prefix);
}

test('a best path is installed, replaced and removed as the rib has it', async () => {
  const made = await started();
  made.route(P, A);
  made.route('2001:db8:1::/48', 'fe80::1%eth1');
  await made.driver.settled();
  expect([...made.kernel.routes]).toEqual([
    [P, A],
    ['2001:db8:1::/48', 'fe80::1%eth1'],
  ]);
  expect(row(made, P)).toEqual({ family: 'ipv4-unicast', prefix: P, nextHop: A, state: 'installed', error: null });
  made.route(P, B);
  await made.driver.settled();
  expect(made.kernel.routes.get(P)).toBe(B);
  made.route(P, null);
  made.route('2001:db8:1::/48', null);
  await made.driver.settled();
  expect(made.kernel.routes.size).toBe(0);
  expect([...made.driver.rows()]).toEqual([]);
});

test('a prefix that flaps a thousand times before it is installed costs one change', async () => {
  const made = await started();
  made.kernel.held = true;
  made.route('10.9.0.0/16', A);
  made.route(P, A);
  await quiet();
  for (let i = 0; i < 1000; i++) made.route(P, i % 2 === 0 ? null : B);
  made.kernel.held = false;
  made.kernel.flush();
  await made.driver.settled();
  expect(made.kernel.log).toEqual(['set 10.9.0.0/16 192.0.2.1', `set ${P} ${A}`, `set ${P} ${B}`]);
});

test('a prefix that flaps a thousand times in a second, with the kernel idle, costs a few changes', async () => {
  const made = await started();
  made.route('10.9.0.0/16', A);
  for (let i = 0; i < 999; i++) {
    made.route(P, i % 2 === 0 ? A : B);
    await made.schedule.advance(1);
  }
  expect(made.kernel.log.filter((line) => line.includes(P)).length).toBe(4);
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ pending: 1, installed: 2 });
  await made.schedule.advance(1);
  expect(made.kernel.routes.get(P)).toBe(A);
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ pending: 0, installed: 2 });
});

test('a prefix that keeps flapping costs one change per second, and does not delay others', async () => {
  const made = await started();
  for (let i = 0; i < 10_000; i++) {
    made.route(P, i % 2 === 0 ? A : B);
    if (i % 1000 === 500) {
      made.route(`10.2.${i / 100}.0/24`, A);
      await quiet();
      expect(made.kernel.routes.get(`10.2.${i / 100}.0/24`)).toBe(A);
    }
    await made.schedule.advance(1);
  }
  expect(made.kernel.log.filter((line) => line.includes(P)).length).toBeLessThanOrEqual(4 + 2 * 9);
  made.route(P, null);
  await made.schedule.advance(1000);
  expect(made.kernel.routes.has(P)).toBe(false);
  await made.driver.settled();
});

test('a path that is learned and withdrawn before its turn costs nothing and leaves no pin', async () => {
  const made = await started();
  made.route(P, A);
  made.route(P, null);
  await made.driver.settled();
  expect(made.kernel.log).toEqual([]);
  expect(made.rib.pins.size).toBe(0);
});

test('a prefix keeps its id and its next hop while the kernel has the route, and no longer', async () => {
  const made = await started();
  made.route(P, A);
  await made.driver.settled();
  made.route(P, B);
  await made.driver.settled();
  expect([...made.rib.pins]).toEqual([[P, 1]]);
  expect([...made.rib.holds.keys()].sort()).toEqual([made.rib.hop(A), made.rib.hop(B)]); // what is known of A is kept
  await made.schedule.advance(60_000);
  expect([...made.rib.holds]).toEqual([[made.rib.hop(B), 1]]);
  made.kernel.held = true;
  made.route(P, null);
  await quiet();
  expect([...made.rib.pins]).toEqual([[P, 1]]);
  made.kernel.flush();
  await made.driver.settled();
  expect(made.rib.pins.size).toBe(0);
  await made.schedule.advance(60_000);
  expect(made.rib.holds.size).toBe(0);
});

test('a refused next hop is known by its id, which is held while the retry waits', async () => {
  const made = await started();
  for (let i = 0; i < 20; i++) made.kernel.failNext.set.push({ kind: 'refused', words: 'no' });
  made.route(P, A);
  await made.driver.settled();
  await made.schedule.advance(70_000); // idle next hops are forgotten every minute
  expect(row(made, P)).toMatchObject({ state: 'failed', error: 'no' });
  expect(made.rib.holds.get(made.rib.hop(A))).toBe(1);
  made.kernel.failNext.set.length = 0;
  made.route(P, B);
  await made.driver.settled();
  await made.schedule.advance(60_000);
  expect([made.kernel.routes.get(P), ...made.rib.holds]).toEqual([B, [made.rib.hop(B), 1]]);
});

test('a refused route is reported in the words of the kernel, retried with back-off, and not counted as installed', async () => {
  const made = await started();
  made.kernel.failNext.set.push(BAD_GATEWAY, BAD_GATEWAY, BAD_GATEWAY);
  made.route(P, A);
  await made.driver.settled();
  expect(row(made, P)).toMatchObject({ state: 'failed', error: BAD_GATEWAY.words });
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ wanted: 1, installed: 0, failed: 1, pending: 0 });
  expect(made.events).toContainEqual({
    type: 'fib.failed',
    family: IPV4_UNICAST,
    prefix: P,
    nextHop: A,
    error: BAD_GATEWAY.words,
  });
  await made.schedule.advance(1000); // the second refusal
  await made.schedule.advance(1900);
  expect(made.kernel.failNext.set.length).toBe(1);
  await made.schedule.advance(100); // the third
  expect(made.kernel.failNext.set.length).toBe(0);
  await made.schedule.advance(3900);
  expect(row(made, P)).toMatchObject({ state: 'failed' });
  await made.schedule.advance(100);
  expect(row(made, P)).toMatchObject({ state: 'installed', error: null });
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ installed: 1, failed: 0 });
});

test('a refused route whose best next hop changes is tried at once', async () => {
  const made = await started();
  made.kernel.failNext.set.push(BAD_GATEWAY);
  made.route(P, A);
  await made.driver.settled();
  made.route(P, B);
  await made.driver.settled();
  expect(made.kernel.routes.get(P)).toBe(B);
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ installed: 1, failed: 0 });
});

test('the same next hop announced again does not shorten the back-off', async () => {
  const made = await started();
  made.kernel.failNext.set.push(BAD_GATEWAY);
  made.route(P, A);
  await made.driver.settled();
  made.route(P, A);
  await made.driver.settled();
  expect(made.kernel.log).toEqual([]);
  expect(row(made, P)).toMatchObject({ state: 'failed' });
});

test('a refused replacement removes the route that is no longer announced', async () => {
  const made = await started();
  made.route(P, A);
  await made.driver.settled();
  made.kernel.failNext.set.push(BAD_GATEWAY);
  made.route(P, B);
  await made.driver.settled();
  expect(made.kernel.routes.size).toBe(0);
  expect(row(made, P)).toMatchObject({ state: 'failed', nextHop: B });
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ installed: 0, failed: 1 });
  await made.schedule.advance(1000);
  expect(made.kernel.routes.get(P)).toBe(B);
});

test('a refused removal is retried', async () => {
  const made = await started();
  made.route(P, A);
  await made.driver.settled();
  made.kernel.failNext.delete.push({ kind: 'refused', words: 'RTNETLINK answers: Device or resource busy' });
  made.route(P, null);
  await made.driver.settled();
  expect(row(made, P)).toMatchObject({ state: 'failed', nextHop: A });
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ wanted: 0, installed: 1 });
  await made.schedule.advance(1000);
  expect(made.kernel.routes.size).toBe(0);
  expect(made.rib.pins.size).toBe(0);
});

test('the refusal of a withdrawn prefix is removed', async () => {
  const made = await started();
  made.kernel.failNext.set.push(BAD_GATEWAY);
  made.route(P, A);
  await made.driver.settled();
  made.route(P, null);
  await made.driver.settled();
  expect([...made.driver.rows()]).toEqual([]);
  expect(made.rib.pins.size).toBe(0);
  await made.schedule.advance(5000);
  expect(made.kernel.log).toEqual([]);
});

test('a route of another program stays, and ours is installed once it is removed', async () => {
  const made = await started();
  made.kernel.foreign.set(P, `${P} via 192.0.2.77 proto 4 metric 20`);
  made.route(P, A);
  await made.driver.settled();
  expect(row(made, P)).toMatchObject({ state: 'conflict', error: `in the way: ${P} via 192.0.2.77 proto 4 metric 20` });
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ installed: 0, failed: 1, conflicts: 1 });
  await made.schedule.advance(20_000); // it is tried again and again
  const conflicts = () => made.events.filter((event) => event.type === 'fib.conflict').length;
  expect(conflicts()).toBe(1);
  made.kernel.foreign.set(P, `${P} via 192.0.2.88 proto 4 metric 20`);
  await made.schedule.advance(20_000);
  expect(conflicts()).toBe(2);
  made.kernel.foreign.clear();
  await made.schedule.advance(60_000);
  expect(made.kernel.routes.get(P)).toBe(A);
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ installed: 1, failed: 0, conflicts: 0 });
});

describe('routes from before the start', () => {
  async function restarted(): Promise<Bench> {
    const made = bench();
    made.kernel.routes.set(P, A).set('10.2.0.0/24', A).set('10.3.0.0/24', A).set('2001:db8::/32', '2001:db8::1');
    made.driver.start();
    await made.driver.settled();
    return made;
  }

  test('are kept without a kernel call while sessions come back', async () => {
    const made = await restarted();
    expect(made.kernel.log).toEqual([]);
    expect(row(made, P)).toMatchObject({ state: 'adopted', nextHop: A });
    expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ wanted: 0, installed: 3, adopted: 3 });
  });

  test('become ours without a kernel call where the best path is the same', async () => {
    const made = await restarted();
    made.route(P, A);
    await made.driver.settled();
    expect(made.kernel.log).toEqual([]);
    expect(row(made, P)).toMatchObject({ state: 'installed' });
    made.route(P, null);
    await made.driver.settled();
    expect(made.kernel.log).toEqual([`delete ${P}`]);
  });

  test('are replaced where it differs, and swept when the restart time is over', async () => {
    const made = await restarted();
    made.route(P, A);
    made.route('10.2.0.0/24', B);
    await made.driver.settled();
    expect(made.kernel.log).toEqual(['set 10.2.0.0/24 192.0.2.2']);
    await made.schedule.advance(119_999);
    expect(made.kernel.log.length).toBe(1);
    await made.schedule.advance(1);
    expect(made.kernel.log.slice(1).sort()).toEqual(['delete 10.3.0.0/24', 'delete 2001:db8::/32']);
    expect([...made.kernel.routes]).toEqual([
      [P, A],
      ['10.2.0.0/24', B],
    ]);
    expect(made.events.map((event) => event.type)).toEqual(['fib.read', 'fib.read', 'fib.swept']);
  });

  test('are swept at once on request', async () => {
    const made = await restarted();
    made.driver.sweep();
    await quiet();
    await made.driver.settled();
    expect(made.kernel.routes.size).toBe(0);
  });

  test('with another metric than ours are removed by the sweep', async () => {
    const made = bench();
    made.kernel.strays.set(P, 50);
    made.driver.start();
    await made.driver.settled();
    made.route(P, A);
    await made.driver.settled();
    await made.schedule.advance(120_000);
    expect(made.kernel.strays.size).toBe(0);
    expect(made.kernel.routes.get(P)).toBe(A);
  });

  test('that the daemon does not understand are replaced', async () => {
    const made = bench();
    made.kernel.read = async (family, visit) => {
      if (family === IPV4_UNICAST)
        visit({ address: Uint8Array.of(10, 1, 0, 0), length: 24, metric: 20, to: null, gateway: '' });
    };
    made.driver.start();
    await made.driver.settled();
    made.route(P, A);
    await made.driver.settled();
    expect(made.kernel.log).toEqual([`set ${P} ${A}`]);
  });
});

describe('a kernel that cannot be reached', () => {
  test('is reported, retried with back-off, and loses nothing', async () => {
    const made = await started();
    made.kernel.failBlock.push({ reason: 'spawn ip ENOENT' }, { reason: 'spawn ip ENOENT' });
    made.route(P, A);
    await quiet();
    expect(made.driver.health()).toEqual(["the kernel's routes cannot be changed: spawn ip ENOENT"]);
    expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ installed: 0, pending: 1 });
    expect(row(made, P)).toMatchObject({ state: 'pending' });
    await made.schedule.advance(1000);
    expect(made.kernel.failBlock.length).toBe(0);
    await made.schedule.advance(1999);
    expect(made.kernel.routes.size).toBe(0);
    await made.schedule.advance(1);
    expect(made.kernel.routes.get(P)).toBe(A);
    expect(made.driver.health()).toEqual([]);
    expect(made.events.map((event) => event.type)).toEqual(['fib.read', 'fib.read', 'fib.degraded', 'fib.restored']);
  });

  test('may have applied part of a block: the result is still what the rib wants', async () => {
    const made = await started();
    for (const prefix of ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24']) made.route(prefix, A);
    made.kernel.failBlock.push({ reason: 'killed', half: true });
    await quiet();
    expect(made.kernel.routes.size).toBe(2);
    made.route('10.1.0.0/24', null); // was done
    made.route('10.3.0.0/24', null); // was not
    made.route('10.2.0.0/24', B);
    await made.schedule.advance(1000);
    expect([...made.kernel.routes].sort()).toEqual([
      ['10.2.0.0/24', B],
      ['10.4.0.0/24', A],
    ]);
    expect([...made.rib.pins.keys()].sort()).toEqual(['10.2.0.0/24', '10.4.0.0/24']);
  });

  test('at the start is queried for its table until it answers, and is not changed before', async () => {
    const made = bench();
    made.kernel.failRead.push('spawn ip ENOENT');
    made.kernel.routes.set(P, A);
    made.driver.start();
    made.route('10.2.0.0/24', B);
    await quiet();
    expect(made.kernel.log).toEqual([]);
    expect(made.driver.health().length).toBe(1);
    await made.schedule.advance(1000);
    expect(made.kernel.log).toEqual(['set 10.2.0.0/24 192.0.2.2']);
    expect(row(made, P)).toMatchObject({ state: 'adopted' });
  });
});

test('a full kernel table is a problem of its own, until there is room', async () => {
  const made = await started();
  const full: Refusal = { kind: 'refused', words: 'RTNETLINK answers: No space left on device' };
  made.kernel.failNext.set.push(full, full, BAD_GATEWAY);
  for (const prefix of ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24']) made.route(prefix, A);
  await made.driver.settled();
  expect(made.driver.health()).toEqual([
    'the kernel has no room for 2 ipv4-unicast routes: RTNETLINK answers: No space left on device',
  ]);
  expect(made.driver.counts(IPV4_UNICAST)).toMatchObject({ wanted: 4, installed: 1, failed: 3 });
  await made.schedule.advance(1000);
  expect(made.driver.health()).toEqual([]);
  expect(made.kernel.routes.size).toBe(4);
});

test('problems of the port apart from its changes are reported, too', async () => {
  const made = await started();
  made.kernel.trouble.push('the monitor is gone');
  expect(made.driver.health()).toEqual(['the monitor is gone']);
});

test('blocks are bounded, and only two are pending', async () => {
  const made = await started();
  made.kernel.held = true;
  for (let i = 0; i < 5000; i++) made.route(`10.${i >> 8}.${i & 255}.0/24`, A);
  await quiet();
  expect(made.kernel.blocksWaiting).toBe(2);
  expect(made.driver.counts(IPV4_UNICAST).pending).toBe(5000);
  made.kernel.held = false;
  made.kernel.flush();
  made.kernel.flush();
  await made.driver.settled();
  expect(made.kernel.routes.size).toBe(5000);
});

test('families that are not installed are ignored', async () => {
  const made = await started({ families: [IPV6_UNICAST] });
  made.route(P, A);
  await made.driver.settled();
  expect(made.kernel.log).toEqual([]);
});

test('a dry run shows what would be installed', async () => {
  const made = await started({ mode: 'dry-run', port: dryRunFib });
  made.route(P, A);
  await made.driver.settled();
  expect(row(made, P)).toMatchObject({ state: 'dry-run', nextHop: A });
});

test('a stopped driver changes nothing more and closes its port', async () => {
  const made = await started();
  made.route(P, A);
  await made.driver.stop();
  await quiet();
  expect(made.kernel.log).toEqual([]);
  expect(made.kernel.closed).toBe(true);
});

describe('a route of another program that replaced ours', () => {
  async function displaced(takeover: boolean): Promise<Bench> {
    const made = await started({ takeover });
    made.route(P, A);
    await made.driver.settled();
    made.kernel.routes.delete(P);
    made.kernel.foreign.set(P, '192.0.2.66 proto static');
    made.driver.compare();
    await made.schedule.advance(0);
    await made.driver.settled();
    return made;
  }

  test('stays, as a conflict', async () => {
    const made = await displaced(false);
    expect(made.kernel.routes.get(P)).toBeUndefined();
    expect(row(made, P)).toMatchObject({ state: 'conflict', error: 'in the way: 192.0.2.66 proto static' });
  });

  test('is replaced by ours if configured, and only then', async () => {
    const made = await displaced(true);
    expect(made.kernel.routes.get(P)).toBe(A);
    expect(row(made, P)).toMatchObject({ state: 'installed' });
    made.kernel.foreign.set('10.2.0.0/24', 'here before us');
    made.route('10.2.0.0/24', A);
    await made.driver.settled();
    expect(row(made, '10.2.0.0/24')).toMatchObject({ state: 'conflict' });
  });

  test('is not replaced for a prefix that reuses the same id', async () => {
    const made = await started({ takeover: true });
    made.route(P, A);
    await made.driver.settled();
    made.kernel.routes.delete(P);
    made.rib.best(P, null); // it goes while it is found lost
    made.driver.compare();
    await made.schedule.advance(0);
    await made.driver.settled();
    expect(made.rib.pins.size).toBe(0);
    made.kernel.foreign.set(P, 'another');
    made.route(P, A);
    await made.driver.settled();
    expect(row(made, P)).toMatchObject({ state: 'conflict' });
  });
});

describe('the standing of a prefix', () => {
  function watched() {
    const changes: string[] = [];
    const made = bench({ onStanding: (family, prefix) => changes.push(made.rib.formatPrefix(family, prefix)) });
    made.driver.start();
    return { made, changes, standing: () => made.driver.standing(IPV4_UNICAST, made.rib.id(P)) };
  }

  test('is pending until the kernel has confirmed the route, and again while the next hop changes', async () => {
    const { made, changes, standing } = watched();
    expect(standing()).toBe('settled'); // nothing is wanted
    made.route(P, A);
    expect([standing(), changes]).toEqual(['pending', []]);
    await made.driver.settled();
    expect([standing(), changes]).toEqual(['settled', [P]]);
    made.route(P, B);
    expect(standing()).toBe('pending');
    await made.driver.settled();
    expect([standing(), changes]).toEqual(['settled', [P, P]]);
    expect(made.driver.standing(9 as typeof IPV4_UNICAST, 1)).toBe('settled'); // a family that the kernel does not get
  });

  test('is failed while the kernel refuses the route, or its next hop is unreachable', async () => {
    const { made, changes, standing } = watched();
    made.kernel.failNext.set.push(BAD_GATEWAY);
    made.route(P, A);
    await made.driver.settled();
    expect([standing(), changes.length > 0]).toEqual(['failed', true]);
    await made.schedule.advance(1500);
    expect(standing()).toBe('settled');
    made.kernel.ways.set(B, null);
    made.route(P, B);
    changes.length = 0;
    await made.driver.settled();
    expect([standing(), changes.length > 0]).toEqual(['failed', true]);
  });
});

test('routes of a family have the metric of that family', async () => {
  const made = bench({ metrics: [undefined, 7] });
  made.kernel.routes.set('10.5.0.0/16', A);
  made.kernel.strays.set('2001:db8:5::/48', 20);
  made.kernel.strays.set('2001:db8:7::/48', 7);
  made.driver.start();
  await made.driver.settled();
  expect(row(made, '10.5.0.0/16')?.state).toBe('adopted');
  expect(row(made, '2001:db8:7::/48')?.state).toBe('adopted');
  expect(row(made, '2001:db8:5::/48')).toBeUndefined();
  expect([...made.driver.adoptedGateways()]).toEqual([A, '']);
});
