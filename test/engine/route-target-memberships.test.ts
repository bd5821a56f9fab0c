/** Memberships of route targets that the reflector advertises (RFC 4684 3.2, 4). */
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { formatAddress } from '../../src/lib/ip.ts';
import { open } from '../lab/updates.ts';
import { ask, RTC, RTC_CAPABILITIES, unask } from '../lab/vpn.ts';
import { SimPeer } from './sim-peer.ts';
import { deliver, FAMILIES, up, world } from './vpn-peers.ts';
import { OUR_AS, peerSpec, range, router, World } from './world.ts';

const memberships = ({ held }: SimPeer) =>
  Object.fromEntries([...held].filter(([text]) => text === 'default' || text.includes('rt:')));

describe('memberships that the reflector advertises', () => {
  const nonClient = peerSpec('192.0.2.1', { exchange: { client: false }, session: { families: FAMILIES } });
  const other = peerSpec('192.0.2.2', { exchange: { client: false }, session: { families: FAMILIES } });

  function mesh(): World {
    return new World(router({ peers: [nonClient, other], ranges: [range({ session: { families: FAMILIES } })] }));
  }

  function neighbor(of: World, address: string, n: number): SimPeer {
    const peer = new SimPeer(of, address, n);
    peer.establish(open(OUR_AS, n, { capabilities: RTC_CAPABILITIES }));
    deliver(peer, unask([]));
    return peer;
  }

  test('go back to the client that sent them, with our router id and address (RFC 4684 3.2)', () => {
    const of = world();
    const client = up(of, 1, ['65000:1']);
    of.pass(3000);
    expect(memberships(client)['65000:rt:65000:1']).toMatchObject({
      originatorId: '10.99.0.1',
      nextHop: formatAddress(client.connection.localAddress),
    });
    deliver(client, unask(['65000:1']));
    expect(memberships(client)).toEqual({});
  });

  test('are advertised once, whichever of the clients that send them is the best', () => {
    const of = world();
    const first = up(of, 2, ['65000:1', '65000:2']);
    const other = up(of, 5, []);
    of.pass(3000);
    const seen = other.history.length;
    const better = up(of, 1, ['65000:1']);
    const all = () =>
      [...viewRib(of.engine, { family: RTC.name, best: true })].filter(({ prefix }) => prefix !== 'default');
    const best = () => all().map(({ paths }) => paths[0]?.peer);
    expect(best()).toEqual(['10.0.0.1', '10.0.0.2']);
    deliver(better, unask(['65000:1']));
    expect(best()).toEqual(['10.0.0.2', '10.0.0.2']);
    expect(other.history).toHaveLength(seen);
    expect(Object.keys(memberships(other))).toEqual(['65000:rt:65000:1', '65000:rt:65000:2']);
    // What differs in more is advertised.
    deliver(better, ask(['65000:1'], { med: 7 }));
    deliver(first, unask(['65000:1']));
    expect(memberships(other)['65000:rt:65000:1']).toMatchObject({ med: 7, originatorId: '10.99.0.1' });
    deliver(better, unask(['65000:1']));
    expect(Object.keys(memberships(other))).toEqual(['65000:rt:65000:2']);
  });

  test('ask the peers for all routes that the configuration names, and no others', () => {
    const settings = { session: { families: FAMILIES }, exchange: { client: false, defaultRouteTarget: true } };
    const of = new World(
      router({
        peers: [other, peerSpec('192.0.2.1', settings)],
        ranges: [range({ session: { families: FAMILIES } })],
      }),
    );
    const [client, asked, not] = [up(of, 1, []), neighbor(of, '192.0.2.1', 101), neighbor(of, '192.0.2.2', 102)];
    expect([client, asked, not].map((peer) => Object.keys(memberships(peer)))).toEqual([[], ['default'], []]);
    expect(memberships(asked).default).toMatchObject({ originatorId: '10.99.0.1', communities: ['no-advertise'] });
  });

  test('of a client are advertised to non-clients, although that of a non-client is best (RFC 4684 3.2)', () => {
    const of = mesh();
    const [client, one, two] = [up(of, 1, []), neighbor(of, '192.0.2.1', 101), neighbor(of, '192.0.2.2', 102)];
    deliver(one, ask(['65000:1'], { localPref: 200 }));
    expect(memberships(two)).toEqual({});
    deliver(client, ask(['65000:1']));
    expect(memberships(two)['65000:rt:65000:1']).toMatchObject({ originatorId: '0.0.0.1', localPref: 100 });
    expect(memberships(client)['65000:rt:65000:1']).toMatchObject({ localPref: 200, originatorId: '10.99.0.1' });
  });
});
