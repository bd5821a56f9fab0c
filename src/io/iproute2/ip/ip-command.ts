/** One run of `ip -j ...` that reads: its objects as they come, its failure as an Error. */
import { readGently } from '../../system/gentle.ts';
import { JsonObjects } from './json-objects.ts';
import { killIp, lastWords, startIp } from './process.ts';

/** The netlink dump that a table's change interrupts is begun anew, this often. */
const ATTEMPTS = 5;
/** Ten million routes take less; output that goes on is endless. */
const LONGEST_RUN_MS = 10 * 60_000;
/** Characters on stderr: a batch of thousands of questions may fail line by line. */
const MOST_WORDS = 4 * 1024 * 1024;

export interface IpCommand {
  /** The command and its first arguments: `['ip']`, or something that runs it elsewhere. */
  readonly command: readonly string[];
  /** Without a whole object for so long, the process is killed. */
  readonly timeoutMs: number;
}

/** An answer to one line of a batch of questions. */
export type IpReply =
  | { readonly kind: 'object'; readonly object: unknown }
  | { readonly kind: 'failed'; readonly words: string };

/** What a run wrote to stderr, and how it ended. */
interface Ended {
  readonly code: number | null;
  readonly words: string;
}

/**
 * Runs `ip` with `args` and calls `visit` for each object of the JSON array that it prints.
 * @throws Error with the words of `ip`
 */
export async function queryIp(ip: IpCommand, args: readonly string[], visit: (object: unknown) => void): Promise<void> {
  const ended = await runIp(ip, args, visit);
  if (ended.code === 0 && ended.words === '') return;
  throw new Error(ended.words === '' ? `ip ended with code ${ended.code}` : ended.words);
}

/**
 * As `queryIp`, begun anew while the table's changes interrupt the dump: `visit` may see an object twice.
 * @throws Error with the words of `ip`
 */
export async function queryIpDump(
  ip: IpCommand,
  args: readonly string[],
  visit: (object: unknown) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await queryIp(ip, args, visit);
    } catch (error) {
      if (attempt === ATTEMPTS || !wasInterrupted(error as Error)) throw error;
    }
  }
}

/**
 * Asks questions that are answered by one object each, in one run of `ip -batch`.
 * @param options such as `-j`
 * @throws Error with the words of `ip` when it did not answer them all
 */
export async function askIp(ip: IpCommand, options: readonly string[], lines: readonly string[]): Promise<IpReply[]> {
  const objects: unknown[] = [];
  const args = [...options, '-force', '-batch', '-'];
  const take = (object: unknown) => {
    if (objects.push(object) > lines.length) throw new Error('ip answered more than it was asked');
  };
  const ended = await runIp(ip, args, take, `${lines.join('\n')}\n`);
  const failures = parseFailures(ended.words);
  if (objects.length + failures.size !== lines.length)
    throw new Error(ended.words || 'ip did not answer all questions');
  let next = 0;
  return lines.map((_, i) => {
    const words = failures.get(i + 1);
    return words === undefined ? { kind: 'object', object: objects[next++] } : { kind: 'failed', words };
  });
}

/** The words about each line that failed, by its number. */
function parseFailures(words: string): Map<number, string> {
  const failures = new Map<number, string>();
  let about: string[] = [];
  for (const line of words.split('; ')) {
    const failed = /^Command failed -:(\d+)$/.exec(line);
    if (failed === null) about.push(line);
    else {
      failures.set(Number(failed[1]), about.join('; '));
      about = [];
    }
  }
  return failures;
}

function wasInterrupted(error: Error): boolean {
  return error.message.includes('Dump was interrupted');
}

function runIp(ip: IpCommand, args: readonly string[], visit: (object: unknown) => void, input = ''): Promise<Ended> {
  const child = startIp(ip.command, args);
  child.stdin.on('error', () => {}); // its end tells more
  child.stdin.end(input);
  let words = '';
  /** Why it was killed: nothing that it says afterwards counts. */
  let verdict: string | null = null;
  const kill = (why: string) => {
    verdict ??= why;
    killIp(child);
  };
  return new Promise((resolve) => {
    const silence = setTimeout(
      () => kill(`ip did not answer for ${ip.timeoutMs / 1000} s and was killed`),
      ip.timeoutMs,
    );
    const endless = setTimeout(
      () => kill(`ip did not end within ${LONGEST_RUN_MS / 60_000} min and was killed`),
      LONGEST_RUN_MS,
    );
    const objects = new JsonObjects((object) => {
      silence.refresh();
      visit(object);
    });
    const onFault = (error: Error) => kill(error.message);
    readGently(child.stdout, 'what ip prints', (text) => objects.push(text), onFault);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = lastWords(words, text, MOST_WORDS);
    });
    const end = (code: number | null, last: string) => {
      clearTimeout(silence);
      clearTimeout(endless);
      resolve({ code: verdict === null ? code : null, words: (verdict ?? last).trim().replaceAll('\n', '; ') });
    };
    child.on('error', (error) => end(null, error.message));
    child.on('close', (code) => end(code, words));
  });
}
