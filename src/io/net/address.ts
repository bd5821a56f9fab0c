/** Converts socket addresses between the text of Node and the bytes of the engine. */
import { formatAddress, parseAddress } from '../../lib/ip.ts';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Bytes of a socket's address text: 4 for IPv4 and for IPv4-mapped IPv6 (`::ffff:192.0.2.1`), 16 for IPv6, a zone
 * (`%eth0`) dropped. Null if the socket has none, for example after a reset before it was accepted.
 */
export function socketAddressBytes(text: string | undefined): Uint8Array | null {
  if (text === undefined) return null;
  const zone = text.indexOf('%');
  const bare = zone < 0 ? text : text.slice(0, zone);
  return parseAddress(MAPPED.exec(bare)?.[1] ?? bare);
}

/** The zone of a link-local address: `eth0` of `fe80::1%eth0`; null: it has none. */
export function zoneOf(text: string | undefined): string | null {
  const zone = text?.indexOf('%') ?? -1;
  return text === undefined || zone < 0 ? null : text.slice(zone + 1);
}

/** An endpoint for people: `192.0.2.1:179`, `[2001:db8::1]:179`. */
export function formatEndpoint(address: Uint8Array, port: number): string {
  const text = formatAddress(address);
  return address.length === 16 ? `[${text}]:${port}` : `${text}:${port}`;
}
