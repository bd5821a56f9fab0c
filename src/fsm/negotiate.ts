/** The negotiation of two OPENs, or why it fails (RFC 4271 6.2, RFC 5492, RFC 6286, RFC 6793). */

import { longLivedOf, restartOf, type SessionSpec } from '../spec/session.ts';
import type { FamilyId } from '../wire/families.ts';
import { AFI, FAMILIES, familyOf, IPV4_UNICAST } from '../wire/families.ts';
import { type Notification, openError } from '../wire/notification.ts';
import {
  type AfiSafi,
  AS_TRANS,
  encodeCapabilities,
  fourOctetAs,
  hasRouteRefresh,
  multiprotocol,
  multiprotocolFamilies,
} from '../wire/open/capabilities.ts';
import {
  ADD_PATH,
  addPathFamilies,
  extendedNextHops,
  gracefulRestart,
  hasEnhancedRefresh,
  hasExtendedMessage,
  longLivedFamilies,
  roles,
} from '../wire/open/capability-values.ts';
import type { OpenMessage } from '../wire/open/open.ts';
import { rolesFit } from './roles.ts';
import { keepaliveIntervalMs } from './timers.ts';
import type { Negotiated, OpenRefusal, PeerLongLived, PeerRestart } from './types.ts';

type Negotiation =
  | { readonly ok: true; readonly negotiated: Negotiated }
  | { readonly ok: false; readonly notification: Notification; readonly refusal: OpenRefusal };

const VERSION = 4;
const MIN_HOLD_SECONDS = 3;

/** Validates the peer's OPEN in the order of RFC 4271 6.2, and combines it with our offer. */
export function negotiate(spec: SessionSpec, open: OpenMessage): Negotiation {
  return (
    checkVersion(open) ??
    checkPeerAs(spec, open) ??
    checkHoldTime(open) ??
    checkRouterId(spec, open) ??
    checkRole(spec, open) ??
    checkFamilies(spec, open) ?? { ok: true, negotiated: combine(spec, open) }
  );
}

type Refused = Extract<Negotiation, { readonly ok: false }> | null;

function refuse(notification: Notification, refusal: OpenRefusal): Refused {
  return { ok: false, notification, refusal };
}

function checkVersion(open: OpenMessage): Refused {
  if (open.version === VERSION) return null;
  return refuse(openError.unsupportedVersion, { kind: 'version', got: open.version });
}

/**
 * The capability overrides the 2-octet field (RFC 6793 4.2.1); AS 23456 and 0 are no valid AS (RFC 6793 9, RFC 7607).
 */
function checkPeerAs(spec: SessionSpec, open: OpenMessage): Refused {
  const got = peerAs(open);
  if (got === AS_TRANS) return refuse(openError.badPeerAs, { kind: 'asTrans' });
  if (got !== 0 && matchesAs(spec, got)) return null;
  const { remoteAs: expected, localAs, alsoOurs } = spec;
  return refuse(openError.badPeerAs, { kind: 'peerAs', got, expected, localAs, alsoOurs });
}

function peerAs(open: OpenMessage): number {
  return fourOctetAs(open.capabilities) ?? open.myAs;
}

function matchesAs({ remoteAs, localAs, alsoOurs }: SessionSpec, as: number): boolean {
  switch (remoteAs.kind) {
    case 'list':
      return remoteAs.list.includes(as);
    case 'internal':
      return as === localAs;
    case 'external':
      return as !== localAs && !alsoOurs.includes(as);
  }
}

/** RFC 4271 6.2: one and two seconds MUST be rejected. */
function checkHoldTime(open: OpenMessage): Refused {
  const seconds = open.holdTimeSeconds;
  if (seconds === 0 || seconds >= MIN_HOLD_SECONDS) return null;
  return refuse(openError.unacceptableHoldTime, { kind: 'holdTime', gotSeconds: seconds });
}

/** RFC 6286 2.2: not zero, and not ours within one AS. */
function checkRouterId(spec: SessionSpec, open: OpenMessage): Refused {
  if (open.routerId === 0) return refuse(openError.badIdentifier, { kind: 'zeroRouterId' });
  if (open.routerId !== spec.routerId || peerAs(open) !== spec.localAs) return null;
  return refuse(openError.badIdentifier, { kind: 'sameRouterId', routerId: open.routerId });
}

/** RFC 9234 4.2: even if we have no role, a peer of another AS has at most one. */
function checkRole(spec: SessionSpec, open: OpenMessage): Refused {
  const { role, roleStrict, localAs } = spec;
  const got = roles(open.capabilities);
  const fits = role === null ? got.length < 2 || peerAs(open) === localAs : rolesFit(role, roleStrict, got);
  return fits ? null : refuse(openError.roleMismatch, { kind: 'role', got, role });
}

/** A session that could carry none of our families is rejected, with the missing ones as data (RFC 5492 5). */
function checkFamilies(spec: SessionSpec, open: OpenMessage): Refused {
  const got = peerFamilies(open);
  if (commonFamilies(spec, got).length > 0) return null;
  const data = encodeCapabilities(spec.families.map(multiprotocol));
  return refuse(openError.unsupportedCapability(data), { kind: 'families', got, wanted: spec.families });
}

/** RFC 4760 8: a peer without a multiprotocol capability supports IPv4 unicast only. */
function peerFamilies(open: OpenMessage): readonly AfiSafi[] {
  const advertised = multiprotocolFamilies(open.capabilities);
  return advertised.length > 0 ? advertised : [FAMILIES[IPV4_UNICAST]!];
}

/** Our families that the peer also offers, in our order. */
function commonFamilies(spec: SessionSpec, got: readonly AfiSafi[]): FamilyId[] {
  const known = new Set(got.map(({ afi, safi }) => familyOf(afi, safi)?.id));
  return spec.families.filter((family) => known.has(family));
}

/** The smaller of both hold times (RFC 4271 4.2); zero on either side turns the timers off. */
function combine(spec: SessionSpec, open: OpenMessage): Negotiated {
  const holdMs = Math.min(spec.holdMs, open.holdTimeSeconds * 1000);
  const families = commonFamilies(spec, peerFamilies(open));
  return {
    peerAs: peerAs(open),
    peerRouterId: open.routerId,
    holdMs,
    keepaliveMs: keepaliveIntervalMs(spec, holdMs),
    families,
    addPathReceive: spec.addPath.receive ? families.filter((id) => hasAddPath(open, id, ADD_PATH.send)) : [],
    addPathSend: spec.addPath.send ? families.filter((id) => hasAddPath(open, id, ADD_PATH.receive)) : [],
    extendedNextHop: spec.extendedNextHop ? families.filter((id) => hasExtendedNextHop(open, id)) : [],
    gracefulRestart: peerRestart(spec, open, families),
    longLived: peerLongLived(spec, open, families),
    as4: fourOctetAs(open.capabilities) !== null,
    routeRefresh: hasRouteRefresh(open.capabilities),
    enhancedRefresh: spec.enhancedRefresh && hasEnhancedRefresh(open.capabilities),
    extendedMessages: spec.extendedMessages && hasExtendedMessage(open.capabilities),
    peerCapabilities: open.capabilities,
  };
}

/** RFC 8950 4: only entries for IPv4 prefixes with IPv6 next hops are valid. */
function hasExtendedNextHop(open: OpenMessage, id: FamilyId): boolean {
  const { afi, safi, nextHop } = FAMILIES[id];
  if (nextHop.extended.length === 0) return false;
  return extendedNextHops(open.capabilities).some(
    (entry) => entry.afi === afi && entry.safi === safi && entry.nextHopAfi === AFI.ipv6,
  );
}

/** We offer extended next hops and the peer does not, although the session carries IPv4. */
export function lacksExtendedNextHop(spec: SessionSpec, { families, extendedNextHop }: Negotiated): boolean {
  return spec.extendedNextHop && families.includes(IPV4_UNICAST) && extendedNextHop.length === 0;
}

/** The peer's restart parameters for the families of this session; null: graceful restart was not negotiated. */
function peerRestart(
  { gracefulRestart: spec }: SessionSpec,
  open: OpenMessage,
  common: readonly FamilyId[],
): PeerRestart | null {
  const theirs = gracefulRestart(open.capabilities);
  if (!spec || theirs === null) return null;
  const families = common.filter((family) => restartOf(spec, family).helper);
  const listed = theirs.families.map(({ afi, safi, forwarding }) => ({ id: familyOf(afi, safi)?.id, forwarding }));
  const kept = listed.filter(({ forwarding }) => forwarding);
  return {
    restartMs: theirs.seconds * 1000,
    restarted: theirs.restarted,
    notification: theirs.notification,
    families: families.filter((family) => listed.some(({ id }) => id === family)),
    forwarding: families.filter((family) => kept.some(({ id }) => id === family)),
  };
}

/** RFC 9494 4.1: no effect without graceful restart; the last entry of a family counts. */
function peerLongLived(
  { gracefulRestart: restart, longLived: spec }: SessionSpec,
  open: OpenMessage,
  families: readonly FamilyId[],
): PeerLongLived[] {
  if (!restart || !spec || gracefulRestart(open.capabilities) === null) return [];
  const listed = longLivedFamilies(open.capabilities);
  return families.flatMap((family) => {
    const entry = listed.findLast(({ afi, safi }) => familyOf(afi, safi)?.id === family);
    const most = restartOf(restart, family).helper ? longLivedOf(spec, family).maxMs : 0;
    if (entry === undefined || entry.seconds === 0 || most === 0) return [];
    return [{ family, timeMs: Math.min(entry.seconds * 1000, most), forwarding: entry.forwarding }];
  });
}

/** Whether the peer offers its part of ADD-PATH for a family (RFC 7911 4): `part` is the required direction. */
function hasAddPath(open: OpenMessage, id: FamilyId, part: number): boolean {
  const { afi, safi, addPath } = FAMILIES[id];
  if (!addPath) return false;
  return addPathFamilies(open.capabilities).some(
    (entry) => entry.afi === afi && entry.safi === safi && (entry.mode & part) !== 0,
  );
}
