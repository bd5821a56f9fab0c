/**
 * Structures of the socket calls. Numbers are in host byte order, except ports and addresses, which are in network byte
 * order.
 */
import type { Secret } from '../../lib/secret.ts';

const AF_INET = 2;
export const AF_INET6 = 10;

/** SOCK_STREAM with SOCK_NONBLOCK and SOCK_CLOEXEC. */
export const SOCKET_STREAM = 1 | 0o4000 | 0o2000000;
/** SOCK_DGRAM and SOCK_RAW with the same. */
export const SOCKET_DATAGRAM = 2 | 0o4000 | 0o2000000;
export const SOCKET_RAW = 3 | 0o4000 | 0o2000000;

const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;
const SOCKADDR_STORAGE_BYTES = 128;

/** AF_INET or AF_INET6 of an address of 4 or 16 bytes. */
export function familyOf(address: Uint8Array): number {
  return address.length === 4 ? AF_INET : AF_INET6;
}

/**
 * `struct sockaddr_in`: family 2, port 2, address 4, padding 8 bytes; or `struct sockaddr_in6`: family 2, port 2, flow
 * information 4, address 16, scope 4 bytes.
 * @param scope interface index of a link-local or multicast address; 0: none
 */
export function socketAddress(address: Uint8Array, port: number, scope = 0): Uint8Array {
  const isIpv4 = address.length === 4;
  const bytes = new Uint8Array(isIpv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  new Uint16Array(bytes.buffer)[0] = familyOf(address);
  new DataView(bytes.buffer).setUint16(2, port);
  bytes.set(address, isIpv4 ? 4 : 8);
  if (!isIpv4) new Uint32Array(bytes.buffer)[6] = scope;
  return bytes;
}

/** Maximum length of a key (TCP_MD5SIG_MAXKEYLEN). */
const MAX_KEY_BYTES = 80;

const TCP_MD5SIG_FLAG_PREFIX = 1;
const FLAGS_AT = SOCKADDR_STORAGE_BYTES;
const PREFIX_LENGTH_AT = 129;
const KEY_LENGTH_AT = 130;
const KEY_AT = 136;

/**
 * `struct tcp_md5sig`: address 128 (a `sockaddr_storage`), flags 1, prefix length 1, key length 2, interface 4, key 80
 * bytes. Without a key it removes the key of the prefix.
 * @param length of the prefix, or null for the address alone
 */
export function tcpMd5Signature(address: Uint8Array, length: number | null, key: Secret | null): Uint8Array {
  const bytes = new Uint8Array(KEY_AT + MAX_KEY_BYTES);
  bytes.set(socketAddress(address, 0));
  if (length !== null) {
    bytes[FLAGS_AT] = TCP_MD5SIG_FLAG_PREFIX;
    bytes[PREFIX_LENGTH_AT] = length;
  }
  if (key !== null) {
    new Uint16Array(bytes.buffer)[KEY_LENGTH_AT / 2] = key.length;
    bytes.set(key.reveal(), KEY_AT);
  }
  return bytes;
}
