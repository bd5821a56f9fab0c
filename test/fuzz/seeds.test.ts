/** What the fuzzer found, and some of what it tries, in a simulation: the engine is not disturbed any more. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runs } from '../lab/effort.ts';
import type { Seed } from './fuzz.ts';
import { sessionScript } from './sessions.ts';
import { failureOf } from './simulation.ts';

const FOLDER = join(__dirname, 'seeds');
const SESSIONS = runs(100);

test.each(readdirSync(FOLDER))('%s is survived', (file) => {
  const { sessions } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Seed;
  expect(failureOf(sessions)).toBeNull();
});

test('sessions of the first numbers are survived', () => {
  const sessions = Array.from({ length: SESSIONS }, (_, at) => sessionScript(at, at));
  expect(failureOf(sessions)).toBeNull();
}, 120_000);
