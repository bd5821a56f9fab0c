/** `reload`: which peers and settings changed, what was reset, what needs a restart, and what failed. */

import type { ReloadView } from '../../../engine/api/daemon-views.ts';
import { describeReload } from '../../../engine/show/reload.ts';
import { ControlClientError } from '../../../io/control/client.ts';
import type { Output } from '../../text/output.ts';

/** Some changes need a restart. It differs from the refusal of the guard, after which nothing has changed. */
export const EXIT_RESTART = 6;

/** 0: the whole file is in force. 1: it cannot be used. 3: the guard refused it. 4: a part failed. 6: restart. */
export function reloadExitCode({ outcome, restart }: ReloadView): number {
  if (outcome === 'refused') return 1;
  if (outcome === 'guarded') return 3;
  if (outcome === 'incomplete') return 4;
  return restart.length > 0 ? EXIT_RESTART : 0;
}

/** @throws ControlClientError if nothing changed: the reasons go to standard error */
export async function writeReload(views: AsyncIterable<ReloadView>, output: Output): Promise<void> {
  for await (const view of views) {
    const { outcome, failed, warnings, notes } = view;
    if (outcome === 'refused') {
      throw new ControlClientError(`nothing changed, the previous configuration stays in force:\n${failed.join('\n')}`);
    }
    if (outcome === 'guarded') {
      await output.line(
        output.paint('nothing changed, the guard refuses the configuration (`--force` applies it):', 'red'),
      );
      for (const refusal of failed) await output.line(refusal);
      continue;
    }
    for (const warning of warnings) await output.line(`${output.paint('warning', 'yellow')}: ${warning}`);
    const lines = outcome === 'confirmed' ? [] : describeReload(view);
    for (const line of lines) await output.line(output.paint(line, colorOf(line)));
    for (const note of notes) await output.line(output.paint(note, 'yellow'));
  }
}

/** The color of a line of `describeReload`. */
export function colorOf(line: string): 'red' | 'yellow' | null {
  if (line.startsWith('failed')) return 'red';
  return line.startsWith('waits') || line.startsWith('reset') ? 'yellow' : null;
}
