/**
 * The members of update groups by what they would be after a change: those of one group of the configuration that are in
 * one update group now, and in one afterwards, have the same difference.
 */
import { encodeAlike } from '../../reflect/advertise/difference.ts';
import { type GroupKey, sameKey } from '../../reflect/encode/group-key.ts';
import type { UpdateGroup } from '../../reflect/group.ts';
import type { AttributesId, PrefixId } from '../../rib/tables/ids.ts';
import type { Engine } from '../engine.ts';
import { groupKeyOf } from '../session/session-group.ts';
import { Choice, type ChosenPath } from './choice.ts';
import type { TrialTables } from './trial-tables.ts';

export class TrialGroup {
  /** Name of the group of the configuration, or of a peer without one. */
  readonly name: string;
  readonly group: UpdateGroup;
  readonly key: GroupKey;
  peers = 0;
  advertised = 0;
  withdrawn = 0;
  changed = 0;
  /** Routes listed so far. */
  listed = 0;
  /** The settings or policies of the members change. */
  readonly isOther: boolean;
  /** Every route is sent again, because it is encoded otherwise. */
  readonly isEncodedOtherwise: boolean;
  readonly after: Choice;
  private readonly before: Choice;

  constructor(name: string, group: UpdateGroup, key: GroupKey, { sides, shared }: TrialTables) {
    const { before, after } = sides[key.family];
    this.name = name;
    this.group = group;
    this.key = key;
    this.isOther = !sameKey(group.key, key);
    this.isEncodedOtherwise = !encodeAlike(group.key, key);
    this.before = new Choice(group.key, shared.before, before);
    this.after = new Choice(key, shared.after, after);
  }

  /** Routes that are advertised now. */
  get routes(): number {
    return this.group.advertised.counts.total;
  }

  /**
   * The paths of a prefix that differ. A path that is not advertised now, for example because of `max-prefix-out`, is not
   * withdrawn.
   */
  compare(prefix: PrefixId, held: AttributesId[]): PathDifference[] {
    const before = this.before.of(prefix, held);
    const after = this.after.of(prefix, held);
    const found: PathDifference[] = [];
    for (const [identity, now] of before) {
      const then = after.get(identity);
      if (then === undefined) {
        if (this.group.advertised.has(prefix)) found.push({ outcome: 'withdrawn', now, then: null });
      } else if (then.set !== now.set || this.isEncodedOtherwise) {
        found.push({ outcome: 'changed', now, then });
      }
    }
    for (const [identity, then] of after) {
      if (!before.has(identity)) found.push({ outcome: 'advertised', now: null, then });
    }
    for (const { outcome } of found) this[outcome]++;
    return found;
  }
}

export type PathDifference =
  | { readonly outcome: 'withdrawn'; readonly now: ChosenPath; readonly then: null }
  | { readonly outcome: 'changed'; readonly now: ChosenPath; readonly then: ChosenPath }
  | { readonly outcome: 'advertised'; readonly now: null; readonly then: ChosenPath };

/** Sorts the members of all groups; `undefined` after each session, so that a thousand of them can be interrupted. */
export function* trialGroups(engine: Engine, tables: TrialTables): Generator<undefined, TrialGroup[]> {
  const found: TrialGroup[] = [];
  for (const { session, spec, name } of [...engine.peers.values()]) {
    yield undefined;
    const trial = session === null ? null : tables.peers.of(session.ribPeer);
    if (session === null || trial === null) continue;
    const shown = spec.group === '' ? name : spec.group;
    for (const member of session.members) {
      if (member === null) continue;
      const { group } = member;
      const key = groupKeyOf(tables.policies, session, trial.peer, trial.settings, group.key.family);
      let same = found.find((one) => one.group === group && one.name === shown && sameKey(one.key, key));
      if (same === undefined) {
        same = new TrialGroup(shown, group, key, tables);
        found.push(same);
      }
      same.peers++;
    }
  }
  return found;
}
