/**
 * Typed NLRI (RFC 7606 5.4): a type, the length of what follows in octets, and fields. The end is known whatever the
 * type is: a type without a row is stored and passed on as octets. EVPN, MVPN and MUP are tables of rows for this codec.
 *
 * Key: the type, and the fields that the RFC of the type calls the key. Payload: the other fields, in their order.
 * As text: `65000:1:[2]:[0]:[48]:[02:00:5e:00:00:01]:[32]:[192.0.2.1]`, the route distinguisher first where it has one.
 */
import { concatBytes, putBytes, toHex } from '../../bytes.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../../nlri-codec.ts';
import type { NlriKind, NlriMarks, NlriPart } from '../../nlri-marks.ts';
import { TextCodec } from './base-codecs.ts';
import { type FieldKind, KIND } from './field-kinds.ts';
import { putBits } from './prefix-bits.ts';
import { parseRd, RD_AHEAD } from './route-distinguisher.ts';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** It is not part of the key. */
  readonly payload: boolean;
}

export interface RouteType {
  /** The number of the type, and its name in texts. */
  readonly type: number;
  readonly name: string;
  /** Its name in policies, if `name` is a number. */
  readonly word?: string;
  readonly fields: readonly Field[];
  /** Octets of the fields, and of those of the key, if its addresses have 16 octets; 0: the address family decides. */
  readonly wideLength: number;
  readonly wideKeyLength: number;
  /** Whether the payload is valid with the others; undefined: always. */
  readonly isValid?: (payload: Uint8Array, length: number) => boolean;
}

export function keyField(name: string, kind: FieldKind): Field {
  return { name, kind, payload: false };
}

export function payloadField(name: string, kind: FieldKind): Field {
  return { name, kind, payload: true };
}

interface TypedFamily {
  /** Octets in front of the length; the last one is the low octet of the type. */
  readonly typeOctets: 1 | 3;
  /** The octets in front of that one. */
  readonly lead: readonly number[];
  /** By type. */
  readonly rows: readonly (RouteType | undefined)[];
  /** Addresses have 16 octets where the type leaves it to the address family. */
  readonly wide: boolean;
  readonly expected: string;
}

const TEXT = /^\[([\w-]+)\]((?::\[[^\]]*\])*)$/;

export class TypedCodec extends TextCodec implements NlriCodec {
  override readonly kinds: readonly NlriKind[];
  private readonly family: TypedFamily;

  constructor(family: TypedFamily) {
    super(family.expected);
    this.family = family;
    const known = family.rows.filter((row) => row !== undefined);
    const kinds = known.map(({ type, name, word, fields }) => ({
      type,
      word: word ?? name,
      has: ['route-type' as NlriPart, ...fields.flatMap(({ kind }) => kind.part ?? [])],
    }));
    this.kinds = [...kinds, { type: null, word: '', has: ['route-type'] }];
  }

  read(bytes: Uint8Array, at: number, end: number, withdrawn: boolean, parts: NlriParts): number {
    const { typeOctets } = this.family;
    const start = at + typeOctets + 1;
    if (start > end) return -1;
    const next = start + bytes[start - 1];
    if (next > end) return -1;
    parts.keyLength = putBytes(parts.key, 0, bytes, at, at + typeOctets);
    parts.payloadLength = 0;
    parts.verdict = NLRI.ok;
    const row = this.rowOf(bytes, at);
    if (row === undefined) parts.keyLength = putBytes(parts.key, typeOctets, bytes, start, next);
    else this.split(row, bytes, start, next, parts);
    if (withdrawn) parts.payloadLength = 0;
    else if (row?.isValid?.(parts.payload, parts.payloadLength) === false) parts.verdict = NLRI.malformed;
    return next;
  }

  skip(bytes: Uint8Array, at: number, end: number): number {
    const start = at + this.family.typeOctets + 1;
    if (start > end) return -1;
    const next = start + bytes[start - 1];
    return next > end ? -1 : next;
  }

  /** Distributes the fields of `bytes[start, end)` to key and payload. */
  private split(row: RouteType, bytes: Uint8Array, start: number, end: number, parts: NlriParts): void {
    const wide = row.wideLength === 0 ? this.family.wide : end - start === row.wideLength;
    let at = start;
    for (let i = 0; i < row.fields.length; i++) {
      const field = row.fields[i];
      const size = field.kind.size(bytes, at, end, wide);
      if (size < 0) {
        fail(parts);
        return;
      }
      if (field.payload) {
        parts.payloadLength = putBytes(parts.payload, parts.payloadLength, bytes, at, at + size);
      } else {
        parts.keyLength = putBytes(parts.key, parts.keyLength, bytes, at, at + size);
        if (field.kind.masked) mask(parts.key, parts.keyLength - size, parts.keyLength);
      }
      at += size;
    }
    if (at !== end) fail(parts);
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
    const { typeOctets } = this.family;
    const keyEnd = keyStart + keyLength;
    const payloadEnd = payloadStart + payloadLength;
    const start = putBytes(out, at, key, keyStart, keyStart + typeOctets) + 1;
    const row = this.rowOf(key, keyStart);
    let pos = start;
    let from = keyStart + typeOctets;
    if (row !== undefined) {
      const wide = this.isWideKey(row, keyLength);
      let rest = payloadStart;
      for (let i = 0; i < row.fields.length; i++) {
        const { kind, payload: isPayload } = row.fields[i];
        if (!isPayload) {
          const size = kind.size(key, from, keyEnd, wide);
          if (size < 0) break;
          pos = putBytes(out, pos, key, from, from + size);
          from += size;
        } else if (payloadLength === 0) {
          const blank = kind.blank[wide ? 1 : 0];
          pos = putBytes(out, pos, blank, 0, blank.length);
        } else {
          const size = kind.size(payload, rest, payloadEnd, wide);
          if (size < 0) break;
          pos = putBytes(out, pos, payload, rest, rest + size);
          rest += size;
        }
      }
    }
    pos = putBytes(out, pos, key, from, keyEnd);
    out[start - 1] = pos - start;
    return pos;
  }

  override mark(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    payload: Uint8Array,
    payloadStart: number,
    payloadEnd: number,
    marks: NlriMarks,
  ): void {
    const { typeOctets } = this.family;
    if (keyStart + typeOctets > keyEnd) return;
    marks.routeType = key[keyStart + typeOctets - 1];
    const row = this.rowOf(key, keyStart);
    if (row === undefined) return;
    const wide = this.isWideKey(row, keyEnd - keyStart);
    let at = keyStart + typeOctets;
    let rest = payloadStart;
    for (let i = 0; i < row.fields.length; i++) {
      const { kind, payload: isPayload } = row.fields[i];
      const bytes = isPayload ? payload : key;
      const from = isPayload ? rest : at;
      const size = kind.size(bytes, from, isPayload ? payloadEnd : keyEnd, wide);
      if (size < 0) continue;
      if (size > 0 && kind.mark !== undefined) kind.mark(bytes, from, from + size, marks);
      if (isPayload) rest += size;
      else at += size;
    }
  }

  fields(key: Uint8Array, payload: Uint8Array): NlriFields {
    const { typeOctets } = this.family;
    if (key.length < typeOctets) return {};
    const row = this.rowOf(key, 0);
    const fields: NlriFields = { 'route-type': key[typeOctets - 1] };
    if (row === undefined) return { ...fields, value: `0x${toHex(key, typeOctets)}` };
    const wide = this.isWideKey(row, key.length);
    let at = typeOctets;
    let rest = 0;
    for (const { name, kind, payload: isPayload } of row.fields) {
      const [bytes, from] = isPayload ? [payload, rest] : [key, at];
      const size = kind.size(bytes, from, bytes.length, wide);
      if (size < 0) continue;
      if (size > 0) Object.assign(fields, kind.describe(name, bytes, from, from + size, wide));
      if (isPayload) rest += size;
      else at += size;
    }
    return fields;
  }

  protected show(key: Uint8Array): string | null {
    const { typeOctets } = this.family;
    const row = key.length < typeOctets ? undefined : this.rowOf(key, 0);
    if (row === undefined) return null;
    const wide = this.isWideKey(row, key.length);
    const texts = [row.name];
    let rd = '';
    let at = typeOctets;
    for (const { kind, payload } of row.fields) {
      if (payload) continue;
      const size = kind.size(key, at, key.length, wide);
      if (size < 0) return null;
      const shown = kind.show(key, at, at + size, wide);
      if (kind === KIND.rd) rd = `${shown[0]}:`;
      else texts.push(...shown);
      at += size;
    }
    return at === key.length ? rd + texts.map((text) => `[${text}]`).join(':') : null;
  }

  protected take(text: string): Uint8Array | null {
    const ahead = RD_AHEAD.exec(text);
    const rd = ahead === null ? null : parseRd(ahead[1]);
    const [, name, list] = TEXT.exec(ahead === null ? text : ahead[2]) ?? [];
    const row = this.family.rows.find((each) => each !== undefined && each.name === name);
    if (row === undefined || (rd === null) !== (row.fields[0].kind !== KIND.rd)) return null;
    const texts = list === '' ? [] : list.slice(2, -1).split(']:[');
    const parts: Uint8Array[] = [Uint8Array.of(...this.family.lead, row.type), rd ?? new Uint8Array(0)];
    let next = 0;
    for (const { kind, payload } of row.fields) {
      if (payload || kind === KIND.rd) continue;
      const taken = kind.take(texts, next, this.family.wide);
      if (taken === null) return null;
      parts.push(taken.octets);
      next += taken.texts;
    }
    return next === texts.length ? concatBytes(...parts) : null;
  }

  private rowOf(bytes: Uint8Array, at: number): RouteType | undefined {
    const { lead, rows } = this.family;
    for (let i = 0; i < lead.length; i++) if (bytes[at + i] !== lead[i]) return undefined;
    return rows[bytes[at + lead.length]];
  }

  private isWideKey(row: RouteType, keyLength: number): boolean {
    return row.wideKeyLength === 0 ? this.family.wide : keyLength === row.wideKeyLength;
  }
}

/** Nothing identifies a route whose fields do not fit its length. */
function fail(parts: NlriParts): void {
  parts.keyLength = parts.payloadLength = 0;
  parts.verdict = NLRI.malformed;
}

/** Clears the host bits of a length in bits and an address. */
function mask(key: Uint8Array, start: number, end: number): void {
  const kept = putBits(key, start + 1, key, start + 1, key[start]);
  key.fill(0, kept, end);
}
