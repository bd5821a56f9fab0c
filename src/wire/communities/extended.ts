/**
 * Extended communities as text (RFC 4360, 5668, 7153; RFC 5701 with IPv6 addresses), and back: every one has a text that
 * reads back to the same octets. `rt:65000:100`, `ro:192.0.2.1:5`, `color:0:100`, `router-mac:02:00:5e:00:00:01`;
 * `i-sid:0x…` for six octets without a format of their own; `0x4305…` for all eight of an unknown type.
 */
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import { fromDecimal, fromHex, put16, putBytes, toHex, u16 } from '../bytes.ts';
import { extendedRow, extendedRows, IPV6_SUBTYPES } from './table.ts';
import { octets } from './values.ts';

const SIZE = 8;
const IPV6_SIZE = 20;

/** Text of the eight octets at `at`. */
export function formatExtendedCommunity(bytes: Uint8Array, at: number): string {
  const row = extendedRow(bytes[at], bytes[at + 1]);
  if (row === undefined) return `0x${toHex(bytes, at, at + SIZE)}`;
  const text = named(row.name, row.value.format(bytes, at + 2));
  const back = parseExtendedCommunity(text);
  return back !== null && isAt(bytes, at, back) ? text : named(row.name, octets.format(bytes, at + 2));
}

/** The eight octets of such a text, or null. */
export function parseExtendedCommunity(text: string): Uint8Array | null {
  if (text.startsWith('0x')) return sized(fromHex(text.slice(2)), SIZE);
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const value = colon < 0 ? '' : text.slice(colon + 1);
  for (const row of extendedRows(name)) {
    const found = row.value.parse(value);
    if (found !== null) return Uint8Array.of(row.type, row.subtype, ...found);
  }
  // Of several rows with this name the octets do not say which.
  const [first, second] = extendedRows(name);
  const rest = first !== undefined && second === undefined ? octets.parse(value) : null;
  return rest === null ? null : Uint8Array.of(first.type, first.subtype, ...rest);
}

function named(name: string, value: string): string {
  return value === '' ? name : `${name}:${value}`;
}

function sized(found: Uint8Array | null, size: number): Uint8Array | null {
  return found?.length === size ? found : null;
}

function isAt(bytes: Uint8Array, at: number, other: Uint8Array): boolean {
  return other.every((octet, i) => bytes[at + i] === octet);
}

const IPV6_TEXT = /^([\w-]+):\[([\d.a-f:]+)\]:(\d+)$/;

/** `rt:[2001:db8::1]:100`, of the 20 octets at `at` (RFC 5701 2). */
export function formatIpv6ExtendedCommunity(bytes: Uint8Array, at: number): string {
  const name = IPV6_SUBTYPES[bytes[at + 1]];
  if (bytes[at] !== 0 || name === undefined) return `0x${toHex(bytes, at, at + IPV6_SIZE)}`;
  return `${name}:[${formatAddress(bytes, at + 2, at + 18)}]:${u16(bytes, at + 18)}`;
}

/** The 20 octets of such a text, or null. */
export function parseIpv6ExtendedCommunity(text: string): Uint8Array | null {
  if (text.startsWith('0x')) return sized(fromHex(text.slice(2)), IPV6_SIZE);
  const [, name, addressText, numberText] = IPV6_TEXT.exec(text) ?? [];
  const [subtype] = Object.entries(IPV6_SUBTYPES).find(([, each]) => each === name) ?? [];
  if (subtype === undefined) return null;
  const address = parseAddress(addressText);
  const number = fromDecimal(numberText, 0xffff);
  if (address?.length !== 16 || number === null) return null;
  const value = new Uint8Array(IPV6_SIZE);
  value[1] = Number(subtype);
  put16(value, putBytes(value, 2, address, 0, address.length), number);
  return value;
}
