/** The support bundle of `doctor --bundle`. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskSecrets, writeBundle } from '../../src/cli/pages/operate/bundle.ts';
import { tarGz } from '../../src/cli/text/tar.ts';
import type { CommandTable } from '../../src/engine/api/commands.ts';
import { openControlServer } from '../../src/io/control/server.ts';
import { temporaryFolder } from '../lab/temporary.ts';

const FILE = `# the old password was hunter1
router: { as: 65000, id: 10.0.0.1 } # hunter1
groups:
  nodes: { as: internal, password: "hunter2" }
  leafs: { as: 65001, password: { file: /etc/key } }
peers:
  - { address: 192.0.2.1, group: nodes, password: &p hunter3 }
  - { address: 192.0.2.2, group: nodes, password: *p }
  - address: 192.0.2.3
    password: |
      hunter4
  - { address: 192.0.2.4, passwd: hunter5, md5: [ hunter6 ], secret: { key: hunter7 } }
  - { address: 192.0.2.5, description: &d hunter8, password: *d }
`;

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('masks every password, also those of comments and aliases, and keeps the rest', () => {
  const masked = maskSecrets(FILE) ?? '';
  expect(masked).not.toContain('hunter');
  expect(masked).toContain('/etc/key');
  expect(masked).toContain('192.0.2.3');
  expect(masked.match(/\*\*\*/g)?.length).toBeGreaterThanOrEqual(3);
});

test('leaves out a file that cannot be read as YAML', () => {
  expect(maskSecrets('a: [ hunter2')).toBeNull();
});

test('is an archive that tar reads', () => {
  const path = join(folder, 'a.tar.gz');
  const texts = new Map([
    ['one.json', '{}\n'],
    ['empty.txt', ''],
    ['block.txt', 'x'.repeat(512)],
    ['long.txt', 'é'.repeat(1000)],
  ]);
  writeFileSync(path, tarGz(texts, Date.UTC(2026, 0, 1)));
  execFileSync('tar', ['-xzf', path, '-C', folder]);
  for (const [name, text] of texts) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
});

test('has the answers of the daemon, and is for its owner only', async () => {
  const configPath = join(folder, 'r.yaml');
  writeFileSync(configPath, FILE);
  const answer = (name: string) => ({ run: () => [{ name }] });
  const commands: CommandTable = {
    status: { run: () => [{ configPath }] },
    ...Object.fromEntries(
      ['show peers', 'show groups', 'show memory', 'show refused', 'show events'].map((name) => [name, answer(name)]),
    ),
  };
  const socket = join(folder, 'c.sock');
  const server = await openControlServer({ path: socket, commands, events: { emit: () => {} } });
  const path = join(folder, 'b.tar.gz');
  const finding = { severity: 'ok', subject: 'clock', text: 'fine', remedy: null, place: null } as const;
  const names = await writeBundle(path, socket, [finding]);
  await expect(writeBundle(join(folder, 'no', 'b.tar.gz'), socket, [])).rejects.toThrow(/cannot write/);
  await server.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  execFileSync('tar', ['-xzf', path, '-C', folder]);
  expect(names).toContain('events.json');
  for (const name of names) expect(readFileSync(join(folder, name), 'utf8')).not.toContain('hunter');
  expect(JSON.parse(readFileSync(join(folder, 'events.json'), 'utf8'))).toEqual([{ name: 'show events' }]);
});
