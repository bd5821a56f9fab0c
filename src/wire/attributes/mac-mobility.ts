/** The MAC mobility extended community of EVPN (RFC 7432 7.7), in canonical attributes. No allocation. */
import { u32 } from '../bytes.ts';
import { ATTRIBUTE } from './attribute-table.ts';
import { attributeEnd, attributeValueOffset, findAttribute } from './canonical.ts';

const SIZE = 8;
/** Type EVPN, subtype MAC mobility. */
const EVPN = 0x06;
const MAC_MOBILITY = 0x00;
/** Flag: the MAC address is static, and does not move (RFC 7432 15.2). */
const STICKY = 1;
/** Above every sequence number. */
const STICKY_RANK = 2 ** 32;

/**
 * Rank of a route among those of its MAC address: the highest is preferred (RFC 7432 15). That is the sequence number, 0
 * without the community; a sticky address ranks above all others.
 */
export function mobilityRank(bytes: Uint8Array, start: number, end: number): number {
  const at = findAttribute(bytes, start, end, ATTRIBUTE.extendedCommunities);
  if (at < 0) return 0;
  const listEnd = attributeEnd(bytes, at);
  let rank = 0;
  for (let from = attributeValueOffset(bytes, at); from < listEnd; from += SIZE) {
    if (bytes[from] !== EVPN || bytes[from + 1] !== MAC_MOBILITY) continue;
    // RFC 7432 15: of several communities, that with the highest sequence number counts.
    rank = Math.max(rank, u32(bytes, from + 4) + ((bytes[from + 2] & STICKY) === 0 ? 0 : STICKY_RANK));
  }
  return rank;
}
