/** What the daemon shows of itself is what it is: peers, prefixes, groups, memory, and what a scrape reads. */
import { CommandError } from '../../src/engine/api/commands.ts';
import { describeEvent } from '../../src/engine/events/events.ts';
import { viewGroups, viewTables } from '../../src/engine/show/groups.ts';
import { engineMetrics } from '../../src/engine/show/metrics.ts';
import { listPeers } from '../../src/engine/show/peer-list.ts';
import { viewPeer } from '../../src/engine/show/peers.ts';
import { type RibQuery, viewRib } from '../../src/engine/show/routes/rib.ts';
import { CHUNK_BYTES } from '../../src/reflect/encode/chunks.ts';
import { cease } from '../../src/wire/notification.ts';
import { announce, END_OF_RIB, KEEPALIVE, message, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, OUR_ID, peerSpec, range, router, World } from './world.ts';

const outside = { session: { remoteAs: { kind: 'external' } as const }, exchange: { client: false } };
const spec = router({
  peers: [peerSpec('192.0.2.1', { exchange: { client: false } }), peerSpec('198.51.100.1', outside)],
});

function show(peer: SimPeer) {
  const found = peer.world.engine.peers.get(peer.address);
  if (found === undefined) throw new Error('no peer');
  return viewPeer(found, peer.world.nowMs);
}

const rib = (world: World, query: RibQuery = {}) => [...viewRib(world.engine, query)];

describe('show peers', () => {
  test('before the first connection, from the configuration', () => {
    const world = new World(spec);
    const views = [...world.engine.peers.values()].map((peer) => viewPeer(peer, world.nowMs));
    expect(views).toMatchObject([
      { address: '192.0.2.1', role: 'non-client', state: 'Active', as: null, families: [], lastDown: null, port: 179 },
      { address: '198.51.100.1', role: 'ebgp', state: 'Active', routerId: null, holdSeconds: null, established: 0 },
    ]);
  });

  test('of an established session: who, since when, how fast, how much', () => {
    const world = new World(spec);
    const [peer, other] = [
      SimPeer.up(world, '10.0.0.1', 0x01020304),
      SimPeer.up(world, '198.51.100.1', 9, 4_200_000_001),
    ];
    peer.send(announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 100 }));
    peer.send(announce(['22.0.0.0/8'], { localPref: 100, asPath: [OUR_AS] }), END_OF_RIB, KEEPALIVE);
    other.send(announce(['23.0.0.0/8'], { asPath: [4_200_000_001] }));
    world.pass(7000);
    expect(show(peer)).toMatchObject({
      address: '10.0.0.1',
      port: 33_333,
      localAddress: '10.99.0.1',
      localPort: 179,
      group: 'hosts',
      dynamic: true,
      role: 'client',
      state: 'Established',
      sinceSeconds: 7,
      as: OUR_AS,
      routerId: '1.2.3.4',
      holdSeconds: 90,
      keepaliveSeconds: 30,
      families: [
        {
          family: 'ipv4-unicast',
          received: 3,
          accepted: 2,
          advertised: 1,
          endOfRibReceived: true,
          endOfRibSent: true,
          sending: 'log',
          lagBytes: 0,
        },
        {
          family: 'ipv6-unicast',
          received: 0,
          accepted: 0,
          advertised: 0,
          endOfRibReceived: false,
          endOfRibSent: true,
        },
      ],
      established: 1,
      dropped: 0,
      messagesIn: 6,
      updatesIn: 3,
      lastDown: null,
    });
    expect(show(peer).messagesOut).toBe(peer.counts.reduce((sum, count) => sum + count));
    expect(show(peer).updatesOut).toBe(peer.counts[2]);
    expect(show(other)).toMatchObject({ role: 'ebgp', as: 4_200_000_001, families: [{ advertised: 2 }, {}] });
    expect(show(peer).capabilitiesReceived.map(({ code }) => code)).toEqual([1, 1, 2, 65]);
    expect(show(peer).capabilitiesSent.map(({ code }) => code)).toEqual(expect.arrayContaining([1, 2, 65]));
  });

  test('counts never go down: not over sessions, nor over attempts that fail', () => {
    const world = new World(spec);
    const peer = SimPeer.up(world, '192.0.2.1', 1);
    peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    const before = show(peer);
    peer.connection.lose('ECONNRESET');
    world.pass(4000);
    expect(show(peer)).toMatchObject({
      state: 'Active',
      established: 1,
      dropped: 1,
      lastDown: expect.stringContaining('ECONNRESET'),
      lastDownSecondsAgo: 4,
      messagesIn: before.messagesIn,
      bytesOut: before.bytesOut,
      families: [],
    });
    peer.connect();
    peer.send(open(65_001, 1));
    world.settle();
    expect(peer.connection.closed).toBe(true);
    expect(show(peer)).toMatchObject({ messagesIn: before.messagesIn + 1, dropped: 1 });
    expect(show(peer).messagesOut).toBeGreaterThan(before.messagesOut);
    expect(show(peer).lastDown).toContain('65001');
  });

  test('some of them, in the order that is asked for', () => {
    const world = new World(spec);
    SimPeer.up(world, '10.0.0.10', 1);
    world.pass(5000);
    SimPeer.up(world, '10.0.0.9', 2).send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    const list = (query: Parameters<typeof listPeers>[1]) => listPeers(world.engine, query).map(({ name }) => name);
    expect(list({})).toEqual(['10.0.0.9', '10.0.0.10', '192.0.2.1', '198.51.100.1']);
    expect(list({ state: 'down' })).toEqual(['192.0.2.1', '198.51.100.1']);
    expect(list({ state: 'established', sort: 'uptime' })).toEqual(['10.0.0.10', '10.0.0.9']);
    expect(list({ state: 'active', group: 'others' })).toEqual([]);
    expect(list({ sort: 'routes' })[0]).toBe('10.0.0.9');
    expect(list({ sort: 'advertised' })[0]).toBe('10.0.0.10');
    expect(list({ sort: 'state' }).slice(2)).toEqual(['10.0.0.9', '10.0.0.10']);
  });

  test('messages by type, routes announced and withdrawn, and the timers that run', () => {
    const world = new World(spec);
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    a.send(announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 100 }), announce(['20.0.0.0/8'], { localPref: 200 }));
    world.settle();
    a.send(withdraw(['21.0.0.0/8']), KEEPALIVE);
    world.pass(20_000);
    const view = show(a);
    expect(view.messages.received).toEqual({ open: 1, update: 3, notification: 0, keepalive: 2, routeRefresh: 0 });
    expect(view.families[0]).toMatchObject({ announced: 3, withdrawn: 1, received: 1 });
    expect(show(b).messages.sent).toMatchObject({ open: 1, update: b.counts[2], keepalive: b.counts[4] });
    const { updatesSent, withdrawalsSent } = show(b).families[0]!;
    // Beside the withdrawal there is End-of-RIB.
    expect([updatesSent > 0, withdrawalsSent]).toEqual([true, 2]);
    expect(view.timers.find(({ name }) => name === 'hold')).toEqual({ name: 'hold', remainingSeconds: 70 });
    expect(view.timers.map(({ name }) => name).sort()).toEqual(['hold', 'keepalive']);
    expect(show(b).families.reduce((sum, one) => sum + one.updatesSent + one.withdrawalsSent, 0)).toBe(b.counts[2]);
  });

  test('the host name and the software of a peer are shown without what a terminal would obey', () => {
    const world = new World(spec);
    const peer = new SimPeer(world, '10.0.0.1', 1);
    const text = (bytes: string) => [bytes.length, ...Buffer.from(bytes, 'latin1')];
    const host = [...text('a\x1b[2J'), ...text('b\x07')];
    const version = text('v\x9b31m\r\n');
    const values = [73, host.length, ...host, 75, version.length, ...version];
    peer.establish(open(OUR_AS, 1, { capabilities: [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xfd, 0xe8, ...values] }));
    const { hostName, softwareVersion } = show(peer);
    expect([hostName, softwareVersion]).toEqual(['a [2J.b ', expect.stringMatching(/^v.31m {2}$/)]);
  });

  test('how a member is served: snapshot, log, slow', () => {
    const world = new World(spec, { slowAfterBytes: 2 * CHUNK_BYTES });
    const source = SimPeer.up(world, '10.0.0.1', 1);
    const feed = (med: number) => {
      for (let i = 0; i < 3000; i += 10) {
        const ten = Array.from({ length: 10 }, (_, k) => `20.${(i + k) >> 8}.${(i + k) & 255}.0/24`);
        source.send(announce(ten, { localPref: 100, med: med + i }));
      }
      world.settle();
    };
    feed(1);
    const peer = new SimPeer(world, '10.0.0.2', 2);
    peer.connection.reading = false;
    peer.establish();
    expect(show(peer).families[0]).toMatchObject({ sending: 'snapshot', endOfRibSent: false });
    while (show(peer).families[0].sending !== 'slow') feed(show(peer).messagesIn * 7 + world.nowMs++ * 100_000);
    expect(viewGroups(world.engine)[0]).toMatchObject({ slowMembers: ['10.0.0.2'], members: ['10.0.0.1', '10.0.0.2'] });
    peer.connection.reading = true;
    peer.connection.drain();
    world.settle();
    expect(show(peer).families[0]).toMatchObject({ sending: 'log', endOfRibSent: true, advertised: 3000, lagBytes: 0 });
  });
});

describe('show rib', () => {
  function filled(): World {
    const world = new World(spec);
    const [a, b, tor] = [
      SimPeer.up(world, '10.0.0.1', 1),
      SimPeer.up(world, '10.0.0.2', 2),
      SimPeer.up(world, '198.51.100.1', 9, 4_200_000_001),
    ];
    a.send(announce(['20.0.0.0/8'], { localPref: 300, med: 7, communities: [0xffffff01], nextHop: '10.0.0.1' }));
    b.send(announce(['20.0.0.0/8'], { localPref: 200, nextHop: '10.0.0.2' }));
    tor.send(announce(['20.0.0.0/8', '0.0.0.0/0'], { asPath: [4_200_000_001, 64_999], nextHop: '198.51.100.1' }));
    b.send(announce(['20.1.0.0/16'], { localPref: 100, originatorId: OUR_ID, clusterList: [5] }));
    a.send(announce(['2001:db8::/32'], { localPref: 100, nextHop: '2001:db8::1' }));
    world.settle();
    world.pass(12_000);
    return world;
  }

  test('gives all paths of a prefix, the best one first, with the step that each lost at', () => {
    const [view, ...rest] = rib(filled(), { target: '20.0.0.0/8' });
    expect(rest).toEqual([]);
    expect(view).toMatchObject({ family: 'ipv4-unicast', prefix: '20.0.0.0/8' });
    expect(view.paths[0]).toMatchObject({
      peer: '10.0.0.1',
      best: true,
      decidedBy: 'local preference',
      unusable: null,
      nextHop: '10.0.0.1',
      localPref: 300,
      med: 7,
      origin: 'IGP',
      asPath: '',
      communities: ['no-export'],
      ageSeconds: 12,
    });
    expect(
      view.paths
        .slice(1)
        .map(({ peer, best, decidedBy }) => [peer, best, decidedBy])
        .sort(),
    ).toEqual([
      ['10.0.0.2', false, 'local preference'],
      ['198.51.100.1', false, 'local preference'],
    ]);
    expect(view.paths.find(({ peer }) => peer === '198.51.100.1')).toMatchObject({
      asPath: '4200000001 64999',
      localPref: null,
    });
  });

  test('says what decided a single path, and why another is unusable', () => {
    const world = filled();
    expect(rib(world, { target: '0.0.0.0/0' })[0].paths).toMatchObject([{ best: true, decidedBy: 'only path' }]);
    expect(rib(world, { target: '20.1.0.0/16' })[0].paths).toMatchObject([
      {
        best: false,
        decidedBy: 'not usable',
        unusable: expect.stringContaining('ORIGINATOR_ID'),
        originatorId: '10.99.0.1',
      },
    ]);
  });

  test.each([
    ['20.1.2.3', '20.0.0.0/8', 'past a longer one without a usable path'],
    ['20.9.9.9', '20.0.0.0/8', 'the longest'],
    ['9.9.9.9', '0.0.0.0/0', 'the default route'],
    ['2001:db8::77', '2001:db8::/32', 'of IPv6'],
  ])('the longest match of %s is %s: %s', (target, expected) => {
    expect(rib(filled(), { target }).map(({ prefix }) => prefix)).toEqual([expected]);
  });

  test('an address with no usable match shows the unusable one, one with none at all nothing', () => {
    const world = new World();
    SimPeer.up(world, '10.0.0.1', 1).send(announce(['20.1.0.0/16'], { localPref: 100, asPath: [OUR_AS] }));
    world.settle();
    expect(rib(world, { target: '20.1.2.3' })[0].paths).toMatchObject([{ decidedBy: 'not usable' }]);
    expect(rib(world, { target: '20.2.0.1' })).toEqual([]);
    expect(rib(world, { target: '20.0.0.0/8' })).toEqual([]);
  });

  test('everything, one family, one peer', () => {
    const world = filled();
    expect(
      rib(world)
        .map(({ prefix }) => prefix)
        .sort(),
    ).toEqual(['0.0.0.0/0', '20.0.0.0/8', '20.1.0.0/16', '2001:db8::/32']);
    expect(rib(world, { family: 'ipv6-unicast' }).map(({ prefix }) => prefix)).toEqual(['2001:db8::/32']);
    const ofB = rib(world, { peer: '10.0.0.2' });
    expect(ofB.map(({ prefix }) => prefix).sort()).toEqual(['20.0.0.0/8', '20.1.0.0/16']);
    expect(ofB.flatMap(({ paths }) => paths.map(({ peer }) => peer))).toEqual(['10.0.0.2', '10.0.0.2']);
  });

  test.each([['20.0.0.0/33'], ['nonsense'], ['1.2.3'], ['2001:db8::/129']])('refuses %s as a target', (target) => {
    expect(() => rib(filled(), { target })).toThrow(CommandError);
  });

  test('refuses a family that there is not, and names those that there are', () => {
    expect(() => rib(filled(), { family: 'ipv5' })).toThrow('ipv4-unicast');
  });

  test('is right while the table changes', () => {
    const world = filled();
    const rows = viewRib(world.engine, {})[Symbol.iterator]();
    rows.next();
    for (const peer of world.engine.peers.values()) world.engine.resetPeer(peer, 'meanwhile');
    world.settle();
    expect(rows.next()).toEqual({ done: true, value: undefined });
  });
});

describe('show groups and show memory', () => {
  test('peers with the same bytes share a group; each difference makes another', () => {
    const inner = range({ prefix: '10.5.0.0/16', exchange: { nextHop: { kind: 'self' }, clientToClient: false } });
    const world = new World(router({ ...spec, ranges: [range(), inner] }));
    const [a, _b, c] = ['10.0.0.1', '10.0.0.2', '10.5.0.1'].map((text, i) => SimPeer.up(world, text, i + 1));
    SimPeer.up(world, '192.0.2.1', 9);
    const old = new SimPeer(world, '10.0.0.3', 8);
    old.establish(open(OUR_AS, 8, { capabilities: [1, 4, 0, 1, 0, 1] }));
    a.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    expect(c.prefixes).toEqual([]);
    const groups = viewGroups(world.engine).filter(({ family }) => family === 'ipv4-unicast');
    expect(groups.map(({ role, members, advertised }) => [role, members.join(' '), advertised])).toEqual([
      ['client', '10.0.0.1 10.0.0.2', 1],
      ['client', '10.5.0.1', 0],
      ['non-client', '192.0.2.1', 1],
      ['client', '10.0.0.3', 1],
    ]);
    expect(groups[1].key).toContain('no client-to-client');
    expect(groups[1].key).toContain('next-hop 10.99.0.1');
    expect(groups[3].key).toContain('2-octet as');
  });

  test('tables are counted by what is in them, and shrink when it goes', () => {
    const world = new World(spec);
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    peer.send(
      announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 100 }),
      announce(['2001:db8::/32'], { localPref: 100 }),
    );
    world.settle();
    world.pass(2000);
    const entries = () => Object.fromEntries(viewTables(world.engine).map(({ name, entries: count }) => [name, count]));
    expect(entries()).toEqual({
      'ipv4-unicast prefixes': 2,
      'ipv4-unicast paths': 2,
      'ipv6-unicast prefixes': 1,
      'ipv6-unicast paths': 1,
      'attribute sets': 2,
      'next hops': 2,
      advertised: 3,
      'log chunks': 2,
      policies: 0,
    });
    expect(viewTables(world.engine).every(({ bytes }) => bytes > 0)).toBe(true);
    peer.send(withdraw(['20.0.0.0/8', '21.0.0.0/8']), withdraw(['2001:db8::/32']));
    world.settle();
    expect(entries()).toMatchObject({ 'ipv4-unicast paths': 0, 'attribute sets': 0, 'next hops': 0, advertised: 0 });
  });
});

test('a scrape reads the same numbers', () => {
  const world = new World(spec);
  const peer = SimPeer.up(world, '10.0.0.1', 1);
  SimPeer.up(world, '10.0.0.2', 2);
  peer.send(announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 100 }));
  world.settle();
  peer.send(message(9, []));
  world.settle();
  const metrics = engineMetrics(world.engine);
  expect([...metrics.notifications()]).toEqual([{ direction: 'sent', code: 1, subcode: 3, count: 1 }]);
  expect([...metrics.ranges()]).toEqual([{ range: '10.0.0.0/8', group: 'hosts', peers: 2, limit: 10_000 }]);
  const byAddress = new Map([...metrics.peers()].map((row) => [row.address, row]));
  expect(byAddress.get('10.0.0.1')).toMatchObject({
    state: 'Active',
    dropped: 1,
    malformed: { discard: 0, withdraw: 0, reset: 0 },
  });
  expect(byAddress.get('10.0.0.2')).toMatchObject({ state: 'Established', updatesOut: 4 });
  expect([...metrics.tables()]).toEqual([
    { family: 'ipv4-unicast', prefixes: 0, paths: 0 },
    { family: 'ipv6-unicast', prefixes: 0, paths: 0 },
  ]);
  expect(metrics.attributeSets()).toBe(0);
  expect([...metrics.groups()]).toMatchObject([
    { family: 'ipv4-unicast', role: 'client', members: 1, slowMembers: 0, lagBytes: 0 },
    { family: 'ipv6-unicast', role: 'client', members: 1 },
  ]);
  const [[stage, turns]] = [...metrics.durations()];
  expect(stage).toBe('turn');
  expect(turns.count).toBeGreaterThan(0);
});

describe('the description of a peer', () => {
  const leaf = { ...peerSpec('10.0.0.1'), description: 'leaf 1' };

  test('is in every event of the peer, those of its end included, and in their sentences', () => {
    const world = new World(router({ peers: [leaf], ranges: [] }));
    SimPeer.up(world, '10.0.0.1', 1);
    const peer = world.engine.peers.get('10.0.0.1')!;
    world.engine.removePeer(peer, cease.deconfigured, 'it was removed from the configuration');
    world.settle();
    const ofPeer = world.events.filter((event) => 'peer' in event);
    expect(ofPeer.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['peer.established', 'peer.down', 'peer.removed']),
    );
    for (const event of ofPeer) expect(event).toMatchObject({ description: 'leaf 1' });
    const down = world.eventsNamed('peer.down')[0]!;
    expect(describeEvent(down)).toMatch(
      /^10\.0\.0\.1 \(leaf 1\) is down after 0 s: sent Cease \/ .*: it was removed from the configuration$/,
    );
  });

  test('which of the ways to end a session it was stands in the reason', () => {
    const world = new World(router({ peers: [leaf], ranges: [] }));
    const sim = SimPeer.up(world, '10.0.0.1', 1);
    const peer = world.engine.peers.get('10.0.0.1')!;
    world.engine.resetPeer(peer, 'the command reset (uid 0, pid 7)');
    sim.connect();
    sim.establish();
    world.engine.stop(false, '', 'the daemon stops: SIGTERM');
    world.settle();
    expect(world.eventsNamed('peer.down').map((event) => (event as { reason: string }).reason)).toEqual([
      'sent Cease / Administrative Reset: the command reset (uid 0, pid 7)',
      'sent Cease / Administrative Shutdown: the daemon stops: SIGTERM',
    ]);
  });
});

test('the name of an update group is the same after all of its members have gone and come back', () => {
  const world = new World();
  const sim = SimPeer.up(world, '10.0.0.1', 1);
  const names = () => viewGroups(world.engine).map(({ id, name }) => [id, name]);
  const [[firstId, firstName]] = names() as [[number, string]];
  sim.flap();
  world.settle();
  const [[secondId, secondName]] = names() as [[number, string]];
  expect(secondId).not.toBe(firstId);
  expect([firstName, secondName]).toEqual([secondName, expect.stringMatching(/^client-[0-9a-f]{8}$/)]);
});
