/** Peers on interfaces: which router is dialed, which connections are accepted, and changes of the link. */
import { diffSpecs } from '../../src/config/reload/diff.ts';
import type { LinkNeighbors, LinkWatch, NeighborFinder } from '../../src/engine/ports/ports.ts';
import { viewPeer } from '../../src/engine/show/peers.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import type { PeerSpec } from '../../src/spec/peer.ts';
import { endName } from '../../src/spec/peer-name.ts';
import { reconfigureNow } from '../daemon/reconfigure-now.ts';
import { announce } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { address, peerSpec, router, World } from './world.ts';

/** Links that the test speaks for. */
class Links implements NeighborFinder {
  readonly watched = new Map<string, { onChange: (found: LinkNeighbors) => void; hurried: boolean }>();

  watch(interfaceName: string, onChange: (found: LinkNeighbors) => void): LinkWatch {
    const entry = { onChange, hurried: true };
    this.watched.set(interfaceName, entry);
    return {
      hurry: (on) => {
        entry.hurried = on;
      },
      close: () => this.watched.delete(interfaceName),
    };
  }

  /** Routers are found, the newest first. */
  find(interfaceName: string, ...routers: string[]): void {
    this.say(interfaceName, { up: true, routers: routers.map(address), problem: null });
  }

  say(interfaceName: string, found: LinkNeighbors): void {
    this.watched.get(interfaceName)!.onChange(found);
  }
}

function onLink(interfaceName: string, over: Partial<PeerSpec> = {}): PeerSpec {
  const spec = peerSpec('::', { session: { passive: false } });
  return { ...spec, interfaceName, fixedAddress: false, ...over };
}

function worldOf(...peers: PeerSpec[]): { world: World; links: Links } {
  const links = new Links();
  return { world: new World(router({ peers, ranges: [] }), { neighbors: links }), links };
}

function dialed({ dials }: World): string[] {
  return dials.map(({ target }) => endName(target.address, target.interfaceName ?? null));
}

function view(world: World, name: string) {
  return viewPeer(world.engine.peers.get(name)!, world.nowMs);
}

test('the neighbor is dialed as soon as it is found, on its link', () => {
  const { world, links } = worldOf(onLink('eth1'));
  world.pass(20_000);
  expect(dialed(world)).toEqual([]);
  expect(world.eventsNamed('peer.neighbor-missing')).toHaveLength(1);
  expect(view(world, 'eth1').transport.problem).toContain('no router was found on eth1');
  links.find('eth1', 'fe80::1');
  expect(dialed(world)).toEqual(['fe80::1%eth1']);
  const peer = new SimPeer(world, 'fe80::1%eth1', 7, undefined, world.answerDial());
  peer.establish();
  expect(view(world, 'eth1')).toMatchObject({ state: 'Established', neighbor: 'fe80::1%eth1', routerId: '0.0.0.7' });
  expect(view(world, 'eth1').transport.problem).toBeNull();
  expect(links.watched.get('eth1')!.hurried).toBe(false);
  expect(world.eventsNamed('peer.neighbor-found')).toMatchObject([{ peer: 'eth1', address: 'fe80::1' }]);
});

test('a connection from a link-local address of the interface is the peer; from elsewhere it is refused', () => {
  const { world } = worldOf(onLink('eth1'), onLink('eth2'));
  const peer = SimPeer.up(world, 'fe80::1%eth2', 7);
  expect(view(world, 'eth2')).toMatchObject({ state: 'Established', neighbor: 'fe80::1%eth2' });
  expect(view(world, 'eth1').state).toBe('Active');
  expect(world.connect('fe80::1%eth3').closed).toBe(true);
  expect(world.eventsNamed('peer.refused')).toMatchObject([{ address: 'fe80::1%eth3', reason: 'unknown-address' }]);
  expect(peer.connection.closed).toBe(false);
});

test('two links with the same address on them are two peers, and their next hops differ', () => {
  const { world } = worldOf(onLink('eth1'), onLink('eth2'));
  for (const [i, name] of ['eth1', 'eth2'].entries()) {
    const peer = SimPeer.up(world, `fe80::1%${name}`, 7 + i);
    peer.send(announce(['2001:db8::/32'], { nextHop: 'fe80::1', localPref: 100 }));
  }
  world.settle();
  const [{ paths }] = [...viewRib(world.engine, { target: '2001:db8::/32' })];
  expect(paths.map(({ peer, nextHop }) => [peer, nextHop])).toEqual([
    ['eth1', 'fe80::1%eth1'],
    ['eth2', 'fe80::1%eth2'],
  ]);
  expect(world.eventsNamed('peer.duplicate-router-id')).toEqual([]);
});

test('of several routers the newest is dialed first, then the others in turn; the operator is warned', () => {
  const { world, links } = worldOf(onLink('eth1'));
  links.find('eth1', 'fe80::2', 'fe80::1');
  expect(world.eventsNamed('peer.neighbors-several')).toMatchObject([{ addresses: ['fe80::2', 'fe80::1'] }]);
  world.dials[0]!.failed({ error: 'ECONNREFUSED', unfit: false });
  world.pass(10_000);
  expect(dialed(world)).toEqual(['fe80::2%eth1', 'fe80::1%eth1']);
});

test('a configured address is dialed without discovery', () => {
  const { world } = worldOf(onLink('eth1', { address: address('fe80::9'), fixedAddress: true }));
  expect(dialed(world)).toEqual(['fe80::9%eth1']);
  expect(world.connect('fe80::8%eth1').closed).toBe(true);
  expect(view(world, 'fe80::9%eth1').transport.problem).toBeNull();
});

test('when the link goes down its session ends at once, and is dialed when it is back', () => {
  const { world, links } = worldOf(onLink('eth1'));
  links.find('eth1', 'fe80::1');
  new SimPeer(world, 'fe80::1%eth1', 7, undefined, world.answerDial()).establish();
  links.say('eth1', { up: false, routers: [], problem: null });
  world.settle();
  expect(view(world, 'eth1').state).not.toBe('Established');
  expect(world.eventsNamed('peer.down')).toMatchObject([{ peer: 'eth1', reason: expect.stringContaining('ENETDOWN') }]);
  expect(links.watched.get('eth1')!.hurried).toBe(true);
  world.pass(30_000);
  expect(dialed(world)).toHaveLength(1);
  expect(view(world, 'eth1').transport.problem).toBe('eth1 is down or does not exist');
  links.find('eth1', 'fe80::1');
  expect(dialed(world)).toEqual(['fe80::1%eth1', 'fe80::1%eth1']);
});

test('another neighbor takes the place of one that is gone', () => {
  const { world, links } = worldOf(onLink('eth1'));
  links.find('eth1', 'fe80::1');
  const first = new SimPeer(world, 'fe80::1%eth1', 7, undefined, world.answerDial());
  first.establish();
  links.find('eth1', 'fe80::2', 'fe80::1');
  expect(dialed(world)).toHaveLength(1);
  first.connection.lose('ETIMEDOUT');
  world.pass(10_000);
  new SimPeer(world, 'fe80::2%eth1', 8, undefined, world.answerDial()).establish();
  expect(view(world, 'eth1')).toMatchObject({ state: 'Established', neighbor: 'fe80::2%eth1', routerId: '0.0.0.8' });
});

test('the reason why no router can be found is reported', () => {
  const { world, links } = worldOf(onLink('eth1'));
  links.say('eth1', { up: true, routers: [], problem: 'it needs the capability CAP_NET_RAW' });
  world.pass(10_000);
  expect(view(world, 'eth1').transport.problem).toBe('it needs the capability CAP_NET_RAW');
  expect(world.eventsNamed('peer.neighbor-missing').at(-1)).toMatchObject({
    problem: 'it needs the capability CAP_NET_RAW',
  });
});

test('a passive peer waits for the neighbor', () => {
  const spec = onLink('eth1');
  const { world, links } = worldOf({ ...spec, session: { ...spec.session, passive: true } });
  links.find('eth1', 'fe80::1');
  world.pass(60_000);
  expect(dialed(world)).toEqual([]);
  SimPeer.up(world, 'fe80::1%eth1', 7);
  expect(view(world, 'eth1').state).toBe('Established');
});

test('a reload that changes it keeps its session and its place, and one that removes it ends the search', () => {
  const { world, links } = worldOf(onLink('eth1'));
  links.find('eth1', 'fe80::1');
  new SimPeer(world, 'fe80::1%eth1', 7, undefined, world.answerDial()).establish();
  reload(world, [onLink('eth1', { description: 'leaf 1' })]);
  expect(view(world, 'eth1')).toMatchObject({ state: 'Established', established: 1, description: 'leaf 1' });
  expect(world.engine.peers.get('eth1')!.spec.address).toEqual(address('fe80::1'));
  reload(world, []);
  expect(world.engine.peers.size).toBe(0);
  expect(links.watched.size).toBe(0);
});

test('after a restart the daemon waits for the peer by the name of its interface', () => {
  const spec = onLink('eth1');
  const world = new World(router({ peers: [spec], ranges: [] }), { neighbors: new Links() }, ['eth1', 'eth9']);
  expect(world.eventsNamed('daemon.selection-deferred')).toMatchObject([{ peers: 1 }]);
  SimPeer.up(world, 'fe80::1%eth1', 7);
  // Routes may still come for a while.
  world.pass(5000);
  expect(world.eventsNamed('daemon.selection-started')).toMatchObject([{ cause: 'complete', missing: 0 }]);
});

function reload(world: World, peers: PeerSpec[]): void {
  const after = router({ peers, ranges: [] });
  reconfigureNow(world.engine, diffSpecs(world.engine.spec, after), after);
  world.settle();
}
