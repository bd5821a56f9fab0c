/** A lock between processes: a directory that bears its holder's pid. Synchronous, since test definitions are. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Blocks this thread. */
export function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Runs `work` while no other process that asks for the same `path` does. A lock whose holder died is taken over. */
export function withLock<T>(path: string, work: () => T): T {
  mkdirSync(dirname(path), { recursive: true });
  while (!tryLock(path)) sleepSync(100);
  try {
    return work();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function tryLock(path: string): boolean {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (isAbandoned(path)) rmSync(path, { recursive: true, force: true });
    return false;
  }
  writeFileSync(`${path}/pid`, String(process.pid));
  return true;
}

/** The pid file appears a moment after the directory: one that is not there yet is waited for. */
function isAbandoned(path: string): boolean {
  for (let tries = 0; tries < 20; tries++) {
    try {
      const pid = Number(readFileSync(`${path}/pid`, 'utf8'));
      if (pid > 0) return !isAlive(pid);
    } catch {
      // Being made, or just released.
    }
    sleepSync(10);
  }
  return true;
}
