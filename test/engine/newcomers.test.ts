/** Connections that come in beside an established session (RFC 4271 6.8, RFC 4724 5). */
import { announce, KEEPALIVE, message, open } from '../lab/updates.ts';
import { restartingOpen } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, type SimConnection, World } from './world.ts';

const RESTART = { full: true, restartMs: 120_000, staleMs: 300_000 };
const HOST = '10.0.0.1';
/** A connection may be one that was opened together with that of the session. */
const COLLISION_MS = 1_000;

/** A host with an established session that has announced a route, and another that watches. */
class Scene {
  readonly world: World;
  readonly host: SimPeer;
  readonly watcher: SimPeer;
  private readonly message: Uint8Array;

  constructor(gracefulRestart = true, over: object = {}) {
    this.message = gracefulRestart ? restartingOpen(1) : open(OUR_AS, 1);
    const session = { gracefulRestart: RESTART, idleHoldMs: 5_000, idleHoldMaxMs: 120_000, ...over };
    this.world = new World(router({ ranges: [range({ session })] }));
    this.watcher = SimPeer.up(this.world, '10.0.0.9', 9);
    this.host = new SimPeer(this.world, HOST, 1);
    this.host.establish(this.message);
    this.host.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    this.world.pass(2 * COLLISION_MS);
    this.watcher.history.length = 0;
  }

  /** A connection from the host's address. */
  connect(): SimPeer {
    const peer = new SimPeer(this.world, HOST, 1);
    this.world.settle();
    return peer;
  }

  /** The host, which has lost its state, connects anew and opens. */
  back(...messages: Uint8Array[]): SimPeer {
    const peer = this.connect();
    peer.send(...(messages.length > 0 ? messages : [this.message, KEEPALIVE]));
    this.world.settle();
    return peer;
  }

  get state(): string | undefined {
    return this.world.engine.peers.get(HOST)?.stateName;
  }

  /** What the watcher was sent, keepalives left out. */
  get sent(): string[] {
    return this.watcher.history.filter((line) => line !== 'KEEPALIVE');
  }

  expectUntouched(): void {
    expect(this.state).toBe('Established');
    expect(this.host.connection.closed).toBe(false);
    expect(this.world.eventsNamed('peer.down')).toEqual([]);
    expect(this.sent).toEqual([]);
  }
}

const code = ({ notification }: SimPeer) => notification && [notification.code, notification.subcode];

describe.each([
  ['with', true],
  ['without', false],
])('a peer %s graceful restart keeps its session', (_, gracefulRestart) => {
  test.each<[string, (connection: SimConnection) => void]>([
    ['is closed', (connection) => connection.lose()],
    ['is reset', (connection) => connection.lose('ECONNRESET')],
    ['stays silent', () => {}],
  ])('when something connects from its address and %s', (_name, end) => {
    const scene = new Scene(gracefulRestart);
    for (let i = 0; i < 5; i++) {
      const probe = scene.connect();
      end(probe.connection);
      scene.world.pass(3_000);
    }
    scene.expectUntouched();
    scene.world.pass(10_000);
    expect(scene.state).toBe('Established');
  });

  test.each<[string, Uint8Array, number[]]>([
    ['of another AS', open(OUR_AS + 1, 1), [2, 2]],
    ['with our own router id', open(OUR_AS, 0x0a630001), [2, 3]],
    ['with a hold time of 2 s', open(OUR_AS, 1, { holdSeconds: 2 }), [2, 6]],
    ['that cannot be read', message(1, [4, 0, 1, 0, 90, 1, 1, 1, 1, 9]), [2, 0]],
  ])('when the newcomer brings an OPEN %s', (_name, bytes, expected) => {
    const scene = new Scene(gracefulRestart);
    const newcomer = scene.back(bytes);
    expect(code(newcomer)).toEqual(expected);
    expect(newcomer.connection.closed).toBe(true);
    scene.expectUntouched();
  });

  test.each<[string, Uint8Array, number[]]>([
    ['an UPDATE', announce(['30.0.0.0/8']), [5, 1]],
    ['a KEEPALIVE', KEEPALIVE, [5, 1]],
    ['something that is not BGP', new Uint8Array(19), [1, 1]],
  ])('when the newcomer begins with %s', (_name, bytes, expected) => {
    const scene = new Scene(gracefulRestart);
    const newcomer = scene.back(bytes);
    expect(code(newcomer)).toEqual(expected);
    expect(newcomer.connection.closed).toBe(true);
    scene.expectUntouched();
  });

  test('however many newcomers there are: few wait, and none for long', () => {
    const scene = new Scene(gracefulRestart);
    const all = Array.from({ length: 50 }, () => scene.connect());
    expect(all.filter(({ connection }) => !connection.closed)).toHaveLength(4);
    expect(all.slice(-4).every(({ connection }) => !connection.closed)).toBe(true);
    scene.world.pass(9_999);
    expect(all.filter(({ connection }) => !connection.closed)).toHaveLength(4);
    scene.world.pass(1);
    expect(all.every(({ connection }) => connection.closed)).toBe(true);
    expect(all.map(code)).toEqual(all.map(() => [6, 7]));
    scene.expectUntouched();
  });

  test('and a newcomer takes over at once when the old connection turns out to be dead', () => {
    const scene = new Scene(gracefulRestart);
    const keepalives = scene.host.counts[4];
    const newcomer = scene.connect();
    // A segment on the old connection, which a host that has lost its state answers with a reset.
    expect(scene.host.counts[4]).toBe(keepalives + 1);
    scene.host.connection.lose('ECONNRESET');
    scene.world.settle();
    newcomer.establish(gracefulRestart ? restartingOpen(1) : open(OUR_AS, 1));
    expect(scene.state).toBe('Established');
    expect(newcomer.history).toContain('EOR ipv4-unicast');
  });
});

describe('a peer with graceful restart that has lost its state', () => {
  test('is accepted with its first OPEN while its old connection is open, however often, and no route is withdrawn', () => {
    const scene = new Scene();
    let before = scene.host;
    for (let i = 0; i < 6; i++) {
      const next = scene.back();
      expect(before.connection.closed).toBe(true);
      expect(before.notification).toBeNull();
      expect(scene.state).toBe('Established');
      next.send(announce(['20.0.0.0/8'], { localPref: 100 }));
      scene.world.pass(2 * COLLISION_MS);
      before = next;
    }
    expect(scene.sent).toEqual([]);
    expect(scene.world.eventsNamed('peer.refused')).toEqual([]);
  });

  test.each([
    ['OPEN in pieces', (bytes: Uint8Array) => [...bytes].map((byte) => Uint8Array.of(byte))],
    ['OPEN and what follows in one segment', (bytes: Uint8Array) => [bytes]],
  ])('is accepted with an %s', (_name, cut) => {
    const scene = new Scene();
    const next = scene.connect();
    next.send(
      ...cut(Uint8Array.of(...restartingOpen(1), ...KEEPALIVE, ...announce(['21.0.0.0/8'], { localPref: 100 }))),
    );
    scene.world.settle();
    expect(scene.state).toBe('Established');
    expect(scene.watcher.prefixes).toEqual(['20.0.0.0/8', '21.0.0.0/8']);
  });

  test('is accepted a second after the session was established as well', () => {
    const scene = new Scene();
    const second = scene.back();
    const third = scene.back();
    expect(scene.host.connection.closed).toBe(true);
    expect([second, third].map(({ connection }) => connection.closed)).toEqual([false, false]);
    scene.world.pass(COLLISION_MS);
    expect(second.connection.closed).toBe(true);
    expect(third.history).toContain('EOR ipv4-unicast');
    expect(scene.state).toBe('Established');
    expect(scene.world.eventsNamed('peer.refused')).toEqual([]);
  });

  test('loses a collision when it continues the session that was just established', () => {
    const scene = new Scene();
    const second = scene.back();
    const third = scene.back();
    second.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    scene.world.pass(COLLISION_MS);
    expect(code(third)).toEqual([6, 7]);
    expect(second.connection.closed).toBe(false);
    expect(scene.state).toBe('Established');
  });

  test('keeps the session when it closes the connection that collided with it', () => {
    const scene = new Scene();
    const second = scene.back();
    const third = scene.back(restartingOpen(1), message(3, [6, 7]));
    scene.world.pass(COLLISION_MS);
    expect(third.connection.closed).toBe(true);
    expect(second.connection.closed).toBe(false);
  });

  test('is found behind connections that bring no OPEN', () => {
    const scene = new Scene();
    const probes = [scene.connect(), scene.connect()];
    const next = scene.back();
    expect(next.history).toContain('EOR ipv4-unicast');
    expect(probes.map(code)).toEqual([
      [6, 7],
      [6, 7],
    ]);
  });
});

test('a peer without graceful restart whose old connection lives is refused with a collision (RFC 4271 6.8)', () => {
  const scene = new Scene(false);
  const newcomer = scene.back(open(OUR_AS, 1));
  expect(newcomer.connection.closed).toBe(false);
  scene.world.pass(1_000);
  expect(code(newcomer)).toEqual([6, 7]);
  expect(newcomer.connection.closed).toBe(true);
  scene.expectUntouched();
});

test.each<[string, (world: World) => void]>([
  ['is reset', (world) => world.engine.resetPeer(world.engine.peers.get(HOST)!, 'test')],
  [
    'is removed',
    (world) => world.engine.removePeer(world.engine.peers.get(HOST)!, { code: 6, subcode: 3, data: new Uint8Array(0) }),
  ],
  ['ends with the daemon', (world) => world.engine.stop(false)],
])('newcomers are closed without a word when the session %s', (_name, end) => {
  const scene = new Scene();
  const newcomer = scene.connect();
  end(scene.world);
  scene.world.settle();
  expect(newcomer.connection.closed).toBe(true);
  expect(newcomer.notification).toBeNull();
});
