/** The manual pages: every command and key is in them, and groff formats them without a warning. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandTree, flatten } from '../../src/cli/tools/command-tree.ts';
import { markdownToRoff } from '../../src/cli/tools/roff.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { describeUnless } from '../lab/requirements.ts';

const PAGES = ['reflectord.8', 'reflectord.yaml.5'] as const;
const pathOf = (page: string) => join(REPOSITORY, 'packaging/man', page);

test('a line that begins like a request stays text, dashes can be copied, and code keeps its lines', () => {
  const text = markdownToRoff(
    "'a' `--json`\n\n- **b**: c\\d\n\n```\n.x\n\n- y\n```\n\n| k | when | what |\n| --- | --- | --- |\n| `a\\|b` | n | m |",
  );
  expect(text).toBe(
    [
      ...['.PP', '\\(aqa\\(aq \\fB\\-\\-json\\fR', '.TP', '\\fBb\\fR', 'c\\ed'],
      ...['.PP', '.nf', '.RS 4', '\\&.x', '', '\\- y', '.RE', '.fi'],
      ...['.TP', '\\fBa|b\\fR', 'm', '.br', 'when: n.', ''],
    ].join('\n'),
  );
});

const groff = spawnSync('groff', ['--version']).status === 0 ? null : 'groff is not installed';

describeUnless(groff, 'groff', () => {
  const format = (page: string) =>
    spawnSync('groff', ['-man', '-ww', '-Tutf8', '-P-cbou', '-rLL=400n', pathOf(page)], { encoding: 'utf8' });

  test.each(PAGES)('formats %s without a warning', (page) => {
    expect(format(page)).toMatchObject({ status: 0, stderr: '' });
  });

  test('would warn of a mistake', () => {
    const broken = readFileSync(pathOf('reflectord.8'), 'utf8').replace('.TP', '.TPX');
    const { stderr } = spawnSync('groff', ['-man', '-ww', '-Tutf8'], { input: broken, encoding: 'utf8' });
    expect(stderr).toContain('TPX');
  });

  test('reflectord(8) has every command with its arguments and options', () => {
    const text = format('reflectord.8').stdout;
    for (const { path, arguments: operands, options, commands } of flatten(commandTree())) {
      if (commands.length > 0) continue;
      expect(text).toContain(['reflectord', path, ...operands.map(({ term }) => term)].join(' '));
      for (const { term } of options) expect(text).toContain(term);
    }
  });

  test('reflectord.yaml(5) has every key of the reference', () => {
    const text = format('reflectord.yaml.5').stdout;
    const keys = [...readFileSync(join(REPOSITORY, 'docs/CONFIG.md'), 'utf8').matchAll(/^\| \[`([^`]+)`\]/gm)];
    expect(keys.length).toBeGreaterThan(60);
    expect(
      keys.filter(([, key]) => !new RegExp(`^ +${key!.replaceAll(/[.[\]]/g, '\\$&')}( |$)`, 'm').test(text)),
    ).toEqual([]);
  });
});
