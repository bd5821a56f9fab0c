/** The maximum number of prefixes that are advertised to a peer. */

import type { ExchangeSpec } from '../../../src/spec/exchange.ts';
import type { PrefixLimit } from '../../../src/spec/limits.ts';
import { IPV4_UNICAST } from '../../../src/wire/families.ts';
import { announce, withdraw } from '../../lab/updates.ts';
import { SimPeer } from '../sim-peer.ts';
import { peerSpec, range, router, World } from '../world.ts';

const WARN: PrefixLimit = { limit: 5, warnAt: 4, action: 'warn', restartMs: 60_000, of: 'received' };
const outbound = (limit: PrefixLimit) => ({ inbound: [null, null], outbound: [limit, null] });
const prefixes = (count: number, first = 1) => Array.from({ length: count }, (_, i) => `20.0.${first + i}.0/24`);

/** A peer without a limit that announces, one with a limit that listens, and one without. */
function scene(limit: PrefixLimit, exchange: Partial<ExchangeSpec> = {}) {
  const spec = peerSpec('10.0.0.9', { limits: outbound(limit), exchange });
  const world = new World(router({ peers: [spec], ranges: [range()] }));
  const source = SimPeer.up(world, '10.0.0.1', 1);
  const limited = SimPeer.up(world, '10.0.0.9', 9);
  const free = SimPeer.up(world, '10.0.0.2', 2);
  const add = (list: readonly string[], from = source) => {
    from.send(announce(list, { localPref: 100 }));
    world.settle();
  };
  const remove = (list: readonly string[], from = source) => {
    from.send(withdraw(list));
    world.settle();
  };
  return { world, source, limited, free, add, remove, spec };
}

test('a warning changes nothing', () => {
  const { world, limited, add } = scene(WARN);
  add(prefixes(7));
  expect(limited.held.size).toBe(7);
  expect(world.eventsNamed('peer.prefix-limit')).toMatchObject([
    { peer: '10.0.0.9', of: 'advertised', action: 'warn', limit: 5 },
  ]);
});

test.each(['warn', 'block'] as const)('a peer that joins a group over its limit (%s) is reported as well', (action) => {
  const limit: PrefixLimit = { ...WARN, action };
  const specs = ['10.0.0.8', '10.0.0.9'].map((text) => peerSpec(text, { limits: outbound(limit) }));
  const world = new World(router({ peers: specs, ranges: [range()] }));
  const source = SimPeer.up(world, '10.0.0.1', 1);
  SimPeer.up(world, '10.0.0.8', 8);
  source.send(announce(prefixes(7), { localPref: 100 }));
  world.settle();
  SimPeer.up(world, '10.0.0.9', 9);
  world.settle();
  expect(world.eventsNamed('peer.prefix-limit')).toMatchObject([
    { peer: '10.0.0.8', limit: 5 },
    { peer: '10.0.0.9', limit: 5 },
  ]);
});

test('the limit of a peer that comes back is reported again', () => {
  const { world, limited, add } = scene({ ...WARN, action: 'block' });
  add(prefixes(7));
  limited.connection.lose();
  world.settle();
  limited.held.clear();
  limited.connect();
  limited.establish();
  world.settle();
  expect(limited.held.size).toBe(5);
  expect(world.eventsNamed('peer.prefix-limit')).toHaveLength(2);
});

test('prefixes of the peer itself do not count as advertised to it', () => {
  const { world, limited, add } = scene(WARN);
  add(prefixes(3));
  add(prefixes(9, 50), limited);
  expect(world.eventsNamed('peer.prefix-limit')).toEqual([]);
});

test('a restart ends the session with words for the other side, and begins it anew after its time', () => {
  const { world, limited, add, remove } = scene({ ...WARN, action: 'restart' });
  add(prefixes(6));
  const text = 'more than 5 prefixes of ipv4-unicast to send';
  expect(limited.notification).toMatchObject({ code: 6, subcode: 4 });
  expect(new TextDecoder().decode(limited.notification?.data.subarray(1))).toBe(text);
  remove(prefixes(3));
  world.pass(60_000);
  limited.held.clear();
  limited.connect();
  limited.establish();
  expect(limited.prefixes).toEqual(prefixes(3, 4).sort());
});

test('a shutdown closes it permanently, with the subcode for that', () => {
  const { world, limited, add } = scene({ ...WARN, action: 'shutdown' });
  add(prefixes(6));
  expect(limited.notification).toMatchObject({ code: 6, subcode: 2 });
  expect(world.engine.peers.get('10.0.0.9')?.stateName).toBe('Idle');
});

describe('blocking', () => {
  const BLOCK: PrefixLimit = { ...WARN, action: 'block' };

  test('advertises up to the limit, all prefixes to others; changes of advertised prefixes continue', () => {
    const { world, source, limited, free, add } = scene(BLOCK);
    add(prefixes(8));
    expect([limited.held.size, free.held.size]).toEqual([5, 8]);
    source.send(announce(prefixes(8), { localPref: 300 }));
    world.settle();
    expect([...limited.held.values()].map(({ localPref }) => localPref)).toEqual([300, 300, 300, 300, 300]);
    expect(world.eventsNamed('peer.prefix-limit')).toMatchObject([{ action: 'block', of: 'advertised' }]);
    const state = world.engine.peers.get('10.0.0.9')?.session?.limits.stateOf(IPV4_UNICAST, 'out');
    expect(state).toMatchObject({ count: 5, blocked: 3, level: 'over' });
  });

  test('blocked prefixes are advertised when others are withdrawn', () => {
    const { limited, add, remove } = scene(BLOCK);
    add(prefixes(8));
    const gone = limited.prefixes.slice(0, 2);
    remove(gone);
    expect(limited.held.size).toBe(5);
    expect(limited.prefixes.some((prefix) => gone.includes(prefix))).toBe(false);
    remove(prefixes(8));
    expect(limited.held.size).toBe(0);
  });

  test('a prefix that is withdrawn while it is blocked is not advertised later', () => {
    const { world, limited, add, remove } = scene(BLOCK);
    add(prefixes(5));
    add(prefixes(2, 50));
    remove(prefixes(2, 50));
    remove(prefixes(2));
    expect(limited.prefixes).toEqual(prefixes(3, 3).sort());
    expect(world.engine.reflector.groups[0].map((group) => group.advertised.quota.blocked)).toEqual([0, 0]);
  });

  test('holds for a peer that comes later, and over a route refresh', () => {
    const { world, limited, add } = scene(BLOCK);
    add(prefixes(8));
    limited.flap();
    expect(limited.held.size).toBe(5);
    limited.send(Uint8Array.of(...new Array(16).fill(255), 0, 23, 5, 0, 1, 0, 1));
    world.settle();
    expect(limited.held.size).toBe(5);
  });

  test('a limit that is set while the session is up withdraws the excess, and its removal advertises the rest', () => {
    const { world, limited, add, spec } = scene({ ...WARN, limit: 100 });
    add(prefixes(8));
    expect(limited.held.size).toBe(8);
    const peer = world.engine.peers.get('10.0.0.9');
    peer?.reconfigure({ ...spec, limits: outbound(BLOCK) }, true);
    world.settle();
    expect(limited.held.size).toBe(5);
    peer?.reconfigure({ ...spec, limits: outbound(WARN) }, true);
    world.settle();
    expect(limited.held.size).toBe(8);
  });

  test('counts each path if several are advertised (ADD-PATH)', () => {
    const select = { kind: 'paths', limit: 4 } as const;
    const spec = peerSpec('10.0.0.9', {
      limits: outbound(BLOCK),
      session: { addPath: { receive: false, send: true } },
      exchange: { select },
    });
    const world = new World(router({ peers: [spec], ranges: [range()] }));
    const sources = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    const limited = new SimPeer(world, '10.0.0.9', 9);
    limited.addPath = true;
    limited.establish(Uint8Array.from(ADD_PATH_OPEN));
    for (const source of sources) source.send(announce(prefixes(3), { localPref: 100, nextHop: source.address }));
    world.settle();
    expect(limited.held.size).toBe(5);
    sources[0].send(withdraw(prefixes(3)));
    world.settle();
    expect(limited.held.size).toBe(5);
    sources[1].send(withdraw(prefixes(3)));
    world.settle();
    expect(limited.held.size).toBe(3);
  });
});

/** An OPEN of AS 65000, router id 0.0.0.9, that reads ADD-PATH for IPv4 unicast. */
const ADD_PATH_OPEN = (() => {
  const capabilities = [1, 4, 0, 1, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8, 69, 4, 0, 1, 1, 1];
  const body = [4, 0xfd, 0xe8, 0, 90, 0, 0, 0, 9, capabilities.length + 2, 2, capabilities.length, ...capabilities];
  return [...new Array(16).fill(255), 0, body.length + 19, 1, ...body];
})();
