/** `policy diff`: which routes another configuration would change, for each peer and each group. */
import type { GroupDiffView, PeerDiffView, PolicyDiffView, RouteDiffView } from '../../engine/api/diff-views.ts';
import type { Color, Output } from '../text/output.ts';
import { type Column, writeTable } from '../text/table.ts';
import { count } from '../text/units.ts';

/** The guard refuses the change. */
const EXIT_GUARDED = 3;

export function diffExitCode(item: PolicyDiffView): number {
  return item.kind === 'summary' && item.refusals.length > 0 ? EXIT_GUARDED : 0;
}

const PEERS: readonly Column<PeerDiffView>[] = [
  { title: 'FROM PEER', value: ({ peer }) => peer },
  { title: 'GROUP', value: ({ group }) => group },
  { title: 'SESSION', value: ({ session }) => session, color: ({ session }) => (session === 'kept' ? null : 'red') },
  { title: 'ROUTES', value: ({ routes }) => String(routes), align: 'right' },
  { title: 'ACCEPTED', value: ({ accepted }) => String(accepted), align: 'right' },
  { title: 'REJECTED', value: ({ rejected }) => String(rejected), align: 'right' },
  { title: 'CHANGED', value: ({ changed }) => String(changed), align: 'right' },
  { title: 'NOT KEPT', value: ({ notKept }) => String(notKept), align: 'right' },
];

const GROUPS: readonly Column<GroupDiffView>[] = [
  { title: 'TO GROUP', value: ({ group }) => group },
  { title: 'FAMILY', value: ({ family }) => family },
  { title: 'PEERS', value: ({ peers }) => String(peers), align: 'right' },
  { title: 'ROUTES', value: ({ routes }) => String(routes), align: 'right' },
  { title: 'ADVERTISED', value: ({ advertised }) => String(advertised), align: 'right' },
  { title: 'WITHDRAWN', value: ({ withdrawn }) => String(withdrawn), align: 'right' },
  { title: 'CHANGED', value: ({ changed }) => String(changed), align: 'right' },
];

/** @param all the routes are written as they arrive: there may be millions */
export async function writeDiff(items: AsyncIterable<PolicyDiffView>, output: Output, all: boolean): Promise<void> {
  const routes: RouteDiffView[] = [];
  const peers: PeerDiffView[] = [];
  const groups: GroupDiffView[] = [];
  for await (const item of items) {
    if (item.kind === 'progress') await output.progress(`${item.percent} %`);
    else if (item.kind === 'peer') peers.push(item);
    else if (item.kind === 'group') groups.push(item);
    else if (item.kind === 'route' && !all) routes.push(item);
    else if (item.kind === 'route') await writeRoute(item, output);
    else await writeAll(peers, groups, routes, item, output);
  }
}

async function writeAll(
  peers: readonly PeerDiffView[],
  groups: readonly GroupDiffView[],
  routes: readonly RouteDiffView[],
  { samePeers, sameGroups, refusals }: Extract<PolicyDiffView, { kind: 'summary' }>,
  output: Output,
): Promise<void> {
  await writeTable(PEERS, peers, output);
  await writeRoutes(routes, ({ direction }) => direction === 'import', output);
  await writeTable(GROUPS, groups, output);
  await writeRoutes(routes, ({ direction }) => direction === 'export', output);
  const isSame = peers.length + groups.length === 0;
  const same = `${count(samePeers, 'peer')} and ${count(sameGroups, 'group')} without a difference`;
  await output.line(isSame ? `nothing changes: ${same}` : same);
  for (const refusal of refusals) await output.line(output.paint(`the guard refuses it: ${refusal}`, 'red'));
}

/** Routes of one peer or group together. */
async function writeRoutes(
  routes: readonly RouteDiffView[],
  isShown: (route: RouteDiffView) => boolean,
  output: Output,
): Promise<void> {
  const shown = routes.filter(isShown);
  const by = new Map<string, RouteDiffView[]>();
  for (const route of shown) {
    const key = route.direction === 'import' ? route.from : `${route.to} ${route.family}`;
    by.set(key, [...(by.get(key) ?? []), route]);
  }
  for (const some of by.values()) for (const route of some) await writeRoute(route, output);
  if (shown.length > 0) await output.line(output.paint('`--all` lists all routes', 'grey'));
}

const COLORS: Readonly<Record<RouteDiffView['outcome'], Color>> = {
  accepted: 'green',
  advertised: 'green',
  changed: 'yellow',
  rejected: 'red',
  withdrawn: 'red',
};

async function writeRoute({ direction, from, to, prefix, outcome, why, changes }: RouteDiffView, output: Output) {
  const where = direction === 'import' ? `from ${from}` : `to ${to} (from ${from})`;
  await output.line(`  ${output.paint(outcome, COLORS[outcome])} ${prefix} ${where}: ${why}`);
  for (const { name, from: before, to: after } of changes) {
    await output.line(`    ${name}: ${before === '' ? 'none' : before} -> ${after === '' ? 'none' : after}`);
  }
}
