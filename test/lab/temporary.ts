/** Temporary folders that do not pile up: those of test processes that were killed are removed by the next ones. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './lock.ts';

const NAME = /^bgp-lab-(\d+)-/;

/** A new folder, with a short path: sockets lie in it. Its maker removes it. */
export function temporaryFolder(): string {
  for (const entry of readdirSync(tmpdir())) {
    const pid = Number(NAME.exec(entry)?.[1] ?? 0);
    if (pid > 0 && !isAlive(pid)) rmSync(join(tmpdir(), entry), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), `bgp-lab-${process.pid}-`));
}
