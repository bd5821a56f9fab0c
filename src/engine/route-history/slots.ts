/** The records of `RouteChanges`: a ring of reused objects, each with a part of one array of octets. */
import type { PrefixId } from '../../rib/tables/ids.ts';

/** Octets of a record for its NLRI, next hop and attributes. */
const SLOT_OCTETS = 256;
/** Instead of a family: the record says that changes were not recorded. */
export const NO_FAMILY = -1;
/** Instead of a length: the attributes have no room in the record. */
const LEFT_OUT = -1;
/** Octets of the object of a record, about. */
const OBJECT_BYTES = 160;

/**
 * Why the best path changed. `appeared`: there was none; `better`: the one before is usable, and another is better;
 * `withdrawn`, `closed` (its session) and `unusable`: the one before; `changed`: the same path has other attributes;
 * `lost`: there is none, and the one before is not known; `unknown`: the one before is not known.
 */
type ChangeCause = 'appeared' | 'better' | 'withdrawn' | 'closed' | 'unusable' | 'changed' | 'lost' | 'unknown';

export interface Slot {
  /** Position in the ring. */
  readonly index: number;
  family: number;
  prefix: number;
  /** Milliseconds since the epoch; of a gap: its start and its end. */
  atMs: number;
  sinceMs: number;
  cause: ChangeCause;
  /** Number of the decision step that selected the path; -1: not known. */
  step: number;
  /** Why the path before is unusable (`REASON`); 0: it is usable, or gone. */
  reason: number;
  /** Paths of the prefix, at most one more than are looked at; of a gap: the changes. */
  paths: number;
  /** The peer of the best path before; null: there was none, or it is not known. */
  before: string | null;
  /** The peer of the best path; null: there is none. */
  peer: string | null;
  peerId: number;
  session: number;
  pathId: number;
  nlriLength: number;
  hopLength: number;
  attributesLength: number;
}

/** A record for a reader. */
export interface RouteChange extends Readonly<Slot> {
  readonly number: number;
  readonly nlri: Uint8Array;
  readonly nextHop: Uint8Array;
  /** null: they had no room. */
  readonly attributes: Uint8Array | null;
}

export class Slots {
  readonly capacity: number;
  /** The number of the next record. */
  next: number;
  /** The number of the first record that this ring has had. */
  private first: number;
  private readonly octets: Uint8Array;
  private readonly slots: Slot[] = [];
  /** By a hash of the prefix: the number of its last record. A collision loses the older one. */
  private readonly latest: Float64Array;

  /** @param capacity records @param first the number of the first one */
  constructor(capacity: number, first = 1) {
    this.capacity = capacity;
    this.first = first;
    this.next = first;
    this.octets = new Uint8Array(capacity * SLOT_OCTETS);
    this.latest = new Float64Array(powerOfTwoFrom(capacity * 2));
  }

  /** A ring of another capacity with at most `count` of the latest records, which keep their numbers. */
  resized(capacity: number, count: number): Slots {
    const start = Math.max(this.oldest, this.next - Math.min(count, Math.max(0, capacity - 1)));
    const made = new Slots(capacity, start);
    for (let number = start; number < this.next; number++) made.copy(this.slots[number % this.capacity]!, this.octets);
    made.next = this.next;
    return made;
  }

  private copy(from: Readonly<Slot>, octets: Uint8Array): void {
    const slot = this.advance();
    Object.assign(slot, { ...from, index: slot.index });
    const start = from.index * SLOT_OCTETS;
    this.octets.set(octets.subarray(start, start + SLOT_OCTETS), slot.index * SLOT_OCTETS);
    if (slot.family !== NO_FAMILY) this.latest[this.hashOf(slot.family, slot.prefix)] = this.next - 1;
  }

  get oldest(): number {
    // The record of the next number is that which is overwritten.
    return Math.min(this.next, Math.max(this.first, this.next - this.capacity + 1));
  }

  bytes(): number {
    return this.octets.byteLength + this.latest.byteLength + this.slots.length * OBJECT_BYTES;
  }

  /** The record itself, which the next round of the ring overwrites; null: it is not there. */
  peek(number: number): Readonly<Slot> | null {
    return this.isThere(number) ? this.slots[number % this.capacity]! : null;
  }

  /** Writes the NLRI of a record to the start of `out`. */
  copyNlri(slot: Readonly<Slot>, out: Uint8Array): void {
    const start = slot.index * SLOT_OCTETS;
    for (let i = 0; i < slot.nlriLength; i++) out[i] = this.octets[start + i]!;
  }

  familyOf(number: number): number {
    return this.isThere(number) ? this.slots[number % this.capacity]!.family : NO_FAMILY;
  }

  /** The last record of a prefix, or null. */
  find(family: number, prefix: PrefixId, nlri: Uint8Array, length: number): Readonly<Slot> | null {
    const number = this.latest[this.hashOf(family, prefix)]!;
    if (number === 0 || !this.isThere(number)) return null;
    const slot = this.slots[number % this.capacity]!;
    // An id may be that of another prefix by now.
    return slot.prefix === prefix && this.matches(slot, family, nlri, length) ? slot : null;
  }

  /** The next record, for a prefix, without a best path. The oldest one is overwritten. */
  take(family: number, prefix: PrefixId, nlri: Uint8Array, length: number, atMs: number): Slot {
    const slot = this.advance();
    this.latest[this.hashOf(family, prefix)] = this.next - 1;
    slot.family = family;
    slot.prefix = prefix;
    slot.atMs = atMs;
    slot.sinceMs = atMs;
    slot.nlriLength = length;
    const start = slot.index * SLOT_OCTETS;
    for (let i = 0; i < length; i++) this.octets[start + i] = nlri[i]!;
    return slot;
  }

  takeGap(changes: number, sinceMs: number, atMs: number): void {
    const slot = this.advance();
    slot.family = NO_FAMILY;
    slot.paths = changes;
    slot.sinceMs = sinceMs;
    slot.atMs = atMs;
  }

  addNextHop(slot: Slot, bytes: Uint8Array, start: number, length: number): void {
    const at = slot.index * SLOT_OCTETS + slot.nlriLength;
    for (let i = 0; i < length; i++) this.octets[at + i] = bytes[start + i]!;
    slot.hopLength = length;
  }

  addAttributes(slot: Slot, bytes: Uint8Array, start: number, length: number): void {
    const used = slot.nlriLength + slot.hopLength;
    slot.attributesLength = length > SLOT_OCTETS - used ? LEFT_OUT : length;
    const at = slot.index * SLOT_OCTETS + used;
    for (let i = 0; i < slot.attributesLength; i++) this.octets[at + i] = bytes[start + i]!;
  }

  hasAttributes(slot: Readonly<Slot>, bytes: Uint8Array, start: number, length: number): boolean {
    if (slot.attributesLength !== length) return false;
    const at = slot.index * SLOT_OCTETS + slot.nlriLength + slot.hopLength;
    for (let i = 0; i < length; i++) if (this.octets[at + i] !== bytes[start + i]) return false;
    return true;
  }

  read(number: number): RouteChange | null {
    if (!this.isThere(number)) return null;
    const slot = this.slots[number % this.capacity]!;
    const start = slot.index * SLOT_OCTETS;
    const hopAt = start + slot.nlriLength;
    const attributesAt = hopAt + slot.hopLength;
    return {
      ...slot,
      number,
      nlri: this.octets.slice(start, hopAt),
      nextHop: this.octets.slice(hopAt, attributesAt),
      attributes:
        slot.attributesLength === LEFT_OUT
          ? null
          : this.octets.slice(attributesAt, attributesAt + slot.attributesLength),
    };
  }

  private isThere(number: number): boolean {
    return number >= this.oldest && number < this.next;
  }

  private matches(slot: Readonly<Slot>, family: number, nlri: Uint8Array, length: number): boolean {
    if (slot.family !== family || slot.nlriLength !== length) return false;
    const start = slot.index * SLOT_OCTETS;
    for (let i = 0; i < length; i++) if (this.octets[start + i] !== nlri[i]) return false;
    return true;
  }

  private advance(): Slot {
    const index = this.next % this.capacity;
    this.next++;
    // Made once: the second round of the ring allocates nothing.
    const slot = this.slots[index] ?? emptySlot(index);
    this.slots[index] = slot;
    slot.cause = 'unknown';
    slot.before = null;
    slot.peer = null;
    slot.peerId = 0;
    slot.session = 0;
    slot.pathId = 0;
    slot.step = -1;
    slot.reason = 0;
    slot.paths = 0;
    slot.nlriLength = 0;
    slot.hopLength = 0;
    slot.attributesLength = 0;
    return slot;
  }

  private hashOf(family: number, prefix: number): number {
    return (Math.imul(prefix, 0x9e37_79b1) + family * 97) & (this.latest.length - 1);
  }
}

function powerOfTwoFrom(count: number): number {
  let power = 1;
  while (power < count) power *= 2;
  return power;
}

function emptySlot(index: number): Slot {
  return {
    index,
    family: NO_FAMILY,
    prefix: 0,
    atMs: 0,
    sinceMs: 0,
    cause: 'unknown',
    step: -1,
    reason: 0,
    paths: 0,
    before: null,
    peer: null,
    peerId: 0,
    session: 0,
    pathId: 0,
    nlriLength: 0,
    hopLength: 0,
    attributesLength: 0,
  };
}
