/** Attribute sets that export policies make are ours: no limit of a peer counts them, as long as no peer announces them. */
import { load } from '../../../src/config/read/load.ts';
import { resolve } from '../../../src/config/resolve/resolve.ts';
import { SET_OVERHEAD } from '../../../src/rib/attributes/attribute-accounts.ts';
import { announce, withdraw } from '../../lab/updates.ts';
import { SimPeer } from '../sim-peer.ts';
import { World } from '../world.ts';

const TEXT = `router: { as: 65000, id: 10.99.0.1 }
listen: []
policies:
  out: { rules: [ { name: mark, set: { communities: { add: 65000:1 } }, then: accept } ], default: reject }
groups: { nodes: { as: internal, route-reflector-client: true, passive: true, import: accept, export: [ out ] } }
peers: [ { address: 10.0.0.1, group: nodes }, { address: 10.0.0.2, group: nodes } ]
`;

/** ORIGIN, AS_PATH, NEXT_HOP and LOCAL_PREF; and with one community. */
const PLAIN = 21 + SET_OVERHEAD;
const MARKED = PLAIN + 7;

function labOf() {
  const loaded = load(TEXT, 'test.yaml');
  if (!loaded.ok) throw new Error(loaded.problems[0]!.message);
  const world = new World(resolve(loaded.config, undefined, null, loaded.policies));
  const [source, other] = ['10.0.0.1', '10.0.0.2'].map((address, at) => SimPeer.up(world, address, at + 1));
  const octets = () => {
    const { accounts } = world.engine.rib.attributes;
    return [...world.engine.peers.values()]
      .map(({ attributeOctets }) => attributeOctets)
      .concat(accounts.total, accounts.exported);
  };
  return { world, source: source!, other: other!, octets };
}

const ROUTE = { localPref: 100, nextHop: '10.0.0.1' };

test('the source of a route is charged for what it sent', () => {
  const { world, source, octets } = labOf();
  source.send(announce(['10.1.0.0/16'], ROUTE));
  world.settle();
  expect(octets()).toEqual([PLAIN, 0, PLAIN, MARKED]);
  source.send(withdraw(['10.1.0.0/16']));
  world.settle();
  expect(octets()).toEqual([0, 0, 0, 0]);
});

test('a peer that announces the same set is charged for it from then on', () => {
  const { world, source, other, octets } = labOf();
  source.send(announce(['10.1.0.0/16'], ROUTE));
  world.settle();
  other.send(announce(['10.2.0.0/16'], { ...ROUTE, communities: [(65_000 << 16) + 1] }));
  world.settle();
  expect(octets()).toEqual([PLAIN, MARKED, PLAIN + MARKED, 0]);
});
