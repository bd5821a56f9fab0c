/** One session, from its OPEN to its end: what is answered to what, byte by byte, and when. */
import { announce, KEEPALIVE, message, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, OUR_ID, peerSpec, range, router, World } from './world.ts';

const bytes = (peer: SimPeer) => {
  const { notification } = peer;
  return notification === null ? null : [notification.code, notification.subcode, ...notification.data];
};

/** Connects and sends something instead of what is expected. */
function meet(...messages: Uint8Array[]): { world: World; peer: SimPeer } {
  const world = new World();
  const peer = new SimPeer(world, '10.0.0.1', 1);
  world.settle();
  peer.send(...messages);
  world.settle();
  return { world, peer };
}

function up(): { world: World; peer: SimPeer; other: SimPeer } {
  const world = new World();
  const [peer, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  return { world, peer, other };
}

describe('the OPEN', () => {
  const withByte = (at: number, value: number) => {
    const bent = open(OUR_AS, 1);
    bent[at] = value;
    return bent;
  };

  test.each([
    ['a version other than 4', withByte(19, 5), [2, 1, 0, 4], 'version 4'],
    ['an AS number that is not expected', open(65_001, 1), [2, 2], '65001'],
    ['a hold time of two seconds', open(OUR_AS, 1, { holdSeconds: 2 }), [2, 6], 'hold time of 2 s'],
    ['router id 0', open(OUR_AS, 0), [2, 3], '0.0.0.0'],
    ['our own router id', open(OUR_AS, OUR_ID), [2, 3], '10.99.0.1'],
    [
      'no family of ours',
      open(OUR_AS, 1, { capabilities: [1, 4, 0, 25, 0, 65, 65, 4, 0, 0, 0xfd, 0xe8] }),
      null,
      'l2vpn-vpls',
    ],
  ])('with %s is refused, and the event says which side must change what', (_name, sent, expected, words) => {
    const { world, peer } = meet(sent);
    if (expected !== null) expect(bytes(peer)).toEqual(expected);
    else expect(bytes(peer)?.slice(0, 2)).toEqual([2, 7]);
    expect(peer.connection.closed).toBe(true);
    expect(world.eventsNamed('peer.open-rejected')).toMatchObject([
      { peer: '10.0.0.1', code: 2, subcode: bytes(peer)?.[1], reason: expect.stringContaining(words) },
    ]);
    expect(world.eventsNamed('peer.attempt-failed')).toHaveLength(1);
    expect(world.engine.notifications.sent.get(`2/${bytes(peer)?.[1]}`)).toBe(1);
  });

  test('that cannot be read is refused', () => {
    const { world, peer } = meet(withByte(28, 200));
    expect(bytes(peer)?.[0]).toBe(2);
    expect(world.eventsNamed('peer.open-rejected')).toMatchObject([{ reason: 'the OPEN is malformed' }]);
  });

  test('that the peer rejects is reported as a failed attempt', () => {
    const { world } = meet(message(3, [2, 2, 0, 1]));
    expect(world.eventsNamed('peer.attempt-failed')).toMatchObject([{ peer: '10.0.0.1', code: 2, subcode: 2 }]);
    expect(world.eventsNamed('peer.open-rejected')).toEqual([]);
    expect(world.engine.notifications.received.get('2/2')).toBe(1);
  });
});

describe('messages out of place', () => {
  test.each([
    ['an UPDATE before the OPEN', [withdraw(['10.0.0.0/8'])], [5, 1, 2]],
    ['a KEEPALIVE before the OPEN', [KEEPALIVE], [5, 1, 4]],
    ['a second OPEN before the KEEPALIVE', [open(OUR_AS, 1), open(OUR_AS, 1)], [5, 2, 1]],
    ['an OPEN in an established session', [open(OUR_AS, 1), KEEPALIVE, open(OUR_AS, 1)], [5, 3, 1]],
  ])('%s ends the session as a state machine error', (_name, messages, expected) => {
    expect(bytes(meet(...messages).peer)).toEqual(expected);
  });
});

describe('framing', () => {
  const bent = (at: number, value: number) => {
    const whole = message(4, []);
    whole[at] = value;
    return whole;
  };

  test.each([
    ['a marker that is not all ones', bent(3, 0xfe), [1, 1]],
    ['a length below 19', bent(17, 18), [1, 2, 0, 18]],
    ['a length above 4,096', bent(16, 0x10).fill(1, 17, 18), [1, 2, 0x10, 1]],
    ['a KEEPALIVE of 20 octets', Uint8Array.of(...bent(17, 20), 0), [1, 2, 0, 20]],
    ['an unknown type', bent(18, 6), [1, 3, 6]],
  ])('%s ends an established session with its bytes', (_name, sent, expected) => {
    const { world, peer, other } = up();
    peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    peer.send(sent);
    world.settle();
    expect(bytes(peer)).toEqual(expected);
    expect(peer.connection.closed).toBe(true);
    expect(other.prefixes).toEqual([]);
    expect(other.notification).toBeNull();
  });

  test('a session is cut at every octet and nothing is lost', () => {
    const world = new World();
    const other = SimPeer.up(world, '10.0.0.2', 2);
    const peer = new SimPeer(world, '10.0.0.1', 1);
    const stream = [open(OUR_AS, 1), KEEPALIVE, announce(['20.0.0.0/8'], { localPref: 100 }), KEEPALIVE];
    for (const byte of stream.flatMap((one) => [...one])) peer.send(Uint8Array.of(byte));
    world.settle();
    expect(other.prefixes).toEqual(['20.0.0.0/8']);
  });
});

describe('time', () => {
  test('a peer that says nothing is lost when the hold time is over, with 4/0, and not a moment before', () => {
    const { world, peer } = up();
    world.pass(89_999);
    expect(peer.notification).toBeNull();
    world.pass(1);
    expect(bytes(peer)).toEqual([4, 0]);
    const downs = world.eventsNamed('peer.down');
    expect(downs).toHaveLength(2);
    expect(downs).toContainEqual(expect.objectContaining({ peer: '10.0.0.1', code: 4, subcode: 0, upSeconds: 90 }));
  });

  test.each([
    ['KEEPALIVE', KEEPALIVE],
    ['UPDATE', announce(['20.0.0.0/8'], { localPref: 100 })],
  ])('%s restarts the hold time', (_name, sent) => {
    const { world, peer } = up();
    world.pass(80_000);
    peer.send(sent);
    world.pass(89_999);
    expect(peer.notification).toBeNull();
    world.pass(1);
    expect(bytes(peer)).toEqual([4, 0]);
  });

  test('what had arrived before the hold timer was looked at counts, however late it is read', () => {
    const { world, peer } = up();
    world.nowMs += 500_000;
    world.ring();
    peer.send(KEEPALIVE);
    world.settle();
    expect(peer.notification).toBeNull();
    world.pass(89_999);
    expect(peer.notification).toBeNull();
    world.pass(1);
    expect(bytes(peer)).toEqual([4, 0]);
  });

  test('ROUTE-REFRESH does not restart the hold time', () => {
    const { world, peer } = up();
    world.pass(80_000);
    peer.send(message(5, [0, 1, 0, 1]));
    world.pass(10_000);
    expect(bytes(peer)).toEqual([4, 0]);
  });

  test('KEEPALIVEs come a third of the hold time apart, less the jitter', () => {
    const { world, peer } = up();
    peer.history.length = 0;
    const times: number[] = [];
    for (let second = 1; second <= 85; second++) {
      world.pass(1000);
      if (peer.history.length > times.length) times.push(second);
    }
    // 30 s x (0.75 + 0.25 x 0.5) = 26.25 s.
    expect(times).toEqual([27, 53, 79]);
  });

  test('the smaller hold time of both counts', () => {
    const world = new World();
    const peer = new SimPeer(world, '10.0.0.1', 1);
    peer.establish(open(OUR_AS, 1, { holdSeconds: 9 }));
    expect(world.eventsNamed('peer.established')).toMatchObject([{ holdSeconds: 9 }]);
    world.pass(9000);
    expect(bytes(peer)).toEqual([4, 0]);
    expect(peer.history.filter((line) => line === 'KEEPALIVE').length).toBeGreaterThanOrEqual(3);
  });

  test('hold time 0: no KEEPALIVE, and silence is no fault', () => {
    const world = new World();
    const peer = new SimPeer(world, '10.0.0.1', 1);
    peer.establish(open(OUR_AS, 1, { holdSeconds: 0 }));
    peer.history.length = 0;
    world.pass(3_600_000);
    expect(peer.history).toEqual([]);
    expect(world.engine.peers.get('10.0.0.1')?.stateName).toBe('Established');
  });

  test('a connection without an OPEN is closed after four minutes', () => {
    const world = new World();
    const peer = new SimPeer(world, '10.0.0.1', 1);
    world.pass(239_999);
    expect(peer.notification).toBeNull();
    world.pass(1);
    expect(bytes(peer)).toEqual([4, 0]);
  });
});

describe('two connections of one peer (RFC 4271 6.8)', () => {
  const [LOWER, HIGHER] = [0x01000001, 0xc0000201];
  const dialing = { session: { passive: false }, exchange: { client: false } };

  function collide(routerId: number): { world: World; dialed: SimPeer; incoming: SimPeer } {
    const world = new World(router({ peers: [peerSpec('192.0.2.1', dialing)] }));
    const dialed = new SimPeer(world, '192.0.2.1', routerId, OUR_AS, world.answerDial());
    const incoming = new SimPeer(world, '192.0.2.1', routerId);
    world.settle();
    for (const side of [dialed, incoming]) side.send(open(OUR_AS, routerId));
    world.settle();
    for (const side of [dialed, incoming]) side.send(KEEPALIVE);
    world.settle();
    return { world, dialed, incoming };
  }

  test.each([
    ['lower', 'dialed', LOWER, 'incoming'],
    ['higher', 'incoming', HIGHER, 'dialed'],
  ] as const)('a peer with the %s router id: the %s connection stays', (_name, kept, routerId, closed) => {
    const sides = collide(routerId);
    expect(bytes(sides[closed])).toEqual([6, 7]);
    expect(sides[closed].connection.closed).toBe(true);
    expect(sides[kept].connection.closed).toBe(false);
    expect(sides[kept].history).toContain('EOR ipv4-unicast');
    expect(sides.world.eventsNamed('peer.established')).toMatchObject([{ dialed: kept === 'dialed' }]);
    expect(sides.world.eventsNamed('peer.down')).toEqual([]);
  });

  test('a newcomer beside an established session is refused with the reason', () => {
    const { world, peer } = up();
    const second = new SimPeer(world, '10.0.0.1', 1);
    second.send(open(OUR_AS, 1));
    world.pass(1_000);
    expect(bytes(second)).toEqual([6, 7]);
    expect(second.connection.closed).toBe(true);
    expect(world.eventsNamed('peer.refused')).toMatchObject([{ address: '10.0.0.1', reason: 'collision' }]);
    expect(world.engine.notifications.sent.get('6/7')).toBe(1);
    peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    expect(world.engine.rib.families[0].paths.count).toBe(1);
  });
});

describe('router ids', () => {
  test('two addresses with one router id are both served, and the event names both', () => {
    const world = new World();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 7), SimPeer.up(world, '10.0.0.2', 7)];
    a.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    b.send(announce(['21.0.0.0/8'], { localPref: 100 }));
    world.settle();
    expect([a.prefixes, b.prefixes]).toEqual([['21.0.0.0/8'], ['20.0.0.0/8']]);
    const event = { peer: '10.0.0.2', other: '10.0.0.1', routerId: '0.0.0.7' };
    expect(world.eventsNamed('peer.duplicate-router-id')).toMatchObject([event]);
  });

  test('a peer that comes back, or one of another AS, is not a second one', () => {
    const outside = { session: { remoteAs: { kind: 'external' } as const }, exchange: { client: false } };
    const world = new World(router({ peers: [peerSpec('192.0.2.1', outside)] }));
    const peer = SimPeer.up(world, '10.0.0.1', 7);
    peer.flap();
    SimPeer.up(world, '192.0.2.1', 7, 65_001);
    peer.connection.lose();
    world.settle();
    SimPeer.up(world, '10.0.0.2', 7);
    expect(world.eventsNamed('peer.established')).toHaveLength(4);
    expect(world.eventsNamed('peer.duplicate-router-id')).toEqual([]);
  });

  test('the IPv4 and the IPv6 session of one host share theirs by right', () => {
    const world = new World(router({ ranges: [range(), range({ prefix: '2001:db8::/32' })] }));
    SimPeer.up(world, '10.0.0.1', 7);
    SimPeer.up(world, '2001:db8::1', 7);
    expect(world.eventsNamed('peer.established')).toHaveLength(2);
    expect(world.eventsNamed('peer.duplicate-router-id')).toEqual([]);
  });
});
