/** What is done about AS numbers, from the bytes of one peer to the bytes of the others. */
import type { ExchangeSpec } from '../../src/spec/exchange.ts';
import { PRIVATE_AS } from '../../src/wire/attributes/encode.ts';
import { announce, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { address, OUR_AS, peerSpec, range, router, World } from './world.ts';

const PREFIX = '10.1.0.0/16';
const SITE = 65_001;

/** A host, and two sites of one AS, the second with the settings under test. */
function world(settings: Partial<ExchangeSpec>, as = SITE) {
  const outside = { session: { remoteAs: { kind: 'external' } }, exchange: { client: false } } as const;
  const spec = (exchange: Partial<ExchangeSpec>) =>
    peerSpec('192.0.2.2', { ...outside, exchange: { ...outside.exchange, ...exchange } });
  const made = new World(router({ peers: [peerSpec('192.0.2.1', outside), spec(settings)] }));
  const host = SimPeer.up(made, '10.0.0.1', 1);
  const one = SimPeer.up(made, '192.0.2.1', 2, SITE);
  const two = SimPeer.up(made, '192.0.2.2', 3, as);
  const change = (exchange: Partial<ExchangeSpec>) => {
    made.engine.peers.get('192.0.2.2')!.reconfigure(spec(exchange), true);
    made.settle();
  };
  return { made, host, one, two, change };
}

function from(peer: SimPeer, asPath: readonly number[], made: World): void {
  const inside = peer.as === OUR_AS ? { localPref: 100 } : {};
  peer.send(announce([PREFIX], { nextHop: '192.0.2.9', asPath: [...asPath], ...inside }));
  made.settle();
}

describe('the first AS of a path', () => {
  test.each([
    ['another one', [65_009, SITE]],
    ['none', []],
  ])("%s instead of the peer's: not used, until that is allowed", (_what, asPath) => {
    const { made, host, two, change } = world({ enforceFirstAs: true });
    from(two, asPath, made);
    expect(host.prefixes).toEqual([]);
    expect(made.engine.peers.get('192.0.2.2')!.session!.ribPeer).toMatchObject({ importAccepts: true });
    change({ enforceFirstAs: false });
    expect(host.prefixes).toEqual([PREFIX]);
    change({ enforceFirstAs: true });
    expect(host.prefixes).toEqual([]);
    from(two, [SITE, 65_009], made);
    expect(host.held.get(PREFIX)?.asPath).toBe(`${SITE} 65009`);
  });

  test('a path that fails takes the place of the one before: that is withdrawn', () => {
    const { made, host, two } = world({ enforceFirstAs: true });
    from(two, [SITE], made);
    expect(host.prefixes).toEqual([PREFIX]);
    from(two, [65_009], made);
    expect(host.prefixes).toEqual([]);
  });
});

test('our own AS may stand in a path as often as is allowed', () => {
  const { made, host, two, change } = world({ allowOwnAs: 1 });
  from(two, [SITE, OUR_AS], made);
  expect(host.held.get(PREFIX)?.asPath).toBe(`${SITE} ${OUR_AS}`);
  from(two, [SITE, OUR_AS, OUR_AS], made);
  expect(host.prefixes).toEqual([]);
  change({ allowOwnAs: 2 });
  expect(host.prefixes).toEqual([PREFIX]);
});

describe('toward a site of the same AS', () => {
  test('its own number stays, unless ours is to take its place; a reload sends the difference', () => {
    const { made, one, two, change } = world({});
    from(one, [SITE, 3333], made);
    expect(two.held.get(PREFIX)?.asPath).toBe(`${OUR_AS} ${SITE} 3333`);
    change({ asOverride: true });
    expect(two.held.get(PREFIX)?.asPath).toBe(`${OUR_AS} ${OUR_AS} 3333`);
  });
});

describe('private AS numbers toward a peer', () => {
  test.each([
    [PRIVATE_AS.dropIfAll, [SITE], `${OUR_AS}`],
    [PRIVATE_AS.dropIfAll, [SITE, 3333], `${OUR_AS} ${SITE} 3333`],
    [PRIVATE_AS.drop, [SITE, 3333, 4_200_000_000], `${OUR_AS} 3333`],
    [PRIVATE_AS.replace, [SITE, 3333], `${OUR_AS} ${OUR_AS} 3333`],
  ])('%#', (privateAs, asPath, seen) => {
    const { made, one, two } = world({ privateAs }, 4444);
    from(one, asPath, made);
    expect(two.held.get(PREFIX)?.asPath).toBe(seen);
  });
});

test('a next hop is changed in the configured family, and a reload changes another one', () => {
  const { made, host, two, change } = world({
    nextHop: { kind: 'families', modes: [{ kind: 'unchanged' }, { kind: 'self' }] },
  });
  from(host, [], made);
  expect(two.held.get(PREFIX)?.nextHop).toBe('192.0.2.9');
  change({
    nextHop: { kind: 'families', modes: [{ kind: 'address', address: address('192.0.2.77') }, { kind: 'unchanged' }] },
  });
  expect(two.held.get(PREFIX)?.nextHop).toBe('192.0.2.77');
});

describe('PREFIX_SID (RFC 8669)', () => {
  const sid = [0xc0, 40, 10, 1, 0, 7, 0, 0, 0, 0, 0, 3, 9];
  const sent = (peer: SimPeer, made: World) => {
    const inside = peer.as === OUR_AS ? { localPref: 100 } : { asPath: [peer.as] };
    peer.send(announce([PREFIX], { nextHop: '192.0.2.9', extra: [sid], ...inside }));
    made.settle();
  };
  const codes = (peer: SimPeer) => peer.held.get(PREFIX)?.others.map(({ code }) => code);

  test('goes to other AS only where that is configured; the route without it goes to all', () => {
    const { made, host, one, two } = world({ prefixSid: true });
    sent(host, made);
    expect([codes(one), codes(two)]).toEqual([[], [40]]);
  });

  test('is accepted from another AS only where configured, whichever peer sent the same bytes before', () => {
    const { made, host, one, two } = world({ prefixSid: true });
    sent(two, made);
    expect(codes(host)).toEqual([40]);
    two.send(withdraw([PREFIX]));
    sent(one, made);
    expect(codes(host)).toEqual([]);
  });

  test('is removed in both directions where a peer of our own AS has `prefix-sid: false`', () => {
    const made = new World(
      router({ ranges: [range()], peers: [peerSpec('192.0.2.1', { exchange: { prefixSid: false } })] }),
    );
    const [host, plain] = [SimPeer.up(made, '10.0.0.1', 1), SimPeer.up(made, '192.0.2.1', 2)];
    sent(host, made);
    expect(codes(plain)).toEqual([]);
    host.send(withdraw([PREFIX]));
    sent(plain, made);
    expect(codes(host)).toEqual([]);
  });
});

describe('AIGP', () => {
  const metric = [0x80, 26, 11, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 7];
  const sent = (peer: SimPeer, made: World) => {
    const inside = peer.as === OUR_AS ? { localPref: 100 } : { asPath: [peer.as] };
    peer.send(announce([PREFIX], { nextHop: '192.0.2.9', extra: [metric], ...inside }));
    made.settle();
  };
  const codes = (peer: SimPeer) => peer.held.get(PREFIX)?.others.map(({ code }) => code);

  test('goes to other AS only where that is wanted', () => {
    const { made, host, one, two } = world({ aigp: true });
    sent(host, made);
    expect([codes(one), codes(two)]).toEqual([[], [26]]);
  });

  test('is accepted from another AS only where configured, whichever peer sent the same bytes before', () => {
    const { made, host, one, two } = world({ aigp: true });
    sent(two, made);
    expect(codes(host)).toEqual([26]);
    two.send(withdraw([PREFIX]));
    sent(one, made);
    expect(codes(host)).toEqual([]);
  });
});
