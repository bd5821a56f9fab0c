/** Packing and encoding: as few messages as possible, none too long, and what to do with attributes that do not fit. */
import fc from 'fast-check';
import { type BucketSink, Packer } from '../../src/reflect/encode/packer.ts';
import type { AttributesId, PayloadId, PeerId, PrefixId, TagId } from '../../src/rib/tables/ids.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { range, router, World } from '../engine/world.ts';
import { announce, attribute, open, withdraw } from '../lab/updates.ts';

/** Buckets as `set source target: prefix#pathId ...`. */
class Listing implements BucketSink {
  readonly buckets: string[] = [];

  bucket(batch: Packer, first: number, set: AttributesId, source: PeerId, target: PeerId): void {
    const items: string[] = [];
    for (let item = first; item >= 0; item = batch.after(item))
      items.push(`${batch.prefixOf(item)}#${batch.pathIdOf(item)}`);
    this.buckets.push(`${set} ${source} ${target}: ${items.join(' ')}`);
  }
}

const NO_TAG = 0 as TagId;

type Change = readonly [
  kind: 'announce' | 'withdraw' | 'withdrawFrom',
  prefix: number,
  set: number,
  peer: number,
  pathId: number,
];

function put(packer: Packer, [kind, prefix, set, peer, pathId]: Change): void {
  const none = 0 as PayloadId;
  if (kind === 'announce') packer.announce(prefix as PrefixId, set as AttributesId, peer as PeerId, pathId, none);
  else if (kind === 'withdraw') packer.withdraw(prefix as PrefixId, peer as PeerId, pathId, NO_TAG, NO_TAG);
  else packer.withdrawFrom(prefix as PrefixId, peer as PeerId, pathId);
}

/** The same with a Map, which keeps the order in which keys came: announcements, then withdrawals. */
function naive(changes: readonly Change[]): string[] {
  const buckets = new Map<string, string[]>();
  for (const [kind, prefix, set, peer, pathId] of changes) {
    const key = kind === 'announce' ? `${set} ${peer} 0` : kind === 'withdraw' ? `0 ${peer} 0` : `0 0 ${peer}`;
    buckets.set(key, [...(buckets.get(key) ?? []), `${prefix}#${pathId}`]);
  }
  const all = [...buckets].map(([key, items]) => `${key}: ${items.join(' ')}`);
  return [...all.filter((line) => !line.startsWith('0 ')), ...all.filter((line) => line.startsWith('0 '))];
}

function drained(packer: Packer): string[] {
  const listing = new Listing();
  packer.drain(listing);
  return listing.buckets;
}

describe('the packer', () => {
  const change = fc.tuple(
    fc.constantFrom('announce' as const, 'announce' as const, 'withdraw' as const, 'withdrawFrom' as const),
    fc.integer({ min: 1, max: 50 }),
    fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 0xfffffff })),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 0, max: 3 }),
  );

  test('puts changes into buckets in their order, withdrawals last, batch after batch', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 60, size: 'max' }), { maxLength: 4 }), (batches) => {
        const packer = new Packer();
        for (const batch of batches) {
          for (const one of batch) put(packer, one);
          expect(packer.length).toBe(batch.length);
          expect(drained(packer)).toEqual(naive(batch));
          expect(packer.length).toBe(0);
        }
      }),
    );
  });

  test('grows, and is still correct after a large batch', () => {
    const packer = new Packer();
    const batch = (count: number, sets: number): Change[] =>
      Array.from({ length: count }, (_, i) => ['announce', i + 1, (i % sets) + 1, (i % 3) + 1, 0]);
    for (const [count, sets] of [
      [10, 3],
      [9000, 2500],
      [500, 77],
      [9000, 1],
      [40, 40],
    ]) {
      const changes = batch(count, sets);
      for (const one of changes) put(packer, one);
      expect(drained(packer)).toEqual(naive(changes));
    }
  });
});

/** Prefixes `20.0.0.0/24` and on. */
function many(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `20.${i >> 8}.${i & 255}.0/24`);
}

function many6(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `2001:db8:${i.toString(16)}::/48`);
}

describe('messages', () => {
  test('hold as many prefixes as fit, and are never longer than 4,096 octets', () => {
    const world = new World();
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    const before = other.counts[2];
    const prefixes = many(2500);
    for (let i = 0; i < prefixes.length; i += 500)
      source.send(announce(prefixes.slice(i, i + 500), { localPref: 100 }));
    world.settle();
    // Header 23; ORIGIN 4, AS_PATH 3, NEXT_HOP 7, LOCAL_PREF 7, ORIGINATOR_ID 7, CLUSTER_LIST 7; 4 per prefix.
    expect(other.counts[2] - before).toBe(Math.ceil(2500 / Math.floor((4096 - 23 - 35) / 4)));
    expect(Math.max(...other.lengths)).toBe(23 + 35 + 4 * Math.floor((4096 - 23 - 35) / 4));
    expect(other.prefixes).toHaveLength(2500);
    other.lengths.length = 0;
    for (let i = 0; i < prefixes.length; i += 500) source.send(withdraw(prefixes.slice(i, i + 500)));
    world.settle();
    expect(other.prefixes).toEqual([]);
    expect(other.lengths.length).toBe(Math.ceil(2500 / Math.floor((4096 - 23) / 4)));
    expect(Math.max(...other.lengths)).toBe(23 + 4 * Math.floor((4096 - 23) / 4));
  });

  test('hold as many IPv6 prefixes as fit', () => {
    const world = new World();
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    other.lengths.length = 0;
    const prefixes = many6(2000);
    for (let i = 0; i < prefixes.length; i += 250)
      source.send(announce(prefixes.slice(i, i + 250), { localPref: 100 }));
    world.settle();
    // Without NEXT_HOP; MP_REACH_NLRI has a header of 4, and 5 + 16 before its prefixes of 7.
    expect(Math.max(...other.lengths)).toBe(23 + 28 + 25 + 7 * Math.floor((4096 - 23 - 28 - 25) / 7));
    expect(other.prefixes).toHaveLength(2000);
    for (let i = 0; i < prefixes.length; i += 250) source.send(withdraw(prefixes.slice(i, i + 250)));
    world.settle();
    expect(other.prefixes).toEqual([]);
  });

  test('of one attribute set that changes are one message', () => {
    const world = new World();
    const [a, b, c] = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    const before = c.counts[2];
    a.send(announce(['20.0.0.0/24', '20.0.2.0/24'], { localPref: 100 }));
    b.send(announce(['21.0.0.0/24'], { localPref: 100 }));
    a.send(announce(['20.0.1.0/24'], { localPref: 100 }));
    world.settle();
    expect(c.counts[2] - before).toBe(2);
    expect(c.prefixes).toHaveLength(4);
  });
});

describe('an attribute set near the longest message', () => {
  /** Of the message that goes out: header 23, and 35 octets of attributes beside the filling. */
  const FIXED = 23 + 35;

  /** An unknown optional transitive attribute that takes `length` octets in all. */
  function filling(length: number): readonly number[] {
    return attribute(0xc0, 200, new Array(length - 4).fill(7));
  }

  function sendFilled(prefixes: readonly string[], free: number): { world: World; source: SimPeer; other: SimPeer } {
    const world = new World();
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    source.send(announce(prefixes, { localPref: 100, extra: [filling(4096 - FIXED - free)] }));
    world.settle();
    return { world, source, other };
  }

  test.each([
    ['20.0.0.0/24', 4],
    ['20.0.0.0/32', 5],
    ['0.0.0.0/0', 1],
  ])('is sent with %s, which needs %i octets, when just these are left', (prefix, size) => {
    expect(sendFilled([prefix], size).other.prefixes).toEqual([prefix]);
  });

  test.each([
    ['20.0.0.0/24', 4],
    ['20.0.0.0/32', 5],
    ['0.0.0.0/0', 1],
  ])('is not sent with %s when one octet is missing; the path is kept here', (prefix, size) => {
    const { world, other, source } = sendFilled([prefix], size - 1);
    expect(other.prefixes).toEqual([]);
    expect(world.engine.rib.families[0].paths.count).toBe(1);
    expect(source.notification).toBeNull();
    expect(world.eventsNamed('group.too-long')).toHaveLength(1);
  });

  test('is sent with those of its prefixes that fit', () => {
    const { other } = sendFilled(['20.0.0.0/24', '21.0.0.0/8', '22.0.0.0/24', '23.0.0.0/16', '24.0.0.0/8'], 3);
    expect(other.prefixes).toEqual(['21.0.0.0/8', '23.0.0.0/16', '24.0.0.0/8']);
  });

  test('that does not fit withdraws the path that it replaces', () => {
    const { world, source, other } = sendFilled(['20.0.0.0/24'], 4);
    expect(other.prefixes).toEqual(['20.0.0.0/24']);
    source.send(announce(['20.0.0.0/24'], { localPref: 100, extra: [filling(4096 - FIXED - 3)] }));
    world.settle();
    expect(other.prefixes).toEqual([]);
    source.send(announce(['20.0.0.0/24'], { localPref: 100 }));
    world.settle();
    expect(other.prefixes).toEqual(['20.0.0.0/24']);
  });

  test('counts the identifier of a path', () => {
    const capabilities = [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xfd, 0xe8, 69, 4, 0, 1, 1, 1];
    const addPath = { receive: false, send: true };
    const spec = router({
      ranges: [range({ session: { addPath }, exchange: { select: { kind: 'paths', limit: 4 } } })],
    });
    for (const free of [7, 8]) {
      const world = new World(spec);
      const source = SimPeer.up(world, '10.0.0.1', 1);
      const other = new SimPeer(world, '10.0.0.2', 2);
      other.addPath = true;
      other.establish(open(65_000, 2, { capabilities }));
      source.send(announce(['20.0.0.0/24'], { localPref: 100, extra: [filling(4096 - FIXED - free)] }));
      world.settle();
      expect(other.prefixes).toEqual(free === 8 ? [expect.stringMatching(/^20\.0\.0\.0\/24 #\d+$/)] : []);
    }
  });

  test('of IPv6 depends on the length of the prefix, too', () => {
    for (const free of [6, 7]) {
      const world = new World();
      const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
      const length = 4096 - 23 - 28 - 25 - free;
      source.send(announce(['2001:db8:1::/48'], { localPref: 100, extra: [filling(length)] }));
      world.settle();
      expect(other.prefixes).toEqual(free === 7 ? ['2001:db8:1::/48'] : []);
    }
  });
});
