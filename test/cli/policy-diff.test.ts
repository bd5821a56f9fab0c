/** `policy diff` as operators read it. */
import { reloadExitCode, writeReload } from '../../src/cli/pages/operate/reload.ts';
import { diffExitCode, writeDiff } from '../../src/cli/pages/policy-diff.ts';
import { Output } from '../../src/cli/text/output.ts';
import type { ReloadView } from '../../src/engine/api/daemon-views.ts';
import type { PolicyDiffView, RouteDiffView } from '../../src/engine/api/diff-views.ts';
import { Sink } from '../lab/page.ts';

const ROUTE: RouteDiffView = {
  kind: 'route',
  direction: 'import',
  from: '10.0.0.1',
  to: '',
  family: 'ipv4-unicast',
  prefix: '10.1.0.0/16',
  outcome: 'rejected',
  why: 'rejected by `in/odd` at new.yaml:7: not ours',
  changes: [],
};
const ITEMS: readonly PolicyDiffView[] = [
  { kind: 'progress', percent: 40 },
  { ...ROUTE, direction: 'export', to: 'nodes', outcome: 'changed', changes: [{ name: 'med', from: '', to: '5' }] },
  ROUTE,
  {
    ...{ kind: 'peer', peer: '10.0.0.1', description: '', group: 'nodes', session: 'kept' },
    ...{ routes: 9, accepted: 0, rejected: 1, changed: 0, notKept: 0 },
  },
  {
    ...{ kind: 'group', group: 'nodes', family: 'ipv4-unicast', peers: 4 },
    ...{ routes: 8, advertised: 0, withdrawn: 0, changed: 1 },
  },
  { kind: 'summary', prefixes: 2, samePeers: 3, sameGroups: 1, refusals: ['10.0.0.0/8 is lost'] },
];

async function page(items: readonly PolicyDiffView[], all = false): Promise<{ lines: string[]; shown: string }> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const output = new Output(stdout, { progress: stderr });
  async function* stream() {
    yield* items;
  }
  await writeDiff(stream(), output, all);
  await output.flush();
  return {
    lines: stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' ').trim()),
    shown: stderr.text,
  };
}

test('routes follow the table of their direction, and the guard comes last', async () => {
  expect(await page(ITEMS)).toEqual({
    lines: [
      'FROM PEER GROUP SESSION ROUTES ACCEPTED REJECTED CHANGED NOT KEPT',
      '10.0.0.1 nodes kept 9 0 1 0 0',
      'rejected 10.1.0.0/16 from 10.0.0.1: rejected by `in/odd` at new.yaml:7: not ours',
      '`--all` lists all routes',
      'TO GROUP FAMILY PEERS ROUTES ADVERTISED WITHDRAWN CHANGED',
      'nodes ipv4-unicast 4 8 0 0 1',
      'changed 10.1.0.0/16 to nodes (from 10.0.0.1): rejected by `in/odd` at new.yaml:7: not ours',
      'med: none -> 5',
      '`--all` lists all routes',
      '3 peers and 1 group without a difference',
      'the guard refuses it: 10.0.0.0/8 is lost',
    ],
    shown: '\r\u001b[K40 %\r\u001b[K',
  });
});

test('with --all, routes are written as they arrive', async () => {
  const { lines } = await page(ITEMS, true);
  expect(lines[0]).toMatch(/^changed 10\.1\.0\.0\/16 to nodes/);
  expect(lines).not.toContain('`--all` lists all routes');
});

test('without a difference one line reports that', async () => {
  const { lines } = await page([{ kind: 'summary', prefixes: 0, samePeers: 3, sameGroups: 1, refusals: [] }]);
  expect(lines).toEqual(['nothing changes: 3 peers and 1 group without a difference']);
});

test('the exit code is 3 if the guard refuses the change, else 0', () => {
  expect(ITEMS.map(diffExitCode)).toEqual([0, 0, 0, 0, 0, 3]);
});

test('a reload that the guard refuses: its reasons, and exit code 3', async () => {
  const view: ReloadView = {
    outcome: 'guarded',
    peers: { added: [], removed: [], changed: [] },
    ...{ settings: [], restart: [], failed: ['golden prefix 10.0.0.0/8 is lost'], warnings: [], notes: [] },
  };
  const stdout = new Sink();
  const output = new Output(stdout);
  async function* stream() {
    yield view;
  }
  await writeReload(stream(), output);
  await output.flush();
  expect([reloadExitCode(view), stdout.text]).toEqual([
    3,
    'nothing changed, the guard refuses the configuration (`--force` applies it):\ngolden prefix 10.0.0.0/8 is lost\n',
  ]);
});
