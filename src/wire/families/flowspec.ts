/**
 * Flow specifications (RFC 8955, RFC 8956): length, 1 octet, or 2 with 0xf in the upper four bits; in the VPN families a
 * route distinguisher, 8; components. Key: all behind the length, so the same rule with a longer length than it needs is the same
 * route. The components are compared as octets (RFC 8955 4: the NLRI is opaque).
 */
import { concatBytes, putBytes, u16 } from '../bytes.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../nlri-codec.ts';
import { areComponents, IPV4_RULES, IPV6_RULES, IPV6_WHOLE_RULES, type Rules } from './flow-rules/components.ts';
import { formatRule, parseRule, ruleFields } from './flow-rules/text.ts';
import { KeyCodec } from './parts/base-codecs.ts';
import { formatRd, parseRd, RD, RD_AHEAD } from './parts/route-distinguisher.ts';

/** From this length on it takes two octets (RFC 8955 4.1). */
const WIDE = 0xf0;

class FlowspecCodec extends KeyCodec {
  /** The first of them that fits a rule is the one it is read by. */
  private readonly rules: readonly Rules[];
  private readonly rd: number;

  /** @param rd octets of the route distinguisher, 0 or 8 */
  constructor(rules: readonly Rules[], rd: number) {
    const prefix = rules[0] === IPV4_RULES ? '10.0.0.0/8' : '2001:db8::/32';
    super(
      `a rule such as "${rd === 0 ? '' : '65000:1:'}dst ${prefix}; proto =tcp; dport =80,>=8080&<=8088"`,
      rd === 0 ? -1 : 0,
    );
    this.rules = rules;
    this.rd = rd;
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
    const isValid = start + rd <= next && this.rulesOf(bytes, start + rd, next) !== undefined;
    parts.verdict = isValid ? NLRI.ok : NLRI.malformed;
    return next;
  }

  /** What the components `bytes[start, end)` are valid by, or undefined. */
  private rulesOf(bytes: Uint8Array, start: number, end: number): Rules | undefined {
    const { rules } = this;
    for (let i = 0; i < rules.length; i++) if (areComponents(bytes, start, end, rules[i])) return rules[i];
    return undefined;
  }

  protected writeKey(key: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
    const length = end - start;
    if (length >= WIDE) out[at++] = WIDE | (length >> 8);
    out[at++] = length;
    return putBytes(out, at, key, start, end);
  }

  fields(key: Uint8Array): NlriFields {
    if (key.length < this.rd) return {};
    const rules = this.rulesOf(key, this.rd, key.length);
    const fields = rules === undefined ? {} : ruleFields(key, this.rd, key.length, rules);
    return this.rd === 0 ? fields : { rd: formatRd(key, 0), ...fields };
  }

  protected show(key: Uint8Array): string | null {
    if (key.length < this.rd) return null;
    const rules = this.rulesOf(key, this.rd, key.length);
    const text = rules === undefined ? null : formatRule(key, this.rd, key.length, rules);
    return this.rd === 0 || text === null ? text : `${formatRd(key, 0)}:${text}`;
  }

  protected take(text: string): Uint8Array | null {
    if (this.rd === 0) return this.takeRule(text);
    const [, rdText, ruleText] = RD_AHEAD.exec(text) ?? [];
    const rd = rdText === undefined ? null : parseRd(rdText);
    const rule = rd === null ? null : this.takeRule(ruleText);
    return rd === null || rule === null ? null : concatBytes(rd, rule);
  }

  private takeRule(text: string): Uint8Array | null {
    for (const rules of this.rules) {
      const found = parseRule(text, rules);
      if (found !== null) return found;
    }
    return null;
  }
}

/** SAFI 133. */
export const IPV4_FLOWSPEC: NlriCodec = new FlowspecCodec([IPV4_RULES], 0);
export const IPV6_FLOWSPEC: NlriCodec = new FlowspecCodec([IPV6_RULES, IPV6_WHOLE_RULES], 0);
/** SAFI 134. */
export const IPV4_FLOWSPEC_VPN: NlriCodec = new FlowspecCodec([IPV4_RULES], RD);
export const IPV6_FLOWSPEC_VPN: NlriCodec = new FlowspecCodec([IPV6_RULES, IPV6_WHOLE_RULES], RD);
