/** ADD-PATH (RFC 7911), diverse path (RFC 6774) and best external, from bytes to bytes. */
import { viewCut } from '../../src/engine/show/groups.ts';
import type { PrefixId } from '../../src/rib/tables/ids.ts';
import type { Selection } from '../../src/spec/exchange.ts';
import { announce, open, type Route, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from './world.ts';

const BOTH_FAMILIES = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
const addPathCapability = (mode: number) => [69, 8, 0, 1, 1, mode, 0, 2, 1, mode];

function worldWith(select: Selection, receive = true): World {
  const session = { addPath: { receive, send: select.kind === 'paths' } };
  return new World(router({ ranges: [range({ session, exchange: { select } })] }));
}

/** A client that reads and sends identifiers. */
function upWithPaths(world: World, address: string, id: number, mode = 3): SimPeer {
  const peer = new SimPeer(world, address, id);
  peer.addPath = (mode & 1) !== 0;
  peer.establish(open(OUR_AS, id, { capabilities: [...BOTH_FAMILIES, ...addPathCapability(mode)] }));
  return peer;
}

const VIP = '10.1.0.0/16';
const nextHops = (peer: SimPeer) => [...peer.held.values()].map(({ nextHop }) => nextHop).sort();

describe('ADD-PATH', () => {
  test('every path of a prefix is sent, each under an identifier of its own, none to its source', () => {
    const world = worldWith({ kind: 'paths', limit: 8 });
    const peers = [1, 2, 3].map((n) => upWithPaths(world, `10.0.0.${n}`, n));
    peers.forEach((peer, i) => {
      peer.send(announce([`${VIP} #1`], { nextHop: `10.0.0.${i + 1}`, localPref: 100 }));
    });
    world.settle();
    expect(nextHops(peers[0])).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(nextHops(peers[2])).toEqual(['10.0.0.1', '10.0.0.2']);
    const late = upWithPaths(world, '10.0.0.9', 9);
    expect(nextHops(late)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    expect(new Set(late.held.keys()).size).toBe(3);
  });

  test('two paths of one peer are kept separately, and withdrawn one by one', () => {
    const world = worldWith({ kind: 'paths', limit: 8 });
    const [a, b] = [upWithPaths(world, '10.0.0.1', 1), upWithPaths(world, '10.0.0.2', 2)];
    a.send(announce([`${VIP} #7`], { nextHop: '10.0.0.1', localPref: 100 }));
    a.send(announce([`${VIP} #8`], { nextHop: '10.0.0.11', localPref: 100 }));
    world.settle();
    expect(nextHops(b)).toEqual(['10.0.0.1', '10.0.0.11']);
    a.send(withdraw([`${VIP} #7`]));
    world.settle();
    expect(nextHops(b)).toEqual(['10.0.0.11']);
    a.send(withdraw([`${VIP} #8`]));
    world.settle();
    expect(b.prefixes).toEqual([]);
  });

  test('an identifier stays with its path while others come and go', () => {
    const world = worldWith({ kind: 'paths', limit: 8 });
    const peers = [1, 2, 3, 4].map((n) => upWithPaths(world, `10.0.0.${n}`, n));
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    peers.forEach((peer, i) => {
      peer.send(announce([`${VIP} #1`], { nextHop: `10.0.0.${i + 1}`, localPref: 100 }));
    });
    world.settle();
    const keyOf = (nextHop: string) => [...watcher.held].find(([, held]) => held.nextHop === nextHop)?.[0];
    const key = keyOf('10.0.0.4');
    peers[0].send(withdraw([`${VIP} #1`]));
    peers[3].send(announce([`${VIP} #1`], { nextHop: '10.0.0.4', localPref: 500 }));
    world.settle();
    expect(keyOf('10.0.0.4')).toBe(key);
    expect(nextHops(watcher)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4']);
  });

  test('the limit cuts the worst paths, and the group says for how many prefixes', () => {
    const world = worldWith({ kind: 'paths', limit: 2 });
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    const peers = [1, 2, 3].map((n) => upWithPaths(world, `10.0.0.${n}`, n));
    peers.forEach((peer, i) => {
      peer.send(announce([`${VIP} #1`], { nextHop: `10.0.0.${i + 1}`, localPref: 100 + i }));
    });
    world.settle();
    expect(nextHops(watcher)).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(world.engine.reflector.groups[0][0].advertised.cutPrefixes).toBe(1);
    expect([...viewCut(world.engine)]).toEqual([
      { family: 'ipv4-unicast', prefix: VIP, group: 1, members: 4, paths: 3, limit: 2 },
    ]);
    peers[2].connection.lose();
    world.settle();
    expect(nextHops(watcher)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(world.engine.reflector.groups[0][0].advertised.cutPrefixes).toBe(0);
    expect([...viewCut(world.engine)]).toEqual([]);
  });

  test('a peer without it gets the best path, without identifiers', () => {
    const world = worldWith({ kind: 'paths', limit: 8 });
    const plain = SimPeer.up(world, '10.0.0.8', 8);
    const peers = [1, 2].map((n) => upWithPaths(world, `10.0.0.${n}`, n));
    peers.forEach((peer, i) => {
      peer.send(announce([`${VIP} #1`], { nextHop: `10.0.0.${i + 1}`, localPref: 100 + i }));
    });
    world.settle();
    expect(plain.held.get(VIP)?.nextHop).toBe('10.0.0.2');
  });

  test('what is received with identifiers reaches a peer that only receives, and a slow one catches up exactly', () => {
    const world = worldWith({ kind: 'paths', limit: 3 });
    const watcher = upWithPaths(world, '10.0.0.9', 9, 1);
    const peers = [1, 2, 3, 4].map((n) => upWithPaths(world, `10.0.0.${n}`, n, 2));
    const many = Array.from({ length: 50 }, (_, i) => `10.${i + 1}.0.0/16 #1`);
    peers.forEach((peer, i) => {
      peer.send(announce(many, { nextHop: `10.0.0.${i + 1}`, localPref: 100 }));
    });
    world.settle();
    const member = world.engine.peers.get('10.0.0.9')?.session?.members[0];
    if (!member) throw new Error('no member');
    watcher.connection.reading = false;
    peers[0].send(withdraw(many.slice(0, 25)));
    world.settle();
    member.group.slow.park([member]);
    peers[1].send(withdraw(many.slice(10, 40)));
    peers[2].send(announce(many.slice(0, 20), { nextHop: '10.0.0.33', localPref: 200 }));
    world.settle();
    watcher.connection.reading = true;
    watcher.connection.drain();
    world.settle();
    const fresh = upWithPaths(world, '10.0.0.10', 10, 1);
    const shape = (peer: SimPeer) =>
      [...peer.held].map(([key, { nextHop }]) => `${key.split(' ')[0]} ${nextHop}`).sort();
    expect(shape(watcher)).toEqual(shape(fresh));
    expect(member.sending).toBe('log');
  });
});

/** A path of the node with this router id, as it announces it, and as the other reflector passes it on. */
const direct = (n: number): Route => ({ nextHop: `10.0.0.${n}`, localPref: 100 });
const passedOn = (n: number): Route => ({ ...direct(n), originatorId: n, clusterList: [0x0a63_0002] });
const OTHER = '192.0.2.2';

/** A router with the other reflector as a non-client. */
function besideAnother(limit: number): World {
  const session = { addPath: { receive: true, send: true } };
  const select = { kind: 'paths', limit } as const;
  const other = peerSpec(OTHER, { exchange: { client: false } });
  return new World(router({ ranges: [range({ session, exchange: { select } })], peers: [other] }));
}

/** Identifiers by next hop, of what a peer holds of VIP. */
function identifiers(peer: SimPeer): Record<string, string> {
  return Object.fromEntries([...peer.held].map(([key, { nextHop }]) => [nextHop, key.split('#')[1] as string]));
}

describe('a path that comes from its router and from another reflector', () => {
  test('is sent once, and never to the router that it is from', () => {
    const world = besideAnother(8);
    const nodes = [1, 2].map((n) => upWithPaths(world, `10.0.0.${n}`, n));
    const other = SimPeer.up(world, OTHER, 0x0a63_0002);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    // The other reflector is first: what is sent on then is its copy.
    other.send(announce([VIP], passedOn(1)));
    world.settle();
    expect(nodes.map(nextHops)).toEqual([[], ['10.0.0.1']]);
    expect(nodes[0].history.filter((line) => line.includes('/'))).toEqual([]);
    for (const [i, node] of nodes.entries()) node.send(announce([`${VIP} #1`], direct(i + 1)));
    world.settle();
    expect(nextHops(watcher)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(nextHops(nodes[0])).toEqual(['10.0.0.2']);
    expect(nextHops(nodes[1])).toEqual(['10.0.0.1']);
  });

  test('counts once against the limit', () => {
    const world = besideAnother(3);
    const others = [2, 3].map((n) => SimPeer.up(world, `10.9.0.${n}`, 0x0a63_0000 + n));
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    for (const n of [1, 2, 3]) {
      upWithPaths(world, `10.0.0.${n}`, n).send(announce([`${VIP} #1`], direct(n)));
      for (const other of others) other.send(announce([`10.1.${n}.0/24`], passedOn(n)));
    }
    for (const other of others) other.send(announce([VIP], passedOn(1)));
    world.settle();
    expect(watcher.prefixes.filter((prefix) => prefix.startsWith(VIP))).toHaveLength(3);
    expect(world.engine.reflector.groups[0].map(({ advertised }) => advertised.cutPrefixes)).toEqual([0, 0]);
    upWithPaths(world, '10.0.0.4', 4).send(announce([`${VIP} #1`], direct(4)));
    world.settle();
    expect(watcher.prefixes.filter((prefix) => prefix.startsWith(VIP))).toHaveLength(3);
    expect(Math.max(...world.engine.reflector.groups[0].map(({ advertised }) => advertised.cutPrefixes))).toBe(1);
  });

  test('stays under its identifier when one of the ways is lost, and is never withdrawn meanwhile', () => {
    const world = besideAnother(8);
    const node = upWithPaths(world, '10.0.0.1', 1);
    const other = SimPeer.up(world, OTHER, 0x0a63_0002);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    node.send(announce([`${VIP} #1`], direct(1)));
    other.send(announce([VIP], passedOn(1)));
    world.settle();
    const before = identifiers(watcher);
    watcher.history.length = 0;
    node.connection.lose();
    world.settle();
    expect(identifiers(watcher)).toEqual(before);
    expect([...watcher.held.values()][0].clusterList).toHaveLength(2);
    other.send(withdraw([VIP]));
    world.settle();
    expect(watcher.history.filter((line) => line.startsWith('-'))).toEqual([`-${VIP} #${before['10.0.0.1']}`]);
  });

  test('stays as it was sent while it is there on that way, and a shorter one is new', () => {
    const world = besideAnother(8);
    const other = SimPeer.up(world, OTHER, 0x0a63_0002);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    other.send(announce([VIP], passedOn(1)));
    world.settle();
    const node = upWithPaths(world, '10.0.0.1', 1);
    node.send(announce([`${VIP} #1`], direct(1)));
    world.pass(1000);
    expect(watcher.history.filter((line) => line.includes('/'))).toHaveLength(1);
    const other2 = announce([VIP], { ...passedOn(1), communities: [7] });
    other.send(other2);
    world.pass(1000);
    expect([...watcher.held.values()]).toMatchObject([{ clusterList: ['10.99.0.1'], communities: [] }]);
    node.send(announce([`${VIP} #1`], { ...direct(1), localPref: 300 }));
    world.settle();
    expect([...watcher.held.values()]).toMatchObject([{ localPref: 300 }]);
  });

  test('is sent once more by the way that a restart would choose, when that has been there for a while', () => {
    const world = besideAnother(8);
    const other = SimPeer.up(world, OTHER, 0x0a63_0002);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    other.send(announce([VIP], passedOn(1)));
    world.settle();
    const node = upWithPaths(world, '10.0.0.1', 1);
    node.send(announce([`${VIP} #1`], direct(1)));
    world.pass(10_000);
    const sent = [...watcher.held.values()];
    expect(sent).toMatchObject([{ clusterList: ['10.99.0.1'] }]);
    expect(watcher.history.filter((line) => line.includes('/'))).toHaveLength(2);
    // Another router, where the better way comes first.
    const restarted = besideAnother(8);
    upWithPaths(restarted, '10.0.0.1', 1).send(announce([`${VIP} #1`], direct(1)));
    SimPeer.up(restarted, OTHER, 0x0a63_0002).send(announce([VIP], passedOn(1)));
    restarted.settle();
    const later = upWithPaths(restarted, '10.0.0.9', 9);
    restarted.settle();
    expect([...later.held.entries()]).toEqual([...watcher.held.entries()]);
    // Each way for itself: one that comes and goes makes no change at all.
    watcher.history.length = 0;
    other.send(withdraw([VIP]));
    world.pass(10_000);
    other.send(announce([VIP], passedOn(1)));
    world.pass(10_000);
    expect(watcher.history.filter((line) => line.includes('/'))).toEqual([]);
  });

  test('that is withdrawn on one way and then on the other is withdrawn once, and announced by neither meanwhile', () => {
    const world = besideAnother(8);
    const node = upWithPaths(world, '10.0.0.1', 1);
    const other = SimPeer.up(world, OTHER, 0x0a63_0002);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    node.send(announce([`${VIP} #1`], direct(1)));
    other.send(announce([VIP], passedOn(1)));
    world.pass(1000);
    watcher.history.length = 0;
    node.send(withdraw([`${VIP} #1`]));
    world.pass(100);
    expect(watcher.history).toEqual([]);
    other.send(withdraw([VIP]));
    world.settle();
    expect(watcher.history).toEqual([expect.stringMatching(`^-${VIP}`)]);
    // The prefix is gone: that it was waited for frees its id no second time.
    world.pass(1000);
    node.send(announce(['10.5.0.0/16 #1'], direct(1)), announce(['10.6.0.0/16 #1'], direct(1)));
    world.settle();
    expect(watcher.prefixes.map((key) => key.split(' ')[0])).toEqual(['10.5.0.0/16', '10.6.0.0/16']);
  });

  test('that is withdrawn on one way only is sent as it comes on the other, a moment later', () => {
    const world = besideAnother(8);
    const node = upWithPaths(world, '10.0.0.1', 1);
    const other = SimPeer.up(world, OTHER, 0x0a63_0002);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    node.send(announce([`${VIP} #1`], direct(1)));
    other.send(announce([VIP], passedOn(1)));
    world.pass(1000);
    node.send(withdraw([`${VIP} #1`]));
    for (let i = 0; i < 20; i++) {
      node.send(announce([`${VIP} #2`], { nextHop: `10.7.0.${i}`, localPref: 100 }));
      world.pass(20);
    }
    const held = [...watcher.held.values()].find(({ nextHop }) => nextHop === '10.0.0.1');
    expect(held?.clusterList).toEqual(['10.99.0.1', '10.99.0.2']);
  });

  test('is not sent to its router as the best path either, and what that had before is withdrawn from it alone', () => {
    const world = besideAnother(8);
    const [node, watcher] = [1, 9].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    const other = SimPeer.up(world, OTHER, 0x0a63_0002);
    other.send(announce([VIP], { ...passedOn(3), localPref: 100 }));
    world.settle();
    expect([node, watcher].map((peer) => peer.held.get(VIP)?.nextHop)).toEqual(['10.0.0.3', '10.0.0.3']);
    other.send(announce([VIP], { ...passedOn(1), localPref: 200 }));
    world.settle();
    expect(node.prefixes).toEqual([]);
    expect(watcher.held.get(VIP)?.nextHop).toBe('10.0.0.1');
    expect(node.history.filter((line) => line.includes('/'))).toEqual([VIP, `-${VIP}`]);
    expect(watcher.history.filter((line) => line.startsWith('-'))).toEqual([]);
    const member = world.engine.peers.get('10.0.0.1')?.session?.members[0];
    expect([member?.advertisedCount, member?.group.advertised.counts.total]).toEqual([0, 1]);
    other.send(announce([VIP], passedOn(3)));
    world.settle();
    expect(node.held.get(VIP)?.nextHop).toBe('10.0.0.3');
  });

  test('is sent to a peer in another AS whose identifier happens to be the same (RFC 6286)', () => {
    const outside = peerSpec('198.51.100.1', {
      session: { remoteAs: { kind: 'external' } },
      exchange: { client: false },
    });
    const world = new World(router({ peers: [outside] }));
    const node = SimPeer.up(world, '10.0.0.1', 1);
    const switchPeer = SimPeer.up(world, '198.51.100.1', 3, 65_010);
    node.send(announce([VIP], passedOn(3)));
    world.settle();
    expect(switchPeer.prefixes).toEqual([VIP]);
  });
});

describe('an identifier', () => {
  const nodesOf = (world: World, order: readonly number[]) => {
    for (const n of order) {
      const node = upWithPaths(world, `10.0.0.${n}`, n);
      // What a node calls its path changes when it restarts.
      node.send(announce([`${VIP} #${order.indexOf(n) + 1}`], direct(n)));
      world.settle();
    }
  };

  test('is the same after a restart, in whatever order the paths come', () => {
    const held = [
      [1, 2, 3, 4, 5, 6],
      [6, 3, 1, 5, 2, 4],
    ].map((order) => {
      const world = besideAnother(8);
      const watcher = upWithPaths(world, '10.0.0.9', 9);
      nodesOf(world, order);
      return identifiers(watcher);
    });
    expect(Object.keys(held[0])).toHaveLength(6);
    expect(held[1]).toEqual(held[0]);
  });

  test('is the same for every limit, and is not taken over by the path that comes instead', () => {
    const [narrow, wide] = [2, 8].map(besideAnother);
    const watchers = [narrow, wide].map((world) => upWithPaths(world, '10.0.0.9', 9));
    for (const world of [narrow, wide]) nodesOf(world, [1, 2, 3]);
    expect(identifiers(watchers[1])).toMatchObject(identifiers(watchers[0]));
    watchers[0].history.length = 0;
    const before = identifiers(watchers[0]);
    narrow.engine.peers.get('10.0.0.1')?.session?.connection.tcp.close();
    const second = upWithPaths(narrow, '10.0.0.4', 4);
    second.send(announce([`${VIP} #1`], { ...direct(4), localPref: 500 }));
    narrow.settle();
    const after = identifiers(watchers[0]);
    expect(after['10.0.0.1']).toBe(before['10.0.0.1']);
    expect(watchers[0].history).toEqual([`${VIP} #${after['10.0.0.4']}`, `-${VIP} #${before['10.0.0.2']}`]);
  });

  test('of paths that another router makes to collide differs all the same, and stays', () => {
    const world = besideAnother(8);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    const forger = upWithPaths(world, '10.0.0.66', 66);
    const node = upWithPaths(world, '10.0.0.1', 1);
    const forged = (n: number) => ({
      nextHop: `10.0.0.${n}`,
      localPref: 100,
      originatorId: colliding('10.0.0.1', 1, `10.0.0.${n}`),
    });
    for (const n of [70, 71, 72]) forger.send(announce([`${VIP} #${n}`], forged(n)));
    node.send(announce([`${VIP} #1`], direct(1)));
    world.settle();
    const before = identifiers(watcher);
    const values = Object.values(before).map(Number);
    expect(values).toHaveLength(4);
    expect(Math.max(...values) - Math.min(...values)).toBe(3);
    watcher.history.length = 0;
    forger.send(announce([`${VIP} #71`], { ...forged(71), localPref: 300 }), withdraw([`${VIP} #70`]));
    world.settle();
    const { '10.0.0.70': gone, ...rest } = before;
    expect(identifiers(watcher)).toEqual(rest);
    expect(watcher.history).toEqual([`${VIP} #${rest['10.0.0.71']}`, `-${VIP} #${gone}`]);
  });

  test('that was withdrawn while a member was slow is withdrawn from it, and how many there may be is bounded', () => {
    const world = besideAnother(2);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    const source = upWithPaths(world, '10.0.0.1', 1);
    source.send(announce([`${VIP} #1`], { ...direct(1), originatorId: 1000 }));
    world.settle();
    const member = world.engine.peers.get('10.0.0.9')?.session?.members[0];
    if (!member) throw new Error('no member');
    watcher.connection.reading = false;
    source.send(announce(['10.2.0.0/16 #1'], direct(1)));
    world.settle();
    member.group.slow.park([member]);
    const used = new Set<number>();
    for (let n = 1001; n < 1100; n++) {
      source.send(announce([`${VIP} #1`], { ...direct(1), originatorId: n }));
      world.settle();
      member.group.advertised.eachIdentifier(1 as PrefixId, (identifier) => void used.add(identifier));
    }
    expect(used.size).toBeLessThanOrEqual(4);
    watcher.connection.reading = true;
    watcher.connection.drain();
    world.settle();
    const fresh = upWithPaths(world, '10.0.0.10', 10);
    expect(watcher.held).toEqual(fresh.held);
  });
});

/** Finds the originator that makes a path with one next hop propose what that of another with its own one does. */
function colliding(nextHop: string, originator: number, other: string): number {
  const mixed = (address: string) => {
    const bytes = address.split('.').map(Number);
    const k = Math.imul(bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24), 0xcc9e2d51);
    return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  };
  return (originator ^ mixed(nextHop) ^ mixed(other)) >>> 0;
}

describe('another limit, while the sessions are up,', () => {
  function limited(count: number) {
    const world = besideAnother(count);
    const watcher = upWithPaths(world, '10.0.0.9', 9);
    for (const n of [1, 2, 3, 4, 5, 6]) upWithPaths(world, `10.0.0.${n}`, n).send(announce([`${VIP} #1`], direct(n)));
    world.settle();
    watcher.history.length = 0;
    return { world, watcher };
  }

  function setLimit(world: World, limit: number): void {
    for (const peer of world.engine.peers.values()) {
      const exchange = { ...peer.spec.exchange, select: { kind: 'paths', limit } as const };
      peer.reconfigure({ ...peer.spec, exchange }, true);
    }
    world.settle();
  }

  test('sends the difference alone: what is beyond it is withdrawn, what comes in is announced', () => {
    const { world, watcher } = limited(5);
    const before = identifiers(watcher);
    setLimit(world, 2);
    const withdrawn = ['10.0.0.3', '10.0.0.4', '10.0.0.5'].map((nextHop) => `-${VIP} #${before[nextHop]}`);
    expect([...watcher.history].sort()).toEqual(withdrawn.sort());
    watcher.history.length = 0;
    setLimit(world, 8);
    const now = identifiers(watcher);
    expect(now).toMatchObject(before);
    const announced = ['10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'].map((nextHop) => `${VIP} #${now[nextHop]}`);
    expect([...watcher.history].sort()).toEqual(announced.sort());
  });

  test('reaches a member that has not read all yet, too', () => {
    const { world, watcher } = limited(5);
    watcher.connection.reading = false;
    const node = upWithPaths(world, '10.0.0.7', 7);
    node.send(announce([`${VIP} #1`], { ...direct(7), localPref: 700 }), announce(['10.3.0.0/16 #1'], direct(7)));
    world.settle();
    node.send(withdraw([`${VIP} #1`]));
    world.settle();
    setLimit(world, 3);
    watcher.connection.reading = true;
    watcher.connection.drain();
    world.settle();
    const of = (prefix: string) => [...watcher.held].filter(([key]) => key.startsWith(prefix));
    expect(
      of(VIP)
        .map(([, { nextHop }]) => nextHop)
        .sort(),
    ).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    expect(of('10.3.0.0/16')).toHaveLength(1);
    expect(watcher.held.size).toBe(4);
  });
});

test('diverse path: of a path that comes on two ways, the second is not the second best', () => {
  const world = new World(
    router({
      ranges: [range({ exchange: { select: { kind: 'rank-2' } } })],
      peers: [peerSpec(OTHER, { exchange: { client: false } })],
    }),
  );
  const [a, b, watcher] = [1, 2, 9].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
  const other = SimPeer.up(world, OTHER, 0x0a63_0002);
  a.send(announce([VIP], { ...direct(1), localPref: 200 }));
  other.send(announce([VIP], { ...passedOn(1), localPref: 200 }));
  b.send(announce([VIP], direct(2)));
  world.settle();
  expect(watcher.held.get(VIP)?.nextHop).toBe('10.0.0.2');
});

test('diverse path: the second best is sent, and the only one when there is no other', () => {
  const world = worldWith({ kind: 'rank-2' }, false);
  const [a, b, watcher] = [1, 2, 9].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
  a.send(announce([VIP], { nextHop: '10.0.0.1', localPref: 200 }));
  world.settle();
  expect(watcher.held.get(VIP)?.nextHop).toBe('10.0.0.1');
  b.send(announce([VIP], { nextHop: '10.0.0.2', localPref: 100 }));
  world.settle();
  expect(watcher.held.get(VIP)?.nextHop).toBe('10.0.0.2');
});

test('best external: the best path from a client is advertised to a non-client while the best of all is from a non-client', () => {
  const exchange = { client: false, select: { kind: 'best', external: true } as const };
  const world = new World(
    router({ peers: [peerSpec('192.0.2.1', { exchange }), peerSpec('192.0.2.2', { exchange })] }),
  );
  const client = SimPeer.up(world, '10.0.0.1', 1);
  const [one, two] = [SimPeer.up(world, '192.0.2.1', 2), SimPeer.up(world, '192.0.2.2', 3)];
  one.send(announce([VIP], { nextHop: '192.0.2.1', localPref: 500 }));
  client.send(announce([VIP], { nextHop: '10.0.0.1', localPref: 100 }));
  world.settle();
  expect(two.held.get(VIP)?.nextHop).toBe('10.0.0.1');
  expect(client.held.get(VIP)?.nextHop).toBe('192.0.2.1');
});

test('a peer with many paths of a prefix becomes a client: they are advertised to a non-client, and can go', () => {
  const specOf = (n: number, client: boolean) =>
    peerSpec(`10.0.0.${n}`, {
      session: { addPath: { receive: true, send: true } },
      exchange: { client, select: { kind: 'paths', limit: 255 } },
    });
  const world = new World(router({ peers: [specOf(1, true), specOf(2, false), specOf(3, false)], ranges: [] }));
  const [client, other, receiver] = [1, 2, 3].map((n) => upWithPaths(world, `10.0.0.${n}`, n));
  for (let n = 1; n <= 60; n++) {
    client.send(announce([`${VIP} #${n}`], { nextHop: `192.0.2.${n}`, localPref: 100 }));
    other.send(announce([`${VIP} #${n}`], { nextHop: `192.0.3.${n}`, localPref: 100 }));
  }
  world.settle();
  expect(receiver.held.size).toBe(60);
  for (const [isClient, count] of [
    [true, 120],
    [false, 60],
    [true, 120],
  ] as const) {
    world.engine.peers.get('10.0.0.2')?.reconfigure(specOf(2, isClient), true);
    world.settle();
    expect(receiver.held.size).toBe(count);
  }
  other.connection.lose();
  world.settle();
  expect(receiver.held.size).toBe(60);
  client.connection.lose();
  world.settle();
  expect(receiver.held.size).toBe(0);
});
