/** Reloads that are planned, undone, or taken back because nobody confirms them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { planSteps } from '../../src/daemon/operate/plan.ts';
import { resultOf } from '../../src/daemon/reload/in-slices.ts';
import { PreviousConfig, previousPaths } from '../../src/daemon/reload/previous-config.ts';
import { Reloader } from '../../src/daemon/reload/reload.ts';
import { SafeReload } from '../../src/daemon/reload/safe-reload.ts';
import { UnacceptedFile } from '../../src/daemon/reload/unaccepted.ts';
import { peerName } from '../../src/spec/peer-name.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';

const fileOf = (
  over: {
    hold?: number;
    peers?: readonly string[];
    as?: number;
    range?: string;
    description?: string;
    socket?: string;
  } = {},
) => {
  const {
    hold = 90,
    peers = ['10.0.0.1', '10.0.0.2'],
    as = 65000,
    range = '10.1.0.0/16',
    description = '',
    socket = '/run/r.sock',
  } = over;
  const rows = peers.map((address) => `{ address: ${address}, group: nodes, description: "${description}" }`);
  return `router: { as: ${as}, id: 10.99.0.1 }
listen: []
control: { socket: ${socket} }
groups: { nodes: { as: internal, route-reflector-client: true, passive: true, hold-time: ${hold}, dynamic: [ { range: ${range} } ] } }
peers: [ ${rows.join(', ')} ]
`;
};

function specOf(text: string): RouterSpec {
  const loaded = load(text, 'new.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return resolve(loaded.config, undefined, null, loaded.policies);
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undo-'));
});

afterEach(() => {
  jest.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

/** A daemon whose file the test writes. */
function daemon(first = fileOf()) {
  const file = { text: first };
  const world = new World(specOf(first));
  const { engine } = world;
  const passed = async () => ({ problems: [] as string[], commit: async () => [], undo: async () => {} });
  const listening = { tryKeys: passed, tryAddresses: passed };
  const readConfig = async () => ({ ok: true, spec: specOf(file.text), warnings: [], source: file.text }) as const;
  const host = { readConfig, source: first, configureLog: () => {}, onReloading: () => {} };
  const reloader = new Reloader({ engine, listening, observation: {} } as never, host, 'r.yaml');
  const path = join(folder, 'r.previous.yaml');
  const pathsOf = ({ controlSocket }: RouterSpec) => [join(folder, `${basename(controlSocket)}.unaccepted`)];
  const unaccepted = new UnacceptedFile(pathsOf(engine.spec), pathsOf);
  const reloads = new SafeReload(reloader, engine, new PreviousConfig([path], unaccepted), 'r.yaml');
  const holds = () => engine.spec.peers.map(({ session }) => session.holdMs / 1000);
  const names = () => [...engine.peers.keys()].sort();
  /** What a start would apply, with the file as it is now. */
  const atStart = (as = 'r.yaml') =>
    new UnacceptedFile(pathsOf(specOf(file.text))).read(as, file.text)?.text ?? file.text;
  return { world, engine, file, reloads, reloader, listening, path, holds, names, atStart };
}

describe('an undo', () => {
  test('brings back what was in force, saves its text for the owner alone, and says that the file differs', async () => {
    const { reloads, file, holds, names, path, world } = daemon();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    file.text = fileOf({ hold: 30, peers: ['10.0.0.1', '10.0.0.3'] });
    await reloads.reload();
    expect([holds(), names()]).toEqual([
      [30, 30],
      ['10.0.0.1', '10.0.0.3'],
    ]);
    world.settle();
    expect(peer.notification).toMatchObject({ code: 6, subcode: 6 });
    const view = await reloads.undo('uid 0, pid 7');
    expect([holds(), names()]).toEqual([
      [90, 90],
      ['10.0.0.1', '10.0.0.2'],
    ]);
    expect(view.peers).toMatchObject({ added: [{ peer: '10.0.0.2' }], removed: [{ peer: '10.0.0.3' }] });
    expect(view.notes[0]).toMatch(/r\.yaml still has the newer one.*r\.previous\.yaml/);
    expect(readFileSync(path, 'utf8')).toBe(fileOf());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(reloads.undone).toContain('uid 0, pid 7');
    expect(world.eventsNamed('config.rolled-back')).toHaveLength(1);
    await expect(reloads.undo('')).rejects.toThrow(/in force already/);
  });

  test('is over with the next reload, which applies the file again', async () => {
    const { reloads, file, holds } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload();
    await reloads.undo('');
    await reloads.reload();
    expect(holds()).toEqual([30, 30]);
    expect(reloads.undone).toBeNull();
    await reloads.undo('');
    expect(holds()).toEqual([90, 90]);
  });

  test('skips reloads that changed nothing, and one that was refused changes nothing', async () => {
    const { reloads, file, holds, listening } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload();
    await reloads.reload();
    file.text = fileOf({ hold: 45 });
    const passes = listening.tryKeys;
    listening.tryKeys = async () => ({ problems: ['no'], commit: async () => [], undo: async () => {} });
    expect(await reloads.reload()).toMatchObject({ outcome: 'refused' });
    listening.tryKeys = passes;
    await reloads.undo('');
    expect(holds()).toEqual([90, 90]);
  });

  test('without a reload there is nothing to undo, and nothing to confirm', async () => {
    const { reloads } = daemon();
    await expect(reloads.undo('')).rejects.toThrow(/no reload has changed anything/);
    await expect(reloads.confirm('')).rejects.toThrow(/no reload waits/);
  });
});

/** Waits for files that are written meanwhile. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 4000; !holds() && Date.now() < end; ) await new Promise((done) => setTimeout(done, 5));
}

describe('a reload that has to be confirmed', () => {
  beforeEach(() => jest.useFakeTimers());

  test('is taken back when the time is over', async () => {
    const { reloads, file, holds, world } = daemon();
    file.text = fileOf({ hold: 30 });
    expect((await reloads.reload(false, 60)).notes[0]).toMatch(/taken back in 60 s unless/);
    expect(reloads.unconfirmedSeconds).toBe(60);
    await jest.advanceTimersByTimeAsync(59_000);
    expect(holds()).toEqual([30, 30]);
    await jest.advanceTimersByTimeAsync(1000);
    expect(holds()).toEqual([90, 90]);
    expect(reloads.unconfirmedSeconds).toBeNull();
    expect(reloads.undone).toContain('not confirmed in time');
    expect(world.eventsNamed('config.unconfirmed')).toMatchObject([{ seconds: 60 }]);
  });

  test('stays when it is confirmed', async () => {
    const { reloads, file, holds, world } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload(false, 60);
    expect((await reloads.confirm('uid 0, pid 7')).notes).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(120_000);
    expect([holds(), reloads.undone, reloads.unconfirmedSeconds]).toEqual([[30, 30], null, null]);
    expect(world.eventsNamed('config.confirmed')).toMatchObject([{ by: 'uid 0, pid 7' }]);
  });

  test('and further ones before that: what was last confirmed comes back', async () => {
    const { reloads, file, holds } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload(false, 60);
    file.text = fileOf({ hold: 45 });
    expect((await reloads.reload()).notes[0]).toContain('taken back');
    file.text = fileOf({ hold: 50 });
    await reloads.reload(false, 90);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(holds()).toEqual([50, 50]);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(holds()).toEqual([90, 90]);
  });

  test('can be undone at once', async () => {
    const { reloads, file, holds } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload(false, 60);
    await reloads.undo('');
    expect(holds()).toEqual([90, 90]);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(reloads.undone).toContain('--undo');
  });

  test('is taken back with the text that is in force then, also after further reloads', async () => {
    const { reloads, file, path } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload(false, 60);
    file.text = fileOf({ hold: 45 });
    await reloads.reload();
    expect(readFileSync(path, 'utf8')).toBe(fileOf({ hold: 30 }));
    jest.advanceTimersByTime(60_000);
    jest.useRealTimers();
    await until(() => reloads.undone !== null);
    expect(reloads.undone).toContain(path);
    expect(readFileSync(path, 'utf8')).toBe(fileOf());
  });

  test('differs from nothing if the file has the configuration before again', async () => {
    const { reloads, file, holds, world } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload(false, 60);
    file.text = fileOf();
    await reloads.reload();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([holds(), reloads.undone, reloads.unconfirmedSeconds]).toEqual([[90, 90], null, null]);
    expect(world.eventsNamed('config.rolled-back')).toEqual([]);
  });

  test('is taken back later if that is not possible at first, also after an undo that failed', async () => {
    const { reloads, file, holds, listening } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload(false, 60);
    const passes = listening.tryKeys;
    listening.tryKeys = async () => ({ problems: ['no'], commit: async () => [], undo: async () => {} });
    expect(await reloads.undo('')).toMatchObject({ outcome: 'refused' });
    await jest.advanceTimersByTimeAsync(61_000);
    expect([holds(), reloads.unconfirmedSeconds]).toEqual([[30, 30], expect.any(Number)]);
    listening.tryKeys = passes;
    await jest.advanceTimersByTimeAsync(10_000);
    expect([holds(), reloads.unconfirmedSeconds]).toEqual([[90, 90], null]);
  });

  test('cannot be confirmed while it is being taken back', async () => {
    const { reloads, file, holds } = daemon();
    file.text = fileOf({ hold: 30 });
    await reloads.reload(false, 60);
    const undone = reloads.undo('');
    await expect(reloads.confirm('')).rejects.toThrow(/under way/);
    await undone;
    expect(holds()).toEqual([90, 90]);
  });

  test('that changes nothing waits for nothing', async () => {
    const { reloads } = daemon();
    expect((await reloads.reload(false, 60)).notes).toEqual([]);
    expect(reloads.unconfirmedSeconds).toBeNull();
  });

  test('is refused while another reload is under way, which keeps its own result', async () => {
    const { reloads, file, holds } = daemon();
    file.text = fileOf({ hold: 30 });
    const first = reloads.reload();
    await expect(reloads.reload(false, 60)).rejects.toThrow(/under way/);
    await expect(reloads.undo('')).rejects.toThrow(/under way/);
    await first;
    expect(holds()).toEqual([30, 30]);
  });
});

describe('what a restart applies', () => {
  const [first, second, third] = [fileOf(), fileOf({ hold: 30 }), fileOf({ hold: 45 })];

  test('is the file after a reload, and what was confirmed during a wait', async () => {
    const { reloads, file, atStart } = daemon(first);
    file.text = second;
    await reloads.reload();
    expect(atStart()).toBe(second);
    file.text = third;
    await reloads.reload(false, 600);
    expect(atStart()).toBe(second);
    await reloads.confirm('');
    expect(atStart()).toBe(third);
    reloads.close();
  });

  test('is what was confirmed at any moment of the reload itself', async () => {
    const { reloads, reloader, file, atStart } = daemon(first);
    file.text = second;
    const seen: string[] = [];
    const reload = reloader.reload.bind(reloader);
    reloader.reload = async (force) => {
      seen.push(atStart());
      const view = await reload(force);
      seen.push(atStart());
      return view;
    };
    await reloads.reload(false, 600);
    expect([...seen, atStart()]).toEqual([first, first, first]);
    reloads.close();
  });

  test('is what was confirmed after further reloads during a wait, and after one that was refused', async () => {
    const { reloads, file, atStart, listening } = daemon(first);
    file.text = second;
    await reloads.reload(false, 600);
    file.text = third;
    await reloads.reload();
    expect(atStart()).toBe(first);
    listening.tryKeys = async () => ({ problems: ['no'], commit: async () => [], undo: async () => {} });
    file.text = fileOf({ hold: 60 });
    expect(await reloads.reload()).toMatchObject({ outcome: 'refused' });
    file.text = third;
    expect(atStart()).toBe(first);
    reloads.close();
  });

  test('is what is in force after an undo, until the file is edited or reloaded', async () => {
    const { reloads, file, atStart } = daemon(first);
    file.text = second;
    await reloads.reload();
    await reloads.undo('');
    expect(atStart()).toBe(first);
    file.text = third;
    expect(atStart()).toBe(third);
    file.text = second;
    await reloads.reload();
    expect(atStart()).toBe(second);
  });

  test('is what was confirmed also if the file moves the control socket, or is moved itself', async () => {
    const { reloads, file, atStart } = daemon(first);
    file.text = fileOf({ hold: 30, socket: '/run/other.sock' });
    await reloads.reload(false, 600);
    expect([atStart(), atStart('/etc/moved.yaml')]).toEqual([first, first]);
    await reloads.confirm('');
    expect(atStart()).toBe(file.text);
    await reloads.undo('');
    expect([atStart(), atStart('/etc/moved.yaml')]).toEqual([first, first]);
    await reloads.reload();
    expect(atStart()).toBe(file.text);
  });

  test('is the file if the reload with --confirm was refused, or changed nothing', async () => {
    const { reloads, file, atStart, listening } = daemon(first);
    await reloads.reload(false, 600);
    file.text = second;
    listening.tryKeys = async () => ({ problems: ['no'], commit: async () => [], undo: async () => {} });
    await reloads.reload(false, 600);
    expect(atStart()).toBe(second);
  });

  test('is the file if nothing can be saved, and the answer warns', async () => {
    const { reloads, file } = daemon(first);
    file.text = second;
    mkdirSync(join(folder, '.r.sock.unaccepted.new', 'full'), { recursive: true });
    expect((await reloads.reload(false, 600)).notes).toContainEqual(
      expect.stringMatching(/^WARNING: a crash or a restart/),
    );
    reloads.close();
  });
});

describe('a plan', () => {
  const plan = (world: World, text: string) => resultOf(planSteps(world.engine, specOf(text), 'new.yaml', []));

  test('of the same file changes nothing', async () => {
    const { world } = daemon();
    expect(await plan(world, fileOf())).toMatchObject({
      peers: { added: [], removed: [], changed: [] },
      settings: [],
      restart: [],
      unchanged: 2,
      interrupted: [],
    });
  });

  test('names the sessions that are reset, and why; those that are not established are not interrupted', async () => {
    const { world } = daemon();
    SimPeer.up(world, '10.0.0.1', 1);
    SimPeer.up(world, '10.1.0.1', 3);
    expect(await plan(world, fileOf({ hold: 30, peers: ['10.0.0.1', '10.0.0.2', '10.0.0.9'] }))).toMatchObject({
      peers: {
        added: [{ peer: '10.0.0.9' }],
        removed: [],
        changed: [
          { peer: '10.0.0.1', effect: 'reset', keys: ['hold-time'] },
          { peer: '10.0.0.2', effect: 'reset' },
          { peer: '10.1.0.1', effect: 'reset', keys: ['hold-time'] },
        ],
      },
      unchanged: 0,
      interrupted: [{ peer: '10.0.0.1' }, { peer: '10.1.0.1' }],
    });
  });

  test('names what needs a restart, and the hosts whose range goes away', async () => {
    const { world } = daemon();
    SimPeer.up(world, '10.1.0.1', 3);
    const view = await plan(world, fileOf({ range: '10.2.0.0/16', as: 65001 }));
    expect(view.restart).toEqual(['router.as']);
    expect(view.peers.removed).toEqual([{ peer: '10.1.0.1', description: '' }]);
    expect(view.settings).toContain('dynamic[].range');
  });

  test('agrees with what the reload then does', async () => {
    const { world, file, reloads, engine } = daemon();
    for (const [n, name] of ['10.0.0.1', '10.0.0.2', '10.1.0.1'].entries()) SimPeer.up(world, name, n + 1);
    file.text = fileOf({ peers: ['10.0.0.2', '10.0.0.3'], description: 'leaf' });
    const { peers, settings, restart } = await plan(world, file.text);
    const view = await reloads.reload();
    expect({ peers: view.peers, settings: view.settings, restart: view.restart }).toEqual({ peers, settings, restart });
    expect(engine.spec.peers.map(peerName)).toEqual(['10.0.0.2', '10.0.0.3']);
  });
});

test('the text stands beside the list of peers', async () => {
  expect(previousPaths(['/a/r.peers'])).toEqual(['/a/r.previous.yaml']);
});

test('a reload that is asked for during another one reads the file again after it; several of them are one', async () => {
  const { reloader, file, holds } = daemon();
  file.text = fileOf({ hold: 30 });
  const first = reloader.reload();
  file.text = fileOf({ hold: 45 });
  const [second, third, forced] = [reloader.reload(), reloader.reload(), reloader.reload(true)];
  expect(second).toBe(third);
  expect(forced).not.toBe(third);
  await first;
  expect(holds()).toEqual([30, 30]);
  await Promise.all([second, forced]);
  expect(holds()).toEqual([45, 45]);
  expect(reloader.isBusy).toBe(false);
});
