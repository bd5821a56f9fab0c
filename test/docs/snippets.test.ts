/** What the documentation shows can be used: configurations are valid, and command lines are those of the program. */
import { parseAllDocuments } from 'yaml';
import { load } from '../../src/config/read/load.ts';
import { ROUTER } from '../config/support.ts';
import { callsIn, isName, problemOf } from './command-lines.ts';
import { PAGES, proseOf, type Snippet, snippetsOf, spansOf } from './pages.ts';

/** docs/CONFIG.md is generated, with the tests of its own in test/config/committed.test.ts. */
const snippets = PAGES.filter((page) => page !== 'docs/CONFIG.md').flatMap(snippetsOf);

/** Languages of the fences that this file or test/interop/docs.test.ts checks, or that the page names as unchecked. */
const CHECKED = ['yaml', 'sh', 'ini', 'bird', 'frr'];
const FROM_VENDORS = ['eos', 'nxos', 'iosxr', 'junos', 'srlinux', 'sonic'];

function place({ page, line }: { page: string; line: number }): string {
  return `${page}:${line}`;
}

test('every fence with a language is of a kind that a test checks, or of a vendor on the page about switches', () => {
  const others = snippets.filter(({ words: [language] }) => language !== undefined && !CHECKED.includes(language));
  const unexpected = others.filter(
    ({ page, words }) => page !== 'docs/SWITCHES.md' || !FROM_VENDORS.includes(words[0]!),
  );
  expect(unexpected.map(place)).toEqual([]);
});

const ours = snippets.filter(({ words }) => words.join(' ') === 'yaml');

test('there are configurations in the documentation', () => {
  expect(ours.length).toBeGreaterThan(2);
});

test.each(ours.map((one) => [place(one), one.text] as const))('the configuration of %s is valid', (_, text) => {
  const whole = /^router:/m.test(text) ? text : `${ROUTER}${text}`;
  const result = load(whole, 'reflectord.yaml');
  expect(result.ok ? [] : result.problems.map(({ path, what }) => `${path}: ${what}`)).toEqual([]);
});

test('resources of Kubernetes and Calico are YAML with a kind, a name and a specification', () => {
  const resources = snippets.filter(({ words }) => words.join(' ') === 'yaml calico');
  for (const one of resources) {
    for (const document of parseAllDocuments(one.text)) {
      expect([place(one), document.errors]).toEqual([place(one), []]);
      expect([place(one), document.toJS()]).toEqual([
        place(one),
        {
          apiVersion: 'projectcalico.org/v3',
          kind: expect.stringMatching(/^BGP(Configuration|Peer)$/),
          metadata: { name: expect.any(String) },
          spec: expect.any(Object),
        },
      ]);
    }
  }
});

/** Lines of shell, and in blocks without a language those behind a prompt. */
function linesOf({ words, text }: Snippet): string[] {
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/\s#\s.*$/, ''));
  return words[0] === 'sh' ? lines : words[0] === undefined ? lines.filter((line) => line.startsWith('$ ')) : [];
}

const lines = [
  ...snippets.flatMap((one) => linesOf(one).map((text) => ({ from: place(one), text, named: false }))),
  ...PAGES.flatMap((page) => spansOf(proseOf(page)).map((text) => ({ from: page, text, named: true }))),
];
const calls = lines.flatMap(({ from, text, named }) => callsIn(text).map((words) => ({ from, words, named })));

test('every call of reflectord has a command, options and arguments that there are', () => {
  expect(calls.length).toBeGreaterThan(50);
  const wrong = calls.flatMap(({ from, words, named }) => {
    const problem = named && isName(words) ? null : problemOf(words);
    return problem === null ? [] : [`${from}: reflectord ${words.join(' ')}: ${problem}`];
  });
  expect(wrong).toEqual([]);
});

test.each([
  ['show pears', /no command/],
  ['show peers --colour', /no option/],
  ['explain', /too few/],
  ['show peers 10.0.0.1', /no argument/],
  ['show rib --peer', /no value/],
])('a wrong call is found: %s', (line, problem) => {
  expect(problemOf(callsIn(`x | reflectord ${line}`)[0]!)).toMatch(problem);
});
