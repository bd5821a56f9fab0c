/** A walk over the paths of a prefix that BGP does not notice: a peer may send many thousands. */
import type { FamilyRib } from '../../../rib/family-rib.ts';
import type { PathId, PrefixId } from '../../../rib/tables/ids.ts';

/** Paths of a prefix that are looked at without a pause. */
export const FEW = 64;

/**
 * The paths of a prefix, `first` before the others; `undefined` now and then, where the caller may pause. Paths that are
 * removed meanwhile are left out, and those that are added are not seen.
 */
export function* eachPath(rib: FamilyRib, prefix: PrefixId, first = 0 as PathId): Iterable<PathId | undefined> {
  const { paths, prefixes } = rib;
  // Of all at once: the list may change during a pause.
  const ids: PathId[] = first === 0 ? [] : [first];
  for (let path = prefixes.head(prefix); path !== 0; path = paths.nextOf(path)) if (path !== first) ids.push(path);
  for (let n = 0; n < ids.length; n++) {
    if (n % FEW === FEW - 1) yield undefined;
    const path = ids[n]!;
    if (paths.peerOf(path) !== 0 && paths.prefixOf(path) === prefix) yield path;
  }
}
