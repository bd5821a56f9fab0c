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
