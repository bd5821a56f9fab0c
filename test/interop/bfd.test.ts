/** BFD beside sessions with FRR and BIRD 2: a dead path, AdminDown, and restarts of the reflector. */
import { daemon } from '../lab/daemons.ts';
import { bird2Host } from '../lab/hosts/bird.ts';
import { type FrrHost, frrHost } from '../lab/hosts/frr.ts';
import { BFD_INTERVAL_MS, type BgpHost, kernelRoutes } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import type { Background } from '../lab/process.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually, waitFor } from '../lab/wait-for.ts';

const AS = 65000;
/** Host n announces 10.1.n.0/24 and has 10.1.n.1; `far` has BFD over several hops. */
const NAMES = ['frr', 'bird', 'far'] as const;
type Name = (typeof NAMES)[number];
const numberOf = (name: Name) => NAMES.indexOf(name) + 2;
const prefixOf = (name: Name) => `10.1.${numberOf(name)}.0/24`;
const insideOf = (name: Name) => `10.1.${numberOf(name)}.1`;
/** FRR has one session, with both families. */
const SESSIONS = 5;
/** Nobody has this address: what is sent there is lost, and no one is told. */
const NOBODY = '02:00:00:00:00:01';

jest.setTimeout(90_000);

describeAsRoot(['bird2', 'frr', 'ping'], 'BFD beside sessions', () => {
  const lab = new Lab();
  const hosts = new Map<Name, BgpHost>();
  let center: Namespace;
  let reflectord: Reflectord;
  let configuration: object;
  let frr: FrrHost;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    reflectord = new Reflectord(center.folder, center);
    const timers = { 'interval-ms': BFD_INTERVAL_MS, multiplier: 3 };
    const clients = { as: AS, 'route-reflector-client': true, 'idle-hold-time': 0, bfd: timers };
    configuration = {
      router: { as: AS, id: center.ipv4 },
      groups: {
        hosts: { ...clients, dynamic: [{ range: '10.99.0.0/16' }, { range: 'fd99::/64' }] },
        far: {
          ...clients,
          bfd: { ...timers, multihop: true },
          dynamic: [{ range: '10.99.0.4/32' }, { range: 'fd99::4/128' }],
        },
      },
      // FRR makes long pauses before it connects again.
      peers: [{ address: '10.99.0.2', group: 'hosts', 'connect-retry-time': 1 }],
    };
    for (const name of NAMES) {
      const ns = await lab.host(name, numberOf(name));
      await ns.addLoopback(`${insideOf(name)}/32`);
      const bfd = name === 'far' ? 'multihop' : 'single-hop';
      const common = { ns, as: AS, neighbors: [center], neighborAs: AS, routerId: ns.ipv4, graceful: true } as const;
      const options = { ...common, bfd, prefixes: { [prefixOf(name)]: { localPref: 200 } } } as const;
      if (name === 'frr') frr = frrHost(options);
      hosts.set(name, name === 'frr' ? frr : bird2Host(options));
    }
    await reflectord.start(configuration);
    await Promise.all([...hosts.values()].map((host) => host.start()));
    await allUp();
  });
  afterAll(() => lab.close());

  // interop: bfd: bird2, frr
  test('comes up with all of them, over one hop or several, IPv4 and IPv6', async () => {
    const sessions = await reflectord.ask('show bfd', {});
    expect(Object.fromEntries(sessions.map(({ peer, multihop }) => [peer, multihop]))).toEqual({
      '10.99.0.2': false,
      '10.99.0.3': false,
      'fd99::3': false,
      '10.99.0.4': true,
      'fd99::4': true,
    });
    for (const session of sessions) {
      expect(session).toMatchObject({ problem: null, flaps: 0, transmitMs: 100, detectionMs: 300 });
      // FRR says so where it is told to look at the C bit.
      const independent = session.peer === frr.ns.ipv4;
      expect(session.remote).toMatchObject({ state: 'Up', multiplier: 3, independent });
    }
  });

  test.each(NAMES)('%s: a path that is silent ends the session long before the hold timer', async (name) => {
    const { ns } = hosts.get(name)!;
    const before = await droppedOf(ns.ipv4);
    const beganMs = Date.now();
    await cut(ns);
    await eventually('the session is over', async () => expect(await droppedOf(ns.ipv4)).toBe(before + 1));
    expect(Date.now() - beganMs).toBeLessThan(2000);
    const [peer] = await reflectord.ask('show peer', { peer: ns.ipv4 });
    expect(peer?.lastDown).toMatch(
      /^sent Cease \/ BFD Down: no BFD packet was received from the peer for the detection time of 300 ms/,
    );
    expect(peer?.bfd).toMatchObject({ state: 'Down', flaps: 1 });
    expect(reflectord.log()).toMatch(
      new RegExp(`"event":"peer.down","peer":"${ns.ipv4.replaceAll('.', '[.]')}".*"code":6,"subcode":10`),
    );
    await heal(ns);
    await allUp();
  });

  test('a path that is dead in one direction ends it as well', async () => {
    const { ns } = hosts.get('bird')!;
    const before = await droppedOf(ns.ipv4);
    await center.exec('ip', ['neigh', 'replace', ns.ipv4, 'lladdr', NOBODY, 'dev', 'eth0', 'nud', 'permanent']);
    await eventually('the session is over', async () => expect(await droppedOf(ns.ipv4)).toBe(before + 1));
    // Either side may be the first to end it. BIRD says nothing then, for with `graceful` that may be a restart.
    const [peer] = await reflectord.ask('show peer', { peer: ns.ipv4 });
    expect(peer?.lastDown).toMatch(
      /^(the peer closed|sent Cease .* BFD Down: the peer signals that it does not receive)/,
    );
    await center.exec('ip', ['neigh', 'del', ns.ipv4, 'dev', 'eth0']);
    await allUp();
  });

  test('other intervals are agreed on by a reload, and no session is lost', async () => {
    const before = await Promise.all(NAMES.map((name) => droppedOf(hosts.get(name)!.ns.ipv4)));
    const { groups } = configuration as { groups: { hosts: object; far: object } };
    const slower = { 'interval-ms': 250, multiplier: 4 };
    await reflectord.reload({ ...configuration, groups: { ...groups, hosts: { ...groups.hosts, bfd: slower } } });
    await eventually('they are in force', async () => {
      const sessions = await reflectord.ask('show bfd', {});
      for (const { multihop, transmitMs, detectionMs, state } of sessions) {
        const expected = multihop ? [100, 300] : [250, 750];
        expect([state, transmitMs, detectionMs]).toEqual(['Up', ...expected]);
      }
    });
    await reflectord.reload(configuration);
    await eventually('the former ones are back', async () => {
      const sessions = await reflectord.ask('show bfd', {});
      for (const { transmitMs, detectionMs } of sessions) expect([transmitMs, detectionMs]).toEqual([100, 300]);
    });
    expect(await Promise.all(NAMES.map((name) => droppedOf(hosts.get(name)!.ns.ipv4)))).toEqual(before);
  });

  test('one peer of the group continues without it, and has it again, by reloads', async () => {
    const before = await droppedOf(frr.ns.ipv4);
    const { peers } = configuration as { peers: object[] };
    await reflectord.reload({ ...configuration, peers: peers.map((peer) => ({ ...peer, bfd: false })) });
    await eventually('FRR knows that it is off', async () => {
      const [peer] = JSON.parse(await frr.tell('bfdd', 'show bfd peers json')) as Record<string, unknown>[];
      expect(peer).toMatchObject({ peer: center.ipv4, status: 'down' });
    });
    const [peer] = await reflectord.ask('show peer', { peer: frr.ns.ipv4 });
    expect(peer).toMatchObject({ state: 'Established', bfd: null });
    await reflectord.reload(configuration);
    await allUp();
    expect(await droppedOf(frr.ns.ipv4)).toBe(before);
  });

  test('a peer that switches BFD off keeps its session', async () => {
    const { ns } = frr;
    const before = await droppedOf(ns.ipv4);
    const peer = `peer ${center.ipv4} local-address ${ns.ipv4} interface eth0`;
    await frr.tell('bfdd', 'configure terminal', 'bfd', peer, 'shutdown');
    await eventually('it has gone AdminDown', async () => {
      const [session] = (await reflectord.ask('show bfd', {})).filter((each) => each.peer === ns.ipv4);
      expect(session).toMatchObject({
        state: 'Down',
        lastLoss: 'the peer disabled BFD',
        session: 'Established',
      });
    });
    await frr.tell('bfdd', 'configure terminal', 'bfd', peer, 'no shutdown');
    await allUp();
    expect(await droppedOf(ns.ipv4)).toBe(before);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'the end of the reflector by %s and a new start cost no route and no packet',
    async (signal) => {
      const pings = await Promise.all([pinging('frr', 'bird'), pinging('bird', 'far'), pinging('far', 'frr')]);
      await reflectord.kill(signal);
      await reflectord.start(configuration);
      await allUp();
      for (const ping of pings) {
        await ping.kill('SIGINT');
        const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(ping.log()) ?? [];
        expect(Number(sent)).toBeGreaterThan(20);
        // The last one may have been under way.
        expect(Number(received)).toBeGreaterThanOrEqual(Number(sent) - 1);
      }
      await eventually('no wait for a peer was in vain', () =>
        expect(reflectord.log()).toContain('"daemon.selection-started","cause":"complete"'),
      );
    },
  );

  /** All sessions are up, and BFD with them; each kernel leads to the others. */
  async function allUp(): Promise<void> {
    await eventually('all sessions and BFD are up', async () => {
      const sessions = await reflectord.ask('show bfd', {});
      expect(sessions).toHaveLength(SESSIONS);
      for (const session of sessions)
        expect(session).toMatchObject({ session: 'Established', state: 'Up', detectionMs: 300 });
    });
    for (const name of NAMES) {
      const others = NAMES.filter((other) => other !== name).map(prefixOf);
      await waitFor(
        `${name} leads to ${others.join(' and ')}`,
        async () => (await kernelRoutes(hosts.get(name)!.ns)).map(({ prefix }) => prefix),
        (prefixes) => others.every((prefix) => prefixes.includes(prefix)),
      );
    }
  }

  async function droppedOf(address: string): Promise<number> {
    const [peer] = await reflectord.ask('show peer', { peer: address });
    return peer!.dropped;
  }

  /** Nothing passes between the reflector and a host any more, and neither side sees why. */
  async function cut(ns: Namespace): Promise<void> {
    await Promise.all([
      ...[ns.ipv4, ns.ipv6].map((address) => silence(center, address)),
      ...[center.ipv4, center.ipv6].map((address) => silence(ns, address)),
    ]);
  }

  async function silence(ns: Namespace, address: string): Promise<void> {
    await ns.exec('ip', ['neigh', 'replace', address, 'lladdr', NOBODY, 'dev', 'eth0', 'nud', 'permanent']);
  }

  async function heal(ns: Namespace): Promise<void> {
    const drop = (at: Namespace, address: string) => at.exec('ip', ['neigh', 'del', address, 'dev', 'eth0']);
    await Promise.all([
      ...[ns.ipv4, ns.ipv6].map((address) => drop(center, address)),
      ...[center.ipv4, center.ipv6].map((address) => drop(ns, address)),
    ]);
  }

  async function pinging(from: Name, to: Name): Promise<Background> {
    const { program, env } = daemon('ping');
    const args = ['-n', '-i', '0.02', '-W', '2', '-I', insideOf(from), insideOf(to)];
    const ping = hosts.get(from)!.ns.spawn('ping', program('bin/ping'), args, env);
    await waitFor(
      `${to} answers ${from}`,
      () => ping.log(),
      (text) => text.includes('bytes from'),
    );
    return ping;
  }
});
