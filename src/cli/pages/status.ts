/** `status`: a summary of the daemon; and the answers of commands that only report what they did. */
import type { StatusView } from '../../engine/api/daemon-views.ts';
import { type HealthCause, type HealthReport, sentencesOf } from '../../engine/api/health.ts';
import type { DoneView } from '../../engine/api/operator-commands.ts';
import { writeFacts } from '../text/facts.ts';
import type { Output } from '../text/output.ts';
import { count, formatDuration } from '../text/units.ts';

export async function writeStatus(views: AsyncIterable<StatusView>, output: Output): Promise<void> {
  for await (const view of views) {
    await writeFacts(
      [
        ['reflectord', `${view.version}, pid ${view.pid}, up ${formatDuration(view.uptimeSeconds)}`],
        ['Router', `AS ${view.as}${inConfederation(view)}, id ${view.routerId}`],
        ['Configuration', view.configPath],
        ['Peers', `${view.peersEstablished} of ${view.peers} established`],
        ['Routes', `${count(view.prefixes, 'prefix', 'prefixes')}, ${count(view.paths, 'path')}`],
        ['Kernel routes', view.fibMode],
        ...(view.draining === 0
          ? []
          : [['Draining', `${count(view.draining, 'peer')}; \`undrain\` ends this`] as const]),
        ['Health', healthWord(view.health, output)],
      ],
      output,
    );
    for (const cause of view.health.causes) await writeCause(cause, output);
  }
}

const COLORS = { failed: 'red', degraded: 'yellow', notice: 'grey' } as const;

function healthWord({ status, ready }: HealthReport, output: Output): string {
  const word = output.paint(status, status === 'healthy' ? 'green' : COLORS[status]);
  return ready ? `${word}, ready` : `${word}, ${output.paint('not ready', 'red')}`;
}

/** A cause with its instances and the remedy. */
async function writeCause(cause: HealthCause, output: Output): Promise<void> {
  await output.line();
  await output.line(output.paint(`${cause.severity}: ${cause.cause}`, COLORS[cause.severity]));
  for (const sentence of sentencesOf(cause)) await output.line(`  ${sentence}`);
  await output.line(`  -> ${cause.remedy}`);
}

function inConfederation({ confederation }: StatusView): string {
  return confederation === null ? '' : ` of confederation ${confederation}`;
}

export async function writeDone(views: AsyncIterable<DoneView>, output: Output): Promise<void> {
  for await (const view of views) await output.line(view.done);
}
