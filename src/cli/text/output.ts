/** The output of the command line: with back-pressure, with colors on a terminal, and quiet after the reader left. */
import { once } from 'node:events';

export type Color = 'green' | 'yellow' | 'red' | 'grey' | 'bold';

const CODES: Readonly<Record<Color, string>> = { green: '32', yellow: '33', red: '31', grey: '90', bold: '1' };

/** The reader closed the pipe (`| head`). This is not an error. */
export class ReaderLeft extends Error {
  override readonly name = 'ReaderLeft';
}

const BLOCK_LENGTH = 16_384;
/** Text that is queued is written after this time, so that the lines of a command that goes on are seen. */
const FLUSH_MS = 50;

interface OutputOptions {
  readonly color?: boolean;
  /** The terminal where progress is shown; null: nowhere. */
  readonly progress?: NodeJS.WritableStream | null;
  readonly redraws?: boolean;
}

export class Output {
  readonly #stream: NodeJS.WritableStream;
  readonly #color: boolean;
  readonly #terminal: NodeJS.WritableStream | null;
  /** The output is a terminal whose screen can be drawn again. */
  readonly redraws: boolean;
  /** Something was written to the stream. */
  hasWritten = false;
  /** The page shows its progress itself. */
  hasProgress = false;
  #block = '';
  #later: NodeJS.Timeout | null = null;
  #hasProgress = false;
  #failure: NodeJS.ErrnoException | null = null;

  constructor(stream: NodeJS.WritableStream, { color = false, progress = null, redraws = false }: OutputOptions = {}) {
    this.#stream = stream;
    this.#color = color;
    this.#terminal = progress;
    this.redraws = redraws;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure = error;
    });
  }

  /** Queues text; waits if the reader is slow. @throws ReaderLeft */
  async write(text: string): Promise<void> {
    this.#block += text;
    if (this.#block.length >= BLOCK_LENGTH) await this.flush();
    else this.#flushLater();
  }

  async line(text = ''): Promise<void> {
    await this.write(`${text}\n`);
  }

  /**
   * Shows how far a long command is, in place of what was shown before; nothing if no person reads it.
   * @param isOnlyWaiting the page itself has no progress
   */
  async progress(text: string, isOnlyWaiting = false): Promise<void> {
    if (this.#terminal === null) return;
    await this.flush();
    this.#terminal.write(`\r\u001b[K${text}`);
    this.#hasProgress = true;
    this.hasProgress ||= !isOnlyWaiting;
  }

  /** Removes what `progress` has shown. */
  endProgress(): void {
    if (this.#hasProgress) this.#terminal?.write('\r\u001b[K');
    this.#hasProgress = false;
  }

  #flushLater(): void {
    if (this.#block === '') return;
    this.#later ??= setTimeout(() => {
      // The next call reports that the stream failed.
      this.flush().catch(() => {});
    }, FLUSH_MS).unref();
  }

  /** Writes the queued text to the stream, and waits until the stream has accepted it. @throws ReaderLeft */
  async flush(): Promise<void> {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
    const block = this.#block;
    this.#block = '';
    this.#check();
    if (block !== '' && this.#hasProgress) this.#terminal?.write('\r\u001b[K');
    if (block !== '') {
      this.#hasProgress = false;
      this.hasWritten = true;
    }
    if (block !== '' && !this.#stream.write(block)) await this.#drained();
    this.#check();
  }

  /** Clears the screen, for a page that is drawn again. */
  async clear(): Promise<void> {
    await this.write('\u001b[H\u001b[2J\u001b[3J');
  }

  paint(text: string, color: Color | null): string {
    return this.#color && color !== null ? `\u001b[${CODES[color]}m${text}\u001b[0m` : text;
  }

  async #drained(): Promise<void> {
    try {
      await once(this.#stream, 'drain');
    } catch (error) {
      this.#failure = error as NodeJS.ErrnoException;
    }
  }

  #check(): void {
    if (this.#failure === null) return;
    throw this.#failure.code === 'EPIPE' ? new ReaderLeft() : this.#failure;
  }
}
