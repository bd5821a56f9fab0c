/**
 * Interprets the lines of `ip monitor`. Changes of our routes that we did not make, and routes of other owners with our
 * table and metric, concern single prefixes; everything else may change how next hops are reached.
 */
import type { KernelWatcher, Target } from '../../fib/port/ports.ts';
import { parsePrefix } from '../../lib/ip.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../wire/families.ts';
import type { Echoes } from './echoes.ts';
import { discardOf, hasOurMetric, hasSource, homeOf, prefixOf, type RouteHome, type RouteHomes } from './ip/routes.ts';

/** Lines without a label are details of the line before. */
const LINE = /^\[[^\]]*\] \[(LINK|ADDR|ROUTE|NEXTHOP|RULE)\](Deleted )?(.*)$/;
const TYPES = /^(unreachable|blackhole|prohibit|local|broadcast|multicast|anycast|throw|unicast|\d+) /;
const MAIN = 254;

/** A parsed `[ROUTE]` line. */
interface RouteLine {
  /** `10.1.0.0/24`, `10.1.2.3`, `default`. */
  readonly destination: string;
  readonly ipv6: boolean;
  readonly table: number;
  readonly protocol: number;
  readonly metric: number;
  readonly tos: string;
  readonly src: string | undefined;
  readonly to: Target | null;
}

export class Watch {
  private readonly homes: RouteHomes;
  private readonly echoes: Echoes;
  private readonly watcher: KernelWatcher;
  /** Called when an interface was added, removed or changed: workers cache interface indexes by name. */
  private readonly onLink: () => void;

  constructor(homes: RouteHomes, echoes: Echoes, watcher: KernelWatcher, onLink: () => void) {
    this.homes = homes;
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
    const home = homeOf(this.homes, line.ipv6 ? IPV6_UNICAST : IPV4_UNICAST);
    const { protocol, table } = home;
    const flag = line.ipv6 ? '-6' : '-4';
    if (line.table === table && hasOurMetric(line, flag, home)) this.inOurPlace(line, home, deleted);
    else if (line.protocol === protocol) return;
    if (line.protocol !== protocol) this.watcher.surroundingsChanged();
  }

  private inOurPlace(line: RouteLine, home: RouteHome, deleted: boolean): void {
    const ours = line.protocol === home.protocol;
    if (ours && this.echoes.take(line.destination)) return;
    const prefix = parsePrefix(prefixOf(line.destination, line.ipv6 ? '-6' : '-4'));
    if (prefix === null) return;
    const to = ours && !deleted && hasSource(line.to, line.src, home) ? line.to : null;
    this.watcher.routeChanged(line.ipv6 ? IPV6_UNICAST : IPV4_UNICAST, { ...prefix, to });
  }
}

/** The name of a nexthop object in `Echoes`: `id 7 via ...` gives `id 7`. */
export function objectEcho(text: string): string {
  const end = text.indexOf(' ', 3);
  return end < 0 ? text : text.slice(0, end);
}

/** Parses the text after the label of a route line. */
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
    src: word(rest, ' src '),
    to: targetOf(type?.[1], rest),
  };
}

function targetOf(type: string | undefined, text: string): Target | null {
  const how = discardOf(type);
  if (how !== null) return { kind: 'discard', how };
  const object = word(text, ' nhid ');
  if (object !== undefined) return { kind: 'object', id: Number(object) };
  const via = word(text, ' via inet6 ') ?? word(text, ' via ');
  if (via === undefined) return null;
  const to = { gateway: via, device: word(text, ' dev ') ?? null };
  return { kind: 'via', via: text.includes(' onlink') ? { ...to, onlink: true } : to };
}

function word(text: string, key: string): string | undefined {
  const at = text.indexOf(key);
  if (at < 0) return undefined;
  const end = text.indexOf(' ', at + key.length);
  return text.slice(at + key.length, end < 0 ? undefined : end);
}
