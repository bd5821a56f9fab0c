/** The systemd unit: valid, hardened, and every hole explained in it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemon } from '../lab/daemons.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { describeWithDaemons } from '../lab/requirements.ts';

const SYSTEMD = join(REPOSITORY, 'systemd');
const unit = readFileSync(join(SYSTEMD, 'reflectord.service'), 'utf8');

/** All values of a setting, in order. */
function values(name: string): string[] {
  return unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
}

describe('the unit', () => {
  test('starts the installed daemon, wherever it is, with the configuration of /etc', () => {
    expect(values('ExecStart')).toEqual(['reflectord run /etc/reflectord/reflectord.yaml']);
    expect(values('Type')).toEqual(['notify']);
    expect(values('WantedBy')).toEqual(['multi-user.target']);
    expect(values('After')).toEqual(['network-online.target']);
  });

  test('grants three capabilities, to a user of its own', () => {
    const three = 'CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW';
    expect(values('AmbientCapabilities')).toEqual([three]);
    expect(values('CapabilityBoundingSet')).toEqual([three]);
    expect(values('User')).toEqual(['reflectord']);
    expect(readFileSync(join(SYSTEMD, 'reflectord.sysusers.conf'), 'utf8')).toMatch(/^u reflectord - /m);
  });

  test('has room for 5,000 peers with two connections each', () => {
    expect(Number(values('LimitNOFILE')[0])).toBeGreaterThanOrEqual(2 * 5000 + 1024);
  });

  test('refuses a reload whose configuration does not load, and sends SIGTERM to the daemon alone', () => {
    expect(values('ExecReload')).toEqual([
      values('ExecStart')[0].replace(' run ', ' check '),
      '/bin/kill -HUP $MAINPID',
    ]);
    expect(values('KillMode')).toEqual(['mixed']);
  });
});

describeWithDaemons(['systemd-analyze'], 'systemd-analyze', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflectord-unit-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function analyze(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const analyzer = daemon('systemd-analyze');
    const units = [folder, join(analyzer.root, 'lib/systemd/system')].join(':');
    const env = { ...process.env, ...analyzer.env, SYSTEMD_UNIT_PATH: units, LC_ALL: 'C.UTF-8' };
    const programs = ['usr/bin', 'bin'].map((place) => analyzer.program(`${place}/systemd-analyze`));
    return spawnSync(programs.find(existsSync) ?? 'systemd-analyze', args, { env, encoding: 'utf8', timeout: 60_000 });
  }

  /** A copy of the unit whose commands are programs that this machine has. */
  function writeUnit(text: string): string {
    const path = join(folder, 'reflectord.service');
    writeFileSync(path, text.replaceAll(/^(Exec\w+)=\S+/gm, `$1=${process.execPath}`));
    return path;
  }

  test('verify finds nothing to complain about', () => {
    const { status, stderr } = analyze('verify', '--man=no', '--recursive-errors=no', writeUnit(unit));
    expect(stderr.split('\n').filter((line) => line.includes('reflectord'))).toEqual([]);
    expect(status).toBe(0);
  });

  test('verify would see a mistake', () => {
    const { stderr } = analyze(
      'verify',
      '--man=no',
      '--recursive-errors=no',
      writeUnit(unit.replace('KillMode', 'KilMode')),
    );
    expect(stderr).toMatch(/reflectord\.service:\d+: Unknown key.* 'KilMode'/);
  });

  test('the exposure is below 2.5, and the unit explains every point that remains', () => {
    const { stdout, stderr } = analyze('security', '--offline=yes', '--no-pager', writeUnit(unit));
    const overall = /Overall exposure level for reflectord\.service: (\d+\.\d+)/.exec(stdout);
    expect({ found: overall !== null, stderr }).toEqual({ found: true, stderr: '' });
    expect(Number(overall?.[1])).toBeLessThan(2.5);
    const exposed = [...stdout.matchAll(/^✗ (\S+)/gm)].map((match) => match[1]);
    expect(exposed).toContain('PrivateNetwork=');
    const comments = unit
      .split('\n')
      .filter((line) => line.startsWith('#   '))
      .join('\n');
    expect(exposed.filter((point) => !comments.includes(point))).toEqual([]);
  });
});
