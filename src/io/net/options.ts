/**
 * The socket options for the connections of a peer, and the meaning of errors when they are set. The numbers are those
 * of Linux, the same on all architectures that Node.js supports there.
 */
import type { TransportSpec } from '../../spec/transport.ts';
import { errnoName, type Libc } from '../system/libc.ts';
import { tcpMd5Signature } from './sockaddr.ts';

export const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BINDTODEVICE = 25;
const IPPROTO_IP = 0;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_MINTTL = 21;
const IPPROTO_TCP = 6;
const TCP_MD5SIG = 14;
const TCP_USER_TIMEOUT = 18;
const TCP_SAVE_SYN = 27;
const TCP_SAVED_SYN = 28;
const TCP_MD5SIG_EXT = 32;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_TCLASS = 67;
const IPV6_MINHOPCOUNT = 73;

interface SocketOption {
  /** The purpose of the option. */
  readonly what: 'device' | 'password' | 'ttl' | 'min-ttl' | 'dscp' | 'user-timeout' | 'listen';
  readonly level: number;
  readonly option: number;
  readonly value: Uint8Array;
}

/** The defaults of the system. */
export const SYSTEM_TRANSPORT: TransportSpec = {
  password: null,
  ttl: null,
  minTtl: null,
  dscp: 0,
  bindDevice: null,
  userTimeoutMs: 0,
};

/** CS6, network control (RFC 4594 section 3.2). */
const DSCP_CS6 = 48;

/**
 * A listening socket: its SYN-ACK must pass the check of a peer with GTSM (RFC 5082 section 3), and is network control.
 * Accepted sockets inherit these options.
 */
export const LISTENING_TRANSPORT: TransportSpec = { ...SYSTEM_TRANSPORT, ttl: 255, dscp: DSCP_CS6 };

/** Whether a session is not allowed without the options; the others are optional. */
export function isEssential({ password, minTtl, bindDevice }: TransportSpec): boolean {
  return password !== null || minTtl !== null || bindDevice !== null;
}

/**
 * The options that change a socket from `current` to `wanted`, in the order in which they must be set.
 * @param address of the peer; for a listening socket the first address of the range
 */
function optionsFor(address: Uint8Array, wanted: TransportSpec, current: TransportSpec): SocketOption[] {
  const options: SocketOption[] = [];
  const isIpv4 = address.length === 4;
  const level = isIpv4 ? IPPROTO_IP : IPPROTO_IPV6;
  const add = (what: SocketOption['what'], of: number, option: number, value: Uint8Array): void => {
    options.push({ what, level: of, option, value });
  };
  if (wanted.bindDevice !== current.bindDevice) add('device', SOL_SOCKET, SO_BINDTODEVICE, name(wanted.bindDevice));
  const key = wanted.password?.key ?? null;
  const before = current.password?.key ?? null;
  if (key === null ? before !== null : before === null || !key.equals(before)) {
    options.push(keyOption(address, address.length * 8, key));
  }
  if (wanted.ttl !== current.ttl) add('ttl', level, isIpv4 ? IP_TTL : IPV6_UNICAST_HOPS, int(wanted.ttl ?? -1));
  if (wanted.minTtl !== current.minTtl) {
    add('min-ttl', level, isIpv4 ? IP_MINTTL : IPV6_MINHOPCOUNT, int(wanted.minTtl ?? 0));
  }
  if (wanted.dscp !== current.dscp) add('dscp', level, isIpv4 ? IP_TOS : IPV6_TCLASS, int(wanted.dscp << 2));
  if (wanted.userTimeoutMs !== current.userTimeoutMs) {
    add('user-timeout', IPPROTO_TCP, TCP_USER_TIMEOUT, int(wanted.userTimeoutMs));
  }
  return options;
}

/** Sets (with null: removes) the key of all addresses of a prefix; the longest prefix wins. */
export function keyOption(
  address: Uint8Array,
  length: number,
  key: Parameters<typeof tcpMd5Signature>[2],
): SocketOption {
  // Kernels before 4.13 support keys of single addresses only.
  const isHost = length === address.length * 8;
  return {
    what: 'password',
    level: IPPROTO_TCP,
    option: isHost ? TCP_MD5SIG : TCP_MD5SIG_EXT,
    value: tcpMd5Signature(address, isHost ? null : length, key),
  };
}

/** The options that a socket must have before it is bound to listen. */
export function listenOptions(address: Uint8Array): SocketOption[] {
  const reuse: SocketOption = { what: 'listen', level: SOL_SOCKET, option: SO_REUSEADDR, value: int(1) };
  if (address.length === 4) return [reuse];
  // IPv4 uses separate sockets.
  return [reuse, { what: 'listen', level: IPPROTO_IPV6, option: IPV6_V6ONLY, value: int(1) }];
}

/** Optional settings of a listening socket: the SYN saved for `synTtl`, and the TTL and DSCP that peers expect. */
export function listenWishes(address: Uint8Array): SocketOption[] {
  const saveSyn: SocketOption = { what: 'listen', level: IPPROTO_TCP, option: TCP_SAVE_SYN, value: int(1) };
  return [saveSyn, ...optionsFor(address, LISTENING_TRANSPORT, SYSTEM_TRANSPORT)];
}

/** Sets the options one after the other; returns the first that failed, with its errno, or null. */
export function setOptions(
  libc: Libc,
  fd: number,
  options: readonly SocketOption[],
): { readonly option: SocketOption; readonly errno: number } | null {
  for (const option of options) {
    const result = libc.setsockopt(fd, option.level, option.option, option.value);
    if (result < 0) return { option, errno: -result };
  }
  return null;
}

/** Sets the options of a connection; returns why that failed, in words, or null. */
export function applyTransport(
  libc: Libc,
  fd: number,
  address: Uint8Array,
  wanted: TransportSpec,
  current: TransportSpec,
): string | null {
  const refused = setOptions(libc, fd, optionsFor(address, wanted, current));
  return refused === null ? null : describeRefused(refused.option.what, refused.errno, wanted);
}

/** Maximum bytes of the IP and TCP headers of a SYN, with all options. */
const SYN_BYTES = 160;
/** Offset of the TTL in the IPv4 header, and of the hop limit in the IPv6 header. */
const TTL_AT = 8;
const HOP_LIMIT_AT = 7;

/** TTL of the SYN of an accepted connection; null: the kernel did not save the SYN (it answered with a SYN cookie). */
export function synTtl(libc: Libc, fd: number): number | null {
  const headers = new Uint8Array(SYN_BYTES);
  const length = libc.getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, headers);
  if (length <= TTL_AT) return null;
  return headers[headers[0]! >> 4 === 4 ? TTL_AT : HOP_LIMIT_AT]!;
}

/** The meaning and the remedy of an error when setting an option. */
export function describeRefused(what: SocketOption['what'], errno: number, { bindDevice }: TransportSpec): string {
  const code = errnoName(errno);
  const remedy = REMEDIES[what]?.[code] ?? 'the system refuses it';
  const subject = what === 'device' ? `\`bind-device\` ${bindDevice}` : SUBJECTS[what];
  return `${subject} cannot be set: ${remedy} (${code})`;
}

const SUBJECTS: Readonly<Record<SocketOption['what'], string>> = {
  device: '`bind-device`',
  password: 'the TCP MD5 key (`password`)',
  ttl: 'the TTL (`multihop`, `ttl-security`)',
  'min-ttl': 'the minimum TTL (`ttl-security`)',
  dscp: 'the DSCP (`dscp`)',
  'user-timeout': '`tcp-user-timeout`',
  listen: 'the options of a listening socket',
};

const NO_MD5 = 'this kernel has no TCP MD5 (CONFIG_TCP_MD5SIG), or, for a range, is older than 4.13';

const REMEDIES: Readonly<Partial<Record<SocketOption['what'], Readonly<Record<string, string>>>>> = {
  password: {
    ENOMEM: 'the kernel has no memory for more keys of a socket: raise net.core.optmem_max (sysctl), then reload',
    ENOPROTOOPT: NO_MD5,
    EINVAL: NO_MD5,
    EPERM: 'the daemon needs the capability CAP_NET_ADMIN',
  },
  device: {
    ENODEV: 'there is no interface of this name',
    EPERM: 'the daemon needs the capability CAP_NET_RAW on kernels before 5.7',
  },
};

function int(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

/** Name of an interface with its NUL; an empty name removes the binding. */
function name(device: string | null): Uint8Array {
  return new TextEncoder().encode(`${device ?? ''}\0`);
}
