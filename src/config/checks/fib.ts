/** Checks the `fib` section: addresses of the wrong family, empty ranges, settings without effect. */
import { formatPrefix, parseAddress, parsePrefix } from '../../lib/ip.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { CheckContext } from './context.ts';

const MAX_U32 = 4_294_967_295;

/** A source address is of the family of the routes. */
export function checkSources({ draft, report }: CheckContext): void {
  for (const { name, afi } of FAMILIES.filter(({ isInstallable }) => isInstallable)) {
    const src = draft.fib.families[name]?.src;
    if (src === undefined || (parseAddress(src)!.length === 4) === (afi === 1)) continue;
    const kind = afi === 1 ? 'IPv4' : 'IPv6';
    report.error(
      ['fib', 'families', name, 'src'],
      `${src} is not an ${kind} address`,
      `an ${kind} address of this host`,
    );
  }
}

/** The lengths of a rule start at the length of its prefix and are not empty. */
export function checkInstallRules({ draft, report }: CheckContext): void {
  for (const [at, { prefix: text, ge, le }] of (draft.fib.install ?? []).entries()) {
    const prefix = parsePrefix(text)!;
    const longest = prefix.address.length * 8;
    const path = ['fib', 'install', at];
    const expected = `a whole number from ${Math.max(prefix.length, ge ?? 0)} to ${longest}`;
    if (ge !== undefined && (ge < prefix.length || ge > longest)) {
      const lengths = `a whole number from ${prefix.length} to ${longest}`;
      report.error([...path, 'ge'], `no prefix in ${text} has a length of ${ge} or more`, lengths);
    } else if (le !== undefined && (le < Math.max(prefix.length, ge ?? 0) || le > longest)) {
      report.error([...path, 'le'], `no prefix can have a length of at most ${le} here`, expected);
    }
  }
}

/** One of two costs of the same prefix would never apply. */
export function checkNextHopCosts({ draft, report }: CheckContext): void {
  const first = new Map<string, number>();
  for (const [at, { prefix }] of (draft.router?.['next-hop-cost'] ?? []).entries()) {
    const name = formatPrefix(parsePrefix(prefix)!);
    const before = first.get(name);
    if (before === undefined) first.set(name, at);
    else {
      const path = ['router', 'next-hop-cost', at, 'prefix'];
      report.error(path, `${prefix} already has a cost in entry ${before + 1}`, 'one entry per prefix');
    }
  }
}

/** IDs have 32 bits. */
export function checkNexthopIds({ draft, report }: CheckContext): void {
  const ids = draft.fib['nexthop-ids'];
  if (ids === 'none' || ids.first + ids.count - 1 <= MAX_U32) return;
  report.error(
    ['fib', 'nexthop-ids'],
    'the range exceeds 4294967295, the last ID',
    'a lower `first`, or a lower `count`',
  );
}

/** Settings that have no effect without another one. */
export function checkFibEffects({ draft, report }: CheckContext): void {
  const { fib } = draft;
  if (fib.weights && fib.multipath === 1) {
    report.warn(['fib', 'weights'], 'no effect: a single next hop gets all the traffic', '`multipath: 8` as well');
  }
  if (fib.advertise === 'installed' && fib.mode === 'off') {
    const what = 'no effect: routes are not installed, so they are advertised at once';
    report.warn(['fib', 'advertise'], what, '`mode: install` as well');
  }
}
