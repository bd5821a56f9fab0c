/** Peers of a group that say the same share their settings, and others do not. */
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import type { RouterSpec } from '../../src/spec/router.ts';

function specOf(hold: number, third = ''): RouterSpec {
  const loaded = load(
    `router: { as: 65000, id: 10.99.0.1 }
groups: { nodes: { as: internal, hold-time: ${hold} }, others: { as: internal, hold-time: ${hold} } }
peers:
  - { address: 10.0.0.1, group: nodes, description: one, port: 1179 }
  - { address: 10.0.0.2, group: nodes, local-address: 10.99.0.1, shutdown: true }
  - { address: 10.0.0.3, group: nodes${third} }
  - { address: 10.0.0.4, group: others }
  - { interface: eth1, group: nodes }
`,
    'test.yaml',
  );
  if (!loaded.ok) throw new Error(loaded.problems[0]!.message);
  return resolve(loaded.config, undefined, null, loaded.policies);
}

test('where a peer is, and what it is called, is its own; the settings are shared', () => {
  const { peers } = specOf(90, ', keepalive-time: 5');
  const sharing = peers.map(({ session }) => peers.findIndex((other) => other.session === session));
  expect(sharing).toEqual([0, 0, 2, 3, 4]);
  expect(peers.map(({ port, description, shutdown }) => [port, description, shutdown]).slice(0, 2)).toEqual([
    [1179, 'one', false],
    [179, '', true],
  ]);
  expect([peers[3]!.group, peers[4]!.session.extendedNextHop, peers[0]!.session.extendedNextHop]).toEqual([
    'others',
    true,
    false,
  ]);
});

test('a change of the group is a change of each peer, also of one whose own settings change', () => {
  const keys = (before: RouterSpec, after: RouterSpec) =>
    diffSpecs(before, after).peers.changed.map((change) => [change.spec.address.at(-1), change.keys]);
  expect(keys(specOf(90), specOf(90))).toEqual([]);
  expect(keys(specOf(90), specOf(60)).map(([, changed]) => changed)).toEqual(
    Array.from({ length: 5 }, () => ['hold-time']),
  );
  expect(keys(specOf(90), specOf(90, ', keepalive-time: 5'))).toEqual([[3, ['keepalive-time']]]);
});
