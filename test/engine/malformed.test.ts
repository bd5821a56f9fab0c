/** Malformed UPDATEs from bytes to what becomes of the routes and of the session (RFC 7606). */
import { describeEvent } from '../../src/engine/events/events.ts';
import { announce, attribute, message, open } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, World } from './world.ts';

const code = ({ notification }: SimPeer) => (notification === null ? null : [notification.code, notification.subcode]);

function up(): { world: World; peer: SimPeer; other: SimPeer } {
  const world = new World();
  const [peer, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  return { world, peer, other };
}

describe('malformed UPDATEs', () => {
  const PREFIX = [8, 20];
  const ORIGIN = attribute(0x40, 1, [0]);
  const PATH = attribute(0x40, 2, []);
  const NEXT_HOP = attribute(0x40, 3, [192, 0, 2, 1]);
  const LOCAL_PREF = attribute(0x40, 5, [0, 0, 0, 100]);
  const GOOD = [...ORIGIN, ...PATH, ...NEXT_HOP, ...LOCAL_PREF];
  const update = (attributes: readonly number[], nlri: readonly number[] = PREFIX, length = attributes.length) =>
    message(2, [0, 0, length >> 8, length & 255, ...attributes, ...nlri]);

  test.each([
    ['attributes that run over the end', update(GOOD, [], 2000), [3, 1], 'the lengths of its fields'],
    ['withdrawn routes that run over the end', message(2, [0, 9, 0, 0]), [3, 1], 'the lengths of its fields'],
    ['a prefix of 33 bits', update(GOOD, [33, 20, 0, 0, 0, 0]), [3, 10], 'the prefixes'],
    ['a prefix that runs over the end', update(GOOD, [24, 20, 0]), [3, 10], 'the prefixes'],
    [
      'MP_REACH_NLRI twice',
      update([...attribute(0x80, 14, [0, 2, 1, 0, 0]), ...attribute(0x80, 14, [0, 2, 1, 0, 0])]),
      null,
      'MP_REACH_NLRI',
    ],
    [
      'MP_UNREACH_NLRI twice',
      update([...attribute(0x80, 15, [0, 2, 1]), ...attribute(0x80, 15, [0, 2, 1])]),
      [3, 1],
      'MP_UNREACH_NLRI',
    ],
    ['MP_REACH_NLRI that runs over the attributes', update([...GOOD, 0x80, 14, 40, 0, 2, 1]), [3, 1], 'MP_REACH_NLRI'],
    [
      'an unknown well-known one beside one that runs over',
      update([...GOOD, 0x40, 99, 0, 0xc0, 8, 40]),
      [3, 2],
      'attribute 99',
    ],
  ])('%s ends the session, and is found in the log (RFC 7606 3, 5)', (_name, sent, expected, part) => {
    const { world, peer, other } = up();
    peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    peer.send(sent);
    world.settle();
    expect(code(peer)).toEqual(expected ?? [3, expect.any(Number)]);
    expect(other.prefixes).toEqual([]);
    expect(world.eventsNamed('update.malformed')).toMatchObject([{ peer: '10.0.0.1', verdict: 'reset', part }]);
    expect(describeEvent(world.eventsNamed('update.malformed')[0])).toContain(`error in ${part}: UPDATE `);
  });

  test.each([
    ['ORIGIN is 3', [...attribute(0x40, 1, [3]), ...PATH, ...NEXT_HOP, ...LOCAL_PREF], 'ORIGIN'],
    ['ORIGIN is missing', [...PATH, ...NEXT_HOP, ...LOCAL_PREF], 'ORIGIN'],
    ['LOCAL_PREF is missing from iBGP', [...ORIGIN, ...PATH, ...NEXT_HOP], 'LOCAL_PREF'],
    [
      'NEXT_HOP has five octets',
      [...ORIGIN, ...PATH, ...attribute(0x40, 3, [192, 0, 2, 1, 1]), ...LOCAL_PREF],
      'NEXT_HOP',
    ],
    ['COMMUNITIES has five octets', [...GOOD, ...attribute(0xc0, 8, [0, 0, 0, 0, 1])], 'COMMUNITIES'],
    ['the last attribute runs over the end', [...GOOD, 0xc0, 8, 40, 1], 'COMMUNITIES'],
    ['half an attribute is left over', [...GOOD, 0xc0], 'the end of the path attributes'],
  ])('%s: the routes are withdrawn, the session stays (RFC 7606 2)', (_name, attributes, named) => {
    const { world, peer, other } = up();
    peer.send(announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 100 }));
    world.settle();
    peer.send(update(attributes));
    world.settle();
    expect(other.prefixes).toEqual(['21.0.0.0/8']);
    expect(peer.notification).toBeNull();
    const [event] = world.eventsNamed('update.malformed');
    expect(event).toMatchObject({ peer: '10.0.0.1', verdict: 'withdraw', part: named });
    expect(describeEvent(event)).toContain(`error in ${named}: UPDATE `);
    peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    expect(other.prefixes).toEqual(['20.0.0.0/8', '21.0.0.0/8']);
  });

  test('an attribute that is left out does not take the routes with it', () => {
    const { world, peer, other } = up();
    peer.send(update([...GOOD, ...attribute(0x40, 6, [1])]));
    world.settle();
    expect(other.held.get('20.0.0.0/8')).toMatchObject({ atomicAggregate: false, localPref: 100 });
    expect(world.eventsNamed('update.malformed')).toMatchObject([
      { verdict: 'discard', attribute: 'ATOMIC_AGGREGATE' },
    ]);
    expect(world.engine.peers.get('10.0.0.1')?.counters.malformed).toEqual([0, 1, 0, 0]);
  });

  test('an empty MP_UNREACH_NLRI with odd flags is no End-of-RIB, and is reported', () => {
    const { world, peer } = up();
    peer.send(update(attribute(0xc0, 15, [0, 2, 1]), []));
    world.settle();
    expect(peer.notification).toBeNull();
    expect(world.eventsNamed('update.malformed')).toMatchObject([
      { verdict: 'withdraw', attribute: 'MP_UNREACH_NLRI' },
    ]);
  });
});

test('an OPEN of another BGP version is answered with ours, and the event names the received version', () => {
  const world = new World();
  const peer = new SimPeer(world, '10.0.0.1', 1);
  peer.send(message(1, [3, 0xfd, 0xe8, 0, 90, 10, 0, 0, 1, 0]));
  world.settle();
  expect(peer.notification).toEqual({ code: 2, subcode: 1, data: Uint8Array.of(0, 4) });
  expect(JSON.stringify(world.eventsNamed('peer.open-rejected'))).toContain(
    'version 3, this side supports only version 4',
  );
});

test.each([
  ['a sound OPEN', open(OUR_AS, 1)],
  ['a malformed OPEN', message(1, [4, 0xfd, 0xe8, 0, 90, 10, 0, 0, 1, 9])],
  ['an OPEN of another version', message(1, [3, 0xfd, 0xe8, 0, 90, 10, 0, 0, 1, 0])],
])('%s in Established is an error of the state machine (RFC 4271 8.2.2, RFC 6608)', (_name, again) => {
  const { world, peer } = up();
  peer.send(again);
  world.settle();
  expect(peer.notification).toEqual({ code: 5, subcode: 3, data: Uint8Array.of(1) });
});
