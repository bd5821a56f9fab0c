/** Memberships of route targets (RFC 4684): what a client is sent is what it asks for, in one update group. */
import fc from 'fast-check';
import { viewAdvertised } from '../../src/engine/show/routes/advertised.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { CHUNK_BYTES } from '../../src/reflect/encode/chunks.ts';
import { runs } from '../lab/effort.ts';
import { attribute, message, open } from '../lab/updates.ts';
import { announceVpn, ask, RTC_CAPABILITIES, unask, VPNV4, withdrawVpn } from '../lab/vpn.ts';
import { SimPeer } from './sim-peer.ts';
import { deliver, FAMILIES, up, world } from './vpn-peers.ts';
import { OUR_AS, range, router, World } from './world.ts';

const vpns = ({ prefixes }: SimPeer) => prefixes.filter((text) => text.startsWith('1:'));
const historyOf = ({ history }: SimPeer) => history.filter((text) => /^-?1:/.test(text));
const groupsOf = ({ engine }: World) => engine.reflector.groups[VPNV4.id];

/** The routes that `show peer X advertised` shows. */
function shownTo({ world: { engine }, address }: SimPeer): string[] {
  const rows = [...viewAdvertised(engine, engine.peers.get(address)!, { family: VPNV4.name })];
  return rows.flatMap((row) => row?.prefix ?? []).sort();
}

const RED = '1:1:10.1.0.0/24';
const BLUE = '1:2:10.2.0.0/24';
const BOTH = '1:3:10.3.0.0/24';
const NONE = '1:4:10.4.0.0/24';

function offer(source: SimPeer): void {
  deliver(source, announceVpn([RED], ['65000:1']), announceVpn([BLUE], ['65000:2']));
  deliver(source, announceVpn([BOTH], ['65000:2', '65000:1']), announceVpn([NONE], []));
}

describe('a client with memberships', () => {
  test('is sent the routes with the route targets that it asks for, in the update group of the others', () => {
    const of = world();
    const source = up(of, 1, null);
    const [red, blue, none, every, plain] = [['65000:1'], ['65000:2'], [], ['default'], null].map((targets, i) =>
      up(of, 2 + i, targets),
    );
    offer(source);
    expect(vpns(red)).toEqual([RED, BOTH]);
    expect(vpns(blue)).toEqual([BLUE, BOTH]);
    expect(vpns(none)).toEqual([]);
    expect(vpns(every)).toEqual([RED, BLUE, BOTH, NONE]);
    expect(vpns(plain)).toEqual([RED, BLUE, BOTH, NONE]);
    expect(groupsOf(of)).toHaveLength(1);
    for (const peer of [red, blue, none, every, plain, source]) expect(shownTo(peer)).toEqual(vpns(peer));
  });

  test('is sent the same by the snapshot when it joins late, and End-of-RIB', () => {
    const of = world();
    offer(up(of, 1, null));
    const late = up(of, 2, ['65000:1']);
    of.pass(3000);
    expect(historyOf(late)).toEqual([RED, BOTH]);
    expect(late.history).toContain('EOR l3vpn-ipv4-unicast');
  });

  test('is sent the difference alone when it asks for more, or for less', () => {
    const of = world();
    const [source, client, other] = [up(of, 1, null), up(of, 2, ['65000:1']), up(of, 3, ['65000:2'])];
    offer(source);
    for (const peer of [client, other]) peer.history.length = 0;
    deliver(client, ask(['65000:2']));
    expect(historyOf(client)).toEqual([BLUE]);
    client.history.length = 0;
    deliver(client, unask(['65000:1']));
    expect(historyOf(client)).toEqual([`-${RED}`]);
    expect(vpns(client)).toEqual([BLUE, BOTH]);
    expect(historyOf(other)).toEqual([]);
    // It follows the log again.
    deliver(source, announceVpn(['1:5:10.5.0.0/24'], ['65000:2']), announceVpn(['1:6:10.6.0.0/24'], ['65000:1']));
    expect(vpns(client)).toEqual([BLUE, BOTH, '1:5:10.5.0.0/24']);
  });

  test('asks with a prefix of route targets, and with several origin AS', () => {
    const of = world();
    const [source, prefixed, all] = [up(of, 1, null), up(of, 2, ['65000:0/64']), up(of, 3, ['65000:0/32'])];
    offer(source);
    deliver(source, announceVpn(['1:7:10.7.0.0/24'], ['65001:1']));
    expect(vpns(prefixed)).toEqual([RED, BLUE, BOTH]);
    expect(vpns(all)).toEqual([RED, BLUE, BOTH, '1:7:10.7.0.0/24']);
  });

  test('a route that gets other route targets is withdrawn from those that ask for the old ones alone', () => {
    const of = world();
    const [source, red, blue, both, plain] = [
      up(of, 1, null),
      up(of, 2, ['65000:1']),
      up(of, 3, ['65000:2']),
      up(of, 4, ['65000:1', '65000:2']),
      up(of, 5, null),
    ];
    deliver(source, announceVpn([RED], ['65000:1']));
    for (const peer of [red, blue, both, plain]) peer.history.length = 0;
    deliver(source, announceVpn([RED], ['65000:2']));
    expect([red, blue, both, plain].map(historyOf)).toEqual([[`-${RED}`], [RED], [RED], [RED]]);
    deliver(source, withdrawVpn([RED]));
    expect([red, blue, both, plain].map(vpns)).toEqual([[], [], [], []]);
    expect(historyOf(red)).toEqual([`-${RED}`]);
  });

  test.each([
    ['a minute', 60_000, [64, 2, 0, 120]],
    ['five seconds without graceful restart, when it may send none,', 5000, []],
  ])('is sent nothing before its End-of-RIB of the memberships, for %s at most', (_words, ms, restart) => {
    const of = world();
    offer(up(of, 1, null));
    const client = new SimPeer(of, '10.0.0.2', 2);
    client.establish(open(OUR_AS, 2, { capabilities: [...RTC_CAPABILITIES, ...restart], holdSeconds: 0 }));
    deliver(client, ask(['65000:1']));
    of.pass(ms - 1000);
    expect(historyOf(client)).toEqual([]);
    of.pass(4000);
    expect(vpns(client)).toEqual([RED, BOTH]);
  });

  test('that is lost and comes back asks anew', () => {
    const of = world();
    const [source, client] = [up(of, 1, null), up(of, 2, ['65000:1'])];
    offer(source);
    client.connection.lose();
    of.settle();
    client.held.clear();
    client.connect();
    client.establish(open(OUR_AS, 2, { capabilities: RTC_CAPABILITIES }));
    deliver(client, ask(['65000:2']), unask([]));
    of.pass(3000);
    expect(vpns(client)).toEqual([BLUE, BOTH]);
  });

  test('is counted what it is sent', () => {
    const of = world();
    const [source, client] = [up(of, 1, null), up(of, 2, ['65000:1'])];
    offer(source);
    deliver(client, announceVpn(['1:8:10.8.0.0/24'], ['65000:1']));
    const [member] = groupsOf(of)[0].members.filter(({ peer }) => peer.routerId === 2);
    expect(member.advertisedCount).toBe(2);
  });

  test('explain says why a route is not sent', () => {
    const of = world();
    const [source, client] = [up(of, 1, null), up(of, 2, ['65000:1'])];
    offer(source);
    const why = (text: string, peer: SimPeer) => {
      const [row] = explain(of.engine, text, [of.engine.peers.get(peer.address)!]);
      return row.why;
    };
    expect(why(RED, client)).toBeNull();
    expect(why(BLUE, client)).toBe('the peer asks for none of its route targets (RFC 4684)');
    const waiting = new SimPeer(of, '10.0.0.3', 3);
    waiting.establish(open(OUR_AS, 3, { capabilities: RTC_CAPABILITIES }));
    expect(why(RED, waiting)).toMatch(/End-of-RIB of rt-constrain is missing/);
  });

  test('tags are given up with their routes', () => {
    const of = world();
    const [source] = [up(of, 1, null), up(of, 2, ['65000:1'])];
    of.pass(3000);
    // As long as that the chunks of the log, which hold tags, are given back.
    const extra = [attribute(0xc0, 99, new Array(2000).fill(7))];
    for (let n = 0; n < 200; n++) deliver(source, announceVpn([RED], [`65000:${n}`], { extra }));
    expect(of.engine.rib.routeTargets.count).toBeLessThan(100);
  });
});

describe('whatever happens, a client holds what it asks for', () => {
  const targets = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
  const client = fc.integer({ min: 0, max: 2 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('offer' as const), n: fc.integer({ min: 1, max: 12 }), targets }),
    fc.record({ kind: fc.constant('remove' as const), n: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('ask' as const), client, targets }),
    fc.record({ kind: fc.constant('stall' as const), client }),
    fc.record({ kind: fc.constant('read' as const), client }),
    fc.record({ kind: fc.constant('refresh' as const), client }),
    fc.record({ kind: fc.constant('flood' as const) }),
  );

  test('with routes, memberships, slow clients and refreshes in any order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const of = new World(router({ ranges: [range({ session: { families: FAMILIES } })] }), {
          slowAfterBytes: 2 * CHUNK_BYTES,
        });
        const source = up(of, 1, null);
        const clients = [2, 3, 4].map((n) => up(of, n, []));
        of.pass(3000);
        const asked = clients.map(() => new Set<string>());
        const routes = new Map<string, string[]>();
        const route = (n: number) => `1:${n}:10.0.${n}.0/24`;
        const read = (peer: SimPeer) => {
          peer.connection.reading = true;
          peer.connection.drain();
          of.settle();
        };
        for (const what of steps) {
          if (what.kind === 'offer') {
            const list = what.targets.map((n) => `65000:${n}`);
            routes.set(route(what.n), list);
            deliver(source, announceVpn([route(what.n)], list));
          } else if (what.kind === 'remove') {
            routes.delete(route(what.n));
            deliver(source, withdrawVpn([route(what.n)]));
          } else if (what.kind === 'ask') {
            const list = new Set(what.targets.map((n) => `65000:${n}`));
            const before = asked[what.client];
            const more = [...list].filter((text) => !before.has(text));
            const less = [...before].filter((text) => !list.has(text));
            asked[what.client] = list;
            if (more.length > 0) deliver(clients[what.client], ask(more));
            if (less.length > 0) deliver(clients[what.client], unask(less));
          } else if (what.kind === 'stall') {
            clients[what.client].connection.reading = false;
          } else if (what.kind === 'read') {
            read(clients[what.client]);
          } else if (what.kind === 'refresh') {
            deliver(clients[what.client], message(5, [0, 1, 0, 128]));
          } else {
            // More than a member may hold of the log.
            const extra = [attribute(0xc0, 99, new Array(3900).fill(7))];
            for (let n = 0; n < 45; n++) {
              deliver(source, announceVpn([route(99)], [`65000:${(n % 4) + 1}`], { extra: [...extra], med: n }));
            }
            deliver(source, withdrawVpn([route(99)]));
          }
        }
        for (const peer of clients) read(peer);
        for (const [i, peer] of clients.entries()) {
          const wanted = [...routes].filter(([, list]) => list.some((text) => asked[i].has(text)));
          expect(vpns(peer)).toEqual(wanted.map(([text]) => text).sort());
          const member = groupsOf(of)[0].members.find((one) => one.peer.routerId === peer.routerId);
          expect(member?.advertisedCount).toBe(wanted.length);
        }
      }),
      { numRuns: runs(40) },
    );
  });
});
