/** Policies in the running engine: routes on their way in and out, shared groups, reloads that send only differences. */
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { viewPeer } from '../../src/engine/show/peers.ts';
import { viewPolicies } from '../../src/engine/show/policy.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { reconfigureNow } from '../daemon/reconfigure-now.ts';
import { announce, END_OF_RIB, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

const ROUTER = 'router: { as: 65000, id: 10.99.0.1 }\nlisten: []\n';

function specOf(text: string, running: RouterSpec | null = null): RouterSpec {
  const loaded = load(ROUTER + text, 'test.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return resolve(loaded.config, undefined, running, loaded.policies);
}

function worldOf(text: string): World {
  return new World(specOf(text));
}

function reload(world: World, text: string) {
  const spec = specOf(text, world.engine.spec);
  const done = reconfigureNow(world.engine, diffSpecs(world.engine.spec, spec), spec);
  world.settle();
  return done;
}

/** What is shown of a prefix: the rule that decided about its only path, and why it is unusable. */
function shown(world: World, prefix: string) {
  const [view] = [...viewRib(world.engine, { target: prefix })];
  const [path] = view?.paths ?? [];
  return path === undefined ? null : { unusable: path.unusable, policy: path.policy?.rule, localPref: path.localPref };
}

const PEERS = `
groups:
  nodes: { as: internal, route-reflector-client: true, import: [ nodes-in ] }
  outside: { as: external, import: accept, export: [ out ] }
peers:
  - { address: 10.0.0.1, group: nodes, passive: true }
  - { address: 10.0.0.2, group: nodes, passive: true, import: accept }
  - { address: 192.0.2.1, as: 65001, group: outside, passive: true, labels: { region: eu } }
  - { address: 192.0.2.2, as: 65002, group: outside, passive: true, labels: { region: us } }
`;
const POLICIES = `
policies:
  nodes-in:
    rules:
      - { name: no-default, if: { prefix: 0.0.0.0/0 }, then: reject, because: a node must not attract all traffic }
      - { name: pods, if: { prefix: 172.16.0.0/16 ge 24 }, set: { communities: { add: 65000:100 }, local-pref: 150 }, then: accept }
    default: reject
  out:
    rules:
      - { name: mark, if: { communities: 65000:100 }, set: { med: 50, communities: { remove: "65000:*" } }, then: accept }
    default: reject
`;

function meet(world: World) {
  const node = SimPeer.up(world, '10.0.0.1', 1);
  const other = SimPeer.up(world, '10.0.0.2', 2);
  const eu = SimPeer.up(world, '192.0.2.1', 3, 65_001);
  const us = SimPeer.up(world, '192.0.2.2', 4, 65_002);
  return { node, other, eu, us };
}

const ROUTE = { localPref: 100, nextHop: '10.0.0.1' };

test('an import changes and rejects routes, and rejected routes stay with the rule and the reason', () => {
  const world = worldOf(PEERS + POLICIES);
  const { node, other } = meet(world);
  node.send(announce(['0.0.0.0/0', '172.16.3.0/26', '10.9.0.0/16'], ROUTE), END_OF_RIB);
  world.settle();
  expect(other.prefixes).toEqual(['172.16.3.0/26']);
  expect(other.held.get('172.16.3.0/26')).toMatchObject({ localPref: 150, communities: ['65000:100'] });
  expect(shown(world, '172.16.3.0/26')).toEqual({ unusable: null, policy: 'nodes-in/pods', localPref: 150 });
  expect(shown(world, '0.0.0.0/0')).toEqual({
    unusable: 'rejected by `nodes-in/no-default` at test.yaml:16: a node must not attract all traffic',
    policy: 'nodes-in/no-default',
    localPref: 100,
  });
  expect(shown(world, '10.9.0.0/16')?.policy).toBe('nodes-in/default');
});

test('an export changes routes, and MED that a rule sets is sent to another AS', () => {
  const world = worldOf(PEERS + POLICIES);
  const { node, eu, us } = meet(world);
  node.send(announce(['172.16.3.0/26'], ROUTE), END_OF_RIB);
  world.settle();
  for (const peer of [eu, us]) {
    expect(peer.held.get('172.16.3.0/26')).toMatchObject({
      med: 50,
      communities: [],
      asPath: '65000',
      localPref: null,
    });
  }
});

test('peers for which the export does the same share an update group, whatever their labels', () => {
  const world = worldOf(PEERS + POLICIES);
  meet(world);
  const groups = () =>
    world.engine.reflector.groups[0]!.map(({ members }) => members.map(({ peer }) => peer.name).sort());
  expect(groups()).toEqual([
    ['10.0.0.1', '10.0.0.2'],
    ['192.0.2.1', '192.0.2.2'],
  ]);
  const perRegion = POLICIES.replace(
    '    rules:\n      - { name: mark',
    '    rules:\n      - { name: far, if: { to: { region: us } }, set: { as-path: { prepend: { as: own, times: 2 } } }, then: next }\n      - { name: mark',
  );
  reload(world, PEERS + perRegion);
  expect(groups().sort()).toEqual([['10.0.0.1', '10.0.0.2'], ['192.0.2.1'], ['192.0.2.2']]);
  reload(world, PEERS + perRegion.replace('{ region: us }', '{ region: [ us, eu ] }'));
  expect(groups().sort()).toEqual([
    ['10.0.0.1', '10.0.0.2'],
    ['192.0.2.1', '192.0.2.2'],
  ]);
});

test('a reload re-evaluates the stored routes and sends only the differences', () => {
  const world = worldOf(PEERS + POLICIES);
  const { node, other, eu } = meet(world);
  node.send(announce(['172.16.3.0/26', '172.16.4.0/26', '10.9.0.0/16'], ROUTE), END_OF_RIB);
  world.settle();
  for (const peer of [node, other, eu]) peer.history.length = 0;
  // Another accepted range: one route appears, the others are not sent again.
  const wider = POLICIES.replace(
    '    default: reject\n  out:',
    '      - { name: extra, if: { prefix: 10.9.0.0/16 }, then: accept }\n    default: reject\n  out:',
  );
  const done = reload(world, PEERS + wider);
  expect(done.changed.map(({ peer, effect }) => [peer, effect])).toEqual([['10.0.0.1', 'soft']]);
  expect([other.history, eu.history]).toEqual([['10.9.0.0/16'], []]);
  // A comment and a reason change nothing at all.
  other.history.length = 0;
  const { evaluations } = world.engine.rib.filter;
  const commented = wider.replace('a node must not attract all traffic', 'another reason');
  expect(reload(world, PEERS + commented).changed).toEqual([]);
  expect([other.history, world.engine.rib.filter.evaluations]).toEqual([[], evaluations]);
  // A rule that rejects one of them: one withdrawal.
  const narrower = commented.replace('172.16.0.0/16 ge 24', '172.16.3.0/24 ge 24');
  reload(world, PEERS + narrower);
  expect([other.history, eu.history]).toEqual([['-172.16.4.0/26'], ['-172.16.4.0/26']]);
  // Back again: it was kept as received, so no refresh is needed.
  reload(world, PEERS + commented);
  expect(other.held.get('172.16.4.0/26')).toMatchObject({ localPref: 150 });
  expect(node.history.filter((entry) => entry.startsWith('RR'))).toEqual([]);
});

test('a changed export sends only what differs', () => {
  const world = worldOf(PEERS + POLICIES);
  const { node, eu, us, other } = meet(world);
  node.send(announce(['172.16.3.0/26', '172.16.4.0/26'], ROUTE), END_OF_RIB);
  world.settle();
  for (const peer of [other, eu, us]) peer.history.length = 0;
  const ids = () => world.engine.reflector.groups[0]!.map(({ id }) => id);
  const before = ids();
  const rule =
    '      - { name: one, if: { prefix: 172.16.4.0/26 }, set: { med: 7 }, then: accept }\n      - { name: mark';
  reload(world, PEERS + POLICIES.replace('      - { name: mark', rule));
  expect([other.history, eu.history, us.history]).toEqual([[], ['172.16.4.0/26'], ['172.16.4.0/26']]);
  expect(eu.held.get('172.16.4.0/26')).toMatchObject({ med: 7, communities: ['65000:100'] });
  // All members change alike, so the group stays, and encodes the difference once for all of them.
  expect(ids()).toEqual(before);
  for (const peer of [eu, us]) peer.history.length = 0;
  // A rule for only one of them splits the group; each is sent what differs for it.
  const alone = POLICIES.replace(
    '      - { name: mark',
    rule.replace('med: 7', 'med: 8').replace('172.16.4.0/26 }', '172.16.4.0/26, to: { region: us } }'),
  );
  reload(world, PEERS + alone);
  expect([eu.history, us.history]).toEqual([['172.16.4.0/26'], ['172.16.4.0/26']]);
  expect([eu, us].map((peer) => peer.held.get('172.16.4.0/26')?.med)).toEqual([50, 8]);
});

test('a peer that drops rejected routes keeps none, and a reload requests them again', () => {
  const text = PEERS.replace('10.0.0.1, group: nodes', '10.0.0.1, group: nodes, keep-rejected: false') + POLICIES;
  const world = worldOf(text);
  const { node, other } = meet(world);
  node.send(announce(['172.16.3.0/26', '10.9.0.0/16'], ROUTE), END_OF_RIB);
  world.settle();
  expect(shown(world, '10.9.0.0/16')).toBeNull();
  node.send(announce(['172.16.3.0/26'], { ...ROUTE, nextHop: '10.0.0.1' }));
  reload(world, text.replace('172.16.0.0/16 ge 24', '172.16.4.0/24 ge 24'));
  expect(other.prefixes).toEqual([]);
  expect(shown(world, '172.16.3.0/26')).toBeNull();
  expect(node.history.filter((entry) => entry.startsWith('RR'))).toEqual(['RR ipv4-unicast', 'RR ipv6-unicast']);
});

test('a rule can set the next hop, which then wins over the setting of the peer', () => {
  const rules = `
policies:
  out:
    rules:
      - { name: keep, if: { prefix: 10.1.0.0/16 }, set: { next-hop: unchanged }, then: accept }
      - { name: given, if: { prefix: 10.2.0.0/16 }, set: { next-hop: 203.0.113.9 }, then: accept }
      - { name: rest, then: accept }
    default: reject
`;
  const world = worldOf(`peers:
  - { address: 10.0.0.1, as: internal, passive: true }
  - { address: 192.0.2.1, as: 65001, import: accept, export: [ out ], next-hop: self, passive: true }
${rules}`);
  const inside = SimPeer.up(world, '10.0.0.1', 1);
  const eu = SimPeer.up(world, '192.0.2.1', 3, 65_001);
  inside.send(announce(['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'], { ...ROUTE, nextHop: '10.0.0.77' }), END_OF_RIB);
  world.settle();
  const nextHops = ['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'].map((prefix) => eu.held.get(prefix)?.nextHop);
  expect(nextHops).toEqual(['10.0.0.77', '203.0.113.9', '10.99.0.1']);
});

test('`from` in an export is the peer that the route was learned from; new labels are considered at once', () => {
  const text = (label: string) => `peers:
  - { address: 10.0.0.1, as: internal, route-reflector-client: true, passive: true, labels: { site: ${label} } }
  - { address: 192.0.2.1, as: 65001, import: accept, export: [ out ], passive: true }
policies:
  out:
    rules: [ { name: site-a, if: { from: { site: a } }, then: accept } ]
    default: reject
`;
  const world = worldOf(text('a'));
  const inside = SimPeer.up(world, '10.0.0.1', 1);
  const eu = SimPeer.up(world, '192.0.2.1', 3, 65_001);
  inside.send(announce(['10.1.0.0/16'], ROUTE), END_OF_RIB);
  world.settle();
  expect(eu.prefixes).toEqual(['10.1.0.0/16']);
  reload(world, text('b'));
  expect(eu.prefixes).toEqual([]);
  reload(world, text('a'));
  expect(eu.prefixes).toEqual(['10.1.0.0/16']);
});

test('an eBGP peer without a policy: nothing is exchanged, and the log and `show peer` say so (RFC 8212)', () => {
  const world = worldOf('peers: [ { address: 192.0.2.1, as: 65001, import: accept, passive: true } ]');
  SimPeer.up(world, '192.0.2.1', 3, 65_001);
  expect(world.eventsNamed('peer.no-policy')).toMatchObject([{ peer: '192.0.2.1', lacking: 'export' }]);
  const { importPolicy, exportPolicy } = viewPeer(world.engine.peers.get('192.0.2.1')!, 0);
  expect([importPolicy, exportPolicy]).toEqual(['accept', null]);
});

test('explain names the rules that held for a path, their places, and what they changed', () => {
  const world = worldOf(PEERS + POLICIES);
  const { node } = meet(world);
  node.send(announce(['172.16.3.0/26'], ROUTE), END_OF_RIB);
  world.settle();
  const [row] = [...explain(world.engine, '172.16.3.0/26', [world.engine.peers.get('192.0.2.1')!])];
  expect(row!.paths[0]).toMatchObject({
    advertised: true,
    imported: {
      rule: 'nodes-in/pods',
      rejected: false,
      rules: [
        {
          rule: 'nodes-in/pods',
          place: 'test.yaml:17',
          changes: [
            { name: 'local-pref', from: '100', to: '150' },
            { name: 'communities', from: '', to: '65000:100' },
          ],
        },
      ],
    },
    exported: {
      rule: 'out/mark',
      rules: [
        {
          changes: [
            { name: 'med', to: '50' },
            { name: 'communities', to: '' },
          ],
        },
      ],
    },
  });
});

test('`show policies` counts the routes at each rule, and the counts follow the routes', () => {
  const world = worldOf(PEERS + POLICIES);
  const { node } = meet(world);
  const counts = () =>
    [...viewPolicies(world.engine)]
      .filter(({ accepted, rejected }) => accepted + rejected > 0)
      .map(({ rule, accepted, rejected }) => [rule, accepted, rejected]);
  node.send(announce(['0.0.0.0/0', '172.16.3.0/26', '172.16.4.0/26', '10.9.0.0/16'], ROUTE), END_OF_RIB);
  world.settle();
  expect(counts().sort()).toEqual([
    ['nodes-in/default', 0, 1],
    ['nodes-in/no-default', 0, 1],
    ['nodes-in/pods', 2, 0],
  ]);
  node.send(withdraw(['172.16.4.0/26', '0.0.0.0/0']));
  world.settle();
  expect(counts().sort()).toEqual([
    ['nodes-in/default', 0, 1],
    ['nodes-in/pods', 1, 0],
  ]);
});
