/** Sends Router Advertisements and Solicitations: one raw ICMPv6 socket for all interfaces, which receives nothing. */
import { parseAddress } from '../../lib/ip.ts';
import { AF_INET6, SOCKET_RAW, socketAddress } from '../net/sockaddr.ts';
import { errnoName, type Libc, libc, whyNoLibc } from '../system/libc.ts';
import { ALL_NODES, ALL_ROUTERS, routerAdvertisement, routerSolicitation } from './packets.ts';

const IPPROTO_IPV6 = 41;
const IPPROTO_ICMPV6 = 58;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const ICMP6_FILTER = 1;
/** A bit for each message type that is not received. */
const NOTHING = new Uint8Array(32).fill(0xff);
/** Receivers accept no other: the packet was not forwarded by a router (RFC 4861 6.1). */
const HOP_LIMIT = new Uint8Array(new Int32Array([255]).buffer);
const OFF = new Uint8Array(new Int32Array([0]).buffer);

/** The data of an interface that packets need. */
export interface Outlet {
  readonly name: string;
  readonly index: number;
  readonly mac: Uint8Array | null;
}

export class Advertiser {
  private fd = -1;

  /** Sends a Router Advertisement. Returns why that failed, in words for the operator; null: it was sent. */
  advertise({ name, index, mac }: Outlet): string | null {
    return this.send(routerAdvertisement(mac), ALL_NODES, name, index);
  }

  /** Sends a Router Solicitation; the answers appear in the neighbor table of the kernel. */
  solicit({ name, index, mac }: Outlet): string | null {
    return this.send(routerSolicitation(mac), ALL_ROUTERS, name, index);
  }

  close(): void {
    if (this.fd >= 0) libc()?.close(this.fd);
    this.fd = -1;
  }

  private send(message: Uint8Array, group: string, name: string, index: number): string | null {
    const calls = libc();
    if (calls === null) return `Router Advertisements cannot be sent: ${whyNoLibc()}`;
    if (this.fd < 0) {
      const problem = this.open(calls);
      if (problem !== null) return problem;
    }
    const sent = calls.sendto(this.fd, message, socketAddress(parseAddress(group)!, 0, index));
    return sent < 0 ? describe(errnoName(-sent), name) : null;
  }

  private open(calls: Libc): string | null {
    const fd = calls.socket(AF_INET6, SOCKET_RAW, IPPROTO_ICMPV6);
    if (fd < 0) return describe(errnoName(-fd), '');
    calls.setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, NOTHING);
    calls.setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, OFF);
    const limited = calls.setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, HOP_LIMIT);
    if (limited < 0) {
      calls.close(fd);
      return describe(errnoName(-limited), '');
    }
    this.fd = fd;
    return null;
  }
}

function describe(code: string, name: string): string {
  const remedy = REMEDIES[code]?.(name) ?? 'the system refuses them';
  return `Router Advertisements cannot be sent: ${remedy} (${code})`;
}

const NO_ADDRESS = (name: string) =>
  `${name} has no usable link-local address yet, or IPv6 is disabled (net.ipv6.conf.${name}.disable_ipv6)`;

const REMEDIES: Readonly<Record<string, (name: string) => string>> = {
  EPERM: () => 'the daemon needs the capability CAP_NET_RAW',
  EACCES: () => 'the daemon needs the capability CAP_NET_RAW',
  EAFNOSUPPORT: () => 'this host has no IPv6',
  EADDRNOTAVAIL: NO_ADDRESS,
  ENETUNREACH: NO_ADDRESS,
};
