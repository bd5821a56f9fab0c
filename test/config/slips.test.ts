/** Typing mistakes: the message names the text and what is expected. */

import { formatProblems, MAX_SHOWN } from '../../src/config/problems/problems.ts';
import { load } from '../../src/config/read/load.ts';
import { missingRights } from '../../src/io/system/rights.ts';
import { problemsOf, warningsOf } from './support.ts';

const ROUTER = 'router: { as: 64512, id: 10.99.0.1 }\n';
const peer = (lines: string) => `${ROUTER}peers:\n  - address: 192.0.2.1\n${lines}`;

/** Place, text and expected value of every problem. */
function problemTexts(text: string): string[] {
  const result = load(text, 'test.yaml');
  return result.ok
    ? []
    : result.problems.map(({ line, column, what, expected }) => `${line}:${column} ${what}; ${expected}`);
}

test.each([
  ['as 64512', 'router:\n  as 64512\n  id: 10.99.0.1\n', '2:3 `as 64512` has no colon; `as: 64512`'],
  ['id 10.99.0.1', 'router:\n  as: 64512\n  id 10.99.0.1\n', '3:3 `id 10.99.0.1` has no colon; `id: 10.99.0.1`'],
  ['as 64512 of a peer', peer('    as 64512\n'), '4:5 `as 64512` has no colon; `as: 64512`'],
  [
    '- address 192.0.2.1',
    `${ROUTER}peers:\n  - address 192.0.2.1\n    as: 64512\n`,
    '3:5 `address 192.0.2.1` has no colon; `address: 192.0.2.1`',
  ],
  ['as:64512', 'router:\n  as:64512\n  id: 10.99.0.1\n', '2:3 `as:64512` has no space after the colon; `as: 64512`'],
  [
    'id:10.99.0.1',
    'router:\n  as: 64512\n  id:10.99.0.1\n',
    '3:3 `id:10.99.0.1` has no space after the colon; `id: 10.99.0.1`',
  ],
  ['every key so', 'router:\n  as:64512\n  id:10.99.0.1\n', '2:3 `as:64512` has no space after the colon; `as: 64512`'],
  ['as:64512 of a peer', peer('    as:64512\n'), '4:5 `as:64512` has no space after the colon; `as: 64512`'],
  [
    'a key too deep',
    'router:\n  as: 64512\n    id: 10.99.0.1\n',
    '3:5 `id` is indented deeper than `as` above it, which already has a value; `id` exactly below `as`, after 2 spaces',
  ],
  [
    'a key too deep in a list',
    peer('      as: 64512\n'),
    '4:7 `as` is indented deeper than `address` above it, which already has a value; `as` exactly below `address`, after 4 spaces',
  ],
  [
    'file and env at once',
    peer('    as: 64512\n    password: { file: a, env: B }\n'),
    '5:26 `env` cannot be combined with `file`; one of `env`, `file`',
  ],
])('%s', (_name, text, expected) => {
  expect(problemTexts(text)).toEqual([expected]);
});

test('as:64512 in braces also reports the missing key', () => {
  expect(problemTexts('router: { as:64512, id: 10.99.0.1 }\n')).toEqual([
    expect.stringMatching(/^1:1 `as` is missing/),
    '1:11 `as:64512` has no space after the colon; `as: 64512`',
  ]);
});

test('a text that only looks like such a mistake keeps the error of YAML', () => {
  expect(problemsOf('router:\n  as: 64512\n  some words\n  id: 10.99.0.1\n').join()).not.toContain('colon');
});

test('only the first errors are shown, and the others are counted', () => {
  const peers = Array.from({ length: 50 }, (_, n) => `  - { address: 192.0.2.${n + 1}, as: 64512, foo: 1 }\n`);
  const text = `${ROUTER}peers:\n${peers.join('')}`;
  const result = load(text, 'test.yaml');
  if (result.ok) throw new Error('it is valid');
  const shown = formatProblems(result.problems, text);
  expect(shown.match(/: error: /g)).toHaveLength(MAX_SHOWN);
  expect(shown.split('\n').at(-1)).toBe('and 30 more errors');
});

describe('a warning', () => {
  const clients = `${ROUTER}groups:\n  hosts: { as: internal, route-reflector-client: true, dynamic: [{ range: 10.0.0.0/8 }] }\n`;

  test('for a client of a range that is configured in `peers` and is not a client there', () => {
    const named = (more: string) => warningsOf(`${clients}peers: [{ address: 10.1.2.3, ${more} }]\n`);
    expect(named('as: internal')).toEqual([
      expect.stringContaining('10.1.2.3 is in the range 10.0.0.0/8 of the group `hosts`, whose peers are clients'),
    ]);
    expect(named('group: hosts')).toEqual([]);
    expect(named('as: internal, route-reflector-client: false')).toEqual([]);
    expect(warningsOf(`${clients}peers: [{ address: 11.1.2.3, as: internal }]\n`)).toEqual([]);
  });

  test.each([
    ['router.id', '10.99.0.1', ''],
    ['listen', '192.0.2.1', 'listen: [{ address: 192.0.2.1, port: 1179 }]\n'],
  ])('for a peer with an address of this router (%s)', (where, address, more) => {
    expect(warningsOf(`${ROUTER}${more}peers: [{ address: ${address}, as: internal }]\n`)).toEqual([
      expect.stringContaining(`${address} is an address of this router (\`${where}\`)`),
    ]);
  });

  test('for two peers with one description', () => {
    const two = (first: string, second: string) =>
      warningsOf(
        `${ROUTER}peers:\n  - { address: 192.0.2.1, as: internal, description: ${first} }\n  - { address: 192.0.2.2, as: internal, description: ${second} }\n`,
      );
    expect(two('leaf 1', 'leaf 2')).toEqual([]);
    expect(two('leaf 1', 'leaf 1')).toEqual([
      expect.stringContaining('another peer has the description "leaf 1" (line 3)'),
    ]);
  });

  test('for installing routes without the capability', () => {
    const status = (bits: string) => `Name:\tnode\nCapEff:\t${bits}\n`;
    expect(missingRights('install', status('0000000000000400'))).toContain('CAP_NET_ADMIN');
    expect(missingRights('install', status('0000000000001000'))).toBeNull();
    expect(missingRights('dry-run', status('0000000000000000'))).toBeNull();
    expect(missingRights('install', '')).toBeNull();
  });
});
