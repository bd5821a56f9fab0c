/** A host whose kernel or `ip` cannot do all that is asked of it: the daemon says so, and reflection goes on. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bgp from '../lab/bgp-bytes.ts';
import { Doors } from '../lab/doors.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const HOP = '10.99.0.7';
const CONFIGURATION = {
  router: { as: 65000, id: '10.99.0.1' },
  listen: [{ address: '127.0.0.1', port: 179 }],
  metrics: { listen: '127.0.0.1:9179' },
  groups: { hosts: { as: 65000, 'route-reflector-client': true, dynamic: [{ range: '127.0.0.0/16' }] } },
  fib: { mode: 'install' },
};

jest.setTimeout(60_000);

/** The parent of a process and its command line; nothing where there is no such process. */
function processOf(pid: string): { readonly parent: number; readonly command: string } {
  try {
    const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    return {
      parent: Number(parent),
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim(),
    };
  } catch {
    return { parent: 0, command: '' };
  }
}

describeAsRoot([], 'a host with a fault', () => {
  let lab: Lab;
  let ns: Namespace;
  let daemon: Reflectord;

  beforeEach(async () => {
    lab = new Lab();
    ns = await lab.host('reflector', 1);
  });

  afterEach(() => lab.close());

  /** Starts the daemon by way of a command, such as `env`. */
  async function startBy(...by: readonly string[]): Promise<void> {
    const spawn: Namespace['spawn'] = (name, command, args) =>
      ns.spawn(name, by[0], [...by.slice(1), command, ...args]);
    daemon = new Reflectord(ns.folder, Object.assign(Object.create(ns), { spawn }) as Namespace);
    await daemon.start(CONFIGURATION);
  }

  /** A folder with an `ip` that is a script. */
  function pathWith(script: string): string {
    const folder = join(ns.folder, 'bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'ip'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'ip'), 0o755);
    return `PATH=${folder}:${process.env.PATH}`;
  }

  /** A route goes from one peer to another. */
  async function reflects(): Promise<void> {
    const doors = await Doors.open(ns, '127.0.0.1', ['127.0.0.11', '127.0.0.12']);
    const [a, b] = [await doors.establish('127.0.0.11'), await doors.establish('127.0.0.12')];
    a.send(bgp.announce(HOP, '10.1.0.0/16'));
    await eventually('the route is reflected', () => expect([...b.routes]).toEqual(['10.1.0.0/16']));
  }

  const routes = async () => (await ns.exec('ip', ['route', 'show', 'proto', '186'])).trim();
  const problems = async () => (await daemon.ask('status', {})).flatMap((status) => status.problems);

  /** A number on the page of metrics. */
  async function metric(name: string): Promise<string> {
    const read = `require('node:http').get('http://127.0.0.1:9179/metrics', (r) => r.pipe(process.stdout))`;
    const page = await ns.exec(process.execPath, ['-e', read]);
    return new RegExp(`^reflectord_${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(page)?.[1] ?? 'none';
  }

  /** Health, metrics and log tell, and the routes are reflected. */
  async function isDegraded(reason: RegExp): Promise<void> {
    await reflects();
    await eventually('the fault is reported', async () => expect((await problems()).join()).toMatch(reason));
    expect(await metric('fib_up')).toBe('0');
    expect(daemon.log()).toMatch(/"event":"fib.degraded"/);
    expect(await routes()).toBe('');
  }

  test('without `ip`', async () => {
    await startBy('env', 'PATH=/nonexistent');
    await isDegraded(/the kernel's routes cannot be changed: spawn ip ENOENT/);
  });

  test('that may not change routes', async () => {
    await startBy('setpriv', '--bounding-set=-net_admin');
    await isDegraded(/Operation not permitted: CAP_NET_ADMIN is missing/);
  });

  test('whose kernel does not answer', async () => {
    const held = join(ns.folder, 'held');
    writeFileSync(held, '');
    await startBy(
      'env',
      pathWith(`case "$*" in "-4 -force -batch -") [ -e ${held} ] && exec sleep 600;; esac; exec /sbin/ip "$@"`),
    );
    await isDegraded(/the kernel's routes cannot be changed: ip did not answer for 10 s and was killed/);
    unlinkSync(held);
    await eventually('the route is installed', async () => expect(await routes()).toContain('10.1.0.0/16 nhid'));
    expect([await metric('fib_up'), await problems()]).toEqual(['1', []]);
    expect(daemon.log()).toMatch(/"event":"fib.restored"/);
  });

  test('whose `ip` has no nexthop objects', async () => {
    const unknown = `echo 'Object "nexthop" is unknown, try "ip help".' >&2; exit 255`;
    await startBy('env', pathWith(`for word; do [ "$word" = nexthop ] && { ${unknown}; }; done; exec /sbin/ip "$@"`));
    await reflects();
    await eventually('the route is installed', async () => expect(await routes()).toContain(`10.1.0.0/16 via ${HOP}`));
    expect([await metric('fib_up'), await metric('fib_objects')]).toEqual(['1', '0']);
    await eventually('the monitor does without', async () => expect(await problems()).toEqual([]));
    expect(await ns.exec('ip', ['nexthop', 'show'])).toBe('');
  });

  test('whose /proc cannot be written', async () => {
    await ns.exec('mount', ['-t', 'proc', '-o', 'ro', 'proc', '/proc']);
    await startBy('env');
    await reflects();
    await eventually('the route is installed', async () => expect(await routes()).toContain('10.1.0.0/16 nhid'));
    expect(await problems()).toEqual([]);
  });

  test('that kills the daemon keeps no child of it, but its routes', async () => {
    await startBy('env');
    await reflects();
    await eventually('the route is installed', async () => expect(await routes()).toContain('10.1.0.0/16 nhid'));
    const children = () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((name) => ({ pid: Number(name), ...processOf(name) }))
        .filter(({ parent }) => parent === daemon.pid);
    const before = children();
    expect(before.map(({ command }) => command).join('\n')).toMatch(/^ip .*monitor label link/m);
    expect(before.map(({ command }) => command)).toContain('ip -4 -force -batch -');
    await daemon.kill('SIGKILL');
    await daemon.ended();
    await eventually('its children are gone', () =>
      expect(before.filter(({ pid, command }) => processOf(`${pid}`).command === command)).toEqual([]),
    );
    expect(await routes()).toContain('10.1.0.0/16 nhid');
  });

  test('whose table is full', async () => {
    const full = 'RTNETLINK answers: No space left on device';
    const batch = `n=0; while read -r line; do n=$((n+1)); case "$line" in "route add"*|end*) echo '${full}' >&2; echo "Command failed -:$n" >&2;; esac; done`;
    await startBy('env', pathWith(`case "$*" in "-4 -force -batch -") ${batch};; *) exec /sbin/ip "$@";; esac`));
    await reflects();
    await eventually('the fault is reported', async () =>
      expect((await problems()).join()).toMatch(/the kernel has no room for 1 ipv4-unicast routes: .*No space left/),
    );
    const [failed] = await daemon.ask('show fib', { failed: true });
    expect(failed).toMatchObject({
      prefix: '10.1.0.0/16',
      state: 'failed',
      error: 'the kernel table is full (No space left on device)',
    });
    expect(daemon.log()).toMatch(/"event":"fib.failed".*No space left/);
    expect(await metric('fib_failed{family="ipv4-unicast"}')).toBe('1');
  });
});
