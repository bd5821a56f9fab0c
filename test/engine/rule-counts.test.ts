/** The runs of exports at each rule: one for each distinct case. */
import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { viewPolicies } from '../../src/engine/show/policy.ts';
import { announce } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

const TEXT = `router: { as: 65000, id: 10.99.0.1 }
listen: []
policies:
  out: { rules: [ { name: high, if: { med: "> 5" }, then: reject } ], default: accept }
groups: { nodes: { as: internal, route-reflector-client: true, passive: true, import: accept, export: [ out ] } }
peers: [ { address: 10.0.0.1, group: nodes }, { address: 10.0.0.2, group: nodes } ]
`;

test('a hundred routes with the same attributes are one run, and imports are not counted', () => {
  const loaded = load(TEXT, 'test.yaml');
  if (!loaded.ok) throw new Error(loaded.problems[0]!.message);
  const world = new World(resolve(loaded.config, undefined, null, loaded.policies));
  const [node] = ['10.0.0.1', '10.0.0.2'].map((address, at) => SimPeer.up(world, address, at + 1));
  const prefixes = Array.from({ length: 100 }, (_, at) => `10.1.${at}.0/24`);
  node!.send(announce(prefixes, { localPref: 100, med: 9 }), announce(['10.2.0.0/24'], { localPref: 100, med: 1 }));
  world.settle();
  const counts = [...viewPolicies(world.engine)].map((one) => {
    return [one.rule, one.accepted + one.rejected, one.exportsAccepted, one.exportsRejected];
  });
  expect(counts.sort()).toEqual([
    ['out/default', 0, 1, 0],
    ['out/high', 0, 0, 1],
  ]);
});
