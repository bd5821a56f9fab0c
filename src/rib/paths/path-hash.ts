/** The paths of prefixes with several of them, by prefix, peer and ADD-PATH identifier. */
import { HashIndex, ID_MASK, isOther } from '../../lib/tables/hash-index.ts';
import { type HashKey, hashWords, PROCESS_KEY } from '../../lib/tables/keyed-hash.ts';
import type { PathId, PeerId, PrefixId } from '../tables/ids.ts';
import type { PathTable } from '../tables/paths.ts';

export class PathHash {
  private readonly paths: PathTable;
  private readonly table: Int32Array;
  private readonly index: HashIndex;

  constructor(paths: PathTable, { table }: HashKey = PROCESS_KEY) {
    this.paths = paths;
    this.table = table;
    this.index = new HashIndex((id) => this.hashOf(id as PathId));
  }

  /** The path of a prefix with this peer and identifier, or 0. */
  find(prefix: PrefixId, peer: PeerId, pathId: number): PathId {
    const { paths } = this;
    const hash = hashWords(this.table, prefix, pathId, peer, 0, 0);
    const shard = this.index.shardOf(hash);
    const mask = shard.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = shard[slot];
      if (entry === 0) return 0 as PathId;
      if (isOther(entry, hash)) continue;
      const path = (entry & ID_MASK) as PathId;
      if (path === 0 || paths.prefixOf(path) !== prefix) continue;
      if (paths.peerOf(path) === peer && paths.pathIdOf(path) === pathId) return path;
    }
  }

  /** Adds a path that is not in it. */
  add(path: PathId): void {
    this.index.insert(this.hashOf(path), path);
  }

  /** Removes a path; its columns must still be unchanged. */
  delete(path: PathId): void {
    this.index.remove(this.hashOf(path), path);
  }

  bytes(): number {
    return this.index.bytes();
  }

  private hashOf(path: PathId): number {
    const { paths } = this;
    return hashWords(this.table, paths.prefixOf(path), paths.pathIdOf(path), paths.peerOf(path), 0, 0);
  }
}
