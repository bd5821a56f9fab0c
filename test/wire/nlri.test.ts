import fc from 'fast-check';
import { formatAddress } from '../../src/lib/ip.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { isReadable, NlriReader, writePathId, writePrefix4, writePrefix6 } from '../../src/wire/update/nlri.ts';
import { runs } from '../lab/effort.ts';
import { hex, toHex } from './build.ts';

function read(bytes: Uint8Array, start: number, end: number, family: number, addPath: boolean): string[] {
  const reader = new NlriReader();
  reader.open(bytes, start, end, family as typeof IPV4_UNICAST, addPath);
  const found: string[] = [];
  while (reader.next()) {
    const words = family === IPV4_UNICAST ? [reader.word0] : [reader.word0, reader.word1, reader.word2, reader.word3];
    const address = hex(words.map((word) => word.toString(16).padStart(8, '0')).join(''));
    found.push(`${formatAddress(address)}/${reader.prefixLength}${addPath ? ` id ${reader.pathId}` : ''}`);
  }
  return found;
}

/** A prefix whose host bits are zero, with an identifier. */
const prefixes = (words: number) =>
  fc
    .tuple(
      fc.array(fc.nat({ max: 0xffffffff }), { minLength: words, maxLength: words }),
      fc.nat({ max: words * 32 }),
      fc.nat({ max: 0xffffffff }),
    )
    .map(([raw, length, pathId]) => ({ words: raw.map((word, i) => mask(word, length - i * 32)), length, pathId }));

function mask(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0;
}

describe('NlriReader', () => {
  test('reads IPv4 prefixes of every length', () => {
    const bytes = hex('00 01 80 08 0a 09 0a80 10 c0a8 18 c00002 19 c0000280 20 c0000201');
    expect(read(bytes, 0, bytes.length, IPV4_UNICAST, false)).toEqual([
      '0.0.0.0/0',
      '128.0.0.0/1',
      '10.0.0.0/8',
      '10.128.0.0/9',
      '192.168.0.0/16',
      '192.0.2.0/24',
      '192.0.2.128/25',
      '192.0.2.1/32',
    ]);
  });

  test('reads IPv6 prefixes', () => {
    const bytes = hex(`00 20 20010db8 30 20010db80001 7a fd000000000000000000000000000040 80 ${'20010db8'.repeat(4)}`);
    expect(read(bytes, 0, bytes.length, IPV6_UNICAST, false)).toEqual([
      '::/0',
      '2001:db8::/32',
      '2001:db8:1::/48',
      'fd00::40/122',
      '2001:db8:2001:db8:2001:db8:2001:db8/128',
    ]);
  });

  test('reads bits beyond the length as zero', () => {
    expect(read(hex('09 0aff'), 0, 3, IPV4_UNICAST, false)).toEqual(['10.128.0.0/9']);
    expect(read(hex('21 20010db8ff'), 0, 6, IPV6_UNICAST, false)).toEqual(['2001:db8:8000::/33']);
  });

  test('reads path identifiers', () => {
    const bytes = hex('00000001 08 0a ffffffff 00');
    expect(read(bytes, 0, bytes.length, IPV4_UNICAST, true)).toEqual(['10.0.0.0/8 id 1', '0.0.0.0/0 id 4294967295']);
  });

  test('reads part of a larger array, one field after another', () => {
    const bytes = hex('eeee 08 0a 10 ac10 eeee');
    expect(read(bytes, 2, 7, IPV4_UNICAST, false)).toEqual(['10.0.0.0/8', '172.16.0.0/16']);
    const reader = new NlriReader();
    reader.open(hex('00000007 08 0a'), 0, 6, IPV4_UNICAST, true);
    reader.next();
    reader.open(bytes, 2, 4, IPV4_UNICAST, false);
    expect([reader.next(), reader.pathId, reader.next()]).toEqual([true, 0, false]);
  });

  test.each([
    [IPV4_UNICAST, 1],
    [IPV6_UNICAST, 4],
  ])('reads back what was written, at any offset, with and without path identifiers (family %i)', (family, words) => {
    fc.assert(
      fc.property(
        fc.array(prefixes(words), { maxLength: 20 }),
        fc.nat({ max: 9 }),
        fc.boolean(),
        (list, offset, ids) => {
          const out = new Uint8Array(offset + 1000);
          let at = offset;
          for (const { words: w, length, pathId } of list) {
            if (ids) at = writePathId(out, at, pathId);
            at =
              words === 1 ? writePrefix4(out, at, w[0], length) : writePrefix6(out, at, w[0], w[1], w[2], w[3], length);
          }
          expect(isReadable(out, offset, at, family, ids, false)).toBe(true);
          const reader = new NlriReader();
          reader.open(out, offset, at, family, ids);
          for (const { words: w, length, pathId } of list) {
            expect(reader.next()).toBe(true);
            const { word0, word1, word2, word3 } = reader;
            expect([word0, word1, word2, word3].slice(0, words)).toEqual(w);
            expect([reader.prefixLength, reader.pathId]).toEqual([length, ids ? pathId : 0]);
          }
          expect(reader.next()).toBe(false);
        },
      ),
    );
  });
});

describe('isReadable', () => {
  test.each([
    ['an empty field', '', IPV4_UNICAST, false, true],
    ['a default route', '00', IPV4_UNICAST, false, true],
    ['a prefix of 32', '20 0a000001', IPV4_UNICAST, false, true],
    ['a prefix of 33', '21 0a00000180', IPV4_UNICAST, false, false],
    ['an IPv6 prefix of 33', '21 20010db880', IPV6_UNICAST, false, true],
    ['an IPv6 prefix of 129', `81 ${'20'.repeat(17)}`, IPV6_UNICAST, false, false],
    ['a prefix without its last octet', '18 0a00', IPV4_UNICAST, false, false],
    ['a length at the very end', '08 0a 08', IPV4_UNICAST, false, false],
    ['a path identifier and a prefix', '00000001 08 0a', IPV4_UNICAST, true, true],
    ['a path identifier alone', '00000001', IPV4_UNICAST, true, false],
    ['half a path identifier', '00000001 08 0a 0000', IPV4_UNICAST, true, false],
  ])('%s', (_what, bytes, family, addPath, fine) => {
    const field = hex(bytes);
    expect(isReadable(field, 0, field.length, family, addPath, false)).toBe(fine);
    const within = hex(`20${toHex(field)}20`);
    expect(isReadable(within, 1, within.length - 1, family, addPath, false)).toBe(fine);
  });

  test('judges any bytes, and what it lets through can be read', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(IPV4_UNICAST, IPV6_UNICAST),
        fc.boolean(),
        (bytes, family, addPath) => {
          if (!isReadable(bytes, 0, bytes.length, family, addPath, false)) return;
          expect(read(bytes, 0, bytes.length, family, addPath).length).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: runs(2000) },
    );
  });
});
