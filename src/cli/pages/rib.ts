/**
 * `show rib`: one line per path; `show rib P`: every path of a prefix with its attributes and the reason of selection.
 */
import type { PathView, RibView } from '../../engine/api/views.ts';
import { type Fact, writeFacts } from '../text/facts.ts';
import type { Color, Output } from '../text/output.ts';
import { type Column, Table } from '../text/table.ts';
import { count, formatDuration } from '../text/units.ts';

/** One path; only the first line of a prefix shows the prefix. */
interface Row {
  readonly prefix: string;
  readonly path: PathView;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: ' ', value: ({ path }) => markOf(path), color: ({ path }) => colorOf(path) },
  { title: 'PREFIX', value: ({ prefix }) => prefix },
  { title: 'NEXT HOP', value: ({ path }) => path.nextHop },
  { title: 'FROM', value: ({ path }) => path.peer },
  { title: 'LOCAL-PREF', value: ({ path }) => String(path.localPref ?? '-'), align: 'right' },
  { title: 'MED', value: ({ path }) => String(path.med ?? '-'), align: 'right' },
  { title: 'AGE', value: ({ path }) => formatDuration(path.ageSeconds), align: 'right' },
  { title: 'ORIGIN', value: ({ path }) => path.origin },
  { title: 'AS PATH', value: ({ path }) => path.asPath },
];

export async function writeRib(prefixes: AsyncIterable<RibView>, output: Output): Promise<void> {
  let family: string | null = null;
  let table = new Table(COLUMNS, output);
  let shown = 0;
  let paths = 0;
  for await (const view of prefixes) {
    if (view.family !== family) {
      await table.end();
      if (family !== null) await output.line();
      await output.line(output.paint(`${view.family}   > best, * usable, x unusable, s stale`, 'grey'));
      table = new Table(COLUMNS, output);
      family = view.family;
    }
    for (const [n, path] of view.paths.entries()) await table.add({ prefix: n === 0 ? view.prefix : '', path });
    shown++;
    paths += view.paths.length;
  }
  await table.end();
  const sum = shown === 0 ? 'no routes' : `${count(shown, 'prefix', 'prefixes')}, ${count(paths, 'path')}`;
  await output.line(sum);
}

/** The page of `show rib P`; `target` is the operand. */
export async function writeRoute(prefixes: AsyncIterable<RibView>, output: Output, target: string): Promise<void> {
  let shown = 0;
  for await (const view of prefixes) {
    if (shown++ > 0) await output.line();
    await output.line(output.paint(`${view.prefix} (${view.family}): ${count(view.paths.length, 'path')}`, 'bold'));
    for (const path of view.paths) await writePath(path, output);
  }
  if (shown === 0) await output.line(`no route for ${target}`);
}

async function writePath(path: PathView, output: Output): Promise<void> {
  const id = path.pathId === 0 ? '' : `, path id ${path.pathId}`;
  await output.line(output.paint(`${markOf(path)} from ${path.peer}${id}: ${verdictOf(path)}`, colorOf(path)));
  await writeFacts(factsOf(path), output);
}

function verdictOf(path: PathView): string {
  if (path.unusable !== null) return `unusable, ${path.unusable}`;
  return path.best ? `best (${path.decidedBy})` : `not best (${path.decidedBy})`;
}

function factsOf(path: PathView): Fact[] {
  return [
    ['Next hop', path.nextHopCost === 0 ? path.nextHop : `${path.nextHop}, cost ${path.nextHopCost}`],
    ['AS path', path.asPath === '' ? 'empty' : path.asPath],
    ['Origin', path.origin],
    ['Local-pref', textOf(path.localPref)],
    ['MED', textOf(path.med)],
    ['Originator', path.originatorId],
    ['Cluster list', listOf(path.clusterList)],
    ['Communities', listOf(path.communities)],
    ['Large communities', listOf(path.largeCommunities)],
    ['Extended communities', listOf(path.extendedCommunities)],
    ['Aggregator', path.aggregator],
    ['Atomic aggregate', path.atomicAggregate ? 'yes' : null],
    [
      'Other attributes',
      listOf(path.others.map(({ code, flags, value }) => `${code} (flags ${flags}): ${value || '-'}`)),
    ],
    ['Stale', path.stale ? 'kept while the peer restarts' : null],
    ['Age', formatDuration(path.ageSeconds)],
  ];
}

function markOf(path: PathView): string {
  const mark = path.unusable !== null ? 'x' : path.best ? '>' : '*';
  return path.stale ? `${mark}s` : mark;
}

function colorOf(path: PathView): Color | null {
  if (path.unusable !== null) return 'red';
  return path.best ? 'green' : null;
}

function textOf(value: number | null): string | null {
  return value === null ? null : String(value);
}

function listOf(values: readonly string[]): string | null {
  return values.length === 0 ? null : values.join(' ');
}
