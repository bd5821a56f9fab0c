/** `show peers` and `show peer X`. */
import { adviceOn, describeLimitReached } from '../../fsm/describe.ts';
import { offeredCapabilities } from '../../fsm/offer.ts';
import { ROLE_NAMES } from '../../fsm/roles.ts';
import { formatAddress, formatIpv4 } from '../../lib/ip.ts';
import { NO_LIMIT } from '../../rib/peers/peers.ts';
import { infeasibleIn, REASON } from '../../rib/tables/reasons.ts';
import { endName } from '../../spec/peer-name.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { Capability } from '../../wire/open/capabilities.ts';
import { capabilityName, describeCapability } from '../../wire/open/capabilities.ts';
import { roles } from '../../wire/open/capability-values.ts';
import type { DecodedField, ReasonField } from '../api/metrics-source.ts';
import type {
  CapabilityView,
  FamilyView,
  HeldDownView,
  LimitView,
  LocalAsUse,
  MembershipView,
  PeerView,
  RestartView,
} from '../api/peer-views.ts';
import type { Remembered } from '../connection/peer-counters.ts';
import type { Peer } from '../peer/peer.ts';
import { describeDisabled } from '../ports/disabled-peers.ts';
import type { Session } from '../session/session.ts';
import { viewBfd } from './bfd.ts';
import { viewDetails, viewTransport } from './peer-details.ts';

/** The view of a peer. */
export function viewPeer(peer: Peer, nowMs: number): PeerView {
  const { spec, session, counters, disabled } = peer;
  const { lastDown, lastConnectError } = counters;
  const byCommand = disabled === null ? null : { text: describeDisabled(disabled), atMs: peer.stateSinceMs };
  const obstacle = byCommand ?? counters.obstacle;
  const agoOf = (what: Remembered | null) => (what === null ? null : seconds(nowMs - what.atMs));
  return {
    ...viewPeerState(peer, nowMs),
    ...viewDetails(peer, nowMs),
    capabilitiesReceived: (session?.negotiated.peerCapabilities ?? []).map(viewCapability),
    capabilitiesSent: offeredCapabilities({ ...spec.session, restarted: false, forwarding: true }).map(viewCapability),
    lastDown: lastDown?.text ?? null,
    lastDownSecondsAgo: agoOf(lastDown),
    lastConnectError: lastConnectError?.text ?? null,
    lastConnectErrorSecondsAgo: agoOf(lastConnectError),
    obstacle: obstacle?.text ?? null,
    obstacleSecondsAgo: agoOf(obstacle),
  };
}

type PeerState = Omit<PeerView, 'capabilitiesReceived' | 'capabilitiesSent' | DecodedField | ReasonField>;

/** The same without fields that need decoding: cheap enough for thousands of peers at once. */
export function viewPeerState(peer: Peer, nowMs: number): PeerState {
  const { spec, session, counters, connection } = peer;
  const tcp = connection?.tcp;
  const { typesIn: _in, typesOut: _out, ...traffic } = counters.total(connection);
  return {
    address: peer.name,
    port: tcp?.remotePort ?? spec.port,
    neighbor: viewNeighbor(peer),
    localAddress: tcp === undefined ? null : formatAddress(tcp.localAddress),
    localPort: tcp?.localPort ?? null,
    group: spec.group,
    description: spec.description,
    dynamic: peer.dynamic,
    role: session?.role ?? configuredRole(peer),
    bgpRole: viewRoles(peer),
    state: peer.stateName,
    shutdown: peer.isShutDown,
    draining: peer.isDraining,
    sinceSeconds: seconds(nowMs - peer.stateSinceMs),
    as: session?.negotiated.peerAs ?? null,
    routerId: session === null ? null : formatIpv4(session.negotiated.peerRouterId),
    localAs: spec.session.localAs,
    localAsUse: viewLocalAs(peer),
    holdSeconds: session === null ? null : session.negotiated.holdMs / 1000,
    keepaliveSeconds: session === null ? null : session.negotiated.keepaliveMs / 1000,
    families: session === null ? keptFamilies(peer) : session.negotiated.families.map((id) => viewFamily(session, id)),
    importPolicy: policyWords(spec.exchange, 'import'),
    exportPolicy: policyWords(spec.exchange, 'export'),
    rejectedPaths: session?.ribPeer.byReason[REASON.importPolicy] ?? 0,
    rejectedDropped: session?.ribPeer.rejectedDropped ?? 0,
    ownAsPaths: session?.ribPeer.byReason[REASON.ownAs] ?? 0,
    firstAsPaths: session?.ribPeer.byReason[REASON.firstAs] ?? 0,
    infeasiblePaths: infeasibleIn(session?.ribPeer.byReason ?? []),
    heldDown: viewHeldDown(peer),
    attributeOctets: peer.attributeOctets,
    attributeLimit: spec.attributeOctets,
    transport: viewTransport(peer),
    bfd: viewBfd(peer, nowMs),
    restart: viewRestart(peer),
    ...traffic,
    established: counters.established,
    dropped: counters.dropped,
    connectFailures: counters.connectFailures,
  };
}

/** `hygiene, customer-in, accept`; null: a policy is missing (RFC 8212). */
function policyWords({ chains, ...exchange }: Peer['spec']['exchange'], direction: 'import' | 'export'): string | null {
  const isMissing = direction === 'import' ? chains.lacksImport : chains.lacksExport;
  if (isMissing) return null;
  return chains[direction]?.steps.join(', ') ?? exchange[direction];
}

function viewRoles({ spec, session }: Peer): PeerView['bgpRole'] {
  const { role } = spec.session;
  const [theirs = null] = roles(session?.negotiated.peerCapabilities ?? []);
  const nameOf = (number: number | null) => (number === null ? null : (ROLE_NAMES[number] ?? `role ${number}`));
  return { ours: nameOf(role), theirs: nameOf(theirs) };
}

/** The address of the neighbor of a peer on an interface. */
function viewNeighbor({ spec, connection, neighbor }: Peer): string | null {
  if (spec.interfaceName === null) return null;
  const address = connection?.tcp.remoteAddress ?? neighbor.address;
  return address === null ? null : endName(address, spec.interfaceName);
}

function viewLocalAs({ spec: { exchange } }: Peer): LocalAsUse | null {
  if (!exchange.localAs) return null;
  const { routerAs, prepend, replace } = exchange.localAs;
  return { routerAs, prepend, replace };
}

function viewFamily(session: Session, family: FamilyId): FamilyView {
  const member = session.members[family];
  return {
    family: FAMILIES[family].name,
    received: session.ribPeer.received[family],
    accepted: session.ribPeer.accepted[family],
    stale: session.ribPeer.stale[family],
    damped: session.ribPeer.damped[family],
    advertised: member?.advertisedCount ?? 0,
    announced: session.ribPeer.announced[family],
    withdrawn: session.ribPeer.withdrawn[family],
    updatesSent: session.connection.outbox.announcing[family] ?? 0,
    withdrawalsSent: session.connection.outbox.withdrawing[family] ?? 0,
    extendedNextHop: session.negotiated.extendedNextHop.includes(family),
    disabled: session.disabled.has(family),
    endOfRibReceived: session.endOfRibReceived[family] !== 0,
    endOfRibSent: member?.endOfRibSent ?? false,
    updateGroup: member?.group.id ?? 0,
    sending: member?.sending ?? 'none',
    lagBytes: member?.lagBytes ?? 0,
    maxPrefix: viewLimit(session, family, 'in'),
    maxPrefixOut: viewLimit(session, family, 'out'),
    maxPathsPerPrefix: viewPathLimit(session, family),
    pathsRefused: session.ribPeer.pathsRefused[family],
    membership: viewMembership(session, family),
  };
}

function viewMembership(session: Session, family: FamilyId): MembershipView | null {
  const membership = session.membershipOf(family);
  if (membership === null) return null;
  const { count: routeTargets, isDefault } = membership;
  return { routeTargets, isDefault, awaited: session.awaitsMembership(family) };
}

function viewPathLimit({ ribPeer, negotiated }: Session, family: FamilyId): number | null {
  const isAny = ribPeer.maxPathsPerPrefix === NO_LIMIT || !negotiated.addPathReceive.includes(family);
  return isAny ? null : ribPeer.maxPathsPerPrefix;
}

function viewLimit({ limits }: Session, family: FamilyId, direction: 'in' | 'out'): LimitView | null {
  const state = limits.stateOf(family, direction);
  if (state === null) return null;
  const { spec, count, blocked, level } = state;
  const { limit, warnAt, action } = spec;
  return { limit, warnAt, action, of: direction === 'in' ? spec.of : 'advertised', count, blocked, level };
}

/** Which prefix limits are exceeded, and how many prefixes they block, in words; null: none. */
export function viewExceeded({ session, spec }: Peer): string | null {
  if (session === null || spec.limits === null) return null;
  const words = session.negotiated.families.flatMap((family) =>
    (['in', 'out'] as const).flatMap((direction) => {
      const limit = viewLimit(session, family, direction);
      if (limit === null || (limit.level !== 'over' && limit.blocked === 0)) return [];
      const way = direction === 'in' ? 'from' : 'to';
      const kept = limit.action === 'block' ? `, ${limit.blocked} blocked` : '';
      return [`more than ${limit.limit} prefixes of ${FAMILIES[family].name} ${way} the peer${kept}`];
    }),
  );
  return words.length === 0 ? null : words.join('; ');
}

/** The limit that keeps a peer down; null: none. */
export function viewHeldDown({ holdDown: { reached, remainingMs } }: Peer): HeldDownView | null {
  if (reached === null) return null;
  const reason = `${describeLimitReached(reached)}; ${adviceOn(reached)}`;
  return { reason, remainingSeconds: remainingMs === null ? null : seconds(remainingMs) };
}

/** The kept routes of a peer without a session. */
function keptFamilies({ retention }: Peer): FamilyView[] {
  if (retention === null) return [];
  const { received, accepted, stale, damped } = retention.ribPeer;
  const held = FAMILIES.filter(({ id }) => received[id] > 0);
  return held.map(({ id, name }) => ({
    family: name,
    received: received[id],
    accepted: accepted[id],
    stale: stale[id],
    damped: damped[id],
    advertised: 0,
    announced: 0,
    withdrawn: 0,
    updatesSent: 0,
    withdrawalsSent: 0,
    extendedNextHop: false,
    disabled: false,
    endOfRibReceived: false,
    endOfRibSent: false,
    updateGroup: 0,
    sending: 'none',
    lagBytes: 0,
    maxPathsPerPrefix: null,
    pathsRefused: 0,
    membership: null,
    maxPrefix: null,
    maxPrefixOut: null,
  }));
}

function viewRestart({ retention }: Peer): RestartView | null {
  if (retention === null) return null;
  const { synchronizing, isLongLived, remainingMs } = retention;
  const away = isLongLived ? 'long-lived' : 'waiting';
  return { phase: synchronizing ? 'synchronizing' : away, remainingSeconds: seconds(remainingMs) };
}

/** The role of the peer by its configuration; a list of AS numbers is iBGP only if it contains ours. */
function configuredRole({ spec }: Peer): PeerView['role'] {
  const { remoteAs, localAs } = spec.session;
  const internal = remoteAs.kind === 'internal' || (remoteAs.kind === 'list' && remoteAs.list.includes(localAs));
  if (!internal) return spec.session.confederation ? 'confed-ebgp' : 'ebgp';
  return spec.exchange.client ? 'client' : 'non-client';
}

function viewCapability(capability: Capability): CapabilityView {
  return { code: capability.code, name: capabilityName(capability.code), value: describeCapability(capability) };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
