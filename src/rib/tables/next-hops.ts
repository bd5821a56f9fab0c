/**
 * Next hops, interned: the bytes of NEXT_HOP (4) or of MP_REACH's next hop: 4, 16, or 32 with a link-local address; of a VPN
 * with a route distinguisher before each address 12, 24 or 48 (RFC 4364, RFC 4659); of flowspec none (RFC 8955). Others
 * are opaque: they have no address that we know, and always count as reachable.
 * Reference counted by the attribute sets and by the FIB.
 *
 * A link-local address is valid on one link only, so it is interned with a scope: the interface (`%eth1`), or the peer
 * that sent it (`@192.0.2.9`: the interface by which that peer is reached).
 */

import { prefixContains } from '../../lib/ip.ts';
import { U8Column, U16Column, U32Column } from '../../lib/tables/columns.ts';
import { Interner } from '../../lib/tables/interner.ts';
import type { CostRule } from '../../spec/router.ts';
import type { NextHopId, PeerId } from './ids.ts';
import { addressAt, addressOctets, nextHopText, rdOctets } from './next-hop-octets.ts';
import { Scopes } from './scopes.ts';

/** Whether a next hop is reachable, as resolved by the kernel; `awaited`: its resolution is pending. */
const REACH = { reachable: 0, awaited: 1, unreachable: 2 } as const;

/** Whether the cost of a next hop has changed since the last walk over the paths, or before the current walk. */
const MOVED = { no: 0, waiting: 1, walking: 2 } as const;

const AWAITED_WORDS = 'the next hop is being resolved';

export class NextHopTable {
  private readonly own = new U8Column();
  private readonly reaches = new U8Column();
  /** Index of its scope; 0: none. */
  private readonly scopeIds = new U16Column();
  /** The peer that has its address, as of the last lookup: see `peerOf`. */
  private readonly peers = new U16Column();
  /** Warnings already given about it, as bits of the caller. */
  private readonly warned = new U8Column();
  /** The cost as resolved, and the cost in use, which configured rules may override. */
  private readonly measuredCosts = new U32Column();
  private readonly costs = new U32Column();
  /** A value of MOVED. */
  private readonly moved = new U8Column();
  /** 1: it was never resolved, so no path with it was ever usable. */
  private readonly unasked = new U8Column();
  /** Increases when the cost of a next hop changes that a usable path may have. */
  costChanges = 0;
  private readonly interner = new Interner([
    this.own,
    this.reaches,
    this.scopeIds,
    this.peers,
    this.warned,
    this.measuredCosts,
    this.costs,
    this.moved,
    this.unasked,
  ]);
  /** The longest prefix first. */
  private costRules: readonly CostRule[] = [];
  private readonly words = new Map<number, string>();
  private readonly scopes = new Scopes();
  private readonly peerIds = new Map<string, PeerId>();
  private ownAddresses: readonly Uint8Array[] = [];
  private onNew: ((id: NextHopId) => void) | null = null;
  /** Next hops at `REACH.awaited`. */
  private awaited = 0;

  /** Addresses of this router: a route whose next hop is one of them is unusable (RFC 4271 5.1.3). */
  setOwnAddresses(addresses: readonly Uint8Array[]): void {
    this.ownAddresses = addresses;
    for (const id of this.held()) this.markOwn(id);
  }

  /**
   * From now on next hops are resolved, by calls of `setReach`; a new next hop is `awaited` until then.
   * @param onNew called for each new next hop, which has no holder yet
   */
  watch(onNew: (id: NextHopId) => void): void {
    this.onNew = onNew;
    for (const id of this.held()) this.await(id);
  }

  /**
   * Sets whether a next hop is reachable, and its cost (0 to 2^32 - 1); false when nothing changes. After a change the
   * paths must be revalidated (`Revalidation`).
   */
  setReach(id: NextHopId, words: string | null, cost = 0): boolean {
    const reach = words === null ? REACH.reachable : REACH.unreachable;
    const same = this.reaches.get(id) === reach && (words === null || this.words.get(id) === words);
    // An unreachable next hop has no cost: the previous one stays, and most likely returns.
    if (words === null) this.measuredCosts.set(id, cost);
    const moved = this.updateCost(id);
    this.unasked.set(id, 0);
    if (same) return moved;
    if (this.reaches.get(id) === REACH.awaited) this.awaited--;
    this.reaches.set(id, reach);
    if (words === null) this.words.delete(id);
    else this.words.set(id, words);
    return true;
  }

  /** Whether a next hop is reachable, so that paths with it may be usable. */
  isReachable(id: NextHopId): boolean {
    return this.reaches.get(id) === REACH.reachable;
  }

  /** Why it is unreachable, in words; null when it is reachable. */
  unreachableWords(id: NextHopId): string | null {
    if (this.isReachable(id)) return null;
    return this.reaches.get(id) === REACH.awaited ? AWAITED_WORDS : (this.words.get(id) ?? '');
  }

  /** Replaces the configured costs; the paths must then be revalidated. */
  setCostRules(rules: readonly CostRule[]): void {
    this.costRules = rules.toSorted((a, b) => b.prefix.length - a.prefix.length);
    for (const id of this.held()) this.updateCost(id);
  }

  /** Cost of reaching it (RFC 4271 9.1.2.2 e): 0 on link, and when it is not resolved. */
  costOf(id: NextHopId): number {
    return this.costs.get(id);
  }

  /** A walk over all paths begins: next hops whose cost has changed since the last walk began are `isMoved` in it. */
  beginWalk(): void {
    for (const id of this.held()) {
      const moved = this.moved.get(id);
      if (moved !== MOVED.no) this.moved.set(id, moved === MOVED.waiting ? MOVED.walking : MOVED.no);
    }
  }

  /** Whether prefixes with paths to it must be decided again because its cost has changed. */
  isMoved(id: NextHopId): boolean {
    return this.moved.get(id) !== MOVED.no;
  }

  /** Id of a next hop; a new one is added, without a holder. `scope` applies to a link-local one. */
  intern(bytes: Uint8Array, start: number, length: number, scope = ''): NextHopId {
    const scoped = scope !== '' && addressOctets(length) === 16 && isLinkLocal(bytes, addressAt(bytes, start, length));
    const scopeId = scoped ? this.scopes.idOf(scope) : 0;
    const found = this.interner.find(bytes, start, start + length, scopeId);
    if (found !== 0) return found as NextHopId;
    const id = this.interner.add(bytes, start, start + length, scopeId) as NextHopId;
    this.scopeIds.set(id, scopeId);
    this.scopes.hold(scopeId);
    this.warned.set(id, 0);
    this.reaches.set(id, REACH.reachable);
    this.words.delete(id);
    this.measuredCosts.set(id, 0);
    this.costs.set(id, this.ruledCost(id) ?? 0);
    this.moved.set(id, MOVED.no);
    this.markOwn(id);
    this.lookUpPeer(id);
    this.unasked.set(id, this.onNew === null ? 0 : 1);
    this.await(id);
    return id;
  }

  /** A peer with this address was added: notes it at the next hop with that address. */
  addPeer(address: Uint8Array, peer: PeerId): void {
    this.peerIds.set(keyOf(address, 0, address.length), peer);
    this.markPeer(address, peer);
  }

  removePeer(address: Uint8Array, peer: PeerId): void {
    const key = keyOf(address, 0, address.length);
    if (this.peerIds.get(key) !== peer) return;
    this.peerIds.delete(key);
    this.markPeer(address, 0 as PeerId);
  }

  /**
   * The peer that has the address of the next hop, or 0. Adding or removing a peer does not update every next hop with
   * its address (not those of 32 octets, nor link-local ones): the caller checks with `isAt`, and calls `lookUpPeer`.
   */
  peerOf(id: NextHopId): PeerId {
    return this.peers.get(id) as PeerId;
  }

  /** Whether this is the address of a next hop. */
  isAt(id: NextHopId, address: Uint8Array): boolean {
    const length = this.lengthOf(id);
    if (addressOctets(length) !== address.length) return false;
    const page = this.pageOf(id);
    const start = this.startOf(id) + rdOctets(length);
    for (let i = 0; i < address.length; i++) if (page[start + i] !== address[i]) return false;
    return true;
  }

  /** The peer that has the address of the next hop now, or 0. */
  lookUpPeer(id: NextHopId): PeerId {
    const peer = this.peerIds.get(this.keyOf(id)) ?? (0 as PeerId);
    this.peers.set(id, peer);
    return peer;
  }

  /** Notes that a warning is given; false when it was given before. `bit` is one bit of eight. */
  noteWarning(id: NextHopId, bit: number): boolean {
    const warned = this.warned.get(id);
    if ((warned & bit) !== 0) return false;
    this.warned.set(id, warned | bit);
    return true;
  }

  hold(id: NextHopId): void {
    this.interner.hold(id);
  }

  release(id: NextHopId): void {
    if (this.interner.letGo(id)) this.drop(id);
  }

  isHeld(id: NextHopId): boolean {
    return this.interner.isHeld(id);
  }

  /** Drops a next hop that was interned but not used. */
  dropUnheld(id: NextHopId): void {
    if (!this.interner.isHeld(id)) this.drop(id);
  }

  private drop(id: NextHopId): void {
    if (this.reaches.get(id) === REACH.awaited) {
      this.awaited--;
      this.reaches.set(id, REACH.reachable);
    }
    this.scopes.release(this.scopeIds.get(id));
    this.interner.drop(id);
  }

  isOwn(id: NextHopId): boolean {
    return this.own.get(id) !== 0;
  }

  /** Whether packets are sent to a link-local address. */
  isScoped(id: NextHopId): boolean {
    return this.scopeIds.get(id) !== 0;
  }

  /** Whether `tidy` has something to do. */
  get isUntidy(): boolean {
    return this.interner.isUntidy;
  }

  /** Closes gaps between the bytes, for `budget` ids: earlier results of `pageOf` and `startOf` are invalid. */
  tidy(budget: number): void {
    this.interner.tidy(budget);
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

  /** Text of the address that packets are sent to, with the interface if it is known by name. */
  format(id: NextHopId): string {
    const scope = this.scopes.text(this.scopeIds.get(id));
    return `${nextHopText(this.pageOf(id), this.startOf(id), this.lengthOf(id))}${scope.startsWith('%') ? scope : ''}`;
  }

  /** The same with its whole scope: the name under which it is resolved. */
  nameOf(id: NextHopId): string {
    return `${nextHopText(this.pageOf(id), this.startOf(id), this.lengthOf(id))}${this.scopes.text(this.scopeIds.get(id))}`;
  }

  /** Whether the resolution of any next hop is pending. */
  isAnyAwaited(): boolean {
    return this.awaited > 0;
  }

  get count(): number {
    return this.interner.count;
  }

  /** Number of different scopes of its next hops. */
  get scopeCount(): number {
    return this.scopes.count;
  }

  /** Every next hop that has a holder. */
  *held(): Iterable<NextHopId> {
    for (let id = 1; id < this.interner.limit; id++) if (this.interner.isHeld(id)) yield id as NextHopId;
  }

  bytes(): number {
    return this.interner.bytes();
  }

  private await(id: NextHopId): void {
    if (this.onNew === null || addressOctets(this.lengthOf(id)) === 0) return;
    if (this.reaches.get(id) !== REACH.awaited) this.awaited++;
    this.reaches.set(id, REACH.awaited);
    this.onNew(id);
  }

  /** Updates the cost in use; returns whether it changed. */
  private updateCost(id: NextHopId): boolean {
    const cost = this.ruledCost(id) ?? this.measuredCosts.get(id);
    if (this.costs.get(id) === cost) return false;
    this.costs.set(id, cost);
    this.moved.set(id, MOVED.waiting);
    if (this.unasked.get(id) === 0) this.costChanges++;
    return true;
  }

  private ruledCost(id: NextHopId): number | undefined {
    if (this.costRules.length === 0) return undefined;
    const page = this.pageOf(id);
    const length = this.lengthOf(id);
    const start = addressAt(page, this.startOf(id), length);
    const address = page.subarray(start, start + addressOctets(length));
    return this.costRules.find(({ prefix }) => prefixContains(prefix, address))?.cost;
  }

  private keyOf(id: NextHopId): string {
    const length = this.lengthOf(id);
    return keyOf(this.pageOf(id), this.startOf(id) + rdOctets(length), addressOctets(length));
  }

  private markPeer(address: Uint8Array, peer: PeerId): void {
    const id = this.interner.find(address, 0, address.length, 0);
    if (id !== 0) this.peers.set(id, peer);
  }

  private markOwn(id: number): void {
    const page = this.interner.pageOf(id);
    const octets = addressOctets(this.interner.lengthOf(id));
    const start = this.interner.startOf(id) + rdOctets(this.interner.lengthOf(id));
    const same = (address: Uint8Array) =>
      address.length === octets && address.every((byte, i) => page[start + i] === byte);
    this.own.set(id, this.ownAddresses.some(same) ? 1 : 0);
  }
}

/** fe80::/10. */
function isLinkLocal(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xfe && (bytes[at + 1] & 0xc0) === 0x80;
}

function keyOf(bytes: Uint8Array, start: number, length: number): string {
  let key = '';
  for (let i = start; i < start + length; i++) key += String.fromCharCode(bytes[i]);
  return key;
}
