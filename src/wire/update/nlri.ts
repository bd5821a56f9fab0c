/**
 * NLRI, read and written without allocation (RFC 4271 4.3, RFC 4760 5, RFC 7911 3). One NLRI is: [path identifier, 4
 * octets,] then what the codec of the family reads. A prefix of IPv4 and IPv6 unicast is: length in bits, 1 octet, then as
 * many octets as the length needs; bits beyond the length are ignored and read as zero.
 */
import { u32 } from '../bytes.ts';
import { AFI, FAMILIES, type FamilyId } from '../families.ts';
import { NLRI, type NlriCodec, NlriParts } from '../nlri-codec.ts';

/** Reads the routes of a field one by one; reused. The field must have passed `isReadable`. */
export class NlriReader {
  /** ADD-PATH identifier; 0 without ADD-PATH. */
  pathId = 0;
  prefixLength = 0;
  /** The address, 32 bits each, most significant first; IPv4 only uses `word0`. */
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  /** Key and payload, in a family with a codec; null before the first one. */
  parts: NlriParts | null = null;
  /** The current NLRI is malformed: its route is withdrawn (RFC 7606 5.3). Always false in a family without a codec. */
  isMalformed = false;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  private addPath = false;
  private wide = false;
  private codec: NlriCodec | null = null;
  private withdrawn = false;

  /** Starts to read `bytes[start, end)`; `withdrawn`: they are of MP_UNREACH_NLRI. */
  open(bytes: Uint8Array, start: number, end: number, family: FamilyId, addPath: boolean, withdrawn = false): void {
    const { afi, codec } = FAMILIES[family];
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.addPath = addPath;
    this.withdrawn = withdrawn;
    this.wide = afi === AFI.ipv6;
    this.codec = codec;
    this.isMalformed = false;
    this.pathId = 0;
  }

  /** Positions the reader on a route by its key, for a lookup in a family with a codec. */
  standOn(key: Uint8Array): this {
    this.parts ??= new NlriParts();
    this.parts.key.set(key);
    this.parts.keyLength = key.length;
    this.parts.payloadLength = 0;
    return this;
  }

  /** Moves to the next route; false when there is none. */
  next(): boolean {
    if (this.at >= this.end) return false;
    if (this.codec !== null) return this.nextKey(this.codec);
    const { bytes } = this;
    if (this.addPath) {
      this.pathId = u32(bytes, this.at);
      this.at += 4;
    }
    const length = bytes[this.at++];
    this.prefixLength = length;
    if (this.wide) {
      this.word0 = this.word(length);
      this.word1 = this.word(length - 32);
      this.word2 = this.word(length - 64);
      this.word3 = this.word(length - 96);
    } else {
      this.word0 = this.word(length);
    }
    return true;
  }

  private nextKey(codec: NlriCodec): boolean {
    if (this.addPath) {
      this.pathId = u32(this.bytes, this.at);
      this.at += 4;
    }
    this.parts ??= new NlriParts();
    const next = codec.read(this.bytes, this.at, this.end, this.withdrawn, this.parts);
    this.isMalformed = this.parts.verdict !== NLRI.ok;
    this.at = next < 0 ? this.end : next;
    return next >= 0;
  }

  /** The next 32 bits, or those that are left, in the upper end of a word. */
  private word(bits: number): number {
    if (bits <= 0) return 0;
    const { bytes, at } = this;
    let word = bytes[at] << 24;
    if (bits > 8) word |= bytes[at + 1] << 16;
    if (bits > 16) word |= bytes[at + 2] << 8;
    if (bits > 24) word |= bytes[at + 3];
    this.at = at + (bits >= 32 ? 4 : (bits + 7) >> 3);
    return (bits >= 32 ? word : word & (-1 << (32 - bits))) >>> 0;
  }
}

/** For `isReadable`: what it reads is not used. */
let scratch: NlriParts | null = null;

/**
 * Whether the end of every NLRI of a field can be found, so that all of them can be read (RFC 7606 5.3). An NLRI with a
 * known end may still be malformed.
 */
export function isReadable(
  bytes: Uint8Array,
  start: number,
  end: number,
  family: FamilyId,
  addPath: boolean,
  withdrawn: boolean,
): boolean {
  const { afi, codec } = FAMILIES[family];
  if (codec === null) return checkPrefixes(bytes, start, end, afi === AFI.ipv4 ? 32 : 128, addPath);
  scratch ??= new NlriParts();
  let at = start;
  while (at >= 0 && at < end) {
    if (addPath) at += 4;
    // Something must follow the path identifier.
    if (at >= end) return false;
    at = codec.skip?.(bytes, at, end, withdrawn) ?? codec.read(bytes, at, end, withdrawn, scratch);
  }
  return at === end;
}

/** Whether every length in a field of prefixes is in range (at most `longest` bits), and nothing exceeds the end. */
export function checkPrefixes(
  bytes: Uint8Array,
  start: number,
  end: number,
  longest: number,
  addPath: boolean,
): boolean {
  let at = start;
  while (at < end) {
    if (addPath) at += 4;
    if (at >= end) return false;
    const length = bytes[at];
    if (length > longest) return false;
    at += 1 + ((length + 7) >> 3);
  }
  return at === end;
}

/** Writes an IPv4 prefix at `at`; returns the position behind it. */
export function writePrefix4(out: Uint8Array, at: number, word: number, length: number): number {
  out[at++] = length;
  return writeWord(out, at, word, length);
}

/** Writes an IPv6 prefix at `at`; returns the position behind it. */
export function writePrefix6(
  out: Uint8Array,
  at: number,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  length: number,
): number {
  out[at++] = length;
  at = writeWord(out, at, word0, length);
  at = writeWord(out, at, word1, length - 32);
  at = writeWord(out, at, word2, length - 64);
  return writeWord(out, at, word3, length - 96);
}

/** Writes an ADD-PATH identifier (RFC 7911 3), which precedes its prefix; returns the position behind it. */
export function writePathId(out: Uint8Array, at: number, pathId: number): number {
  return writeWord(out, at, pathId, 32);
}

/** Writes as many octets of a word as `bits` (at most 32) need. */
function writeWord(out: Uint8Array, at: number, word: number, bits: number): number {
  if (bits > 0) out[at++] = word >>> 24;
  if (bits > 8) out[at++] = word >>> 16;
  if (bits > 16) out[at++] = word >>> 8;
  if (bits > 24) out[at++] = word;
  return at;
}
