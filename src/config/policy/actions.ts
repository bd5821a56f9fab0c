/** Reads what a rule sets (`set:`): one row for each key. */

import { parseAs } from '../../lib/as-number.ts';
import { parseAddress } from '../../lib/ip.ts';
import { type Action, type CommunityValue, MAX_WEIGHT, type NumberRange } from '../../spec/policy.ts';
import { isHostAddress4 } from '../../wire/attributes/attribute-checks.ts';
import type { Path } from '../problems/problems.ts';
import { numbersOf, patternsOf, type Scope } from './conditions.ts';
import { isMapping, listed, textOf } from './reader.ts';
import { isFault, MAX_U32, octetsOf, parseCommunityPattern } from './values.ts';

type Read = (path: Path, value: unknown, scope: Scope) => Action[];

const ORIGINS = ['igp', 'egp', 'incomplete'];
const MAX_TIMES = 50;
/** RFC 6996 5. */
const PRIVATE: readonly NumberRange[] = [
  { low: 64_512, high: 65_534 },
  { low: 4_200_000_000, high: 4_294_967_294 },
];
const ALL: readonly NumberRange[] = [{ low: 0, high: MAX_U32 }];

const ROWS: Readonly<Record<string, Read>> = {
  'local-pref': metric('local-pref'),
  med: (path, value, scope) => (value === 'remove' ? [{ kind: 'med-remove' }] : metric('med')(path, value, scope)),
  origin: (path, value, { reader }) => {
    const at = ORIGINS.indexOf(textOf(value));
    if (at < 0) reader.unknown(path, textOf(value), 'origin', ORIGINS);
    return at < 0 ? [] : [{ kind: 'origin', value: at }];
  },
  communities: (path, value, scope) => {
    // Whatever the order in the file: a replacement first, then removals, then additions.
    const keys = ['add', 'remove', 'replace'];
    if (!isMapping(value)) {
      const expected = `a mapping with ${keys.join(', ')}, such as \`{ add: 64512:100 }\``;
      scope.reader.wrong(path, value, '`communities` action', expected);
      return [];
    }
    const entries = new Map(scope.reader.entries(path, value, '`communities` action', keys));
    const read = (key: string, make: (at: Path, list: unknown) => Action): Action[] =>
      entries.has(key) ? [make([...path, key], entries.get(key))] : [];
    return [
      ...read('replace', (at, list) => ({ kind: 'communities-replace', values: communitiesOf(at, list, scope) })),
      ...read('remove', (at, list) => ({ kind: 'communities-remove', patterns: patternsOf(at, list, scope) })),
      ...read('add', (at, list) => ({ kind: 'communities-add', values: communitiesOf(at, list, scope) })),
    ];
  },
  'as-path': (path, value, scope) => {
    // Removals and replacements concern the received path, so they come before what is prepended.
    const entries = scope.reader.entries(path, value, '`as-path` action', ['remove', 'exclude', 'replace', 'prepend']);
    const order = ['remove', 'exclude', 'replace', 'prepend'];
    return (entries ?? [])
      .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
      .flatMap(([key, one]) => {
        const at = [...path, key];
        if (key === 'prepend') return prepend(at, one, scope);
        return key === 'replace' ? replace(at, one, scope) : [{ kind: 'as-remove', as: removed(at, one, scope) }];
      });
  },
  'next-hop': (path, value, { reader }) => {
    if (value === 'self' || value === 'peer' || value === 'unchanged') return [{ kind: 'next-hop', to: value }];
    if (value === 'blackhole') return [blackhole()];
    const address = parseAddress(textOf(value));
    if (address !== null && isHost(address)) return [{ kind: 'next-hop', to: address }];
    if (address !== null) {
      const what = `peers reject the next hop ${textOf(value)}: it is the address of no host (RFC 4271 6.3)`;
      reader.error(path, what, 'an address that routers can send packets to');
      return [];
    }
    reader.wrong(path, value, 'next hop', '`self`, `peer`, `unchanged`, `blackhole`, or an address');
    return [];
  },
  aigp: metric('aigp', Number.MAX_SAFE_INTEGER),
  weight: metric('weight', MAX_WEIGHT),
  'link-bandwidth': (path, value, { reader }) => {
    if (Number.isSafeInteger(value) && Number(value) >= 0) return [{ kind: 'link-bandwidth', rate: Number(value) }];
    reader.wrong(path, value, 'link bandwidth', 'bytes per second, a whole number');
    return [];
  },
};

const ACTION_KEYS = Object.keys(ROWS);

/** Reads the actions of a rule, in the order of the file. */
export function readActions(path: Path, value: unknown, scope: Scope): Action[] {
  const entries = scope.reader.entries(path, value, '`set` section', ACTION_KEYS) ?? [];
  return entries.flatMap(([key, one]) => ROWS[key]!([...path, key], one, scope));
}

/** Not unspecified, loopback or multicast, nor of class E: receivers treat routes with such a next hop as withdrawn. */
function isHost(address: Uint8Array): boolean {
  if (address.length === 4) return isHostAddress4(address, 0);
  return address[0] !== 0xff && address.some((octet, at) => at < 15 && octet !== 0);
}

/** RFC 7999: the kernel drops the packets of a route with BLACKHOLE, as `fib.blackhole` says. */
function blackhole(): Action {
  const found = parseCommunityPattern('blackhole');
  return { kind: 'communities-add', values: [octetsOf(found as never)!] };
}

/** A number, or `+N` and `-N` for a change. */
function metric(kind: 'local-pref' | 'med' | 'aigp' | 'weight', most = MAX_U32): Read {
  return (path, value, { reader }) => {
    const match = /^([+-]?)\s*(\d{1,19})$/.exec(textOf(value).trim());
    const number = match === null ? Number.NaN : Number(match[2]);
    if (match === null || number > most) {
      const removal = kind === 'med' ? ', or `remove`' : '';
      const expected = `a whole number from 0 to ${most}, or a change such as "+10" or "-10"${removal}`;
      reader.wrong(path, value, `\`${kind}\``, expected);
      return [];
    }
    // A negative number in the file is a change as well.
    return [{ kind, relative: match[1] !== '', value: match[1] === '-' ? -number : number }];
  };
}

function communitiesOf(path: Path, value: unknown, { reader, sets }: Scope): CommunityValue[] {
  return listed(path, value).flatMap((one) => {
    const found = parseCommunityPattern(textOf(one.value));
    if (found !== null && isFault(found)) {
      reader.error(one.path, found.what, found.expected);
      return [];
    }
    const patterns = found === null ? (sets.get('communities', textOf(one.value), one.path) ?? []) : [found];
    return patterns.flatMap((pattern) => {
      const octets = octetsOf(pattern);
      if (octets !== null) return [octets];
      reader.error(one.path, `\`${textOf(one.value)}\` is a pattern`, 'communities without wildcards and ranges');
      return [];
    });
  });
}

function prepend(path: Path, value: unknown, { reader }: Scope): Action[] {
  const numbers = Array.isArray(value) ? value.map(textOf) : textOf(value).trim().split(/\s+/);
  if (numbers.length > 1 && !isMapping(value) && new Set(numbers).size === 1) {
    const hint = `did you mean \`{ as: ${numbers[0]}, times: ${numbers.length} }\`?`;
    return reader.wrong(path, value, 'AS number to prepend', 'one AS number, and how often', hint) ?? [];
  }
  const words = isMapping(value) ? value : { as: value };
  const entries = new Map(reader.entries(path, words, '`prepend` action', ['as', 'times']) ?? []);
  const as = asOrOwn([...path, 'as'], entries.get('as') ?? null, ['own', 'neighbor'], reader);
  const times = entries.get('times') ?? 1;
  if (typeof times !== 'number' || !Number.isInteger(times) || times < 1 || times > MAX_TIMES) {
    reader.wrong([...path, 'times'], times, 'number of times', `a whole number from 1 to ${MAX_TIMES}`);
    return [];
  }
  return as === null ? [] : [{ kind: 'as-prepend', as: as as 'own' | 'neighbor' | number, times }];
}

function replace(path: Path, value: unknown, scope: Scope): Action[] {
  const entries = new Map(scope.reader.entries(path, value, '`replace` action', ['as', 'with']) ?? []);
  const by = asOrOwn([...path, 'with'], entries.get('with') ?? null, ['own'], scope.reader);
  const as = removed([...path, 'as'], entries.get('as') ?? null, scope);
  return by === null ? [] : [{ kind: 'as-replace', as, with: by as 'own' | number }];
}

/** The numbers to remove: `private`, `all`, or numbers, ranges and sets. */
function removed(path: Path, value: unknown, scope: Scope) {
  if (value === 'private') return PRIVATE;
  return value === 'all' ? ALL : numbersOf(path, value, scope);
}

function asOrOwn(
  path: Path,
  value: unknown,
  known: readonly string[],
  reader: Scope['reader'],
): string | number | null {
  if (typeof value === 'string' && known.includes(value)) return value;
  const as = typeof value === 'number' || typeof value === 'string' ? parseAs(value) : null;
  if (as !== null) return as;
  return reader.wrong(path, value, 'AS number', `an AS number, ${known.map((word) => `\`${word}\``).join(' or ')}`);
}
