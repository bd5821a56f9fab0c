/**
 * How next hops are reached, by the kernel's own tables and rules: one run of `ip -batch` with a `route get` each.
 * A next hop that only a route of ours covers (a host may announce its own address) is looked up once more without
 * them: among the subnets of the interfaces, then among all routes of others.
 */
import type { Resolution, Via } from '../../fib/ports.ts';
import { parseVia } from '../../fib/targets.ts';
import { type Prefix, parseAddress, parsePrefix, prefixContains } from '../../lib/ip.ts';
import { askIp, type IpCommand, queryIp, queryIpDump } from './ip-command.ts';
import { gatewayOf, type IpHop, type IpRoute, prefixOf, type RouteHome } from './routes.ts';

/** Route types as `ip -N` prints them, and what they mean for a next hop. */
const UNUSABLE: Record<string, string> = {
  '2': 'it is an address of this host',
  '3': 'it is a broadcast address',
  '5': 'it is a multicast address',
  '6': 'a blackhole route covers it',
  '7': 'an unreachable route covers it',
  '8': 'a prohibit route covers it',
};
const NO_ROUTE = 'no route to it';
const ONLY_OURS = 'only BGP routes lead to it';

interface IpLink {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number; readonly address?: string }[];
}

/** A way that is not ours, with the prefix that it is for. */
interface Way {
  readonly prefix: Prefix;
  readonly hop: IpHop;
  readonly type: string;
}

export class Resolver {
  private readonly ip: IpCommand;
  private readonly home: RouteHome;

  constructor(ip: IpCommand, home: RouteHome) {
    this.ip = ip;
    this.home = home;
  }

  /** @throws Error when the kernel cannot be asked */
  async resolve(names: readonly string[]): Promise<readonly Resolution[]> {
    const vias = names.map(parseVia);
    const asked = vias.filter((via) => via.device === null);
    const answers = await this.ask(asked.map((via) => via.gateway));
    let next = 0;
    return vias.map((via) => (via.device === null ? answers[next++] : { kind: 'reachable', via }));
  }

  private async ask(addresses: readonly string[]): Promise<Resolution[]> {
    if (addresses.length === 0) return [];
    const lines = addresses.map((address) => `route get fibmatch ${address}`);
    const replies = await askIp(this.ip, ['-N', '-d', '-j'], lines);
    const covered = replies.map((reply) => reply.kind === 'object' && this.isOurs(reply.object as IpRoute));
    const others = covered.includes(true) ? await this.without(addresses.filter((_, i) => covered[i])) : new Map();
    return replies.map((reply, i) => {
      if (reply.kind === 'failed') return unreachable(reply.words.includes('unreachable') ? NO_ROUTE : reply.words);
      const row = reply.object as IpRoute;
      return covered[i] ? others.get(addresses[i]) : resolution(addresses[i], row.type ?? '1', row);
    });
  }

  private isOurs(row: IpRoute): boolean {
    return Number(row.protocol) === this.home.protocol;
  }

  /** Resolutions that leave our routes out. */
  private async without(addresses: readonly string[]): Promise<Map<string, Resolution>> {
    const connected = await this.connectedWays();
    const found = new Map<string, Resolution>();
    const rest: string[] = [];
    for (const address of addresses) {
      const way = longest(connected, address);
      if (way === undefined) rest.push(address);
      else found.set(address, resolution(address, way.type, way.hop));
    }
    if (rest.length === 0) return found;
    for (const flag of ['-4', '-6']) {
      const here = rest.filter((address) => address.includes(':') === (flag === '-6'));
      if (here.length > 0) await this.amongOthers(flag, here, found);
    }
    return found;
  }

  private async connectedWays(): Promise<Way[]> {
    const ways: Way[] = [];
    await queryIp(this.ip, ['-j', 'addr', 'show', 'up'], (object) => {
      const link = object as IpLink;
      for (const { local, prefixlen, address } of link.addr_info ?? []) {
        const prefix = parsePrefix(`${address ?? local}/${prefixlen}`);
        if (prefix !== null) ways.push({ prefix, hop: { dev: link.ifname }, type: '1' });
      }
    });
    return ways;
  }

  /** Keeps, of all routes that are not ours, the longest that covers each address. */
  private async amongOthers(flag: string, addresses: readonly string[], found: Map<string, Resolution>): Promise<void> {
    const targets = addresses.map((address) => ({ address, bytes: parseAddress(address) as Uint8Array }));
    const best = new Map<string, Way>();
    await queryIpDump(this.ip, [flag, '-N', '-d', '-j', 'route', 'show', 'table', `${this.home.table}`], (object) => {
      const row = object as IpRoute;
      const prefix = this.isOurs(row) ? null : parsePrefix(prefixOf(row.dst, flag));
      if (prefix === null) return;
      for (const { address, bytes } of targets) {
        if (!prefixContains(prefix, bytes) || (best.get(address)?.prefix.length ?? -1) >= prefix.length) continue;
        best.set(address, { prefix, hop: row.nexthops?.[0] ?? row, type: row.type ?? '1' });
      }
    });
    for (const { address } of targets) {
      const way = best.get(address);
      found.set(address, way === undefined ? unreachable(ONLY_OURS) : resolution(address, way.type, way.hop));
    }
  }
}

function longest(ways: readonly Way[], address: string): Way | undefined {
  const bytes = parseAddress(address) as Uint8Array;
  const covering = ways.filter((way) => way.prefix.length < bytes.length * 8 && prefixContains(way.prefix, bytes));
  return covering.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** The neighbour that packets to `address` are handed to, when a route of this type and hop covers it. */
function resolution(address: string, type: string, row: IpHop & { readonly nexthops?: readonly IpHop[] }): Resolution {
  if (type !== '1') return unreachable(UNUSABLE[type] ?? `a route of type ${type} covers it`);
  const hop = row.nexthops?.[0] ?? row;
  const via: Via = { gateway: gatewayOf(hop) ?? address, device: hop.dev ?? null };
  return { kind: 'reachable', via };
}

function unreachable(words: string): Resolution {
  return { kind: 'unreachable', words: `the next hop cannot be reached: ${words}` };
}
