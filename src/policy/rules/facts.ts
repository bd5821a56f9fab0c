/**
 * What is true of a route, found at once for all rules of a chain: each distinct condition that compares communities, AS numbers or
 * a number is a fact, and so is each condition of the class of the prefix. A rule that needs a fact which the route lacks is not
 * looked at (`candidates`), so a chain costs what its route has, not the number of its rules.
 *
 *   route ─ one search for each community, AS number and attribute ─► facts ─► rules that may hold ─ in their order ─► result
 */
import type { Action, CommunityPattern, NumberRange, Numbers } from '../../spec/policy.ts';
import { neighborAs, SEGMENT } from '../../wire/attributes/as-path.ts';
import { u32 } from '../../wire/bytes.ts';
import { ordered } from '../match/numbers.ts';
import type { PrefixClasses, PrefixNumbers } from '../match/prefix-classes.ts';
import { RangeIndex } from '../match/range-index.ts';
import type { Route } from '../route/route.ts';
import { conditionsOf, type Folded, type FoldedStep } from './folded.ts';

/** What facts are about, as bits. Each is found apart, and again after a rule has changed it. */
const ABOUT = { communities: 1, path: 2, localPref: 4, med: 8, origin: 16 } as const;

/** What is compared, and what it is about. */
const COMPARED = {
  communities: ABOUT.communities,
  'as-contains': ABOUT.path,
  'as-origin': ABOUT.path,
  'as-neighbor': ABOUT.path,
  'as-length': ABOUT.path,
  'local-pref': ABOUT.localPref,
  med: ABOUT.med,
  origin: ABOUT.origin,
} as const;
type Compared = keyof typeof COMPARED;
const NAMES = Object.keys(COMPARED) as readonly Compared[];

const WRITES: Readonly<Partial<Record<Action['kind'], number>>> = {
  'communities-add': ABOUT.communities,
  'communities-remove': ABOUT.communities,
  'communities-replace': ABOUT.communities,
  'as-prepend': ABOUT.path,
  'as-remove': ABOUT.path,
  'as-replace': ABOUT.path,
  'local-pref': ABOUT.localPref,
  med: ABOUT.med,
  'med-remove': ABOUT.med,
  origin: ABOUT.origin,
};

/** What facts are about that actions may change, as bits. */
export function writesOf(actions: readonly Action[]): number {
  return actions.reduce((bits, { kind }) => bits | (WRITES[kind] ?? 0), 0);
}

export class Facts {
  /** The facts of the route of the last `read`, as bits. */
  readonly found: Uint32Array;
  /** One above the largest number of a fact. */
  readonly count: number;
  private readonly numbers = new Map<string, number>();
  private readonly ofCondition = new Map<Folded, number>();
  private readonly ofPattern = new Map<Folded, number>();
  /** What facts compare; null: no rule asks. */
  private readonly communities: RangeIndex | null;
  private readonly contained: RangeIndex | null;
  private readonly origins: RangeIndex | null;
  private readonly neighbors: RangeIndex | null;
  private readonly pathLengths: RangeIndex | null;
  private readonly localPrefs: RangeIndex | null;
  private readonly meds: RangeIndex | null;
  private readonly originCodes: RangeIndex | null;
  /** The facts about each of ABOUT, by its bit, and those of the class, by 0. */
  private readonly masks = new Map<number, Uint32Array>();
  private readonly classes: PrefixClasses;
  /** The fact of each condition of the classes; -1: none. */
  private readonly ofClass: Int32Array;
  /** The attributes that `found` is about; null: those of no route. */
  private route: Route | null = null;
  private version = 0;

  constructor(steps: readonly FoldedStep[], prefixes: PrefixNumbers) {
    this.classes = prefixes.classes;
    const compared = NAMES.map((name) => ({ name, sets: new Map<number, Numbers>() }));
    const classFacts = new Map<number, number>();
    for (const condition of conditionsOf(steps)) {
      const of = comparedBy(condition);
      const number = of === null ? classNumber(condition, prefixes) : -1;
      if (of === null && number < 0) continue;
      const fact = this.number(of === null ? `class ${number}` : `${of.name} ${JSON.stringify(of.ranges)}`);
      (condition.kind === 'as-matches' ? this.ofPattern : this.ofCondition).set(condition, fact);
      if (of === null) classFacts.set(number, fact);
      else compared.find(({ name }) => name === of.name)!.sets.set(fact, of.ranges);
    }
    this.count = this.numbers.size;
    this.found = new Uint32Array((this.count + 31) >> 5);
    this.ofClass = new Int32Array(this.classes.conditions).fill(-1);
    for (const [number, fact] of classFacts) this.ofClass[number] = fact;
    this.masks.set(0, this.maskOf(classFacts.values()));
    for (const bit of Object.values(ABOUT)) {
      const about = compared.filter(({ name }) => COMPARED[name] === bit);
      this.masks.set(bit, this.maskOf(about.flatMap(({ sets }) => [...sets.keys()])));
    }
    const of = (name: Compared) => this.indexOf(compared.find((one) => one.name === name)!.sets);
    this.communities = of('communities');
    this.contained = of('as-contains');
    this.origins = of('as-origin');
    this.neighbors = of('as-neighbor');
    this.pathLengths = of('as-length');
    this.localPrefs = of('local-pref');
    this.meds = of('med');
    this.originCodes = of('origin');
  }

  /** The number of the fact that a condition is; -1: it is none. */
  of(condition: Folded): number {
    return this.ofCondition.get(condition) ?? -1;
  }

  /** The number of a fact without which a condition does not hold; -1: there is none. */
  neededBy(condition: Folded): number {
    return this.ofCondition.get(condition) ?? this.ofPattern.get(condition) ?? -1;
  }

  /** Finds the facts of a route, as it was received. */
  read(route: Route): void {
    if (this.route !== route || this.version !== route.version) {
      this.route = route;
      this.version = route.version;
      const { found } = this;
      for (let i = 0; i < found.length; i++) found[i] = 0;
      this.find(route, -1);
    } else this.forget(0);
    this.classes.mark(route.prefixClass, this.ofClass, this.found);
  }

  /** Finds those facts again that a rule has changed. @param about as `writesOf` */
  reread(route: Route, about: number): void {
    this.route = route;
    this.version = route.version;
    for (let bit = 1; bit <= about; bit <<= 1) if ((about & bit) !== 0) this.forget(bit);
    this.find(route, about);
  }

  private find(route: Route, about: number): void {
    const { found, communities, localPrefs, meds, originCodes } = this;
    if (communities !== null && (about & ABOUT.communities) !== 0) {
      const { bytes, start, end } = route.communities;
      for (let at = start; at < end; at += 4) communities.mark(u32(bytes, at), found);
    }
    if ((about & ABOUT.path) !== 0) this.findPath(route);
    if (localPrefs !== null && (about & ABOUT.localPref) !== 0) localPrefs.mark(route.localPref, found);
    if (meds !== null && (about & ABOUT.med) !== 0) meds.mark(route.med, found);
    if (originCodes !== null && (about & ABOUT.origin) !== 0) originCodes.mark(route.origin, found);
  }

  private findPath(route: Route): void {
    const { found, contained, origins, neighbors, pathLengths } = this;
    const { bytes, start, end } = route.asPath;
    let last = -1;
    for (let at = start; at < end; ) {
      const next = at + 2 + bytes[at + 1] * 4;
      // Segments of a confederation are not part of the path.
      if (bytes[at] <= SEGMENT.sequence) {
        last = at;
        if (contained !== null) for (let as = at + 2; as < next; as += 4) contained.mark(u32(bytes, as), found);
      }
      at = next;
    }
    if (origins !== null && last >= 0) {
      const behind = last + 2 + bytes[last + 1] * 4;
      // The origin is one of a set at the end.
      const first = bytes[last] === SEGMENT.set ? last + 2 : behind - 4;
      for (let as = first; as < behind; as += 4) origins.mark(u32(bytes, as), found);
    }
    if (neighbors !== null) neighbors.mark(neighborAs(bytes, start, end), found);
    if (pathLengths !== null) pathLengths.mark(route.asPathLength, found);
  }

  private forget(about: number): void {
    const mask = this.masks.get(about);
    if (mask === undefined) return;
    for (let i = 0; i < mask.length; i++) this.found[i] &= ~mask[i];
  }

  private number(text: string): number {
    const known = this.numbers.get(text) ?? this.numbers.size;
    this.numbers.set(text, known);
    return known;
  }

  private maskOf(facts: Iterable<number>): Uint32Array {
    const mask = new Uint32Array(this.found.length);
    for (const fact of facts) mask[fact >> 5] |= 1 << (fact & 31);
    return mask;
  }

  /** null: nothing is compared, or the sets overlap too much, so that their conditions are no facts. */
  private indexOf(sets: ReadonlyMap<number, Numbers>): RangeIndex | null {
    if (sets.size === 0) return null;
    const index = RangeIndex.of([...sets].map(([set, ranges]) => ({ set, ranges })));
    if (index !== null) return index;
    for (const facts of [this.ofCondition, this.ofPattern]) {
      for (const [condition, fact] of facts) if (sets.has(fact)) facts.delete(condition);
    }
    return null;
  }
}

/** What a condition compares with which numbers; null: it is not of that kind. */
function comparedBy(condition: Folded): { readonly name: Compared; readonly ranges: Numbers } | null {
  switch (condition.kind) {
    case 'communities': {
      const ranges = condition.patterns.map(rangeOf);
      return ranges.includes(null) ? null : { name: 'communities', ranges: ordered(ranges as NumberRange[]) };
    }
    case 'as-contains':
    case 'as-origin':
    case 'as-neighbor':
      return { name: condition.kind, ranges: condition.as };
    case 'as-length':
    case 'local-pref':
    case 'med':
    case 'origin':
      return { name: condition.kind, ranges: condition.values };
    case 'as-matches': {
      // A path that matches contains one of each set that the pattern requires.
      const token = condition.tokens.find(({ as, min }) => min === 1 && !(as.length === 1 && as[0].low <= 1));
      return token === undefined ? null : { name: 'as-contains', ranges: token.as };
    }
    default:
      return null;
  }
}

/** The standard communities of a pattern as numbers of 32 bits; null: they are not one range, or of another kind. */
function rangeOf({ kind, parts: [high, low] }: CommunityPattern): NumberRange | null {
  if (kind !== 'standard' || (high.low !== high.high && (low.low !== 0 || low.high !== 0xffff))) return null;
  return { low: high.low * 65_536 + low.low, high: high.high * 65_536 + low.high };
}

/** The number that the classes of prefixes have for a condition; -1: it is none of theirs. */
function classNumber(condition: Folded, prefixes: PrefixNumbers): number {
  switch (condition.kind) {
    case 'prefix':
      return prefixes.ofSet(condition.set);
    case 'length':
      return prefixes.ofLength(condition.values);
    case 'rd':
    case 'route-type':
    case 'mac':
      return prefixes.ofNlri(condition);
    default:
      return -1;
  }
}
