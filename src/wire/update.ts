/**
 * UPDATE (RFC 4271 4.3, RFC 4760): taken apart into offsets, with the rules of RFC 7606 for its structure.
 * What stands in the attributes is judged when their bytes are new (attributes.ts). No I/O, no timers, no allocation.
 *
 * Body: length of the withdrawn routes 2, withdrawn routes, length of the attributes 2, attributes, NLRI to the end.
 */
import { ATTRIBUTE, VERDICT } from './attribute-table.ts';
import { AFI, FAMILIES, IPV4_UNICAST } from './families.ts';
import { HEADER_LENGTH } from './message.ts';
import { checkNlri } from './nlri.ts';
import { type Notification, notification } from './notification.ts';

/** How the bytes of one session are to be read; made once per session. */
export interface UpdateContext {
  /** Both sides speak 4-octet AS numbers (RFC 6793). */
  readonly as4: boolean;
  readonly ebgp: boolean;
  /** By family id: 1 where the peer sends ADD-PATH identifiers (RFC 7911). */
  readonly addPath: Uint8Array;
  /** By family id: 1 where the session carries the family. */
  readonly families: Uint8Array;
  /** IPv4 prefixes may have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean;
  /** The (external) peer is in another member AS of our confederation (RFC 5065); default false. */
  readonly confederation?: boolean;
  /** AIGP is taken (RFC 7311 3.4); by default from peers of our own domain. */
  readonly aigp?: boolean;
}

const UPDATE_ERROR = 3;
const SUBCODE = { malformedList: 1, optionalAttribute: 9, invalidNetwork: 10 } as const;

const FLAG_OPTIONAL = 0x80;
const FLAG_TRANSITIVE = 0x40;
const FLAG_EXTENDED = 0x10;

/** One UPDATE taken apart: offsets into `bytes`, nothing copied. Reused; dead when the call that filled it returns. */
export class UpdateView {
  bytes: Uint8Array = new Uint8Array(0);
  withdrawnStart = 0;
  withdrawnEnd = 0;
  attributesStart = 0;
  attributesEnd = 0;
  nlriStart = 0;
  nlriEnd = 0;
  /** MP_REACH_NLRI: the attribute with its header, its next hop and its NLRI. */
  reachPresent = false;
  reachAttrStart = 0;
  reachAttrEnd = 0;
  reachAfi = 0;
  reachSafi = 0;
  reachNextHopStart = 0;
  reachNextHopLength = 0;
  reachNlriStart = 0;
  reachNlriEnd = 0;
  /** MP_UNREACH_NLRI. */
  unreachPresent = false;
  unreachAttrStart = 0;
  unreachAttrEnd = 0;
  unreachAfi = 0;
  unreachSafi = 0;
  unreachNlriStart = 0;
  unreachNlriEnd = 0;
  /** NEXT_HOP with its header; start -1 when absent. */
  nextHopAttrStart = -1;
  nextHopAttrEnd = -1;
  /** Attributes other than MP_UNREACH_NLRI are there. */
  hasOtherAttributes = false;
  /** Family id that this UPDATE is the End-of-RIB of (RFC 4724 2), or -1. */
  isEndOfRib = -1;
  /** Worst verdict on the structure. */
  verdict: number = VERDICT.ok;
  private subcode = 0;
  private dataStart = 0;
  private dataEnd = 0;

  /** What answers a verdict of reset. */
  notification(): Notification {
    return notification(UPDATE_ERROR, this.subcode, this.bytes.slice(this.dataStart, this.dataEnd));
  }

  /** Begins on another message. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.withdrawnStart = this.withdrawnEnd = 0;
    this.attributesStart = this.attributesEnd = 0;
    this.nlriStart = this.nlriEnd = 0;
    this.reachPresent = false;
    this.unreachPresent = false;
    this.nextHopAttrStart = -1;
    this.nextHopAttrEnd = -1;
    this.hasOtherAttributes = false;
    this.isEndOfRib = -1;
    this.verdict = VERDICT.ok;
  }

  /** Notes an error that ends the session; `bytes[dataStart, dataEnd)` goes into the notification. */
  fail(subcode: number, dataStart: number, dataEnd: number): number {
    this.verdict = VERDICT.reset;
    this.subcode = subcode;
    this.dataStart = dataStart;
    this.dataEnd = dataEnd;
    return VERDICT.reset;
  }

  /** Something announces reachable prefixes. */
  get hasReachable(): boolean {
    return this.nlriEnd > this.nlriStart || (this.reachPresent && this.reachNlriEnd > this.reachNlriStart);
  }
}

/**
 * Takes the UPDATE `bytes[start, end)`, header included, apart.
 * @returns the verdict on its structure, a value of VERDICT; after `withdraw` all offsets of NLRI are still right
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
  if (view.withdrawnEnd + 2 > end) return view.fail(SUBCODE.malformedList, 0, 0);
  view.attributesStart = view.withdrawnEnd + 2;
  view.attributesEnd = view.attributesStart + u16(bytes, view.withdrawnEnd);
  if (view.attributesEnd > end) return view.fail(SUBCODE.malformedList, 0, 0);
  view.nlriStart = view.attributesEnd;
  view.nlriEnd = end;
  if (!checkClassic(view, context)) return view.fail(SUBCODE.invalidNetwork, 0, 0);
  if (scanAttributes(view, context) === VERDICT.reset) return VERDICT.reset;
  // RFC 7606 5.2: with no reachable prefix, nothing says that the prefixes were found.
  if (view.verdict === VERDICT.withdraw && !view.hasReachable) return view.fail(SUBCODE.malformedList, 0, 0);
  view.isEndOfRib = endOfRib(view, context);
  return view.verdict;
}

/** The prefixes of the two IPv4 fields; they mean nothing where IPv4 unicast was not negotiated. */
function checkClassic(view: UpdateView, context: UpdateContext): boolean {
  const addPath = context.addPath[IPV4_UNICAST] !== 0;
  const { bytes } = view;
  return (
    checkNlri(bytes, view.withdrawnStart, view.withdrawnEnd, AFI.ipv4, 1, addPath) &&
    checkNlri(bytes, view.nlriStart, view.nlriEnd, AFI.ipv4, 1, addPath)
  );
}

function scanAttributes(view: UpdateView, context: UpdateContext): number {
  const { bytes, attributesEnd } = view;
  let at = view.attributesStart;
  while (at < attributesEnd) {
    const flags = bytes[at];
    const code = bytes[at + 1];
    const header = (flags & FLAG_EXTENDED) !== 0 ? 4 : 3;
    const length = header === 4 ? u16(bytes, at + 2) : bytes[at + 2];
    const valueStart = at + header;
    const next = valueStart + length;
    // RFC 7606 4: an attribute that runs over the end leaves the prefixes behind it where they are.
    if (valueStart > attributesEnd || next > attributesEnd) {
      view.hasOtherAttributes = true;
      view.verdict = VERDICT.withdraw;
      view.attributesEnd = at;
      break;
    }
    if (code === ATTRIBUTE.mpReach || code === ATTRIBUTE.mpUnreach) {
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

function scanMultiprotocol(view: UpdateView, context: UpdateContext, at: number, start: number, end: number): number {
  const { bytes } = view;
  const reach = bytes[at + 1] === ATTRIBUTE.mpReach;
  // RFC 7606 3 (g): one of each at most.
  if (reach ? view.reachPresent : view.unreachPresent) return view.fail(SUBCODE.malformedList, 0, 0);
  const verdict = reach ? scanReach(view, context, at, start, end) : scanUnreach(view, context, at, start, end);
  // RFC 7606 3 (c): flags in conflict with what the attribute is.
  const wrongFlags = (bytes[at] & (FLAG_OPTIONAL | FLAG_TRANSITIVE)) !== FLAG_OPTIONAL;
  if (wrongFlags && verdict < VERDICT.withdraw) view.verdict = VERDICT.withdraw;
  return verdict;
}

/** AFI 2, SAFI 1, length of the next hop 1, next hop, reserved 1, NLRI (RFC 4760 3). */
function scanReach(view: UpdateView, context: UpdateContext, at: number, start: number, end: number): number {
  const { bytes } = view;
  if (end - start < 5) return view.fail(SUBCODE.optionalAttribute, at, end);
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
  if (view.reachNlriStart > end) return view.fail(SUBCODE.optionalAttribute, at, end);
  const family = negotiatedFamily(view.reachAfi, view.reachSafi, context);
  if (family < 0) return VERDICT.ok;
  // RFC 7606 7.11: behind a next hop of the wrong length the prefixes cannot be found.
  const fits = nextHopFits(view.reachAfi, view.reachNextHopLength, context.extendedNextHop);
  const addPath = context.addPath[family] !== 0;
  const whole = fits && checkNlri(bytes, view.reachNlriStart, end, view.reachAfi, view.reachSafi, addPath);
  if (!whole) return view.fail(SUBCODE.optionalAttribute, at, end);
  if (!nextHopMakesSense(bytes, view.reachNextHopStart, view.reachNextHopLength)) view.verdict = VERDICT.withdraw;
  return VERDICT.ok;
}

/** AFI 2, SAFI 1, withdrawn routes (RFC 4760 4). */
function scanUnreach(view: UpdateView, context: UpdateContext, at: number, start: number, end: number): number {
  const { bytes } = view;
  if (end - start < 3) return view.fail(SUBCODE.optionalAttribute, at, end);
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
  const whole = checkNlri(bytes, start + 3, end, view.unreachAfi, view.unreachSafi, addPath);
  return whole ? VERDICT.ok : view.fail(SUBCODE.optionalAttribute, at, end);
}

/** Id of a family that the session carries, or -1: what it does not carry is ignored (RFC 4760 6). */
export function negotiatedFamily(afi: number, safi: number, context: UpdateContext): number {
  for (const family of FAMILIES) {
    if (family.afi === afi && family.safi === safi) return context.families[family.id] !== 0 ? family.id : -1;
  }
  return -1;
}

/** IPv4: 4 octets, with RFC 8950 also 16 or 32; IPv6: 16, or 32 with a link-local address (RFC 2545 3). */
function nextHopFits(afi: number, length: number, extended: boolean): boolean {
  if (length === 4) return afi === AFI.ipv4;
  return (length === 16 || length === 32) && (afi === AFI.ipv6 || extended);
}

/** Not unspecified, not loopback, not multicast. */
function nextHopMakesSense(bytes: Uint8Array, start: number, length: number): boolean {
  if (length === 4) return bytes[start] !== 0 && bytes[start] !== 127 && bytes[start] < 224;
  if (bytes[start] === 0xff) return false;
  for (let i = 0; i < 15; i++) if (bytes[start + i] !== 0) return true;
  return bytes[start + 15] > 1;
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

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}
