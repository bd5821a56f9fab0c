/** How the six octets behind type and sub-type of an extended community read as text. */
import { fromColonHex, fromDecimal, fromHex, put16, toColonHex, toHex, u16, u24, u32 } from '../bytes.ts';
import { formatAdministered, parseAdministered } from './administered.ts';

/** Octets of a value. */
const VALUE = 6;

export interface ExtendedValue {
  /** Text of the six octets at `at`; '' when the name says it all. A text that `parse` does not read back is not used. */
  readonly format: (bytes: Uint8Array, at: number) => string;
  /** The six octets of such a text, or null. */
  readonly parse: (text: string) => Uint8Array | null;
}

/** Six octets that begin with zeros and end with the given numbers, or null if one is missing. */
function filled(...parts: readonly (readonly [octets: number, value: number | null])[]): Uint8Array | null {
  const value = new Uint8Array(VALUE);
  let at = VALUE - parts.reduce((sum, [octets]) => sum + octets, 0);
  for (const [octets, number] of parts) {
    if (number === null) return null;
    for (let i = octets - 1; i >= 0; i--) value[at++] = Math.floor(number / 256 ** i);
  }
  return value;
}

/** `65000:100`, `192.0.2.1:5`: the form is that of the type (RFC 4360 3, RFC 5668 2). */
export function administered(form: number): ExtendedValue {
  return {
    format: (bytes, at) => formatAdministered(form, bytes, at),
    parse: (text) => {
      const found = parseAdministered(text);
      return found !== null && found.form === form ? found.octets : null;
    },
  };
}

/** Nothing but the name. */
export const nothing: ExtendedValue = {
  format: () => '',
  parse: (text) => (text === '' ? new Uint8Array(VALUE) : null),
};

/** `0x0123456789ab`: registered, without a format of its own. */
export const octets: ExtendedValue = {
  format: (bytes, at) => `0x${toHex(bytes, at, at + VALUE)}`,
  parse: (text) => {
    const found = text.startsWith('0x') ? fromHex(text.slice(2)) : null;
    return found?.length === VALUE ? found : null;
  },
};

/** The last `count` octets as a number. */
export function lastNumber(count: 1 | 3 | 4): ExtendedValue {
  const read = {
    1: (b: Uint8Array, at: number) => b[at + 5],
    3: (b: Uint8Array, at: number) => u24(b, at + 3),
    4: last4,
  };
  return {
    format: (bytes, at) => String(read[count](bytes, at)),
    parse: (text) => filled([count, fromDecimal(text, 256 ** count - 1)]),
  };
}

function last4(bytes: Uint8Array, at: number): number {
  return u32(bytes, at + 2);
}

/** `10:20`: two octets and four. */
export const pair: ExtendedValue = {
  format: (bytes, at) => `${u16(bytes, at)}:${u32(bytes, at + 2)}`,
  parse: (text) => {
    const [high, low = '', ...more] = text.split(':');
    return more.length > 0 ? null : filled([2, fromDecimal(high, 0xffff)], [4, fromDecimal(low, 0xffffffff)]);
  },
};

/** `0:100`: two bits of flags and the color (RFC 9012 4.3); `100` alone is read, too. */
export const color: ExtendedValue = {
  format: (bytes, at) => `${u16(bytes, at) >> 14}:${u32(bytes, at + 2)}`,
  parse: (text) => {
    const parts = text.split(':');
    const flags = parts.length === 1 ? 0 : fromDecimal(parts[0], 3);
    if (parts.length > 2 || flags === null) return null;
    return filled([2, flags << 14], [4, fromDecimal(parts[parts.length - 1], 0xffffffff)]);
  },
};

export const macAddress: ExtendedValue = {
  format: (bytes, at) => toColonHex(bytes, at, at + VALUE),
  parse: (text) => fromColonHex(text, VALUE),
};

/** `8` or a name in the last two octets. */
export function named(names: Readonly<Record<number, string>>): ExtendedValue {
  const numbers = new Map(Object.entries(names).map(([number, name]) => [name, Number(number)]));
  return {
    format: (bytes, at) => names[u16(bytes, at + 4)] ?? String(u16(bytes, at + 4)),
    parse: (text) => filled([2, numbers.get(text) ?? fromDecimal(text, 0xffff)]),
  };
}

/** `name`, `name:name`: bits of one octet, or `none`. */
export function bits(octet: number, names: readonly (readonly [bit: number, name: string])[]): ExtendedValue {
  return {
    format: (bytes, at) => namesOf(bytes[at + octet], names) || 'none',
    parse: (text) => {
      const found = text === 'none' ? 0 : bitsOf(text.split(':'), names);
      const value = new Uint8Array(VALUE);
      value[octet] = found ?? 0;
      return found === null ? null : value;
    },
  };
}

type Bits = readonly (readonly [bit: number, name: string])[];

function namesOf(value: number, names: Bits): string {
  return names.flatMap(([bit, name]) => ((value & bit) === 0 ? [] : [name])).join(':');
}

function bitsOf(texts: readonly string[], names: Bits): number | null {
  let value = 0;
  for (const text of texts) {
    const row = names.find(([, name]) => name === text);
    if (row === undefined) return null;
    value |= row[0];
  }
  return value;
}

/** `7`, `7:sticky`: a number in the last octets, and flags in the first. */
export function flagged(count: 3 | 4, names: Bits): ExtendedValue {
  const number = lastNumber(count);
  return {
    format: (bytes, at) =>
      [number.format(bytes, at), namesOf(bytes[at], names)].filter((part) => part !== '').join(':'),
    parse: (text) => {
      const [first, ...flags] = text.split(':');
      const value = number.parse(first);
      const found = bitsOf(flags, names);
      if (value === null || found === null) return null;
      value[0] = found;
      return value;
    },
  };
}

/** `9600`, `65000:9600`: an AS number, if it is not 0, and an IEEE single. */
export function rate(asIsOptional: boolean): ExtendedValue {
  return {
    format: (bytes, at) => {
      const value = float32(bytes, at + 2);
      const as = u16(bytes, at);
      return asIsOptional && as === 0 ? String(value) : `${as}:${value}`;
    },
    parse: (text) => {
      const parts = text.split(':');
      const as = parts.length === 1 && asIsOptional ? 0 : fromDecimal(parts[0], 0xffff);
      const rateText = parts[parts.length - 1];
      if (as === null || parts.length > 2 || !/^-?[\d.]+(e[+-]?\d+)?$/.test(rateText)) return null;
      if (parts.length === 1 && !asIsOptional) return null;
      const value = new Uint8Array(VALUE);
      new DataView(value.buffer).setFloat32(put16(value, 0, as), Number(rateText));
      return value;
    },
  };
}

function float32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getFloat32(0);
}

/** `19:0:1500:100`: encapsulation 1, flags 1, MTU 2, preference 2 (RFC 4761 3.2.4). */
export const layer2Info: ExtendedValue = {
  format: (bytes, at) => `${bytes[at]}:${bytes[at + 1]}:${u16(bytes, at + 2)}:${u16(bytes, at + 4)}`,
  parse: (text) => {
    const parts = text.split(':');
    const octets = [1, 1, 2, 2];
    if (parts.length !== octets.length) return null;
    return filled(...octets.map((count, i) => [count, fromDecimal(parts[i], 256 ** count - 1)] as const));
  },
};

const DIRECTIONS = ['none', 'input', 'output', 'input-output'];

/** `input:1234:10`: AS number 4, direction 2 bits, group 14 bits (draft-ietf-idr-flowspec-interfaceset 4). */
export const interfaceSet: ExtendedValue = {
  format: (bytes, at) => {
    const group = u16(bytes, at + 4);
    return `${DIRECTIONS[group >> 14]}:${u32(bytes, at)}:${group & 0x3fff}`;
  },
  parse: (text) => {
    const [direction, as = '', group = '', ...more] = text.split(':');
    const number = fromDecimal(group, 0x3fff);
    const bitsOfDirection = DIRECTIONS.indexOf(direction);
    if (number === null || bitsOfDirection < 0 || more.length > 0) return null;
    return filled([4, fromDecimal(as, 0xffffffff)], [2, (bitsOfDirection << 14) | number]);
  },
};

/** `128:5:100`: point of insertion 1, identifier 1, cost 4 (draft-ietf-idr-custom-decision 2). */
export const cost: ExtendedValue = {
  format: (bytes, at) => `${bytes[at]}:${bytes[at + 1]}:${u32(bytes, at + 2)}`,
  parse: (text) => {
    const [point, id = '', value = '', ...more] = text.split(':');
    if (more.length > 0) return null;
    return filled([1, fromDecimal(point, 255)], [1, fromDecimal(id, 255)], [4, fromDecimal(value, 0xffffffff)]);
  },
};
