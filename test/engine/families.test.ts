/** A family is a row with its codec: one that is defined in the tests goes through the whole reflector. */
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST, useFamily } from '../../src/wire/families.ts';
import { announceNames, NAMED, NAMED_CAPABILITY, VPN_NEXT_HOP, withdrawNames } from '../lab/named-family.ts';
import { announce, message, open, u16 } from '../lab/updates.ts';
import { IPV4, N, SECONDS } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const FAMILY: FamilyId = useFamily(NAMED).id;
const FAMILIES = [IPV4_UNICAST, IPV6_UNICAST, FAMILY];
const AFI_SAFI = [...u16(NAMED.afi), NAMED.safi];
const BASIC = [1, 4, 0, 1, 0, 1, ...NAMED_CAPABILITY, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];

type Over = Parameters<typeof range>[0];

function worldWith(over: Over = {}, deps: ConstructorParameters<typeof World>[1] = {}): World {
  const session = { families: FAMILIES, ...over?.session };
  return new World(router({ ranges: [range({ ...over, session })] }), deps);
}

/** A client with the family; `more`: further capabilities. */
function up(world: World, n: number, more: readonly number[] = []): SimPeer {
  const peer = new SimPeer(world, `10.0.0.${n}`, n);
  peer.establish(open(OUR_AS, n, { capabilities: [...BASIC, ...more] }));
  return peer;
}

function pair(over: Over = {}): { world: World; source: SimPeer; client: SimPeer } {
  const world = worldWith(over);
  const [source, client] = [up(world, 1), up(world, 2)];
  world.pass(3000);
  client.history.length = 0;
  return { world, source, client };
}

function deliver(peer: SimPeer, ...messages: Uint8Array[]): void {
  peer.send(...messages);
  peer.world.settle();
}

const tags = ({ held }: SimPeer) => Object.fromEntries([...held].map(([name, { payload }]) => [name, payload]));

describe('a family that only the tests know', () => {
  test('is reflected with its next hop as received, octet by octet, and withdrawn', () => {
    const { source, client } = pair();
    deliver(source, announceNames(['ann=7', 'ben=8']));
    expect(tags(client)).toEqual({ ann: '07', ben: '08' });
    expect(client.held.get('ann')).toMatchObject({
      nextHop: Buffer.from(VPN_NEXT_HOP).toString('hex'),
      originatorId: '0.0.0.1',
      clusterList: ['10.99.0.1'],
    });
    deliver(source, withdrawNames(['ann']));
    expect(client.prefixes).toEqual(['ben']);
    source.connection.lose();
    source.world.settle();
    expect(client.prefixes).toEqual([]);
  });

  test('is negotiated, and its End-of-RIB follows what the tables had', () => {
    const world = worldWith();
    const source = up(world, 1);
    deliver(source, announceNames(['ann=7']), withdrawNames([]));
    const late = up(world, 2);
    world.pass(3000);
    expect(late.history.filter((what) => what.startsWith('ann') || what.endsWith('named'))).toEqual([
      'ann',
      'EOR named',
    ]);
    expect(world.eventsNamed('family.end-of-rib')).toContainEqual(
      expect.objectContaining({ family: 'named', direction: 'received', prefixes: 1 }),
    );
    const without = SimPeer.up(world, '10.0.0.3', 3);
    world.pass(3000);
    expect(without.prefixes).toEqual([]);
  });

  test('keeps one attribute set for routes that differ only in payload, and packs them into one UPDATE', () => {
    const { world, source, client } = pair();
    const names = Array.from({ length: 26 }, (_, i) => `${String.fromCharCode(97 + i)}=${i}`);
    const before = client.lengths.length;
    deliver(source, announceNames(names));
    expect(client.held.size).toBe(26);
    expect(client.lengths.length).toBe(before + 1);
    expect(world.engine.rib.attributes.count).toBe(1);
  });

  test('a changed payload is advertised, and the same payload again is not', () => {
    const { source, client } = pair();
    deliver(source, announceNames(['ann=7', 'ben=8']));
    client.history.length = 0;
    deliver(source, announceNames(['ann=9', 'ben=8']));
    expect(client.history).toEqual(['ann']);
    expect(tags(client)).toEqual({ ann: '09', ben: '08' });
  });

  test('payloads are freed with their routes', () => {
    const { world, source } = pair();
    const { payloads } = world.engine.rib.families[FAMILY];
    deliver(source, announceNames(['ann=7', 'ben=7', 'cay=8']));
    expect(payloads?.count).toBe(2);
    deliver(source, announceNames(['cay=7']));
    expect(payloads?.count).toBe(1);
    deliver(source, withdrawNames(['ann', 'ben', 'cay']));
    expect([payloads?.count, world.engine.rib.families[FAMILY].prefixes.count]).toEqual([0, 0]);
  });

  test('the best of two paths is advertised with its payload, and the other one after it', () => {
    const world = worldWith();
    const [one, two, client] = [up(world, 1), up(world, 2), up(world, 3)];
    deliver(one, announceNames(['ann=1'], { localPref: 200 }));
    deliver(two, announceNames(['ann=2'], { localPref: 100 }));
    expect(tags(client)).toEqual({ ann: '01' });
    expect(tags(one)).toEqual({});
    deliver(one, withdrawNames(['ann']));
    expect(tags(client)).toEqual({ ann: '02' });
    expect(tags(one)).toEqual({ ann: '02' });
  });

  test('a malformed NLRI is withdrawn, and the others of its field are used (RFC 7606 5.3)', () => {
    const { world, source, client } = pair();
    deliver(source, announceNames(['ann=7', 'ben=8']));
    deliver(source, announceNames(['cay=1', 'A', 'dee=2']));
    expect(client.prefixes).toEqual(['ann', 'ben', 'cay', 'dee']);
    expect(world.eventsNamed('update.malformed')).toEqual([
      expect.objectContaining({ verdict: 'withdraw', part: 'the prefixes', attribute: null }),
    ]);
  });

  test('an NLRI without an end disables the family, and the session stays with its other families (RFC 4760 7)', () => {
    const { world, source, client } = pair();
    deliver(source, announceNames(['ann=7']), announce(['10.1.0.0/16'], { localPref: 100 }));
    deliver(source, announceNames([], {}, { nlri: [200, 0, 97] }));
    expect(client.prefixes).toEqual(['10.1.0.0/16']);
    expect(world.eventsNamed('family.disabled')).toEqual([
      expect.objectContaining({ peer: '10.0.0.1', family: 'named', paths: 1 }),
    ]);
    deliver(source, announceNames(['ben=8']), announce(['10.2.0.0/16'], { localPref: 100 }));
    expect(client.prefixes).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
    source.connection.lose();
    world.settle();
    const again = up(world, 1);
    deliver(again, announceNames(['ben=8']));
    expect(client.prefixes).toEqual(['ben']);
  });

  test.each([
    ['a next hop of a length that the family does not have', announceNames(['ben=8'], {}, { nextHop: [10, 0, 0] })],
    ['withdrawn NLRI without an end', withdrawNames([], [200, 0, 97])],
  ])('%s disables it as well', (_what, wrong) => {
    const { world, source, client } = pair();
    deliver(source, announceNames(['ann=7']));
    deliver(source, wrong);
    expect(client.prefixes).toEqual([]);
    expect(world.eventsNamed('family.disabled')).toHaveLength(1);
    expect(source.notification).toBeNull();
  });

  test('nothing waits for the End-of-RIB of a disabled family', () => {
    const { world, source } = pair();
    deliver(source, withdrawNames([], [200, 0, 97]));
    const session = world.engine.peers.get('10.0.0.1')?.session;
    expect([session?.endOfRibReceived[FAMILY], session?.disabled.has(FAMILY)]).toEqual([1, true]);
  });

  test('several paths of a route are exchanged with ADD-PATH, each with its payload', () => {
    const world = worldWith({
      session: { addPath: { receive: true, send: true } },
      exchange: { select: { kind: 'paths', limit: 4 } },
    });
    const capability = [69, 4, ...AFI_SAFI, 3];
    const peers = [1, 2, 3].map((n) => up(world, n, capability));
    for (const peer of peers) peer.addPath = true;
    deliver(peers[0], announceNames(['ann=1 #1', 'ann=2 #2'], {}, { nextHop: [10, 0, 0, 1] }));
    deliver(peers[1], announceNames(['ann=3 #1'], {}, { nextHop: [10, 0, 0, 2] }));
    const payloads = () => [...peers[2].held.values()].map(({ payload }) => payload).sort();
    expect(payloads()).toEqual(expect.arrayContaining(['03']));
    expect(payloads()).toHaveLength(2);
    deliver(peers[1], announceNames(['ann=4 #1'], {}, { nextHop: [10, 0, 0, 2] }));
    expect(payloads()).toEqual(expect.arrayContaining(['04']));
    deliver(peers[0], withdrawNames(['ann=0 #1', 'ann=0 #2']));
    expect(payloads()).toEqual(['04']);
  });

  test('a refresh sends everything again, with payloads (RFC 2918)', () => {
    const { source, client } = pair();
    deliver(source, announceNames(['ann=7', 'ben=8']));
    client.history.length = 0;
    deliver(client, message(5, [...u16(NAMED.afi), 0, NAMED.safi]));
    client.world.pass(3000);
    expect(client.history).toEqual(['ann', 'ben']);
    expect(tags(client)).toEqual({ ann: '07', ben: '08' });
  });

  test('the routes of a peer that restarts are kept as stale until its End-of-RIB (RFC 4724)', () => {
    const gracefulRestart = { full: true, helper: true, restartMs: 120_000, staleMs: 360_000 };
    const world = worldWith({ session: { gracefulRestart } });
    const capability = [64, 10, N, SECONDS, ...IPV4, 0x80, ...AFI_SAFI, 0x80];
    const [source, client] = [up(world, 1, capability), up(world, 2)];
    deliver(source, announceNames(['ann=7', 'ben=8']), withdrawNames([]));
    source.connection.lose();
    world.settle();
    expect(client.prefixes).toEqual(['ann', 'ben']);
    const again = up(world, 1, capability);
    deliver(again, announceNames(['ben=9']), withdrawNames([]));
    world.pass(1000);
    expect(tags(client)).toEqual({ ben: '09' });
  });

  test('max-prefix blocks what is above the limit of the family', () => {
    const limit = { limit: 2, warnAt: 2, action: 'block', restartMs: 0, of: 'received' } as const;
    const { source, client } = pair({ limits: { inbound: [null, null, limit], outbound: [] } });
    deliver(source, announceNames(['ann=1', 'ben=2', 'cay=3']));
    expect(client.held.size).toBe(2);
  });

  test('a member that is too slow is sent the current payloads in the end', () => {
    const world = worldWith({}, { slowAfterBytes: 1 << 17 });
    const [source, client] = [up(world, 1), up(world, 2)];
    world.pass(3000);
    client.connection.reading = false;
    const names = Array.from({ length: 26 * 26 }, (_, i) =>
      String.fromCharCode(97 + Math.floor(i / 26), 97 + (i % 26)),
    );
    const isSlow = () => world.engine.peers.get('10.0.0.2')?.session?.members[FAMILY]?.isSlow;
    for (let round = 1; isSlow() !== true; round++) {
      expect(round).toBeLessThan(200);
      names.forEach((name, i) => {
        source.send(announceNames([`${name}=${round}`], { med: i }));
      });
      world.settle();
    }
    deliver(source, announceNames(['aa=255', 'ab=254']), withdrawNames(['ac']));
    client.connection.reading = true;
    client.connection.drain();
    world.pass(3000);
    expect(client.held.size).toBe(names.length - 1);
    expect([client.held.get('aa')?.payload, client.held.get('ab')?.payload]).toEqual(['ff', 'fe']);
  });
});
