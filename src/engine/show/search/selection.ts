/** Which routes and paths a listing contains: `show rib`, and the tables of a peer. */
import { PrefixConditions } from '../../../policy/match/prefix-classes.ts';
import { Route } from '../../../policy/route/route.ts';
import { compileTest, type Test } from '../../../policy/rules/conditions.ts';
import type { Folded } from '../../../policy/rules/folded.ts';
import type { FamilyRib } from '../../../rib/family-rib.ts';
import type { AttributesId, PrefixId } from '../../../rib/tables/ids.ts';
import type { NlriFields } from '../../../wire/nlri-codec.ts';
import { CommandError } from '../../api/commands.ts';
import type { Engine } from '../../engine.ts';
import { type FieldFilter, passes, type Scope, targetFilter } from './field-filter.ts';
import { inOrder } from './order.ts';
import { familiesNamed, findRoutes, findShorter, readerOn } from './search.ts';

/** What is asked for; every field that is given must hold. */
export interface RouteQuery {
  /** A prefix, an address for its longest match, or the text of a route. */
  readonly target?: string | undefined;
  readonly scope?: Scope | undefined;
  /** Name or short name. */
  readonly family?: string | undefined;
  readonly filters?: readonly FieldFilter[] | undefined;
  /** Conditions on the attributes, as rules have them. */
  readonly conditions?: readonly Folded[] | undefined;
}

/** Paths, and other work, between two pauses of a walk. */
const WORK = 128;
const NO_NUMBERS = {
  ofSet: () => 0,
  ofLength: () => 0,
  ofNlri: () => 0,
  classes: new PrefixConditions().build(),
  facts: null,
};

/** The routes that a query names, whatever table they are in. */
export class RouteSelection {
  /** The route that the conditions test; `holds` tests it. */
  readonly route = new Route();
  private readonly engine: Engine;
  private readonly query: RouteQuery;
  private readonly test: Test | null;
  private readonly filters: readonly FieldFilter[];
  /** The target is searched in the fields of routes. */
  private readonly isTargetField: boolean;
  /** Paths and prefixes that were looked at since the last pause. */
  work = 0;

  constructor(engine: Engine, query: RouteQuery) {
    const { conditions = [], scope, target } = query;
    if (scope !== undefined && target === undefined) throw new CommandError(`"${scope}" needs a prefix`);
    this.engine = engine;
    this.query = query;
    const field = targetFilter(query);
    this.isTargetField = field !== null;
    this.filters = [...(query.filters ?? []), ...(field === null ? [] : [field])];
    this.test = conditions.length === 0 ? null : compileTest({ kind: 'all', of: conditions }, NO_NUMBERS);
  }

  /**
   * The prefixes in order, family by family; `undefined` where the caller may pause.
   * @param has whether a prefix is in the listing at all, which is known before they are sorted
   * @throws CommandError for a target or a family that does not exist
   */
  *prefixes(has: (rib: FamilyRib, prefix: PrefixId) => boolean): Iterable<readonly [FamilyRib, PrefixId] | undefined> {
    const { target, scope } = this.sought;
    const ribs = familiesNamed(this.query.family).map(({ id }) => this.engine.rib.families[id]);
    if (target !== undefined && scope === undefined) {
      for (const found of findRoutes(ribs, target, true)) if (has(...found)) yield found;
      return;
    }
    for (const rib of ribs) for (const id of this.inFamily(rib, has)) yield id === undefined ? id : [rib, id];
  }

  private *inFamily(
    rib: FamilyRib,
    has: (rib: FamilyRib, prefix: PrefixId) => boolean,
  ): Iterable<PrefixId | undefined> {
    const { target, scope } = this.sought;
    if (target !== undefined && (scope === 'shorter' || scope === 'or-shorter')) {
      for (const id of findShorter(rib, target, scope === 'or-shorter')) if (has(rib, id)) yield id;
      return;
    }
    const around = target === undefined ? null : readerOn(rib, target);
    if (target !== undefined && around === null) return;
    const left = around === null || scope === 'or-longer' ? 0 : rib.prefixes.find(around);
    yield* inOrder(rib.prefixes, {
      has: (id) => (around === null || (id !== left && rib.prefixes.isWithin(id, around))) && has(rib, id),
      isTired: () => this.isTired(),
    });
  }

  /** The route that is looked up in the tables, and its surroundings. */
  private get sought(): Pick<RouteQuery, 'target' | 'scope'> {
    return this.isTargetField ? {} : this.query;
  }

  /** Counts work: whether there was enough of it to let others run. */
  isTired(): boolean {
    if (++this.work < WORK) return false;
    this.work = 0;
    return true;
  }

  /** Whether there are filters by the NLRI. */
  get filtersFields(): boolean {
    return this.filters.length > 0;
  }

  /** Whether the fields of an NLRI pass the filters. */
  passesFields(fields: NlriFields | null, extendedCommunities: () => readonly string[]): boolean {
    return this.filters.every((filter) => passes(filter, fields, extendedCommunities));
  }

  /** Whether the attributes of a set pass. */
  passesSet(set: AttributesId): boolean {
    if (this.test === null) return true;
    const { filter } = this.engine.rib;
    filter.open(set);
    return this.test(filter.route);
  }

  /** Whether `route` passes, which the caller has opened. */
  holds(): boolean {
    return this.test === null || this.test(this.route);
  }
}
