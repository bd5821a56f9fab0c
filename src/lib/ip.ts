/**
 * Converts addresses and prefixes between text and network-order bytes.
 * An address is a Uint8Array of 4 (IPv4) or 16 (IPv6) bytes.
 */
import { Address6 } from 'ip-address';

/** A prefix: network-order address bytes (host bits zero) and a length in bits. */
export interface Prefix {
  readonly address: Uint8Array;
  readonly length: number;
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Bytes of an address text, or null if it is not an address. An IPv6 zone (`%eth0`) is not part of an address here. */
export function parseAddress(text: string): Uint8Array | null {
  const v4 = IPV4.exec(text);
  if (v4) {
    const bytes = Uint8Array.of(Number(v4[1]), Number(v4[2]), Number(v4[3]), Number(v4[4]));
    // No leading zeros: some programs read them as octal.
    return v4.slice(1).every((part, at) => part === String(bytes[at])) ? bytes : null;
  }
  if (!text.includes(':') || text.includes('%') || text.includes('/') || !Address6.isValid(text)) return null;
  return Uint8Array.from(new Address6(text).toUnsignedByteArray());
}

/** Text of an address: dotted quad, or IPv6 as RFC 5952 writes it. */
export function formatAddress(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start === 4) return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`;
  // RFC 5952 5: an IPv4-mapped address is written with a dotted quad.
  if (isIpv4Mapped(bytes, start)) return `::ffff:${formatAddress(bytes, start + 12, end)}`;
  return Address6.fromUnsignedByteArray([...bytes.subarray(start, end)]).correctForm();
}

/** ::ffff:0:0/96 (RFC 4291 2.5.5.2): the IPv4 address in the last four of 16 octets. */
export function isIpv4Mapped(bytes: Uint8Array, start = 0): boolean {
  for (let i = 0; i < 10; i++) if (bytes[start + i] !== 0) return false;
  return bytes[start + 10] === 0xff && bytes[start + 11] === 0xff;
}

/** Text of a 32-bit number as a dotted quad: router ids, cluster ids, IPv4 words. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** The 32-bit unsigned number of a dotted quad, or null. */
export function parseIpv4(text: string): number | null {
  const bytes = parseAddress(text);
  if (bytes === null || bytes.length !== 4) return null;
  return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
}

/** A prefix text (`10.0.0.0/8`) with its host bits zeroed, or null if it is not a prefix. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.lastIndexOf('/');
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return null;
  const address = parseAddress(text.slice(0, slash));
  const length = Number(text.slice(slash + 1));
  if (address === null || length > address.length * 8) return null;
  return { address: maskAddress(address, length), length };
}

/** Text of a prefix. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

/** A copy of `address` with every bit beyond `length` zeroed. */
export function maskAddress(address: Uint8Array, length: number): Uint8Array {
  const masked = address.slice();
  const whole = length >> 3;
  if (whole < masked.length) {
    masked[whole]! &= 0xff00 >> (length & 7);
    masked.fill(0, whole + 1);
  }
  return masked;
}

/** Whether `address` (same family) is inside `prefix`. */
export function prefixContains(prefix: Prefix, address: Uint8Array): boolean {
  if (address.length !== prefix.address.length) return false;
  const whole = prefix.length >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== prefix.address[i]) return false;
  const mask = (0xff00 >> (prefix.length & 7)) & 0xff;
  return mask === 0 || (address[whole]! & mask) === prefix.address[whole];
}

export function sameAddress(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** fe80::/10: link-local (RFC 4291 2.5.6). */
export function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
}
