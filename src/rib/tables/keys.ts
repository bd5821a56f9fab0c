/**
 * The routes of a family whose NLRI are not plain unicast prefixes: keyed on the octets that identify them, in an arena.
 *
 * Bytes per route: its key, rounded up to 4; reference 4, length 2, hash 4; head 4, pins 2, dirty 1; index 5 to 11.
 */
import { ByteArena } from '../../lib/tables/byte-arena.ts';
import { U16Column, U32Column } from '../../lib/tables/columns.ts';
import { ID_MASK, isOther } from '../../lib/tables/hash-index.ts';
import { type HashKey, hashBytes, PROCESS_KEY } from '../../lib/tables/keyed-hash.ts';
import type { PrefixClasses } from '../../policy/match/prefix-classes.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { NlriCodec, NlriFields, NlriParts } from '../../wire/nlri-codec.ts';
import type { NlriReader } from '../../wire/update/nlri.ts';
import type { PayloadId, PrefixId } from './ids.ts';
import { PayloadTable } from './payloads.ts';
import { PrefixTable } from './prefixes.ts';

const NOTHING = new Uint8Array(0);
/** Room for the longest NLRI with what a codec adds to key and payload. */
const ADDED = 64;
const SCRATCH = 65_535 + ADDED;

export class KeyTable extends PrefixTable {
  override readonly payloads: PayloadTable;
  private readonly refs: U32Column;
  private readonly octets: U16Column;
  /** To hash a key again takes a tenth of what a new route costs, and a growing index asks for it. */
  private readonly hashes: U32Column;
  private readonly arena = new ByteArena();
  private readonly key: HashKey;
  private readonly codec: NlriCodec;
  private readonly scratch = new Uint8Array(SCRATCH);
  /** The id with which `tidy` continues; 0: it is not running. */
  private tidyFrom = 0;
  /** Octets of the longest key that there was. */
  private longestKey = 0;

  constructor(codec: NlriCodec, key = PROCESS_KEY) {
    const refs = new U32Column();
    const octets = new U16Column();
    const hashes = new U32Column();
    super([refs, octets, hashes], key);
    this.refs = refs;
    this.octets = octets;
    this.hashes = hashes;
    this.key = key;
    this.codec = codec;
    this.payloads = new PayloadTable(key);
  }

  override find({ parts }: NlriReader): PrefixId {
    if (parts === null) return 0 as PrefixId;
    return this.lookup(parts.key, parts.keyLength, hashBytes(this.key, parts.key, 0, parts.keyLength, 0));
  }

  override intern(reader: NlriReader): PrefixId {
    const { key, keyLength } = reader.parts as NlriParts;
    const hash = hashBytes(this.key, key, 0, keyLength, 0);
    const found = this.lookup(key, keyLength, hash);
    if (found !== 0) return found;
    const id = this.ids.allocate();
    this.refs.set(id, this.arena.store(key, 0, keyLength));
    this.octets.set(id, keyLength);
    this.hashes.set(id, hash);
    if (keyLength > this.longestKey) this.longestKey = keyLength;
    this.index.insert(hash, id);
    return id as PrefixId;
  }

  private lookup(key: Uint8Array, length: number, hash: number): PrefixId {
    const shard = this.index.shardOf(hash);
    const mask = shard.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = shard[slot];
      if (entry === 0) return 0 as PrefixId;
      if (isOther(entry, hash)) continue;
      const id = entry & ID_MASK;
      if (id !== 0 && this.octets.get(id) === length && this.arena.equals(this.refs.get(id), key, 0, length))
        return id as PrefixId;
    }
  }

  override free(id: PrefixId): void {
    this.index.remove(this.hashOf(id), id);
    if (this.classes.get(id) !== 0) this.classes.set(id, 0);
    this.arena.release(this.refs.get(id), this.octets.get(id));
    this.refs.set(id, 0);
    this.ids.free(id);
  }

  override write(id: PrefixId, out: Uint8Array, at: number, payload: PayloadId): number {
    const ref = this.refs.get(id);
    const key = this.arena.pageOf(ref);
    const start = this.arena.offsetOf(ref);
    const length = this.octets.get(id);
    if (payload === 0) return this.codec.write(key, start, length, NOTHING, 0, 0, out, at);
    const { payloads } = this;
    const from = payloads.startOf(payload);
    return this.codec.write(key, start, length, payloads.pageOf(payload), from, payloads.lengthOf(payload), out, at);
  }

  override octetsOf(id: PrefixId, payload: PayloadId): number {
    return this.write(id, this.scratch, 0, payload);
  }

  override get longest(): number {
    return this.longestKey + this.payloads.longest + ADDED;
  }

  override format(id: PrefixId): string {
    return this.codec.format(this.keyOf(id));
  }

  override fieldsOf(id: PrefixId, payload: PayloadId): NlriFields {
    return this.codec.fields(this.keyOf(id), this.payloads.octetsOf(payload));
  }

  override internPayload({ parts }: NlriReader): PayloadId {
    return this.payloads.intern(parts as NlriParts);
  }

  /** A class that depends on the labels is not that of all paths of the route: it is looked up for each. */
  override classOf(id: PrefixId, family: FamilyId, classes: PrefixClasses, payload: PayloadId): number {
    if (classes.nlri.asksPayload) return this.lookUpClass(id, family, classes, payload);
    return super.classOf(id, family, classes, payload);
  }

  override lookUpClass(id: PrefixId, family: FamilyId, classes: PrefixClasses, payload: PayloadId): number {
    const { codec, payloads } = this;
    if (classes.nlri.count === 0 || codec.kinds === undefined) return classes.ofFamily(family);
    const { marks } = classes.nlri;
    marks.clear();
    const ref = this.refs.get(id);
    const start = this.arena.offsetOf(ref);
    const isWith = payload !== 0;
    const from = isWith ? payloads.startOf(payload) : 0;
    const bytes = isWith ? payloads.pageOf(payload) : NOTHING;
    const end = isWith ? from + payloads.lengthOf(payload) : 0;
    codec.mark?.(this.arena.pageOf(ref), start, start + this.octets.get(id), bytes, from, end, marks);
    return classes.ofMarks(family);
  }

  override isUnicast(): boolean {
    return true;
  }

  override get isUntidy(): boolean {
    return this.tidyFrom !== 0 || this.arena.isSparse || this.payloads.isUntidy;
  }

  override tidy(budget: number): void {
    if (this.payloads.isUntidy) this.payloads.tidy(budget);
    if (this.tidyFrom === 0 && !this.arena.isSparse) return;
    if (this.tidyFrom === 0) {
      this.arena.beginMoving();
      this.tidyFrom = 1;
    }
    const end = Math.min(this.ids.limit, this.tidyFrom + budget);
    for (let id = this.tidyFrom; id < end; id++) {
      const ref = this.refs.get(id);
      if (ref !== 0 && this.arena.isMoving(ref)) this.refs.set(id, this.arena.move(ref, this.octets.get(id)));
    }
    this.tidyFrom = end >= this.ids.limit ? 0 : end;
  }

  override bytes(): number {
    return super.bytes() + this.arena.bytes() + this.payloads.bytes();
  }

  override compare(one: PrefixId, other: PrefixId): number {
    const [a, b] = [this.refs.get(one), this.refs.get(other)];
    const [lengthA, lengthB] = [this.octets.get(one), this.octets.get(other)];
    // The key of a freed id is gone.
    if (a === 0 || b === 0) return a === b ? 0 : a === 0 ? -1 : 1;
    const [pageA, pageB] = [this.arena.pageOf(a), this.arena.pageOf(b)];
    const [startA, startB] = [this.arena.offsetOf(a), this.arena.offsetOf(b)];
    for (let i = 0; i < Math.min(lengthA, lengthB); i++) {
      const difference = pageA[startA + i] - pageB[startB + i];
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  }

  override isWithin(): boolean {
    return false;
  }

  protected override hashOf(id: number): number {
    return this.hashes.get(id) | 0;
  }

  private keyOf(id: PrefixId): Uint8Array {
    const ref = this.refs.get(id);
    const start = this.arena.offsetOf(ref);
    return this.arena.pageOf(ref).slice(start, start + this.octets.get(id));
  }
}
