/** Executes the actions of the state machine of a peer: the only place that does. */
import { describeDown } from '../../fsm/describe.ts';
import type { Action, Event, Negotiated, Side, StateName, TimerName } from '../../fsm/types.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { encodeKeepalive, MAX_EXTENDED_LENGTH, MAX_MESSAGE_LENGTH } from '../../wire/message.ts';
import { encodeNotification } from '../../wire/notification.ts';
import { encodeOpen } from '../../wire/open/open.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';
import type { PeerConnections } from '../connection/peer-connections.ts';
import type { PeerCounters } from '../connection/peer-counters.ts';
import { attemptEvents, downEvent } from '../events/down-events.ts';
import type { Accounting, Reporting, Timing } from '../ports/core.ts';
import type { SessionKeeper } from '../session/session-keeper.ts';
import type { Incoming } from './incoming.ts';
import type { Machine, MachineActions } from './machine.ts';
import type { Outgoing } from './outgoing.ts';
import { PeerTimers } from './peer-timers.ts';

const KEEPALIVE = encodeKeepalive();

/** The parts of a peer that actions concern. */
interface Parts {
  readonly machine: Machine;
  readonly connections: PeerConnections;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly sessions: SessionKeeper;
  /** Called when a connection is closed here. */
  readonly whenClosed: () => void;
}

/** The peer. */
interface Acting {
  readonly name: string;
  readonly spec: PeerSpec;
  readonly counters: PeerCounters;
  /** The peer of an interface is at this address. */
  locate(address: Uint8Array): void;
}

export class Actions implements MachineActions {
  private readonly timers: PeerTimers;
  private readonly core: Timing & Reporting & Accounting;
  private readonly peer: Acting;
  private readonly parts: Parts;

  constructor(core: Timing & Reporting & Accounting, peer: Acting, parts: Parts) {
    this.core = core;
    this.peer = peer;
    this.parts = parts;
    this.timers = new PeerTimers(core.timers, (timer, side) => this.onTimer(timer, side));
  }

  perform(action: Action): void {
    const { connections, outgoing } = this.parts;
    switch (action.type) {
      case 'dial':
        outgoing.dialing.start();
        break;
      case 'cancelDial':
        outgoing.dialing.cancel();
        break;
      case 'close':
        if (connections.close(action.side)) this.parts.whenClosed();
        break;
      case 'sendOpen':
        connections[action.side]?.outbox.control(encodeOpen(action.open));
        break;
      case 'sendKeepalive':
        connections[action.side]?.outbox.control(KEEPALIVE);
        break;
      case 'sendNotification':
        this.core.countNotification('sent', action.notification);
        this.sendNotification(action);
        break;
      case 'arm':
        this.timers.arm(action.timer, action.side, this.core.clock.nowMs() + action.ms);
        break;
      case 'cancel':
        this.timers.cancel(action.timer, action.side);
        break;
      case 'established':
        this.onEstablished(connections[action.side] as PeerConnection, action.negotiated);
        break;
      case 'down':
        this.onDown(action);
        break;
    }
  }

  onStateEntered(state: StateName): void {
    if (state === 'OpenConfirm' || state === 'Established') this.peer.counters.forgetObstacle();
  }

  private sendNotification({ side, notification }: Extract<Action, { type: 'sendNotification' }>): void {
    const { connections, sessions } = this.parts;
    const { established } = sessions;
    const isLong = established?.connection.side === side && established.negotiated.extendedMessages;
    const limit = isLong ? MAX_EXTENDED_LENGTH : MAX_MESSAGE_LENGTH;
    connections[side]?.outbox.control(encodeNotification(notification, limit));
  }

  private onTimer(timer: TimerName, side: Side | null): void {
    if (timer === 'hold' && side !== null && this.receivedSince(side)) return;
    if (timer === 'connectRetry') this.parts.outgoing.dialing.noteTimeout();
    this.parts.machine.dispatch({ type: 'timer', timer, side } as Event);
  }

  /** The armed timers, each with its remaining milliseconds: the first of each name. */
  timersLeft(nowMs: number): ReadonlyMap<TimerName, number> {
    const left = new Map<TimerName, number>();
    for (const [name, atMs] of this.timers.armed()) left.set(name, Math.min(left.get(name) ?? atMs, atMs));
    const { established } = this.parts.sessions;
    if (established !== null && left.has('hold'))
      left.set('hold', established.connection.lastReceivedMs + established.negotiated.holdMs);
    return new Map([...left].map(([name, atMs]) => [name, Math.max(0, atMs - nowMs)]));
  }

  /** In Established, a received message does not rearm the hold timer; the deadline moves when the timer fires. */
  private receivedSince(side: Side): boolean {
    const { established } = this.parts.sessions;
    if (established === null || established.connection.side !== side) return false;
    const { lastReceivedMs, tcp } = established.connection;
    const nowMs = this.core.clock.nowMs();
    // Data that has arrived but is not read yet may contain a KEEPALIVE.
    const atMs = (tcp.isBehind ? nowMs : lastReceivedMs) + established.negotiated.holdMs;
    if (atMs <= nowMs) return false;
    this.timers.arm('hold', side, atMs);
    return true;
  }

  private onEstablished(connection: PeerConnection, negotiated: Negotiated): void {
    this.peer.locate(connection.tcp.remoteAddress);
    this.parts.outgoing.neighbor.hurry(false);
    this.parts.sessions.establish(connection, negotiated);
  }

  private onDown({ reason, wasEstablished }: Extract<Action, { type: 'down' }>): void {
    const { name, spec, counters } = this.peer;
    const { machine, incoming, outgoing, sessions } = this.parts;
    if (wasEstablished) outgoing.neighbor.hurry(true);
    if (reason.kind === 'notificationReceived') this.core.countNotification('received', reason.notification);
    const { text } = describeDown(reason, spec.session);
    counters.noteDown(reason, text, this.core.clock.nowMs(), wasEstablished);
    if (!wasEstablished) {
      for (const event of attemptEvents(name, spec, reason)) this.core.events.emit(event);
      return;
    }
    const upSeconds = Math.round((this.core.clock.nowMs() - machine.sinceMs) / 1000);
    this.core.events.emit(downEvent(name, spec, reason, upSeconds));
    sessions.end(reason);
    incoming.proceed();
  }
}
