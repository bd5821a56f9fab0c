/** The MAC address of an EVPN moves between routers: the one with the highest sequence number has it (RFC 7432 15). */
import { KNOWN_FAMILIES } from '../../src/wire/families/catalog.ts';
import { useFamily } from '../../src/wire/families.ts';
import { announceIn, attribute, open, type Route, u16, withdrawIn } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const EVPN = useFamily(KNOWN_FAMILIES.find(({ name }) => name === 'l2vpn-evpn')!);
const BASIC = [1, 4, ...u16(EVPN.afi), 0, EVPN.safi, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
/** MAC/IP advertisement, RD 65000:1, MAC 02:00:00:00:00:01 without an IP address, VNI 100. */
const MAC = [
  2,
  33,
  0,
  0,
  0xfd,
  0xe8,
  0,
  0,
  0,
  1,
  ...new Array(10).fill(0),
  0,
  0,
  0,
  0,
  48,
  2,
  0,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  100,
];

const mobility = (sequence: number, flags = 0) => [6, 0, flags, 0, 0, 0, ...u16(sequence)];

/** Announces the address, with the extended communities. */
function announceMac(peer: SimPeer, communities: readonly number[], route: Route = {}): void {
  const extra = communities.length === 0 ? [] : [attribute(0xc0, 16, communities)];
  peer.send(announceIn(EVPN, MAC, [10, 0, 0, peer.routerId], { ...route, extra }));
  peer.world.settle();
}

function scene(): { one: SimPeer; two: SimPeer; client: SimPeer } {
  const world = new World(router({ ranges: [range({ session: { families: [EVPN.id] } })] }));
  const [one, two, client] = [1, 2, 3].map((n) => {
    const peer = new SimPeer(world, `10.0.0.${n}`, n);
    peer.establish(open(OUR_AS, n, { capabilities: BASIC }));
    return peer;
  });
  return { one, two, client };
}

const locationOf = ({ held }: SimPeer) => [...held.values()].map(({ nextHop }) => nextHop);

describe('a MAC address', () => {
  test('is where the highest sequence number says, also against LOCAL_PREF', () => {
    const { one, two, client } = scene();
    announceMac(one, [], { localPref: 200 });
    expect(locationOf(client)).toEqual(['10.0.0.1']);
    announceMac(two, mobility(1));
    expect(locationOf(client)).toEqual(['10.0.0.2']);
    announceMac(one, mobility(2));
    expect(locationOf(client)).toEqual(['10.0.0.1']);
    two.send(withdrawIn(EVPN, MAC));
    two.world.settle();
    expect(locationOf(client)).toEqual(['10.0.0.1']);
  });

  test('that is static stays, whatever sequence number another router has (RFC 7432 15.2)', () => {
    const { one, two, client } = scene();
    announceMac(one, mobility(0, 1));
    announceMac(two, mobility(9), { localPref: 300 });
    expect(locationOf(client)).toEqual(['10.0.0.1']);
  });

  test('with equal sequence numbers follows the rest of the decision', () => {
    const { one, two, client } = scene();
    announceMac(one, mobility(3));
    announceMac(two, mobility(3), { localPref: 200 });
    expect(locationOf(client)).toEqual(['10.0.0.2']);
  });

  test('the highest of several communities counts, and other communities do not', () => {
    const { one, two, client } = scene();
    announceMac(one, [...mobility(1), ...mobility(7), 6, 1, 1, 0, 0, 0, 0, 99]);
    announceMac(two, mobility(5));
    expect(locationOf(client)).toEqual(['10.0.0.1']);
  });
});
