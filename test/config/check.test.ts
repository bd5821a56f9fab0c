/** `reflectord check`: what it prints, where to, and its exit code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCheck } from '../../src/cli/check.ts';
import { ROUTER } from './support.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflectord-check-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

class Text {
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

/** Checks a file with this text; its path is printed as FILE. */
async function check(text: string | null): Promise<{ code: number; out: string; err: string }> {
  const path = join(folder, text === null ? 'missing.yaml' : 'reflectord.yaml');
  if (text !== null) writeFileSync(path, text);
  const [stdout, stderr] = [new Text(), new Text()];
  const code = await runCheck(path, stdout, stderr);
  const named = ({ text: printed }: Text) => printed.replaceAll(path, 'FILE');
  return { code, out: named(stdout), err: named(stderr) };
}

test('a valid file gives a summary and 0', async () => {
  const text = `${ROUTER}groups: { g: { as: internal, dynamic: [{ range: 10.0.0.0/8 }, { range: 2001:db8::/32 }] } }\npeers: [{ address: 192.0.2.1, as: internal }]\n`;
  expect(await check(text)).toEqual({
    code: 0,
    out: 'FILE: ok: AS 65000, router id 10.99.0.1, 1 peer, 2 dynamic ranges, 0 warnings\n',
    err: '',
  });
});

test('warnings do not make a file invalid', async () => {
  const { code, out, err } = await check(`${ROUTER}peers: [{ address: 192.0.2.1, as: external, export: accept }]\n`);
  expect([code, err]).toEqual([0, '']);
  expect(out).toBe(
    [
      'FILE:2:35: warning: peers[0].as: an eBGP peer without `import`: its routes are rejected (RFC 8212)',
      '    2 | peers: [{ address: 192.0.2.1, as: external, export: accept }]',
      '      |                                   ^^^^^^^^',
      '        expected: `import: accept`',
      '',
      'FILE: ok: AS 65000, router id 10.99.0.1, 1 peer, 0 dynamic ranges, 1 warning',
      '',
    ].join('\n'),
  );
});

test('all errors of an invalid file go to standard error, with their number, and give 1', async () => {
  const { code, out, err } = await check(`${ROUTER}fib: { mode: instal }\nlogs: {}\n`);
  expect([code, out]).toEqual([1, '']);
  expect(err).toBe(
    [
      'FILE:2:14: error: fib.mode: instal is not a FIB mode',
      '    2 | fib: { mode: instal }',
      '      |              ^^^^^^',
      '        expected: off, dry-run or install',
      '        did you mean `install`?',
      '',
      'FILE:3:1: error: logs: unknown key `logs`',
      '    3 | logs: {}',
      '      | ^^^^',
      '        expected: `log`',
      '        did you mean `log`?',
      '',
      'FILE: 2 errors',
      '',
    ].join('\n'),
  );
});

test('a file that cannot be read gives 1 and the reason', async () => {
  const { code, out, err } = await check(null);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(/^cannot read FILE: ENOENT/);
});

test('as JSON: an item per problem, then the result, each with the time; the exit code is the same', async () => {
  const run = async (text: string | null) => {
    const path = join(folder, text === null ? 'missing.yaml' : 'json.yaml');
    if (text !== null) writeFileSync(path, text);
    const [stdout, stderr] = [new Text(), new Text()];
    const code = await runCheck(path, stdout, stderr, true);
    return { code, items: JSON.parse(stdout.text), err: stderr.text };
  };
  const time = expect.stringMatching(/^2\d{3}-.*Z$/);
  const good = await run(`${ROUTER}peers: [{ address: 192.0.2.1, as: internal }]\n`);
  expect(good).toMatchObject({ code: 0, err: '', items: [{ kind: 'result', ok: true, as: 65000, peers: 1, time }] });
  const bad = await run(`${ROUTER}peers: [{ address: nonsense, as: internal }]\n`);
  expect(bad).toMatchObject({
    code: 1,
    err: '',
    items: [
      { kind: 'problem', severity: 'error', line: expect.any(Number), key: 'peers[0].address', time },
      { kind: 'result', ok: false, errors: 1 },
    ],
  });
  expect(await run(null)).toMatchObject({
    code: 1,
    items: [{ ok: false, error: expect.stringContaining('cannot read') }],
  });
});
