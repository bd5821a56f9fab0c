/** `doctor`: one line per finding, with its remedy and the line of the configuration below. */
import type { FindingView } from '../../../engine/api/operator-commands.ts';
import type { Color, Output } from '../../text/output.ts';
import { count } from '../../text/units.ts';
import { writeBundle } from './bundle.ts';

const COLORS: Readonly<Record<FindingView['severity'], Color>> = { ok: 'green', warning: 'yellow', error: 'red' };
const WIDTH = 'warning'.length;

/** 0: nothing, or only warnings. 5: there is an error. */
export function doctorExitCode({ severity }: FindingView): number {
  return severity === 'error' ? 5 : 0;
}

/** @param bundle file of the support bundle; null: none */
export async function writeDoctor(
  findings: AsyncIterable<FindingView>,
  output: Output,
  bundle: string | null,
  socket: string,
): Promise<void> {
  const counts = { ok: 0, warning: 0, error: 0 };
  const all: FindingView[] = [];
  for await (const finding of findings) {
    const { severity, subject, text, remedy, place } = finding;
    all.push(finding);
    counts[severity]++;
    await output.line(`${output.paint(severity.padEnd(WIDTH), COLORS[severity])}  ${subject}: ${text}`);
    const indent = ' '.repeat(WIDTH + 2);
    if (remedy !== null) await output.line(`${indent}-> ${remedy}`);
    if (place !== null) await output.line(`${indent}   ${place}`);
  }
  await output.line(`${count(counts.error, 'error')}, ${count(counts.warning, 'warning')}`);
  if (bundle === null) return;
  const names = await writeBundle(bundle, socket, all);
  await output.line(`wrote ${bundle}: ${names.join(', ')}; look at it before you send it, it has addresses and names`);
}
