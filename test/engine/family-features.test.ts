/** What works for unicast works for every family: ADD-PATH, best-external, LLGR, marked refreshes, limits, damping. */
import { KNOWN_FAMILIES, opaqueFamily } from '../../src/wire/families/catalog.ts';
import { FRAMINGS } from '../../src/wire/families/opaque.ts';
import { MAX_FAMILIES, useFamily } from '../../src/wire/families.ts';
import type { FamilyKind } from '../../src/wire/family.ts';
import { announceIn, attribute, message, open, type Route, u16, withdrawIn } from '../lab/updates.ts';
import { CODECS, SAMPLES } from '../wire/families/samples.ts';
import { N, SECONDS } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from './world.ts';

/** Memberships of route targets are advertised by rules of their own: see `route-targets.test.ts`. */
const KINDS: readonly FamilyKind[] = [
  ...KNOWN_FAMILIES.filter(({ codec, name }) => codec !== null && name !== 'rt-constrain'),
  opaqueFamily(16_397, 70, FRAMINGS[0]),
];
const NAMED = KINDS.map((kind) => [kind.name, kind] as const);
/** A tunnel encapsulation: SR policies must have one. */
const TUNNEL = attribute(0xc0, 23, [0, 15, 0, 0]);
const EXTERNAL_AS = 65_001;

const afiSafi = ({ afi, safi }: FamilyKind) => [...u16(afi), safi];

/** A family with a route of it, and peers that negotiate it. */
class Lab {
  readonly kind: FamilyKind;
  readonly id: number;
  readonly nlri: number[];

  constructor(kind: FamilyKind) {
    this.kind = kind;
    this.id = useFamily(kind).id;
    const { nlri } = SAMPLES.find(({ family }) => CODECS[family] === kind.codec)!;
    this.nlri = [...Buffer.from(nlri, 'hex')];
  }

  session(over: object = {}) {
    return { families: [this.id as never], holdMs: 0, ...over };
  }

  up(world: World, n: number, more: readonly number[] = [], as = OUR_AS): SimPeer {
    const peer = new SimPeer(world, `10.0.0.${n}`, n, as);
    const basic = [1, 4, ...u16(this.kind.afi), 0, this.kind.safi, 2, 0, 65, 4, 0, 0, ...u16(as)];
    peer.establish(open(as, n, { capabilities: [...basic, ...more], holdSeconds: 0 }));
    return peer;
  }

  /** @param pathId of ADD-PATH; absent: none */
  announce(from: SimPeer, route: Route = {}, pathId?: number): void {
    const length = this.kind.nextHop.octets?.[0] ?? 4;
    const rd = length === 12 || length === 24 ? [0, 0, 0, 0, 0, 0, 0, 0] : [];
    const host = [10, 0, 0, from.routerId];
    const ipv6 = [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), from.routerId];
    const nextHop = length === 0 ? [] : [...rd, ...(length - rd.length === 4 ? host : ipv6)];
    const identifier = pathId === undefined ? [] : [0, 0, 0, pathId];
    deliver(from, announceIn(this.kind, [...identifier, ...this.nlri], nextHop, { ...route, extra: [TUNNEL] }));
  }

  withdraw(from: SimPeer): void {
    deliver(from, withdrawIn(this.kind, this.nlri));
  }
}

function deliver(peer: SimPeer, ...messages: Uint8Array[]): void {
  peer.send(...messages);
  peer.world.settle();
}

const heldBy = ({ held }: SimPeer) => [...held.values()];

test('there is room for all of them', () => {
  expect(KINDS.length + 2).toBeLessThan(MAX_FAMILIES);
});

describe.each(NAMED)('%s', (_name, kind) => {
  const lab = new Lab(kind);

  test('several paths of a route with ADD-PATH', () => {
    const session = lab.session({ addPath: { receive: true, send: true } });
    const exchange = { select: { kind: 'paths', limit: 4 } } as const;
    const world = new World(router({ ranges: [range({ session, exchange })] }));
    const [one, two, client] = [1, 2, 3].map((n) => lab.up(world, n, [69, 4, ...afiSafi(kind), 3]));
    for (const peer of [one, two, client]) peer.addPath = true;
    lab.announce(one, {}, 7);
    lab.announce(two, {}, 7);
    expect(heldBy(client)).toHaveLength(2);
    expect(new Set(client.prefixes).size).toBe(2);
  });

  test('the best external path to a non-client', () => {
    const exchange = { client: false, select: { kind: 'best', external: true } } as const;
    const peers = ['10.0.0.1', '10.0.0.2'].map((name) => peerSpec(name, { session: lab.session(), exchange }));
    const world = new World(router({ peers, ranges: [range({ session: lab.session() })] }));
    const [one, two, client] = [1, 2, 3].map((n) => lab.up(world, n));
    lab.announce(one, { localPref: 200 });
    expect(heldBy(two)).toEqual([]);
    lab.announce(client, { localPref: 100 });
    expect(heldBy(two)).toEqual([expect.objectContaining({ localPref: 100, originatorId: '0.0.0.3' })]);
    expect(heldBy(client)).toEqual([expect.objectContaining({ localPref: 200 })]);
  });

  test('stale routes of a peer that is away for long (RFC 9494)', () => {
    const gracefulRestart = { full: true, helper: true, restartMs: 120_000, staleMs: 360_000 };
    const session = lab.session({ gracefulRestart, longLived: { timeMs: 86_400_000, maxMs: 86_400_000 } });
    const world = new World(router({ ranges: [range({ session })] }));
    const stale = [71, 7, ...afiSafi(kind), 0x80, 0, 4, 0];
    const host = lab.up(world, 1, [64, 6, N, SECONDS, ...afiSafi(kind), 0x80, ...stale]);
    const [knowing, plain] = [lab.up(world, 2, [71, 0]), lab.up(world, 3)];
    lab.announce(host);
    host.connection.lose();
    world.settle();
    expect(heldBy(plain)).toHaveLength(1);
    world.pass((SECONDS + 1) * 1000);
    expect(heldBy(knowing)).toEqual([expect.objectContaining({ communities: ['llgr-stale'] })]);
    expect(heldBy(plain)).toEqual([]);
  });

  test('a refresh between BoRR and EoRR (RFC 7313)', () => {
    const world = new World(router({ ranges: [range({ session: lab.session({ enhancedRefresh: true }) })] }));
    const [source, client] = [lab.up(world, 1), lab.up(world, 2, [70, 0])];
    lab.announce(source);
    world.pass(3000);
    client.history.length = 0;
    deliver(client, message(5, [...u16(kind.afi), 0, kind.safi]));
    world.pass(3000);
    expect(client.history).toEqual([`BoRR ${kind.name}`, client.prefixes[0], `EoRR ${kind.name}`]);
  });

  test('max-prefix', () => {
    const limit = { limit: 0, warnAt: 0, action: 'block', restartMs: 0, of: 'received' } as const;
    const inbound = Array.from({ length: lab.id + 1 }, (_, id) => (id === lab.id ? limit : null));
    const limits = { inbound, outbound: [] };
    const world = new World(router({ ranges: [range({ session: lab.session(), limits })] }));
    const [source, client] = [lab.up(world, 1), lab.up(world, 2)];
    lab.announce(source);
    expect(heldBy(client)).toEqual([]);
    expect(world.engine.peers.get('10.0.0.1')?.session?.ribPeer.overMaxReceived[lab.id]).toBe(1);
  });

  test('damping of a route that flaps (RFC 2439)', () => {
    const damping = { halfLifeSeconds: 900, suppress: 2500, reuse: 750, maxSuppressSeconds: 3600 };
    const session = lab.session({ remoteAs: { kind: 'external' } });
    // No unicast route leads to the destinations of flow specifications here.
    const exchange = { client: false, flowspecValidation: false };
    const spec = { ...peerSpec('10.0.0.1', { session, exchange }), damping };
    const world = new World(router({ peers: [spec], ranges: [range({ session: lab.session() })] }));
    const [source, client] = [lab.up(world, 1, [], EXTERNAL_AS), lab.up(world, 2)];
    for (let flap = 0; flap < 4; flap++) {
      lab.announce(source, { asPath: [EXTERNAL_AS] });
      expect(heldBy(client)).toHaveLength(flap < 3 ? 1 : 0);
      if (flap < 3) lab.withdraw(source);
    }
    world.pass(3_600_000);
    expect(heldBy(client)).toHaveLength(1);
  });
});
