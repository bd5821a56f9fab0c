/**
 * Destinations of routes in one form, by which unicast routes and flow specifications are compared: route distinguisher, if the
 * families have one, address with its host bits zero, length of the prefix in bits. As octets they are ordered by address, and a
 * prefix comes before those within it.
 */
import { AFI, SAFI } from '../../family.ts';
import { putBits } from '../parts/prefix-bits.ts';
import { RD } from '../parts/route-distinguisher.ts';

const DESTINATION = 1;
const LABEL = 3;
/** From this length on, that of a flow specification takes two octets. */
const WIDE = 0xf0;

/** The octets of destinations in an address family. */
export interface DestinationForm {
  /** Octets of the route distinguisher, 0 or 8. */
  readonly rd: number;
  /** Octets of an address. */
  readonly address: number;
}

/** The form for a family of unicast routes, or of flow specifications for these. */
export function destinationForm(afi: number, unicastSafi: number): DestinationForm {
  return { rd: unicastSafi === SAFI.vpn ? RD : 0, address: afi === AFI.ipv4 ? 4 : 16 };
}

/** Octets of a destination. */
export function destinationOctets({ rd, address }: DestinationForm): number {
  return rd + address + 1;
}

/** The destination of the unicast route whose NLRI is `nlri`, to `out`. */
export function unicastDestination({ rd, address }: DestinationForm, nlri: Uint8Array, out: Uint8Array): void {
  const ahead = rd === 0 ? 0 : LABEL + rd;
  for (let i = 0; i < rd; i++) out[i] = nlri[1 + LABEL + i];
  putPrefix(out, rd, address, nlri, 1 + ahead, nlri[0] - 8 * ahead);
}

/** The same of a flow specification; false: it has none, or one with an offset (RFC 8956 5). */
export function flowDestination({ rd, address }: DestinationForm, nlri: Uint8Array, out: Uint8Array): boolean {
  const start = nlri[0] >= WIDE ? 2 : 1;
  const at = start + rd;
  if (nlri[at] !== DESTINATION) return false;
  const hasOffset = address === 16;
  if (hasOffset && nlri[at + 2] !== 0) return false;
  for (let i = 0; i < rd; i++) out[i] = nlri[start + i];
  putPrefix(out, rd, address, nlri, at + (hasOffset ? 3 : 2), nlri[at + 1]);
  return true;
}

function putPrefix(out: Uint8Array, at: number, width: number, from: Uint8Array, start: number, bits: number): void {
  out.fill(0, putBits(out, at, from, start, bits), at + width);
  out[at + width] = bits;
}
