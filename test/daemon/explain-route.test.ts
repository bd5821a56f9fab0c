/** `explain --route`: what the policies of two peers do to a route that no peer has sent. */
import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { explainRoute } from '../../src/daemon/policy/explain-route.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { announce } from '../lab/updates.ts';

const TEXT = `router: { as: 65000, id: 10.99.0.1 }
listen: []
policies:
  in:
    rules:
      - { name: odd, if: { prefix: 10.9.0.0/16 }, then: reject, because: not ours }
      - { name: mark, set: { local-pref: 200, next-hop: 10.7.7.7 }, then: accept }
    default: accept
  out:
    rules:
      - { name: moved, if: { next-hop: 10.7.7.7, local-pref: 200, length: "< 24" }, set: { med: 5 }, then: accept }
    default: reject
peers:
  - { address: 10.0.0.1, as: internal, route-reflector-client: true, import: [ in ], passive: true }
  - { address: 10.0.0.2, as: internal, route-reflector-client: true, passive: true }
  - { address: 192.0.2.1, as: 65001, import: [ in ], export: [ out ], passive: true }
`;

function labOf(isUp = true) {
  const loaded = load(TEXT, 'test.yaml');
  if (!loaded.ok) throw new Error(loaded.problems[0]!.message);
  const world = new World(resolve(loaded.config, undefined, null, loaded.policies));
  const nodes = isUp ? ['10.0.0.1', '10.0.0.2'].map((address, at) => SimPeer.up(world, address, at + 1)) : [];
  if (isUp) SimPeer.up(world, '192.0.2.1', 3, 65_001);
  const peer = (name: string) => world.engine.peers.get(name)!;
  return { world, nodes, peer, engine: world.engine };
}

const ROUTE = 'as-path: 65010, next-hop: 10.0.0.1';

test.each([true, false])(
  'import and export are traced, the export sees what the import set (sessions up: %s)',
  (isUp) => {
    const { engine, peer } = labOf(isUp);
    const view = explainRoute(engine, '10.1.0.0/16', ROUTE, peer('10.0.0.1'), peer('192.0.2.1'));
    expect(view).toMatchObject({ peer: '192.0.2.1', bestFrom: '10.0.0.1', advertised: true, why: null });
    expect(view.paths[0]).toMatchObject({
      imported: { rule: 'in/mark', rules: [{ changes: [{ name: 'next-hop' }, { name: 'local-pref', to: '200' }] }] },
      exported: { rule: 'out/moved', rules: [{ changes: [{ name: 'med', from: '', to: '5' }] }] },
    });
  },
);

test('a rejected import or export is the reason', () => {
  const { engine, peer } = labOf();
  const why = (prefix: string, to: string | null) =>
    explainRoute(engine, prefix, ROUTE, peer('10.0.0.1'), to === null ? null : peer(to)).why;
  expect(why('10.9.0.0/16', '192.0.2.1')).toBe('import: rejected by `in/odd` at test.yaml:6: not ours');
  expect(why('10.1.1.0/24', '192.0.2.1')).toBe('export: rejected by `out/default` at test.yaml:12');
  expect(why('10.1.0.0/16', null)).toBe(
    'import: accepted by `in/mark` at test.yaml:7; `--peer` also explains the export',
  );
});

test('a peer inside the AS without policies accepts', () => {
  const { engine, peer } = labOf();
  expect(explainRoute(engine, '10.1.0.0/16', ROUTE, peer('10.0.0.2'), peer('10.0.0.1'))).toMatchObject({
    advertised: true,
    paths: [{ imported: { rule: 'accept' }, exported: { rule: 'accept' } }],
  });
});

test.each([
  ['prefix: 10.2.0.0/16, med: 1', 'the route has the prefix 10.2.0.0/16, not 10.1.0.0/16'],
  ['mad: 1', 'the route cannot be read: unknown key `mad` in a route'],
])('%s is an error', (route, message) => {
  const { engine, peer } = labOf();
  expect(() => explainRoute(engine, '10.1.0.0/16', route, peer('10.0.0.1'), null)).toThrow(message);
});

test('without --route, a prefix that no peer has announced is an error that names the remedy', () => {
  const { engine, peer } = labOf();
  expect(() => [...explain(engine, '10.1.0.0/16', [peer('10.0.0.2')])]).toThrow(
    /no peer has announced 10\.1\.0\.0\/16: .*`--from PEER --route ATTRIBUTES` what the policies would do/,
  );
});

test('--from shows only paths learned from that peer', () => {
  const { world, engine, nodes, peer } = labOf();
  for (const node of nodes) node.send(announce(['10.1.0.0/16'], { localPref: 100, nextHop: node.address }));
  world.settle();
  const from = (source: string | null) =>
    [...explain(engine, '10.1.0.0/16', [peer('192.0.2.1')], false, undefined, source === null ? null : peer(source))]
      .flatMap(({ paths }) => paths.map((path) => path.from))
      .sort();
  expect([from(null), from('10.0.0.2')]).toEqual([['10.0.0.1', '10.0.0.2'], ['10.0.0.2']]);
});
