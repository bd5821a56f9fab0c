/** The tables as another specification would make them: for one prefix at a time, beside those in force. */
import type { Policies } from '../../policy/policies.ts';
import { outcomeOf, REJECTED, ruleIn, weightIn } from '../../policy/rule-ids.ts';
import type { SharedTables } from '../../reflect/advertise/identity.ts';
import { DerivedAttributes } from '../../rib/attributes/derived-attributes.ts';
import { ImportChanges } from '../../rib/attributes/import-changes.ts';
import { PolicyFilter } from '../../rib/attributes/policy-filter.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { AttributesId, PathId, PrefixId } from '../../rib/tables/ids.ts';
import { isFlowReason, REASON } from '../../rib/tables/reasons.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { COMMUNITY_FLAG } from '../../wire/attributes/attribute-table.ts';
import type { Engine } from '../engine.ts';
import { TrialPaths } from './trial-paths.ts';
import { type TrialPeer, TrialPeers } from './trial-peers.ts';

/** What the import makes of a path. */
export interface TrialImport {
  readonly used: AttributesId;
  /** A value of REASON. */
  readonly reason: number;
  /** The rule that decided, with REJECTED; 0: no policy. */
  readonly rule: number;
  readonly weight: number;
}

type OnImport = (path: PathId, made: TrialImport, peer: TrialPeer) => void;

export class TrialTables {
  readonly policies: Policies;
  readonly filter: PolicyFilter;
  readonly peers: TrialPeers;
  /** What paths are chosen from, on both sides. */
  readonly shared: { readonly before: SharedTables; readonly after: SharedTables };
  /** The paths of the current prefix, by family id. */
  readonly sides: { readonly before: TrialPaths; readonly after: TrialPaths }[];
  /** Sets of attributes that are held for the current prefix. */
  readonly held: AttributesId[] = [];
  /** The path after, by the path before; a path that is gone has none. */
  readonly copies = new Map<PathId, PathId>();
  private readonly engine: Engine;
  private readonly imports: ImportChanges;

  constructor(engine: Engine, spec: RouterSpec) {
    const { rib } = engine;
    const { attributes, nextHops } = rib;
    this.engine = engine;
    this.policies = rib.policies.beside(spec.policies);
    this.filter = new PolicyFilter(rib.policies, attributes, nextHops);
    this.imports = new ImportChanges(attributes, new DerivedAttributes(attributes), this.filter);
    this.peers = new TrialPeers(engine, spec, this.policies);
    const { standIns } = this.peers;
    this.shared = { before: rib, after: { attributes, nextHops, filter: this.filter, peers: standIns } };
    this.sides = rib.families.map((family) => ({
      before: new TrialPaths(family, attributes, rib.peers),
      after: new TrialPaths(family, attributes, standIns),
    }));
  }

  /** Whether something changes for the paths of a peer. */
  isOther(peer: RibPeer): boolean {
    if (peer.gone) return false;
    const trial = this.peers.of(peer);
    return trial === null || !trial.importsAlike || !trial.exportsAlike;
  }

  release(): void {
    for (const set of this.held) this.engine.rib.attributes.release(set);
    this.held.length = 0;
  }

  /**
   * Copies the paths of a prefix to both sides.
   * @param onImport called for each path whose import does something else
   * @returns whether something differs
   */
  copy(family: FamilyRib, prefix: PrefixId, onImport: OnImport): boolean {
    const { before, after } = this.sides[family.family];
    const { paths } = family;
    let differs = false;
    this.copies.clear();
    before.clear();
    after.clear();
    for (let path = family.prefixes.head(prefix); path !== 0; path = paths.nextOf(path)) {
      const trial = this.trialOf(family, path);
      if (trial === undefined) continue;
      const [used, reason, rule] = [paths.attributesOf(path), paths.reasonOf(path), paths.ruleOf(path)];
      const weight = paths.weightOf(path);
      const copy = before.add(paths, path, used, reason, outcomeOf(rule, weight));
      if (trial === null || !trial.exportsAlike) differs = true;
      if (trial === null) continue;
      const made = trial.importsAlike ? { used, reason, rule, weight } : this.import(family, path, trial);
      const other = after.add(paths, path, made.used, made.reason, outcomeOf(made.rule, made.weight));
      this.copies.set(copy, other);
      if (made.used !== used || made.reason !== reason || made.weight !== weight) differs = true;
      if (!trial.importsAlike) onImport(path, made, trial);
    }
    return differs;
  }

  /** undefined: the path is being removed anyway. */
  private trialOf({ paths }: FamilyRib, path: PathId): TrialPeer | null | undefined {
    const peer = this.engine.rib.peers[paths.peerOf(path)];
    return peer === undefined || peer.gone ? undefined : this.peers.of(peer);
  }

  /** What the other policies make of a path. */
  private import(family: FamilyRib, path: PathId, { peer }: TrialPeer): TrialImport {
    const { imports, held } = this;
    const { attributes } = this.engine.rib;
    const { paths, prefixes } = family;
    const received = paths.receivedOf(path);
    const base = imports.hold(received, peer);
    if (base === 0) return { used: received, reason: REASON.noRoom, rule: 0, weight: 0 };
    const [prefix, payload] = [paths.prefixOf(path), paths.payloadOf(path)];
    let used = imports.holdFiltered(base, peer, family.family, prefixes, prefix, payload);
    const [rule, weight] = [ruleIn(imports.outcome), weightIn(imports.outcome)];
    attributes.release(base);
    const marks = attributes.flagsOf(paths.attributesOf(path)) & ~attributes.flagsOf(received);
    if (family.isStale(path) && (marks & COMMUNITY_FLAG.llgrStale) !== 0) used = imports.exchangeLongLived(used);
    if (used === 0) return { used: received, reason: REASON.noRoom, rule, weight };
    held.push(used);
    const reason = attributes.reasonOf(received, used, peer, (rule & REJECTED) !== 0);
    return { used, rule, weight, reason: reason === REASON.usable ? stillUnusable(family, path) : reason };
  }
}

/** Why a path that the import accepts is unusable all the same. */
function stillUnusable({ paths, prefixes }: FamilyRib, path: PathId): number {
  if (!prefixes.isUnicast(paths.prefixOf(path))) return REASON.notUnicast;
  const before = paths.reasonOf(path);
  const stays = before === REASON.damped || before === REASON.overLimit || isFlowReason(before);
  return stays ? before : REASON.usable;
}
