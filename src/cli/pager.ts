/** Shows a page in the pager of the user (`PAGER`, else `less`), which ends by itself if the page fits on the screen. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Writable } from 'node:stream';

/** F: end if it fits; R: colors; X: leave the screen as it is. As journalctl and git do. */
const LESS = 'FRX';

export interface Pager {
  /** Receives the page. Its reader may leave at any time. */
  readonly input: Writable;
  /** Ends the page; resolves when the user has left the pager. */
  close(): Promise<void>;
}

/** null: there is none, or the user wants none (`PAGER` empty or `cat`). */
export async function openPager(env: Readonly<Record<string, string | undefined>>): Promise<Pager | null> {
  const command = env.PAGER ?? 'less';
  if (command === '' || command === 'cat') return null;
  // As the shell splits words and looks commands up.
  const exists = spawnSync('sh', ['-c', `set -- ${command}; command -v "$1"`], { stdio: 'ignore', env });
  if (exists.status !== 0) return null;
  return pagerOf(
    spawn('sh', ['-c', `exec ${command}`], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...env, LESS: env.LESS ?? LESS },
    }),
  );
}

function pagerOf(child: ChildProcess): Pager {
  const input = child.stdin!;
  const ended = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once('close', () => resolve());
  });
  // Ctrl-C is a key of the pager; its end ends this program.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return {
    input,
    close: async () => {
      if (!input.destroyed) input.end();
      await ended;
      process.off('SIGINT', ignore);
    },
  };
}
