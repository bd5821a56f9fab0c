/** `show events`: one line per event, with the local time. */
import type { KeptEvent } from '../../../engine/events/kept-events.ts';
import type { Color, Output } from '../../text/output.ts';
import { Clock } from '../../text/times.ts';

const COLORS: Readonly<Record<string, Color>> = { error: 'red', warn: 'yellow' };
/** Width of the names of most events. */
const NAME_WIDTH = 20;

export async function writeEvents(events: AsyncIterable<KeptEvent>, output: Output): Promise<void> {
  const clock = new Clock(output);
  for await (const { time, level, event, text } of events) {
    const name = output.paint(event.padEnd(NAME_WIDTH), COLORS[level] ?? 'grey');
    await output.line(`${await clock.at(time)}  ${name}  ${text}`);
  }
}
