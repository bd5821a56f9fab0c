/** Rules that no route reaches behind others that `use` brings in, and communities that a later rule replaces. */
import { problemsOf, warningsOf } from '../config/support.ts';

/** Rules of the policy `in` from line 6 on; `inner` has one rule. */
function file(inner: string, ...rules: readonly string[]): string {
  return `router: { as: 65000, id: 10.99.0.1 }
peers: [ { address: 192.0.2.1, as: 65000, import: [ in ] } ]
policies:
  in:
    rules:
${rules.map((rule) => `      - ${rule}\n`).join('')}    default: reject
  inner: { rules: [ ${inner} ], default: next }
  outer: { rules: [ { use: inner } ], default: accept }
`;
}

const ALL = '{ name: all, then: accept }';

test.each([
  [file(ALL, '{ use: inner }', '{ name: b, then: accept }'), '7:9 policies.in.rules[1]', 'inner/all'],
  [file(ALL, '{ use: outer }', '{ name: b, then: accept }'), '7:9 policies.in.rules[1]', 'inner/all'],
  [file(ALL, ALL, '{ use: inner }'), '7:9 policies.in.rules[1]', 'all'],
])('a rule that no route reaches: %#', (text, place, by) => {
  expect(problemsOf(text)).toEqual([`${place}: no route reaches this rule: \`${by}\` decides all of them`]);
});

test('a rule is reached behind policies that leave routes to it', () => {
  const some = '{ name: some, if: { med: 5 }, then: accept }';
  const warnings = [`10:3 policies.outer: nothing uses the policy \`outer\``];
  expect(warningsOf(file(some, '{ use: inner }', '{ name: b, then: accept }'))).toEqual(warnings);
  expect(warningsOf(file('{ name: all, then: next }', '{ use: inner }', '{ name: b, then: accept }'))).toEqual(
    warnings,
  );
});

test('communities that a later rule replaces for every route have no effect', () => {
  const add = '{ name: a, if: { med: 5 }, set: { communities: { add: 1:1 } }, then: next }';
  const replace = '{ name: b, set: { communities: { replace: 6:6 } }, then: accept }';
  const remove = '{ name: b, set: { communities: { remove: "6:*" } }, then: accept }';
  expect(warningsOf(file(ALL, add, replace).replace(/ {2}inner.*\n {2}outer.*\n/, ''))).toEqual([
    '6:41 policies.in.rules[0].set: no effect in `import` of `0`: `in/b` sets `communities` again for every route',
  ]);
  expect(warningsOf(file(ALL, add, remove).replace(/ {2}inner.*\n {2}outer.*\n/, ''))).toEqual([]);
});
