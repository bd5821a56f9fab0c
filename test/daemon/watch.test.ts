/** Live views of a running engine, and the messages of a peer in the log. */
import { Debugging } from '../../src/daemon/operate/debug.ts';
import { showInterfaces } from '../../src/daemon/operate/interfaces.ts';
import { watchPeers, watchRoutes } from '../../src/daemon/operate/watch.ts';
import type { HistoryView, InterfaceView, WatchedPeerView } from '../../src/engine/api/watch-commands.ts';
import type { EventOf } from '../../src/engine/events/events.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { announce, END_OF_RIB, withdraw } from '../lab/updates.ts';
import { eventually } from '../lab/wait-for.ts';

/** Collects what a watcher yields, until the test ends it. */
function collect<T>(make: (signal: AbortSignal) => AsyncIterable<T | undefined>) {
  const leaving = new AbortController();
  const seen: T[] = [];
  const done = (async () => {
    for await (const item of make(leaving.signal)) if (item !== undefined) seen.push(item);
  })();
  return {
    seen,
    end: () => {
      leaving.abort();
      return done;
    },
  };
}

describe('watch routes', () => {
  test('streams the changes of a prefix, and costs nothing once the client is gone', async () => {
    const world = new World();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    const { seen, end } = collect<HistoryView>((signal) => watchRoutes(world.engine, { target: '20.0.0.0/8' }, signal));
    expect(world.engine.changes.hasSubscribers).toBe(true);
    peer.send(announce(['20.0.0.0/8', '30.0.0.0/8'], { localPref: 100 }));
    world.settle();
    peer.send(withdraw(['20.0.0.0/8']));
    world.settle();
    await eventually('both changes are there', () => expect(seen).toHaveLength(3));
    expect(seen[2]).toMatchObject({ prefix: '20.0.0.0/8', text: 'no usable path: 10.0.0.1 withdrew it' });
    await end();
    expect(world.engine.changes.hasSubscribers).toBe(false);
  });

  test('drops and counts what a slow client does not read', async () => {
    const world = new World();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    const leaving = new AbortController();
    const items = watchRoutes(world.engine, {}, leaving.signal);
    await items.next();
    for (let n = 0; n < 20; n++) {
      const prefixes = Array.from({ length: 250 }, (_, i) => `20.${n}.${i}.0/24`);
      peer.send(announce(prefixes, { localPref: 100 }));
    }
    world.settle();
    expect((await items.next()).value).toMatchObject({
      kind: 'missing',
      changes: 5000 - 4095,
      why: 'this client reads too slowly',
    });
    expect((await items.next()).value).toMatchObject({ kind: 'change' });
    await items.return(undefined);
  });

  test('has a maximum of clients', async () => {
    const world = new World();
    const all = Array.from({ length: 8 }, () => watchRoutes(world.engine, {}, new AbortController().signal));
    for (const one of all) await one.next();
    await expect(watchRoutes(world.engine, {}, new AbortController().signal).next()).rejects.toThrow(/8 clients/);
    for (const one of all) await one.return(undefined);
    const after = watchRoutes(world.engine, {}, new AbortController().signal);
    expect((await after.next()).value).toMatchObject({ kind: 'since' });
    await after.return(undefined);
  });
});

test('watch peers yields all peers, and then those that have changed, in words', async () => {
  const world = new World();
  const peer = SimPeer.up(world, '10.0.0.1', 1);
  SimPeer.up(world, '10.0.0.2', 2);
  const items = watchPeers(world.engine, { seconds: 1 }, new AbortController().signal);
  const round = async () => {
    const seen: WatchedPeerView[] = [];
    for (;;) {
      const { value } = await items.next();
      if (value === undefined) continue;
      if (value.kind === 'complete') return seen;
      seen.push(value);
    }
  };
  expect(await round()).toHaveLength(2);
  peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
  world.settle();
  expect(await round()).toMatchObject([
    { kind: 'peer', what: 'received 0 -> 1, accepted 0 -> 1', peer: { address: '10.0.0.1' } },
    { kind: 'peer', what: 'advertised 0 -> 1', peer: { address: '10.0.0.2' } },
  ]);
  await items.return(undefined);
});

describe('debug', () => {
  const started = () => {
    const world = new World();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    const other = SimPeer.up(world, '10.0.0.2', 2);
    const debugging = new Debugging(world.engine);
    const texts = () =>
      world.eventsNamed('debug.message').map((event) => {
        const { direction, text } = event as EventOf<'debug.message'>;
        return `${direction} ${text}`;
      });
    return { world, peer, other, debugging, texts, of: world.engine.peers.get('10.0.0.1')! };
  };

  test('logs the messages of one peer in both directions, decoded, until it is switched off', () => {
    const { world, peer, other, debugging, texts, of } = started();
    debugging.begin(of);
    peer.send(announce(['20.0.0.0/8'], { localPref: 100, asPath: [65_001], med: 5 }), END_OF_RIB);
    other.send(announce(['30.0.0.0/8'], { localPref: 100 }));
    world.settle();
    expect(texts()).toEqual([
      'received UPDATE announce 20.0.0.0/8; next hop 192.0.2.1; origin IGP; as-path 65001; local-pref 100; med 5',
      'received UPDATE End-of-RIB ipv4-unicast',
      expect.stringMatching(
        /^sent UPDATE announce 30\.0\.0\.0\/8; next hop 192\.0\.2\.1; .*originator 0\.0\.0\.2; cluster-list/,
      ),
    ]);
    expect(debugging.end('10.0.0.1')).toContain('no longer logged');
    peer.send(withdraw(['20.0.0.0/8']));
    world.settle();
    expect(texts()).toHaveLength(3);
    expect(world.eventsNamed('debug.ended')).toMatchObject([{ logged: 3, skipped: 0, why: 'by command' }]);
    expect(() => debugging.end('10.0.0.1')).toThrow(/not logged/);
  });

  test('counts what is above its rate, and ends with the session', async () => {
    const { world, peer, debugging, texts, of } = started();
    debugging.begin(of);
    peer.send(...Array.from({ length: 500 }, (_, n) => announce([`20.${n >> 8}.${n & 255}.0/24`], { localPref: 100 })));
    world.settle();
    expect(texts()).toHaveLength(200);
    debugging.onDown('10.0.0.1');
    await eventually('it ended', () =>
      expect(world.eventsNamed('debug.ended')).toMatchObject([{ logged: 200, skipped: 300, why: 'the session ended' }]),
    );
    expect(world.engine.taps.count).toBe(0);
  });

  test('ends after its time, has a maximum of peers, and does not end a capture', () => {
    jest.useFakeTimers();
    const { world, debugging, of } = started();
    world.engine.taps.begin('10.0.0.2', { messages: () => {} });
    expect(() => debugging.begin(world.engine.peers.get('10.0.0.2')!)).toThrow(/captured/);
    debugging.begin(of, 5);
    jest.advanceTimersByTime(5000);
    jest.useRealTimers();
    expect(world.eventsNamed('debug.ended')).toMatchObject([{ why: '5 s are over' }]);
    for (let n = 3; n < 7; n++)
      debugging.begin(SimPeer.up(world, `10.0.0.${n}`, n) && world.engine.peers.get(`10.0.0.${n}`)!);
    expect(() => debugging.begin(of)).toThrow(/4 peers/);
    debugging.close();
  });
});

test('show interfaces names the peers on each, by their session or by the network', async () => {
  const world = new World();
  SimPeer.up(world, '10.0.0.1', 1);
  const json = JSON.stringify([
    { ifname: 'lo', flags: ['LOOPBACK', 'UP'], operstate: 'UNKNOWN', mtu: 65_536, addr_info: [] },
    {
      ifname: 'eth1',
      flags: ['BROADCAST', 'UP'],
      operstate: 'UP',
      mtu: 9000,
      addr_info: [{ local: '10.99.0.1', prefixlen: 24 }],
    },
    { ifname: 'eth2', flags: ['NO-CARRIER', 'UP'], operstate: 'DOWN', mtu: 1500, addr_info: [] },
  ]);
  const subject = { engine: world.engine, fib: { problems: () => ['the monitor ended'], nextHops: {} } };
  const rows: InterfaceView[] = [];
  for await (const row of showInterfaces(subject, ['sh', '-c', `printf '%s' '${json}'`, 'ip'])) rows.push(row);
  expect(rows).toMatchObject([
    { name: 'lo', state: 'unknown', peers: [] },
    {
      name: 'eth1',
      state: 'up',
      mtu: 9000,
      addresses: ['10.99.0.1/24'],
      peers: ['10.0.0.1'],
      problem: 'the monitor ended',
    },
    { name: 'eth2', state: 'no-carrier', tracking: ['next hops'] },
  ]);
  await expect(showInterfaces(subject, ['/nonexistent']).next()).rejects.toThrow(/cannot read the interfaces/);
});
