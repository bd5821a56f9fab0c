/**
 * What every peer of a small network must hold, worked out from scratch from what all peers announced: decision by the
 * reference, RFC 4456 6 for the peers it is advertised to, RFC 4456 8, RFC 4271 5.1 and RFC 5065 for its changes.
 */
import { formatIpv4 } from '../../src/lib/ip.ts';
import { OUR_AS, OUR_ID } from '../engine/world.ts';
import type { Route } from '../lab/updates.ts';
import { type Candidate, dotted, LLGR_STALE, referenceBest } from '../rib/reference.ts';
import { NO_LLGR, type Restart } from './holdings.ts';

export const OTHER_CLUSTER = 0x02020202;
export const NO_EXPORT = 0xffffff01;
export const NO_ADVERTISE = 0xffffff02;
export const NO_EXPORT_SUBCONFED = 0xffffff03;
/** Of the confederation, where the network is one. */
export const IDENTIFIER = 64_500;

export interface ModelPeer {
  readonly address: string;
  readonly routerId: number;
  readonly as: number;
  readonly role: 'client' | 'non-client' | 'confed-ebgp' | 'ebgp';
  readonly clusterId: number;
  /** It reads ADD-PATH identifiers. */
  readonly addPath: boolean;
  /** What it wants of its routes when it restarts. */
  readonly restart: Restart;
}

/** What may be changed of a peer while it is up. */
export interface Settings {
  readonly importAccepts: boolean;
  readonly exportAccepts: boolean;
  readonly clientToClient: boolean;
  /** IPv4 address put into what goes to it, or null. */
  readonly nextHop: string | null;
  /** Number of paths of a prefix advertised to it, if it reads ADD-PATH identifiers. */
  readonly limit: number;
  /** Inside the AS: another place in the reflection of routes than it has at first; null: that one. */
  readonly position: Position | null;
}

/** Where a peer inside the AS stands in the reflection of routes. */
export interface Position {
  readonly client: boolean;
  readonly clusterId: number;
}

export const PLAIN: Settings = {
  importAccepts: true,
  exportAccepts: true,
  clientToClient: true,
  nextHop: null,
  limit: 3,
  position: null,
};

/** A peer as its settings make it. */
export function inForce(peer: ModelPeer, { position }: Settings): ModelPeer {
  if (position === null || !isIbgp(peer)) return peer;
  return { ...peer, role: position.client ? 'client' : 'non-client', clusterId: position.clusterId };
}

/** What is known of a peer: routes by prefix, also stale ones of one that is away, and settings. */
export interface Known {
  readonly routes: ReadonlyMap<string, Route>;
  readonly settings: Settings;
}

export type Announced = ReadonlyMap<ModelPeer, Known>;

export interface Surroundings {
  /** The AS number that those outside know us by. */
  readonly outsideAs: typeof OUR_AS | typeof IDENTIFIER;
  /** Cluster ids in use. */
  readonly ownClusters: readonly number[];
}

/** What a peer holds of a prefix: the fields of `SimPeer.held` that a reflector may change or must keep. */
export interface Expected {
  readonly origin: string;
  readonly asPath: string;
  readonly nextHop: string;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly originatorId: string | null;
  readonly clusterList: readonly string[];
  readonly communities: readonly string[];
  readonly others: readonly string[];
}

/** An unknown optional transitive attribute, as sent; it is received with the Partial bit. */
export const UNKNOWN = [0xc0, 200, 2, 0xab, 0xcd];

/** All that `to` must hold, by prefix: one path, or the first few that its group is sent, without its own. */
export function expectedFor(to: ModelPeer, announced: Announced, around: Surroundings): Map<string, Expected[]> {
  const out = new Map<string, Expected[]>();
  const { settings } = announced.get(to) as Known;
  const prefixes = new Set([...announced.values()].flatMap(({ routes }) => [...routes.keys()]));
  for (const prefix of prefixes) {
    const usable = usablePaths(prefix, announced, around);
    const sent = (
      to.addPath
        ? rank(
            usable.filter((path) => isSent(to, settings, path)),
            settings.limit,
          )
        : rank(usable, 1)
    )
      .filter((path) => isSent(to, settings, path) && path.from !== to && !isOwn(path, to))
      .map(({ route, from }) => onItsWay(route, from, to, settings, prefix, around));
    if (sent.length > 0) out.set(prefix, sent);
  }
  return out;
}

interface Path extends Candidate {
  readonly from: ModelPeer;
}

function usablePaths(prefix: string, announced: Announced, around: Surroundings): Path[] {
  return [...announced].flatMap(([from, { routes, settings }]) => {
    const route = routes.get(prefix);
    if (route === undefined || loops(route, from, around) || !settings.importAccepts) return [];
    const { routerId } = from;
    return [{ from, route, routerId, ebgp: from.role === 'ebgp', address: dotted(from.address), pathId: 0 }];
  });
}

/** The best one, the best of those that are another path than that, and so on. */
function rank(paths: readonly Path[], limit: number): Path[] {
  const ranked: Path[] = [];
  for (let left = paths; left.length > 0 && ranked.length < limit; ) {
    const best = referenceBest(left) as Path;
    ranked.push(best);
    left = left.filter((path) => path !== best && !isRepeated(path, best));
  }
  return ranked;
}

/** The router inside the AS that a path is from (RFC 4456 8); null where it is from another (member) AS. */
function originatorOf({ from, route }: Path): number | null {
  return isIbgp(from) ? (route.originatorId ?? from.routerId) : null;
}

/** One path that came on two ways. */
function isRepeated(one: Path, other: Path): boolean {
  const isSameHop = (one.route.nextHop ?? '') === (other.route.nextHop ?? '');
  return isSameHop && originatorOf(one) !== null && originatorOf(one) === originatorOf(other);
}

/** Its own ORIGINATOR_ID would make the receiver drop it. */
function isOwn(path: Path, to: ModelPeer): boolean {
  return isIbgp(to) && isIbgp(path.from) && path.route.originatorId === to.routerId;
}

/**
 * RFC 4271 9.1.2, RFC 4456 8, RFC 5065 4; ORIGINATOR_ID and CLUSTER_LIST mean nothing from another (member) AS
 * (RFC 7606 7.9, 7.10).
 */
function loops(route: Route, from: ModelPeer, { outsideAs, ownClusters }: Surroundings): boolean {
  const { asPath = [], confedPath = [], originatorId, clusterList = [] } = route;
  if (asPath.flat().includes(outsideAs) || confedPath.flat().includes(OUR_AS)) return true;
  if (from.role === 'ebgp' || from.role === 'confed-ebgp') return false;
  return originatorId === OUR_ID || clusterList.some((id) => ownClusters.includes(id));
}

/** RFC 4456 6, RFC 1997, and the settings of the receiver. */
function isSent(to: ModelPeer, settings: Settings, { from, route: { communities = [] } }: Path): boolean {
  if (!settings.exportAccepts || communities.includes(NO_ADVERTISE)) return false;
  if (communities.includes(LLGR_STALE) && to.restart !== 'knows' && to.restart !== 'long-lived') return false;
  if (to.role === 'ebgp' && communities.includes(NO_EXPORT)) return false;
  if (to.role === 'ebgp' || to.role === 'confed-ebgp') return !communities.includes(NO_EXPORT_SUBCONFED);
  if (to.role === 'non-client') return from.role !== 'non-client';
  const sameCluster = from.role === 'client' && from.clusterId === to.clusterId;
  return settings.clientToClient || !sameCluster;
}

function onItsWay(
  route: Route,
  from: ModelPeer,
  to: ModelPeer,
  settings: Settings,
  prefix: string,
  around: Surroundings,
): Expected {
  const { asPath = [], communities = [], origin = 0, extra = [] } = route;
  const inside = to.role !== 'ebgp';
  const reflected = isIbgp(from) && isIbgp(to);
  return {
    origin: ['IGP', 'EGP', 'INCOMPLETE'][origin],
    asPath: pathToward(to, route, around),
    nextHop: (prefix.includes(':') ? null : settings.nextHop) ?? route.nextHop ?? '',
    med: inside || asPath.length === 0 ? (route.med ?? null) : null,
    localPref: !inside ? null : from.role === 'ebgp' ? 100 : (route.localPref ?? 100),
    originatorId: reflected ? formatIpv4(route.originatorId ?? from.routerId) : null,
    clusterList: reflected ? clusters(route, from, to).map(formatIpv4) : [],
    communities: communities.map(nameOf),
    others: extra.length > 0 ? ['200 e0 abcd'] : [],
  };
}

export function isIbgp({ role }: ModelPeer): boolean {
  return role === 'client' || role === 'non-client';
}

/** RFC 4271 5.1.2, RFC 5065 4: who puts what in front, and what stays in the confederation. */
function pathToward({ role }: ModelPeer, { asPath = [], confedPath = [] }: Route, { outsideAs }: Surroundings): string {
  const plain = asPath.map((as) => (typeof as === 'number' ? `${as}` : `{${as}}`));
  if (role === 'ebgp') return [outsideAs, ...plain].join(' ');
  const members = role === 'confed-ebgp' ? [OUR_AS, ...confedPath] : confedPath;
  const sequence = members.filter((as) => typeof as === 'number');
  const sets = members.filter((as) => typeof as !== 'number').map((set) => `[${set}]`);
  return [...(sequence.length > 0 ? [`(${sequence.join(' ')})`] : []), ...sets, ...plain].join(' ');
}

/** The path enters the reflector's cluster of its source, if that is a client; else, or then, that of its receiver. */
function clusters({ clusterList = [] }: Route, from: ModelPeer, to: ModelPeer): number[] {
  if (from.role !== 'client') return [to.clusterId, ...clusterList];
  const second = to.role === 'client' && to.clusterId !== from.clusterId ? [to.clusterId] : [];
  return [...second, from.clusterId, ...clusterList];
}

function nameOf(community: number): string {
  if (community === NO_EXPORT) return 'no-export';
  if (community === NO_EXPORT_SUBCONFED) return 'no-export-subconfed';
  if (community === NO_ADVERTISE) return 'no-advertise';
  if (community === LLGR_STALE) return 'llgr-stale';
  if (community === NO_LLGR) return 'no-llgr';
  return `${community >>> 16}:${community & 0xffff}`;
}
