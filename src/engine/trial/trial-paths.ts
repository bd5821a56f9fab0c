/** The paths of one prefix, copied from the tables: as they are, or as other policies would make them. */
import { ruleIn, weightIn } from '../../policy/rule-ids.ts';
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import { Decision, type PathFilter } from '../../rib/paths/decision.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { AttributesId, PathId, PrefixId } from '../../rib/tables/ids.ts';
import { PathTable } from '../../rib/tables/paths.ts';
import type { PrefixTable } from '../../rib/tables/prefixes.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';

export class TrialPaths {
  readonly family: FamilyId;
  readonly prefixes: PrefixTable;
  readonly paths = new PathTable();
  readonly decision: Decision;
  private head = 0 as PathId;

  /** @param peers by id */
  constructor({ family, prefixes }: FamilyRib, attributes: AttributesTable, peers: readonly (RibPeer | undefined)[]) {
    this.family = family;
    this.prefixes = prefixes;
    this.decision = new Decision(attributes, this.paths, peers, FAMILIES[family].hasMobility);
  }

  clear(): void {
    for (let path = this.head; path !== 0; ) {
      const next = this.paths.nextOf(path);
      this.paths.free(path);
      path = next;
    }
    this.head = 0 as PathId;
  }

  /** Adds a copy of a path of the tables. */
  add(from: PathTable, path: PathId, used: AttributesId, reason: number, outcome: number): PathId {
    const { paths } = this;
    const copy = paths.allocate(from.prefixOf(path), from.peerOf(path), from.pathIdOf(path));
    paths.setContent(copy, from.receivedOf(path), used, reason, from.sinceOf(path));
    paths.setRule(copy, ruleIn(outcome));
    if (outcome > 0xffff) paths.hasWeights = true;
    if (paths.hasWeights) paths.setWeight(copy, weightIn(outcome));
    paths.setPayload(copy, from.payloadOf(path));
    paths.setNext(copy, this.head);
    this.head = copy;
    return copy;
  }

  get best(): PathId {
    return this.head === 0 ? this.head : this.decision.best(this.head);
  }

  /** As `FamilyRib.rank`, of the only prefix. */
  rank(_prefix: PrefixId, filter: PathFilter | null, limit: number, out: Uint32Array): number {
    return this.decision.rank(this.head, filter, limit, out);
  }
}
