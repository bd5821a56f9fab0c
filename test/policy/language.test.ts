/** Policies in a file: what is an error or a warning, with its place. */

import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { problemsOf, suggestionFor, warningsOf } from '../config/support.ts';
import { testAtScale } from '../lab/effort.ts';

const HEAD = 'router: { as: 65000, id: 10.99.0.1 }\npeers: [ { address: 192.0.2.1, as: 65000, import: [ in ] } ]\n';

/** A file with one policy `in`, whose rules begin in line 5. */
function rules(...lines: readonly string[]): string {
  return `${HEAD}policies:\n  in:\n    rules:\n${lines.map((line) => `      - ${line}\n`).join('')}    default: reject\n`;
}

const policies = (text: string) => `${HEAD}policies:\n${text}`;

test.each([
  // Unknown names.
  [
    rules('{ name: a, if: { prefix: pods }, then: accept }'),
    '6:34 policies.in.rules[0].if.prefix: unknown set of prefixes `pods`',
  ],
  [
    rules('{ name: a, if: { communities: marks }, then: accept }'),
    '6:39 policies.in.rules[0].if.communities: unknown set of communities `marks`',
  ],
  [
    rules('{ name: a, if: { as-path: { origin: ours } }, then: accept }'),
    '6:45 policies.in.rules[0].if.as-path.origin: unknown set of AS numbers `ours`',
  ],
  [
    rules('{ name: a, if: { as-path: { matches: "* ours" } }, then: accept }'),
    '6:46 policies.in.rules[0].if.as-path.matches: unknown set of AS numbers `ours` in the pattern',
  ],
  [
    rules('{ name: a, if: { policy: other }, then: accept }'),
    '6:34 policies.in.rules[0].if.policy: unknown policy `other`',
  ],
  [rules('{ use: other }'), '6:16 policies.in.rules[0].use: unknown policy `other`'],
  [
    rules('{ name: a, if: { prefx: 10.0.0.0/8 }, then: accept }'),
    '6:26 policies.in.rules[0].if.prefx: unknown key `prefx` in a condition',
  ],
  [
    rules('{ name: a, set: { localpref: 1 }, then: accept }'),
    '6:27 policies.in.rules[0].set.localpref: unknown key `localpref` in a `set` section',
  ],
  [rules('{ name: a, then: maybe }'), '6:26 policies.in.rules[0].then: unknown outcome `maybe`'],
  [`${HEAD}`, '2:53 peers[0].import[0]: in is not a policy'],
  // What is missing, or twice.
  [rules('{ name: a }'), '6:11 policies.in.rules[0]: `then` is missing'],
  [rules('{ then: accept }'), '6:9 policies.in.rules[0]: `name` is missing in a rule'],
  [policies('  in: { rules: [] }\n'), '4:3 policies.in: `default` is missing'],
  [
    rules('{ name: a, if: { length: 24 }, then: accept }', '{ name: a, then: next }'),
    '7:17 policies.in.rules[1].name: policy `in` already has a rule `a`',
  ],
  // Rules that no route reaches, and conditions that never hold.
  [
    rules('{ name: a, then: reject }', '{ name: b, then: accept }'),
    '7:9 policies.in.rules[1]: no route reaches this rule: `a` decides all of them',
  ],
  [
    rules('{ name: a, if: { family: ipv4-unicast, length: 33 }, then: accept }'),
    '6:24 policies.in.rules[0].if: this condition never holds: no IPv4 or IPv6 prefix has this `family` and `length`',
  ],
  [
    rules('{ name: a, if: { family: ipv4-unicast, prefix: "2001:db8::/32" }, then: accept }'),
    '6:24 policies.in.rules[0].if: this condition never holds: no IPv4 or IPv6 prefix has this `family` and `prefix`',
  ],
  [
    rules('{ name: a, if: { family: l2vpn-evpn, prefix: 10.0.0.0/8 }, then: accept }'),
    '6:24 policies.in.rules[0].if: this condition never holds: no IPv4 or IPv6 prefix has this `family` and `prefix`',
  ],
  [
    rules('{ name: a, if: { family: [ l3vpn-ipv4-unicast, l2vpn-evpn ], any: [ { length: 24 } ] }, then: accept }'),
    '6:24 policies.in.rules[0].if: this condition never holds: no IPv4 or IPv6 prefix has this `family` and `any`',
  ],
  [
    rules('{ name: a, if: { length: "> 128" }, then: accept }'),
    '6:34 policies.in.rules[0].if.length: `> 128` never holds',
  ],
  [
    rules('{ name: a, if: { to: { region: eu } }, then: accept }'),
    '6:24 policies.in.rules[0].if: this condition never holds: `to` is the receiver of a route, and `in` is an import policy',
  ],
  // Chains.
  [
    policies('  in: { rules: [], default: next }\n'),
    '2:51 peers[0].import: the chain does not decide: its last policy `in` ends with `next`',
  ],
  [
    `${policies('  in: { rules: [], default: reject }\n').replace('[ in ]', '[ in, accept ]')}`,
    '2:57 peers[0].import[1]: no route reaches `accept`: `in` decides all of them',
  ],
  // Recursion.
  [
    policies('  in: { rules: [ { use: b } ], default: reject }\n  b: { rules: [ { use: in } ], default: reject }\n'),
    '4:25 policies.in.rules[0].use: policy `in` leads back to itself',
  ],
  [
    policies('  in: { rules: [ { name: a, if: { policy: in }, then: accept } ], default: reject }\n'),
    '4:18 policies.in.rules[0]: policy `in` leads back to itself',
  ],
  // Values out of range.
  [
    rules('{ name: a, if: { communities: 65536:1 }, then: accept }'),
    '6:39 policies.in.rules[0].if.communities: `65536:1` is not a valid community',
  ],
  [
    rules('{ name: a, set: { communities: { add: [ 64512:* ] } }, then: accept }'),
    '6:49 policies.in.rules[0].set.communities.add[0]: `64512:*` is a pattern',
  ],
  [
    rules('{ name: a, if: { prefix: 10.0.0.1/8 }, then: accept }'),
    '6:34 policies.in.rules[0].if.prefix: `10.0.0.1/8` has host bits',
  ],
  [
    rules('{ name: a, if: { as-path: { contains: 5-1 } }, then: accept }'),
    '6:47 policies.in.rules[0].if.as-path.contains: `5-1` is not a valid AS number or range',
  ],
  [
    rules('{ name: a, set: { as-path: { prepend: { as: own, times: 51 } } }, then: accept }'),
    '6:65 policies.in.rules[0].set.as-path.prepend.times: `51` is not a valid number of times',
  ],
  [
    rules('{ name: a, set: { local-pref: 4294967296 }, then: accept }'),
    '6:39 policies.in.rules[0].set.local-pref: `4294967296` is not a valid `local-pref`',
  ],
  [
    `${rules('{ name: a, if: { prefix: own }, then: accept }')}sets: { prefixes: { own: { file: none.prefixes } } }\n`,
    '8:34 sets.prefixes.own.file: cannot read none.prefixes: files are not read here',
  ],
])('%s', (text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});

test('a mistyped name is suggested', () => {
  const text = `${rules('{ name: a, if: { prefix: podss }, then: accept }')}sets: { prefixes: { pods: [ 10.0.0.0/8 ] } }\n`;
  expect(suggestionFor(text)).toBe('did you mean `pods`?');
});

test('a label may not have a name that policies know by another meaning', () => {
  const text =
    'router: { as: 65000, id: 10.99.0.1 }\npeers: [ { address: 192.0.2.1, as: 65000, labels: { group: a } } ]\n';
  expect(problemsOf(text)).toEqual([
    '2:53 peers[0].labels.group: `group` cannot be a label: policies know the group of a session anyway',
  ]);
});

test.each([
  [
    'a blackhole that nothing acts on',
    rules('{ name: a, set: { next-hop: blackhole }, then: accept }'),
    [
      '6:37 policies.in.rules[0].set.next-hop: no packet is dropped here: the rule adds the community BLACKHOLE, and `fib.blackhole` is off',
    ],
  ],
  [
    'sets and policies that nothing uses',
    `${rules('{ name: a, then: accept }').replace('default: reject', 'default: reject\n  other: { rules: [], default: accept }')}sets: { communities: { marks: [ 65000:1 ] } }\n`,
    [
      '8:3 policies.other: nothing uses the policy `other`',
      '9:24 sets.communities.marks: no policy uses the set `marks`',
    ],
  ],
  [
    'a value that a later rule of the chain sets again',
    rules('{ name: a, if: { length: 24 }, set: { med: 1 }, then: next }', '{ name: b, set: { med: 2 }, then: accept }'),
    ['6:45 policies.in.rules[0].set: no effect in `import` of `0`: `in/b` sets `med` again for every route'],
  ],
  [
    'what a rule sets that rejects',
    rules('{ name: a, set: { med: 1 }, then: reject }'),
    ['6:25 policies.in.rules[0].set: no effect: the rule rejects the route'],
  ],
])('warning: %s', (_name, text, warnings) => {
  expect(warningsOf(text)).toEqual(warnings);
});

test('a value that a later rule changes only for some routes is no warning', () => {
  const text = rules(
    '{ name: a, set: { med: 1 }, then: next }',
    '{ name: b, if: { length: 24 }, set: { med: 2 }, then: accept }',
  );
  expect(warningsOf(text)).toEqual([]);
});

test('rules know their place, and those that `use` inlines know their own policy', () => {
  const text = `${rules('{ use: base }', '{ name: rest, then: accept }')}  base: { rules: [ { name: first, if: { length: 32 }, then: reject } ], default: next }\n`;
  const loaded = load(text, 'r.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { policies: found = new Map() } = resolve(loaded.config, undefined, null, loaded.policies);
  const rulesOf = found
    .get('in')!
    .rules.map(
      ({ policy, name, place }: { policy: string; name: string; place: string }) => `${policy}/${name} ${place}`,
    );
  expect(rulesOf).toEqual(['base/first r.yaml:9', 'in/rest r.yaml:7']);
});

testAtScale('10,000 rules are loaded within seconds', () => {
  const many = Array.from(
    { length: 10_000 },
    (_, at) => `{ name: r${at}, if: { communities: 64512:${at} }, set: { local-pref: ${at} }, then: next }`,
  );
  const text = rules(...many);
  // Processor time: other tests run beside this one.
  const before = process.cpuUsage();
  expect(load(text, 'r.yaml').ok).toBe(true);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(8000);
});

const GROUPS = 'groups: { nodes: { as: 65000, labels: { region: eu }, dynamic: [ { range: 10.0.0.0/8 } ] } }\n';
const from = (what: string) => `${rules(`{ name: a, if: { any: { from: ${what} } }, then: accept }`)}${GROUPS}`;

test('a condition that names a group, which the file does not have, is an error', () => {
  expect(problemsOf(from('{ group: node }'))).toEqual([
    '6:48 policies.in.rules[0].if.any.from.group: unknown group `node`',
  ]);
  expect(suggestionFor(from('{ group: node }'))).toBe('did you mean `nodes`?');
});

test.each([
  [
    '{ regoin: eu }',
    '6:41 policies.in.rules[0].if.any.from.regoin: no session matches: no group or peer has the label `regoin`',
  ],
  [
    '{ region: us }',
    '6:49 policies.in.rules[0].if.any.from.region: no session matches: the label `region` is `us` nowhere',
  ],
  ['{ peer: 192.0.2.9 }', '6:47 policies.in.rules[0].if.any.from.peer: no session matches: there is no peer 192.0.2.9'],
])('a condition on %s, which no session meets, is a warning', (what, warning) => {
  expect(warningsOf(from(what))).toEqual([warning]);
});

test.each(['{ group: nodes, region: eu }', '{ peer: 192.0.2.1 }', '{ peer: [ 10.1.2.3, 192.0.2.1 ] }'])(
  'a condition on %s is as it should be',
  (what) => {
    expect(warningsOf(from(what))).toEqual([]);
  },
);

test.each([
  ['{ name: a, if: { prefix: 10.1.2.3/8 }, then: accept }', '`10.0.0.0/8`'],
  ['{ name: a, set: { med: none }, then: accept }', 'or `remove`'],
  ['{ name: a, set: { communities: 65000:1 }, then: accept }', '`{ add: 64512:100 }`'],
  ['{ name: a, if: { as-path: 65001 }, then: accept }', '`{ contains: 65001 }`'],
  ['{ name: a, if: { as-path: { matches: "^65001_" } }, then: accept }', '`65001 *` for `^65001_`'],
  ['{ name: a, if: { as-path: { origin: 5-1 } }, then: accept }', 'a range such as 64512-64520'],
])('the error of %s names the remedy', (rule, remedy) => {
  const result = load(rules(rule), 'test.yaml');
  expect(result.ok ? [] : result.problems.map(({ expected }) => expected)).toEqual([expect.stringContaining(remedy)]);
});

test('the name of a policy may not be one that chains have already', () => {
  expect(
    problemsOf(policies('  in: { rules: [], default: reject }\n  accept: { rules: [], default: reject }\n')),
  ).toEqual(['5:3 policies.accept: `accept` cannot be the name of a policy: chains have it already']);
});

test('a peer in a condition is known by its address, however it is written', () => {
  const text = rules('{ name: a, if: { from: { peer: "2001:DB8::0001" } }, then: accept }');
  const result = load(text, 'test.yaml');
  const rule = result.ok ? result.policies.policies.get('in')!.rules[0]! : null;
  expect(rule?.test).toMatchObject({ kind: 'from', match: { peers: ['2001:db8::1'] } });
});

test('the place of a default is its line', () => {
  const result = load(rules('{ name: a, if: { length: 24 }, then: accept }'), 'test.yaml');
  expect(result.ok && result.policies.policies.get('in')!.place).toBe('test.yaml:7');
});

test('a short name of a family, which `show rib` knows, is answered with the whole one', () => {
  expect(suggestionFor(rules('{ name: a, if: { family: evpn }, then: accept }'))).toBe('did you mean `l2vpn-evpn`?');
});

test('conditions on families without prefixes may hold beside those on prefixes', () => {
  const any = '{ any: [ { family: l2vpn-evpn }, { family: ipv4-unicast, prefix: 10.0.0.0/8 } ] }';
  expect(warningsOf(rules(`{ name: a, if: ${any}, then: accept }`))).toEqual([]);
  const not = '{ family: l2vpn-evpn, not: { prefix: 10.0.0.0/8 } }';
  expect(warningsOf(rules(`{ name: a, if: ${not}, then: accept }`))).toEqual([]);
});

test('our AS number in the AS path toward iBGP peers is a warning, and not toward eBGP peers', () => {
  const text = (as: number, test: string) =>
    `router: { as: 65000, id: 10.99.0.1 }
peers: [ { address: 192.0.2.1, as: ${as}, import: accept, export: out } ]
policies:
  out: { rules: [ { name: a, ${test}set: { as-path: { prepend: own } }, then: accept } ], default: reject }
`;
  expect(warningsOf(text(65000, ''))).toEqual([
    expect.stringMatching(/^4:\d+ policies\.out\.rules\[0\]\.set\.as-path: iBGP peers reject the route as an AS loop/),
  ]);
  expect(warningsOf(text(65001, ''))).toEqual([]);
  expect(warningsOf(text(65000, 'if: { to: { role: ebgp } }, '))).toEqual([]);
});
