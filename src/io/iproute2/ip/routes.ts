/** Renders and parses routes in the syntax of `ip`. */
import type { KernelRoute, RouteChange, Target, Via } from '../../../fib/port/ports.ts';
import { parsePrefix } from '../../../lib/ip.ts';
import type { Discard } from '../../../spec/fib.ts';
import type { FamilyId } from '../../../wire/families.ts';

/** Table, protocol, metric and source address of our routes of a family. */
export interface RouteHome {
  readonly table: number;
  readonly protocol: number;
  /** 0: none for IPv4; the kernel makes 1024 of it for IPv6. */
  readonly metric: number;
  /** Source address of packets from this host, in the format of RFC 5952; null: the kernel selects it. */
  readonly src?: string | null;
}

/** The homes of all families, by family id; a missing one has the common values. */
export interface RouteHomes extends RouteHome {
  readonly families?: readonly (RouteHome | undefined)[];
}

export function homeOf(homes: RouteHomes, family: FamilyId): RouteHome {
  return homes.families?.[family] ?? homes;
}

/** The metric that the kernel gives an IPv6 route without one. */
const IPV6_DEFAULT_METRIC = 1024;
/** RTN_UNICAST, as `ip -N` prints it. */
const UNICAST = '1';
/** Types of routes that drop packets; the monitor prints their names. */
const DISCARDS: Readonly<Record<string, Discard>> = {
  '6': 'blackhole',
  '7': 'unreachable',
  blackhole: 'blackhole',
  unreachable: 'unreachable',
};

/** The gateway part of a row of `ip -j`. */
export interface IpHop {
  readonly gateway?: string;
  readonly via?: { readonly family: string; readonly host: string };
  readonly dev?: string;
  readonly flags?: readonly string[];
}

/** A row of `ip -N -j -d route show`: the fields that we read. Numbers of names are text. */
export interface IpRoute extends IpHop {
  readonly dst: string;
  readonly type?: string;
  readonly metric?: number;
  readonly protocol?: string;
  readonly tos?: string;
  readonly prefsrc?: string;
  readonly nhid?: number;
  readonly nexthops?: readonly (IpHop & { readonly weight?: number })[];
}

/** The batch line of a change; `verb` is used if it sets a route. */
export function renderChange(change: RouteChange, home: RouteHome, verb: 'add' | 'replace'): string {
  if (change.kind === 'delete')
    return `route delete ${change.prefix} ${renderHome(home, change.metric ?? home.metric)}`;
  const where = `${change.prefix} ${renderHome(home, home.metric)}`;
  if (change.to.kind === 'discard') return `route ${verb} ${change.to.how} ${where}`;
  const src = home.src ? ` src ${home.src}` : '';
  // `nexthop` parts come last: `ip` accepts nothing after them.
  return `route ${verb} ${where}${src} ${renderTarget(change.to, change.prefix)}`;
}

function renderTarget(to: Exclude<Target, { kind: 'discard' }>, prefix: string): string {
  const ipv6 = prefix.includes(':');
  if (to.kind === 'object') return `nhid ${to.id}`;
  if (to.kind === 'via') return renderVia(to.via, ipv6);
  return to.paths.map(({ via, weight }) => `nexthop ${renderVia(via, ipv6)} weight ${weight}`).join(' ');
}

/** `via inet6` is needed only if the family of the next hop is not that of the line (RFC 8950). */
export function renderVia(via: Via, ipv6: boolean): string {
  const foreign = via.gateway.includes(':') && !ipv6;
  const device = via.device === null ? '' : ` dev ${via.device}`;
  return `via ${foreign ? 'inet6 ' : ''}${via.gateway}${device}${via.onlink === true ? ' onlink' : ''}`;
}

function renderHome(home: RouteHome, metric: number): string {
  return `table ${home.table} proto ${home.protocol}${metric === 0 ? '' : ` metric ${metric}`}`;
}

/** A row as a `KernelRoute`; null: its destination is not a prefix. */
export function toKernelRoute(route: IpRoute, familyFlag: string, home: RouteHome): KernelRoute | null {
  const prefix = parsePrefix(prefixOf(route.dst, familyFlag));
  if (prefix === null) return null;
  const metric = hasOurMetric(route, familyFlag, home) ? home.metric : (route.metric ?? 0);
  const to = targetOf(route);
  return {
    ...prefix,
    metric,
    to: hasSource(to, route.prefsrc, home) ? to : null,
    gateway: gatewayOf(route.nexthops?.[0] ?? route) ?? '',
  };
}

/** Whether a route has the source address of our routes; a route that drops packets has none. */
export function hasSource(to: Target | null, src: string | undefined, home: RouteHome): boolean {
  return to?.kind === 'discard' || (src ?? null) === (home.src ?? null);
}

/** How a type of route drops packets; null: it does not, or in a way that our routes do not use. */
export function discardOf(type: string | undefined): Discard | null {
  return DISCARDS[type ?? UNICAST] ?? null;
}

/** Whether the row has the kernel key (prefix, TOS, metric) that our route with this prefix would have. */
export function hasOurMetric(route: Pick<IpRoute, 'metric' | 'tos'>, familyFlag: string, home: RouteHome): boolean {
  const ours = home.metric === 0 && familyFlag === '-6' ? IPV6_DEFAULT_METRIC : home.metric;
  return (route.metric ?? 0) === ours && (route.tos === undefined || Number(route.tos) === 0);
}

/** `ip` omits the length of a host route, and prints `default` for length 0. */
export function prefixOf(dst: string, familyFlag: string): string {
  if (dst === 'default') return familyFlag === '-4' ? '0.0.0.0/0' : '::/0';
  if (dst.includes('/')) return dst;
  return `${dst}/${familyFlag === '-4' ? 32 : 128}`;
}

/** The gateway and the interface of a row; null: it has no gateway. */
export function viaOf(hop: IpHop): Via | null {
  const gateway = gatewayOf(hop);
  if (gateway === undefined) return null;
  const via = { gateway, device: hop.dev ?? null };
  return hop.flags?.includes('onlink') === true ? { ...via, onlink: true } : via;
}

/** The gateway of a row, in either format of `ip`. */
export function gatewayOf(hop: IpHop): string | undefined {
  return hop.gateway ?? hop.via?.host;
}

/** null: the route has no gateway and does not drop packets. */
function targetOf(route: IpRoute): Target | null {
  const how = discardOf(route.type);
  if (how !== null) return { kind: 'discard', how };
  if (route.type !== undefined && route.type !== UNICAST) return null;
  if (route.nhid !== undefined) return { kind: 'object', id: route.nhid };
  if (route.nexthops === undefined) {
    const via = viaOf(route);
    return via === null ? null : { kind: 'via', via };
  }
  const paths = route.nexthops.flatMap((hop) => {
    const via = viaOf(hop);
    return via === null ? [] : [{ via, weight: hop.weight ?? 1 }];
  });
  return paths.length < route.nexthops.length ? null : { kind: 'paths', paths };
}

/** A row in the syntax of `ip`, for people. */
export function describeRoute(route: IpRoute): string {
  const gateway = gatewayOf(route);
  const parts = [
    route.dst,
    gateway === undefined ? '' : `via ${gateway}`,
    route.dev === undefined ? '' : `dev ${route.dev}`,
    `proto ${route.protocol ?? '?'}`,
    route.metric === undefined ? '' : `metric ${route.metric}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}
