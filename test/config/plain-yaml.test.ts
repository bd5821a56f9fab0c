/** The reader of plain YAML against the YAML library: it reads the same values at the same places, or nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { LineCounter, parseDocument } from 'yaml';
import { tooDeepAt } from '../../src/config/read/depth.ts';
import { readPlainYaml } from '../../src/config/read/plain-yaml.ts';
import { readSource, type SourceNode, type Span } from '../../src/config/read/source.ts';
import { linesOf } from '../../src/config/read/yaml.ts';
import { runs } from '../lab/effort.ts';

const CONFIG = join(import.meta.dirname, '../../config');

/** As the library reads a text; null: with errors. */
function byLibrary(text: string) {
  if (tooDeepAt(text) !== null) return null;
  const document = parseDocument(text, { prettyErrors: false, schema: 'core', uniqueKeys: false });
  const { root, faults } = readSource(document);
  return document.errors.length + document.warnings.length + faults.length > 0 ? null : root;
}

/** Places as a message shows them: marks end with their line. */
function shown(text: string, node: SourceNode | null): unknown {
  if (node === null) return null;
  const cut = ([start, end]: Span) => [start, Math.min(end, `${text}\n`.indexOf('\n', start))];
  const entries = [...(node.entries ?? [])].map(([name, one]) => [name, cut(one.keySpan), shown(text, one.node)]);
  return { ...node, span: cut(node.span), entries, items: node.items?.map((one) => shown(text, one)) };
}

/** Whether the reader has read a text, which it must have read in the same way. */
function isRead(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain !== null) expect({ text, root: shown(text, plain) }).toEqual({ text, root: shown(text, byLibrary(text)) });
  return plain !== null;
}

test('reads every configuration that is shipped', () => {
  const files = readdirSync(CONFIG, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  const unread = files.filter((name) => !isRead(readFileSync(join(CONFIG, name), 'utf8')));
  expect(files.length).toBeGreaterThan(5);
  expect(unread).toEqual(['prometheus-rules.yaml']);
});

test.each([
  'a: 1 ]\nb: [ x, "y z", 65001:1, ::/0 , 10.0.0.0/8 ge 16, ]\n',
  'a:\n- b: 1\n  c: { d: e, f: [ 1, 2 ] } # comment\n-   - 1\n    - x#y\n# end',
  'a: \'x y\'\n\n# comment\nb: { c: 1,\n  d: "2" }\n',
  'a: { b: true, c: False, d: 1.10, e: -5, f: +7, g: 007, h: 99999999999999999999 }',
  'policies:\n  p:\n    rules:\n      - { name: r, if: { length: "> 24" }, then: reject, because: it is too long }\n',
])('reads %j', (text) => {
  expect(isRead(text)).toBe(true);
});

test.each([
  ...['a: &x 1', 'a: *x', 'a: !t 1', 'a: |\n  b', 'a: >-\n  b', 'a: "x\\n"', "a: 'it''s'", '? a\n: b', '<<: { a: 1 }'],
  ...['a: 1\na: 2', 'a:', 'a: b: c', 'a: [ b: c ]', 'a: { b }', 'a: [ 1, , 2 ]', 'a: [ 1', 'a: x\n  y'],
  ...['a: [ x\n  y ]', 'a: [ 1,\n2 ]', '---\na: 1', 'a: 1\n...', '%YAML 1.2', 'a:\t1', 'a: 1\r\n', '- 1', '[ 1 ]', ''],
  ...[
    'a: 0x10',
    'a: 1e3',
    'a: .5',
    'a: .inf',
    'a: @x',
    'a: `x`',
    'a: %x',
    'a: - 1',
    '~: 1',
    '__proto__: 1',
    'a: [ ? x ]',
  ],
])('leaves %j to the library', (text) => {
  expect(readPlainYaml(text)).toBeNull();
});

test('reads random texts as the library does, or not at all', () => {
  const piece = fc.constantFrom(
    ...['a', 'b', 'key', '1', '-1', '1.10', '10.0.0.0/8', '::/0', '64512:1', '"x"', "'y'", 'true', 'null', '~', '> 1'],
    ...[': ', ':', '- ', '-', ', ', ',', '[', ']', '{', '}', '[ ', ' ]', '{ ', ' }', ' ', '  ', '    ', '\n', '\n  '],
    ...[
      '\n    ',
      '\n- ',
      '\n  - ',
      ' # c',
      '#',
      '?',
      '? ',
      '&a ',
      '*a',
      '!',
      '|',
      '"',
      "'",
      '\\',
      '=',
      '<',
      'é',
      '\n\n',
    ],
  );
  const random = fc.array(piece, { maxLength: 25 }).map((all) => `a: ${all.join('')}`);
  const value: fc.Arbitrary<string> = fc.constantFrom('x', '1', '"q r"', 'two words', '10.0.0.0/8', '-3', 'x:y', 'a#b');
  const flow = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      value,
      fc.array(tie('node'), { maxLength: 3 }).map((all) => `[ ${all.join(', ')} ]`),
      fc.array(tie('node'), { maxLength: 3 }).map((all) => `{ ${all.map((one, at) => `k${at}: ${one}`).join(', ')} }`),
    ),
  })).node;
  const line = fc
    .tuple(fc.constantFrom('', '  ', '    ', '  - ', '- ', '    - '), fc.nat(4), flow, fc.constantFrom('', ' # c', ' '))
    .map(([indent, key, text, end]) => `${indent}k${key}: ${text}${end}`);
  const lines = fc.array(fc.oneof(line, fc.constantFrom('x:', '  y:', '', '# c', '  - ', '    z:', '- w')), {
    maxLength: 8,
  });
  const damaged = fc
    .tuple(lines, fc.nat(200), piece)
    .map(([all, at, more]) => ((text) => text.slice(0, at) + more + text.slice(at))(all.join('\n')));
  let read = 0;
  const property = fc.property(
    fc.oneof(
      random,
      lines.map((all) => all.join('\n')),
      damaged,
    ),
    (text) => {
      if (isRead(text)) read++;
    },
  );
  fc.assert(property, { numRuns: runs(1_000) });
  expect(read).toBeGreaterThan(runs(1_000) / 50);
});

test('counts lines as the library does', () => {
  for (const text of ['', 'a: 1', 'a: 1\n', '\n\na: 1\nb: 2']) {
    const lineCounter = new LineCounter();
    parseDocument(text, { lineCounter });
    for (let at = 0; at < text.length; at++) expect(linesOf(text).linePos(at)).toEqual(lineCounter.linePos(at));
  }
});
