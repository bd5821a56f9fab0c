/** The guard of a reload: golden prefixes that must not be lost, and how much may be withdrawn from a group. */
import { PrefixConditions } from '../../policy/match/prefix-classes.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { PayloadId, PrefixId } from '../../rib/tables/ids.ts';
import type { GuardSpec } from '../../spec/router.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { DiffWatch } from './policy-diff.ts';
import type { TrialGroup } from './trial-groups.ts';

/** Golden prefixes that are named; all are counted. */
const MAX_NAMED = 20;

export class Guard implements DiffWatch {
  private readonly spec: GuardSpec;
  private readonly isGolden: (family: FamilyRib, prefix: PrefixId) => boolean;
  /** The groups that each golden prefix is withdrawn from; null: no path of it is usable any more. */
  private readonly lost = new Map<string, (string | null)[]>();

  constructor(spec: GuardSpec) {
    this.spec = spec;
    this.isGolden = goldenTest(spec);
  }

  onLost(family: FamilyRib, prefix: PrefixId, group: string | null): void {
    if (!this.isGolden(family, prefix)) return;
    const text = family.prefixes.format(prefix);
    const groups = this.lost.get(text) ?? [];
    if (!groups.includes(group)) groups.push(group);
    this.lost.set(text, groups);
  }

  refusals(groups: readonly TrialGroup[]): string[] {
    const golden = [...this.lost].slice(0, MAX_NAMED).map(([prefix, from]) => {
      const named = from.filter((name) => name !== null);
      const where = named.length === 0 ? '' : `it is withdrawn from ${named.join(', ')}`;
      const all = from.includes(null) ? 'no path of it is usable any more' : '';
      return `golden prefix ${prefix} is lost: ${[all, where].filter((words) => words !== '').join(', and ')}`;
    });
    const more = this.lost.size - golden.length;
    return [...golden, ...(more > 0 ? [`${more} more golden prefixes are lost`] : []), ...this.overBound(groups)];
  }

  private overBound(groups: readonly TrialGroup[]): string[] {
    const { withdrawPercent: most } = this.spec;
    if (most === null) return [];
    return groups
      .filter(({ withdrawn, routes }) => withdrawn * 100 > most * routes)
      .map(({ name, key, withdrawn, routes }) => {
        const part = `${withdrawn} of ${routes} routes (${Math.floor((withdrawn * 1000) / routes) / 10} %)`;
        return `${part} of ${FAMILIES[key.family].name} are withdrawn from ${name}; the maximum is ${most} %`;
      });
  }
}

/** Golden prefixes are unicast. */
const NO_PAYLOAD = 0 as PayloadId;

function goldenTest({ golden }: GuardSpec): Guard['isGolden'] {
  if (golden === null) return () => false;
  const conditions = new PrefixConditions();
  const number = conditions.ofSet(golden);
  const classes = conditions.build();
  return ({ family, prefixes }, prefix) =>
    classes.has(prefixes.lookUpClass(prefix, family, classes, NO_PAYLOAD), number);
}
