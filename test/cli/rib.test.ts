/** `show rib` as operators read it. */
import { Writable } from 'node:stream';
import { type RibColumns, writeRib } from '../../src/cli/pages/routes/rib.ts';
import { Output } from '../../src/cli/text/output.ts';
import type { RibView } from '../../src/engine/api/route-views.ts';
import { PATH } from './views.ts';

async function page(views: readonly RibView[], variant: RibColumns): Promise<string[]> {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  async function* all() {
    yield* views;
  }
  const output = new Output(stream);
  await writeRib(all(), output, variant);
  await output.flush();
  return text.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
}

test('--rejected shows the rule that rejected each path, its place and its reason', async () => {
  const policy = { rule: 'nodes-in/no-default', place: 'r.yaml:10', because: 'a node attracts all', rejected: true };
  const path = { ...PATH, peer: '10.0.0.1', best: false, unusable: 'rejected', policy, ageSeconds: 3 };
  const view = { family: 'ipv4-unicast', prefix: '0.0.0.0/0', paths: [path], pathsLeftOut: 0, continues: false };
  const lines = await page([view], 'rejected');
  expect(lines.slice(0, 2)).toEqual([
    'ipv4-unicast x unusable, s stale',
    'PREFIX NEXT HOP FROM AS PATH AGE RULE AT BECAUSE',
  ]);
  expect(lines[2]).toMatch(/^x 0\.0\.0\.0\/0 .* 3s nodes-in\/no-default r\.yaml:10 a node attracts all$/);
});

test.each([
  ['encapsulation:vxlan', 'vni 10100'],
  ['color:0:100', '631'],
])('EVPN routes with %s are shown with %s and their route targets', async (community, label) => {
  const nlri = { rd: '65000:1', labels: [631], vni: [10_100] };
  const path = { ...PATH, nlri, extendedCommunities: ['rt:65000:100', community, 'rt:192.0.2.1:7'] };
  const view = { family: 'l2vpn-evpn', prefix: 'A', paths: [path], pathsLeftOut: 0, continues: false };
  const plain = { ...view, family: 'ipv4-unicast', prefix: 'B', paths: [PATH] };
  const lines = await page([view, plain], 'all');
  expect(lines[1]).toBe('PREFIX NEXT HOP LABEL FROM LOCAL-PREF MED AGE ORIGIN ROUTE TARGETS AS PATH');
  expect(lines[2]).toMatch(new RegExp(`^> A \\S+ ${label} .* 65000:100 192.0.2.1:7 `));
  expect(lines).toContain('PREFIX NEXT HOP FROM LOCAL-PREF MED AGE ORIGIN AS PATH');
});
