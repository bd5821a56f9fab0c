/** Which peers `show peers` lists, and in which order. */
import { toHex } from '../../wire/bytes.ts';
import type { PEER_SORT_KEYS, PEER_STATES } from '../api/peer-views.ts';
import type { Engine } from '../engine.ts';
import type { Peer } from '../peer/peer.ts';

type SortKey = (typeof PEER_SORT_KEYS)[number];

interface PeerQuery {
  readonly state?: (typeof PEER_STATES)[number] | undefined;
  readonly group?: string | undefined;
  readonly sort?: SortKey | undefined;
}

/** The peers of a query. The default order is that of their addresses. */
export function listPeers(engine: Engine, { state, group, sort = 'address' }: PeerQuery): Peer[] {
  const peers = [...engine.peers.values()].filter(
    (peer) => (state === undefined || isIn(peer, state)) && (group === undefined || peer.spec.group === group),
  );
  const keys = new Map(peers.map((peer) => [peer, KEYS[sort](peer)]));
  return peers.sort((a, b) => compare(keys.get(a)!, keys.get(b)!) || compare(addressKey(a), addressKey(b)));
}

function isIn({ spec, stateName, session }: Peer, state: string): boolean {
  if (state === 'shutdown') return spec.shutdown;
  if (state === 'down') return !spec.shutdown && stateName !== 'Established';
  if (state === 'established') return session !== null && stateName === 'Established';
  return stateName.toLowerCase() === state;
}

type Key = string | number;

/** Numbers are larger first where more is what an operator looks for. */
const KEYS: Readonly<Record<SortKey, (peer: Peer) => Key>> = {
  address: addressKey,
  name: ({ spec, name }) => (spec.description || name).toLowerCase(),
  as: ({ session }) => session?.negotiated.peerAs ?? Number.POSITIVE_INFINITY,
  group: ({ spec }) => spec.group,
  state: ({ stateName, spec }) => (spec.shutdown ? STATES.length : STATES.indexOf(stateName)),
  uptime: (peer) => (peer.session === null ? Number.POSITIVE_INFINITY : peer.stateSinceMs),
  routes: ({ session }) => -sum(session?.ribPeer.received ?? []),
  advertised: ({ session }) => -sum((session?.members ?? []).map((member) => member?.advertisedCount ?? 0)),
};

/** What is down comes first. */
const STATES = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'];

/** IPv4 before IPv6, each by its octets, and peers of an interface by its name. */
function addressKey({ spec, name }: Peer): string {
  if (spec.interfaceName !== null) return `~${name}`;
  return `${spec.address.length === 4 ? 4 : 6}${toHex(spec.address, 0, spec.address.length)}`;
}

function sum(counts: ArrayLike<number>): number {
  return Array.from(counts).reduce((total, count) => total + count, 0);
}

function compare(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
