/** Splits a byte stream, in chunks of any length, into lines with a maximum length. */
import { StringDecoder } from 'node:string_decoder';

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #maxLength: number;
  #rest = '';

  /** @param maxLength maximum characters of a line */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** The lines that `chunk` completes, without line feeds; null if a line is too long. */
  push(chunk: Uint8Array): string[] | null {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))).split(
      '\n',
    );
    this.#rest = lines.pop() ?? '';
    const tooLong = this.#rest.length > this.#maxLength || lines.some((line) => line.length > this.#maxLength);
    return tooLong ? null : lines;
  }
}
