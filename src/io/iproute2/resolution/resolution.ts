/** What a route that covers a next hop means for it. No I/O, no timers. */
import type { Resolution } from '../../../fib/port/ports.ts';
import { gatewayOf, type IpHop } from '../ip/routes.ts';

/** Route types as `ip -N` prints them, and what they mean for a next hop. */
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
 * The neighbour that packets to `address` are handed to, when a route of this type and hop covers it. A route with a
 * gateway costs its metric; one without is the subnet of a link, and what is there costs nothing.
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
  return { kind: 'unreachable', words: `the next hop cannot be reached: ${words}` };
}
