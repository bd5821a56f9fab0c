/** Hours of protocol time: what runs out, how often, and what that leads to. */
import { initialState } from '../../src/fsm/peer.ts';
import { step } from '../../src/fsm/step.ts';
import { collisionWaitMs, LARGE_HOLD_MS } from '../../src/fsm/timers.ts';
import type { Action, Event } from '../../src/fsm/types.ts';
import { peerSpec, sessionSpec } from './fixtures.ts';
import { Simulation } from './simulate.ts';
import type { SimulatedNode } from './simulated-node.ts';

const HOUR_MS = 3_600_000;
const PASSIVE = { passive: true };

/** `a` dials, `b` waits: no collision. */
function pair(a = sessionSpec(), b = peerSpec(PASSIVE), seed = 1): Simulation {
  return new Simulation({ seed, minDelayMs: 1, maxDelayMs: 2 }, a, b);
}

function gaps(times: readonly { readonly atMs: number }[]): number[] {
  return times.slice(1).map(({ atMs }, i) => atMs - times[i]!.atMs);
}

function downs(node: SimulatedNode) {
  return node.did('down').map(({ action }) => action);
}

/** Times at which the node came back after it had been Idle. */
function idlePeriods(node: SimulatedNode): number[] {
  return node
    .did('arm')
    .filter(({ action }) => action.timer === 'idleHold')
    .map(({ action }) => action.ms);
}

describe('keepalives', () => {
  test('hold a silent session for hours', () => {
    const net = pair().start(10 * HOUR_MS);
    expect(net.converged).toBe(true);
    expect(downs(net.a)).toEqual([]);
  });

  test('are sent at 0.75 to 1.0 of a third of the hold time', () => {
    const net = pair().start(HOUR_MS);
    const sent = gaps(net.a.did('sendKeepalive').slice(1));
    expect(Math.min(...sent)).toBeGreaterThanOrEqual(22_500);
    expect(Math.max(...sent)).toBeLessThanOrEqual(30_000);
    expect(new Set(sent).size).toBeGreaterThan(20);
  });

  test('are never less than a second apart', () => {
    const net = pair(sessionSpec({ holdMs: 3000 })).start(60_000);
    expect(Math.min(...gaps(net.a.did('sendKeepalive').slice(1)))).toBeGreaterThanOrEqual(1000);
    expect(net.converged).toBe(true);
  });

  test('are not sent, and nothing expires, when the hold time is zero', () => {
    const net = pair(sessionSpec({ holdMs: 0 })).start(1000);
    net.cut = true;
    net.run(10 * HOUR_MS);
    expect(net.converged).toBe(true);
    expect(net.a.did('sendKeepalive').length).toBe(1);
  });

  test('of a zero hold time that fire all the same change nothing', () => {
    const net = pair(sessionSpec({ holdMs: 0 })).start(1000);
    for (const timer of ['hold', 'keepalive'] as const) {
      net.a.handle({ type: 'timer', timer, side: 'out' });
      expect(net.a.journal.at(-1)).toMatchObject({ actions: [], state: 'Established' });
    }
  });
});

describe('the hold timer', () => {
  test('ends a session whose peer is silent, after the hold time and not before', () => {
    const net = pair().start(1000);
    net.b.powered = false;
    const heardMs = Math.max(...net.a.journal.filter(({ event }) => event.type === 'keepalive').map((j) => j.atMs));
    net.run(heardMs + 90_000 - 1 - net.clock.nowMs);
    expect(net.a.stateName).toBe('Established');
    net.run(2);
    const [down] = downs(net.a);
    expect(down).toMatchObject({ wasEstablished: true, reason: { kind: 'notificationSent' }, state: 'Established' });
    expect(net.a.did('sendNotification')[0]!.action.notification).toMatchObject({ code: 4, subcode: 0 });
  });

  test('is four minutes while the OPEN of the peer is awaited', () => {
    const net = pair().start(0);
    while (net.a.stateName !== 'OpenSent') net.run(0.1);
    net.cut = true;
    net.run(LARGE_HOLD_MS - 20);
    expect(net.a.stateName).toBe('OpenSent');
    net.run(20);
    expect(net.a.did('sendNotification')[0]!.action.notification).toMatchObject({ code: 4, subcode: 0 });
  });

  test('runs as negotiated in OpenConfirm', () => {
    const net = pair(sessionSpec({ holdMs: 9000 })).start(0);
    while (net.a.stateName !== 'OpenConfirm') net.run(0.1);
    net.b.powered = false;
    net.run(9001);
    expect(downs(net.a)).toMatchObject([{ state: 'OpenConfirm', wasEstablished: false }]);
  });
});

describe('connect retry', () => {
  test('backs off to four times the configured time, with jitter', () => {
    const net = pair();
    net.clock.at(0, () => net.a.boot());
    net.run(HOUR_MS);
    const dials = gaps(net.a.did('dial'));
    expect(dials[0]).toBeGreaterThanOrEqual(7500);
    expect(dials[0]).toBeLessThanOrEqual(10_010);
    expect(Math.min(...dials.slice(1))).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...dials)).toBeLessThanOrEqual(20_010);
    expect(net.a.stateName).toBe('Active');
  });

  test('is bounded as configured', () => {
    const net = pair(sessionSpec({ connectRetryMaxMs: 80_000 }));
    net.clock.at(0, () => net.a.boot());
    net.run(HOUR_MS);
    expect(Math.max(...gaps(net.a.did('dial')))).toBeGreaterThan(60_000);
    expect(Math.max(...gaps(net.a.did('dial')))).toBeLessThanOrEqual(80_010);
  });

  test('replaces an unanswered dial', () => {
    const net = pair().start(0, HOUR_MS);
    net.cut = true;
    net.run(60_000);
    expect(net.a.stateName).toBe('Connect');
    expect(net.a.did('cancelDial').length).toBe(net.a.did('dial').length - 1);
    const dials = gaps(net.a.did('dial'));
    expect(dials[0]).toBeLessThanOrEqual(5_000);
    expect(Math.min(...dials.slice(2))).toBeGreaterThanOrEqual(15_000);
    net.cut = false;
    net.b.boot();
    net.run(20_000);
    expect(net.converged).toBe(true);
  });

  test('starts over at the configured time once a message was received', () => {
    const net = pair();
    net.clock.at(0, () => net.a.boot());
    net.run(HOUR_MS);
    expect(net.a.state.failedDials).toBeGreaterThan(10);
    net.b.boot();
    net.run(20_010);
    expect(net.converged).toBe(true);
    expect(net.a.state.failedDials).toBe(0);
  });

  test('starts over when the operator starts the peer', () => {
    const net = pair();
    net.clock.at(0, () => net.a.boot());
    net.run(HOUR_MS);
    net.a.handle({ type: 'stop', notification: null });
    net.a.handle({ type: 'start' });
    expect(net.a.state.failedDials).toBe(0);
  });

  test('backs off from a peer that accepts connections only to close them', () => {
    let state = initialState();
    const retries: number[] = [];
    const events: Event[] = [
      { type: 'connected' },
      { type: 'closed', side: 'out' },
      { type: 'timer', timer: 'connectRetry' },
    ];
    for (const event of [{ type: 'start' } as const, ...events, ...events, ...events]) {
      const actions: Action[] = [];
      state = step(state, event, sessionSpec(), () => 0, actions);
      if (event.type !== 'closed') continue;
      retries.push(...actions.flatMap((action) => (action.type === 'arm' ? [action.ms] : [])));
    }
    expect(retries).toEqual([7_500, 15_000, 15_000]);
  });

  test('never runs for a passive peer', () => {
    const net = pair(sessionSpec(PASSIVE)).start(HOUR_MS);
    expect([net.a.stateName, net.b.stateName]).toEqual(['Active', 'Active']);
    expect([...net.a.did('dial'), ...net.a.did('arm')]).toEqual([]);
  });
});

describe('delay open', () => {
  test('waits for the OPEN of the peer, and answers it at once', () => {
    const net = pair(sessionSpec({ delayOpenMs: 10_000 })).start(100);
    expect(net.converged).toBe(true);
    expect(net.a.did('sendOpen')[0]!.atMs).toBeLessThan(10);
  });

  test('ends by itself when both sides wait', () => {
    const wait = { delayOpenMs: 10_000 };
    const net = pair(sessionSpec(wait), peerSpec({ ...PASSIVE, ...wait })).start(9_000);
    expect([net.a.stateName, net.b.stateName]).toEqual(['Connect', 'Active']);
    net.run(2_000);
    expect(net.converged).toBe(true);
  });
});

test('a connection that would lose a collision waits well within the hold time that it offers', () => {
  expect([0, 3_000, 9_000, 90_000].map(collisionWaitMs)).toEqual([5_000, 1_000, 3_000, 5_000]);
});

describe('idle hold', () => {
  const wrongAs = () => pair(sessionSpec({ remoteAs: { kind: 'list', list: [65001] } }));

  test('doubles from failure to failure up to its bound', () => {
    const net = wrongAs().start(HOUR_MS);
    expect(idlePeriods(net.a).slice(0, 7)).toEqual([5, 10, 20, 40, 80, 120, 120].map((s) => s * 1000));
    expect(net.a.did('dial').length).toBeLessThan(60);
  });

  test('is not spent on the first loss of a session', () => {
    const net = pair().start(1000);
    net.resetConnections();
    expect([net.a.stateName, net.b.stateName]).toEqual(['Connect', 'Active']);
    net.run(1000);
    expect(net.converged).toBe(true);
  });

  test('grows while a session ends in errors', () => {
    const net = pair().start(1000);
    const fail = () => {
      while (!net.converged) net.run(100);
      net.run(1000);
      const side = net.a.state.out?.phase === 'Established' ? 'out' : 'in';
      net.a.handle({ type: 'messageError', side, notification: { code: 3, subcode: 1, data: new Uint8Array(0) } });
    };
    for (let i = 0; i < 8; i++) fail();
    const held = net.a.did('arm').filter(({ action }) => action.timer === 'idleHold');
    const holding = held.filter(({ atMs }) => net.a.did('down').some((down) => down.atMs === atMs));
    expect(holding.map(({ action }) => action.ms / 1000)).toEqual([5, 10, 20, 40, 80, 120, 120]);
  });

  test('is not spent on sessions whose connection is lost: only the pause before the next dial grows', () => {
    const net = pair().start(1000);
    for (let i = 0; i < 6; i++) {
      while (!net.converged) net.run(100);
      net.run(1000);
      net.resetConnections();
      expect([net.a.stateName, net.b.stateName]).not.toContain('Idle');
    }
    const retries = net.a.did('arm').filter(({ action }) => action.timer === 'connectRetry');
    const lost = retries.filter(({ atMs }) => net.a.did('down').some((down) => down.atMs === atMs));
    const pauses = lost.map(({ action }) => action.ms);
    // The first one bounds a dial that is made at once; jitter takes up to a quarter.
    for (const [i, ms] of [0, 5_000, 10_000, 20_000, 20_000, 20_000].entries()) {
      if (ms === 0) continue;
      expect(pauses[i]).toBeGreaterThanOrEqual(ms * 0.75);
      expect(pauses[i]).toBeLessThanOrEqual(ms);
    }
    expect(pauses).toHaveLength(6);
  });

  test('is forgotten when a session stayed up', () => {
    const net = pair().start(1000);
    for (let i = 0; i < 4; i++) {
      net.resetConnections();
      while (!net.converged) net.run(100);
    }
    expect(net.a.state.failures).toBe(4);
    net.run(120_001);
    expect(net.a.state).toMatchObject({ failures: 0, idleHold: 'off' });
    net.resetConnections();
    net.run(1000);
    expect(net.converged).toBe(true);
  });

  test('ends when the operator starts the peer', () => {
    const net = wrongAs().start(HOUR_MS);
    while (net.a.stateName !== 'Idle') net.run(100);
    net.a.spec = sessionSpec();
    net.a.handle({ type: 'start' });
    expect(net.a.stateName).toBe('Connect');
    expect(net.a.state.failures).toBe(0);
  });

  test('can be turned off; then the next dial waits for connect retry', () => {
    const net = pair(sessionSpec({ remoteAs: { kind: 'internal' }, localAs: 65009, idleHoldMs: 0, idleHoldMaxMs: 0 }));
    net.start(60_000);
    expect(idlePeriods(net.a)).toEqual([]);
    expect(Math.min(...gaps(net.a.did('dial')))).toBeGreaterThanOrEqual(3_750);
  });

  test('two damped peers find each other again', () => {
    const net = new Simulation({ seed: 7 }, sessionSpec({ localAs: 65001 }), peerSpec({ localAs: 65002 }));
    net.start(HOUR_MS);
    net.a.spec = sessionSpec({ localAs: 65001, remoteAs: { kind: 'external' } });
    net.b.spec = peerSpec({ localAs: 65002, remoteAs: { kind: 'external' } });
    net.run(4 * 60_000);
    expect(net.converged).toBe(true);
  });
});
