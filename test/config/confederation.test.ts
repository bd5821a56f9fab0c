/** The confederation of a router (RFC 5065): which numbers contradict each other, and what its peers become. */
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import type { PeerSpec } from '../../src/spec/peer.ts';
import { configOf, problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

const CONFEDERATION = '{ identifier: 64500, members: [65000, 65002, 1.10] }';
const router = (confederation = CONFEDERATION, as: number | string = 65000) =>
  `router: { as: ${as}, id: 10.99.0.1, confederation: ${confederation} }\n`;
const one = (settings: string) => `${router()}peers: [{ address: 192.0.2.1, ${settings} }]`;
const peerOf = (settings: string): PeerSpec => specOf(one(settings)).peers[0]!;
const SOMEBODY = 'peers: [{ address: 192.0.2.1, as: internal }]';

describe('contradictions', () => {
  test.each([
    [
      '{ identifier: 64500, members: [65000, 64500] }',
      [
        '1:90 router.confederation.members[1]: AS 64500 is the identifier: it is the number of the whole, and no member has it',
      ],
    ],
    [
      '{ identifier: 64500, members: [65001, 65002] }',
      ['1:82 router.confederation.members: `router.as`, 65000, is not among the members'],
    ],
    [
      '{ identifier: 65000, members: [65001, 65002] }',
      ['1:15 router.as: `router.as`, 65000, is the identifier: this router has the number of its member AS'],
    ],
    [
      '{ identifier: 64500, members: [65000, 65002, 65002] }',
      ['1:97 router.confederation.members[2]: AS 65002 stands in the list already'],
    ],
    [
      '{ identifier: 23456, members: [65000] }',
      ['1:66 router.confederation.identifier: AS 23456 stands for AS numbers of four octets (RFC 6793)'],
    ],
    ['{ identifier: 64500, members: [] }', [expect.stringMatching(/^1:\d+ router\.confederation\.members: /)]],
    ['{ identifier: 64500 }', [expect.stringMatching(/router\.confederation: `members` is missing/)]],
    ['{ members: [65000] }', [expect.stringMatching(/router\.confederation: `identifier` is missing/)]],
    ['64500', [expect.stringMatching(/router\.confederation: 64500 is not a confederation/)]],
    ['{ identifier: 1.1, members: [65000] }', []],
  ])('%s', (confederation, expected) => {
    expect(problemsOf(`${router(confederation)}${SOMEBODY}`)).toEqual(expected);
  });

  test.each([
    ['as: 64500', ['2:35 peers[0].as: AS 64500 is the identifier of our confederation, which no peer can have']],
    ['as: [65002, 3333]', ['2:35 peers[0].as: the list has members of our confederation and others']],
    ['as: [65000, 65002]', ['2:35 peers[0].as: the list has our own AS 65000 and others']],
    ['as: [65002, 65546]', []],
    [
      'as: 65002, route-reflector-client: true',
      ['2:66 peers[0].route-reflector-client: a peer of another AS cannot be a client of a route reflector'],
    ],
    [
      'as: 65002, as-override: true',
      [
        '2:55 peers[0].as-override: `as-override` is for peers of another AS: inside the confederation no AS_PATH is changed',
      ],
    ],
    [
      'as: 65002, bgp-role: peer',
      [
        '2:52 peers[0].bgp-role: `bgp-role` is for peers of other AS, and this one is inside our confederation (RFC 9234)',
      ],
    ],
    [
      'as: 65002, local-as: 64999',
      [
        '2:52 peers[0].local-as: `local-as` is for peers of another AS: inside the confederation this router has the number of its member AS',
      ],
    ],
    ['as: 3333, local-as: 64500', ['2:51 peers[0].local-as: AS 64500 is the number that this router has anyway']],
    [
      'as: 3333, local-as: 65000',
      ['2:51 peers[0].local-as: AS 65000 is a member of our confederation: outside nobody knows it'],
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

  test('outside: the identifier, and a policy that has to be said (RFC 8212)', () => {
    const { session, exchange } = peerOf('as: external');
    expect(session).toMatchObject({ localAs: 64500, alsoOurs: [65000, 65002, 65546] });
    expect(session.confederation).toBeUndefined();
    expect(exchange).toMatchObject({ import: 'reject', export: 'reject', aigp: false });
    expect(warningsOf(one('as: 3333'))).toEqual([expect.stringContaining('RFC 8212')]);
  });

  test('outside with an AS number of its own: in front of the identifier', () => {
    const { session, exchange } = peerOf('as: 3333, local-as: 64999');
    expect(session).toMatchObject({ localAs: 64999, alsoOurs: [64500, 65000, 65002, 65546] });
    expect(exchange.localAs).toMatchObject({ as: 64999, routerAs: 64500 });
  });

  test('inside: as without a confederation', () => {
    const { session, exchange } = peerOf('as: internal, route-reflector-client: true');
    expect(session).toMatchObject({ localAs: 65000, remoteAs: { kind: 'internal' } });
    expect([session.confederation, session.alsoOurs]).toEqual([undefined, undefined]);
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

  test('leaves them as they are with another AS number and router id, too', () => {
    const text = `router: { as: 65009, id: 10.99.0.2, cluster-id: 10.99.0.1 }\n${peers}`;
    const diff = diffSpecs(before, resolve(configOf(text), undefined, before));
    expect([diff.restartNeeded, diff.peers.changed]).toEqual([['router.as', 'router.id'], []]);
  });
});
