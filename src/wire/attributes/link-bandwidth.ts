/** The Link Bandwidth extended community (draft-ietf-idr-link-bandwidth), from canonical attributes. */
import { ATTRIBUTE } from './attribute-table.ts';
import { attributeEnd, attributeValueOffset, findAttribute } from './canonical.ts';

/** Type 0x00 (transitive) or 0x40, sub-type 0x04: a 2-octet AS number, then bytes per second as an IEEE single. */
const TYPE = 0x00;
const NON_TRANSITIVE = 0x40;
const SUBTYPE = 0x04;

/** Link bandwidth in bytes per second in the attributes `bytes[start, end)`; null: absent, or not a valid number. */
export function linkBandwidth(bytes: Uint8Array, start: number, end: number): number | null {
  const attribute = findAttribute(bytes, start, end, ATTRIBUTE.extendedCommunities);
  if (attribute < 0) return null;
  const valueEnd = attributeEnd(bytes, attribute);
  for (let at = attributeValueOffset(bytes, attribute); at < valueEnd; at += 8) {
    if ((bytes[at] & ~NON_TRANSITIVE) !== TYPE || bytes[at + 1] !== SUBTYPE) continue;
    const rate = new DataView(bytes.buffer, bytes.byteOffset + at + 4, 4).getFloat32(0);
    return Number.isFinite(rate) && rate >= 0 ? rate : null;
  }
  return null;
}
