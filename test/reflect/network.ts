/** A network of simulated peers of every role around one engine, driven by actions, with the model beside it. */

import type { ExchangeSpec } from '../../src/spec/exchange.ts';
import { type Held, SimPeer } from '../engine/sim-peer.ts';
import { address, OUR_AS, OUR_ID, peerSpec, range, router, World } from '../engine/world.ts';
import { announce, KEEPALIVE, message, open, type Route, withdraw } from '../lab/updates.ts';
import {
  type Expected,
  expectedFor,
  IDENTIFIER,
  inForce,
  type ModelPeer,
  OTHER_CLUSTER,
  otherWays,
  PLAIN,
  type Settings,
} from './model.ts';

const select = { kind: 'paths', limit: PLAIN.limit } as const;
const sends = { session: { addPath: { receive: false, send: true } } };
const outside = { session: { remoteAs: { kind: 'external' } as const }, exchange: { client: false } };
const inside = { exchange: { client: false } };

const MEMBERS = [65_020, 65_021];
const CONFEDERATION = { identifier: IDENTIFIER, members: [OUR_AS, ...MEMBERS] };
const known = { remoteAs: { kind: 'external' }, localAs: IDENTIFIER, alsoOurs: CONFEDERATION.members } as const;
const member = (as: number) => ({ remoteAs: { kind: 'list', list: [as] }, confederation: true }) as const;

const spec = router({
  ranges: [
    range({ ...sends, exchange: { select } }),
    range({ ...sends, prefix: '10.2.0.0/16', exchange: { select, clusterId: OTHER_CLUSTER } }),
  ],
  peers: [
    peerSpec('192.0.2.1', inside),
    peerSpec('192.0.2.2', inside),
    peerSpec('198.51.100.1', outside),
    peerSpec('198.51.100.2', outside),
  ],
});

/** The same router as a member AS of a confederation, with peers in the others. */
const confederated = {
  ...spec,
  confederation: CONFEDERATION,
  peers: [
    ...spec.peers.slice(0, 2),
    peerSpec('198.51.100.1', { ...outside, session: known }),
    peerSpec('198.51.100.2', { ...outside, session: known }),
    ...MEMBERS.map((as, at) => peerSpec(`203.0.113.${at + 1}`, { ...outside, session: member(as) })),
  ],
};

function model(text: string, routerId: number, role: ModelPeer['role'], over: Partial<ModelPeer> = {}): ModelPeer {
  return { address: text, routerId, as: OUR_AS, role, clusterId: OUR_ID, addPath: false, ...over };
}

/** Three clients, two of a second cluster, one of each with ADD-PATH, two non-clients, two eBGP peers, two members. */
export const PEERS: readonly ModelPeer[] = [
  model('10.0.0.1', 0x01000003, 'client'),
  model('10.0.0.2', 0x01000002, 'client'),
  model('10.0.0.3', 0xc0000001, 'client', { addPath: true }),
  model('10.2.0.1', 0x02000001, 'client', { clusterId: OTHER_CLUSTER }),
  model('10.2.0.2', 0x02000002, 'client', { clusterId: OTHER_CLUSTER, addPath: true }),
  model('192.0.2.1', 0x03000001, 'non-client'),
  model('192.0.2.2', 0x03000002, 'non-client'),
  model('198.51.100.1', 0x04000001, 'ebgp', { as: 4_200_000_001 }),
  model('198.51.100.2', 0x04000002, 'ebgp', { as: 65_010 }),
  // Where there is a confederation.
  ...MEMBERS.map((as, at) => model(`203.0.113.${at + 1}`, 0x02100001 + at, 'confed-ebgp', { as })),
];

export class Network {
  readonly world: World;
  private readonly sims = new Map<ModelPeer, SimPeer>();
  private readonly announced = new Map<ModelPeer, Map<string, Route>>();
  private readonly settings = new Map(PEERS.map((peer) => [peer, PLAIN]));

  private readonly confederation: boolean;

  /** @param confederation the router is a member AS of one */
  constructor(slowAfterBytes: number, confederation: boolean) {
    this.confederation = confederation;
    this.world = new World(confederation ? confederated : spec, { slowAfterBytes });
  }

  isUp(peer: ModelPeer): boolean {
    return this.announced.has(peer);
  }

  /** The simulated peer of one that is up. */
  sim(peer: ModelPeer): SimPeer {
    return this.sims.get(peer) as SimPeer;
  }

  /** Connects; OPEN, KEEPALIVE and, already in the same segment, routes. */
  up(peer: ModelPeer, prefixes: readonly string[] = [], route: Route = {}): void {
    if (this.isUp(peer) || (peer.role === 'confed-ebgp' && !this.confederation)) return;
    const sim = new SimPeer(this.world, peer.address, peer.routerId, peer.as);
    this.sims.set(peer, sim);
    this.announced.set(peer, new Map());
    const updates = this.updates(peer, prefixes, route);
    sim.addPath = peer.addPath;
    sim.send(join([openOf(peer), KEEPALIVE, ...updates]));
  }

  down(peer: ModelPeer): void {
    if (!this.isUp(peer)) return;
    this.announced.delete(peer);
    this.sim(peer).connection.lose();
  }

  announce(peer: ModelPeer, prefixes: readonly string[], route: Route): void {
    if (this.isUp(peer)) this.sim(peer).send(...this.updates(peer, prefixes, route));
  }

  withdraw(peer: ModelPeer, prefixes: readonly string[]): void {
    if (!this.isUp(peer)) return;
    for (const family of byFamily(prefixes)) this.sim(peer).send(withdraw(family));
    for (const prefix of prefixes) this.announced.get(peer)?.delete(prefix);
  }

  refresh(peer: ModelPeer, afi: 1 | 2): void {
    if (this.isUp(peer)) this.sim(peer).send(message(5, [0, afi, 0, 1]));
  }

  /** Changes settings without ending the session that is up. */
  configure(peer: ModelPeer, settings: Settings): void {
    const { engine } = this.world;
    const live = engine.peers.get(peer.address);
    if (live === undefined) return;
    this.settings.set(peer, settings);
    const nextHop = settings.nextHop;
    const exchange: ExchangeSpec = {
      ...live.spec.exchange,
      clientToClient: settings.clientToClient,
      select: peer.role === 'client' ? { kind: 'paths', limit: settings.limit } : live.spec.exchange.select,
      import: settings.importAccepts ? 'accept' : 'reject',
      export: settings.exportAccepts ? 'accept' : 'reject',
      ...placeOf(peer, settings),
      nextHop: nextHop === null ? { kind: 'unchanged' } : { kind: 'address', address: address(nextHop) },
    };
    live.reconfigure({ ...live.spec, exchange }, true);
  }

  setReading(peer: ModelPeer, reading: boolean): void {
    if (!this.isUp(peer)) return;
    this.sim(peer).connection.reading = reading;
    if (reading) this.sim(peer).connection.drain();
  }

  /** All peers read until nothing is left to read. */
  settle(): void {
    this.world.settle();
    for (const peer of PEERS) this.setReading(peer, true);
    // Longer than a path stays as it is advertised after it has lost its way.
    this.world.pass(500);
  }

  /** What a peer holds, and what the model says that it must: by prefix the paths, in an order of their own. */
  compare(peer: ModelPeer): { held: Record<string, string[]>; expected: Record<string, string[]> } {
    const held = new Map<string, Expected[]>();
    for (const [key, attributes] of this.sim(peer).held) {
      const prefix = key.split(' ')[0];
      held.set(prefix, [...(held.get(prefix) ?? []), seen(attributes)]);
    }
    const settingsOf = (one: ModelPeer) => this.settings.get(one) as Settings;
    const now = new Map([...this.announced.keys()].map((one) => [one, inForce(one, settingsOf(one))]));
    const known = [...this.announced].map(([from, routes]) => {
      return [now.get(from) as ModelPeer, { routes, settings: settingsOf(from) }] as const;
    });
    const to = now.get(peer) as ModelPeer;
    const ways = otherWays(to, new Map(known), this.outsideAs);
    return {
      held: inOrder(held, (prefix, text) => ways.get(`${prefix} ${text}`) ?? text),
      expected: inOrder(expectedFor(to, new Map(known), this.outsideAs)),
    };
  }

  private get outsideAs(): typeof OUR_AS | typeof IDENTIFIER {
    return this.confederation ? IDENTIFIER : OUR_AS;
  }

  private updates(peer: ModelPeer, prefixes: readonly string[], route: Route): Uint8Array[] {
    const shaped = shape(peer, route);
    return byFamily(prefixes).map((family) => {
      const nextHop = family[0].includes(':') ? `2001:db8::${shaped.nextHop?.split('.')[3]}` : shaped.nextHop;
      const whole = { ...shaped, nextHop } as Route;
      for (const prefix of family) this.announced.get(peer)?.set(prefix, whole);
      return announce(family, whole);
    });
  }
}

/**
 * A route as this kind of peer sends it: from outside without LOCAL_PREF and confederation segments, and with a path
 * that begins with the peer's AS; that of a member begins with the member AS.
 */
function shape(peer: ModelPeer, route: Route): Route {
  const { localPref, originatorId: _originatorId, clusterList: _clusterList, confedPath = [], ...rest } = route;
  if (peer.role === 'ebgp') return { ...rest, asPath: [peer.as, ...(route.asPath ?? [])] };
  if (peer.role !== 'confed-ebgp') return { ...route, localPref: localPref ?? 100 };
  return { ...rest, ...(localPref === undefined ? {} : { localPref }), confedPath: [peer.as, ...confedPath] };
}

function inOrder(
  paths: ReadonlyMap<string, readonly Expected[]>,
  meant: (prefix: string, text: string) => string = (_, text) => text,
): Record<string, string[]> {
  return Object.fromEntries(
    [...paths].map(([prefix, list]) => [prefix, list.map((one) => meant(prefix, JSON.stringify(one))).sort()]),
  );
}

function placeOf(peer: ModelPeer, settings: Settings): Pick<ExchangeSpec, 'client' | 'clusterId'> {
  const { role, clusterId } = inForce(peer, settings);
  return { client: role === 'client', clusterId };
}

/** With the capabilities of both families, and ADD-PATH (RFC 7911 4) for peers that read identifiers. */
function openOf({ as, routerId, addPath }: ModelPeer): Uint8Array {
  if (!addPath) return open(as, routerId);
  const families = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1];
  const paths = [69, 8, 0, 1, 1, 1, 0, 2, 1, 1];
  const as4 = [65, 4, as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255];
  return open(as, routerId, { capabilities: [...families, 2, 0, ...as4, ...paths] });
}

function byFamily(prefixes: readonly string[]): string[][] {
  const six = prefixes.filter((prefix) => prefix.includes(':'));
  const four = prefixes.filter((prefix) => !prefix.includes(':'));
  return [four, six].filter((family) => family.length > 0);
}

function seen(held: Held): Expected {
  const { origin, asPath, nextHop, med, localPref, originatorId, clusterList, communities, others } = held;
  const text = others.map(({ code, flags, value }) => `${code} ${flags.toString(16)} ${value}`);
  return { origin, asPath, nextHop, med, localPref, originatorId, clusterList, communities, others: text };
}

function join(messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((one) => [...one]));
}

/** Counts of everything that may leak. */
export function residue(world: World): Record<string, number> {
  const { rib, reflector } = world.engine;
  return {
    paths: rib.families.reduce((sum, family) => sum + family.paths.count, 0),
    prefixes: rib.families.reduce((sum, family) => sum + family.prefixes.count, 0),
    dirty: rib.dirtyCount,
    attributes: rib.attributes.count,
    nextHops: rib.nextHops.count,
    peers: rib.peers.filter((peer) => peer !== undefined).length,
    groups: reflector.groups.flat().length,
    chunkBytes: reflector.pool.bytesInUse,
  };
}

/** What `residue` says when nothing is left. */
export const NOTHING = {
  paths: 0,
  prefixes: 0,
  dirty: 0,
  attributes: 0,
  nextHops: 0,
  peers: 0,
  groups: 0,
  chunkBytes: 0,
};
