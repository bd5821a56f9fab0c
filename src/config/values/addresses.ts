/** Addresses in the configuration. */
import { isLinkLocal, parseAddress } from '../../lib/ip.ts';

/** An address and a TCP port. */
export interface Endpoint {
  readonly address: Uint8Array;
  readonly port: number;
}

/** The parts of `127.0.0.1:9179` or `[::1]:9179`, or null. */
export function parseEndpoint(text: string): Endpoint | null {
  const parts = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text);
  if (parts === null) return null;
  const address = parseAddress(parts[1] ?? parts[2]!);
  const port = Number(parts[3]);
  if (address === null || port < 1 || port > 65_535) return null;
  const bracketed = parts[1] !== undefined;
  return bracketed === (address.length === 16) ? { address, port } : null;
}

/** Whether a TCP session with the address is possible: a unicast address that is not link-local. */
export function isHostAddress(address: Uint8Array | null): boolean {
  if (address === null || isUnspecified(address)) return false;
  if (address.length === 4) return address[0] !== 0 && !isIpv4Group(address);
  return address[0] !== 0xff && !isLinkLocal(address) && !isMapped(address);
}

/** Multicast or the broadcast address. */
function isIpv4Group(address: Uint8Array): boolean {
  return (address[0]! & 0xf0) === 0xe0 || address.every((byte) => byte === 255);
}

/** 0.0.0.0 or ::. */
export function isUnspecified(address: Uint8Array): boolean {
  return address.every((byte) => byte === 0);
}

/** An IPv4-mapped IPv6 address: ::ffff:192.0.2.1. */
export function isMapped(address: Uint8Array): boolean {
  return address.length === 16 && address.every((byte, at) => at >= 12 || byte === (at >= 10 ? 0xff : 0));
}

/** `IPv4` or `IPv6`. */
export function versionOf(address: Uint8Array): 'IPv4' | 'IPv6' {
  return address.length === 4 ? 'IPv4' : 'IPv6';
}
