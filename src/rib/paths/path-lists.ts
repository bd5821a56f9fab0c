/**
 * The paths of each prefix: a list whose head is the best path once the prefix is decided.
 *
 * A list is walked to find, decide and unlink: for the few paths of most prefixes nothing is faster or smaller. Above
 * MANY paths a prefix also has a `PathIndex`, and its list is doubly linked, so that a change of one path does not walk
 * the others. An index costs some 16 octets per path, and an object per prefix.
 */

import { NO_LIMIT, type RibPeer } from '../peers/peers.ts';
import type { PathId, PayloadId, PrefixId } from '../tables/ids.ts';
import type { PathTable } from '../tables/paths.ts';
import type { PrefixTable } from '../tables/prefixes.ts';
import type { Decision, PathFilter } from './decision.ts';
import { PathIndex } from './path-index.ts';

/** A list of more paths gets an index, and loses it below half as many. */
export const MANY = 64;

export class PathLists {
  private readonly prefixes: PrefixTable;
  private readonly paths: PathTable;
  private readonly decision: Decision;
  /** Paths that the last `find` walked past. */
  private passed = 0;
  private indexCount = 0;
  private readonly indexes = new Map<PrefixId, PathIndex>();

  constructor(prefixes: PrefixTable, paths: PathTable, decision: Decision) {
    this.prefixes = prefixes;
    this.paths = paths;
    this.decision = decision;
  }

  /** The path with this peer and ADD-PATH identifier in the list of a prefix, or 0. */
  find(prefix: PrefixId, peer: RibPeer, pathId: number): PathId {
    const index = this.indexOf(prefix);
    if (index !== undefined) return index.find(peer.id, pathId);
    const { paths } = this;
    let path = this.prefixes.head(prefix);
    let passed = 0;
    for (; path !== 0 && (paths.peerOf(path) !== peer.id || paths.pathIdOf(path) !== pathId); passed++) {
      path = paths.nextOf(path);
    }
    this.passed = passed;
    return path;
  }

  /** Visits the paths of a prefix that were learned from one peer. */
  eachOf(prefix: PrefixId, peer: RibPeer, visit: (path: PathId) => void): void {
    const index = this.indexOf(prefix);
    if (index !== undefined) {
      index.eachOf(peer.id, visit);
      return;
    }
    for (let path = this.prefixes.head(prefix); path !== 0; path = this.paths.nextOf(path)) {
      if (this.paths.peerOf(path) === peer.id) visit(path);
    }
  }

  /** Whether a peer has at least `limit` paths of a prefix. */
  isFull(prefix: PrefixId, peer: RibPeer, limit: number): boolean {
    if (limit === NO_LIMIT) return false;
    const index = this.indexOf(prefix);
    if (index !== undefined) return index.countOf(peer.id) >= limit;
    if (limit > MANY) return false;
    let count = 0;
    for (let path = this.prefixes.head(prefix); path !== 0; path = this.paths.nextOf(path)) {
      if (this.paths.peerOf(path) === peer.id) count++;
    }
    return count >= limit;
  }

  /**
   * Adds a path that `find` has just not found. It is inserted behind the head: the head stays the best path until the
   * next decision.
   */
  add(prefix: PrefixId, path: PathId): void {
    const head = this.prefixes.head(prefix);
    const index = this.indexOf(prefix);
    if (head === 0) this.linkFirst(prefix, path);
    else this.linkBehind(head, path, index !== undefined);
    if (index !== undefined) index.add(path);
    else if (this.passed >= MANY) this.addIndex(prefix);
  }

  /** Removes a path from its list; its columns must still be unchanged. */
  remove(prefix: PrefixId, path: PathId): void {
    const index = this.indexOf(prefix);
    index?.delete(path);
    this.unlink(prefix, path, index !== undefined);
    if (index !== undefined && index.count < MANY / 2) this.dropIndex(prefix);
  }

  /** What the decision reads of a path is about to change; `changed` must follow. */
  changing(prefix: PrefixId, path: PathId): void {
    this.indexOf(prefix)?.leave(path);
  }

  changed(prefix: PrefixId, path: PathId): void {
    this.indexOf(prefix)?.enter(path);
  }

  /** Sets the payload of a path in its list: what a filter accepts may depend on it. */
  setPayload(path: PathId, payload: PayloadId): void {
    const prefix = this.paths.prefixOf(path);
    this.changing(prefix, path);
    this.paths.setPayload(path, payload);
    this.changed(prefix, path);
  }

  /** Runs the decision and moves the best path to the head of the list; 0 when no path is usable. */
  decide(prefix: PrefixId): PathId {
    const head = this.prefixes.head(prefix);
    const index = this.indexOf(prefix);
    const best = index === undefined ? this.decision.best(head) : index.best(head);
    if (best !== 0 && best !== head) {
      this.unlink(prefix, best, index !== undefined);
      this.linkFirst(prefix, best);
      if (index !== undefined) this.paths.setBefore(head, best);
    }
    return best;
  }

  /** As `Decision.rank`. */
  rank(prefix: PrefixId, filter: PathFilter | null, limit: number, out: Uint32Array): number {
    const head = this.prefixes.head(prefix);
    const index = this.indexOf(prefix);
    return index === undefined ? this.decision.rank(head, filter, limit, out) : index.rank(head, filter, limit, out);
  }

  /** As `Decision.tied`. */
  tied(prefix: PrefixId, limit: number, out: Uint32Array): number {
    const head = this.prefixes.head(prefix);
    const index = this.indexOf(prefix);
    return index === undefined ? this.decision.tied(head, limit, out) : index.tied(head, limit, out);
  }

  /** A filter is no longer used for a prefix. */
  forgetFilter(prefix: PrefixId, filter: PathFilter): void {
    this.indexOf(prefix)?.forget(filter);
  }

  bytes(): number {
    let sum = 0;
    for (const index of this.indexes.values()) sum += index.bytes();
    return sum;
  }

  private indexOf(prefix: PrefixId): PathIndex | undefined {
    if (this.indexCount === 0 || this.prefixes.indexed.get(prefix) === 0) return undefined;
    return this.indexes.get(prefix);
  }

  private addIndex(prefix: PrefixId): void {
    const head = this.prefixes.head(prefix);
    for (let path = head; path !== 0; path = this.paths.nextOf(path)) {
      const next = this.paths.nextOf(path);
      if (next !== 0) this.paths.setBefore(next, path);
    }
    this.indexes.set(prefix, new PathIndex(this.paths, this.decision, head));
    this.prefixes.indexed.set(prefix, 1);
    this.indexCount++;
  }

  private dropIndex(prefix: PrefixId): void {
    this.indexes.delete(prefix);
    this.prefixes.indexed.set(prefix, 0);
    this.indexCount--;
  }

  private linkFirst(prefix: PrefixId, path: PathId): void {
    this.paths.setNext(path, this.prefixes.head(prefix));
    this.prefixes.heads.set(prefix, path);
  }

  private linkBehind(before: PathId, path: PathId, bothWays: boolean): void {
    const next = this.paths.nextOf(before);
    this.paths.setNext(path, next);
    this.paths.setNext(before, path);
    if (!bothWays) return;
    this.paths.setBefore(path, before);
    if (next !== 0) this.paths.setBefore(next, path);
  }

  private unlink(prefix: PrefixId, path: PathId, bothWays: boolean): void {
    const head = this.prefixes.head(prefix);
    const next = this.paths.nextOf(path);
    if (head === path) {
      this.prefixes.heads.set(prefix, next);
      return;
    }
    let before = bothWays ? this.paths.beforeOf(path) : head;
    while (this.paths.nextOf(before) !== path) before = this.paths.nextOf(before);
    this.paths.setNext(before, next);
    if (bothWays && next !== 0) this.paths.setBefore(next, before);
  }
}
