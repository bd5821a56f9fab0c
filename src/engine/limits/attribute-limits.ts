/**
 * The limits on the memory of attribute sets: per peer, and in total. A peer that exceeds its limit, or that has the
 * largest share when the total is exceeded, is sent Cease / Out of Resources (RFC 4486 4) and stays down for a time.
 * The peer is determined by an audit (rib/attributes/attribute-accounts): a set that another peer also uses does not
 * count.
 *
 * The cost per UPDATE is two comparisons.
 */
import { type Clock, TimeSlice } from '../../lib/clock.ts';
import { AccountAudit } from '../../rib/account-audit.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { Sweeper } from '../../rib/sweeper.ts';

/** Paths that an audit checks between two reads of the clock, and the maximum time of a slice. */
const STEP = 1024;
const SLICE_MS = 1;

/** Part of a limit at which a warning is reported, and below which it ends. */
const WARN_PART = 0.8;
const WARN_OVER_PART = 0.7;

/** How long a peer stays down after it exceeded a limit. */
export const ATTRIBUTE_RESTART_MS = 60_000;

/** The actions on a peer, identified by its entry in the tables. */
export interface AttributeLimitHost {
  onNear(peer: RibPeer, octets: number, limit: number): void;
  /** Close the session of the peer. */
  onOver(peer: RibPeer, scope: 'peer' | 'total', octets: number, limit: number): void;
}

export class AttributeLimits {
  /** Maximum octets of all attribute sets. */
  totalLimit = Number.POSITIVE_INFINITY;
  private audit: AccountAudit | null = null;
  /** Accounts to audit next. */
  private readonly queue = new Set<number>();
  /** Accounts that were audited while the total is exceeded. */
  private readonly audited = new Set<number>();
  private readonly warned = new Set<RibPeer>();
  private readonly rib: Rib;
  private readonly sweeper: Sweeper;
  private readonly host: AttributeLimitHost;
  private readonly slice: TimeSlice;

  constructor(rib: Rib, sweeper: Sweeper, clock: Clock, host: AttributeLimitHost) {
    this.rib = rib;
    this.sweeper = sweeper;
    this.host = host;
    this.slice = new TimeSlice(clock, SLICE_MS);
  }

  /** Checks the attribute sets of a peer. */
  check(peer: RibPeer): void {
    const { accounts } = this.rib.attributes;
    const octets = accounts.of(peer.account);
    if (octets > peer.attributesNear) this.onNear(peer, octets);
    if (accounts.total > this.totalLimit) this.requestLargest();
  }

  /**
   * Sets the limit of a peer.
   * @param octets Infinity: no limit
   */
  adopt(peer: RibPeer, octets: number): void {
    if (octets === peer.maxAttributes) return;
    peer.maxAttributes = octets;
    peer.attributesNear = octets * WARN_PART;
    this.warned.delete(peer);
  }

  /** The session of the peer is closed. */
  forget(peer: RibPeer): void {
    this.warned.delete(peer);
  }

  get pending(): boolean {
    return this.audit !== null || this.queue.size > 0;
  }

  /** Runs one bounded slice of an audit. */
  work(): void {
    if (this.audit === null) this.begin();
    this.slice.begin();
    while (this.audit !== null && !this.slice.isOver) {
      if (!this.audit.work(STEP)) continue;
      const { account } = this.audit;
      this.audit = null;
      this.checkLimit(account);
    }
  }

  private begin(): void {
    for (const account of this.queue) {
      this.queue.delete(account);
      this.audit = new AccountAudit(this.rib, account);
      return;
    }
  }

  private onNear(peer: RibPeer, octets: number): void {
    const limit = peer.maxAttributes;
    if (!this.warned.has(peer)) {
      this.warned.add(peer);
      this.host.onNear(peer, octets, limit);
    }
    if (octets > limit && !peer.gone) this.queue.add(peer.account);
  }

  /** Audits the largest account, after paths of closed sessions are removed from the tables. */
  private requestLargest(): void {
    if (this.pending || this.sweeper.pending) return;
    const account = this.rib.attributes.accounts.largest();
    if (account !== 0 && !this.audited.has(account)) this.queue.add(account);
  }

  private checkLimit(account: number): void {
    const { accounts } = this.rib.attributes;
    const peer = accounts.peerOf(account);
    const octets = accounts.of(account);
    if (peer !== null && !peer.gone) {
      const limit = peer.maxAttributes;
      if (octets > limit) {
        this.host.onOver(peer, 'peer', octets, limit);
        return;
      }
      if (octets < peer.attributesNear * (WARN_OVER_PART / WARN_PART)) this.warned.delete(peer);
    }
    this.checkTotal(account);
  }

  /** Closes the session of the largest account, if it was audited and its peer still has a session. */
  private checkTotal(account: number): void {
    const { accounts } = this.rib.attributes;
    if (accounts.total <= this.totalLimit) {
      this.audited.clear();
      return;
    }
    this.audited.add(account);
    const largest = accounts.largest();
    if (!this.audited.has(largest)) {
      this.queue.add(largest);
      return;
    }
    this.audited.clear();
    const peer = accounts.peerOf(largest);
    if (peer !== null && !peer.gone) this.host.onOver(peer, 'total', accounts.of(largest), this.totalLimit);
  }
}
