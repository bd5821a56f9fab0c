/** A reload changes one peer after the other, and the router works in between; what depends on all of them waits. */
import { load } from '../../src/config/read/load.ts';
import { diffSpecs, diffSteps } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { reconfigure } from '../../src/daemon/reload/reconfigure.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { announce, END_OF_RIB } from '../lab/updates.ts';

const NODES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];

function specOf(localPref: number, marked: string): RouterSpec {
  const loaded = load(
    `router: { as: 65000, id: 10.99.0.1 }
listen: []
policies:
  in: { rules: [ { name: a, set: { local-pref: ${localPref} }, then: accept } ], default: reject }
  out: { rules: [ { name: b, set: { communities: { add: ${marked} } }, then: accept } ], default: reject }
groups: { nodes: { as: internal, route-reflector-client: true, passive: true, import: [ in ], export: [ out ] } }
peers: [ ${NODES.map((address) => `{ address: ${address}, group: nodes }`).join(', ')} ]
`,
    'test.yaml',
  );
  if (!loaded.ok) throw new Error(loaded.problems[0]!.message);
  return resolve(loaded.config, undefined, null, loaded.policies);
}

function labOf() {
  const world = new World(specOf(200, '65000:1'));
  const peers = NODES.map((address, at) => SimPeer.up(world, address, at + 1));
  for (const [at, peer] of peers.entries()) {
    peer.send(announce([`10.1.${at}.0/24`], { localPref: 100, nextHop: peer.address }), END_OF_RIB);
  }
  world.settle();
  return { world, engine: world.engine, peers };
}

test('one peer is changed between two yields, and no route changes before the last', () => {
  const { world, engine, peers } = labOf();
  const spec = specOf(300, '65000:2');
  const steps = reconfigure(engine, diffSpecs(engine.spec, spec), spec);
  const changed = () =>
    NODES.filter((name) => engine.peers.get(name)!.spec.exchange === spec.peers[NODES.indexOf(name)]!.exchange);
  const sent = () => peers.map(({ lengths }) => lengths.length);
  const [before, counts] = [sent(), [] as number[]];
  for (let done = false; !done; ) {
    done = steps.next().done === true;
    counts.push(changed().length);
    if (!done) {
      world.settle();
      expect([sent(), engine.reflector.groups[0]!.length, engine.revalidation.pending]).toEqual([before, 1, true]);
    }
  }
  expect(counts).toEqual([0, 1, 2, 3, 4]);
  world.settle();
  expect(engine.reflector.groups[0]).toHaveLength(1);
  // The three routes of the others, with both changes: the walk over the paths and the group each send them once at most.
  for (const [at, { held, lengths }] of peers.entries()) {
    expect([...held.values()].map(({ localPref, communities }) => [localPref, communities])).toEqual(
      Array.from({ length: 3 }, () => [300, ['65000:2']]),
    );
    expect(lengths.length - before[at]!).toBeLessThanOrEqual(6);
  }
});

test('a router that fails in between works on', () => {
  const { world, engine, peers } = labOf();
  const spec = specOf(300, '65000:2');
  const steps = reconfigure(engine, diffSpecs(engine.spec, spec), spec);
  steps.next();
  steps.return({ added: [], removed: [], changed: [], failed: [] });
  peers[0]!.send(announce(['10.2.0.0/16'], { localPref: 100, nextHop: NODES[0]! }));
  world.settle();
  expect([engine.reflector.pending, engine.revalidation.pending, peers[1]!.held.has('10.2.0.0/16')]).toEqual([
    false,
    false,
    true,
  ]);
});

test('the difference of two files is found peer by peer', () => {
  const [before, after] = [specOf(200, '65000:1'), specOf(300, '65000:1')];
  const steps = diffSteps(before, after);
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  expect([count, step.value]).toEqual([4, diffSpecs(before, after)]);
  expect(step.value.peers.changed).toHaveLength(4);
});
