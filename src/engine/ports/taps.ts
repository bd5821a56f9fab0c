/** Copies of the messages of single peers, for an operator who looks at them. Without a tap they cost one comparison. */
import type { Connection } from './ports.ts';

export interface Tap {
  /** Whole messages, one after the other, in `bytes[start, end)`, valid during the call. */
  messages(
    direction: 'received' | 'sent',
    connection: TappedConnection,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

/** A connection whose messages can be copied. */
export interface TappedConnection {
  /** `out`: this side dialed. */
  readonly side: 'in' | 'out';
  readonly tcp: Connection;
  /** null: no more copies. */
  listen(tap: Tap | null): void;
}

export class Taps {
  private readonly byPeer = new Map<string, Tap>();

  get count(): number {
    return this.byPeer.size;
  }

  has(peer: string): boolean {
    return this.byPeer.has(peer);
  }

  begin(peer: string, tap: Tap): void {
    this.byPeer.set(peer, tap);
  }

  end(peer: string): void {
    this.byPeer.delete(peer);
  }

  /** A connection of the peer was opened. */
  opened(peer: string, connection: TappedConnection): void {
    const tap = this.byPeer.get(peer);
    if (tap !== undefined) connection.listen(tap);
  }
}
