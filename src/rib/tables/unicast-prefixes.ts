/** IPv4 and IPv6 unicast prefixes: columns of their words and lengths. */

import { formatAddress } from '../../lib/ip.ts';
import { U32Column } from '../../lib/tables/columns.ts';
import { ID_MASK, isOther } from '../../lib/tables/hash-index.ts';
import { hashWord, hashWords, PROCESS_KEY } from '../../lib/tables/keyed-hash.ts';
import type { PrefixClasses } from '../../policy/match/prefix-classes.ts';
import type { FamilyId } from '../../wire/families.ts';
import { type NlriReader, writePrefix4, writePrefix6 } from '../../wire/update/nlri.ts';
import type { PrefixId } from './ids.ts';
import { PrefixTable } from './prefixes.ts';

export class Ipv4Prefixes extends PrefixTable {
  private readonly words: U32Column;

  constructor(key = PROCESS_KEY) {
    const words = new U32Column();
    super([words], key);
    this.words = words;
  }

  override find(reader: NlriReader): PrefixId {
    return this.lookup(reader, hashWord(this.table, reader.word0, reader.prefixLength));
  }

  override intern(reader: NlriReader): PrefixId {
    const hash = hashWord(this.table, reader.word0, reader.prefixLength);
    const found = this.lookup(reader, hash);
    if (found !== 0) return found;
    const id = this.ids.allocate();
    this.words.set(id, reader.word0);
    this.lengths.set(id, reader.prefixLength);
    this.index.insert(hash, id);
    return id as PrefixId;
  }

  private lookup(reader: NlriReader, hash: number): PrefixId {
    const word = reader.word0;
    const length = reader.prefixLength;
    const shard = this.index.shardOf(hash);
    const mask = shard.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = shard[slot];
      if (entry === 0) return 0 as PrefixId;
      if (isOther(entry, hash)) continue;
      const id = entry & ID_MASK;
      if (id !== 0 && this.words.get(id) === word && this.lengths.get(id) === length) return id as PrefixId;
    }
  }

  override write(id: PrefixId, out: Uint8Array, at: number): number {
    return writePrefix4(out, at, this.words.get(id), this.lengths.get(id));
  }

  override lookUpClass(id: PrefixId, family: FamilyId, classes: PrefixClasses): number {
    return classes.lookup(family, this.words.get(id), 0, 0, 0, this.lengths.get(id));
  }

  /** Not within 224.0.0.0/4. */
  override isUnicast(id: PrefixId): boolean {
    return this.words.get(id) >>> 28 !== 0xe || this.lengths.get(id) < 4;
  }

  override format(id: PrefixId): string {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, this.words.get(id));
    return `${formatAddress(bytes)}/${this.lengths.get(id)}`;
  }

  override compare(one: PrefixId, other: PrefixId): number {
    return this.words.get(one) - this.words.get(other) || this.lengths.get(one) - this.lengths.get(other);
  }

  override isWithin(id: PrefixId, { word0, prefixLength }: NlriReader): boolean {
    return this.lengths.get(id) >= prefixLength && isSameStart(this.words.get(id), word0, prefixLength);
  }

  protected override hashOf(id: number): number {
    return hashWord(this.table, this.words.get(id), this.lengths.get(id));
  }
}

export class Ipv6Prefixes extends PrefixTable {
  private readonly word0s: U32Column;
  private readonly word1s: U32Column;
  private readonly word2s: U32Column;
  private readonly word3s: U32Column;

  constructor(key = PROCESS_KEY) {
    const words = [new U32Column(), new U32Column(), new U32Column(), new U32Column()] as const;
    super(words, key);
    [this.word0s, this.word1s, this.word2s, this.word3s] = words;
  }

  override find(reader: NlriReader): PrefixId {
    return this.lookup(reader, this.hashAt(reader));
  }

  override intern(reader: NlriReader): PrefixId {
    const hash = this.hashAt(reader);
    const found = this.lookup(reader, hash);
    if (found !== 0) return found;
    const id = this.ids.allocate();
    this.word0s.set(id, reader.word0);
    this.word1s.set(id, reader.word1);
    this.word2s.set(id, reader.word2);
    this.word3s.set(id, reader.word3);
    this.lengths.set(id, reader.prefixLength);
    this.index.insert(hash, id);
    return id as PrefixId;
  }

  private hashAt({ word0, word1, word2, word3, prefixLength }: NlriReader): number {
    return hashWords(this.table, word0, word1, word2, word3, prefixLength);
  }

  private lookup(reader: NlriReader, hash: number): PrefixId {
    const shard = this.index.shardOf(hash);
    const mask = shard.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = shard[slot];
      if (entry === 0) return 0 as PrefixId;
      if (isOther(entry, hash)) continue;
      const id = entry & ID_MASK;
      if (id !== 0 && this.equals(id, reader)) return id as PrefixId;
    }
  }

  override write(id: PrefixId, out: Uint8Array, at: number): number {
    const length = this.lengths.get(id);
    return writePrefix6(
      out,
      at,
      this.word0s.get(id),
      this.word1s.get(id),
      this.word2s.get(id),
      this.word3s.get(id),
      length,
    );
  }

  override lookUpClass(id: PrefixId, family: FamilyId, classes: PrefixClasses): number {
    const [word0, word1] = [this.word0s.get(id), this.word1s.get(id)];
    return classes.lookup(family, word0, word1, this.word2s.get(id), this.word3s.get(id), this.lengths.get(id));
  }

  /** Not within ff00::/8 or fe80::/10. */
  override isUnicast(id: PrefixId): boolean {
    const word = this.word0s.get(id);
    const length = this.lengths.get(id);
    return (word >>> 24 !== 0xff || length < 8) && (word >>> 22 !== 0x3fa || length < 10);
  }

  override format(id: PrefixId): string {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    [this.word0s, this.word1s, this.word2s, this.word3s].forEach((words, i) => {
      view.setUint32(i * 4, words.get(id));
    });
    return `${formatAddress(bytes)}/${this.lengths.get(id)}`;
  }

  override compare(one: PrefixId, other: PrefixId): number {
    return (
      this.word0s.get(one) - this.word0s.get(other) ||
      this.word1s.get(one) - this.word1s.get(other) ||
      this.word2s.get(one) - this.word2s.get(other) ||
      this.word3s.get(one) - this.word3s.get(other) ||
      this.lengths.get(one) - this.lengths.get(other)
    );
  }

  override isWithin(id: PrefixId, { word0, word1, word2, word3, prefixLength }: NlriReader): boolean {
    return (
      this.lengths.get(id) >= prefixLength &&
      isSameStart(this.word0s.get(id), word0, prefixLength) &&
      isSameStart(this.word1s.get(id), word1, prefixLength - 32) &&
      isSameStart(this.word2s.get(id), word2, prefixLength - 64) &&
      isSameStart(this.word3s.get(id), word3, prefixLength - 96)
    );
  }

  protected override hashOf(id: number): number {
    return hashWords(
      this.table,
      this.word0s.get(id),
      this.word1s.get(id),
      this.word2s.get(id),
      this.word3s.get(id),
      this.lengths.get(id),
    );
  }

  private equals(id: number, reader: NlriReader): boolean {
    return (
      this.word3s.get(id) === reader.word3 &&
      this.word2s.get(id) === reader.word2 &&
      this.word1s.get(id) === reader.word1 &&
      this.word0s.get(id) === reader.word0 &&
      this.lengths.get(id) === reader.prefixLength
    );
  }
}

/** Whether the first `length` bits of two words are the same; none below 1, all from 32 on. */
function isSameStart(one: number, other: number, length: number): boolean {
  if (length <= 0) return true;
  return length >= 32 ? one === other : (one ^ other) >>> (32 - length) === 0;
}
