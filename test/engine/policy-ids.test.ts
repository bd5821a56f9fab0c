/** Policies and what they remember: attribute sets that they make, sessions that they ask for, chains that they fold. */
import { chainSpec } from '../../src/config/policy/chain-content.ts';
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { Policies } from '../../src/policy/policies.ts';
import { NO_FACTS } from '../../src/policy/route/route.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { reconfigureNow } from '../daemon/reconfigure-now.ts';
import { checkIds } from '../lab/checked-ids.ts';
import { announce, END_OF_RIB, open, withdraw } from '../lab/updates.ts';
import { END_OF_RIB_6, N, R, restartingOpen } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, World } from './world.ts';

const ROUTER = 'router: { as: 65000, id: 10.99.0.1 }\nlisten: []\n';

function specOf(text: string, running: RouterSpec | null = null): RouterSpec {
  const loaded = load(ROUTER + text, 'test.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return resolve(loaded.config, undefined, running, loaded.policies);
}

function reload(world: World, text: string): void {
  const spec = specOf(text, world.engine.spec);
  reconfigureNow(world.engine, diffSpecs(world.engine.spec, spec), spec);
  world.settle();
}

describe('the sets that an export makes', () => {
  checkIds();

  test('are given up once when a path changes its way, and the way before leads to the same set', () => {
    const world = new World(
      specOf(`peers:
  - { address: 10.0.0.1, as: internal, route-reflector-client: true, passive: true }
  - { address: 10.0.0.2, as: internal, route-reflector-client: true, passive: true }
  - { address: 10.0.0.9, as: internal, route-reflector-client: true, passive: true, add-path: { send: all }, export: [ out ] }
policies:
  out:
    rules: [ { name: mark, set: { communities: { add: 65000:1 } }, then: accept } ]
    default: reject
`),
    );
    const [near, far] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    const client = new SimPeer(world, '10.0.0.9', 9);
    client.addPath = true;
    const capabilities = [1, 4, 0, 1, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8, 69, 4, 0, 1, 1, 1];
    client.establish(open(OUR_AS, 9, { capabilities }));
    const route = { nextHop: '192.0.2.77', localPref: 100, originatorId: 77 };
    far.send(announce(['10.1.0.0/16'], { ...route, clusterList: [51, 52] }));
    world.settle();
    expect(client.held.size).toBe(1);
    far.send(announce(['10.1.0.0/16'], { ...route, clusterList: [51] }));
    near.send(announce(['10.1.0.0/16'], { ...route, clusterList: [51] }));
    world.settle();
    world.pass(30_000);
    expect([...client.held.values()]).toMatchObject([{ communities: ['65000:1'] }]);
    for (const peer of [near, far]) peer.send(withdraw(['10.1.0.0/16']));
    world.settle();
    world.pass(30_000);
    expect([client.held.size, world.engine.rib.attributes.count]).toEqual([0, 0]);
  });
});

test('an export that asks for the name and the labels of a peer follows new labels', () => {
  const text = (site: string) => `peers:
  - { address: 10.0.0.1, as: internal, route-reflector-client: true, passive: true, labels: { site: ${site} } }
  - { address: 192.0.2.1, as: 65001, import: accept, export: [ out ], passive: true }
policies:
  out:
    rules: [ { name: site-a, if: { from: { peer: 10.0.0.1, site: a } }, then: accept } ]
    default: reject
`;
  const world = new World(specOf(text('a')));
  const inside = SimPeer.up(world, '10.0.0.1', 1);
  const outside = SimPeer.up(world, '192.0.2.1', 3, 65_001);
  inside.send(announce(['10.1.0.0/16'], { localPref: 100, nextHop: '10.0.0.1' }), END_OF_RIB);
  world.settle();
  expect(outside.prefixes).toEqual(['10.1.0.0/16']);
  reload(world, text('b'));
  expect(outside.prefixes).toEqual([]);
  reload(world, text('a'));
  expect(outside.prefixes).toEqual(['10.1.0.0/16']);
});

test('`next-hop: self` of an import is the address that a peer connects to when it is back', () => {
  const world = new World(
    specOf(`peers:
  - { address: 10.0.0.1, as: internal, route-reflector-client: true, passive: true, graceful-restart: {}, import: [ in ] }
  - { address: 10.0.0.2, as: internal, route-reflector-client: true, passive: true }
policies:
  in:
    rules: [ { name: ours, set: { next-hop: self }, then: accept } ]
    default: reject
`),
  );
  const source = new SimPeer(world, '10.0.0.1', 1);
  const client = SimPeer.up(world, '10.0.0.2', 2);
  source.establish(restartingOpen(1));
  const route = announce(['10.1.0.0/16'], { localPref: 100, nextHop: '10.0.0.1' });
  source.send(route, END_OF_RIB, END_OF_RIB_6);
  world.settle();
  const usedNextHop = () => [...viewRib(world.engine, { target: '10.1.0.0/16' })][0]!.paths[0]!.nextHop;
  expect(usedNextHop()).toBe('10.99.0.1');
  source.connection.lose();
  world.settle();
  const connection = source.connect();
  Object.assign(connection, { localAddress: Uint8Array.of(10, 99, 0, 2) });
  source.establish(restartingOpen(1, N | R));
  source.send(route, END_OF_RIB, END_OF_RIB_6);
  world.settle();
  expect(usedNextHop()).toBe('10.99.0.2');
  expect(client.notification).toBeNull();
});

test.each([
  ['no rule', '{ name: all, then: accept }', 1],
  ['a rule', '{ name: all, if: { from: { peer: 10.0.0.1 } }, then: accept }', 5000],
])('hosts of a dynamic range leave few folded chains behind: %s asks for the name of a peer', (_who, rule, most) => {
  const { policies } = specOf(`policies: { out: { rules: [ ${rule} ], default: reject } }\n`);
  const compiled = new Policies();
  compiled.adopt(policies, new Set());
  const terms = { direction: 'export', as: 65_000, extendedNextHop: false, dropsMed: false } as const;
  const spec = chainSpec(['out'], policies);
  const chains = new Set<unknown>();
  for (let host = 0; host < 10_000; host++) {
    const facts = { ...NO_FACTS, name: `host-${host}` };
    chains.add(compiled.chainFor(spec, facts, { ...terms, selfAddress: null, nextHop: null }));
  }
  expect(chains.size).toBe(1);
  expect(compiled.keptFolds).toBeLessThanOrEqual(most);
});
