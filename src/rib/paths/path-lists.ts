/**
 * The paths of each prefix: a list whose head is the best path once the prefix is decided.
 *
 * A list is walked to find, decide and unlink: for the few paths of most prefixes nothing is faster or smaller. Above
 * SEVERAL paths, which lie in as many lines of a cache, the paths of a list are also in a hash, and the list is doubly
 * linked: a path is found and unlinked without a walk, for some 12 octets more per path. Above MANY paths a prefix has a
 * `PathIndex` instead, so that the decision after a change of one path does not walk over the others, either. An index
 * costs some 16 octets per path, and an object per prefix.
 */

import { NO_LIMIT, type RibPeer } from '../peers/peers.ts';
import type { PathId, PayloadId, PrefixId } from '../tables/ids.ts';
import type { PathTable } from '../tables/paths.ts';
import { INDEXED, type PrefixTable } from '../tables/prefixes.ts';
import type { Decision, PathFilter } from './decision.ts';
import { PathHash } from './path-hash.ts';
import { PathIndex } from './path-index.ts';

/** The paths of a list of more are in a hash, until there are less than half as many. */
export const SEVERAL = 8;
/** A list of more paths gets an index, and loses it below half as many. */
export const MANY = 64;

export class PathLists {
  private readonly prefixes: PrefixTable;
  private readonly paths: PathTable;
  private readonly decision: Decision;
  /** Paths that the last `find` walked past. */
  private passed = 0;
  /** Prefixes whose paths are in the hash or in an index. */
  private longCount = 0;
  private readonly hash: PathHash;
  private readonly indexes = new Map<PrefixId, PathIndex>();

  constructor(prefixes: PrefixTable, paths: PathTable, decision: Decision) {
    this.prefixes = prefixes;
    this.paths = paths;
    this.decision = decision;
    this.hash = new PathHash(paths);
  }

  /** The path with this peer and ADD-PATH identifier in the list of a prefix, or 0. */
  find(prefix: PrefixId, peer: RibPeer, pathId: number): PathId {
    if (this.longCount > 0) {
      const listed = this.prefixes.listed.get(prefix);
      if (listed === INDEXED) return (this.indexes.get(prefix) as PathIndex).find(peer.id, pathId);
      if (listed > 0) return this.hash.find(prefix, peer.id, pathId);
    }
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
    const listed = this.listedOf(prefix);
    if (head === 0) this.linkFirst(prefix, path);
    else this.linkBehind(head, path, listed > 0);
    if (listed === INDEXED) (this.indexes.get(prefix) as PathIndex).add(path);
    else if (listed > 0) this.addHashed(prefix, path, listed);
    else if (this.passed >= SEVERAL) this.beginHash(prefix);
  }

  /** Removes a path from its list; its columns must still be unchanged. */
  remove(prefix: PrefixId, path: PathId): void {
    const listed = this.listedOf(prefix);
    const index = this.indexOf(prefix);
    if (index !== undefined) index.delete(path);
    else if (listed > 0) this.hash.delete(path);
    this.unlink(prefix, path, listed > 0);
    if (index !== undefined) {
      if (index.count < MANY / 2) this.dropIndex(prefix);
    } else if (listed > SEVERAL / 2) this.prefixes.listed.set(prefix, listed - 1);
    else if (listed > 0) this.endHash(prefix);
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
      const bothWays = this.listedOf(prefix) > 0;
      this.unlink(prefix, best, bothWays);
      this.linkFirst(prefix, best);
      if (bothWays) this.paths.setBefore(head, best);
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
    let sum = this.hash.bytes();
    for (const index of this.indexes.values()) sum += index.bytes();
    return sum;
  }

  private listedOf(prefix: PrefixId): number {
    return this.longCount === 0 ? 0 : this.prefixes.listed.get(prefix);
  }

  private indexOf(prefix: PrefixId): PathIndex | undefined {
    return this.listedOf(prefix) === INDEXED ? this.indexes.get(prefix) : undefined;
  }

  private addHashed(prefix: PrefixId, path: PathId, listed: number): void {
    this.hash.add(path);
    if (listed < MANY) this.prefixes.listed.set(prefix, listed + 1);
    else this.beginIndex(prefix);
  }

  /** Puts the paths of a list into the hash, and links them both ways. */
  private beginHash(prefix: PrefixId): void {
    const { paths } = this;
    let count = 0;
    for (let path = this.prefixes.head(prefix); path !== 0; path = paths.nextOf(path), count++) {
      const next = paths.nextOf(path);
      if (next !== 0) paths.setBefore(next, path);
      this.hash.add(path);
    }
    this.prefixes.listed.set(prefix, count);
    this.longCount++;
  }

  private endHash(prefix: PrefixId): void {
    this.eachPath(prefix, (path) => this.hash.delete(path));
    this.prefixes.listed.set(prefix, 0);
    this.longCount--;
  }

  /** The paths of a list get an index, and are no longer in the hash. */
  private beginIndex(prefix: PrefixId): void {
    this.eachPath(prefix, (path) => this.hash.delete(path));
    this.indexes.set(prefix, new PathIndex(this.paths, this.decision, this.prefixes.head(prefix)));
    this.prefixes.listed.set(prefix, INDEXED);
  }

  private dropIndex(prefix: PrefixId): void {
    this.indexes.delete(prefix);
    let count = 0;
    this.eachPath(prefix, (path) => {
      this.hash.add(path);
      count++;
    });
    this.prefixes.listed.set(prefix, count);
  }

  private eachPath(prefix: PrefixId, visit: (path: PathId) => void): void {
    for (let path = this.prefixes.head(prefix); path !== 0; path = this.paths.nextOf(path)) visit(path);
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
