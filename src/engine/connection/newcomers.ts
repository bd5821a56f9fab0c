/**
 * Connections that a peer opens while its session is established. If a connection alone closed the session, any program
 * that can connect from the peer's address could do that, such as a health check. So a new connection waits beside the
 * session for its OPEN, is validated, and then either takes over or is refused.
 *
 *   connection ─► waits ─┬─ closed by the peer, no OPEN in time, or a rejected OPEN ─► closed, the session stays
 *                        ├─ a valid OPEN and graceful restart (RFC 4724 5) ─► the session is closed, it takes over
 *                        ├─ a valid OPEN, no graceful restart (RFC 4271 6.8) ─► Cease / collision, the session stays
 *                        └─ the session is closed for another reason ─► the newest takes over
 */
import { unexpectedMessage } from '../../fsm/errors.ts';
import { negotiate } from '../../fsm/negotiate.ts';
import type { DownReason, Negotiated } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { MESSAGE } from '../../wire/message.ts';
import { cease, encodeNotification, type Notification } from '../../wire/notification.ts';
import type { OpenMessage } from '../../wire/open/open.ts';
import { attemptEvents } from '../events/down-events.ts';
import type { Accounting, Reporting, Tapping, Timing } from '../ports/core.ts';
import type { Connection } from '../ports/ports.ts';
import { readMessage } from './messages.ts';
import { type ConnectionOwner, PeerConnection } from './peer-connection.ts';
import type { PeerConnections } from './peer-connections.ts';

/** Maximum number that wait beside one session; a further one replaces the oldest. */
const MAX_WAITING = 4;

/** Maximum wait for an OPEN. */
const OPEN_WAIT_MS = 10_000;

/**
 * A connection that was opened together with that of the session (RFC 4271 6.8) may be accepted late: a new connection
 * within this time after the session was established is not a restart.
 */
const COLLISION_MS = 1_000;

/** Maximum time until a host that lost its state answers a segment of its old connection with a reset. */
const PROBE_MS = 1_000;

/** The established session. */
export interface StandingSession {
  readonly connection: PeerConnection;
  readonly negotiated: Negotiated;
}

/** The owner: the connections that a peer opens. */
export interface NewcomersUser {
  readonly name: string;
  readonly spec: PeerSpec;
  readonly standing: StandingSession | null;
  /** Milliseconds of the clock at which the session was established. */
  readonly stateSinceMs: number;
  nowMs(): number;
  /** The peer lost its state: close the session, and call `release`. */
  onPeerRestarted(): void;
}

/** A waiting connection. */
interface Newcomer {
  readonly connection: PeerConnection;
  /** Its received and acceptable OPEN; null: none yet. */
  readonly open: OpenMessage | null;
  /** A KEEPALIVE followed the OPEN. */
  readonly confirmed: boolean;
}

export class Newcomers {
  /** The oldest first. */
  private waiting: Waiting[] = [];
  private readonly core: Timing & Reporting & Accounting & Tapping;
  private readonly user: NewcomersUser;
  private readonly connections: PeerConnections;

  constructor(core: Timing & Reporting & Accounting & Tapping, user: NewcomersUser, connections: PeerConnections) {
    this.core = core;
    this.user = user;
    this.connections = connections;
  }

  get count(): number {
    return this.waiting.length;
  }

  /** A connection was accepted while the session is established. */
  add(connection: Connection): void {
    if (this.waiting.length === MAX_WAITING) this.refuse(this.waiting[0], 'a newer connection replaced it');
    const waiting: Waiting = new Waiting(this.core, connection, this.user, this);
    this.waiting.push(waiting);
    waiting.arm(OPEN_WAIT_MS);
  }

  /** The session is closed: returns the connection that takes over, if any, and closes the others. */
  release(): Newcomer | null {
    const chosen = this.waiting.findLast(({ open }) => open !== null) ?? this.waiting.at(-1) ?? null;
    for (const waiting of [...this.waiting]) {
      if (waiting !== chosen) this.refuse(waiting, 'a newer connection replaced it');
    }
    if (chosen !== null) this.forget(chosen);
    return chosen;
  }

  /** Closes all without a NOTIFICATION. */
  closeAll(): void {
    for (const waiting of this.waiting.splice(0)) {
      waiting.cancel();
      waiting.connection.abort();
    }
    this.core.rearm();
  }

  /** A valid OPEN was received: decides now, or schedules the decision. */
  onOpened(waiting: Waiting): void {
    const now = this.user.nowMs();
    const settledMs = this.user.stateSinceMs + COLLISION_MS;
    const dueMs = Math.max(settledMs, this.restarts ? now : waiting.sinceMs + PROBE_MS);
    waiting.mayCollide = settledMs > now;
    if (dueMs <= now) this.decide(waiting);
    else waiting.arm(dueMs - now);
  }

  onDue(waiting: Waiting): void {
    if (waiting.open !== null) this.decide(waiting);
    else
      this.refuse(
        waiting,
        `no OPEN was received within ${OPEN_WAIT_MS / 1000} s, and a session with the peer is established`,
      );
  }

  /** Its OPEN is rejected: reports the reason, and closes. */
  reject(waiting: Waiting, notification: Notification, reason: DownReason): void {
    const { name, spec } = this.user;
    for (const event of attemptEvents(name, spec, reason)) this.core.events.emit(event);
    this.close(waiting, notification);
  }

  forget(waiting: Waiting): void {
    waiting.cancel();
    this.waiting = this.waiting.filter((other) => other !== waiting);
    this.core.rearm();
  }

  /** RFC 4724 5: with graceful restart of at least one family, a new connection means that the peer restarted. */
  private get restarts(): boolean {
    return (this.user.standing?.negotiated.gracefulRestart?.families.length ?? 0) > 0;
  }

  /**
   * After a collision with the connection of the session, the peer closes this one soon, or continues to use the
   * session: then it has not restarted.
   */
  private decide(waiting: Waiting): void {
    const collides = waiting.mayCollide && (this.user.standing?.connection.messagesIn ?? 0) > waiting.messagesBefore;
    if (this.restarts && !collides) this.user.onPeerRestarted();
    else this.refuse(waiting, 'a session with the peer is established');
  }

  private refuse(waiting: Waiting, detail: string): void {
    this.core.noteRefused(this.user.name, 'collision', detail);
    this.close(waiting, cease.collision);
  }

  private close(waiting: Waiting, notification: Notification): void {
    this.forget(waiting);
    this.core.countNotification('sent', notification);
    waiting.connection.outbox.control(encodeNotification(notification));
    this.connections.closeGently(waiting.connection);
  }
}

/** A waiting connection and its received messages. */
class Waiting implements ConnectionOwner, Newcomer {
  readonly connection: PeerConnection;
  readonly sinceMs: number;
  /** Messages of the session before this connection. */
  readonly messagesBefore: number;
  /** It was accepted so soon after the session was established that both may have been opened at once. */
  mayCollide = false;
  open: OpenMessage | null = null;
  confirmed = false;
  private readonly timer: Timer;
  private readonly core: Timing & Reporting & Accounting & Tapping;
  private readonly user: NewcomersUser;
  private readonly newcomers: Newcomers;

  constructor(
    core: Timing & Reporting & Accounting & Tapping,
    connection: Connection,
    user: NewcomersUser,
    newcomers: Newcomers,
  ) {
    this.core = core;
    this.user = user;
    this.newcomers = newcomers;
    this.sinceMs = user.nowMs();
    this.messagesBefore = user.standing?.connection.messagesIn ?? 0;
    this.timer = new Timer(core.timers, () => newcomers.onDue(this));
    this.connection = new PeerConnection('in', connection, this);
    core.taps.opened(user.name, this.connection);
  }

  nowMs(): number {
    return this.user.nowMs();
  }

  arm(ms: number): void {
    this.timer.arm(this.nowMs() + ms);
    this.core.rearm();
  }

  cancel(): void {
    this.timer.cancel();
  }

  /** An OPEN, and a KEEPALIVE after it: before our answer a peer sends no further messages. */
  onMessage(_: PeerConnection, bytes: Uint8Array, start: number, end: number, type: number): boolean {
    if (type === MESSAGE.notification) {
      this.newcomers.forget(this);
      this.connection.close();
      return false;
    }
    if (type === MESSAGE.keepalive && this.open !== null && !this.confirmed) {
      this.confirmed = true;
      return true;
    }
    if (type !== MESSAGE.open || this.open !== null) return this.fail(unexpectedMessage('OpenSent', type));
    const message = readMessage(bytes, start, end, type);
    if (message.type === 'messageError') return this.fail(message.notification);
    return message.type === 'open' && this.onOpen(message.open);
  }

  private onOpen(open: OpenMessage): boolean {
    const result = negotiate(this.user.spec.session, open);
    if (!result.ok) {
      const { notification, refusal } = result;
      this.newcomers.reject(this, notification, { kind: 'notificationSent', notification, refusal });
      return false;
    }
    this.open = open;
    this.newcomers.onOpened(this);
    return true;
  }

  private fail(notification: Notification): false {
    this.newcomers.reject(this, notification, { kind: 'notificationSent', notification });
    return false;
  }

  onFramingError(_: PeerConnection, notification: Notification): void {
    this.fail(notification);
  }

  onConnectionClosed(): void {
    this.newcomers.forget(this);
  }

  onInputDone(): void {}
}
