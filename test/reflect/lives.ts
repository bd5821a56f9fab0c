/** Random histories of a network: arbitraries of fast-check, and the network after one. */
import fc from 'fast-check';
import { OUR_AS, OUR_ID } from '../engine/world.ts';
import type { Route } from '../lab/updates.ts';
import { NO_LLGR } from './holdings.ts';
import {
  IDENTIFIER,
  NO_ADVERTISE,
  NO_EXPORT,
  NO_EXPORT_SUBCONFED,
  OTHER_CLUSTER,
  type Settings,
  UNKNOWN,
} from './model.ts';
import { Network, PEERS } from './network.ts';

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
      originatorId: fc.constantFrom(5, 0x01000002, 0x01000004, 0xfffffff0, OUR_ID),
      clusterList: fc.constantFrom([9], [9, 8], [9, OUR_ID], [OTHER_CLUSTER]),
      communities: fc.constantFrom(
        [1],
        [NO_EXPORT],
        [NO_ADVERTISE],
        [NO_EXPORT_SUBCONFED],
        [NO_LLGR],
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
const clusters = fc.constantFrom([9], [8], [9, 8]);
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
    action('leave', 1, fc.tuple(peer), (network, who) => network.leave(who)),
    action('up', 4, fc.tuple(peer, prefixes, route), (network, who, list, attributes) =>
      network.up(who, list, attributes),
    ),
    action('flap', 2, fc.tuple(peer, prefixes, route), (network, who, list, attributes) => {
      network.down(who);
      network.up(who, list, attributes);
    }),
    action('copy', 4, fc.tuple(peer, peer, prefixes, clusters), (network, of, via, list, clusterList) =>
      network.copy(of, via, list, clusterList),
    ),
    action('endOfRib', 2, fc.tuple(peer), (network, who) => network.endOfRib(who)),
    action('own', 1, fc.constantFrom<[number | null]>([8], [9], [null]), (network, clusterId) =>
      network.own(clusterId),
    ),
    action('refresh', 2, fc.tuple(peer, fc.constantFrom<1 | 2>(1, 2)), (network, who, afi) =>
      network.refresh(who, afi),
    ),
    action('configure', 2, fc.tuple(peer, settings), (network, who, changed) => network.configure(who, changed)),
    action('stall', 3, fc.tuple(peer), (network, who) => network.setReading(who, false)),
    action('read', 2, fc.tuple(peer), (network, who) => network.setReading(who, true)),
    action('settle', 6, fc.tuple(), (network) => network.world.settle()),
    action('turn', 4, fc.tuple(fc.integer({ min: 1, max: 4 })), (network, times) => {
      for (let left = times; left > 0; left--) network.world.turn();
    }),
    action('pass', 2, fc.tuple(fc.constantFrom(300, 1100, 60_000, 130_000)), (network, ms) => network.pass(ms)),
  ),
  // As long as that on purpose: by default most would be ten actions or fewer.
  { maxLength: 45, size: 'max' },
);

export function live(
  slowAfterBytes: number,
  confederation: boolean,
  hurried: boolean,
  upAtFirst: number,
  acts: readonly Action[],
): Network {
  const network = new Network(slowAfterBytes, confederation, hurried);
  for (const one of PEERS.slice(0, upAtFirst)) network.up(one);
  for (const act of acts) act(network);
  network.settle();
  return network;
}

/** The arguments of `live`. */
export const scenario = [
  fc.constantFrom(300, 8 << 20),
  fc.boolean(),
  fc.boolean(),
  fc.integer({ min: 0, max: PEERS.length }),
  actions,
] as const;
