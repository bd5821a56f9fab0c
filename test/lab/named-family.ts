/**
 * A family that exists in the tests alone, AFI 16397 SAFI 70: nothing outside of this file knows it. An NLRI is: length of
 * the name 1, tag 1, name. The name is the key and the tag the payload. A name is of small letters.
 */
import { type FamilyKind, PLAIN } from '../../src/wire/family.ts';
import { NLRI, type NlriCodec } from '../../src/wire/nlri-codec.ts';
import { announceIn, type Route, u16, withdrawIn } from './updates.ts';

const SMALL = /^[a-z]*$/;

const codec: NlriCodec = {
  read(bytes, at, end, withdrawn, parts) {
    const length = bytes[at];
    const next = at + 2 + length;
    if (at + 2 > end || next > end) return -1;
    parts.keyLength = length;
    parts.key.set(bytes.subarray(at + 2, next));
    parts.payloadLength = withdrawn ? 0 : 1;
    parts.payload[0] = bytes[at + 1];
    parts.verdict = SMALL.test(textOf(bytes.subarray(at + 2, next))) ? NLRI.ok : NLRI.malformed;
    return next;
  },
  write(key, keyStart, keyLength, payload, payloadStart, payloadLength, out, at) {
    out[at] = keyLength;
    out[at + 1] = payloadLength === 0 ? 0 : payload[payloadStart];
    out.set(key.subarray(keyStart, keyStart + keyLength), at + 2);
    return at + 2 + keyLength;
  },
  format: textOf,
  fields: (key, payload) => ({ name: textOf(key), ...(payload.length === 0 ? {} : { tag: payload[0] }) }),
  parse: (text) =>
    SMALL.test(text) ? new TextEncoder().encode(text) : { problem: `"${text}" is not of small letters` },
};

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

export const NAMED: FamilyKind = {
  ...PLAIN,
  afi: 16_397,
  safi: 70,
  name: 'named',
  shortNames: ['names'],
  codec,
  nextHop: { octets: [4, 24], extended: [], isReplaceable: false },
};

/** A next hop with a route distinguisher in front, as in VPNs. */
export const VPN_NEXT_HOP = [0, 0, 0, 0, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];

/** `name` or `name=tag`, with an ADD-PATH identifier `name=tag #7`. */
function nlriOf(text: string): number[] {
  const [bare, pathId] = text.split(' #');
  const [name, tag = '0'] = bare.split('=');
  const identifier = pathId === undefined ? [] : [0, 0, ...u16(Number(pathId))];
  return [...identifier, name.length, Number(tag), ...new TextEncoder().encode(name)];
}

/** Announces names; `over.nlri` replaces their octets. */
export function announceNames(
  names: readonly string[],
  route: Route = {},
  over: { nextHop?: readonly number[]; nlri?: readonly number[] } = {},
): Uint8Array {
  return announceIn(NAMED, over.nlri ?? names.flatMap(nlriOf), over.nextHop ?? VPN_NEXT_HOP, route);
}

/** Withdraws names; none: End-of-RIB. */
export function withdrawNames(names: readonly string[], nlri: readonly number[] = names.flatMap(nlriOf)): Uint8Array {
  return withdrawIn(NAMED, nlri);
}

/** MP_EXT of the family. */
export const NAMED_CAPABILITY = [1, 4, ...u16(NAMED.afi), 0, NAMED.safi];
