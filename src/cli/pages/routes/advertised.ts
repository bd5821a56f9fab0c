/** `show peer X advertised`: one line per route, or all attributes of those of one prefix. */
import type { AdvertisedView } from '../../../engine/api/route-views.ts';
import { writeFacts } from '../../text/facts.ts';
import type { Output } from '../../text/output.ts';
import { type Column, Table } from '../../text/table.ts';
import { count } from '../../text/units.ts';
import { factsOfAttributes, factsOfNlri, listOf } from './attributes.ts';

const COLUMNS: readonly Column<AdvertisedView>[] = [
  { title: ' ', value: ({ queued }) => (queued ? 'q' : ''), color: ({ queued }) => (queued ? 'yellow' : null) },
  { title: 'PREFIX', value: ({ prefix }) => prefix },
  { title: 'ID', value: ({ pathId }) => (pathId === 0 ? '-' : String(pathId)), align: 'right' },
  { title: 'NEXT HOP', value: ({ nextHop }) => nextHop },
  { title: 'LEARNED FROM', value: ({ from }) => from },
  { title: 'LOCAL-PREF', value: ({ localPref }) => String(localPref ?? '-'), align: 'right' },
  { title: 'MED', value: ({ med }) => String(med ?? '-'), align: 'right' },
  { title: 'ORIGIN', value: ({ origin }) => origin },
  { title: 'ORIGINATOR', value: ({ originatorId }) => originatorId ?? '-' },
  { title: 'CLUSTER LIST', value: ({ clusterList }) => listOf(clusterList) ?? '-' },
  { title: 'COMMUNITIES', value: ({ communities }) => listOf(communities) ?? '-' },
  { title: 'AS PATH', value: ({ asPath }) => asPath },
];

/** @param isDetailed a page for each route, not a line */
export async function writeAdvertised(
  routes: AsyncIterable<AdvertisedView>,
  output: Output,
  isDetailed: boolean,
): Promise<void> {
  const last = { family: '', prefix: '' };
  let table = new Table(COLUMNS, output);
  let [prefixes, paths, queued] = [0, 0, 0];
  for await (const route of routes) {
    if (route.family !== last.family && !isDetailed) {
      await table.end();
      if (last.family !== '') await output.line();
      await output.line(output.paint(`${route.family}   q an update is, or may be, queued`, 'grey'));
      table = new Table(COLUMNS, output);
    }
    paths++;
    if (route.queued) queued++;
    if (route.family !== last.family || route.prefix !== last.prefix) prefixes++;
    Object.assign(last, { family: route.family, prefix: route.prefix });
    if (isDetailed) await writeRoute(route, output);
    else await table.add(route);
  }
  await table.end();
  const waiting = queued === 0 ? '' : `; ${count(queued, 'path')} with an update that is, or may be, queued`;
  const sum = `${count(prefixes, 'prefix', 'prefixes')}, ${count(paths, 'path')}${waiting}`;
  await output.line(paths === 0 ? 'no routes; `explain` shows why a prefix is not advertised' : sum);
}

async function writeRoute(route: AdvertisedView, output: Output): Promise<void> {
  const id = route.pathId === 0 ? '' : `, path id ${route.pathId}`;
  await output.line(output.paint(`${route.prefix} (${route.family})${id}, learned from ${route.from}`, 'bold'));
  const sending = route.queued ? 'an update is, or may be, queued' : 'yes';
  await writeFacts([...factsOfNlri(route.nlri), ...factsOfAttributes(route, ''), ['Sent', sending]], output);
}
