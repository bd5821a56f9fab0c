/** Reads the conditions about the NLRI of VPN, EVPN and other families: `rd`, `route-type`, `vni`, `mac`. */
import { parseIpv4 } from '../../lib/ip.ts';
import { ordered } from '../../policy/match/numbers.ts';
import type { Condition, MacMask, NumberRange, RdPattern } from '../../spec/policy.ts';
import { u16, u32 } from '../../wire/bytes.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { parseRd } from '../../wire/families/parts/route-distinguisher.ts';
import type { Path } from '../problems/problems.ts';
import { listed, type Reader, textOf } from './reader.ts';
import { isFault, MAX_U32, parseComparison, parsePart } from './values.ts';

type Read = (path: Path, value: unknown, scope: { readonly reader: Reader }) => Condition;

const MAX_U16 = 0xffff;
const MAX_VNI = 0xff_ffff;
const MAC_BITS = 48;
const RD_FORMS = '`65000:1`, `65000:*`, `65000:1-99`, `192.0.2.1:*`, `65000L:1` or `*:1`';
const MAC_FORMS = '`00:1b:21:00:00:01`, `00:1b:21:*` or `00:1b:21:00:00:00/24`';

/** What FRR calls types that have another name here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ead: 'ethernet-ad',
  macip: 'mac-ip',
  es: 'ethernet-segment',
  imet: 'multicast',
};

/** The names of all types, of all families. */
const TYPE_WORDS = [
  ...new Set(
    KNOWN_FAMILIES.flatMap(({ codec }) => codec?.kinds ?? []).flatMap(({ word }) => (word === '' ? [] : [word])),
  ),
];

export const NLRI_ROWS: Readonly<Record<'rd' | 'route-type' | 'vni' | 'mac', Read>> = {
  rd: (path, value, { reader }) => {
    const patterns = listed(path, value).flatMap((one) => {
      const found = parseRdPattern(textOf(one.value));
      if (found === null) reader.wrong(one.path, one.value, 'route distinguisher', RD_FORMS);
      return found ?? [];
    });
    return { kind: 'rd', patterns };
  },
  'route-type': (path, value, { reader }) => {
    const words: string[] = [];
    const numbers: NumberRange[] = [];
    for (const one of listed(path, value)) {
      const text = textOf(one.value);
      if (TYPE_WORDS.includes(text)) words.push(text);
      else if (/^[a-z]/i.test(text)) {
        reader.unknown(one.path, text, 'route type', TYPE_WORDS, OTHER_NAMES[text.toLowerCase()]);
      } else numbers.push(...compared(one, 0xff, reader));
    }
    return { kind: 'route-type', words: words.sort(), numbers: ordered(numbers) };
  },
  vni: (path, value, { reader }) => ({
    kind: 'vni',
    values: ordered(listed(path, value).flatMap((one) => compared(one, MAX_VNI, reader))),
  }),
  mac: (path, value, { reader }) => {
    const masks = listed(path, value).flatMap((one) => {
      const found = parseMacMask(textOf(one.value));
      const meant = textOf(one.value).replace(/[-.]/g, ':');
      const hint = found === null && parseMacMask(meant) !== null ? `did you mean \`${meant}\`?` : null;
      if (found === null) reader.wrong(one.path, one.value, 'MAC address', MAC_FORMS, hint);
      return found ?? [];
    });
    return { kind: 'mac', masks };
  },
};

function compared({ path, value }: { readonly path: Path; readonly value: unknown }, most: number, reader: Reader) {
  const found = parseComparison(value, most);
  if (!isFault(found)) return found;
  reader.error(path, found.what, found.expected);
  return [];
}

/** An RD with wildcards and ranges. An AS number that fits two octets is that of both types with AS numbers. */
function parseRdPattern(text: string): RdPattern | null {
  if (text.startsWith('0x')) return exactRd(text);
  const [first = '', second = '', ...more] = text === '*' ? ['*', '*'] : text.split(':');
  if (more.length > 0) return null;
  const address = parseIpv4(first);
  const isWide = /^\d+L$/.test(first);
  const administrator =
    address === null ? parsePart(isWide ? first.slice(0, -1) : first, MAX_U32) : { low: address, high: address };
  const number = parsePart(second, MAX_U32);
  if (administrator === null || number === null) return null;
  const types = address !== null ? [1] : first === '*' ? [] : isWide || administrator.low > MAX_U16 ? [2] : [0, 2];
  if (number.low > MAX_U16 && types.length > 0 && !types.includes(0)) return null;
  return { types, administrator, number };
}

/** Eight octets. */
function exactRd(text: string): RdPattern | null {
  const octets = parseRd(text);
  if (octets === null) return null;
  const type = u16(octets, 0);
  const [administrator, number] = type === 0 ? [u16(octets, 2), u32(octets, 4)] : [u32(octets, 2), u16(octets, 6)];
  return { types: [type], administrator: exactly(administrator), number: exactly(number) };
}

function exactly(value: number): NumberRange {
  return { low: value, high: value };
}

/** A MAC address, its first octets with `:*`, or a mask as a number of bits. */
function parseMacMask(text: string): MacMask | null {
  if (text === '*') return { value: 0, length: 0 };
  const [, address = '', wildcard, bits] = /^((?:[\da-f]{2}:){0,5}[\da-f]{2})(:\*)?(?:\/(\d{1,2}))?$/i.exec(text) ?? [];
  const octets = address === '' ? [] : address.split(':').map((octet) => Number.parseInt(octet, 16));
  const isWhole = octets.length === MAC_BITS / 8;
  if (octets.length === 0 || isWhole === (wildcard !== undefined) || (bits !== undefined && !isWhole)) return null;
  const length = bits === undefined ? octets.length * 8 : Number(bits);
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  if (length > MAC_BITS) return null;
  const shift = 2 ** (octets.length * 8 - length);
  return value % shift === 0 ? { value: value / shift, length } : null;
}
