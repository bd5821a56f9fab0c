/** Routes in the order of their destinations (`flow-rules/destination`): which cover a prefix, and which are within it. */
import { BitSet } from '../../lib/tables/bit-set.ts';
import { SortedIds } from '../../lib/tables/sorted-ids.ts';
import type { PrefixId } from '../tables/ids.ts';

/** Stands for the prefix that is searched; it comes before a route with the same destination. */
const PROBE = 0;
const LENGTHS = 129;

/** Writes the destination of a route. */
type DestinationReader = (id: PrefixId, out: Uint8Array) => void;

export class DestinationOrder {
  private readonly members = new BitSet();
  /** Number of routes by the length of their prefix: lengths that no route has are not searched. */
  private readonly counts = new Uint32Array(LENGTHS);
  private readonly order = new SortedIds((a, b) => this.compare(a, b));
  private readonly read: DestinationReader;
  private readonly octets: number;
  private readonly one: Uint8Array;
  private readonly other: Uint8Array;
  private readonly probe: Uint8Array;

  /** @param octets those of a destination; the last one is the length of the prefix */
  constructor(octets: number, read: DestinationReader) {
    this.octets = octets;
    this.read = read;
    [this.one, this.other, this.probe] = [new Uint8Array(octets), new Uint8Array(octets), new Uint8Array(octets)];
  }

  get size(): number {
    return this.order.size;
  }

  has(id: PrefixId): boolean {
    return this.members.has(id);
  }

  /** Adds a route; false: it is a member. */
  add(id: PrefixId): boolean {
    if (!this.members.add(id)) return false;
    this.order.insert(id);
    this.counts[this.lengthOf(id)]++;
    return true;
  }

  /** Removes a route whose key is still readable; false: it is no member. */
  delete(id: PrefixId): boolean {
    if (!this.members.delete(id)) return false;
    this.order.remove(id);
    this.counts[this.lengthOf(id)]--;
    return true;
  }

  each(visit: (id: PrefixId) => void): void {
    for (let place = this.order.first(); place >= 0; place = this.order.next(place)) visit(this.idAt(place));
  }

  /** The route before another one that is a member; 0: none. */
  before(id: PrefixId): PrefixId {
    return this.idAt(this.order.before(this.order.placeOf(id)));
  }

  after(id: PrefixId): PrefixId {
    return this.idAt(this.order.next(this.order.placeOf(id)));
  }

  /** The route with the longest prefix that contains the target, or is the same; 0: none. */
  longest(target: Uint8Array): PrefixId {
    for (let length = target[this.octets - 1]; length >= 0; length--) {
      const found = this.counts[length] === 0 ? (0 as PrefixId) : this.firstOf(target, length);
      if (found !== 0) return found;
    }
    return 0 as PrefixId;
  }

  /** Calls `visit` for each route whose prefix contains the target, or is the same. */
  eachCovering(target: Uint8Array, visit: (id: PrefixId) => void): void {
    for (let length = target[this.octets - 1]; length >= 0; length--) {
      if (this.counts[length] === 0) continue;
      for (let id = this.firstOf(target, length); id !== 0 && this.isProbe(id); id = this.after(id)) visit(id);
    }
  }

  /** The first route whose prefix is within the target and longer; 0: none. */
  firstWithin(target: Uint8Array): PrefixId {
    this.probe.set(target);
    this.probe[this.octets - 1]++;
    const id = this.idAt(this.order.lowerPlace(PROBE));
    return id !== 0 && this.isWithin(id, target) ? id : (0 as PrefixId);
  }

  /** Whether the prefix of a route is within the target, or is the same. */
  isWithin(id: PrefixId, target: Uint8Array): boolean {
    const { one, octets } = this;
    this.read(id, one);
    const length = target[octets - 1];
    if (one[octets - 1] < length) return false;
    const bits = (octets - 1 - this.addressOctets) * 8 + length;
    const whole = bits >> 3;
    for (let i = 0; i < whole; i++) if (one[i] !== target[i]) return false;
    return (bits & 7) === 0 || ((one[whole] ^ target[whole]) & (0xff00 >> (bits & 7)) & 0xff) === 0;
  }

  bytes(): number {
    return this.order.bytes() + this.members.bytes();
  }

  /** 4 or 16: destinations have 5 or 13, or 17 or 25 octets. */
  private get addressOctets(): number {
    return this.octets === 5 || this.octets === 13 ? 4 : 16;
  }

  /** The first route with this many leading bits of the target as its prefix. */
  private firstOf(target: Uint8Array, length: number): PrefixId {
    const { probe, octets } = this;
    probe.set(target);
    const start = octets - 1 - this.addressOctets;
    const whole = start + (length >> 3);
    if ((length & 7) !== 0) probe[whole] &= 0xff00 >> (length & 7);
    probe.fill(0, (length & 7) === 0 ? whole : whole + 1, octets - 1);
    probe[octets - 1] = length;
    const id = this.idAt(this.order.lowerPlace(PROBE));
    return id !== 0 && this.isProbe(id) ? id : (0 as PrefixId);
  }

  private isProbe(id: PrefixId): boolean {
    this.read(id, this.one);
    return compareOctets(this.one, this.probe) === 0;
  }

  private idAt(place: number): PrefixId {
    return (place < 0 ? 0 : this.order.at(place)) as PrefixId;
  }

  private lengthOf(id: PrefixId): number {
    this.read(id, this.one);
    return this.one[this.octets - 1];
  }

  private compare(a: number, b: number): number {
    return compareOctets(this.octetsOf(a, this.one), this.octetsOf(b, this.other)) || a - b;
  }

  private octetsOf(id: number, into: Uint8Array): Uint8Array {
    if (id === PROBE) return this.probe;
    this.read(id as PrefixId, into);
    return into;
  }
}

function compareOctets(one: Uint8Array, other: Uint8Array): number {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return one[i] - other[i];
  return 0;
}
