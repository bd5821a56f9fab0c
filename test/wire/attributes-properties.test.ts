/** What holds for every attribute set: reading, writing, narrowing and merging undo each other, and no bytes throw. */
import fc from 'fast-check';
import { ATTRIBUTE, VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import { AttributeEdits, writeAttributes } from '../../src/wire/attributes/encode.ts';
import { describeAttributes, NormalizedAttributes, normalizeAttributes } from '../../src/wire/update/normalize.ts';
import { runs } from '../lab/effort.ts';
import {
  attribute,
  CLASSIC,
  canonical,
  concat,
  context,
  LOCAL_PREF,
  MP,
  NEXT_HOP,
  normalize,
  PREFIX,
  scan,
  toHex,
  update,
} from './build.ts';

const A = ATTRIBUTE;
const IBGP = context();
const OLD = context({ as4: false });

const narrow = fc.integer({ min: 1, max: 0xffff });
const wide = fc.integer({ min: 1, max: 0xffffffff });
const anyAs = fc.oneof(narrow, wide);

function segment(type: number, numbers: readonly number[]): Uint8Array {
  const out = new Uint8Array(2 + numbers.length * 4);
  out.set([type, numbers.length]);
  const view = new DataView(out.buffer);
  for (const [i, as] of numbers.entries()) view.setUint32(2 + i * 4, as);
  return out;
}

const plainSegment = fc
  .tuple(fc.constantFrom(1, 2), fc.array(anyAs, { minLength: 1, maxLength: 70 }))
  .map(([type, numbers]) => segment(type, numbers));
/** Member ASes fit 2 octets here: nothing carries a wide one past a 2-octet peer. */
const confedSegment = fc
  .tuple(fc.constantFrom(3, 4), fc.array(narrow, { minLength: 1, maxLength: 5 }))
  .map(([type, numbers]) => segment(type, numbers));
const path = fc
  .tuple(fc.array(confedSegment, { maxLength: 2 }), fc.array(plainSegment, { maxLength: 4 }))
  .map(([inner, outer]) => concat([...inner, ...outer]));

function octets(unit: number, maxUnits: number): fc.Arbitrary<Uint8Array> {
  return fc
    .integer({ min: 1, max: maxUnits })
    .chain((count) => fc.uint8Array({ minLength: count * unit, maxLength: count * unit }));
}

/** With the extended length just where it is needed. */
function shortest(flags: number, code: number, value: Uint8Array): Uint8Array {
  return attribute(value.length > 255 ? flags | 0x10 : flags, code, value);
}

function maybe(flags: number, code: number, value: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array[]> {
  return fc.option(value.map((bytes) => shortest(flags, code, bytes))).map((made) => (made === null ? [] : [made]));
}

const aggregator = fc
  .tuple(anyAs, fc.uint8Array({ minLength: 4, maxLength: 4 }))
  .map(([as, address]) => concat([segment(0, [as]).subarray(2), address]));

/** A canonical set as an iBGP peer sends it. */
const canonicalSet = fc
  .tuple(
    fc.constantFrom(0, 1, 2).map((origin) => [attribute(0x40, A.origin, Uint8Array.of(origin))]),
    path.map((value) => [shortest(0x40, A.asPath, value)]),
    fc.constant([NEXT_HOP]),
    maybe(0x80, A.med, octets(4, 1)),
    fc.constant([LOCAL_PREF]),
    maybe(0x40, A.atomicAggregate, fc.constant(new Uint8Array(0))),
    fc.constantFrom(0xc0, 0xe0).chain((flags) => maybe(flags, A.aggregator, aggregator)),
    maybe(0xc0, A.communities, octets(4, 80)),
    maybe(0x80, A.originatorId, octets(4, 1)),
    maybe(0x80, A.clusterList, octets(4, 70)),
    maybe(0xe0, A.extendedCommunities, octets(8, 40)),
    maybe(0xc0, A.largeCommunities, octets(12, 30)),
    maybe(0xc0, A.onlyToCustomer, octets(4, 1)),
    maybe(0xe0, 200, fc.uint8Array({ maxLength: 300 })),
  )
  .map((parts) => concat(parts.flat()));

function write(from: Uint8Array, change: Partial<AttributeEdits>): Uint8Array {
  const out = new Uint8Array(70_000);
  const end = writeAttributes(from, 0, from.length, Object.assign(new AttributeEdits(), change), out, 0);
  expect(end).toBeGreaterThanOrEqual(0);
  return out.slice(0, end);
}

function read(attributes: Uint8Array, on = IBGP): NormalizedAttributes {
  return normalize(update({ attributes: [attributes], nlri: PREFIX }), CLASSIC, on);
}

describe('every attribute set', () => {
  test('in canonical form is read as it is', () => {
    fc.assert(
      fc.property(canonicalSet, (set) => {
        const out = read(set);
        expect([out.verdict, out.identical, canonical(out)]).toEqual([VERDICT.ok, true, toHex(set)]);
      }),
    );
  });

  test('in canonical form is written as it is where nothing is to be changed', () => {
    fc.assert(fc.property(canonicalSet, (set) => expect(toHex(write(set, {}))).toBe(toHex(set))));
  });

  test('is still canonical after any edits', () => {
    const word = fc.oneof(fc.constant(-1), wide);
    const edits = fc.record({
      originatorId: word,
      prependCluster: word,
      prependCluster2: word,
      localPref: word,
      med: word,
      prependAs: word,
      prependCount: fc.integer({ min: 1, max: 255 }),
      onlyToCustomer: word,
      dropMed: fc.boolean(),
    });
    fc.assert(
      fc.property(canonicalSet, edits, (set, change) => {
        const written = write(set, change);
        const out = read(written);
        expect([out.verdict, out.identical, canonical(out)]).toEqual([VERDICT.ok, true, toHex(written)]);
      }),
    );
  });

  test('that went through a 2-octet peer comes back as it was (RFC 6793 4.2.2, 4.2.3)', () => {
    fc.assert(
      fc.property(canonicalSet, (set) => {
        const back = read(write(set, { as4: false }), OLD);
        expect([back.verdict, canonical(back)]).toEqual([VERDICT.ok, toHex(set)]);
      }),
      { numRuns: runs(300) },
    );
  });

  test('is read the same in any order of its attributes', () => {
    fc.assert(
      fc.property(canonicalSet, fc.infiniteStream(fc.nat()), (set, numbers) => {
        const parts = split(set).map((part) => ({ part, rank: numbers.next().value as number }));
        const mixed = concat(parts.sort((a, b) => a.rank - b.rank).map(({ part }) => part));
        expect(canonical(read(mixed))).toBe(toHex(set));
      }),
    );
  });
});

describe('arbitrary bytes', () => {
  const loose = fc
    .tuple(
      fc.constantFrom(0x40, 0x80, 0xc0, 0xe0),
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(128, 200, 255)),
      fc.oneof(fc.uint8Array({ maxLength: 40 }), path),
    )
    .map(([flags, code, value]) => shortest(flags, code, value));
  const sessions = fc.constantFrom(
    IBGP,
    OLD,
    context({ ebgp: true }),
    context({ ebgp: true, as4: false }),
    context({ ebgp: true, confederation: true, aigp: true }),
  );

  test('in well-formed attributes give a verdict, and what is taken is canonical to the last octet', () => {
    fc.assert(
      fc.property(canonicalSet, fc.array(loose, { maxLength: 6 }), sessions, fc.boolean(), (set, more, on, instead) => {
        const attributes = concat(instead ? more : [set, ...more]);
        for (const form of [CLASSIC, MP]) expectSound(attributes, form, on);
      }),
      { numRuns: runs(500) },
    );
  });

  test('in place of attributes give a verdict', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), sessions, (bytes, on) => {
        const view = scan(update({ attributes: [bytes], nlri: PREFIX }), on);
        if (view.verdict === VERDICT.reset) return;
        const out = new NormalizedAttributes();
        expect(Object.values(VERDICT)).toContain(normalizeAttributes(view, CLASSIC, on, out));
      }),
      { numRuns: runs(500) },
    );
  });
});

/** Taken or refused; what was taken can be shown, and is what a second reading makes of it. */
function expectSound(attributes: Uint8Array, form: number, on: ReturnType<typeof context>): void {
  const view = scan(update({ attributes: [attributes], nlri: PREFIX }), on);
  if (view.verdict === VERDICT.reset) return;
  const out = new NormalizedAttributes();
  if (normalizeAttributes(view, form, on, out) >= VERDICT.withdraw) return;
  const taken = out.bytes.slice(0, out.length);
  expect(() => describeAttributes(taken, 0, taken.length)).not.toThrow();
  expect(toHex(write(taken, {}))).toBe(toHex(taken));
  const again = normalize(update({ attributes: [taken], nlri: PREFIX }), form, { ...on, as4: true });
  expect([again.verdict, again.identical, canonical(again)]).toEqual([VERDICT.ok, true, toHex(taken)]);
}

function split(set: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < set.length; ) {
    const extended = (set[at] & 0x10) !== 0;
    const next = at + (extended ? 4 + (set[at + 2] << 8) + set[at + 3] : 3 + set[at + 2]);
    parts.push(set.slice(at, next));
    at = next;
  }
  return parts;
}
