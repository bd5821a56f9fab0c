/** Resolves the `fib` section. */

import { formatAddress, parseAddress, parsePrefix } from '../../lib/ip.ts';
import type { FibFamilySpec, FibSpec, InstallRule } from '../../spec/fib.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { FibConfig } from '../schema/fib.ts';

type RuleConfig = NonNullable<FibConfig['install']>[number];

/** @param check `router.next-hop-check`; the default is true if routes are installed */
export function fibSpec(fib: FibConfig, check: boolean | undefined): FibSpec {
  const { mode, table, protocol, metric, multipath, weights, takeover } = fib;
  return {
    ...{ mode, table, protocol, metric, multipath, weights, takeover },
    families: FAMILIES.filter(({ isInstallable }) => isInstallable).map(({ name }) => familySpec(fib, name)),
    install: fib.install?.map(installRule) ?? null,
    blackhole: fib.blackhole === true ? 'blackhole' : fib.blackhole || null,
    onlink: fib.onlink.map(({ range, interface: device }) => ({ prefix: parsePrefix(range)!, device })),
    onStop: fib['on-stop'],
    nextHopCheck: check ?? null,
    objectIds: fib['nexthop-ids'] === 'none' ? null : fib['nexthop-ids'],
    restartMs: fib['restart-time'] * 1000,
    compareMs: fib['compare-time'] * 1000,
  };
}

function familySpec(fib: FibConfig, name: string): FibFamilySpec {
  const own = fib.families[name] ?? {};
  return {
    table: own.table ?? fib.table,
    protocol: own.protocol ?? fib.protocol,
    metric: own.metric ?? fib.metric,
    // The kernel's notation.
    src: own.src === undefined ? null : formatAddress(parseAddress(own.src)!),
    advertiseInstalled: (own.advertise ?? fib.advertise) === 'installed',
  };
}

function installRule({ prefix: text, ge, le, action }: RuleConfig): InstallRule {
  const prefix = parsePrefix(text)!;
  const longest = prefix.address.length * 8;
  return {
    prefix,
    ge: ge ?? prefix.length,
    le: le ?? (ge === undefined ? prefix.length : longest),
    accept: action === 'accept',
  };
}
