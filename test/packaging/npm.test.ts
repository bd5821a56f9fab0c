/** The npm package: what `npm pack` makes of a clean checkout runs where nothing else of the checkout is. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../lab/paths.ts';
import { packForNpm } from './npm-package.ts';

jest.setTimeout(180_000);

const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };
const OPTIONS = ['--prefer-offline', '--no-audit', '--no-fund', '--silent'];
let folder: string;
let tarball: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflectord-npm-'));
  tarball = packForNpm(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

test('has the program, its pages and examples, and neither sources nor tests', () => {
  const files = run('tar', '-tzf', tarball).split('\n');
  for (const wanted of [
    'dist/main.js',
    'dist/io/bfd/worker.js',
    'config/schema.json',
    'config/prometheus-rules.yaml',
    'web/index.html',
  ]) {
    expect(files).toContain(`package/${wanted}`);
  }
  for (const wanted of ['systemd/reflectord.service', 'docs/INSTALL.md', 'npm-shrinkwrap.json']) {
    expect(files).toContain(`package/${wanted}`);
  }
  expect(files.filter((file) => /^package\/(src|test|node_modules|\.)/.test(file))).toEqual([]);
});

test('is installed for all with `npm install --global`, with its manual and the tested dependencies', () => {
  const prefix = join(folder, 'prefix');
  run('npm', 'install', '--global', '--prefix', prefix, ...OPTIONS, tarball);
  expect(run(join(prefix, 'bin/reflectord'), '--version')).toBe(`${version}\n`);
  run(join(prefix, 'bin/reflectord'), 'check', join(REPOSITORY, 'config/minimal.yaml'));
  expect(existsSync(join(prefix, 'share/man/man8/reflectord.8'))).toBe(true);
  const root = join(prefix, 'lib/node_modules/reflectord');
  const lock = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; dev?: boolean }>;
  };
  for (const name of ['commander', 'koffi', 'pino', 'prom-client', 'yaml', 'zod']) {
    const installed = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect([name, installed.version]).toEqual([name, lock.packages[`node_modules/${name}`]!.version]);
  }
  expect(existsSync(join(root, 'node_modules/typescript'))).toBe(false);
  // The whole daemon runs from there, not only what answers quickly.
  expect(run(join(prefix, 'bin/reflectord'), 'demo', '--once', '--loopback')).toMatch(/host-2/);
});

test('runs with npx, without an installation', () => {
  expect(run('npx', '--yes', ...OPTIONS, `--package=${tarball}`, 'reflectord', '--version')).toBe(`${version}\n`);
});

test('docs/INSTALL.md names files that are in it, and the commands that make and install it', () => {
  const install = readFileSync(join(REPOSITORY, 'docs/INSTALL.md'), 'utf8');
  const files = run('tar', '-tzf', tarball).split('\n');
  const named = [...install.matchAll(/\$package\/([\w./-]+)/g)].map(([, path]) => `package/${path}`);
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter((path) => !files.includes(path))).toEqual([]);
  for (const block of install.matchAll(/```sh\n([\s\S]*?)```/g)) run('bash', '-n', '-c', block[1]!);
});
