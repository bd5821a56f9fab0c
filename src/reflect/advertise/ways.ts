/**
 * The ways of advertised paths: when a path that was received by another way stays as it was advertised. Receivers would
 * see no difference but in the reflectors that the path passed.
 */
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PathId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { Eligible } from './advertised.ts';
import type { Exclusions } from './exclusions.ts';
import type { PathIdentities } from './identity.ts';
import { BetterWays, LostWays } from './lost-ways.ts';

export class Ways {
  /** Prefixes with a path whose advertised way was lost, and those with one that another way would be better for. */
  private readonly lost = new LostWays();
  private readonly better = new BetterWays();
  /** The waits of the current prefix are over: after the loss of a way, and for a better way. */
  private isOverdue = false;
  private isImproving = false;
  private readonly identities: PathIdentities;
  private readonly peers: readonly (RibPeer | undefined)[];
  private readonly eligible: Eligible;
  private readonly exclusions: Exclusions;
  private readonly onWayLost: () => void;

  /** @param onWayLost `age` must be called after a while */
  constructor(identities: PathIdentities, rib: Rib, eligible: Eligible, exclusions: Exclusions, onWayLost: () => void) {
    this.identities = identities;
    this.peers = rib.peers;
    this.eligible = eligible;
    this.exclusions = exclusions;
    this.onWayLost = onWayLost;
  }

  /** An update of a prefix begins. */
  begin(prefix: PrefixId): void {
    this.isOverdue = this.lost.take(prefix);
    this.isImproving = this.better.take(prefix);
  }

  /** The update has changed what is advertised. */
  noteChange(): void {
    this.better.noteChange();
  }

  /** Whether the old way of a path may stay advertised: the members that were sent it are sent the new way, too. */
  mayStay(oldSet: AttributesId, oldSource: PeerId, set: AttributesId, source: PeerId): boolean {
    if (this.peers[oldSource]?.gone !== false || !this.identities.haveSameNextHop(oldSet, set)) return false;
    if (!this.identities.haveSameOriginator(oldSet, oldSource, set, source)) return false;
    if (this.exclusions.withholds(oldSource, set, source)) return false;
    // Two reflectors would otherwise keep a path that its router withdrew from both, each because of the other.
    if (this.exclusions.narrows(set, source, oldSet, oldSource)) return false;
    return this.identities.differInWayOnly(oldSet, set);
  }

  /** Whether the path that the advertised attributes come from still has them, and may be advertised. */
  isThere(path: PathId, prefix: PrefixId, source: PeerId, set: AttributesId): boolean {
    const isStill = this.identities.isStill(path, prefix, source) && this.eligible.isExportedAs(path, set);
    return isStill && this.eligible.accepts(path);
  }

  /** Whether the old way, which may stay, does: not if the wait of the current prefix is over. */
  stays(prefix: PrefixId, isThere: boolean): boolean {
    if (isThere ? this.isImproving : this.isOverdue) return false;
    (isThere ? this.better : this.lost).add(prefix);
    this.onWayLost();
    return true;
  }

  /**
   * Visits prefixes to decide again because a path lost its way a while ago; with `all`, those of a moment ago too.
   * @returns whether there are more
   */
  age(all: boolean, visit: (prefix: PrefixId) => void): boolean {
    this.lost.age(all, visit);
    this.better.ageIfQuiet(visit);
    return this.lost.isWaiting || this.better.isWaiting;
  }

  forget(prefix: PrefixId): void {
    this.lost.forget(prefix);
    this.better.forget(prefix);
  }

  bytes(): number {
    return this.lost.bytes() + this.better.bytes();
  }
}
