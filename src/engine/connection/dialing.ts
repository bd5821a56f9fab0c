/** Dials a peer: its address, the options of the connection, and the events when it fails. */
import type { PeerSpec } from '../../spec/peer.ts';
import { describeDialError } from '../events/down-events.ts';
import type { Core, Reporting, Timing } from '../ports/core.ts';
import type { Connection, Dial, DialFailure } from '../ports/ports.ts';
import type { LinkNeighbor } from './link-neighbor.ts';
import type { PeerCounters } from './peer-counters.ts';
import type { TransportFit } from './transport-fit.ts';

/** Minimum time between two log events for the same failure. */
const REPEAT_MS = 600_000;

/** The owner: the connections to a peer. */
export interface DialingUser {
  readonly name: string;
  readonly spec: PeerSpec;
  readonly counters: PeerCounters;
  /** The peer is at this address. */
  locate(address: Uint8Array): void;
  onDialed(connection: Connection): void;
  onDialFailed(): void;
}

export class Dialing {
  private dial: Dial | null = null;
  /** Errors since the last successful dial, and the time when each was logged; one entry per kind of error. */
  private readonly logged = new Map<string, number>();
  private readonly core: Timing & Reporting & Pick<Core, 'dialer'>;
  private readonly user: DialingUser;
  private readonly fit: TransportFit;
  private readonly neighbor: LinkNeighbor;

  constructor(
    core: Timing & Reporting & Pick<Core, 'dialer'>,
    user: DialingUser,
    fit: TransportFit,
    neighbor: LinkNeighbor,
  ) {
    this.core = core;
    this.user = user;
    this.fit = fit;
    this.neighbor = neighbor;
  }

  get underWay(): boolean {
    return this.dial !== null;
  }

  start(): void {
    const { address } = this.neighbor;
    if (address === null) this.neighbor.noteMissing();
    else this.user.locate(address);
    if (address === null || this.fit.keyProblem !== null) {
      this.user.onDialFailed();
      return;
    }
    const { port, localAddress, transport, interfaceName } = this.user.spec;
    this.dial = this.core.dialer.dial(
      { address, port, localAddress, transport, interfaceName },
      (connection) => this.onConnected(connection),
      (failure) => this.onFailed(failure),
    );
  }

  cancel(): void {
    this.dial?.cancel();
    this.dial = null;
  }

  /** The dial took too long: another one replaces it. */
  noteTimeout(): void {
    if (this.dial !== null) this.reportFailed('ETIMEDOUT');
  }

  private onConnected(connection: Connection): void {
    this.dial = null;
    this.logged.clear();
    // A reload may have changed the options since the dial started.
    this.fit.note(connection.configure(this.user.spec.transport));
    if (this.fit.problem === null) {
      this.user.onDialed(connection);
      return;
    }
    connection.close();
    this.user.onDialFailed();
  }

  private onFailed({ error, unfit }: DialFailure): void {
    this.dial = null;
    this.fit.note(unfit ? error : null);
    if (!unfit) this.reportFailed(error);
    this.neighbor.rotate();
    this.user.onDialFailed();
  }

  /** The failure of a peer that stays unreachable is logged once, and again from time to time. */
  private reportFailed(name: string): void {
    const { counters, spec } = this.user;
    const { port, transport } = spec;
    const error = describeDialError(name, transport);
    const nowMs = this.core.clock.nowMs();
    counters.noteConnectError(`connecting to port ${port} failed: ${error}`, nowMs);
    const loggedMs = this.logged.get(error);
    if (loggedMs !== undefined && nowMs - loggedMs < REPEAT_MS) return;
    this.logged.set(error, nowMs);
    this.core.events.emit({ name: 'peer.connect-failed', peer: this.user.name, port, error });
  }
}
