/** Daemons of the field with TCP MD5 and TTL security: what they set up alike comes up, and what differs does not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { PeerView } from '../../src/engine/api/peer-views.ts';
import { parseTcpDrops, type TcpDrops } from '../../src/io/net/tcp-drops.ts';
import { bird2Host } from '../lab/hosts/bird.ts';
import { frrHost, frrSwitch } from '../lab/hosts/frr.ts';
import { gobgpHost } from '../lab/hosts/gobgp.ts';
import type { BgpHost, HostOptions } from '../lab/hosts/host.ts';
import { openbgpdHost } from '../lab/hosts/openbgpd.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { waitFor } from '../lab/wait-for.ts';

const AS = 65000;
const SWITCH_AS = 65100;
const KEY = 'one-key';

/** Each with its address's last part; those that have TTL security too. */
const KINDS = {
  bird2: bird2Host,
  frr: frrHost,
  gobgp: gobgpHost,
  openbgpd: openbgpdHost,
  switch: frrSwitch,
} as const satisfies Record<string, (options: HostOptions) => BgpHost>;

type Name = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Name[];
const GUARDED: readonly Name[] = ['bird2', 'switch'];

jest.setTimeout(120_000);

describeAsRoot(['bird2', 'frr', 'gobgp', 'openbgpd'], 'daemons with TCP MD5 and TTL security', () => {
  const lab = new Lab();
  const hosts = new Map<Name, BgpHost>();
  let center: Namespace;
  let daemon: Reflectord;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    const places = await Promise.all(NAMES.map((name, i) => lab.host(name, i + 2)));
    NAMES.forEach((name, i) => {
      hosts.set(
        name,
        KINDS[name]({
          ns: places[i]!,
          as: name === 'switch' ? SWITCH_AS : AS,
          routerId: `10.0.0.${i + 2}`,
          neighbors: [center],
          neighborAs: AS,
          password: KEY,
          ttlSecurity: GUARDED.includes(name),
          prefixes: { [`10.1.${i + 2}.0/24`]: {} },
        }),
      );
    });
    daemon = new Reflectord(center.folder, center);
    writeFileSync(join(center.folder, 'host.key'), `${KEY}\n`);
    await daemon.start(configuration());
    await Promise.all([...hosts.values()].map((host) => host.start()));
  });
  afterAll(() => lab.close());

  function hostOf(name: Name): BgpHost {
    return hosts.get(name)!;
  }

  /** Hosts come from ranges with a key, the others are known by address; both families. */
  function configuration(password: string | object = { file: 'host.key' }): object {
    const retry = { 'connect-retry-time': 1, 'idle-hold-time': 0, 'hold-time': 9 };
    const internal = { as: AS, 'route-reflector-client': true, ...retry };
    const guarded = ['bird2', 'switch'].map((name) => hostOf(name as Name).ns);
    return {
      router: { as: AS, id: center.ipv4 },
      groups: {
        hosts: { ...internal, password, dynamic: [{ range: '10.99.0.0/16' }, { range: 'fd99::/64' }] },
        guarded: { ...internal, password: KEY, 'ttl-security': 1, passive: true },
        switches: { as: SWITCH_AS, import: 'accept', export: 'accept', password: KEY, 'ttl-security': 1, ...retry },
      },
      peers: [
        { address: hostOf('gobgp').ns.ipv6, group: 'hosts' },
        ...[guarded[0]!.ipv4, guarded[0]!.ipv6].map((address) => ({ address, group: 'guarded' })),
        ...[guarded[1]!.ipv4, guarded[1]!.ipv6].map((address) => ({ address, group: 'switches' })),
      ],
      fib: { mode: 'off' },
      control: { socket: daemon.socket },
    };
  }

  async function peersOf(name: Name): Promise<PeerView[]> {
    const { ipv4, ipv6 } = hostOf(name).ns;
    const peers = await daemon.ask('show peers', {});
    return peers.filter(({ address }) => address === ipv4 || address === ipv6);
  }

  async function reload(password: string | object): Promise<void> {
    writeFileSync(daemon.configuration, stringify(configuration(password)));
    await daemon.ask('reload', {});
  }

  // interop: md5: bird2, frr, gobgp, openbgpd; ttl security: bird2, frr
  test.each(NAMES)('%s comes up with the key, over each family that it speaks', async (name) => {
    await hostOf(name).established();
    const source = GUARDED.includes(name) ? 'the configuration' : 'the file host.key';
    for (const { transport, state } of await peersOf(name)) {
      expect([state, transport.password, transport.problem]).toEqual(['Established', source, null]);
      expect(transport.minTtl).toBe(GUARDED.includes(name) ? 255 : null);
    }
    expect(JSON.stringify(await peersOf(name))).not.toContain(KEY);
  });

  test('all sessions are lost once the key is another on this side, and all are back with the right one', async () => {
    const before = await dropsOf(center);
    await reload('another-key');
    const names: Name[] = ['frr', 'gobgp', 'openbgpd'];
    for (const name of names) {
      await waitFor(
        `the session with ${name} has ended, for want of a keepalive`,
        () => peersOf(name),
        (peers) => peers.every(({ state }) => state !== 'Established'),
        60_000,
      );
    }
    expect((await dropsOf(center)).wrongKey).toBeGreaterThan(before.wrongKey);
    await waitFor(
      'the peers whose segments the kernel drops are named',
      async () => (await Promise.all(names.map(peersOf))).flat(),
      (peers) => peers.some(({ obstacle }) => obstacle?.includes('another TCP MD5 key;') === true),
      60_000,
    );
    for (const name of GUARDED) for (const { state } of await peersOf(name)) expect(state).toBe('Established');
    await reload({ file: 'host.key' });
    await Promise.all(names.map((name) => hostOf(name).hurry()));
    for (const name of names) await hostOf(name).established();
    expect(daemon.log()).not.toContain(KEY);
    expect(daemon.log()).not.toContain('another-key');
  });

  test('a peer without TTL security is refused, and the event says what the peer has to change', async () => {
    const { ns } = hostOf('openbgpd');
    const changed = configuration() as { peers: object[] };
    for (const address of [ns.ipv4, ns.ipv6]) changed.peers.push({ address, group: 'guarded' });
    writeFileSync(daemon.configuration, stringify(changed));
    await daemon.ask('reload', {});
    await hostOf('openbgpd').hurry();
    await waitFor(
      'its first packet was found to have too low a TTL',
      () => peersOf('openbgpd'),
      (peers) => peers.some(({ transport }) => /had TTL 64.*at least 255: the peer must/.test(transport.problem ?? '')),
    );
    expect(daemon.log()).toMatch(/"peer.refused".*"reason":"transport"/);
  });

  async function dropsOf(ns: Namespace): Promise<TcpDrops> {
    return parseTcpDrops(await ns.exec('cat', ['/proc/net/netstat']));
  }
});
