/**
 * Flow specifications as text: `dst 10.0.0.0/8; proto =tcp; dport =80,>=8080&<=8088; tcp-flags syn&!ack; fragment =is-fragment`.
 *
 * Behind a component's name are its conditions: `,` is "or", `&` is "and". A number has `=`, `<`, `>`, `<=`, `>=`, `!=`,
 * or `true:` and `false:` instead of all. A mask has the names of its bits, joined by `+`: any of them is set; `=` in front: all
 * of them are; `!`: not. A value in more octets than it needs is hexadecimal in all of them.
 */
import { formatAddress, parseAddress } from '../../../lib/ip.ts';
import { fromHex, toHex } from '../../bytes.ts';
import { formatBits, parseBits } from '../parts/prefix-bits.ts';
import { BITMASK, type Component, endOfComponent, FORM, OPERATOR, PREFIX, type Rules, widthOf } from './components.ts';

const IPV6_PATTERN = /^([\d.a-f:]+)\/(\d{1,3})([-/])(\d{1,3})$/;

/** Text of the components `bytes[start, end)`, or null if they are not valid. */
export function formatRule(bytes: Uint8Array, start: number, end: number, rules: Rules): string | null {
  const texts: string[] = [];
  for (let at = start; at < end; ) {
    const component = rules.components[bytes[at]];
    const next = endOfComponent(bytes, at, end, rules);
    if (component === undefined || next < 0) return null;
    texts.push(`${component.name} ${formatComponent(bytes, at + 1, next, component, rules)}`);
    at = next;
  }
  return texts.length === 0 ? null : texts.join('; ');
}

/** The conditions of a component by name, for JSON and filters. */
export function ruleFields(bytes: Uint8Array, start: number, end: number, rules: Rules): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = start; at < end; ) {
    const component = rules.components[bytes[at]];
    const next = endOfComponent(bytes, at, end, rules);
    if (component === undefined || next < 0) return fields;
    fields[component.name] = formatComponent(bytes, at + 1, next, component, rules);
    at = next;
  }
  return fields;
}

/** The components of such a text, or null. */
export function parseRule(text: string, rules: Rules): Uint8Array | null {
  const octets: number[] = [];
  for (const part of text.split(';')) {
    const [, name, value] = /^ *([\w-]+) +(\S+) *$/.exec(part) ?? [];
    const component = rules.components.find((each) => each !== undefined && each.name === name);
    const found = component === undefined ? null : parseComponent(value, component, rules);
    if (component === undefined || found === null) return null;
    octets.push(component.type);
    for (const octet of found) octets.push(octet);
  }
  return Uint8Array.from(octets);
}

function formatComponent(bytes: Uint8Array, at: number, end: number, component: Component, rules: Rules): string {
  if (component.form === FORM.prefix) return formatPrefix(bytes, at, rules.prefix);
  let text = '';
  while (at < end) {
    const operator = bytes[at];
    const next = at + 1 + widthOf(operator);
    if (text !== '') text += (operator & OPERATOR.and) !== 0 ? '&' : ',';
    text += component.form === FORM.numbers ? comparison(operator) : maskOperator(operator);
    if (!isConstant(operator, component)) text += formatValue(bytes, at + 1, next, component);
    else text += `:${formatValue(bytes, at + 1, next, component)}`;
    at = next;
  }
  return text;
}

function parseComponent(text: string, component: Component, rules: Rules): readonly number[] | null {
  if (component.form === FORM.prefix) return parsePrefix(text, rules.prefix);
  const octets: number[] = [];
  const conditions = text.split(/([,&])/);
  for (let i = 0; i < conditions.length; i += 2) {
    const found = parseCondition(conditions[i], component);
    if (found === null) return null;
    if (i > 0 && conditions[i - 1] === '&') found[0] |= OPERATOR.and;
    if (i === conditions.length - 1) found[0] |= OPERATOR.end;
    octets.push(...found);
  }
  return octets;
}

/** By the three bits of a comparison: less, greater, equal. */
const COMPARISONS = ['false', '=', '>', '>=', '<', '<=', '!=', 'true'];
/** By the two bits of a mask's operator: not, match. */
const MASKS = ['', '=', '!', '!='];

function comparison(operator: number): string {
  return COMPARISONS[operator & (OPERATOR.less | OPERATOR.greater | OPERATOR.equal)];
}

function maskOperator(operator: number): string {
  return MASKS[operator & (BITMASK.not | BITMASK.match)];
}

/** `true` and `false` ignore their value, which is shown all the same. */
function isConstant(operator: number, { form }: Component): boolean {
  return form === FORM.numbers && /[a-z]/.test(comparison(operator));
}

function parseCondition(text: string, component: Component): number[] | null {
  const pattern = component.form === FORM.numbers ? /^(true:|false:|[<>!]?=|[<>])(.+)$/ : /^(!=|[!=]|)(.+)$/;
  const [, operatorText, valueText] = pattern.exec(text) ?? [];
  if (valueText === undefined) return null;
  const names = component.form === FORM.numbers ? COMPARISONS : MASKS;
  const value = parseValue(valueText, component);
  return value === null
    ? null
    : [names.indexOf(operatorText.replace(':', '')) | (Math.log2(value.length) << 4), ...value];
}

function formatValue(bytes: Uint8Array, start: number, end: number, component: Component): string {
  const value = wideValue(bytes, start, end);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || octetsFor(Number(value)) !== end - start) {
    return `0x${toHex(bytes, start, end)}`;
  }
  const names = namesOf(Number(value), component);
  return names ?? String(value);
}

function wideValue(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let i = start; i < end; i++) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

function namesOf(value: number, { bits, values }: Component): string | null {
  if (bits.length === 0) return values[value] ?? null;
  const names = bits.filter((_, i) => (value & (1 << i)) !== 0);
  return value > 0 && value < 1 << bits.length ? names.join('+') : null;
}

function parseValue(text: string, component: Component): readonly number[] | null {
  if (text.startsWith('0x')) {
    const octets = fromHex(text.slice(2));
    return octets !== null && [1, 2, 4, 8].includes(octets.length) ? [...octets] : null;
  }
  const value = /^\d{1,16}$/.test(text) ? Number(text) : numberOf(text, component);
  if (value === null || value > Number.MAX_SAFE_INTEGER) return null;
  const octets = octetsFor(value);
  return Array.from({ length: octets }, (_, i) => Math.floor(value / 2 ** (8 * (octets - 1 - i))) & 0xff);
}

function numberOf(text: string, { bits, values }: Component): number | null {
  const found = Object.entries(values).find(([, name]) => name === text);
  if (found !== undefined) return Number(found[0]);
  let value = 0;
  for (const name of text.split('+')) {
    const bit = bits.indexOf(name);
    if (bit < 0) return null;
    value |= 1 << bit;
  }
  return value;
}

/** The least octets that a value can be encoded in: 1, 2, 4 or 8. */
function octetsFor(value: number): number {
  if (value <= 0xff) return 1;
  if (value <= 0xffff) return 2;
  return value <= 0xffffffff ? 4 : 8;
}

/**
 * IPv6 with an offset: `::1234:0:0/96-64`, the bits from 64 to 96 of an address (RFC 8956 3.1); `2001:db8::/96/64` when
 * the bits in front of them are there, too.
 */
function formatPrefix(bytes: Uint8Array, at: number, form: number): string {
  const length = bytes[at];
  if (form === PREFIX.ipv4) return formatBits(bytes, at + 1, length, 4);
  const offset = bytes[at + 1];
  if (offset === 0) return formatBits(bytes, at + 2, length, 16);
  if (form === PREFIX.ipv6Whole) return `${formatBits(bytes, at + 2, length, 16)}/${offset}`;
  const address = new Uint8Array(16);
  moveBits(bytes, 8 * (at + 2), address, offset, length - offset);
  return `${formatAddress(address)}/${length}-${offset}`;
}

function parsePrefix(text: string, form: number): readonly number[] | null {
  if (form === PREFIX.ipv4) {
    const found = parseBits(text, 4);
    return found === null ? null : [...found];
  }
  const [, addressText, lengthText, sign, offsetText] = IPV6_PATTERN.exec(text) ?? [];
  if (addressText === undefined) {
    const found = parseBits(text, 16);
    return found === null ? null : [found[0], 0, ...found.subarray(1)];
  }
  const address = parseAddress(addressText);
  const [length, offset] = [Number(lengthText), Number(offsetText)];
  if (address?.length !== 16 || length > 128 || offset >= length) return null;
  if (sign !== (form === PREFIX.ipv6 ? '-' : '/')) return null;
  const first = form === PREFIX.ipv6 ? offset : 0;
  const octets = new Uint8Array((length - first + 7) >> 3);
  moveBits(address, first, octets, 0, length - first);
  return [length, offset, ...octets];
}

/** Copies `count` bits; those of `to` are zero before. */
function moveBits(from: Uint8Array, start: number, to: Uint8Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const isSet = (from[(start + i) >> 3] & (0x80 >> ((start + i) & 7))) !== 0;
    if (isSet) to[(at + i) >> 3] |= 0x80 >> ((at + i) & 7);
  }
}
