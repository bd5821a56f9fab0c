/** Sends one command to the daemon and writes the answer: a page for people, or a JSON array. */
import type { CommandItems, CommandName } from '../engine/api/commands.ts';
import { requestJson } from '../io/control/client.ts';
import { printableLines } from '../wire/text.ts';
import type { Asked, ControlRow } from './control-row.ts';
import type { Output } from './text/output.ts';

/**
 * Returns the exit code.
 * @throws ControlClientError, ReaderLeft
 */
export async function ask(named: ControlRow, asked: Asked, socketPath: string, output: Output): Promise<number> {
  const row = named.variant?.(asked) ?? named;
  let code = 0;
  const inspect = (json: string) => {
    if (row.exitCode !== undefined) code = Math.max(code, row.exitCode(JSON.parse(json)));
  };
  const batches = inspected(requestJson(socketPath, row.name, row.arguments(asked)), inspect);
  const waiting = new Waiting(output);
  try {
    if (asked.options.json === true) await writeArray(waiting.counted(batches), output);
    else await row.page(parsed(waiting.counted(batches)), output, asked);
    await output.flush();
  } finally {
    waiting.end();
  }
  return code;
}

/** How often the progress of an answer is shown that nothing was written of yet. */
const PROGRESS_MS = 1000;

/** Shows that a command is at work, from one second on, until the first text of its page. */
class Waiting {
  private readonly output: Output;
  private readonly timer: NodeJS.Timeout;
  private items = 0;
  private seconds = 0;

  constructor(output: Output) {
    this.output = output;
    this.timer = setInterval(() => this.show(), PROGRESS_MS).unref();
  }

  async *counted(batches: AsyncIterable<string[]>): AsyncGenerator<string[]> {
    for await (const batch of batches) {
      this.items += batch.length;
      yield batch;
    }
  }

  end(): void {
    clearInterval(this.timer);
    this.output.endProgress();
  }

  private show(): void {
    this.seconds++;
    if (this.output.hasWritten || this.output.hasProgress) {
      clearInterval(this.timer);
      return;
    }
    const items = this.items === 0 ? '' : `, ${this.items} items`;
    // A stream that fails is reported by the next write.
    this.output.progress(`waiting for the daemon: ${this.seconds} s${items}`, true).catch(() => {});
  }
}

async function* inspected(batches: AsyncIterable<string[]>, inspect: (json: string) => void): AsyncGenerator<string[]> {
  for await (const batch of batches) {
    for (const json of batch) inspect(json);
    yield batch;
  }
}

/**
 * One JSON array with an item per line, written as the items arrive. After an error the array stays unclosed, so that
 * no reader takes a partial answer for a complete one.
 */
async function writeArray(batches: AsyncIterable<string[]>, output: Output): Promise<void> {
  let before = '[\n';
  for await (const batch of batches) {
    const time = new Date().toISOString();
    await output.write(before + batch.map((json) => timed(json, time)).join(',\n'));
    before = ',\n';
  }
  await output.write(before === ',\n' ? '\n]\n' : '[]\n');
}

/** Ages in an answer are relative to the time when it was made, which each item has unless it has one of its own. */
function timed(json: string, time: string): string {
  if (!json.endsWith('}') || json.includes('"time":"')) return json;
  return json === '{}' ? `{"time":"${time}"}` : `${json.slice(0, -1)},"time":"${time}"}`;
}

async function* parsed<C extends CommandName>(batches: AsyncIterable<string[]>): AsyncGenerator<CommandItems[C]> {
  for await (const batch of batches) {
    for (const json of batch) yield readItem(json) as CommandItems[C];
  }
}

/** In JSON text: escapes (control characters, for example) and characters outside ASCII. */
const MAY_BE_UNPRINTABLE = /\\|[^ -~]/;

/** A page goes to a terminal, and some texts come from outside: descriptions, kernel messages, texts of peers. */
function readItem(json: string): unknown {
  if (!MAY_BE_UNPRINTABLE.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_key, value: unknown) => (typeof value === 'string' ? printableLines(value) : value));
}
