/** The tests of a file: what they check, and what they say when they fail. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCheck } from '../../src/cli/check.ts';

// Reading a file takes seconds on a loaded machine.
jest.setTimeout(30_000);

const FILE = `router: { as: 64512, id: 10.99.0.1 }
sets:
  prefixes: { pods: [ 172.16.0.0/16 ge 24 le 28 ], customer: { file: customer.prefixes } }
  communities: { informational: [ "64512:*" ] }
policies:
  nodes-in:
    rules:
      - { name: no-default, if: { prefix: 0.0.0.0/0 }, then: reject, because: a node must not attract all traffic }
      - { name: pods, if: { prefix: pods, next-hop: peer }, set: { communities: { add: [ 64512:100 ] } }, then: accept }
    default: reject
  mark:
    rules: [ { name: mark, if: { prefix: customer }, set: { local-pref: 200 }, then: next } ]
    default: next
  out:
    rules:
      - { name: drain, if: { to: { region: eu } }, set: { as-path: { prepend: { as: own, times: 2 } } }, then: next }
      - { name: rest, set: { communities: { remove: informational } }, then: accept }
    default: reject
groups:
  transit: { as: 1299, labels: { region: eu }, import: [ mark, accept ], export: [ out ] }
peers: [ { address: 10.0.0.1, as: 64512, import: [ nodes-in ] }, { address: 192.0.2.9, as: 1299, group: transit } ]
tests:
`;

const directory = mkdtempSync(join(tmpdir(), 'policy-tests-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function check(...tests: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  const path = join(directory, 'test.yaml');
  writeFileSync(path, FILE + tests.map((test) => `  - ${test}\n`).join(''));
  writeFileSync(join(directory, 'customer.prefixes'), '# registered\n198.18.0.0/16 or-longer\n');
  let out = '';
  let errors = '';
  const code = await runCheck(path, { write: (text) => (out += text) }, { write: (text) => (errors += text) });
  return { code, out, errors: errors.replaceAll(directory, '') };
}

test.each([
  '{ group: transit, route: { prefix: 198.18.0.0/16 }, expect: { local-pref: 200, weight: none } }',
  '{ policy: nodes-in, route: { prefix: 172.16.3.0/26, next-hop: 10.99.1.3 }, peer: { address: 10.99.1.3 }, expect: { accepted-by: pods, communities: [ 64512:100 ] } }',
  '{ policy: nodes-in, route: { prefix: 172.16.3.0/26, next-hop: 10.99.1.9 }, peer: { address: 10.99.1.3 }, expect: { rejected-by: default } }',
  '{ policy: nodes-in, route: { prefix: 0.0.0.0/0 }, expect: { rejected-by: nodes-in/no-default } }',
  '{ peer: 10.0.0.1, route: { prefix: 0.0.0.0/0 }, expect: { rejected-by: nodes-in/no-default } }',
  '{ policy: mark, route: { prefix: 198.18.7.0/24 }, expect: { undecided: true, local-pref: 200 } }',
  '{ policy: mark, route: { prefix: 198.19.7.0/24 }, given: { prefixes: { customer: [ 198.19.0.0/16 or-longer ] } }, expect: { local-pref: 200 } }',
  '{ group: transit, route: { prefix: 198.18.7.0/24, as-path: "1299 {2,3}", med: 7 }, expect: { accepted-by: accept, local-pref: 200, med: 7, as-path: "1299 {2,3}" } }',
  '{ group: transit, to: true, route: { prefix: 192.0.2.0/24, communities: [ 64512:7, 3356:1, NO_EXPORT, "3356:1:2" ] }, expect: { accepted-by: out/rest, as-path: "64512 64512", communities: [ 3356:1, NO_EXPORT, "3356:1:2" ] } }',
])('passes: %s', async (line) => {
  expect(await check(line)).toMatchObject({ code: 0, out: expect.stringContaining('1 passed test'), errors: '' });
});

test.each([
  [
    '{ policy: nodes-in, route: { prefix: 0.0.0.0/0 }, expect: { accepted-by: pods } }',
    '/test.yaml:23:5: error: tests[0]: the test fails: 0.0.0.0/0 is rejected by nodes-in/no-default, expected accepted by pods',
  ],
  [
    '{ group: transit, route: { prefix: 198.18.7.0/24 }, expect: { local-pref: 100 } }',
    '/test.yaml:23:5: error: tests[0]: the test fails: local-pref is `200`, expected `100`',
  ],
  [
    '{ group: transit, route: { prefix: 10.0.0.0/8 }, expect: { med: 5, communities: 1:1 } }',
    '/test.yaml:23:5: error: tests[0]: the test fails: med is none, expected `5`; communities is none, expected `1:1`',
  ],
  [
    '{ policy: other, route: { prefix: 10.0.0.0/8 }, expect: {} }',
    '/test.yaml:23:15: error: tests[0].policy: unknown policy `other`',
  ],
  [
    '{ policy: mark, route: { prefx: 10.0.0.0/8 }, expect: {} }',
    '/test.yaml:23:30: error: tests[0].route.prefx: unknown key `prefx` in a route',
  ],
  ['{ route: { prefix: 10.0.0.0/8 }, expect: {} }', '/test.yaml:23:5: error: tests[0]: the test names no policy'],
])('fails: %s', async (line, error) => {
  const { code, errors } = await check(line);
  expect([code, errors.split('\n').find((text) => text.includes('error:'))]).toEqual([1, error]);
});

const READY = join(__dirname, '..', '..', 'config', 'policies');

test.each(readdirSync(READY))('the tests of config/policies/%s pass, without a warning', async (name) => {
  let out = '';
  let errors = '';
  const path = join(READY, name);
  const code = await runCheck(path, { write: (text) => (out += text) }, { write: (text) => (errors += text) });
  expect([code, errors]).toEqual([0, '']);
  expect(out).toMatch(/ 0 warnings, \d+ passed tests\n$/);
});

test.each([
  [
    '{ group: transit, to: yes, route: { prefix: 10.0.0.0/24 }, expect: { accepted-by: rest } }',
    '`yes` is not a valid boolean',
  ],
  ['{ policy: out, route: { prefix: 10.0.0.0/24 }, expect: {} }', 'the test expects nothing'],
])('%s is an error, not a test that passes', async (line, what) => {
  const { code, errors } = await check(line);
  expect(code).toBe(1);
  expect(errors).toContain(what);
});
