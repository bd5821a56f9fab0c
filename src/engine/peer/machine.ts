/**
 * Runs the state machine of a peer: handles events one after the other.
 */
import { initialState, type PeerState, stateName } from '../../fsm/peer.ts';
import { step } from '../../fsm/step.ts';
import type { Action, Event, OurSession, StateName } from '../../fsm/types.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { Core, OwnRestart, Reporting, Timing } from '../ports/core.ts';

/** What executes the actions of a state machine. */
export interface MachineActions {
  perform(action: Action): void;
  onStateEntered(state: StateName): void;
}

/** The peer whose state it is. */
interface Subject {
  readonly name: string;
  readonly spec: PeerSpec;
  readonly actions: MachineActions;
}

export class Machine {
  /** Milliseconds of the clock at which the state was entered. */
  sinceMs: number;
  private state: PeerState = initialState();
  private readonly queue: Event[] = [];
  private stepping = false;
  private readonly core: Timing & Reporting & OwnRestart & Pick<Core, 'random'>;
  private readonly peer: Subject;

  constructor(core: Timing & Reporting & OwnRestart & Pick<Core, 'random'>, peer: Subject) {
    this.core = core;
    this.peer = peer;
    this.sinceMs = core.clock.nowMs();
  }

  get stateName(): StateName {
    return stateName(this.state);
  }

  /** Events that occur while another one is handled are queued. */
  dispatch(event: Event): void {
    this.queue.push(event);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) this.step(next);
    this.stepping = false;
    this.core.rearm();
  }

  private step(event: Event): void {
    const before = this.stateName;
    const actions: Action[] = [];
    this.state = step(this.state, event, this.ourSession(), this.core.random, actions);
    for (const action of actions) this.peer.actions.perform(action);
    const after = this.stateName;
    if (before === after) return;
    this.sinceMs = this.core.clock.nowMs();
    this.peer.actions.onStateEntered(after);
    this.core.events.emit({ name: 'peer.state', peer: this.peer.name, from: before, to: after });
  }

  /** The configured session, with the restart state of the daemon. */
  private ourSession(): OurSession {
    const { deferral, keepsForwarding } = this.core;
    return { ...this.peer.spec.session, restarted: deferral !== null, forwarding: keepsForwarding };
  }
}
