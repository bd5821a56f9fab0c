/** Reads a route that is given in a file or on the command line. */

import { parseAs } from '../../lib/as-number.ts';
import { parseAddress } from '../../lib/ip.ts';
import type { SampleNlri, SampleRoute } from '../../policy/sample.ts';
import type { CommunityValue } from '../../spec/policy.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { AFI, FAMILIES, IPV4_UNICAST, IPV6_UNICAST, SAFI, useFamily } from '../../wire/families.ts';
import type { FamilyKind } from '../../wire/family.ts';
import type { Path } from '../problems/problems.ts';
import { listed, type Reader, textOf } from './reader.ts';
import { isFault, MAX_U32, octetsOf, parseCommunityPattern, parsePrefixEntry } from './values.ts';

const KEYS = [
  'prefix',
  'family',
  'nlri',
  'vni',
  'as-path',
  'next-hop',
  'origin',
  'med',
  'local-pref',
  'aigp',
  'communities',
];
const MAX_VNI = 0xff_ffff;
const EXAMPLE = 'as `show rib` shows it, such as `65000:1:10.0.0.0/8`';
const ORIGINS = ['igp', 'egp', 'incomplete'];

/** A route of a mapping; null: it has errors, which are in the reader. */
export function readSample(path: Path, value: unknown, reader: Reader): SampleRoute | null {
  const before = reader.errors.length;
  const entries = new Map(reader.entries(path, value, 'route', KEYS) ?? []);
  if (reader.errors.length > before) return null;
  const nlri = entries.has('nlri') ? readNlri(path, entries, reader) : readPrefix(path, entries, reader);
  if (nlri === null) return null;
  const number = (key: string, most: number): number | null => {
    const found = entries.get(key);
    if (found === undefined) return null;
    if (typeof found === 'number' && found >= 0 && found <= most) return found;
    return reader.wrong([...path, key], found, key, `a whole number from 0 to ${most}`);
  };
  const origin = ORIGINS.indexOf(textOf(entries.get('origin') ?? 'igp'));
  if (origin < 0) reader.unknown([...path, 'origin'], textOf(entries.get('origin')), 'origin', ORIGINS);
  const isWide = FAMILIES[nlri.family]!.afi === AFI.ipv6;
  const nextHop = parseAddress(textOf(entries.get('next-hop') ?? (isWide ? '2001:db8::1' : '192.0.2.1')));
  if (nextHop === null) reader.wrong([...path, 'next-hop'], entries.get('next-hop'), 'next hop', 'an address');
  const sample: SampleRoute = {
    nlri,
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

function readPrefix(path: Path, entries: ReadonlyMap<string, unknown>, reader: Reader): SampleNlri | null {
  const name = entries.get('family');
  const kind = name === undefined ? undefined : familyNamed([...path, 'family'], name, reader);
  if (kind === null) return null;
  if (kind !== undefined && kind.safi !== SAFI.unicast) {
    const expected = `\`nlri\`, ${EXAMPLE}`;
    reader.error([...path, 'family'], `a route of ${kind.name} is given by its \`nlri\``, expected);
    return null;
  }
  if (entries.has('vni')) reader.error([...path, 'vni'], 'a prefix has no `vni`', '`family` and `nlri`');
  if (!entries.has('prefix')) {
    const expected = 'the prefix of the route, or its `family` and `nlri`';
    reader.error(path, '`prefix` is missing in a route', expected);
    return null;
  }
  const entry = parsePrefixEntry(textOf(entries.get('prefix')));
  if (isFault(entry)) {
    reader.error([...path, 'prefix'], entry.what, entry.expected);
    return null;
  }
  const family = entry.prefix.address.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  if (kind === undefined || kind === FAMILIES[family]) return { family, prefix: entry.prefix };
  return reader.wrong([...path, 'prefix'], entries.get('prefix'), `prefix of ${kind.name}`, 'one of this family');
}

/** A route of a family other than IPv4 and IPv6 unicast. */
function readNlri(path: Path, entries: ReadonlyMap<string, unknown>, reader: Reader): SampleNlri | null {
  if (entries.has('prefix')) reader.error([...path, 'prefix'], '`prefix` beside `nlri`', 'one of them', null, 'key');
  if (!entries.has('family')) reader.error(path, '`family` is missing beside `nlri`', 'such as `family: l2vpn-evpn`');
  const kind = entries.has('family') ? familyNamed([...path, 'family'], entries.get('family'), reader) : null;
  if (kind === null) return null;
  if (kind.codec === null) {
    return reader.wrong([...path, 'nlri'], entries.get('nlri'), `route of ${kind.name}`, 'a `prefix`');
  }
  const key = kind.codec.parse(textOf(entries.get('nlri')));
  if (!(key instanceof Uint8Array)) {
    return reader.wrong([...path, 'nlri'], entries.get('nlri'), `route of ${kind.name}`, key.problem);
  }
  const vnis = listed([...path, 'vni'], entries.get('vni') ?? []).flatMap((one) => {
    const isVni = typeof one.value === 'number' && one.value >= 0 && one.value <= MAX_VNI;
    return isVni ? [one.value as number] : (reader.wrong(one.path, one.value, 'VNI', `0 to ${MAX_VNI}`) ?? []);
  });
  return { family: useFamily(kind).id, key, vnis };
}

function familyNamed(path: Path, name: unknown, reader: Reader): FamilyKind | null {
  const found = KNOWN_FAMILIES.find((kind) => kind.name === name || kind.shortNames.includes(textOf(name)));
  if (found !== undefined) return found;
  const names = KNOWN_FAMILIES.map((kind) => kind.name);
  reader.unknown(path, textOf(name), 'family', names);
  return null;
}

/** `65001 65002 {65003,65004}`. */
function parsePath(path: Path, value: unknown, reader: Reader): SampleRoute['asPath'] {
  const words = textOf(value)
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
    const found = parseCommunityPattern(textOf(one.value));
    const octets = found === null || isFault(found) ? null : octetsOf(found);
    if (octets !== null) return [octets];
    reader.error(
      one.path,
      `\`${textOf(one.value)}\` is not a community`,
      'a community such as `64512:100` or NO_EXPORT',
    );
    return [];
  });
}
