/**
 * Flow specifications (RFC 8955, RFC 8956): length, 1 octet, or 2 with 0xf in the upper four bits; in the VPN families a
 * route distinguisher, 8; components. Key: all behind the length, so the same rule with a longer length than it needs is the same
 * route. The components are compared as octets (RFC 8955 4: the NLRI is opaque).
 */
import { concatBytes, putBytes, u16 } from '../bytes.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../nlri-codec.ts';
import { areComponents, type Component, IPV4_COMPONENTS, IPV6_COMPONENTS } from './flow-rules/components.ts';
import { formatRule, parseRule, ruleFields } from './flow-rules/text.ts';
import { keyText } from './parts/key-text.ts';
import { formatRd, parseRd, RD, RD_AHEAD } from './parts/route-distinguisher.ts';

/** From this length on it takes two octets (RFC 8955 4.1). */
const WIDE = 0xf0;

class FlowspecCodec implements NlriCodec {
  readonly format: NlriCodec['format'];
  readonly parse: NlriCodec['parse'];
  private readonly rows: readonly (Component | undefined)[];
  private readonly rd: number;

  /** @param rd octets of the route distinguisher, 0 or 8 */
  constructor(rows: readonly (Component | undefined)[], rd: number) {
    this.rows = rows;
    this.rd = rd;
    const prefix = rows === IPV4_COMPONENTS ? '10.0.0.0/8' : '2001:db8::/32';
    const expected = `a rule such as "${rd === 0 ? '' : '65000:1:'}dst ${prefix}; proto =tcp; dport =80,>=8080&<=8088"`;
    const texts = keyText({ show: (key) => this.show(key), take: (text) => this.take(text), expected });
    this.format = texts.format;
    this.parse = texts.parse;
  }

  read(bytes: Uint8Array, at: number, end: number, _withdrawn: boolean, parts: NlriParts): number {
    const isWide = bytes[at] >= WIDE;
    const start = at + (isWide ? 2 : 1);
    if (start > end) return -1;
    const next = start + (isWide ? u16(bytes, at) & 0xfff : bytes[at]);
    if (next > end) return -1;
    const { rd } = this;
    parts.payloadLength = 0;
    parts.keyLength = putBytes(parts.key, 0, bytes, start, next);
    const isValid = start + rd <= next && areComponents(bytes, start + rd, next, this.rows);
    parts.verdict = isValid ? NLRI.ok : NLRI.malformed;
    return next;
  }

  write(
    key: Uint8Array,
    keyStart: number,
    keyLength: number,
    _payload: Uint8Array,
    _payloadStart: number,
    _payloadLength: number,
    out: Uint8Array,
    at: number,
  ): number {
    if (keyLength >= WIDE) out[at++] = WIDE | (keyLength >> 8);
    out[at++] = keyLength;
    return putBytes(out, at, key, keyStart, keyStart + keyLength);
  }

  fields(key: Uint8Array): NlriFields {
    if (key.length < this.rd) return {};
    const rules = ruleFields(key, this.rd, key.length, this.rows);
    return this.rd === 0 ? rules : { rd: formatRd(key, 0), ...rules };
  }

  private show(key: Uint8Array): string | null {
    if (key.length < this.rd) return null;
    const rule = formatRule(key, this.rd, key.length, this.rows);
    return this.rd === 0 || rule === null ? rule : `${formatRd(key, 0)}:${rule}`;
  }

  private take(text: string): Uint8Array | null {
    if (this.rd === 0) return parseRule(text, this.rows);
    const [, rdText, ruleText] = RD_AHEAD.exec(text) ?? [];
    const rd = rdText === undefined ? null : parseRd(rdText);
    const rule = rd === null ? null : parseRule(ruleText, this.rows);
    return rd === null || rule === null ? null : concatBytes(rd, rule);
  }
}

/** SAFI 133. */
export const IPV4_FLOWSPEC: NlriCodec = new FlowspecCodec(IPV4_COMPONENTS, 0);
export const IPV6_FLOWSPEC: NlriCodec = new FlowspecCodec(IPV6_COMPONENTS, 0);
/** SAFI 134. */
export const IPV4_FLOWSPEC_VPN: NlriCodec = new FlowspecCodec(IPV4_COMPONENTS, RD);
export const IPV6_FLOWSPEC_VPN: NlriCodec = new FlowspecCodec(IPV6_COMPONENTS, RD);
