/** Contradictions between values that are valid one by one. */
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
      '1:15 router.as: AS 23456 is AS_TRANS, the placeholder for 4-octet AS numbers (RFC 6793)',
    ],
    [
      'a peer',
      peers('{ address: 192.0.2.1, as: 23456 }'),
      '3:31 peers[0].as: AS 23456 is AS_TRANS, the placeholder for 4-octet AS numbers (RFC 6793)',
    ],
    [
      'a list',
      groups('g: { as: [65001, 23456] }'),
      '3:20 groups.g.as[1]: AS 23456 is AS_TRANS, the placeholder for 4-octet AS numbers (RFC 6793)',
    ],
    [
      'asdot',
      peers('{ address: 192.0.2.1, as: 0.23456 }'),
      '3:31 peers[0].as: AS 0.23456 is AS_TRANS, the placeholder for 4-octet AS numbers (RFC 6793)',
    ],
  ])('AS_TRANS is rejected: %s', (_name, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test.each([
    ['65535', 'is reserved (RFC 7300)'],
    ['4294967295', 'is reserved (RFC 7300)'],
    ['65535.65535', 'is reserved (RFC 7300)'],
    ['65552', 'is reserved by IANA'],
    ['131071', 'is reserved by IANA'],
  ])('AS %s is accepted with a warning', (as, why) => {
    const text = peers(`{ address: 192.0.2.1, as: ${as}, import: accept, export: accept }`);
    expect(warningsOf(text)).toEqual([`3:31 peers[0].as: AS ${as} ${why}`]);
  });

  test('a list must not mix iBGP and eBGP', () => {
    expect(problemsOf(groups('g: { as: [65000, 65001] }'))).toEqual([
      '3:12 groups.g.as: the list mixes our own AS 65000 with other AS numbers',
    ]);
    expect(problemsOf(groups('g: { as: [0.65000, 65001] }'))).toHaveLength(1);
    expect(problemsOf(groups('g: { as: [65000] }'))).toEqual([]);
  });

  test('a number occurs once in a list, in either notation', () => {
    expect(problemsOf(groups('g: { as: [65546, 1.10, 70000] }'))).toEqual([
      '3:20 groups.g.as[1]: AS 1.10 is already in the list',
    ]);
  });

  test('a peer needs one, its own or that of its group', () => {
    expect(
      problemsOf(`${peers('{ address: 192.0.2.1, group: g }', '{ address: 192.0.2.2 }')}groups: { g: {} }`),
    ).toEqual([
      '3:7 peers[0]: `as` is missing, in the peer and in its group',
      '4:7 peers[1]: `as` is missing, in the peer and in its group',
    ]);
  });

  test('a group needs one only if it has dynamic ranges', () => {
    expect(problemsOf(groups('a: { dynamic: [{ range: 10.0.0.0/8 }] }', 'b: { passive: true }'))).toEqual([
      '3:3 groups.a: `as` is missing in a group with dynamic ranges',
    ]);
  });

  test('an invalid one is not reported as missing', () => {
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
  ])('a client is never in another AS: %s', (_name, text, place) => {
    expect(problemsOf(text)).toEqual([`${place}: a peer in another AS cannot be a client of a route reflector`]);
  });

  test('clients are not checked while our own AS number is invalid', () => {
    const text = `router: { as: x, id: 10.0.0.1 }\npeers: [{ address: 192.0.2.1, as: 65001, route-reflector-client: true }]`;
    expect(problemsOf(text)).toEqual(['1:15 router.as: x is not an AS number']);
  });

  test('a group can leave `as` to its peers', () => {
    const text = `${groups('g: { route-reflector-client: true }')}peers: [{ address: 192.0.2.1, group: g, as: internal }]`;
    expect(problemsOf(text)).toEqual([]);
  });

  test('cluster settings of a peer that is not a client give a warning', () => {
    const text = peers('{ address: 192.0.2.1, as: internal, cluster-id: 10.0.0.1, client-to-client: false }');
    expect(warningsOf(text)).toEqual([
      '3:53 peers[0].cluster-id: no effect: the peer is not a client',
      '3:81 peers[0].client-to-client: no effect: the peer is not a client',
    ]);
  });
});

describe('policy of eBGP peers (RFC 8212)', () => {
  const DYNAMIC = 'dynamic: [{ range: 192.0.2.0/24 }]';

  test.each([
    ['none', '', 'without `import` and `export`: its routes are rejected, no routes are advertised to it'],
    ['only import', ', import: accept', 'without `export`: no routes are advertised to it'],
    ['only export', ', export: reject', 'without `import`: its routes are rejected'],
  ])('%s', (_name, policy, words) => {
    expect(warningsOf(groups(`g: { as: external, ${DYNAMIC}${policy} }`))).toEqual([
      `3:12 groups.g.as: an eBGP peer ${words} (RFC 8212)`,
    ]);
  });

  test('with both there is no warning, and iBGP needs none', () => {
    expect(warningsOf(groups(`g: { as: external, import: accept, export: reject, ${DYNAMIC} }`))).toEqual([]);
    expect(warningsOf(groups(`g: { as: internal, ${DYNAMIC} }`))).toEqual([]);
    expect(warningsOf(groups(`g: { as: 65000, ${DYNAMIC} }`))).toEqual([]);
  });

  test('peers that inherit `as` from one group give one warning, and none if they set the policy themselves', () => {
    const list = ['{ address: 192.0.2.1, group: g }', '{ address: 192.0.2.2, group: g, import: accept }'];
    expect(warningsOf(`${peers(...list)}groups: { g: { as: 65001 } }`)).toEqual([
      '5:20 groups.g.as: an eBGP peer without `import` and `export`: its routes are rejected, no routes are advertised to it (RFC 8212)',
    ]);
    const both = '{ address: 192.0.2.1, group: g, import: accept, export: accept }';
    expect(warningsOf(`${peers(both)}groups: { g: { as: 65001 } }`)).toEqual([]);
  });
});

describe('timers', () => {
  test.each([
    ['31 of 90', 'keepalive-time: 31', 'a keepalive time of 31 seconds is more than a third of the hold time of 90'],
    [
      '11 of 30',
      'hold-time: 30, keepalive-time: 11',
      'a keepalive time of 11 seconds is more than a third of the hold time of 30',
    ],
    ['any of none', 'hold-time: 0, keepalive-time: 1', 'no keepalives are sent with a hold time of 0'],
  ])('keepalives: %s', (_name, settings, what) => {
    const [problem, ...more] = problemsOf(peers(`{ address: 192.0.2.1, as: internal, ${settings} }`));
    expect(more).toEqual([]);
    expect(problem).toMatch(/^3:\d+ peers\[0\]\.keepalive-time: /);
    expect(problem).toContain(what);
  });

  test('a third is valid, and so is one second', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: internal, hold-time: 30, keepalive-time: 10 }'))).toEqual([]);
    expect(problemsOf(peers('{ address: 192.0.2.1, as: internal, hold-time: 3, keepalive-time: 1 }'))).toEqual([]);
  });

  test('a hold time of a peer that contradicts the keepalive time of its group is reported in the peer', () => {
    const text = `${groups('g: { as: internal, keepalive-time: 30 }')}peers: [{ address: 192.0.2.1, group: g, hold-time: 30 }]`;
    expect(problemsOf(text)).toEqual([
      '4:52 peers[0].hold-time: a keepalive time of 30 seconds is more than a third of the hold time of 30',
    ]);
  });

  test('a maximum below the first delay', () => {
    expect(problemsOf(groups('g: { idle-hold-time: 10, idle-hold-max-time: 5 }'))).toEqual([
      '3:48 groups.g.idle-hold-max-time: the maximum of 5 seconds is below `idle-hold-time` 10',
    ]);
    expect(problemsOf(groups('g: { idle-hold-time: 100 }'))).toEqual([]);
  });

  test('an invalid hold time causes no further error', () => {
    expect(problemsOf(groups('g: { hold-time: 2, keepalive-time: 80 }'))).toEqual([
      '3:19 groups.g.hold-time: 2 is not a hold time',
    ]);
  });
});

describe('peers, groups and ranges', () => {
  test('an unknown group gives a suggestion', () => {
    const text = `${groups('switches: { as: internal }')}peers: [{ address: 192.0.2.1, group: swiches, as: internal }]`;
    expect(problemsOf(text)).toEqual(['4:38 peers[0].group: unknown group `swiches`']);
    expect(suggestionFor(text)).toBe('did you mean `switches`?');
  });

  test('a group with an invalid setting can be suggested, and its other settings are checked', () => {
    const text = `${groups('hosts: { as: external, route-reflector-client: true, families: [ipv4-unicas] }')}peers: [{ address: 192.0.2.1, group: host }]`;
    expect(problemsOf(text)).toEqual([
      '3:50 groups.hosts.route-reflector-client: a peer in another AS cannot be a client of a route reflector',
      '3:67 groups.hosts.families[0]: ipv4-unicas is not a family',
      '4:38 peers[0].group: unknown group `host`',
    ]);
    const result = load(text, 'test.yaml');
    expect(result.ok ? [] : result.problems.at(-1)!.suggestion).toBe('did you mean `hosts`?');
  });

  test('a list with only invalid AS numbers is not reported as missing', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: [0] }'))).toHaveLength(1);
  });

  test('a name of a JavaScript method is an unknown group', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: internal, group: toString }'))).toEqual([
      '3:48 peers[0].group: unknown group `toString`',
    ]);
  });

  test('an unknown group does not report `as` as missing', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, group: x }'))).toEqual(['3:34 peers[0].group: unknown group `x`']);
  });

  test('a duplicate address, in any notation', () => {
    expect(
      problemsOf(peers('{ address: 2001:db8::1, as: internal }', '{ address: 2001:DB8:0::1, as: internal }')),
    ).toEqual(['4:16 peers[1].address: duplicate peer 2001:DB8:0::1 (see line 3)']);
  });

  test('a duplicate interface; two addresses on one interface are valid', () => {
    const there = '{ interface: eth1, as: external }';
    const given = (address: string) => `{ interface: eth1, address: "${address}", as: internal }`;
    expect(problemsOf(peers(there, there))).toEqual(['4:18 peers[1].interface: duplicate peer eth1 (see line 3)']);
    expect(problemsOf(peers(there, given('fe80::1'), given('fe80::2')))).toEqual([]);
    expect(problemsOf(peers(given('fe80::1'), given('fe80::1')))).toEqual([
      '4:33 peers[1].address: duplicate peer fe80::1 (see line 3)',
    ]);
  });

  test('a link-local address needs an interface, and only such an address has one', () => {
    expect(problemsOf(peers('{ address: "fe80::1", as: internal }'))).toEqual([
      '3:16 peers[0].address: fe80::1 is link-local and needs an `interface`',
    ]);
    expect(problemsOf(peers('{ interface: eth1, address: 192.0.2.1, as: internal }'))).toEqual([
      '3:33 peers[0].address: 192.0.2.1 is not link-local',
    ]);
    expect(problemsOf(peers('{ interface: eth1, as: internal, local-address: "2001:db8::1" }'))).toEqual([
      '3:53 peers[0].local-address: a session with a peer on an `interface` uses link-local addresses',
    ]);
    expect(problemsOf(peers('{ interface: eth/1, as: internal }'))).toEqual([
      '3:18 peers[0].interface: eth/1 is not an interface name',
    ]);
  });

  test('the place of a peer after an invalid peer is right', () => {
    const list = ['{ address: 192.0.2.1, as: internal }', '{ as: internal }', '{ address: 192.0.2.1, as: internal }'];
    expect(problemsOf(peers(...list))).toEqual([
      '4:7 peers[1]: `address` is missing',
      '5:16 peers[2].address: duplicate peer 192.0.2.1 (see line 3)',
    ]);
  });

  test('a duplicate range in two groups; overlapping ranges are valid', () => {
    const a = 'a: { as: internal, dynamic: [{ range: 10.0.0.0/8 }, { range: 10.1.0.0/16 }] }';
    expect(problemsOf(groups(a, 'b: { as: internal, dynamic: [{ range: 10.2.0.0/16 }] }'))).toEqual([]);
    expect(problemsOf(groups(a, 'b: { as: internal, dynamic: [{ range: 10.1.0.0/16 }] }'))).toEqual([
      '4:41 groups.b.dynamic[0].range: duplicate dynamic range 10.1.0.0/16 (see line 3)',
    ]);
  });

  test('a peer with a listen address of this router is rejected', () => {
    const text = `${peers('{ address: 10.0.0.1, as: internal }')}listen: [{ address: 10.0.0.1 }]`;
    expect(problemsOf(text)).toEqual([
      '3:16 peers[0].address: 10.0.0.1 port 179 is a listen address of this router: it would connect to itself',
    ]);
    expect(problemsOf(text.replace('internal', 'internal, port: 1179'))).toEqual([]);
    expect(problemsOf(text.replace('internal', 'internal, passive: true'))).toEqual([]);
  });

  test('both ends of a connection have the same IP version', () => {
    expect(problemsOf(peers('{ address: 2001:db8::1, as: internal, local-address: 10.0.0.1 }'))).toEqual([
      '3:58 peers[0].local-address: `local-address` 10.0.0.1 is IPv4, the peer 2001:db8::1 is IPv6',
    ]);
    const text = `${peers('{ address: 192.0.2.1, group: g }')}groups: { g: { as: internal, local-address: 2001:db8::9 } }`;
    expect(problemsOf(text)).toEqual([
      '3:16 peers[0].address: `local-address` 2001:db8::9 is IPv6, the peer 192.0.2.1 is IPv4',
    ]);
  });

  test('a group without peers and a router without peers give warnings', () => {
    expect(warningsOf(groups('a: { as: internal }'))).toEqual([
      '1:1 : there are no peers',
      '3:3 groups.a: the group `a` has no peers',
    ]);
  });

  test('a control socket in a world-writable directory gives a warning', () => {
    const words = 'the directory is world-writable: another user could create the socket first';
    const control = (path: string) => `${peers('{ address: 10.0.0.1, as: internal }')}control: { socket: ${path} }`;
    for (const path of ['/tmp/r.sock', '/var/tmp/r.sock', '/dev/shm/r.sock'])
      expect(warningsOf(control(path))).toEqual([`4:20 control.socket: ${words}`]);
    expect(warningsOf(control('/tmp/own/r.sock'))).toEqual([]);
  });

  test('a passive peer needs a listen address of its IP version', () => {
    const listen = 'listen: [{ address: 10.0.0.1 }]\n';
    expect(warningsOf(`${listen}${peers('{ address: 2001:db8::1, as: internal, passive: true }')}`)).toEqual([
      '4:16 peers[0].address: the peer cannot connect: there is no IPv6 listen address',
    ]);
    expect(warningsOf(`${listen}${groups('g: { as: internal, dynamic: [{ range: 2001:db8::/32 }] }')}`)).toEqual([
      '4:41 groups.g.dynamic[0].range: the peer cannot connect: there is no IPv6 listen address',
    ]);
    expect(warningsOf(`${listen}${peers('{ address: 2001:db8::1, as: internal }')}`)).toEqual([]);
  });

  test('the port of a passive peer gives a warning', () => {
    expect(warningsOf(peers('{ address: 192.0.2.1, as: internal, passive: true, port: 1179 }'))).toEqual([
      '3:62 peers[0].port: no effect: this router does not connect to a passive peer',
    ]);
  });

  test('a next hop of the wrong IP version', () => {
    expect(warningsOf(peers('{ address: 192.0.2.1, as: internal, next-hop: self }'))).toEqual([
      '3:51 peers[0].next-hop: a session over IPv4 has no next hop for ipv6-unicast: its routes are not advertised',
    ]);
    expect(warningsOf(peers('{ address: 192.0.2.1, as: internal, next-hop: 2001:db8::1 }'))).toEqual([
      '3:51 peers[0].next-hop: 2001:db8::1 has no next hop for ipv4-unicast: its next hops stay unchanged',
    ]);
    expect(warningsOf(peers('{ address: 2001:db8::1, as: internal, next-hop: self }'))).toEqual([
      '3:53 peers[0].next-hop: a session over IPv6 has no next hop for ipv4-unicast: its routes are not advertised',
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
    '3:62 peers[0].extended-next-hop: no effect: it is for IPv4 routes, and `families` has no ipv4-unicast',
  ]);
  expect(warningsOf(peers(`{ ${words} }`))).toEqual([]);
});

describe('paths', () => {
  test.each([
    [
      '{ address: 192.0.2.1, as: internal, add-path: { send: 4, limit: 9 } }',
      '3:69 peers[0].add-path.limit: no effect: it limits only `send: all`',
    ],
    [
      '{ address: 192.0.2.1, as: internal, add-path: { send: all }, best-external: true }',
      '3:81 peers[0].best-external: no effect with `send: all`',
    ],
  ])('%s', (peer, warning) => {
    expect(warningsOf(peers(peer))).toEqual([warning]);
  });
});

describe('services of the daemon', () => {
  const PEERS = peers('{ address: 192.0.2.1, as: internal }');

  test.each([
    ['the same twice', '[{ address: 10.0.0.1 }, { address: 10.0.0.1, port: 179 }]', '1:33 listen[1]: 10.0.0.1'],
    ['all, then one', '[{ address: 0.0.0.0 }, { address: 10.0.0.1 }]', '1:32 listen[1]: 10.0.0.1'],
    ['one, then all', '[{ address: "2001:db8::1" }, { address: "::" }]', '1:38 listen[1]: ::'],
  ])('two listen addresses conflict: %s', (_name, listen, place) => {
    expect(problemsOf(`listen: ${listen}\n${PEERS}`)).toEqual([
      `${place} port 179 conflicts with the address on line 1`,
    ]);
  });

  test('different ports and IP versions do not conflict', () => {
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

  test('the table of local addresses is rejected', () => {
    expect(problemsOf(`${PEERS}fib: { table: 255 }`)).toEqual([
      '4:15 fib.table: table 255 is the table of local addresses',
    ]);
  });

  test('a protocol ID of another program gives a warning if routes are installed', () => {
    expect(warningsOf(`${PEERS}fib: { mode: install, protocol: 12 }`)).toEqual([
      '4:33 fib.protocol: 12 is the protocol ID of bird; its routes in table 254 would be treated as ours',
    ]);
    expect(warningsOf(`${PEERS}fib: { protocol: 12 }`)).toEqual([]);
  });
});

describe('AS_PATH is changed only toward eBGP peers', () => {
  test.each([
    ['as-override', 'true'],
    ['remove-private-as', 'all'],
  ])('%s', (name, value) => {
    const wrong = `\`${name}\` is for eBGP peers; AS_PATH is not changed inside the AS`;
    expect(problemsOf(groups(`g: { as: internal, ${name}: ${value} }`))).toEqual([
      `3:${24 + name.length} groups.g.${name}: ${wrong}`,
    ]);
    expect(problemsOf(groups(`g: { as: internal, ${name}: false }`))).toEqual([]);
    expect(problemsOf(groups(`g: { as: external, ${name}: ${value} }`))).toEqual([]);
  });
});

describe('local-as', () => {
  const one = (settings: string) => problemsOf(peers(`{ address: 192.0.2.1, ${settings} }`));
  const inside = '`local-as` is for eBGP peers; iBGP peers see the AS number of the AS';

  test.each([
    ['as: 65001, local-as: 64999', []],
    ['as: external, local-as: { as: 1.10, no-prepend: true, replace-as: true }', []],
    ['as: internal, local-as: false', []],
    ['as: internal, local-as: 64999', [`3:51 peers[0].local-as: ${inside}`]],
    ['as: 65000, local-as: 64999', [`3:48 peers[0].local-as: ${inside}`]],
    [
      'as: 65001, local-as: 65000',
      ['3:48 peers[0].local-as: AS 65000 is already the AS number of this router toward eBGP peers'],
    ],
    [
      'as: 65001, local-as: 23456',
      ['3:48 peers[0].local-as: AS 23456 is AS_TRANS, the placeholder for 4-octet AS numbers (RFC 6793)'],
    ],
    [
      'as: [65001, 64999], local-as: { as: 64999 }',
      [
        '3:57 peers[0].local-as: AS 64999 is the AS number of the peer; with it as `local-as` the session would be iBGP',
      ],
    ],
  ])('%s', (settings, expected) => {
    expect(one(settings)).toEqual(expected);
  });

  test('is reported in the peer if it contradicts the group', () => {
    const yaml = `${groups('g: { local-as: 64999, as: external }')}\npeers: [{ address: 192.0.2.1, group: g, as: 64999 }]`;
    expect(problemsOf(yaml)).toEqual([
      expect.stringMatching(/^5:\d+ peers\[0\]\.as: AS 64999 is the AS number of the peer/),
    ]);
  });

  test('needs `as` in the mapping', () => {
    expect(one('as: 65001, local-as: { no-prepend: true }')).toHaveLength(1);
  });
});

test('a next hop of a family has its IP version, and is reported at its place otherwise', () => {
  const wrong = peers(
    '{ address: 192.0.2.1, as: internal, next-hop: { ipv4-unicast: "2001:db8::1", ipv6-unicast: self } }',
  );
  expect(warningsOf(wrong)).toEqual([
    '3:67 peers[0].next-hop.ipv4-unicast: 2001:db8::1 has no next hop for ipv4-unicast: its next hops stay unchanged',
    '3:96 peers[0].next-hop.ipv6-unicast: a session over IPv4 has no next hop for ipv6-unicast: its routes are not advertised',
  ]);
  const right = peers('{ address: 192.0.2.1, as: internal, next-hop: { ipv4-unicast: self } }');
  expect(warningsOf(right)).toEqual([]);
  const unknown = peers('{ address: 192.0.2.1, as: internal, next-hop: { ipv4: self } }');
  expect(problemsOf(unknown)).toHaveLength(1);
});

describe('roles', () => {
  test('are for eBGP peers', () => {
    expect(problemsOf(peers('{ address: 192.0.2.1, as: internal, bgp-role: peer }'))).toEqual([
      '3:51 peers[0].bgp-role: `bgp-role` is for eBGP peers; this peer is inside our AS (RFC 9234)',
    ]);
    expect(problemsOf(peers('{ address: 192.0.2.1, as: external, bgp-role: peer }'))).toEqual([]);
  });

  test('are required by strict mode', () => {
    const strict = '{ address: 192.0.2.1, as: 65001, import: accept, export: accept, bgp-role-strict: true }';
    expect(warningsOf(peers(strict))).toEqual(['3:87 peers[0].bgp-role-strict: no effect without `bgp-role`']);
    expect(warningsOf(peers(strict.replace('strict: true', 'strict: true, bgp-role: customer')))).toEqual([]);
  });
});
