/** Lines out of a byte stream that is cut anywhere, with a bound on what one line may hold. */
import { StringDecoder } from 'node:string_decoder';

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #maxLength: number;
  #rest = '';

  /** @param maxLength characters that a line may have */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** The lines that `chunk` completes, without their ends; null when the stream holds a line that is too long. */
  push(chunk: Uint8Array): string[] | null {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))).split(
      '\n',
    );
    this.#rest = lines.pop() ?? '';
    const tooLong = this.#rest.length > this.#maxLength || lines.some((line) => line.length > this.#maxLength);
    return tooLong ? null : lines;
  }
}
