/**
 * The route targets of attribute sets (RFC 4360 4, RFC 7432 7.6), interned: sets with the same route targets have the same
 * tag, an id. Update groups tag what they send in the families whose routes have them, and a membership (RFC 4684) accepts
 * or rejects a tag.
 *
 * A tag is kept while a chunk of a log has it, and while the id of its attribute set is not given to another set. Costs 8
 * bytes per attribute set that a group with tags advertises, and per tag its route targets and 40.
 */
import { U32Column } from '../../lib/tables/columns.ts';
import { Interner } from '../../lib/tables/interner.ts';
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import { attributeEnd, attributeValueOffset, findAttribute } from '../../wire/attributes/canonical.ts';
import { u32 } from '../../wire/bytes.ts';
import type { AttributesId, TagId } from '../tables/ids.ts';
import { type AttributesTable, LONGEST } from './attributes.ts';

const TARGET = 8;
const IPV6_TARGET = 20;
/** Subtype of route targets, and their types: with an AS number of 2 octets, an IPv4 address, an AS number of 4, a MAC. */
const SUBTYPE = 2;
const TYPES: readonly number[] = [0, 1, 2, 6];
/** First octet of the bytes of a tag: whether there are route targets that no membership can name (RFC 5701). */
const PLAIN = 0;
const UNNAMEABLE = 1;
/** Route targets are sorted up to this number: a peer chooses how many a set has. */
const MAX_SORTED = 32;

export class RouteTargetSets {
  private readonly stamps = new U32Column();
  private readonly interner = new Interner([this.stamps]);
  /** By attribute set: its tag, and the serial number of the set when it was read. */
  private readonly tags = new U32Column();
  private readonly serials = new U32Column();
  private readonly scratch = new Uint8Array(1 + LONGEST);
  private made = 0;
  private readonly unheld = new Set<TagId>();
  private readonly attributes: AttributesTable;

  constructor(attributes: AttributesTable) {
    this.attributes = attributes;
  }

  /** The tag of an attribute set that has a holder. */
  of(set: AttributesId): TagId {
    const known = this.tags.get(set) as TagId;
    const serial = this.attributes.serialOf(set);
    if (known !== 0 && this.serials.get(set) === serial) return known;
    const tag = this.intern(this.read(set));
    this.hold(tag);
    if (known !== 0) this.release(known);
    this.tags.set(set, tag);
    this.serials.set(set, serial);
    return tag;
  }

  hold(tag: TagId): void {
    if (tag !== 0) this.interner.hold(tag);
  }

  /** A tag without a holder is dropped by `tidy`: a batch of changes may still have it. */
  release(tag: TagId): void {
    if (tag !== 0 && this.interner.letGo(tag)) this.unheld.add(tag);
  }

  /** Distinguishes the tags that have the same id one after another; 30 bits. */
  stampOf(tag: TagId): number {
    return this.stamps.get(tag);
  }

  /** Whether the routes have a route target that no membership can name: they are sent to all. */
  isUnnameable(tag: TagId): boolean {
    return this.interner.pageOf(tag)[this.interner.startOf(tag)] === UNNAMEABLE;
  }

  /** Visits the route targets of a tag, as two words, until the visitor returns true; returns whether it did. */
  some(tag: TagId, visit: (high: number, low: number) => boolean): boolean {
    const page = this.interner.pageOf(tag);
    const start = this.interner.startOf(tag);
    const end = start + this.interner.lengthOf(tag);
    for (let at = start + 1; at < end; at += TARGET) if (visit(u32(page, at), u32(page, at + 4))) return true;
    return false;
  }

  /** One above the largest tag that may be in use. */
  get limit(): number {
    return this.interner.limit;
  }

  get count(): number {
    return this.interner.count;
  }

  get isUntidy(): boolean {
    return this.unheld.size > 0 || this.interner.isUntidy;
  }

  /** Drops tags without a holder, and closes gaps. Only between batches. */
  tidy(budget: number): void {
    for (const tag of this.unheld) if (!this.interner.isHeld(tag)) this.interner.drop(tag);
    this.unheld.clear();
    if (this.interner.isUntidy) this.interner.tidy(budget);
  }

  bytes(): number {
    return this.interner.bytes() + this.stamps.bytes() + this.tags.bytes() + this.serials.bytes();
  }

  private intern(length: number): TagId {
    const found = this.interner.find(this.scratch, 0, length, 0);
    if (found !== 0) return found as TagId;
    const tag = this.interner.add(this.scratch, 0, length, 0);
    this.made = (this.made + 1) & 0x3fff_ffff;
    this.stamps.set(tag, this.made);
    return tag as TagId;
  }

  /** Writes the bytes of the tag of a set to the scratch buffer; returns their number. */
  private read(set: AttributesId): number {
    const { attributes, scratch } = this;
    const page = attributes.pageOf(set);
    const start = attributes.startOf(set);
    const end = start + attributes.lengthOf(set);
    scratch[0] = hasIpv6Target(page, start, end) ? UNNAMEABLE : PLAIN;
    const at = findAttribute(page, start, end, ATTRIBUTE.extendedCommunities);
    if (at < 0) return 1;
    const listEnd = attributeEnd(page, at);
    let length = 1;
    for (let from = attributeValueOffset(page, at); from < listEnd; from += TARGET) {
      if (page[from + 1] !== SUBTYPE || !TYPES.includes(page[from])) continue;
      for (let i = 0; i < TARGET; i++) scratch[length++] = page[from + i];
    }
    if (length <= 1 + MAX_SORTED * TARGET) sortTargets(scratch, length);
    return length;
  }
}

function hasIpv6Target(page: Uint8Array, start: number, end: number): boolean {
  const at = findAttribute(page, start, end, ATTRIBUTE.ipv6ExtendedCommunities);
  if (at < 0) return false;
  const listEnd = attributeEnd(page, at);
  for (let from = attributeValueOffset(page, at); from < listEnd; from += IPV6_TARGET) {
    if (page[from] === 0 && page[from + 1] === SUBTYPE) return true;
  }
  return false;
}

/** Sorts the route targets behind the first octet by insertion. */
function sortTargets(bytes: Uint8Array, length: number): void {
  for (let from = 1 + TARGET; from < length; from += TARGET) {
    for (let at = from; at > 1 && isBefore(bytes, at, at - TARGET); at -= TARGET) {
      for (let i = 0; i < TARGET; i++) {
        const octet = bytes[at + i];
        bytes[at + i] = bytes[at + i - TARGET];
        bytes[at + i - TARGET] = octet;
      }
    }
  }
}

function isBefore(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < TARGET; i++) if (bytes[a + i] !== bytes[b + i]) return bytes[a + i] < bytes[b + i];
  return false;
}
