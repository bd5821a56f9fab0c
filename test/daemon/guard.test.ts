/** The guard: which changes it refuses, and what a refused reload leaves as it was. */
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { guardOf } from '../../src/daemon/reload/guarded.ts';
import { Reloader } from '../../src/daemon/reload/reload.ts';
import { diffPolicies } from '../../src/engine/trial/policy-diff.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { announce, END_OF_RIB } from '../lab/updates.ts';

const NODES = ['10.0.0.1', '10.0.0.2'];

/** A file that rejects these prefixes at import. */
function fileOf(guard: string, rejected: readonly string[] = [], nodes = NODES): string {
  const rules = rejected.map((prefix, at) => `{ name: r${at}, if: { prefix: ${prefix} }, then: reject }`);
  const peers = nodes.map((address) => `{ address: ${address}, group: nodes }`);
  return `router: { as: 65000, id: 10.99.0.1 }
listen: []
sets: { prefixes: { services: [ 10.96.0.0/12 or-longer ] } }
policies: { in: { rules: [ ${rules.join(', ')} ], default: accept } }
groups: { nodes: { as: internal, route-reflector-client: true, passive: true, import: [ in ], export: accept } }
peers: [ ${peers.join(', ')} ]
${guard === '' ? '' : `guard: ${guard}`}
`;
}

function specOf(text: string): RouterSpec {
  const loaded = load(text, 'new.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return resolve(loaded.config, undefined, null, loaded.policies);
}

function worldOf(guard: string): { world: World; peers: readonly SimPeer[] } {
  const world = new World(specOf(fileOf(guard)));
  const peers = NODES.map((address, at) => SimPeer.up(world, address, at + 1));
  const prefixes = [...Array(8).keys()].map((n) => `10.${n}.0.0/16`);
  peers[0]!.send(announce([...prefixes, '10.97.0.0/16'], { localPref: 100, nextHop: NODES[0]! }), END_OF_RIB);
  peers[1]!.send(announce(['10.0.0.0/16'], { localPref: 90, nextHop: NODES[1]! }), END_OF_RIB);
  world.settle();
  return { world, peers };
}

function refusals(guard: string, rejected: readonly string[], nodes = NODES): readonly string[] {
  const { engine } = worldOf(guard).world;
  const spec = specOf(fileOf(guard, rejected, nodes));
  const watch = guardOf(engine.spec, spec);
  const items = [...diffPolicies(engine, spec, { resets: new Set(), listed: 0, watch })];
  return items.flatMap((item) => (item?.kind === 'summary' ? item.refusals : []));
}

const GOLDEN = '{ golden-prefixes: [ 10.1.0.0/16, services ] }';

test.each([
  [['10.2.0.0/16'], []],
  [
    ['10.1.0.0/16'],
    ['golden prefix 10.1.0.0/16 is lost: no path of it is usable any more, and it is withdrawn from nodes'],
  ],
  [
    ['10.96.0.0/11 or-longer'],
    ['golden prefix 10.97.0.0/16 is lost: no path of it is usable any more, and it is withdrawn from nodes'],
  ],
])('golden prefixes: rejecting %j is refused with %j', (rejected, expected) => {
  expect(refusals(GOLDEN, rejected)).toEqual(expected);
});

test('a golden prefix that another peer has too is not lost', () => {
  expect(refusals('{ golden-prefixes: [ 10.0.0.0/16 ] }', [], ['10.0.0.2'])).toEqual([]);
});

test.each([
  ['25 %', ['10.2.0.0/16', '10.3.0.0/16'], []],
  [
    '25%',
    ['10.2.0.0/16', '10.3.0.0/16', '10.4.0.0/16'],
    ['3 of 9 routes (33.3 %) of ipv4-unicast are withdrawn from nodes; the maximum is 25 %'],
  ],
  ['0 %', ['10.2.0.0/16'], ['1 of 9 routes (11.1 %) of ipv4-unicast are withdrawn from nodes; the maximum is 0 %']],
])('at most %s withdrawn: rejecting %j is refused with %j', (most, rejected, expected) => {
  expect(refusals(`{ withdraw-at-most: ${most} }`, rejected)).toEqual(expected);
});

test('what the removal of a peer withdraws counts', () => {
  expect(refusals('{ withdraw-at-most: 20 % }', [], ['10.0.0.2'])).toEqual([
    '8 of 9 routes (88.8 %) of ipv4-unicast are withdrawn from nodes; the maximum is 20 %',
  ]);
});

test('the guard in force counts, and without one that of the new file', () => {
  const [strict, mild] = ['{ withdraw-at-most: 0 % }', '{ withdraw-at-most: 90 % }'].map((guard) =>
    specOf(fileOf(guard)),
  );
  const none = specOf(fileOf(''));
  const most = (before: RouterSpec, after: RouterSpec) =>
    guardOf(before, after)?.refusals([{ name: 'nodes', withdrawn: 5, routes: 10, key: { family: 0 } } as never])
      .length ?? null;
  expect([
    most(strict!, mild!),
    most(mild!, strict!),
    most(none, strict!),
    most(strict!, none),
    most(none, none),
  ]).toEqual([1, 0, 1, 1, null]);
});

test.each([
  ['{ withdraw-at-most: 120 % }', 'withdraw-at-most'],
  ['{ withdraw-at-most: 20 }', 'withdraw-at-most'],
  ['{ golden-prefixes: [ 10.0.0.1/8 ] }', 'golden-prefixes'],
  ['{ golden-prefixes: [ servces ] }', 'services'],
  ['{ golden: [ 10.0.0.0/8 ] }', 'golden'],
])('%s is an error', (guard, words) => {
  expect(() => specOf(fileOf(guard))).toThrow(words);
});

test('a guard that stays the same is not reported as changed', () => {
  const settings = (before: string, after: string) =>
    diffSpecs(specOf(fileOf(before)), specOf(fileOf(after))).settings.filter((key) => key === 'guard');
  expect([
    settings(GOLDEN, GOLDEN),
    settings(GOLDEN, '{ golden-prefixes: [ 10.1.0.0/16 ] }'),
    settings('', GOLDEN),
  ]).toEqual([[], ['guard'], ['guard']]);
});

test('a set that only the guard uses is used', () => {
  const loaded = load(fileOf(GOLDEN, ['10.2.0.0/16']), 'new.yaml');
  expect(loaded.ok && loaded.warnings.filter(({ message }) => message.includes('services'))).toEqual([]);
});

test('a refused reload changes nothing, and a forced one applies the file', async () => {
  const { world, peers } = worldOf(GOLDEN);
  const { engine } = world;
  const spec = specOf(fileOf(GOLDEN, ['10.1.0.0/16']));
  const passed = async () => ({ problems: [], commit: async () => [], undo: async () => {} });
  const parts = { engine, listening: { tryKeys: passed, tryAddresses: passed }, metrics: {}, web: {} } as never;
  const read = async () => ({ ok: true, spec, warnings: [], source: '' }) as const;
  const host = { readConfig: read, source: '', configureLog: () => {}, onReloading: () => {} };
  const reloader = new Reloader(parts, host, 'new.yaml');
  const before = engine.spec;
  expect(await reloader.reload()).toMatchObject({
    outcome: 'guarded',
    failed: [expect.stringContaining('golden prefix 10.1.0.0/16 is lost')],
  });
  world.settle();
  expect([engine.spec === before, peers[1]!.held.has('10.1.0.0/16'), reloader.rejected]).toEqual([
    true,
    true,
    'the guard refused the configuration',
  ]);
  expect(world.events.map(({ name }) => name)).toContain('config.guarded');
  expect(await reloader.reload(true)).toMatchObject({ outcome: 'in-force' });
  world.settle();
  expect([peers[1]!.held.has('10.1.0.0/16'), reloader.rejected]).toEqual([false, null]);
});
