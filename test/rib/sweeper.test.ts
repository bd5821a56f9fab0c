/** The removal of the paths of closed sessions, in pieces. */
import type { RibPeer } from '../../src/rib/peers/peers.ts';
import { Sweeper, WALK, WALK_STEP } from '../../src/rib/sweeper.ts';
import { announce } from '../lab/updates.ts';
import { PREFIX, Table, type TestPeer } from './table.ts';

const A: TestPeer = { address: '192.0.2.1', routerId: '192.0.2.1' };
const B: TestPeer = { address: '192.0.2.2', routerId: '192.0.2.2' };

class Scene extends Table {
  /** What happened, in order. */
  readonly log: string[] = [];
  /** Time that passes between two looks at the clock. */
  tickMs = 0;
  private ms = 0;
  readonly sweeper = new Sweeper(
    this.rib,
    {
      nowMs: () => {
        this.ms += this.tickMs;
        return this.ms;
      },
      wallMs: () => 0,
    },
    () => this.log.push('before forgetting'),
  );

  fill(from: TestPeer, prefixes: readonly string[] = [PREFIX]): RibPeer {
    this.receive(from, announce(prefixes, { localPref: 100 }));
    return this.peer(from);
  }

  sweep(peer: RibPeer, name: string): void {
    this.sweeper.sweep(peer, () => this.log.push(`${name} is removed`));
  }

  /** Works until only the withdrawals are missing, or all is done. */
  walk(): void {
    for (let pieces = 0; this.sweeper.pending && pieces < 10; pieces++) this.sweeper.work();
  }

  isKnown(peer: RibPeer): boolean {
    return this.rib.peers[peer.id] === peer;
  }
}

const many = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);

test('the paths of a closed session are removed, and those of others stay', () => {
  const scene = new Scene();
  const [a, b] = [scene.fill(A), scene.fill(B)];
  expect(scene.decide().best).toBe(A.address);
  scene.sweep(a, 'A');
  scene.walk();
  expect(scene.decide().best).toBe(B.address);
  expect([a.received[0], b.received[0]]).toEqual([0, 1]);
});

test('the id of the peer is free only after its paths are withdrawn, and after the last use was announced to end', () => {
  const scene = new Scene();
  const a = scene.fill(A);
  scene.decide();
  scene.sweep(a, 'A');
  scene.walk();
  expect([scene.isKnown(a), scene.sweeper.pending, scene.log]).toEqual([true, true, []]);
  scene.decide();
  scene.walk();
  expect([scene.isKnown(a), scene.sweeper.pending]).toEqual([false, false]);
  expect(scene.log).toEqual(['before forgetting', 'A is removed']);
});

test('the id of the peer is free at once while nothing was advertised', () => {
  const scene = new Scene();
  const a = scene.fill(A);
  scene.sweeper.nothingAdvertised = true;
  scene.sweep(a, 'A');
  scene.walk();
  expect(scene.rib.dirtyCount).toBe(1);
  expect(scene.isKnown(a)).toBe(false);
});

test('sessions that close before a walk share it, and one that closes in it has the next', () => {
  const scene = new Scene();
  scene.sweeper.nothingAdvertised = true;
  const [a, b, c] = [scene.fill(A), scene.fill(B), scene.fill({ address: '192.0.2.3', routerId: '192.0.2.3' })];
  scene.sweep(a, 'A');
  scene.sweep(b, 'B');
  scene.sweeper.work();
  scene.sweep(c, 'C');
  scene.walk();
  expect(scene.log).toEqual(['before forgetting', 'A is removed', 'B is removed', 'before forgetting', 'C is removed']);
});

test('a piece of the walk ends when its time is over', () => {
  const scene = new Scene();
  const a = scene.fill(A, many);
  scene.tickMs = 3;
  scene.sweep(a, 'A');
  const before = a.received[0];
  scene.sweeper.work();
  expect(before - a.received[0]).toBeGreaterThan(0);
  expect(before - a.received[0]).toBeLessThanOrEqual(WALK_STEP);
});

test('a piece of the walk ends after so many paths however fast they are', () => {
  const scene = new Scene();
  const a = scene.fill(A, many);
  scene.sweep(a, 'A');
  scene.sweeper.work();
  expect(many.length).toBeLessThan(WALK);
  expect(a.received[0]).toBe(0);
});

test('what concerns a removed peer ends when its session closes; the removal of stale paths concerns no peer', () => {
  const scene = new Scene();
  const a = scene.fill(A);
  scene.sweeper.whenGone = () => scene.log.push('gone');
  scene.sweeper.sweepStale(() => scene.log.push('stale paths are removed'));
  scene.walk();
  expect(scene.log).toEqual([]);
  scene.decide();
  scene.walk();
  expect(scene.log).toEqual(['stale paths are removed']);
  expect([a.received[0], scene.isKnown(a)]).toEqual([1, true]);
  scene.sweep(a, 'A');
  expect(scene.log).toEqual(['stale paths are removed', 'gone']);
});
