/**
 * `show rib`: one line per path; `show rib P`: every path of a prefix with its attributes and the reason of selection.
 * `--received`: the attributes as received; those in use follow where they differ. `--rejected`: a line has the rule that
 * rejected the path, its place, and its reason.
 */
import type { RulingView } from '../../../engine/api/policy-views.ts';
import type { AttributesView, PathView, RibView, RouteCountView } from '../../../engine/api/route-views.ts';
import { knownFamilyNamed } from '../../../wire/families/catalog.ts';
import { type Fact, writeFacts } from '../../text/facts.ts';
import type { Color, Output } from '../../text/output.ts';
import { type Column, Table, writeTable } from '../../text/table.ts';
import { count, formatDuration } from '../../text/units.ts';
import { factsOfAttributes, factsOfNlri, labelsOf, routeTargetsOf } from './attributes.ts';

/** One path; only the first line of a prefix shows the prefix. */
interface Row {
  readonly prefix: string;
  readonly path: PathView;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: ' ', value: ({ path }) => markOf(path), color: ({ path }) => colorOf(path) },
  { title: 'PREFIX', value: ({ prefix }) => prefix },
  { title: 'NEXT HOP', value: ({ path }) => shown(path).nextHop },
  { title: 'FROM', value: ({ path }) => path.peer },
  { title: 'LOCAL-PREF', value: ({ path }) => String(shown(path).localPref ?? '-'), align: 'right' },
  { title: 'MED', value: ({ path }) => String(shown(path).med ?? '-'), align: 'right' },
  { title: 'AGE', value: ({ path }) => formatDuration(path.ageSeconds), align: 'right' },
  { title: 'ORIGIN', value: ({ path }) => shown(path).origin },
  { title: 'AS PATH', value: ({ path }) => shown(path).asPath },
];

/** The columns of `--rejected`. The reason is a sentence, so it comes last. */
const REJECTED_COLUMNS: readonly Column<Row>[] = [
  ...COLUMNS.slice(0, 4),
  { title: 'AS PATH', value: ({ path }) => shown(path).asPath },
  { title: 'AGE', value: ({ path }) => formatDuration(path.ageSeconds), align: 'right' },
  { title: 'RULE', value: ({ path }) => path.policy?.rule ?? '-' },
  { title: 'AT', value: ({ path }) => path.policy?.place ?? '' },
  { title: 'BECAUSE', value: ({ path }) => path.policy?.because ?? '' },
];

/** The columns of a table of one peer, and of the paths from it that are not used. */
const PEER_COLUMNS: readonly Column<Row>[] = COLUMNS.filter(({ title }) => title !== 'FROM');
const UNUSABLE_COLUMNS: readonly Column<Row>[] = [
  ...PEER_COLUMNS.slice(0, 3),
  { title: 'AS PATH', value: ({ path }) => shown(path).asPath },
  { title: 'AGE', value: ({ path }) => formatDuration(path.ageSeconds), align: 'right' },
  { title: 'BECAUSE', value: ({ path }) => path.unusable ?? '' },
];

const VARIANTS = {
  all: COLUMNS,
  rejected: REJECTED_COLUMNS,
  peer: PEER_COLUMNS,
  unusable: UNUSABLE_COLUMNS,
} as const;

/** Which columns a table has. */
export type RibColumns = keyof typeof VARIANTS;

/** In a family with labels, and in one whose routes have route targets. */
const LABELS: Column<Row> = { title: 'LABEL', value: ({ path }) => labelsOf(path.nlri, shown(path)) };
const TARGETS: Column<Row> = { title: 'ROUTE TARGETS', value: ({ path }) => routeTargetsOf(shown(path)) };

/** The columns for a family: labels behind the next hop, route targets before the AS path. */
function columnsFor(variant: RibColumns, family: string): readonly Column<Row>[] {
  const kind = knownFamilyNamed(family);
  return VARIANTS[variant].flatMap((column) => {
    if (column.title === 'NEXT HOP' && kind?.hasLabels === true) return [column, LABELS];
    return column.title === 'AS PATH' && kind?.isTargeted === true ? [TARGETS, column] : [column];
  });
}

/** What is shown of a path in the first place. */
function shown(path: PathView): AttributesView {
  return path.received ?? path;
}

export async function writeRib(
  prefixes: AsyncIterable<RibView>,
  output: Output,
  variant: RibColumns = 'all',
): Promise<void> {
  const isRejected = variant === 'rejected' || variant === 'unusable';
  let family: string | null = null;
  let table = new Table(VARIANTS[variant], output);
  let shown = 0;
  let paths = 0;
  let leftOut = 0;
  for await (const view of prefixes) {
    if (view.family !== family) {
      await table.end();
      if (family !== null) await output.line();
      const isReceived = view.paths[0]?.received !== undefined;
      const marks = isRejected ? 'x unusable, s stale' : '> best, * usable, x unusable, s stale';
      const legend = `${marks}${isReceived ? ', c changed on import (shown as received)' : ''}`;
      await output.line(output.paint(`${view.family}   ${legend}`, 'grey'));
      table = new Table(columnsFor(variant, view.family), output);
      family = view.family;
    }
    for (const [n, path] of view.paths.entries()) await table.add({ prefix: n === 0 ? view.prefix : '', path });
    if (!view.continues) shown++;
    paths += view.paths.length + view.pathsLeftOut;
    leftOut += view.pathsLeftOut;
  }
  await table.end();
  const sum = shown === 0 ? 'no routes' : `${count(shown, 'prefix', 'prefixes')}, ${count(paths, 'path')}`;
  await output.line(leftOut === 0 ? sum : `${sum}; ${leftOutWords(leftOut)}`);
}

/** The answer to `--count`. */
export async function writeCounts(families: AsyncIterable<RouteCountView>, output: Output): Promise<void> {
  const shown = await writeTable(COUNT_COLUMNS, families, output);
  if (shown === 0) await output.line('no routes');
}

const COUNT_COLUMNS: readonly Column<RouteCountView>[] = [
  { title: 'FAMILY', value: ({ family }) => family },
  { title: 'PREFIXES', value: ({ prefixes }) => String(prefixes), align: 'right' },
  { title: 'PATHS', value: ({ paths }) => String(paths), align: 'right' },
];

function leftOutWords(paths: number): string {
  return `${count(paths, 'path')} not shown: \`--all-paths\` shows them`;
}

/** The page of `show rib P`; `target` is the operand. */
export async function writeRoute(prefixes: AsyncIterable<RibView>, output: Output, target: string): Promise<void> {
  let shown = 0;
  let isSame = false;
  for await (const view of prefixes) {
    if (shown++ > 0 && !isSame) await output.line();
    const paths = count(view.paths.length + view.pathsLeftOut, 'path');
    const title = `${view.prefix} (${view.family}): ${view.continues ? 'more than ' : ''}${paths}`;
    if (!isSame) await output.line(output.paint(title, 'bold'));
    isSame = view.continues;
    for (const path of view.paths) await writePath(path, output);
    if (view.pathsLeftOut > 0) await output.line(leftOutWords(view.pathsLeftOut));
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
  const { received } = path;
  const used = attributeFacts(path, path);
  return [
    ...factsOfNlri(path.nlri),
    ...(received === undefined ? used : compared(attributeFacts(received, path), used)),
    ['Changed on import', received === undefined || isChanged(path) ? null : 'nothing'],
    ['Policy', path.policy === null || path.policy.rejected ? null : policyWords(path.policy)],
    ['Weight', path.weight === 0 ? null : String(path.weight)],
    ['Stale', path.stale ? 'kept while the peer restarts' : null],
    ['Age', formatDuration(path.ageSeconds)],
  ];
}

/** Attributes of a path: those received, or those in use. */
function attributeFacts(attributes: AttributesView, { nextHop, nextHopCost }: PathView): Fact[] {
  const cost = attributes.nextHop === nextHop && nextHopCost > 0 ? `, cost ${nextHopCost}` : '';
  return factsOfAttributes(attributes, cost);
}

/** The name of the line below a received attribute. */
const IN_USE = '  in use';

/** What was received; under each attribute that is used with another value, or was added, that one. */
function compared(received: readonly Fact[], used: readonly Fact[]): Fact[] {
  const inUse = new Map(used);
  const names = new Set(received.map(([name]) => name));
  const added = used.flatMap(([name]): Fact[] => (names.has(name) ? [] : [[name, null]]));
  return [...received, ...added].flatMap(([name, text]): Fact[] => {
    const now = inUse.get(name) ?? null;
    if (text === now) return [[name, text]];
    return [
      [name, text ?? 'none'],
      [IN_USE, now ?? 'none'],
    ];
  });
}

/** The path is used with other attributes than it was received with. */
function isChanged(path: PathView): boolean {
  if (path.received === undefined) return false;
  const used = attributeFacts(path, path);
  return compared(attributeFacts(path.received, path), used).some(([name]) => name === IN_USE);
}

function markOf(path: PathView): string {
  const mark = path.unusable !== null ? 'x' : path.best ? '>' : '*';
  return `${mark}${path.stale ? 's' : ''}${isChanged(path) ? 'c' : ''}`;
}

function colorOf(path: PathView): Color | null {
  if (path.unusable !== null) return 'red';
  return path.best ? 'green' : null;
}

function policyWords({ rule, place }: RulingView): string {
  return place === '' ? rule : `${rule} at ${place}`;
}
