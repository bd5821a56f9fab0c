/**
 * The decision process.
 *
 * RFC 4271 9.1.2.2 with RFC 4456 section 9 ranks the usable paths of a prefix by, in this order:
 *   degree of preference (LOCAL_PREF), AS_PATH length, ORIGIN, MED (among paths of one neighbor AS), eBGP over iBGP,
 *   cost of the next hop, BGP identifier (ORIGINATOR_ID if present), CLUSTER_LIST length, peer address.
 * RFC 7311 4.1 adds a step after LOCAL_PREF: if any path has an AIGP metric, paths without one are removed, then those
 * above the lowest, including the cost of the next hop. RFC 9494 adds the first step: a path with LLGR_STALE is less
 * preferred than all without. RFC 7432 15 adds one behind it for EVPN: the highest sequence number of MAC mobility. A weight that a policy sets is compared before LOCAL_PREF.
 * The last step is the ADD-PATH identifier, so that two paths of one peer never tie.
 *
 * Like the RFC, and unlike a pairwise comparison, it removes candidates step by step: the result does not depend on the
 * order in which paths were received ("deterministic MED"). Each step reads integers from columns. The name of the step
 * that removed a path is data, which `explain` prints.
 *
 * A few paths are decided step by step, with one pass over the list per step. The several best paths of a list, and the
 * best path of a prefix with many, come from a `Ranking`, which compares two paths by the same steps (`compare` and
 * `compareWithMed`). A kept ranking requires that keys change only with their path, between `PathLists.changing` and
 * `changed` (new attributes, LLGR_STALE, a reason). When a key changes and its paths do not (the cost of a next hop,
 * the first AIGP metric, the router id of a peer that has paths), `AttributesTable.keyVersion` must increase: rankings
 * are then rebuilt at their next use. `Revalidation` walks over the paths and marks the prefixes dirty.
 */

import { sortIds } from '../../lib/tables/sorted-ids.ts';
import { COMMUNITY_FLAG } from '../../wire/attributes/attribute-table.ts';
import { mobilityRank } from '../../wire/attributes/mac-mobility.ts';
import type { AttributesTable } from '../attributes/attributes.ts';
import { compareAddresses, type RibPeer } from '../peers/peers.ts';
import type { AttributesId, PathId } from '../tables/ids.ts';
import type { PathTable } from '../tables/paths.ts';
import { type PathOrder, Ranking } from './ranking.ts';
import { AFTER_MED, AIGP_LOW, MAX_STEPS, STEP, shownStep, stepsBeforeMed, TIED } from './steps.ts';

/** RFC 5065 5.3: a peer in the confederation counts as internal. */
function isOutside({ ebgp, confederation }: RibPeer): boolean {
  return ebgp && !confederation;
}

/** Selects the paths that take part. */
export interface PathFilter {
  accepts(path: PathId): boolean;
}

export class Decision implements PathOrder {
  /** Number of the step that selected the path of the last `best`. */
  step = 0;
  /** For `explain`: called for each removed path. */
  onRemoved: ((path: PathId, step: number) => void) | null = null;

  /** Number of paths that the last `rank` selected from. */
  eligible = 0;

  private candidates = new Uint32Array(64);
  private count = 0;
  /** Keys of the best candidate so far, by step. */
  private readonly lowest = new Float64Array(MAX_STEPS);
  private readonly ranking = new Ranking(this);
  private readonly attributes: AttributesTable;
  private readonly paths: PathTable;
  private readonly peers: readonly (RibPeer | undefined)[];

  /** The steps before MED: without AIGP and weights, with AIGP, with weights, with both. */
  private readonly beforeMed: readonly (readonly number[])[];

  /** @param hasMobility routes of the family have sequence numbers of MAC mobility (RFC 7432 15) */
  constructor(
    attributes: AttributesTable,
    paths: PathTable,
    peers: readonly (RibPeer | undefined)[],
    hasMobility: boolean,
  ) {
    this.beforeMed = [0, 1, 2, 3].map((has) => stepsBeforeMed(hasMobility, (has & 1) !== 0, (has & 2) !== 0));
    this.attributes = attributes;
    this.paths = paths;
    this.peers = peers;
  }

  /** The best usable path of a list, or 0. */
  best(head: PathId): PathId {
    this.collect(head, null);
    return this.choose();
  }

  /**
   * Writes the best `limit` usable paths of a list that the filter accepts, best first, to `out`; returns their number.
   * `eligible` is the number of paths to select from.
   */
  rank(head: PathId, filter: PathFilter | null, limit: number, out: Uint32Array): number {
    this.collect(head, filter);
    this.eligible = this.count;
    if (this.count <= 1 || limit === 1) {
      out[0] = this.choose();
      return Math.min(this.eligible, limit);
    }
    this.ranking.fill(this.candidates, this.count);
    return this.ranking.take(limit, out);
  }

  /**
   * Writes the usable paths of a list that are equal to the best one up to the step `next-hop cost`, those that may
   * share the traffic, to `out`: best first, at most `limit`; returns their number.
   */
  tied(head: PathId, limit: number, out: Uint32Array): number {
    this.collect(head, null);
    this.ranking.fill(this.candidates, this.count);
    return this.ranking.tied(limit, out);
  }

  /** Puts the usable paths of a list that the filter (if any) accepts into a ranking that is kept. */
  fill(ranking: Ranking, head: PathId, filter: PathFilter | null): void {
    this.collect(head, filter);
    ranking.fill(this.candidates, this.count);
  }

  /** Changes when keys of unchanged paths may have changed: kept rankings must then be rebuilt. */
  get version(): number {
    return this.attributes.keyVersion;
  }

  compare(a: PathId, b: PathId): number {
    if (this.isSameSet(a, b)) return this.compareAfterMed(a, b);
    return this.compareSteps(this.separable(), a, b) || this.compareAfterMed(a, b);
  }

  compareWithMed(a: PathId, b: PathId): number {
    if (this.isSameSet(a, b)) return this.compareAfterMed(a, b);
    return this.compareSteps(this.separable(), a, b) || this.compareMeds(a, b) || this.compareAfterMed(a, b);
  }

  /**
   * Whether the best path of a list is still the best one beside an added path. A path that it beats may remove others
   * by its MED, but nothing that was not removed before.
   */
  staysBest(best: PathId, added: PathId): boolean {
    if (this.isSameSet(best, added)) return this.compareAfterMed(best, added) < 0;
    const before = this.compareSteps(this.separable(), best, added);
    if (before !== 0) return before < 0;
    const { attributes, paths } = this;
    const [setA, setB] = [paths.attributesOf(best), paths.attributesOf(added)];
    if (attributes.neighborAsOf(setA) === attributes.neighborAsOf(setB)) {
      const difference = attributes.medOf(setA) - attributes.medOf(setB);
      if (difference !== 0) return difference < 0;
    }
    return this.compareAfterMed(best, added) < 0;
  }

  private isSameSet(a: PathId, b: PathId): boolean {
    const { paths } = this;
    if (paths.attributesOf(a) !== paths.attributesOf(b)) return false;
    return !paths.hasWeights || paths.weightOf(a) === paths.weightOf(b);
  }

  isSameRun(a: PathId, b: PathId): boolean {
    const setA = this.paths.attributesOf(a);
    const setB = this.paths.attributesOf(b);
    if (this.isSameSet(a, b)) return true;
    if (this.attributes.neighborAsOf(setA) !== this.attributes.neighborAsOf(setB)) return false;
    return this.compareSteps(this.separable(), a, b) === 0;
  }

  isSameMed(a: PathId, b: PathId): boolean {
    return this.attributes.medOf(this.paths.attributesOf(a)) === this.attributes.medOf(this.paths.attributesOf(b));
  }

  isTied(a: PathId, b: PathId): boolean {
    return this.compareSteps(this.separable(), a, b) === 0 && this.compareSteps(TIED, a, b) === 0;
  }

  private compareSteps(steps: readonly number[], a: PathId, b: PathId): number {
    const setA = this.paths.attributesOf(a);
    const setB = this.paths.attributesOf(b);
    for (let i = 0; i < steps.length; i++) {
      const keyA = this.keyOf(a, setA, steps[i]);
      const keyB = this.keyOf(b, setB, steps[i]);
      if (keyA !== keyB) return keyA < keyB ? -1 : 1;
    }
    return 0;
  }

  private compareMeds(a: PathId, b: PathId): number {
    const { attributes, paths } = this;
    const setA = paths.attributesOf(a);
    const setB = paths.attributesOf(b);
    return (
      attributes.neighborAsOf(setA) - attributes.neighborAsOf(setB) || attributes.medOf(setA) - attributes.medOf(setB)
    );
  }

  private compareAfterMed(a: PathId, b: PathId): number {
    const { paths } = this;
    const peerA = paths.peerOf(a);
    const peerB = paths.peerOf(b);
    if (peerA === peerB && this.isSameSet(a, b)) return paths.pathIdOf(a) - paths.pathIdOf(b);
    const before = this.compareSteps(AFTER_MED, a, b);
    if (before !== 0) return before;
    const addresses = peerA === peerB ? 0 : compareAddresses(this.peerOf(a).address, this.peerOf(b).address);
    return addresses || paths.pathIdOf(a) - paths.pathIdOf(b) || peerA - peerB;
  }

  private choose(): PathId {
    this.step = 0;
    if (this.count <= 1) return (this.count === 0 ? 0 : this.candidates[0]) as PathId;
    if (this.keepBest(this.separable())) return this.winner(shownStep(this.step));
    if (this.keepLowestMeds()) return this.winner(STEP.med);
    if (this.keepBest(AFTER_MED)) return this.winner(this.step);
    if (this.keepLowestAddress()) return this.winner(STEP.peerAddress);
    this.keepSmallest(STEP.pathId);
    return this.winner(STEP.pathId);
  }

  separable(): readonly number[] {
    return this.beforeMed[(this.attributes.knowsAigp ? 1 : 0) | (this.paths.hasWeights ? 2 : 0)];
  }

  private winner(step: number): PathId {
    this.step = step;
    return this.candidates[0] as PathId;
  }

  private collect(head: PathId, filter: PathFilter | null): void {
    this.count = 0;
    for (let path = head; path !== 0; path = this.paths.nextOf(path)) {
      if (this.paths.reasonOf(path) !== 0 || (filter !== null && !filter.accepts(path))) continue;
      if (this.count === this.candidates.length) this.grow();
      this.candidates[this.count++] = path;
    }
  }

  private grow(): void {
    const larger = new Uint32Array(this.candidates.length * 2);
    larger.set(this.candidates);
    this.candidates = larger;
  }

  /** What a step compares; smaller is preferred. */
  keyOf(path: PathId, set: AttributesId, step: number): number {
    switch (step) {
      case STEP.llgrStale:
        return (this.attributes.flagsOf(set) & COMMUNITY_FLAG.llgrStale) === 0 ? 0 : 1;
      case STEP.mobility:
        return -this.mobilityOf(set);
      case STEP.weight:
        return -this.paths.weightOf(path);
      case STEP.localPref:
        return -this.attributes.localPrefOf(set);
      case STEP.aigp:
        return this.attributes.aigpHighOf(set);
      case AIGP_LOW:
        return this.attributes.aigpLowOf(set);
      case STEP.asPathLength:
        return this.attributes.asPathLengthOf(set);
      case STEP.origin:
        return this.attributes.originOf(set);
      case STEP.med:
        return this.attributes.medOf(set);
      case STEP.ebgp:
        return isOutside(this.peerOf(path)) ? 0 : 1;
      case STEP.nextHopCost:
        return this.attributes.nextHopCostOf(set);
      case STEP.routerId:
        return this.identifierOf(path, set);
      case STEP.clusterLength:
        return this.attributes.clusterLengthOf(set);
      default:
        return this.paths.pathIdOf(path);
    }
  }

  /** Read from the bytes, because only EVPN asks. */
  private mobilityOf(set: AttributesId): number {
    const { attributes } = this;
    const start = attributes.startOf(set);
    return mobilityRank(attributes.pageOf(set), start, start + attributes.lengthOf(set));
  }

  /** RFC 4456 9: ORIGINATOR_ID, if present, replaces the router id of the peer. */
  private identifierOf(path: PathId, set: AttributesId): number {
    const originator = this.attributes.originatorOf(set);
    return originator !== 0 ? originator : this.peerOf(path).routerId;
  }

  private peerOf(path: PathId): RibPeer {
    return this.peers[this.paths.peerOf(path)] as RibPeer;
  }

  /**
   * Takes steps one after another, each of which compares a key: true when one candidate is left, and `step` is then the
   * one that left it. All steps in one pass: what is compared of a path lies in as many columns, seldom in a cache.
   */
  private keepBest(steps: readonly number[]): boolean {
    if (this.onRemoved !== null) return this.keepStepwise(steps);
    const { candidates, count, lowest } = this;
    let kept = 0;
    let decisive = 0;
    for (let i = 0; i < count; i++) {
      const path = candidates[i] as PathId;
      const set = this.paths.attributesOf(path);
      let at = 0;
      if (i > 0) {
        let key = 0;
        for (; at < steps.length; at++) {
          key = this.keyOf(path, set, steps[at]);
          if (key !== lowest[at]) break;
        }
        if (at < steps.length) {
          // Those that the new best one beats at this step lose to it here or before, whatever they lost to until now.
          const isBetter = key < lowest[at];
          decisive = isBetter ? at : Math.max(decisive, at);
          if (!isBetter) continue;
          kept = 0;
        }
      }
      for (; at < steps.length; at++) lowest[at] = this.keyOf(path, set, steps[at]);
      candidates[kept++] = path;
    }
    this.count = kept;
    this.step = steps[decisive];
    return kept === 1;
  }

  private keepStepwise(steps: readonly number[]): boolean {
    for (const step of steps) {
      this.step = step;
      if (this.keepSmallest(step)) return true;
    }
    return false;
  }

  /** Keeps the candidates with the smallest key; true when one is left. */
  private keepSmallest(step: number): boolean {
    let smallest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.count; i++) {
      const path = this.candidates[i] as PathId;
      smallest = Math.min(smallest, this.keyOf(path, this.paths.attributesOf(path), step));
    }
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const path = this.candidates[i] as PathId;
      if (this.keyOf(path, this.paths.attributesOf(path), step) === smallest) this.candidates[kept++] = path;
      else this.onRemoved?.(path, shownStep(step));
    }
    this.count = kept;
    return kept === 1;
  }

  /** RFC 4271 9.1.2.2 c: of each neighbor AS only the lowest MED is kept. True when one path is left. */
  private keepLowestMeds(): boolean {
    const { candidates, count, attributes } = this;
    const first = this.setOf(0);
    const med = attributes.medOf(first);
    const neighbor = attributes.neighborAsOf(first);
    let same = 1;
    while (same < count && attributes.medOf(this.setOf(same)) === med) same++;
    // Most prefixes need no sorting by neighbor AS.
    if (same === count) return false;
    same = 1;
    while (same < count && attributes.neighborAsOf(this.setOf(same)) === neighbor) same++;
    if (same === count) return this.keepSmallest(STEP.med);
    sortIds(candidates, count, this.byMed);
    let kept = 0;
    let best = this.setOf(0);
    for (let i = 0; i < count; i++) {
      const set = this.setOf(i);
      if (attributes.neighborAsOf(set) !== attributes.neighborAsOf(best)) best = set;
      if (attributes.medOf(set) === attributes.medOf(best)) candidates[kept++] = candidates[i];
      else this.onRemoved?.(candidates[i] as PathId, STEP.med);
    }
    this.count = kept;
    return kept === 1;
  }

  private readonly byMed = (a: number, b: number): number => this.compareMeds(a as PathId, b as PathId);

  private setOf(index: number): AttributesId {
    return this.paths.attributesOf(this.candidates[index] as PathId);
  }

  private keepLowestAddress(): boolean {
    let lowest = this.peerOf(this.candidates[0] as PathId).address;
    for (let i = 1; i < this.count; i++) {
      const address = this.peerOf(this.candidates[i] as PathId).address;
      if (compareAddresses(address, lowest) < 0) lowest = address;
    }
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const path = this.candidates[i] as PathId;
      if (compareAddresses(this.peerOf(path).address, lowest) === 0) this.candidates[kept++] = path;
      else this.onRemoved?.(path, STEP.peerAddress);
    }
    this.count = kept;
    return kept === 1;
  }
}
