/**
 * The route that an operator means: one that the text names, or in a family whose routes are more than a prefix, the only one
 * with this address or prefix.
 */
import type { FamilyRib } from '../../../rib/family-rib.ts';
import type { PayloadId, PrefixId } from '../../../rib/tables/ids.ts';
import { FAMILIES } from '../../../wire/families.ts';
import { CommandError } from '../../api/commands.ts';
import type { Engine } from '../../engine.ts';
import { addressFilter, isAddressOrPrefix, passes } from './field-filter.ts';
import { familiesNamed, findRoutes, isReadable } from './search.ts';

type Found = readonly [FamilyRib, PrefixId];

/** Prefixes that are looked at without a pause. */
const WORK = 128;
/** Routes that an error names. */
const MAX_NAMED = 5;
const NO_PAYLOAD = 0 as PayloadId;

/**
 * Yields `undefined` where the caller may pause.
 * @param family its name or short name; undefined: the first family that has the route
 * @throws CommandError when `target` is no route, when no peer has announced it, or when it is part of several routes
 */
export function* findOne(engine: Engine, target: string, family: string | undefined): Generator<undefined, Found> {
  const ribs = familiesNamed(family).map(({ id }) => engine.rib.families[id]);
  const isPart = isAddressOrPrefix(target);
  // A target that no family can read is an error, unless it may be part of a route.
  const isNamed = !isPart || ribs.some((rib) => isReadable(FAMILIES[rib.family], target));
  const [named] = isNamed ? findRoutes(ribs, target, false) : [];
  if (named !== undefined) return named;
  const parts = isPart ? yield* findParts(ribs, target) : [];
  const [first, second] = parts;
  if (first === undefined) {
    throw new CommandError(
      `no peer has announced ${target}: \`show peers\` shows whether its peer has a session, and ` +
        `\`--from PEER --route ATTRIBUTES\` what the policies would do with it`,
    );
  }
  if (second === undefined) return first;
  const names = parts.slice(0, MAX_NAMED).map(([rib, prefix]) => `"${rib.prefixes.format(prefix)}"`);
  const more = parts.length > MAX_NAMED ? ' and others' : '';
  throw new CommandError(`${target} is part of several routes; name one of them: ${names.join(', ')}${more}`);
}

/** Routes with a codec that have the address or prefix in one of their fields; one more than an error names. */
function* findParts(ribs: readonly FamilyRib[], target: string): Generator<undefined, readonly Found[]> {
  const filter = addressFilter(target);
  const has = ({ prefixes }: FamilyRib, prefix: PrefixId) =>
    prefixes.head(prefix) !== 0 && passes(filter, prefixes.fieldsOf(prefix, NO_PAYLOAD), () => []);
  const found: Found[] = [];
  let work = 0;
  for (const rib of ribs) {
    if (FAMILIES[rib.family].codec === null) continue;
    for (let id = 1; id < rib.prefixes.limit && found.length <= MAX_NAMED; id++) {
      if (++work % WORK === 0) yield undefined;
      if (has(rib, id as PrefixId)) found.push([rib, id as PrefixId]);
    }
  }
  // An id may be that of another route since the last pause.
  return found.filter(([rib, prefix]) => has(rib, prefix));
}
