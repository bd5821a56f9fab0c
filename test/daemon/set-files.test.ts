/** A changed file of a set is reported once, after it has stayed the same for an interval. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchSetFiles } from '../../src/daemon/set-files.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('a change is reported once it has settled, and a file that is missing for a moment is not', () => {
  const directory = mkdtempSync(join(tmpdir(), 'set-files-'));
  const path = join(directory, 'a.prefixes');
  writeFileSync(path, '10.0.0.0/8\n');
  const changed: string[] = [];
  const end = watchSetFiles(
    join(directory, 'r.yaml'),
    () => ['a.prefixes'],
    (file) => changed.push(file),
    1000,
  );
  jest.advanceTimersByTime(3000);
  expect(changed).toEqual([]);
  // Written in two steps, one interval apart.
  writeFileSync(path, '10.0.0.0/8\n10.1.0.0/16\n');
  jest.advanceTimersByTime(1000);
  writeFileSync(path, '10.0.0.0/8\n10.1.0.0/16\n10.2.0.0/16\n');
  jest.advanceTimersByTime(1000);
  expect(changed).toEqual([]);
  jest.advanceTimersByTime(1000);
  expect(changed).toEqual(['a.prefixes']);
  jest.advanceTimersByTime(5000);
  expect(changed).toEqual(['a.prefixes']);
  // Gone, and back again with other contents.
  rmSync(path);
  jest.advanceTimersByTime(3000);
  expect(changed).toHaveLength(1);
  writeFileSync(join(directory, 'new'), '10.9.0.0/16\n');
  renameSync(join(directory, 'new'), path);
  jest.advanceTimersByTime(2000);
  expect(changed).toHaveLength(2);
  end();
  writeFileSync(path, '');
  jest.advanceTimersByTime(5000);
  expect(changed).toHaveLength(2);
  rmSync(directory, { recursive: true });
});
