/**
 * NLRI: prefixes of IPv4 and IPv6 unicast, read and written without allocation (RFC 4271 4.3, RFC 4760 5, RFC 7911 3).
 * One prefix is: [path identifier, 4 octets,] length in bits, 1 octet, then as many octets as the length needs; bits
 * beyond the length are ignored and read as zero.
 */
import { u32 } from '../bytes.ts';
import { AFI, FAMILIES, type FamilyId, SAFI } from '../families.ts';

/** Reads the prefixes of a field one by one; reused. The field must have passed `checkNlri`. */
export class NlriReader {
  /** ADD-PATH identifier; 0 without ADD-PATH. */
  pathId = 0;
  prefixLength = 0;
  /** The address, 32 bits each, most significant first; IPv4 only uses `word0`. */
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  private addPath = false;
  private wide = false;

  /** Starts to read `bytes[start, end)`. */
  open(bytes: Uint8Array, start: number, end: number, family: FamilyId, addPath: boolean): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.addPath = addPath;
    this.wide = FAMILIES[family].afi === AFI.ipv6;
    this.pathId = 0;
  }

  /** Moves to the next prefix; false when there is none. */
  next(): boolean {
    if (this.at >= this.end) return false;
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

/**
 * Whether an NLRI field is well-formed: every length is in range, and nothing exceeds the end (RFC 7606 5.3).
 * Families other than IPv4 and IPv6 unicast and multicast are not checked, and count as well-formed.
 */
export function checkNlri(
  bytes: Uint8Array,
  start: number,
  end: number,
  afi: number,
  safi: number,
  addPath: boolean,
): boolean {
  if ((afi !== AFI.ipv4 && afi !== AFI.ipv6) || (safi !== SAFI.unicast && safi !== SAFI.multicast)) return true;
  const longest = afi === AFI.ipv4 ? 32 : 128;
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
