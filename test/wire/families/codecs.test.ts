/** What every codec promises, for NLRI of every family. */
import fc from 'fast-check';
import { NLRI } from '../../../src/wire/nlri-codec.ts';
import { runs } from '../../lab/effort.ts';
import { hex, toHex } from '../build.ts';
import { mutations } from './mutations.ts';
import { CODECS, SAMPLES } from './samples.ts';
import { join, split } from './split.ts';

const EMPTY = new Uint8Array(0);
const named = SAMPLES.map((sample) => [sample.family, sample.text, sample] as const);

describe('the codecs of families', () => {
  test('have samples of every family', () => {
    expect([...new Set(SAMPLES.map(({ family }) => family))].sort()).toEqual(Object.keys(CODECS).sort());
  });

  test.each(named)('%s: %s is read to its end, valid', (family, _text, { nlri }) => {
    const { length, verdict } = split(CODECS[family], hex(nlri));
    expect([length, verdict]).toEqual([nlri.length / 2, NLRI.ok]);
  });

  test.each(named)('%s: %s is written as it was read', (family, _text, { nlri }) => {
    const { key, payload } = split(CODECS[family], hex(nlri));
    const withdrawalOnly = payload.length === 0 && nlri.length > 0;
    const written = join(CODECS[family], key, payload);
    if (payload.length > 0 || withdrawalOnly) expect(toHex(written)).toBe(nlri);
  });

  test.each(named)('%s: %s is withdrawn by its key alone', (family, _text, { nlri, withdrawal }) => {
    const codec = CODECS[family];
    const { key } = split(codec, hex(nlri));
    const written = join(codec, key, EMPTY);
    expect(toHex(written)).toBe(withdrawal === '' ? nlri : withdrawal);
    const read = split(codec, written, true);
    expect([read.length, read.verdict, toHex(read.key), read.payload.length]).toEqual([
      written.length,
      NLRI.ok,
      toHex(key),
      0,
    ]);
  });

  test.each(named)('%s: %s is what it reads as, and back', (family, text, { nlri }) => {
    const codec = CODECS[family];
    const { key } = split(codec, hex(nlri));
    expect(codec.format(key)).toBe(text);
    const back = codec.parse(text);
    expect(back instanceof Uint8Array ? toHex(back) : back).toBe(toHex(key));
  });

  test.each(named)('%s: %s has no end when it is cut anywhere', (family, _text, { nlri }) => {
    if (family === 'whole-attribute') return;
    for (const withdrawn of [false, true]) {
      for (let length = 0; length < nlri.length / 2; length++) {
        expect(split(CODECS[family], hex(nlri).subarray(0, length), withdrawn).length).toBe(-1);
      }
    }
  });

  test.each(Object.entries(CODECS))(
    '%s: what is written is read back, and nothing outside the field counts',
    (family, codec) => {
      const octets = mutations(family);
      fc.assert(
        fc.property(octets, fc.boolean(), (bytes, withdrawn) => {
          const seen = split(codec, bytes, withdrawn, 0x00);
          for (const around of [0xff, 0x01, 0x81]) {
            const other = split(codec, bytes, withdrawn, around);
            expect(shown(other)).toEqual(shown(seen));
          }
          expect(seen.length === -1 || (seen.length > 0 && seen.length <= bytes.length)).toBe(true);
          if (withdrawn) expect(seen.payload.length).toBe(0);
          if (seen.length < 0 || seen.verdict !== NLRI.ok) return;
          // Canonical: what is written has the same parts, and is written as itself.
          const written = join(codec, seen.key, seen.payload);
          const again = split(codec, written, seen.payload.length === 0 && withdrawn);
          expect([again.length, again.verdict, toHex(again.key)]).toEqual([written.length, NLRI.ok, toHex(seen.key)]);
          if (seen.payload.length > 0) expect(toHex(again.payload)).toBe(toHex(seen.payload));
          expect(toHex(join(codec, again.key, again.payload))).toBe(toHex(written));
        }),
        { numRuns: runs(300) },
      );
    },
  );

  test.each(Object.entries(CODECS))('%s: every key has a text that no other key has', (family, codec) => {
    fc.assert(
      fc.property(mutations(family), fc.boolean(), (bytes, isRaw) => {
        const { length, key } = split(codec, bytes);
        const any = isRaw ? bytes : key;
        if ((!isRaw && length < 0) || any.length === 0) return;
        const text = codec.format(any);
        const back = codec.parse(text);
        expect(back instanceof Uint8Array ? toHex(back) : back).toBe(toHex(any));
        expect(JSON.stringify(codec.fields(any, bytes)).length).toBeGreaterThan(1);
      }),
      { numRuns: runs(300) },
    );
  });

  test.each(Object.entries(CODECS))('%s: no text is an error of the program', (family, codec) => {
    const texts = SAMPLES.filter((sample) => sample.family === family).map(({ text }) => text);
    const changed = fc
      .tuple(fc.constantFrom(...texts), fc.nat(), fc.nat({ max: 4 }), fc.string({ maxLength: 4 }))
      .map(([text, at, cut, more]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + more + text.slice(start + cut);
      });
    fc.assert(
      fc.property(fc.oneof(changed, fc.string()), (text) => {
        const found = codec.parse(text);
        if (found instanceof Uint8Array) {
          const back = codec.parse(codec.format(found));
          expect(back instanceof Uint8Array ? toHex(back) : back).toBe(toHex(found));
        } else expect(found.problem).toMatch(/such as|0x/);
      }),
      { numRuns: runs(200) },
    );
  });

  test.each(['BGP-LS', 'EVPN', 'IPv4 flowspec', 'whole-attribute'])('%s: the longest key has a text', (family) => {
    const codec = CODECS[family];
    const plain = new Uint8Array(65_535).fill(0xff);
    // A node of IS-IS with 16,381 empty descriptors of type 1000.
    const node = [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0];
    const many = Uint8Array.from({ length: 65_535 }, (_, i) => node[i] ?? [3, 0xe8, 0, 0][(i - node.length) % 4]);
    if (family === 'BGP-LS') expect(codec.format(many)).toMatch(/^node isis-level-2 0 tlv-1000=0x tlv-1000/);
    for (const key of [plain, many]) {
      const back = codec.parse(codec.format(key));
      expect(back instanceof Uint8Array && toHex(back) === toHex(key)).toBe(true);
    }
  });

  test.each(['BGP-LS', 'EVPN', 'IPv4 flowspec', 'IPv4 VPN'])('%s: a text that is too long is an error', (family) => {
    const octets = 'ab'.repeat(500_000);
    for (const text of [`0x${octets}`, `[11]:[0x${octets}]`, `65000:1:[2]:[${octets}]`, `dst ${octets}`, octets]) {
      const found = CODECS[family].parse(text);
      expect(found instanceof Uint8Array ? found : found.problem.length).toBeLessThan(500);
    }
  });
});

function shown({ length, verdict, key, payload }: ReturnType<typeof split>): readonly unknown[] {
  return [length, verdict, toHex(key), toHex(payload)];
}
