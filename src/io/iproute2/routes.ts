/** Routes as `ip` reads and prints them. No I/O, no timers. */
import type { KernelRoute, RouteChange, Via } from '../../fib/ports.ts';
import { parseAddress, parsePrefix } from '../../lib/ip.ts';

/** Where our routes live. */
export interface RouteHome {
  readonly table: number;
  readonly protocol: number;
  /** 0: none for IPv4; the kernel makes 1024 of it for IPv6. */
  readonly metric: number;
}

/** What the kernel makes of an IPv6 route without a metric. */
const IPV6_DEFAULT_METRIC = 1024;
/** RTN_UNICAST, as `ip -N` prints it. */
const UNICAST = '1';

/** A row of `ip -N -j -d route show`: what of it we read. Numbers of names are text. */
export interface IpRoute {
  readonly dst: string;
  readonly type?: string;
  readonly gateway?: string;
  readonly via?: { readonly family: string; readonly host: string };
  readonly dev?: string;
  readonly metric?: number;
  readonly protocol?: string;
  readonly tos?: string;
  readonly nhid?: number;
  readonly nexthops?: readonly unknown[];
}

/** The batch line of a change; `verb` for one that sets. */
export function renderChange(change: RouteChange, home: RouteHome, verb: 'add' | 'replace'): string {
  if (change.kind === 'delete')
    return `route delete ${change.prefix} ${renderHome(home, change.metric ?? home.metric)}`;
  return `route ${verb} ${change.prefix} ${renderVia(change.via, change.prefix)} ${renderHome(home, home.metric)}`;
}

/** `via inet6` is said only where the next hop's family is not the route's (RFC 8950). */
export function renderVia(via: Via, prefix: string): string {
  const foreign = via.gateway.includes(':') && !prefix.includes(':');
  return `via ${foreign ? 'inet6 ' : ''}${via.gateway}${via.device === null ? '' : ` dev ${via.device}`}`;
}

function renderHome(home: RouteHome, metric: number): string {
  return `table ${home.table} proto ${home.protocol}${metric === 0 ? '' : ` metric ${metric}`}`;
}

/** A row as the plan knows it, or null for what is no route of that kind. */
export function toKernelRoute(route: IpRoute, familyFlag: string, home: RouteHome): KernelRoute | null {
  const prefix = parsePrefix(prefixOf(route, familyFlag));
  if (prefix === null) return null;
  return {
    ...prefix,
    metric: hasOurMetric(route, familyFlag, home) ? home.metric : (route.metric ?? 0),
    nextHop: nextHopOf(route),
  };
}

/** Whether the row stands where a route of ours with the same prefix would: the kernel's key is prefix, TOS, metric. */
export function hasOurMetric(route: IpRoute, familyFlag: string, home: RouteHome): boolean {
  const ours = home.metric === 0 && familyFlag === '-6' ? IPV6_DEFAULT_METRIC : home.metric;
  return (route.metric ?? 0) === ours && (route.tos === undefined || Number(route.tos) === 0);
}

/** `ip` leaves out the length of a host route, and says `default` for length 0. */
export function prefixOf(route: IpRoute, familyFlag: string): string {
  if (route.dst === 'default') return familyFlag === '-4' ? '0.0.0.0/0' : '::/0';
  if (route.dst.includes('/')) return route.dst;
  return `${route.dst}/${familyFlag === '-4' ? 32 : 128}`;
}

/** `10.0.0.1`, `fe80::1%eth1`, or null when the route has no single gateway. */
function nextHopOf(route: IpRoute): string | null {
  const gateway = route.gateway ?? route.via?.host;
  if (gateway === undefined || route.type !== UNICAST) return null;
  const address = parseAddress(gateway);
  const linkLocal = address !== null && address.length === 16 && address[0] === 0xfe && (address[1] & 0xc0) === 0x80;
  return linkLocal ? `${gateway}%${route.dev}` : gateway;
}

/** A row in the words of `ip`, for people. */
export function describeRoute(route: IpRoute): string {
  const gateway = route.gateway ?? route.via?.host;
  const parts = [
    route.dst,
    gateway === undefined ? '' : `via ${gateway}`,
    route.dev === undefined ? '' : `dev ${route.dev}`,
    `proto ${route.protocol ?? '?'}`,
    route.metric === undefined ? '' : `metric ${route.metric}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}
