/** Where the address is in the octets of a next hop: behind a route distinguisher, or before a second address. */
import { formatAddress } from '../../lib/ip.ts';
import { toHex } from '../../wire/bytes.ts';

/** Octets of the address of a next hop of this length, the first one if it has two; 0: we know no address in it. */
export function addressOctets(length: number): number {
  if (length === 4 || length === 12) return 4;
  return length === 16 || length === 24 || length === 32 || length === 48 ? 16 : 0;
}

/** Octets of the route distinguisher that precedes the address. */
export function rdOctets(length: number): number {
  return length === 12 || length === 24 || length === 48 ? 8 : 0;
}

/** RFC 2545 3: of a global and a link-local address the global one is used, unless it is unspecified. */
export function addressAt(bytes: Uint8Array, start: number, length: number): number {
  if (length !== 32) return start + rdOctets(length);
  for (let i = start; i < start + 16; i++) if (bytes[i] !== 0) return start;
  return start + 16;
}

/** Text of the address that packets are sent to; octets that are no address in hexadecimal. */
export function nextHopText(bytes: Uint8Array, start: number, length: number): string {
  if (length === 0) return 'none';
  const octets = addressOctets(length);
  if (octets === 0) return `0x${toHex(bytes, start, start + length)}`;
  const at = addressAt(bytes, start, length);
  return formatAddress(bytes, at, at + octets);
}
