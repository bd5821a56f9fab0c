/** What operators of other daemons write by habit, and values of a wrong shape: an error that helps, never an exception. */
import { load } from '../../src/config/read/load.ts';

const HEAD = 'router: { as: 65000, id: 10.99.0.1 }\npeers: [ { address: 192.0.2.1, as: 65000, import: [ in ] } ]\n';
const file = (rule: string) => `${HEAD}policies:\n  in:\n    rules:\n      - ${rule}\n    default: reject\n`;

/** The first error of a rule with what it expects; '' if there is none. */
function errorOf(rule: string): string {
  const loaded = load(file(rule), 'test.yaml');
  const [first] = loaded.ok ? [] : loaded.problems;
  return first === undefined ? '' : `${first.message} ${first.expected} ${first.suggestion ?? ''}`;
}

test.each([
  ['{ name: a, then: permit }', 'did you mean `accept`?'],
  ['{ name: a, then: deny }', 'did you mean `reject`?'],
  ['{ name: a, match: { prefix: 10.0.0.0/8 }, then: accept }', 'did you mean `if`?'],
  ['{ name: a, if: { prefix-list: pods }, then: accept }', 'did you mean `prefix`?'],
  ['{ name: a, if: { extcommunity: "rt:1:1" }, then: accept }', 'did you mean `communities`?'],
  ['{ name: a, if: { peer: 192.0.2.1 }, then: accept }', 'did you mean `from`?'],
  ['{ name: a, set: { metric: 5 }, then: accept }', 'did you mean `med`?'],
  ['{ name: a, set: { local-preference: 5 }, then: accept }', 'did you mean `local-pref`?'],
  ['{ name: a, set: { communities: { delete: "64512:*" } }, then: accept }', 'did you mean `remove`?'],
  ['{ name: a, set: { as-path: { prepend: 64512 64512 } }, then: accept }', 'did you mean `{ as: 64512, times: 2 }`?'],
  ['{ name: a, set: { as-path: { prepend: [ 7, 7, 7 ] } }, then: accept }', 'did you mean `{ as: 7, times: 3 }`?'],
  ['{ name: a, if: { prefix: 10.0.0.0/8+ }, then: accept }', '`10.0.0.0/8 or-longer`'],
  ['{ name: a, if: { prefix: "10.0.0.0/8{16,24}" }, then: accept }', '`10.0.0.0/8 ge 16 le 24`'],
])('%s gets the remedy', (rule, remedy) => {
  expect(errorOf(rule)).toContain(remedy);
});

test('a change without quotes is a change: YAML reads +10 as the number 10', () => {
  for (const value of ['+10', '"+10"']) {
    const loaded = load(file(`{ name: a, set: { local-pref: ${value}, med: -5 }, then: accept }`), 'test.yaml');
    if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join());
    const [rule] = loaded.policies.policies.get('in')!.rules;
    expect(rule!.actions).toEqual([
      { kind: 'local-pref', relative: true, value: 10 },
      { kind: 'med', relative: true, value: -5 },
    ]);
  }
});

const CONDITIONS = [
  'prefix',
  'length',
  'family',
  'rd',
  'route-type',
  'vni',
  'mac',
  'communities',
  'as-path',
  'next-hop',
];
const MORE = ['local-pref', 'med', 'aigp', 'origin', 'from', 'to', 'stale', 'any', 'not', 'policy'];
const ACTIONS = [
  'local-pref',
  'med',
  'origin',
  'communities',
  'as-path',
  'next-hop',
  'aigp',
  'weight',
  'link-bandwidth',
];
const NESTED = [
  '{ as-path: { matches: V } }',
  '{ as-path: { origin: V } }',
  '{ communities: { any: V } }',
  '{ from: { peer: V } }',
];
const SHAPES = ['{ x: 1 }', '[ { x: 1 } ]', '[ [ { x: 1 } ] ]', '[ { set: { x: 1 } } ]', 'null', 'true', '{}'];

test.each([
  ...[...CONDITIONS, ...MORE].map((key) => `{ name: a, if: { ${key}: V }, then: accept }`),
  ...NESTED.map((condition) => `{ name: a, if: ${condition}, then: accept }`),
  ...ACTIONS.map((key) => `{ name: a, set: { ${key}: V }, then: accept }`),
  '{ name: V, then: accept }',
  '{ name: a, then: V }',
  '{ name: a, because: V, then: accept }',
  '{ use: V }',
])('%s with a value of a wrong shape is an error, or means something', (rule) => {
  for (const shape of SHAPES) expect(() => load(file(rule.replace('V', shape)), 'test.yaml')).not.toThrow();
  expect(errorOf(rule.replace('V', '[ [ { x: 1 } ] ]'))).not.toBe('');
});

test.each(['prefixes', 'as-numbers', 'communities', 'next-hops'])(
  'a set of %s of a wrong shape is an error',
  (kind) => {
    for (const shape of SHAPES.slice(0, 4)) {
      const loaded = load(`${file('{ name: a, then: accept }')}sets: { ${kind}: { s: ${shape} } }\n`, 'test.yaml');
      expect({ shape, ok: loaded.ok }).toEqual({ shape, ok: false });
    }
  },
);
