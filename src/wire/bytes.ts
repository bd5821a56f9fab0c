/** Numbers in network order, read from and written into bytes; hexadecimal text. */

/** 16 bits, unsigned. Octets behind the end of the array count as zero. */
export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** 24 bits, unsigned. */
export function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
}

/** 32 bits, unsigned. */
export function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** Writes the low 16 bits of a number; returns the position behind them. */
export function put16(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 8;
  out[at + 1] = value;
  return at + 2;
}

/** Writes 32 bits; returns the position behind them. */
export function put32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}

/** Copies `from[start, end)`; returns the position behind the copy. A loop beats `set(subarray())` at these sizes. */
export function putBytes(out: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) out[at++] = from[i];
  return at;
}

/** Maximum octets shown of a value of unknown length. */
const SHOWN_OCTETS = 32;

/** As `toHex`, but shortens a long value: `0102… (4075 octets)`. A peer chooses the length. */
export function toShortHex(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_OCTETS) return toHex(bytes);
  return `${toHex(bytes, 0, SHOWN_OCTETS)}… (${bytes.length} octets)`;
}

/** Two digits per octet, no separators. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  for (let i = start; i < end; i++) text += bytes[i].toString(16).padStart(2, '0');
  return text;
}

/** The octets of hexadecimal text without separators, or null. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** As `02:00:5e:00:00:01`: MAC addresses, Ethernet segment identifiers. */
export function toColonHex(bytes: Uint8Array, start: number, end: number): string {
  return Array.from(bytes.subarray(start, end), (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/** The `count` octets of such text, or null. */
export function fromColonHex(text: string, count: number): Uint8Array | null {
  const octets = text.split(':');
  return octets.length === count && octets.every((octet) => octet.length === 2) ? fromHex(octets.join('')) : null;
}

/** The number of a decimal text without sign, blanks and leading zeros, from 0 to `max`; or null. */
export function fromDecimal(text: string, max: number): number | null {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) return null;
  const value = Number(text);
  return value <= max ? value : null;
}

/** One array of all parts. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether two byte strings are equal. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
