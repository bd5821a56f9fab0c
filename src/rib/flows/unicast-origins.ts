/**
 * Unicast routes as flow specifications are validated by them: in the order of their destinations, with the neighbor AS of their
 * best path. A route whose AS differs from that of the route before it is a border, so whether all routes within a prefix are of
 * one AS is answered without a walk over them.
 *
 * Bytes per route: 5 to 9 in the order, AS 4, a bit; a border 4 to 8.
 */
import { U32Column } from '../../lib/tables/columns.ts';
import {
  type DestinationForm,
  destinationOctets,
  unicastDestination,
} from '../../wire/families/flow-rules/destination.ts';
import type { AttributesTable } from '../attributes/attributes.ts';
import type { PathId, PayloadId, PrefixId } from '../tables/ids.ts';
import type { PathTable } from '../tables/paths.ts';
import type { PrefixTable } from '../tables/prefixes.ts';
import { DestinationOrder } from './destination-order.ts';

/** Octets of the longest NLRI of a unicast route: length, label, route distinguisher, address. */
const LONGEST_NLRI = 28;

/** The tables of unicast routes. */
export interface UnicastTables {
  readonly prefixes: PrefixTable;
  readonly paths: PathTable;
  /** The best path of a prefix, or 0. */
  bestOf(prefix: PrefixId): PathId;
}

export class UnicastOrigins {
  private readonly order: DestinationOrder;
  private readonly borders: DestinationOrder;
  private readonly ases = new U32Column();
  private readonly nlri = new Uint8Array(LONGEST_NLRI);
  private readonly tables: UnicastTables;
  private readonly attributes: AttributesTable;
  private readonly form: DestinationForm;

  constructor(tables: UnicastTables, attributes: AttributesTable, form: DestinationForm) {
    this.tables = tables;
    this.attributes = attributes;
    this.form = form;
    const octets = destinationOctets(form);
    const read = (id: PrefixId, out: Uint8Array) => this.destinationOf(id, out);
    this.order = new DestinationOrder(octets, read);
    this.borders = new DestinationOrder(octets, read);
  }

  /** The destination of a route in the tables. */
  destinationOf(id: PrefixId, out: Uint8Array): void {
    this.tables.prefixes.write(id, this.nlri, 0, 0 as PayloadId);
    unicastDestination(this.form, this.nlri, out);
  }

  /** Follows the best path of a prefix, which may have appeared, changed or disappeared. */
  update(id: PrefixId): void {
    const best = this.tables.bestOf(id);
    if (best === 0) {
      this.remove(id);
      return;
    }
    const as = this.attributes.neighborAsOf(this.tables.paths.receivedOf(best));
    const isNew = this.order.add(id);
    if (!isNew && this.ases.get(id) === as) return;
    this.ases.set(id, as);
    this.mark(id, this.order.before(id));
    this.mark(this.order.after(id), id);
  }

  /** The best path of the most specific route to the target (RFC 8955 6 b); 0: there is no route. */
  bestMatch(target: Uint8Array): PathId {
    const id = this.order.longest(target);
    return id === 0 ? (0 as PathId) : this.tables.bestOf(id);
  }

  /** Whether a route within the target, and longer, is from another neighbor AS (RFC 8955 6 c). */
  hasOtherWithin(target: Uint8Array, as: number): boolean {
    const first = this.order.firstWithin(target);
    if (first === 0) return false;
    if (this.ases.get(first) !== as) return true;
    const border = this.borders.firstWithin(target);
    if (border !== first) return border !== 0;
    const next = this.borders.after(border);
    return next !== 0 && this.borders.isWithin(next, target);
  }

  bytes(): number {
    return this.order.bytes() + this.borders.bytes() + this.ases.bytes();
  }

  private remove(id: PrefixId): void {
    if (!this.order.has(id)) return;
    this.borders.delete(id);
    const [before, after] = [this.order.before(id), this.order.after(id)];
    this.order.delete(id);
    this.mark(after, before);
  }

  /** Whether a route is a border, from the one before it. */
  private mark(id: PrefixId, before: PrefixId): void {
    if (id === 0) return;
    if (before !== 0 && this.ases.get(before) !== this.ases.get(id)) this.borders.add(id);
    else this.borders.delete(id);
  }
}
