/** Weights in the decision, with few paths of a prefix and with many that are kept in order. */
import fc from 'fast-check';
import { parse } from 'yaml';
import { chainSpec } from '../../src/config/policy/chain-content.ts';
import { readPolicies } from '../../src/config/policy/policies.ts';
import { NO_FACTS } from '../../src/policy/route/route.ts';
import { MANY } from '../../src/rib/paths/path-lists.ts';
import type { PathId } from '../../src/rib/tables/ids.ts';
import { runs } from '../lab/effort.ts';
import type { Route } from '../lab/updates.ts';
import { type Candidate, dotted, referenceRank } from './reference.ts';
import { Table, type TestPeer } from './table.ts';

const PEER: TestPeer = { address: '10.0.0.1', routerId: '1.1.1.1' };
const WEIGHTS = [0, 1, 255, 40_000, 65_535];
const POLICY = `
policies:
  in:
    rules:
${WEIGHTS.map((weight) => `      - { name: w${weight}, if: { communities: "65000:${weight}" }, set: { weight: ${weight} }, then: accept }`).join('\n')}
    default: accept
`;

/** A table whose peer gives routes the weight that their community names. */
function tableOf(): Table {
  const table = new Table();
  const { policies } = readPolicies(parse(POLICY) as object, () => ({ problem: 'no files here' }));
  table.rib.policies.adopt(policies, new Set());
  table.peer(PEER).importChain = table.rib.policies.chainFor(chainSpec('in', policies), NO_FACTS, {
    ...{ direction: 'import', as: 65_000, extendedNextHop: false, dropsMed: false, selfAddress: null, nextHop: null },
  });
  return table;
}

interface Weighted extends Candidate {
  readonly weight: number;
}

/** Path ids in the order of the decision: by weight, then as paths without weights. */
function expected(paths: ReadonlyMap<number, Weighted>): number[] {
  return [...new Set([...paths.values()].map(({ weight }) => weight))]
    .sort((a, b) => b - a)
    .flatMap((weight) =>
      referenceRank(
        [...paths.values()].filter((path) => path.weight === weight),
        Infinity,
      ),
    )
    .map(({ pathId }) => pathId);
}

function ranked(table: Table): number[] {
  const { family, prefix } = table;
  if (prefix === 0) return [];
  const out = new Uint32Array(4 * MANY);
  const count = family.rank(prefix, null, out.length, out);
  return [...out.subarray(0, count)].map((path) => family.paths.pathIdOf(path as PathId));
}

test('paths are ranked by weight first, while they are added, changed and withdrawn', () => {
  const change = fc.record({
    pathId: fc.integer({ min: 1, max: 2 * MANY }),
    weight: fc.constantFrom(...WEIGHTS, null),
    localPref: fc.constantFrom(100, 200),
    med: fc.constantFrom(0, 10),
    neighbor: fc.constantFrom(65_001, 65_002),
    withdrawn: fc.constantFrom(false, false, false, true),
  });
  const property = fc.property(fc.array(change, { maxLength: 6 * MANY, size: 'max' }), (changes) => {
    const table = tableOf();
    const paths = new Map<number, Weighted>();
    for (const [at, { pathId, weight, localPref, med, neighbor, withdrawn }] of changes.entries()) {
      if (withdrawn) {
        table.withdraw(PEER, pathId);
        paths.delete(pathId);
      } else {
        const mark = weight === null ? {} : { communities: [65_000 * 65_536 + weight] };
        const route: Route = { localPref, med, asPath: [neighbor], ...mark };
        table.announce(PEER, route, pathId);
        const place = { ebgp: false, routerId: dotted(PEER.routerId), address: dotted(PEER.address) };
        paths.set(pathId, { ...place, route, pathId, weight: weight ?? 0 });
      }
      if (at % 40 !== 0 && at !== changes.length - 1) continue;
      const order = expected(paths);
      const first = order[0];
      expect(table.decide().best).toBe(first === undefined ? '' : `${PEER.address} #${first}`);
      expect(ranked(table)).toEqual(order);
    }
  });
  fc.assert(property, { numRuns: runs(60) });
});

test('the same attributes with different weights are not tied', () => {
  const table = tableOf();
  const other: TestPeer = { address: '10.0.0.0', routerId: '0.0.0.1' };
  // The other peer would be preferred by its router id, and has no policy.
  table.announce(PEER, { communities: [65_000 * 65_536 + 255] });
  table.announce(other, { communities: [65_000 * 65_536 + 255] });
  expect(table.decide()).toEqual({ best: '10.0.0.1', step: 'weight' });
  expect(table.family.tied(table.prefix, 8, new Uint32Array(8))).toBe(1);
  table.withdraw(PEER);
  expect(table.decide()).toEqual({ best: '10.0.0.0', step: 'only path' });
  table.announce(PEER, {});
  expect(table.decide()).toMatchObject({ best: '10.0.0.0', step: 'router id' });
});
