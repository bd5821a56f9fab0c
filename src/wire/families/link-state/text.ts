/**
 * BGP-LS NLRI as text: `node isis-level-2 0 local{as=65000,bgp-ls-id=0.0.0.0,router=0000.0000.0001}`: the kind of NLRI, the
 * protocol, the identifier of the instance, and the descriptors. One without a name is `tlv-1234=0x…`.
 */
import { concatBytes, fromDecimal, fromHex, put16, putBytes, u16, u32 } from '../../bytes.ts';
import { descriptorNamed, descriptorOf, hexadecimal, NLRI_TYPES, PROTOCOLS } from './descriptors.ts';
import { areTlvs, HEADER, isNested, LOCAL_NODE, REMOTE_NODE } from './tlvs.ts';

/** Protocol 1, identifier 8. */
const FIXED = 9;
const IPV6_PREFIX = 4;
const NODES: Readonly<Record<number, string>> = { [LOCAL_NODE]: 'local', [REMOTE_NODE]: 'remote' };

/** Whether a type of NLRI is known, so that its octets are a protocol, an identifier and TLVs. */
export function isKnownType(type: number): boolean {
  return NLRI_TYPES[type] !== undefined;
}

/** Whether `bytes[start, end)` is the value of an NLRI of a known type. */
export function isLinkState(bytes: Uint8Array, start: number, end: number): boolean {
  return start + FIXED <= end && areTlvs(bytes, start + FIXED, end);
}

/** Text of the value `bytes[start, end)` of an NLRI, or null. */
export function formatLinkState(type: number, bytes: Uint8Array, start: number, end: number): string | null {
  const name = NLRI_TYPES[type];
  if (name === undefined || !isLinkState(bytes, start, end)) return null;
  const texts = tlvTexts(bytes, start + FIXED, end, type === IPV6_PREFIX).map(([key, value]) => key + value);
  return [name, protocolOf(bytes[start]), identifierOf(bytes, start + 1), ...texts].join(' ');
}

/** The same by name, for JSON and filters. */
export function linkStateFields(
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): Record<string, string | number> {
  const kind = { 'nlri-type': NLRI_TYPES[type] ?? type };
  if (!isKnownType(type) || !isLinkState(bytes, start, end)) return kind;
  const texts = tlvTexts(bytes, start + FIXED, end, type === IPV6_PREFIX);
  const tlvs = texts.map(([key, value]) => [key, value.replace(/^[={]|\}$/g, '')] as const);
  const fixed = { protocol: protocolOf(bytes[start]), identifier: identifierOf(bytes, start + 1) };
  return { ...kind, ...fixed, ...Object.fromEntries(tlvs) };
}

/** The type and the value of such a text, or null. */
export function parseLinkState(text: string): { readonly type: number; readonly value: Uint8Array } | null {
  const [name, protocolText = '', identifierText = '', ...tlvs] = text.split(' ');
  const type = keyOf(NLRI_TYPES, name);
  const protocol = keyOf(PROTOCOLS, protocolText) ?? fromDecimal(protocolText, 255);
  if (type === null || protocol === null || !/^\d{1,20}$/.test(identifierText)) return null;
  const identifier = BigInt(identifierText);
  if (identifier >= 1n << 64n) return null;
  const parts: Uint8Array[] = [Uint8Array.of(protocol, ...octetsOfIdentifier(identifier))];
  for (const each of tlvs) {
    const tlv = parseTlv(each);
    if (tlv === null) return null;
    parts.push(tlv);
  }
  return { type, value: concatBytes(...parts) };
}

/** Each TLV as a name, and what is behind it: `=value`, or `{…}` with the TLVs in it. */
function tlvTexts(bytes: Uint8Array, start: number, end: number, wide: boolean): (readonly [string, string])[] {
  const texts: (readonly [string, string])[] = [];
  for (let at = start; at < end; at += HEADER + u16(bytes, at + 2)) {
    const type = u16(bytes, at);
    const [from, to] = [at + HEADER, at + HEADER + u16(bytes, at + 2)];
    // `areTlvs` has checked that nothing is nested deeper.
    if (isNested(type) && from < to) {
      const inner = nestedTexts(bytes, from, to);
      texts.push([NODES[type], `{${inner.join(',')}}`]);
    } else {
      texts.push(plainText(type, bytes, from, to, wide));
    }
  }
  return texts;
}

function nestedTexts(bytes: Uint8Array, start: number, end: number): string[] {
  const texts: string[] = [];
  for (let at = start; at < end; at += HEADER + u16(bytes, at + 2)) {
    texts.push(plainText(u16(bytes, at), bytes, at + HEADER, at + HEADER + u16(bytes, at + 2), false).join(''));
  }
  return texts;
}

function plainText(type: number, bytes: Uint8Array, start: number, end: number, wide: boolean): [string, string] {
  const row = descriptorOf(type);
  if (row !== undefined) {
    // A reader of fixed size must not read behind the value.
    const value = bytes.slice(start, end);
    const text = row.format(value, 0, value.length, wide);
    const back = row.parse(text);
    if (back !== null && back.length === value.length && back.every((octet, i) => octet === value[i])) {
      return [row.name, `=${text}`];
    }
  }
  return [`tlv-${type}`, `=${hexadecimal(bytes, start, end)}`];
}

function parseTlv(text: string): Uint8Array | null {
  const [, node, list] = /^(local|remote)\{(.*)\}$/.exec(text) ?? [];
  if (node === undefined) return parsePlain(text);
  const inner: Uint8Array[] = [];
  for (const each of list.split(',')) {
    const tlv = parsePlain(each);
    if (tlv === null) return null;
    inner.push(tlv);
  }
  return tlvOf(node === 'local' ? LOCAL_NODE : REMOTE_NODE, concatBytes(...inner));
}

function parsePlain(text: string): Uint8Array | null {
  const equal = text.indexOf('=');
  const [name, value] = [text.slice(0, equal), text.slice(equal + 1)];
  const row = descriptorNamed(name);
  if (row !== undefined) return tlvOf(row.type, row.parse(value));
  const type = name.startsWith('tlv-') ? fromDecimal(name.slice(4), 0xffff) : null;
  return type === null || !value.startsWith('0x') ? null : tlvOf(type, fromHex(value.slice(2)));
}

function tlvOf(type: number, value: Uint8Array | null): Uint8Array | null {
  if (value === null || value.length > 0xffff) return null;
  const tlv = new Uint8Array(HEADER + value.length);
  putBytes(tlv, put16(tlv, put16(tlv, 0, type), value.length), value, 0, value.length);
  return tlv;
}

function protocolOf(protocol: number): string {
  return PROTOCOLS[protocol] ?? String(protocol);
}

function keyOf(names: Readonly<Record<number, string>>, name: string): number | null {
  const found = Object.entries(names).find(([, each]) => each === name);
  return found === undefined ? null : Number(found[0]);
}

function identifierOf(bytes: Uint8Array, at: number): string {
  return String((BigInt(u32(bytes, at)) << 32n) | BigInt(u32(bytes, at + 4)));
}

function octetsOfIdentifier(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * (7 - i))) & 0xffn));
}
