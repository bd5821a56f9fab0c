/**
 * Which peer is charged for which attribute set. A set is shared by all peers that announce it, and charged to the peer
 * that announced it first, as long as that peer uses it. Only a walk over all paths shows whether it still does. The
 * walk is made when a limit is reached: an audit then charges sets that the account's peer no longer uses to peers that
 * do. Otherwise a peer could charge another one by announcing sets that the other has withdrawn.
 *
 * An account belongs to a peer of the tables. It outlives the peer while others use sets that are charged to it.
 */

import { invariant } from '../../lib/invariant.ts';
import { U16Column } from '../../lib/tables/columns.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId } from '../tables/ids.ts';

/** Octets charged for a set in addition to its own: its columns, its place in the index, a gap. */
export const SET_OVERHEAD = 64;

/** The account of sets that exports make: they are ours, not those of a peer, and no limit of peers counts them. */
export const EXPORTS = 65_535;

/** An account number fits a column of 16 bits; 0: no account. */
const MAX_ACCOUNTS = EXPORTS - 1;

export class AttributeAccounts {
  /** Account of each set; a column of the table of sets. */
  readonly owners = new U16Column();
  /** The account that new sets are charged to; 0: none. */
  current = 0;
  /** Octets charged to all accounts, including those charged to none; without those of exports. */
  total = 0;
  /** Octets of sets that exports made. */
  exported = 0;
  private readonly octets: number[] = [0];
  private readonly peers: (RibPeer | null)[] = [null];
  private readonly vacant: number[] = [];

  /** Opens an account for a peer; 0 when there are too many. */
  open(peer: RibPeer): number {
    const account = this.vacant.pop() ?? this.octets.length;
    if (account > MAX_ACCOUNTS) return 0;
    this.octets[account] = 0;
    this.peers[account] = peer;
    return account;
  }

  /** The peer was removed. */
  close(account: number): void {
    if (account === 0) return;
    this.peers[account] = null;
    if (this.octets[account] === 0) this.vacant.push(account);
  }

  /** Octets charged to an account. */
  of(account: number): number {
    return this.octets[account];
  }

  /** The account with the most octets, of a peer or of a removed one; 0: there is none. */
  largest(): number {
    let most = 0;
    for (let account = 1; account < this.octets.length; account++) {
      if (this.octets[account] > (most === 0 ? 0 : this.octets[most])) most = account;
    }
    return most;
  }

  /** The peer of an account; null: the peer was removed. */
  peerOf(account: number): RibPeer | null {
    return this.peers[account];
  }

  /** A set of `length` octets was added. */
  charge(set: AttributesId, length: number): void {
    this.owners.set(set, this.current);
    this.add(this.current, length + SET_OVERHEAD);
  }

  /** A set was removed. */
  discharge(set: AttributesId, length: number): void {
    this.add(this.owners.get(set), -(length + SET_OVERHEAD));
  }

  /** A known set is about to be used for the current account: it is charged to that if an export has made it. */
  claim(set: AttributesId, length: number): void {
    if (this.owners.get(set) === EXPORTS && this.current !== EXPORTS) this.move(set, length, this.current);
  }

  /** Charges a set to another account. */
  move(set: AttributesId, length: number, to: number): void {
    this.add(this.owners.get(set), -(length + SET_OVERHEAD));
    this.owners.set(set, to);
    this.add(to, length + SET_OVERHEAD);
  }

  private add(account: number, octets: number): void {
    if (account === EXPORTS) {
      this.exported += octets;
      return;
    }
    this.total += octets;
    this.octets[account] += octets;
    invariant(this.octets[account] >= 0, 'an account is not discharged of more than it was charged with');
    if (octets < 0 && account !== 0 && this.octets[account] === 0 && this.peers[account] === null) {
      this.vacant.push(account);
    }
  }
}
