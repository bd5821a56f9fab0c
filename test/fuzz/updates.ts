/** UPDATEs and what else is sent: attributes of all codes, with right and wrong flags, lengths and values. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { message, u16 } from '../lab/updates.ts';
import type { Random } from '../model/random.ts';
import { OTHERS } from './configuration.ts';
import { octets, u32 } from './opens.ts';

/** What a session has agreed on, as far as it decides how routes are written. */
export interface Dialect {
  readonly external: boolean;
  readonly addPath: boolean;
  readonly as: number;
  readonly longest: number;
}

const UPDATE = 2;

/** Bodies of UPDATEs that ExaBGP and GoBGP wrote. */
const REAL: readonly number[][] = ['exabgp', 'gobgp'].flatMap((name) =>
  readFileSync(resolve(__dirname, `../vectors/${name}-messages.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => [...Buffer.from(JSON.parse(line).raw as string, 'hex')])
    .filter((bytes) => bytes[18] === UPDATE)
    .map((bytes) => bytes.slice(19)),
);

const COMMUNITIES = [
  0xffff_0000, 0xffff_0001, 0xffff_0006, 0xffff_0007, 0xffff_ff01, 0xffff_ff02, 0xffff_ff03, 0xffff_ff04,
];

function many(random: Random, most: number, one: () => readonly number[]): number[] {
  return Array.from({ length: 1 + random.below(most) }, one).flat();
}

function asPath(random: Random, { external, as }: Dialect): number[] {
  const first = external ? [2, 1, ...u32(as)] : [];
  const numbers = () =>
    random.pick([u32(65_000), u32(65_100), u32(4_200_000_001), u32(23_456), u32(1 + random.below(64_000))]);
  const segment = () => {
    const count = random.weighted([
      [20, 1 + random.below(4)],
      [1, 255],
    ]);
    return [
      random.weighted(
        [
          [8, 2],
          [2, 1],
          [0.3, 3],
          [0.3, 4],
        ].map(([w, t]) => [w! * 10, t!] as const),
      ),
      count,
      ...Array.from({ length: count }, numbers).flat(),
    ];
  };
  return [...first, ...(random.chance(70) ? many(random, 3, segment) : [])];
}

const address = (random: Random) => [192, 0, 2, 1 + random.below(250)];

/** Well-formed values by code; of other codes any octets. */
const VALUES: Readonly<Record<number, (random: Random, dialect: Dialect) => number[]>> = {
  1: (random) => [random.below(3)],
  2: asPath,
  3: address,
  4: (random) => u32(random.below(2 ** 32)),
  5: (random) => u32(random.below(1000)),
  6: () => [],
  7: (random) => [...u32(1 + random.below(65_000)), ...address(random)],
  8: (random) => many(random, 5, () => u32(random.chance(20) ? random.pick(COMMUNITIES) : random.below(2 ** 32))),
  9: (random) => [10, 9, 8, random.below(256)],
  10: (random) => many(random, 3, () => [10, 255, random.below(256), 2]),
  16: (random) =>
    many(random, 4, () => [
      random.pick([0, 1, 2, 3, 6, 0x40, 0x80]),
      random.below(12),
      ...u32(random.below(2 ** 32)),
      0,
      7,
    ]),
  17: asPath,
  18: (random) => [...u32(1 + random.below(65_000)), ...address(random)],
  22: (random) => [0, random.below(8), 0, 0, 16, ...address(random)],
  23: (random) => many(random, 2, () => [0, random.below(20), 0, 4, 1, 2, 3, 4]),
  25: (random) => many(random, 2, () => [0, 2, ...new Array<number>(16).fill(random.below(256)), 0, 1]),
  26: (random) => [1, 0, 11, 0, 0, 0, 0, ...u32(random.below(2 ** 32))],
  29: (random) => many(random, 3, () => [4, random.below(256), 0, 2, 1, 2]),
  32: (random) =>
    many(random, 3, () => [...u32(random.below(2 ** 32)), ...u32(random.below(9)), ...u32(random.below(9))]),
  35: () => u32(65_100),
  40: () => [1, 0, 7, 0, 0, 0, 0, 0, 0, 5],
  128: () => [...u32(65_000), 0x40, 1, 1, 0, 0x40, 2, 0],
};
const CODES = [
  4, 6, 7, 8, 8, 9, 10, 11, 16, 16, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 35, 36, 37, 38, 40, 128,
  129, 200, 255,
];
const WELL_KNOWN = [1, 2, 3, 5, 6];
const NON_TRANSITIVE = [4, 9, 10, 14, 15, 24, 26, 29, 33];

function flagsOf(code: number): number {
  if (WELL_KNOWN.includes(code)) return 0x40;
  return NON_TRANSITIVE.includes(code) ? 0x80 : 0xc0;
}

/** An attribute, with faults that a session survives (RFC 7606), each of them rare. */
function attribute(random: Random, code: number, dialect: Dialect, given?: number[]): number[] {
  let value = given ?? VALUES[code]?.(random, dialect) ?? octets(random, 12);
  let flags = flagsOf(code) | (random.chance(3) ? random.below(16) : 0);
  if (given === undefined) {
    if (random.chance(2)) flags ^= random.pick([0x80, 0x40, 0xc0, 0x20]);
    if (random.chance(10) && (flags & 0xc0) === 0xc0) flags |= 0x20;
    if (random.chance(2)) value = value.slice(0, random.below(value.length + 1));
    if (random.chance(2)) value = [...value, ...octets(random, 5)];
    if (random.chance(2)) value = octets(random, 40);
  }
  const isLong = value.length > 255 || random.chance(10);
  return [(flags & ~0x10) | (isLong ? 0x10 : 0), code, ...(isLong ? u16(value.length) : [value.length]), ...value];
}

function prefixes(random: Random, isIpv6: boolean, { addPath }: Dialect): number[] {
  return many(random, 6, () => {
    const at = random.below(64);
    const prefix = isIpv6
      ? random.weighted([
          [9, [48, 0x20, 1, 0x0d, 0xb8, 0, at]],
          [1, [128, ...new Array<number>(15).fill(7), at]],
          [1, [0]],
        ])
      : random.weighted([
          [9, [24, 10, at, 7]],
          [2, [16, 10, at]],
          [1, [32, 10, 1, 1, at]],
          [1, [0]],
          [1, [at & 31, ...[10, at, 255, 255].slice(0, ((at & 31) + 7) >> 3)]],
        ]);
    return addPath ? [...u32(random.below(6)), ...prefix] : prefix;
  });
}

function bodyOf(withdrawn: readonly number[], attributes: readonly number[], nlri: readonly number[]): number[] {
  return [...u16(withdrawn.length), ...withdrawn, ...u16(attributes.length), ...attributes, ...nlri];
}

/** An UPDATE whose structure is sound. Its attributes are not always. */
export function update(random: Random, dialect: Dialect): number[] {
  const kind = random.weighted([
    [50, 'ipv4'],
    [25, 'ipv6'],
    [15, 'withdraw'],
    [8, 'real'],
    [2, 'end'],
  ] as const);
  if (kind === 'real') return [...message(UPDATE, random.pick(REAL))];
  const family = random.pick(OTHERS);
  if (kind === 'end') {
    const unreach = attribute(random, 15, dialect, [...u16(family.afi), family.safi]);
    return [...message(UPDATE, random.chance(50) ? [0, 0, 0, 0] : bodyOf([], unreach, []))];
  }
  if (kind === 'withdraw') {
    if (random.chance(50)) return [...message(UPDATE, bodyOf(prefixes(random, false, dialect), [], []))];
    return [
      ...message(UPDATE, bodyOf([], attribute(random, 15, dialect, [0, 2, 1, ...prefixes(random, true, dialect)]), [])),
    ];
  }
  const isIpv6 = kind === 'ipv6';
  const codes = new Set([1, 2, ...(isIpv6 ? [] : [3]), ...(dialect.external ? [] : [5])]);
  for (const code of random.chance(80) ? random.some(CODES, 6) : []) codes.add(code);
  if (random.chance(3)) codes.delete(random.pick([1, 2, 3, 5]));
  const list = [...codes].map((code) => attribute(random, code, dialect));
  if (isIpv6) {
    const hop = random.chance(80)
      ? [16, 0x20, 1, 0x0d, 0xb8, ...new Array<number>(11).fill(0), 9]
      : [32, 0x20, 1, 0x0d, 0xb8, ...new Array<number>(12).fill(9), 0xfe, 0x80, ...new Array<number>(14).fill(1)];
    list.push(attribute(random, 14, dialect, [0, 2, 1, ...hop, 0, ...prefixes(random, true, dialect)]));
  }
  if (random.chance(2)) list.push(random.pick(list));
  if (random.chance(70)) list.sort((a, b) => a[1]! - b[1]!);
  const withdrawn = random.chance(10) ? prefixes(random, false, dialect) : [];
  const body = bodyOf(withdrawn, list.flat(), isIpv6 ? [] : prefixes(random, false, dialect));
  return body.length + 19 > dialect.longest ? [...message(4, [])] : [...message(UPDATE, body)];
}

/** Any message whose header is sound. */
export function anyMessage(random: Random, dialect: Dialect): number[] {
  const { afi, safi } = random.chance(60) ? { afi: 1 + random.below(2), safi: 1 } : random.pick(OTHERS);
  const kind = random.weighted([
    [5, 'refresh'],
    [2, 'orf'],
    [2, 'keepalive'],
    [1, 'notification'],
    [3, 'update'],
  ] as const);
  switch (kind) {
    case 'refresh':
      return [
        ...message(5, [
          ...u16(afi),
          random.weighted([
            [8, 0],
            [2, 1],
            [2, 2],
            [1, random.below(256)],
          ]),
          safi,
        ]),
      ];
    case 'orf':
      return [...message(5, [...u16(afi), 0, safi, 1 + random.below(2), 64, ...u16(7), ...octets(random, 12)])];
    case 'keepalive':
      return [...message(4, [])];
    case 'notification':
      return [...message(3, [random.below(9), random.below(12), ...octets(random, 40)])];
    default:
      return update(random, dialect);
  }
}

/** What often ends a session: headers, structure, and octets of real messages that are changed at random. */
export function fatal(random: Random, dialect: Dialect): number[] {
  const whole = random.weighted([
    [5, 'real'],
    [5, 'built'],
    [2, 'noise'],
    [2, 'header'],
  ] as const);
  if (whole === 'noise') return [...message(random.below(8), octets(random, 60))];
  const octetsOf = whole === 'real' ? [...message(UPDATE, random.pick(REAL))] : anyMessage(random, dialect);
  if (whole === 'header') {
    octetsOf[random.pick([0, 15, 16, 17, 18])] = random.below(256);
    return octetsOf;
  }
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = 19 + random.below(Math.max(1, octetsOf.length - 18));
    octetsOf.splice(at, random.below(3), ...octets(random, 2));
  }
  [octetsOf[16], octetsOf[17]] = u16(octetsOf.length) as [number, number];
  return octetsOf;
}
