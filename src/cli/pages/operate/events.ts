/** `show events`: one line per event, with the local time. */
import type { KeptEvent } from '../../../engine/events/kept-events.ts';
import type { Color, Output } from '../../text/output.ts';

const COLORS: Readonly<Record<string, Color>> = { error: 'red', warn: 'yellow' };
/** Width of the names of most events. */
const NAME_WIDTH = 20;

export async function writeEvents(events: AsyncIterable<KeptEvent>, output: Output): Promise<void> {
  let day = '';
  for await (const { time, level, event, text } of events) {
    const at = new Date(time);
    const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
    if (date !== day) await output.line(output.paint(date, 'bold'));
    day = date;
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
    const name = output.paint(event.padEnd(NAME_WIDTH), COLORS[level] ?? 'grey');
    await output.line(`${clock}.${String(at.getMilliseconds()).padStart(3, '0')}  ${name}  ${text}`);
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
