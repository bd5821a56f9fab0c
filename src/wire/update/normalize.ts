/**
 * Attribute sets in canonical form: the attributes of an UPDATE are checked (RFC 7606), merged (RFC 6793) and
 * rewritten. This is the slow path: it runs once per distinct set and kind of session.
 *
 * Canonical: ascending by type code, each code once. Known attributes have exactly the flags of their row (the Partial
 * bit of a transitive one as received, or set if it is not recognized) and the shortest encoding of their length.
 * AS_PATH and AGGREGATOR have 4-octet numbers, without AS4_PATH and AS4_AGGREGATOR. Each large community occurs once.
 * Unknown transitive attributes are as received, with the Partial bit.
 */

import { AS_TRANS, putAsPath4, putMergedPath } from '../attributes/as-path.ts';
import {
  ATTRIBUTE,
  ATTRIBUTE_FLAG,
  ATTRIBUTE_ROWS,
  type Judgement,
  judgeAttribute,
  judgement,
  subcodeOf,
  UPDATE_SUBCODE,
  VERDICT,
  verdictOf,
} from '../attributes/attribute-table.ts';
import { attributeEnd, attributeValueOffset, putHeader } from '../attributes/canonical.ts';
import { AttributeFacts } from '../attributes/facts.ts';
import { putDistinct } from '../attributes/large-communities.ts';
import { put32, putBytes, u16 } from '../bytes.ts';
import type { UpdateContext } from '../context.ts';
import { type Notification, notification } from '../notification.ts';
import type { UpdateView } from './update-view.ts';

export { attributeValueOffset, clusterListContains, findAttribute } from '../attributes/canonical.ts';
export { describeAttributes } from '../attributes/describe.ts';
export { AttributeFacts } from '../attributes/facts.ts';

/** Where the next hop of the prefixes is: in NEXT_HOP, or in MP_REACH_NLRI. */
const FORM_CLASSIC = 0;

const UPDATE_ERROR = 3;
/** Maximum length of a set that any message can carry. */
const LONGEST = 65_535;
/** Octets of an attribute's header with an extended length. */
const LONGEST_HEADER = 4;
const NO_DATA = new Uint8Array(0);

/** A canonical set and its facts. Reused for one set after another. */
export class NormalizedAttributes {
  /** The canonical bytes are `bytes[0, length)`; grows. */
  bytes: Uint8Array = new Uint8Array(4096);
  length = 0;
  readonly facts = new AttributeFacts();
  /** Worst verdict; from `withdraw` on, bytes and facts are invalid. */
  verdict: number = VERDICT.ok;
  /** Attributes that were discarded because of an error. */
  discardedCount = 0;
  /** The bytes are those of the message without what `form` excludes: such a message needs no change. */
  identical = false;
  private subcode = 0;
  private data: Uint8Array = NO_DATA;

  /** The first of the worst problems, as the NOTIFICATION that a reset sends; `describeNotification` formats it. */
  notification(): Notification {
    return notification(UPDATE_ERROR, this.subcode, this.data);
  }

  /** Starts a set of at most `length` octets. */
  begin(inputLength: number): void {
    // A path of 2-octet numbers doubles, and each other attribute may grow a little.
    const room = inputLength * 2 + 64;
    if (this.bytes.length < room) this.bytes = new Uint8Array(room);
    this.length = 0;
    this.verdict = VERDICT.ok;
    this.discardedCount = 0;
    this.identical = false;
    this.subcode = 0;
    this.data = NO_DATA;
  }

  /** Records a verdict, with the octets for the data of a NOTIFICATION. */
  note(judged: Judgement, bytes: Uint8Array, start: number, end: number): void {
    const verdict = verdictOf(judged);
    if (verdict === VERDICT.discard) this.discardedCount++;
    if (verdict <= this.verdict) return;
    this.verdict = verdict;
    this.subcode = subcodeOf(judged);
    this.data = bytes.slice(start, end);
  }
}

/** First attribute of each code: offset of its header; -1: none, or discarded. */
const firsts = new Int32Array(256).fill(-1);
/** The codes present, ascending. */
const codes = new Uint8Array(256);
let codeCount = 0;

/**
 * Checks and rewrites the attributes of a scanned UPDATE.
 * @param form 0: for the IPv4 prefixes of the NLRI field, with NEXT_HOP; 1: for those of MP_REACH_NLRI, without it
 * @returns the verdict on them, a value of VERDICT; the verdict on the structure is in the view
 */
export function normalizeAttributes(
  view: UpdateView,
  form: number,
  context: UpdateContext,
  out: NormalizedAttributes,
): number {
  out.begin(view.attributesEnd - view.attributesStart);
  collect(view, form, context, out);
  checkMandatory(form, context, out);
  if (out.verdict < VERDICT.withdraw) emit(view.bytes, context, out);
  for (let i = 0; i < codeCount; i++) firsts[codes[i]] = -1;
  if (out.verdict >= VERDICT.withdraw) return out.verdict;
  if (out.length > LONGEST) out.note(judgement(VERDICT.withdraw, UPDATE_SUBCODE.malformedList), NO_DATA, 0, 0);
  out.facts.read(out.bytes, 0, out.length);
  out.identical = isIdentical(view, form, out);
  return out.verdict;
}

/** Finds and checks all attributes; those to keep are in `firsts` and `codes`. */
function collect(view: UpdateView, form: number, context: UpdateContext, out: NormalizedAttributes): void {
  const { bytes } = view;
  codeCount = 0;
  for (let at = view.attributesStart; at < view.attributesEnd; ) {
    const next = attributeEnd(bytes, at);
    const code = bytes[at + 1];
    if (!isLeftOut(code, form)) {
      // RFC 7606 3 (g): the first one is used.
      if (isSeen(code)) out.note(judgement(VERDICT.discard, UPDATE_SUBCODE.malformedList), bytes, at, next);
      else {
        const judged = judgeAttribute(bytes, at, attributeValueOffset(bytes, at), next, context);
        insertCode(code);
        if (verdictOf(judged) === VERDICT.ok) firsts[code] = at;
        else if (subcodeOf(judged) !== 0) out.note(judged, bytes, at, next);
      }
    }
    at = next;
  }
}

function isLeftOut(code: number, form: number): boolean {
  if (code === ATTRIBUTE.mpReach || code === ATTRIBUTE.mpUnreach) return true;
  return code === ATTRIBUTE.nextHop && form !== FORM_CLASSIC;
}

function isSeen(code: number): boolean {
  for (let i = codeCount - 1; i >= 0 && codes[i] >= code; i--) if (codes[i] === code) return true;
  return false;
}

/** Keeps `codes` ascending; attributes are nearly always received in this order (RFC 4271 5). */
function insertCode(code: number): void {
  let i = codeCount++;
  for (; i > 0 && codes[i - 1] > code; i--) codes[i] = codes[i - 1];
  codes[i] = code;
}

/** RFC 7606 3 (d); RFC 4271 5: LOCAL_PREF is mandatory from internal peers. */
function checkMandatory(form: number, context: UpdateContext, out: NormalizedAttributes): void {
  need(ATTRIBUTE.origin, out);
  need(ATTRIBUTE.asPath, out);
  if (form === FORM_CLASSIC) need(ATTRIBUTE.nextHop, out);
  if (!context.ebgp) need(ATTRIBUTE.localPref, out);
}

function need(code: number, out: NormalizedAttributes): void {
  if (isSeen(code)) return;
  const missing = judgement(VERDICT.withdraw, UPDATE_SUBCODE.missingWellKnown);
  out.note(missing, Uint8Array.of(code), 0, 1);
}

/** Writes the kept attributes, ascending. */
function emit(bytes: Uint8Array, context: UpdateContext, out: NormalizedAttributes): void {
  if (!context.as4 && distrustsAs4(bytes)) firsts[ATTRIBUTE.as4Path] = -1;
  for (let i = 0; i < codeCount; i++) {
    const code = codes[i];
    const at = firsts[code];
    if (at < 0 || code === ATTRIBUTE.as4Path || code === ATTRIBUTE.as4Aggregator) continue;
    if (code === ATTRIBUTE.asPath) emitAsPath(bytes, at, context, out);
    else if (code === ATTRIBUTE.aggregator && !context.as4) emitAggregator(bytes, at, out);
    else if (code === ATTRIBUTE.largeCommunities) emitLargeCommunities(bytes, at, out);
    else emitAsIs(bytes, at, out);
  }
}

/** RFC 6793 4.2.3: a router that put its own number into AGGREGATOR did not support AS4_PATH and AS4_AGGREGATOR. */
function distrustsAs4(bytes: Uint8Array): boolean {
  const at = firsts[ATTRIBUTE.aggregator];
  if (at < 0 || firsts[ATTRIBUTE.as4Aggregator] < 0) return false;
  return u16(bytes, attributeValueOffset(bytes, at)) !== AS_TRANS;
}

function emitLargeCommunities(bytes: Uint8Array, at: number, out: NormalizedAttributes): void {
  const value = out.length + LONGEST_HEADER;
  const valueEnd = putDistinct(out.bytes, value, bytes, attributeValueOffset(bytes, at), attributeEnd(bytes, at));
  const flags = keptFlags(bytes[at], ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive);
  closeUp(out, flags, ATTRIBUTE.largeCommunities, value, valueEnd);
}

/** Writes the header of a value that was written behind room for the longest header, and moves the value up to it. */
function closeUp(out: NormalizedAttributes, flags: number, code: number, value: number, valueEnd: number): void {
  const pos = putHeader(out.bytes, out.length, flags, code, valueEnd - value);
  out.bytes.copyWithin(pos, value, valueEnd);
  out.length = pos + valueEnd - value;
}

function emitAsPath(bytes: Uint8Array, at: number, context: UpdateContext, out: NormalizedAttributes): void {
  const start = attributeValueOffset(bytes, at);
  const end = attributeEnd(bytes, at);
  const to = out.bytes;
  const value = out.length + LONGEST_HEADER;
  const as4 = context.as4 ? -1 : firsts[ATTRIBUTE.as4Path];
  const valueEnd =
    as4 < 0
      ? putAsPath4(to, value, bytes, start, end, context.as4 ? 4 : 2)
      : putMergedPath(to, value, bytes, start, end, attributeValueOffset(bytes, as4), attributeEnd(bytes, as4));
  closeUp(out, ATTRIBUTE_FLAG.transitive, ATTRIBUTE.asPath, value, valueEnd);
}

/** RFC 6793 4.2.3: AS4_AGGREGATOR, if present, replaces an AGGREGATOR with AS_TRANS. From a 2-octet peer. */
function emitAggregator(bytes: Uint8Array, at: number, out: NormalizedAttributes): void {
  const value = attributeValueOffset(bytes, at);
  const as4 = firsts[ATTRIBUTE.as4Aggregator];
  const as = u16(bytes, value);
  const wide = as4 >= 0 && as === AS_TRANS;
  const flags = keptFlags(bytes[at], ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive);
  let pos = putHeader(out.bytes, out.length, flags, ATTRIBUTE.aggregator, 8);
  if (wide) {
    const from = attributeValueOffset(bytes, as4);
    pos = putBytes(out.bytes, pos, bytes, from, from + 8);
  } else {
    pos = put32(out.bytes, pos, as);
    pos = putBytes(out.bytes, pos, bytes, value + 2, value + 6);
  }
  out.length = pos;
}

function emitAsIs(bytes: Uint8Array, at: number, out: NormalizedAttributes): void {
  const code = bytes[at + 1];
  const end = attributeEnd(bytes, at);
  const row = ATTRIBUTE_ROWS[code];
  const start = out.length;
  if (row === undefined) {
    out.length = putBytes(out.bytes, start, bytes, at, end);
    // RFC 4271 5: an unrecognized attribute is passed on with the Partial bit; the low four bits are zero (4.3).
    out.bytes[start] = (bytes[at] & 0xf0) | ATTRIBUTE_FLAG.partial;
    return;
  }
  const value = attributeValueOffset(bytes, at);
  const partial = row.recognized ? 0 : ATTRIBUTE_FLAG.partial;
  const pos = putHeader(out.bytes, start, keptFlags(bytes[at], row.flags) | partial, code, end - value);
  out.length = putBytes(out.bytes, pos, bytes, value, end);
}

/** Flags of a known attribute; the Partial bit applies to optional transitive ones only (RFC 4271 4.3). */
function keptFlags(received: number, proper: number): number {
  const transitive = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;
  return proper === transitive ? proper | (received & ATTRIBUTE_FLAG.partial) : proper;
}

/** Whether the message's attributes, without what `form` excludes, are the canonical bytes. */
function isIdentical(view: UpdateView, form: number, out: NormalizedAttributes): boolean {
  const { bytes } = view;
  let pos = 0;
  for (let at = view.attributesStart; at < view.attributesEnd; ) {
    const next = attributeEnd(bytes, at);
    if (!isLeftOut(bytes[at + 1], form)) {
      if (pos + next - at > out.length) return false;
      for (; at < next; at++) if (bytes[at] !== out.bytes[pos++]) return false;
    }
    at = next;
  }
  return pos === out.length;
}
