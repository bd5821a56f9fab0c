/**
 * The class of a prefix: an interned bit set that says which prefix sets, lengths and families of the policies match it. Routes
 * of other families have a class, too, by the conditions about their NLRI.
 * Policies test a bit of the class; routes with equal attributes and the same class have the same result.
 */
import type { NlriCondition, Numbers, PrefixSet } from '../../spec/policy.ts';
import { AFI, FAMILIES, type FamilyId, SAFI } from '../../wire/families.ts';
import { ExactPrefixes } from './exact-prefixes.ts';
import { NlriConditions } from './nlri-conditions.ts';
import { includes } from './numbers.ts';
import { type PackedEntries, PrefixTrie } from './prefix-trie.ts';

/** The numbers of the conditions about prefixes and NLRI, and the classes that say which of them match a route. */
export interface PrefixNumbers {
  ofSet(set: PrefixSet): number;
  ofLength(values: Numbers): number;
  ofNlri(condition: NlriCondition): number;
  readonly classes: PrefixClasses;
}

/** Collects the prefix conditions of the policies, each with a number. */
export class PrefixConditions {
  private readonly numbers = new Map<string, number>();
  private readonly ipv4: PackedEntries[] = [];
  private readonly ipv6: PackedEntries[] = [];
  private readonly exact: PackedEntries[] = [];
  private readonly lengths: { readonly number: number; readonly values: Numbers }[] = [];
  private readonly nlri: { readonly number: number; readonly condition: NlriCondition }[] = [];

  /** Whether a set, a comparison or a condition has a number. */
  knows(what: PrefixSet | Numbers | NlriCondition): boolean {
    if ('kind' in what) return this.numbers.has(JSON.stringify(what));
    return this.numbers.has('digest' in what ? `set ${what.digest}` : `length ${JSON.stringify(what)}`);
  }

  /** The number of a set. */
  ofSet(set: PrefixSet): number {
    const known = this.numbers.get(`set ${set.digest}`);
    if (known !== undefined) return known;
    const number = this.add(`set ${set.digest}`);
    (ExactPrefixes.fits(set.ipv4) ? this.exact : this.ipv4).push({ words: set.ipv4, set: number });
    this.ipv6.push({ words: set.ipv6, set: number });
    return number;
  }

  /** The number of a comparison of the prefix length. */
  ofLength(values: Numbers): number {
    const text = `length ${JSON.stringify(values)}`;
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.add(text);
    this.lengths.push({ number, values });
    return number;
  }

  /** The number of a condition about the NLRI. */
  ofNlri(condition: NlriCondition): number {
    const text = JSON.stringify(condition);
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.add(text);
    this.nlri.push({ number, condition });
    return number;
  }

  /** Identifies the conditions and their numbers. */
  get key(): string {
    return [...this.numbers.keys()].join('\n');
  }

  build(): PrefixClasses {
    const count = this.numbers.size;
    const { ipv4, ipv6, exact, lengths, nlri } = this;
    const [trie4, trie6] = [new PrefixTrie(1, ipv4), new PrefixTrie(4, ipv6)];
    return new PrefixClasses(count, trie4, trie6, exact, lengths, nlri);
  }

  private add(text: string): number {
    const number = this.numbers.size;
    this.numbers.set(text, number);
    return number;
  }
}

/** Classes are dense from 1; 0: not known. */
export class PrefixClasses {
  readonly nlri: NlriConditions;
  private readonly tries: readonly [PrefixTrie, PrefixTrie];
  /** The length and the class of the last lookup that ended at each node, per IP version: most have the same length. */
  private readonly lastLengths: readonly [Uint8Array, Uint8Array];
  private readonly lastClasses: readonly [Uint16Array, Uint16Array];
  private readonly exact: readonly ExactPrefixes[];
  private readonly byLength: readonly (readonly number[])[];
  /** Classes by the hash of their words, in open addressing: a lookup must not make a string for each new prefix. */
  private slots = new Uint32Array(64);
  /** Words of each class: its family, then its bits. */
  private words = new Uint32Array(64);
  private readonly stride: number;
  private readonly bits: Uint32Array;
  private count = 0;

  constructor(
    conditions: number,
    ipv4: PrefixTrie,
    ipv6: PrefixTrie,
    exact: readonly PackedEntries[],
    lengths: readonly { readonly number: number; readonly values: Numbers }[],
    nlri: ConstructorParameters<typeof NlriConditions>[0],
  ) {
    this.nlri = new NlriConditions(nlri);
    this.exact = exact.map((entries) => new ExactPrefixes(entries));
    this.tries = [ipv4, ipv6];
    this.lastLengths = [new Uint8Array(ipv4.limit).fill(255), new Uint8Array(ipv6.limit).fill(255)];
    this.lastClasses = [new Uint16Array(ipv4.limit), new Uint16Array(ipv6.limit)];
    this.bits = new Uint32Array((conditions + 31) >> 5);
    this.stride = 1 + this.bits.length;
    this.byLength = Array.from({ length: 129 }, (_, length) =>
      lengths.filter(({ values }) => includes(values, length)).map(({ number }) => number),
    );
  }

  /** The class of a prefix; `words` beyond those of the IP version are not read. */
  lookup(family: FamilyId, word0: number, word1: number, word2: number, word3: number, length: number): number {
    const version = FAMILIES[family].afi === AFI.ipv6 ? 1 : 0;
    if (FAMILIES[family].safi !== SAFI.unicast) return this.ofFamily(family);
    const trie = this.tries[version];
    const node = trie.find(word0, word1, word2, word3, length);
    const isExact = version === 0 && this.exact.length > 0 && this.markExact(word0, length);
    if (!isExact) {
      if (this.lastLengths[version][node] === length) return this.lastClasses[version][node];
      this.bits.fill(0);
    }
    trie.collect(node, length, this.bits);
    for (const number of this.byLength[length]) this.bits[number >> 5] |= 1 << (number & 31);
    const id = this.intern(family);
    if (isExact || id > 0xffff) return id;
    this.lastLengths[version][node] = length;
    this.lastClasses[version][node] = id;
    return id;
  }

  /** Starts the bits with those of the exact sets that have an IPv4 prefix; false: none has. */
  private markExact(word: number, length: number): boolean {
    const { exact, bits } = this;
    let found = false;
    for (let i = 0; i < exact.length; i++) {
      if (!exact[i].has(word, length)) continue;
      if (!found) bits.fill(0);
      found = true;
      bits[exact[i].set >> 5] |= 1 << (exact[i].set & 31);
    }
    return found;
  }

  /** The class of a route of a family whose routes are not prefixes: no prefix condition matches it. */
  ofFamily(family: FamilyId): number {
    this.bits.fill(0);
    return this.intern(family);
  }

  /** The class of the route whose parts are in `nlri.marks`. */
  ofMarks(family: FamilyId): number {
    this.bits.fill(0);
    this.nlri.collect(family, this.bits);
    return this.intern(family);
  }

  /** Whether a condition matches the prefixes of a class. */
  has(id: number, condition: number): boolean {
    return ((this.words[id * this.stride + 1 + (condition >> 5)] >>> (condition & 31)) & 1) !== 0;
  }

  /** One above the largest number of a condition. */
  get conditions(): number {
    return this.bits.length * 32;
  }

  /** Sets the bits `to[condition]` of the conditions that match the prefixes of a class; below 0: none. */
  mark(id: number, to: Int32Array, bits: Uint32Array): void {
    const { words, stride } = this;
    for (let i = 1; i < stride; i++) {
      for (let word = words[id * stride + i]; word !== 0; word &= word - 1) {
        const bit = to[i * 32 - 1 - Math.clz32(word & -word)];
        if (bit >= 0) bits[bit >> 5] |= 1 << (bit & 31);
      }
    }
  }

  bytes(): number {
    const arrays = [...this.lastLengths, ...this.lastClasses, this.words, this.slots];
    const parts = [...this.tries, ...this.exact];
    return [...arrays.map(({ byteLength }) => byteLength), ...parts.map((part) => part.bytes())].reduce(
      (a, b) => a + b,
    );
  }

  private intern(family: FamilyId): number {
    const found = this.slots[this.slotOf(this.slots, family, this.bits, 0)];
    if (found !== 0) return found;
    const { stride } = this;
    const id = ++this.count;
    if ((id + 1) * stride > this.words.length) {
      const larger = new Uint32Array(Math.max(this.words.length * 2, (id + 1) * stride));
      larger.set(this.words);
      this.words = larger;
    }
    this.words[id * stride] = family;
    this.words.set(this.bits, id * stride + 1);
    if (id * 2 > this.slots.length) this.grow();
    else this.slots[this.slotOf(this.slots, family, this.bits, 0)] = id;
    return id;
  }

  /** The slot of a class with these bits, `bits[from]` on, or the empty one where it belongs. */
  private slotOf(slots: Uint32Array, family: number, bits: Uint32Array, from: number): number {
    const { words, stride } = this;
    let hash = family;
    for (let i = 1; i < stride; i++) hash = Math.imul((hash ^ bits[from + i - 1]) + (hash >>> 15), 0x9e3779b1);
    for (let slot = (hash ^ (hash >>> 13)) & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const at = slots[slot] * stride;
      if (at === 0) return slot;
      let same = words[at] === family ? 1 : 0;
      while (same > 0 && same < stride && words[at + same] === bits[from + same - 1]) same++;
      if (same === stride) return slot;
    }
  }

  private grow(): void {
    const slots = new Uint32Array(this.slots.length * 2);
    for (let id = 1; id <= this.count; id++) {
      const at = id * this.stride;
      slots[this.slotOf(slots, this.words[at], this.words, at + 1)] = id;
    }
    this.slots = slots;
  }
}
