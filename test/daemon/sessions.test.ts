/** Commands of operators on sessions: disable and enable, clear, and the reset of many. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { DisabledState, disabledPaths } from '../../src/daemon/operate/disabled-state.ts';
import { clear, disable, enable, reset } from '../../src/daemon/operate/sessions.ts';
import type { CommandTarget } from '../../src/daemon/operate/target.ts';
import type { DoneView } from '../../src/engine/api/operator-commands.ts';
import { viewPeer } from '../../src/engine/show/peers.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { peerSpec, router, World } from '../engine/world.ts';
import { announce } from '../lab/updates.ts';
import { reconfigureNow } from './reconfigure-now.ts';

const WHO = { uid: 0, pid: 7 };
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disabled-'));
  path = join(folder, 'r.disabled');
});

afterEach(() => {
  jest.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

function daemonOf(world: World): CommandTarget {
  const { engine } = world;
  const disabledState = new DisabledState([path], engine.disabled, engine.events);
  return { engine, disabledState } as unknown as CommandTarget;
}

async function answers(items: AsyncIterable<DoneView>): Promise<string> {
  const all: string[] = [];
  for await (const { done } of items) all.push(done);
  return all.join('\n');
}

const shutdown = { code: 6, subcode: 2 };

describe('a peer that is disabled', () => {
  test('is closed with the message, and refused until it is enabled; both commands are events with who gave them', async () => {
    const world = new World();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    const daemon = daemonOf(world);
    expect(await answers(disable(daemon, '10.0.0.1', 'card swap', WHO))).toContain('also after a reload or a restart');
    world.settle();
    expect(peer.notification).toMatchObject(shutdown);
    expect(Buffer.from(peer.notification!.data).toString()).toContain('card swap');
    expect(peer.connect().closed).toBe(true);
    world.pass(3_600_000);
    expect(world.engine.peers.get('10.0.0.1')?.stateName).toBe('Idle');
    const view = viewPeer(world.engine.peers.get('10.0.0.1')!, world.nowMs);
    expect(view).toMatchObject({ shutdown: true, obstacle: expect.stringMatching(/uid 0, pid 7.*card swap.*enable/) });
    await expect(answers(disable(daemon, '10.0.0.1', '', WHO))).rejects.toThrow(/disabled already/);
    await answers(enable(daemon, '10.0.0.1', WHO));
    peer.connect();
    peer.establish();
    expect(world.engine.peers.get('10.0.0.1')?.stateName).toBe('Established');
    expect(world.eventsNamed('peer.disabled')).toMatchObject([{ peer: '10.0.0.1', by: 'uid 0, pid 7' }]);
    expect(world.eventsNamed('peer.enabled')).toMatchObject([{ peer: '10.0.0.1', by: 'uid 0, pid 7' }]);
    await expect(answers(enable(daemon, '10.0.0.1', WHO))).rejects.toThrow(/is not disabled/);
  });

  test('that we dial is not dialed until it is enabled', async () => {
    const world = new World(router({ peers: [peerSpec('192.0.2.1', { session: { passive: false } })] }));
    const daemon = daemonOf(world);
    await answers(disable(daemon, '192.0.2.1', '', WHO));
    const before = world.dials.length;
    world.pass(3_600_000);
    expect(world.dials).toHaveLength(before);
    await answers(enable(daemon, '192.0.2.1', WHO));
    world.pass(3_600_000);
    expect(world.dials.length).toBeGreaterThan(before);
  });

  test('stays down over a reload that changes it, and over one that resets it', async () => {
    const before = router({ peers: [peerSpec('192.0.2.1')] });
    const world = new World(before);
    await answers(disable(daemonOf(world), '192.0.2.1', '', WHO));
    const after = router({
      peers: [{ ...peerSpec('192.0.2.1', { session: { holdMs: 30_000 } }), description: 'new' }],
    });
    reconfigureNow(world.engine, diffSpecs(before, after), after);
    world.pass(3_600_000);
    expect(world.engine.peers.get('192.0.2.1')?.stateName).toBe('Idle');
    reconfigureNow(world.engine, diffSpecs(after, router()), router());
    reconfigureNow(world.engine, diffSpecs(router(), before), before);
    world.pass(3_600_000);
    expect(world.engine.peers.get('192.0.2.1')?.stateName).toBe('Idle');
    expect(world.connect('192.0.2.1').closed).toBe(true);
  });

  test('stays down over a restart, also one of a range; the list is written before the answer', async () => {
    const first = new World();
    SimPeer.up(first, '10.0.0.1', 1);
    await answers(disable(daemonOf(first), '10.0.0.1', 'why', WHO));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ disabled: [{ name: '10.0.0.1', message: 'why' }] });
    const second = new World();
    const daemon = daemonOf(second);
    daemon.disabledState.load();
    expect(second.connect('10.0.0.1').closed).toBe(true);
    expect(second.eventsNamed('peer.refused')).toMatchObject([{ reason: 'shutdown' }]);
    await answers(enable(daemon, '10.0.0.1', WHO));
    expect(SimPeer.up(second, '10.0.0.1', 1).notification).toBeNull();
    const third = daemonOf(new World());
    third.disabledState.load();
    expect(third.engine.disabled.list).toEqual([]);
  });

  test.each([
    ['that is no list', () => writeFileSync(path, '{"version":9}', { mode: 0o600 })],
    ['that others can write', () => writeFileSync(path, '{"version":1,"disabled":[]}', { mode: 0o666, flag: 'wx' })],
    ['that is a link', () => symlinkSync('/etc/passwd', path)],
  ])('a list %s is reported, and the daemon starts', (_, make) => {
    const umask = process.umask(0);
    make();
    process.umask(umask);
    const world = new World();
    const daemon = daemonOf(world);
    daemon.disabledState.load();
    expect(world.eventsNamed('peer.disabled-unsaved')).toMatchObject([{ path }]);
    expect(daemon.disabledState.problem).toContain(path);
  });

  test('a disk that takes no list is named in the answer, and the peer is down', async () => {
    const world = new World();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    writeFileSync(path, 'a file');
    path = join(path, 'r.disabled');
    const daemon = daemonOf(world);
    expect(await answers(disable(daemon, '10.0.0.1', '', WHO))).toContain('only until the daemon restarts');
    expect(daemon.disabledState.problem).toMatch(/not saved: ./);
    world.settle();
    expect(peer.notification).toMatchObject(shutdown);
  });

  test('is saved as soon as the disk takes the list, at the latest when the daemon stops', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const world = new World();
    SimPeer.up(world, '10.0.0.1', 1);
    const list = join(path, 'r.disabled');
    const state = new DisabledState([list], world.engine.disabled, world.engine.events);
    const daemon = { engine: world.engine, disabledState: state } as unknown as CommandTarget;
    writeFileSync(path, 'a file');
    await answers(disable(daemon, '10.0.0.1', '', WHO));
    rmSync(path);
    jest.advanceTimersByTime(5000);
    jest.useRealTimers();
    for (const end = Date.now() + 4000; !existsSync(list) && Date.now() < end; ) await setTimeout(5);
    expect(readFileSync(list, 'utf8')).toContain('10.0.0.1');
    await answers(enable(daemon, '10.0.0.1', WHO));
    rmSync(path, { recursive: true });
    writeFileSync(path, 'a file');
    await answers(disable(daemon, '10.0.0.1', '', WHO));
    rmSync(path);
    await state.close();
    expect(readFileSync(list, 'utf8')).toContain('10.0.0.1');
    expect(world.eventsNamed('peer.disabled-unsaved')).toHaveLength(2);
  });

  test('is that of the latest list, where an older one is at a path that could not be written', async () => {
    const world = new World();
    for (const address of ['10.0.0.1', '10.0.0.2']) SimPeer.up(world, address, 1);
    const second = join(folder, 'second.disabled');
    const state = (at: World) => new DisabledState([path, second], at.engine.disabled, at.engine.events);
    const daemon = { engine: world.engine, disabledState: state(world) } as unknown as CommandTarget;
    await answers(disable(daemon, '10.0.0.1', '', WHO));
    utimesSync(path, 1, 1);
    // A folder in place of the partial file: this path cannot be written.
    mkdirSync(join(folder, '.r.disabled.new', 'full'), { recursive: true });
    await answers(disable(daemon, '10.0.0.2', '', WHO));
    const after = new World();
    state(after).load();
    expect(after.engine.disabled.list.map(({ name }) => name)).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  test('the list stands beside that of the peers', () => {
    expect(disabledPaths(['/a/r.peers', '/b/state'])).toEqual(['/a/r.disabled', '/b/state.disabled']);
  });
});

describe('clear', () => {
  const REFRESH = 5;

  function pair(): { world: World; daemon: CommandTarget; a: SimPeer; b: SimPeer } {
    const world = new World();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    a.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    return { world, daemon: daemonOf(world), a, b };
  }

  test('in requests the routes of the peer again', () => {
    const { world, daemon, a } = pair();
    const before = a.counts[REFRESH];
    expect(clear(daemon, '10.0.0.1', 'in', 'ipv4-unicast')).toContain('requested the ipv4-unicast routes');
    world.settle();
    expect(a.counts[REFRESH]).toBe(before + 1);
  });

  test('out advertises all routes to it again, without a reset', () => {
    const { world, daemon, b } = pair();
    const before = b.history.filter((line) => line.includes('20.0.0.0/8')).length;
    expect(clear(daemon, '10.0.0.2', 'out', undefined)).toContain('advertising all');
    world.pass(5000);
    expect(b.history.filter((line) => line.includes('20.0.0.0/8')).length).toBe(before + 1);
    expect(b.notification).toBeNull();
  });

  test('soft does both; a family that was not negotiated, and a peer without a session, are errors', () => {
    const { daemon, world } = pair();
    const done = clear(daemon, '10.0.0.1', 'soft', undefined);
    expect(done).toMatch(/requested.*advertising/);
    expect(() => clear(daemon, '10.0.0.1', 'in', 'evpn')).toThrow();
    world.engine.peers.get('10.0.0.1')?.stop(null);
    expect(() => clear(daemon, '10.0.0.1', 'in', undefined)).toThrow(/not established/);
  });
});

describe('the reset of many sessions', () => {
  const never = new AbortController().signal;

  function many(count: number): { world: World; peers: SimPeer[]; daemon: CommandTarget } {
    const world = new World();
    const peers = Array.from({ length: count }, (_, n) => SimPeer.up(world, `10.0.1.${n + 1}`, n + 1));
    return { world, peers, daemon: daemonOf(world) };
  }

  const closed = (peers: readonly SimPeer[]) => peers.filter(({ notification }) => notification !== null).length;

  test('is done 25 at a time, and shows its progress', async () => {
    jest.useFakeTimers();
    const { world, peers, daemon } = many(60);
    const items = reset(daemon, { all: true }, '', WHO, never);
    for (const [step, expected] of [25, 50, 60].entries()) {
      const next = items.next();
      await jest.advanceTimersByTimeAsync(step === 0 ? 0 : 1000);
      expect((await next).value).toEqual({ done: `${expected} of 60 sessions are reset` });
      world.settle();
      expect(closed(peers)).toBe(expected);
    }
    expect((await items.next()).done).toBe(true);
  });

  test('ends when the client leaves', async () => {
    const { world, peers, daemon } = many(30);
    const leaving = new AbortController();
    const items = reset(daemon, { all: true }, '', WHO, leaving.signal);
    await items.next();
    const next = items.next();
    leaving.abort();
    expect((await next).done).toBe(true);
    world.settle();
    expect(closed(peers)).toBe(25);
  });

  test('names its mistakes', async () => {
    const { daemon } = many(1);
    await expect(answers(reset(daemon, {}, '', WHO, never))).rejects.toThrow(/--group GROUP or --all/);
    await expect(answers(reset(daemon, { all: true, peer: 'x' }, '', WHO, never))).rejects.toThrow(/one peer/);
    await expect(answers(reset(daemon, { group: 'nobody' }, '', WHO, never))).rejects.toThrow(/group "nobody"/);
    const group = daemon.engine.peers.get('10.0.1.1')!.spec.group;
    expect(await answers(reset(daemon, { group }, '', WHO, never))).toBe('1 of 1 sessions are reset');
  });
});
