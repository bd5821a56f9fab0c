/**
 * Peers that send what the RFCs forbid: each gets the NOTIFICATION that they ask for and loses its session, or its route,
 * and nobody else notices. The daemon runs on loopback, as an operator runs it.
 */
import * as bgp from '../lab/bgp-bytes.ts';
import { CLUSTER_ID, EXTERNAL_AS, ROUTER_ID } from '../lab/loopback.ts';
import { HOP, Watched } from './watched.ts';

const { attribute, attributesTo, message, nlri, open, TYPE, u32, update } = bgp;

jest.setTimeout(60_000);

let watched: Watched;

beforeAll(async () => {
  watched = await Watched.start();
}, 120_000);
afterAll(async () => {
  try {
    await watched?.expectUnharmed();
  } finally {
    await watched?.reflector.stop();
  }
});
afterEach(() => watched.stillServes());

describe('message headers (RFC 4271 6.1)', () => {
  const cases: [string, Buffer, string][] = [
    ['a marker that is not all ones', message(TYPE.keepalive, [], 19, 0), '0101'],
    ['a length below 19', message(TYPE.keepalive, [], 18), '01020012'],
    ['a length of 0', message(TYPE.keepalive, [], 0), '01020000'],
    ['a length above 4096', message(TYPE.update, new Array(4078).fill(0)), '01021001'],
    ['a length of 65535', message(TYPE.update, [0, 0, 0, 0], 65535), '0102ffff'],
    ['a type 0', message(0, []), '010300'],
    ['a type 6', message(6, []), '010306'],
    ['a type 255', message(255, [1, 2, 3]), '0103ff'],
    ['a KEEPALIVE with a body', message(TYPE.keepalive, [0]), '01020014'],
    ['an UPDATE that is too short', message(TYPE.update, [0, 0, 0]), '01020016'],
    ['a NOTIFICATION that is too short', message(TYPE.notification, [6]), '01020014'],
  ];
  test.each(cases)('answers %s', async (_title, bytes, notification) => {
    const bad = await watched.established();
    bad.send(bytes);
    expect(await bad.notification()).toBe(notification);
  });

  test('answers what is not BGP at all', async () => {
    const bad = await watched.connected();
    bad.send(Buffer.from('GET / HTTP/1.1\r\nHost: reflector\r\n\r\n'));
    expect(await bad.notification()).toBe('0101');
  });

  test('answers an OPEN that is too short', async () => {
    const bad = await watched.connected();
    bad.send(message(TYPE.open, new Array(9).fill(4)));
    expect(await bad.notification()).toBe('0102001c');
  });
});

describe('OPEN (RFC 4271 6.2)', () => {
  const cases: [string, bgp.OpenFields, string][] = [
    ['version 3', { version: 3 }, '02010004'],
    ['version 5', { version: 5 }, '02010004'],
    ['another AS than is configured', { as: 65001 }, '0202'],
    ['AS 0 (RFC 7607)', { as: 0 }, '0202'],
    ['router id 0.0.0.0', { routerId: '0.0.0.0' }, '0203'],
    ['our own router id inside the AS (RFC 6286)', { routerId: ROUTER_ID }, '0203'],
    ['an optional parameter that is not known', { parameters: [7, 1, 0] }, '0204'],
    ['a hold time of 1 second', { holdTime: 1 }, '0206'],
    ['a hold time of 2 seconds', { holdTime: 2 }, '0206'],
    ['a parameter that is longer than the message', { parameters: [2, 200, 1, 0] }, '0200'],
    ['a capability that is longer than its parameter', { parameters: [2, 2, 65, 200] }, '0200'],
  ];
  test.each(cases)('answers %s', async (_title, fields, notification) => {
    const bad = await watched.connected();
    bad.send(open({ routerId: '10.0.0.99', ...fields }));
    expect(await bad.notification()).toBe(notification);
  });

  test('answers optional parameters that are longer than the message', async () => {
    const bad = await watched.connected();
    const good = open({ routerId: '10.0.0.99', capabilities: [] });
    good[28] = 10;
    bad.send(good);
    expect(await bad.notification()).toBe('0200');
  });

  test('accepts a hold time of 0, and unknown capabilities', async () => {
    const odd = await watched.established({
      holdTime: 0,
      capabilities: [bgp.IPV4_UNICAST, [65, ...u32(65000)], [200, 1, 2]],
    });
    odd.send(bgp.announce(HOP, '192.0.2.0/24'));
    await watched.bobHears('192.0.2.0/24');
    odd.end();
    await watched.bobLoses('192.0.2.0/24');
  });
});

describe('messages out of turn (RFC 6608)', () => {
  test.each([
    ['an UPDATE', update({}), '050102'],
    ['a KEEPALIVE', bgp.keepalive(), '050104'],
    ['a ROUTE-REFRESH', message(TYPE.routeRefresh, [0, 1, 0, 1]), '050105'],
  ])('answers %s before the OPEN', async (_title, bytes, notification) => {
    const bad = await watched.connected();
    bad.send(bytes);
    expect(await bad.notification()).toBe(notification);
  });

  test('answers an UPDATE before the KEEPALIVE', async () => {
    const bad = await watched.connected();
    bad.send(open({ routerId: '10.0.0.99' }));
    await bad.next(TYPE.keepalive);
    bad.send(update({}));
    expect(await bad.notification()).toBe('050202');
  });

  test('answers an OPEN in an established session', async () => {
    const bad = await watched.established();
    bad.send(open({ routerId: '10.0.0.99' }));
    expect(await bad.notification()).toBe('050301');
  });
});

describe('UPDATEs that cannot be followed (RFC 4271 6.3, RFC 7606 3 and 5.3)', () => {
  const good = attributesTo(HOP);
  const cases: [string, Buffer, string][] = [
    ['withdrawn routes longer than the message', update({ withdrawnLength: 100 }), '0301'],
    ['attributes longer than the message', update({ attributes: good, attributesLength: 200 }), '0301'],
    ['a prefix of 33 bits', update({ attributes: good, nlri: [33, 10, 0, 0, 0, 0] }), '030a'],
    ['a prefix that the message breaks off', update({ attributes: good, nlri: [24, 10, 0] }), '030a'],
    ['a withdrawn prefix of 200 bits', update({ withdrawn: [200, 10, 0, 0] }), '030a'],
  ];
  test.each(cases)('answers %s', async (_title, bytes, notification) => {
    const bad = await watched.established();
    bad.send(bytes);
    expect(await bad.notification()).toMatch(new RegExp(`^${notification}`));
  });

  test('answers two MP_REACH_NLRI in one UPDATE', async () => {
    const bad = await watched.established();
    const reach = attribute(0x80, 14, 0, 2, 1, 16, 0xfd, ...new Array(14).fill(0), 9, 0, 32, 0xfd, 0, 0, 1);
    bad.send(
      update({ attributes: [...bgp.ORIGIN_IGP, ...bgp.AS_PATH_EMPTY, ...bgp.LOCAL_PREF_100, ...reach, ...reach] }),
    );
    expect(await bad.notification()).toMatch(/^0301/);
  });
});

describe('UPDATEs with wrong attributes (RFC 7606 7)', () => {
  const wrong: [string, number[]][] = [
    ['an ORIGIN of 3', replaced(1, attribute(0x40, 1, 3))],
    ['an ORIGIN of two octets', replaced(1, attribute(0x40, 1, 0, 0))],
    ['no ORIGIN', replaced(1, [])],
    ['an ORIGIN that claims to be optional', replaced(1, attribute(0xc0, 1, 0))],
    ['a segment type 9 in AS_PATH', replaced(2, attribute(0x40, 2, 9, 1, ...u32(65001)))],
    ['an AS_PATH segment that is cut short', replaced(2, attribute(0x40, 2, 2, 2, ...u32(65001)))],
    ['an empty AS_PATH segment', replaced(2, attribute(0x40, 2, 2, 0))],
    ['no AS_PATH', replaced(2, [])],
    ['a NEXT_HOP of 5 octets', replaced(3, attribute(0x40, 3, 127, 0, 0, 9, 9))],
    ['no NEXT_HOP', replaced(3, [])],
    ['a LOCAL_PREF of 3 octets', replaced(5, attribute(0x40, 5, 0, 0, 100))],
    ['a MED of 3 octets', [...attributesTo(HOP), ...attribute(0x80, 4, 0, 0, 1)]],
    ['communities of 5 octets', [...attributesTo(HOP), ...attribute(0xc0, 8, 0, 0, 0, 1, 2)]],
    ['an ORIGINATOR_ID of 3 octets', [...attributesTo(HOP), ...attribute(0x80, 9, 1, 2, 3)]],
    ['a CLUSTER_LIST of 6 octets', [...attributesTo(HOP), ...attribute(0x80, 10, 1, 2, 3, 4, 5, 6)]],
    ['extended communities of 7 octets', [...attributesTo(HOP), ...attribute(0xc0, 16, 1, 2, 3, 4, 5, 6, 7)]],
    ['large communities of 8 octets', [...attributesTo(HOP), ...attribute(0xc0, 32, 1, 2, 3, 4, 5, 6, 7, 8)]],
    ['a well-known attribute that nobody knows', [...attributesTo(HOP), ...attribute(0x40, 99, 1)]],
  ];
  const withdrawn = wrong.filter(([title]) => !title.startsWith('a well-known'));

  test.each(withdrawn)('takes the route back for %s, and keeps the session', async (_title, attributes) => {
    const bad = await watched.established();
    const prefix = watched.freshPrefix();
    bad.send(bgp.announce(HOP, prefix));
    await watched.bobHears(prefix);
    bad.send(update({ attributes, nlri: nlri(prefix) }));
    await watched.bobLoses(prefix);
    bad.send(bgp.announce(HOP, prefix));
    await watched.bobHears(prefix);
    expect(bad.closed).toBe(false);
    bad.end();
    await watched.bobLoses(prefix);
  });

  test('closes the session for an unknown well-known attribute, and shows it', async () => {
    const bad = await watched.established();
    const unknown = attribute(0x40, 99, 1);
    bad.send(update({ attributes: [...attributesTo(HOP), ...unknown], nlri: nlri(watched.freshPrefix()) }));
    expect(await bad.notification()).toBe(`0302${Buffer.from(unknown).toString('hex')}`);
  });

  test('passes on an unknown optional transitive attribute, marked as partial', async () => {
    const odd = await watched.established();
    const prefix = watched.freshPrefix();
    odd.send(update({ attributes: [...attributesTo(HOP), ...attribute(0xc0, 199, 1, 2, 3)], nlri: nlri(prefix) }));
    await watched.bobHears(prefix);
    const last = watched.bob.messages.filter((one) => one.type === TYPE.update).at(-1)!;
    expect(bgp.readUpdate(last.body).attributes.toString('hex')).toContain('e0c703010203');
    odd.end();
    await watched.bobLoses(prefix);
  });

  test('drops an unknown non-transitive attribute', async () => {
    const odd = await watched.established();
    const prefix = watched.freshPrefix();
    odd.send(update({ attributes: [...attributesTo(HOP), ...attribute(0x80, 198, 1, 2, 3)], nlri: nlri(prefix) }));
    await watched.bobHears(prefix);
    const last = watched.bob.messages.filter((one) => one.type === TYPE.update).at(-1)!;
    expect(bgp.readUpdate(last.body).attributes.toString('hex')).not.toContain('c603010203');
    odd.end();
    await watched.bobLoses(prefix);
  });
});

describe('loops (RFC 4456 8, RFC 4271 9)', () => {
  const loops: [string, number[]][] = [
    ['ORIGINATOR_ID', attribute(0x80, 9, ...bgp.ipv4(ROUTER_ID))],
    ['CLUSTER_LIST', attribute(0x80, 10, 1, 2, 3, 4, ...bgp.ipv4(CLUSTER_ID))],
  ];
  test.each(loops)('refuses a route that has us in its %s, and takes back what it replaces', async (_title, loop) => {
    const peer = await watched.established();
    const prefix = watched.freshPrefix();
    peer.send(bgp.announce(HOP, prefix));
    await watched.bobHears(prefix);
    peer.send(update({ attributes: [...attributesTo(HOP), ...loop], nlri: nlri(prefix) }));
    await watched.bobLoses(prefix);
    peer.end();
  });

  test('refuses a route from outside that has our AS in its path, and takes back what it replaces', async () => {
    const peer = await watched.reflector.establish('127.1.0.7', { as: EXTERNAL_AS });
    const prefix = watched.freshPrefix();
    const path = (...list: number[]) => attribute(0x40, 2, 2, list.length, ...list.flatMap(u32));
    const attributes = (...list: number[]) => [...bgp.ORIGIN_IGP, ...path(...list), ...bgp.nextHop(HOP)];
    peer.send(update({ attributes: attributes(EXTERNAL_AS), nlri: nlri(prefix) }));
    await watched.bobHears(prefix);
    peer.send(update({ attributes: attributes(EXTERNAL_AS, 65000), nlri: nlri(prefix) }));
    await watched.bobLoses(prefix);
    peer.end();
  });
});

/** The attributes of a good route, with those of one code replaced. */
function replaced(code: number, by: readonly number[]): number[] {
  const all: Record<number, number[]> = {
    1: bgp.ORIGIN_IGP,
    2: bgp.AS_PATH_EMPTY,
    3: bgp.nextHop(HOP),
    5: bgp.LOCAL_PREF_100,
  };
  return Object.entries(all).flatMap(([key, value]) => (Number(key) === code ? [...by] : value));
}
