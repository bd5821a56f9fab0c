/** The built daemon: `dist` is made once per change of the sources, whichever of the parallel tests asks first. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { CACHE, REPOSITORY } from './paths.ts';

const MARK = join(CACHE, 'build.mark');
const MAIN = join(REPOSITORY, 'dist/main.js');
let built = false;

/** Path of the daemon's program. */
export function reflectordProgram(): string {
  if (!built) {
    mkdirSync(CACHE, { recursive: true });
    withLock(join(CACHE, 'build.lock'), () => {
      if (!isFresh()) build();
    });
    built = true;
  }
  return MAIN;
}

/** Type errors are for the type check to tell: what runs is what was emitted. */
function build(): void {
  const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  try {
    const args = [compiler, '-p', join(REPOSITORY, 'tsconfig.build.json')];
    execFileSync(process.execPath, args, { cwd: REPOSITORY, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    if (!existsSync(MAIN)) throw new Error(`no build: ${(error as { stdout?: string }).stdout ?? String(error)}`);
  }
  writeFileSync(MARK, '');
}

function isFresh(): boolean {
  if (!existsSync(MAIN) || !existsSync(MARK)) return false;
  return newest(join(REPOSITORY, 'src')) < statSync(MARK).mtimeMs;
}

function newest(folder: string): number {
  let latest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}
