/** The resolution of a next hop by the route that covers it. */
import type { Resolution } from '../../../fib/port/ports.ts';
import { gatewayOf, type IpHop } from '../ip/routes.ts';

/** Route types as `ip -N` prints them, and why a next hop is unusable with them. */
const UNUSABLE: Record<string, string> = {
  '2': 'it is an address of this host',
  '3': 'it is a broadcast address',
  '5': 'it is a multicast address',
  '6': 'a blackhole route covers it',
  '7': 'an unreachable route covers it',
  '8': 'a prohibit route covers it',
};
export const NO_ROUTE = 'no route to it';

/**
 * The gateway and interface for packets to `address`, if a route with this type and next hop covers it. The cost is the
 * metric of a route with a gateway, and 0 for a connected subnet.
 */
export function resolution(
  address: string,
  type: string,
  row: IpHop & { readonly metric?: number; readonly nexthops?: readonly IpHop[] },
): Resolution {
  if (type !== '1') return unreachable(UNUSABLE[type] ?? `a route of type ${type} covers it`);
  const hop = row.nexthops?.[0] ?? row;
  const gateway = gatewayOf(hop);
  const via = { gateway: gateway ?? address, device: hop.dev ?? null };
  const cost = gateway === undefined ? 0 : (row.metric ?? 0);
  return { kind: 'reachable', via: hop.flags?.includes('onlink') === true ? { ...via, onlink: true } : via, cost };
}

export function unreachable(words: string): Resolution {
  return { kind: 'unreachable', words: `the next hop is unreachable: ${words}` };
}
