/** `show attributes`: attribute sets, the largest and the most used. */
import { writeAttributeSets } from '../../src/cli/pages/routes/attribute-sets.ts';
import { viewAttributeSets } from '../../src/engine/show/routes/attribute-sets.ts';
import { pageOf } from '../lab/page.ts';
import { announce } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

function scene(sets: number) {
  const world = new World();
  const a = SimPeer.up(world, '10.0.0.1', 1);
  for (let n = 1; n <= sets; n++) {
    const prefixes = Array.from({ length: n }, (_, i) => `10.${n}.${i}.0/24`);
    a.send(announce(prefixes, { nextHop: '192.0.2.1', localPref: n }));
  }
  world.settle();
  const views = [...viewAttributeSets(world.engine)].filter((view) => view !== undefined);
  const list = (name: string) => views.flatMap((view) => (view.kind === 'set' && view.list === name ? [view] : []));
  return { views, list };
}

test('sets and their paths are counted, and the most used ones come first', () => {
  const { views, list } = scene(3);
  const octets = list('largest').map((set) => set.octets);
  expect(views[0]).toMatchObject({ kind: 'summary', sets: 3, paths: 6, octets: octets[0]! + octets[1]! + octets[2]! });
  expect(list('most-used').map(({ paths, attributes, from }) => [paths, attributes.localPref, from])).toEqual([
    [3, 3, '10.0.0.1'],
    [2, 2, '10.0.0.1'],
    [1, 1, '10.0.0.1'],
  ]);
});

test('the lists are bounded', () => {
  const { views, list } = scene(14);
  expect(views[0]).toMatchObject({ sets: 14, paths: 105 });
  expect(list('largest')).toHaveLength(10);
  expect(list('most-used').map(({ paths }) => paths)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5]);
});

test('an empty table is a page, too', async () => {
  const pages = await Promise.all([0, 2].map((sets) => pageOf(writeAttributeSets, scene(sets).views)));
  expect(pages[0]).toContain('Sets of paths  0, 0 B');
  expect(pages[0]).not.toContain('OCTETS');
  expect(pages[1]).toMatch(/Paths +3, 1\.5 per set/);
  expect(pages[1]).toMatch(/Most used sets\n +OCTETS +PATHS +CHARGED TO.*\n +\d+ +2 +10\.0\.0\.1 +192\.0\.2\.1/);
});
