/**
 * A large set of IPv4 prefixes that match exactly, as a file of 100,000 registered prefixes is: its sorted entries are searched where
 * they are. In the trie they would need 25 bytes each.
 */
import type { PackedEntries } from './prefix-trie.ts';

/** From so many entries on that is worth the memory of the jumps. */
const MANY = 1024;
const JUMP_BITS = 16;

export class ExactPrefixes {
  readonly set: number;
  /** Two words for each entry, ascending: the address, and `length << 16 | ge << 8 | le`. */
  private readonly words: Uint32Array;
  /** The first entry of each value of the first 16 bits, and the end. */
  private readonly firsts = new Uint32Array((1 << JUMP_BITS) + 1);

  /** @param entries in ascending order */
  constructor({ words, set }: PackedEntries) {
    this.words = words;
    this.set = set;
    const { firsts } = this;
    for (let at = 0; at < words.length; at += 2) firsts[(words[at] >>> JUMP_BITS) + 1]++;
    for (let top = 1; top < firsts.length; top++) firsts[top] += firsts[top - 1];
  }

  /** Whether a set of IPv4 entries is one; the union of several sets is not in order. */
  static fits(words: Uint32Array): boolean {
    if (words.length < 2 * MANY) return false;
    for (let at = 0; at < words.length; at += 2) {
      if (words[at + 1] !== (words[at + 1] >> 16) * 0x10101) return false;
      if (at > 0 && (words[at] < words[at - 2] || (words[at] === words[at - 2] && words[at + 1] < words[at - 1]))) {
        return false;
      }
    }
    return true;
  }

  has(word: number, length: number): boolean {
    const { words, firsts } = this;
    const bounds = length * 0x10101;
    let low = firsts[word >>> JUMP_BITS];
    let high = firsts[(word >>> JUMP_BITS) + 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * 2;
      if (words[at] < word || (words[at] === word && words[at + 1] < bounds)) low = middle + 1;
      else high = middle;
    }
    return low < firsts[(word >>> JUMP_BITS) + 1] && words[low * 2] === word && words[low * 2 + 1] === bounds;
  }

  bytes(): number {
    return this.firsts.byteLength;
  }
}
