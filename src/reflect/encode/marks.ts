/** Messages of a family that mark a place among its routes: End-of-RIB (RFC 4724 2), BoRR and EoRR (RFC 7313 3.2). */
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { HEADER_LENGTH, MESSAGE, writeHeader } from '../../wire/message.ts';
import { encodeRouteRefresh, REFRESH_SUBTYPE } from '../../wire/route-refresh.ts';

export class Marks {
  readonly endOfRib: Uint8Array;
  /** BoRR and EoRR, by subtype. */
  private readonly refresh: readonly Uint8Array[];

  constructor(family: FamilyId) {
    const { afi, safi, isClassic } = FAMILIES[family];
    const body = isClassic ? [0, 0, 0, 0] : [0, 0, 0, 6, 0x80, ATTRIBUTE.mpUnreach, 3, afi >> 8, afi & 255, safi];
    this.endOfRib = new Uint8Array(HEADER_LENGTH + body.length);
    writeHeader(this.endOfRib, 0, this.endOfRib.length, MESSAGE.update);
    this.endOfRib.set(body, HEADER_LENGTH);
    const subtypes = [0, REFRESH_SUBTYPE.begin, REFRESH_SUBTYPE.end];
    this.refresh = subtypes.map((subtype) => encodeRouteRefresh(afi, safi, subtype));
  }

  refreshMark(subtype: number): Uint8Array {
    return this.refresh[subtype];
  }
}
