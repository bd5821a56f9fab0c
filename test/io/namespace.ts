/** A network namespace of a random name with one interface, for tests that change a real kernel's routes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export class Namespace {
  readonly name = `fib-${randomBytes(4).toString('hex')}`;
  /** Runs `ip` inside. */
  readonly command = ['ip', 'netns', 'exec', this.name, 'ip'] as const;

  /** Makes the namespace: v0 (192.0.2.1/24, 2001:db8::1/64) and its far end v1, both up. */
  static create(): Namespace {
    const made = new Namespace();
    execFileSync('ip', ['netns', 'add', made.name]);
    made.ip('link set lo up');
    made.ip('link add v0 type veth peer name v1');
    made.ip('addr add 192.0.2.1/24 dev v0');
    made.ip('-6 addr add 2001:db8::1/64 dev v0 nodad');
    made.ip('link set v1 up');
    made.ip('link set v0 up');
    return made;
  }

  /** Output of one `ip` command. */
  ip(args: string): string {
    return execFileSync('ip', ['netns', 'exec', this.name, 'ip', ...args.split(' ')], { encoding: 'utf8' });
  }

  /** Runs lines of `ip -force -batch`, whatever fails. */
  batch(lines: readonly string[]): void {
    spawnSync('ip', ['netns', 'exec', this.name, 'ip', '-force', '-batch', '-'], { input: lines.join('\n') });
  }

  /** Routes as `prefix nextHop protocol metric`, sorted; kernel-made ones are left out. */
  routes(family: '-4' | '-6' = '-4', table = 'main'): string[] {
    const rows = JSON.parse(this.ip(`${family} -N -j -d route show table ${table}`) || '[]') as Record<
      string,
      unknown
    >[];
    return rows
      .filter((row) => row.protocol !== '2')
      .map((row) => {
        const via = row.gateway ?? (row.via as { host: string } | undefined)?.host ?? row.dev;
        return `${row.dst} ${via} ${row.protocol} ${row.metric ?? 0}`;
      })
      .sort();
  }

  destroy(): void {
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}

function hasNamespaces(): boolean {
  const probe = `fib-${randomBytes(4).toString('hex')}`;
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'pipe' });
    execFileSync('ip', ['netns', 'delete', probe]);
    return true;
  } catch {
    return false;
  }
}

/** `describe` where namespaces can be made; elsewhere a loud skip, which CI=true makes a failure. */
export function describeWithKernel(name: string, body: () => void): void {
  if (hasNamespaces()) describe(name, body);
  else if (process.env.CI === 'true') test(name, () => expect('network namespaces').toBe('available'));
  else {
    console.warn(`SKIPPED, needs root and network namespaces: ${name}`);
    describe.skip(name, body);
  }
}
