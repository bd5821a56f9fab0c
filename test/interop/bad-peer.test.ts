/**
 * Peers that misbehave: each gets the NOTIFICATION that the RFCs ask for and loses its session, and nobody else notices.
 * The daemon runs on loopback, as it is run by an operator; two well-behaved peers watch it all the time.
 */
import * as bgp from '../lab/bgp-bytes.ts';
import { CLUSTER_ID, EXTERNAL_AS, LoopbackReflector, ROUTER_ID } from '../lab/loopback.ts';
import type { Speaker } from '../lab/speaker.ts';
import { eventually, waitFor } from '../lab/wait-for.ts';

const { attribute, attributesTo, message, nlri, open, TYPE, u16, u32, update } = bgp;

/** Next hop of all routes. */
const HOP = '192.0.2.9';

jest.setTimeout(60_000);

let reflector: LoopbackReflector;
let alice: Speaker;
let bob: Speaker;
let nextAddress = 2;
let nextPrefix = 0;

beforeAll(async () => {
  reflector = await LoopbackReflector.start();
  alice = await reflector.establish('127.0.200.1');
  bob = await reflector.establish('127.0.200.2');
}, 120_000);
afterAll(() => reflector?.stop());
afterEach(async () => {
  await stillServes();
});

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
  it.each(cases)('answers %s', async (_title, bytes, notification) => {
    const bad = await established();
    bad.send(bytes);
    expect(await bad.notification()).toBe(notification);
  });

  it('answers what is not BGP at all', async () => {
    const bad = await connected();
    bad.send(Buffer.from('GET / HTTP/1.1\r\nHost: reflector\r\n\r\n'));
    expect(await bad.notification()).toBe('0101');
  });

  it('answers an OPEN that is too short', async () => {
    const bad = await connected();
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
  it.each(cases)('answers %s', async (_title, fields, notification) => {
    const bad = await connected();
    bad.send(open({ routerId: '10.0.0.99', ...fields }));
    expect(await bad.notification()).toBe(notification);
  });

  it('answers optional parameters that are longer than the message', async () => {
    const bad = await connected();
    const good = open({ routerId: '10.0.0.99', capabilities: [] });
    good[28] = 10;
    bad.send(good);
    expect(await bad.notification()).toBe('0200');
  });

  it('accepts a hold time of 0, and capabilities that nobody knows', async () => {
    const odd = await established({ holdTime: 0, capabilities: [bgp.IPV4_UNICAST, [65, ...u32(65000)], [200, 1, 2]] });
    odd.send(bgp.announce(HOP, '192.0.2.0/24'));
    await hears(bob, '192.0.2.0/24');
    odd.end();
    await losesRoute(bob, '192.0.2.0/24');
  });
});

describe('messages out of turn (RFC 6608)', () => {
  it.each([
    ['an UPDATE', update({}), '050102'],
    ['a KEEPALIVE', bgp.keepalive(), '050104'],
    ['a ROUTE-REFRESH', message(TYPE.routeRefresh, [0, 1, 0, 1]), '050105'],
  ])('answers %s before the OPEN', async (_title, bytes, notification) => {
    const bad = await connected();
    bad.send(bytes);
    expect(await bad.notification()).toBe(notification);
  });

  it('answers an UPDATE before the KEEPALIVE', async () => {
    const bad = await connected();
    bad.send(open({ routerId: '10.0.0.99' }));
    await bad.next(TYPE.keepalive);
    bad.send(update({}));
    expect(await bad.notification()).toBe('050202');
  });

  it('answers an OPEN in an established session', async () => {
    const bad = await established();
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
  it.each(cases)('answers %s', async (_title, bytes, notification) => {
    const bad = await established();
    bad.send(bytes);
    expect(await bad.notification()).toMatch(new RegExp(`^${notification}`));
  });

  it('answers two MP_REACH_NLRI in one UPDATE', async () => {
    const bad = await established();
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

  it.each(withdrawn)('takes the route back for %s, and keeps the session', async (_title, attributes) => {
    const bad = await established();
    const prefix = freshPrefix();
    bad.send(bgp.announce(HOP, prefix));
    await hears(bob, prefix);
    bad.send(update({ attributes, nlri: nlri(prefix) }));
    await losesRoute(bob, prefix);
    bad.send(bgp.announce(HOP, prefix));
    await hears(bob, prefix);
    expect(bad.closed).toBe(false);
    bad.end();
    await losesRoute(bob, prefix);
  });

  it('ends the session for a well-known attribute that nobody knows, and shows it', async () => {
    const bad = await established();
    const unknown = attribute(0x40, 99, 1);
    bad.send(update({ attributes: [...attributesTo(HOP), ...unknown], nlri: nlri(freshPrefix()) }));
    expect(await bad.notification()).toBe(`0302${Buffer.from(unknown).toString('hex')}`);
  });

  it('passes on an optional transitive attribute that nobody knows, marked as partial', async () => {
    const odd = await established();
    const prefix = freshPrefix();
    odd.send(update({ attributes: [...attributesTo(HOP), ...attribute(0xc0, 199, 1, 2, 3)], nlri: nlri(prefix) }));
    await hears(bob, prefix);
    const last = bob.messages.filter((one) => one.type === TYPE.update).at(-1)!;
    expect(bgp.readUpdate(last.body).attributes.toString('hex')).toContain('e0c703010203');
    odd.end();
    await losesRoute(bob, prefix);
  });

  it('lets go what only a non-transitive attribute that nobody knows says', async () => {
    const odd = await established();
    const prefix = freshPrefix();
    odd.send(update({ attributes: [...attributesTo(HOP), ...attribute(0x80, 198, 1, 2, 3)], nlri: nlri(prefix) }));
    await hears(bob, prefix);
    const last = bob.messages.filter((one) => one.type === TYPE.update).at(-1)!;
    expect(bgp.readUpdate(last.body).attributes.toString('hex')).not.toContain('c603010203');
    odd.end();
    await losesRoute(bob, prefix);
  });
});

describe('loops (RFC 4456 8, RFC 4271 9)', () => {
  const loops: [string, number[]][] = [
    ['ORIGINATOR_ID', attribute(0x80, 9, ...bgp.ipv4(ROUTER_ID))],
    ['CLUSTER_LIST', attribute(0x80, 10, 1, 2, 3, 4, ...bgp.ipv4(CLUSTER_ID))],
  ];
  it.each(loops)('refuses a route that has us in its %s, and takes back what it replaces', async (_title, loop) => {
    const peer = await established();
    const prefix = freshPrefix();
    peer.send(bgp.announce(HOP, prefix));
    await hears(bob, prefix);
    peer.send(update({ attributes: [...attributesTo(HOP), ...loop], nlri: nlri(prefix) }));
    await losesRoute(bob, prefix);
    peer.end();
  });

  it('refuses a route from outside that has our AS in its path, and takes back what it replaces', async () => {
    const peer = await reflector.establish('127.1.0.7', { as: EXTERNAL_AS });
    const prefix = freshPrefix();
    const path = (...list: number[]) => attribute(0x40, 2, 2, list.length, ...list.flatMap(u32));
    const attributes = (...list: number[]) => [...bgp.ORIGIN_IGP, ...path(...list), ...bgp.nextHop(HOP)];
    peer.send(update({ attributes: attributes(EXTERNAL_AS), nlri: nlri(prefix) }));
    await hears(bob, prefix);
    peer.send(update({ attributes: attributes(EXTERNAL_AS, 65000), nlri: nlri(prefix) }));
    await losesRoute(bob, prefix);
    peer.end();
  });
});

describe('peers that cost', () => {
  it('takes 200 connections of garbage at once', async () => {
    const bad = await Promise.all(Array.from({ length: 200 }, (_, i) => reflector.connect(`127.0.7.${i + 1}`)));
    for (const [i, one] of bad.entries()) one.send(garbage(i));
    const answers = await Promise.all(bad.map((one) => one.notification()));
    expect(answers.filter((answer) => !/^010[123]/.test(answer))).toEqual([]);
  });

  it('bears connections that come and say nothing', async () => {
    const silent = await Promise.all(Array.from({ length: 50 }, (_, i) => reflector.connect(`127.0.8.${i + 1}`)));
    await Promise.all(silent.map((one) => one.next(TYPE.open)));
    await stillServes();
    const peers = await reflector.daemon.ask('show peers', {});
    const waiting = peers.filter((peer) => peer.address.startsWith('127.0.8.'));
    expect(waiting.map((peer) => peer.state)).toEqual(silent.map(() => 'OpenSent'));
    for (const one of silent) one.destroy();
  });

  it('bears connections that are reset in mid-message', async () => {
    for (let length = 1; length < 48; length += 3) {
      const bad = await connected();
      bad.send(open({ routerId: '10.0.0.99' }).subarray(0, length));
      bad.destroy();
    }
  });

  it('serves the others at full speed while one peer does not read, and that one the rest when it reads again', async () => {
    const count = 60_000;
    const slow = await established();
    slow.pause();
    const many = Array.from({ length: count }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`);
    const before = bob.routes.size;
    alice.send(...many.map((prefix, i) => distinctUpdate(prefix, i)));
    await waitFor(
      'bob has heard all routes',
      () => bob.routes.size - before,
      (size) => size === count,
    );
    const [shown] = await reflector.daemon.ask('show peer', { peer: slow.address });
    expect(shown?.state).toBe('Established');
    alice.send(...withdrawals(many.slice(count / 2)));
    await waitFor(
      'bob has heard the withdrawals',
      () => bob.routes.size - before,
      (size) => size === count / 2,
    );
    slow.resume();
    await eventually('the slow peer has what the others have', () => {
      expect(slow.routes.size).toBe(bob.routes.size);
    });
    expect([...slow.routes].sort()).toEqual([...bob.routes].sort());
    slow.end();
    alice.send(...withdrawals(many.slice(0, count / 2)));
    await waitFor(
      'bob has heard the last withdrawals',
      () => bob.routes.size,
      (size) => size === before,
    );
  });

  it('has lost none of its well-behaved peers, and has not restarted', async () => {
    const peers = await reflector.daemon.ask('show peers', {});
    const watched = peers.filter((peer) => [alice.address, bob.address].includes(peer.address));
    expect(watched.map((peer) => [peer.state, peer.established, peer.dropped])).toEqual([
      ['Established', 1, 0],
      ['Established', 1, 0],
    ]);
    expect(reflector.daemon.alive).toBe(true);
    expect(reflector.daemon.log()).not.toMatch(/"level":"(error|fatal)"/);
  });
});

/** A connection from an address that no test has used. */
function connected(): Promise<Speaker> {
  return reflector.connect(`127.0.0.${nextAddress++}`);
}

function established(fields: bgp.OpenFields = {}): Promise<Speaker> {
  return reflector.establish(`127.0.0.${nextAddress++}`, fields);
}

function freshPrefix(): string {
  nextPrefix += 1;
  return `198.18.${nextPrefix}.0/24`;
}

/** A route goes from one well-behaved peer to the other, and away again. */
async function stillServes(): Promise<void> {
  const prefix = freshPrefix();
  alice.send(bgp.announce(HOP, prefix));
  await hears(bob, prefix);
  alice.send(update({ withdrawn: nlri(prefix) }));
  await losesRoute(bob, prefix);
}

function hears(speaker: Speaker, prefix: string): Promise<unknown> {
  return waitFor(
    `${speaker.address} has heard of ${prefix}`,
    () => speaker.routes.has(prefix),
    (has) => has,
  );
}

function losesRoute(speaker: Speaker, prefix: string): Promise<unknown> {
  return waitFor(
    `${speaker.address} has lost ${prefix}`,
    () => speaker.routes.has(prefix),
    (has) => !has,
  );
}

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

/** A route with attributes of its own, so that no two share an UPDATE. */
function distinctUpdate(prefix: string, i: number): Buffer {
  const attributes = [...attributesTo(HOP), ...bgp.communities(65000 * 65536, i)];
  return update({ attributes, nlri: nlri(prefix) });
}

function withdrawals(prefixes: readonly string[]): Buffer[] {
  const messages: Buffer[] = [];
  for (let i = 0; i < prefixes.length; i += 500) {
    messages.push(update({ withdrawn: nlri(...prefixes.slice(i, i + 500)) }));
  }
  return messages;
}

/** Kinds of bytes that can be no message; the same for the same `i`. */
function garbage(i: number): Buffer {
  const noise = Array.from({ length: 64 }, (_, at) => (at * 31 + i * 17) & 255);
  if (i % 4 === 0) return Buffer.from(noise);
  if (i % 4 === 1) return message(noise[0]! | 0x80, noise);
  if (i % 4 === 2) return message(TYPE.open, noise, i % 19);
  return message(TYPE.update, u16(i), 60_000 + i);
}
