/** The text of a page of the command line. */
import { Writable } from 'node:stream';
import { Output } from '../../src/cli/text/output.ts';

/** What a page writes for the items of an answer, without colors. */
export async function pageOf<T>(
  write: (items: AsyncIterable<T>, output: Output) => Promise<void>,
  items: Iterable<T>,
): Promise<string> {
  let text = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const output = new Output(sink);
  async function* each() {
    yield* items;
  }
  await write(each(), output);
  await output.flush();
  return text;
}
