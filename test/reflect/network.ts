/** A network of simulated peers of every role around one engine, driven by actions, with the model beside it. */

import type { ExchangeSpec } from '../../src/spec/exchange.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { END_OF_RIB_6, FORWARDING, IPV4, IPV6, R } from '../engine/restarting.ts';
import { type Held, SimPeer } from '../engine/sim-peer.ts';
import { address, OUR_AS, OUR_ID, peerSpec, range, router, World } from '../engine/world.ts';
import { announce, END_OF_RIB, KEEPALIVE, message, open, type Route, withdraw } from '../lab/updates.ts';
import { Holdings, LONG_LIVED_MS, RESTART_MS, STALE_MS } from './holdings.ts';
import {
  type Announced,
  type Expected,
  expectedFor,
  IDENTIFIER,
  inForce,
  isIbgp,
  type ModelPeer,
  OTHER_CLUSTER,
  PLAIN,
  type Settings,
  type Surroundings,
} from './model.ts';

const select = { kind: 'paths', limit: PLAIN.limit } as const;
/** Nobody sends keepalives, and who stalls may do so for ever: time may pass in which nothing is said. */
const patient = {
  holdMs: 0,
  sendHoldMs: 0,
  gracefulRestart: { full: true, restartMs: 120_000, staleMs: STALE_MS },
  longLived: { timeMs: 86_400_000, maxMs: 86_400_000 },
};
const sends = { session: { ...patient, addPath: { receive: false, send: true } } };
const outside = { session: { ...patient, remoteAs: { kind: 'external' } as const }, exchange: { client: false } };
const inside = { session: patient, exchange: { client: false } };

const MEMBERS = [65_020, 65_021];
const CONFEDERATION = { identifier: IDENTIFIER, members: [OUR_AS, ...MEMBERS] };
const known = {
  ...patient,
  remoteAs: { kind: 'external' },
  localAs: IDENTIFIER,
  alsoOurs: CONFEDERATION.members,
} as const;
const member = (as: number) => ({ ...patient, remoteAs: { kind: 'list', list: [as] }, confederation: true }) as const;

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
  return { address: text, routerId, as: OUR_AS, role, clusterId: OUR_ID, addPath: false, restart: 'none', ...over };
}

/** Four clients, two of a second cluster, some with ADD-PATH, two non-clients, two eBGP peers, and two members. */
export const PEERS: readonly ModelPeer[] = [
  model('10.0.0.1', 0x01000003, 'client', { restart: 'long-lived' }),
  model('10.0.0.2', 0x01000002, 'client', { restart: 'long-lived' }),
  model('10.0.0.3', 0xc0000001, 'client', { addPath: true, restart: 'knows' }),
  model('10.0.0.4', 0x01000004, 'client', { addPath: true, restart: 'long-lived' }),
  model('10.2.0.1', 0x02000001, 'client', { clusterId: OTHER_CLUSTER }),
  model('10.2.0.2', 0x02000002, 'client', { clusterId: OTHER_CLUSTER, addPath: true, restart: 'graceful' }),
  model('192.0.2.1', 0x03000001, 'non-client', { restart: 'long-lived' }),
  model('192.0.2.2', 0x03000002, 'non-client', { restart: 'knows' }),
  model('198.51.100.1', 0x04000001, 'ebgp', { as: 4_200_000_001, restart: 'graceful' }),
  model('198.51.100.2', 0x04000002, 'ebgp', { as: 65_010 }),
  // Where there is a confederation.
  ...MEMBERS.map((as, at) => model(`203.0.113.${at + 1}`, 0x02100001 + at, 'confed-ebgp', { as })),
];

/** How far from the moment of a timer the model and the engine may be. */
const TOLERANCE_MS = 15_000;

export class Network {
  readonly world: World;
  private readonly sims = new Map<ModelPeer, SimPeer>();
  private readonly holdings = new Map(PEERS.map((peer) => [peer, new Holdings(peer.restart)]));
  private readonly settings = new Map(PEERS.map((peer) => [peer, PLAIN]));
  private readonly confederation: boolean;
  private readonly spec: RouterSpec;
  /** Cluster ids that count as a loop. */
  private ownClusters: readonly number[] = [OUR_ID, OTHER_CLUSTER];

  /**
   * @param confederation the router is a member AS of one
   * @param hurried each turn does one piece of work only
   */
  constructor(slowAfterBytes: number, confederation: boolean, hurried = false) {
    this.confederation = confederation;
    this.spec = confederation ? confederated : spec;
    this.world = new World(this.spec, { slowAfterBytes });
    if (hurried) this.world.tickMs = 6;
  }

  isUp(peer: ModelPeer): boolean {
    return this.of(peer).isUp;
  }

  /** The simulated peer of one that is up. */
  sim(peer: ModelPeer): SimPeer {
    return this.sims.get(peer) as SimPeer;
  }

  private of(peer: ModelPeer): Holdings {
    return this.holdings.get(peer) as Holdings;
  }

  /** Connects; OPEN, KEEPALIVE and, already in the same segment, routes. */
  up(peer: ModelPeer, prefixes: readonly string[] = [], route: Route = {}): void {
    if (this.isUp(peer) || (peer.role === 'confed-ebgp' && !this.confederation)) return;
    this.clear(peer);
    // A peer of a range that was away for long was forgotten, and what was configured for it.
    if (!this.world.engine.peers.has(peer.address)) this.settings.set(peer, PLAIN);
    const sim = new SimPeer(this.world, peer.address, peer.routerId, peer.as);
    this.sims.set(peer, sim);
    this.of(peer).up();
    const updates = this.updates(peer, prefixes, route);
    sim.addPath = peer.addPath;
    sim.send(join([openOf(peer), KEEPALIVE, ...updates]));
  }

  /** The connection is lost: what the peer wants to be kept is kept. */
  down(peer: ModelPeer): void {
    if (!this.isUp(peer)) return;
    // A session that waits until the one before is gone has begun nothing that could be kept.
    const hasBegun = this.world.engine.peers.get(peer.address)?.session != null;
    if (hasBegun) this.of(peer).lose(this.world.nowMs);
    else this.of(peer).leave();
    this.sim(peer).connection.lose();
  }

  /** The peer ends the session for good; if it is away, what is kept of it goes with time. */
  leave(peer: ModelPeer): void {
    if (!this.isUp(peer)) return;
    this.of(peer).leave();
    this.sim(peer).send(message(3, [6, 2]));
    this.sim(peer).connection.lose();
  }

  announce(peer: ModelPeer, prefixes: readonly string[], route: Route): void {
    if (this.isUp(peer)) this.sim(peer).send(...this.updates(peer, prefixes, route));
  }

  /** What a peer announces comes from another one as well, as another reflector sends it. */
  copy(of: ModelPeer, via: ModelPeer, prefixes: readonly string[], clusterList: readonly number[]): void {
    if (!this.isUp(via) || !isIbgp(via) || !isIbgp(of) || of === via) return;
    for (const prefix of prefixes) {
      const route = this.of(of).routes.get(prefix);
      if (route === undefined) continue;
      const originatorId = route.originatorId ?? of.routerId;
      const nextHop = route.nextHop?.replace('2001:db8::', '192.0.2.');
      this.announce(via, [prefix], { ...route, nextHop, originatorId, clusterList } as Route);
    }
  }

  /** All is said that the peer had to say after a restart. */
  endOfRib(peer: ModelPeer): void {
    if (!this.isUp(peer)) return;
    this.clear(peer);
    this.of(peer).endOfRib();
    this.sim(peer).send(END_OF_RIB, END_OF_RIB_6);
  }

  withdraw(peer: ModelPeer, prefixes: readonly string[]): void {
    if (!this.isUp(peer)) return;
    for (const family of byFamily(prefixes)) this.sim(peer).send(withdraw(family));
    for (const prefix of prefixes) this.of(peer).withdraw(prefix);
  }

  /** Another cluster id is ours, or is not any more. */
  own(clusterId: number | null): void {
    this.ownClusters = [OUR_ID, OTHER_CLUSTER, ...(clusterId === null ? [] : [clusterId])];
    const more = clusterId === null ? [] : [range({ prefix: '10.9.0.0/16', exchange: { clusterId } })];
    this.world.engine.adopt({ ...this.spec, ranges: [...this.spec.ranges, ...more] });
  }

  pass(ms: number): void {
    this.world.pass(ms);
    for (const one of this.holdings.values()) one.advance(this.world.nowMs);
  }

  /** Lets time pass until nothing is about to become of stale routes that the clock of the test is too coarse for. */
  private clear(...peers: readonly ModelPeer[]): void {
    while (peers.some((peer) => this.of(peer).isTurning(this.world.nowMs, TOLERANCE_MS))) this.pass(TOLERANCE_MS);
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
    this.world.settle();
    this.clear(...PEERS);
    // Longer than a path stays advertised by a way that was lost, or by one that is not the best.
    this.pass(6000);
    this.world.settle();
  }

  /** What a peer holds, and what the model says that it must: by prefix the paths, in an order of their own. */
  compare(peer: ModelPeer): { held: Record<string, string[]>; expected: Record<string, string[]> } {
    const held = new Map<string, Expected[]>();
    for (const [key, attributes] of this.sim(peer).held) {
      const prefix = key.split(' ')[0];
      held.set(prefix, [...(held.get(prefix) ?? []), seen(attributes)]);
    }
    const settingsOf = (one: ModelPeer) => this.settings.get(one) as Settings;
    const now = new Map(PEERS.map((one) => [one, inForce(one, settingsOf(one))]));
    const known: Announced = new Map(
      [...this.holdings].map(([from, { routes }]) => {
        return [now.get(from) as ModelPeer, { routes, settings: settingsOf(from) }] as const;
      }),
    );
    const to = now.get(peer) as ModelPeer;
    return {
      held: inOrder(held),
      expected: inOrder(expectedFor(to, known, this.surroundings)),
    };
  }

  private get surroundings(): Surroundings {
    return { outsideAs: this.confederation ? IDENTIFIER : OUR_AS, ownClusters: this.ownClusters };
  }

  private updates(peer: ModelPeer, prefixes: readonly string[], route: Route): Uint8Array[] {
    const shaped = shape(peer, route);
    return byFamily(prefixes).map((family) => {
      const nextHop = family[0].includes(':') ? `2001:db8::${shaped.nextHop?.split('.')[3]}` : shaped.nextHop;
      const whole = { ...shaped, nextHop } as Route;
      for (const prefix of family) this.of(peer).announce(prefix, whole);
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

function inOrder(paths: ReadonlyMap<string, readonly Expected[]>): Record<string, string[]> {
  return Object.fromEntries(
    [...paths].map(([prefix, list]) => [prefix, list.map((one) => JSON.stringify(one)).sort()]),
  );
}

function placeOf(peer: ModelPeer, settings: Settings): Pick<ExchangeSpec, 'client' | 'clusterId'> {
  const { role, clusterId } = inForce(peer, settings);
  return { client: role === 'client', clusterId };
}

const u16 = (value: number) => [value >>> 8, value & 255];
const LONG_LIVED_S = LONG_LIVED_MS / 1000;
const RESTART_S = RESTART_MS / 1000;

/**
 * With the capabilities of both families; ADD-PATH (RFC 7911 4) for peers that read identifiers; graceful restart, without
 * the N bit (RFC 4724 3, RFC 8538 2), and long-lived (RFC 9494 3.1) for peers that want that.
 */
function openOf({ as, routerId, addPath, restart }: ModelPeer): Uint8Array {
  const families = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1];
  const as4 = [65, 4, as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255];
  const paths = addPath ? [69, 8, 0, 1, 1, 1, 0, 2, 1, 1] : [];
  const isKept = restart === 'graceful' || restart === 'long-lived';
  const kept = [64, 10, R | (RESTART_S >> 8), RESTART_S & 255, ...IPV4, FORWARDING, ...IPV6, FORWARDING];
  const time = [0, ...u16(LONG_LIVED_S)];
  const longer = [71, 14, ...IPV4, FORWARDING, ...time, ...IPV6, FORWARDING, ...time];
  const marks = restart === 'long-lived' ? longer : restart === 'knows' ? [71, 0] : [];
  return open(as, routerId, {
    capabilities: [...families, 2, 0, ...as4, ...paths, ...(isKept ? kept : []), ...marks],
  });
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
