/** Random histories of a network: in the end every peer holds exactly what the model says, and nothing leaks. */
import fc from 'fast-check';
import { checkIds } from '../lab/checked-ids.ts';
import { runs } from '../lab/effort.ts';
import { LONG_LIVED_MS, RESTART_MS } from './holdings.ts';
import { live, scenario } from './lives.ts';
import { OTHER_CLUSTER, PLAIN } from './model.ts';
import { Network, NOTHING, PEERS, residue } from './network.ts';

function expectModel(network: Network): void {
  for (const one of PEERS.filter((each) => network.isUp(each))) {
    const { held, expected } = network.compare(one);
    expect({ [one.address]: held }).toEqual({ [one.address]: expected });
  }
}

describe.each([
  ['ids that are used again', false],
  ['checked ids', true],
])('with %s', (_words, checked) => {
  if (checked) checkIds();

  test('after everything has settled every peer holds what the model says, attribute by attribute', () => {
    fc.assert(
      fc.property(...scenario, (...life) => {
        const network = live(...life);
        expectModel(network);
      }),
      { numRuns: runs(checked ? 60 : 400) },
    );
  });

  test('End-of-RIB is sent once per session and family, and no session is lost', () => {
    fc.assert(
      fc.property(...scenario, (...life) => {
        const network = live(...life);
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
      fc.property(...scenario, (...life) => {
        const network = live(...life);
        for (const one of PEERS) network.leave(one);
        network.pass(RESTART_MS + LONG_LIVED_MS + 10_000);
        expect(residue(network.world)).toEqual(NOTHING);
        network.world.pass(120_000);
        expect(network.world.engine.peers.size).toBe(network.world.engine.spec.peers.length);
      }),
      { numRuns: runs(checked ? 50 : 150) },
    );
  });
});

describe('what random lives have found', () => {
  const [first, second, paths, morePaths, otherCluster] = PEERS;
  const P = ['10.1.0.0/16'];
  const hop = { nextHop: '192.0.2.101' };
  const FAST = 8 << 20;

  function networkOf(...peers: typeof PEERS): Network {
    const network = new Network(FAST, false);
    for (const peer of peers) network.up(peer);
    return network;
  }

  test.each([
    ['before it', ['limit', 'move']],
    ['behind it', ['move', 'limit']],
    ['in the midst of it', ['move', 'turn', 'limit']],
  ])('a peer gets another cluster id, and a receiver another group %s', (_when, acts) => {
    const network = networkOf(first, paths, morePaths);
    network.announce(first, P, hop);
    network.settle();
    for (const act of acts) {
      if (act === 'turn') network.world.turn();
      else if (act === 'limit') network.configure(paths, { ...PLAIN, limit: 5 });
      else network.configure(first, { ...PLAIN, position: { client: true, clusterId: OTHER_CLUSTER } });
    }
    network.settle();
    expectModel(network);
  });

  test('the import of a peer is rejected while it is away', () => {
    const network = networkOf(first, second);
    network.announce(first, P, hop);
    network.settle();
    network.down(first);
    network.configure(first, { ...PLAIN, importAccepts: false });
    network.settle();
    expectModel(network);
  });

  test.each([
    ['', first, second],
    [' with ADD-PATH', paths, morePaths],
  ])(
    'a peer%s joins just after its own path has come from another one in place of what it may see',
    (_, there, joiner) => {
      const network = networkOf(there, otherCluster);
      network.announce(there, P, hop);
      network.world.settle();
      const { routerId: originatorId } = joiner;
      network.announce(otherCluster, P, { ...hop, originatorId, localPref: 200 });
      network.world.settle();
      network.up(joiner);
      network.settle();
      expectModel(network);
    },
  );

  test('a peer is back just after its kept path has become the best in place of what it may see', () => {
    const network = networkOf(second, otherCluster);
    network.announce(second, P, hop);
    network.announce(otherCluster, P, { ...hop, localPref: 200 });
    network.settle();
    network.down(second);
    network.up(first);
    network.world.settle();
    network.announce(otherCluster, P, { ...hop, localPref: 50 });
    network.world.settle();
    network.up(second);
    network.settle();
    expectModel(network);
  });
});
