/** One run of `ip -j ...` that reads: calls back for each object, and throws an Error on failure. */
import { readGently } from '../../loop/gentle.ts';
import { JsonObjects } from './json-objects.ts';
import { killIp, lastWords, startIp } from './process.ts';

/** How often a netlink dump that is interrupted by changes of the table is started. */
const ATTEMPTS = 5;
/** Maximum duration of a run; ten million routes take less. */
const MAX_RUN_MS = 10 * 60_000;
/** Maximum characters of stderr: every line of a batch with thousands of queries may fail. */
const MAX_WORDS = 4 * 1024 * 1024;

export interface IpCommand {
  /** The command and its first arguments: `['ip']`, or a command that runs it elsewhere. */
  readonly command: readonly string[];
  /** Without a complete object for this long, the process is killed. */
  readonly timeoutMs: number;
}

/** The answer to one line of a batch of queries. */
export type IpReply =
  | { readonly kind: 'object'; readonly object: unknown }
  | { readonly kind: 'failed'; readonly words: string };

/** How a run ended, with its output on stderr. */
interface Ended {
  readonly code: number | null;
  readonly words: string;
}

/**
 * Runs `ip` with `args` and calls `visit` for each object of the JSON array that it prints.
 * @throws Error with the message of `ip`
 */
export async function queryIp(ip: IpCommand, args: readonly string[], visit: (object: unknown) => void): Promise<void> {
  const ended = await runIp(ip, args, visit);
  if (ended.code === 0 && ended.words === '') return;
  throw new Error(ended.words === '' ? `ip ended with code ${ended.code}` : ended.words);
}

/**
 * As `queryIp`, started again if changes of the table interrupt the dump: `visit` may see an object twice.
 * @throws Error with the message of `ip`
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
 * Runs queries that return one object each, in one run of `ip -batch`.
 * @param options such as `-j`
 * @throws Error with the message of `ip` if it did not answer all of them
 */
export async function askIp(ip: IpCommand, options: readonly string[], lines: readonly string[]): Promise<IpReply[]> {
  const objects: unknown[] = [];
  const args = [...options, '-force', '-batch', '-'];
  const take = (object: unknown) => {
    if (objects.push(object) > lines.length) throw new Error('ip returned more objects than queries');
  };
  const ended = await runIp(ip, args, take, `${lines.join('\n')}\n`);
  const failures = parseFailures(ended.words);
  if (objects.length + failures.size !== lines.length) throw new Error(ended.words || 'ip did not answer all queries');
  let next = 0;
  return lines.map((_, i) => {
    const words = failures.get(i + 1);
    return words === undefined ? { kind: 'object', object: objects[next++] } : { kind: 'failed', words };
  });
}

/** The error of each line that failed, by line number. */
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
  child.stdin.on('error', () => {}); // 'close' handles it
  child.stdin.end(input);
  let words = '';
  /** Why it was killed; later output is ignored. */
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
      () => kill(`ip did not end within ${MAX_RUN_MS / 60_000} min and was killed`),
      MAX_RUN_MS,
    );
    const objects = new JsonObjects((object) => {
      silence.refresh();
      visit(object);
    });
    const onFault = (error: Error) => kill(error.message);
    readGently(child.stdout, 'what ip prints', (text) => objects.push(text), onFault);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = lastWords(words, text, MAX_WORDS);
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
