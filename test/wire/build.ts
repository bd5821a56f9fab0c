/** Messages put together by hand, so that tests know every octet. */
import { ATTRIBUTE } from '../../src/wire/attributes/attribute-table.ts';
import type { UpdateContext } from '../../src/wire/context.ts';
import { FAMILIES, IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { encodeMessage, MESSAGE } from '../../src/wire/message.ts';
import { NormalizedAttributes, normalizeAttributes } from '../../src/wire/update/normalize.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';

export const CLASSIC = 0;
export const MP = 1;

/** Bytes of hexadecimal text; blanks are for the eye. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export interface ContextOptions {
  readonly as4?: boolean;
  readonly ebgp?: boolean;
  readonly addPath?: boolean;
  readonly families?: readonly number[];
  readonly extendedNextHop?: boolean;
  readonly confederation?: boolean;
  readonly aigp?: boolean;
  readonly prefixSid?: boolean;
}

/** By default an iBGP session with 4-octet AS numbers and both unicast families. */
export function context(options: ContextOptions = {}): UpdateContext {
  const families = new Uint8Array(FAMILIES.length);
  for (const family of options.families ?? [IPV4_UNICAST, IPV6_UNICAST]) families[family] = 1;
  return {
    as4: options.as4 ?? true,
    ebgp: options.ebgp ?? false,
    addPath: new Uint8Array(FAMILIES.length).fill(options.addPath ? 1 : 0),
    families,
    extendedNextHop: options.extendedNextHop ?? false,
    ...(options.confederation === undefined ? {} : { confederation: options.confederation }),
    ...(options.aigp === undefined ? {} : { aigp: options.aigp }),
    ...(options.prefixSid === undefined ? {} : { prefixSid: options.prefixSid }),
  };
}

/** One attribute; the length takes two octets where the flags say so. */
export function attribute(flags: number, code: number, value: Uint8Array | string = ''): Uint8Array {
  const octets = typeof value === 'string' ? hex(value) : value;
  const length = (flags & 0x10) === 0 ? [octets.length] : [octets.length >> 8, octets.length & 255];
  return Uint8Array.from([flags, code, ...length, ...octets]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export interface UpdateParts {
  readonly withdrawn?: string;
  readonly attributes?: readonly Uint8Array[];
  readonly nlri?: string;
}

export function update({ withdrawn = '', attributes = [], nlri = '' }: UpdateParts): Uint8Array {
  const gone = hex(withdrawn);
  const set = concat(attributes);
  const lengths = (length: number) => [length >> 8, length & 255];
  return encodeMessage(
    MESSAGE.update,
    Uint8Array.from([...lengths(gone.length), ...gone, ...lengths(set.length), ...set, ...hex(nlri)]),
  );
}

export const ORIGIN = attribute(0x40, ATTRIBUTE.origin, '00');
export const AS_PATH = attribute(0x40, ATTRIBUTE.asPath, '02 02 0000fde9 0000fdea');
export const NEXT_HOP = attribute(0x40, ATTRIBUTE.nextHop, 'c0000201');
export const LOCAL_PREF = attribute(0x40, ATTRIBUTE.localPref, '00000064');
/** 10.0.0.0/8 */
export const PREFIX = '08 0a';
/** 2001:db8::/32 via 2001:db8::1. */
export const MP_REACH = attribute(
  0x80,
  ATTRIBUTE.mpReach,
  '0002 01 10 20010db8000000000000000000000001 00 20 20010db8',
);

/** What an iBGP peer with 4-octet AS numbers sends at least. */
export const MANDATORY = [ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF];

/** The mandatory attributes and one more (or one instead of its namesake), ascending. */
export function withAttribute(extra: Uint8Array, base: readonly Uint8Array[] = MANDATORY): Uint8Array[] {
  return [...base.filter((each) => each[1] !== extra[1]), extra].sort((a, b) => a[1] - b[1]);
}

export function scan(message: Uint8Array, on: UpdateContext): UpdateView {
  const view = new UpdateView();
  scanUpdate(message, 0, message.length, on, view);
  return view;
}

/** Scans and normalises; the structure must be sound. */
export function normalize(message: Uint8Array, form: number, on: UpdateContext): NormalizedAttributes {
  const out = new NormalizedAttributes();
  normalizeAttributes(scan(message, on), form, on, out);
  return out;
}

/** The canonical bytes in hexadecimal. */
export function canonical(out: NormalizedAttributes): string {
  return toHex(out.bytes.subarray(0, out.length));
}
