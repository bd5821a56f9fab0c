/**
 * Prefixes: multicast (RFC 4760), with labels (RFC 8277), with a route distinguisher (RFC 6514 for SAFI 129), and with
 * both (RFC 4364, RFC 4659). One NLRI is: length in bits of all that follows, 1 octet; labels, 3 octets each; route
 * distinguisher, 8 octets; prefix.
 *
 * Key: the route distinguisher, the length of the prefix in bits, the prefix with its host bits zero. Payload: the labels.
 */
import { concatBytes, putBytes } from '../bytes.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../nlri-codec.ts';
import { TextCodec } from './parts/base-codecs.ts';
import { endOfLabels, LABEL, labelsOf, WITHDRAWN_LABEL } from './parts/labels.ts';
import { formatBits, octetsOf, parseBits, putBits } from './parts/prefix-bits.ts';
import { formatRd, parseRd, RD, RD_AHEAD } from './parts/route-distinguisher.ts';

class PrefixCodec extends TextCodec implements NlriCodec {
  private readonly width: number;
  private readonly rd: number;
  private readonly labeled: boolean;

  /** @param width octets of an address; @param rd octets of the route distinguisher, 0 or 8; @param labeled with labels */
  constructor(width: number, rd: number, labeled: boolean) {
    const prefix = width === 4 ? '10.0.0.0/8' : '2001:db8::/32';
    super(
      rd === 0 ? `a prefix such as ${prefix}` : `a route distinguisher and a prefix: 65000:1:${prefix}`,
      rd === 0 ? -1 : 0,
    );
    this.width = width;
    this.rd = rd;
    this.labeled = labeled;
  }

  read(bytes: Uint8Array, at: number, end: number, withdrawn: boolean, parts: NlriParts): number {
    const { rd, labeled } = this;
    const bits = bytes[at];
    const start = at + 1;
    const next = start + octetsOf(bits);
    // RFC 7606 5.3: behind a length that the family cannot have, nothing can be located.
    if (at >= end || next > end || bits < 8 * (rd + (labeled ? LABEL : 0))) return -1;
    parts.keyLength = parts.payloadLength = 0;
    parts.verdict = NLRI.malformed;
    let from = start;
    // RFC 8277 2.4: in a withdrawal three octets, whose value is ignored.
    if (labeled) from = withdrawn ? start + LABEL : endOfLabels(bytes, start, next);
    const prefixBits = bits - 8 * (from - start + rd);
    // Labels without an end: the prefix cannot be located, the next NLRI can.
    if (from < 0 || prefixBits < 0) return next;
    if (prefixBits > 8 * this.width) return -1;
    if (!withdrawn) parts.payloadLength = putBytes(parts.payload, 0, bytes, start, from);
    const length = putBytes(parts.key, 0, bytes, from, from + rd);
    parts.key[length] = prefixBits;
    parts.keyLength = putBits(parts.key, length + 1, bytes, from + rd, prefixBits);
    parts.verdict = NLRI.ok;
    return next;
  }

  skip(bytes: Uint8Array, at: number, end: number, withdrawn: boolean): number {
    const { rd, labeled } = this;
    const bits = bytes[at];
    const start = at + 1;
    const next = start + octetsOf(bits);
    if (at >= end || next > end || bits < 8 * (rd + (labeled ? LABEL : 0))) return -1;
    const from = !labeled ? start : withdrawn ? start + LABEL : endOfLabels(bytes, start, next);
    return from >= 0 && bits - 8 * (from - start + rd) > 8 * this.width ? -1 : next;
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
    const { rd, labeled } = this;
    let pos = at + 1;
    if (labeled && payloadLength === 0) {
      out[pos] = WITHDRAWN_LABEL >> 16;
      out[pos + 1] = out[pos + 2] = 0;
      pos += LABEL;
    } else {
      pos = putBytes(out, pos, payload, payloadStart, payloadStart + payloadLength);
    }
    pos = putBytes(out, pos, key, keyStart, keyStart + rd);
    out[at] = 8 * (pos - at - 1) + key[keyStart + rd];
    return putBytes(out, pos, key, keyStart + rd + 1, keyStart + keyLength);
  }

  fields(key: Uint8Array, payload: Uint8Array): NlriFields {
    if (!this.isWhole(key)) return {};
    const prefix = formatBits(key, this.rd + 1, key[this.rd], this.width);
    return {
      ...(this.rd === 0 ? {} : { rd: formatRd(key, 0) }),
      prefix,
      ...(payload.length === 0 ? {} : { labels: labelsOf(payload) }),
    };
  }

  protected show(key: Uint8Array): string | null {
    if (!this.isWhole(key)) return null;
    const prefix = formatBits(key, this.rd + 1, key[this.rd], this.width);
    return this.rd === 0 ? prefix : `${formatRd(key, 0)}:${prefix}`;
  }

  protected take(text: string): Uint8Array | null {
    if (this.rd === 0) return parseBits(text, this.width);
    const [, rdText, prefixText] = RD_AHEAD.exec(text) ?? [];
    const rd = rdText === undefined ? null : parseRd(rdText);
    const prefix = rd === null ? null : parseBits(prefixText, this.width);
    return rd === null || prefix === null ? null : concatBytes(rd, prefix);
  }

  private isWhole(key: Uint8Array): boolean {
    const bits = key[this.rd];
    return bits <= 8 * this.width && key.length === this.rd + 1 + octetsOf(bits);
  }
}

/** SAFI 2 of both address families. */
export const IPV4_PREFIX: NlriCodec = new PrefixCodec(4, 0, false);
export const IPV6_PREFIX: NlriCodec = new PrefixCodec(16, 0, false);
/** SAFI 4 (RFC 8277). */
export const IPV4_LABELED: NlriCodec = new PrefixCodec(4, 0, true);
export const IPV6_LABELED: NlriCodec = new PrefixCodec(16, 0, true);
/** SAFI 128 (RFC 4364, RFC 4659). */
export const IPV4_VPN: NlriCodec = new PrefixCodec(4, RD, true);
export const IPV6_VPN: NlriCodec = new PrefixCodec(16, RD, true);
/** SAFI 129, without labels (RFC 6514 11.1.1). */
export const IPV4_MULTICAST_VPN: NlriCodec = new PrefixCodec(4, RD, false);
export const IPV6_MULTICAST_VPN: NlriCodec = new PrefixCodec(16, RD, false);
