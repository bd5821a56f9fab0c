/** `explain P`: one line per peer, with the reason why the prefix is not advertised to it. */
import type { ExplainedPathView, ExplainView } from '../../engine/api/explain-views.ts';
import type { TraceView } from '../../engine/api/policy-views.ts';
import type { Output } from '../text/output.ts';
import { type Column, writeTable } from '../text/table.ts';
import { count } from '../text/units.ts';

const COLUMNS: readonly Column<ExplainView>[] = [
  { title: 'PEER', value: (row) => row.peer },
  { title: 'GROUP', value: (row) => row.group },
  { title: 'ADVERTISED', value: advertisedOf, color: (row) => (row.advertised ? 'green' : 'red') },
  { title: 'BEST FROM', value: (row) => row.bestFrom ?? '-' },
  { title: 'WHY NOT', value: whyNot },
];

/** With more peers than this, peers with the same outcome share a line. */
const MAX_LINES = 20;

export async function writeExplain(rows: AsyncIterable<ExplainView>, output: Output): Promise<void> {
  const single: ExplainView[] = [];
  const shared = new Map<string, Line>();
  const traced: ExplainedPathView[] = [];
  let shown = 0;
  for await (const row of rows) {
    if (shown === 0) traced.push(...row.paths.filter(({ imported, exported }) => imported || exported));
    if (row.continues) continue;
    shown++;
    if (single.length < MAX_LINES) single.push(row);
    const line = lineOf(row);
    const key = JSON.stringify([line.group, line.advertised, line.bestFrom, line.why]);
    const before = shared.get(key);
    if (before !== undefined) before.peers++;
    else if (shared.size < MAX_LINES) shared.set(key, line);
  }
  if (shown <= MAX_LINES) await writeTable(COLUMNS, single, output);
  if (shown === 1) for (const path of traced) await writePolicies(path, output);
  if (shown > MAX_LINES) await writeShared([...shared.values()], shown, output);
  if (shown === 0) await output.line('no peers');
}

/** What the policies did to a path, rule by rule. */
async function writePolicies({ from, pathId, imported, exported }: ExplainedPathView, output: Output): Promise<void> {
  const id = pathId === 0 ? '' : ` #${pathId}`;
  if (imported) await writeTrace(`Import from ${from}${id}`, imported, output);
  if (exported) await writeTrace(`Export of the path from ${from}${id}`, exported, output);
}

/** The rules that held, what each changed, and which one decided. */
export async function writeTrace(title: string, trace: TraceView, output: Output): Promise<void> {
  const verdict = trace.rejected ? 'rejected' : 'accepted';
  const because = trace.because === '' ? '' : `: ${trace.because}`;
  await output.line(output.paint(`${title}: ${verdict} by ${trace.rule}${because}`, trace.rejected ? 'red' : 'green'));
  for (const { rule, place, then, changes } of trace.rules) {
    await output.line(`  ${rule}${place === '' ? '' : ` (${place})`}: ${then}`);
    for (const { name, from, to } of changes) {
      await output.line(`    ${name}: ${from === '' ? 'none' : from} -> ${to === '' ? 'none' : to}`);
    }
  }
}

/** Peers with the same outcome. */
interface Line {
  readonly first: string;
  peers: number;
  readonly group: string;
  readonly advertised: string;
  readonly isAdvertised: boolean;
  readonly bestFrom: string;
  readonly why: string;
}

const SHARED_COLUMNS: readonly Column<Line>[] = [
  { title: 'PEERS', value: ({ first, peers }) => (peers === 1 ? first : `${first} and ${peers - 1} more`) },
  { title: 'GROUP', value: ({ group }) => group },
  {
    title: 'ADVERTISED',
    value: ({ advertised }) => advertised,
    color: ({ isAdvertised }) => (isAdvertised ? 'green' : 'red'),
  },
  { title: 'BEST FROM', value: ({ bestFrom }) => bestFrom },
  { title: 'WHY NOT', value: ({ why }) => why },
];

async function writeShared(lines: readonly Line[], peers: number, output: Output): Promise<void> {
  await writeTable(SHARED_COLUMNS, lines, output);
  const left = peers - lines.reduce((sum, line) => sum + line.peers, 0);
  if (left > 0) await output.line(`${left} more peers with other outcomes`);
  await output.line(`${peers} peers; \`--peer\` shows a single one`);
}

/** Reasons with the number of paths: the paths themselves differ from peer to peer. */
function lineOf(row: ExplainView): Line {
  const { peer, group, advertised, bestFrom } = row;
  const reasons = row.reasons.map(({ why, paths }) => `${count(paths, 'path')}: ${why}`).sort();
  const why = !advertised || row.maxPaths === 1 ? (row.why ?? '') : reasons.join('; ');
  const shown = { advertised: advertisedOf(row), isAdvertised: advertised };
  return { first: peer, peers: 1, group, ...shown, bestFrom: bestFrom ?? '-', why };
}

/** `yes` or `no`; with ADD-PATH, how many of the paths. */
function advertisedOf({ advertised, maxPaths, advertisedPaths, pathCount }: ExplainView): string {
  if (!advertised || maxPaths === 1) return advertised ? 'yes' : 'no';
  return `${advertisedPaths} of ${pathCount}`;
}

/** With several paths: those that are not advertised, by name if they are few, else the number for each reason. */
function whyNot(row: ExplainView): string {
  if (!row.advertised || row.maxPaths === 1) return row.why ?? '';
  return row.reasons
    .flatMap(({ why, paths, first }) => {
      if (paths <= first.length) return first.map((name) => `${name}: ${why}`);
      return [`${paths} paths (${first[0]}, ...): ${why}`];
    })
    .join('; ');
}
