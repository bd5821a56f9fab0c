/** How much memory the attribute sets of a peer, and of all peers, may take up (RFC 4486 4). */
import { SET_OVERHEAD } from '../../../src/rib/attributes/attribute-accounts.ts';
import { announce, KEEPALIVE, open, withdraw } from '../../lab/updates.ts';
import { SimPeer } from '../sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from '../world.ts';

/** Octets of 100 sets as `sets` makes them. */
const HUNDRED = 100 * (28 + SET_OVERHEAD);

/** Sets that differ in their MED alone, each for a prefix of its own. */
function sets(count: number, first = 0, network = 20): Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    announce([`${network}.${(first + i) >> 8}.${(first + i) & 255}.0/24`], { localPref: 100, med: first + i + 1 }),
  );
}

function send(peer: SimPeer, ...messages: readonly Uint8Array[]): void {
  peer.send(...messages);
  peer.world.settle();
}

function octetsOf(peer: SimPeer): number {
  return peer.world.engine.peers.get(peer.address)?.attributeOctets ?? Number.NaN;
}

function worldWith(perPeer: number | null, total: number | null = null): World {
  return new World(router({ ranges: [range({ attributeOctets: perPeer })], attributeOctets: total }));
}

function pair(world: World): [SimPeer, SimPeer] {
  return [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
}

const OUT_OF_RESOURCES = { code: 6, subcode: 8 };

describe('what a peer is charged', () => {
  test('is each of its sets once, and nothing any more when it has withdrawn them', () => {
    const world = worldWith(null);
    const [source] = pair(world);
    send(source, ...sets(100), ...sets(100, 0, 21));
    expect(octetsOf(source)).toBe(HUNDRED);
    send(source, announce(['20.0.0.0/24', '20.0.1.0/24'], { localPref: 100, med: 99 }));
    expect(octetsOf(source)).toBe(HUNDRED);
    for (const network of [20, 21]) {
      send(source, withdraw(Array.from({ length: 100 }, (_, i) => `${network}.0.${i}.0/24`)));
    }
    expect(octetsOf(source)).toBe(0);
    expect(world.engine.rib.attributes.accounts.total).toBe(0);
  });

  test('is what it announced first, not what another has already', () => {
    const world = worldWith(null);
    const [first, second] = pair(world);
    send(first, ...sets(100));
    send(second, ...sets(100));
    expect([octetsOf(first), octetsOf(second)]).toEqual([HUNDRED, 0]);
  });

  test('is nothing after its session, also where another uses its sets still', () => {
    const world = worldWith(null);
    const [first, second] = pair(world);
    send(first, ...sets(100));
    send(second, ...sets(100));
    first.connection.lose();
    world.settle();
    const { accounts } = world.engine.rib.attributes;
    expect(accounts.total).toBe(HUNDRED);
    send(second, withdraw(Array.from({ length: 100 }, (_, i) => `20.0.${i}.0/24`)));
    expect(accounts.total).toBe(0);
    const back = SimPeer.up(world, '10.0.0.1', 1);
    expect(octetsOf(back)).toBe(0);
  });
});

describe('the limit of a peer', () => {
  test('is warned of, and ends its session when it is passed: Cease / Out of Resources, for a minute', () => {
    const world = worldWith(HUNDRED);
    const [source, other] = pair(world);
    send(source, ...sets(79));
    expect(world.eventsNamed('peer.attributes-near-limit')).toEqual([]);
    send(source, ...sets(21, 79));
    expect(world.eventsNamed('peer.attributes-near-limit')).toMatchObject([{ peer: '10.0.0.1', limit: HUNDRED }]);
    expect(source.notification).toBeNull();
    send(source, ...sets(1, 100));
    expect(source.notification).toMatchObject(OUT_OF_RESOURCES);
    expect(world.eventsNamed('peer.attribute-limit')).toMatchObject([
      { peer: '10.0.0.1', scope: 'peer', limit: HUNDRED, remedy: expect.stringContaining('`attribute-memory`') },
    ]);
    expect([other.notification, other.held.size, world.engine.rib.attributes.count]).toEqual([null, 0, 0]);
    const held = world.engine.peers.get('10.0.0.1');
    expect(held?.holdDown.remainingMs).toBe(60_000);
    const early = new SimPeer(world, '10.0.0.1', 1);
    early.establish();
    expect(early.notification).toMatchObject({ code: 6, subcode: 5 });
    world.pass(60_000);
    expect(SimPeer.up(world, '10.0.0.1', 1).counts[4]).toBeGreaterThan(0);
  });

  test('does not hold sets against a peer that it has given up and another one keeps alive', () => {
    const world = worldWith(HUNDRED);
    const [honest, mirror] = pair(world);
    send(honest, ...sets(90));
    send(mirror, ...sets(90));
    // The same prefixes with other sets: the mirror alone uses the old ones.
    send(
      honest,
      ...Array.from({ length: 90 }, (_, i) => announce([`20.0.${i}.0/24`], { localPref: 100, med: 1000 + i })),
    );
    expect([honest.notification, mirror.notification]).toEqual([null, null]);
    expect([octetsOf(honest), octetsOf(mirror)]).toEqual([HUNDRED * 0.9, HUNDRED * 0.9]);
  });

  test('may be raised by a reload, and the peer is back at once', () => {
    const spec = peerSpec('10.0.0.1', { attributeOctets: HUNDRED });
    const world = new World(router({ peers: [spec], ranges: [] }));
    const source = SimPeer.up(world, '10.0.0.1', 1);
    send(source, ...sets(101));
    expect(source.notification).toMatchObject(OUT_OF_RESOURCES);
    world.engine.peers.get('10.0.0.1')?.reconfigure({ ...spec, attributeOctets: HUNDRED * 2 }, true);
    const again = new SimPeer(world, '10.0.0.1', 1);
    again.send(open(OUR_AS, 1), KEEPALIVE);
    world.settle();
    send(again, ...sets(101));
    expect(again.notification).toBeNull();
  });
});

describe('the limit of all peers', () => {
  test('costs the one its session that has most, not the one whose set was the last', () => {
    const world = worldWith(null, HUNDRED);
    const [large, small] = pair(world);
    send(large, ...sets(80));
    send(small, ...sets(15, 0, 30).map((_, i) => announce([`30.0.${i}.0/24`], { localPref: 100, med: 5000 + i })));
    expect([large.notification, small.notification]).toEqual([null, null]);
    send(
      small,
      ...Array.from({ length: 10 }, (_, i) => announce([`31.0.${i}.0/24`], { localPref: 100, med: 6000 + i })),
    );
    expect(large.notification).toMatchObject(OUT_OF_RESOURCES);
    expect(small.notification).toBeNull();
    expect(world.eventsNamed('peer.attribute-limit')).toMatchObject([{ peer: '10.0.0.1', scope: 'total' }]);
    expect(octetsOf(small)).toBe(HUNDRED * 0.25);
  });

  test('counts the users of the sets before it reports the peer with most', () => {
    const world = worldWith(null, HUNDRED * 2);
    const [honest, mirror] = pair(world);
    send(honest, ...sets(120));
    send(mirror, ...sets(120));
    send(honest, withdraw(Array.from({ length: 120 }, (_, i) => `20.0.${i}.0/24`)));
    expect(octetsOf(honest)).toBe(HUNDRED * 1.2);
    send(
      honest,
      ...Array.from({ length: 81 }, (_, i) => announce([`30.0.${i}.0/24`], { localPref: 100, med: 7000 + i })),
    );
    expect([honest.notification, mirror.notification]).toMatchObject([null, OUT_OF_RESOURCES]);
    expect(honest.world.engine.rib.attributes.count).toBe(81);
  });
});
