import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPager } from '../../src/cli/pager.ts';
import { type CliContext, runCli } from '../../src/cli/program.ts';
import { CommandError, type CommandTable } from '../../src/engine/api/commands.ts';
import type { ReloadView, StatusView } from '../../src/engine/api/daemon-views.ts';
import type { PeerView } from '../../src/engine/api/peer-views.ts';
import { type ControlServer, openControlServer } from '../../src/io/control/server.ts';
import { size } from '../lab/effort.ts';
import { Sink } from '../lab/page.ts';
import { BFD_SESSIONS, FIB, GROUP, HOST, LEAF, MEMORY, RECEIVED_ROUTE, ROUTE, STATUS } from './views.ts';

/** Routes of a long answer. */
const MANY = size(20_000, 4_000);

const RELOADED: ReloadView = {
  outcome: 'in-force',
  peers: { added: [], removed: [], changed: [] },
  settings: [],
  restart: [],
  failed: [],
  warnings: [],
  notes: [],
};

let statusView: StatusView = STATUS;
let reloadView: ReloadView = RELOADED;
let directory: string;
let path: string;
let server: ControlServer;
let asked: [string, unknown][];
let produced: number;
let hostile: PeerView = LEAF;
const actions: string[] = [];

function command(name: string, run: (args: Readonly<Record<string, unknown>>) => Iterable<unknown>): CommandTable {
  return {
    [name]: {
      run(args) {
        asked.push([name, args]);
        return run(args);
      },
    },
  };
}

function* rib(count: number): Generator<unknown> {
  for (produced = 0; produced < count; produced++) yield { ...ROUTE, prefix: `10.0.${produced}.0/24` };
}

function* halfRib(): Generator<unknown> {
  yield ROUTE;
  throw new CommandError('the table went away');
}

const commands: CommandTable = {
  ...command('status', () => [statusView]),
  ...command('show peers', () => [LEAF, HOST]),
  ...command('show bfd', () => BFD_SESSIONS),
  ...command('show peer', ({ peer }) => {
    if (peer === 'hostile') return [hostile];
    if (peer !== '192.0.2.1') throw new CommandError(`no peer ${peer}`);
    return [LEAF];
  }),
  ...command('show rib', ({ target, peer, received }) => {
    if (peer === 'half') return halfRib();
    if (peer === 'many') return rib(MANY);
    if (received === true) return [RECEIVED_ROUTE];
    if (peer === 'large') return [{ ...ROUTE, pathsLeftOut: 500 }];
    return target === '192.0.2.0/24' ? [] : [ROUTE];
  }),
  ...command('show fib', ({ failed }) => FIB.filter((route) => !failed || route.state === 'failed')),
  ...command('show groups', () => [GROUP]),
  ...command('show memory', () => [MEMORY]),
  ...command('refresh', ({ peer }) => [{ done: `asked ${peer} for its routes` }]),
  ...command('reset', ({ peer }) => [{ done: `session with ${peer} reset` }]),
  'show nexthops': {
    async *run() {
      await new Promise((done) => setTimeout(done, 1100));
      yield* [];
    },
  },
  ...command('reload', () => [reloadView]),
  ...command('stop', () => [{ done: 'stopping' }]),
};

async function act(what: string, code: number): Promise<number> {
  actions.push(what);
  return code;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function cli(line: string, context: Partial<CliContext> = {}, stdout = new Sink()): Promise<Outcome> {
  const stderr = new Sink();
  const code = await runCli(
    line.split(' ').filter((word) => word !== ''),
    { stdout, stderr, env: { REFLECTORD_SOCKET: path }, terminal: false, version: '1.2.3', ...context },
    {
      run: (config, warm) => act(`run ${config}${warm ? '' : ' cold'}`, 0),
      check: (config, asJson) => act(`check ${config}${asJson ? ' as JSON' : ''}`, 1),
      demo: () => act('demo', 0),
    },
  );
  return { code, stdout: stdout.text, stderr: stderr.text };
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reflectord-cli-'));
  path = join(directory, 'control.sock');
  server = await openControlServer({ path, commands, events: { emit: () => {} } });
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => {
  asked = [];
  actions.length = 0;
});

describe('pages', () => {
  test('show nothing that a terminal obeys, wherever it is from', async () => {
    const bad = 'a\u202eb\u009b2Jc\u001b]0;x\u0007';
    hostile = { ...LEAF, description: bad, hostName: `h${bad}`, softwareVersion: `v${bad}`, lastDown: `l${bad}` };
    const { stdout } = await cli('show peer hostile');
    expect(stdout).toContain('(a b 2Jc ]0;x ');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('a value of any length widens no other line, and is cut in a table', async () => {
    hostile = { ...LEAF, capabilitiesReceived: [{ code: 99, name: 'x'.repeat(5000), value: 'y'.repeat(5000) }] };
    const { stdout } = await cli('show peer hostile');
    const lines = stdout.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1000);
    expect(lines.filter((line) => line.length > 200)).toHaveLength(1);
  });

  test('show peers is one line per peer and the totals', async () => {
    const { stdout, code } = await cli('show peers');
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'PEER                 AS  ROLE    GROUP     STATE        SINCE  RECEIVED  ACCEPTED  ADVERTISED  DESCRIPTION              NOTE',
        '192.0.2.1    4200000001  ebgp    switches  Established  1d02h       122       120        5007  leaf 1 (leaf-1.example)  slow (ipv6-unicast, 1.23 MB)',
        '2001:db8::7           -  client  hosts     Active         42s         -         -           -  -                        sent Hold Timer Expired (4/0)',
        '2 peers, 1 established',
        '',
      ].join('\n'),
    );
  });

  test('show peers is asked for some of them, in an order', async () => {
    await cli('show peers --state down --group hosts --sort uptime');
    expect(asked).toEqual([['show peers', { state: 'down', group: 'hosts', sort: 'uptime' }]]);
    const { code, stderr } = await cli('show peers --sort height');
    expect([code, stderr]).toEqual([2, expect.stringContaining('address, name, as, group, state, uptime')]);
  });

  test('show peer has state, history, timers, families, and the capabilities of both sides', async () => {
    const { stdout } = await cli('show peer 192.0.2.1');
    expect(asked).toEqual([['show peer', { peer: '192.0.2.1' }]]);
    expect(stdout.replace(/\(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)/, '(TIME)')).toBe(
      [
        'Peer 192.0.2.1 (leaf 1 (leaf-1.example))',
        '  State        Established for 1d02h',
        '  History      established 3 times, dropped 2 times',
        '  Last down    1d02h ago (TIME): received Cease / administrative reset (6/4)',
        '  Role         ebgp, group switches',
        '  Remote       AS 4200000001, router id 192.0.2.1',
        '  Software     FRRouting/10.1',
        '  Import       accept',
        '  Export       accept',
        '  Connection   to 192.0.2.1 port 179, from 10.99.0.1 port 34123',
        '  Transport    TCP MD5 (key from the file /etc/leaf1.key), TTL 255 sent, minimum received 255, DSCP 48, only on eth1, TCP user timeout 30 s',
        '  Timers       hold time 240 s, keepalive 80 s',
        '  Running      hold timer expires in 3m20s, next KEEPALIVE in 17s',
        '  BFD          Up for 10m00s, single hop, from 10.99.0.1',
        '  BFD timers   transmit interval 300 ms, detection time 900 ms; configured: interval 100 ms, min-rx 50 ms, multiplier 3',
        '  BFD remote   Up, discriminator 4000000000, interval 300 ms, min-rx 300 ms, multiplier 3; not control plane independent',
        '  BFD history  1 flap, 11m00s ago: no BFD packet was received from the peer for the detection time of 900 ms; 2500 packets sent, 2498 received',
        '  Received     1000 messages (3 OPEN, 1 UPDATE, 994 KEEPALIVE, 2 NOTIFICATION), 64.0 kB',
        '  Sent         2000 messages (3 OPEN, 1500 UPDATE, 496 KEEPALIVE, 1 ROUTE-REFRESH), 1.23 MB',
        '',
        '  FAMILY        RECEIVED  ACCEPTED  ADVERTISED  ANNOUNCED  WITHDRAWN  UPDATES SENT  WITHDRAWALS SENT  END-OF-RIB      UPDATE GROUP  SENDING   QUEUED',
        '  ipv4-unicast       120       118        5000        130         10           900                30  received, sent             3  log          0 B',
        '  ipv6-unicast         2         2           7        130         10           900                30  received, sent             3  slow     1.23 MB',
        '',
        '  CAPABILITY                        OURS          THEIRS',
        '  multiprotocol (1)                 ipv4-unicast  ipv4-unicast, ipv6-unicast',
        '  4-octet AS (65)                   65000         -',
        '  long-lived graceful restart (71)  -             yes',
        '',
      ].join('\n'),
    );
  });

  test('show bfd is one line per peer with BFD, with its problem', async () => {
    const { stdout } = await cli('show bfd');
    expect(stdout).toBe(
      [
        'PEER       HOPS        STATE   SINCE  REMOTE  INTERVAL  DETECTION  SENT  RECEIVED  FLAPS  NOTE',
        '192.0.2.1  single hop  Up     10m00s  Up        300 ms     900 ms  2500      2498      1  leaf 1',
        '192.0.2.2  multihop    Down   10m00s  -        1000 ms          -  2500         0      1  leaf 2: Down, no answer',
        '192.0.2.3  single hop  -      10m00s  -              -          -  2500      2498      1  cannot run: UDP port 3784 is in use',
        '192.0.2.4  -           -           -  -              -          -     0         0      0  the session is Active',
        '4 peers with BFD, 1 up',
        '',
      ].join('\n'),
    );
  });

  test('show rib is a line per path, the prefix on the first', async () => {
    const { stdout } = await cli('show rib');
    expect(asked).toEqual([['show rib', {}]]);
    expect(stdout).toBe(
      [
        'ipv4-unicast   > best, * usable, x unusable, s stale',
        '    PREFIX       NEXT HOP   FROM       LOCAL-PREF  MED    AGE  ORIGIN  AS PATH',
        '>   10.0.0.0/24  192.0.2.1  192.0.2.1         200   10  1m01s  IGP     65001 65002',
        '*s               192.0.2.1  192.0.2.2         100    -  1m01s  IGP',
        'x                192.0.2.1  192.0.2.3         200   10  1m01s  IGP     65001 65002',
        '1 prefix, 3 paths',
        '',
      ].join('\n'),
    );
  });

  test('show rib of a prefix gives the reason of selection for every path', async () => {
    const { stdout } = await cli('show rib 10.0.0.1 --family ipv4-unicast');
    expect(asked).toEqual([['show rib', { target: '10.0.0.1', family: 'ipv4-unicast' }]]);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('10.0.0.0/24 (ipv4-unicast): 3 paths');
    expect(lines).toContain('> from 192.0.2.1: best (local-pref)');
    expect(lines).toContain('*s from 192.0.2.2, path id 7: not best (local-pref)');
    expect(lines).toContain('x from 192.0.2.3: unusable, our cluster id in CLUSTER_LIST');
    expect(lines).toContain('  Next hop      192.0.2.1, cost 20');
    expect(lines).toContain('  AS path       65001 65002');
    expect(lines).toContain('  AS path       empty');
    expect(lines).toContain('  Cluster list  2.2.2.2 3.3.3.3');
    expect(lines).toContain('  Attribute 99  flags 192: deadbeef');
    expect(stdout).not.toContain('Large communities');
  });

  test.each([
    ['evpn', { family: 'evpn' }],
    ['l3vpn-ipv4 rd 65000:1', { family: 'l3vpn-ipv4', words: ['rd', '65000:1'] }],
    ['--mac 02:00:5e:00:00:01 --type=2', { words: ['mac', '02:00:5e:00:00:01', 'route-type', '2'] }],
    ['afi-16397-safi-70 0x180a0000', { family: 'afi-16397-safi-70', target: '0x180a0000' }],
  ])('show rib %s asks for these routes', async (words, args) => {
    await cli(`show rib ${words}`);
    expect(asked).toEqual([['show rib', args]]);
  });

  test('show rib with a filter without its value fails with an example', async () => {
    const { code, stderr } = await cli('show rib evpn rd');
    expect([code, stderr]).toEqual([2, 'reflectord: "rd" needs a value, such as "rd 65000:1"\n']);
    expect(asked).toEqual([]);
  });

  test('show rib --received shows the received attributes, and those in use where they differ', async () => {
    const { stdout } = await cli('show rib 10.0.0.1 --received');
    expect(asked).toEqual([['show rib', { target: '10.0.0.1', received: true }]]);
    const lines = stdout.split('\n');
    const at = lines.indexOf('>c from 192.0.2.1: best (local-pref)');
    expect(lines.slice(at + 1, at + 5)).toEqual([
      '  Next hop      192.0.2.1, cost 20',
      '  AS path       65002',
      '    in use      65001 65002',
      '  Origin        IGP',
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        '  Communities   none',
        '    in use      65000:1 no-export',
        '  Changed on import  nothing',
      ]),
    );
  });

  test('show rib --received without a prefix is one line per path, as received', async () => {
    const { stdout } = await cli('show rib --received');
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'ipv4-unicast   > best, * usable, x unusable, s stale, c changed on import (shown as received)',
      '    PREFIX       NEXT HOP   FROM       LOCAL-PREF  MED    AGE  ORIGIN  AS PATH',
      '>c  10.0.0.0/24  192.0.2.1  192.0.2.1         200   10  1m01s  IGP     65002',
      '*s               192.0.2.1  192.0.2.2         100    -  1m01s  IGP',
    ]);
  });

  test('show rib says how many paths are not shown, and how to see them', async () => {
    const words = '500 paths not shown: `--all-paths` shows them\n';
    expect((await cli('show rib --peer large')).stdout).toContain(`1 prefix, 503 paths; ${words}`);
    const { stdout } = await cli('show rib 10.0.0.1 --peer large');
    expect(stdout).toContain('503 paths\n');
    expect(stdout.endsWith(words)).toBe(true);
    await cli('show rib 10.0.0.1 --all-paths');
    expect(asked.at(-1)).toEqual(['show rib', { target: '10.0.0.1', allPaths: true }]);
  });

  test('show rib of an unknown prefix says so', async () => {
    expect(await cli('show rib 192.0.2.0/24')).toEqual({ code: 0, stdout: 'no route for 192.0.2.0/24\n', stderr: '' });
  });

  test("show fib has the kernel's words", async () => {
    expect((await cli('show fib')).stdout).toBe(
      [
        'PREFIX       NEXT HOP      STATE      ERROR',
        '10.0.0.0/24  192.0.2.1     installed',
        '10.0.1.0/24  198.51.100.1  failed     Nexthop has invalid gateway.',
        '2 routes: 1 installed, 1 failed',
        '',
      ].join('\n'),
    );
    expect((await cli('show fib --failed')).stdout).toContain('1 route: 1 failed');
  });

  test('show groups counts members and slow ones', async () => {
    expect((await cli('show groups')).stdout).toBe(
      [
        'ID  NAME             FAMILY        ROLE    MEMBERS  SLOW  ADVERTISED  BLOCKED      LOG  SHARED SETTINGS',
        ' 3  client-1f0c2a9b  ipv4-unicast  client        2     1      100000        0  65.5 kB  cluster 10.99.0.1, next hop unchanged',
        '',
      ].join('\n'),
    );
  });

  test('show memory sums the tables', async () => {
    const { stdout } = await cli('show memory');
    expect(stdout).toContain('prefixes     1000  40.0 kB       40 B');
    expect(stdout).toContain('labels          0      0 B          -');
    expect(stdout).toContain('  Resident           86.0 MB');
    expect(stdout).toContain('    buffers          960 kB');
    expect(stdout).toContain('    other            20.0 MB');
  });

  test('status says that the daemon is healthy and ready', async () => {
    const { stdout } = await cli('status');
    expect(stdout).toContain('  Peers          1 of 2 established\n');
    expect(stdout).toContain('  Health         healthy, ready\n');
  });

  test('status names each cause with what it concerns and the remedy, and counts what it leaves out', async () => {
    const details = Array.from({ length: 10 }, (_, n) => `10.0.0.${n + 1} (host ${n + 1}): too many prefixes`);
    const cause = { cause: 'peer-held-down', severity: 'degraded', blocksReady: false, remedy: 'Raise it.' } as const;
    const health = { status: 'degraded', ready: false, causes: [{ ...cause, count: 1000, details }] } as const;
    statusView = { ...STATUS, health };
    const { stdout } = await cli('status');
    statusView = STATUS;
    expect(stdout).toContain('  Health         degraded, not ready\n');
    expect(stdout).toContain('degraded: peer-held-down\n  10.0.0.1 (host 1): too many prefixes\n');
    expect(stdout).toContain('  and 990 more\n  -> Raise it.\n');
  });

  test.each([
    [
      'refresh 192.0.2.1 --family ipv4-unicast',
      { peer: '192.0.2.1', family: 'ipv4-unicast' },
      'asked 192.0.2.1 for its routes\n',
    ],
    ['reset 192.0.2.1', { peer: '192.0.2.1' }, 'session with 192.0.2.1 reset\n'],
    ['reload', {}, 'nothing changed\n'],
    ['stop', {}, 'stopping\n'],
    ['stop --final', { final: true }, 'stopping\n'],
  ])('%s says what was done', async (line, args, text) => {
    expect(await cli(line)).toEqual({ code: 0, stdout: text, stderr: '' });
    expect(asked).toEqual([[line.split(' ')[0], args]]);
  });
});

describe('reload', () => {
  afterEach(() => {
    reloadView = RELOADED;
  });

  const leaf = { peer: '192.0.2.1', description: 'leaf 1' };
  const hosts = Array.from({ length: 25 }, (_, n) => ({ peer: `10.0.0.${n + 1}`, description: '' }));

  test('names what changed, and counts what is too much for a line', async () => {
    const soft = { effect: 'soft', keys: ['export'] } as const;
    reloadView = {
      ...RELOADED,
      peers: { added: [leaf], removed: [], changed: hosts.map((host) => ({ ...host, ...soft })) },
      warnings: ['a.yaml:3:1: a peer of another AS without a policy'],
    };
    const { code, stdout } = await cli('reload');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^warning: a\.yaml:3:1: .*\nadded: 192\.0\.2\.1 \(leaf 1\)\nchanged without a reset \(export\): 10\.0\.0\.1, .*10\.0\.0\.20 and 5 more\n$/,
    );
  });

  test.each<[number, Partial<ReloadView>]>([
    [1, { outcome: 'refused', failed: ['cannot listen on 10.0.0.9:179'] }],
    [6, { restart: ['fib.table'] }],
    [4, { outcome: 'incomplete', failed: ['10.0.0.1: no key'], restart: ['fib.table'] }],
  ])('ends with %i where %j, as text and as JSON', async (code, over) => {
    reloadView = { ...RELOADED, ...over };
    const text = await cli('reload');
    expect(text.code).toBe(code);
    for (const word of [...(over.failed ?? []), ...(over.outcome === 'refused' ? [] : (over.restart ?? []))]) {
      expect(text.stdout + text.stderr).toContain(word);
    }
    const json = await cli('reload --json');
    expect([json.code, JSON.parse(json.stdout)]).toEqual([code, [{ ...reloadView, time: expect.any(String) }]]);
  });
});

describe('--json', () => {
  test.each(['show peers', 'show peer 192.0.2.1', 'show rib', 'show fib', 'show groups', 'show memory', 'status'])(
    '%s is an array of what the daemon gave',
    async (line) => {
      const { stdout } = await cli(`${line} --json`);
      const first = { 'show peers': LEAF, 'show peer 192.0.2.1': LEAF, 'show rib': ROUTE, 'show fib': FIB[0] }[line];
      const other = { 'show groups': GROUP, 'show memory': MEMORY, status: STATUS }[line];
      const { time, ...item } = JSON.parse(stdout)[0];
      expect(item).toEqual(first ?? other);
      expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
    },
  );

  test('is an empty array when there is nothing', async () => {
    expect(JSON.parse((await cli('show rib 192.0.2.0/24 --json')).stdout)).toEqual([]);
  });

  test('stays valid when it is long', async () => {
    const { stdout } = await cli('show rib --peer many --json');
    expect(JSON.parse(stdout)).toHaveLength(MANY);
  });

  test('is left open when the answer fails in the middle', async () => {
    const { stdout, stderr, code } = await cli('show rib --peer half --json');
    expect([code, stderr]).toEqual([1, 'reflectord: the table went away\n']);
    expect(() => JSON.parse(stdout)).toThrow();
  });
});

describe('the command line ends', () => {
  test('with 1 and the sentence of the daemon when that refuses', async () => {
    expect(await cli('show peer 192.0.2.9')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'reflectord: no peer 192.0.2.9\n',
    });
  });

  test('with 1 and the remedy when no daemon answers', async () => {
    const { code, stderr } = await cli(`--socket ${join(directory, 'none.sock')} show peers`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^reflectord: no reflectord answers on .*none\.sock: is it running\?/);
  });

  test.each([
    ['show peer', 'missing required argument'],
    ['show peers --yaml', 'unknown option'],
    ['dance', 'unknown command'],
    ['reset a b', 'too many arguments'],
    ['run', 'missing required argument'],
    ['', 'Usage: reflectord'],
    ['show', 'Usage: reflectord show'],
  ])('with 2 for "%s"', async (line, text) => {
    const { code, stderr } = await cli(line);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });

  test('with 0 for help and version', async () => {
    expect(await cli('--version')).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
    const help = await cli('--help');
    expect(await cli('help')).toEqual(help);
    expect(await cli('help show rib')).toEqual(await cli('show rib --help'));
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('control socket of the daemon');
  });

  test('quietly with 0 when the reader leaves', async () => {
    const { code, stderr } = await cli('show rib --peer many', {}, new Sink(30_000));
    expect([code, stderr]).toEqual([0, '']);
  });

  test('with what run, check and demo give', async () => {
    expect((await cli('run a.yaml')).code).toBe(0);
    expect((await cli('run a.yaml --no-warm-up')).code).toBe(0);
    expect((await cli('check b.yaml')).code).toBe(1);
    expect((await cli('demo')).code).toBe(0);
    await cli('check b.yaml --json');
    expect(actions).toEqual(['run a.yaml', 'run a.yaml cold', 'check b.yaml', 'demo', 'check b.yaml as JSON']);
  });
});

describe('colors', () => {
  const green = '\u001b[32m';
  test('are there on a terminal', async () => {
    expect((await cli('show peers', { terminal: true })).stdout).toContain(`${green}Established\u001b[0m`);
  });

  test('are absent with NO_COLOR', async () => {
    const env = { REFLECTORD_SOCKET: path, NO_COLOR: '1' };
    expect((await cli('show peers', { terminal: true, env })).stdout).not.toContain('\u001b');
  });
});

describe('a pager', () => {
  const input = () => Object.assign(new Sink(), { isClosed: false });
  const opened = async (line: string, context: Partial<CliContext> = {}) => {
    const pages: Sink[] = [];
    const openPager = async () => {
      const page = input();
      pages.push(page);
      const close = async () => {
        page.isClosed = true;
      };
      return { input: page, close };
    };
    const { stdout } = await cli(line, { terminal: true, openPager, ...context });
    return { stdout, pages };
  };

  test('shows a page on a terminal, with colors, and the command ends after the pager', async () => {
    const { stdout, pages } = await opened('show peers');
    expect([stdout, pages.length]).toEqual(['', 1]);
    expect(pages[0]!.text).toContain('\u001b[32mEstablished');
    expect(pages[0]).toMatchObject({ isClosed: true });
  });

  test.each<[string, Partial<CliContext>]>([
    ['show peers', { terminal: false }],
    ['--no-pager show peers', {}],
    ['show peers --no-pager', {}],
    ['refresh 192.0.2.1', {}],
  ])('is not opened by `%s` with %j', async (line, context) => {
    const { stdout, pages } = await opened(line, context);
    expect(pages).toEqual([]);
    expect(stdout).not.toBe('');
  });

  test('that is missing, or not wanted, leaves the page on the terminal', async () => {
    expect((await cli('show peers', { terminal: true, openPager: async () => null })).stdout).toContain('2 peers');
    for (const PAGER of ['', 'cat', 'no-such-program']) expect(await openPager({ ...process.env, PAGER })).toBeNull();
  });

  test('gets the whole page, whatever the command of the user is', async () => {
    const file = join(directory, 'page');
    const pager = await openPager({ ...process.env, PAGER: `cat > ${file}` });
    pager!.input.write('a page\n');
    await pager!.close();
    expect(readFileSync(file, 'utf8')).toBe('a page\n');
  });
});

test('a command at work shows so on the terminal of errors, from one second on, and only until its page begins', async () => {
  const { stderr, stdout } = await cli('show nexthops', { errorTerminal: true });
  expect(stderr).toContain('waiting for the daemon: 1 s');
  expect(stderr.endsWith('\r\u001b[K')).toBe(true);
  expect(stdout).not.toContain('waiting');
  expect((await cli('show peers', { errorTerminal: true })).stderr).toBe('');
});
