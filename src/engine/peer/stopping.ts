/** Closes the connections of a peer from here, so that the peer keeps our routes only if it should. */
import type { LimitReached } from '../../fsm/types.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { cease, isForGood, type Notification } from '../../wire/notification.ts';
import type { SessionKeeper } from '../session/session-keeper.ts';
import type { Incoming } from './incoming.ts';
import type { Machine } from './machine.ts';

/** Why a peer is closed permanently: by an operator, with the cause in words, or by a limit. */
type Cause =
  | { readonly notification: Notification | null; readonly why: string }
  | { readonly notification: Notification; readonly limit: LimitReached };

export class Stopping {
  private readonly machine: Machine;
  private readonly incoming: Incoming;
  private readonly sessions: SessionKeeper;

  constructor(machine: Machine, incoming: Incoming, sessions: SessionKeeper) {
    this.machine = machine;
    this.incoming = incoming;
    this.sessions = sessions;
  }

  /**
   * Closes every connection, and removes the routes of the peer. A shutdown, a removal or a limit is permanent: a peer that
   * would keep our routes after a NOTIFICATION receives a hard reset (RFC 8538 3).
   */
  forGood(cause: Cause): void {
    this.incoming.closeWaiting();
    const { notification } = cause;
    const isPermanent = notification !== null && ('limit' in cause || isForGood(notification));
    const hard = isPermanent && this.sessions.keepsOverNotification;
    this.machine.dispatch({ ...cause, type: 'stop', notification: hard ? cease.hard(notification) : notification });
    this.sessions.abandon();
  }

  /**
   * Closes every connection for a restart of the daemon: a peer that supports it keeps our routes (RFC 4724, RFC 8538).
   * @param farewell the notification for a peer that keeps our routes after one
   * @param why the cause, in words
   */
  forRestart(spec: PeerSpec, farewell: Notification, why: string): void {
    this.incoming.closeWaiting();
    const { session } = this.sessions;
    const kept = spec.session.gracefulRestart?.full && session?.negotiated.gracefulRestart !== null;
    // Before Established the peer may still keep our earlier routes: a NOTIFICATION would remove them.
    const silent = kept && !this.sessions.keepsOverNotification;
    this.machine.dispatch({ type: 'stop', notification: silent ? null : farewell, why });
    this.sessions.bfd.end();
  }
}
