/** Any events in any order, also such as no sane caller would send: what the actions never do. */
import fc from 'fast-check';
import { initialState, type PeerState, stateName } from '../../src/fsm/peer.ts';
import { step } from '../../src/fsm/step.ts';
import type { Action, Event, OurSession, Side } from '../../src/fsm/types.ts';
import { notification } from '../../src/wire/notification.ts';
import { peerOpen, sessionSpec } from './fixtures.ts';

const side = fc.constantFrom<Side>('out', 'in');

const anyNotification = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 11 }))
  .map(([code, subcode]) => notification(code, subcode));

/** Mostly an acceptable OPEN, so that the later states are reached. */
const anyOpen = fc
  .record({
    routerId: fc.constantFrom(1, 0x7fffffff, 0xffffffff),
    holdMs: fc.constantFrom(90_000, 90_000, 3_000, 0, 1_000),
    localAs: fc.constantFrom(65000, 65000, 65000, 65001),
    gracefulRestart: fc.constantFrom(null, { full: true, restartMs: 120_000, staleMs: 300_000 }),
  })
  .map((changes) => peerOpen(changes));

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.constantFrom<Event>(
    { type: 'start' },
    { type: 'start' },
    { type: 'connected' },
    { type: 'connected' },
    { type: 'accepted' },
    { type: 'restarted' },
    { type: 'connectFailed' },
    { type: 'challenged' },
    { type: 'timer', timer: 'connectRetry' },
    { type: 'timer', timer: 'idleHold' },
    { type: 'timer', timer: 'idleHold' },
    { type: 'stop', notification: null },
  ),
  side.map((s): Event => ({ type: 'keepalive', side: s })),
  side.map((s): Event => ({ type: 'keepalive', side: s })),
  fc.tuple(side, anyOpen).map(([s, open]): Event => ({ type: 'open', side: s, open })),
  fc.tuple(side, anyOpen).map(([s, open]): Event => ({ type: 'open', side: s, open })),
  fc
    .tuple(side, fc.constantFrom('closed' as const, 'update' as const, 'routeRefresh' as const))
    .map(([s, type]): Event => ({ type, side: s })),
  fc
    .tuple(side, fc.constantFrom('hold' as const, 'keepalive' as const, 'delayOpen' as const))
    .map(([s, timer]): Event => ({ type: 'timer', timer, side: s })),
  fc
    .tuple(side, anyNotification, fc.constantFrom('notification' as const, 'messageError' as const))
    .map(([s, n, type]): Event => ({ type, side: s, notification: n })),
);

const anySpec: fc.Arbitrary<OurSession> = fc
  .record({
    passive: fc.boolean(),
    delayOpenMs: fc.constantFrom(0, 0, 500),
    idleHoldMs: fc.constantFrom(0, 5_000),
    holdMs: fc.constantFrom(0, 90_000),
    routerId: fc.constantFrom(2, 0x80000000),
    gracefulRestart: fc.constantFrom(null, { full: true, restartMs: 120_000, staleMs: 300_000 }),
  })
  .map((changes) => sessionSpec(changes));

/** The world as a caller sees it: which connections, dials and timers there are. */
class World {
  readonly connections = new Set<Side>();
  readonly timers = new Set<string>();
  dialing = false;
  sessions = 0;

  /** False: this event cannot be, for the caller has no place for the connection. */
  before(event: Event): boolean {
    if (event.type === 'connected') {
      if (this.connections.has('out')) return false;
      this.connections.add('out');
      this.dialing = false;
    }
    if (event.type === 'accepted') {
      if (this.connections.has('in')) return false;
      this.connections.add('in');
    }
    if (event.type === 'connectFailed') this.dialing = false;
    if (event.type === 'closed') this.connections.delete(event.side);
    if (event.type === 'timer') this.timers.delete(`${event.timer}/${'side' in event ? event.side : null}`);
    return true;
  }

  after(action: Action): void {
    if ('side' in action && action.side !== null && action.type !== 'down' && action.type !== 'cancel') {
      if (!this.connections.has(action.side)) throw new Error(`${action.type} on a dead connection`);
    }
    if (action.type === 'dial' && this.dialing) throw new Error('two dials');
    if (action.type === 'cancelDial' && !this.dialing) throw new Error('a dial is cancelled that is not there');
    if (action.type === 'dial' || action.type === 'cancelDial') this.dialing = action.type === 'dial';
    if (action.type === 'arm') this.timers.add(`${action.timer}/${action.side}`);
    if (action.type === 'cancel') this.timers.delete(`${action.timer}/${action.side}`);
    if (action.type === 'close') this.connections.delete(action.side);
    if (action.type === 'established') this.sessions++;
    if (action.type === 'down' && action.wasEstablished) this.sessions--;
  }

  /** The state says what is there, and nothing of what is gone has a timer. */
  compare(state: PeerState): void {
    for (const s of ['out', 'in'] as const) {
      if ((state[s] !== null) !== this.connections.has(s)) throw new Error(`wrong about connection ${s}`);
      const left = [...this.timers].find((timer) => timer.endsWith(`/${s}`));
      if (state[s] === null && left !== undefined) throw new Error(`${left} outlives its connection`);
    }
    if (state.dialing !== this.dialing) throw new Error('wrong about the dial');
    if (state.retrying !== this.timers.has('connectRetry/null')) throw new Error('wrong about connectRetry');
    if ((state.idleHold !== 'off') !== this.timers.has('idleHold/null')) throw new Error('wrong about idleHold');
    const up = stateName(state) === 'Established';
    if (up && (state.dialing || state.retrying)) throw new Error('Established, and still dialing');
    if ((up ? 1 : 0) !== this.sessions) throw new Error('wrong about the session');
  }
}

test('no order of events writes on a dead connection, leaves its timers, or reports a session twice', () => {
  const reached = new Set<string>();
  const run = fc.property(anySpec, fc.array(anyEvent, { minLength: 5, maxLength: 60 }), (spec, events) => {
    const world = new World();
    let state = initialState();
    for (const event of [{ type: 'start' } as const, ...events]) {
      if (!world.before(event)) continue;
      const actions: Action[] = [];
      state = step(state, event, spec, () => 0.5, actions);
      for (const action of actions) world.after(action);
      world.compare(state);
      reached.add(stateName(state));
    }
  });
  // All of them in the unit tests, too: a tenth does not always reach every state.
  fc.assert(run, { numRuns: 1500 });
  expect(reached.size).toBe(6);
});

test('an event does not change the state that it is applied to', () => {
  const events: Event[] = [
    { type: 'start' },
    { type: 'connected' },
    { type: 'open', side: 'out', open: peerOpen() },
    { type: 'keepalive', side: 'out' },
    { type: 'closed', side: 'out' },
  ];
  let state = initialState();
  for (const event of events) {
    const before = structuredClone(state);
    const next = step(Object.freeze(state), event, sessionSpec(), () => 0.5, []);
    expect(state).toEqual(before);
    state = next;
  }
});
