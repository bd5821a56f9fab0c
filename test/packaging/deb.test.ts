/** The Debian package on a machine with systemd: installed, started, upgraded, removed, purged; BIRD looks on. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/config/read/load.ts';
import { whyMissing } from '../lab/daemons.ts';
import { bird2Host } from '../lab/hosts/bird.ts';
import { type BgpHost, kernelRoutes } from '../lab/hosts/host.ts';
import { Machine, whyNoMachine } from '../lab/machine.ts';
import { Lab } from '../lab/namespace.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { describeUnless } from '../lab/requirements.ts';
import { waitFor } from '../lab/wait-for.ts';
import { packForNpm } from './npm-package.ts';

const AS = 64512;
const CONFIG = '/etc/reflectord/reflectord.yaml';
const CONFIGURATION = `router: { as: ${AS}, id: 10.99.0.1 }
groups:
  hosts:
    as: internal
    route-reflector-client: true
    dynamic: [ { range: 10.99.0.0/16 }, { range: "fd99::/64" } ]
    idle-hold-time: 0
`;
const PREFIXES = ['10.1.2.0/24', '10.1.3.0/24'] as const;

jest.setTimeout(180_000);

test('the configuration that the package brings is right, accepts no peer and installs nothing', () => {
  const text = readFileSync(join(REPOSITORY, 'packaging/debian/reflectord.yaml'), 'utf8');
  const warnings = [{ what: 'there are no peers' }];
  expect(load(text, CONFIG)).toMatchObject({ ok: true, warnings, config: { peers: [], fib: { mode: 'off' } } });
  const [head, commented] = text.split(/(?=#groups)/);
  const example = head! + commented!.replaceAll(/^#/gm, '');
  expect(example).toContain('\n      - range: 192.0.2.0/24\n');
  expect(load(example, CONFIG)).toMatchObject({ ok: true, warnings: [] });
});

describeUnless(whyNoMachine() ?? whyMissing('bird2'), 'the Debian package', () => {
  const lab = new Lab();
  const birds: BgpHost[] = [];
  let machine: Machine;
  let version: string;
  /** What the package has put in place. */
  let files: string[];

  beforeAll(async () => {
    const center = await lab.host('reflector', 1);
    machine = await Machine.boot(center);
    const tarball = packForNpm(machine.folder);
    version = (JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }).version;
    build(tarball, version, 'first');
    build(tarball, `${version}+next`, 'second');
    for (const number of [2, 3]) {
      const ns = await lab.host(`bird${number}`, number);
      const prefixes = { [PREFIXES[number - 2]!]: {} };
      const common = { ns, as: AS, neighbors: [center], neighborAs: AS, routerId: ns.ipv4, graceful: true };
      birds.push(bird2Host({ ...common, prefixes }));
    }
  });
  afterAll(async () => {
    await machine?.stop();
    await lab.close();
  });

  function build(tarball: string, as: string, folder: string): void {
    const out = join(machine.folder, folder);
    mkdirSync(out);
    const args = ['--compression', 'none', '--version', as, '--npm', tarball, out];
    execFileSync(join(REPOSITORY, 'packaging/deb.sh'), args, { stdio: 'pipe', env: { ...process.env, TMPDIR: out } });
  }

  const install = (folder: string) =>
    machine.shell(`DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i ${machine.folder}/${folder}/*.deb 2>&1`);
  const pidOfDaemon = async () => (await machine.shell('systemctl show -P MainPID reflectord')).trim();

  test('has the same files, to the byte, whenever and wherever it is built', () => {
    const files = ['first', 'second'].map((folder) =>
      execFileSync('sh', ['-ec', `dpkg-deb --fsys-tarfile ${machine.folder}/${folder}/*.deb | sha256sum`], {
        encoding: 'utf8',
      }),
    );
    expect(files[0]).toBe(files[1]);
  });

  test('holds what it depends on: its own Node.js, of this processor alone', () => {
    const list = execFileSync('sh', ['-ec', `dpkg-deb -c ${machine.folder}/first/*.deb`], { encoding: 'utf8' });
    expect(list).toContain(' ./usr/lib/reflectord/bin/node\n');
    expect([...list.matchAll(/@koromix\/([\w-]+)\/$/gm)].map(([, name]) => name)).toEqual([
      `koffi-linux-${process.arch}`,
    ]);
    // Nobody but root can change what runs with capabilities.
    expect(
      list.split('\n').filter((line) => line !== '' && !/^[d-]rwxr-xr-x root\/root|^-rw-r--r-- root\/root/.test(line)),
    ).toEqual([]);
    for (const tool of ['typescript', '@biomejs', 'jest']) expect(list).not.toContain(`/node_modules/${tool}/`);
  });

  test('installs, and says what to do; nothing runs yet', async () => {
    expect(await install('first')).toContain(`edit ${CONFIG}, then: systemctl enable --now reflectord`);
    expect(await machine.shell('getent passwd reflectord')).toMatch(/:\/usr\/sbin\/nologin$/m);
    expect(await machine.shell('stat -c "%U:%G %a" /etc/reflectord')).toBe('root:reflectord 750\n');
    expect(await machine.shell('systemctl is-active reflectord || true')).toBe('inactive\n');
    expect(await machine.shell('reflectord --version')).toBe(`${version}\n`);
    await machine.shell(`reflectord check ${CONFIG}`);
    // What was installed is what the package says, and man finds its pages.
    expect(await machine.shell('dpkg --verify reflectord')).toBe('');
    files = (await machine.shell('dpkg -L reflectord')).split('\n');
    expect(await machine.shell('man -w reflectord reflectord.yaml')).toMatch(
      /reflectord\.8\.gz\n.*reflectord\.yaml\.5\.gz/,
    );
  });

  test('runs as a service with few rights, and serves BIRD', async () => {
    await machine.exec('tee', [CONFIG], { input: CONFIGURATION });
    await machine.shell('systemctl enable --now reflectord');
    const status = await machine.shell(`cat /proc/${await pidOfDaemon()}/status`);
    const uid = (await machine.shell('id -u reflectord')).trim();
    expect(status).toMatch(new RegExp(`^Uid:\\s+${uid}\\s`, 'm'));
    // CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW.
    expect(status).toMatch(/^CapEff:\s+0000000000003400$/m);
    expect(await machine.shell('reflectord show peers --json')).toBe('[]\n');
    await Promise.all(birds.map((bird) => bird.start()));
    await served();
    expect(await machine.shell('systemctl show -P NRestarts reflectord')).toBe('0\n');
    expect(await machine.shell('journalctl -q -p err -u reflectord')).toBe('');
  });

  test('offers the peers that there are for completion', async () => {
    const script = 'source /usr/share/bash-completion/completions/reflectord; _reflectord_peers';
    const offered = await machine.exec('bash', ['-c', script]);
    expect(offered.split('\n')).toEqual(expect.arrayContaining(['10.99.0.2', '10.99.0.3']));
  });

  test('a reload takes a changed file, and refuses one with errors, in its own words', async () => {
    const pid = await pidOfDaemon();
    await machine.exec('tee', [CONFIG], { input: `${CONFIGURATION}metrcs: {}\n` });
    await expect(machine.shell('systemctl reload reflectord')).rejects.toThrow('failed');
    expect(await machine.shell('journalctl -q -u reflectord')).toContain('did you mean `metrics`?');
    await machine.exec('tee', [CONFIG], { input: `${CONFIGURATION}metrics: { listen: 127.0.0.1:9200 }\n` });
    await machine.shell('systemctl reload reflectord');
    await waitFor(
      'the daemon serves on the new port',
      () => machine.shell("bash -c 'exec 3<>/dev/tcp/127.0.0.1/9200' && echo open || true"),
      (answer) => answer === 'open\n',
    );
    expect(await pidOfDaemon()).toBe(pid);
  });

  test('an upgrade restarts it, keeps the configuration, and costs no route', async () => {
    const pid = await pidOfDaemon();
    const watches = birds.map((bird, i) => watchKernel(bird, PREFIXES[1 - i]!));
    const output = await install('second');
    expect(output).not.toContain('keeps running');
    // What the readiness of a pod looks at: nothing is sent before the peers have sent their routes again.
    expect(await readiness()).toMatch(
      /^503 the start is not complete: advertising to \d+ established peers? is deferred/,
    );
    await waitFor('the daemon is ready', readiness, (answer) => answer === '200 ');
    expect(await machine.shell('dpkg-query -W reflectord')).toBe(`reflectord\t${version}+next\n`);
    expect(await machine.shell(`cat ${CONFIG}`)).toContain('9200');
    expect(await pidOfDaemon()).not.toBe(pid);
    await served();
    await waitFor(
      'everything has been sent to all',
      async () => machine.shell('reflectord show peers --json'),
      (text) =>
        (JSON.parse(text) as { families: { endOfRibSent: boolean }[] }[]).length === 4 &&
        !text.includes('"endOfRibSent":false'),
    );
    await served();
    for (const watch of watches) expect(await watch()).toEqual([]);
  });

  test('an upgrade that rejects the configuration leaves the previous version running', async () => {
    const pid = await pidOfDaemon();
    await machine.exec('tee', ['-a', CONFIG], { input: 'old-key: 1\n' });
    expect(await install('second')).toContain('the previous version keeps running');
    expect(await pidOfDaemon()).toBe(pid);
    await served();
  });

  test('once it is removed peers give its routes up at once, and the configuration stays', async () => {
    const watches = birds.map((bird, i) => watchKernel(bird, PREFIXES[1 - i]!));
    await machine.shell('dpkg -r reflectord 2>&1');
    for (const { ns } of birds) {
      const kept = async () => (await kernelRoutes(ns)).map(({ prefix }) => prefix);
      await waitFor(`${ns.name} has no route of it`, kept, (prefixes) => prefixes.length <= 1);
    }
    // The watch of the upgrade would have seen it.
    for (const watch of watches) expect(await watch()).toHaveLength(1);
    expect(await machine.shell('pgrep -u reflectord || true')).toBe('');
    expect(await machine.shell(`cat ${CONFIG}`)).toContain('9200');
    await expect(machine.shell('command -v reflectord')).rejects.toThrow();
  });

  test('a purge leaves nothing but the account', async () => {
    const output = await machine.shell('dpkg -P reflectord 2>&1');
    expect(output).not.toMatch(/warning|error/i);
    const places = [...files.filter((path) => path.includes('reflectord')), '/run/reflectord', '/var/lib/reflectord'];
    expect(places).toEqual(expect.arrayContaining([CONFIG, '/usr/bin/reflectord', '/usr/lib/reflectord/dist/main.js']));
    const wanted = '/etc/systemd/system/multi-user.target.wants/reflectord.service';
    const left = `for path; do if [ -e "$path" ] || [ -L "$path" ]; then echo "$path"; fi; done`;
    expect(await machine.exec('sh', ['-ec', left, 'sh', ...places, wanted])).toBe('');
    expect(await machine.shell('getent passwd reflectord')).toContain('reflectord');
  });

  test('the npm package, installed for all, is found by the same unit', async () => {
    const tarball = `${machine.folder}/reflectord-${version}.tgz`;
    const prefix = join(machine.folder, 'prefix');
    const options = ['--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
    execFileSync('npm', ['install', '--global', ...options, tarball], { stdio: 'pipe' });
    await machine.shell(`cp -a ${prefix}/. /usr/local/`);
    const root = '/usr/local/lib/node_modules/reflectord';
    await machine.shell(`install -m 644 ${root}/systemd/reflectord.service /etc/systemd/system/
      install -D -m 644 ${root}/systemd/reflectord.sysusers.conf /etc/sysusers.d/reflectord.conf
      systemd-sysusers
      install -d -m 750 -g reflectord /etc/reflectord
      systemctl daemon-reload`);
    await machine.exec('tee', [CONFIG], { input: CONFIGURATION });
    await machine.shell('systemctl start reflectord');
    await served();
    expect(await machine.shell('man -w -M /usr/local/share/man reflectord')).toContain('reflectord.8');
  });

  /** What /readyz answers: its status, and the reasons. */
  async function readiness(): Promise<string> {
    const script = `fetch('http://127.0.0.1:9200/readyz').then(async (answer) =>
      process.stdout.write(answer.status + ' ' + (await answer.json()).reasons.join('; ')))`;
    return machine.exec('/usr/lib/reflectord/bin/node', ['-e', script]);
  }

  /** Both sessions of both are up, and each kernel leads to the other. */
  async function served(): Promise<void> {
    await Promise.all(birds.map((bird) => bird.established()));
    for (const [i, { ns }] of birds.entries()) {
      const prefixes = async () => (await kernelRoutes(ns)).map(({ prefix }) => prefix);
      await waitFor(`${ns.name} has its route`, prefixes, (list) => list.includes(PREFIXES[1 - i]!));
    }
  }

  /** Gives what the kernel of a host says about the loss of a route from now on. */
  function watchKernel({ ns }: BgpHost, prefix: string): () => Promise<string[]> {
    const monitor = ns.spawn('ip monitor', 'ip', ['monitor', 'route']);
    return async () => {
      await monitor.kill();
      return monitor
        .log()
        .split('\n')
        .filter((line) => line.startsWith(`Deleted ${prefix}`));
    };
  }
});
