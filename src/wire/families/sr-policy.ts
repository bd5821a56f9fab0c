/**
 * SR policy (RFC 9830 2.1): length 1 octet, in bits (96 or 192), distinguisher 4, color 4, endpoint 4 or 16. All of it is
 * the key, without the length.
 */
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import { fromDecimal, put32, putBytes, u32 } from '../bytes.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../nlri-codec.ts';
import { KeyCodec } from './parts/base-codecs.ts';
import { octetsOf } from './parts/prefix-bits.ts';

const HEAD = 8;
const TEXT = /^\[(\d+)\]:\[(\d+)\]:\[(.+)\]$/;

class SrPolicyCodec extends KeyCodec {
  /** Octets of the key. */
  private readonly size: number;

  constructor(width: number, endpoint: string) {
    super(`[distinguisher]:[color]:[endpoint] such as [1]:[100]:[${endpoint}]`);
    this.size = HEAD + width;
  }

  read(bytes: Uint8Array, at: number, end: number, _withdrawn: boolean, parts: NlriParts): number {
    const next = at + 1 + octetsOf(bytes[at]);
    if (at >= end || next > end) return -1;
    const isWhole = bytes[at] === 8 * this.size;
    parts.payloadLength = 0;
    parts.keyLength = isWhole ? putBytes(parts.key, 0, bytes, at + 1, next) : 0;
    parts.verdict = isWhole ? NLRI.ok : NLRI.malformed;
    return next;
  }

  protected writeKey(key: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
    out[at] = 8 * (end - start);
    return putBytes(out, at + 1, key, start, end);
  }

  fields(key: Uint8Array): NlriFields {
    if (key.length !== this.size) return {};
    return { distinguisher: u32(key, 0), color: u32(key, 4), endpoint: formatAddress(key, HEAD, this.size) };
  }

  protected show(key: Uint8Array): string | null {
    return key.length === this.size ? `[${u32(key, 0)}]:[${u32(key, 4)}]:[${formatAddress(key, HEAD)}]` : null;
  }

  protected take(text: string): Uint8Array | null {
    const [, distinguisherText, colorText, endpointText] = TEXT.exec(text) ?? [];
    if (endpointText === undefined) return null;
    const distinguisher = fromDecimal(distinguisherText, 0xffffffff);
    const color = fromDecimal(colorText, 0xffffffff);
    const endpoint = parseAddress(endpointText);
    if (distinguisher === null || color === null || endpoint?.length !== this.size - HEAD) return null;
    const key = new Uint8Array(this.size);
    putBytes(key, put32(key, put32(key, 0, distinguisher), color), endpoint, 0, endpoint.length);
    return key;
  }
}

/** SAFI 73. */
export const IPV4_SR_POLICY: NlriCodec = new SrPolicyCodec(4, '192.0.2.1');
export const IPV6_SR_POLICY: NlriCodec = new SrPolicyCodec(16, '2001:db8::1');
