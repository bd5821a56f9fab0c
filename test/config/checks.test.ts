/** What does not go together, though each part is right by itself. */
import { load } from '../../src/config/read/load.ts';
import { problemsOf, ROUTER, suggestionFor, warningsOf } from './support.ts';

function groups(...lines: string[]): string {
  return `${ROUTER}groups:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function peers(...lines: string[]): string {
  return `${ROUTER}peers:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
}

describe('AS numbers', () => {
  test.each([
    [
      'router',
      'router: { as: 23456, id: 10.0.0.1 }\n',
      '1:15 router.as: AS 23456 stands for AS numbers of four octets (RFC 6793)',
    ],
    [
      'a peer',
      peers('{ address: 192.0.2.1, as: 23456 }'),
      '3:31 peers[0].as: AS 23456 stands for AS numbers of four octets (RFC 6793)',
    ],
    [
      'a list',
      groups('g: { as: [65001, 23456] }'),
      '3:20 groups.g.as[1]: AS 23456 stands for AS numbers of four octets (RFC 6793)',
    ],
    [
      'asdot',
      peers('{ address: 192.0.2.1, as: 0.23456 }'),
      '3:31 peers[0].as: AS 0.23456 stands for AS numbers of four octets (RFC 6793)',
    ],
  ])('AS_TRANS is nobody: %s', (_name, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test.each([
    ['65535', 'is reserved (RFC 7300)'],
    ['4294967295', 'is reserved (RFC 7300)'],
    ['65535.65535', 'is reserved (RFC 7300)'],
    ['65552', 'is reserved by IANA'],
    ['131071', 'is reserved by IANA'],
  ])('AS %s is taken with a warning', (as, why) => {
    const text = peers(`{ address: 192.0.2.1, as: ${as}, import: accept, export: accept }`);
    expect(warningsOf(text)).toEqual([`3:31 peers[0].as: AS ${as} ${why}`]);
  });

  test('a list may not be inside and outside the AS', () => {
    expect(problemsOf(groups('g: { as: [65000, 65001] }'))).toEqual([
      '3:12 groups.g.as: the list has our own AS 65000 and others',
    ]);
    expect(problemsOf(groups('g: { as: [0.65000, 65001] }'))).toHaveLength(1);
    expect(problemsOf(groups('g: { as: [65000] }'))).toEqual([]);
  });

  test('a number stands in a list once, in whatever notation', () => {
    expect(problemsOf(groups('g: { as: [65546, 1.10, 70000] }'))).toEqual([
      '3:20 groups.g.as[1]: AS 1.10 stands in the list already',
    ]);
  });

  test('a peer needs one, from itself or its group', () => {
    expect(
      problemsOf(`${peers('{ address: 192.0.2.1, group: g }', '{ address: 192.0.2.2 }')}groups: { g: {} }`),
    ).toEqual([
      '3:7 peers[0]: `as` is missing here and in the group',
      '4:7 peers[1]: `as` is missing here and in the group',
    ]);
  });

  test('so does a group with dynamic ranges, and no other', () => {
    expect(problemsOf(groups('a: { dynamic: [{ range: 10.0.0.0/8 }] }', 'b: { passive: true }'))).toEqual([
      '3:3 groups.a: `as` is missing, and the group has dynamic ranges',
    ]);
  });

  test('a wrong one is not missing as well', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: x }'))).toEqual(['3:31 peers[0].as: x is not an AS number']);
    expect(problemsOf(`${peers('{ address: 192.0.2.1, group: g }')}groups: { g: { as: x } }`)).toEqual([
      '4:20 groups.g.as: x is not an AS number',
    ]);
    expect(problemsOf(`${peers('{ address: 192.0.2.1, group: g }')}groups: { g: 5 }`)).toEqual([
      '4:14 groups.g: 5 is not a group',
    ]);
  });
});

describe('clients', () => {
  test.each([
    ['external', groups('g: { as: external, route-reflector-client: true }'), '3:46 groups.g.route-reflector-client'],
    [
      'a number',
      peers('{ address: 192.0.2.1, as: 65001, route-reflector-client: true }'),
      '3:62 peers[0].route-reflector-client',
    ],
    ['a list', groups('g: { as: [65001], route-reflector-client: true }'), '3:45 groups.g.route-reflector-client'],
    [
      'its own AS in a group of clients',
      `${groups('g: { as: 65000, route-reflector-client: true }')}peers: [{ address: 192.0.2.1, group: g, as: 65001 }]`,
      '4:45 peers[0].as',
    ],
  ])('a client is never of another AS: %s', (_name, text, place) => {
    expect(problemsOf(text)).toEqual([`${place}: a peer of another AS cannot be a client of a route reflector`]);
  });

  test('nothing is said of clients while our own AS number is wrong', () => {
    const text = `router: { as: x, id: 10.0.0.1 }\npeers: [{ address: 192.0.2.1, as: 65001, route-reflector-client: true }]`;
    expect(problemsOf(text)).toEqual(['1:15 router.as: x is not an AS number']);
  });

  test('a group may leave the AS to its peers', () => {
    const text = `${groups('g: { route-reflector-client: true }')}peers: [{ address: 192.0.2.1, group: g, as: internal }]`;
    expect(problemsOf(text)).toEqual([]);
  });

  test('cluster settings of a peer that is no client have no effect, and a warning', () => {
    const text = peers('{ address: 192.0.2.1, as: internal, cluster-id: 10.0.0.1, client-to-client: false }');
    expect(warningsOf(text)).toEqual([
      '3:53 peers[0].cluster-id: this has no effect: the peer is not a client',
      '3:81 peers[0].client-to-client: this has no effect: the peer is not a client',
    ]);
  });
});

describe('policy of eBGP peers (RFC 8212)', () => {
  const DYNAMIC = 'dynamic: [{ range: 192.0.2.0/24 }]';

  test.each([
    ['none', '', 'without `import` and `export`: its routes are rejected, no routes are sent to it'],
    ['only import', ', import: accept', 'without `export`: no routes are sent to it'],
    ['only export', ', export: reject', 'without `import`: its routes are rejected'],
  ])('%s', (_name, policy, words) => {
    expect(warningsOf(groups(`g: { as: external, ${DYNAMIC}${policy} }`))).toEqual([
      `3:12 groups.g.as: a peer of another AS ${words} (RFC 8212)`,
    ]);
  });

  test('both are right, and iBGP needs none', () => {
    expect(warningsOf(groups(`g: { as: external, import: accept, export: reject, ${DYNAMIC} }`))).toEqual([]);
    expect(warningsOf(groups(`g: { as: internal, ${DYNAMIC} }`))).toEqual([]);
    expect(warningsOf(groups(`g: { as: 65000, ${DYNAMIC} }`))).toEqual([]);
  });

  test('peers that have their AS from one group are warned of once, and not if they say it themselves', () => {
    const list = ['{ address: 192.0.2.1, group: g }', '{ address: 192.0.2.2, group: g, import: accept }'];
    expect(warningsOf(`${peers(...list)}groups: { g: { as: 65001 } }`)).toEqual([
      '5:20 groups.g.as: a peer of another AS without `import` and `export`: its routes are rejected, no routes are sent to it (RFC 8212)',
    ]);
    const both = '{ address: 192.0.2.1, group: g, import: accept, export: accept }';
    expect(warningsOf(`${peers(both)}groups: { g: { as: 65001 } }`)).toEqual([]);
  });
});

describe('timers', () => {
  test.each([
    ['31 of 90', 'keepalive-time: 31', '31 seconds between keepalives are more than a third of the hold time of 90'],
    [
      '11 of 30',
      'hold-time: 30, keepalive-time: 11',
      '11 seconds between keepalives are more than a third of the hold time of 30',
    ],
    ['any of none', 'hold-time: 0, keepalive-time: 1', 'with a hold time of 0 there are no keepalives'],
  ])('keepalives: %s', (_name, settings, what) => {
    const [problem, ...more] = problemsOf(peers(`{ address: 192.0.2.1, as: internal, ${settings} }`));
    expect(more).toEqual([]);
    expect(problem).toMatch(/^3:\d+ peers\[0\]\.keepalive-time: /);
    expect(problem).toContain(what);
  });

  test('a third is right, and a second always is', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: internal, hold-time: 30, keepalive-time: 10 }'))).toEqual([]);
    expect(problemsOf(peers('{ address: 192.0.2.1, as: internal, hold-time: 3, keepalive-time: 1 }'))).toEqual([]);
  });

  test('a peer whose own hold time does not go with the keepalives of its group is told of where it says so', () => {
    const text = `${groups('g: { as: internal, keepalive-time: 30 }')}peers: [{ address: 192.0.2.1, group: g, hold-time: 30 }]`;
    expect(problemsOf(text)).toEqual([
      '4:52 peers[0].hold-time: 30 seconds between keepalives are more than a third of the hold time of 30',
    ]);
  });

  test('a bound below the first pause', () => {
    expect(problemsOf(groups('g: { idle-hold-time: 10, idle-hold-max-time: 5 }'))).toEqual([
      '3:48 groups.g.idle-hold-max-time: the bound of 5 seconds is below `idle-hold-time`, 10',
    ]);
    expect(problemsOf(groups('g: { idle-hold-time: 100 }'))).toEqual([]);
  });

  test('nothing follows from a hold time that is wrong', () => {
    expect(problemsOf(groups('g: { hold-time: 2, keepalive-time: 80 }'))).toEqual([
      '3:19 groups.g.hold-time: 2 is not a hold time',
    ]);
  });
});

describe('peers, groups and ranges', () => {
  test('an unknown group, with the one that was meant', () => {
    const text = `${groups('switches: { as: internal }')}peers: [{ address: 192.0.2.1, group: swiches, as: internal }]`;
    expect(problemsOf(text)).toEqual(['4:38 peers[0].group: there is no group `swiches`']);
    expect(suggestionFor(text)).toBe('did you mean `switches`?');
  });

  test('a group with a wrong setting is still there to be meant, and its other settings are still checked', () => {
    const text = `${groups('hosts: { as: external, route-reflector-client: true, families: [ipv4-unicas] }')}peers: [{ address: 192.0.2.1, group: host }]`;
    expect(problemsOf(text)).toEqual([
      '3:50 groups.hosts.route-reflector-client: a peer of another AS cannot be a client of a route reflector',
      '3:67 groups.hosts.families[0]: ipv4-unicas is not a family',
      '4:38 peers[0].group: there is no group `host`',
    ]);
    const result = load(text, 'test.yaml');
    expect(result.ok ? [] : result.problems.at(-1)!.suggestion).toBe('did you mean `hosts`?');
  });

  test('a list of AS numbers with none that is right does not make the AS number missing too', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: [0] }'))).toHaveLength(1);
  });

  test('a group name that JavaScript knows is as unknown as others', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: internal, group: toString }'))).toEqual([
      '3:48 peers[0].group: there is no group `toString`',
    ]);
  });

  test('an unknown group does not make the AS number missing too', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, group: x }'))).toEqual([
      '3:34 peers[0].group: there is no group `x`',
    ]);
  });

  test('one address twice, however it is written', () => {
    expect(
      problemsOf(peers('{ address: 2001:db8::1, as: internal }', '{ address: 2001:DB8:0::1, as: internal }')),
    ).toEqual(['4:16 peers[1].address: 2001:DB8:0::1 is a peer already (line 3)']);
  });

  test('one interface twice; but not with addresses of two neighbours there', () => {
    const there = '{ interface: eth1, as: external }';
    const given = (address: string) => `{ interface: eth1, address: "${address}", as: internal }`;
    expect(problemsOf(peers(there, there))).toEqual(['4:18 peers[1].interface: eth1 is a peer already (line 3)']);
    expect(problemsOf(peers(there, given('fe80::1'), given('fe80::2')))).toEqual([]);
    expect(problemsOf(peers(given('fe80::1'), given('fe80::1')))).toEqual([
      '4:33 peers[1].address: fe80::1 is a peer already (line 3)',
    ]);
  });

  test('a link-local address needs its link, and only such an address has one', () => {
    expect(problemsOf(peers('{ address: "fe80::1", as: internal }'))).toEqual([
      '3:16 peers[0].address: fe80::1 is link-local: every link has its own',
    ]);
    expect(problemsOf(peers('{ interface: eth1, address: 192.0.2.1, as: internal }'))).toEqual([
      '3:33 peers[0].address: 192.0.2.1 is not link-local',
    ]);
    expect(problemsOf(peers('{ interface: eth1, as: internal, local-address: "2001:db8::1" }'))).toEqual([
      '3:53 peers[0].local-address: the session with a peer on an `interface` runs between link-local addresses',
    ]);
    expect(problemsOf(peers('{ interface: eth/1, as: internal }'))).toEqual([
      '3:18 peers[0].interface: eth/1 is not a name of an interface',
    ]);
  });

  test('the place of a second peer is right behind one that is wrong', () => {
    const list = ['{ address: 192.0.2.1, as: internal }', '{ as: internal }', '{ address: 192.0.2.1, as: internal }'];
    expect(problemsOf(peers(...list))).toEqual([
      '4:7 peers[1]: `address` is missing',
      '5:16 peers[2].address: 192.0.2.1 is a peer already (line 3)',
    ]);
  });

  test('one range twice, in two groups; one in the other is right', () => {
    const a = 'a: { as: internal, dynamic: [{ range: 10.0.0.0/8 }, { range: 10.1.0.0/16 }] }';
    expect(problemsOf(groups(a, 'b: { as: internal, dynamic: [{ range: 10.2.0.0/16 }] }'))).toEqual([]);
    expect(problemsOf(groups(a, 'b: { as: internal, dynamic: [{ range: 10.1.0.0/16 }] }'))).toEqual([
      '4:41 groups.b.dynamic[0].range: 10.1.0.0/16 is a dynamic range already (line 3)',
    ]);
  });

  test('a connection to an address that is listened on would reach ourselves', () => {
    const text = `${peers('{ address: 10.0.0.1, as: internal }')}listen: [{ address: 10.0.0.1 }]`;
    expect(problemsOf(text)).toEqual([
      '3:16 peers[0].address: 10.0.0.1 port 179 is listened on: the connection would reach this router itself',
    ]);
    expect(problemsOf(text.replace('internal', 'internal, port: 1179'))).toEqual([]);
    expect(problemsOf(text.replace('internal', 'internal, passive: true'))).toEqual([]);
  });

  test('both ends of a connection are of one IP version', () => {
    expect(problemsOf(peers('{ address: 2001:db8::1, as: internal, local-address: 10.0.0.1 }'))).toEqual([
      '3:58 peers[0].local-address: `local-address` 10.0.0.1 is IPv4, the peer 2001:db8::1 is IPv6',
    ]);
    const text = `${peers('{ address: 192.0.2.1, group: g }')}groups: { g: { as: internal, local-address: 2001:db8::9 } }`;
    expect(problemsOf(text)).toEqual([
      '3:16 peers[0].address: `local-address` 2001:db8::9 is IPv6, the peer 192.0.2.1 is IPv4',
    ]);
  });

  test('a group that nobody is in, and a router without peers, are warned of', () => {
    expect(warningsOf(groups('a: { as: internal }'))).toEqual([
      '1:1 : there are no peers',
      '3:3 groups.a: no peer is in the group `a`',
    ]);
  });

  test('a control socket lies in no directory that everybody may write to', () => {
    const words = 'everybody may write to the directory of the socket, and could put a socket of theirs there';
    const control = (path: string) => `${peers('{ address: 10.0.0.1, as: internal }')}control: { socket: ${path} }`;
    for (const path of ['/tmp/r.sock', '/var/tmp/r.sock', '/dev/shm/r.sock'])
      expect(warningsOf(control(path))).toEqual([`4:20 control.socket: ${words}`]);
    expect(warningsOf(control('/tmp/own/r.sock'))).toEqual([]);
  });

  test('who only waits needs an address that is listened on', () => {
    const listen = 'listen: [{ address: 10.0.0.1 }]\n';
    expect(warningsOf(`${listen}${peers('{ address: 2001:db8::1, as: internal, passive: true }')}`)).toEqual([
      '4:16 peers[0].address: nobody can connect from there: no IPv6 address is listened on',
    ]);
    expect(warningsOf(`${listen}${groups('g: { as: internal, dynamic: [{ range: 2001:db8::/32 }] }')}`)).toEqual([
      '4:41 groups.g.dynamic[0].range: nobody can connect from there: no IPv6 address is listened on',
    ]);
    expect(warningsOf(`${listen}${peers('{ address: 2001:db8::1, as: internal }')}`)).toEqual([]);
  });

  test('a port of a peer that is never connected to', () => {
    expect(warningsOf(peers('{ address: 192.0.2.1, as: internal, passive: true, port: 1179 }'))).toEqual([
      '3:62 peers[0].port: this has no effect: a passive peer is never connected to',
    ]);
  });

  test('a next hop of the other IP version', () => {
    expect(warningsOf(peers('{ address: 192.0.2.1, as: internal, next-hop: self }'))).toEqual([
      '3:51 peers[0].next-hop: a session over IPv4 gives no next hop for ipv6-unicast: the peer is not told of its routes',
    ]);
    expect(warningsOf(peers('{ address: 192.0.2.1, as: internal, next-hop: 2001:db8::1 }'))).toEqual([
      '3:51 peers[0].next-hop: 2001:db8::1 gives no next hop for ipv4-unicast: there it stays as it came',
    ]);
    expect(warningsOf(peers('{ address: 2001:db8::1, as: internal, next-hop: self }'))).toEqual([
      '3:53 peers[0].next-hop: a session over IPv6 gives no next hop for ipv4-unicast: the peer is not told of its routes',
    ]);
    expect(
      warningsOf(peers('{ address: 2001:db8::1, as: internal, next-hop: self, extended-next-hop: true }')),
    ).toEqual([]);
    const one = '{ address: 192.0.2.1, as: internal, next-hop: self, families: [ipv4-unicast] }';
    expect(warningsOf(peers(one))).toEqual([]);
  });
});

test('extended next hops without IPv4 routes have no effect', () => {
  const words = 'address: 2001:db8::1, as: internal, extended-next-hop: true';
  expect(warningsOf(peers(`{ ${words}, families: [ipv6-unicast] }`))).toEqual([
    '3:62 peers[0].extended-next-hop: this has no effect: it lets IPv4 routes have IPv6 next hops, and `families` has no ipv4-unicast',
  ]);
  expect(warningsOf(peers(`{ ${words} }`))).toEqual([]);
});

describe('paths', () => {
  test.each([
    [
      '{ address: 192.0.2.1, as: internal, add-path: { send: 4, limit: 9 } }',
      '3:69 peers[0].add-path.limit: this has no effect: it bounds `send: all`',
    ],
    [
      '{ address: 192.0.2.1, as: internal, add-path: { send: all }, best-external: true }',
      '3:81 peers[0].best-external: this has no effect with `send: all`',
    ],
  ])('%s', (peer, warning) => {
    expect(warningsOf(peers(peer))).toEqual([warning]);
  });
});

describe('what the daemon opens and touches', () => {
  const PEERS = peers('{ address: 192.0.2.1, as: internal }');

  test.each([
    ['the same twice', '[{ address: 10.0.0.1 }, { address: 10.0.0.1, port: 179 }]', '1:33 listen[1]: 10.0.0.1'],
    ['all, then one', '[{ address: 0.0.0.0 }, { address: 10.0.0.1 }]', '1:32 listen[1]: 10.0.0.1'],
    ['one, then all', '[{ address: "2001:db8::1" }, { address: "::" }]', '1:38 listen[1]: ::'],
  ])('two listen on one port: %s', (_name, listen, place) => {
    expect(problemsOf(`listen: ${listen}\n${PEERS}`)).toEqual([`${place} port 179 is taken by the address on line 1`]);
  });

  test('other ports, and the other IP version, are apart', () => {
    const listen = '[{ address: 0.0.0.0 }, { address: "::" }, { address: 10.0.0.1, port: 1179 }]';
    expect(problemsOf(`listen: ${listen}\n${PEERS}`)).toEqual([]);
  });

  test('metrics and BGP cannot share a port', () => {
    expect(problemsOf(`${PEERS}metrics: { listen: 127.0.0.1:179 }`)).toEqual([
      '4:20 metrics.listen: metrics and BGP cannot both listen on 127.0.0.1:179',
    ]);
    expect(problemsOf(`${PEERS}listen: [{ address: 127.0.0.1, port: 9179 }]`)).toEqual([
      '4:9 listen: metrics and BGP cannot both listen on 127.0.0.1:9179',
    ]);
    expect(problemsOf(`${PEERS}listen: [{ address: 127.0.0.1, port: 9179 }]\nmetrics: none`)).toEqual([]);
    expect(problemsOf(`${PEERS}metrics: { listen: "[::1]:1179" }`)).toEqual([]);
  });

  test('the table of local addresses is not for routes', () => {
    expect(problemsOf(`${PEERS}fib: { table: 255 }`)).toEqual([
      '4:15 fib.table: table 255 has the local addresses of this host',
    ]);
  });

  test('a protocol id of another program is warned of where routes are installed', () => {
    expect(warningsOf(`${PEERS}fib: { mode: install, protocol: 12 }`)).toEqual([
      '4:33 fib.protocol: 12 is the protocol id of bird, whose routes in table 254 would be taken for ours',
    ]);
    expect(warningsOf(`${PEERS}fib: { protocol: 12 }`)).toEqual([]);
  });
});

describe('AS_PATH is changed toward other AS alone', () => {
  test.each([
    ['as-override', 'true'],
    ['remove-private-as', 'all'],
  ])('%s', (name, value) => {
    const wrong = `\`${name}\` is for peers of another AS: inside the AS no AS_PATH is changed`;
    expect(problemsOf(groups(`g: { as: internal, ${name}: ${value} }`))).toEqual([
      `3:${24 + name.length} groups.g.${name}: ${wrong}`,
    ]);
    expect(problemsOf(groups(`g: { as: internal, ${name}: false }`))).toEqual([]);
    expect(problemsOf(groups(`g: { as: external, ${name}: ${value} }`))).toEqual([]);
  });
});

describe('an AS number that a peer knows this router by', () => {
  const one = (settings: string) => problemsOf(peers(`{ address: 192.0.2.1, ${settings} }`));
  const inside = '`local-as` is for peers of another AS: inside the AS this router has the number of the AS';

  test.each([
    ['as: 65001, local-as: 64999', []],
    ['as: external, local-as: { as: 1.10, no-prepend: true, replace-as: true }', []],
    ['as: internal, local-as: false', []],
    ['as: internal, local-as: 64999', [`3:51 peers[0].local-as: ${inside}`]],
    ['as: 65000, local-as: 64999', [`3:48 peers[0].local-as: ${inside}`]],
    ['as: 65001, local-as: 65000', ['3:48 peers[0].local-as: AS 65000 is the number that this router has anyway']],
    [
      'as: 65001, local-as: 23456',
      ['3:48 peers[0].local-as: AS 23456 stands for AS numbers of four octets (RFC 6793)'],
    ],
    [
      'as: [65001, 64999], local-as: { as: 64999 }',
      [
        "3:57 peers[0].local-as: AS 64999 is the peer's own: with it as `local-as` the session would be inside that AS, and this router is not",
      ],
    ],
  ])('%s', (settings, expected) => {
    expect(one(settings)).toEqual(expected);
  });

  test('is told where the peer says what does not go with its group', () => {
    const yaml = `${groups('g: { local-as: 64999, as: external }')}\npeers: [{ address: 192.0.2.1, group: g, as: 64999 }]`;
    expect(problemsOf(yaml)).toEqual([expect.stringMatching(/^5:\d+ peers\[0\]\.as: AS 64999 is the peer's own/)]);
  });

  test('has to be in the mapping', () => {
    expect(one('as: 65001, local-as: { no-prepend: true }')).toHaveLength(1);
  });
});

test('a next hop of a family is of its IP version, and told at its place where it is not', () => {
  const wrong = peers(
    '{ address: 192.0.2.1, as: internal, next-hop: { ipv4-unicast: "2001:db8::1", ipv6-unicast: self } }',
  );
  expect(warningsOf(wrong)).toEqual([
    '3:67 peers[0].next-hop.ipv4-unicast: 2001:db8::1 gives no next hop for ipv4-unicast: there it stays as it came',
    '3:96 peers[0].next-hop.ipv6-unicast: a session over IPv4 gives no next hop for ipv6-unicast: the peer is not told of its routes',
  ]);
  const right = peers('{ address: 192.0.2.1, as: internal, next-hop: { ipv4-unicast: self } }');
  expect(warningsOf(right)).toEqual([]);
  const unknown = peers('{ address: 192.0.2.1, as: internal, next-hop: { ipv4: self } }');
  expect(problemsOf(unknown)).toHaveLength(1);
});

describe('roles', () => {
  test('are of peers of other AS', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: internal, bgp-role: peer }'))).toEqual([
      '3:51 peers[0].bgp-role: `bgp-role` is for peers of other AS, and this one is inside ours (RFC 9234)',
    ]);
    expect(problemsOf(peers('{ address: 192.0.2.1, as: external, bgp-role: peer }'))).toEqual([]);
  });

  test('that are insisted on must be there', () => {
    const strict = '{ address: 192.0.2.1, as: 65001, import: accept, export: accept, bgp-role-strict: true }';
    expect(warningsOf(peers(strict))).toEqual([
      '3:87 peers[0].bgp-role-strict: `bgp-role-strict` does nothing without `bgp-role`',
    ]);
    expect(warningsOf(peers(strict.replace('strict: true', 'strict: true, bgp-role: customer')))).toEqual([]);
  });
});
