/**
 * Attribute sets derived from others: with ONLY_TO_CUSTOMER, a prepended AS number, or one more community. Each method
 * returns 0 when there is no room; a new id has no holder.
 */
import { addCommunity, lengthWithCommunity } from '../../wire/attributes/add-community.ts';
import { LLGR_STALE } from '../../wire/attributes/communities.ts';
import { AttributeEdits, writeAttributes } from '../../wire/attributes/encode.ts';
import type { AttributesId } from '../tables/ids.ts';
import { type AttributesTable, FLAG, LONGEST } from './attributes.ts';

/** Octets of ONLY_TO_CUSTOMER, or of a segment with one AS number in AS_PATH; plus a longer header. */
const GROWTH = 12;

export class DerivedAttributes {
  private readonly table: AttributesTable;
  private readonly edits = new AttributeEdits();

  constructor(table: AttributesTable) {
    this.table = table;
  }

  /** The same attributes with LLGR_STALE (RFC 9494 4.2). */
  longLivedOf(id: AttributesId): AttributesId {
    const { table } = this;
    const { normalized } = table;
    const start = table.startOf(id);
    const end = start + table.lengthOf(id);
    normalized.begin(lengthWithCommunity(end - start));
    normalized.length = addCommunity(table.pageOf(id), start, end, LLGR_STALE, normalized.bytes);
    return table.internLike(id);
  }

  /** The same attributes with ONLY_TO_CUSTOMER (RFC 9234 5). */
  markedOf(id: AttributesId, onlyToCustomer: number): AttributesId {
    if ((this.table.flagsOf(id) & FLAG.onlyToCustomer) !== 0) return id;
    this.edits.reset();
    this.edits.onlyToCustomer = onlyToCustomer;
    return this.editedOf(id);
  }

  /** The same attributes with an AS number prepended to AS_PATH. */
  prependedOf(id: AttributesId, as: number): AttributesId {
    this.edits.reset();
    this.edits.prependAs = as;
    return this.editedOf(id);
  }

  private editedOf(id: AttributesId): AttributesId {
    const { table } = this;
    const { normalized } = table;
    const start = table.startOf(id);
    const end = start + table.lengthOf(id);
    normalized.begin(end - start + GROWTH);
    normalized.length = writeAttributes(table.pageOf(id), start, end, this.edits, normalized.bytes, 0);
    if (normalized.length > LONGEST) normalized.length = -1;
    return table.internLike(id);
  }
}
