/** The text of a page of the command line. */
import { Writable } from 'node:stream';
import { Output } from '../../src/cli/text/output.ts';

/** Collects text; with `closeAfter` it behaves like a pipe whose reader left after so many characters. */
export class Sink extends Writable {
  text = '';
  readonly #closeAfter: number;

  constructor(closeAfter = Number.POSITIVE_INFINITY) {
    super();
    this.#closeAfter = closeAfter;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.text += chunk.toString();
    if (this.text.length < this.#closeAfter) done();
    else done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}

/** What a page writes for the items of an answer, without colors. */
export async function pageOf<T>(
  write: (items: AsyncIterable<T>, output: Output) => Promise<void>,
  items: Iterable<T>,
): Promise<string> {
  const sink = new Sink();
  const output = new Output(sink);
  async function* each() {
    yield* items;
  }
  await write(each(), output);
  await output.flush();
  return sink.text;
}
