/** Conditions about the NLRI of families whose routes are not prefixes: which of them match a route. No allocation. */
import type { NlriCondition, RdPattern } from '../../spec/policy.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { type NlriKind, NlriMarks } from '../../wire/nlri-marks.ts';
import { includes } from './numbers.ts';

const MAC_BITS = 48;

/** Whether a condition or an action is about the NLRI. */
export function isNlriCondition<T extends { readonly kind: string }>(part: T): part is T & NlriCondition {
  return part.kind === 'rd' || part.kind === 'route-type' || part.kind === 'vni' || part.kind === 'mac';
}

export class NlriConditions {
  /** The result of one condition depends on the payload of the route: its labels. */
  readonly asksPayload: boolean;
  /** The marks of the route that is matched. */
  readonly marks = new NlriMarks();
  private readonly all: readonly { readonly number: number; readonly condition: NlriCondition }[];

  /** @param all the conditions, each with its number */
  constructor(all: readonly { readonly number: number; readonly condition: NlriCondition }[]) {
    this.all = all;
    this.asksPayload = all.some(({ condition }) => condition.kind === 'vni');
  }

  get count(): number {
    return this.all.length;
  }

  /** Sets the bits of the conditions that `marks` matches. */
  collect(family: FamilyId, bits: Uint32Array): void {
    const { all, marks } = this;
    for (let i = 0; i < all.length; i++) {
      const { number, condition } = all[i];
      if (matches(condition, marks, family)) bits[number >> 5] |= 1 << (number & 31);
    }
  }
}

function matches(condition: NlriCondition, marks: NlriMarks, family: FamilyId): boolean {
  switch (condition.kind) {
    case 'rd':
      for (let i = 0; i < condition.patterns.length; i++) if (matchesRd(condition.patterns[i], marks)) return true;
      return false;
    case 'route-type':
      if (marks.routeType < 0) return false;
      return includes(condition.numbers, marks.routeType) || isNamed(condition.words, marks.routeType, family);
    case 'vni':
      return includes(condition.values, marks.vni) || includes(condition.values, marks.secondVni);
    case 'mac':
      if (marks.mac < 0) return false;
      for (const { value, length } of condition.masks) {
        if (Math.floor(marks.mac / 2 ** (MAC_BITS - length)) === value) return true;
      }
      return false;
  }
}

function matchesRd({ types, administrator, number }: RdPattern, { rdType, rdAdministrator, rdNumber }: NlriMarks) {
  if (rdType < 0 || !(types.length === 0 || types.includes(rdType))) return false;
  if (rdAdministrator < administrator.low || rdAdministrator > administrator.high) return false;
  return rdNumber >= number.low && rdNumber <= number.high;
}

function isNamed(words: readonly string[], type: number, family: FamilyId): boolean {
  if (words.length === 0) return false;
  const kinds = FAMILIES[family].codec?.kinds ?? NO_KINDS;
  for (let i = 0; i < kinds.length; i++) if (kinds[i].type === type) return words.includes(kinds[i].word);
  return false;
}

const NO_KINDS: readonly NlriKind[] = [];
