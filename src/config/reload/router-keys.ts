/** The keys of the router itself, each with what of a specification it changes. */
import { formatAddress } from '../../lib/ip.ts';
import type { ListenSpec, RouterSpec } from '../../spec/router.ts';

/** Fields of the FIB specification, by their key. */
const FIB_FIELDS = [
  ['fib.install', 'install'],
  ['fib.blackhole', 'blackhole'],
  ['fib.multipath', 'multipath'],
  ['fib.weights', 'weights'],
  ['fib.onlink', 'onlink'],
  ['fib.takeover', 'takeover'],
  ['fib.on-stop', 'onStop'],
  ['fib.restart-time', 'restartMs'],
  ['fib.compare-time', 'compareMs'],
  ['fib.nexthop-ids', 'objectIds'],
  ['router.next-hop-check', 'nextHopCheck'],
] as const;

/** Keys other than those of peers that apply at once. */
export const LIVE: readonly { readonly key: string; readonly of: (spec: RouterSpec) => unknown }[] = [
  { key: 'router.cluster-id', of: (spec) => spec.clusterId },
  { key: 'router.next-hop-cost', of: (spec) => spec.nextHopCosts },
  { key: 'router.attribute-memory', of: (spec) => spec.attributeOctets },
  { key: 'router.route-history', of: (spec) => spec.routeHistoryOctets },
  { key: 'router.restart-defer-time', of: (spec) => spec.deferMs },
  { key: 'policies', of: policyContent },
  { key: 'guard', of: ({ guard }) => guard && [guard.golden?.digest ?? null, guard.withdrawPercent] },
  { key: 'listen', of: (spec) => spec.listen.map(listenKey).sort() },
  { key: 'metrics.listen', of: (spec) => spec.metrics },
  { key: 'metrics.names', of: (spec) => spec.exposition.names },
  { key: 'metrics.peer-detail', of: (spec) => spec.exposition.peerDetail },
  { key: 'metrics.max-peers', of: (spec) => spec.exposition.maxPeers },
  { key: 'web.listen', of: ({ web }) => web && [web.address, web.port] },
  { key: 'web.hosts', of: ({ web }) => web?.hosts ?? null },
  { key: 'log.level', of: ({ log: { level, components } }) => [level, components] },
  { key: 'log.format', of: (spec) => spec.log.format },
];

/** What the policies do, without places and reasons. */
function policyContent({ policies }: RouterSpec): string {
  const contents = [...policies.values()].map(({ name, rules, default: otherwise }) => {
    return [name, rules.map(({ because: _because, place: _place, ...rule }) => rule), otherwise];
  });
  return JSON.stringify(contents);
}

/** Keys that the daemon reads only at its start. */
export const RESTART: readonly { readonly key: string; readonly of: (spec: RouterSpec) => unknown }[] = [
  { key: 'router.as', of: (spec) => spec.as },
  { key: 'router.confederation', of: (spec) => spec.confederation },
  { key: 'router.id', of: (spec) => spec.routerId },
  { key: 'fib.mode', of: (spec) => spec.fib.mode },
  { key: 'fib.table', of: (spec) => spec.fib.table },
  { key: 'fib.protocol', of: (spec) => spec.fib.protocol },
  { key: 'fib.metric', of: (spec) => spec.fib.metric },
  {
    key: 'fib.advertise',
    of: ({ fib: { families } }) => families.flatMap(({ advertiseInstalled }, id) => (advertiseInstalled ? [id] : [])),
  },
  { key: 'fib.families', of: ownOfFamilies },
  ...FIB_FIELDS.map(([key, field]) => ({ key, of: (spec: RouterSpec) => spec.fib[field] })),
  { key: 'control.socket', of: (spec) => spec.controlSocket },
  { key: 'router.restart-state', of: (spec) => spec.restartState },
];

/** The values of families that differ from the common ones, by their ids. Common values have their own rows. */
function ownOfFamilies({ fib }: RouterSpec): unknown {
  const shared: Readonly<Record<string, unknown>> = { ...fib, src: null };
  const own = fib.families.map(({ advertiseInstalled: _named, ...family }) =>
    Object.entries(family).filter(([name, value]) => shared[name] !== value),
  );
  return own.map((fields) => Object.fromEntries(fields)).filter((fields) => Object.keys(fields).length > 0);
}

export function listenKey({ address, port }: ListenSpec): string {
  return `${formatAddress(address)} ${port}`;
}
