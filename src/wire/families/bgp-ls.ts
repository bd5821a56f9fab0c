/**
 * BGP-LS (RFC 9552 5.2): type 2 octets, length 2, in the VPN family a route distinguisher, 8, then the protocol, the identifier
 * of its instance, and descriptors. Key: the type and all behind the length. A type without a row is octets.
 */
import { concatBytes, put16, putBytes, u16 } from '../bytes.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../nlri-codec.ts';
import { formatLinkState, isKnownType, isLinkState, linkStateFields, parseLinkState } from './link-state/text.ts';
import { KeyCodec } from './parts/base-codecs.ts';
import { formatRd, parseRd, RD, RD_AHEAD } from './parts/route-distinguisher.ts';

/** Octets of the type, and of type and length. */
const TYPE = 2;
const HEADER = 4;

class LinkStateCodec extends KeyCodec {
  private readonly rd: number;

  /** @param rd octets of the route distinguisher, 0 or 8 */
  constructor(rd: number) {
    super(
      `an NLRI such as "${rd === 0 ? '' : '65000:1:'}node isis-level-2 0 local{as=65000,router=0000.0000.0001}"`,
      rd === 0 ? -1 : TYPE,
    );
    this.rd = rd;
  }

  read(bytes: Uint8Array, at: number, end: number, _withdrawn: boolean, parts: NlriParts): number {
    const start = at + HEADER;
    if (start > end) return -1;
    const next = start + u16(bytes, at + TYPE);
    if (next > end) return -1;
    parts.payloadLength = 0;
    const length = putBytes(parts.key, 0, bytes, at, at + TYPE);
    parts.keyLength = putBytes(parts.key, length, bytes, start, next);
    // RFC 9552 8.2.2: such an NLRI is discarded, the others of the message are used.
    const isValid = !isKnownType(u16(bytes, at)) || isLinkState(bytes, start + this.rd, next);
    parts.verdict = isValid ? NLRI.ok : NLRI.malformed;
    return next;
  }

  protected writeKey(key: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
    const pos = putBytes(out, at, key, start, start + TYPE);
    return putBytes(out, put16(out, pos, end - start - TYPE), key, start + TYPE, end);
  }

  fields(key: Uint8Array): NlriFields {
    if (key.length < TYPE + this.rd) return {};
    const fields = linkStateFields(u16(key, 0), key, TYPE + this.rd, key.length);
    return this.rd === 0 ? fields : { rd: formatRd(key, TYPE), ...fields };
  }

  protected show(key: Uint8Array): string | null {
    if (key.length < TYPE + this.rd) return null;
    const text = formatLinkState(u16(key, 0), key, TYPE + this.rd, key.length);
    return this.rd === 0 || text === null ? text : `${formatRd(key, TYPE)}:${text}`;
  }

  protected take(text: string): Uint8Array | null {
    const [, rdText, rest] = this.rd === 0 ? [null, '', text] : (RD_AHEAD.exec(text) ?? []);
    const rd = rdText === '' ? new Uint8Array(0) : parseRd(rdText ?? '');
    const found = rd === null || rest === undefined ? null : parseLinkState(rest);
    if (rd === null || found === null) return null;
    return concatBytes(Uint8Array.of(found.type >> 8, found.type & 0xff), rd, found.value);
  }
}

/** AFI 16388: SAFI 71, and SAFI 72 of VPNs. */
export const BGP_LS: NlriCodec = new LinkStateCodec(0);
export const BGP_LS_VPN: NlriCodec = new LinkStateCodec(RD);
