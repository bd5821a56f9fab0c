/** UPDATEs with random faults: sessions, and what is held of the peer, are as a plain reading of RFC 7606 has them. */
import fc from 'fast-check';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { parsePrefix } from '../../src/lib/ip.ts';
import { runs } from '../lab/effort.ts';
import { attribute, message } from '../lab/updates.ts';
import { judgeUpdate, type Outcome } from './judge-update.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

const ADDRESS = '10.0.0.1';
const GLOBAL = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const MANDATORY = [
  attribute(0x40, 1, [0]),
  attribute(0x40, 2, [2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xea]),
  attribute(0x40, 3, [192, 0, 2, 1]),
  attribute(0x40, 5, [0, 0, 0, 100]),
];
const EXTRAS = [
  attribute(0x80, 4, [0, 0, 0, 7]),
  attribute(0x40, 6, []),
  attribute(0xc0, 7, [0, 0, 0xfd, 0xe9, 192, 0, 2, 1]),
  attribute(0xc0, 8, [0xfd, 0xe8, 0, 1]),
  attribute(0x80, 9, [10, 0, 0, 9]),
  attribute(0x80, 10, [10, 0, 0, 8]),
  attribute(0xc0, 16, [0, 2, 0xfd, 0xe8, 0, 0, 0, 1]),
  attribute(0xc0, 17, [2, 1, 0, 0, 0xfd, 0xe9]),
  attribute(0xc0, 18, [0, 0, 0xfd, 0xe9, 192, 0, 2, 1]),
  attribute(0xc0, 25, new Array(20).fill(0)),
  attribute(0xc0, 32, [0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 0, 0, 0, 2]),
  attribute(0xc0, 35, [0, 0, 0xfd, 0xe9]),
  attribute(0xc0, 99, [1, 2]),
  attribute(0x80, 98, [1, 2]),
];

const prefix4 = fc.constantFrom([8, 10], [9, 20, 128], [24, 192, 0, 2], [32, 192, 0, 2, 1], [0]);
const prefix6 = fc.constantFrom([32, 0x20, 1, 0xd, 0xb8], [48, 0x20, 1, 0xd, 0xb8, 0, 7], [0]);
const field4 = fc.array(prefix4, { maxLength: 3 }).map((list) => list.flat());
const field6 = fc.array(prefix6, { maxLength: 3 }).map((list) => list.flat());
const reach = field6.map((field) => attribute(0x80, 14, [0, 2, 1, 16, ...GLOBAL, 0, ...field]));
const unreach = field6.map((field) => attribute(0x80, 15, [0, 2, 1, ...field]));

/** How an attribute is spoilt: its flags, its code, its length with or without its value, one of its octets. */
const fault = fc.tuple(
  fc.constantFrom('flags', 'code', 'shorter', 'longer', 'length', 'octet', 'twice', 'gone'),
  fc.nat({ max: 255 }),
  fc.nat({ max: 40 }),
);

function spoil(whole: number[], [how, value, where]: readonly [string, number, number]): number[] {
  const octets = [...whole];
  const at = 3 + (where % Math.max(1, octets.length - 3));
  switch (how) {
    case 'flags':
      octets[0] = value & 0xf0;
      return octets;
    case 'code':
      octets[1] = [0, 1, 2, 3, 4, 5, 6, 8, 9, 14, 15, 32, 35, 99, 200][value % 15]!;
      return octets;
    case 'shorter':
      return octets.length > 3 ? [octets[0]!, octets[1]!, octets[2]! - 1, ...octets.slice(3, -1)] : octets;
    case 'longer':
      return [octets[0]!, octets[1]!, octets[2]! + 1, ...octets.slice(3), value];
    case 'length':
      octets[2] = value % 64;
      return octets;
    case 'octet':
      if (at < octets.length) octets[at] = value;
      return octets;
    case 'twice':
      return [...octets, ...octets];
    default:
      return [];
  }
}

const u16 = (value: number) => [value >> 8, value & 255];

const body = fc
  .record({
    withdrawn: field4,
    nlri: field4,
    extras: fc.subarray(EXTRAS, { maxLength: 4 }),
    mandatory: fc.boolean(),
    multi: fc.tuple(fc.option(reach), fc.option(unreach)),
    first: fc.boolean(),
    faults: fc.array(fc.tuple(fc.nat(), fault), { maxLength: 2 }),
    octets: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 1 }),
    lie: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, -1, 3),
  })
  .map(({ withdrawn, nlri, extras, mandatory, multi, first, faults, octets, lie }) => {
    const both = multi.filter((one) => one !== null);
    const plain = [...(mandatory ? MANDATORY : []), ...extras];
    const set = first ? [...both, ...plain] : [...plain, ...both];
    for (const [which, how] of faults) {
      if (set.length > 0) set[which % set.length] = spoil(set[which % set.length]!, how);
    }
    const attributes = set.flat();
    const length = Math.max(0, attributes.length + lie);
    const all = [...u16(withdrawn.length), ...withdrawn, ...u16(length), ...attributes, ...nlri];
    for (const [where, value] of octets) if (where % 4 === 0) all[where % all.length] = value;
    return all;
  });

/** The real thing: a session, and another after each one that ends. */
class Subject {
  private world = new World();
  private peer = SimPeer.up(this.world, ADDRESS, 1);

  /** Sends an UPDATE; true when the session has ended for it. A new one is up then. */
  take(octets: readonly number[]): boolean {
    this.peer.send(message(2, octets));
    this.world.settle();
    if (this.peer.notification === null) return false;
    expect(this.peer.notification.code).toBe(3);
    expect(this.held()).toEqual([]);
    this.world = new World();
    this.peer = SimPeer.up(this.world, ADDRESS, 1);
    return true;
  }

  /** What is held of the peer, in the words of the reference. */
  held(): string[] {
    return [...viewRib(this.world.engine, { peer: ADDRESS })].map((row) => {
      const { address, length } = parsePrefix(row.prefix)!;
      const octets = Buffer.from(address.subarray(0, Math.ceil(length / 8))).toString('hex');
      return `${address.length === 4 ? 'v4' : 'v6'} ${length} ${octets}`;
    });
  }
}

function follow(held: Set<string>, { gone, announced }: Outcome): void {
  for (const prefix of gone) held.delete(prefix);
  for (const prefix of announced) held.add(prefix);
}

test('whatever is wrong with UPDATEs, what RFC 7606 says becomes of their routes and of the session', () => {
  const seen = { reset: 0, withdrawn: 0, announced: 0 };
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 12 }), (bodies) => {
      const subject = new Subject();
      const held = new Set<string>();
      for (const octets of bodies) {
        const expected = judgeUpdate(octets);
        if (expected === null) continue;
        expect({ octets: Buffer.from(octets).toString('hex'), reset: subject.take(octets) }).toEqual({
          octets: Buffer.from(octets).toString('hex'),
          reset: expected.reset,
        });
        if (expected.reset) held.clear();
        else follow(held, expected);
        expect(subject.held().sort()).toEqual([...held].sort());
        if (expected.reset) seen.reset++;
        else if (expected.announced.length > 0) seen.announced++;
        else if (expected.gone.length > 0) seen.withdrawn++;
      }
    }),
    { seed: 7606, numRuns: runs(400) },
  );
  // Each outcome came often enough to mean something.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(runs(100));
});
