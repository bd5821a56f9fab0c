/**
 * The routes of one family, as columns: the key, the head of the list of paths (the best one once decided), the number of
 * consumers that still advertise or show the prefix (pins), and whether it waits for a decision (dirty). IPv4 and IPv6
 * unicast have columns for their prefixes; the routes of other families are in a `KeyTable`.
 *
 * Bytes per prefix: IPv4 4 + 1, IPv6 16 + 1; head 4, pins 2, dirty 1; index 5 to 11; 1 once any prefix has many paths;
 * 2 if policies ask for prefixes.
 */

import { formatAddress } from '../../lib/ip.ts';
import { type Column, PAGE_SIZE, U8Column, U16Column, U32Column } from '../../lib/tables/columns.ts';
import { HashIndex, ID_MASK, isOther } from '../../lib/tables/hash-index.ts';
import { IdAllocator } from '../../lib/tables/ids.ts';
import { type HashKey, hashWord, hashWords, PROCESS_KEY } from '../../lib/tables/keyed-hash.ts';
import type { PrefixClasses } from '../../policy/match/prefix-classes.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { NlriFields } from '../../wire/nlri-codec.ts';
import { type NlriReader, writePrefix4, writePrefix6 } from '../../wire/update/nlri.ts';
import type { PathId, PayloadId, PrefixId } from './ids.ts';
import type { PayloadTable } from './payloads.ts';

/** The largest class that the column holds. */
const MAX_CLASS = 0xffff;

export abstract class PrefixTable {
  readonly heads = new U32Column();
  readonly pins = new U16Column();
  readonly dirty = new U8Column();
  /** 1: it has many paths, with an index (`PathLists`). */
  readonly indexed = new U8Column();
  /** The class of the prefix for the policies; 0: not looked up, or above what the column holds. */
  protected readonly classes = new U16Column();
  protected readonly lengths = new U8Column();
  protected readonly ids: IdAllocator;
  protected readonly index = new HashIndex((id) => this.hashOf(id));
  protected readonly keys: readonly Column[];
  /** The payloads of paths; null: the family has none. */
  readonly payloads: PayloadTable | null = null;
  /** For `hashWord` and `hashWords`. */
  protected readonly table: Int32Array;

  constructor(keys: readonly Column[], { table }: HashKey) {
    this.keys = keys;
    this.table = table;
    this.ids = new IdAllocator([this.heads, this.pins, this.dirty, this.indexed, this.classes, this.lengths, ...keys]);
  }

  get count(): number {
    return this.ids.count;
  }

  /** One above the largest id that may be in use. */
  get limit(): number {
    return this.ids.limit;
  }

  /** Whether this id is a prefix with a path or a pin, or dirty. */
  isLive(id: PrefixId): boolean {
    return this.heads.get(id) !== 0 || this.pins.get(id) !== 0 || this.dirty.get(id) !== 0;
  }

  head(id: PrefixId): PathId {
    return this.heads.get(id) as PathId;
  }

  /** Removes a prefix that has no path and no pin, and is not dirty. */
  free(id: PrefixId): void {
    this.index.remove(this.hashOf(id), id);
    if (this.classes.get(id) !== 0) this.classes.set(id, 0);
    this.ids.free(id);
  }

  /** Octets of the NLRI that `write` writes. */
  octetsOf(id: PrefixId, _payload: PayloadId): number {
    return 1 + ((this.lengths.get(id) + 7) >> 3);
  }

  /** The parts of the NLRI by name; null: `format` says it all. */
  fieldsOf(_id: PrefixId, _payload: PayloadId): NlriFields | null {
    return null;
  }

  /** Whether `tidy` has something to do. */
  get isUntidy(): boolean {
    return false;
  }

  /** Closes gaps between keys, for `budget` ids. */
  tidy(_budget: number): void {}

  /** The class of a prefix. */
  classOf(id: PrefixId, family: FamilyId, classes: PrefixClasses): number {
    const known = this.classes.get(id);
    if (known !== 0) return known;
    const found = this.lookUpClass(id, family, classes);
    if (found <= MAX_CLASS) this.classes.set(id, found);
    return found;
  }

  /** The same for classes that are not those in force, and are not kept. */
  lookUpClass(_id: PrefixId, family: FamilyId, classes: PrefixClasses): number {
    return classes.ofFamily(family);
  }

  /** The classes of all prefixes are looked up again. */
  forgetClasses(): void {
    for (let page = 0; page * PAGE_SIZE < this.limit; page++) this.classes.dropPage(page);
  }

  bytes(): number {
    const own: Column[] = [this.heads, this.pins, this.dirty, this.indexed, this.classes, this.lengths];
    const columns = [...own, ...this.keys];
    return columns.reduce((sum, column) => sum + column.bytes(), 0) + this.index.bytes() + this.ids.bytes();
  }

  /** Id of the reader's current prefix, or 0. */
  abstract find(reader: NlriReader): PrefixId;
  /** The same; a new prefix is added. */
  abstract intern(reader: NlriReader): PrefixId;
  /** Writes the NLRI at `at`; returns the position behind it. Payload 0: none, or a withdrawal. */
  abstract write(id: PrefixId, out: Uint8Array, at: number, payload: PayloadId): number;
  abstract format(id: PrefixId): string;
  /** False for multicast, and for IPv6 link-local: unicast packets are not routed there (RFC 4271 6.3). */
  abstract isUnicast(id: PrefixId): boolean;
  protected abstract hashOf(id: number): number;
}

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
      if (this.words.get(id) === word && this.lengths.get(id) === length) return id as PrefixId;
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
      if (!isOther(entry, hash) && this.equals(entry & ID_MASK, reader)) return (entry & ID_MASK) as PrefixId;
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
