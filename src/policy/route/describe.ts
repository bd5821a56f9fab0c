/** The attributes of a route that policies can read and change, as text. */
import { formatAddress } from '../../lib/ip.ts';
import { formatAsPath } from '../../wire/attributes/as-path.ts';
import { formatCommunity, formatLargeCommunity } from '../../wire/attributes/communities.ts';
import { u32 } from '../../wire/bytes.ts';
import { formatExtendedCommunity } from '../../wire/communities/extended.ts';
import type { Field } from './field.ts';
import { NONE, type Route } from './route.ts';

const ORIGINS = ['igp', 'egp', 'incomplete'];

/** By the names of the policy language; '' for what the route does not have. */
export function describeRoute(route: Route): ReadonlyMap<string, string> {
  const { asPath, communities, extended, large, newNextHop, nextHop, nextHopStart, nextHopLength } = route;
  const hop =
    newNextHop === null
      ? formatAddress(nextHop, nextHopStart, nextHopStart + Math.min(16, nextHopLength))
      : formatAddress(newNextHop);
  return new Map([
    ['origin', ORIGINS[route.origin] ?? ''],
    ['as-path', formatAsPath(asPath.bytes, asPath.start, asPath.end)],
    ['next-hop', nextHopLength === 0 && newNextHop === null ? '' : hop],
    ['weight', route.weight === 0 ? '' : String(route.weight)],
    ['local-pref', String(route.localPref)],
    ['med', numberText(route.med)],
    ['aigp', numberText(route.aigp)],
    ['communities', list(communities, 4, (bytes, at) => formatCommunity(u32(bytes, at)))],
    ['large-communities', list(large, 12, formatLargeCommunity)],
    ['extended-communities', list(extended, 8, formatExtendedCommunity)],
  ]);
}

function numberText(value: number): string {
  return value === NONE ? '' : String(value);
}

function list({ bytes, start, end }: Field, size: number, format: (bytes: Uint8Array, at: number) => string): string {
  const words: string[] = [];
  for (let at = start; at < end; at += size) words.push(format(bytes, at));
  return words.join(' ');
}
