/** Extended messages (RFC 8654), enhanced route refresh (RFC 7313), the send hold timer (RFC 9687), words to operators. */
import { cease, encodeNotification, excessOfText, notification } from '../../src/wire/notification.ts';
import { announce, attribute, END_OF_RIB, KEEPALIVE, message, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const BASIC = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
const EXTENDED = [6, 0];
const ENHANCED = [70, 0];
const RESTARTING = [64, 6, 0x40, 120, 0, 1, 1, 0x80];

function world(over: NonNullable<Parameters<typeof range>[0]>['session'] = {}): World {
  const session = { extendedMessages: true, enhancedRefresh: true, ...over };
  return new World(router({ ranges: [range({ session })] }));
}

function peer(at: World, n: number, more: readonly number[] = []): SimPeer {
  const made = new SimPeer(at, `10.0.0.${n}`, n);
  made.establish(open(OUR_AS, n, { capabilities: [...BASIC, ...more] }));
  return made;
}

describe('extended messages', () => {
  /** An unknown optional transitive attribute of this many octets. */
  const large = (octets: number) => attribute(0xc0, 200, new Array<number>(octets).fill(7));

  test('are offered, and received from peers that offer them', () => {
    const scene = world();
    const [taking, plain] = [peer(scene, 1, EXTENDED), peer(scene, 2)];
    expect([...(plain.open as Uint8Array)].join(' ')).toMatch(/ 70 0 6 0$/);
    taking.send(announce(['10.1.0.0/16'], { localPref: 100, extra: [large(60_000)] }));
    scene.settle();
    expect(taking.notification).toBeNull();
    expect(scene.engine.rib.families[0].prefixes.count).toBe(1);
    plain.send(announce(['10.2.0.0/16'], { localPref: 100, extra: [large(5_000)] }));
    scene.settle();
    expect(plain.notification).toMatchObject({ code: 1, subcode: 2 });
  });

  test('are sent to peers that accept them; the route is withdrawn from the others', () => {
    const scene = world();
    const source = peer(scene, 1, EXTENDED);
    const taking = peer(scene, 2, EXTENDED);
    const plain = peer(scene, 3);
    taking.longest = 65_535;
    source.send(announce(['10.1.0.0/16'], { localPref: 100 }));
    scene.settle();
    expect(plain.prefixes).toEqual(['10.1.0.0/16']);
    source.send(announce(['10.1.0.0/16'], { localPref: 100, extra: [large(20_000)] }));
    scene.settle();
    expect(taking.prefixes).toEqual(['10.1.0.0/16']);
    expect(Math.max(...taking.lengths)).toBeGreaterThan(20_000);
    expect(plain.prefixes).toEqual([]);
  });

  test('are only as long as attributes need, so that a small change stays small', () => {
    const scene = world();
    const source = peer(scene, 1, EXTENDED);
    const taking = peer(scene, 2, EXTENDED);
    const prefixes = Array.from({ length: 3_000 }, (_, i) => `10.${1 + (i >> 8)}.${i & 255}.0/24`);
    for (let at = 0; at < prefixes.length; at += 900) {
      source.send(announce(prefixes.slice(at, at + 900), { localPref: 100 }));
    }
    scene.settle();
    expect(taking.prefixes).toHaveLength(3_000);
    expect(Math.max(...taking.lengths)).toBeLessThanOrEqual(4_096);
  });

  test('are an error of the header where they were not offered', () => {
    const scene = world({ extendedMessages: false });
    const source = peer(scene, 1, EXTENDED);
    source.send(announce(['10.1.0.0/16'], { localPref: 100, extra: [large(5_000)] }));
    scene.settle();
    expect(source.notification).toMatchObject({ code: 1, subcode: 2 });
  });

  test('of a NOTIFICATION are cut where the peer does not take them', () => {
    const long = notification(3, 1, new Uint8Array(9_000));
    expect(encodeNotification(long)).toHaveLength(4_096);
    expect(encodeNotification(long, 65_535)).toHaveLength(9_021);
  });
});

describe('a refresh that the peer asks for', () => {
  const REQUEST = message(5, [0, 1, 0, 1]);

  /** Types and subtypes of what came, UPDATEs as their prefixes. */
  function sentTo(by: SimPeer): string[] {
    return by.history.filter((line) => line !== 'KEEPALIVE');
  }

  test('is sent between BoRR and EoRR to who knows them, and plainly to others', () => {
    const scene = world();
    const source = peer(scene, 1);
    const [enhanced, plain] = [peer(scene, 2, ENHANCED), peer(scene, 3)];
    source.send(announce(['10.1.0.0/16'], { localPref: 100 }));
    scene.settle();
    for (const one of [enhanced, plain]) {
      one.history.length = 0;
      one.send(REQUEST);
      scene.settle();
    }
    expect(sentTo(enhanced)).toEqual(['BoRR ipv4-unicast', '10.1.0.0/16', 'EoRR ipv4-unicast']);
    expect(sentTo(plain)).toEqual(['10.1.0.0/16']);
    source.send(withdraw(['10.1.0.0/16']));
    scene.settle();
    expect(sentTo(enhanced).at(-1)).toBe('-10.1.0.0/16');
  });

  test('before End-of-RIB is out is answered behind that, between BoRR and EoRR (RFC 7313 4)', () => {
    const scene = world();
    const source = peer(scene, 1);
    source.send(announce(['10.1.0.0/16', '10.2.0.0/16'], { localPref: 100 }));
    scene.settle();
    const asking = new SimPeer(scene, '10.0.0.2', 2);
    asking.send(open(OUR_AS, 2, { capabilities: [...BASIC, ...ENHANCED] }), KEEPALIVE, REQUEST, REQUEST);
    scene.settle();
    expect(sentTo(asking).filter((line) => line !== 'EOR ipv6-unicast')).toEqual([
      '10.1.0.0/16',
      '10.2.0.0/16',
      'EOR ipv4-unicast',
      'BoRR ipv4-unicast',
      '10.1.0.0/16',
      '10.2.0.0/16',
      'EoRR ipv4-unicast',
    ]);
  });

  test.each([
    ['before any of it is out', 0],
    ['while some of it is out', 1],
  ])('comes to its EoRR when the peer is moved to another update group %s', (_, writes) => {
    const scene = world();
    const source = peer(scene, 1);
    const asking = peer(scene, 2, ENHANCED);
    for (const [i, med] of [5, 6, 7].entries()) {
      source.send(announce([`10.${i + 1}.0.0/16`], { localPref: 100, med }));
    }
    scene.settle();
    asking.history.length = 0;
    asking.connection.reading = false;
    asking.send(REQUEST);
    scene.settle();
    for (let i = 0; i < writes; i++) {
      asking.connection.reading = true;
      asking.connection.drain();
      asking.connection.reading = false;
    }
    scene.engine.drain(true);
    scene.settle();
    asking.connection.reading = true;
    asking.connection.drain();
    scene.settle();
    const lines = sentTo(asking);
    expect(lines.filter((line) => /RR/.test(line))).toEqual(['BoRR ipv4-unicast', 'EoRR ipv4-unicast']);
    expect(lines[0]).toBe('BoRR ipv4-unicast');
    expect(new Set(lines.slice(1, -1))).toEqual(new Set(['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16']));
    expect(lines.at(-1)).toBe('EoRR ipv4-unicast');
  });

  test('with filters that were not negotiated is answered with all routes, and reported', () => {
    const scene = world();
    const source = peer(scene, 1);
    const asking = peer(scene, 2);
    source.send(announce(['10.1.0.0/16'], { localPref: 100 }));
    scene.settle();
    asking.history.length = 0;
    asking.send(message(5, [0, 1, 0, 1, 1, 64, 0, 2, 0x80, 0]));
    scene.settle();
    expect(sentTo(asking)).toEqual(['10.1.0.0/16']);
    expect(scene.eventsNamed('peer.orf-ignored')).toHaveLength(1);
  });
});

describe('a peer that announces its routes again', () => {
  const BEGIN = message(5, [0, 1, 1, 1]);
  const END = message(5, [0, 1, 2, 1]);
  const ROUTES = ['10.1.0.0/16', '10.2.0.0/16'];

  function scene(more: readonly number[] = ENHANCED, over = {}): { world: World; source: SimPeer; watcher: SimPeer } {
    const at = world(over);
    const source = peer(at, 1, more);
    const watcher = peer(at, 2);
    source.send(announce(ROUTES, { localPref: 100 }));
    at.settle();
    return { world: at, source, watcher };
  }

  test('loses at EoRR what it left out', () => {
    const { world: at, source, watcher } = scene();
    source.send(BEGIN, announce([ROUTES[0]], { localPref: 100 }));
    at.settle();
    expect(watcher.prefixes).toEqual(ROUTES);
    source.send(END);
    at.settle();
    expect(watcher.prefixes).toEqual([ROUTES[0]]);
    expect(at.eventsNamed('peer.refreshed')).toEqual([expect.objectContaining({ paths: 1 })]);
  });

  test('loses nothing at an EoRR without a BoRR, nor where it is not agreed on', () => {
    const first = scene();
    first.source.send(END);
    first.world.settle();
    expect(first.watcher.prefixes).toEqual(ROUTES);
    const second = scene([]);
    second.source.send(BEGIN, END);
    second.world.settle();
    expect(second.watcher.prefixes).toEqual(ROUTES);
  });

  test('begins anew with a second BoRR', () => {
    const { world: at, source, watcher } = scene();
    source.send(
      BEGIN,
      announce([ROUTES[0]], { localPref: 100 }),
      BEGIN,
      announce([ROUTES[1]], { localPref: 100 }),
      END,
    );
    at.settle();
    expect(watcher.prefixes).toEqual([ROUTES[1]]);
  });

  test('and never sends EoRR loses what it left out after a time', () => {
    const { world: at, source, watcher } = scene(ENHANCED, { holdMs: 0 });
    source.send(BEGIN, announce([ROUTES[0]], { localPref: 100 }));
    at.pass(359_000);
    expect(watcher.prefixes).toEqual(ROUTES);
    at.pass(2_000);
    expect(watcher.prefixes).toEqual([ROUTES[0]]);
    expect(at.eventsNamed('peer.refresh-unfinished')).toHaveLength(1);
  });

  test('before its End-of-RIB, having graceful restart, is not listened to (RFC 7313 4)', () => {
    const gracefulRestart = { full: true, restartMs: 120_000, staleMs: 300_000 };
    const { world: at, source, watcher } = scene([...ENHANCED, ...RESTARTING], { gracefulRestart });
    source.send(BEGIN, END);
    at.settle();
    expect(watcher.prefixes).toEqual(ROUTES);
    source.send(END_OF_RIB, BEGIN, END);
    at.settle();
    expect(watcher.prefixes).toEqual([]);
  });

  test.each([
    ['a BoRR that is too long', message(5, [0, 1, 1, 1, 0]), 7],
    ['an EoRR that is too long', message(5, [0, 1, 2, 1, 0, 0]), 7],
  ])('with %s is answered with ROUTE-REFRESH Message Error and the message (RFC 7313 5)', (_name, wrong, code) => {
    const { world: at, source } = scene();
    source.send(wrong);
    at.settle();
    expect(source.notification).toEqual({ code, subcode: 1, data: wrong });
  });

  test('with a subtype that does not exist is not minded', () => {
    const { world: at, source, watcher } = scene();
    source.history.length = 0;
    source.send(message(5, [0, 1, 9, 1]), message(5, [0, 7, 1, 1]));
    at.settle();
    expect([source.notification, watcher.prefixes]).toEqual([null, ROUTES]);
  });
});

describe('a peer that takes nothing', () => {
  test('is given up after the send hold time, though it sends keepalives', () => {
    const at = world({ sendHoldMs: 60_000 });
    const stuck = peer(at, 1);
    const source = peer(at, 2);
    stuck.connection.reading = false;
    source.send(announce(['10.1.0.0/16'], { localPref: 100 }));
    const pass = (seconds: number) => {
      for (let i = 0; i < seconds; i += 20) {
        at.pass(20_000);
        stuck.send(message(4, []));
        source.send(message(4, []));
      }
    };
    pass(60);
    expect(at.eventsNamed('peer.down')).toEqual([]);
    pass(40);
    const [down] = at.eventsNamed('peer.down');
    expect(down).toMatchObject({ peer: '10.0.0.1', code: 8, subcode: 0 });
    expect(JSON.stringify(down)).toContain('read nothing');
    expect(source.connection.closed).toBe(false);
  });

  test('and one that is slow but takes something is not', () => {
    const at = world({ sendHoldMs: 60_000 });
    const slow = peer(at, 1);
    slow.connection.reading = false;
    for (let i = 0; i < 20; i++) {
      at.pass(20_000);
      slow.send(message(4, []));
      slow.connection.drain();
      slow.connection.reading = i % 2 === 0;
      slow.connection.drain();
      slow.connection.reading = false;
    }
    expect(at.eventsNamed('peer.down')).toEqual([]);
  });
});

describe('words for the operator of the other side (RFC 9003)', () => {
  test('go with a reset, and with a stop', () => {
    const at = world();
    const first = peer(at, 1);
    const object = at.engine.peers.get('10.0.0.1');
    at.engine.resetPeer(object as NonNullable<typeof object>, 'test', cease.resetWith('new cable'));
    at.settle();
    expect(first.notification).toMatchObject({ code: 6, subcode: 4 });
    expect(new TextDecoder().decode(first.notification?.data.subarray(1))).toBe('new cable');
    const second = peer(at, 2);
    at.engine.stop(true, 'good night');
    at.settle();
    expect(second.notification).toMatchObject({ code: 6, subcode: 2 });
    expect(new TextDecoder().decode(second.notification?.data.subarray(1))).toBe('good night');
  });

  test('have 255 octets', () => {
    expect(excessOfText('é'.repeat(127))).toBeNull();
    expect(excessOfText('é'.repeat(128))).toBe(1);
  });
});
