/**
 * Encodes attributes for advertisement: copies canonical bytes in one pass with a few edits, ascending by type code.
 * No allocation.
 */

import { put16, put32, putBytes, u32 } from '../bytes.ts';
import { narrowAs, needsFourOctets, putAsPath2, putWithoutConfed } from './as-path.ts';
import { type AsPathEdits, clearPath, edited, editPath, editsPath, KEEP, PRIVATE_AS } from './as-path-edits.ts';
import { ATTRIBUTE, ATTRIBUTE_FLAG } from './attribute-table.ts';
import { attributeEnd, attributeValueOffset, putHeader } from './canonical.ts';

export { KEEP, PRIVATE_AS } from './as-path-edits.ts';

/** The edits. Created once, and set again for every set of attributes. */
export class AttributeEdits implements AsPathEdits {
  /** False: the receiver has 2-octet AS numbers; AS4_PATH and AS4_AGGREGATOR are added if needed (RFC 6793 4.2.2). */
  as4 = true;
  prependAs: number = KEEP;
  prependCount = 1;
  prependBehind: number = KEEP;
  prependConfed: number = KEEP;
  dropConfed = false;
  overrideAs: number = KEEP;
  privateAs: number = PRIVATE_AS.keep;
  receiverAs: number = KEEP;
  /** NEXT_HOP, inserted if absent: 4 octets of `nextHop` from `nextHopStart`; null leaves it unchanged. */
  nextHop: Uint8Array | null = null;
  nextHopStart = 0;
  dropNextHop = false;
  /** MULTI_EXIT_DISC, inserted if absent. */
  med: number = KEEP;
  dropMed = false;
  /** LOCAL_PREF, inserted if absent. */
  localPref: number = KEEP;
  /** ORIGINATOR_ID for a set without one; an existing one is kept (RFC 4456 8). */
  originatorId: number = KEEP;
  /** The same in place of an existing one. */
  newOriginatorId: number = KEEP;
  /** Cluster id to prepend to CLUSTER_LIST, and one to prepend to the result. */
  prependCluster: number = KEEP;
  prependCluster2: number = KEEP;
  /** ONLY_TO_CUSTOMER for a set without one; an existing one is kept (RFC 9234 5). */
  onlyToCustomer: number = KEEP;
  /** Removes what is not sent outside our AS: LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST. */
  dropIbgpOnly = false;
  /** Removes what is not sent outside our member AS of a confederation: ORIGINATOR_ID, CLUSTER_LIST. */
  dropReflection = false;
  /** Removes AIGP: the receiver is outside our administrative domain (RFC 7311 3.4). */
  dropAigp = false;
  /** Removes PREFIX_SID: the receiver is outside our domain of segment routing (RFC 8669). */
  dropPrefixSid = false;
  /** Removes the optional non-transitive attributes that no other field covers. */
  dropNonTransitive = false;
  /** Type code of an attribute to remove that no other field covers; 0: none. */
  drop = 0;

  /** Resets to no changes. */
  reset(): void {
    this.as4 = true;
    this.prependAs = this.med = this.localPref = this.originatorId = this.newOriginatorId = KEEP;
    this.prependCluster = this.prependCluster2 = this.onlyToCustomer = KEEP;
    this.prependCount = 1;
    this.prependBehind = this.prependConfed = KEEP;
    this.overrideAs = this.receiverAs = KEEP;
    this.privateAs = PRIVATE_AS.keep;
    this.nextHop = null;
    this.nextHopStart = 0;
    this.dropAigp = this.dropNextHop = this.dropMed = this.dropIbgpOnly = this.dropNonTransitive = false;
    this.dropConfed = this.dropReflection = this.dropPrefixSid = false;
    this.drop = 0;
  }
}

/** Codes that edits can insert, ascending. */
const INSERTABLE = [
  ATTRIBUTE.asPath,
  ATTRIBUTE.nextHop,
  ATTRIBUTE.med,
  ATTRIBUTE.localPref,
  ATTRIBUTE.originatorId,
  ATTRIBUTE.clusterList,
  ATTRIBUTE.as4Path,
  ATTRIBUTE.as4Aggregator,
  ATTRIBUTE.onlyToCustomer,
] as const;
const BEHIND_ALL = 256;
const LONGEST_HEADER = 4;
const LONGEST_VALUE = 65_535;
const TRANSITIVE = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;

/** The set being written. Module state, so that nothing is allocated per call. */
let source: Uint8Array = new Uint8Array(0);
let aggregatorAt = -1;

/**
 * Writes the canonical attributes `from[start, end)` with the edits to `out` from `pos` on.
 * @returns the position behind them, or -1 when they do not fit (`out`, or an attribute's longest value)
 */
export function writeAttributes(
  from: Uint8Array,
  start: number,
  end: number,
  edits: AttributeEdits,
  out: Uint8Array,
  pos: number,
): number {
  source = from;
  clearPath();
  aggregatorAt = -1;
  let insert = 0;
  for (let at = start; pos >= 0; ) {
    const code = at < end ? from[at + 1] : BEHIND_ALL;
    for (; pos >= 0 && insert < INSERTABLE.length && INSERTABLE[insert] < code; insert++) {
      pos = writeNew(INSERTABLE[insert], edits, out, pos);
    }
    if (code === BEHIND_ALL) break;
    if (insert < INSERTABLE.length && INSERTABLE[insert] === code) insert++;
    if (pos >= 0) pos = writeEdited(code, at, edits, out, pos);
    at = attributeEnd(from, at);
  }
  return pos;
}

/** Writes an attribute that the source does not have, if an edit inserts it. */
function writeNew(code: number, edits: AttributeEdits, out: Uint8Array, pos: number): number {
  const inside = !edits.dropIbgpOnly;
  switch (code) {
    case ATTRIBUTE.asPath:
      return edits.prependAs === KEEP && edits.prependConfed === KEEP ? pos : writeAsPath(-1, edits, out, pos);
    case ATTRIBUTE.nextHop:
      return edits.dropNextHop || edits.nextHop === null ? pos : writeNextHop(edits.nextHop, edits, out, pos);
    case ATTRIBUTE.med:
      return edits.dropMed ? pos : writeWord(code, ATTRIBUTE_FLAG.optional, edits.med, out, pos);
    case ATTRIBUTE.localPref:
      return inside ? writeWord(code, ATTRIBUTE_FLAG.transitive, edits.localPref, out, pos) : pos;
    case ATTRIBUTE.originatorId:
      return inside ? writeWord(code, ATTRIBUTE_FLAG.optional, edits.originatorId, out, pos) : pos;
    case ATTRIBUTE.clusterList:
      return inside ? writeClusterList(-1, edits, out, pos) : pos;
    case ATTRIBUTE.as4Path:
      return edits.as4 ? pos : writeAs4Path(out, pos);
    case ATTRIBUTE.as4Aggregator:
      return edits.as4 ? pos : writeAs4Aggregator(out, pos);
    default:
      return writeWord(code, TRANSITIVE, edits.onlyToCustomer, out, pos);
  }
}

/** Writes an attribute of the source with the edits. */
function writeEdited(code: number, at: number, edits: AttributeEdits, out: Uint8Array, pos: number): number {
  switch (code) {
    case ATTRIBUTE.asPath:
      return edits.as4 && !editsPath(edits) ? copy(at, out, pos) : writeAsPath(at, edits, out, pos);
    case ATTRIBUTE.nextHop:
      if (edits.dropNextHop) return pos;
      return edits.nextHop === null ? copy(at, out, pos) : writeNextHop(edits.nextHop, edits, out, pos);
    case ATTRIBUTE.med:
      return edits.dropMed ? pos : replaceWord(at, edits.med, out, pos);
    case ATTRIBUTE.localPref:
      return edits.dropIbgpOnly ? pos : replaceWord(at, edits.localPref, out, pos);
    case ATTRIBUTE.aggregator:
      aggregatorAt = at;
      return edits.as4 ? copy(at, out, pos) : writeAggregator2(at, out, pos);
    case ATTRIBUTE.clusterList:
      return edits.dropIbgpOnly || edits.dropReflection ? pos : writeClusterList(at, edits, out, pos);
    case ATTRIBUTE.originatorId:
      return edits.dropIbgpOnly || edits.dropReflection ? pos : replaceWord(at, edits.newOriginatorId, out, pos);
    case ATTRIBUTE.aigp:
      return edits.dropAigp ? pos : copy(at, out, pos);
    case ATTRIBUTE.prefixSid:
      return edits.dropPrefixSid ? pos : copy(at, out, pos);
    default:
      if (code === edits.drop) return pos;
      return edits.dropNonTransitive && isNonTransitive(at) ? pos : copy(at, out, pos);
  }
}

function isNonTransitive(at: number): boolean {
  return (source[at] & TRANSITIVE) === ATTRIBUTE_FLAG.optional;
}

function copy(at: number, out: Uint8Array, pos: number): number {
  const end = attributeEnd(source, at);
  return pos + end - at > out.length ? -1 : putBytes(out, pos, source, at, end);
}

/** Writes an attribute of one 32-bit number, unless the number is KEEP. */
function writeWord(code: number, flags: number, value: number, out: Uint8Array, pos: number): number {
  if (value === KEEP) return pos;
  if (pos + 7 > out.length) return -1;
  return put32(out, putHeader(out, pos, flags, code, 4), value);
}

function replaceWord(at: number, value: number, out: Uint8Array, pos: number): number {
  return value === KEEP ? copy(at, out, pos) : writeWord(source[at + 1], source[at], value, out, pos);
}

function writeNextHop(nextHop: Uint8Array, edits: AttributeEdits, out: Uint8Array, pos: number): number {
  return writeWord(ATTRIBUTE.nextHop, ATTRIBUTE_FLAG.transitive, u32(nextHop, edits.nextHopStart), out, pos);
}

/** RFC 4456 8: prepends the cluster id to the list at `at`; -1: there is none. */
function writeClusterList(at: number, edits: AttributeEdits, out: Uint8Array, pos: number): number {
  const { prependCluster: first, prependCluster2: second } = edits;
  const start = at < 0 ? 0 : attributeValueOffset(source, at);
  const end = at < 0 ? 0 : attributeEnd(source, at);
  const length = end - start + (first === KEEP ? 0 : 4) + (second === KEEP ? 0 : 4);
  if (length === 0) return pos;
  if (!fits(out, pos, length)) return -1;
  pos = putHeader(out, pos, ATTRIBUTE_FLAG.optional, ATTRIBUTE.clusterList, length);
  if (second !== KEEP) pos = put32(out, pos, second);
  if (first !== KEEP) pos = put32(out, pos, first);
  return putBytes(out, pos, source, start, end);
}

function fits(out: Uint8Array, pos: number, length: number): boolean {
  return length <= LONGEST_VALUE && pos + LONGEST_HEADER + length <= out.length;
}

/** Writes the AS_PATH at `at` (-1: an empty one) with the edits, in the receiver's width. */
function writeAsPath(at: number, edits: AttributeEdits, out: Uint8Array, pos: number): number {
  const start = at < 0 ? 0 : attributeValueOffset(source, at);
  editPath(source, start, at < 0 ? 0 : attributeEnd(source, at), edits);
  // Room for the wide form; the narrow one is shorter.
  if (!fits(out, pos, edited.end - edited.start)) return -1;
  const value = pos + LONGEST_HEADER;
  const { bytes } = edited;
  const valueEnd = edits.as4
    ? putBytes(out, value, bytes, edited.start, edited.end)
    : putAsPath2(out, value, bytes, edited.start, edited.end);
  return settle(out, pos, ATTRIBUTE_FLAG.transitive, ATTRIBUTE.asPath, valueEnd);
}

/** Writes the header of a value that was written behind room for the longest header; returns the position behind it. */
function settle(out: Uint8Array, pos: number, flags: number, code: number, valueEnd: number): number {
  const value = pos + LONGEST_HEADER;
  const at = putHeader(out, pos, flags, code, valueEnd - value);
  if (at !== value) out.copyWithin(at, value, valueEnd);
  return at + valueEnd - value;
}

/** RFC 6793 4.2.2: only if a number does not fit 2 octets, and without the confederation's segments. After AS_PATH. */
function writeAs4Path(out: Uint8Array, pos: number): number {
  const { bytes, start, end } = edited;
  if (!needsFourOctets(bytes, start, end)) return pos;
  if (!fits(out, pos, end - start)) return -1;
  const valueEnd = putWithoutConfed(out, pos + LONGEST_HEADER, bytes, start, end);
  return settle(out, pos, TRANSITIVE, ATTRIBUTE.as4Path, valueEnd);
}

/** The AGGREGATOR at `at` with a 2-octet AS number. */
function writeAggregator2(at: number, out: Uint8Array, pos: number): number {
  if (pos + 9 > out.length) return -1;
  const value = attributeValueOffset(source, at);
  pos = putHeader(out, pos, source[at], ATTRIBUTE.aggregator, 6);
  pos = put16(out, pos, narrowAs(u32(source, value)));
  return putBytes(out, pos, source, value + 4, value + 8);
}

function writeAs4Aggregator(out: Uint8Array, pos: number): number {
  if (aggregatorAt < 0) return pos;
  const value = attributeValueOffset(source, aggregatorAt);
  if (u32(source, value) <= 0xffff) return pos;
  if (pos + 11 > out.length) return -1;
  const flags = TRANSITIVE | (source[aggregatorAt] & ATTRIBUTE_FLAG.partial);
  pos = putHeader(out, pos, flags, ATTRIBUTE.as4Aggregator, 8);
  return putBytes(out, pos, source, value, value + 8);
}
