/** Random prefix sets: the trie and the classes tell which sets match a prefix, as comparing with every entry does. */
import fc from 'fast-check';
import { PrefixPacker, packPrefixes } from '../../src/config/policy/prefix-sets.ts';
import { isFault, type PrefixEntry, parsePrefixEntry } from '../../src/config/policy/values.ts';
import { formatPrefix, maskAddress, type Prefix, parsePrefix, prefixContains } from '../../src/lib/ip.ts';
import { PrefixConditions } from '../../src/policy/match/prefix-classes.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { runs } from '../lab/effort.ts';

/** Few different bits, so that prefixes contain each other. */
const bits = fc.array(fc.constantFrom(0, 0, 1, 128, 129, 255), { minLength: 4, maxLength: 4 });
const prefix = fc
  .tuple(fc.boolean(), bits, bits, fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 128 }))
  .map(([wide, head, tail, short, long]): Prefix => {
    const address = wide ? Uint8Array.from([...head, 0, 0, 0, 0, ...tail, 0, 0, 0, 1]) : Uint8Array.from(head);
    const length = wide ? long : short;
    return { address: maskAddress(address, length), length };
  });
const entry = fc.tuple(prefix, fc.nat(), fc.nat()).map(([of, a, b]): PrefixEntry => {
  const room = of.address.length * 8 - of.length;
  const ge = of.length + (a % (room + 1));
  return { prefix: of, ge, le: ge + (b % (of.address.length * 8 - ge + 1)) };
});

function words({ address }: Prefix): number[] {
  const view = new DataView(address.buffer, address.byteOffset);
  return [0, 4, 8, 12].map((at) => (at < address.length ? view.getUint32(at) : 0));
}

function matches({ prefix: outer, ge, le }: PrefixEntry, inner: Prefix): boolean {
  if (inner.length < outer.length || !prefixContains(outer, inner.address)) return false;
  return inner.length >= ge && inner.length <= le;
}

test('a class has the bits of the sets and lengths that match', () => {
  const sets = fc.array(fc.array(entry, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(sets, fc.array(prefix, { minLength: 1, maxLength: 20 }), (all, routes) => {
      const conditions = new PrefixConditions();
      const numbers = all.map((entries, at) => conditions.ofSet(packPrefixes(`set${at}`, entries)));
      const long = conditions.ofLength([{ low: 25, high: 128 }]);
      const classes = conditions.build();
      // Twice: the second lookup finds what the first has noted.
      for (const route of [...routes, ...routes, ...all.flat().map((one) => one.prefix)]) {
        const family = route.address.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
        const [w0, w1, w2, w3] = words(route) as [number, number, number, number];
        const found = classes.lookup(family, w0, w1, w2, w3, route.length);
        const expected = all.map((entries) => entries.some((one) => matches(one, route)));
        expect([formatPrefix(route), numbers.map((number) => classes.has(found, number))]).toEqual([
          formatPrefix(route),
          expected,
        ]);
        expect(classes.has(found, long)).toBe(route.length > 24);
      }
    }),
    { numRuns: runs(60) },
  );
});

test('a large set of exact prefixes matches these, beside other sets', () => {
  const lengths = [16, 20, 24, 24, 32];
  const entries = Array.from({ length: 3000 }, (_, at): PrefixEntry => {
    const length = lengths[at % lengths.length]!;
    const address = maskAddress(Uint8Array.of(10 + (at % 3), (at * 7) & 255, (at * 31) & 255, (at * 13) & 255), length);
    return { prefix: { address, length }, ge: length, le: length };
  });
  const wide = parsePrefixEntry('10.0.0.0/8 or-longer') as PrefixEntry;
  const conditions = new PrefixConditions();
  const exact = conditions.ofSet(packPrefixes('exact', entries));
  const other = conditions.ofSet(packPrefixes('other', [wide, ...entries.slice(0, 5)]));
  const classes = conditions.build();
  const names = new Set(entries.map((one) => formatPrefix(one.prefix)));
  const near = entries.flatMap(({ prefix: { address, length } }) =>
    [length - 1, length, length + 1].map((bits) => ({
      address: maskAddress(address, bits),
      length: Math.min(32, bits),
    })),
  );
  expect(names.size).toBeGreaterThan(1024);
  const wrong: string[] = [];
  for (const route of [...near, ...near]) {
    const found = classes.lookup(IPV4_UNICAST, words(route)[0]!, 0, 0, 0, route.length);
    const text = formatPrefix(route);
    if (classes.has(found, exact) !== names.has(text)) wrong.push(`${text} in exact`);
    const inOther = matches(wide, route) || entries.slice(0, 5).some((one) => matches(one, route));
    if (classes.has(found, other) !== inOther) wrong.push(`${text} in other`);
  }
  expect(wrong).toEqual([]);
});

test('prefixes that no condition distinguishes have one class', () => {
  const conditions = new PrefixConditions();
  conditions.ofSet(packPrefixes('pods', [parsePrefixEntry('10.0.0.0/8 or-longer') as PrefixEntry]));
  const classes = conditions.build();
  const of = (text: string) => {
    const route = parsePrefix(text)!;
    return classes.lookup(IPV4_UNICAST, words(route)[0]!, 0, 0, 0, route.length);
  };
  expect([of('10.1.0.0/16'), of('10.2.3.0/24'), of('10.0.0.0/8')]).toEqual([1, 1, 1]);
  expect([of('11.0.0.0/8'), of('0.0.0.0/0')]).toEqual([2, 2]);
});

test.each([
  ['10.0.0.0/8', 8, 8],
  ['10.0.0.0/8 or-longer', 8, 32],
  ['10.0.0.0/8 ge 16', 16, 32],
  ['10.0.0.0/8 le 24', 8, 24],
  ['10.0.0.0/8 ge 16 le 24', 16, 24],
  ['2001:db8::/32 or-longer', 32, 128],
])('%s matches lengths from %d to %d', (text, ge, le) => {
  expect(parsePrefixEntry(text)).toMatchObject({ ge, le });
});

test.each(['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/8 ge 4', '10.0.0.0/8 ge 24 le 16', '10.0.0.0/8 le 33', '10/8', ''])(
  '%j is an error',
  (text) => {
    expect(isFault(parsePrefixEntry(text))).toBe(true);
  },
);

test('many prefixes: lookups that start at the first 16 bits find what comparing finds', () => {
  const conditions = new PrefixConditions();
  const of = (text: string) => parsePrefixEntry(text) as PrefixEntry;
  const entries = Array.from({ length: 400 }, (_, at) => of(`${at % 7}.${at % 251}.${(at * 13) % 256}.0/24 or-longer`));
  const wide = [of('3.0.0.0/8 ge 9 le 20'), of('3.128.0.0/9'), of('0.0.0.0/0'), of('5.5.0.0/16 or-longer')];
  const number = conditions.ofSet(packPrefixes('many', [...entries, ...wide]));
  const classes = conditions.build();
  const routes = [
    '3.0.0.0/8',
    '3.128.0.0/9',
    '3.1.0.0/16',
    '3.1.0.0/21',
    '5.4.0.0/15',
    '5.5.5.0/24',
    '0.0.0.0/0',
    '4.4.0.0/14',
  ];
  for (const { prefix: route } of [...entries, ...routes.map(of)]) {
    const found = classes.lookup(IPV4_UNICAST, words(route)[0]!, 0, 0, 0, route.length);
    const expected = [...entries, ...wide].some((one) => matches(one, route));
    expect([formatPrefix(route), classes.has(found, number)]).toEqual([formatPrefix(route), expected]);
  }
});

test('a line of a file that is read without objects is the entry that it would be anyway', () => {
  for (const text of ['10.0.0.0/8', '0.0.0.0/0', '192.0.2.1/32', '255.255.255.255/32', '10.1.2.0/24']) {
    const packer = new PrefixPacker();
    expect([text, packer.addPlain(text)]).toEqual([text, true]);
    expect(packer.finish('a').digest).toBe(packPrefixes('b', [parsePrefixEntry(text) as PrefixEntry]).digest);
  }
  const others = [
    '10.0.0.1/8',
    '10.0.0.0/33',
    '256.0.0.0/8',
    '01.0.0.0/8',
    '10.0.0/8',
    '10.0.0.0',
    '10.0.0.0/8 le 9',
    '::/0',
    '',
  ];
  for (const text of others) expect([text, new PrefixPacker().addPlain(text)]).toEqual([text, false]);
});

test('a thousand classes stay apart, and are found again', () => {
  const conditions = new PrefixConditions();
  const long = Array.from({ length: 1000 }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`);
  // Each set has the prefixes with one bit of their number.
  const numbers = Array.from({ length: 10 }, (_, bit) => {
    const entries = long
      .filter((__, at) => ((at >> bit) & 1) !== 0)
      .map((text) => parsePrefixEntry(text) as PrefixEntry);
    return conditions.ofSet(packPrefixes(`bit${bit}`, entries));
  });
  const classes = conditions.build();
  const of = (text: string, length = 24) =>
    classes.lookup(IPV4_UNICAST, words(parsePrefix(text)!)[0]!, 0, 0, 0, length);
  const ids = long.map((text) => of(text));
  expect(new Set(ids).size).toBe(1000);
  const bitsOf = (id: number) =>
    numbers.reduce((sum, number, bit) => sum + (classes.has(id, number) ? 1 << bit : 0), 0);
  expect(ids.map(bitsOf)).toEqual(long.map((_, at) => at));
  // Other lengths in between: each lookup finds the class anew.
  expect(long.map((text) => [of(text, 23), of(text)][1])).toEqual(ids);
});
