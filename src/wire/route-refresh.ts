/** ROUTE-REFRESH (RFC 2918, RFC 7313): AFI 2 octets, subtype 1, SAFI 1; what an ORF puts behind is not read. No I/O, no timers. */
import { encodeMessage, HEADER_LENGTH, MESSAGE } from './message.ts';

/** RFC 7313 3.2: a plain request, or the begin and the end of what answers one. */
export const REFRESH_SUBTYPE = { request: 0, begin: 1, end: 2 } as const;

export interface RouteRefresh {
  readonly afi: number;
  readonly safi: number;
  readonly subtype: number;
}

/** Whole message. */
export function encodeRouteRefresh(afi: number, safi: number, subtype: number): Uint8Array {
  return encodeMessage(MESSAGE.routeRefresh, Uint8Array.of(afi >> 8, afi & 255, subtype, safi));
}

/** Reads a whole message of at least 23 octets. */
export function decodeRouteRefresh(bytes: Uint8Array, start: number, _end: number): RouteRefresh {
  const at = start + HEADER_LENGTH;
  return { afi: (bytes[at] << 8) | bytes[at + 1], subtype: bytes[at + 2], safi: bytes[at + 3] };
}
