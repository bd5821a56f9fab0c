/** What a changed configuration does to peers of dynamic ranges that are up. */
import { diffSpecs } from '../../src/config/reload/diff.ts';
import type { DynamicRangeSpec } from '../../src/spec/peer.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { range, router, World } from '../engine/world.ts';
import { reconfigureNow } from './reconfigure-now.ts';

const WIDE = range();
const inner = (over: Partial<DynamicRangeSpec> = {}): DynamicRangeSpec => ({
  ...range({ prefix: '10.5.0.0/16' }),
  group: 'inner',
  ...over,
});

/** A host of each range with the first configuration, and then the second is put in force. */
function reload(before: readonly DynamicRangeSpec[], after: readonly DynamicRangeSpec[]) {
  const world = new World(router({ ranges: before }));
  const [outside, inside] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.5.0.1', 2)];
  const spec = router({ ranges: after });
  const done = reconfigureNow(world.engine, diffSpecs(world.engine.spec, spec), spec);
  world.settle();
  const groups = ['10.0.0.1', '10.5.0.1'].map((name) => world.engine.peers.get(name)?.spec.group);
  return { world, outside, inside, done, groups };
}

test('a longer range of another group takes over the peers that lie in it', () => {
  const { world, outside, inside, done, groups } = reload([WIDE], [WIDE, inner()]);
  expect(groups).toEqual(['hosts', 'inner']);
  expect([outside.notification, inside.notification]).toEqual([null, null]);
  expect(done.changed).toEqual([{ peer: '10.5.0.1', description: '', effect: 'live', keys: ['peers[].group'] }]);
  expect(world.engine.spec.ranges.map((each) => world.engine.admission.countOf(each))).toEqual([1, 1]);
});

test('one whose sessions are others resets them, and only them', () => {
  const { outside, inside } = reload(
    [WIDE],
    [WIDE, inner(range({ prefix: '10.5.0.0/16', session: { holdMs: 30_000 } }))],
  );
  expect(outside.notification).toBeNull();
  expect(inside.notification).toMatchObject({ code: 6, subcode: 6 });
});

test('where the longer range goes, its peers belong to the one around it', () => {
  const { outside, inside, groups } = reload([WIDE, inner()], [WIDE]);
  expect(groups).toEqual(['hosts', 'hosts']);
  expect([outside.notification, inside.notification]).toEqual([null, null]);
});

test('where no range is left, they go', () => {
  const { outside, inside, groups } = reload([WIDE, inner()], [inner()]);
  expect(groups).toEqual([undefined, 'inner']);
  expect(outside.notification).toMatchObject({ code: 6, subcode: 3 });
  expect(inside.notification).toBeNull();
});

test('another limit, time or number of attempts touches no peer', () => {
  const { outside, inside, done, world } = reload(
    [WIDE],
    [{ ...WIDE, limit: 1, forgetMs: 1000, attemptsPerMinute: 1 }],
  );
  expect([outside.notification, inside.notification]).toEqual([null, null]);
  expect(done).toEqual({ added: [], removed: [], changed: [], failed: [] });
  world.connect('10.0.0.9');
  expect(world.engine.refusals.counts.get('range-limit')).toBe(1);
});
