/** One assertion per (state, event) cell of matrix.ts. */
import type { PeerState } from '../../src/fsm/peer.ts';
import { initialState, stateName } from '../../src/fsm/peer.ts';
import { step } from '../../src/fsm/step.ts';
import type { Action, Event, OurSession, Side } from '../../src/fsm/types.ts';
import { notification } from '../../src/wire/notification.ts';
import { peerOpen, sessionSpec } from './fixtures.ts';
import type { EventKey, RowKey } from './matrix.ts';
import { EVENT_KEYS, MATRIX, ROW_KEYS } from './matrix.ts';

/** How a row's state is reached, and the side that its events are of. */
interface Row {
  readonly spec: OurSession;
  readonly side: Side;
  readonly path: readonly Event[];
}

const START: Event = { type: 'start' };
const CONNECTED: Event = { type: 'connected' };
const ACCEPTED: Event = { type: 'accepted' };
const OPEN: Event = { type: 'open', side: 'out', open: peerOpen() };
const KEEPALIVE: Event = { type: 'keepalive', side: 'out' };
const MISBEHAVED: Event[] = [{ type: 'update', side: 'out' }];
const RELEASED: Event = { type: 'timer', timer: 'idleHold' };

const active = sessionSpec();
const passive = sessionSpec({ passive: true });

const ROWS: Readonly<Record<RowKey, Row>> = {
  'Idle, stopped': { spec: active, side: 'out', path: [] },
  'Idle, damped': { spec: active, side: 'out', path: [START, CONNECTED, ...MISBEHAVED] },
  Connect: { spec: active, side: 'out', path: [START] },
  'Connect, DelayOpen running': { spec: sessionSpec({ delayOpenMs: 1000 }), side: 'out', path: [START, CONNECTED] },
  Active: { spec: active, side: 'out', path: [START, { type: 'connectFailed' }] },
  'Active, passive peer': { spec: passive, side: 'out', path: [START] },
  'Active, DelayOpen running': { spec: { ...passive, delayOpenMs: 1000 }, side: 'in', path: [START, ACCEPTED] },
  OpenSent: { spec: active, side: 'out', path: [START, CONNECTED] },
  'OpenSent, KEEPALIVE held back': { spec: active, side: 'out', path: [START, CONNECTED, ACCEPTED, OPEN] },
  OpenConfirm: { spec: active, side: 'out', path: [START, CONNECTED, OPEN] },
  Established: {
    spec: active,
    side: 'out',
    path: [START, CONNECTED, ...MISBEHAVED, RELEASED, CONNECTED, OPEN, KEEPALIVE],
  },
};

const EVENTS: Readonly<Record<EventKey, (side: Side) => Event>> = {
  start: () => START,
  'stop with CEASE': () => ({ type: 'stop', notification: notification(6, 2) }),
  'stop in silence': () => ({ type: 'stop', notification: null }),
  connected: () => CONNECTED,
  connectFailed: () => ({ type: 'connectFailed' }),
  accepted: () => ACCEPTED,
  challenged: () => ({ type: 'challenged' }),
  restarted: () => ({ type: 'restarted' }),
  closed: (side) => ({ type: 'closed', side }),
  OPEN: (side) => ({ type: 'open', side, open: peerOpen() }),
  'OPEN of another AS': (side) => ({ type: 'open', side, open: peerOpen({ localAs: 65001 }) }),
  'OPEN with a hold time of 2 s': (side) => ({ type: 'open', side, open: peerOpen({ holdMs: 2000 }) }),
  KEEPALIVE: (side) => ({ type: 'keepalive', side }),
  UPDATE: (side) => ({ type: 'update', side }),
  'ROUTE-REFRESH': (side) => ({ type: 'routeRefresh', side }),
  'NOTIFICATION 2/2': (side) => ({ type: 'notification', side, notification: notification(2, 2) }),
  'NOTIFICATION 6/4': (side) => ({ type: 'notification', side, notification: notification(6, 4) }),
  'NOTIFICATION 6/7': (side) => ({ type: 'notification', side, notification: notification(6, 7) }),
  'message error 1/2': (side) => ({ type: 'messageError', side, notification: notification(1, 2) }),
  'BFD down': (side) => ({
    type: 'bfdDown',
    side,
    loss: { cause: 'silence', detectionMs: 300, diag: 'no diagnostic', independent: false },
  }),
  'connectRetry expires': () => ({ type: 'timer', timer: 'connectRetry' }),
  'idleHold expires': () => RELEASED,
  'hold expires': (side) => ({ type: 'timer', timer: 'hold', side }),
  'keepalive expires': (side) => ({ type: 'timer', timer: 'keepalive', side }),
  'delayOpen expires': (side) => ({ type: 'timer', timer: 'delayOpen', side }),
};

function apply(state: PeerState, event: Event, spec: OurSession): { state: PeerState; actions: Action[] } {
  const actions: Action[] = [];
  return { state: step(state, event, spec, () => 0.5, actions), actions };
}

function reach({ path, spec }: Row): PeerState {
  return path.reduce((state, event) => apply(state, event, spec).state, initialState());
}

function render(action: Action, side: Side): string {
  const at = 'side' in action && action.side !== null && action.side !== side ? `/${action.side}` : '';
  switch (action.type) {
    case 'dial':
      return 'dial';
    case 'cancelDial':
      return '-dial';
    case 'close':
      return `close${at}`;
    case 'sendOpen':
      return `OPEN${at}`;
    case 'sendKeepalive':
      return `KA${at}`;
    case 'sendNotification':
      return `N${action.notification.code}/${action.notification.subcode}${at}`;
    case 'arm':
      return `+${action.timer}${at}`;
    case 'cancel':
      return `-${action.timer}${at}`;
    case 'established':
      return `UP${at}`;
    case 'down':
      return `down(${action.reason.kind})${at}`;
  }
}

function renderCell(before: PeerState, after: PeerState, actions: readonly Action[], side: Side): string {
  if (after === before && actions.length === 0) return '=';
  return `${stateName(after)} | ${actions.map((action) => render(action, side)).join(' ')}`.trimEnd();
}

describe.each(ROW_KEYS)('%s', (rowKey) => {
  const row = ROWS[rowKey];

  test('is the state that the row says', () => {
    expect(stateName(reach(row))).toBe(rowKey.split(',')[0]);
  });

  test.each(EVENT_KEYS)('%s', (eventKey) => {
    const before = reach(row);
    const { state, actions } = apply(before, EVENTS[eventKey](row.side), row.spec);
    expect(renderCell(before, state, actions, row.side)).toBe(MATRIX[rowKey][eventKey]);
  });

  test('has a cell for every event, and for no other', () => {
    expect(Object.keys(MATRIX[rowKey]).sort()).toEqual([...EVENT_KEYS].sort());
    expect(Object.keys(EVENTS).sort()).toEqual([...EVENT_KEYS].sort());
  });

  test('events of an absent connection change nothing', () => {
    const before = reach(row);
    for (const side of ['out', 'in'] as const) {
      if (before[side] !== null) continue;
      for (const eventKey of EVENT_KEYS) {
        const event = EVENTS[eventKey](side);
        if (!('side' in event)) continue;
        expect(apply(before, event, row.spec)).toEqual({ state: before, actions: [] });
      }
    }
  });
});

test('the matrix has a row for every state of RFC 4271', () => {
  expect(Object.keys(MATRIX).sort()).toEqual([...ROW_KEYS].sort());
  const names = new Set(ROW_KEYS.map((key) => key.split(',')[0]));
  expect([...names]).toEqual(['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established']);
});
