/** ROUTE-REFRESH (RFC 2918, RFC 7313): AFI 2 octets, subtype 1, SAFI 1; ORF entries behind these are not read. */
import { encodeMessage, HEADER_LENGTH, MESSAGE } from './message.ts';
import { type Notification, refreshLengthError } from './notification.ts';

/** Octets of a message without an ORF. */
export const REFRESH_LENGTH = HEADER_LENGTH + 4;

/** RFC 7313 3.2: a plain request, or the beginning (BoRR) and the end (EoRR) of a refresh. */
export const REFRESH_SUBTYPE = { request: 0, begin: 1, end: 2 } as const;

interface RouteRefresh {
  readonly afi: number;
  readonly safi: number;
  readonly subtype: number;
}

/** Encodes a whole message. */
export function encodeRouteRefresh(afi: number, safi: number, subtype: number): Uint8Array {
  return encodeMessage(MESSAGE.routeRefresh, Uint8Array.of(afi >> 8, afi & 255, subtype, safi));
}

/**
 * RFC 7313 5, with enhanced route refresh: the NOTIFICATION for a BoRR or EoRR of a wrong length; null for all other
 * messages. Other subtypes are ignored.
 */
export function checkRouteRefresh(bytes: Uint8Array, start: number, end: number): Notification | null {
  const { subtype } = decodeRouteRefresh(bytes, start, end);
  const marksBorder = subtype === REFRESH_SUBTYPE.begin || subtype === REFRESH_SUBTYPE.end;
  return marksBorder && end - start !== REFRESH_LENGTH ? refreshLengthError(bytes.slice(start, end)) : null;
}

/** Reads a whole message of at least 23 octets. */
export function decodeRouteRefresh(bytes: Uint8Array, start: number, _end: number): RouteRefresh {
  const at = start + HEADER_LENGTH;
  return { afi: (bytes[at] << 8) | bytes[at + 1], subtype: bytes[at + 2], safi: bytes[at + 3] };
}
