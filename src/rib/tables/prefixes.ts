/**
 * The routes of one family, as columns: the key, the head of the list of paths (the best one once decided), the number of
 * consumers that still advertise or show the prefix (pins), and whether it waits for a decision (dirty). IPv4 and IPv6
 * unicast have columns for their prefixes (`unicast-prefixes`); the routes of other families are in a `KeyTable`.
 *
 * Bytes per prefix: IPv4 4 + 1, IPv6 16 + 1; head 4, pins 2, dirty 1; index 5 to 11; 1 once any prefix has several paths;
 * 2 if policies ask for prefixes.
 */

import { type Column, PAGE_SIZE, U8Column, U16Column, U32Column } from '../../lib/tables/columns.ts';
import { HashIndex } from '../../lib/tables/hash-index.ts';
import { IdAllocator } from '../../lib/tables/ids.ts';
import type { HashKey } from '../../lib/tables/keyed-hash.ts';
import type { PrefixClasses } from '../../policy/match/prefix-classes.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { NlriFields } from '../../wire/nlri-codec.ts';
import type { NlriReader } from '../../wire/update/nlri.ts';
import type { PathId, PayloadId, PrefixId } from './ids.ts';
import type { PayloadTable } from './payloads.ts';

/** Value of `PrefixTable.listed` for a prefix with many paths. */
export const INDEXED = 255;

/** Octets of the longest prefix: a length and an IPv6 address. */
const LONGEST_PREFIX = 17;

/** The largest class that the column holds. */
const MAX_CLASS = 0xffff;

export abstract class PrefixTable {
  readonly heads = new U32Column();
  readonly pins = new U16Column();
  readonly dirty = new U8Column();
  /** What `PathLists` keeps of the paths besides their list. 0: nothing; INDEXED: an index; else, of so many, a hash. */
  readonly listed = new U8Column();
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
    this.ids = new IdAllocator([this.heads, this.pins, this.dirty, this.listed, this.classes, this.lengths, ...keys]);
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

  /** No NLRI of the table is longer, in octets: room for it needs no look at `octetsOf`. */
  get longest(): number {
    return LONGEST_PREFIX;
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

  /** The payload of the reader's current route, without a holder if it is new; 0: none. */
  internPayload(_reader: NlriReader): PayloadId {
    return 0 as PayloadId;
  }

  /** The class of a prefix with a payload. */
  classOf(id: PrefixId, family: FamilyId, classes: PrefixClasses, payload: PayloadId): number {
    const known = this.classes.get(id);
    if (known !== 0) return known;
    const found = this.lookUpClass(id, family, classes, payload);
    if (found <= MAX_CLASS) this.classes.set(id, found);
    return found;
  }

  /** The same for classes that are not those in force, and are not kept. */
  lookUpClass(_id: PrefixId, family: FamilyId, classes: PrefixClasses, _payload: PayloadId): number {
    return classes.ofFamily(family);
  }

  /** The classes of all prefixes are looked up again. */
  forgetClasses(): void {
    for (let page = 0; page * PAGE_SIZE < this.limit; page++) this.classes.dropPage(page);
  }

  bytes(): number {
    const own: Column[] = [this.heads, this.pins, this.dirty, this.listed, this.classes, this.lengths];
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
  /** Negative if the first comes before the second: by address, then by length; other routes by the octets of their keys. */
  abstract compare(one: PrefixId, other: PrefixId): number;
  /** Whether the prefix that the reader stands on contains this one, or is the same; false in families without prefixes. */
  abstract isWithin(id: PrefixId, reader: NlriReader): boolean;
  protected abstract hashOf(id: number): number;
}
