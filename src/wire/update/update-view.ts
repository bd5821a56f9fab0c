/** A parsed UPDATE as offsets. Nothing is allocated per message. */
import { UPDATE_SUBCODE, VERDICT } from '../attributes/attribute-table.ts';
import { type Notification, notification } from '../notification.ts';

const UPDATE_ERROR = 3;

/** One parsed UPDATE: offsets into `bytes`, no copies. Reused; invalid when the call that filled it returns. */
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
  /** There are attributes other than MP_UNREACH_NLRI. */
  hasOtherAttributes = false;
  /** Family id that this UPDATE is the End-of-RIB of (RFC 4724 2), or -1. */
  isEndOfRib = -1;
  /**
   * Family ids whose NLRI in MP_REACH_NLRI and MP_UNREACH_NLRI cannot be read, so that the family must be disabled on the
   * session (RFC 4760 7); -1: none. The field is empty then.
   */
  unreadableReach = -1;
  unreadableUnreach = -1;
  /** Worst verdict on the structure. */
  verdict: number = VERDICT.ok;
  /** Errors found here that only discarded an attribute. */
  discardedCount = 0;
  private subcode = 0;
  private dataStart = 0;
  private dataEnd = 0;

  /** The first of the worst problems, as the NOTIFICATION that a reset sends; `describeNotification` formats it. */
  notification(): Notification {
    return notification(UPDATE_ERROR, this.subcode, this.bytes.slice(this.dataStart, this.dataEnd));
  }

  /** Starts another message. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.withdrawnStart = this.withdrawnEnd = 0;
    this.attributesStart = this.attributesEnd = 0;
    this.nlriStart = this.nlriEnd = 0;
    this.reachPresent = false;
    this.reachAttrStart = this.reachAttrEnd = -1;
    this.unreachPresent = false;
    this.unreachAttrStart = this.unreachAttrEnd = -1;
    this.nextHopAttrStart = this.nextHopAttrEnd = -1;
    this.hasOtherAttributes = false;
    this.isEndOfRib = -1;
    this.unreadableReach = this.unreadableUnreach = -1;
    this.verdict = VERDICT.ok;
    this.discardedCount = 0;
    this.subcode = 0;
    this.dataStart = this.dataEnd = 0;
  }

  /** Records a problem that is worse than those before; `bytes[dataStart, dataEnd)` are the data of a NOTIFICATION. */
  note(verdict: number, subcode: number, dataStart: number, dataEnd: number): void {
    if (verdict === VERDICT.discard) this.discardedCount++;
    if (verdict <= this.verdict) return;
    this.verdict = verdict;
    this.subcode = subcode;
    this.dataStart = dataStart;
    this.dataEnd = dataEnd;
  }

  /** Records an error that resets the session. */
  fail(subcode: number, dataStart: number, dataEnd: number): number {
    this.note(VERDICT.reset, subcode, dataStart, dataEnd);
    return VERDICT.reset;
  }

  /** The NLRI of MP_REACH_NLRI, at `bytes[dataStart, dataEnd)`, cannot be read: the family is disabled. */
  disableReach(family: number, dataStart: number, dataEnd: number): void {
    this.note(VERDICT.discard, UPDATE_SUBCODE.optional, dataStart, dataEnd);
    this.unreadableReach = family;
    this.reachNlriEnd = this.reachNlriStart;
  }

  /** The same of MP_UNREACH_NLRI. */
  disableUnreach(family: number, dataStart: number, dataEnd: number): void {
    this.note(VERDICT.discard, UPDATE_SUBCODE.optional, dataStart, dataEnd);
    this.unreadableUnreach = family;
    this.unreachNlriEnd = this.unreachNlriStart;
  }

  /** The message announces reachable prefixes. */
  get hasReachable(): boolean {
    return this.nlriEnd > this.nlriStart || (this.reachPresent && this.reachNlriEnd > this.reachNlriStart);
  }
}
