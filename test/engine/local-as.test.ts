/** A peer that knows us by an AS number of its own (RFC 7705): the OPEN, the paths in both directions, and what is a loop. */
import { viewPeer } from '../../src/engine/show/peers.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import type { ExchangeSpec, LocalAsSpec } from '../../src/spec/exchange.ts';
import { announce, attribute, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, router, World } from './world.ts';

const PREFIX = '10.1.0.0/16';
const LOCAL = 64_999;
const SITE = 65_001;
const OTHER = 65_009;
const OUTSIDE = { remoteAs: { kind: 'external' } } as const;

/** A client, a peer of the old number, and one that knows the router's own. */
function world(local: Partial<LocalAsSpec> = {}, over: Partial<ExchangeSpec> = {}) {
  const localAs = { as: LOCAL, routerAs: OUR_AS, prepend: true, replace: false, ...local };
  const exchange = { client: false, enforceFirstAs: true };
  const session = { ...OUTSIDE, localAs: localAs.as, alsoOurs: [OUR_AS] };
  const old = peerSpec('192.0.2.1', { session, exchange: { ...exchange, localAs, ...over } });
  const plain = peerSpec('192.0.2.2', { session: OUTSIDE, exchange });
  const made = new World(router({ peers: [old, plain] }));
  return { made, host: SimPeer.up(made, '10.0.0.1', 1), site: new SimPeer(made, '192.0.2.1', 2, SITE), plain };
}

function up(local: Partial<LocalAsSpec> = {}, over: Partial<ExchangeSpec> = {}) {
  const { made, host, site } = world(local, over);
  site.establish();
  return { made, host, site, other: SimPeer.up(made, '192.0.2.2', 3, OTHER) };
}

function sendRoute(
  made: World,
  peer: SimPeer,
  asPath: readonly (number | readonly number[])[],
  extra: number[][] = [],
): void {
  const inside = peer.as === OUR_AS ? { localPref: 100 } : {};
  peer.send(announce([PREFIX], { nextHop: '192.0.2.9', asPath, extra, ...inside }));
  made.settle();
}

const pathAt = (peer: SimPeer) => peer.held.get(PREFIX)?.asPath;

describe('the OPEN', () => {
  test.each([
    [LOCAL, [LOCAL >> 8, LOCAL & 255], [0, 0, LOCAL >> 8, LOCAL & 255]],
    [4_200_000_001, [0x5b, 0xa0], [0xfa, 0x56, 0xea, 0x01]],
  ])('carries %i', (as, narrow, wide) => {
    const { site, made } = world({ as });
    made.settle();
    const bytes = [...(site.open as Uint8Array)];
    expect(bytes.slice(20, 22)).toEqual(narrow);
    expect(bytes.join(' ')).toContain(`65 4 ${wide.join(' ')}`);
  });

  test.each([
    ["the router's own number", OUR_AS],
    ['the number that it knows us by', LOCAL],
  ])('of a peer with %s is refused: that is no session with another AS', (_what, as) => {
    const { made, site } = world();
    site.establish(open(as, 2));
    expect(site.notification).toMatchObject({ code: 2, subcode: 2 });
    expect(JSON.stringify(made.eventsNamed('peer.open-rejected'))).toContain(`any AS but our own ${LOCAL}, ${OUR_AS}`);
  });

  test('of a peer with our router id is fine, as the AS is another one (RFC 6286)', () => {
    const { made, site } = world();
    site.establish(open(SITE, made.engine.spec.routerId));
    expect(site.notification).toBeNull();
    expect(made.engine.peers.get('192.0.2.1')!.stateName).toBe('Established');
  });
});

describe('what comes from the peer', () => {
  test('has the number in front, for peers inside and outside', () => {
    const { made, host, site, other } = up();
    sendRoute(made, site, [SITE, 3333]);
    expect([pathAt(host), pathAt(other)]).toEqual([`${LOCAL} ${SITE} 3333`, `${OUR_AS} ${LOCAL} ${SITE} 3333`]);
  });

  test('does not with no-prepend', () => {
    const { made, host, site, other } = up({ prepend: false });
    sendRoute(made, site, [SITE, 3333]);
    expect([pathAt(host), pathAt(other)]).toEqual([`${SITE} 3333`, `${OUR_AS} ${SITE} 3333`]);
  });

  test('is as long as that makes it: another path of the same length wins', () => {
    const { made, site, other, host } = up();
    sendRoute(made, site, [SITE]);
    sendRoute(made, other, [OTHER]);
    expect(pathAt(host)).toBe(`${OTHER}`);
  });

  test('keeps everything else, AGGREGATOR too, and is withdrawn', () => {
    const { made, host, site } = up();
    sendRoute(
      made,
      site,
      [SITE],
      [attribute(0xc0, 7, [0, 0, 0xfd, 0xe9, 192, 0, 2, 1]), attribute(0xc0, 35, [0, 0, 0, 9])],
    );
    const { aggregator, others } = host.held.get(PREFIX)!;
    expect(aggregator).toBe(`${SITE} 192.0.2.1`);
    expect(others).toEqual([expect.objectContaining({ code: 35, value: '00000009' })]);
    site.send(withdraw([PREFIX]));
    made.settle();
    expect(host.prefixes).toEqual([]);
  });

  test('must begin with the number of the peer, as it came', () => {
    const { made, host, site } = up();
    sendRoute(made, site, [OTHER, SITE]);
    expect(host.prefixes).toEqual([]);
    sendRoute(made, site, [[SITE, OTHER]]);
    expect(host.prefixes).toEqual([]);
    sendRoute(made, site, [SITE, [3333, 4444]]);
    expect(pathAt(host)).toBe(`${LOCAL} ${SITE} {3333,4444}`);
    sendRoute(made, site, []);
    expect(host.prefixes).toEqual([]);
  });

  test('begins a new segment where the first one is full', () => {
    const { made, host, site } = up();
    const full = new Array(255).fill(SITE);
    sendRoute(made, site, full);
    expect(pathAt(host)).toBe([LOCAL, ...full].join(' '));
  });

  test('goes with what another peer sends that is the same already', () => {
    const { made, host, site, other } = up();
    sendRoute(made, site, [SITE]);
    site.send(withdraw([PREFIX]));
    sendRoute(made, other, [OTHER, LOCAL, SITE]);
    expect(pathAt(host)).toBe(`${OTHER} ${LOCAL} ${SITE}`);
  });
});

describe('what is advertised to the peer', () => {
  test.each([
    [false, [], `${LOCAL} ${OUR_AS}`],
    [true, [], `${LOCAL}`],
    [false, [3333], `${LOCAL} ${OUR_AS} 3333`],
    [true, [3333], `${LOCAL} 3333`],
  ])('replace-as %s of %j', (replace, asPath, seen) => {
    const { made, host, site, other } = up({ replace });
    sendRoute(made, host, asPath);
    expect([pathAt(site), pathAt(other)]).toEqual([seen, [OUR_AS, ...asPath].join(' ')]);
  });

  test.each([
    [false, `${LOCAL} ${OUR_AS} ${OUR_AS} 3333`],
    [true, `${LOCAL} ${LOCAL} 3333`],
  ])('as-override, replace-as %s: the number next to the path takes the place of the peer', (replace, seen) => {
    const { made, host, site } = up({ replace }, { asOverride: true });
    sendRoute(made, host, [SITE, 3333]);
    expect(pathAt(site)).toBe(seen);
  });
});

describe('a loop', () => {
  test.each([
    ['the number that the peer knows', LOCAL, true],
    ["the router's own", OUR_AS, true],
    ['the number that the peer knows', LOCAL, false],
    ["the router's own", OUR_AS, false],
  ])('is a path of the peer with %s (%i; prepended: %s), as often as is not allowed', (_what, as, prepend) => {
    const twice = up({ prepend }, { allowOwnAs: 1 });
    sendRoute(twice.made, twice.site, [SITE, as]);
    expect(twice.host.prefixes).toEqual([PREFIX]);
    sendRoute(twice.made, twice.site, [SITE, as, as]);
    expect(twice.host.prefixes).toEqual([]);
    const never = up({ prepend });
    sendRoute(never.made, never.site, [SITE, as]);
    expect(never.host.prefixes).toEqual([]);
    expect(viewPeer(never.made.engine.peers.get('192.0.2.1')!, 0).ownAsPaths).toBe(1);
  });

  test('is none from others: what is left of the old AS sends paths with its number', () => {
    const { made, host, other } = up();
    sendRoute(made, other, [OTHER, LOCAL]);
    expect(pathAt(host)).toBe(`${OTHER} ${LOCAL}`);
  });
});

test('show rib gives the path as received beside the one in use, where it is asked for', () => {
  const { made, site } = up();
  sendRoute(made, site, [SITE, 3333]);
  const shown = (received?: boolean) => [...viewRib(made.engine, { target: PREFIX, received })][0]!.paths[0]!;
  expect(shown()).not.toHaveProperty('received');
  const { asPath, received } = shown(true);
  expect([asPath, received]).toEqual([
    `${LOCAL} ${SITE} 3333`,
    expect.objectContaining({ asPath: `${SITE} 3333`, nextHop: '192.0.2.9', origin: 'IGP', others: [] }),
  ]);
});

test('paths that are kept over a restart of the peer follow what the operator says meanwhile', () => {
  const gracefulRestart = { full: true, restartMs: 120_000, staleMs: 360_000 };
  const session = { ...OUTSIDE, localAs: LOCAL, alsoOurs: [OUR_AS], gracefulRestart };
  const localAs = { as: LOCAL, routerAs: OUR_AS, prepend: true, replace: false };
  const spec = peerSpec('192.0.2.1', { session, exchange: { client: false, enforceFirstAs: true, localAs } });
  const made = new World(router({ peers: [spec] }));
  const [host, site] = [SimPeer.up(made, '10.0.0.1', 1), new SimPeer(made, '192.0.2.1', 2, SITE)];
  const as4 = [65, 4, 0, 0, SITE >> 8, SITE & 255];
  const kept = (flags: number) => [1, 4, 0, 1, 0, 1, ...as4, 64, 6, flags, 120, 0, 1, 1, 0x80];
  site.establish(open(SITE, 2, { capabilities: kept(0) }));
  sendRoute(made, site, [SITE]);
  expect(pathAt(host)).toBe(`${LOCAL} ${SITE}`);
  site.connection.lose();
  made.settle();
  const peer = made.engine.peers.get('192.0.2.1')!;
  peer.reconfigure({ ...spec, exchange: { ...spec.exchange, localAs: { ...localAs, prepend: false } } }, false);
  site.connect();
  site.establish(open(SITE, 2, { capabilities: kept(0x80) }));
  made.settle();
  const [path] = [...viewRib(made.engine, { target: PREFIX })][0]!.paths;
  expect(path).toMatchObject({ stale: true, unusable: null, asPath: `${SITE}` });
  expect(pathAt(host)).toBe(`${SITE}`);
});

test('is shown', () => {
  const { made } = up({ replace: true });
  const view = (address: string) => viewPeer(made.engine.peers.get(address)!, 0);
  expect(view('192.0.2.1')).toMatchObject({
    localAs: LOCAL,
    localAsUse: { routerAs: OUR_AS, prepend: true, replace: true },
  });
  expect(view('192.0.2.2')).toMatchObject({ localAs: OUR_AS, localAsUse: null });
});
