/** `show config`: the configuration in force as YAML, which means the same as the file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { writeConfig } from '../../src/cli/pages/config.ts';
import { Output } from '../../src/cli/text/output.ts';
import { load } from '../../src/config/read/load.ts';
import { RunningConfig } from '../../src/config/read/running.ts';
import type { ConfigValueView, ConfigView } from '../../src/engine/api/config-views.ts';
import { runs } from '../lab/effort.ts';
import { configuration } from './arbitrary.ts';

const EXAMPLES = join(__dirname, '..', '..', 'config');

const FILE = `router: { as: 1.10, id: 10.99.0.1 }
listen: [ { address: 10.99.0.1 } ]
groups:
  empty: {}
  nodes:
    as: internal
    hold-time: 30
    password: group secret
    max-prefix: { limit: 1000 }
    dynamic: [ { range: 10.1.0.0/16, limit: 500 } ]
peers:
  - address: 10.0.0.1
    group: nodes
    description: "leaf: 1 # first"
    password: "s3cret # one"
  - { address: 10.0.0.2, as: 65002, password: { file: leaf.key }, import: [ in ], labels: { region: eu } }
  - { address: 10.0.0.3, as: [ 65001, 4200000000 ], password: { env: KEY }, import: accept, export: accept }
sets:
  prefixes:
    pods: [ 172.16.0.0/16 ge 24 le 28 ]
policies:
  in:
    rules:
      - { name: pods, if: { prefix: pods }, then: accept }
    default: reject
guard: { withdraw-at-most: 20 % }
fib: { mode: install }
metrics: none
`;

const secrets = () => ({ bytes: new TextEncoder().encode('key') });

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function pageOf(views: Iterable<ConfigView>): Promise<string> {
  let text = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const output = new Output(sink);
  await writeConfig(each(views), output);
  await output.flush();
  return text;
}

function read(text: string) {
  const loaded = load(text, 'r.yaml', secrets);
  if (!loaded.ok)
    throw new Error(`${loaded.problems.map(({ line, message }) => `${line}: ${message}`).join('\n')}\n${text}`);
  return loaded.config;
}

function valueAt(views: readonly ConfigValueView[], ...path: readonly (string | number)[]): ConfigValueView {
  const found = views.find((view) => JSON.stringify(view.path) === JSON.stringify(path));
  if (found === undefined) throw new Error(`no ${path.join('.')}`);
  return found;
}

describe('the whole configuration', () => {
  const views = [...new RunningConfig(FILE, '/etc/r.yaml').all()];

  test('is YAML that means the same as the file, but for its passwords', async () => {
    const again = read(await pageOf(views));
    const masked = FILE.replace('group secret', '********').replace('s3cret # one', '********');
    expect(again).toEqual(read(masked.replaceAll(': ********', ": '********'")));
  });

  test.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml') && name !== 'prometheus-rules.yaml'))(
    'of %s is YAML that means the same',
    async (name) => {
      const text = readFileSync(join(EXAMPLES, name), 'utf8');
      expect(read(await pageOf(new RunningConfig(text, name).all()))).toEqual(read(text));
    },
  );

  test('of any file is YAML that means the same', async () => {
    await fc.assert(
      fc.asyncProperty(configuration, async (config) => {
        const text = stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
        const mask = (value: unknown) =>
          JSON.parse(
            JSON.stringify(value, (key, inside) =>
              key === 'password' && typeof inside === 'string' ? '********' : inside,
            ),
          );
        expect(mask(read(await pageOf(new RunningConfig(text, 'r.yaml').all())))).toEqual(mask(read(text)));
      }),
      { numRuns: runs(20) },
    );
  });

  test('has the line of each value, and the defaults without one', () => {
    expect(valueAt(views, 'groups', 'nodes', 'hold-time')).toMatchObject({
      value: 30,
      source: 'group',
      place: '/etc/r.yaml:7',
    });
    expect(valueAt(views, 'peers', 0, 'group')).toMatchObject({ source: 'peer', place: '/etc/r.yaml:13' });
    expect(valueAt(views, 'policies', 'in')).toMatchObject({ source: 'file', place: '/etc/r.yaml:23' });
    expect(valueAt(views, '*', 'hold-time')).toMatchObject({ value: 90, source: 'default', place: null });
    expect(valueAt(views, 'listen', 0, 'port')).toMatchObject({ value: 179, source: 'default', place: null });
    expect(valueAt(views, 'control', 'socket')).toMatchObject({
      value: '/run/reflectord/control.sock',
      source: 'default',
    });
  });

  test('has no secret; files and variables with keys stay', () => {
    expect(JSON.stringify(views)).not.toMatch(/s3cret|group secret/);
    expect(valueAt(views, 'peers', 0, 'password')).toMatchObject({ value: '********', masked: true });
    expect(valueAt(views, 'peers', 1, 'password')).toMatchObject({ value: { file: 'leaf.key' }, masked: false });
  });

  test('shows provenance and defaults as comments', async () => {
    const page = await pageOf(views);
    expect(page).toContain('router:\n  as: "1.10"  # line 1\n');
    expect(page).toContain(
      '    max-prefix: { limit: 1000 }  # line 9; defaults: warn-percent 80, action restart, restart-time 60, of received\n',
    );
    expect(page).toContain('  - address: 10.0.0.1  # line 12\n    group: nodes  # line 13\n');
    expect(page).toContain('    password: "********"  # line 15; masked\n');
    expect(page).toContain('  # hold-time: 90\n');
    expect(page).toContain('  # keepalive-time:  # a third of the negotiated hold time\n');
    expect(page).toContain('\n# log:\n  # level: info\n');
  });
});

describe('one peer', () => {
  const config = new RunningConfig(FILE, '/etc/r.yaml');

  test('has its own settings, those of its group, and the defaults', () => {
    const views = [...config.peer(0, 'nodes', '10.0.0.1')];
    expect(valueAt(views, 'peers', 0, 'description')).toMatchObject({ source: 'peer', value: 'leaf: 1 # first' });
    expect(valueAt(views, 'peers', 0, 'hold-time')).toMatchObject({
      source: 'group',
      value: 30,
      place: '/etc/r.yaml:7',
    });
    expect(valueAt(views, 'peers', 0, 'password')).toMatchObject({ source: 'peer', place: '/etc/r.yaml:15' });
    expect(valueAt(views, 'peers', 0, 'port')).toMatchObject({ source: 'default', value: 179 });
    expect(views.filter(({ path }) => path.at(-1) === 'password')).toHaveLength(1);
  });

  test('of a range has its address, with the line of the ranges', async () => {
    const views = [...config.peer(-1, 'nodes', '10.1.0.7')];
    expect(valueAt(views, 'peers', 0, 'address')).toMatchObject({ source: 'group', place: '/etc/r.yaml:10' });
    const page = await pageOf(views);
    expect(page).toContain('peers:\n  - address: 10.1.0.7  # group, line 10\n    as: internal  # group, line 6\n');
    expect(page).not.toContain('group secret');
  });

  test('is a configuration together with a router', async () => {
    const page = await pageOf(config.peer(1, '', '10.0.0.2'));
    expect(
      read(`router: { as: 65000, id: 10.0.0.9 }\npolicies: { in: { default: accept } }\n${page}`).peers[0],
    ).toMatchObject({
      address: '10.0.0.2',
      as: 65002,
    });
  });
});

test('texts cannot write lines or terminal sequences into the page', async () => {
  const text = JSON.stringify({
    router: { as: 1, id: '10.0.0.1' },
    policies: { 'a\nb: 1\u001b[31m': { default: 'accept' } },
  });
  const page = await pageOf(new RunningConfig(text, 'r.yaml').all());
  expect(page).toContain('  "a\\nb: 1\\e[31m":');
  expect(page).not.toContain('\u001b');
});
