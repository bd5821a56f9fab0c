/** A growing set of small integers, one bit each. */

export class BitSet {
  private words = new Uint32Array(64);
  private members = 0;

  get count(): number {
    return this.members;
  }

  has(value: number): boolean {
    const word = value >>> 5;
    return word < this.words.length && (this.words[word] & (1 << (value & 31))) !== 0;
  }

  /** Adds a value; false when it was already a member. */
  add(value: number): boolean {
    const word = value >>> 5;
    if (word >= this.words.length) this.grow(word + 1);
    const bit = 1 << (value & 31);
    if ((this.words[word] & bit) !== 0) return false;
    this.words[word] |= bit;
    this.members++;
    return true;
  }

  /** Removes a value; false when it was not a member. */
  delete(value: number): boolean {
    if (!this.has(value)) return false;
    this.words[value >>> 5] &= ~(1 << (value & 31));
    this.members--;
    return true;
  }

  /** Removes all values; keeps the memory. */
  clear(): void {
    if (this.members > 0) this.words.fill(0);
    this.members = 0;
  }

  /** The smallest member that is at least `from`, or -1. */
  nextFrom(from: number): number {
    let word = from >>> 5;
    if (word >= this.words.length) return -1;
    let bits = this.words[word] & (-1 << (from & 31));
    while (bits === 0) {
      if (++word >= this.words.length) return -1;
      bits = this.words[word];
    }
    return (word << 5) + 31 - Math.clz32(bits & -bits);
  }

  /** Another set with the same members. */
  clone(): BitSet {
    const copy = new BitSet();
    copy.words = this.words.slice();
    copy.members = this.members;
    return copy;
  }

  bytes(): number {
    return this.words.byteLength;
  }

  private grow(words: number): void {
    const larger = new Uint32Array(Math.max(words, this.words.length * 2));
    larger.set(this.words);
    this.words = larger;
  }
}
