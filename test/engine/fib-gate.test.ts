/** Routes that are advertised only after the kernel has installed them. From bytes to bytes. */
import type { FibGate } from '../../src/reflect/advertise/fib-gate.ts';
import type { PrefixId } from '../../src/rib/tables/ids.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import { announce, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const P = '10.1.0.0/16';

/** A world whose kernel says of every prefix what the test says. */
function gated(spec = router()) {
  const state: { fibGate: FibGate } = { fibGate: 'hold' };
  const world = new World(spec, {}, [], { fibGate: () => state.fibGate });
  const say = (fibGate: FibGate) => {
    state.fibGate = fibGate;
    const table = world.engine.rib.families[IPV4_UNICAST];
    for (let id = 1; id < table.prefixes.limit; id++) table.markDirty(id as PrefixId);
    world.engine.schedule();
    world.settle();
  };
  return { world, say, state };
}

test('a route is advertised after the gate opens, to earlier peers and to later ones', () => {
  const { world, say } = gated();
  const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  a.send(announce([P], { nextHop: '10.0.0.1', localPref: 100 }));
  world.settle();
  const c = SimPeer.up(world, '10.0.0.3', 3);
  world.settle();
  expect([b.prefixes, c.prefixes]).toEqual([[], []]);
  say('advertise');
  expect([a.prefixes, b.prefixes, c.prefixes]).toEqual([[], [P], [P]]);
  expect(SimPeer.up(world, '10.0.0.4', 4).prefixes).toEqual([P]);
});

test('an advertised route stays while a change waits, and is withdrawn when the gate suppresses it', () => {
  const { world, say, state } = gated();
  const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  state.fibGate = 'advertise';
  a.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
  world.settle();
  state.fibGate = 'hold';
  a.send(announce([P], { nextHop: '192.0.2.2', localPref: 100 }));
  world.settle();
  expect(b.held.get(P)?.nextHop).toBe('192.0.2.1');
  say('suppress');
  expect(b.prefixes).toEqual([]);
  say('advertise');
  expect(b.held.get(P)?.nextHop).toBe('192.0.2.2');
});

test('routes of a removed peer are withdrawn, since its ID will be reused', () => {
  const { world, say, state } = gated();
  const [a, b, c] = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
  state.fibGate = 'advertise';
  a.send(announce([P], { nextHop: '192.0.2.1', localPref: 200 }));
  b.send(announce([P], { nextHop: '192.0.2.2', localPref: 100 }));
  world.settle();
  expect(c.held.get(P)?.nextHop).toBe('192.0.2.1');
  state.fibGate = 'hold';
  a.connection.lose();
  world.settle();
  expect(c.prefixes).toEqual([]);
  say('advertise');
  expect(c.held.get(P)?.nextHop).toBe('192.0.2.2');
});

test('all paths of a prefix wait together if several are advertised (ADD-PATH)', () => {
  const session = { addPath: { receive: false, send: true } };
  const { world, say, state } = gated(
    router({ ranges: [range({ session, exchange: { select: { kind: 'paths', limit: 8 } } })] }),
  );
  const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  const c = new SimPeer(world, '10.0.0.3', 3);
  c.addPath = true;
  const families = [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, OUR_AS >> 8, OUR_AS & 255];
  c.establish(open(OUR_AS, 3, { capabilities: [...families, 69, 4, 0, 1, 1, 1] }));
  a.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
  b.send(announce([P], { nextHop: '192.0.2.2', localPref: 100 }));
  world.settle();
  expect(c.held.size).toBe(0);
  say('advertise');
  expect(c.held.size).toBe(2);
  state.fibGate = 'hold';
  b.send(withdraw([P]));
  world.settle();
  expect(c.held.size).toBe(2);
  a.connection.lose();
  world.settle();
  expect(c.held.size).toBe(0);
});
