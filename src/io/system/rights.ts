/** Checks whether this process has the capabilities that the configuration needs. */
import { readFileSync } from 'node:fs';
import type { FibSpec } from '../../spec/fib.ts';

const CAP_NET_ADMIN = 12n;

/**
 * The missing capability for kernel routes, in words; null: none, or it is not known.
 * @param status text of /proc/self/status
 */
export function missingRights(mode: FibSpec['mode'], status = readStatus()): string | null {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (mode !== 'install' || effective === undefined) return null;
  if ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) return null;
  return (
    'fib.mode: install needs the capability CAP_NET_ADMIN, which this process does not have: no route will be installed ' +
    '(run it as root, or with AmbientCapabilities=CAP_NET_ADMIN in systemd)'
  );
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
