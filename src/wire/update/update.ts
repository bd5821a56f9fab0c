/**
 * UPDATE (RFC 4271 4.3, RFC 4760): parsed into offsets, with the rules of RFC 7606 for its structure.
 * The values of the attributes are checked only when their bytes are new (attributes.ts). No allocation.
 *
 * Body: length of the withdrawn routes 2, withdrawn routes, length of the attributes 2, attributes, NLRI to the end.
 */

import { isHostAddress4 } from '../attributes/attribute-checks.ts';
import {
  ATTRIBUTE,
  ATTRIBUTE_FLAG,
  judgeAttribute,
  subcodeOf,
  UPDATE_SUBCODE,
  VERDICT,
  verdictOf,
} from '../attributes/attribute-table.ts';
import { attributeEnd, attributeValueOffset } from '../attributes/canonical.ts';
import { u16 } from '../bytes.ts';
import type { UpdateContext } from '../context.ts';
import { FAMILIES, type FamilyId, IPV4_UNICAST } from '../families.ts';
import { nextHopFits } from '../family.ts';
import { HEADER_LENGTH } from '../message.ts';
import { checkPrefixes, isReadable } from './nlri.ts';
import type { UpdateView } from './update-view.ts';

export { UpdateView } from './update-view.ts';

const FLAG_BITS = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;

/**
 * Parses the UPDATE `bytes[start, end)`, including its header.
 * @returns the verdict on its structure, a value of VERDICT; after `withdraw` all NLRI offsets are still valid
 */
export function scanUpdate(
  bytes: Uint8Array,
  start: number,
  end: number,
  context: UpdateContext,
  view: UpdateView,
): number {
  view.reset(bytes);
  view.withdrawnStart = start + HEADER_LENGTH + 2;
  view.withdrawnEnd = view.withdrawnStart + u16(bytes, start + HEADER_LENGTH);
  // RFC 4271 6.3: lengths that do not fit the message.
  if (view.withdrawnEnd + 2 > end) return view.fail(UPDATE_SUBCODE.malformedList, 0, 0);
  view.attributesStart = view.withdrawnEnd + 2;
  view.attributesEnd = view.attributesStart + u16(bytes, view.withdrawnEnd);
  if (view.attributesEnd > end) return view.fail(UPDATE_SUBCODE.malformedList, 0, 0);
  view.nlriStart = view.attributesEnd;
  view.nlriEnd = end;
  if (!checkClassic(view, context)) return view.fail(UPDATE_SUBCODE.network, 0, 0);
  if (scanAttributes(view, context) === VERDICT.reset) return VERDICT.reset;
  const unseen = view.hasOtherAttributes && !isTakenIn(view, context);
  if (unseen || view.verdict === VERDICT.withdraw) checkUnseen(view, context);
  // A malformed message is not an End-of-RIB.
  if (view.verdict === VERDICT.ok) view.isEndOfRib = endOfRib(view, context);
  return view.verdict;
}

/** The prefixes of the two IPv4 fields; ignored when IPv4 unicast was not negotiated. */
function checkClassic(view: UpdateView, context: UpdateContext): boolean {
  const addPath = context.addPath[IPV4_UNICAST] !== 0;
  const { bytes } = view;
  return (
    checkPrefixes(bytes, view.withdrawnStart, view.withdrawnEnd, 32, addPath) &&
    checkPrefixes(bytes, view.nlriStart, view.nlriEnd, 32, addPath)
  );
}

function scanAttributes(view: UpdateView, context: UpdateContext): number {
  const { bytes, attributesEnd } = view;
  let at = view.attributesStart;
  while (at < attributesEnd) {
    const code = bytes[at + 1];
    const valueStart = attributeValueOffset(bytes, at);
    const next = valueStart > attributesEnd ? valueStart : attributeEnd(bytes, at);
    // RFC 7606 4: an attribute that exceeds the end does not move the NLRI field behind it.
    if (next > attributesEnd) {
      // RFC 7606 3 (j): but its own prefixes cannot be located.
      const named = at + 1 < attributesEnd;
      if (named && isMultiprotocol(code)) return view.fail(UPDATE_SUBCODE.malformedList, at, attributesEnd);
      view.hasOtherAttributes = true;
      view.note(VERDICT.withdraw, UPDATE_SUBCODE.malformedList, at, attributesEnd);
      view.attributesEnd = at;
      break;
    }
    if (isMultiprotocol(code)) {
      if (scanMultiprotocol(view, context, at, valueStart, next) === VERDICT.reset) return VERDICT.reset;
    } else {
      view.hasOtherAttributes = true;
      if (code === ATTRIBUTE.nextHop && view.nextHopAttrStart < 0) {
        view.nextHopAttrStart = at;
        view.nextHopAttrEnd = next;
      }
    }
    at = next;
  }
  return view.verdict;
}

function isMultiprotocol(code: number): boolean {
  return code === ATTRIBUTE.mpReach || code === ATTRIBUTE.mpUnreach;
}

/** Whether prefixes of a negotiated family are announced: the attributes are then checked with them. */
function isTakenIn(view: UpdateView, context: UpdateContext): boolean {
  if (view.nlriEnd > view.nlriStart && context.families[IPV4_UNICAST] !== 0) return true;
  if (!view.reachPresent || view.reachNlriEnd === view.reachNlriStart) return false;
  return negotiatedFamily(view.reachAfi, view.reachSafi, context) >= 0;
}

/** By type code: 1 if it was seen. */
const met = new Uint8Array(256);

/**
 * The only check of attributes that no announced prefix uses: there is none, or all are withdrawn anyway.
 * RFC 7606 3 (h): an error that resets the session still does so. RFC 7606 5.2: without reachable prefixes it is not
 * certain that the prefixes were located, so an error that would withdraw them resets the session, too.
 */
function checkUnseen(view: UpdateView, context: UpdateContext): void {
  const { bytes, hasReachable } = view;
  met.fill(0);
  for (let at = view.attributesStart; at < view.attributesEnd; ) {
    const next = attributeEnd(bytes, at);
    const code = bytes[at + 1];
    const judged = judgeAttribute(bytes, at, attributeValueOffset(bytes, at), next, context);
    const verdict = verdictOf(judged);
    // RFC 7606 3 (g): of several, the first one is used.
    if (met[code] !== 0) {
      if (!hasReachable) view.note(VERDICT.discard, UPDATE_SUBCODE.malformedList, at, next);
    } else if (subcodeOf(judged) !== 0 && (verdict === VERDICT.reset || !hasReachable)) {
      view.note(verdict, subcodeOf(judged), at, next);
    }
    met[code] = 1;
    at = next;
  }
  if (view.verdict === VERDICT.withdraw && !hasReachable && view.hasOtherAttributes) view.verdict = VERDICT.reset;
}

function scanMultiprotocol(view: UpdateView, context: UpdateContext, at: number, start: number, end: number): number {
  const { bytes } = view;
  const reach = bytes[at + 1] === ATTRIBUTE.mpReach;
  // RFC 7606 3 (g): at most one of each.
  if (reach ? view.reachPresent : view.unreachPresent) return view.fail(UPDATE_SUBCODE.malformedList, at, end);
  const verdict = reach ? scanReach(view, context, at, start, end) : scanUnreach(view, context, at, start, end);
  // RFC 7606 3 (c): flags in conflict with the attribute's type.
  const wrongFlags = (bytes[at] & FLAG_BITS) !== ATTRIBUTE_FLAG.optional;
  const isRead = (reach ? view.unreadableReach : view.unreadableUnreach) < 0;
  if (wrongFlags && isRead) view.note(VERDICT.withdraw, UPDATE_SUBCODE.flags, at, end);
  return verdict;
}

/** AFI 2, SAFI 1, length of the next hop 1, next hop, reserved 1, NLRI (RFC 4760 3). */
function scanReach(view: UpdateView, context: UpdateContext, at: number, start: number, end: number): number {
  const { bytes } = view;
  if (end - start < 5) return view.fail(UPDATE_SUBCODE.optional, at, end);
  view.reachPresent = true;
  view.hasOtherAttributes = true;
  view.reachAttrStart = at;
  view.reachAttrEnd = end;
  view.reachAfi = u16(bytes, start);
  view.reachSafi = bytes[start + 2];
  view.reachNextHopLength = bytes[start + 3];
  view.reachNextHopStart = start + 4;
  view.reachNlriStart = view.reachNextHopStart + view.reachNextHopLength + 1;
  view.reachNlriEnd = end;
  if (view.reachNlriStart > end) return view.fail(UPDATE_SUBCODE.optional, at, end);
  const family = negotiatedFamily(view.reachAfi, view.reachSafi, context);
  if (family < 0) return VERDICT.ok;
  const { nextHop, unreadable } = FAMILIES[family];
  // RFC 7606 7.11: behind a next hop of the wrong length the prefixes cannot be located.
  const fits = nextHopFits(nextHop, view.reachNextHopLength, context.extendedNextHop);
  const addPath = context.addPath[family] !== 0;
  if (!fits || !isReadable(bytes, view.reachNlriStart, end, family as FamilyId, addPath, false)) {
    if (unreadable === 'reset') return view.fail(UPDATE_SUBCODE.optional, at, end);
    view.disableReach(family, at, end);
  } else if (nextHop.octets !== null && !nextHopMakesSense(bytes, view.reachNextHopStart, view.reachNextHopLength)) {
    view.note(VERDICT.withdraw, UPDATE_SUBCODE.nextHop, at, end);
  }
  return VERDICT.ok;
}

/** AFI 2, SAFI 1, withdrawn routes (RFC 4760 4). */
function scanUnreach(view: UpdateView, context: UpdateContext, at: number, start: number, end: number): number {
  const { bytes } = view;
  if (end - start < 3) return view.fail(UPDATE_SUBCODE.optional, at, end);
  view.unreachPresent = true;
  view.unreachAttrStart = at;
  view.unreachAttrEnd = end;
  view.unreachAfi = u16(bytes, start);
  view.unreachSafi = bytes[start + 2];
  view.unreachNlriStart = start + 3;
  view.unreachNlriEnd = end;
  const family = negotiatedFamily(view.unreachAfi, view.unreachSafi, context);
  if (family < 0) return VERDICT.ok;
  const addPath = context.addPath[family] !== 0;
  if (isReadable(bytes, start + 3, end, family as FamilyId, addPath, true)) return VERDICT.ok;
  if (FAMILIES[family].unreadable === 'reset') return view.fail(UPDATE_SUBCODE.optional, at, end);
  view.disableUnreach(family, at, end);
  return VERDICT.ok;
}

/** Id of a negotiated family, or -1: other families are ignored (RFC 4760 6). */
export function negotiatedFamily(afi: number, safi: number, context: UpdateContext): number {
  for (const family of FAMILIES) {
    if (family.afi === afi && family.safi === safi) return context.families[family.id] === 1 ? family.id : -1;
  }
  return -1;
}

/** Octets of a route distinguisher, which precedes the address in the next hop of a VPN route (RFC 4364 4.3.2). */
const RD = 8;

/**
 * Not unspecified, not loopback, not multicast. An unspecified global address may precede a link-local one. A flowspec
 * route has no next hop (RFC 8955 4).
 */
function nextHopMakesSense(bytes: Uint8Array, start: number, length: number): boolean {
  if (length === 0) return true;
  if (length === RD + 4) return isHostAddress4(bytes, start + RD);
  if (length === RD + 16 || length === 2 * (RD + 16)) return isHostAddress6(bytes, start + RD, false);
  return length === 4 ? isHostAddress4(bytes, start) : isHostAddress6(bytes, start, length === 32);
}

function isHostAddress6(bytes: Uint8Array, start: number, withLinkLocal: boolean): boolean {
  if (bytes[start] === 0xff) return false;
  for (let i = 0; i < 15; i++) if (bytes[start + i] !== 0) return true;
  const unspecified = bytes[start + 15] === 0;
  return bytes[start + 15] > 1 || (unspecified && withLinkLocal && isLinkLocal(bytes, start + 16));
}

function isLinkLocal(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xfe && (bytes[at + 1] & 0xc0) === 0x80;
}

/** RFC 4724 2: no prefix at all, and no attribute but an empty MP_UNREACH_NLRI. */
function endOfRib(view: UpdateView, context: UpdateContext): number {
  if (view.withdrawnEnd > view.withdrawnStart || view.nlriEnd > view.nlriStart || view.hasOtherAttributes) return -1;
  if (!view.unreachPresent) {
    const empty = view.attributesEnd === view.attributesStart;
    return empty && context.families[IPV4_UNICAST] !== 0 ? IPV4_UNICAST : -1;
  }
  if (view.unreachNlriEnd > view.unreachNlriStart) return -1;
  return negotiatedFamily(view.unreachAfi, view.unreachSafi, context);
}
