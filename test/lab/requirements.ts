/**
 * Tests that need more than Node: daemons, root, namespaces. Where that is missing they are skipped and say so loudly;
 * with CI=true a skip is a failure. `npm run test:unit` leaves them out without a word.
 */
import { execFileSync } from 'node:child_process';
import { type DaemonName, whyMissing } from './daemons.ts';
import { isQuick } from './effort.ts';

/** A suite that needs unpacked daemons (or tools), but no privileges. */
export function describeWithDaemons(names: readonly DaemonName[], title: string, suite: () => void): void {
  describeUnless(isQuick ? null : missingDaemon(names), title, suite);
}

/** A suite that makes network namespaces: it needs root, and the named daemons. */
export function describeAsRoot(names: readonly DaemonName[], title: string, suite: () => void): void {
  describeUnless(isQuick ? null : (missingPrivilege() ?? missingDaemon(names)), title, suite);
}

/** Runs the suite if `reason` is null, else reports it as skipped because of it. */
export function describeUnless(reason: string | null, title: string, suite: () => void): void {
  if (isQuick) {
    describe.skip(`${title} (not among the unit tests)`, suite);
    return;
  }
  if (reason === null) {
    describe(title, suite);
    return;
  }
  if (process.env.CI === 'true') {
    describe(title, () => {
      test('has what it needs (with CI=true nothing may be skipped)', () => {
        throw new Error(reason);
      });
    });
    return;
  }
  process.stderr.write(`\n  SKIPPED: ${title}: ${reason}\n\n`);
  describe.skip(`${title} (skipped: ${reason.split('\n')[0]})`, suite);
}

function missingDaemon(names: readonly DaemonName[]): string | null {
  for (const name of names) {
    const reason = whyMissing(name);
    if (reason !== null) return `${name} cannot be had: ${reason}`;
  }
  return null;
}

/** Why namespaces cannot be made here, or null. */
export function missingPrivilege(): string | null {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    execFileSync('unshare', ['-n', '-m', 'ip', 'link', 'add', 'name', 'lab0', 'type', 'veth', 'peer', 'name', 'lab1'], {
      stdio: 'pipe',
    });
    return null;
  } catch (error) {
    return `network namespaces do not work here: ${String(error)}`;
  }
}
