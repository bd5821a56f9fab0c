/** Which peers share an update group: the key is compared field by field, and no field can be forgotten. */
import { Policies } from '../../src/policy/policies.ts';
import { NO_FACTS } from '../../src/policy/route/route.ts';
import {
  type AsPathChanges,
  canonicalText,
  type GroupKey,
  type SameFields,
  sameBy,
  sameKey,
} from '../../src/reflect/encode/group-key.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';

const chain = new Policies().chainFor({ steps: ['reject'], content: 'reject' }, NO_FACTS, {
  direction: 'export',
  as: 65_000,
  extendedNextHop: false,
  dropsMed: false,
  selfAddress: null,
  nextHop: null,
});

const KEY: GroupKey = {
  family: IPV4_UNICAST,
  role: 'client',
  localAs: 65_000,
  behindAs: null,
  clusterId: 1,
  clientToClient: true,
  exportAccepts: true,
  exportChain: null,
  originator: null,
  asksForAll: false,
  nextHop: Uint8Array.of(192, 0, 2, 1),
  noNextHop: false,
  extendedNextHop: false,
  asPath: { peerAs: 65_001, override: false, privateAs: 1 },
  aigp: true,
  prefixSid: true,
  as4: true,
  llgr: true,
  bgpRole: null,
  draining: false,
  select: { kind: 'paths', limit: 8 },
  maxPaths: null,
  maxMessage: 4096,
};

const asPath = KEY.asPath as AsPathChanges;

/** Other values of each field: the compiler asks for them when the key gets a field. */
const OTHERS: { readonly [Field in keyof GroupKey]: readonly GroupKey[Field][] } = {
  family: [IPV6_UNICAST],
  role: ['non-client', 'confed-ebgp', 'ebgp'],
  localAs: [65_001],
  behindAs: [65_002],
  clusterId: [2],
  clientToClient: [false],
  exportAccepts: [false],
  exportChain: [chain],
  originator: [1],
  asksForAll: [true],
  nextHop: [null, Uint8Array.of(192, 0, 2, 2), new Uint8Array(16)],
  noNextHop: [true],
  extendedNextHop: [true],
  asPath: [null, { ...asPath, peerAs: 65_009 }, { ...asPath, override: true }, { ...asPath, privateAs: 2 }],
  aigp: [false],
  prefixSid: [false],
  as4: [false],
  llgr: [false],
  bgpRole: [0, 3],
  draining: [true],
  select: [
    { kind: 'best', external: false },
    { kind: 'best', external: true },
    { kind: 'rank-2' },
    { kind: 'paths', limit: 9 },
  ],
  maxPaths: [0, 10],
  maxMessage: [65_535],
};

/** A key that is equal, and no object of the other. */
const copy = (key: GroupKey): GroupKey => structuredClone(key);

const cases = (Object.keys(OTHERS) as (keyof GroupKey)[]).flatMap((field) =>
  OTHERS[field].map((value) => [field, value] as const),
);

test('keys with equal fields are of one group', () => {
  expect(sameKey(KEY, copy(KEY))).toBe(true);
  expect(canonicalText(copy(KEY))).toBe(canonicalText(KEY));
});

test.each(cases)('another %s is another group: %j', (field, value) => {
  const other = { ...copy(KEY), [field]: value };
  expect([sameKey(KEY, other), sameKey(other, KEY), sameKey(other, copy(other))]).toEqual([false, false, true]);
  expect(canonicalText(other)).not.toBe(canonicalText(KEY));
});

test('all other values of one field are different groups', () => {
  for (const field of Object.keys(OTHERS) as (keyof GroupKey)[]) {
    const texts = [KEY[field], ...OTHERS[field]].map((value) => canonicalText({ ...KEY, [field]: value }));
    expect(new Set(texts).size).toBe(texts.length);
  }
});

test('a field that is added without a comparison does not compile', () => {
  interface Wider {
    readonly known: number;
    readonly added?: string;
  }
  const is = (a: unknown, b: unknown) => a === b;
  // @ts-expect-error: the row for `added` is missing, which would merge groups that differ in it
  const forgotten: SameFields<Wider> = { known: is };
  expect(sameBy(forgotten)({ known: 1, added: 'x' }, { known: 1, added: 'y' })).toBe(true);
  const whole: SameFields<Wider> = { known: is, added: is };
  expect(sameBy(whole)({ known: 1, added: 'x' }, { known: 1, added: 'y' })).toBe(false);
});
