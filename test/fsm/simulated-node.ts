/**
 * A peer of the simulation: executes what its state machine asks for, and checks that it may: nothing is written on a
 * connection that is not there, no timer of such a one is armed or left behind.
 */
import type { PeerState } from '../../src/fsm/peer.ts';
import { initialState, otherSide, stateName } from '../../src/fsm/peer.ts';
import { step } from '../../src/fsm/step.ts';
import type { Action, Event, OurSession, Side, StateName, TimerName } from '../../src/fsm/types.ts';
import { cease, type Notification } from '../../src/wire/notification.ts';
import type { OpenMessage } from '../../src/wire/open/open.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What travels on a connection. */
export type Message =
  | { readonly type: 'open'; readonly open: OpenMessage }
  | { readonly type: 'keepalive' }
  | { readonly type: 'update' }
  | { readonly type: 'notification'; readonly notification: Notification };

/** What becomes of a dial. */
export interface Dialing {
  readonly wanted: () => boolean;
  readonly connected: (end: End) => void;
  readonly failed: () => void;
}

/** What a node asks of the network. */
export interface Network {
  readonly clock: VirtualClock;
  readonly random: () => number;
  dial(from: SimulatedNode, dialing: Dialing): void;
  send(from: End, message: Message): void;
  close(end: End): void;
}

/** One end of a TCP connection. */
export interface End {
  readonly node: SimulatedNode;
  readonly side: Side;
  far: End | null;
  /** The process still holds it. */
  open: boolean;
  /** When the last thing sent from here arrives: what is sent later does not overtake it. */
  lastArrivalMs: number;
}

export interface Journaled {
  readonly atMs: number;
  readonly event: Event;
  readonly actions: readonly Action[];
  readonly state: StateName;
}

function timerKey(timer: TimerName, side: Side | null): string {
  return side === null ? timer : `${timer}/${side}`;
}

export class SimulatedNode {
  state: PeerState = initialState();
  /** False: the node does not answer, nothing is processed (a host that lost power). */
  powered = true;
  /** False: connections are refused by the kernel. */
  listening = false;
  /** True: answers every OPEN at once, as a speaker does that follows RFC 4271 6.8 to the letter. */
  literal = false;
  readonly ends: Record<Side, End | null> = { out: null, in: null };
  readonly journal: Journaled[] = [];
  far!: SimulatedNode;
  spec: OurSession;
  readonly name: string;
  private readonly net: Network;
  private readonly timers = new Map<string, object>();
  private dialToken: object | null = null;

  constructor(net: Network, name: string, spec: OurSession) {
    this.net = net;
    this.name = name;
    this.spec = spec;
  }

  get stateName(): StateName {
    return stateName(this.state);
  }

  /** Every action so far of one type, with its time. */
  did<T extends Action['type']>(type: T): { readonly atMs: number; readonly action: Extract<Action, { type: T }> }[] {
    return this.journal.flatMap(({ atMs, actions }) =>
      actions
        .filter((action): action is Extract<Action, { type: T }> => action.type === type)
        .map((action) => ({ atMs, action })),
    );
  }

  handle(event: Event): void {
    const actions: Action[] = [];
    this.state = step(this.state, event, this.spec, this.net.random, actions);
    for (const action of actions) this.execute(action);
    this.journal.push({ atMs: this.net.clock.nowMs, event, actions, state: this.stateName });
    this.check();
    if (this.literal) this.answerHeldBack();
  }

  private answerHeldBack(): void {
    for (const side of ['out', 'in'] as const) {
      const connection = this.state[side];
      if (connection?.phase !== 'OpenSent' || connection.negotiated === null) continue;
      this.timers.delete(timerKey('delayOpen', side));
      this.handle({ type: 'timer', timer: 'delayOpen', side });
    }
  }

  /** The process comes up: it listens, and its peer is started. */
  boot(): void {
    this.listening = true;
    this.handle({ type: 'start' });
  }

  /** The process is gone without a FIN and starts anew: what it had is forgotten. */
  reboot(): void {
    for (const side of ['out', 'in'] as const) {
      if (this.ends[side] !== null) this.ends[side].open = false;
      this.ends[side] = null;
    }
    this.timers.clear();
    this.dialToken = null;
    this.state = initialState();
    this.boot();
  }

  receive(end: End, message: Message): void {
    if (end.open) this.handle({ ...message, side: end.side } as Event);
  }

  /** The far side's connection arrives. */
  incoming(end: End): void {
    if (this.ends.in !== null) this.handle({ type: 'challenged' });
    if (this.ends.in !== null) {
      this.net.send(end, { type: 'notification', notification: cease.collision });
      this.net.close(end);
      return;
    }
    this.ends.in = end;
    this.handle({ type: 'accepted' });
  }

  private execute(action: Action): void {
    switch (action.type) {
      case 'dial':
        this.dial();
        break;
      case 'cancelDial':
        if (this.dialToken === null) throw new Error('a dial is cancelled that is not under way');
        this.dialToken = null;
        break;
      case 'close':
        this.close(action.side);
        break;
      case 'sendOpen':
        this.net.send(this.end(action), { type: 'open', open: action.open });
        break;
      case 'sendKeepalive':
        this.net.send(this.end(action), { type: 'keepalive' });
        break;
      case 'sendNotification':
        this.net.send(this.end(action), { type: 'notification', notification: action.notification });
        break;
      case 'arm':
        this.arm(action.timer, action.side, action.ms);
        break;
      case 'cancel':
        this.timers.delete(timerKey(action.timer, action.side));
        break;
      case 'established':
        this.end(action);
        break;
      case 'down':
        break;
    }
  }

  private end(action: { readonly type: string; readonly side: Side }): End {
    const end = this.ends[action.side];
    if (end === null) throw new Error(`${this.name}: ${action.type} on a connection that is not there`);
    return end;
  }

  private close(side: Side): void {
    this.net.close(this.end({ type: 'close', side }));
    this.ends[side] = null;
  }

  private dial(): void {
    if (this.dialToken !== null || this.ends.out !== null) throw new Error('a second dial');
    const token = {};
    this.dialToken = token;
    this.net.dial(this, {
      wanted: () => this.dialToken === token,
      connected: (end) => {
        this.dialToken = null;
        this.ends.out = end;
        this.handle({ type: 'connected' });
      },
      failed: () => {
        this.dialToken = null;
        this.handle({ type: 'connectFailed' });
      },
    });
  }

  private arm(timer: TimerName, side: Side | null, ms: number): void {
    if (side !== null) this.end({ type: `arm ${timer}`, side });
    if (!(ms > 0)) throw new Error(`${timer} armed for ${ms} ms`);
    const token = {};
    const key = timerKey(timer, side);
    this.timers.set(key, token);
    this.net.clock.at(this.net.clock.nowMs + ms, () => {
      if (this.timers.get(key) !== token || !this.powered) return;
      this.timers.delete(key);
      this.handle({ type: 'timer', timer, side } as Event);
    });
  }

  /** What must be true after every event. */
  private check(): void {
    const { state, timers } = this;
    for (const side of ['out', 'in'] as const) {
      const there = this.ends[side] !== null;
      if ((state[side] !== null) !== there) throw new Error(`the state is wrong about connection ${side}`);
      for (const timer of ['hold', 'keepalive', 'delayOpen'] as const) {
        if (!there && timers.has(timerKey(timer, side))) throw new Error(`${timer} of a dead connection is armed`);
      }
      if (state[side]?.phase === 'Established' && state[otherSide(side)]?.phase === 'Established') {
        throw new Error('two connections are Established');
      }
      if (state[side] !== null && timers.size === 0 && state[side].negotiated?.holdMs !== 0) {
        throw new Error(`${this.name}: a connection without any timer`);
      }
    }
    if (timers.has('connectRetry') !== state.retrying) throw new Error('the state is wrong about connectRetry');
    if (timers.has('idleHold') !== (state.idleHold !== 'off')) throw new Error('the state is wrong about idleHold');
    if ((this.dialToken !== null) !== state.dialing) throw new Error('the state is wrong about the dial');
    const calm = !state.dialing && !state.retrying;
    if (this.stateName === 'Established' && !calm) throw new Error('Established, and still dialing');
    if (this.stateName === 'Idle' && (state.out ?? state.in) !== null) throw new Error('Idle with a connection');
    if (this.stateName === 'Idle' && !calm) throw new Error('Idle, and still dialing');
  }
}
