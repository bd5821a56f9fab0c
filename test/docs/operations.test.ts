/** docs/OPERATIONS.md has every alert that is shipped; its numbers, and those of docs/COMPARISON.md, were measured. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPOSITORY } from '../lab/paths.ts';
import { readPage, rowsOf } from './pages.ts';

/** A section of a page, by its title. */
function section(page: string, title: string): string {
  return readPage(page)
    .split(/^## /m)
    .find((text) => text.startsWith(title))!;
}

test('every alert of config/prometheus-rules.yaml has a row with its meaning and its remedy', () => {
  const { groups } = parse(readFileSync(join(REPOSITORY, 'config/prometheus-rules.yaml'), 'utf8')) as {
    groups: { rules: { alert: string }[] }[];
  };
  const shipped = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  const rows = rowsOf(section('docs/OPERATIONS.md', 'Alerts'));
  expect(rows.map(([alert]) => alert!.replaceAll('`', '')).sort()).toEqual(shipped.sort());
  for (const [alert, meaning, remedy] of rows) {
    expect([alert, meaning!.length > 20, remedy!.length > 20]).toEqual([alert, true, true]);
  }
});

test.each([
  ['docs/OPERATIONS.md', 'Sizing'],
  ['docs/COMPARISON.md', 'Speed'],
])('the numbers of %s, %s, are those of docs/PERFORMANCE.md', (page, title) => {
  const measured = readPage('docs/PERFORMANCE.md');
  const numbers = rowsOf(section(page, title)).flatMap(([, ...cells]) => cells.filter((cell) => cell !== ''));
  expect(numbers.length).toBeGreaterThan(10);
  expect(numbers.filter((number) => !measured.includes(number))).toEqual([]);
});
