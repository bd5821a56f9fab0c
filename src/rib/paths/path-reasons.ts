/** Why paths of one family are unusable: what decides besides their attributes, and how many there are per reason. */
import type { FamilyId } from '../../wire/families.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId, PathId, PrefixId } from '../tables/ids.ts';
import type { PathTable } from '../tables/paths.ts';
import type { PrefixTable } from '../tables/prefixes.ts';
import { REASON } from '../tables/reasons.ts';
import type { DirtyPrefixes } from './dirty-prefixes.ts';
import type { PathLists } from './path-lists.ts';

/** Validates flow specifications (RFC 8955 6). */
export interface FlowCheck {
  /** Why a rule of the peer is infeasible, a value of REASON; 0: it is feasible. */
  reasonOf(rule: PrefixId, received: AttributesId, peer: RibPeer): number;
  bytes(): number;
}

export class PathReasons {
  /** Paths that are unusable because one of our cluster ids is in their CLUSTER_LIST. */
  looped = 0;
  /** null: the routes are no flow specifications. */
  flows: FlowCheck | null = null;
  private readonly family: FamilyId;
  private readonly prefixes: PrefixTable;
  private readonly paths: PathTable;
  private readonly lists: PathLists;
  private readonly dirty: DirtyPrefixes;

  constructor(family: FamilyId, prefixes: PrefixTable, paths: PathTable, lists: PathLists, dirty: DirtyPrefixes) {
    this.family = family;
    this.prefixes = prefixes;
    this.paths = paths;
    this.lists = lists;
    this.dirty = dirty;
  }

  /**
   * The reason of a path whose attributes give `reason`. A path is also unusable if its prefix is not unicast, if it is an
   * infeasible flow specification, if it is damped (RFC 2439), or, unless it was usable before, above the maximum of the
   * peer (RFC 4271 6.7).
   */
  allow(peer: RibPeer, prefix: PrefixId, before: number, reason: number, received: AttributesId): number {
    if (reason !== REASON.usable) return reason;
    if (!this.prefixes.isUnicast(prefix)) return REASON.notUnicast;
    if (this.flows !== null && peer.validatesFlows) {
      const infeasible = this.flows.reasonOf(prefix, received, peer);
      if (infeasible !== REASON.usable) return infeasible;
    }
    if (peer.damping?.[this.family].isSuppressed(prefix)) return REASON.damped;
    const isFull = before !== REASON.usable && peer.accepted[this.family] >= peer.maxAccepted[this.family];
    return isFull ? REASON.overLimit : REASON.usable;
  }

  /** Changes the reason of a path in the list of its prefix. */
  set(path: PathId, peer: RibPeer, reason: number): void {
    this.count(peer, this.paths.reasonOf(path), -1);
    this.count(peer, reason, 1);
    const prefix = this.paths.prefixOf(path);
    const mattered = reason === REASON.usable || this.paths.reasonOf(path) === REASON.usable;
    this.lists.changing(prefix, path);
    this.paths.setReason(path, reason);
    this.lists.changed(prefix, path);
    this.dirty.markPath(prefix, path, mattered);
  }

  count(peer: RibPeer, reason: number, by: number): void {
    if (reason === REASON.usable) peer.accepted[this.family] += by;
    else if (reason === REASON.overLimit) peer.overLimit[this.family] += by;
    else if (reason === REASON.damped) peer.damped[this.family] += by;
    else if (reason === REASON.ownCluster) this.looped += by;
    peer.byReason[reason] += by;
  }
}
