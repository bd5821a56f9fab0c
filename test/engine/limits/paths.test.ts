/** How many paths of one prefix are held of a peer with ADD-PATH (RFC 7911, RFC 4271 6.7 a). */

import { viewPeer } from '../../../src/engine/show/peers.ts';
import type { PrefixLimit } from '../../../src/spec/limits.ts';
import { announce, open, withdraw } from '../../lab/updates.ts';
import { SimPeer } from '../sim-peer.ts';
import { OUR_AS, peerSpec, router, World } from '../world.ts';

const VIP = '10.1.0.0/16';
const ROUTE = { localPref: 100 };
const CAPABILITIES = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8, 69, 8, 0, 1, 1, 3, 0, 2, 1, 3];
const REFRESH = 5;

interface Pair {
  readonly world: World;
  readonly source: SimPeer;
  readonly receiver: SimPeer;
}

function specOf(address: string, maxPathsPerPrefix: number | null, inbound: (PrefixLimit | null)[] = [null, null]) {
  const session = { addPath: { receive: true, send: true } };
  const exchange = { select: { kind: 'paths' as const, limit: 255 } };
  return {
    ...peerSpec(address, { session, exchange, limits: { inbound, outbound: [null, null] } }),
    maxPathsPerPrefix,
  };
}

function pairWith(limit: number | null, inbound?: (PrefixLimit | null)[]): Pair {
  const peers = [specOf('10.0.0.1', limit, inbound), specOf('10.0.0.2', null)];
  const world = new World(router({ peers, ranges: [] }));
  const [source, receiver] = ['10.0.0.1', '10.0.0.2'].map((address, i) => {
    const peer = new SimPeer(world, address, i + 1);
    peer.addPath = true;
    peer.establish(open(OUR_AS, i + 1, { capabilities: CAPABILITIES }));
    return peer;
  });
  return { world, source, receiver };
}

function send({ world, source }: Pair, ...messages: Uint8Array[]): void {
  source.send(...messages);
  world.settle();
}

const paths = (count: number, first = 1, prefix = VIP) =>
  Array.from({ length: count }, (_, i) => `${prefix} #${first + i}`);
/** Paths that differ in their next hops, so that each is advertised. */
const distinct = (count: number) =>
  paths(count).map((path, i) => announce([path], { ...ROUTE, nextHop: `192.0.3.${i + 1}` }));
const refreshes = ({ source }: Pair) => source.counts[REFRESH];

function enginePeer({ world }: Pair) {
  const found = world.engine.peers.get('10.0.0.1');
  if (found === undefined) throw new Error('no peer');
  return found;
}

const familyOf = (pair: Pair) => viewPeer(enginePeer(pair), pair.world.nowMs).families[0];

test.each([5, 100])(
  'of a limit of %d, paths beyond are not held, the others and the session stay, and it is said once',
  (limit) => {
    const pair = pairWith(limit);
    send(pair, ...distinct(limit), announce(['10.2.0.0/16 #1'], ROUTE));
    expect(pair.world.eventsNamed('peer.paths-refused')).toEqual([]);
    send(pair, announce(paths(20, limit + 1), ROUTE));
    send(pair, announce(paths(20, limit + 1), ROUTE));
    expect(pair.receiver.held.size).toBe(limit + 1);
    expect(enginePeer(pair).stateName).toBe('Established');
    expect(pair.world.eventsNamed('peer.paths-refused')).toMatchObject([
      { peer: '10.0.0.1', family: 'ipv4-unicast', prefix: VIP, limit },
    ]);
    expect(familyOf(pair)).toMatchObject({ received: limit + 1, maxPathsPerPrefix: limit, pathsRefused: 40 });
  },
);

test('a path that is held is replaced and withdrawn as ever, and nothing is asked for while none has gone', () => {
  const pair = pairWith(5);
  send(pair, announce(paths(9), ROUTE));
  send(pair, announce(paths(1, 3), { ...ROUTE, nextHop: '192.0.2.77' }), withdraw(paths(1, 9)));
  expect([...pair.receiver.held.values()].filter(({ nextHop }) => nextHop === '192.0.2.77')).toHaveLength(1);
  pair.world.pass(60_000);
  expect(refreshes(pair)).toBe(0);
});

test('when there is room again the peer is asked for its routes', () => {
  const pair = pairWith(5);
  send(pair, announce(paths(9), ROUTE));
  send(pair, withdraw(paths(2)));
  expect(refreshes(pair)).toBe(0);
  pair.world.pass(1000);
  expect(refreshes(pair)).toBe(1);
  send(pair, announce(paths(7, 3), ROUTE));
  expect(familyOf(pair)).toMatchObject({ received: 5, pathsRefused: 2 });
  expect(pair.world.eventsNamed('peer.paths-refused')).toHaveLength(2);
});

test('it is asked every 30 s at most, however often the paths change', () => {
  const pair = pairWith(5);
  for (let i = 0; i < 40; i++) {
    send(pair, announce(paths(9), ROUTE));
    send(pair, withdraw(paths(2)));
    pair.world.pass(1000);
  }
  expect(refreshes(pair)).toBe(2);
});

test('a higher limit counts at once, and what was refused is asked for', () => {
  const pair = pairWith(5);
  send(pair, announce(paths(9), ROUTE));
  enginePeer(pair).reconfigure(specOf('10.0.0.1', null), true);
  pair.world.settle();
  pair.world.pass(1000);
  expect(refreshes(pair)).toBe(1);
  send(pair, announce(paths(9), ROUTE));
  expect(familyOf(pair)).toMatchObject({ received: 9, maxPathsPerPrefix: null, pathsRefused: 0 });
});

test('a limit of prefixes counts what is held, not what was refused', () => {
  const limit: PrefixLimit = { limit: 8, warnAt: 8, action: 'restart', restartMs: 60_000, of: 'received' };
  const pair = pairWith(5, [limit, null]);
  send(pair, announce(paths(50), ROUTE));
  expect(enginePeer(pair).stateName).toBe('Established');
  send(pair, announce(paths(5, 1, '10.2.0.0/16'), ROUTE));
  expect(enginePeer(pair).stateName).not.toBe('Established');
  expect(pair.world.eventsNamed('peer.prefix-limit')).toMatchObject([{ limit: 8 }]);
});

test('the next session begins anew', () => {
  const pair = pairWith(5);
  send(pair, announce(paths(9), ROUTE));
  pair.source.connection.lose();
  pair.world.settle();
  pair.source.connect();
  pair.source.establish(open(OUR_AS, 1, { capabilities: CAPABILITIES }));
  expect(familyOf(pair)).toMatchObject({ received: 0, pathsRefused: 0 });
});
