/** The connections to a peer: the router that is dialed, their options, and the neighbor that is found or lost. */
import type { PeerSpec } from '../../spec/peer.ts';
import { Dialing, type DialingUser } from '../connection/dialing.ts';
import { LinkNeighbor, type LinkUser } from '../connection/link-neighbor.ts';
import { PeerConnection } from '../connection/peer-connection.ts';
import type { PeerConnections } from '../connection/peer-connections.ts';
import type { PeerCounters } from '../connection/peer-counters.ts';
import { TransportFit } from '../connection/transport-fit.ts';
import type { Core } from '../ports/core.ts';
import type { Connection } from '../ports/ports.ts';
import type { Taps } from '../ports/taps.ts';
import type { Incoming } from './incoming.ts';
import type { Machine } from './machine.ts';
import type { Receiver } from './receiver.ts';

/** The peer that is dialed. */
interface Called {
  readonly name: string;
  readonly spec: PeerSpec;
  readonly dynamic: boolean;
  readonly counters: PeerCounters;
  /** The peer of an interface is at this address. */
  locate(address: Uint8Array): void;
}

export class Outgoing implements DialingUser, LinkUser {
  readonly fit: TransportFit;
  /** The neighbor, if the peer is configured by its interface. */
  readonly neighbor: LinkNeighbor;
  readonly dialing: Dialing;
  private readonly peer: Called;
  private readonly machine: Machine;
  private readonly connections: PeerConnections;
  private readonly taps: Taps;
  private readonly incoming: Incoming;
  private readonly receiver: Receiver;

  constructor(
    core: Core,
    peer: Called,
    machine: Machine,
    connections: PeerConnections,
    incoming: Incoming,
    receiver: Receiver,
  ) {
    this.peer = peer;
    this.machine = machine;
    this.taps = core.taps;
    this.connections = connections;
    this.incoming = incoming;
    this.receiver = receiver;
    this.fit = new TransportFit(core, peer);
    this.neighbor = new LinkNeighbor(core, this);
    this.dialing = new Dialing(core, this, this.fit, this.neighbor);
  }

  get name(): string {
    return this.peer.name;
  }

  get spec(): PeerSpec {
    return this.peer.spec;
  }

  get counters(): PeerCounters {
    return this.peer.counters;
  }

  locate(address: Uint8Array): void {
    this.peer.locate(address);
  }

  onDialed(connection: Connection): void {
    const opened = new PeerConnection('out', connection, this.receiver);
    this.taps.opened(this.peer.name, opened);
    this.connections.out = opened;
    this.machine.dispatch({ type: 'connected' });
  }

  onDialFailed(): void {
    this.machine.dispatch({ type: 'connectFailed' });
  }

  /** Dials immediately: earlier failures do not apply to a neighbor that was found only now. */
  onNeighborFound(): void {
    if (this.machine.stateName !== 'Active' || this.connections.any !== null) return;
    this.machine.dispatch({ type: 'stop', notification: null });
    this.machine.dispatch({ type: 'start' });
  }

  /** The neighbor is unreachable: closes its sessions without waiting for the hold timer. */
  onLinkDown(): void {
    this.incoming.closeWaiting();
    for (const connection of [this.connections.out, this.connections.in]) {
      if (connection === null) continue;
      connection.abort();
      this.receiver.onConnectionClosed(connection, 'ENETDOWN');
    }
  }
}
