/**
 * Admission of connections: configured peers, and hosts of dynamic ranges, which become peers when they connect and are
 * removed some time after their last session. All other connections are refused, counted and remembered.
 */
import type { Clock } from '../../lib/clock.ts';
import { formatAddress, formatPrefix } from '../../lib/ip.ts';
import { Timer, type TimerQueue } from '../../lib/timers.ts';
import type { DynamicRangeSpec, PeerSpec } from '../../spec/peer.ts';
import { endName } from '../../spec/peer-name.ts';
import type { RouterSpec } from '../../spec/router.ts';
import type { TransportSpec } from '../../spec/transport.ts';
import { cease, type Notification } from '../../wire/notification.ts';
import type { EventSink } from '../events/events.ts';
import type { RefusalReason } from '../events/refusals.ts';
import type { Peer } from '../peer/peer.ts';
import type { Connection } from '../ports/ports.ts';
import { Attempts } from './attempts.ts';
import { rangePeer } from './ranges.ts';

/** The owner of the peers. */
interface AdmissionHost {
  readonly clock: Clock;
  readonly timers: TimerQueue;
  readonly events: EventSink;
  readonly spec: RouterSpec;
  readonly stopping: boolean;
  /** Names of the peers that a command has disabled. */
  readonly disabled: { has(name: string): boolean };
  /** By name (`peerName`). */
  readonly peers: ReadonlyMap<string, Peer>;
  addPeer(spec: PeerSpec, dynamic: boolean): Peer;
  removePeer(peer: Peer, notification: Notification, why: string): void;
  /** The most specific range that contains an address, or null. */
  rangeOf(address: Uint8Array): DynamicRangeSpec | null;
  noteRefused(address: string, reason: RefusalReason, detail: string): void;
  rearm(): void;
}

export class Admission {
  /** Number of dynamic peers by range. */
  private readonly counts = new Map<DynamicRangeSpec, number>();
  /** Idle dynamic peers: each is removed some time after it became idle. */
  private readonly forgetting = new Map<Peer, Timer>();
  private readonly attempts = new Attempts();
  /** Why the key of a peer or range is not set on the listening sockets, in words, by its prefix as text. */
  private keyProblems: ReadonlyMap<string, string> = new Map();
  private readonly host: AdmissionHost;

  constructor(host: AdmissionHost) {
    this.host = host;
  }

  /** A connection was accepted: it belongs to a configured peer, or to one of a dynamic range. */
  accept(connection: Connection): void {
    if (this.host.stopping) {
      this.refuse(connection, 'stopping', 'the daemon is stopping');
      return;
    }
    const peer = this.peerOf(connection);
    const name = peer?.name ?? endName(connection.remoteAddress, connection.interfaceName);
    if ((peer === undefined || peer.dynamic) && !this.mayTry(connection)) return;
    if (this.host.disabled.has(name)) this.refuse(connection, 'shutdown', 'the peer is disabled by a command');
    else if (peer === undefined) this.makeDynamic(connection)?.accept(connection);
    else if (peer.spec.shutdown) this.refuse(connection, 'shutdown', 'the peer is administratively down');
    else if (this.fits(connection, peer.spec.transport, peer)) peer.accept(connection);
  }

  /** A neighbor on a link is identified by its address there, or by the interface alone. */
  private peerOf({ remoteAddress, interfaceName }: Connection): Peer | undefined {
    const { peers } = this.host;
    const peer = peers.get(endName(remoteAddress, interfaceName));
    return peer !== undefined || interfaceName === null ? peer : peers.get(interfaceName);
  }

  /** Sets the keys that could not be set on the listening sockets: their peers get no new session. */
  setKeyProblems(problems: ReadonlyMap<string, string>): void {
    const known = this.keyProblems;
    this.keyProblems = problems;
    for (const [prefix, problem] of problems) {
      if (known.get(prefix) !== problem) this.host.events.emit({ name: 'listen.key-failed', prefix, problem });
    }
  }

  /** Why the key of a peer is not set on the listening sockets, in words; null: it is set. */
  keyProblemOf(address: Uint8Array, { password }: TransportSpec, dynamic: boolean): string | null {
    if (password === null || this.keyProblems.size === 0) return null;
    const prefix = dynamic ? this.host.rangeOf(address)?.prefix : { address, length: address.length * 8 };
    return prefix === undefined ? null : (this.keyProblems.get(formatPrefix(prefix)) ?? null);
  }

  /** Dynamic peers of a range, without those of more specific ranges. */
  countOf(range: DynamicRangeSpec): number {
    return this.counts.get(range) ?? 0;
  }

  /** Counts again after a change of the ranges. */
  recount(): void {
    this.counts.clear();
    for (const peer of this.host.peers.values()) this.added(peer);
  }

  added(peer: Peer): void {
    this.count(peer, 1);
  }

  removed(peer: Peer): void {
    this.count(peer, -1);
    this.forgetting.get(peer)?.cancel();
    this.forgetting.delete(peer);
  }

  /** The peer has no connection and no routes. */
  onPeerIdle(peer: Peer): void {
    const { host } = this;
    if (!peer.dynamic || host.peers.get(peer.name) !== peer) return;
    let forget = this.forgetting.get(peer);
    if (forget === undefined) {
      forget = new Timer(host.timers, () => {
        if (peer.isIdle) host.removePeer(peer, cease.deconfigured, 'it had no session for `forget-time`');
      });
      this.forgetting.set(peer, forget);
    }
    forget.arm(host.clock.nowMs() + (host.rangeOf(peer.spec.address)?.forgetMs ?? 0));
    host.rearm();
  }

  private count({ dynamic, spec }: Peer, by: 1 | -1): void {
    const range = dynamic ? this.host.rangeOf(spec.address) : null;
    if (range !== null) this.counts.set(range, this.countOf(range) + by);
  }

  /**
   * Whether an address is within its rate limit; an address outside of all ranges is refused for that reason instead.
   */
  private mayTry(connection: Connection): boolean {
    const range = this.host.rangeOf(connection.remoteAddress);
    if (range === null) return true;
    const { attemptsPerMinute: perMinute } = range;
    const name = formatAddress(connection.remoteAddress);
    if (this.attempts.take(name, perMinute, this.host.clock.nowMs())) return true;
    this.refuse(connection, 'too-often', `more than ${perMinute} connections per minute`);
    return false;
  }

  private makeDynamic(connection: Connection): Peer | null {
    const range = this.host.rangeOf(connection.remoteAddress);
    if (range === null) {
      this.refuse(connection, 'unknown-address', 'no peer or dynamic range matches this address');
      return null;
    }
    if (this.countOf(range) >= range.limit) {
      this.refuse(
        connection,
        'range-limit',
        `${formatPrefix(range.prefix)} has reached its limit of ${range.limit} peers`,
      );
      return null;
    }
    if (!this.fits(connection, range.transport, null)) return null;
    return this.host.addPeer(rangePeer(range, connection.remoteAddress), true);
  }

  /** Sets the options of the peer on the connection, or refuses it. */
  private fits(connection: Connection, transport: TransportSpec, peer: Peer | null): boolean {
    const barred = this.keyProblemOf(connection.remoteAddress, transport, peer?.dynamic ?? true);
    const problem = barred ?? connection.configure(transport);
    peer?.fit.note(problem);
    if (problem !== null) this.refuse(connection, 'transport', problem);
    return problem === null;
  }

  private refuse(connection: Connection, reason: RefusalReason, detail: string): void {
    this.host.noteRefused(endName(connection.remoteAddress, connection.interfaceName), reason, detail);
    connection.close();
  }
}
