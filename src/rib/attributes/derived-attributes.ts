/**
 * Attribute sets that are made of others: marked, prepended, or with one more community. Each gives 0 where there is no
 * room for that; a new id is held by nobody.
 */
import { addCommunity, lengthWithCommunity } from '../../wire/attributes/add-community.ts';
import { LLGR_STALE } from '../../wire/attributes/communities.ts';
import { AttributeEdits, writeAttributes } from '../../wire/attributes/encode.ts';
import type { AttributesId } from '../tables/ids.ts';
import { type AttributesTable, FLAG, LONGEST } from './attributes.ts';

/** ONLY_TO_CUSTOMER, or a segment of one AS number in AS_PATH; and room for a longer header. */
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

  /** The same attributes with an AS number in front of AS_PATH. */
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
