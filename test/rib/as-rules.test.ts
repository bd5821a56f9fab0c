/** The rules for AS_PATH, on the bytes of canonical attributes. */
import {
  beginsRightly,
  holdsLocalAs,
  NO_AS_RULES,
  sameAsRules,
  timesInPath,
  timesWeAreIn,
} from '../../src/rib/peers/as-rules.ts';
import { u32 } from '../lab/bgp-bytes.ts';
import { attribute } from '../lab/updates.ts';

const SET = 1;
const SEQUENCE = 2;
const CONFED_SEQUENCE = 3;
const OUR_AS = 65_000;
const PEER_AS = 65_001;
const IDENTIFIER = 64_500;

type Segment = readonly [type: number, ...as: number[]];

/** ORIGIN and AS_PATH, behind some bytes of another set; null: without AS_PATH. */
function attributes(path: readonly Segment[] | null): [bytes: Uint8Array, start: number, end: number] {
  const value = (path ?? []).flatMap(([type, ...list]) => [type, list.length, ...list.flatMap(u32)]);
  const before = attribute(0x40, 2, [SEQUENCE, 1, ...u32(OUR_AS)]);
  const own = [...attribute(0x40, 1, [0]), ...(path === null ? [] : attribute(0x40, 2, value))];
  const bytes = Uint8Array.from([...before, ...own, ...before]);
  return [bytes, before.length, before.length + own.length];
}

test.each<[string, Segment[] | null, number]>([
  ['not without AS_PATH', null, 0],
  ['not in an empty one', [], 0],
  ['each time in a sequence', [[SEQUENCE, PEER_AS, OUR_AS, OUR_AS]], 2],
  [
    'in a set, and in segments of a confederation',
    [
      [CONFED_SEQUENCE, OUR_AS],
      [SEQUENCE, PEER_AS],
      [SET, 1, OUR_AS],
    ],
    2,
  ],
  ['as four octets only', [[SEQUENCE, OUR_AS << 8, (OUR_AS << 16) >>> 0]], 0],
])('an AS number is counted %s', (_, path, times) => {
  expect(timesInPath(...attributes(path), OUR_AS)).toBe(times);
  expect(timesWeAreIn(...attributes(path), OUR_AS, null)).toBe(times);
});

test.each<[string, Segment[] | null, number]>([
  ['the identifier in ordinary segments', [[SEQUENCE, PEER_AS, IDENTIFIER]], 1],
  ['the member AS in segments of the confederation', [[CONFED_SEQUENCE, OUR_AS, OUR_AS]], 2],
  [
    'whichever is more',
    [
      [CONFED_SEQUENCE, OUR_AS],
      [SEQUENCE, IDENTIFIER, IDENTIFIER, IDENTIFIER],
    ],
    3,
  ],
  ['not the identifier inside', [[CONFED_SEQUENCE, IDENTIFIER]], 0],
  ['not the member AS outside', [[SEQUENCE, OUR_AS]], 0],
  ['nothing without AS_PATH', null, 0],
])('in a confederation this counts as our own AS: %s (RFC 5065 4)', (_, path, times) => {
  expect(timesWeAreIn(...attributes(path), OUR_AS, IDENTIFIER)).toBe(times);
});

test.each<[string, Segment[] | null, boolean]>([
  ['the AS of the peer first', [[SEQUENCE, PEER_AS, 1]], true],
  [
    'the AS of the peer first in the confederation',
    [
      [CONFED_SEQUENCE, PEER_AS],
      [SEQUENCE, 1],
    ],
    true,
  ],
  ['another one first', [[SEQUENCE, 1, PEER_AS]], false],
  ['no AS number', [], false],
  ['no AS_PATH', null, false],
])('the first AS is enforced on a path with %s', (_, path, fits) => {
  expect(beginsRightly(...attributes(path), { ...NO_AS_RULES, firstAs: PEER_AS })).toBe(fits);
  expect(beginsRightly(...attributes(path), NO_AS_RULES)).toBe(true);
});

test('`local-as` counts as ours, as often as our own AS may', () => {
  const path = attributes([[SEQUENCE, PEER_AS, 64_999, 64_999]]);
  const holds = (localAs: number, allowOwnAs: number) => holdsLocalAs(...path, { ...NO_AS_RULES, localAs, allowOwnAs });
  expect([holds(64_999, 0), holds(64_999, 1), holds(64_999, 2)]).toEqual([true, true, false]);
  expect([holds(64_998, 0), holds(0, 0)]).toEqual([false, false]);
});

test.each(['firstAs', 'allowOwnAs', 'localAs'] as const)('rules with another %s are other rules', (field) => {
  expect(sameAsRules(NO_AS_RULES, { ...NO_AS_RULES })).toBe(true);
  expect(sameAsRules(NO_AS_RULES, { ...NO_AS_RULES, [field]: 1 })).toBe(false);
  expect(sameAsRules(NO_AS_RULES, { ...NO_AS_RULES, prepends: true })).toBe(false);
});
