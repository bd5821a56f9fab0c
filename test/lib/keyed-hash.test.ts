/** Keys that collide in the fixed hashes of earlier versions do not collide in the keyed ones, under any key. */
import { HashKey, hashBytes, hashWord, hashWords, PROCESS_KEY } from '../../src/lib/tables/keyed-hash.ts';

/** The same key for the same seed. */
function keyOf(seed: number): HashKey {
  let state = seed;
  return new HashKey((words) => {
    for (let i = 0; i < words.length; i++) {
      state = (state + 0x9e3779b9) | 0;
      let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      words[i] = word ^ (word >>> 15);
    }
  });
}

const KEYS = [PROCESS_KEY, keyOf(1), keyOf(2), keyOf(3)];
const COUNT = 20_000;

/** The maximum number of these hashes whose probe sequence starts in one of 32,768 adjacent pairs of shard and slot. */
function crowding(hashes: readonly number[]): number {
  const counts = new Map<number, number>();
  let most = 0;
  for (const hash of hashes) {
    const home = ((hash >>> 24) << 7) | (hash & 127);
    const count = (counts.get(home) ?? 0) + 1;
    counts.set(home, count);
    most = Math.max(most, count);
  }
  return most;
}

function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

function unshift(mixed: number, bits: number): number {
  let word = mixed;
  for (let i = 0; i < 32 / bits + 1; i++) word = (mixed ^ (word >>> bits)) >>> 0;
  return word;
}

function inverse(odd: number): number {
  let x = odd;
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(odd, x));
  return x;
}

/** What `mix` makes `hash` of. */
function unmix(hash: number): number {
  const word = unshift(Math.imul(unshift(hash, 16), inverse(0xc2b2ae35)) >>> 0, 13);
  return unshift(Math.imul(word, inverse(0x85ebca6b)) >>> 0, 16);
}

/** IPv4 addresses whose old hashes lay in one shard, one behind the other, each with the length 32. */
function collidingWords(): number[] {
  const words = Array.from({ length: COUNT }, (_, i) => {
    const hash = ((0x5a << 24) | ((i & 511) << 15) | (i >>> 9)) >>> 0;
    return Math.imul(unmix(hash) ^ 32, inverse(0x9e3779b1)) >>> 0;
  });
  expect(mix(Math.imul(words[7], 0x9e3779b1) ^ 32)).toBe(((0x5a << 24) | (7 << 15)) >>> 0);
  return words;
}

/** IPv6 addresses that all had one old hash: the last word makes up for what the second one says. */
function collidingAddresses(): [number, number, number, number][] {
  const target = Math.imul(unmix(0x5a000000), inverse(0x9e3779b1));
  return Array.from({ length: COUNT }, (_, i) => {
    let hash = Math.imul(0x20010db8, 0x9e3779b1) ^ 128;
    hash = Math.imul(hash ^ (hash >>> 15) ^ i, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return [0x20010db8, i, 0, (target ^ hash ^ (hash >>> 16)) >>> 0];
  });
}

/** Strings of 64 octets that all had one old hash. */
function collidingBytes(): Uint8Array[] {
  const odd = inverse(0x9e3779b1);
  return Array.from({ length: COUNT }, (_, i) => {
    const bytes = new Uint8Array(64).fill(7);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, i, true);
    let hash = 64;
    for (let at = 0; at < 60; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    view.setInt32(60, Math.imul(unshift(unmix(0x5a000000), 15), odd) ^ hash, true);
    return bytes;
  });
}

describe('a keyed hash', () => {
  // 20,000 keys in 32,768 homes: under a random function more than nine in one has odds of less than one in a million.
  test.each([0, 1, 2, 3])('spreads computed collisions of IPv4 prefixes as it spreads any (key %i)', (key) => {
    const { table } = KEYS[key];
    expect(crowding(collidingWords().map((word) => hashWord(table, word, 32)))).toBeLessThan(12);
  });

  test.each([0, 1, 2, 3])('spreads computed collisions of IPv6 prefixes as it spreads any (key %i)', (key) => {
    const { table } = KEYS[key];
    expect(crowding(collidingAddresses().map((words) => hashWords(table, ...words, 128)))).toBeLessThan(12);
  });

  test.each([0, 1, 2, 3])('spreads computed collisions of attribute sets as it spreads any (key %i)', (key) => {
    expect(crowding(collidingBytes().map((bytes) => hashBytes(KEYS[key], bytes, 0, 64, 0)))).toBeLessThan(12);
  });

  test('spreads keys that follow a pattern: networks one behind the other, and only the upper bits in use', () => {
    for (const { table } of KEYS) {
      const sequence = Array.from({ length: COUNT }, (_, i) => hashWord(table, 0x0a000000 + i, 32));
      const networks = Array.from({ length: COUNT }, (_, i) => hashWords(table, 0x20010db8, i << 16, 0, 0, 48));
      expect([crowding(sequence) < 12, crowding(networks) < 12]).toEqual([true, true]);
    }
  });

  test('puts the same keys elsewhere under another key, and in the same place under the same', () => {
    const homes = (key: HashKey) => collidingWords().map((word) => hashWord(key.table, word, 24));
    const [first, again, other] = [homes(keyOf(5)), homes(keyOf(5)), homes(keyOf(6))];
    expect(again.join()).toBe(first.join());
    expect(first.filter((hash, i) => hash === other[i]).length).toBeLessThan(5);
    const bytes = collidingBytes()[0];
    expect(hashBytes(keyOf(5), bytes, 0, 64, 0)).not.toBe(hashBytes(keyOf(6), bytes, 0, 64, 0));
  });

  test('is not changed by the same difference in two keys alone: a pair that collides under one key does not under others', () => {
    const words = Array.from({ length: COUNT }, (_, i) => Math.imul(i, 0x01000193));
    const first = keyOf(8).table;
    const seen = new Map<number, number>();
    const pairs: [number, number][] = [];
    for (const word of words) {
      const home = hashWord(first, word, 32) & 0xfff;
      const before = seen.get(home);
      if (before !== undefined) pairs.push([before, word]);
      seen.set(home, word);
    }
    const { table } = keyOf(9);
    const still = pairs.filter(([a, b]) => ((hashWord(table, a, 32) ^ hashWord(table, b, 32)) & 0xfff) === 0);
    expect(pairs.length).toBeGreaterThan(10_000);
    expect(still.length).toBeLessThan(50);
  });

  test('of bytes depends on every byte, the length and the salt, and changes half of its bits on average', () => {
    const bytes = Uint8Array.from({ length: 21 }, (_, i) => i * 7);
    const [key] = KEYS;
    const whole = hashBytes(key, bytes, 0, 21, 0);
    let bits = 0;
    for (let i = 0; i < 21 * 8; i++) {
      const other = bytes.slice();
      other[i >>> 3] ^= 1 << (i & 7);
      let changed = hashBytes(key, other, 0, 21, 0) ^ whole;
      expect(changed).not.toBe(0);
      for (; changed !== 0; changed &= changed - 1) bits++;
    }
    expect(Math.abs(bits / (21 * 8) - 16)).toBeLessThan(1.5);
    for (let length = 0; length < 21; length++) expect(hashBytes(key, bytes, 0, length, 0)).not.toBe(whole);
    expect(hashBytes(key, bytes, 0, 21, 1)).not.toBe(whole);
    const shifted = new Uint8Array(40);
    shifted.set(bytes, 3);
    expect(hashBytes(key, shifted, 3, 24, 0)).toBe(whole);
  });
});

test('each process draws its own key, so that a peer cannot compute keys that share a slot', () => {
  // What a process loads once is loaded once more, beside the module of the other tests.
  const draw = () => {
    const file = require.resolve('../../src/lib/tables/keyed-hash.ts');
    const shared = require.cache[file];
    delete require.cache[file];
    const { table } = (require(file) as { PROCESS_KEY: HashKey }).PROCESS_KEY;
    require.cache[file] = shared;
    return table;
  };
  const [one, other] = [draw(), draw()];
  // The same word in the same place by chance: once in a million draws of a table.
  expect(one.filter((word, i) => word === other[i]).length).toBeLessThan(3);
});
