/** The values of an attribute set that the decision and the policy use, from its canonical bytes. No allocation. */

import { u32 } from '../bytes.ts';
import { asPathLength, firstAs, neighborAs } from './as-path.ts';
import { ATTRIBUTE } from './attribute-table.ts';
import { attributeEnd, attributeValueOffset } from './canonical.ts';
import { communityFlags } from './communities.ts';

/** Filled for one set after another. */
export class AttributeFacts {
  /** 0 IGP, 1 EGP, 2 INCOMPLETE. */
  origin = 0;
  hasLocalPref = false;
  localPref = 0;
  hasMed = false;
  med = 0;
  /** RFC 4271 9.1.2.2 a, RFC 5065 5.3: a set counts as one, a confederation's segments as none. */
  asPathLength = 0;
  /** Neighbor AS within which MEDs are compared; 0: our own (an empty path, or one that begins with a set). */
  neighborAs = 0;
  /** First AS of the path, including member AS of a confederation; 0: none, or in a set. */
  firstAs = 0;
  hasOriginatorId = false;
  /** ORIGINATOR_ID, or 0. */
  originatorId = 0;
  /** Cluster ids in CLUSTER_LIST. */
  clusterListLength = 0;
  /** Bits of COMMUNITY_FLAG. */
  communityFlags = 0;
  hasAigp = false;
  /** The AIGP metric of 64 bits, in two halves. */
  aigpHigh = 0;
  aigpLow = 0;
  hasOtc = false;
  /** AS number of ONLY_TO_CUSTOMER (RFC 9234), or 0. */
  otc = 0;
  hasNextHop = false;
  /** Where the 4 octets of NEXT_HOP begin, or -1. */
  nextHopOffset = -1;

  /** Reads the canonical attributes `bytes[start, end)`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.clear();
    for (let at = start; at < end; ) {
      const next = attributeEnd(bytes, at);
      this.take(bytes, bytes[at + 1], attributeValueOffset(bytes, at), next);
      at = next;
    }
  }

  private clear(): void {
    this.origin = this.localPref = this.med = 0;
    this.hasLocalPref = this.hasMed = this.hasOriginatorId = this.hasAigp = this.hasOtc = this.hasNextHop = false;
    this.asPathLength = this.neighborAs = this.firstAs = 0;
    this.originatorId = this.clusterListLength = this.communityFlags = 0;
    this.aigpHigh = this.aigpLow = this.otc = 0;
    this.nextHopOffset = -1;
  }

  private take(bytes: Uint8Array, code: number, start: number, end: number): void {
    switch (code) {
      case ATTRIBUTE.origin:
        this.origin = bytes[start];
        break;
      case ATTRIBUTE.asPath:
        this.asPathLength = asPathLength(bytes, start, end, 4);
        this.neighborAs = neighborAs(bytes, start, end);
        this.firstAs = firstAs(bytes, start, end);
        break;
      case ATTRIBUTE.nextHop:
        this.hasNextHop = true;
        this.nextHopOffset = start;
        break;
      case ATTRIBUTE.med:
        this.hasMed = true;
        this.med = u32(bytes, start);
        break;
      case ATTRIBUTE.localPref:
        this.hasLocalPref = true;
        this.localPref = u32(bytes, start);
        break;
      case ATTRIBUTE.communities:
        this.communityFlags = communityFlags(bytes, start, end);
        break;
      case ATTRIBUTE.originatorId:
        this.hasOriginatorId = true;
        this.originatorId = u32(bytes, start);
        break;
      case ATTRIBUTE.clusterList:
        this.clusterListLength = (end - start) >> 2;
        break;
      case ATTRIBUTE.aigp:
        this.takeAigp(bytes, start, end);
        break;
      case ATTRIBUTE.onlyToCustomer:
        this.hasOtc = true;
        this.otc = u32(bytes, start);
        break;
    }
  }

  /** RFC 7311 3: the first TLV of type 1 is used. */
  private takeAigp(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end && !this.hasAigp; at += (bytes[at + 1] << 8) | bytes[at + 2]) {
      if (bytes[at] !== 1) continue;
      this.hasAigp = true;
      this.aigpHigh = u32(bytes, at + 3);
      this.aigpLow = u32(bytes, at + 7);
    }
  }
}
