/** Starting `ip`. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, type StdioOptions, spawn } from 'node:child_process';

/** Characters of its words that are kept: an error is a line or two, and the last ones say most. */
const MOST_WORDS = 4096;

/**
 * A child process with its pipes.
 * @throws Error when the system cannot start one: without file descriptors Node hands out a child that has no pipes
 */
export function startIp(command: readonly string[], args: readonly string[]): ChildProcessWithoutNullStreams {
  const child = start(command, args, 'pipe') as ChildProcessWithoutNullStreams;
  if (!child.stdin || !child.stdout || !child.stderr) throw new Error('ip cannot be started: no file descriptors left');
  return child;
}

/** As `startIp`, for one that reads nothing. */
export function startListening(
  command: readonly string[],
  args: readonly string[],
): ChildProcess & Pick<ChildProcessWithoutNullStreams, 'stdout' | 'stderr'> {
  const child = start(command, args, ['ignore', 'pipe', 'pipe']);
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('ip cannot be started: no file descriptors left');
  return Object.assign(child, { stdout, stderr });
}

function start(command: readonly string[], args: readonly string[], stdio: StdioOptions): ChildProcess {
  const [program, ...first] = command;
  const child = spawn(program!, [...first, ...args], { stdio });
  // Told by whoever listens besides; without a listener it would end the process.
  child.on('error', () => {});
  return child;
}

/** Ends it, and what it has left behind no longer keeps its pipes open: 'close' follows at once. */
export function killIp(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** Both texts, or the end of them. */
export function lastWords(before: string, more: string, most = MOST_WORDS): string {
  return (before + more).slice(-most);
}
