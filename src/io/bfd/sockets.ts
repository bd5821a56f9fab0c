/**
 * UDP sockets for BFD: one receiving socket per local address (RFC 5881 4, RFC 5883 3), and one sending socket per
 * session, because the source port identifies the session. libc creates them; Node reads from them, and closes them
 * with their thread.
 */
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { isLinkLocal } from '../../lib/ip.ts';
import { endName } from '../../spec/peer-name.ts';
import { familyOf, SOCKET_DATAGRAM, socketAddress } from '../net/sockaddr.ts';
import { errnoName, type Libc } from '../system/libc.ts';
import { ttlFilter } from './ttl-filter.ts';

/** UDP ports of control packets. */
const SINGLE_HOP_PORT = 3784;
const MULTIHOP_PORT = 4784;
/** RFC 5881 4: "The source port MUST be in the range 49152 through 65535." */
const FIRST_SOURCE_PORT = 49_152;
const SOURCE_PORTS = 16_384;
/** Buffer for the packets of some hundred sessions while the thread is delayed for a second. */
const RECEIVE_BYTES = 8 << 20;

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_TOS = 1;
const IP_TTL = 2;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_TCLASS = 67;
/** RFC 5881 5. */
const TTL = 255;
/** CS6, network control (RFC 4594 3.2), as the byte of the header. */
const TRAFFIC_CLASS = 48 << 2;

/** The local end that a socket is bound to. */
export interface Bound {
  readonly address: Uint8Array;
  /** The interface (or VRF) for packets, and the zone of a link-local address. null: any. */
  readonly interfaceName: string | null;
}

/** An open socket, or the name of the error (EADDRINUSE, EADDRNOTAVAIL, ENODEV, ...). */
type Opened<Kind> = Kind | string;

export interface Receiver {
  readonly fd: number;
  readonly socket: Socket;
}

/** A socket that receives control packets for a local address. `onMessage` gets each, with its source address. */
export function openReceiver(
  libc: Libc,
  { address, interfaceName }: Bound,
  multihop: boolean,
  minTtl: number,
  onMessage: (bytes: Uint8Array, from: string) => void,
): Opened<Receiver> {
  const scope = scopeOf(address, interfaceName);
  if (scope === null) return 'ENODEV';
  const fd = libc.socket(familyOf(address), SOCKET_DATAGRAM, 0);
  if (fd < 0) return errnoName(-fd);
  // Before it is bound, so that the filter applies to every packet.
  const filtered = Math.min(setMinTtl(libc, fd, address, minTtl), setDevice(libc, fd, interfaceName));
  if (libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, int(RECEIVE_BYTES)) < 0) {
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, int(RECEIVE_BYTES));
  }
  const port = multihop ? MULTIHOP_PORT : SINGLE_HOP_PORT;
  const result = filtered < 0 ? filtered : libc.bind(fd, socketAddress(address, port, scope));
  if (result < 0) {
    libc.close(fd);
    return errnoName(-result);
  }
  const socket = wrap(fd, address);
  socket.on('message', (bytes, { address: from }) => onMessage(bytes, from));
  return { fd, socket };
}

/** Drops packets with a lower TTL from now on. Returns 0, or a negative errno. */
export function setMinTtl(libc: Libc, fd: number, address: Uint8Array, least: number): number {
  return libc.attachFilter(fd, ttlFilter(address.length === 16, least));
}

/** A socket that sends control packets from a local address. */
export class Sender {
  private readonly libc: Libc;
  private readonly fd: number;
  private readonly socket: Socket;
  private readonly target: Uint8Array;

  constructor(libc: Libc, fd: number, target: Uint8Array, local: Uint8Array) {
    this.libc = libc;
    this.fd = fd;
    this.target = target;
    this.socket = wrap(fd, local);
  }

  /** Errors are ignored: the packet counts as lost. */
  send(bytes: Uint8Array): void {
    this.libc.sendto(this.fd, bytes, this.target);
  }

  close(): void {
    this.socket.close();
  }
}

/** @param random in [0, 1): selects the port that is tried first */
export function openSender(
  libc: Libc,
  { address, interfaceName }: Bound,
  remote: Uint8Array,
  multihop: boolean,
  random: number,
): Opened<Sender> {
  const scope = scopeOf(address, interfaceName);
  if (scope === null) return 'ENODEV';
  const fd = libc.socket(familyOf(address), SOCKET_DATAGRAM, 0);
  if (fd < 0) return errnoName(-fd);
  const onDevice = setDevice(libc, fd, interfaceName);
  const result = onDevice < 0 ? onDevice : bindSender(libc, fd, address, scope, Math.floor(random * SOURCE_PORTS));
  if (result < 0) {
    libc.close(fd);
    return errnoName(-result);
  }
  const target = socketAddress(remote, multihop ? MULTIHOP_PORT : SINGLE_HOP_PORT, scope);
  return new Sender(libc, fd, target, address);
}

/** Binds to the first free port. */
function bindSender(libc: Libc, fd: number, address: Uint8Array, scope: number, first: number): number {
  const ipv6 = address.length === 16;
  const level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  const limited = libc.setsockopt(fd, level, ipv6 ? IPV6_UNICAST_HOPS : IP_TTL, int(TTL));
  if (limited < 0) return limited;
  libc.setsockopt(fd, level, ipv6 ? IPV6_TCLASS : IP_TOS, int(TRAFFIC_CLASS));
  let result = 0;
  for (let i = 0; i < SOURCE_PORTS; i++) {
    const port = FIRST_SOURCE_PORT + ((first + i) % SOURCE_PORTS);
    result = libc.bind(fd, socketAddress(address, port, scope));
    if (result === 0 || errnoName(-result) !== 'EADDRINUSE') return result;
  }
  return result;
}

/** Binds the socket to this interface. Returns 0, or a negative errno. */
function setDevice(libc: Libc, fd: number, name: string | null): number {
  if (name === null) return 0;
  return libc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${name}\0`));
}

/** A Node socket over the descriptor. */
function wrap(fd: number, address: Uint8Array): Socket {
  const socket = createSocket(address.length === 16 ? 'udp6' : 'udp4');
  // An ICMP error concerns one packet; BFD itself detects whether the path works.
  socket.on('error', () => {});
  socket.bind({ fd });
  return socket;
}

/** Interface index of a link-local address, 0 for others; null: no such interface, or it has no link-local address. */
function scopeOf(address: Uint8Array, interfaceName: string | null): number | null {
  if (!isLinkLocal(address)) return 0;
  const there = networkInterfaces()[interfaceName ?? ''] ?? [];
  for (const one of there) if (one.family === 'IPv6' && one.scopeid !== 0) return one.scopeid;
  return null;
}

function int(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

/**
 * Why the sockets of a session cannot be opened, for the operator.
 * @param code an errno name
 */
export function describeProblem(code: string, { address, interfaceName }: Bound, multihop: boolean): string {
  const where = `${endName(address, interfaceName)} port ${multihop ? MULTIHOP_PORT : SINGLE_HOP_PORT}`;
  return `no BFD packets can be received at ${where}: ${REASONS[code] ?? 'the system refuses it'} (${code})`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another program uses it, such as bfdd of FRR or a BFD protocol of BIRD (see: ss -ulnp); only one BFD daemon can run here',
  EADDRNOTAVAIL: 'this host does not have the address any more',
  ENODEV: 'the interface does not exist',
  EMFILE: 'the limit of open files is reached: raise LimitNOFILE= in systemd, or ulimit -n',
  EPERM: 'the daemon has no permission',
  EACCES: 'the daemon has no permission',
};
