/** Attribute sets in text, as one listing shows them: routes that are next to each other often have the same set. */
import type { AttributesId } from '../../../rib/tables/ids.ts';
import { describeAttributes } from '../../../wire/update/normalize.ts';
import type { AttributesView } from '../../api/route-views.ts';
import type { Engine } from '../../engine.ts';

/** Texts that are kept. */
const KEPT = 1024;

/** Keeps what was made of the latest attribute sets; an id that another set has got since is made again. */
export class SetCache<T> {
  private readonly engine: Engine;
  private readonly known = new Map<number, { readonly serial: number; readonly made: T }>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** @param key beside the set, what the result depends on, at most 65,535 */
  get(set: AttributesId, key: number, make: () => T): T {
    const serial = this.engine.rib.attributes.serialOf(set);
    const at = set * 65_536 + key;
    const found = this.known.get(at);
    if (found?.serial === serial) return found.made;
    const made = make();
    if (this.known.size >= KEPT) this.known.clear();
    this.known.set(at, { serial, made });
    return made;
  }
}

export class AttributeViews {
  private readonly engine: Engine;
  private readonly cache: SetCache<AttributesView>;

  constructor(engine: Engine) {
    this.engine = engine;
    this.cache = new SetCache(engine);
  }

  of(set: AttributesId): AttributesView {
    return this.cache.get(set, 0, () => this.make(set));
  }

  private make(set: AttributesId): AttributesView {
    const { attributes, nextHops } = this.engine.rib;
    const start = attributes.startOf(set);
    const described = describeAttributes(attributes.pageOf(set), start, start + attributes.lengthOf(set));
    return { nextHop: nextHops.format(attributes.nextHopOf(set)), ...described };
  }
}
