/** The OPEN that we send: our side of the negotiation. No I/O, no timers. */

import { AS_TRANS, fourOctetAsCapability, multiprotocol, routeRefresh } from '../wire/capabilities.ts';
import type { Capability, OpenMessage } from '../wire/open.ts';
import type { SessionSpec } from './spec.ts';

/** What is advertised, a row per capability; only what is implemented stands here. */
const OFFER: readonly ((spec: SessionSpec) => readonly Capability[])[] = [
  (spec) => spec.families.map(multiprotocol),
  () => [routeRefresh()],
  (spec) => [fourOctetAsCapability(spec.localAs)],
];

/** Everything that we advertise to the peer (RFC 5492), in a fixed order. */
export function offeredCapabilities(spec: SessionSpec): Capability[] {
  return OFFER.flatMap((row) => row(spec));
}

/** Our OPEN (RFC 4271 4.2). An AS number that needs four octets stands in its capability alone (RFC 6793). */
export function makeOpen(spec: SessionSpec): OpenMessage {
  return {
    version: 4,
    myAs: spec.localAs > 0xffff ? AS_TRANS : spec.localAs,
    holdTimeSeconds: Math.floor(spec.holdMs / 1000),
    routerId: spec.routerId,
    capabilities: offeredCapabilities(spec),
  };
}
