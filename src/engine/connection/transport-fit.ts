/** Whether the configured options can be set on the connections of a peer; if not, it has no connection. */
import type { PeerSpec } from '../../spec/peer.ts';
import type { Core, Reporting } from '../ports/core.ts';
import type { PeerConnections } from './peer-connections.ts';

interface Subject {
  readonly name: string;
  readonly spec: PeerSpec;
  readonly dynamic: boolean;
}

export class TransportFit {
  private readonly core: Reporting & Pick<Core, 'keyProblemOf'>;
  private readonly peer: Subject;
  /** Why the options of its last connection could not be set, in words for the operator; null: they are set. */
  private unfit: string | null = null;

  constructor(core: Reporting & Pick<Core, 'keyProblemOf'>, peer: Subject) {
    this.core = core;
    this.peer = peer;
  }

  /** Why no connection is possible, in words for the operator; null: a connection is possible. */
  get problem(): string | null {
    return this.keyProblem ?? this.unfit;
  }

  /** Why its key is not set on the listening sockets: then it is not dialed either. */
  get keyProblem(): string | null {
    const { spec, dynamic } = this.peer;
    return this.core.keyProblemOf(spec.address, spec.transport, dynamic);
  }

  /** Records why the options of a connection could not be set (null: they are set), and reports a new reason. */
  note(problem: string | null): void {
    if (problem !== null && problem !== this.unfit) {
      this.core.events.emit({ name: 'peer.transport-failed', peer: this.peer.name, problem });
    }
    this.unfit = problem;
  }

  /** Sets the current options on open connections; false: a socket rejected them. */
  refit(connections: PeerConnections): boolean {
    for (const connection of [connections.out, connections.in]) {
      if (connection === null) continue;
      this.note(connection.tcp.configure(this.peer.spec.transport));
      if (this.unfit !== null) return false;
    }
    return true;
  }
}
