/** `weight`: a preference that stays in this router, compared before LOCAL_PREF. */
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { diffPolicies } from '../../src/engine/trial/policy-diff.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { problemsOf, warningsOf } from '../config/support.ts';
import { reconfigureNow } from '../daemon/reconfigure-now.ts';
import { announce, END_OF_RIB } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

const PREFIX = '172.16.3.0/26';

/** @param rule the import of the first node */
function specOf(rule: string, running: RouterSpec | null = null): RouterSpec {
  const loaded = load(
    `router: { as: 65000, id: 10.99.0.1 }
listen: []
policies: { in: { rules: [ { name: favor, ${rule} } ], default: accept } }
groups:
  nodes: { as: internal, route-reflector-client: true, import: accept }
peers:
  - { address: 10.0.0.1, group: nodes, passive: true, import: [ in ] }
  - { address: 10.0.0.2, group: nodes, passive: true }
  - { address: 10.0.0.3, group: nodes, passive: true }
`,
    'test.yaml',
  );
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return resolve(loaded.config, undefined, running, loaded.policies);
}

const WEIGHTED = 'set: { weight: 200 }, then: accept';

function reload(world: World, rule: string): void {
  const spec = specOf(rule, world.engine.spec);
  reconfigureNow(world.engine, diffSpecs(world.engine.spec, spec), spec);
  world.settle();
}

function meet(rule: string) {
  const world = new World(specOf(rule));
  const [one, two, three] = [1, 2, 3].map((at) => SimPeer.up(world, `10.0.0.${at}`, at));
  one!.send(announce([PREFIX], { localPref: 50, nextHop: '10.0.0.1' }), END_OF_RIB);
  two!.send(announce([PREFIX], { localPref: 300, nextHop: '10.0.0.2' }), END_OF_RIB);
  three!.send(END_OF_RIB);
  world.settle();
  return { world, three: three! };
}

function best(world: World): string {
  const [view] = [...viewRib(world.engine, { target: PREFIX })];
  const [path] = view!.paths;
  return `${path!.peer} by ${path!.decidedBy}, weight ${path!.weight}`;
}

test('a path with a weight is preferred to any LOCAL_PREF, and its weight is not advertised', () => {
  const { world, three } = meet(WEIGHTED);
  expect(best(world)).toBe('10.0.0.1 by weight, weight 200');
  const held = three.held.get(PREFIX);
  expect(held).toMatchObject({ localPref: 50, nextHop: '10.0.0.1' });
  expect(JSON.stringify(held)).not.toContain('200');
});

test('a reload changes weights live, and sends nothing if the best path stays', () => {
  const { world, three } = meet('then: accept');
  expect(best(world)).toBe('10.0.0.2 by local preference, weight 0');
  reload(world, WEIGHTED);
  expect(best(world)).toBe('10.0.0.1 by weight, weight 200');
  expect(three.held.get(PREFIX)).toMatchObject({ localPref: 50 });
  const updates = three.counts[2];
  reload(world, 'set: { weight: 7 }, then: accept');
  expect(best(world)).toBe('10.0.0.1 by weight, weight 7');
  expect(three.counts[2]).toBe(updates);
  reload(world, 'set: { weight: 0 }, then: accept');
  expect(best(world)).toBe('10.0.0.2 by local preference, weight 0');
  expect(three.held.get(PREFIX)).toMatchObject({ localPref: 300 });
});

test('`policy diff` shows the routes that another weight would change, and changes nothing', () => {
  const { world } = meet('then: accept');
  const found = () =>
    [...diffPolicies(world.engine, specOf(WEIGHTED), { resets: new Set(), listed: 9, watch: null })].filter(
      (item) => item?.kind === 'route',
    );
  expect(found()).toMatchObject([{ prefix: PREFIX }]);
  expect(best(world)).toBe('10.0.0.2 by local preference, weight 0');
  reload(world, WEIGHTED);
  expect(found()).toEqual([]);
});

test('a weight adds up over rules, within its range', () => {
  const { world } = meet(
    'set: { weight: "+65000" }, then: next }, { name: more, set: { weight: "+65000" }, then: accept',
  );
  expect(best(world)).toBe('10.0.0.1 by weight, weight 65535');
});

test('a weight in an export is a warning, and one out of range an error', () => {
  const file = (rule: string) => `router: { as: 65000, id: 10.99.0.1 }
policies: { out: { rules: [ { name: a, ${rule}, then: accept } ], default: accept } }
peers: [ { address: 192.0.2.1, as: 65000, export: [ out ] } ]
`;
  expect(warningsOf(file('set: { weight: 1 }'))).toEqual([
    '2:55 policies.out.rules[0].set.weight: no effect in `export` of `0`: a weight is never advertised',
  ]);
  expect(problemsOf(file('set: { weight: 65536 }'))).toEqual([
    '2:55 policies.out.rules[0].set.weight: `65536` is not a valid `weight`',
  ]);
});
