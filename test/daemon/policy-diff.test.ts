/** `policy diff`: what another configuration would change, and that trying it changes nothing. */
import fc from 'fast-check';
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import type { PolicyDiffView, RouteDiffView } from '../../src/engine/api/diff-views.ts';
import { diffPolicies } from '../../src/engine/trial/policy-diff.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { runs } from '../lab/effort.ts';
import { announce, END_OF_RIB } from '../lab/updates.ts';
import { reconfigureNow } from './reconfigure-now.ts';

const RULES = `
      - { name: pods, if: { prefix: 10.1.0.0/16 or-longer }, set: { local-pref: 150 }, then: accept }
      - { name: odd, if: { prefix: 10.9.0.0/16 or-longer }, then: reject, because: not ours }`;
const TRANSIT = `
      - { name: long, if: { length: "> 24" }, then: reject, because: too long }`;

function fileOf({ rules = RULES, transit = TRANSIT, peers = 2, extra = '' } = {}): string {
  const nodes = ['10.0.0.1', '10.0.0.2'].slice(0, peers);
  return `router: { as: 65000, id: 10.99.0.1 }
listen: []
policies:
  in:
    rules:${rules}
    default: accept
  out:
    rules:${transit}
    default: accept
groups:
  nodes: { as: internal, route-reflector-client: true, import: [ in ], export: accept, passive: true${extra} }
  transit: { as: 65001, import: reject, export: [ out ], passive: true }
peers: [ ${nodes.map((address) => `{ address: ${address}, group: nodes }`).join(', ')}, { address: 192.0.2.1, group: transit } ]
`;
}

function specOf(text: string): RouterSpec {
  const loaded = load(text, 'new.yaml');
  if (!loaded.ok) throw new Error(loaded.problems[0]!.message);
  return resolve(loaded.config, undefined, null, loaded.policies);
}

interface Lab {
  readonly world: World;
  readonly nodes: readonly SimPeer[];
  readonly transit: SimPeer;
}

function labOf(): Lab {
  const world = new World(specOf(fileOf()));
  const nodes = ['10.0.0.1', '10.0.0.2'].map((address, at) => SimPeer.up(world, address, at + 1));
  const transit = SimPeer.up(world, '192.0.2.1', 3, 65_001);
  const [one, two] = nodes as [SimPeer, SimPeer];
  one.send(
    announce(['10.1.1.0/24', '10.1.2.0/26', '10.2.0.0/24'], { localPref: 100, nextHop: '10.0.0.1' }),
    END_OF_RIB,
  );
  two.send(announce(['10.1.1.0/24', '10.9.1.0/24'], { localPref: 100, nextHop: '10.0.0.2', med: 5 }), END_OF_RIB);
  world.settle();
  return { world, nodes, transit };
}

function diff({ world: { engine } }: Lab, spec: RouterSpec, listed = 10): PolicyDiffView[] {
  const items = [...diffPolicies(engine, spec, { resets: new Set(), listed, watch: null })];
  return items.filter((item): item is PolicyDiffView => item !== undefined && item.kind !== 'progress');
}

function routes(items: readonly PolicyDiffView[]): string[] {
  return items
    .filter((item): item is RouteDiffView => item.kind === 'route')
    .map(
      ({ outcome, prefix, from, to, why }) => `${outcome} ${prefix} ${to === '' ? `from ${from}` : `to ${to}`}: ${why}`,
    )
    .sort();
}

const counts = (items: readonly PolicyDiffView[], kind: 'peer' | 'group' | 'summary') =>
  items.filter((item) => item.kind === kind);

test('the same policies: nothing changes, and no prefix is decided again', () => {
  expect(diff(labOf(), specOf(fileOf()))).toEqual([
    { kind: 'summary', prefixes: 0, samePeers: 3, sameGroups: 2, refusals: [] },
  ]);
});

test('a rule that rejects: per peer with rule, place and reason, and what is withdrawn from each group', () => {
  const items = diff(
    labOf(),
    specOf(
      fileOf({ rules: RULES.replace('set: { local-pref: 150 }, then: accept', 'then: reject, because: no pods') }),
    ),
  );
  expect(routes(items)).toEqual([
    'rejected 10.1.1.0/24 from 10.0.0.1: rejected by `in/pods` at new.yaml:6: no pods',
    'rejected 10.1.1.0/24 from 10.0.0.2: rejected by `in/pods` at new.yaml:6: no pods',
    'rejected 10.1.2.0/26 from 10.0.0.1: rejected by `in/pods` at new.yaml:6: no pods',
    'withdrawn 10.1.1.0/24 to nodes: import: rejected by `in/pods` at new.yaml:6: no pods',
    'withdrawn 10.1.1.0/24 to transit: import: rejected by `in/pods` at new.yaml:6: no pods',
    'withdrawn 10.1.2.0/26 to nodes: import: rejected by `in/pods` at new.yaml:6: no pods',
  ]);
  expect(counts(items, 'peer')).toMatchObject([
    { peer: '10.0.0.1', session: 'kept', routes: 3, accepted: 0, rejected: 2, changed: 0 },
    { peer: '10.0.0.2', session: 'kept', routes: 2, accepted: 0, rejected: 1, changed: 0 },
  ]);
  expect(counts(items, 'group')).toMatchObject([
    { group: 'nodes', peers: 2, routes: 3, advertised: 0, withdrawn: 2, changed: 0 },
    { group: 'transit', peers: 1, routes: 2, advertised: 0, withdrawn: 1, changed: 0 },
  ]);
});

test('a rule that accepts, or sets another value: with the change', () => {
  const rules = RULES.replace('150', '170').replace('then: reject', 'then: accept');
  const items = diff(labOf(), specOf(fileOf({ rules })));
  expect(routes(items)).toEqual(
    expect.arrayContaining([
      'accepted 10.9.1.0/24 from 10.0.0.2: accepted by `in/odd` at new.yaml:7: not ours',
      'advertised 10.9.1.0/24 to transit: export: accepted by `out/default` at new.yaml:12',
      'changed 10.1.1.0/24 from 10.0.0.1: accepted by `in/pods` at new.yaml:6',
    ]),
  );
  const changed = items.find((item) => item.kind === 'route' && item.outcome === 'changed');
  expect(changed).toMatchObject({ changes: [{ name: 'local-pref', from: '150', to: '170' }] });
});

test('an export: only the group that has it', () => {
  const items = diff(labOf(), specOf(fileOf({ transit: TRANSIT.replace('> 24', '> 20') })));
  expect(routes(items)).toEqual([
    'withdrawn 10.1.1.0/24 to transit: export: rejected by `out/long` at new.yaml:11: too long',
    'withdrawn 10.2.0.0/24 to transit: export: rejected by `out/long` at new.yaml:11: too long',
  ]);
  expect(counts(items, 'summary')).toMatchObject([{ samePeers: 3, sameGroups: 1 }]);
});

test('a peer that is removed: its routes are withdrawn, or replaced by those of others', () => {
  const items = diff(labOf(), specOf(fileOf({ peers: 1 })));
  expect(counts(items, 'peer')).toMatchObject([{ peer: '10.0.0.2', session: 'removed' }]);
  const lab = labOf();
  const other = specOf(fileOf({ peers: 1 }).replace('10.0.0.1', '10.0.0.2'));
  expect(routes(diff(lab, other))).toEqual([
    'changed 10.1.1.0/24 to nodes: import: accepted by `in/pods` at new.yaml:6',
    'changed 10.1.1.0/24 to transit: export: accepted by `out/default` at new.yaml:12',
    'withdrawn 10.1.2.0/26 to nodes: its peer is removed or shut down',
    'withdrawn 10.2.0.0/24 to nodes: its peer is removed or shut down',
    'withdrawn 10.2.0.0/24 to transit: its peer is removed or shut down',
  ]);
});

test('the list of a peer or group is bounded, the counts are not', () => {
  const items = diff(labOf(), specOf(fileOf({ rules: RULES.replace('150', '170') })), 1);
  expect(routes(items)).toHaveLength(4);
  expect(counts(items, 'peer')).toMatchObject([{ changed: 2 }, { changed: 1 }]);
});

test('another setting of the sessions: every route is sent again', () => {
  const items = diff(labOf(), specOf(fileOf({ extra: ', next-hop: self' })));
  expect(counts(items, 'group')).toMatchObject([{ group: 'nodes', changed: 3, withdrawn: 0 }]);
});

test('it reports what a reload does, and changes nothing itself', () => {
  const lab = labOf();
  const { engine } = lab.world;
  const { attributes, families } = engine.rib;
  const before = [attributes.count, families[0]!.decidedCount, attributes.accounts.total];
  const spec = specOf(
    fileOf({ rules: RULES.replace('then: accept', 'then: reject'), transit: TRANSIT.replace('> 24', '> 26') }),
  );
  const items = diff(lab, spec);
  expect([attributes.count, families[0]!.decidedCount, attributes.accounts.total]).toEqual(before);
  const advertised = (peer: SimPeer) => [...peer.held.keys()].sort();
  const held = [lab.nodes[0]!, lab.transit].map((peer) => new Set(advertised(peer)));
  reconfigureNow(engine, diffSpecs(engine.spec, spec), spec);
  lab.world.settle();
  const lost = [lab.nodes[0]!, lab.transit].map((peer, at) => [...held[at]!].filter((one) => !peer.held.has(one)));
  const withdrawn = (to: string) =>
    items.flatMap((item) =>
      item.kind === 'route' && item.outcome === 'withdrawn' && item.to === to ? item.prefix : [],
    );
  expect(lost[1]).toEqual(withdrawn('transit').sort());
  expect(new Set(withdrawn('nodes'))).toEqual(new Set(['10.1.1.0/24', '10.1.2.0/26']));
});

test('a configuration that is replaced meanwhile ends it', () => {
  const lab = labOf();
  const { engine } = lab.world;
  const spec = specOf(fileOf({ rules: RULES.replace('150', '170') }));
  const walk = diffPolicies(engine, spec, { resets: new Set(), listed: 1, watch: null });
  expect(() => {
    for (const item of walk) if (item?.kind === 'route') engine.adopt({ ...engine.spec });
  }).toThrow('the configuration was replaced meanwhile; try again');
});

const IFS = [
  'prefix: 10.1.0.0/16 or-longer',
  'length: "< 20"',
  'as-path: { length: "> 1" }',
  'med: 1-3',
  'from: { peer: 10.0.0.2 }',
];
const SETS = ['local-pref: 150', 'local-pref: "-20"', 'med: 7', 'communities: { add: NO_EXPORT }', 'next-hop: self'];
const pick = <T>(from: readonly T[]) => fc.integer({ min: 0, max: from.length - 1 }).map((at) => from[at]!);
const anyRules = fc
  .array(fc.tuple(pick(IFS), fc.option(pick(SETS)), pick(['accept', 'reject', 'next'])), { maxLength: 3 })
  .map(
    (all) =>
      all
        .map(
          ([test, set, then], n) =>
            `\n      - { name: r${n}, if: { ${test} },${set === null ? '' : ` set: { ${set} },`} then: ${then} }`,
        )
        .join('') || ' []',
  );
const anyFile = fc
  .record({
    rules: anyRules,
    transit: anyRules,
    peers: fc.integer({ min: 1, max: 2 }),
    limit: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ limit, ...rest }) =>
    fileOf({ ...rest, extra: limit === 0 ? ', best-external: true' : `, add-path: { limit: ${limit} }` }),
  );
const anyRoutes = fc.array(
  fc.record({
    node: fc.integer({ min: 0, max: 1 }),
    prefix: pick(['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24', '10.2.0.0/16', '192.0.2.0/24']),
    med: fc.integer({ min: 0, max: 5 }),
    asPath: fc.array(pick([65_010, 65_011]), { maxLength: 2 }),
  }),
  { maxLength: 8 },
);

test('for any policies and routes, the groups are sent after a reload what it reports', () => {
  const check = (
    before: string,
    after: string,
    all: readonly { node: number; prefix: string; med: number; asPath: number[] }[],
  ) => {
    const world = new World(specOf(before));
    const nodes = ['10.0.0.1', '10.0.0.2'].flatMap((address, at) =>
      before.includes(`address: ${address}`) ? [SimPeer.up(world, address, at + 1)] : [],
    );
    SimPeer.up(world, '192.0.2.1', 3, 65_001);
    for (const { node, prefix, ...route } of all) {
      nodes[node]?.send(announce([prefix], { ...route, localPref: 100, nextHop: nodes[node]!.address }));
    }
    world.settle();
    const { engine } = world;
    const spec = specOf(after);
    const sum = (kind: 'routes' | 'advertised' | 'withdrawn', name: string) =>
      items.reduce((total, item) => total + (item.kind === 'group' && item.group === name ? item[kind] : 0), 0);
    const totals = () =>
      new Map(
        engine.reflector.groups.flat().map(({ key, members, advertised }) => {
          return [`${engine.peers.get(members[0]!.peer.name)!.spec.group} ${key.family}`, advertised.counts.total];
        }),
      );
    const [now, items] = [totals(), diff({ world } as Lab, spec)];
    reconfigureNow(engine, diffSpecs(engine.spec, spec), spec);
    world.settle();
    const then = totals();
    for (const name of ['nodes', 'transit']) {
      const expected = (now.get(`${name} 0`) ?? 0) + sum('advertised', name) - sum('withdrawn', name);
      expect([name, then.get(`${name} 0`)]).toEqual([name, expected]);
    }
  };
  fc.assert(fc.property(anyFile, anyFile, anyRoutes, check), { numRuns: runs(60) });
});
