/** Collision detection (RFC 4271 6.8) in every combination of the two connections' states. */

import { preferredSide } from '../../src/fsm/collision.ts';
import type { Phase } from '../../src/fsm/peer.ts';
import { initialState } from '../../src/fsm/peer.ts';
import { step } from '../../src/fsm/step.ts';
import type { Action, Event, Negotiated, OurSession, Side } from '../../src/fsm/types.ts';
import { notification } from '../../src/wire/notification.ts';
import type { SessionOver } from '../lab/spec.ts';
import { peerOpen, peerSpec, sessionSpec } from './fixtures.ts';
import { Simulation } from './simulate.ts';

const LOW = 0x01010101;
const HIGH = 0xfe010101;

/** Our router id against the peer's, or our AS number where the ids are equal. */
const DOMINANT = sessionSpec({ routerId: HIGH });
const DOMINATED = sessionSpec({ routerId: LOW });
const PEER_ROUTER_ID = 0x7f000001;

function open(side: Side): Event {
  return { type: 'open', side, open: peerOpen({ routerId: PEER_ROUTER_ID }) };
}

interface Run {
  readonly phases: Readonly<Record<Side, Phase | null>>;
  /** What the last event brought. */
  readonly actions: readonly Action[];
}

function run(spec: OurSession, events: readonly Event[]): Run {
  let state = initialState();
  let actions: Action[] = [];
  for (const event of events) {
    actions = [];
    state = step(state, event, spec, () => 0.5, actions);
  }
  return { phases: { out: state.out?.phase ?? null, in: state.in?.phase ?? null }, actions };
}

/** The sides whose connection received 6/7 and was closed. */
function collided(actions: readonly Action[]): Side[] {
  return actions.flatMap((action) => {
    if (action.type !== 'sendNotification') return [];
    expect(action.notification).toMatchObject({ code: 6, subcode: 7 });
    expect(actions).toContainEqual({ type: 'close', side: action.side });
    return [action.side];
  });
}

const START: Event = { type: 'start' };
const CONNECTED: Event = { type: 'connected' };
const ACCEPTED: Event = { type: 'accepted' };
const BOTH = [START, CONNECTED, ACCEPTED];
const keepalive = (side: Side): Event => ({ type: 'keepalive', side });

describe('the connection that is kept', () => {
  const peer = (routerId: number, as = 65000) => ({ peerRouterId: routerId, peerAs: as }) as Negotiated;

  test.each<[string, SessionOver, Negotiated, Side]>([
    ['ours, when our id is higher', { routerId: 2 }, peer(1), 'out'],
    ["the peer's, when its id is higher", { routerId: 1 }, peer(2), 'in'],
    ['by ids as unsigned numbers', { routerId: 0x80000000 }, peer(0x7fffffff), 'out'],
    ['by ids as unsigned numbers, seen from the other side', { routerId: 0x7fffffff }, peer(0x80000000), 'in'],
    ['ours, when ids are equal and our AS is larger', { routerId: 1, localAs: 65001 }, peer(1), 'out'],
    ["the peer's, when ids are equal and its AS is larger", { routerId: 1 }, peer(1, 4_200_000_000), 'in'],
  ])('is %s', (_name, changes, negotiated, side) => {
    expect(preferredSide(sessionSpec(changes), negotiated)).toBe(side);
  });
});

describe('an OPEN on one connection', () => {
  /** spec, where the OPEN comes, what went before it on the other connection, and what both are afterwards. */
  test.each<[string, OurSession, Side, Event[], Phase | null, Phase | null, Side[]]>([
    // The other is in OpenSent: the preferred one goes on, the other one waits for it.
    ['out preferred, in OpenSent', DOMINANT, 'out', [], 'OpenConfirm', 'OpenSent', []],
    ['in preferred, out OpenSent', DOMINATED, 'in', [], 'OpenSent', 'OpenConfirm', []],
    ['out not preferred, in OpenSent', DOMINATED, 'out', [], 'OpenSent', 'OpenSent', []],
    ['in not preferred, out OpenSent', DOMINANT, 'in', [], 'OpenSent', 'OpenSent', []],
    // The other one got its OPEN first: it waits, or is in OpenConfirm.
    ['out preferred, in held back', DOMINANT, 'out', [open('in')], 'OpenConfirm', null, ['in']],
    ['in preferred, out held back', DOMINATED, 'in', [open('out')], null, 'OpenConfirm', ['out']],
    ['out not preferred, in OpenConfirm', DOMINATED, 'out', [open('in')], null, 'OpenConfirm', ['out']],
    ['in not preferred, out OpenConfirm', DOMINANT, 'in', [open('out')], 'OpenConfirm', null, ['in']],
  ])('%s', (_name, spec, side, before, outPhase, inPhase, closed) => {
    const { phases, actions } = run(spec, [...BOTH, ...before, open(side)]);
    expect(phases).toEqual({ out: outPhase, in: inPhase });
    expect(collided(actions)).toEqual(closed);
  });

  test('whose KEEPALIVE went out before the preferred connection came gives way to it', () => {
    const before = [START, CONNECTED, open('out'), ACCEPTED];
    const { phases, actions } = run(DOMINATED, [...before, open('in')]);
    expect(phases).toEqual({ out: null, in: 'OpenConfirm' });
    expect(collided(actions)).toEqual(['out']);
  });

  test('stays when it is preferred and the other one comes later', () => {
    const { phases, actions } = run(DOMINANT, [START, CONNECTED, open('out'), ACCEPTED, open('in')]);
    expect(phases).toEqual({ out: 'OpenConfirm', in: null });
    expect(collided(actions)).toEqual(['in']);
  });

  test('ends the dial that is under way', () => {
    const { phases, actions } = run(DOMINANT, [START, ACCEPTED, open('in')]);
    expect(phases).toEqual({ out: null, in: 'OpenConfirm' });
    expect(actions).toContainEqual({ type: 'cancelDial' });
  });

  test('ends another one on which DelayOpen still runs', () => {
    const { phases, actions } = run({ ...DOMINANT, delayOpenMs: 1000 }, [...BOTH, open('in')]);
    expect(phases).toEqual({ out: null, in: 'OpenConfirm' });
    expect(collided(actions)).toEqual(['out']);
  });
});

describe('a connection that waits for the preferred one', () => {
  const waiting = [...BOTH, open('out')];

  test('goes on when that one is closed', () => {
    const { phases, actions } = run(DOMINATED, [...waiting, { type: 'closed', side: 'in' }]);
    expect(phases).toEqual({ out: 'OpenConfirm', in: null });
    expect(actions).toContainEqual({ type: 'sendKeepalive', side: 'out' });
  });

  test('goes on when that one is refused', () => {
    const refused: Event = { type: 'notification', side: 'in', notification: notification(6, 7) };
    expect(run(DOMINATED, [...waiting, refused]).phases).toEqual({ out: 'OpenConfirm', in: null });
  });

  test('goes on when that one stays silent', () => {
    const late: Event = { type: 'timer', timer: 'delayOpen', side: 'out' };
    expect(run(DOMINATED, [...waiting, late]).phases).toEqual({ out: 'OpenConfirm', in: 'OpenSent' });
  });

  test('is Established at once when the KEEPALIVE of the peer came meanwhile', () => {
    const events: Event[] = [...waiting, keepalive('out'), { type: 'closed', side: 'in' }];
    const { phases, actions } = run(DOMINATED, events);
    expect(phases).toEqual({ out: 'Established', in: null });
    expect(actions.filter(({ type }) => type === 'established').length).toBe(1);
  });
});

describe('an Established connection', () => {
  const up = [START, CONNECTED, open('out'), keepalive('out')];

  test('ends the other one that is in OpenSent', () => {
    const { phases, actions } = run(DOMINATED, [...BOTH.slice(0, 2), open('out'), ACCEPTED, keepalive('out')]);
    expect(phases).toEqual({ out: 'Established', in: null });
    expect(collided(actions)).toEqual(['in']);
  });

  test('wins over a new one, which is closed', () => {
    const { phases, actions } = run(DOMINATED, [...up, ACCEPTED]);
    expect(phases).toEqual({ out: 'Established', in: null });
    expect(collided(actions)).toEqual(['in']);
  });

  test('is probed when the peer connects anew', () => {
    expect(run(DOMINATED, [...up, ACCEPTED]).actions).toContainEqual({ type: 'sendKeepalive', side: 'out' });
    const accepted = [START, ACCEPTED, open('in'), keepalive('in'), { type: 'challenged' } as const];
    expect(run(DOMINATED, accepted).actions).toEqual([{ type: 'sendKeepalive', side: 'in' }]);
  });
});

describe('a new connection from a peer with graceful restart', () => {
  const gracefulRestart = { full: true, restartMs: 120_000, staleMs: 300_000 };
  const spec = sessionSpec({ gracefulRestart });
  const theirs = (side: Side): Event => ({ type: 'open', side, open: peerOpen({ gracefulRestart }) });
  const byUs: Event[] = [START, CONNECTED, theirs('out'), keepalive('out')];
  const byThem: Event[] = [START, ACCEPTED, theirs('in'), keepalive('in')];
  const restarted = { type: 'down', reason: { kind: 'restarted' }, wasEstablished: true };

  test.each<[string, Side, Event[]]>([
    ['dialed', 'out', byUs],
    ['accepted', 'in', byThem],
  ])('ends the %s session without a NOTIFICATION once its OPEN is there (RFC 4724 5)', (_name, side, events) => {
    const { phases, actions } = run(spec, [...events, { type: 'restarted' }]);
    expect(phases[side]).toBeNull();
    expect(actions).toContainEqual({ type: 'close', side });
    expect(actions).toContainEqual(expect.objectContaining({ ...restarted, side }));
    expect(actions.filter(({ type }) => type === 'sendNotification')).toEqual([]);
    const back: Event[] = [{ type: 'restarted' }, ACCEPTED, theirs('in'), keepalive('in')];
    expect(run(spec, [...events, ...back]).phases).toEqual({ out: null, in: 'Established' });
  });

  test('is taken however often the host loses its state, and never makes it wait', () => {
    const damped = { ...spec, passive: true, idleHoldMs: 5_000, idleHoldMaxMs: 120_000 };
    const again: Event[] = [{ type: 'restarted' }, ACCEPTED, theirs('in'), keepalive('in')];
    const events = [...byThem, ...Array.from({ length: 6 }, () => again).flat()];
    expect(run(damped, events).phases).toEqual({ out: null, in: 'Established' });
  });

  test('does nothing to the session before its OPEN is there', () => {
    const { phases, actions } = run(spec, [...byThem, { type: 'challenged' }]);
    expect(phases).toEqual({ out: null, in: 'Established' });
    expect(actions).toEqual([{ type: 'sendKeepalive', side: 'in' }]);
  });
});

describe('a second connection from the peer', () => {
  const passive = sessionSpec({ passive: true });

  test.each<[string, Event[]]>([
    ['OpenSent', [START, ACCEPTED]],
    ['OpenConfirm', [START, ACCEPTED, open('in')]],
  ])('takes the place of an accepted one in %s', (_name, events) => {
    const first = run(passive, [...events, { type: 'challenged' }]);
    expect(first.phases).toEqual({ out: null, in: null });
    expect(collided(first.actions)).toEqual(['in']);
    expect(run(passive, [...events, { type: 'challenged' }, ACCEPTED]).phases.in).toBe('OpenSent');
  });

  test('of a host that lost power reaches Established within seconds, not hold times', () => {
    const net = new Simulation(
      { seed: 3 },
      sessionSpec({ passive: true, holdMs: 240_000 }),
      peerSpec({ holdMs: 240_000 }),
    );
    net.start(1000);
    expect(net.converged).toBe(true);
    net.b.reboot();
    net.run(7_500);
    expect(net.converged).toBe(true);
    expect(net.a.did('down')[0]!.action.reason).toEqual({ kind: 'closedByPeer', error: 'ECONNRESET' });
  });
});

test('a collision is no failure: it damps no peer', () => {
  const lost: Event = { type: 'notification', side: 'out', notification: notification(6, 7) };
  const { phases, actions } = run(sessionSpec(), [START, CONNECTED, open('out'), lost]);
  expect(phases).toEqual({ out: null, in: null });
  expect(actions).toContainEqual({ type: 'arm', timer: 'connectRetry', side: null, ms: 875 });
});

describe('silence', () => {
  const damped = sessionSpec({ passive: true, idleHoldMs: 5_000, idleHoldMaxMs: 120_000 });
  const session = [ACCEPTED, open('in'), keepalive('in')];

  test.each<[string, Event]>([
    ['of the peer for the hold time', { type: 'timer', timer: 'hold', side: 'in' }],
    ['of this side, as the peer says', { type: 'notification', side: 'in', notification: notification(4, 0) }],
  ])('%s is no misbehavior: the peer is taken back at once, however often', (_name, end) => {
    const lost = Array.from({ length: 4 }, () => [...session, end]).flat();
    expect(run(damped, [START, ...lost, ...session]).phases.in).toBe('Established');
  });

  test('after an OPEN with a hold time of zero ends the connection', () => {
    const zero: Event = { type: 'open', side: 'in', open: peerOpen({ holdMs: 0 }) };
    const { actions } = run(damped, [START, ACCEPTED, zero]);
    expect(actions).not.toContainEqual({ type: 'cancel', timer: 'hold', side: 'in' });
    const expired: Event = { type: 'timer', timer: 'hold', side: 'in' };
    expect(run(damped, [START, ACCEPTED, zero, expired]).phases.in).toBeNull();
    expect(run(damped, [START, ACCEPTED, zero, keepalive('in')]).actions).toContainEqual({
      type: 'cancel',
      timer: 'hold',
      side: 'in',
    });
    expect(run(damped, [START, ACCEPTED, zero, keepalive('in'), expired]).phases.in).toBe('Established');
  });
});
