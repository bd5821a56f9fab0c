/** The confederation of a router (RFC 5065): contradictions, and the specification of its peers. */
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import type { PeerSpec } from '../../src/spec/peer.ts';
import { configOf, problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

const CONFEDERATION = '{ identifier: 64500, members: [65000, 65002, 1.10] }';
const router = (confederation = CONFEDERATION, as: number | string = 65000) =>
  `router: { as: ${as}, id: 10.99.0.1, confederation: ${confederation} }\n`;
const one = (settings: string) => `${router()}peers: [{ address: 192.0.2.1, ${settings} }]`;
const peerOf = (settings: string): PeerSpec => specOf(one(settings)).peers[0]!;
const ONE_PEER = 'peers: [{ address: 192.0.2.1, as: internal }]';

describe('contradictions', () => {
  test.each([
    [
      '{ identifier: 64500, members: [65000, 64500] }',
      ['1:90 router.confederation.members[1]: AS 64500 is the identifier of the confederation and cannot be a member'],
    ],
    [
      '{ identifier: 64500, members: [65001, 65002] }',
      ['1:82 router.confederation.members: `router.as` 65000 is not one of the members'],
    ],
    [
      '{ identifier: 65000, members: [65001, 65002] }',
      ['1:15 router.as: `router.as` 65000 is the identifier of the confederation, not a member AS'],
    ],
    [
      '{ identifier: 64500, members: [65000, 65002, 65002] }',
      ['1:97 router.confederation.members[2]: AS 65002 is already in the list'],
    ],
    [
      '{ identifier: 23456, members: [65000] }',
      ['1:66 router.confederation.identifier: AS 23456 is AS_TRANS, the placeholder for 4-octet AS numbers (RFC 6793)'],
    ],
    ['{ identifier: 64500, members: [] }', [expect.stringMatching(/^1:\d+ router\.confederation\.members: /)]],
    ['{ identifier: 64500 }', [expect.stringMatching(/router\.confederation: `members` is missing/)]],
    ['{ members: [65000] }', [expect.stringMatching(/router\.confederation: `identifier` is missing/)]],
    ['64500', [expect.stringMatching(/router\.confederation: 64500 is not a confederation/)]],
    ['{ identifier: 1.1, members: [65000] }', []],
  ])('%s', (confederation, expected) => {
    expect(problemsOf(`${router(confederation)}${ONE_PEER}`)).toEqual(expected);
  });

  test.each([
    ['as: 64500', ['2:35 peers[0].as: AS 64500 is the identifier of our confederation; no peer can have it']],
    ['as: [65002, 3333]', ['2:35 peers[0].as: the list mixes members of our confederation with other AS numbers']],
    ['as: [65000, 65002]', ['2:35 peers[0].as: the list mixes our own AS 65000 with other AS numbers']],
    ['as: [65002, 65546]', []],
    [
      'as: 65002, route-reflector-client: true',
      ['2:66 peers[0].route-reflector-client: a peer in another AS cannot be a client of a route reflector'],
    ],
    [
      'as: 65002, as-override: true',
      ['2:55 peers[0].as-override: `as-override` is for eBGP peers; AS_PATH is not changed inside the confederation'],
    ],
    [
      'as: 65002, bgp-role: peer',
      ['2:52 peers[0].bgp-role: `bgp-role` is for eBGP peers; this peer is inside our confederation (RFC 9234)'],
    ],
    [
      'as: 65002, local-as: 64999',
      ['2:52 peers[0].local-as: `local-as` is for eBGP peers; confederation peers see the number of the member AS'],
    ],
    [
      'as: 3333, local-as: 64500',
      ['2:51 peers[0].local-as: AS 64500 is already the AS number of this router toward eBGP peers'],
    ],
    [
      'as: 3333, local-as: 65000',
      ['2:51 peers[0].local-as: AS 65000 is a member of our confederation, which eBGP peers do not see'],
    ],
    ['as: 3333, local-as: 64999', []],
  ])('of a peer: %s', (settings, expected) => {
    expect(problemsOf(one(settings))).toEqual(expected);
  });
});

describe('a peer', () => {
  test('of another member AS: our member AS, no policy needed, TTL 1, AIGP', () => {
    const { session, exchange, transport } = peerOf('as: 1.10');
    expect(session).toMatchObject({ localAs: 65000, confederation: true, remoteAs: { kind: 'list', list: [65_546] } });
    expect(exchange).toMatchObject({
      client: false,
      import: 'accept',
      export: 'accept',
      aigp: true,
      enforceFirstAs: true,
    });
    expect(transport.ttl).toBe(1);
    expect(warningsOf(one('as: 1.10'))).toEqual([]);
  });

  test('outside: the identifier, and an explicit policy (RFC 8212)', () => {
    const { session, exchange } = peerOf('as: external');
    expect(session).toMatchObject({ localAs: 64500, alsoOurs: [65000, 65002, 65546] });
    expect(session.confederation).toBe(false);
    expect(exchange).toMatchObject({ import: 'reject', export: 'reject', aigp: false });
    expect(warningsOf(one('as: 3333'))).toEqual([expect.stringContaining('RFC 8212')]);
  });

  test('outside with `local-as`: in front of the identifier', () => {
    const { session, exchange } = peerOf('as: 3333, local-as: 64999');
    expect(session).toMatchObject({ localAs: 64999, alsoOurs: [64500, 65000, 65002, 65546] });
    expect(exchange.localAs).toMatchObject({ as: 64999, routerAs: 64500 });
  });

  test('inside: as without a confederation', () => {
    const { session, exchange } = peerOf('as: internal, route-reflector-client: true');
    expect(session).toMatchObject({ localAs: 65000, remoteAs: { kind: 'internal' } });
    expect([session.confederation, session.alsoOurs]).toEqual([false, []]);
    expect(exchange.client).toBe(true);
  });
});

describe('a reload', () => {
  const peers = 'peers: [{ address: 192.0.2.1, as: 3333 }, { address: 192.0.2.2, as: 65002 }]';
  const before = specOf(`${ROUTER}${peers}`);

  test('names a changed confederation, and leaves the peers of the running router as they are', () => {
    const after = resolve(configOf(`${router()}${peers}`), undefined, before);
    expect(after.confederation).toEqual({ identifier: 64500, members: [65000, 65002, 65546] });
    const diff = diffSpecs(before, after);
    expect([diff.restartNeeded, diff.peers.changed]).toEqual([['router.confederation'], []]);
  });

  test('leaves them as they are with a new AS number and router ID as well', () => {
    const text = `router: { as: 65009, id: 10.99.0.2, cluster-id: 10.99.0.1 }\n${peers}`;
    const diff = diffSpecs(before, resolve(configOf(text), undefined, before));
    expect([diff.restartNeeded, diff.peers.changed]).toEqual([['router.as', 'router.id'], []]);
  });
});
