/** An old Node.js gets a sentence, not a stack trace. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reflectordProgram } from '../lab/build.ts';
import { REPOSITORY } from '../lab/paths.ts';

const main = readFileSync(join(REPOSITORY, 'src/main.ts'), 'utf8');

/** Runs the program on a Node.js that says it is of this version. */
function runOn(version: string) {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  return spawnSync(process.execPath, ['--import', pretend, reflectordProgram(), '--version'], { encoding: 'utf8' });
}

test.each(['12.22.12', '18.20.4', '20.18.3'])('Node.js %s is refused, with what is needed', (version) => {
  const { status, stdout, stderr } = runOn(version);
  expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
  expect(stderr).toMatch(/^reflectord needs Node\.js 20\.19 or later; this is v.*\n.*\n$/);
});

test.each(['20.19.0', '22.0.0', '26.1.0'])('Node.js %s runs it', (version) => {
  expect(runOn(version)).toMatchObject({ status: 0, stderr: '' });
});

test('package.json asks for the same version', () => {
  const { engines } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  expect(engines.node).toBe(`>=${/OLDEST = \[(\d+), (\d+)\]/.exec(main)!.slice(1).join('.')}`);
});

test('nothing is loaded before the version is checked', () => {
  expect(main).not.toMatch(/^import |^export |\bawait\b|\?\.|\?\?|from '/m);
});
