/** The command `policy diff`: the file that it reads, and what its caller learns of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policyDiff } from '../../src/daemon/policy/policy-diff.ts';
import type { PolicyDiffView } from '../../src/engine/api/diff-views.ts';
import { router, World } from '../engine/world.ts';

const directory = mkdtempSync(join(tmpdir(), 'policy-diff-'));
afterAll(() => rmSync(directory, { recursive: true }));

const VALID = 'router: { as: 65000, id: 10.99.0.1 }\nlisten: []\n';

async function diffOf(file: string): Promise<PolicyDiffView[]> {
  const items: PolicyDiffView[] = [];
  for await (const item of policyDiff(new World(router()).engine, { file })) items.push(item);
  return items;
}

function write(text: string): string {
  const path = join(directory, 'new.yaml');
  writeFileSync(path, text);
  return path;
}

test('a valid file', async () => {
  expect(await diffOf(write(VALID))).toEqual([expect.objectContaining({ kind: 'summary', refusals: [] })]);
});

test('errors are counted and not shown: the caller may not be allowed to read the file', async () => {
  const path = write(`${VALID}root:secret:1:0\n`);
  const failed = await diffOf(path).catch((error: Error) => error.message);
  expect(failed).toMatch(new RegExp(`^${path} has \\d+ errors?; \`reflectord check ${path}\` shows them$`));
});

test.each([
  ['/nonexistent/file', /^the daemon cannot read \/nonexistent\/file: ENOENT/],
  ['/dev/zero', /^\/dev\/zero is not a configuration file$/],
])('%s is refused', async (path, message) => {
  await expect(diffOf(path)).rejects.toThrow(message);
});
