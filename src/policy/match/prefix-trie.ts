/**
 * All prefix conditions of all policies as one path-compressed binary trie per IP version, in typed arrays.
 *
 * An entry is a prefix with the lengths that it matches (`ge` to `le`) and the number of its set. A node with entries
 * keeps them in one range of a list; `above` leads to the next shorter prefix with entries. A lookup walks down to the
 * longest node that contains the prefix, and then reads the entries on the way up.
 */

/** The packed entries of one set: `width` words of an address, then `length << 16 | ge << 8 | le`. */
export interface PackedEntries {
  readonly words: Uint32Array;
  /** The number of the set. */
  readonly set: number;
}

/** Bits that a lookup skips, and the number of entries from which on that is worth its memory (256 KB). */
const JUMP_BITS = 16;
const MANY = 256;

export class PrefixTrie {
  private readonly width: number;
  /** `width` words of each node. */
  private words: Uint32Array;
  private lengths: Uint8Array;
  /** Two children of each node; 0: none. Node 1 is the root. */
  private children: Uint32Array;
  /** The first entry of each node in `entries`; the next node's is its end. */
  private firsts: Uint32Array;
  /** The nearest node above that has entries; 0: none. */
  private above: Uint32Array;
  private nodes = 1;
  /** IPv4 with many entries: where a lookup starts, by the first 16 bits. */
  private jumps: Uint32Array | null = null;
  /** Sets, then `ge << 8 | le`, of the entries in the order of their nodes. */
  private readonly sets: Uint32Array;
  private readonly bounds: Uint16Array;
  /** The node of the last `find`. */
  private readonly key: Uint32Array;

  /** @param width words of an address: 1 or 4 */
  constructor(width: 1 | 4, sets: readonly PackedEntries[]) {
    this.width = width;
    this.key = new Uint32Array(width);
    const count = sets.reduce((sum, { words }) => sum + words.length / (width + 1), 0);
    const room = 2 * count + 2;
    this.words = new Uint32Array(room * width);
    this.lengths = new Uint8Array(room);
    this.children = new Uint32Array(room * 2);
    this.firsts = new Uint32Array(room + 1);
    this.above = new Uint32Array(room);
    this.sets = new Uint32Array(count);
    this.bounds = new Uint16Array(count);
    this.place(sets, this.insertAll(sets, count));
    this.link();
    if (width === 1 && count >= MANY) this.jumps = this.makeJumps();
  }

  /** The longest node that contains the prefix. */
  find(word0: number, word1: number, word2: number, word3: number, length: number): number {
    const { key, children, lengths } = this;
    if (this.width === 1) return this.find4(word0, length);
    key[0] = word0;
    key[1] = word1;
    key[2] = word2;
    key[3] = word3;
    let found = 1;
    for (let node = 1; node !== 0 && lengths[node] <= length && this.covers(node); ) {
      found = node;
      const at = lengths[node];
      if (at === length) break;
      node = children[node * 2 + bitOf(key, at)];
    }
    return found;
  }

  /** The same for IPv4, from the node for the first 16 bits on. */
  private find4(word: number, length: number): number {
    const { lengths, children, words, jumps } = this;
    let node = jumps !== null && length >= JUMP_BITS ? jumps[word >>> JUMP_BITS] : 1;
    for (let at = lengths[node]; at < length; at = lengths[node]) {
      const child = children[node * 2 + ((word >>> (31 - at)) & 1)];
      if (child === 0 || lengths[child] > length) return node;
      if (((words[child] ^ word) & (-1 << (32 - lengths[child]))) !== 0) return node;
      node = child;
    }
    return node;
  }

  /** For each value of the first 16 bits the longest node, up to that length, that contains it. */
  private makeJumps(): Uint32Array {
    const jumps = new Uint32Array(1 << JUMP_BITS);
    for (let top = 0; top < jumps.length; top++) jumps[top] = this.find4((top << JUMP_BITS) >>> 0, JUMP_BITS);
    return jumps;
  }

  /** The node itself, or the nearest above it, that has entries; 0: none. */
  withEntries(node: number): number {
    return this.firsts[node] < this.firsts[node + 1] ? node : this.above[node];
  }

  /** Marks in `bits` the sets whose entries at the node or above match a prefix of this length. */
  collect(node: number, length: number, bits: Uint32Array): void {
    const { firsts, bounds, sets } = this;
    for (let at = this.withEntries(node); at !== 0; at = this.above[at]) {
      for (let entry = firsts[at]; entry < firsts[at + 1]; entry++) {
        const bound = bounds[entry];
        if (length >= bound >> 8 && length <= (bound & 255)) bits[sets[entry] >> 5] |= 1 << (sets[entry] & 31);
      }
    }
  }

  /** One above the largest node. */
  get limit(): number {
    return this.nodes + 1;
  }

  bytes(): number {
    const arrays = [this.words, this.lengths, this.children, this.firsts, this.above, this.sets, this.bounds];
    return arrays.reduce((sum, array) => sum + array.byteLength, this.jumps?.byteLength ?? 0);
  }

  private covers(node: number): boolean {
    return this.common(node, this.lengths[node]) === this.lengths[node];
  }

  /** The number of leading bits, at most `limit`, that the key shares with a node. */
  private common(node: number, limit: number): number {
    const { width, words, key } = this;
    for (let i = 0, bits = 0; bits < limit; i++, bits += 32) {
      const differ = (words[node * width + i] ^ key[i]) >>> 0;
      if (differ !== 0) return Math.min(limit, bits + Math.clz32(differ));
    }
    return limit;
  }

  /** The node of each entry. */
  private insertAll(sets: readonly PackedEntries[], count: number): Uint32Array {
    const at = new Uint32Array(count);
    let entry = 0;
    for (const { words } of sets) {
      for (let row = 0; row < words.length; row += this.width + 1) at[entry++] = this.insert(words, row);
    }
    return at;
  }

  /** The node of an entry, made if necessary. */
  private insert(words: Uint32Array, row: number): number {
    const { key, children, lengths } = this;
    for (let i = 0; i < this.width; i++) key[i] = words[row + i];
    const length = words[row + this.width] >> 16;
    let parent = 0;
    let node = 1;
    for (;;) {
      const shared = this.common(node, Math.min(lengths[node], length));
      if (shared === lengths[node] && shared === length) return node;
      if (shared < lengths[node]) return this.split(parent, node, shared, length);
      const slot = node * 2 + bitOf(key, shared);
      if (children[slot] === 0) {
        children[slot] = this.make(length);
        return children[slot];
      }
      parent = node;
      node = children[slot];
    }
  }

  /** The key leaves the way to a node after `shared` bits, or ends there. */
  private split(parent: number, node: number, shared: number, length: number): number {
    const { children, key } = this;
    const slot = parent * 2 + bitOf(key, this.lengths[parent]);
    const joint = this.make(shared);
    children[slot] = joint;
    children[joint * 2 + this.bitAt(node, shared)] = node;
    if (shared === length) return joint;
    const made = this.make(length);
    children[joint * 2 + bitOf(key, shared)] = made;
    return made;
  }

  private bitAt(node: number, at: number): number {
    return (this.words[node * this.width + (at >> 5)] >>> (31 - (at & 31))) & 1;
  }

  /** A node with the first `length` bits of the key. */
  private make(length: number): number {
    const node = ++this.nodes;
    this.lengths[node] = length;
    for (let i = 0; i < this.width; i++) {
      const bits = Math.min(32, Math.max(0, length - 32 * i));
      this.words[node * this.width + i] = bits === 0 ? 0 : this.key[i] & (-1 << (32 - bits));
    }
    return node;
  }

  /** Sorts the entries by their nodes. */
  private place(sets: readonly PackedEntries[], at: Uint32Array): void {
    const { firsts, width } = this;
    for (const node of at) firsts[node + 1]++;
    for (let node = 1; node < firsts.length; node++) firsts[node] += firsts[node - 1];
    const next = firsts.slice();
    let entry = 0;
    for (const { words, set } of sets) {
      for (let row = 0; row < words.length; row += width + 1) {
        const slot = next[at[entry++]]++;
        this.sets[slot] = set;
        this.bounds[slot] = words[row + width] & 0xffff;
      }
    }
  }

  private link(): void {
    const { children, above } = this;
    const stack = [1];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      const nearest = this.withEntries(node);
      for (let slot = node * 2; slot < node * 2 + 2; slot++) {
        const child = children[slot];
        if (child === 0) continue;
        above[child] = nearest;
        stack.push(child);
      }
    }
  }
}

function bitOf(key: Uint32Array, at: number): number {
  return (key[at >> 5] >>> (31 - (at & 31))) & 1;
}
