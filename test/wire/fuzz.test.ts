/** Whatever a peer sends: the codec returns a verdict, never throws, and what it accepts is well-formed. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { ATTRIBUTE_ROWS, VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import { attributeEnd } from '../../src/wire/attributes/canonical.ts';
import { AttributeEdits, writeAttributes } from '../../src/wire/attributes/encode.ts';
import type { UpdateContext } from '../../src/wire/context.ts';
import { FAMILIES, type FamilyId } from '../../src/wire/families.ts';
import { Framer } from '../../src/wire/framer.ts';
import { encodeMessage, MESSAGE } from '../../src/wire/message.ts';
import { decodeNotification, describeNotification } from '../../src/wire/notification.ts';
import { describeCapability } from '../../src/wire/open/capabilities.ts';
import { decodeOpen } from '../../src/wire/open/open.ts';
import { checkRouteRefresh, decodeRouteRefresh } from '../../src/wire/route-refresh.ts';
import { NlriReader } from '../../src/wire/update/nlri.ts';
import { describeAttributes, NormalizedAttributes, normalizeAttributes } from '../../src/wire/update/normalize.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';
import { isQuick, runs, size } from '../lab/effort.ts';
import { attribute, CLASSIC, canonical, concat, context, hex, MP, normalize, PREFIX, toHex, update } from './build.ts';

const BODIES: readonly Uint8Array[] = readFileSync(resolve(__dirname, '../vectors/exabgp-messages.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => hex(JSON.parse(line).raw as string))
  .filter((bytes) => bytes[18] === MESSAGE.update)
  .map((bytes) => bytes.slice(19));

const contexts: fc.Arbitrary<UpdateContext> = fc
  .record({
    as4: fc.boolean(),
    ebgp: fc.boolean(),
    addPath: fc.boolean(),
    extendedNextHop: fc.boolean(),
    confederation: fc.boolean(),
    families: fc.subarray([0, 1]),
  })
  .map(context);

/** A sound message with some octets changed, inserted or cut out behind the header. */
const mutated = fc
  .tuple(
    fc.constantFrom(...BODIES),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('set', 'insert', 'remove')), { maxLength: 4 }),
  )
  .map(([body, changes]) => {
    const octets = [...body];
    for (const [where, value, how] of changes) {
      const at = where % (octets.length + 1);
      octets.splice(at, how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [value]));
    }
    return Uint8Array.from(octets);
  });

/** Attributes with correct lengths, mostly with the flags and values that their codes require. */
const values = fc.oneof(
  fc.uint8Array({ maxLength: 24 }),
  fc
    .constantFrom(
      '00',
      '00000064',
      'c0000201',
      '02010000fde9',
      '0101fde9',
      '0000fde9c0000201',
      '01000b0000000000000001',
    )
    .map(hex),
);
const known = ATTRIBUTE_ROWS.filter((row) => row !== undefined);
const attributes = fc
  .tuple(fc.constantFrom(...known), fc.boolean(), fc.nat({ max: 255 }), values, fc.boolean())
  .map(([row, proper, flags, value, extended]) => {
    const base = proper ? row.flags : flags & 0xe0;
    return attribute(base | (extended ? 0x10 : 0), row.code, value);
  });
const built = fc
  .tuple(fc.array(attributes, { maxLength: 12 }), fc.constantFrom('', PREFIX, '18c00002', '21'))
  .map(([set, nlri]) => update({ attributes: set, nlri }).slice(19));

const bodies = fc.oneof(fc.uint8Array({ maxLength: 120 }), mutated, mutated, built, built);

/** Reads every prefix of a field, as the tables do. */
function readAll(view: UpdateView, start: number, end: number, family: FamilyId, on: UpdateContext): void {
  const reader = new NlriReader();
  reader.open(view.bytes, start, end, family, on.addPath[family] !== 0);
  let [steps, longest] = [0, 0];
  while (reader.next() && steps <= end - start) {
    longest = Math.max(longest, reader.prefixLength);
    steps++;
  }
  expect(longest).toBeLessThanOrEqual(FAMILIES[family].afi === 1 ? 32 : 128);
  expect(steps).toBeLessThanOrEqual(end - start);
}

function readFields(view: UpdateView, on: UpdateContext): void {
  readAll(view, view.withdrawnStart, view.withdrawnEnd, FAMILIES[0].id, on);
  readAll(view, view.nlriStart, view.nlriEnd, FAMILIES[0].id, on);
  for (const { id, afi, safi } of FAMILIES) {
    if (on.families[id] === 0) continue;
    if (view.reachPresent && view.reachAfi === afi && view.reachSafi === safi) {
      readAll(view, view.reachNlriStart, view.reachNlriEnd, id, on);
    }
    if (view.unreachPresent && view.unreachAfi === afi && view.unreachSafi === safi) {
      readAll(view, view.unreachNlriStart, view.unreachNlriEnd, id, on);
    }
  }
}

/** Canonical bytes are sound by themselves: ascending, within their length, and their own canonical form. */
function expectCanonical(out: NormalizedAttributes, form: number, on: UpdateContext): void {
  let last = -1;
  let at = 0;
  for (; at < out.length; at = attributeEnd(out.bytes, at)) {
    expect(out.bytes[at + 1]).toBeGreaterThan(last);
    last = out.bytes[at + 1];
  }
  expect(at).toBe(out.length);
  describeAttributes(out.bytes, 0, out.length);
  const message = update({ attributes: [out.bytes.slice(0, out.length)], nlri: PREFIX });
  const again = normalize(message, form, { ...on, as4: true, addPath: new Uint8Array(2) });
  expect(canonical(again)).toBe(canonical(out));
  expect([again.verdict, again.identical]).toEqual([VERDICT.ok, true]);
  expect({ ...again.facts }).toEqual({ ...out.facts });
}

/** What goes to a 2-octet peer and comes back is what it was. */
function expectNarrowRoundTrip(out: NormalizedAttributes, form: number, on: UpdateContext): void {
  const edits = new AttributeEdits();
  edits.as4 = false;
  const written = new Uint8Array(out.length * 2 + 64);
  const end = writeAttributes(out.bytes, 0, out.length, edits, written, 0);
  expect(end).toBeGreaterThan(0);
  const message = update({ attributes: [written.slice(0, end)], nlri: PREFIX });
  const back = normalize(message, form, { ...on, as4: false, addPath: new Uint8Array(2) });
  expect(back.verdict).toBe(VERDICT.ok);
  // AS4_PATH has no segments of a confederation and joins sequences: the path may look different, its meaning may not.
  const { asPathLength, origin, med, localPref } = out.facts;
  expect(back.facts).toMatchObject({ asPathLength, origin, med, localPref });
}

describe('any bytes', () => {
  test('in an UPDATE, at any offset, get a verdict; what is below reset can be read', () => {
    const out = new NormalizedAttributes();
    const view = new UpdateView();
    const seen = new Set<string>();
    fc.assert(
      fc.property(bodies, contexts, fc.nat({ max: 9 }), (body, on, offset) => {
        const message = encodeMessage(MESSAGE.update, body.length < 4 ? new Uint8Array(4) : body);
        const buffer = new Uint8Array(offset + message.length + 3).fill(0xa5);
        buffer.set(message, offset);
        const verdict = scanUpdate(buffer, offset, offset + message.length, on, view);
        expect(verdict).toBe(view.verdict);
        describeNotification(view.notification());
        seen.add(`scan ${verdict}`);
        if (verdict === VERDICT.reset) return;
        readFields(view, on);
        for (const form of [CLASSIC, MP]) {
          const judged = normalizeAttributes(view, form, on, out);
          describeNotification(out.notification());
          seen.add(`attributes ${judged}`);
          if (judged >= VERDICT.withdraw) continue;
          expectCanonical(out, form, on);
          expectNarrowRoundTrip(out, form, on);
        }
      }),
      // Few runs meet all verdicts by chance alone: the same ones then.
      { numRuns: size(6000, 1500), ...(isQuick ? { seed: 7606 } : {}) },
    );
    // All verdicts were met, so the bytes get beyond the header.
    expect([...seen].sort()).toEqual([0, 1, 2, 3].flatMap((v) => [`attributes ${v}`, `scan ${v}`]).sort());
  });

  test('in a stream, in any pieces, give the same frames and the same error', () => {
    const stream = fc
      .tuple(
        fc.array(
          mutated.map((body) => encodeMessage(MESSAGE.update, body)),
          { maxLength: 4 },
        ),
        fc.uint8Array({ maxLength: 30 }),
      )
      .map(([messages, tail]) => concat([...messages, tail]));
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 200 }), { maxLength: 20 }), (bytes, cuts) => {
        const whole = run([bytes]);
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const cut of cuts) {
          pieces.push(bytes.slice(at, at + cut));
          at = Math.min(at + cut, bytes.length);
        }
        pieces.push(bytes.slice(at));
        expect(run(pieces)).toEqual(whole);
      }),
    );
  });

  test('in the other messages are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 200 }), fc.boolean(), (body, version4) => {
        if (version4) body[0] = 4;
        for (const type of [MESSAGE.open, MESSAGE.notification, MESSAGE.routeRefresh]) {
          const message = encodeMessage(type, body);
          const result = decodeOpen(message, 0, message.length);
          if (result.ok) for (const each of result.open.capabilities) describeCapability(each);
          describeNotification(decodeNotification(message, 0, message.length));
          decodeRouteRefresh(message, 0, message.length);
          checkRouteRefresh(message, 0, message.length);
        }
      }),
    );
  });

  test('in a capability are described', () => {
    fc.assert(
      fc.property(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 30 }), (code, value) => {
        expect(typeof describeCapability({ code, value })).toBe('string');
      }),
      { numRuns: runs(3000) },
    );
  });
});

function run(pieces: readonly Uint8Array[]): string[] {
  const said: string[] = [];
  const framer = new Framer();
  const sink = {
    onFrame: (bytes: Uint8Array, start: number, end: number, type: number) => {
      said.push(`${type} ${toHex(bytes.subarray(start, end))}`);
      return true;
    },
    isTimeUp: () => false,
    onFramingError: (error: Parameters<typeof describeNotification>[0]) => said.push(describeNotification(error)),
  };
  for (const piece of pieces) framer.push(piece, 0, piece.length, sink);
  return said;
}
