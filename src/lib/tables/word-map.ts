/**
 * A map from words of 32 bits that a peer chooses (router ids, ORIGINATOR_IDs). V8 hashes number keys of a `Map` with a
 * fixed, invertible function: 20,000 computed keys in one bucket cost a second. Here the hash is keyed, so a peer cannot
 * compute keys that share a slot. A word costs 8 to 22 bytes.
 *
 * Open addressing with linear probing; a removal closes the gap, so there are no tombstones.
 */
import { hashWord, PROCESS_KEY } from './keyed-hash.ts';

const SMALLEST = 8;

export class WordMap<V> {
  private words = new Uint32Array(SMALLEST);
  /** undefined: the slot is empty. */
  private values: (V | undefined)[] = slots(SMALLEST);
  private count = 0;
  private readonly table: Int32Array;

  /** @param table the random words of a `HashKey` */
  constructor(table = PROCESS_KEY.table) {
    this.table = table;
  }

  get size(): number {
    return this.count;
  }

  get(word: number): V | undefined {
    return this.values[this.slotOf(word)];
  }

  set(word: number, value: V): void {
    let slot = this.slotOf(word);
    if (this.values[slot] === undefined) {
      if (++this.count > this.words.length * 0.75) {
        this.resize(this.words.length * 2);
        slot = this.slotOf(word);
      }
      this.words[slot] = word;
    }
    this.values[slot] = value;
  }

  delete(word: number): void {
    const slot = this.slotOf(word);
    if (this.values[slot] === undefined) return;
    this.closeGap(slot);
    if (--this.count < this.words.length * 0.15 && this.words.length > SMALLEST) this.resize(this.words.length / 2);
  }

  clear(): void {
    this.words = new Uint32Array(SMALLEST);
    this.values = slots(SMALLEST);
    this.count = 0;
  }

  /** The slot of a word, or the empty slot where it belongs. */
  private slotOf(word: number): number {
    const mask = this.words.length - 1;
    let slot = hashWord(this.table, word, 0) & mask;
    while (this.values[slot] !== undefined && this.words[slot] !== word) slot = (slot + 1) & mask;
    return slot;
  }

  /** Moves entries back into the hole, which would otherwise cut their probe sequence. */
  private closeGap(hole: number): void {
    const { words, values } = this;
    const mask = words.length - 1;
    for (let slot = (hole + 1) & mask; values[slot] !== undefined; slot = (slot + 1) & mask) {
      const home = hashWord(this.table, words[slot], 0) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      words[hole] = words[slot];
      values[hole] = values[slot];
      hole = slot;
    }
    values[hole] = undefined;
  }

  private resize(length: number): void {
    const { words, values } = this;
    this.words = new Uint32Array(length);
    this.values = slots(length);
    for (let i = 0; i < words.length; i++) {
      if (values[i] === undefined) continue;
      const slot = this.slotOf(words[i]);
      this.words[slot] = words[i];
      this.values[slot] = values[i];
    }
  }
}

function slots<V>(length: number): (V | undefined)[] {
  return new Array<V | undefined>(length).fill(undefined);
}
