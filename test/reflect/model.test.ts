/** Random histories of a network: in the end every peer holds exactly what the model says, and nothing leaks. */
import fc from 'fast-check';
import { OUR_AS, OUR_ID } from '../engine/world.ts';
import { checkIds } from '../lab/checked-ids.ts';
import { runs } from '../lab/effort.ts';
import type { Route } from '../lab/updates.ts';
import {
  IDENTIFIER,
  NO_ADVERTISE,
  NO_EXPORT,
  NO_EXPORT_SUBCONFED,
  OTHER_CLUSTER,
  type Settings,
  UNKNOWN,
} from './model.ts';
import { Network, NOTHING, PEERS, residue } from './network.ts';

const PREFIXES = [
  '10.1.0.0/16',
  '10.1.2.0/24',
  '0.0.0.0/0',
  '192.0.2.7/32',
  '172.16.0.0/12',
  '2001:db8:1::/48',
  '::/0',
];

const route: fc.Arbitrary<Route> = fc
  .record(
    {
      nextHop: fc.constantFrom('192.0.2.101', '192.0.2.102'),
      localPref: fc.constantFrom(100, 200, 0xffffffff),
      asPath: fc.constantFrom<Route['asPath'][]>(
        [],
        [65_001],
        [65_002, 65_003],
        [[65_004, 65_005]],
        [65_001, OUR_AS],
        [65_001, IDENTIFIER],
      ),
      confedPath: fc.constantFrom<Route['confedPath'][]>(
        [],
        [],
        [65_020],
        [65_020, [65_021, 65_022]],
        [65_020, OUR_AS],
        [IDENTIFIER],
      ),
      origin: fc.constantFrom(0, 0, 2),
      med: fc.constantFrom(0, 7, 0xffffffff),
      originatorId: fc.constantFrom(5, 0x01000002, 0xfffffff0, OUR_ID),
      clusterList: fc.constantFrom([9], [9, 8], [9, OUR_ID], [OTHER_CLUSTER]),
      communities: fc.constantFrom(
        [1],
        [NO_EXPORT],
        [NO_ADVERTISE],
        [NO_EXPORT_SUBCONFED],
        [65_000 * 65_536 + 3, NO_EXPORT],
      ),
      extra: fc.constantFrom([], [UNKNOWN]),
    },
    { requiredKeys: ['nextHop'] },
  )
  .map((made) => made as Route);

const settings: fc.Arbitrary<Settings> = fc.record({
  importAccepts: fc.constantFrom(true, true, false),
  exportAccepts: fc.constantFrom(true, true, false),
  clientToClient: fc.boolean(),
  nextHop: fc.constantFrom(null, null, '192.0.2.200'),
  limit: fc.constantFrom(1, 2, 3, 5),
  position: fc.option(fc.record({ client: fc.boolean(), clusterId: fc.constantFrom(OUR_ID, OTHER_CLUSTER) })),
});
const peer = fc.constantFrom(...PEERS);
const prefixes = fc.subarray(PREFIXES, { minLength: 1, maxLength: 4 });

type Action = (network: Network) => void;

/** An action with words for the report of a failure. */
function action<T extends unknown[]>(
  name: string,
  weight: number,
  args: fc.Arbitrary<T>,
  run: (network: Network, ...args: T) => void,
): fc.WeightedArbitrary<Action> {
  const arbitrary = args.map((values) => {
    const act: Action = (network) => run(network, ...values);
    const text = values.map((value) => JSON.stringify((value as { address?: string } | null)?.address ?? value));
    return Object.assign(act, { [fc.toStringMethod]: () => `${name}(${text.join(', ')})` });
  });
  return { arbitrary, weight };
}

const actions = fc.array(
  fc.oneof(
    action('announce', 8, fc.tuple(peer, prefixes, route), (network, from, list, attributes) => {
      network.announce(from, list, attributes);
    }),
    action('withdraw', 4, fc.tuple(peer, prefixes), (network, from, list) => network.withdraw(from, list)),
    action('down', 2, fc.tuple(peer), (network, who) => network.down(who)),
    action('up', 4, fc.tuple(peer, prefixes, route), (network, who, list, attributes) =>
      network.up(who, list, attributes),
    ),
    action('flap', 2, fc.tuple(peer, prefixes, route), (network, who, list, attributes) => {
      network.down(who);
      network.up(who, list, attributes);
    }),
    action('refresh', 2, fc.tuple(peer, fc.constantFrom<1 | 2>(1, 2)), (network, who, afi) =>
      network.refresh(who, afi),
    ),
    action('configure', 2, fc.tuple(peer, settings), (network, who, changed) => network.configure(who, changed)),
    action('stall', 3, fc.tuple(peer), (network, who) => network.setReading(who, false)),
    action('read', 2, fc.tuple(peer), (network, who) => network.setReading(who, true)),
    action('settle', 6, fc.tuple(), (network) => network.world.settle()),
    action('pass', 1, fc.tuple(fc.constantFrom(300, 1100)), (network, ms) => network.world.pass(ms)),
  ),
  // As long as that on purpose: by default most would be ten actions or fewer.
  { maxLength: 45, size: 'max' },
);

function live(slowAfterBytes: number, confederation: boolean, upAtFirst: number, acts: readonly Action[]): Network {
  const network = new Network(slowAfterBytes, confederation);
  for (const one of PEERS.slice(0, upAtFirst)) network.up(one);
  for (const act of acts) act(network);
  network.settle();
  return network;
}

const scenario = [
  fc.constantFrom(300, 8 << 20),
  fc.boolean(),
  fc.integer({ min: 0, max: PEERS.length }),
  actions,
] as const;

describe.each([
  ['ids that are used again', false],
  ['checked ids', true],
])('with %s', (_words, checked) => {
  if (checked) checkIds();

  test('after everything has settled every peer holds what the model says, attribute by attribute', () => {
    fc.assert(
      fc.property(...scenario, (slowAfterBytes, confederation, upAtFirst, acts) => {
        const network = live(slowAfterBytes, confederation, upAtFirst, acts);
        for (const one of PEERS.filter((each) => network.isUp(each))) {
          const { held, expected } = network.compare(one);
          expect({ [one.address]: held }).toEqual({ [one.address]: expected });
        }
      }),
      { numRuns: runs(checked ? 60 : 400) },
    );
  });

  test('End-of-RIB is sent once per session and family, and no session is lost', () => {
    fc.assert(
      fc.property(...scenario, (slowAfterBytes, confederation, upAtFirst, acts) => {
        const network = live(slowAfterBytes, confederation, upAtFirst, acts);
        for (const one of PEERS.filter((each) => network.isUp(each))) {
          const { history, notification } = network.sim(one);
          expect(notification).toBeNull();
          for (const family of ['ipv4-unicast', 'ipv6-unicast']) {
            expect(history.filter((line) => line === `EOR ${family}`)).toHaveLength(1);
          }
        }
      }),
      { numRuns: runs(checked ? 30 : 100) },
    );
  });

  test('nothing is left when all peers have left', () => {
    fc.assert(
      fc.property(...scenario, (slowAfterBytes, confederation, upAtFirst, acts) => {
        const network = live(slowAfterBytes, confederation, upAtFirst, acts);
        for (const one of PEERS) network.down(one);
        network.settle();
        expect(residue(network.world)).toEqual(NOTHING);
        network.world.pass(120_000);
        expect(network.world.engine.peers.size).toBe(network.world.engine.spec.peers.length);
      }),
      { numRuns: runs(checked ? 50 : 150) },
    );
  });
});
