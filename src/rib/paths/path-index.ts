/**
 * The index of a prefix with many paths, beside their list: the paths by peer and ADD-PATH identifier, and the usable
 * ones in the order of the decision. So finding, adding, removing or changing a path takes O(log n), and the best k
 * paths O(k log n).
 *
 * A filter that rejects some paths has a ranking of its own: which path MED removes depends on the other paths, so the
 * order of some paths is not a part of the order of all.
 */
import { SortedIds } from '../../lib/tables/sorted-ids.ts';
import type { PathId, PeerId } from '../tables/ids.ts';
import type { PathTable } from '../tables/paths.ts';
import type { Decision, PathFilter } from './decision.ts';
import { Ranking } from './ranking.ts';

/** The id that stands for the peer and identifier that `find` searches for. */
const WANTED = 0 as PathId;

/** The paths that one filter accepts. */
interface View {
  readonly filter: PathFilter;
  /** Usable paths that the filter rejects. While there are none, its order is the order of all. */
  rejected: number;
  ranking: Ranking | null;
}

export class PathIndex {
  private readonly paths: PathTable;
  private readonly decision: Decision;
  private readonly byKey: SortedIds;
  private readonly usable: Ranking;
  private views: View[] = [];
  /** `Decision.version` of the rankings; when it differs, they are invalid and are rebuilt at their next use. */
  private version: number;
  private wantedPeer = 0;
  private wantedPathId = 0;

  /** @param head head of the list of paths */
  constructor(paths: PathTable, decision: Decision, head: PathId) {
    this.paths = paths;
    this.decision = decision;
    this.byKey = new SortedIds((a, b) => this.compareKeys(a as PathId, b as PathId));
    this.usable = new Ranking(decision);
    for (let path = head; path !== 0; path = paths.nextOf(path)) this.byKey.insert(path);
    this.version = decision.version;
    decision.fill(this.usable, head, null);
  }

  /** Paths of the prefix, usable or not. */
  get count(): number {
    return this.byKey.size;
  }

  /** The path with this peer and ADD-PATH identifier, or 0. */
  find(peer: PeerId, pathId: number): PathId {
    const place = this.placeOf(peer, pathId);
    const path = (place < 0 ? 0 : this.byKey.at(place)) as PathId;
    return path !== 0 && this.paths.peerOf(path) === peer && this.paths.pathIdOf(path) === pathId
      ? path
      : (0 as PathId);
  }

  /** Number of paths of the prefix that were learned from one peer. */
  countOf(peer: PeerId): number {
    const first = this.placeOf(peer, 0);
    if (first < 0) return 0;
    return this.byKey.countBefore(this.placeOf((peer + 1) as PeerId, 0)) - this.byKey.countBefore(first);
  }

  /** Visits the paths of one peer, by their identifiers; no path may be added or removed meanwhile. */
  eachOf(peer: PeerId, visit: (path: PathId) => void): void {
    for (let place = this.placeOf(peer, 0); place >= 0; place = this.byKey.next(place)) {
      const path = this.byKey.at(place) as PathId;
      if (this.paths.peerOf(path) !== peer) return;
      visit(path);
    }
  }

  /** Adds a path. */
  add(path: PathId): void {
    this.byKey.insert(path);
    this.enter(path);
  }

  /** Removes a path; its columns must still be unchanged. */
  delete(path: PathId): void {
    this.leave(path);
    this.byKey.remove(path);
  }

  /** Removes a path from the order before anything that the decision compares, or its reason, changes. */
  leave(path: PathId): void {
    if (this.isVoid || this.paths.reasonOf(path) !== 0) return;
    this.usable.delete(path);
    for (const view of this.views) {
      if (!view.filter.accepts(path)) view.rejected--;
      else view.ranking?.delete(path);
    }
  }

  /** Puts a path back into the order if it is usable. */
  enter(path: PathId): void {
    if (this.isVoid || this.paths.reasonOf(path) !== 0) return;
    this.usable.add(path);
    for (const view of this.views) {
      if (!view.filter.accepts(path)) view.rejected++;
      else view.ranking?.add(path);
    }
  }

  best(head: PathId): PathId {
    this.renew(head);
    return this.usable.best();
  }

  rank(head: PathId, filter: PathFilter | null, limit: number, out: Uint32Array): number {
    this.renew(head);
    const ranking = filter === null ? this.usable : this.rankingOf(head, filter);
    this.decision.eligible = ranking.count;
    return ranking.take(limit, out);
  }

  tied(head: PathId, limit: number, out: Uint32Array): number {
    this.renew(head);
    return this.usable.tied(limit, out);
  }

  /** A filter is no longer used. */
  forget(filter: PathFilter): void {
    if (this.views.length > 0) this.views = this.views.filter((view) => view.filter !== filter);
  }

  bytes(): number {
    return this.views.reduce(
      (sum, { ranking }) => sum + (ranking?.bytes() ?? 0),
      this.byKey.bytes() + this.usable.bytes(),
    );
  }

  private get isVoid(): boolean {
    return this.version !== this.decision.version;
  }

  /** Rebuilds invalid rankings: keys have changed although their paths did not. */
  private renew(head: PathId): void {
    if (!this.isVoid) return;
    this.version = this.decision.version;
    this.decision.fill(this.usable, head, null);
    this.views = [];
  }

  private rankingOf(head: PathId, filter: PathFilter): Ranking {
    let view = this.views.find((each) => each.filter === filter);
    if (view === undefined) {
      view = { filter, rejected: this.countRejected(head, filter), ranking: null };
      this.views.push(view);
    }
    if (view.rejected === 0) {
      view.ranking = null;
      return this.usable;
    }
    if (view.ranking === null) {
      view.ranking = new Ranking(this.decision);
      this.decision.fill(view.ranking, head, filter);
    }
    return view.ranking;
  }

  private countRejected(head: PathId, filter: PathFilter): number {
    let rejected = 0;
    for (let path = head; path !== 0; path = this.paths.nextOf(path)) {
      if (this.paths.reasonOf(path) === 0 && !filter.accepts(path)) rejected++;
    }
    return rejected;
  }

  private placeOf(peer: PeerId, pathId: number): number {
    this.wantedPeer = peer;
    this.wantedPathId = pathId;
    return this.byKey.lowerPlace(WANTED);
  }

  private compareKeys(a: PathId, b: PathId): number {
    const { paths } = this;
    const peer = b === WANTED ? this.wantedPeer : paths.peerOf(b);
    return paths.peerOf(a) - peer || paths.pathIdOf(a) - (b === WANTED ? this.wantedPathId : paths.pathIdOf(b));
  }
}
