/** Texts that are equal when targets are equal, and parsing of next-hop names. */
import type { ObjectContent, Target, Via, WeightedVia } from './ports.ts';

/** Splits `fe80::1%eth1` into address and interface; `fe80::1@192.0.2.9` does not name an interface. */
export function parseVia(name: string): Via {
  const at = name.indexOf('@');
  if (at >= 0) return { gateway: name.slice(0, at), device: null };
  const percent = name.indexOf('%');
  if (percent < 0) return { gateway: name, device: null };
  return { gateway: name.slice(0, percent), device: name.slice(percent + 1) };
}

/** One text per target; `?` for a kind that we never install. The kernel has one path of a route as a route by it. */
export function targetKey(to: Target | null): string {
  if (to === null) return '?';
  if (to.kind === 'object') return `#${to.id}`;
  if (to.kind === 'discard') return to.how;
  if (to.kind === 'via') return viaKey(to.via);
  return sharesKey(to.paths);
}

/** One text per content of an object; `?` for a kind that we never install. */
export function contentKey(content: ObjectContent | null): string {
  if (content === null) return '?';
  return content.kind === 'via'
    ? viaKey(content.via)
    : joined(content.members.map(({ id, weight }) => `#${id}*${weight}`));
}

/** One text per set of neighbors that share the traffic, and one per single neighbor, whatever its weight. */
export function sharesKey(shares: readonly WeightedVia[]): string {
  if (shares.length === 1) return viaKey(shares[0].via);
  return joined(shares.map(({ via, weight }) => `${viaKey(via)}*${weight}`));
}

/** One text per neighbor. */
export function viaKey(via: Via): string {
  return `${via.gateway}%${via.device ?? ''}${via.onlink === true ? ' onlink' : ''}`;
}

function joined(parts: string[]): string {
  return parts.sort().join(' ');
}
