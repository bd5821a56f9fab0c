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
  if (asked.options.json === true) await writeArray(batches, output);
  else await row.page(parsed(batches), output, asked);
  await output.flush();
  return code;
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
    await output.write(before + batch.join(',\n'));
    before = ',\n';
  }
  await output.write(before === ',\n' ? '\n]\n' : '[]\n');
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
