/** `plan`: what a reload of another configuration would do. */
import type { PlanView } from '../../../engine/api/daemon-views.ts';
import { describeReload } from '../../../engine/show/reload.ts';
import type { Output } from '../../text/output.ts';
import { count } from '../../text/units.ts';
import { colorOf, EXIT_RESTART } from './reload.ts';

/** 0: no session is interrupted. 5: established sessions are closed. 6: a change needs a restart. */
export function planExitCode({ interrupted, restart }: PlanView): number {
  if (interrupted.length > 0) return 5;
  return restart.length > 0 ? EXIT_RESTART : 0;
}

export async function writePlan(views: AsyncIterable<PlanView>, output: Output): Promise<void> {
  for await (const view of views) {
    for (const warning of view.warnings) await output.line(`${output.paint('warning', 'yellow')}: ${warning}`);
    for (const line of describeReload({ ...view, failed: [] })) {
      await output.line(output.paint(line.replace(/^in force/, 'applied at once'), colorOf(line)));
    }
    await output.line(`unchanged: ${count(view.unchanged, 'peer')}`);
    const closed = view.interrupted.length;
    const text = closed === 0 ? 'no established session is closed' : `closes ${count(closed, 'established session')}`;
    await output.line(output.paint(text, closed === 0 ? 'green' : 'red'));
  }
}
