/** The OPEN that we send: our side of the negotiation. */

import { longLivedOf, restartOf } from '../spec/session.ts';
import { AFI, FAMILIES, type FamilyId } from '../wire/families.ts';
import type { Capability } from '../wire/open/capabilities.ts';
import {
  type AfiSafi,
  AS_TRANS,
  CAPABILITY,
  fourOctetAsCapability,
  multiprotocol,
  routeRefresh,
} from '../wire/open/capabilities.ts';
import {
  ADD_PATH,
  addPathCapability,
  bareCapability,
  extendedNextHopCapability,
  gracefulRestartCapability,
  longLivedCapability,
  roleCapability,
} from '../wire/open/capability-values.ts';
import type { OpenMessage } from '../wire/open/open.ts';
import type { OurSession } from './types.ts';

/** The advertised capabilities, one row each; only implemented ones. */
const OFFER: readonly ((spec: OurSession) => readonly Capability[])[] = [
  (spec) => spec.families.map(multiprotocol),
  () => [routeRefresh()],
  (spec) => [fourOctetAsCapability(spec.localAs)],
  addPath,
  extendedNextHop,
  gracefulRestart,
  longLived,
  ({ role }) => (role === null ? [] : [roleCapability(role)]),
  ({ enhancedRefresh }) => (enhancedRefresh ? [bareCapability(CAPABILITY.enhancedRefresh)] : []),
  ({ extendedMessages }) => (extendedMessages ? [bareCapability(CAPABILITY.extendedMessage)] : []),
];

function addPath({ addPath: { receive, send }, families }: OurSession): readonly Capability[] {
  if (!receive && !send) return [];
  const mode = (receive ? ADD_PATH.receive : 0) | (send ? ADD_PATH.send : 0);
  const offered = families.filter((family) => FAMILIES[family].addPath);
  return offered.length === 0 ? [] : [addPathCapability(offered.map((family) => ({ ...afiSafi(family), mode })))];
}

/** RFC 8950 4: for each family whose next hops may be of IPv6 although its routes are of IPv4. */
function extendedNextHop({ extendedNextHop: offered, families }: OurSession): readonly Capability[] {
  const ipv4 = families.filter((family) => FAMILIES[family].nextHop.extended.length > 0);
  if (!offered || ipv4.length === 0) return [];
  return [extendedNextHopCapability(ipv4.map((family) => ({ ...afiSafi(family), nextHopAfi: AFI.ipv6 })))];
}

/**
 * RFC 4724 3: without a family it offers only the helper role, which keeps the peer's paths while it restarts. The N
 * bit (RFC 8538 2) is always set: the paths may also be kept after a NOTIFICATION.
 */
function gracefulRestart(session: OurSession): readonly Capability[] {
  const { gracefulRestart: spec, families, restarted, forwarding } = session;
  if (!spec) return [];
  const asked = families.filter((family) => restartOf(spec, family).full);
  const kept = asked.map((family) => ({ ...afiSafi(family), forwarding }));
  const seconds = asked.length > 0 ? Math.floor(spec.restartMs / 1000) : 0;
  return [gracefulRestartCapability({ restarted, notification: true, seconds, families: kept })];
}

/** RFC 9494 4.1; without a family it signals that we support LLGR_STALE. */
function longLived(session: OurSession): readonly Capability[] {
  const { gracefulRestart: restart, longLived: spec, families, forwarding } = session;
  if (!restart || !spec) return [];
  const asked = families.filter((family) => restartOf(restart, family).full && longLivedOf(spec, family).timeMs > 0);
  const seconds = (family: FamilyId) => Math.floor(longLivedOf(spec, family).timeMs / 1000);
  return [longLivedCapability(asked.map((family) => ({ ...afiSafi(family), forwarding, seconds: seconds(family) })))];
}

function afiSafi(family: FamilyId): AfiSafi {
  const { afi, safi } = FAMILIES[family];
  return { afi, safi };
}

/** Everything that we advertise to the peer (RFC 5492), in a fixed order. */
export function offeredCapabilities(spec: OurSession): Capability[] {
  return OFFER.flatMap((row) => row(spec));
}

/** Our OPEN (RFC 4271 4.2). An AS number that needs four octets is in its capability only (RFC 6793). */
export function makeOpen(spec: OurSession): OpenMessage {
  return {
    version: 4,
    myAs: spec.localAs > 0xffff ? AS_TRANS : spec.localAs,
    holdTimeSeconds: Math.floor(spec.holdMs / 1000),
    routerId: spec.routerId,
    capabilities: offeredCapabilities(spec),
  };
}
