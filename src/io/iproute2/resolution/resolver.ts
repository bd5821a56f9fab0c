/**
 * Resolves next hops with the tables and rules of the kernel: one run of `ip -batch` with a `route get` for each. For
 * the table of a VRF the lookup is in that VRF. A next hop that only our own route covers (a host may advertise its own
 * address) is resolved again without our routes, by `OtherWays`. A next hop with an interface name, or one that is
 * configured as on-link, is reachable while that interface is up.
 */
import type { Resolution } from '../../../fib/port/ports.ts';
import { parseVia } from '../../../fib/port/targets.ts';
import { isIpv4Mapped, type Prefix, parseAddress, prefixContains } from '../../../lib/ip.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../../wire/families.ts';
import { askIp, type IpCommand, type IpReply } from '../ip/ip-command.ts';
import { homeOf, type IpRoute, type RouteHome, type RouteHomes } from '../ip/routes.ts';
import { readLinks, vrfOf } from './links.ts';
import { OtherWays } from './other-ways.ts';
import { NO_ROUTE, resolution, unreachable } from './resolution.ts';

/** Next hops that are on-link on an interface, whatever the routes say. */
export interface OnLink {
  readonly prefix: Prefix;
  readonly device: string;
}

const MAPPED =
  'it is an IPv4-mapped IPv6 address, which cannot receive IPv6 packets: the peer needs an IPv6 address as next hop';

/** A next hop on an interface that is known by name. */
interface Named {
  readonly gateway: string;
  readonly device: string;
  readonly onlink?: true;
}

export class Resolver {
  private readonly ip: IpCommand;
  private readonly homes: RouteHomes;
  private readonly onlink: readonly OnLink[];

  constructor(ip: IpCommand, homes: RouteHomes, onlink: readonly OnLink[] = []) {
    this.ip = ip;
    this.homes = homes;
    this.onlink = onlink;
  }

  /** @throws Error if the kernel cannot be queried */
  async resolve(names: readonly string[]): Promise<readonly Resolution[]> {
    const named = names.map((name) => this.named(name));
    const links = named.some((one) => one !== null) ? await readLinks(this.ip) : new Map<string, boolean>();
    const routed = [...new Set(names.filter((_, i) => named[i] === null).map(routedAddress))].filter(
      (address) => !isMapped(address),
    );
    const answers = await this.byRoutes(routed);
    return names.map((name, i) => {
      const one = named[i];
      if (one !== null) return onLink(one, links);
      const address = routedAddress(name);
      if (isMapped(address)) return unreachable(MAPPED);
      const answer = answers.get(address) as Resolution;
      return name === address ? answer : besides(parseVia(name).gateway, address, answer);
    });
  }

  /** The next hop with its interface, if the name is known. */
  private named(name: string): Named | null {
    const { gateway, device } = parseVia(name.replace(/@.*%/, '%'));
    if (device !== null) return { gateway, device };
    const bytes = parseAddress(name);
    const entry = bytes === null ? undefined : this.onlink.find(({ prefix }) => prefixContains(prefix, bytes));
    return entry === undefined ? null : { gateway, device: entry.device, onlink: true };
  }

  private async byRoutes(addresses: readonly string[]): Promise<Map<string, Resolution>> {
    const answers = new Map<string, Resolution>();
    for (const family of [IPV4_UNICAST, IPV6_UNICAST]) {
      const here = addresses.filter((address) => address.includes(':') === (family === IPV6_UNICAST));
      if (here.length > 0) await this.ask(here, homeOf(this.homes, family), answers);
    }
    return answers;
  }

  private async ask(addresses: readonly string[], home: RouteHome, into: Map<string, Resolution>): Promise<void> {
    const vrf = await vrfOf(this.ip, home.table);
    const lines = addresses.map((address) => `route get fibmatch ${address}${vrf === null ? '' : ` vrf ${vrf}`}`);
    const replies = await askIp(this.ip, ['-N', '-d', '-j'], lines);
    const covered = addresses.filter((_, i) => isOurs(replies[i], home));
    const others = await new OtherWays(this.ip, home, vrf).resolve(covered);
    for (const [i, address] of addresses.entries()) {
      into.set(address, others.get(address) ?? answerOf(address, replies[i]));
    }
  }
}

/** An IPv4-mapped IPv6 address: daemons with an IPv4 session and without an IPv6 address send it. */
function isMapped(address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && bytes.length === 16 && isIpv4Mapped(bytes);
}

function isOurs(reply: IpReply, home: RouteHome): boolean {
  return reply.kind === 'object' && Number((reply.object as IpRoute).protocol) === home.protocol;
}

function answerOf(address: string, reply: IpReply): Resolution {
  if (reply.kind === 'failed') return unreachable(reply.words.includes('unreachable') ? NO_ROUTE : reply.words);
  const row = reply.object as IpRoute;
  return resolution(address, row.type ?? '1', row);
}

/** For `fe80::1@192.0.2.9` the address 192.0.2.9 is resolved; any other name is resolved itself. */
function routedAddress(name: string): string {
  return name.slice(name.indexOf('@') + 1);
}

/** A link-local next hop is on the interface of the peer that advertised it. */
function besides(gateway: string, peer: string, answer: Resolution): Resolution {
  if (answer.kind === 'unreachable') return answer;
  const { device } = answer.via;
  if (answer.via.gateway === peer && device !== null) return { kind: 'reachable', via: { gateway, device }, cost: 0 };
  return unreachable(`it is link-local, and the peer ${peer} is not directly connected`);
}

function onLink(via: Named, links: ReadonlyMap<string, boolean>): Resolution {
  const up = links.get(via.device);
  if (up === true) return { kind: 'reachable', via, cost: 0 };
  return unreachable(up === undefined ? `there is no interface ${via.device}` : `${via.device} is down`);
}
