/**
 * VPLS (RFC 4761 3.2.2, RFC 6074 3.2.2.1): length 2 octets, then by that length
 * - 17: route distinguisher 8, VE ID 2, VE block offset 2, VE block size 2, label base 3;
 * - 12: route distinguisher 8, PE address 4 (auto-discovery).
 *
 * Key: route distinguisher, VE ID, VE block offset, or route distinguisher and address. The block of labels is payload,
 * since a PE that changes it announces the same block again.
 */
import { formatIpv4, parseIpv4 } from '../../lib/ip.ts';
import { fromDecimal, put16, put32, putBytes, u16, u24, u32 } from '../bytes.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../nlri-codec.ts';
import { TextCodec } from './parts/base-codecs.ts';
import { formatRd, parseRd, RD, RD_AHEAD } from './parts/route-distinguisher.ts';

const LENGTH = 2;
/** Octets of both keys, and of the block of labels. */
const KEY = 12;
const BLOCK = 5;

/** Both keys have 12 octets, so the form is in front of them. */
const FORM = { block: 0, discovery: 1 } as const;

class VplsCodec extends TextCodec implements NlriCodec {
  constructor() {
    super('a VPLS route such as 65000:1:5:1 (RD, VE ID, block offset) or 65000:1:192.0.2.1 (RD, PE address)', 1);
  }

  read(bytes: Uint8Array, at: number, end: number, withdrawn: boolean, parts: NlriParts): number {
    const start = at + LENGTH;
    if (start > end) return -1;
    const next = start + u16(bytes, at);
    if (next > end) return -1;
    parts.keyLength = parts.payloadLength = 0;
    parts.verdict = NLRI.malformed;
    const hasBlock = next - start === KEY + BLOCK;
    if (!hasBlock && next - start !== KEY) return next;
    parts.key[0] = hasBlock ? FORM.block : FORM.discovery;
    parts.keyLength = putBytes(parts.key, 1, bytes, start, start + KEY);
    if (!withdrawn) parts.payloadLength = putBytes(parts.payload, 0, bytes, start + KEY, next);
    parts.verdict = NLRI.ok;
    return next;
  }

  write(
    key: Uint8Array,
    keyStart: number,
    keyLength: number,
    payload: Uint8Array,
    payloadStart: number,
    payloadLength: number,
    out: Uint8Array,
    at: number,
  ): number {
    let pos = putBytes(out, at + LENGTH, key, keyStart + 1, keyStart + keyLength);
    pos = putBytes(out, pos, payload, payloadStart, payloadStart + payloadLength);
    if (key[keyStart] === FORM.block && payloadLength === 0) for (let i = 0; i < BLOCK; i++) out[pos++] = 0;
    put16(out, at, pos - at - LENGTH);
    return pos;
  }

  fields(key: Uint8Array, payload: Uint8Array): NlriFields {
    if (key.length !== 1 + KEY) return {};
    const fields: NlriFields = { rd: formatRd(key, 1) };
    if (key[0] !== FORM.block) return { ...fields, address: formatIpv4(u32(key, 1 + RD)) };
    Object.assign(fields, { 've-id': u16(key, 1 + RD), 'block-offset': u16(key, 3 + RD) });
    if (payload.length !== BLOCK) return fields;
    return { ...fields, 'block-size': u16(payload, 0), labels: [u24(payload, 2) >> 4] };
  }

  protected show(key: Uint8Array): string | null {
    if (key.length !== 1 + KEY) return null;
    const rd = formatRd(key, 1);
    if (key[0] !== FORM.block) return `${rd}:${formatIpv4(u32(key, 1 + RD))}`;
    return `${rd}:${u16(key, 1 + RD)}:${u16(key, 3 + RD)}`;
  }

  protected take(text: string): Uint8Array | null {
    const [, rdText, rest] = RD_AHEAD.exec(text) ?? [];
    const rd = rdText === undefined ? null : parseRd(rdText);
    if (rd === null) return null;
    const key = new Uint8Array(1 + KEY);
    putBytes(key, 1, rd, 0, RD);
    const address = parseIpv4(rest);
    if (address !== null) {
      key[0] = FORM.discovery;
      put32(key, 1 + RD, address);
      return key;
    }
    const [id, offset, more] = rest.split(':').map((part) => fromDecimal(part, 0xffff));
    if (id === null || offset === null || offset === undefined || more !== undefined) return null;
    put16(key, put16(key, 1 + RD, id), offset);
    return key;
  }
}

/** AFI 25, SAFI 65. */
export const VPLS: NlriCodec = new VplsCodec();
