/** The daemon and the kernel of its host, from the messages of its peers to `ip route`, and back to its peers. */
import * as bgp from '../lab/bgp-bytes.ts';
import { Doors } from '../lab/doors.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import type { Received, Speaker } from '../lab/speaker.ts';
import { eventually } from '../lab/wait-for.ts';

const ADDRESSES = ['127.0.0.11', '127.0.0.12', '127.0.0.13'];
/** Neighbors on the LAN of the host; nobody need be there. */
const [HOP, OTHER_HOP] = ['10.99.0.7', '10.99.0.8'];
const END_OF_RIB = [bgp.update({}), Buffer.from(`${'ff'.repeat(16)}001e0200000007900f0003000201`, 'hex')];

jest.setTimeout(60_000);

describeAsRoot([], 'the kernel of the host', () => {
  let lab: Lab;
  let ns: Namespace;
  let doors: Doors;
  let daemon: Reflectord;

  beforeEach(async () => {
    lab = new Lab();
    ns = await lab.host('reflector', 1);
    doors = await Doors.open(ns, '127.0.0.1', ADDRESSES);
    daemon = new Reflectord(ns.folder, ns);
  });

  afterEach(() => lab.close());

  async function start(fib: object = {}, router: object = {}, peers: readonly string[] = []): Promise<void> {
    const settings = { as: 65000, 'route-reflector-client': true, 'idle-hold-time': 0 };
    await daemon.start({
      router: { as: 65000, id: '10.99.0.1', ...router },
      listen: [{ address: '127.0.0.1', port: 179 }],
      metrics: { listen: 'none' },
      groups: { hosts: { ...settings, dynamic: [{ range: '127.0.0.0/16' }] } },
      peers: peers.map((address) => ({ address, ...settings, passive: true, 'graceful-restart': { mode: 'off' } })),
      fib: { mode: 'install', ...fib },
    });
  }

  /** `prefix nextHop` of our routes, sorted. */
  async function routes(table = 'main'): Promise<string[]> {
    const rows = JSON.parse(
      (await ns.exec('ip', ['-j', '-d', 'route', 'show', 'table', table, 'proto', '186'])) || '[]',
    );
    return (rows as Record<string, string>[])
      .map((row) => `${row.dst} ${row.type === 'unicast' ? (row.gateway ?? 'several') : row.type}`)
      .sort();
  }

  const becomes = (expected: readonly string[], table?: string) =>
    eventually(`the kernel has ${expected.join(', ')}`, async () => expect(await routes(table)).toEqual(expected));

  const hears = (speaker: Speaker, prefixes: readonly string[]) =>
    eventually(`${speaker.address} hears of ${prefixes.join(', ')}`, () =>
      expect([...speaker.routes].sort()).toEqual(prefixes),
    );

  test('gives way to a next hop that is reached, and says why another is not', async () => {
    await start();
    const [a, b, c] = await Promise.all(ADDRESSES.map((address) => doors.establish(address)));
    a.send(bgp.announce('203.0.113.1', '10.1.0.0/16', '10.2.0.0/16'));
    b.send(bgp.announce(HOP, '10.1.0.0/16'));
    await becomes([`10.1.0.0/16 ${HOP}`]);
    await hears(c, ['10.1.0.0/16']);
    const [view] = await daemon.ask('show rib', { target: '10.2.0.0/16' });
    expect(view.paths.map(({ unusable }) => unusable)).toEqual(['the next hop is unreachable: no route to it']);
    await ns.exec('ip', ['route', 'add', '203.0.113.0/24', 'via', OTHER_HOP]);
    await becomes(['10.1.0.0/16 10.99.0.8', '10.2.0.0/16 10.99.0.8']);
    await hears(c, ['10.1.0.0/16', '10.2.0.0/16']);
    await ns.exec('ip', ['link', 'set', 'eth0', 'down']);
    await becomes([]);
    await hears(c, []);
    await ns.exec('ip', ['link', 'set', 'eth0', 'up']);
    await ns.exec('ip', ['route', 'add', '203.0.113.0/24', 'via', OTHER_HOP]);
    await becomes(['10.1.0.0/16 10.99.0.8', '10.2.0.0/16 10.99.0.8']);
    await hears(c, ['10.1.0.0/16', '10.2.0.0/16']);
  });

  test('is not asked about next hops by a pure reflector, unless that wants to know', async () => {
    await start({ mode: 'off' });
    const [a, b] = await Promise.all(ADDRESSES.slice(0, 2).map((address) => doors.establish(address)));
    a.send(bgp.announce('203.0.113.1', '10.1.0.0/16'));
    await hears(b, ['10.1.0.0/16']);
    await daemon.kill('SIGTERM');
    await daemon.ended();
    await start({ mode: 'off' }, { 'next-hop-check': true });
    const [again, other] = await Promise.all(ADDRESSES.slice(0, 2).map((address) => doors.establish(address)));
    again.send(bgp.announce('203.0.113.1', '10.1.0.0/16'), bgp.announce(HOP, '10.2.0.0/16'));
    await hears(other, ['10.2.0.0/16']);
    expect(await routes()).toEqual([]);
    await ns.exec('ip', ['route', 'add', '203.0.113.0/24', 'via', OTHER_HOP]);
    await hears(other, ['10.1.0.0/16', '10.2.0.0/16']);
  });

  test('gets what the operator wishes: a table, a filter, dropped packets, several next hops', async () => {
    await start({
      table: 100,
      multipath: 2,
      blackhole: true,
      install: [
        { prefix: '10.3.0.0/16', le: 32, action: 'reject' },
        { prefix: '10.0.0.0/8', le: 32 },
      ],
    });
    const [a, b, c] = await Promise.all(ADDRESSES.map((address) => doors.establish(address)));
    a.send(bgp.announce(HOP, '10.1.0.0/16', '10.3.0.0/16', '172.16.0.0/12'));
    b.send(bgp.announce(OTHER_HOP, '10.1.0.0/16'));
    const blackhole = bgp.communities(0xffff029a);
    a.send(bgp.update({ attributes: [...bgp.attributesTo(HOP), ...blackhole], nlri: bgp.nlri('10.4.4.4/32') }));
    await becomes(['10.1.0.0/16 several', '10.4.4.4 blackhole'], '100');
    await hears(c, ['10.1.0.0/16', '10.3.0.0/16', '10.4.4.4/32', '172.16.0.0/12']);
    const shown = await daemon.ask('show fib', {});
    expect(shown.map(({ prefix, nextHop, state }) => `${prefix} ${nextHop} ${state}`).sort()).toEqual([
      `10.1.0.0/16 ${HOP}, ${OTHER_HOP} installed`,
      '10.4.4.4/32 blackhole installed',
    ]);
    b.send(bgp.update({ withdrawn: bgp.nlri('10.1.0.0/16') }));
    await becomes([`10.1.0.0/16 ${HOP}`, '10.4.4.4 blackhole'], '100');
  });

  test('shares the traffic by the bandwidth of the paths, also when that changes', async () => {
    await start({ multipath: 2, weights: true });
    const [a, b] = await Promise.all(ADDRESSES.slice(0, 2).map((address) => doors.establish(address)));
    const offer = (speaker: Speaker, hop: string, bytesPerSecond: number) => {
      const rate = Buffer.alloc(4);
      rate.writeFloatBE(bytesPerSecond);
      const attributes = [...bgp.attributesTo(hop), ...bgp.extendedCommunities([0x40, 4, 0xfd, 0xe8, ...rate])];
      speaker.send(bgp.update({ attributes, nlri: bgp.nlri('10.1.0.0/16') }));
    };
    const weights = async (): Promise<Record<string, number>> => {
      const [row] = JSON.parse((await ns.exec('ip', ['-j', '-d', 'route', 'show', 'proto', '186'])) || '[]');
      const hops = (row?.nexthops ?? []) as { gateway: string; weight?: number }[];
      return Object.fromEntries(hops.map(({ gateway, weight = 1 }) => [gateway, weight]));
    };
    const ratio = async () => {
      const { [HOP]: one, [OTHER_HOP]: other } = await weights();
      return other / one;
    };
    offer(a, HOP, 1e9);
    offer(b, OTHER_HOP, 3e9);
    await eventually('one has three times as much', async () => expect(await ratio()).toBeCloseTo(3, 1));
    offer(b, OTHER_HOP, 5e8);
    await eventually('one has half as much', async () => expect(await ratio()).toBeCloseTo(0.5, 1));
  });

  test.each([
    ['nexthop objects', {}],
    ['routes that say themselves where they lead', { 'nexthop-ids': 'none' }],
  ])('leads to new next hops after several that shared the traffic are gone: by %s', async (_name, ids) => {
    await start({ multipath: 4, ...ids });
    const [a, b] = await Promise.all(ADDRESSES.slice(0, 2).map((address) => doors.establish(address)));
    a.send(bgp.announce(HOP, '10.1.0.0/16'));
    b.send(bgp.announce(OTHER_HOP, '10.1.0.0/16'));
    await becomes(['10.1.0.0/16 several']);
    for (const speaker of [a, b]) speaker.send(bgp.update({ withdrawn: bgp.nlri('10.1.0.0/16') }));
    await becomes([]);
    // What is known of the two, and of the pair, is kept for a minute: theirs must not be the places of these.
    const hops = [11, 12, 13].map((n) => `10.99.0.${n}`);
    for (const [i, hop] of hops.entries()) a.send(bgp.announce(hop, `10.${i + 2}.0.0/16`));
    await becomes(hops.map((hop, i) => `10.${i + 2}.0.0/16 ${hop}`));
    b.send(bgp.announce('10.99.0.14', '10.2.0.0/16'));
    await becomes(['10.2.0.0/16 several', ...hops.slice(1).map((hop, i) => `10.${i + 3}.0.0/16 ${hop}`)]);
    const [row] = JSON.parse(await ns.exec('ip', ['-j', '-d', 'route', 'show', '10.2.0.0/16']));
    const gateways = (row.nexthops as { gateway: string }[]).map(({ gateway }) => gateway);
    expect(gateways.sort()).toEqual(['10.99.0.11', '10.99.0.14']);
  });

  test('is corrected when others flush our nexthop objects or change the gateway of one, and that is logged and counted', async () => {
    await start({ multipath: 2 });
    const [a, b] = await Promise.all(ADDRESSES.slice(0, 2).map((address) => doors.establish(address)));
    a.send(bgp.announce(HOP, '10.1.0.0/16', '10.2.0.0/16'));
    b.send(bgp.announce(OTHER_HOP, '10.1.0.0/16'));
    const routesOfNow = ['10.1.0.0/16 several', `10.2.0.0/16 ${HOP}`];
    await becomes(routesOfNow);
    await ns.exec('ip', ['nexthop', 'flush', 'proto', '186']);
    await becomes(routesOfNow);
    const drifts = () =>
      daemon
        .log()
        .split('\n')
        .filter((line) => line.includes('"fib.object-drift"'));
    await eventually('that is logged', () => expect(drifts().length).toBe(1));
    expect(JSON.parse(drifts()[0])).toMatchObject({ removed: 3, altered: 0, routes: 2 });
    const [object] = JSON.parse(await ns.exec('ip', ['-j', 'nexthop', 'show'])).filter(
      (row: { gateway?: string }) => row.gateway === HOP,
    );
    await ns.exec('ip', [
      'nexthop',
      'replace',
      'id',
      `${object.id}`,
      'via',
      '10.99.0.66',
      'dev',
      'eth0',
      'proto',
      '186',
    ]);
    await becomes(routesOfNow);
    await eventually('that is logged, too', () => expect(drifts().length).toBe(2));
    expect(JSON.parse(drifts()[1])).toMatchObject({ removed: 0, altered: 1 });
  });

  test('confirms routes before they are advertised where the operator wants that', async () => {
    await ns.exec('ip', ['route', 'add', '10.2.0.0/16', 'via', OTHER_HOP, 'metric', '20', 'proto', 'static']);
    await start({ advertise: 'installed' });
    const [a, b] = await Promise.all(ADDRESSES.slice(0, 2).map((address) => doors.establish(address)));
    a.send(bgp.announce(HOP, '10.1.0.0/16', '10.2.0.0/16'));
    await hears(b, ['10.1.0.0/16']);
    await eventually('the conflict is known', async () => {
      expect((await daemon.ask('show fib', { failed: true })).map(({ prefix, state }) => [prefix, state])).toEqual([
        ['10.2.0.0/16', 'conflict'],
      ]);
    });
    await ns.exec('ip', ['route', 'delete', '10.2.0.0/16', 'metric', '20', 'proto', 'static']);
    await hears(b, ['10.1.0.0/16', '10.2.0.0/16']);
    await ns.exec('ip', ['route', 'replace', '10.1.0.0/16', 'via', OTHER_HOP, 'metric', '20', 'proto', 'static']);
    await hears(b, ['10.2.0.0/16']);
    // 10.2/16 was in conflict, and 10.1/16 is: a line each, however often they were tried.
    await daemon.ask('show fib', {});
    expect(daemon.log().match(/"event":"fib.conflict"/g)?.length).toBe(2);
  });

  test('takes 20,000 routes, other ones and none again without delaying a keepalive of a session beside', async () => {
    await start();
    const watcher = await doors.establish(ADDRESSES[0], { holdTime: 3 });
    const feeder = await doors.establish(ADDRESSES[1]);
    const here = new Lateness(1000);
    const keepalives = setInterval(() => {
      watcher.send(bgp.keepalive());
      here.note(performance.now());
    }, 1000);
    try {
      const prefixes = Array.from({ length: 20_000 }, (_, i) => `20.${i >> 8}.${i & 255}.0/24`);
      const has = (count: number) =>
        eventually(`the kernel has ${count} routes`, async () => expect((await routes()).length).toBe(count));
      for (const hop of [HOP, OTHER_HOP]) {
        for (let i = 0; i < prefixes.length; i += 500) feeder.send(bgp.announce(hop, ...prefixes.slice(i, i + 500)));
        await has(prefixes.length);
        await eventually('they lead where they should', async () =>
          expect(new Set((await routes()).map((route) => route.split(' ')[1]))).toEqual(new Set([hop])),
        );
      }
      feeder.end();
      await has(0);
      await eventually('keepalives come', () => expect(keepalivesOf(watcher).length).toBeGreaterThan(4));
    } finally {
      clearInterval(keepalives);
    }
    const there = new Lateness(1000);
    for (const { atMs } of keepalivesOf(watcher).slice(1)) there.note(atMs);
    expect(watcher.closed).toBe(false);
    // A machine with other work is late with everything: as much as it was with a timer of this process is its own.
    expect(there.worstMs).toBeLessThan(100 + here.worstMs);
  });

  test('keeps our routes when the daemon stops, and those that no peer advertises until all peers have sent End-of-RIB', async () => {
    await start({}, {}, [ADDRESSES[0]]);
    const a = await doors.establish(ADDRESSES[0]);
    a.send(bgp.announce(HOP, '10.1.0.0/16', '10.2.0.0/16'), ...END_OF_RIB);
    const both = [`10.1.0.0/16 ${HOP}`, `10.2.0.0/16 ${HOP}`];
    await becomes(both);
    await daemon.kill('SIGTERM');
    expect(await daemon.ended()).toBe('exit 0');
    expect(await routes()).toEqual(both);
    const configuration = { ...noRanges(), fib: { mode: 'install' } };
    await daemon.start(configuration);
    const back = await doors.establish(ADDRESSES[0]);
    back.send(bgp.announce(HOP, '10.1.0.0/16'));
    await eventually('the announced route is taken over', async () => {
      const states = (await daemon.ask('show fib', {})).map(({ prefix, state }) => [prefix, state]);
      expect(states.sort()).toEqual([
        ['10.1.0.0/16', 'installed'],
        ['10.2.0.0/16', 'adopted'],
      ]);
    });
    expect(await routes()).toEqual(both);
    back.send(...END_OF_RIB);
    await becomes([`10.1.0.0/16 ${HOP}`]);
  });

  test('has exactly the right routes after the daemon was killed in mid-load and started again', async () => {
    await daemon.start({ ...noRanges(), fib: { mode: 'install' } });
    const prefixes = Array.from({ length: 20_000 }, (_, i) => `20.${i >> 8}.${i & 255}.0/24`);
    const announceAll = (speaker: Speaker, hop: string, which: readonly string[]) => {
      for (let i = 0; i < which.length; i += 500) speaker.send(bgp.announce(hop, ...which.slice(i, i + 500)));
    };
    announceAll(await doors.establish(ADDRESSES[0]), HOP, prefixes);
    await eventually('some routes are there', async () => expect((await routes()).length).toBeGreaterThan(100));
    await daemon.kill('SIGKILL');
    await daemon.start({ ...noRanges(), fib: { mode: 'install' } });
    const back = await doors.establish(ADDRESSES[0]);
    announceAll(back, HOP, prefixes.slice(5000));
    announceAll(back, OTHER_HOP, prefixes.slice(5000, 6000));
    back.send(...END_OF_RIB);
    await becomes(
      prefixes
        .slice(5000)
        .map((prefix, i) => `${prefix} ${i < 1000 ? OTHER_HOP : HOP}`)
        .sort(),
    );
    await eventually('all is installed', async () => {
      expect(await daemon.ask('show fib', { failed: true })).toEqual([]);
      expect((await daemon.ask('show fib', {})).every(({ state }) => state === 'installed')).toBe(true);
    });
  });

  test('loses our routes when the daemon stops, and no others, where the operator wants that', async () => {
    await ns.exec('ip', ['route', 'add', '10.2.0.0/16', 'via', OTHER_HOP, 'proto', 'static']);
    await start({ 'on-stop': 'withdraw' });
    const a = await doors.establish(ADDRESSES[0]);
    a.send(bgp.announce(HOP, '10.1.0.0/16'));
    await becomes([`10.1.0.0/16 ${HOP}`]);
    await daemon.kill('SIGTERM');
    expect(await daemon.ended()).toBe('exit 0');
    expect(await routes()).toEqual([]);
    expect(await ns.exec('ip', ['route', 'show', 'proto', 'static'])).toContain('10.2.0.0/16');
    expect(await ns.exec('ip', ['nexthop', 'show'])).toBe('');
  });

  /** A router whose only peer is configured: so all that it had before are known. */
  function noRanges(): object {
    const peer = { as: 65000, 'route-reflector-client': true, passive: true, 'graceful-restart': { mode: 'off' } };
    return {
      router: { as: 65000, id: '10.99.0.1' },
      listen: [{ address: '127.0.0.1', port: 179 }],
      metrics: { listen: 'none' },
      peers: [{ address: ADDRESSES[0], ...peer }],
    };
  }
});

/** How late the latest of something was that should come at a steady pace. */
class Lateness {
  worstMs = 0;
  private readonly everyMs: number;
  private lastMs = Number.NaN;

  constructor(everyMs: number) {
    this.everyMs = everyMs;
  }

  note(atMs: number): void {
    const lateMs = atMs - this.lastMs - this.everyMs;
    if (lateMs > this.worstMs) this.worstMs = lateMs;
    this.lastMs = atMs;
  }
}

function keepalivesOf(speaker: Speaker): readonly Received[] {
  return speaker.messages.filter(({ type }) => type === bgp.TYPE.keepalive);
}
