/**
 * A machine of the lab: a host on which systemd runs, with a copy of this system as its disk, so that packages can be
 * installed and services started as on a real one. Writes go to memory; nothing of the system is changed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import type { ExecOptions } from './process.ts';
import { missingPrivilege } from './requirements.ts';
import { waitFor } from './wait-for.ts';

/** What a machine that was just installed has no use for: it would only take time, or want the network. */
const MASKED = ['networking.service', 'timers.target', 'systemd-udevd.service', 'systemd-networkd.service'];

export class Machine {
  readonly host: Namespace;
  /** The same folder inside and outside. */
  readonly folder: string;
  private readonly pid: number;
  private readonly cgroup: string;

  private constructor(host: Namespace, folder: string, pid: number, cgroup: string) {
    this.host = host;
    this.folder = folder;
    this.pid = pid;
    this.cgroup = cgroup;
  }

  /** Boots it on a host of the lab, whose network it has. */
  static async boot(host: Namespace): Promise<Machine> {
    const work = join(host.folder, 'machine');
    const folder = join(host.folder, 'shared');
    for (const path of [work, folder]) mkdirSync(path);
    writeFileSync(join(work, 'console'), '');
    const cgroup = `reflectord-lab-${process.pid}-${host.pid}`;
    writeFileSync(join(work, 'boot'), bootScript(work, folder, cgroup));
    const booted = host.spawn('systemd', 'sh', [join(work, 'boot')]);
    const pid = await waitFor(
      `${host.name} has systemd`,
      () => ({ init: initBelow(booted.pid), running: booted.running, log: booted.log() }),
      ({ init, running }) => init > 0 || !running,
    );
    if (pid.init <= 0) throw new Error(`${host.name} does not boot: ${pid.log}`);
    const machine = new Machine(host, folder, pid.init, cgroup);
    await waitFor(
      `${host.name} has booted`,
      () => machine.exec('systemctl', ['is-system-running']).catch(String),
      (state) => /^(running|degraded)|: (running|degraded)|\n(running|degraded)/.test(state),
    );
    return machine;
  }

  /** Runs a command there, as root. */
  exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<string> {
    return this.host.exec(
      'nsenter',
      ['-t', String(this.pid), '-m', '-p', '-i', '-u', '-C', '-r', '-w', command, ...args],
      {
        timeoutMs: 60_000,
        ...options,
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...options.env },
      },
    );
  }

  /** A line of shell. */
  shell(line: string): Promise<string> {
    return this.exec('sh', ['-ec', line]);
  }

  /** Before the lab is closed: its processes end with it, the control groups that they were in do not. */
  async stop(): Promise<void> {
    execFileSync('kill', ['-KILL', String(this.pid)]);
    const remove = `mount -t cgroup2 cgroup2 /mnt; find /mnt/${this.cgroup} -depth -type d -exec rmdir {} +`;
    await waitFor(
      `the control groups of ${this.host.name} are empty`,
      () => this.host.exec('unshare', ['-m', 'sh', '-ec', remove]).then(() => '', String),
      (error) => error === '',
    );
  }
}

/** Why no machine can be booted here, or null. */
export function whyNoMachine(): string | null {
  const missing = missingPrivilege();
  if (missing !== null) return missing;
  try {
    const probe =
      'mount -t cgroup2 cgroup2 /mnt; mount -t tmpfs tmpfs /tmp; mkdir /tmp/a /tmp/b /tmp/c; mount -t overlay overlay -o lowerdir=/,upperdir=/tmp/a,workdir=/tmp/b /tmp/c; test -x /lib/systemd/systemd';
    execFileSync('unshare', ['-m', '-C', 'sh', '-ec', probe], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `no systemd can be booted in namespaces on ${hostname()}: ${String((error as { stderr?: unknown }).stderr)}`;
  }
}

function initBelow(pid: number): number {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const isInit = child !== undefined && child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8') === 'systemd\n';
    return isInit ? Number(child) : -1;
  } catch {
    return -1;
  }
}

/** As systemd-nspawn does: kernel settings other than the network's cannot be changed from inside. */
function bootScript(work: string, folder: string, cgroup: string): string {
  const root = `${work}/disk/root`;
  return `set -e
mkdir ${work}/cgroup ${work}/disk
mount -t cgroup2 cgroup2 ${work}/cgroup
mkdir ${work}/cgroup/${cgroup}
echo $$ > ${work}/cgroup/${cgroup}/cgroup.procs
exec unshare --mount --pid --ipc --uts --cgroup --fork --kill-child sh -ec '
mount --make-rprivate /
mount -t tmpfs tmpfs ${work}/disk
mkdir ${work}/disk/upper ${work}/disk/work ${root}
mount -t overlay overlay -o lowerdir=/,upperdir=${work}/disk/upper,workdir=${work}/disk/work ${root}
cd ${root}
mount -t proc proc proc
mount --bind proc/sys proc/sys && mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
mount -o remount,bind,rw proc/sys/net
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir -p .${folder}
mount --bind ${folder} .${folder}
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
mkdir dev/shm dev/pts
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
touch dev/console
mount --bind ${work}/console dev/console
rm -f usr/sbin/policy-rc.d etc/dpkg/dpkg.cfg.d/* var/lib/man-db/auto-update
for unit in ${MASKED.join(' ')}; do ln -sf /dev/null etc/systemd/system/$unit; done
echo machine > etc/hostname
pivot_root . mnt
exec chroot . sh -ec "umount -l /mnt
  exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=basic.target"
'
`;
}
