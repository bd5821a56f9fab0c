/** The syntax of a file: YAML errors, each with a clear text at its place. */

import { formatProblem } from '../../src/config/problems/problems.ts';
import { load } from '../../src/config/read/load.ts';
import { testAtScale } from '../lab/effort.ts';
import { configOf, problemsOf, ROUTER } from './support.ts';

const PEER = '  - address: 192.0.2.1\n';

describe('what is not YAML', () => {
  test.each([
    ['a tab indents', `${ROUTER}peers:\n\t- address: 192.0.2.1\n`, '3:1 : this line is indented with a tab'],
    ['an address ends in a colon', `${ROUTER}listen:\n  - address: ::\n`, '3:14 : a value cannot end with a colon'],
    ['the same in braces', `${ROUTER}listen: [{address: 2001:db8::}]\n`, '2:20 : a value cannot end with a colon'],
    ['a bracketed address is bare', `${ROUTER}metrics:\n  listen: [::1]:9179\n`, '3:16 : a bracket starts a list'],
    ['a quote stays open', `${ROUTER}peers:\n${PEER}    description: "leaf\n`, '4:18 : this " is not closed'],
    ['a single quote stays open', `${ROUTER}peers:\n${PEER}    description: 'leaf\n`, "4:18 : this ' is not closed"],
    ['a bracket stays open', `${ROUTER}peers: [\n`, '2:8 : this [ is not closed'],
    ['a brace stays open', `${ROUTER}log: {level: info\n`, '2:6 : this { is not closed'],
    ['a value has a colon', `${ROUTER}peers:\n${PEER}    description: leaf: 1\n`, '4:18 : a second colon on this line'],
    [
      'a line is out of step',
      `${ROUTER}peers:\n${PEER}   as: 1\n`,
      '4:1 : the indentation differs from the lines around it',
    ],
    [
      'a value begins with @',
      `${ROUTER}peers:\n${PEER}    description: @leaf\n`,
      '4:18 : a value cannot start with this character',
    ],
    [
      'a value has a tag',
      `${ROUTER}peers:\n${PEER}    description: !leaf 1\n`,
      '4:18 : a value cannot start with an exclamation mark',
    ],
    ['a second document follows', `${ROUTER}---\npeers: []\n`, '2:1 : a second document starts here'],
    ['a key is a list', `${ROUTER}? [a]\n: 1\n`, '2:3 : this is not a key'],
    ['a key has a name that JavaScript owns', `${ROUTER}__proto__: {}\n`, '2:1 : this is not a key'],
    ['an alias has no anchor', `${ROUTER}peers:\n  - *leaf\n`, '3:5 peers[0]: unknown anchor `&leaf`'],
    [
      'an alias leads to itself',
      `${ROUTER}peers: &all\n  - *all\n`,
      '3:3 peers[0]: this alias is a loop or expands to too many values',
    ],
  ])('%s', (_name, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test('a duplicate key is reported at the second place, with its path', () => {
    expect(problemsOf(`${ROUTER}groups:\n  a:\n    as: 1\n    as: 2\n`)).toEqual([
      '5:5 groups.a.as: duplicate key `as`',
    ]);
  });

  test('every syntax error is reported, with the certain errors before the first one', () => {
    const text = `router: { as: 0, id: 10.99.0.1 }\nlisten:\n  - address: ::\n  - address: 2001:db8::\npeers:\n  - as: 70000000000\n`;
    expect(problemsOf(text)).toEqual([
      '1:15 router.as: 0 is not an AS number',
      '3:14 : a value cannot end with a colon',
      '4:14 : a value cannot end with a colon',
    ]);
  });

  test('aliases that expand to too many values are rejected without expanding them', () => {
    const levels = Array.from({ length: 9 }, (_, n) => `  - &l${n + 1} [${`*l${n}, `.repeat(9)}]`).join('\n');
    const problems = problemsOf(`${ROUTER}peers:\n  - &l0 [x]\n${levels}\n`);
    expect(problems.some((problem) => problem.includes('too many values'))).toBe(true);
  });

  testAtScale('aliases in a long chain are rejected as well', () => {
    const chain = Array.from({ length: 5_000 }, (_, n) => `  - &l${n + 1} [*l${n}]`).join('\n');
    const problems = problemsOf(`${ROUTER}peers:\n  - &l0 [x]\n${chain}\n`);
    expect(problems.some((problem) => problem.includes('too many values'))).toBe(true);
  });

  test.each([
    ['brackets', `${ROUTER}peers: ${'['.repeat(100_000)}`, '2:58'],
    ['brackets that are closed', `${ROUTER}peers: ${'['.repeat(50_000)}${']'.repeat(50_000)}`, '2:58'],
    ['mappings in braces', `${ROUTER}groups: ${'{a: '.repeat(20_000)}`, '2:209'],
    ['dashes', `${ROUTER}peers:\n${'- '.repeat(50_000)}`, '3:503'],
    ['keys', Array.from({ length: 2_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), '501:502'],
  ])('a file that would exhaust the stack is rejected: %s', (_name, text, place) => {
    expect(problemsOf(text)).toEqual([`${place} : this is nested too deeply`]);
  });

  test('brackets in quotes and long lines are not nesting', () => {
    const peer = `{ address: 192.0.2.1, as: internal, description: "${'['.repeat(200)}" }`;
    expect(problemsOf(`${ROUTER}peers: [${' '.repeat(1_000)}${peer}] # ${'['.repeat(200)}\n`)).toEqual([]);
  });

  test('an empty file lacks a router', () => {
    expect(problemsOf('')).toEqual(['1:1 : `router` is missing']);
    expect(problemsOf('# only a comment\n')).toEqual(['1:1 : `router` is missing']);
  });

  test.each([
    ['hello', '1:1 : hello is not a configuration'],
    ['- a\n- b\n', '1:1 : a list is not a configuration'],
  ])('a file that is not a mapping: %j', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });
});

describe('what YAML would change', () => {
  test('an AS number in asdot notation is not read as a fraction', () => {
    expect(configOf('router: { as: 1.10, id: 10.99.0.1 }').router.as).toBe('1.10');
    expect(configOf('router: { as: "1.10", id: 10.99.0.1 }').router.as).toBe('1.10');
  });

  test('off is a word, also in a file that says it is YAML 1.1', () => {
    expect(configOf(`${ROUTER}fib: { mode: off }`).fib.mode).toBe('off');
    expect(configOf(`%YAML 1.1\n---\n${ROUTER}fib: { mode: off }`).fib.mode).toBe('off');
  });

  test('anchors, aliases and merge keys work, and keys of the mapping itself override them', () => {
    const { groups } = configOf(
      `${ROUTER}groups:\n  a: &a\n    as: internal\n    hold-time: 30\n  b:\n    <<: *a\n    hold-time: 60\n  c: *a\n`,
    );
    expect(groups).toEqual({
      a: { as: 'internal', 'hold-time': 30 },
      b: { as: 'internal', 'hold-time': 60 },
      c: { as: 'internal', 'hold-time': 30 },
    });
  });

  test('the first of several merged mappings takes precedence', () => {
    const text = `${ROUTER}groups:\n  a: &a { as: 1, port: 1 }\n  b: &b { as: 2, passive: true }\n  c:\n    <<: [*a, *b]\n`;
    expect(configOf(text).groups.c).toEqual({ as: 1, port: 1, passive: true });
  });

  test('an error in an anchored value is reported once, at its place', () => {
    const text = `${ROUTER}groups:\n  a: &a\n    hold-time: 2\n  b: *a\n`;
    expect(problemsOf(text)).toEqual(['4:16 groups.a.hold-time: 2 is not a hold time']);
  });

  test('lines that end with CR LF have the same places', () => {
    expect(problemsOf(`${ROUTER}log:\n  level: loud\n`.replaceAll('\n', '\r\n'))).toEqual([
      '3:10 log.level: loud is not a log level',
    ]);
  });
});

describe('a problem on the terminal', () => {
  test('it has the place, the line with carets, the expected value and a suggestion', () => {
    const text = `${ROUTER}groups:\n  hosts:\n    as: internal\n    holdtime: 240\n`;
    const result = load(text, 'reflectord.yaml');
    if (result.ok) throw new Error('accepted');
    expect(formatProblem(result.problems[0]!, text)).toBe(
      [
        'reflectord.yaml:5:5: error: groups.hosts.holdtime: unknown key `holdtime`',
        '    5 |     holdtime: 240',
        '      |     ^^^^^^^^',
        '        expected: `hold-time`',
        '        did you mean `hold-time`?',
      ].join('\n'),
    );
    expect(result.problems[0]!.message).toBe(
      'unknown key `holdtime`; expected: `hold-time` (did you mean `hold-time`?)',
    );
  });

  test('a tab in the line keeps the caret below its character', () => {
    const text = `${ROUTER}log:\t{ level:\tloud }\n`;
    const result = load(text, 'f');
    if (result.ok) throw new Error('accepted');
    expect(formatProblem(result.problems[0]!, text).split('\n').slice(1, 3)).toEqual([
      '    2 | log:\t{ level:\tloud }',
      '      |     \t        \t^^^^',
    ]);
  });
});
