/** Reflection end to end, from the bytes of one peer to the bytes of the others. */
import { announce, END_OF_RIB, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_ID, peerSpec, range, router, World } from './world.ts';

const A = 0x0a000001;
const B = 0x0a000002;
const C = 0x0a000003;

describe('reflection between clients', () => {
  test('a route reaches every other client, with ORIGINATOR_ID and CLUSTER_LIST, and not its source', () => {
    const world = new World();
    const [a, b, c] = [
      SimPeer.up(world, '10.0.0.1', A),
      SimPeer.up(world, '10.0.0.2', B),
      SimPeer.up(world, '10.0.0.3', C),
    ];
    a.send(
      announce(['10.1.0.0/16', '10.2.0.0/24'], {
        nextHop: '10.0.0.1',
        localPref: 300,
        med: 7,
        asPath: [65001, [65002, 65003]],
      }),
    );
    world.settle();
    for (const peer of [b, c]) {
      expect(peer.prefixes).toEqual(['10.1.0.0/16', '10.2.0.0/24']);
      expect(peer.held.get('10.1.0.0/16')).toMatchObject({
        nextHop: '10.0.0.1',
        localPref: 300,
        med: 7,
        asPath: '65001 {65002,65003}',
        originatorId: '10.0.0.1',
        clusterList: ['10.99.0.1'],
      });
    }
    expect(a.prefixes).toEqual([]);
    a.send(withdraw(['10.1.0.0/16']));
    world.settle();
    expect([a.prefixes, b.prefixes, c.prefixes]).toEqual([[], ['10.2.0.0/24'], ['10.2.0.0/24']]);
  });

  test('IPv6 routes keep their next hop in MP_REACH_NLRI', () => {
    const world = new World();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', A), SimPeer.up(world, '10.0.0.2', B)];
    a.send(announce(['2001:db8:1::/48', '::/0'], { nextHop: '2001:db8::a', localPref: 100 }));
    world.settle();
    expect(b.prefixes).toEqual(['2001:db8:1::/48', '::/0']);
    expect(b.held.get('::/0')).toMatchObject({ nextHop: '2001:db8::a', originatorId: '10.0.0.1' });
    a.send(withdraw(['::/0']));
    world.settle();
    expect(b.prefixes).toEqual(['2001:db8:1::/48']);
  });

  test('when the best path moves to a client, the other path is withdrawn from that client only', () => {
    const world = new World();
    const [a, b, c] = [
      SimPeer.up(world, '10.0.0.1', A),
      SimPeer.up(world, '10.0.0.2', B),
      SimPeer.up(world, '10.0.0.3', C),
    ];
    a.send(announce(['10.1.0.0/16'], { nextHop: '10.0.0.1', localPref: 100 }));
    world.settle();
    expect(b.prefixes).toEqual(['10.1.0.0/16']);
    b.send(announce(['10.1.0.0/16'], { nextHop: '10.0.0.2', localPref: 200 }));
    world.settle();
    expect(b.prefixes).toEqual([]);
    expect(a.held.get('10.1.0.0/16')?.nextHop).toBe('10.0.0.2');
    expect(c.held.get('10.1.0.0/16')?.nextHop).toBe('10.0.0.2');
    expect(c.history).toEqual(['KEEPALIVE', 'EOR ipv4-unicast', 'EOR ipv6-unicast', '10.1.0.0/16', '10.1.0.0/16']);
    b.connection.lose();
    world.settle();
    expect([a.prefixes, c.held.get('10.1.0.0/16')?.nextHop]).toEqual([[], '10.0.0.1']);
  });

  test('a late joiner gets the snapshot, then End-of-RIB, then what changes', () => {
    const world = new World();
    const a = SimPeer.up(world, '10.0.0.1', A);
    const prefixes = Array.from({ length: 5000 }, (_, i) => `20.${i >> 8}.${i & 255}.0/24`);
    for (let i = 0; i < prefixes.length; i += 500) {
      a.send(announce(prefixes.slice(i, i + 500), { nextHop: '10.0.0.1', localPref: 100, med: i }));
    }
    world.settle();
    const b = SimPeer.up(world, '10.0.0.2', B);
    expect(b.prefixes).toEqual([...prefixes].sort());
    const endOfRib = b.history.indexOf('EOR ipv4-unicast');
    expect(b.history.slice(0, endOfRib).filter((line) => line.includes('/')).length).toBe(5000);
    a.send(withdraw(prefixes.slice(0, 10)));
    world.settle();
    expect(b.prefixes.length).toBe(4990);
  });

  test('clients do not receive routes of each other where that is turned off', () => {
    const world = new World(router({ ranges: [range({ exchange: { clientToClient: false } })] }));
    const [a, b] = [SimPeer.up(world, '10.0.0.1', A), SimPeer.up(world, '10.0.0.2', B)];
    a.send(announce(['10.1.0.0/16'], { localPref: 100 }));
    world.settle();
    expect(b.prefixes).toEqual([]);
  });
});

describe('non-clients', () => {
  const spec = router({
    peers: [
      peerSpec('192.0.2.1', { exchange: { client: false } }),
      peerSpec('192.0.2.2', { exchange: { client: false } }),
    ],
  });

  test('receive routes of clients, not of each other; clients receive both', () => {
    const world = new World(spec);
    const client = SimPeer.up(world, '10.0.0.1', A);
    const [one, two] = [SimPeer.up(world, '192.0.2.1', B), SimPeer.up(world, '192.0.2.2', C)];
    client.send(announce(['10.1.0.0/16'], { localPref: 100 }));
    one.send(announce(['10.2.0.0/16'], { localPref: 100 }));
    world.settle();
    expect(client.prefixes).toEqual(['10.2.0.0/16']);
    expect(one.prefixes).toEqual(['10.1.0.0/16']);
    expect(two.prefixes).toEqual(['10.1.0.0/16']);
  });

  test('a path that comes with an ORIGINATOR_ID keeps it, and the cluster id goes in front of its list', () => {
    const world = new World(spec);
    const client = SimPeer.up(world, '10.0.0.1', A);
    const other = SimPeer.up(world, '192.0.2.1', B);
    other.send(announce(['10.2.0.0/16'], { localPref: 100, originatorId: 0x01020304, clusterList: [0x05060708] }));
    world.settle();
    expect(client.held.get('10.2.0.0/16')).toMatchObject({
      originatorId: '1.2.3.4',
      clusterList: ['10.99.0.1', '5.6.7.8'],
    });
  });
});

describe('loops', () => {
  test.each([
    ['our router id as ORIGINATOR_ID', { originatorId: OUR_ID, clusterList: [9] }],
    ['our cluster id in CLUSTER_LIST', { originatorId: 7, clusterList: [9, OUR_ID] }],
    ['our AS in AS_PATH', { asPath: [65001, 65000] }],
    ['our AS in an AS_SET', { asPath: [[65001, 65000]] }],
  ])('%s: the path is kept as unusable, and the one that it replaces is withdrawn', (_name, looped) => {
    const world = new World();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', A), SimPeer.up(world, '10.0.0.2', B)];
    a.send(announce(['10.1.0.0/16'], { localPref: 100 }));
    world.settle();
    expect(b.prefixes).toEqual(['10.1.0.0/16']);
    a.send(announce(['10.1.0.0/16'], { localPref: 100, ...looped }));
    world.settle();
    expect(b.prefixes).toEqual([]);
    a.send(announce(['10.1.0.0/16'], { localPref: 100 }));
    world.settle();
    expect(b.prefixes).toEqual(['10.1.0.0/16']);
  });
});

describe('eBGP', () => {
  const spec = router({
    peers: [peerSpec('192.0.2.1', { session: { remoteAs: { kind: 'external' } }, exchange: { client: false } })],
  });

  test('toward a switch our AS is prepended and what is for inside is left out', () => {
    const world = new World(spec);
    const host = SimPeer.up(world, '10.0.0.1', A);
    const tor = SimPeer.up(world, '192.0.2.1', B, 4200000001);
    host.send(announce(['10.1.0.0/16'], { nextHop: '10.0.0.1', localPref: 300, med: 5 }));
    world.settle();
    const held = tor.held.get('10.1.0.0/16');
    expect(held).toMatchObject({
      asPath: '65000',
      localPref: null,
      originatorId: null,
      clusterList: [],
      nextHop: '10.0.0.1',
      med: 5,
    });
  });

  test('from a switch LOCAL_PREF is added; the AS_PATH and the next hop stay', () => {
    const world = new World(spec);
    const host = SimPeer.up(world, '10.0.0.1', A);
    const tor = SimPeer.up(world, '192.0.2.1', B, 4200000001);
    tor.send(announce(['0.0.0.0/0'], { nextHop: '192.0.2.1', asPath: [4200000001, 64999], med: 3 }));
    world.settle();
    expect(host.held.get('0.0.0.0/0')).toMatchObject({
      asPath: '4200000001 64999',
      localPref: 100,
      nextHop: '192.0.2.1',
      originatorId: null,
      clusterList: [],
    });
  });
});

test('End-of-RIB of a peer is noted, and a session that ends is swept', () => {
  const world = new World();
  const a = SimPeer.up(world, '10.0.0.1', A);
  a.send(announce(['10.1.0.0/16'], { localPref: 100 }), END_OF_RIB);
  world.settle();
  expect(world.engine.peers.get('10.0.0.1')?.session?.endOfRibReceived[0]).toBe(1);
  expect(world.engine.rib.families[0].paths.count).toBe(1);
  a.connection.lose();
  world.settle();
  expect(world.engine.rib.families[0].paths.count).toBe(0);
  expect(world.engine.rib.families[0].prefixes.count).toBe(0);
  expect(world.engine.rib.attributes.count).toBe(0);
  expect(world.engine.rib.nextHops.count).toBe(0);
});

test('an ORIGINATOR_ID that no advertised path has any more is not kept', () => {
  const world = new World(router({ ranges: [range()] }));
  const source = SimPeer.up(world, '10.0.0.1', 1);
  SimPeer.up(world, '10.0.0.2', 2);
  for (let n = 1; n <= 50; n++) {
    source.send(announce(['20.0.0.0/16'], { nextHop: '10.0.0.1', localPref: 100, originatorId: 1000 + n }));
    world.settle();
  }
  const [group] = world.engine.reflector.groups[0]!;
  expect(group!.advertised.counts.originators).toBe(1);
  source.send(withdraw(['20.0.0.0/16']));
  world.settle();
  expect(group!.advertised.counts.originators).toBe(0);
});
