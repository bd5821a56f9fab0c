/** `policy test`: policies on a given route, and on the routes in the tables, without applying them. */
import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { testPolicy } from '../../src/daemon/policy/policy-test.ts';
import type { PolicyTestView } from '../../src/engine/api/policy-views.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { announce, END_OF_RIB } from '../lab/updates.ts';

const TEXT = `router: { as: 65000, id: 10.99.0.1 }
listen: []
policies:
  in:
    rules:
      - { name: mark, if: { prefix: 10.1.0.0/16 or-longer }, set: { local-pref: 200, communities: { add: 65000:7 } }, then: next }
      - { name: short, if: { length: "< 20" }, then: reject, because: too short }
    default: accept
  other:
    rules: [ { name: odd, if: { prefix: 10.1.3.0/24 }, then: reject } ]
    default: next
  out:
    rules: [ { name: rest, set: { med: 5 }, then: accept } ]
    default: reject
groups:
  nodes: { as: internal, route-reflector-client: true, import: [ in ] }
  transit: { labels: { region: eu }, import: [ other, accept ], export: [ out ] }
peers:
  - { address: 10.0.0.1, group: nodes, passive: true }
  - { address: 192.0.2.7, as: 65007, group: transit, passive: true }
  - { address: 192.0.2.1, as: 65001, import: [ other, accept ], export: [ out ], passive: true }
`;

function worldOf(): World {
  const loaded = load(TEXT, 'test.yaml');
  if (!loaded.ok) throw new Error(loaded.problems[0]!.message);
  const world = new World(resolve(loaded.config, undefined, null, loaded.policies));
  const node = SimPeer.up(world, '10.0.0.1', 1);
  SimPeer.up(world, '192.0.2.1', 2, 65_001);
  const route = { localPref: 100, nextHop: '10.0.0.1' };
  node.send(announce(['10.1.3.0/24', '10.1.4.0/24', '10.0.0.0/8', '172.16.0.0/24'], route), END_OF_RIB);
  world.settle();
  return world;
}

function run(world: World, subject: string, route: string | null = null, to = false): PolicyTestView[] {
  return [...testPolicy(world.engine, subject, route, to)].filter((one) => one !== undefined);
}

test('a given route: the rules that hold, their places, and what each changes', () => {
  const [result] = run(worldOf(), 'in', 'prefix: 10.1.0.0/16, as-path: "65002 65003", med: 3');
  expect(result).toEqual({
    kind: 'route',
    prefix: '10.1.0.0/16',
    trace: {
      rule: 'in/short',
      because: 'too short',
      place: 'test.yaml:7',
      rejected: true,
      rules: [
        {
          rule: 'in/mark',
          place: 'test.yaml:6',
          then: 'next',
          changes: [
            { name: 'local-pref', from: '100', to: '200' },
            { name: 'communities', from: '', to: '65000:7' },
          ],
        },
        { rule: 'in/short', place: 'test.yaml:7', then: 'reject', changes: [] },
      ],
    },
  });
});

test('without a route: how many routes in the tables end at each rule, of any policy', () => {
  const world = worldOf();
  const counts = (subject: string) =>
    run(world, subject).map((one) =>
      one.kind === 'rule' ? [one.rule.rule, one.rule.accepted, one.rule.rejected] : [],
    );
  expect(counts('in')).toEqual([
    ['in/default', 3, 0],
    ['in/short', 0, 1],
  ]);
  expect(counts('10.0.0.1')).toEqual(counts('in'));
  expect(counts('nodes')).toEqual(counts('in'));
  expect(counts('other')).toEqual([
    ['accept', 3, 0],
    ['other/odd', 0, 1],
  ]);
});

test('the export to a peer: of the routes that are usable', () => {
  const world = worldOf();
  expect(run(world, '192.0.2.1', null, true)).toMatchObject([{ rule: { rule: 'out/rest', accepted: 3 } }]);
  const [result] = run(world, '192.0.2.1', '{ prefix: 10.9.0.0/16 }', true);
  expect(result).toMatchObject({
    trace: { rejected: false, rules: [{ changes: [{ name: 'med', from: '', to: '5' }] }] },
  });
});

test('a group without sessions: the chains of its settings on a given route', () => {
  const world = worldOf();
  const by = (to: boolean) =>
    run(world, 'transit', 'prefix: 10.1.3.0/24', to).map((one) => (one.kind === 'route' ? one.trace.rule : ''));
  expect([by(false), by(true)]).toEqual([['other/odd'], ['out/rest']]);
});

test('a trial changes no route', () => {
  const world = worldOf();
  const { count } = world.engine.rib.attributes;
  const before = world.engine.rib.families[0]!.decidedCount;
  run(world, 'other');
  run(world, 'in', 'prefix: 10.1.0.0/16');
  world.settle();
  expect([world.engine.rib.attributes.count, world.engine.rib.families[0]!.decidedCount]).toEqual([count, before]);
});

test.each([
  ['nothing', null, false, '"nothing" is neither a policy, a group with peers, nor a peer; see `show policies`'],
  ['in', 'prefx: 10.0.0.0/8', false, 'the route cannot be read: unknown key `prefx` in a route; expected: one of '],
  ['in', '10.0.0.0/8 [', false, 'the route cannot be read: it is no mapping such as "prefix: 10.0.0.0/8"'],
  ['10.0.0.1', null, true, '10.0.0.1 has no export policy'],
])('%s with %j is an error', (subject, route, to, message) => {
  expect(() => run(worldOf(), subject, route, to)).toThrow(message);
});
