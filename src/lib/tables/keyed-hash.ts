/**
 * Hashes of keys that a peer chooses. Each is keyed: without the secret a peer cannot compute keys that share a hash or
 * a slot. A seed that is XORed with the input of a fixed hash would not be enough: two inputs that differ in the same
 * way collide under every seed. Each process draws its own secret; a test passes one, for the same order every time.
 *
 * - Fixed-size keys: tabulation hashing (Zobrist 1970; Patrascu and Thorup, "The Power of Simple Tabulation Hashing",
 *   2011): a table of random words per octet, XORed. 3-independent, and linear probing needs constant time with it,
 *   whatever the keys are. An octet costs one read from the first-level cache.
 * - Byte strings: HalfSipHash-1-3 (Aumasson and Bernstein, 2012; as in Linux' `hsiphash`), in 32-bit arithmetic.
 *
 * Hashes are signed words of 32 bits: V8 keeps each of these in a register, and an unsigned one of 2^31 or more on the heap
 * wherever it goes through a call that is not inlined.
 */

/** Octets that `HashKey.table` covers: an IPv6 address and the length of a prefix. */
const OCTETS = 17;
const WORDS_PER_OCTET = 256;

/** The secret of a process. */
export class HashKey {
  /** 256 random words for each of 17 octets. */
  readonly table: Int32Array;
  readonly key0: number;
  readonly key1: number;

  /** @param fill fills the words with secret random numbers; called for at most 65,536 octets */
  constructor(fill: (words: Uint32Array) => void) {
    this.table = new Int32Array(OCTETS * WORDS_PER_OCTET);
    fill(new Uint32Array(this.table.buffer));
    const words = new Uint32Array(2);
    fill(words);
    [this.key0, this.key1] = words;
  }
}

/** Drawn when the process starts, and never shown. */
export const PROCESS_KEY = new HashKey((words) => crypto.getRandomValues(words));

/** Hash of a word and an octet. */
export function hashWord(table: Int32Array, word: number, octet: number): number {
  return (
    table[word & 255] ^
    table[256 + ((word >>> 8) & 255)] ^
    table[512 + ((word >>> 16) & 255)] ^
    table[768 + (word >>> 24)] ^
    table[4096 + octet]
  );
}

/** Hash of four words and an octet. */
export function hashWords(
  table: Int32Array,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  octet: number,
): number {
  return (
    table[word0 & 255] ^
    table[256 + ((word0 >>> 8) & 255)] ^
    table[512 + ((word0 >>> 16) & 255)] ^
    table[768 + (word0 >>> 24)] ^
    table[1024 + (word1 & 255)] ^
    table[1280 + ((word1 >>> 8) & 255)] ^
    table[1536 + ((word1 >>> 16) & 255)] ^
    table[1792 + (word1 >>> 24)] ^
    table[2048 + (word2 & 255)] ^
    table[2304 + ((word2 >>> 8) & 255)] ^
    table[2560 + ((word2 >>> 16) & 255)] ^
    table[2816 + (word2 >>> 24)] ^
    table[3072 + (word3 & 255)] ^
    table[3328 + ((word3 >>> 8) & 255)] ^
    table[3584 + ((word3 >>> 16) & 255)] ^
    table[3840 + (word3 >>> 24)] ^
    table[4096 + octet]
  );
}

/** Hash of a word of 32 bits (`salt`) with `bytes[start, end)` behind it. */
export function hashBytes(
  { key0, key1 }: HashKey,
  bytes: Uint8Array,
  start: number,
  end: number,
  salt: number,
): number {
  let v0 = key0;
  let v1 = key1;
  let v2 = key0 ^ 0x6c796765;
  let v3 = key1 ^ 0x74656462;
  const length = end - start;
  const whole = end - (length & 3);
  let at = start;
  // The words are the salt, the bytes, the rest of them with the length; then three rounds without one.
  for (let word = salt, left = 4; ; ) {
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
    if (at < whole) {
      word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      at += 4;
    } else if (left === 4) {
      word = (length + 4) << 24;
      for (let shift = 0; at < end; at++, shift += 8) word |= bytes[at] << shift;
      left = 3;
    } else if (left === 0) {
      return v1 ^ v3;
    } else {
      if (left === 3) v2 ^= 0xff;
      word = 0;
      left--;
    }
  }
}
