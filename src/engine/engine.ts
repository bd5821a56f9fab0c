/**
 * The engine: peers, their tables and groups, and the turn of the event loop that connects them.
 *
 *   connection bytes ─► PeerConnection ─► Peer ─► Session ─► tables (dirty) ─┐
 *                                                                  ▼  one `turn`, after the input was read
 *   connection ◄─ Outbox ◄─ Member ◄─ update group's log ◄─ decide, group, pack
 */

import { adviceOn, describeLimitReached } from '../fsm/describe.ts';
import { type Clock, TimeSlice } from '../lib/clock.ts';
import { DurationHistogram } from '../lib/duration-histogram.ts';
import { formatAddress, parseAddress } from '../lib/ip.ts';
import { Timer, TimerQueue } from '../lib/timers.ts';
import type { Chain } from '../policy/chain.ts';
import type { Gate } from '../reflect/advertise/fib-gate.ts';
import { ChangeFeed } from '../reflect/change-feed.ts';
import { Reflector } from '../reflect/reflector.ts';
import type { Identity } from '../rib/attributes/attributes.ts';
import { Ingest } from '../rib/ingest.ts';
import { describeNextHopWarning } from '../rib/next-hop-warnings.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import { Revalidation } from '../rib/revalidation.ts';
import { Rib } from '../rib/rib.ts';
import { Sweeper } from '../rib/sweeper.ts';
import type { DynamicRangeSpec, PeerSpec } from '../spec/peer.ts';
import { peerName } from '../spec/peer-name.ts';
import type { RouterSpec } from '../spec/router.ts';
import type { TransportSpec } from '../spec/transport.ts';
import { cease, countedCode, type Notification } from '../wire/notification.ts';
import { Admission } from './admission/admission.ts';
import { reportEstablished } from './admission/established-report.ts';
import { rangeOf } from './admission/ranges.ts';
import { Returning } from './admission/returning.ts';
import { RouterIds } from './admission/router-ids.ts';
import { DescribedEvents, type EventSink } from './events/events.ts';
import { type RefusalReason, Refusals } from './events/refusals.ts';
import { Gathering } from './gathering.ts';
import { ATTRIBUTE_RESTART_MS, type AttributeLimitHost, AttributeLimits } from './limits/attribute-limits.ts';
import type { SessionLimits } from './limits/session-limits.ts';
import { Peer, type PeerOwner } from './peer/peer.ts';
import type { Core } from './ports/core.ts';
import { DisabledPeers } from './ports/disabled-peers.ts';
import type { BfdService, Connection, Dialer, Loop, NeighborFinder } from './ports/ports.ts';
import { Taps } from './ports/taps.ts';
import { Deferral, type DeferralEnd, type KnownPeer } from './session/deferral.ts';
import { ClusterWatch } from './watch/cluster-watch.ts';
import { GroupWatch } from './watch/group-watch.ts';

/** Maximum time of a turn before sockets are served again. */
const TURN_MS = 5;
/**
 * Maximum time without a flush while more input has arrived than was read. Input is read in short slices, so that timers
 * run between them; a flush after each slice would cost each member a small write.
 */
const MAX_READING_MS = 20;
/** Maximum part of it for the compaction of attribute sets. */
const TIDY_MS = 1;
/** A member that is further behind in the log of its group than this leaves the log. */
const SLOW_AFTER_BYTES = 8 << 20;
/** Members that join within this time share a snapshot. */
const SHARE_MS = 1000;
/** A path that has become unusable is replaced in the advertisements after one to two times this delay. */
const LOST_WAY_MS = 200;
/** Maximum number of peers that an event names. */
const MISSING_NAMED = 10;

export interface EngineDeps {
  readonly clock: Clock;
  readonly loop: Loop;
  readonly dialer: Dialer;
  /** Absent: peers on interfaces are not discovered. */
  readonly neighbors?: NeighborFinder;
  /** Absent: BFD does not run. */
  readonly bfd?: BfdService;
  /** Whether both addresses are in one network in which this host has an address; absent: none are. */
  readonly isOnLink?: (local: Uint8Array, remote: Uint8Array) => boolean;
  readonly events: EventSink;
  readonly random: () => number;
  /** Bytes that a member may be behind in the log of its group before it leaves it; the default is SLOW_AFTER_BYTES. */
  readonly slowAfterBytes?: number;
}

export class Engine implements Core, PeerOwner, AttributeLimitHost {
  readonly clock: Clock;
  readonly timers = new TimerQueue();
  readonly dialer: Dialer;
  readonly neighbors: NeighborFinder | null;
  readonly bfd: BfdService | null;
  readonly isOnLink: (local: Uint8Array, remote: Uint8Array) => boolean;
  readonly events: EventSink;
  readonly random: () => number;
  readonly rib: Rib;
  readonly ingest: Ingest;
  readonly sweeper: Sweeper;
  readonly revalidation: Revalidation;
  readonly reflector: Reflector;
  /** Each decided prefix, for all subscribers. */
  readonly changes: ChangeFeed;
  readonly limited = new Set<SessionLimits>();
  readonly attributeLimits: AttributeLimits;
  /** By name (`peerName`). */
  readonly peers = new Map<string, Peer>();
  /** Durations of turns that have work to do. */
  readonly turnDurations = new DurationHistogram();
  /** Refused connections. */
  readonly refusals: Refusals;
  readonly admission: Admission;
  /** NOTIFICATIONs by `code/subcode`. */
  readonly notifications = { sent: new Map<string, number>(), received: new Map<string, number>() };
  /** Peers that a command has disabled. */
  readonly disabled = new DisabledPeers();
  /** Peers whose messages an operator looks at. */
  readonly taps = new Taps();
  spec: RouterSpec;
  stopping = false;
  /** Routes are advertised to all peers with GRACEFUL_SHUTDOWN (RFC 8326). */
  draining = false;
  /** After a start: the deferral of route selection or advertising; null: it is over. */
  allBack = false;
  deferral: Deferral | null = null;
  private returning: Returning | null = null;
  private readonly loop: Loop;
  private readonly startedMs: number;
  private readonly sharing: Timer;
  private readonly gathering = new Gathering();
  private readonly lostWays: Timer;
  /** Routes that another reflector with our cluster id has, and that are missing here. */
  readonly clusterWatch: ClusterWatch;
  /** Fires when gathered changes are due. */
  private readonly due: Timer;
  private readonly routerIds = new RouterIds();
  private readonly tidying: TimeSlice;
  /** The peer that is being removed: it is no longer in `peers`. */
  private leaving: Peer | null = null;
  private scheduled = false;
  /** End of the last turn that did not wait. */
  private flushedMs = 0;
  /** Prefix limits have to be checked, even if there is no other work. */
  private limitsDue = false;
  private wakeAtMs = Number.POSITIVE_INFINITY;

  /** @param gate may delay what is advertised; by default nothing does */
  constructor(spec: RouterSpec, deps: EngineDeps, gate: Gate = {}) {
    this.spec = spec;
    this.clock = deps.clock;
    this.loop = deps.loop;
    this.dialer = deps.dialer;
    this.neighbors = deps.neighbors ?? null;
    this.bfd = deps.bfd ?? null;
    this.isOnLink = deps.isOnLink ?? (() => false);
    this.events = new DescribedEvents(deps.events, (peer) => this.descriptionOf(peer));
    this.refusals = new Refusals(this.events);
    this.admission = new Admission(this);
    this.random = deps.random;
    this.startedMs = this.clock.nowMs();
    this.rib = new Rib(identityOf(spec));
    this.rib.policies.adopt(spec.policies, new Set());
    this.rib.nextHops.setCostRules(spec.nextHopCosts);
    this.ingest = new Ingest(this.rib);
    this.sweeper = new Sweeper(this.rib, this.clock, () => this.reflector.endSharing());
    this.revalidation = new Revalidation(this.rib, this.clock);
    this.attributeLimits = new AttributeLimits(this.rib, this.sweeper, this.clock, this);
    this.attributeLimits.totalLimit = spec.attributeOctets ?? Number.POSITIVE_INFINITY;
    const watch = new GroupWatch(this.clock, this.events, () => this.onAllAdvertised());
    const slowAfterBytes = deps.slowAfterBytes ?? SLOW_AFTER_BYTES;
    this.changes = new ChangeFeed(({ name }, family, prefix, { message, stack = null }) => {
      const text = this.rib.families[family].prefixes.format(prefix);
      this.events.emit({ name: 'daemon.change-missed', subscriber: name, prefix: text, error: message, stack });
    });
    this.reflector = new Reflector(this.rib, this.changes, gate, watch, slowAfterBytes, this.clock);
    this.tidying = new TimeSlice(this.clock, TIDY_MS);
    this.reflector.onPending = () => this.schedule();
    this.reflector.isRevalidating = () => this.revalidation.pending || this.rib.nextHops.isAnyAwaited();
    this.ingest.nextHopWarnings.onWarning = (nextHop, from, warning) =>
      this.events.emit({
        name: 'update.next-hop-warning',
        peer: from.name,
        nextHop: this.rib.nextHops.format(nextHop),
        reason: describeNextHopWarning(warning),
      });
    this.clusterWatch = new ClusterWatch(this);
    this.lostWays = new Timer(this.timers, () => this.ageLostWays(false));
    this.reflector.onWayLost = () => this.armLostWays();
    // The id of a removed peer will be reused: no path may be advertised under it by then.
    this.sweeper.whenGone = () => this.ageLostWays(true);
    this.due = new Timer(this.timers, () => this.schedule());
    this.sharing = new Timer(this.timers, () => this.reflector.endSharing());
  }

  /** Seconds since the engine was created. */
  get uptimeSeconds(): number {
    return (this.clock.nowMs() - this.startedMs) / 1000;
  }

  /**
   * Starts the configured peers. The caller opens the listening sockets.
   * @param before the peers with graceful restart from before the daemon stopped: route selection is deferred until
   *   they have sent their routes (RFC 4724 4.1); empty: no peer keeps our routes; null: the peers are not known
   */
  start(before: readonly KnownPeer[] | null = []): void {
    const configured = new Map(this.spec.peers.map((spec) => [peerName(spec), spec]));
    const expected = before?.filter(({ name }) => this.mayCome(name, configured.get(name))) ?? null;
    if (expected === null || expected.length > 0) this.defer(expected);
    for (const spec of this.spec.peers) this.addPeer(spec, false);
  }

  get keepsForwarding(): boolean {
    const { mode, onStop } = this.spec.fib;
    return mode !== 'install' || onStop !== 'withdraw';
  }

  /** After a restart: route selection is deferred until the peers from before have sent their routes. */
  get deferring(): boolean {
    return this.deferral?.listed === true;
  }

  /** Peers that the next start has to wait for: established ones, and those that this start still waits for. */
  get restartable(): readonly KnownPeer[] {
    const known = new Map<string, KnownPeer>();
    for (const peer of this.deferral?.missing ?? []) known.set(peer.name, peer);
    for (const { name, session } of this.peers.values()) {
      if (!session?.negotiated.gracefulRestart) continue;
      known.set(name, { name, localAddress: formatAddress(session.connection.tcp.localAddress) });
    }
    return [...known.values()];
  }

  private defer(expected: readonly KnownPeer[] | null): void {
    const ms = this.spec.deferMs;
    const seconds = ms / 1000;
    this.sweeper.nothingAdvertised = expected !== null;
    if (expected === null) this.events.emit({ name: 'daemon.advertising-deferred', seconds });
    else this.events.emit({ name: 'daemon.selection-deferred', peers: expected.length, seconds });
    this.deferral = new Deferral(this.clock, this.timers, ms, expected, (...how) => this.onDeferralOver(...how));
    if (expected !== null) this.returning = new Returning(this, expected);
    this.rearm();
  }

  /** Sessions join their groups in separate turns: many of them at once would block the event loop. */
  private onDeferralOver(cause: DeferralEnd, missing: readonly KnownPeer[]): void {
    const { deferring } = this;
    this.deferral = null;
    this.sweeper.nothingAdvertised = false;
    this.allBack = deferring && cause === 'complete';
    const some = missing.slice(0, MISSING_NAMED).map(({ name }) => name);
    const held = [...this.peers.values()].filter(({ session }) => session?.isHeldBack);
    if (deferring || held.length > 0) {
      this.events.emit({ name: 'daemon.selection-started', cause, missing: missing.length, peers: some });
    }
    for (const peer of held) {
      const { session } = peer;
      this.reflector.later(() => session?.joinGroups(peer.spec));
    }
    this.returning?.end();
    this.returning = null;
    this.shareSnapshots();
    this.schedule();
  }

  /** Whether a peer of this name is configured, or may connect from a range. */
  private mayCome(name: string, configured: PeerSpec | undefined): boolean {
    if (this.disabled.has(name)) return false;
    if (configured !== undefined) return !configured.shutdown;
    const address = parseAddress(name);
    return address !== null && this.rangeOf(address) !== null;
  }

  private shareSnapshots(): void {
    if (!this.sharing.armed) this.sharing.arm(this.clock.nowMs() + SHARE_MS);
    this.rearm();
  }

  private descriptionOf(name: string): string {
    const peer = this.peers.get(name) ?? this.leaving;
    return peer?.name === name ? peer.spec.description : '';
  }

  /** Creates a peer and starts it, unless it is shut down. */
  addPeer(spec: PeerSpec, dynamic: boolean): Peer {
    const peer = new Peer(this, spec, dynamic, this);
    this.peers.set(peer.name, peer);
    this.admission.added(peer);
    this.events.emit({ name: 'peer.added', peer: peer.name, group: spec.group, dynamic });
    peer.start();
    return peer;
  }

  /**
   * Closes the session of a peer with a notification, and removes the peer after its routes are removed.
   * @param why the cause, in words
   */
  removePeer(peer: Peer, notification: Notification, why = 'it was removed'): void {
    this.peers.delete(peer.name);
    this.leaving = peer;
    peer.remove(notification, why);
    this.deferral?.forget(peer.name);
    this.routerIds.forget(peer);
    this.admission.removed(peer);
    this.rearm();
    this.events.emit({ name: 'peer.removed', peer: peer.name, dynamic: peer.dynamic, reason: why });
    this.leaving = null;
  }

  /** Sets another specification; the caller applies its changes to the peers. */
  adopt(spec: RouterSpec): void {
    this.spec = spec;
    this.rib.addFamilies();
    this.attributeLimits.totalLimit = spec.attributeOctets ?? Number.POSITIVE_INFINITY;
    this.admission.recount();
    this.rib.policies.adopt(spec.policies, this.chainsInUse());
    this.rib.attributes.setIdentity(identityOf(spec));
    this.rib.nextHops.setCostRules(spec.nextHopCosts);
    this.revalidatePaths();
  }

  private chainsInUse(): Set<Chain> {
    const chains = new Set<Chain>();
    for (const peer of this.rib.peers) if (peer?.importChain) chains.add(peer.importChain);
    for (const groups of this.reflector.groups) {
      for (const { key } of groups) if (key.exportChain !== null) chains.add(key.exportChain);
    }
    return chains;
  }

  /** Starts or ends graceful shutdown (RFC 8326), so that peers prefer other routes before this router stops. */
  drain(on: boolean): void {
    this.draining = on;
    for (const peer of this.peers.values()) peer.drain(on);
    this.events.emit({ name: on ? 'daemon.draining' : 'daemon.undrained', peers: this.peers.size });
  }

  /** Resets the session of a peer with a CEASE; it is established again. */
  resetPeer(peer: Peer, reason: string, notification: Notification = cease.reset): void {
    this.events.emit({ name: 'peer.reset', peer: peer.name, reason });
    peer.stop(notification, reason);
    peer.start();
  }

  /** Addresses of this router: a route with one of them as its next hop is unusable. Wildcards do not count. */
  setOwnAddresses(addresses: readonly Uint8Array[]): void {
    this.rib.nextHops.setOwnAddresses(addresses.filter((address) => address.some((byte) => byte !== 0)));
    this.revalidatePaths();
  }

  revalidatePaths(): void {
    this.revalidation.request();
    this.schedule();
  }

  /** A connection was accepted: it belongs to a configured peer, or to one of a dynamic range. */
  accept(connection: Connection): void {
    this.admission.accept(connection);
  }

  keyProblemOf(address: Uint8Array, transport: TransportSpec, dynamic: boolean): string | null {
    return this.admission.keyProblemOf(address, transport, dynamic);
  }

  noteRefused(address: string, reason: RefusalReason, detail: string): void {
    this.refusals.note(address, reason, detail, this.clock.nowMs());
  }

  /**
   * Stops every peer, and all work on the tables, so that kernel routes stay as they are.
   * @param final no restart follows: the peers should remove our routes immediately
   * @param message text for the operators of the peers (RFC 9003), at most 255 octets of UTF-8; '': none
   */
  stop(final: boolean, message = '', why = 'the daemon stops'): void {
    this.stopping = true;
    const farewell = message === '' ? cease.shutdown : cease.shutdownWith(message);
    for (const peer of this.peers.values()) {
      if (final) peer.stop(farewell, why);
      else peer.stopForRestart(farewell, why);
    }
  }

  countNotification(direction: 'sent' | 'received', notification: Notification): void {
    const counts = this.notifications[direction];
    const code = countedCode(notification);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  nowSeconds(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }

  schedule(): void {
    if (this.scheduled || this.stopping || !this.hasWork) return;
    this.scheduled = true;
    this.loop.defer(this.turn);
  }

  rearm(): void {
    const { nextMs } = this.timers;
    if (nextMs === this.wakeAtMs) return;
    this.wakeAtMs = nextMs;
    if (nextMs !== Number.POSITIVE_INFINITY) this.loop.wakeAt(nextMs, this.onWake);
  }

  onEstablished(peer: Peer): void {
    const { session } = peer;
    if (session === null) return;
    reportEstablished(peer, session, this.routerIds, this.events);
    this.shareSnapshots();
    this.deferral?.onEstablished(peer.name, session);
    this.rearm();
  }

  onLocated(peer: Peer): void {
    const { name, spec } = peer;
    this.events.emit({ name: 'peer.located', peer: name, address: formatAddress(spec.address) });
  }

  onHeldDown(peer: Peer): void {
    this.deferral?.forget(peer.name);
  }

  onNear({ name }: RibPeer, octets: number, limit: number): void {
    this.events.emit({ name: 'peer.attributes-near-limit', peer: name, octets, limit });
  }

  onOver(ribPeer: RibPeer, scope: 'peer' | 'total', octets: number, limit: number): void {
    const peer = this.peers.get(ribPeer.name);
    // Attribute sets of an earlier session, which are kept in case its peer comes back.
    if (peer?.session?.ribPeer !== ribPeer) {
      peer?.dropKept();
      return;
    }
    const reached = { kind: 'attributes', scope, octets, limit, restartMs: ATTRIBUTE_RESTART_MS } as const;
    const [reason, remedy] = [describeLimitReached(reached), adviceOn(reached)];
    this.events.emit({ name: 'peer.attribute-limit', peer: peer.name, scope, octets, limit, reason, remedy });
    peer.onLimitReached(reached);
  }

  onEndOfRib(peer: Peer): void {
    if (peer.session === null || this.deferral === null) return;
    this.deferral.onEndOfRib(peer.name, peer.session);
    this.rearm();
  }

  onPeerIdle(peer: Peer): void {
    this.admission.onPeerIdle(peer);
  }

  /** All routes were advertised to a peer: they may exceed its limit, and this may happen outside of a turn. */
  private onAllAdvertised(): void {
    if (this.limited.size === 0) return;
    this.limitsDue = true;
    this.schedule();
  }

  /** One bounded piece of work; sockets are served before the next. */
  private readonly turn = (): void => {
    this.scheduled = false;
    if (this.stopping) return;
    const startMs = this.clock.nowMs();
    if (this.waits(startMs)) return;
    const sends = this.rib.dirtyCount > 0 && !this.deferring;
    this.limitsDue = false;
    const isRevalidating = this.sweeper.pending || this.revalidation.pending;
    do {
      if (this.sweeper.pending) this.sweeper.work();
      if (this.revalidation.isReady) this.revalidation.work();
      if (this.attributeLimits.pending) this.attributeLimits.work();
      if (!this.deferring) this.reflector.work();
      if (this.rib.isUntidy) this.rib.tidy(this.tidying);
    } while (this.hasWork && this.clock.nowMs() - startMs < TURN_MS);
    for (const limits of this.limited) if (!isRevalidating || limits.checkInbound()) limits.checkOutbound();
    const ended = this.clock.nowMs();
    this.flushedMs = ended;
    if (sends) this.gathering.onSent(startMs, ended);
    this.clusterWatch.look();
    this.turnDurations.observe(ended - startMs);
    this.schedule();
  };

  private armLostWays(): void {
    if (this.lostWays.armed) return;
    this.lostWays.arm(this.clock.nowMs() + LOST_WAY_MS);
    this.rearm();
  }

  private ageLostWays(all: boolean): void {
    if (this.reflector.ageLostWays(all)) this.armLostWays();
    this.schedule();
  }

  /** The only work is changes, and these are still gathered with further ones. */
  private waits(nowMs: number): boolean {
    if (this.deferring || !this.reflector.hasOnlyChanges || this.limitsDue) return false;
    if (this.sweeper.pending || this.revalidation.pending) return false;
    if (this.loop.takeUnreadInput() && nowMs - this.flushedMs < MAX_READING_MS) {
      this.schedule();
      return true;
    }
    const due = this.gathering.dueAt(nowMs, this.rib.dirtyCount);
    if (due <= nowMs) return false;
    this.due.arm(due);
    this.rearm();
    return true;
  }

  /** Timers fire after all arrived input is read: a hold timer does not expire because this side reads late. */
  private readonly onWake = (): void => {
    this.loop.defer(this.fireTimers);
  };

  private readonly fireTimers = (): void => {
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    this.timers.advance(this.clock.nowMs());
    this.rearm();
  };

  /** There is work on the tables. */
  get isBusy(): boolean {
    return this.scheduled;
  }

  private get hasWork(): boolean {
    const isPending = (this.reflector.pending && !this.deferring) || this.sweeper.pending || this.revalidation.isReady;
    return isPending || this.limitsDue || this.rib.isUntidy || this.attributeLimits.pending;
  }

  rangeOf(address: Uint8Array): DynamicRangeSpec | null {
    return rangeOf(this.spec.ranges, address);
  }
}

/** The identities that make a path a loop: our AS, our router id, and every cluster id in use. */
function identityOf(spec: RouterSpec): Identity {
  const clusterIds = new Set([spec.clusterId]);
  for (const { exchange } of [...spec.peers, ...spec.ranges]) if (exchange.client) clusterIds.add(exchange.clusterId);
  const { as, routerId, confederation } = spec;
  return { as, confederation: confederation?.identifier ?? null, routerId, clusterIds: [...clusterIds] };
}
