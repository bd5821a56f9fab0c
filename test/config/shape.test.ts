/** What the schema rejects: each kind of mistake, at its exact place, with a suggestion. */
import { problemsOf, ROUTER, suggestionFor } from './support.ts';

/** A peer with one more line, which is line 5. */
function peerWith(line: string): string {
  return `${ROUTER}peers:\n  - address: 192.0.2.1\n    group: g\n    ${line}\ngroups:\n  g: { as: 65000 }\n`;
}

describe('keys', () => {
  test.each([
    ['at the root', `${ROUTER}peer: []\n`, '2:1 peer: unknown key `peer`', 'did you mean `peers`?'],
    [
      'in the router',
      'router:\n  as: 1\n  id: 10.0.0.1\n  cluster_id: 10.0.0.1\n',
      '4:3 router.cluster_id: unknown key `cluster_id`',
      'did you mean `cluster-id`?',
    ],
    [
      'in a group',
      `${ROUTER}groups:\n  g: { hold-tiem: 9 }\n`,
      '3:8 groups.g.hold-tiem: unknown key `hold-tiem`',
      'did you mean `hold-time`?',
    ],
    [
      'in a peer',
      peerWith('keepalivetime: 3'),
      '5:5 peers[0].keepalivetime: unknown key `keepalivetime`',
      'did you mean `keepalive-time`?',
    ],
    [
      'in a range',
      `${ROUTER}groups:\n  g:\n    as: 1\n    dynamic: [{ range: 10.0.0.0/8, limits: 3 }]\n`,
      '5:36 groups.g.dynamic[0].limits: unknown key `limits`',
      'did you mean `limit`?',
    ],
    [
      'in the log',
      `${ROUTER}log: { level: { pier: info } }\n`,
      '2:17 log.level.pier: unknown key `pier`',
      'did you mean `peer`?',
    ],
    [
      'in metrics',
      `${ROUTER}metrics: { listn: none }\n`,
      '2:12 metrics.listn: unknown key `listn`',
      'did you mean `listen`?',
    ],
    [
      'in a listen address',
      `${ROUTER}listen: [{ address: 10.0.0.1, prot: 1 }]\n`,
      '2:31 listen[0].prot: unknown key `prot`',
      'did you mean `port`?',
    ],
    [
      'of other daemons',
      peerWith('remote-as: 1'),
      '5:5 peers[0].remote-as: unknown key `remote-as`',
      'did you mean `as`?',
    ],
    [
      'of a group at the root',
      `${ROUTER}hold-time: 9\n`,
      '2:1 hold-time: unknown key `hold-time`',
      '`hold-time` belongs to a group or a peer',
    ],
    ['of another section', `${ROUTER}table: 9\n`, '2:1 table: unknown key `table`', '`table` belongs to `fib`'],
    ['without a similar key', peerWith('zzz: 1'), '5:5 peers[0].zzz: unknown key `zzz`', null],
  ])('an unknown key %s', (_name, text, problem, suggestion) => {
    expect(problemsOf(text)).toEqual([problem]);
    expect(suggestionFor(text)).toBe(suggestion);
  });

  test.each([
    ['the router', 'peers: []\n', '1:1 : `router` is missing'],
    ['its AS number', 'router:\n  id: 10.0.0.1\n', '1:1 router: `as` is missing'],
    ['its id', 'router: { as: 1 }\n', '1:1 router: `id` is missing'],
    ['the address of a peer', `${ROUTER}peers:\n  - as: 65000\n`, '3:5 peers[0]: `address` is missing'],
    [
      'the range of a dynamic range',
      `${ROUTER}groups:\n  g:\n    as: 1\n    dynamic: [{ limit: 5 }]\n`,
      '5:17 groups.g.dynamic[0]: `range` is missing',
    ],
    ['the address to listen on', `${ROUTER}listen: [{ port: 5 }]\n`, '2:12 listen[0]: `address` is missing'],
  ])('a required key is missing: %s', (_name, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test.each(['1st', 'a b', '-x', 'a'.repeat(65)])('%j is not a valid group name', (name) => {
    expect(problemsOf(`${ROUTER}groups:\n  "${name}": { as: 1 }\n`)).toEqual([
      expect.stringMatching(/^3:3 groups.*: ".*" is not a group name$/),
    ]);
  });
});

describe('values', () => {
  test.each([
    ['as: 0', '0 is not an AS number', null],
    ['as: 4294967296', '4294967296 is not an AS number', null],
    ['as: 1.65536', '1.65536 is not an AS number', null],
    ['as: 0.0', '0.0 is not an AS number', null],
    ['as: -1', '-1 is not an AS number', null],
    ['as: "65000"', '"65000" is not an AS number', 'write 65000 without quotes'],
    ['as: AS65000', 'AS65000 is not an AS number', 'write 65000'],
    ['as: externl', 'externl is not an AS number', 'did you mean `external`?'],
    ['as: []', 'an empty list is not an AS number', null],
    ['as: {}', 'a mapping is not an AS number', null],
    ['route-reflector-client: yes', 'yes is not a boolean', 'write true, without quotes'],
    ['route-reflector-client: "true"', '"true" is not a boolean', 'write true, without quotes'],
    ['client-to-client: off', 'off is not a boolean', 'write false, without quotes'],
    ['passive: 1', '1 is not a boolean', 'write true, without quotes'],
    ['cluster-id: 0.0.0.0', '0.0.0.0 is not a cluster ID', null],
    ['cluster-id: 7', '7 is not a cluster ID', 'did you mean 0.0.0.7?'],
    ['cluster-id: 10.1', '10.1 is not a cluster ID', null],
    ['families: ipv4-unicast', 'ipv4-unicast is not a list of families', 'write it as a list: [ipv4-unicast]'],
    ['families: []', 'an empty list is not a list of families', null],
    ['hold-time: 1', '1 is not a hold time', null],
    ['hold-time: 2', '2 is not a hold time', null],
    ['hold-time: 65536', '65536 is not a hold time', null],
    ['hold-time: 4.5', '4.5 is not a hold time', null],
    ['hold-time: 3m', '3m is not a hold time', 'write 180'],
    ['hold-time: -3', '-3 is not a hold time', null],
    ['keepalive-time: 0', '0 is not a number of seconds', null],
    ['keepalive-time: 10s', '10s is not a number of seconds', 'write 10'],
    ['connect-retry-time: 0', '0 is not a number of seconds', null],
    ['delay-open-time: 241', '241 is not a number of seconds', null],
    ['idle-hold-time: 3601', '3601 is not a number of seconds', null],
    ['idle-hold-max-time: 1e9', '1e9 is not a number of seconds', null],
    ['port: 0', '0 is not a port', null],
    ['port: 65536', '65536 is not a port', null],
    ['port: "179"', '"179" is not a port', 'write 179 without quotes'],
    ['port: .inf', '.inf is not a port', null],
    ['local-address: 10.0.0.256', '10.0.0.256 is not a host address', null],
    [
      'local-address: 10.0.0.0/8',
      '10.0.0.0/8 is not a host address',
      'write 10.0.0.0; for a range of peers use `dynamic` in a group',
    ],
    ['local-address: 0.0.0.0', '0.0.0.0 is not a host address', null],
    ['local-address: 224.0.0.1', '224.0.0.1 is not a host address', null],
    ['local-address: 255.255.255.255', '255.255.255.255 is not a host address', null],
    ['local-address: fe80::1', 'fe80::1 is not a host address', null],
    ['local-address: ff02::1', 'ff02::1 is not a host address', null],
    ['local-address: "::"', '"::" is not a host address', null],
    ['local-address: ::ffff:10.0.0.1', '::ffff:10.0.0.1 is not a host address', 'write it as IPv4: 10.0.0.1'],
    ['next-hop: slef', 'slef is not a next hop', 'did you mean `self`?'],
    ['next-hop: 10.0.0', '10.0.0 is not a next hop', null],
    ['add-path: all', 'all is not an ADD-PATH setting', null],
    ['import: allow', 'allow is not a policy', null],
    ['export: acept', 'acept is not a policy', 'did you mean `accept`?'],
    ['description: 12', '12 is not a description', 'write "12" in quotes'],
    ['description: "a\\nb"', '"a\\nb" is not a description', null],
    ['shutdown: ~', 'the value is missing', 'remove the key to use its default'],
    ['shutdown:', 'the value is missing', 'remove the key to use its default'],
  ])('%s', (line, what, suggestion) => {
    const key = line.slice(0, line.indexOf(':'));
    const value = line.length > key.length + 1 ? key.length + 2 : key.length + 1;
    const text = peerWith(line);
    expect(problemsOf(text)).toEqual([`5:${5 + value} peers[0].${key}: ${what}`]);
    expect(suggestionFor(text)).toBe(suggestion);
  });

  test.each([
    [
      'a peer address',
      `${ROUTER}peers: [{ address: leaf1, as: 65000 }]`,
      '2:20 peers[0].address: leaf1 is not a host address',
      null,
    ],
    [
      'a family',
      peerWith('families: [ipv4-unicast, ipv5]'),
      '5:30 peers[0].families[1]: ipv5 is not a family',
      'did you mean `ipv4`?',
    ],
    [
      'paths to send',
      peerWith('add-path: { send: al }'),
      '5:23 peers[0].add-path.send: al is not a number of paths',
      'did you mean `all`?',
    ],
    [
      'no path to send',
      peerWith('add-path: { send: 0 }'),
      '5:23 peers[0].add-path.send: 0 is not a number of paths',
      null,
    ],
    ['an element of the AS list', peerWith('as: [65001, x]'), '5:17 peers[0].as[1]: x is not an AS number', null],
    [
      'a range with bits beyond its length',
      `${ROUTER}groups: { g: { as: 1, dynamic: [{ range: 10.99.0.1/16 }] } }`,
      '2:42 groups.g.dynamic[0].range: 10.99.0.1/16 is not a prefix',
      'did you mean 10.99.0.0/16?',
    ],
    [
      'a range without a length',
      `${ROUTER}groups: { g: { as: 1, dynamic: [{ range: 10.99.0.1 }] } }`,
      '2:42 groups.g.dynamic[0].range: 10.99.0.1 is not a prefix',
      'write 10.99.0.1/32 for this address',
    ],
    [
      'a range that is too long',
      `${ROUTER}groups: { g: { as: 1, dynamic: [{ range: 10.0.0.0/33 }] } }`,
      '2:42 groups.g.dynamic[0].range: 10.0.0.0/33 is not a prefix',
      null,
    ],
    [
      'a limit',
      `${ROUTER}groups: { g: { as: 1, dynamic: [{ range: 10.0.0.0/8, limit: 0 }] } }`,
      '2:61 groups.g.dynamic[0].limit: 0 is not a limit',
      null,
    ],
    [
      'dynamic as a mapping',
      `${ROUTER}groups: { g: { as: 1, dynamic: { range: 10.0.0.0/8 } } }`,
      '2:32 groups.g.dynamic: a mapping is not a list of dynamic ranges',
      null,
    ],
    ['groups as a list', `${ROUTER}groups: []`, '2:9 groups: an empty list is not a mapping of groups', null],
    [
      'peers as a mapping',
      `${ROUTER}peers: { address: 10.0.0.1 }`,
      '2:8 peers: a mapping is not a list of peers',
      null,
    ],
    ['a peer as a word', `${ROUTER}peers: [10.0.0.1]`, '2:9 peers[0]: 10.0.0.1 is not a peer', null],
    [
      'an address to listen on',
      `${ROUTER}listen: [{ address: eth0 }]`,
      '2:21 listen[0].address: eth0 is not a listen address',
      null,
    ],
    [
      'a bare :: in brackets',
      `${ROUTER}listen: [{ address: [::] }]`,
      '2:21 listen[0].address: a list is not a listen address',
      'write the address in quotes: "::"',
    ],
    [
      'a FIB mode',
      `${ROUTER}fib: { mode: dryrun }`,
      '2:14 fib.mode: dryrun is not a FIB mode',
      'did you mean `dry-run`?',
    ],
    ['a table by name', `${ROUTER}fib: { table: main }`, '2:15 fib.table: main is not a routing table', 'write 254'],
    ['a protocol id of the kernel', `${ROUTER}fib: { protocol: 2 }`, '2:18 fib.protocol: 2 is not a protocol ID', null],
    ['a metric', `${ROUTER}fib: { metric: 0 }`, '2:16 fib.metric: 0 is not a metric', null],
    [
      'a port alone for metrics',
      `${ROUTER}metrics: { listen: 9179 }`,
      '2:20 metrics.listen: 9179 is not an address and port',
      'did you mean 127.0.0.1:9179?',
    ],
    [
      'a host name for metrics',
      `${ROUTER}metrics: { listen: "localhost:9179" }`,
      '2:20 metrics.listen: "localhost:9179" is not an address and port',
      'did you mean 127.0.0.1:9179?',
    ],
    [
      'IPv6 without brackets',
      `${ROUTER}metrics: { listen: "::1:9179" }`,
      '2:20 metrics.listen: "::1:9179" is not an address and port',
      'did you mean "[::1]:9179"?',
    ],
    ['metrics as a word', `${ROUTER}metrics: off`, '2:10 metrics: off is not a metrics section', 'write none'],
    [
      'a socket path that is too long',
      `${ROUTER}control: { socket: /${'x'.repeat(107)} }`,
      `2:20 control.socket: /${'x'.repeat(39)}… is not a socket path`,
      null,
    ],
    [
      'a directory as a socket',
      `${ROUTER}control: { socket: /run/ }`,
      '2:20 control.socket: /run/ is not a socket path',
      null,
    ],
    ['a log level', `${ROUTER}log: { level: warning }`, '2:15 log.level: warning is not a log level', null],
    [
      'a level of a component',
      `${ROUTER}log: { level: { fib: inf } }`,
      '2:22 log.level.fib: inf is not a log level',
      'did you mean `info`?',
    ],
    ['a router id', 'router: { as: 1, id: 10.99.0 }', '1:22 router.id: 10.99.0 is not a router ID', null],
    [
      'a router id as a number',
      'router: { as: 1, id: 174260225 }',
      '1:22 router.id: 174260225 is not a router ID',
      'did you mean 10.99.0.1?',
    ],
  ])('%s', (_name, text, problem, suggestion) => {
    expect(problemsOf(text)).toEqual([problem]);
    expect(suggestionFor(text)).toBe(suggestion);
  });

  test('all errors are reported at once, in the order of the file', () => {
    const text = `router: { as: 0, id: x }\nlisten: 5\npeers:\n  - address: y\n    hold-time: 1\n    foo: 1\nfib: { mode: on }\n`;
    expect(problemsOf(text)).toEqual([
      '1:15 router.as: 0 is not an AS number',
      '1:22 router.id: x is not a router ID',
      '2:9 listen: 5 is not a list of addresses',
      '4:14 peers[0].address: y is not a host address',
      '5:16 peers[0].hold-time: 1 is not a hold time',
      '6:5 peers[0].foo: unknown key `foo`',
      '7:14 fib.mode: on is not a FIB mode',
    ]);
  });
});
