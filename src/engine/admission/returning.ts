/**
 * Dials peers of dynamic ranges that were connected before the start and have not come back: a host that could not
 * connect while this daemon was down may try again only after a minute, and all other peers wait for its routes.
 */

import type { Clock } from '../../lib/clock.ts';
import { parseAddress } from '../../lib/ip.ts';
import { Timer, type TimerQueue } from '../../lib/timers.ts';
import type { DynamicRangeSpec, PeerSpec } from '../../spec/peer.ts';
import type { Peer } from '../peer/peer.ts';
import type { KnownPeer } from '../session/deferral.ts';
import { rangePeer } from './ranges.ts';

/** Hosts that detect the loss of their session come back within this time. */
const FIRST_MS = 2_000;
/** How many are dialed at once, and the interval to the next. */
const BATCH = 50;
const BATCH_MS = 50;

/** The owner of the peers. */
export interface ReturningHost {
  readonly clock: Clock;
  readonly timers: TimerQueue;
  readonly peers: ReadonlyMap<string, Peer>;
  readonly admission: { countOf(range: DynamicRangeSpec): number };
  addPeer(spec: PeerSpec, dynamic: boolean): Peer;
  rangeOf(address: Uint8Array): DynamicRangeSpec | null;
  rearm(): void;
}

export class Returning {
  /** Peers that are not dialed yet. */
  private rest: readonly KnownPeer[];
  private readonly dialed: Peer[] = [];
  private readonly timer: Timer;
  private readonly host: ReturningHost;

  constructor(host: ReturningHost, known: readonly KnownPeer[]) {
    this.host = host;
    this.rest = known;
    this.timer = new Timer(host.timers, () => this.dialSome());
    this.timer.arm(host.clock.nowMs() + FIRST_MS);
    host.rearm();
  }

  /** The wait is over: peers that have not come back have to connect themselves, as usual for a range. */
  end(): void {
    this.timer.cancel();
    this.rest = [];
    for (const peer of this.dialed.splice(0)) {
      if (this.host.peers.get(peer.name) === peer) peer.becomePassive();
    }
  }

  private dialSome(): void {
    for (const known of this.rest.slice(0, BATCH)) this.dial(known);
    this.rest = this.rest.slice(BATCH);
    if (this.rest.length > 0) this.timer.arm(this.host.clock.nowMs() + BATCH_MS);
  }

  private dial({ name, localAddress }: KnownPeer): void {
    const { host } = this;
    const address = parseAddress(name);
    const range = address === null || host.peers.has(name) ? null : host.rangeOf(address);
    if (address === null || range === null || host.admission.countOf(range) >= range.limit) return;
    const from = localAddress === null ? null : parseAddress(localAddress);
    const spec = rangePeer(range, address);
    const session = { ...spec.session, passive: false };
    this.dialed.push(host.addPeer({ ...spec, session, localAddress: sameFamily(from, address) }, true));
  }
}

function sameFamily(from: Uint8Array | null, to: Uint8Array): Uint8Array | null {
  return from?.length === to.length ? from : null;
}
