/** OPEN messages, sound ones and others (RFC 4271 4.2, RFC 5492, RFC 9072). */
import { message, u16 } from '../lab/updates.ts';
import type { Random } from '../model/random.ts';
import { OTHERS } from './configuration.ts';
import type { Dialect } from './updates.ts';

export const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];

export function octets(random: Random, most: number): number[] {
  return Array.from({ length: random.below(most + 1) }, () => random.below(256));
}

const FAMILIES = [[0, 1, 1], [0, 2, 1], ...OTHERS.map(({ afi, safi }) => [...u16(afi), safi])] as const;

/** Capabilities as [code, value]; sound ones only, or also others. */
export function capabilities(random: Random, { as, addPath, longest }: Dialect, isSound: boolean): number[][] {
  const families = random.chance(60) ? FAMILIES : random.some(FAMILIES, 4);
  const list: number[][] = families.map(([high = 0, low = 0, safi = 0]) => [1, high, low, 0, safi]);
  if (random.chance(95)) list.push([65, ...u32(as)]);
  if (random.chance(80)) list.push([2]);
  if (addPath) list.push([69, ...families.flatMap((family) => [...family, 3])]);
  if (longest > 4096) list.push([6]);
  if (random.chance(40)) list.push([70]);
  if (random.chance(30))
    list.push([64, 0x80 | (random.chance(50) ? 0x40 : 0), 1, ...families.flatMap((f) => [...f, 0x80])]);
  if (random.chance(20)) list.push([71, ...families.flatMap((family) => [...family, 0x80, 0, 0, 1])]);
  if (random.chance(10)) list.push([5, 0, 1, 0, 1, 0, 2]);
  if (random.chance(10)) list.push([73, 3, 97, 98, 99, 1, 46]);
  if (random.chance(10)) list.push([9, random.below(6)]);
  if (random.chance(10)) list.push([3, 0, 1, 0, 1, 1, 64, 3]);
  if (isSound) return list;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(list.length + 1);
    const old = list[at] ?? [random.below(256)];
    list.splice(
      at,
      random.below(2),
      random.chance(50) ? [...old, ...octets(random, 9)] : old.slice(0, 1 + random.below(3)),
    );
  }
  return list;
}

/** A whole OPEN. */
export function opening(random: Random, as: number, address: string, list: number[][], isSound: boolean): number[] {
  const tlvs = list.map(([code = 0, ...value]) => [code, value.length & 255, ...value]);
  const routerId = address
    .split('.')
    .map(Number)
    .map((octet, at) => (at === 0 ? 10 : octet));
  // One parameter for all capabilities, or one for each (RFC 5492 4); in the extended form where they are long.
  const groups = random.chance(50) ? [tlvs.flat()] : tlvs;
  const isLong = groups.some(({ length }) => length > 255) || groups.flat().length + 2 * groups.length > 255;
  const parameters = groups.flatMap((value) => [2, ...(isLong ? u16(value.length) : [value.length]), ...value]);
  const length = isLong ? [255, 255, ...u16(parameters.length)] : [parameters.length];
  const holdSeconds = isSound ? random.pick([0, 3, 90, 240, 65_535]) : random.pick([0, 1, 2, 3, 90]);
  const body = [4, ...u16(as), ...u16(holdSeconds), ...routerId, ...length, ...parameters];
  if (!isSound && random.chance(60)) {
    const at = random.below(body.length);
    body.splice(at, random.below(3), ...octets(random, 2));
  }
  return [...message(1, body)];
}
