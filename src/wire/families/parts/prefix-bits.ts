/** Prefixes as NLRI carry them: a length in bits, then as many octets as it needs (RFC 4760 5). */
import { formatAddress, parsePrefix } from '../../../lib/ip.ts';

/** Octets that `bits` need. */
export function octetsOf(bits: number): number {
  return (bits + 7) >> 3;
}

/** Copies the `bits` at `from[start]`, with the bits behind them zero; returns the position behind the copy. */
export function putBits(out: Uint8Array, at: number, from: Uint8Array, start: number, bits: number): number {
  const end = at + octetsOf(bits);
  for (let i = at; i < end; i++) out[i] = from[start + i - at];
  if ((bits & 7) !== 0) out[end - 1] &= 0xff00 >> (bits & 7);
  return end;
}

/** Text of the prefix of `bits` at `bytes[at]`, in an address of `width` octets. */
export function formatBits(bytes: Uint8Array, at: number, bits: number, width: number): string {
  const address = new Uint8Array(width);
  putBits(address, 0, bytes, at, bits);
  return `${formatAddress(address)}/${bits}`;
}

/** The length in bits and the octets of a prefix of addresses of `width` octets, or null. */
export function parseBits(text: string, width: number): Uint8Array | null {
  const prefix = parsePrefix(text);
  if (prefix === null || prefix.address.length !== width) return null;
  return Uint8Array.of(prefix.length, ...prefix.address.subarray(0, octetsOf(prefix.length)));
}
