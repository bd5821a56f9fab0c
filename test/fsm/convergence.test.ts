/** Simultaneous open in every interleaving (RFC 4271 6.8). */
import fc from 'fast-check';
import { LARGE_HOLD_MS } from '../../src/fsm/timers.ts';
import { notification } from '../../src/wire/notification.ts';
import { runs } from '../lab/effort.ts';
import type { SessionOver } from '../lab/spec.ts';
import { LOCAL_ID, PEER_ID, peerSpec, sessionSpec } from './fixtures.ts';
import { Simulation } from './simulate.ts';

type Interleaving = typeof interleaving extends fc.Arbitrary<infer T> ? T : never;

const interleaving = fc.record({
  seed: fc.integer(),
  offsetMs: fc.integer({ min: -60, max: 60 }),
  minDelayMs: fc.integer({ min: 0, max: 5 }),
  spreadMs: fc.constantFrom(0, 1, 10, 100),
  swap: fc.boolean(),
  delayOpenA: fc.constantFrom(0, 0, 20, 500),
  delayOpenB: fc.constantFrom(0, 0, 20, 500),
});

function simultaneous(o: Interleaving, more: SessionOver = {}) {
  const [idA, idB] = o.swap ? [LOCAL_ID, PEER_ID] : [PEER_ID, LOCAL_ID];
  const network = { seed: o.seed, minDelayMs: o.minDelayMs, maxDelayMs: o.minDelayMs + o.spreadMs };
  const a = sessionSpec({ routerId: idA, delayOpenMs: o.delayOpenA, ...more });
  const b = peerSpec({ routerId: idB, delayOpenMs: o.delayOpenB, ...more });
  return new Simulation(network, a, b);
}

test('two peers that dial each other keep exactly one connection, at the first attempt', () => {
  fc.assert(
    fc.property(interleaving, (o) => {
      const net = simultaneous(o).start(4_500, o.offsetMs);
      expect([net.a.stateName, net.b.stateName]).toEqual(['Established', 'Established']);
      expect(net.converged).toBe(true);
      for (const node of [net.a, net.b]) {
        expect(node.did('established').length).toBe(1);
        expect(node.state.failures).toBe(0);
      }
    }),
    { numRuns: runs(3000) },
  );
});

/** Runs against a peer that delays no KEEPALIVE; returns whether a session was lost at the first attempt. */
function lostAgainst(literal: 'a' | 'b' | 'both', o: Interleaving): boolean {
  const net = simultaneous(o);
  net.a.literal = literal !== 'b';
  net.b.literal = literal !== 'a';
  net.start(30_000, o.offsetMs);
  expect(net.converged).toBe(true);
  return net.a.did('established').length + net.b.did('established').length > 2;
}

test('a peer that follows the letter of the RFC, and so may lose both, is met again within seconds', () => {
  const lost = { a: 0, b: 0, both: 0 };
  const who = fc.constantFrom('a' as const, 'b' as const, 'both' as const);
  const run = fc.property(interleaving, who, (o, literal) => {
    if (lostAgainst(literal, { ...o, delayOpenA: 0, delayOpenB: 0 })) lost[literal]++;
  });
  fc.assert(run, { numRuns: runs(2000), seed: 4271 });
  expect(lost.both).toBeGreaterThan(0);
  expect(lost.a + lost.b).toBeLessThan(lost.both);
});

test('eBGP peers with one router id keep one connection too', () => {
  fc.assert(
    fc.property(interleaving, (o) => {
      const remoteAs = { kind: 'external' } as const;
      const a = sessionSpec({ remoteAs, localAs: 65000 });
      const b = sessionSpec({ remoteAs, localAs: o.swap ? 64999 : 4_200_000_000 });
      const net = new Simulation({ seed: o.seed, maxDelayMs: 1 + o.spreadMs }, a, b).start(4_500, o.offsetMs);
      expect(net.converged).toBe(true);
    }),
    { numRuns: runs(500) },
  );
});

const fault = fc.constantFrom('reset', 'cut', 'reboot a', 'reboot b', 'stop a');

function strike(net: Simulation, kind: typeof fault extends fc.Arbitrary<infer T> ? T : never): void {
  if (kind === 'reset') net.resetConnections();
  if (kind === 'cut') net.cut = !net.cut;
  if (kind === 'reboot a') net.a.reboot();
  if (kind === 'reboot b') net.b.reboot();
  if (kind === 'stop a') {
    net.a.handle({ type: 'stop', notification: notification(6, 4) });
    net.a.handle({ type: 'start' });
  }
}

test('after any faults the peers find back to one connection, once the network is whole', () => {
  const faults = fc.array(fc.tuple(fault, fc.integer({ min: 1, max: 100_000 })), { maxLength: 12 });
  fc.assert(
    fc.property(interleaving, faults, fc.boolean(), (o, plan, passive) => {
      const net = simultaneous(o, { holdMs: 30_000 });
      if (passive) net.b.spec = { ...net.b.spec, passive };
      net.start(1_000, o.offsetMs);
      for (const [kind, ms] of plan) {
        strike(net, kind);
        net.run(ms);
      }
      net.cut = false;
      // The longest wait is for a lost OPEN; then a damped peer, a hold time, and a dial with back-off.
      net.run(LARGE_HOLD_MS + 120_000 + 30_000 + 5 * 20_000);
      expect(net.converged).toBe(true);
    }),
    { numRuns: runs(500) },
  );
});
