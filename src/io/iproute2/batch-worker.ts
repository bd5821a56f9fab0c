/**
 * One long-lived `ip -force -batch -`, fed in blocks of lines.
 *
 * `ip` prints nothing for a line that succeeds; for one that fails it writes the reason and `Command failed -:N` to
 * stderr, which is unbuffered. Each block ends with a line that is not a command and contains a token: its failure, on
 * the same stream, shows that all lines before it are done. This needs no timer and no system call.
 *
 * Some syntax errors terminate `ip` (`Error: inet prefix is expected rather than "x".`): every block that is not
 * confirmed by then is lost with the process.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { guarded } from '../system/guard.ts';
import { killIp, lastWords, startIp } from './ip/process.ts';

const FAILED = /^Command failed -:(-?\d+)$/;
/**
 * Maximum lines of one process: `ip` counts its lines in a C int, and a new process starts long before that overflows.
 */
const MAX_LINES = 1_000_000_000;

/** The outcome of a block. */
type BlockResult =
  /** `errors[i]`: the error of line i, or null. */
  | { readonly kind: 'done'; readonly errors: readonly (string | null)[] }
  /** The process ended before the block was done; any line may have been done. `words`: its last output. */
  | { readonly kind: 'died'; readonly words: string }
  /** It did not answer in time and was killed; any line may have been done. */
  | { readonly kind: 'hung'; readonly words: string };

interface Block {
  readonly firstLine: number;
  readonly token: string;
  readonly errors: (string | null)[];
  readonly resolve: (result: BlockResult) => void;
}

export interface WorkerOptions {
  /** The command and its first arguments: `['ip']`, or a command that runs it elsewhere. */
  readonly command: readonly string[];
  /** `-4`, `-6`, or '' for neither. */
  readonly familyFlag: string;
  /** If a block takes longer, the process hangs and is killed. */
  readonly timeoutMs: number;
}

export class BatchWorker {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly options: WorkerOptions;
  private readonly blocks: Block[] = [];
  private lines = 0;
  private tokens = 0;
  private partial = '';
  /** Output about the next line that fails. */
  private words = '';
  private timer: NodeJS.Timeout | null = null;
  private ended = false;
  private hung = false;
  private onEnd: () => void = () => {};
  /** Resolves when the process has ended and its pipes are closed. */
  readonly closed: Promise<void>;

  constructor(options: WorkerOptions) {
    this.options = options;
    this.closed = new Promise((resolve) => {
      this.onEnd = resolve;
    });
    const family = options.familyFlag === '' ? [] : [options.familyFlag];
    this.child = startIp(options.command, [...family, '-force', '-batch', '-']);
    const read = guarded(
      'answers of ip -batch',
      (text: string) => this.read(text),
      () => this.kill(),
    );
    this.child.stderr.setEncoding('utf8').on('data', read);
    this.child.stdout.resume();
    this.child.stdin.on('error', () => {}); // EPIPE: the 'close' event handles it
    this.child.on('error', (error) => this.end(error.message));
    this.child.on('close', () => this.end(this.words));
  }

  /** False after the process has ended, or has read so many lines that the next block needs a new process. */
  get usable(): boolean {
    return !this.ended && this.lines < MAX_LINES;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Runs a block; blocks run one after the other, in the order of the calls. `lines` have no newline in them. */
  submit(lines: readonly string[]): Promise<BlockResult> {
    if (this.ended) return Promise.resolve(this.death());
    const token = `end-of-block-${++this.tokens}`;
    const errors = new Array<string | null>(lines.length).fill(null);
    return new Promise((resolve) => {
      this.blocks.push({ firstLine: this.lines + 1, token, errors, resolve });
      this.lines += lines.length + 1;
      this.child.stdin.write(`${lines.join('\n')}${lines.length > 0 ? '\n' : ''}${token}\n`);
      if (this.timer === null) this.watch();
    });
  }

  /** Ends the process after the submitted blocks; kills it if it does not end. */
  async close(): Promise<void> {
    this.child.stdin.end();
    if (!this.ended && this.timer === null) this.watch();
    await this.closed;
  }

  kill(): void {
    killIp(this.child);
  }

  private watch(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.hung = true;
      this.words = `ip did not answer for ${this.options.timeoutMs / 1000} s and was killed`;
      this.kill();
    }, this.options.timeoutMs);
  }

  private read(text: string): void {
    const lines = (this.partial + text).split('\n');
    this.partial = lastWords('', lines.pop() as string);
    for (const line of lines) this.readLine(line);
  }

  private readLine(line: string): void {
    const failed = FAILED.exec(line);
    if (failed === null) {
      if (line !== '') this.words = lastWords(this.words, this.words === '' ? line : `; ${line}`);
      return;
    }
    const block = this.blocks[0];
    const { words } = this;
    this.words = '';
    if (block === undefined) return;
    const index = Number(failed[1]) - block.firstLine;
    // A line of an earlier block, which has its result already.
    if (index < 0) return;
    if (index < block.errors.length) block.errors[index] = words;
    else this.finish(block);
  }

  private finish(block: Block): void {
    this.blocks.shift();
    if (this.blocks.length > 0) this.watch();
    else if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    block.resolve({ kind: 'done', errors: block.errors });
  }

  private end(words: string): void {
    if (this.ended) return;
    this.ended = true;
    this.words = words;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const block of this.blocks.splice(0)) block.resolve(this.death());
    this.onEnd();
  }

  private death(): BlockResult {
    return { kind: this.hung ? 'hung' : 'died', words: this.words };
  }
}
