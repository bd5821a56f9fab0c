/** Resolves next hops over routes other than ours: first the subnets of the interfaces, then all other routes. */
import type { Resolution } from '../../../fib/port/ports.ts';
import { type Prefix, parseAddress, parsePrefix, prefixContains } from '../../../lib/ip.ts';
import { type IpCommand, queryIp, queryIpDump } from '../ip/ip-command.ts';
import { type IpHop, type IpRoute, prefixOf, type RouteHome } from '../ip/routes.ts';
import { resolution, unreachable } from './resolution.ts';

const ONLY_OURS = 'only BGP routes lead to it';

interface IpLink {
  readonly ifname: string;
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number; readonly address?: string }[];
}

/** A route that is not ours, with its prefix. */
interface Way {
  readonly prefix: Prefix;
  readonly hop: IpHop & { readonly metric?: number };
  readonly type: string;
}

export class OtherWays {
  private readonly ip: IpCommand;
  private readonly home: RouteHome;
  private readonly vrf: string | null;

  /** @param vrf only the interfaces of this VRF count; null: all interfaces */
  constructor(ip: IpCommand, home: RouteHome, vrf: string | null) {
    this.ip = ip;
    this.home = home;
    this.vrf = vrf;
  }

  /**
   * Resolves addresses of one family.
   * @throws Error if the kernel cannot be queried
   */
  async resolve(addresses: readonly string[]): Promise<Map<string, Resolution>> {
    const found = new Map<string, Resolution>();
    if (addresses.length === 0) return found;
    const connected = await this.connectedWays();
    const rest: string[] = [];
    for (const address of addresses) {
      const way = longest(connected, address);
      if (way === undefined) rest.push(address);
      else found.set(address, resolution(address, way.type, way.hop));
    }
    if (rest.length > 0) await this.amongOthers(rest[0].includes(':') ? '-6' : '-4', rest, found);
    return found;
  }

  private async connectedWays(): Promise<Way[]> {
    const ways: Way[] = [];
    const filter = this.vrf === null ? [] : ['vrf', this.vrf];
    await queryIp(this.ip, ['-j', 'addr', 'show', 'up', ...filter], (object) => {
      const link = object as IpLink;
      for (const { local, prefixlen, address } of link.addr_info ?? []) {
        const prefix = parsePrefix(`${address ?? local}/${prefixlen}`);
        if (prefix !== null) ways.push({ prefix, hop: { dev: link.ifname }, type: '1' });
      }
    });
    return ways;
  }

  /** Longest prefix match over all routes that are not ours; of equal prefixes, the lowest metric. */
  private async amongOthers(flag: string, addresses: readonly string[], found: Map<string, Resolution>): Promise<void> {
    const targets = addresses.map((address) => ({ address, bytes: parseAddress(address) as Uint8Array }));
    const best = new Map<string, Way>();
    await queryIpDump(this.ip, [flag, '-N', '-d', '-j', 'route', 'show', 'table', `${this.home.table}`], (object) => {
      const row = object as IpRoute;
      const prefix = this.isOurs(row) ? null : parsePrefix(prefixOf(row.dst, flag));
      if (prefix === null) return;
      for (const { address, bytes } of targets) {
        if (!prefixContains(prefix, bytes)) continue;
        const hop = { ...(row.nexthops?.[0] ?? row), metric: row.metric ?? 0 };
        const way = { prefix, hop, type: row.type ?? '1' };
        if (isCloser(way, best.get(address))) best.set(address, way);
      }
    });
    for (const { address } of targets) {
      const way = best.get(address);
      found.set(address, way === undefined ? unreachable(ONLY_OURS) : resolution(address, way.type, way.hop));
    }
  }

  private isOurs(row: IpRoute): boolean {
    return Number(row.protocol) === this.home.protocol;
  }
}

function isCloser(way: Way, than: Way | undefined): boolean {
  if (than === undefined || way.prefix.length !== than.prefix.length)
    return way.prefix.length > (than?.prefix.length ?? -1);
  return (way.hop.metric ?? 0) < (than.hop.metric ?? 0);
}

function longest(ways: readonly Way[], address: string): Way | undefined {
  const bytes = parseAddress(address) as Uint8Array;
  const covering = ways.filter((way) => way.prefix.length < bytes.length * 8 && prefixContains(way.prefix, bytes));
  return covering.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}
