/** The npm package as `npm pack` makes it from a clean checkout, once per test file. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../lab/paths.ts';

/**
 * Packs what git knows of this checkout, from a copy: `npm pack` builds, and the `dist` of the checkout is in use.
 * @returns path of the tarball, in `folder`
 */
export function packForNpm(folder: string): string {
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout);
  const script = `git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C '${checkout}'`;
  execFileSync('sh', ['-ec', script], { cwd: REPOSITORY });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(checkout, 'node_modules'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: checkout, stdio: 'pipe' });
  const left = execFileSync('ls', ['-A'], { cwd: checkout, encoding: 'utf8' }).split('\n');
  if (left.includes('npm-shrinkwrap.json')) throw new Error('npm pack leaves its shrinkwrap behind');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!);
}
