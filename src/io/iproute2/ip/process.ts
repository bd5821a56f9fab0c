/** Starts and kills `ip` processes. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, type StdioOptions, spawn } from 'node:child_process';

/** Maximum characters of stderr that are kept: an error has a line or two, and the last ones matter most. */
const MAX_WORDS = 4096;

/**
 * A child process with its pipes.
 * @throws Error if the system cannot start it: without file descriptors, Node returns a child without pipes
 */
export function startIp(command: readonly string[], args: readonly string[]): ChildProcessWithoutNullStreams {
  const child = start(command, args, 'pipe') as ChildProcessWithoutNullStreams;
  if (!child.stdin || !child.stdout || !child.stderr) throw new Error('ip cannot be started: no file descriptors left');
  return child;
}

/** As `startIp`, for a process without input. */
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
  // Callers have their own listener; without any, an 'error' event would end this process.
  child.on('error', () => {});
  return child;
}

/** Kills the process and closes its pipes, even if its children hold them open: 'close' follows at once. */
export function killIp(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** The end of both texts together, at most `maximum` characters. */
export function lastWords(before: string, more: string, maximum = MAX_WORDS): string {
  return (before + more).slice(-maximum);
}
