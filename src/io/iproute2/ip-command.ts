/** One run of `ip -j ...` that reads: its objects as they come, its failure as an Error. */
import { spawn } from 'node:child_process';
import { readGently } from '../gentle.ts';
import { JsonObjects } from './json-objects.ts';

/** The netlink dump that a table's change interrupts is begun anew, this often. */
const ATTEMPTS = 5;

export interface IpCommand {
  /** The command and its first arguments: `['ip']`, or something that runs it elsewhere. */
  readonly command: readonly string[];
  /** Without any output for so long, the process is killed. */
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
  const ended = await runIp(ip, args, (object) => objects.push(object), `${lines.join('\n')}\n`);
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
  const [program, ...first] = ip.command;
  const child = spawn(program, [...first, ...args], { stdio: 'pipe' });
  child.stdin.on('error', () => {}); // its end tells more
  child.stdin.end(input);
  const objects = new JsonObjects(visit);
  let words = '';
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      words = `ip did not answer for ${ip.timeoutMs / 1000} s and was killed`;
      child.kill('SIGKILL');
    }, ip.timeoutMs);
    readGently(child.stdout, (text) => {
      timer.refresh();
      objects.push(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    const end = (code: number | null, last: string) => {
      clearTimeout(timer);
      resolve({ code, words: last.trim().replaceAll('\n', '; ') });
    };
    child.on('error', (error) => end(null, error.message));
    child.on('close', (code) => end(code, words));
  });
}
