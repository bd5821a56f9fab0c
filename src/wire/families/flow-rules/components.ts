/** The components of a flow specification (RFC 8955 4.2.2, RFC 8956 3): one row each. */

import { octetsOf } from '../parts/prefix-bits.ts';

/** How the value of a component is built. */
export const FORM = {
  /** A prefix. */
  prefix: 0,
  /** Pairs of a numeric operator and a value. */
  numbers: 1,
  /** Pairs of a bitmask operator and a value. */
  bits: 2,
} as const;

export interface Component {
  readonly type: number;
  readonly name: string;
  readonly form: number;
  /** Maximum octets of a value, where the RFC says MUST; otherwise 8. */
  readonly widest: number;
  /** Names of the bits, from the lowest. */
  readonly bits: readonly string[];
  /** Names of values. */
  readonly values: Readonly<Record<number, string>>;
}

const ANY = 8;
const PROTOCOLS = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  132: 'sctp',
};
const TCP_FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'];
const FRAGMENTS = ['dont-fragment', 'is-fragment', 'first-fragment', 'last-fragment'];

function row(type: number, name: string, form: number, more: Partial<Component> = {}): Component {
  return { type, name, form, widest: ANY, bits: [], values: {}, ...more };
}

const TABLE: readonly Component[] = [
  row(1, 'dst', FORM.prefix),
  row(2, 'src', FORM.prefix),
  row(3, 'proto', FORM.numbers, { values: PROTOCOLS }),
  row(4, 'port', FORM.numbers),
  row(5, 'dport', FORM.numbers),
  row(6, 'sport', FORM.numbers),
  row(7, 'icmp-type', FORM.numbers),
  row(8, 'icmp-code', FORM.numbers),
  // RFC 8955 4.2.2.9: 1 or 2 octets.
  row(9, 'tcp-flags', FORM.bits, { widest: 2, bits: TCP_FLAGS }),
  row(10, 'packet-length', FORM.numbers),
  // RFC 8955 4.2.2.11, 4.2.2.12: 1 octet.
  row(11, 'dscp', FORM.numbers, { widest: 1 }),
  row(12, 'fragment', FORM.bits, { widest: 1, bits: FRAGMENTS }),
  // RFC 8956 3.7.
  row(13, 'flow-label', FORM.numbers),
];

/** How a prefix is built: length and octets; with an offset between them; with an offset, but the octets begin at bit 0. */
export const PREFIX = { ipv4: 0, ipv6: 1, ipv6Whole: 2 } as const;

/** The components of an address family, and the form of its prefixes. */
export interface Rules {
  /** By type; undefined for a type that the family does not have. */
  readonly components: readonly (Component | undefined)[];
  /** A value of PREFIX. */
  readonly prefix: number;
}

const HIGHEST_IPV4 = 12;
const ALL = [undefined, ...TABLE];

export const IPV4_RULES: Rules = { components: ALL.slice(0, HIGHEST_IPV4 + 1), prefix: PREFIX.ipv4 };
/** RFC 8956 3.1: of a prefix with an offset, only the bits from there on. */
export const IPV6_RULES: Rules = { components: ALL, prefix: PREFIX.ipv6 };
/** What ExaBGP and GoBGP send instead: also the bits in front of the offset. */
export const IPV6_WHOLE_RULES: Rules = { components: ALL, prefix: PREFIX.ipv6Whole };

/** Bits of an operator (RFC 8955 4.2.1). */
export const OPERATOR = { end: 0x80, and: 0x40, length: 0x30, less: 0x04, greater: 0x02, equal: 0x01 } as const;
/** Of a bitmask operator: negated, and all bits of the mask instead of any. */
export const BITMASK = { not: 0x02, match: 0x01 } as const;

/** Octets of the value behind an operator. */
export function widthOf(operator: number): number {
  return 1 << ((operator & OPERATOR.length) >> 4);
}

/** The position behind the operators and values at `bytes[at]`, or -1: one has no end, or a value that is too wide. */
function endOfPairs(bytes: Uint8Array, at: number, end: number, widest: number): number {
  while (at < end) {
    const operator = bytes[at];
    const width = widthOf(operator);
    if (width > widest) return -1;
    at += 1 + width;
    if ((operator & OPERATOR.end) !== 0) return at <= end ? at : -1;
  }
  return -1;
}

/** The position behind the prefix at `bytes[at]`, or -1. IPv4: length, octets. IPv6: length, offset, octets. */
function endOfPrefix(bytes: Uint8Array, at: number, end: number, form: number): number {
  const head = form === PREFIX.ipv4 ? 1 : 2;
  if (at + head > end) return -1;
  const length = bytes[at];
  const offset = form === PREFIX.ipv4 ? 0 : bytes[at + 1];
  // RFC 8956 3.1: the offset is in the prefix, or both are 0.
  if (length > (form === PREFIX.ipv4 ? 32 : 128) || (offset > 0 && offset >= length)) return -1;
  const next = at + head + octetsOf(form === PREFIX.ipv6 ? length - offset : length);
  return next <= end ? next : -1;
}

/** The position behind the component whose type is at `bytes[at]`, or -1. */
export function endOfComponent(bytes: Uint8Array, at: number, end: number, rules: Rules): number {
  const component = rules.components[bytes[at]];
  if (component === undefined) return -1;
  if (component.form === FORM.prefix) return endOfPrefix(bytes, at + 1, end, rules.prefix);
  return endOfPairs(bytes, at + 1, end, component.widest);
}

/** Whether `bytes[start, end)` are components, at least one, each type once and in ascending order (RFC 8955 4.2). */
export function areComponents(bytes: Uint8Array, start: number, end: number, rules: Rules): boolean {
  let type = 0;
  for (let at = start; at < end; ) {
    if (bytes[at] <= type) return false;
    type = bytes[at];
    at = endOfComponent(bytes, at, end, rules);
    if (at < 0) return false;
  }
  return end > start;
}
