/**
 * Which peer pays for which attribute sets. A set is shared by all peers that announce it, and charged to one: the peer
 * that announced it first, as long as that uses it. Whether it still does is not known without a look at all paths, which
 * nobody takes until a limit is reached: then an audit charges what the account's peer does not use to those who do.
 * Otherwise a peer could make another one pay by announcing what that has given up.
 *
 * An account belongs to a peer of the tables. It outlives it for as long as others use sets that are charged to it.
 */

import { invariant } from '../../lib/invariant.ts';
import { U16Column } from '../../lib/tables/columns.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId } from '../tables/ids.ts';

/** Octets that a set is charged with beside its own: its columns, its place in the index, a gap. */
export const SET_OVERHEAD = 64;

/** An account's number fits a column of 16 bits; 0 is nobody's. */
const MAX_ACCOUNTS = 65_535;

export class AttributeAccounts {
  /** Account of each set; a column of the table of sets. */
  readonly owners = new U16Column();
  /** Who is charged for the sets that are made now; 0: nobody. */
  current = 0;
  /** Octets charged to all accounts, that of nobody included. */
  total = 0;
  private readonly octets: number[] = [0];
  private readonly peers: (RibPeer | null)[] = [null];
  private readonly vacant: number[] = [];

  /** Gives a peer an account; 0 where there are too many. */
  open(peer: RibPeer): number {
    const account = this.vacant.pop() ?? this.octets.length;
    if (account > MAX_ACCOUNTS) return 0;
    this.octets[account] = 0;
    this.peers[account] = peer;
    return account;
  }

  /** The peer is gone. */
  close(account: number): void {
    if (account === 0) return;
    this.peers[account] = null;
    if (this.octets[account] === 0) this.vacant.push(account);
  }

  /** Octets charged to an account. */
  of(account: number): number {
    return this.octets[account];
  }

  /** The account with the most octets: of a peer, or of one that is gone; 0: there is none. */
  largest(): number {
    let most = 0;
    for (let account = 1; account < this.octets.length; account++) {
      if (this.octets[account] > (most === 0 ? 0 : this.octets[most])) most = account;
    }
    return most;
  }

  /** Whose it is; null: of a peer that is gone. */
  peerOf(account: number): RibPeer | null {
    return this.peers[account];
  }

  /** A set of so many octets was made. */
  charge(set: AttributesId, length: number): void {
    this.owners.set(set, this.current);
    this.add(this.current, length + SET_OVERHEAD);
    this.total += length + SET_OVERHEAD;
  }

  /** It is no more. */
  discharge(set: AttributesId, length: number): void {
    this.add(this.owners.get(set), -(length + SET_OVERHEAD));
    this.total -= length + SET_OVERHEAD;
  }

  /** Charges a set to another account. */
  move(set: AttributesId, length: number, to: number): void {
    this.add(this.owners.get(set), -(length + SET_OVERHEAD));
    this.owners.set(set, to);
    this.add(to, length + SET_OVERHEAD);
  }

  private add(account: number, octets: number): void {
    this.octets[account] += octets;
    invariant(this.octets[account] >= 0, 'an account is not discharged of more than it was charged with');
    if (octets < 0 && account !== 0 && this.octets[account] === 0 && this.peers[account] === null) {
      this.vacant.push(account);
    }
  }
}
