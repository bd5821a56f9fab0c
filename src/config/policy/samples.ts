/** Reads a route that is given in a file or on the command line. */

import { parseAs } from '../../lib/as-number.ts';
import { parseAddress } from '../../lib/ip.ts';
import type { SampleRoute } from '../../policy/sample.ts';
import type { CommunityValue } from '../../spec/policy.ts';
import type { Path } from '../problems/problems.ts';
import { listed, type Reader } from './reader.ts';
import { isFault, MAX_U32, octetsOf, parseCommunityPattern, parsePrefixEntry } from './values.ts';

const KEYS = ['prefix', 'as-path', 'next-hop', 'origin', 'med', 'local-pref', 'aigp', 'communities'];
const ORIGINS = ['igp', 'egp', 'incomplete'];

/** A route of a mapping; null: it has errors, which are in the reader. */
export function readSample(path: Path, value: unknown, reader: Reader): SampleRoute | null {
  const before = reader.errors.length;
  const entries = new Map(reader.entries(path, value, 'route', KEYS) ?? []);
  if (!entries.has('prefix') && reader.errors.length === before)
    reader.error(path, '`prefix` is missing in a route', 'the prefix of the route');
  const entry = parsePrefixEntry(String(entries.get('prefix') ?? '0.0.0.0/0'));
  if (isFault(entry)) {
    reader.error([...path, 'prefix'], entry.what, entry.expected);
    return null;
  }
  const number = (key: string, most: number): number | null => {
    const found = entries.get(key);
    if (found === undefined) return null;
    if (typeof found === 'number' && found >= 0 && found <= most) return found;
    return reader.wrong([...path, key], found, key, `a whole number from 0 to ${most}`);
  };
  const origin = ORIGINS.indexOf(String(entries.get('origin') ?? 'igp'));
  if (origin < 0) reader.unknown([...path, 'origin'], String(entries.get('origin')), 'origin', ORIGINS);
  const isWide = entry.prefix.address.length === 16;
  const nextHop = parseAddress(String(entries.get('next-hop') ?? (isWide ? '2001:db8::1' : '192.0.2.1')));
  if (nextHop === null) reader.wrong([...path, 'next-hop'], entries.get('next-hop'), 'next hop', 'an address');
  const sample: SampleRoute = {
    prefix: entry.prefix,
    origin,
    asPath: parsePath([...path, 'as-path'], entries.get('as-path') ?? '', reader),
    nextHop: nextHop ?? new Uint8Array(4),
    med: number('med', MAX_U32),
    localPref: number('local-pref', MAX_U32),
    aigp: number('aigp', Number.MAX_SAFE_INTEGER),
    communities: exactCommunities([...path, 'communities'], entries.get('communities') ?? [], reader),
  };
  return reader.errors.length === before ? sample : null;
}

/** `65001 65002 {65003,65004}`. */
function parsePath(path: Path, value: unknown, reader: Reader): SampleRoute['asPath'] {
  const words = String(value)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  const numberOf = (word: string): number => {
    const as = parseAs(/^\d+$/.test(word) ? Number(word) : word);
    if (as === null)
      reader.error(path, `\`${word}\` is not a valid AS number`, 'AS numbers, as in `65001 {65002,65003}`');
    return as ?? 1;
  };
  return words.map((word) => {
    const set = /^\{(.*)\}$/.exec(word)?.[1];
    return set === undefined ? numberOf(word) : set.split(',').map(numberOf);
  });
}

/** Communities without wildcards. */
export function exactCommunities(path: Path, value: unknown, reader: Reader): CommunityValue[] {
  return listed(path, value).flatMap((one) => {
    const found = parseCommunityPattern(String(one.value));
    const octets = found === null || isFault(found) ? null : octetsOf(found);
    if (octets !== null) return [octets];
    reader.error(
      one.path,
      `\`${String(one.value)}\` is not a community`,
      'a community such as `64512:100` or NO_EXPORT',
    );
    return [];
  });
}
