/**
 * What the lines of `ip monitor` mean for us. Routes of ours in our table that are heard more often than we changed
 * them, and routes of others in the same place, concern single prefixes; everything else may change how next hops are
 * reached. No I/O, no timers.
 */
import type { KernelWatcher, Target } from '../../fib/ports.ts';
import { parsePrefix } from '../../lib/ip.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../wire/families.ts';
import type { Echoes } from './echoes.ts';
import { hasOurMetric, prefixOf, type RouteHome } from './routes.ts';

/** Lines that follow are details of the one before. */
const LINE = /^\[[^\]]*\] \[(LINK|ADDR|ROUTE|NEXTHOP|RULE)\](Deleted )?(.*)$/;
const TYPES = /^(?:unreachable|blackhole|prohibit|local|broadcast|multicast|anycast|throw|unicast|\d+) /;
const MAIN = 254;

/** A `[ROUTE]` line, taken apart. */
export interface RouteLine {
  /** `10.1.0.0/24`, `10.1.2.3`, `default`. */
  readonly destination: string;
  readonly ipv6: boolean;
  readonly table: number;
  readonly protocol: number;
  readonly metric: number;
  readonly tos: string;
  readonly to: Target | null;
}

export class Watch {
  private readonly home: RouteHome;
  private readonly echoes: Echoes;
  private readonly watcher: KernelWatcher;
  /** An interface came, went or changed: a worker that remembers its index by name is out of date. */
  private readonly onLink: () => void;

  constructor(home: RouteHome, echoes: Echoes, watcher: KernelWatcher, onLink: () => void) {
    this.home = home;
    this.echoes = echoes;
    this.watcher = watcher;
    this.onLink = onLink;
  }

  read(line: string): void {
    const parts = LINE.exec(line);
    if (parts === null) return;
    const [, label, deleted, text] = parts;
    if (label === 'ROUTE') this.route(parseRouteLine(text), deleted !== undefined);
    else if (label === 'NEXTHOP' && this.echoes.take(objectEcho(text))) return;
    else {
      if (label === 'LINK') this.onLink();
      this.watcher.surroundingsChanged();
    }
  }

  private route(line: RouteLine, deleted: boolean): void {
    const { protocol, table } = this.home;
    const flag = line.ipv6 ? '-6' : '-4';
    if (line.table === table && hasOurMetric(line, flag, this.home)) this.inOurPlace(line, flag, deleted);
    else if (line.protocol === protocol) return;
    if (line.protocol !== protocol) this.watcher.surroundingsChanged();
  }

  private inOurPlace(line: RouteLine, flag: string, deleted: boolean): void {
    const ours = line.protocol === this.home.protocol;
    if (ours && this.echoes.take(line.destination)) return;
    const prefix = parsePrefix(prefixOf(line.destination, flag));
    if (prefix === null) return;
    const to = ours && !deleted ? line.to : null;
    this.watcher.routeChanged(line.ipv6 ? IPV6_UNICAST : IPV4_UNICAST, { ...prefix, to });
  }
}

/** What `Echoes` calls a nexthop object: `id 7 via ...` gives `id 7`. */
export function objectEcho(text: string): string {
  const end = text.indexOf(' ', 3);
  return end < 0 ? text : text.slice(0, end);
}

/** Takes apart what follows the label of a route line. */
export function parseRouteLine(text: string): RouteLine {
  const type = TYPES.exec(text);
  const rest = type === null ? text : text.slice(type[0].length);
  const end = rest.indexOf(' ');
  const destination = end < 0 ? rest : rest.slice(0, end);
  return {
    destination,
    ipv6: destination === 'default' ? rest.includes(' pref ') : destination.includes(':'),
    table: Number(word(rest, ' table ') ?? MAIN),
    protocol: Number(word(rest, ' proto ') ?? 0),
    metric: Number(word(rest, ' metric ') ?? 0),
    tos: word(rest, ' tos ') ?? '0',
    to: targetOf(rest),
  };
}

function targetOf(text: string): Target | null {
  const object = word(text, ' nhid ');
  if (object !== undefined) return { kind: 'object', id: Number(object) };
  const via = word(text, ' via inet6 ') ?? word(text, ' via ');
  return via === undefined ? null : { kind: 'via', via: { gateway: via, device: word(text, ' dev ') ?? null } };
}

function word(text: string, key: string): string | undefined {
  const at = text.indexOf(key);
  if (at < 0) return undefined;
  const end = text.indexOf(' ', at + key.length);
  return text.slice(at + key.length, end < 0 ? undefined : end);
}
