/** The README's tour, as it stands there, by a user who is not root. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemon } from '../lab/daemons.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { describeAsRoot } from '../lab/requirements.ts';

const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
const tour = /## Five minutes[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)![1]!;

jest.setTimeout(120_000);

describeAsRoot(['bird2'], "the README's tour", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflectord-readme-'));
    chmodSync(folder, 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('ends with a route of one BIRD at the other, and leaves nothing running', () => {
    // What comes from elsewhere: the clone is this checkout as it is, and its packages are there.
    const clone = 'git clone https://example.org/reflectord.git && cd reflectord\nnpm ci && ';
    expect(tour.startsWith(clone)).toBe(true);
    // The test may be slow, so it waits for each expected state instead of the time in the README.
    const pause = 'sleep 10\n';
    expect(tour.split(pause)).toHaveLength(2);
    const there =
      'until birdc -s /tmp/host-3.ctl show route 10.0.2.0/24 2>/dev/null | grep -q reflector; do sleep 0.2; done\n';
    const script = tour.replace(clone, '').replace(pause, there);

    const checkout = join(folder, 'reflectord');
    mkdirSync(checkout);
    const copy = `git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C '${checkout}'`;
    execFileSync('sh', ['-ec', copy], { cwd: REPOSITORY });
    symlinkSync(join(REPOSITORY, 'node_modules'), join(checkout, 'node_modules'));
    execFileSync('chown', ['-R', '65534:65534', checkout]);

    const { program, env } = daemon('bird2');
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      [
        ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-ec'],
        `ip link set lo up; mount -t tmpfs tmpfs /run
        mkdir /run/tmp /run/repository && chmod 1777 /run/tmp
        mount --bind ${folder} /mnt && mount --bind ${REPOSITORY} /run/repository && mount --bind /run/tmp /tmp
        mkdir -p ${REPOSITORY} && mount --bind /run/repository ${REPOSITORY}
        cd /mnt/reflectord && exec setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all timeout 90 bash -ec "$0"`,
        `${script}\nwait; until [ "$(echo /tmp/*.ctl)" = '/tmp/*.ctl' ]; do sleep 0.1; done; echo left: /tmp/*.sock`,
      ],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          ...env,
          HOME: '/tmp',
          PATH: `${process.env.PATH}:${join(program('usr/sbin/bird'), '..')}`,
        },
      },
    );
    expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/2 peers, 2 established/);
    expect(stdout).toMatch(/^> +10\.0\.2\.0\/24 +192\.0\.2\.2 +127\.0\.0\.2/m);
    expect(stdout).toMatch(/^10\.0\.2\.0\/24 +unicast \[reflector .*\n\tdev lo/m);
    expect(stdout).toContain('left: /tmp/*.sock');
  });

  test('the way to run it with capabilities works for such a user', () => {
    const command = /^sudo (setpriv .*) node dist\/main\.js run reflectord\.yaml$/m.exec(readme)![1]!;
    const output = execFileSync(
      'sh',
      ['-ec', `${command.replace('"$USER"', 'nobody')} grep CapEff /proc/self/status`],
      {
        encoding: 'utf8',
      },
    );
    // CAP_NET_BIND_SERVICE and CAP_NET_ADMIN.
    expect(output).toBe('CapEff:\t0000000000001400\n');
  });
});
