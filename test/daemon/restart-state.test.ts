/**
 * The file that tells the next start which peers to wait for: where it lies, whom it is believed from, and how it is
 * written.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { RestartState, restartStatePaths } from '../../src/daemon/start/restart-state.ts';
import type { EngineEvent } from '../../src/engine/events/events.ts';
import type { KnownPeer } from '../../src/engine/session/deferral.ts';
import { temporaryFolder } from '../lab/temporary.ts';

const DAY_MS = 86_400_000;
const KEPT_MS = DAY_MS + 120_000;
const PEERS: readonly KnownPeer[] = [
  { name: '10.99.0.7', localAddress: '10.99.0.1' },
  { name: '2001:db8::7', localAddress: null },
];

let folder: string;
let path: string;
let events: EngineEvent[];

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'lib', 'state.peers');
  mkdirSync(join(folder, 'lib'));
  events = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function stateOf(paths: readonly string[] = [path], peers = PEERS): RestartState {
  return new RestartState(
    paths,
    () => peers,
    () => KEPT_MS,
    { emit: (event) => void events.push(event) },
  );
}

async function written(paths?: readonly string[], peers?: readonly KnownPeer[]): Promise<void> {
  const state = stateOf(paths, peers);
  state.begin();
  await state.close();
}

const read = (paths?: readonly string[]) => stateOf(paths).read(Date.now(), DAY_MS);

test('the next daemon reads the file of the last one, and no other user can read it', async () => {
  await written();
  expect(read()).toEqual(PEERS);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'lib'))).toEqual(['state.peers']);
});

test('it is believed for as long as peers keep our routes, and no longer', async () => {
  await written();
  const hoursAgo = new Date(Date.now() - 23 * 3_600_000);
  utimesSync(path, hoursAgo, hoursAgo);
  expect(read()).toEqual(PEERS);
  const before = new Date(Date.now() - DAY_MS - 60_000);
  utimesSync(path, before, before);
  expect(read()).toBeNull();
});

test('a list of the version before, names alone, is read', () => {
  writeFileSync(path, '{"version":1,"peers":["10.99.0.7"]}', { mode: 0o600 });
  expect(read()).toEqual([{ name: '10.99.0.7', localAddress: null }]);
});

test('without a list, and with an empty one, it is not known who was there', async () => {
  expect(read()).toBeNull();
  await written(undefined, []);
  expect(read()).toBeNull();
  expect(events).toEqual([]);
});

test('after a final stop nothing is left', async () => {
  await written();
  await stateOf().remove();
  expect(existsSync(path)).toBe(false);
});

describe('a file that is not believed', () => {
  const GOOD = '{"version":2,"peers":[{"name":"10.99.0.7"}]}';
  const elsewhere = () => join(folder, 'elsewhere');
  const writeWith = (mode: number) => {
    writeFileSync(path, GOOD);
    chmodSync(path, mode);
  };

  test.each<[string, () => void, string]>([
    [
      'a symbolic link',
      () => {
        writeFileSync(elsewhere(), GOOD, { mode: 0o600 });
        symlinkSync(elsewhere(), path);
      },
      'symbolic link',
    ],
    ['one that all may write', () => writeWith(0o666), 'can write it'],
    ['one that its group may write', () => writeWith(0o660), 'can write it'],
    ['a directory', () => mkdirSync(path), 'not a regular file'],
    ['one that is too great', () => writeFileSync(path, ' '.repeat((8 << 20) + 1), { mode: 0o600 }), 'octets'],
    ['one that is not JSON', () => writeFileSync(path, 'x', { mode: 0o600 }), 'JSON'],
    ['one of another kind', () => writeFileSync(path, '{"version":7,"peers":[]}', { mode: 0o600 }), 'version'],
    ['one with null in it', () => writeFileSync(path, 'null', { mode: 0o600 }), ''],
  ])('%s is reported with its reason', (_, make, reason) => {
    make();
    expect(read()).toBeNull();
    expect(events).toEqual([
      { name: 'daemon.restart-state-ignored', path, error: expect.stringContaining(reason) as string },
    ]);
  });

  const asRoot = process.geteuid?.() === 0 ? test : test.skip;
  asRoot('one of another user is reported as such', () => {
    writeFileSync(path, GOOD, { mode: 0o600 });
    chownSync(path, 65_534, 65_534);
    expect(read()).toBeNull();
    expect(events).toMatchObject([{ name: 'daemon.restart-state-ignored', error: expect.stringContaining('65534') }]);
  });
});

test('a peer that is named very often is one, what is no name is left out, and the number is bounded', () => {
  const many = Array.from({ length: 60_000 }, (_, i) => ({ name: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }));
  const rows = [...Array.from({ length: 50_000 }, () => '10.0.0.1'), null, 7, {}, { name: 'x'.repeat(65) }, ...many];
  writeFileSync(path, JSON.stringify({ version: 2, peers: rows }), { mode: 0o600 });
  const found = read()!;
  expect(found).toHaveLength(50_000);
  expect(new Set(found.map(({ name }) => name)).size).toBe(50_000);
});

test('writing follows no symbolic link at its path', async () => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'untouched');
  symlinkSync(victim, join(folder, 'lib', '.state.peers.new'));
  symlinkSync(victim, path);
  await written();
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  expect(lstatSync(path).isSymbolicLink()).toBe(false);
  expect(read()).toEqual(PEERS);
  linkSync(path, join(folder, 'hard'));
  await written(undefined, [PEERS[0]]);
  expect(JSON.parse(readFileSync(join(folder, 'hard'), 'utf8'))).toMatchObject({ peers: [{}, {}] });
});

describe('files of other control sockets', () => {
  const directory = () => join(folder, 'lib');
  const aged = (name: string, content: string, ageMs: number, user?: number) => {
    const file = join(directory(), name);
    writeFileSync(file, content, { mode: 0o600 });
    if (user !== undefined) chownSync(file, user, user);
    const at = new Date(Date.now() - ageMs);
    utimesSync(file, at, at);
  };
  const left = async () => {
    await stateOf().removeOld(Date.now(), directory());
    return readdirSync(directory()).sort();
  };

  test('are removed when no peer can keep the routes of their daemons any more', async () => {
    await written();
    const list = readFileSync(path, 'utf8');
    aged('tmp-old.sock.peers', list, KEPT_MS + 60_000);
    aged('tmp-young.sock.peers', list, KEPT_MS - 60_000);
    aged('tmp-longer.sock.peers', '{"version":2,"keptSeconds":864000,"peers":[]}', 9 * DAY_MS);
    expect(await left()).toEqual(['state.peers', 'tmp-longer.sock.peers', 'tmp-young.sock.peers']);
    expect(events).toEqual([
      { name: 'daemon.restart-state-removed', path: join(directory(), 'tmp-old.sock.peers'), days: 1 },
    ]);
  });

  test('are removed, but not its own, which the daemon may be about to write', async () => {
    aged('state.peers', '{"version":2,"keptSeconds":60,"peers":[]}', DAY_MS);
    expect(await left()).toEqual(['state.peers']);
  });

  test('of a version without that time are kept for the longest time that BGP knows', async () => {
    aged('tmp-a.sock.peers', '{"version":2,"peers":[]}', 190 * DAY_MS);
    aged('tmp-b.sock.peers', '{"version":2,"peers":[]}', 195 * DAY_MS);
    expect(await left()).toEqual(['tmp-a.sock.peers']);
  });

  test('that were never completely written are removed; anything else stays', async () => {
    aged('.tmp-a.sock.peers.new', '', 2 * 3_600_000);
    aged('.tmp-b.sock.peers.new', '', 60_000);
    aged('notes.txt', '', 400 * DAY_MS);
    symlinkSync(join(folder, 'nowhere'), join(directory(), 'link.peers'));
    mkdirSync(join(directory(), 'folder.peers'));
    expect(await left()).toEqual(['.tmp-b.sock.peers.new', 'folder.peers', 'link.peers', 'notes.txt']);
    await stateOf().removeOld(Date.now(), join(folder, 'absent'));
  });

  const asRoot = process.geteuid?.() === 0 ? test : test.skip;
  asRoot('that belong to another user stay', async () => {
    aged('tmp-a.sock.peers', '{"version":2,"peers":[]}', 400 * DAY_MS, 65_534);
    expect(await left()).toEqual(['tmp-a.sock.peers']);
  });
});

describe('the place', () => {
  test('is where the configuration says, and nowhere else', () => {
    expect(restartStatePaths('/a/b', '/run/x.sock')).toEqual(['/a/b']);
  });

  test('is by default one that outlives a reboot, of its own for each control socket', () => {
    expect(restartStatePaths(null, '/run/reflectord/control.sock', '/var/lib/reflectord')).toEqual([
      '/var/lib/reflectord/run-reflectord-control.sock.peers',
      '/run/reflectord/control.sock.peers',
    ]);
  });

  test('is /var/lib/reflectord, which a reboot keeps, or that of systemd', () => {
    const before = process.env.STATE_DIRECTORY;
    try {
      delete process.env.STATE_DIRECTORY;
      expect(restartStatePaths(null, '/run/x.sock')[0]).toBe('/var/lib/reflectord/run-x.sock.peers');
      process.env.STATE_DIRECTORY = '/var/lib/other:/var/lib/more';
      expect(restartStatePaths(null, '/run/x.sock')[0]).toBe('/var/lib/other/run-x.sock.peers');
    } finally {
      if (before === undefined) delete process.env.STATE_DIRECTORY;
      else process.env.STATE_DIRECTORY = before;
    }
  });

  test('that cannot be written is replaced by the next, and the file is in one place only', async () => {
    const blocked = join(folder, 'file', 'state.peers');
    writeFileSync(join(folder, 'file'), '');
    await written([blocked, path]);
    expect(read([blocked, path])).toEqual(PEERS);
    rmSync(join(folder, 'file'));
    await written([blocked, path], [PEERS[1]]);
    expect(existsSync(path)).toBe(false);
    expect(read([blocked, path])).toEqual([PEERS[1]]);
    expect(events).toEqual([]);
  });

  test('if no place can be written, one event reports it', async () => {
    writeFileSync(join(folder, 'file'), '');
    const state = stateOf([join(folder, 'file', 'a'), join(folder, 'file', 'b')]);
    state.begin();
    await state.close();
    await state.close();
    expect(events.map(({ name }) => name)).toEqual(['daemon.restart-state-failed']);
  });
});
