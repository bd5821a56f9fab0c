/** Times of lines that follow each other: the local time of day, and a line of its own for each date. */
import type { Output } from './output.ts';

export class Clock {
  private readonly output: Output;
  private day = '';

  constructor(output: Output) {
    this.output = output;
  }

  /** The time of day to the millisecond; the date is written before if it is another one. @param time ISO 8601 */
  async at(time: string): Promise<string> {
    const at = new Date(time);
    const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
    if (date !== this.day) await this.output.line(this.output.paint(date, 'bold'));
    this.day = date;
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
    return `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
