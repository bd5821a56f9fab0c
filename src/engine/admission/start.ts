/**
 * The start of the engine: until the peers from before have sent their routes, route selection or advertising is deferred
 * (RFC 4724 4.1, `session/deferral`), and hosts that do not connect by themselves are dialed.
 */
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import type { Reflector } from '../../reflect/reflector.ts';
import type { Sweeper } from '../../rib/sweeper.ts';
import type { DynamicRangeSpec, PeerSpec } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { RouterSpec } from '../../spec/router.ts';
import type { Peer } from '../peer/peer.ts';
import type { Reporting, Timing } from '../ports/core.ts';
import type { DisabledPeers } from '../ports/disabled-peers.ts';
import { Deferral, type DeferralEnd, type KnownPeer } from '../session/deferral.ts';
import { Returning, type ReturningHost } from './returning.ts';

/** Maximum number of peers that an event names. */
const MISSING_NAMED = 10;

/** What the start uses of the engine. */
interface StartHost extends Timing, Reporting, ReturningHost {
  readonly spec: RouterSpec;
  readonly peers: ReadonlyMap<string, Peer>;
  readonly disabled: DisabledPeers;
  readonly sweeper: Sweeper;
  readonly reflector: Reflector;
  rangeOf(address: Uint8Array): DynamicRangeSpec | null;
}

export class Start {
  /** All peers from before came back in time. */
  allBack = false;
  /** The deferral of route selection or advertising; null: it is over. */
  deferral: Deferral | null = null;
  private returning: Returning | null = null;
  private readonly host: StartHost;
  private readonly whenSelecting: () => void;

  /** @param whenSelecting called when the deferral is over */
  constructor(host: StartHost, whenSelecting: () => void) {
    this.host = host;
    this.whenSelecting = whenSelecting;
  }

  /** Route selection is deferred. */
  get deferring(): boolean {
    return this.deferral?.listed === true;
  }

  /** @param before the peers with graceful restart from before the daemon stopped; null: they are not known */
  begin(before: readonly KnownPeer[] | null): void {
    const configured = new Map(this.host.spec.peers.map((spec) => [peerName(spec), spec]));
    const expected = before?.filter(({ name }) => this.mayCome(name, configured.get(name))) ?? null;
    if (expected === null || expected.length > 0) this.defer(expected);
  }

  /** Peers that the next start has to wait for: established ones, and those that this start still waits for. */
  get restartable(): readonly KnownPeer[] {
    const known = new Map<string, KnownPeer>();
    for (const peer of this.deferral?.missing ?? []) known.set(peer.name, peer);
    for (const { name, session } of this.host.peers.values()) {
      if (!session?.negotiated.gracefulRestart) continue;
      known.set(name, { name, localAddress: formatAddress(session.connection.tcp.localAddress) });
    }
    return [...known.values()];
  }

  private defer(expected: readonly KnownPeer[] | null): void {
    const { clock, timers, events, sweeper, spec } = this.host;
    const ms = spec.deferMs;
    const seconds = ms / 1000;
    sweeper.nothingAdvertised = expected !== null;
    if (expected === null) events.emit({ name: 'daemon.advertising-deferred', seconds });
    else events.emit({ name: 'daemon.selection-deferred', peers: expected.length, seconds });
    this.deferral = new Deferral(clock, timers, ms, expected, (...how) => this.onOver(...how));
    if (expected !== null) this.returning = new Returning(this.host, expected);
    this.host.rearm();
  }

  /** Sessions join their groups in separate turns: many of them at once would block the event loop. */
  private onOver(cause: DeferralEnd, missing: readonly KnownPeer[]): void {
    const { deferring } = this;
    const { peers, sweeper, reflector, events } = this.host;
    this.deferral = null;
    sweeper.nothingAdvertised = false;
    this.allBack = deferring && cause === 'complete';
    const some = missing.slice(0, MISSING_NAMED).map(({ name }) => name);
    const held = [...peers.values()].filter(({ session }) => session?.isHeldBack);
    if (deferring || held.length > 0) {
      events.emit({ name: 'daemon.selection-started', cause, missing: missing.length, peers: some });
    }
    for (const peer of held) {
      const { session } = peer;
      reflector.later(() => session?.joinGroups(peer.spec));
    }
    this.returning?.end();
    this.returning = null;
    this.whenSelecting();
  }

  /** Whether a peer of this name is configured, or may connect from a range. */
  private mayCome(name: string, configured: PeerSpec | undefined): boolean {
    if (this.host.disabled.has(name)) return false;
    if (configured !== undefined) return !configured.shutdown;
    const address = parseAddress(name);
    return address !== null && this.host.rangeOf(address) !== null;
  }
}
