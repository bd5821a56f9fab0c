/** The paths of a prefix that a group would advertise: chosen as an update group does, without any state of it. */
import { Eligible } from '../../reflect/advertise/advertised.ts';
import { DistinctPaths } from '../../reflect/advertise/distinct-paths.ts';
import type { SharedTables } from '../../reflect/advertise/identity.ts';
import type { GroupKey } from '../../reflect/encode/group-key.ts';
import type { AttributesId, PathId, PrefixId } from '../../rib/tables/ids.ts';
import type { TrialPaths } from './trial-paths.ts';

/** A path that a group would advertise. */
export interface ChosenPath {
  readonly path: PathId;
  /** The attributes after the export, held until the choice is released. */
  readonly set: AttributesId;
}

/** Paths of a prefix with ADD-PATH. */
const MAX_PATHS = 255;

export class Choice {
  readonly eligible: Eligible;
  private readonly key: GroupKey;
  private readonly tables: SharedTables;
  private readonly family: TrialPaths;
  private readonly limit: number;
  private readonly distinct: DistinctPaths;
  private readonly out: Uint32Array;

  constructor(key: GroupKey, tables: SharedTables, family: TrialPaths) {
    const { select } = key;
    this.key = key;
    this.tables = tables;
    this.family = family;
    this.limit = select.kind === 'paths' ? Math.min(select.limit, MAX_PATHS) : 2;
    this.eligible = new Eligible(key, tables, family);
    this.distinct = new DistinctPaths(family, tables, this.limit);
    this.out = new Uint32Array(this.limit);
  }

  /**
   * The paths by what identifies them to the receiver: 0 without ADD-PATH.
   * @param held receives the sets of attributes that were held
   */
  of(prefix: PrefixId, held: AttributesId[]): Map<number, ChosenPath> {
    const chosen = new Map<number, ChosenPath>();
    const isSeveral = this.key.select.kind === 'paths';
    for (const path of this.paths(prefix)) {
      const set = this.eligible.exportedOf(path);
      this.tables.attributes.hold(set);
      held.push(set);
      chosen.set(isSeveral ? this.distinct.identities.proposalOf(path) : 0, { path, set });
    }
    return chosen;
  }

  private paths(prefix: PrefixId): PathId[] {
    const { family, eligible, distinct, out } = this;
    const { select } = this.key;
    if (select.kind !== 'best') {
      const count = distinct.choose(prefix, eligible, this.limit, out);
      return [...out.subarray(select.kind === 'rank-2' ? Math.max(0, count - 1) : 0, count)] as PathId[];
    }
    const { best } = family;
    if (best === 0) return [];
    if (eligible.accepts(best)) return [best];
    const count = select.external ? family.rank(prefix, eligible, 1, out) : 0;
    return [...out.subarray(0, count)] as PathId[];
  }
}
