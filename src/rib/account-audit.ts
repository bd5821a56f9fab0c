/** Charges attribute sets to another peer when the charged peer no longer uses them. */
import { U16Column } from '../lib/tables/columns.ts';
import type { Rib } from './rib.ts';
import type { AttributesId, PathId } from './tables/ids.ts';

/** A walk over all paths, in pieces, that finds which peers use the sets charged to one account. */
export class AccountAudit {
  readonly account: number;
  /** By set: the account of a peer that uses it; the audited account if its own peer does. */
  private readonly users = new U16Column();
  private family = 0;
  private from = 1;
  private readonly rib: Rib;

  constructor(rib: Rib, account: number) {
    this.rib = rib;
    this.account = account;
  }

  /** Examines `budget` paths; true when the walk is over and the sets are charged. */
  work(budget: number): boolean {
    const { families, peers, attributes } = this.rib;
    const { paths } = families[this.family];
    const { owners } = attributes.accounts;
    const end = Math.min(paths.limit, this.from + budget);
    for (let id = this.from; id < end; id++) {
      const peer = peers[paths.peerOf(id as PathId)];
      if (peer === undefined || peer.account === 0) continue;
      this.note(paths.attributesOf(id as PathId), peer.account, owners);
      this.note(paths.receivedOf(id as PathId), peer.account, owners);
    }
    this.from = end;
    if (end < paths.limit) return false;
    this.from = 1;
    if (++this.family < families.length) return false;
    this.settle();
    return true;
  }

  private note(set: AttributesId, user: number, owners: U16Column): void {
    if (owners.get(set) === this.account && this.users.get(set) !== this.account) this.users.set(set, user);
  }

  private settle(): void {
    const { attributes } = this.rib;
    const { accounts } = attributes;
    for (let id = 1; id < attributes.limit; id++) {
      const user = this.users.get(id);
      if (user === 0 || user === this.account || accounts.owners.get(id) !== this.account) continue;
      // The account may have been closed meanwhile.
      if (accounts.peerOf(user) !== null)
        accounts.move(id as AttributesId, attributes.lengthOf(id as AttributesId), user);
    }
  }
}
