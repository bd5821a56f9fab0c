/** The command `show config` of a running daemon. */
import { dirname } from 'node:path';
import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { readValues } from '../../src/daemon/config-text/values.ts';
import { showConfig } from '../../src/daemon/operate/show-config.ts';
import type { CommandTarget } from '../../src/daemon/operate/target.ts';
import type { ConfigValueView, ConfigView } from '../../src/engine/api/config-views.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { reflectordProgram } from '../lab/build.ts';
import { testAtScale } from '../lab/effort.ts';

const TEXT = `router: { as: 65000, id: 10.99.0.1 }
listen: []
groups:
  nodes: { as: internal, hold-time: 30, dynamic: [ { range: 10.1.0.0/16 } ] }
peers:
  - { address: 10.0.0.9, as: 65000 }
  - { address: "2001:DB8::1", group: nodes, description: leaf 1 }
`;

const UNDONE = { cause: 'config-undone', severity: 'degraded', count: 1, details: ['the file has a newer one'] };
const OTHER = { cause: 'log-lost', severity: 'degraded', count: 1, details: ['lines were lost'] };

function daemonOf(world: World, causes: readonly unknown[] = []): CommandTarget {
  const { engine } = world;
  return {
    engine,
    configText: TEXT,
    configPath: '/etc/r.yaml',
    health: () => ({ causes }),
  } as unknown as CommandTarget;
}

/** A short text is read at once. */
function shown(daemon: CommandTarget, peer?: string): ConfigView[] {
  return [...(showConfig(daemon, peer) as Iterable<ConfigView>)];
}

function start(): World {
  const loaded = load(TEXT, 'r.yaml');
  if (!loaded.ok) throw new Error('the file has errors');
  const world = new World(resolve(loaded.config, undefined, null, loaded.policies));
  world.engine.start();
  return world;
}

function valuesOf(daemon: CommandTarget, peer: string): Record<string, unknown> {
  const views = [...shown(daemon, peer)].filter((view): view is ConfigValueView => view.kind === 'value');
  return Object.fromEntries(
    views.map(({ path, value, place }) => [path.at(-1), place === null ? value : [value, place]]),
  );
}

test('a peer is found by its address in any notation, or by its description', () => {
  const daemon = daemonOf(start());
  for (const name of ['2001:db8::1', '2001:DB8:0::1', 'leaf 1']) {
    expect(valuesOf(daemon, name)).toMatchObject({
      address: ['2001:DB8::1', '/etc/r.yaml:7'],
      'hold-time': [30, '/etc/r.yaml:4'],
      port: 179,
    });
  }
  expect(valuesOf(daemon, '10.0.0.9')).toMatchObject({ as: [65000, '/etc/r.yaml:6'], 'hold-time': 90 });
  expect(() => [...shown(daemon, '10.0.0.8')]).toThrow('there is no peer "10.0.0.8"');
});

test('a peer of a range has the settings of its group', () => {
  const world = start();
  SimPeer.up(world, '10.1.0.7', 7);
  const daemon = daemonOf(world);
  expect([...shown(daemon, '10.1.0.7')][0]).toMatchObject({ kind: 'note' });
  expect(valuesOf(daemon, '10.1.0.7')).toMatchObject({
    address: ['10.1.0.7', '/etc/r.yaml:4'],
    as: ['internal', '/etc/r.yaml:4'],
  });
});

test('what differs from the file is a note', () => {
  const notes = [...shown(daemonOf(start(), [UNDONE, OTHER]), undefined)].filter(({ kind }) => kind === 'note');
  expect(notes).toEqual([{ kind: 'note', text: 'the file has a newer one' }]);
});

// It needs the built program, whose thread it is.
testAtScale(
  'a long text is read in a thread, with the same values, and an error in it is the answer',
  async () => {
    const rows = Array.from(
      { length: 1500 },
      (_, n) => `  - { address: 10.2.${n >> 8}.${n & 255}, as: 65000, description: x }`,
    );
    const daemon = {
      ...daemonOf(start(), [UNDONE]),
      configText: TEXT + rows.join('\n'),
      options: { program: dirname(reflectordProgram()) },
    } as unknown as CommandTarget;
    const all: ConfigView[] = [];
    for await (const view of showConfig(daemon, undefined)) all.push(view);
    expect(all[0]).toMatchObject({ kind: 'note' });
    expect(all.slice(1)).toEqual([...readValues({ text: daemon.configText, path: daemon.configPath, peer: null })]);
    const broken = { ...daemon, configText: `${daemon.configText}\n  - { address: [` } as CommandTarget;
    const none = (showConfig(broken, undefined) as AsyncIterable<ConfigView>)[Symbol.asyncIterator]();
    await none.next();
    await expect(none.next()).rejects.toThrow();
  },
  180_000,
);
