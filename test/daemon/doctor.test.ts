/** What `doctor` finds on a host, and what it says about sessions that are down. */
import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { Places } from '../../src/daemon/config-text/places.ts';
import { triage } from '../../src/daemon/operate/doctor.ts';
import { checkHost, type Host } from '../../src/daemon/operate/host-checks.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { open } from '../lab/updates.ts';

const FILE = `router: { as: 65000, id: 10.99.0.1 }
listen: []
groups:
  nodes:
    as: internal
    passive: true
    dynamic: [ { range: 10.1.0.0/16, limit: 500 } ]
peers:
  - { address: 10.0.0.1, group: nodes, description: leaf 1 }
  - address: 10.0.0.2
    group: nodes
    as: 65002
  - { address: 10.0.0.3, group: nodes, shutdown: true }
  - { address: 10.0.0.4, group: nodes, passive: false }
`;

function specOf(text: string): RouterSpec {
  const loaded = load(text, 'r.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return resolve(loaded.config, undefined, null, loaded.policies);
}

describe('the host', () => {
  const FILES: Readonly<Record<string, string>> = {
    '/proc/self/limits': 'Max open files            131072               131072               files\n',
    '/proc/self/cgroup': '0::/system.slice/reflectord.service\n',
    '/sys/fs/cgroup/system.slice/reflectord.service/memory.max': '4000000000\n',
    '/proc/meminfo': 'MemTotal:       16000000 kB\n',
    '/proc/sys/net/core/somaxconn': '4096\n',
    '/proc/sys/net/core/optmem_max': '20480\n',
    '/proc/sys/net/ipv4/ip_forward': '1\n',
    '/proc/sys/net/ipv6/route/max_size': '2147483647\n',
    '/proc/self/status': 'CapEff:\t0000000000003400\n',
  };

  function check(files: Readonly<Record<string, string>> = {}, over: Partial<Host> = {}) {
    const all = { ...FILES, ...files };
    const findings = checkHost({
      spec: specOf(FILE),
      read: (path) => all[path] ?? null,
      mode: () => 0o100640,
      configPath: '/etc/r.yaml',
      nowMs: Date.UTC(2026, 5, 1),
      rssBytes: 100_000_000,
      ...over,
    });
    return findings
      .filter(({ severity }) => severity !== 'ok')
      .map(({ severity, subject, text, remedy }) => `${severity} ${subject}: ${text} -> ${remedy}`);
  }

  const install = () => {
    const spec = specOf(FILE);
    return { ...spec, fib: { ...spec.fib, mode: 'install' as const } };
  };
  const keyed = (count: number) => {
    const spec = specOf(FILE);
    const [peer] = spec.peers;
    const transport = { ...peer!.transport, password: { key: {}, source: 'x' } as never };
    return { ...spec, peers: Array.from({ length: count }, () => ({ ...peer!, transport })) };
  };

  test('that is as it should be has no findings', () => {
    expect(check()).toEqual([]);
    expect(check({}, { spec: install() })).toEqual([]);
  });

  test.each([
    [
      'too few open files',
      { '/proc/self/limits': 'Max open files            1024 \n' },
      {},
      /^warning open files: the limit is 1024, and up to 504 peers need 1136 -> set LimitNOFILE=1136/,
    ],
    [
      'memory of the unit near its end',
      {},
      { rssBytes: 3_500_000_000 },
      /^error memory: 3500 MB of 4000 MB in use -> raise MemoryMax/,
    ],
    ['a short listen queue', { '/proc/sys/net/core/somaxconn': '128' }, {}, /somaxconn=4096/],
    ['a clock that was never set', {}, { nowMs: 0 }, /^error clock: it is 1970-01-01T00:00:00 UTC -> set the clock/],
    [
      'more MD5 keys than a socket can have',
      {},
      { spec: keyed(200) },
      /^error TCP MD5: 200 of about 150 .*optmem_max=54400/,
    ],
    [
      'a file that everybody writes',
      {},
      { mode: (): number => 0o100666 },
      /^error configuration: .* mode 666: every user can change it/,
    ],
    [
      'a file with passwords that everybody reads',
      {},
      { spec: keyed(1), mode: (): number => 0o100644 },
      /^warning configuration: .*passwords/,
    ],
    [
      'few IPv6 routes',
      { '/proc/sys/net/ipv6/route/max_size': '4096' },
      { spec: install() },
      /at most 4096 IPv6 routes/,
    ],
    ['no forwarding', { '/proc/sys/net/ipv4/ip_forward': '0' }, { spec: install() }, /IPv4 forwarding is off/],
    [
      'no rights to install',
      { '/proc/self/status': 'CapEff:\t0000000000000000\n' },
      { spec: install() },
      /^error rights: .*CAP_NET_ADMIN/,
    ],
  ])('%s', (_, files, over, expected) => {
    const found = check(files as Readonly<Record<string, string>>, over);
    expect(found).toEqual([expect.stringMatching(expected)]);
  });

  test('of which nothing can be read has no false alarms', () => {
    expect(check({}, { read: () => null, mode: () => null })).toEqual([]);
  });
});

describe('a session that is down', () => {
  const world = () => new World(specOf(FILE));
  const places = new Places(FILE, 'r.yaml');
  const look = (one: World, name: string) => {
    const { finding, asked } = triage(one.engine.peers.get(name)!, one.engine.clock.nowMs());
    return { ...finding, place: places.of(asked) };
  };

  test('names who has to act if the peer never came, and the line of the peer', () => {
    const one = world();
    expect(look(one, '10.0.0.1')).toMatchObject({
      severity: 'error',
      subject: '10.0.0.1 (leaf 1)',
      text: expect.stringContaining('it has not connected'),
      remedy: expect.stringContaining('at the peer: configure this router as a neighbor'),
      place: 'r.yaml:9',
    });
    expect(look(one, '10.0.0.4')).toMatchObject({ text: expect.stringContaining('no answer yet'), place: 'r.yaml:14' });
  });

  test('names the line of the key that the reason names: at the peer, or in its group', () => {
    const one = world();
    for (const [name, as] of [
      ['10.0.0.2', 65_009],
      ['10.0.0.1', 65_009],
    ] as const) {
      const peer = new SimPeer(one, name, 1, as);
      peer.establish(open(as, 1));
      expect(peer.notification).toMatchObject({ code: 2, subcode: 2 });
    }
    expect(look(one, '10.0.0.2')).toMatchObject({ text: expect.stringContaining('`as'), place: 'r.yaml:12' });
    expect(look(one, '10.0.0.1')).toMatchObject({ text: expect.stringContaining('`as'), place: 'r.yaml:5' });
  });

  test('by the configuration or by a command is no error', () => {
    const one = world();
    expect(look(one, '10.0.0.3')).toMatchObject({ severity: 'ok', place: 'r.yaml:13' });
    one.engine.disabled.add({ name: '10.0.0.1', atMs: 0, by: 'uid 0, pid 7', message: '' });
    expect(look(one, '10.0.0.1')).toMatchObject({
      severity: 'warning',
      text: expect.stringContaining('enable 10.0.0.1'),
    });
  });

  test('of a range has the line of the range', () => {
    const one = world();
    SimPeer.up(one, '10.1.0.7', 7).connection.lose('connection reset');
    one.settle();
    expect(look(one, '10.1.0.7')).toMatchObject({ severity: 'error', place: 'r.yaml:7' });
  });

  test('has no line if the text of the file cannot be read', () => {
    const one = world();
    const peer = one.engine.peers.get('10.0.0.1')!;
    expect(new Places('router: [', 'r.yaml').of(triage(peer, 0).asked)).toBeNull();
  });
});
