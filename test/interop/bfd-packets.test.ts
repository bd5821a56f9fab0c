/** BFD sessions over real links: single hop and multihop, IPv4, IPv6 and link-local; with FRR's bfdd and with BIRD 2. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BfdSession, BfdSpeaker, SINGLE_HOP } from '../lab/bfd-speaker.ts';
import { daemon } from '../lab/daemons.ts';
import { BirdDaemon } from '../lab/hosts/bird.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const MULTIHOP = { ...SINGLE_HOP, multihop: true, minTtl: 254 };

jest.setTimeout(60_000);

describeAsRoot(['bird2', 'frr'], 'BFD', () => {
  const lab = new Lab();
  let here: Namespace;
  let there: Namespace;
  const speakers: BfdSpeaker[] = [];

  beforeAll(async () => {
    here = await lab.host('here', 1);
    there = await lab.host('there', 2);
    await lab.link(here, 'cable', there, 'cable');
    await here.addLoopback('198.18.0.1/32');
    await there.addLoopback('198.18.0.2/32');
    await here.exec('ip', ['route', 'add', '198.18.0.2', 'via', there.ipv4]);
    await there.exec('ip', ['route', 'add', '198.18.0.1', 'via', here.ipv4]);
  });
  afterEach(async () => {
    await Promise.all(speakers.splice(0).map((speaker) => speaker.kill()));
  });
  afterAll(() => lab.close());

  function speak(ns: Namespace, ...sessions: BfdSession[]): BfdSpeaker {
    const speaker = new BfdSpeaker(ns, sessions);
    speakers.push(speaker);
    return speaker;
  }

  async function up(...all: readonly (readonly [BfdSpeaker, number])[]): Promise<void> {
    await eventually('the sessions are up', () => {
      for (const [speaker, session] of all) expect(speaker.last(session)?.status?.state).toBe('Up');
    });
  }

  async function pair(spec = SINGLE_HOP): Promise<[BfdSpeaker, BfdSpeaker]> {
    const a = speak(here, { local: here.ipv4, remote: there.ipv4, spec });
    const b = speak(there, { local: there.ipv4, remote: here.ipv4, spec });
    await up([a, 0], [b, 0]);
    return [a, b];
  }

  test('comes up with IPv4 and IPv6, on a link without addresses, and over several hops', async () => {
    const [mine, theirs] = [await here.linkLocal('cable'), await there.linkLocal('cable')];
    const ends = [
      [here.ipv4, there.ipv4, {}],
      [here.ipv6, there.ipv6, {}],
      [mine, theirs, { interfaceName: 'cable' }],
      ['198.18.0.1', '198.18.0.2', { spec: MULTIHOP }],
    ] as const;
    const a = speak(here, ...ends.map(([local, remote, more]) => ({ local, remote, spec: SINGLE_HOP, ...more })));
    const b = speak(there, ...ends.map(([remote, local, more]) => ({ local, remote, spec: SINGLE_HOP, ...more })));
    await up(...ends.flatMap((_, i) => [[a, i] as const, [b, i] as const]));
    await eventually('the fast intervals are agreed on', () => {
      for (const i of ends.keys()) {
        expect(a.last(i)?.status).toMatchObject({ state: 'Up', transmitUs: 100_000, detectionUs: 300_000, flaps: 0 });
      }
    });
  });

  test('a peer that is silent is lost within the detection time, and found again', async () => {
    const [a, b] = await pair();
    await eventually('the fast intervals are agreed on', () => expect(a.last()?.status?.detectionUs).toBe(300_000));
    const beganMs = Date.now();
    await there.exec('ip', ['link', 'set', 'eth0', 'down']);
    await eventually('it is lost', () => {
      expect(a.last()?.status).toMatchObject({ state: 'Down', lastDownDiag: 1, lastDownByAdmin: false });
    });
    expect(a.last()!.atMs - beganMs).toBeLessThan(1000);
    await there.exec('ip', ['link', 'set', 'eth0', 'up']);
    await there.exec('ip', ['route', 'add', '198.18.0.1', 'via', here.ipv4]);
    await there.exec('ip', ['addr', 'replace', `${there.ipv6}/64`, 'dev', 'eth0', 'nodad']);
    await up([a, 0], [b, 0]);
    expect(a.last()?.status?.flaps).toBe(1);
  });

  test('one that ends sends AdminDown, which is no failure of the path', async () => {
    const [a, b] = await pair();
    await b.stop();
    await eventually('it receives AdminDown', () => {
      expect(a.last()?.status).toMatchObject({ state: 'Down', lastDownByAdmin: true });
    });
  });

  test('continues when its thread fails, before the detection time of the peer', async () => {
    const [a, b] = await pair({ ...SINGLE_HOP, intervalMs: 300, minRxMs: 300 });
    await eventually('the fast intervals are agreed on', () => expect(b.last()?.status?.detectionUs).toBe(900_000));
    const { discriminator } = a.last()!.status!;
    a.crash();
    let failedMs = 0;
    await eventually('it goes on', () => {
      const said = a.said();
      const failed = said.findIndex(({ session }) => session === -1);
      expect(failed).toBeGreaterThan(0);
      failedMs = said[failed]!.atMs;
      const next = said.slice(failed).find(({ status }) => status !== undefined);
      expect(next?.status).toMatchObject({ state: 'Up', discriminator });
    });
    await eventually('it would have been missed by now', () => expect(Date.now() - failedMs).toBeGreaterThan(1200));
    expect(b.states().filter((state) => state === 'Up')).toHaveLength(1);
    expect(b.last()?.status).toMatchObject({ state: 'Up', flaps: 0 });
  });

  test('packets from afar are not taken on a single hop (RFC 5881 5)', async () => {
    // Through a router, so with a TTL of 254.
    const a = speak(here, { local: '198.18.0.1', remote: '198.18.0.9', spec: SINGLE_HOP });
    const far = await lab.host('far', 9);
    await far.addLoopback('198.18.0.9/32');
    await far.exec('ip', ['route', 'add', '198.18.0.1', 'via', there.ipv4]);
    await here.exec('ip', ['route', 'add', '198.18.0.9', 'via', far.ipv4]);
    const b = speak(far, { local: '198.18.0.9', remote: '198.18.0.1', spec: SINGLE_HOP });
    await eventually('it has received a packet from the one nearby', () =>
      expect(b.last()?.status?.remote?.state).toBe('Down'),
    );
    expect(b.last()?.status?.state).toBe('Init');
    expect(a.last()?.status?.remote ?? null).toBeNull();
    await far.exec('ip', ['route', 'replace', '198.18.0.1', 'via', here.ipv4]);
    await up([a, 0], [b, 0]);
  });

  test('a port that another program uses is reported, with the remedy', async () => {
    const a = speak(here, { local: here.ipv4, remote: there.ipv4, spec: SINGLE_HOP });
    await eventually('it is open', () => expect(a.last()?.status?.state).toBe('Down'));
    const second = speak(here, { local: here.ipv4, remote: '10.99.0.7', spec: SINGLE_HOP });
    await eventually('it says why', () =>
      expect(second.last()?.problem).toMatch(/10.99.0.1 port 3784.*only one.*EADDRINUSE/),
    );
    await a.kill();
    await eventually('it gets the port', () => expect(second.last()?.status?.state).toBe('Down'));
  });

  test('with bfdd of FRR, over one hop and several, and its AdminDown', async () => {
    const { program, env } = daemon('frr');
    const zebra = write('zebra.conf', 'log stdout\n');
    const config = write(
      'bfdd.conf',
      `log stdout
bfd
 peer ${here.ipv4} local-address ${there.ipv4} interface eth0
  receive-interval 100
  transmit-interval 100
  no shutdown
 peer 198.18.0.1 multihop local-address 198.18.0.2
  receive-interval 100
  transmit-interval 100
  minimum-ttl 254
  no shutdown
`,
    );
    write('vtysh.conf', 'username root nopassword\n');
    const common = (name: string) => [
      '-u',
      'root',
      '-g',
      'root',
      '-i',
      join(there.folder, `${name}.pid`),
      '--vty_socket',
      there.folder,
    ];
    const zserv = join(there.folder, 'zserv.sock');
    const first = there.spawn(
      'zebra',
      program('usr/lib/frr/zebra'),
      [...common('zebra'), '-P', '0', '-z', zserv, '-f', zebra],
      env,
    );
    const tell = (name: string, ...commands: string[]) =>
      there.exec(
        program('usr/bin/vtysh'),
        ['--vty_socket', there.folder, '--config_dir', there.folder, '-d', name, ...commands.flatMap((c) => ['-c', c])],
        { env },
      );
    await first.answers(() => tell('zebra', 'show version'), /FRRouting \d/);
    const socket = join(there.folder, 'bfdd.sock');
    const second = there.spawn(
      'bfdd',
      program('usr/lib/frr/bfdd'),
      [...common('bfdd'), '-P', '0', '-z', zserv, '--bfdctl', socket, '-f', config],
      env,
    );
    await second.answers(() => tell('bfdd', 'show version'), /FRRouting \d/);
    const a = speak(
      here,
      { local: here.ipv4, remote: there.ipv4, spec: SINGLE_HOP },
      { local: '198.18.0.1', remote: '198.18.0.2', spec: MULTIHOP },
    );
    await up([a, 0], [a, 1]);
    await eventually('the fast intervals are agreed on', () => {
      for (const i of [0, 1])
        expect(a.last(i)?.status).toMatchObject({ transmitUs: 100_000, detectionUs: 300_000, flaps: 0 });
    });
    await tell(
      'bfdd',
      'configure terminal',
      'bfd',
      `peer ${here.ipv4} local-address ${there.ipv4} interface eth0`,
      'shutdown',
    );
    await eventually('it receives AdminDown', () =>
      expect(a.last(0)?.status).toMatchObject({ state: 'Down', lastDownByAdmin: true }),
    );
    expect(a.last(1)?.status?.state).toBe('Up');
    await Promise.all([first.kill(), second.kill()]);
    await eventually('the other is lost', () =>
      expect(a.last(1)?.status).toMatchObject({ state: 'Down', lastDownDiag: 1 }),
    );

    function write(file: string, text: string): string {
      const path = join(there.folder, file);
      writeFileSync(path, text);
      return path;
    }
  });

  test('with BIRD 2, over one hop', async () => {
    const bird = new BirdDaemon(there, 'bird2', '');
    writeFileSync(
      bird.configuration,
      `log stderr all;
router id 10.0.0.2;
protocol device { scan time 60; }
protocol bfd { interface "eth0" { interval 100 ms; multiplier 3; }; neighbor ${here.ipv4} dev "eth0"; }
`,
    );
    await bird.start();
    const a = speak(here, { local: here.ipv4, remote: there.ipv4, spec: SINGLE_HOP });
    await up([a, 0]);
    await eventually('the fast intervals are agreed on', () => {
      expect(a.last()?.status).toMatchObject({ transmitUs: 100_000, detectionUs: 300_000, flaps: 0 });
    });
    expect(await bird.ask('show bfd sessions')).toMatch(new RegExp(`${here.ipv4}\\s+eth0\\s+Up`));
    await bird.kill();
    await eventually('it is lost', () => expect(a.last()?.status).toMatchObject({ state: 'Down', lastDownDiag: 1 }));
  });
});
