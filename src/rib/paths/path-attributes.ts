/**
 * The two attribute sets of a path, as received and in use, with their reference counts: a path holds each of its sets
 * once, so one hold if they are the same set.
 */
import { REJECTED, type RuleIds, ruleIn, weightIn } from '../../policy/rule-ids.ts';
import { COMMUNITY_FLAG } from '../../wire/attributes/attribute-table.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { AttributesTable } from '../attributes/attributes.ts';
import type { ImportChanges } from '../attributes/import-changes.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId, PathId } from '../tables/ids.ts';
import type { PathTable } from '../tables/paths.ts';
import type { PrefixTable } from '../tables/prefixes.ts';
import { REASON } from '../tables/reasons.ts';
import type { DirtyPrefixes } from './dirty-prefixes.ts';
import type { PathLists } from './path-lists.ts';

export class PathAttributes {
  private readonly family: FamilyId;
  private readonly attributes: AttributesTable;
  private readonly imports: ImportChanges;
  private readonly paths: PathTable;
  private readonly lists: PathLists;
  private readonly dirty: DirtyPrefixes;
  private readonly prefixes: PrefixTable;
  private readonly rules: RuleIds;

  constructor(
    family: FamilyId,
    attributes: AttributesTable,
    imports: ImportChanges,
    paths: PathTable,
    lists: PathLists,
    dirty: DirtyPrefixes,
    prefixes: PrefixTable,
    rules: RuleIds,
  ) {
    this.prefixes = prefixes;
    this.rules = rules;
    this.family = family;
    this.attributes = attributes;
    this.imports = imports;
    this.paths = paths;
    this.lists = lists;
    this.dirty = dirty;
  }

  /** Holds both sets for a path that is about to have them. */
  hold(received: AttributesId, used: AttributesId): void {
    this.attributes.hold(used);
    if (received !== used) this.attributes.hold(received);
  }

  /** Releases both sets of a path that is about to have others, or none. */
  release(path: PathId): void {
    const used = this.paths.attributesOf(path);
    const received = this.paths.receivedOf(path);
    this.attributes.release(used);
    if (received !== used) this.attributes.release(received);
  }

  /** Changes the attributes and the reason of a path in the list of its prefix. The caller counts the paths per reason. */
  change(path: PathId, received: AttributesId, used: AttributesId, reason: number, sinceSeconds: number): void {
    const { paths, lists } = this;
    const prefix = paths.prefixOf(path);
    const mattered = paths.reasonOf(path) === REASON.usable || reason === REASON.usable;
    lists.changing(prefix, path);
    this.hold(received, used);
    this.release(path);
    paths.setContent(path, received, used, reason, sinceSeconds);
    lists.changed(prefix, path);
    this.dirty.markPath(prefix, path, mattered);
  }

  /** Why the attributes make a path unusable, a value of REASON; first makes those in use anew if the import has changed. */
  reasonOf(path: PathId, peer: RibPeer): number {
    const { attributes, paths } = this;
    const fits = peer.isReimported ? this.reimport(path, peer) : paths.reasonOf(path) !== REASON.noRoom;
    if (!fits) return REASON.noRoom;
    const rejected = (paths.ruleOf(path) & REJECTED) !== 0;
    return attributes.reasonOf(paths.receivedOf(path), paths.attributesOf(path), peer, rejected);
  }

  /**
   * Adds LLGR_STALE to a stale path, which then ranks last (RFC 9494 4.2).
   * @returns false if the path must be removed: it has NO_LLGR, or there is no room for the mark
   */
  makeLongLived(path: PathId, peer: RibPeer): boolean {
    const { attributes, paths } = this;
    const flags = attributes.flagsOf(paths.attributesOf(path));
    if ((flags & COMMUNITY_FLAG.noLlgr) !== 0) return false;
    if ((flags & COMMUNITY_FLAG.llgrStale) !== 0) return true;
    return this.replaceUsed(path, this.import(path, peer, true));
  }

  /** Notes the outcome (`outcomeOf`) of the policies for a path that is not in the list of its prefix yet. */
  begin(path: PathId, outcome: number): void {
    this.setRule(path, ruleIn(outcome));
    if (this.isWeighted(outcome)) this.paths.setWeight(path, weightIn(outcome));
  }

  /** The same for a path in the list, whose place the weight may change. */
  setOutcome(path: PathId, outcome: number): void {
    const { paths, lists } = this;
    this.setRule(path, ruleIn(outcome));
    const weight = weightIn(outcome);
    if (!this.isWeighted(outcome) || paths.weightOf(path) === weight) return;
    const prefix = paths.prefixOf(path);
    lists.changing(prefix, path);
    paths.setWeight(path, weight);
    lists.changed(prefix, path);
    this.dirty.markPath(prefix, path, paths.reasonOf(path) === REASON.usable);
  }

  /** Whether weights are compared. With the first one the decision gets a step more. */
  private isWeighted(outcome: number): boolean {
    const { paths } = this;
    if (!paths.hasWeights && weightIn(outcome) !== 0) {
      paths.hasWeights = true;
      this.attributes.keysChanged();
    }
    return paths.hasWeights;
  }

  /** Notes the rule that decided about a path; the rules count their paths. */
  setRule(path: PathId, rule: number): void {
    const before = this.paths.ruleOf(path);
    if (before === rule) return;
    this.rules.count(before, -1);
    this.rules.count(rule, 1);
    this.paths.setRule(path, rule);
  }

  /**
   * The attributes that the import makes of those received, held for the caller, and the rule that decided; 0: there is
   * no room for the changes.
   */
  private import(path: PathId, peer: RibPeer, longLived: boolean): AttributesId {
    const { attributes, imports, paths, prefixes } = this;
    const base = imports.hold(paths.receivedOf(path), peer);
    if (base === 0) return base;
    const payload = paths.payloadOf(path);
    const used = imports.holdFiltered(base, peer, this.family, prefixes, paths.prefixOf(path), payload);
    attributes.release(base);
    this.setOutcome(path, imports.outcome);
    return longLived ? imports.exchangeLongLived(used) : used;
  }

  /** Applies the current rules of the import to the received attributes; false: the changes have no room. */
  private reimport(path: PathId, peer: RibPeer): boolean {
    const { attributes, paths } = this;
    const received = paths.receivedOf(path);
    if (this.hasStaleMark(path, peer)) return this.replaceUsed(path, this.import(path, peer, true));
    if (this.replaceUsed(path, this.import(path, peer, false))) return true;
    attributes.hold(received);
    this.replaceUsed(path, received);
    return false;
  }

  /** @param used held for this call; 0: there is none, and nothing changes (false) */
  private replaceUsed(path: PathId, used: AttributesId): boolean {
    if (used === 0) return false;
    const { paths } = this;
    if (used !== paths.attributesOf(path)) {
      this.change(path, paths.receivedOf(path), used, paths.reasonOf(path), paths.sinceOf(path));
    }
    this.attributes.release(used);
    return true;
  }

  /** Whether this router added LLGR_STALE to a path because it is stale. */
  private hasStaleMark(path: PathId, peer: RibPeer): boolean {
    const { attributes, paths } = this;
    if (peer.ageOf(this.family, paths.generationOf(path)) === 0) return false;
    const received = attributes.flagsOf(paths.receivedOf(path));
    return (attributes.flagsOf(paths.attributesOf(path)) & ~received & COMMUNITY_FLAG.llgrStale) !== 0;
  }
}
