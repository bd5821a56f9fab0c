/**
 * Next hops, interned: the bytes of NEXT_HOP (4) or of MP_REACH's next hop (4, 16, or 32 with a link-local address).
 * Reference counted by the attribute sets and by the FIB. No I/O, no timers.
 */
import { U8Column } from '../lib/columns.ts';
import { Interner } from '../lib/interner.ts';
import { formatAddress } from '../lib/ip.ts';
import type { NextHopId } from './ids.ts';

export class NextHopTable {
  private readonly own = new U8Column();
  private readonly interner = new Interner([this.own]);
  private ownAddresses: readonly Uint8Array[] = [];

  /** Addresses of this router: a route whose next hop is one of them is unusable (RFC 4271 5.1.3). */
  setOwnAddresses(addresses: readonly Uint8Array[]): void {
    this.ownAddresses = addresses;
    for (let id = 1; id < this.interner.limit; id++) if (this.interner.isHeld(id)) this.markOwn(id);
  }

  /** Id of a next hop, made if need be; held by nobody when it is new. */
  intern(bytes: Uint8Array, start: number, length: number): NextHopId {
    const found = this.interner.find(bytes, start, start + length, 0);
    if (found !== 0) return found as NextHopId;
    const id = this.interner.add(bytes, start, start + length, 0);
    this.markOwn(id);
    return id as NextHopId;
  }

  hold(id: NextHopId): void {
    this.interner.hold(id);
  }

  release(id: NextHopId): void {
    if (this.interner.letGo(id)) this.interner.drop(id);
  }

  /** Drops a next hop that was interned and then not used. */
  dropUnheld(id: NextHopId): void {
    if (!this.interner.isHeld(id)) this.interner.drop(id);
  }

  isOwn(id: NextHopId): boolean {
    return this.own.get(id) !== 0;
  }

  /** The array that holds the bytes, from `startOf(id)`, `lengthOf(id)` of them. */
  pageOf(id: NextHopId): Uint8Array {
    return this.interner.pageOf(id);
  }

  startOf(id: NextHopId): number {
    return this.interner.startOf(id);
  }

  lengthOf(id: NextHopId): number {
    return this.interner.lengthOf(id);
  }

  /** Text of the address; of the global one where there are two. */
  format(id: NextHopId): string {
    const start = this.startOf(id);
    const length = this.lengthOf(id);
    return formatAddress(this.pageOf(id), start, start + Math.min(length, length === 4 ? 4 : 16));
  }

  get count(): number {
    return this.interner.count;
  }

  bytes(): number {
    return this.interner.bytes();
  }

  private markOwn(id: number): void {
    const page = this.interner.pageOf(id);
    const start = this.interner.startOf(id);
    const length = this.interner.lengthOf(id);
    const same = (address: Uint8Array) =>
      address.length === Math.min(length, 16) && address.every((byte, i) => page[start + i] === byte);
    this.own.set(id, this.ownAddresses.some(same) ? 1 : 0);
  }
}
