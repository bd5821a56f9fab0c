/** Simultaneous open in every interleaving (RFC 4271 6.8). */
import fc from 'fast-check';
import type { SessionSpec } from '../../src/fsm/spec.ts';
import { LOCAL_ID, PEER_ID, peerSpec, sessionSpec } from './fixtures.ts';
import { Simulation } from './simulate.ts';

const interleaving = fc.record({
  seed: fc.integer(),
  offsetMs: fc.integer({ min: -60, max: 60 }),
  minDelayMs: fc.integer({ min: 0, max: 5 }),
  spreadMs: fc.constantFrom(0, 1, 10, 100),
  swap: fc.boolean(),
  delayOpenA: fc.constantFrom(0, 0, 20, 500),
  delayOpenB: fc.constantFrom(0, 0, 20, 500),
});

function simultaneous(
  o: typeof interleaving extends fc.Arbitrary<infer T> ? T : never,
  more: Partial<SessionSpec> = {},
) {
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
      for (const node of [net.a, net.b]) expect(node.did('established').length).toBe(1);
    }),
    { numRuns: 3000 },
  );
});
