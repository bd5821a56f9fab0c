/** Whether the connections of a peer can be given what its settings ask for; where not, it has none. */
import type { PeerSpec } from '../../spec/peer.ts';
import type { Core } from '../ports/core.ts';
import type { PeerConnections } from './peer-connections.ts';

interface Whose {
  readonly name: string;
  readonly spec: PeerSpec;
  readonly dynamic: boolean;
}

export class TransportFit {
  private readonly core: Core;
  private readonly peer: Whose;
  /** Why its last connection could not be given what it needs, in words for the operator; null: it could. */
  private unfit: string | null = null;

  constructor(core: Core, peer: Whose) {
    this.core = core;
    this.peer = peer;
  }

  /** Why the peer can have no connection, in words for the operator; null: nothing stands in the way. */
  get problem(): string | null {
    return this.keyProblem ?? this.unfit;
  }

  /** Why the sockets that listen do not have its key: then it is not dialed either. */
  get keyProblem(): string | null {
    const { spec, dynamic } = this.peer;
    return this.core.keyProblemOf(spec.address, spec.transport, dynamic);
  }

  /** Remembers why a connection could not be given what it needs (null: it could), and tells it when it is new. */
  note(problem: string | null): void {
    if (problem !== null && problem !== this.unfit) {
      this.core.events.emit({ name: 'peer.transport-failed', peer: this.peer.name, problem });
    }
    this.unfit = problem;
  }

  /** Gives what is open the options that are in force now; false: it does not take them. */
  refit(connections: PeerConnections): boolean {
    for (const connection of [connections.out, connections.in]) {
      if (connection === null) continue;
      this.note(connection.tcp.configure(this.peer.spec.transport));
      if (this.unfit !== null) return false;
    }
    return true;
  }
}
