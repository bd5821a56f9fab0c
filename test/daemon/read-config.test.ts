/** What a start and a reload read: a file whose tests fail is as wrong as one that cannot be read. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/daemon/reload/read-config.ts';
import { runDaemon } from '../../src/daemon/run.ts';
import { secretReader, textReader } from '../../src/io/system/secrets.ts';

const directory = mkdtempSync(join(tmpdir(), 'read-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function fileOf(expected: string): string {
  const path = join(directory, 'reflectord.yaml');
  const text = `router: { as: 64512, id: 10.99.0.1 }
listen: []
policies:
  nodes-in:
    rules: [ { name: no-default, if: { prefix: 0.0.0.0/0 }, then: reject } ]
    default: accept
peers: [ { address: 10.0.0.1, as: internal, import: [ nodes-in ] } ]
tests:
  - { policy: nodes-in, route: { prefix: 10.0.0.0/8 }, expect: { accepted-by: default } }
  - { policy: nodes-in, route: { prefix: 0.0.0.0/0 }, expect: { ${expected} } }
`;
  writeFileSync(path, text);
  return path;
}

test('a file whose tests pass is accepted', async () => {
  expect(await readConfig(fileOf('rejected-by: no-default'))).toMatchObject({ ok: true });
});

test('a failing test is an error with line and column', async () => {
  const read = await readConfig(fileOf('accepted-by: default'));
  expect(read).toMatchObject({
    ok: false,
    count: 1,
    errors: [
      expect.stringMatching(/^10:5 tests\[1\]: the test fails: 0\.0\.0\.0\/0 is rejected by nodes-in\/no-default/),
    ],
    text: expect.stringContaining('expect: { accepted-by: default }'),
  });
});

test('a test that cannot be run is an error, too', async () => {
  const read = await readConfig(fileOf('acepted-by: default'));
  expect(read).toMatchObject({ ok: false, count: 1, errors: [expect.stringContaining('unknown key `acepted-by`')] });
});

test('a daemon does not start with a failing test', async () => {
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const code = await runDaemon(fileOf('accepted-by: default'), '0', '', false);
  const text = written.mock.calls.map(([chunk]) => String(chunk)).join('');
  written.mockRestore();
  expect([code, text]).toEqual([78, expect.stringContaining('the test fails')]);
});

test('a problem of the whole file names no key', async () => {
  const path = join(directory, 'alone.yaml');
  writeFileSync(path, 'router: { as: 64512, id: 10.99.0.1 }\nlisten: []\n');
  const warned = await readConfig(path);
  expect(warned).toMatchObject({ ok: true, warnings: [{ warning: expect.stringMatching(/^there are no peers/) }] });
  writeFileSync(path, '- router\n');
  const rejected = await readConfig(path);
  expect(rejected).toMatchObject({ ok: false, errors: [expect.stringMatching(/^1:1 \w/)] });
});

test('a reload refuses a pipe instead of the file, of a key and of a list of prefixes: it does not wait for its writer', async () => {
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const running = { as: 64512, routerId: 1, confederation: null } as const;
  const asFile = await readConfig(pipe, running);
  expect(asFile).toMatchObject({ ok: false, errors: [`cannot read ${pipe}: it is not a regular file`] });
  expect(textReader(pipe)('pipe')).toEqual({ problem: 'it is not a regular file' });
  expect(secretReader(pipe)({ file: 'pipe' })).toEqual({ problem: 'it is not a regular file' });
});
