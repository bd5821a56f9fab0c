/** Socket addresses as Node shows them, and as the engine keeps them. No I/O. */
import { formatAddress, parseAddress } from '../../lib/ip.ts';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Bytes of a socket's address text: 4 for IPv4 and for IPv4-mapped IPv6 (`::ffff:192.0.2.1`), 16 for IPv6, a zone
 * (`%eth0`) dropped. Null when the socket has none, as after a reset that came before it was accepted.
 */
export function socketAddressBytes(text: string | undefined): Uint8Array | null {
  if (text === undefined) return null;
  const zone = text.indexOf('%');
  const bare = zone < 0 ? text : text.slice(0, zone);
  return parseAddress(MAPPED.exec(bare)?.[1] ?? bare);
}

/** An endpoint for people: `192.0.2.1:179`, `[2001:db8::1]:179`. */
export function formatEndpoint(address: Uint8Array, port: number): string {
  const text = formatAddress(address);
  return address.length === 16 ? `[${text}]:${port}` : `${text}:${port}`;
}
