/** `status`: the daemon at a glance; and the answers of commands that only say what they did. */
import type { DoneView } from '../../engine/commands.ts';
import type { StatusView } from '../../engine/views.ts';
import { writeFacts } from '../facts.ts';
import type { Output } from '../output.ts';
import { count, formatDuration } from '../units.ts';

export async function writeStatus(views: AsyncIterable<StatusView>, output: Output): Promise<void> {
  for await (const view of views) {
    const well = view.problems.length === 0;
    await writeFacts(
      [
        ['reflectord', `${view.version}, pid ${view.pid}, up ${formatDuration(view.uptimeSeconds)}`],
        ['Router', `AS ${view.as}${inConfederation(view)}, id ${view.routerId}`],
        ['Configuration', view.configPath],
        ['Peers', `${view.peersEstablished} of ${view.peers} established`],
        ['Routes', `${count(view.prefixes, 'prefix', 'prefixes')}, ${count(view.paths, 'path')}`],
        ['Kernel routes', view.fibMode],
        ...(view.draining === 0 ? [] : [['Draining', `${count(view.draining, 'peer')}; \`undrain\` ends it`] as const]),
        ['Health', well ? output.paint('all is well', 'green') : output.paint(view.problems.join('; '), 'red')],
      ],
      output,
    );
  }
}

function inConfederation({ confederation }: StatusView): string {
  return confederation === null ? '' : ` of confederation ${confederation}`;
}

export async function writeDone(views: AsyncIterable<DoneView>, output: Output): Promise<void> {
  for await (const view of views) await output.line(view.done);
}
