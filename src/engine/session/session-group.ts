/** The update group that a session belongs to: its key, from the settings, the negotiation and the policies. */
import type { Negotiated } from '../../fsm/types.ts';
import type { Policies } from '../../policy/policies.ts';
import { type GroupKey, nextHopAddress, nextHopOf, type Role, suitsFamily } from '../../reflect/encode/group-key.ts';
import { routeTargetFamily } from '../../reflect/memberships.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { FamilyNextHop, Selection } from '../../spec/exchange.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { SAFI } from '../../wire/family.ts';
import { MAX_EXTENDED_LENGTH, MAX_MESSAGE_LENGTH } from '../../wire/message.ts';
import { hasLongLived } from '../../wire/open/capability-values.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';
import { exportChainOf } from './session-policy.ts';
import { asPathChanges, behindAs } from './session-terms.ts';

const UNCHANGED: FamilyNextHop = { kind: 'unchanged' };
/** RFC 4684 3.2: if the best path is from a non-client, that of a client is advertised to non-clients. */
const CLIENTS_FIRST: Selection = { kind: 'best', external: true };

/** What the key needs of a session. */
interface KeyedSession {
  readonly negotiated: Negotiated;
  readonly connection: PeerConnection;
  /** Routes are advertised to it with GRACEFUL_SHUTDOWN (RFC 8326). */
  readonly isDraining: boolean;
}

export function roleOf({ confederation, ebgp, client }: RibPeer): Role {
  if (confederation) return 'confed-ebgp';
  if (ebgp) return 'ebgp';
  return client ? 'client' : 'non-client';
}

/** The key of the group of a session in a family. */
export function groupKeyOf(
  policies: Policies,
  { negotiated, connection, isDraining }: KeyedSession,
  ribPeer: RibPeer,
  settings: PeerSettings,
  family: FamilyId,
): GroupKey {
  const { exchange, session, limits } = settings;
  const limit = limits?.outbound[family] ?? null;
  const { localAddress } = connection.tcp;
  const role = roleOf(ribPeer);
  // Labels and VNIs belong to the next hop that they were received with.
  const mode = FAMILIES[family].nextHop.isReplaceable ? nextHopOf(exchange.nextHop, family) : UNCHANGED;
  // RFC 4684 3.2: a membership has the address of the session as its next hop.
  const isMembership = family === routeTargetFamily();
  const nextHop = isMembership ? localAddress : nextHopAddress(mode, localAddress);
  const extendedNextHop = negotiated.extendedNextHop.includes(family);
  // Next hops of other families are more than an address, and policies leave them alone.
  const isUnicast = FAMILIES[family].safi === SAFI.unicast;
  const suits = isUnicast && nextHop !== null && suitsFamily(nextHop.length, family, extendedNextHop);
  const exportChain = exportChainOf(policies, ribPeer, settings, {
    direction: 'export',
    as: session.localAs,
    extendedNextHop,
    dropsMed: role === 'ebgp',
    selfAddress: localAddress,
    nextHop: suits ? nextHop : null,
  });
  const selection = selectionOf(exchange.select, negotiated.addPathSend.includes(family));
  return {
    family,
    role,
    localAs: session.localAs,
    behindAs: behindAs(exchange),
    clusterId: exchange.clusterId,
    clientToClient: exchange.clientToClient,
    exportAccepts: exchange.export === 'accept',
    // The policies set it for all routes if they may set it for some.
    nextHop: isUnicast && exportChain?.decidesNextHop === true ? null : nextHop,
    exportChain,
    aigp: exchange.aigp,
    prefixSid: exchange.prefixSid,
    asPath: role === 'ebgp' ? asPathChanges(settings, negotiated.peerAs) : null,
    originator: isMembership && role === 'client' ? session.routerId : null,
    asksForAll: isMembership && exchange.defaultRouteTarget,
    noNextHop: mode.kind === 'self' && !suitsFamily(localAddress.length, family, extendedNextHop),
    extendedNextHop,
    bgpRole: session.role,
    draining: isDraining,
    llgr: hasLongLived(negotiated.peerCapabilities),
    select: isMembership && role === 'non-client' && selection.kind === 'best' ? CLIENTS_FIRST : selection,
    maxPaths: limit?.action === 'block' ? limit.limit : null,
    as4: negotiated.as4,
    maxMessage: negotiated.extendedMessages ? MAX_EXTENDED_LENGTH : MAX_MESSAGE_LENGTH,
  };
}

/** Several paths need identifiers, which the peer must support. */
function selectionOf(select: Selection, hasAddPath: boolean): Selection {
  return select.kind === 'paths' && !hasAddPath ? { kind: 'best', external: false } : select;
}
