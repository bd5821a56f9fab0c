/** `show history` and `watch routes`: one line per change with its time, and the attributes of the new best path. */
import type { AttributesView } from '../../../engine/api/route-views.ts';
import type { HistoryView } from '../../../engine/api/watch-commands.ts';
import type { Output } from '../../text/output.ts';
import { Clock } from '../../text/times.ts';

const OFF = 'the history of routes is off (`router.route-history: none`)';

/** @param isLive changes are still to come */
export async function writeHistory(items: AsyncIterable<HistoryView>, output: Output, isLive = false): Promise<void> {
  const clock = new Clock(output);
  let since = '';
  let changes = 0;
  for await (const item of items) {
    if (item.kind === 'since' && item.kept === 0) return output.line(OFF);
    if (item.kind === 'since') since = item.time;
    else if (item.kind === 'missing') {
      const between = item.since === null ? '' : ` since ${new Date(item.since).toLocaleString()}`;
      const text = `${item.changes} changes${between} were not recorded: ${item.why}`;
      await output.line(`${await clock.at(item.time)}  ${output.paint(text, 'yellow')}`);
    } else {
      changes++;
      const color = item.from === null ? 'red' : null;
      await output.line(`${await clock.at(item.time)}  ${item.prefix}  ${output.paint(item.text, color)}`);
      if (item.attributes !== null) await output.line(`${' '.repeat(14)}${summary(item.attributes)}`);
    }
  }
  if (changes === 0 && !isLive)
    await output.line(`no change of a best path that matches is recorded since ${new Date(since).toLocaleString()}`);
}

function summary(attributes: AttributesView): string {
  const { nextHop, asPath, localPref, med, communities, largeCommunities } = attributes;
  return [
    `next hop ${nextHop}`,
    `as-path ${asPath === '' ? 'empty' : asPath}`,
    ...(localPref === null ? [] : [`local-pref ${localPref}`]),
    ...(med === null ? [] : [`med ${med}`]),
    ...(communities.length + largeCommunities.length === 0
      ? []
      : [`communities ${[...communities, ...largeCommunities].join(' ')}`]),
  ].join(', ');
}
