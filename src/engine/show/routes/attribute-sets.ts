/** `show attributes`: how many attribute sets there are, and the largest and the most used ones. */
import { U32Column } from '../../../lib/tables/columns.ts';
import type { AttributesId, PathId } from '../../../rib/tables/ids.ts';
import type { AttributeSetsView } from '../../api/route-views.ts';
import type { Engine } from '../../engine.ts';
import { AttributeViews } from './attribute-views.ts';

/** Paths or sets that are examined before other work has its turn. */
const SLICE = 4096;
/** Sets of each list. */
const SHOWN = 10;

/** The sets of all paths in the tables, as in use. `undefined` stands for the end of a slice of the walk. */
export function* viewAttributeSets(engine: Engine): Generator<AttributeSetsView | undefined> {
  const { attributes, families, peers } = engine.rib;
  const uses = new U32Column();
  let paths = 0;
  for (const family of families) {
    for (let id = 1; id < family.paths.limit; id++) {
      if (id % SLICE === 0) yield undefined;
      if (peers[family.paths.peerOf(id as PathId)] === undefined) continue;
      const set = family.paths.attributesOf(id as PathId);
      uses.set(set, uses.get(set) + 1);
      paths++;
    }
  }
  const largest = new Top((set) => attributes.lengthOf(set));
  const mostUsed = new Top((set) => uses.get(set));
  let [sets, octets] = [0, 0];
  for (let id = 1; id < attributes.limit; id++) {
    if (id % SLICE === 0) yield undefined;
    if (uses.get(id) === 0) continue;
    const set = id as AttributesId;
    sets++;
    octets += attributes.lengthOf(set);
    largest.add(set);
    mostUsed.add(set);
  }
  yield { kind: 'summary', sets, octets, paths, allSets: attributes.count, tableBytes: attributes.bytes() };
  const texts = new AttributeViews(engine);
  for (const [list, top] of [['largest', largest] as const, ['most-used', mostUsed] as const]) {
    for (const set of top.ids) {
      const account = attributes.accounts.owners.get(set);
      const from = attributes.accounts.peerOf(account)?.name ?? null;
      const counts = { octets: attributes.lengthOf(set), paths: uses.get(set), from };
      yield { kind: 'set', list, ...counts, attributes: texts.of(set) };
    }
  }
}

/** The sets with the highest measure, the highest first. */
class Top {
  readonly ids: AttributesId[] = [];
  private readonly measure: (set: AttributesId) => number;

  constructor(measure: (set: AttributesId) => number) {
    this.measure = measure;
  }

  add(set: AttributesId): void {
    const { ids, measure } = this;
    if (ids.length === SHOWN && measure(set) <= measure(ids[SHOWN - 1]!)) return;
    const at = ids.findIndex((other) => measure(other) < measure(set));
    ids.splice(at < 0 ? ids.length : at, 0, set);
    ids.length = Math.min(ids.length, SHOWN);
  }
}
