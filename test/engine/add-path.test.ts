/** ADD-PATH (RFC 7911), diverse path (RFC 6774) and best external, from bytes to bytes. */
import type { Selection } from '../../src/reflect/spec.ts';
import { announce, open, withdraw } from '../lab/updates.ts';
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

  test('two paths of one peer are told apart, and withdrawn one by one', () => {
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
    peers[2].connection.lose();
    world.settle();
    expect(nextHops(watcher)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(world.engine.reflector.groups[0][0].advertised.cutPrefixes).toBe(0);
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
    member.group.park(member);
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

test('best external: a non-client hears of the best path from a client while the best of all is from a non-client', () => {
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
