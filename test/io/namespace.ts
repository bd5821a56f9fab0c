/** A network namespace with one interface, for tests that change a real kernel's routes. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { sleepSync } from '../lab/lock.ts';
import { describeUnless, missingPrivilege } from '../lab/requirements.ts';

/** It lives as long as one process, which ends with this one: nothing can be left behind. */
export class Namespace {
  /** Runs `ip` inside. */
  readonly command: readonly string[];
  private readonly holder: ChildProcess;

  /** Makes the namespace: v0 (192.0.2.1/24, 2001:db8::1/64) and its far end v1, both up. */
  constructor() {
    this.holder = spawn('unshare', ['-n', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const entered = `/proc/${this.holder.pid}/ns/net`;
    while (readlinkSync(entered) === readlinkSync('/proc/self/ns/net')) sleepSync(1);
    this.command = ['nsenter', '-t', `${this.holder.pid}`, '-n', 'ip'];
    this.ip('link set lo up');
    this.ip('link add v0 type veth peer name v1');
    this.ip('addr add 192.0.2.1/24 dev v0');
    this.ip('-6 addr add 2001:db8::1/64 dev v0 nodad');
    this.ip('link set v1 up');
    this.ip('link set v0 up');
  }

  /** Output of one `ip` command. */
  ip(args: string): string {
    const [program, ...first] = this.command;
    return execFileSync(program, [...first, ...args.split(' ')], { encoding: 'utf8' });
  }

  /** Runs lines of `ip -force -batch`, whatever fails. */
  batch(lines: readonly string[], ...options: readonly string[]): void {
    const [program, ...first] = this.command;
    spawnSync(program, [...first, ...options, '-force', '-batch', '-'], { input: lines.join('\n') });
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
    this.holder.stdin?.end();
  }
}

/** `describe` where namespaces can be made; elsewhere a loud skip, which CI=true makes a failure. */
export function describeWithKernel(title: string, suite: () => void): void {
  describeUnless(missingPrivilege(), title, suite);
}
