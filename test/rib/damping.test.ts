/** The penalty of a prefix that flaps (RFC 2439 4), against the formula. */
import * as fc from 'fast-check';
import { Damping, MAX_DAMPED, PENALTY, penaltyCeiling } from '../../src/rib/damping.ts';
import type { PrefixId } from '../../src/rib/tables/ids.ts';

/** RFC 7196. */
const PARAMETERS = { halfLifeSeconds: 900, suppress: 6000, reuse: 750, maxSuppressSeconds: 3600 };
const A = 7 as PrefixId;
const B = 8 as PrefixId;

class Owner {
  readonly pinned = new Set<PrefixId>();
  readonly changes: string[] = [];

  pin(prefix: PrefixId): void {
    if (this.pinned.has(prefix)) throw new Error('pinned twice');
    this.pinned.add(prefix);
  }

  unpin(prefix: PrefixId): void {
    if (!this.pinned.delete(prefix)) throw new Error('not pinned');
  }

  onChanged(prefix: PrefixId, suppressed: boolean): void {
    this.changes.push(`${suppressed ? '+' : '-'}${prefix}`);
  }
}

function scene(parameters = PARAMETERS) {
  const owner = new Owner();
  const damping = new Damping(parameters, owner);
  const stateAt = (nowSeconds: number) => [...damping.view(nowSeconds)];
  return { owner, damping, stateAt };
}

test('a penalty falls to its half within the half-life', () => {
  const { damping, stateAt } = scene();
  damping.flap(A, PENALTY.withdrawal, 100);
  expect(stateAt(100)).toMatchObject([{ prefix: A, penalty: 1000, flaps: 1, suppressed: false, reuseSeconds: 0 }]);
  expect(stateAt(1000)).toMatchObject([{ penalty: 500 }]);
  expect(stateAt(1900)).toMatchObject([{ penalty: 250 }]);
});

test('a prefix is suppressed above the threshold, not at it', () => {
  const { damping, owner } = scene();
  for (let i = 0; i < 6; i++) damping.flap(A, PENALTY.withdrawal, 0);
  expect(damping.isSuppressed(A)).toBe(false);
  damping.flap(A, PENALTY.attributes, 0);
  expect(damping.isSuppressed(A)).toBe(true);
  damping.flap(A, PENALTY.attributes, 0);
  expect(owner.changes).toEqual(['+7']);
  expect(damping.isSuppressed(B)).toBe(false);
});

test('it is reused once it is below the reuse threshold', () => {
  const { damping, owner, stateAt } = scene();
  for (let i = 0; i < 7; i++) damping.flap(A, PENALTY.withdrawal, 0);
  // 900 s x log2(7000 / 750)
  expect(stateAt(0)).toMatchObject([{ reuseSeconds: 2901 }]);
  damping.advance(2900);
  expect(damping.isSuppressed(A)).toBe(true);
  damping.advance(2920);
  expect(damping.isSuppressed(A)).toBe(false);
  expect(owner.changes).toEqual(['+7', '-7']);
});

test('it is suppressed for at most the maximum suppress time, however often it flaps', () => {
  const { damping, stateAt } = scene();
  for (let i = 0; i < 1000; i++) damping.flap(A, PENALTY.withdrawal, 0);
  expect(stateAt(0)).toMatchObject([{ penalty: 12_000, flaps: 1000, reuseSeconds: 3600 }]);
  damping.advance(3620);
  expect(damping.isSuppressed(A)).toBe(false);
});

test('a history below half the reuse threshold is removed, and its prefix unpinned', () => {
  const { damping, owner } = scene();
  damping.flap(A, PENALTY.withdrawal, 0);
  damping.advance(1270);
  expect(damping.count).toBe(1);
  damping.advance(1300);
  expect(damping.count).toBe(0);
  expect(owner.pinned.size).toBe(0);
});

test('a flap at the last moment suppresses it for longer', () => {
  const { damping } = scene();
  for (let i = 0; i < 7; i++) damping.flap(A, PENALTY.withdrawal, 0);
  damping.flap(A, PENALTY.withdrawal, 2890);
  damping.advance(2920);
  expect(damping.isSuppressed(A)).toBe(true);
});

test('entries that are due at once are reviewed in pieces', () => {
  const { damping } = scene();
  for (let i = 1; i <= 100; i++) damping.flap(i as PrefixId, PENALTY.withdrawal, 0);
  expect(damping.advance(1300, 60)).toBe(false);
  expect(damping.count).toBeGreaterThanOrEqual(40);
  while (!damping.advance(1310, 60));
  expect(damping.count).toBe(0);
});

test('a large table is small again when it is empty', () => {
  const { damping } = scene();
  const before = damping.bytes();
  for (let i = 1; i <= 50_000; i++) damping.flap(i as PrefixId, PENALTY.withdrawal, 0);
  expect(damping.bytes()).toBeGreaterThan(50_000 * 16);
  expect(damping.clear()).toBe(50_000);
  expect(damping.bytes()).toBe(before);
  for (let i = 0; i < 7; i++) damping.flap(A, PENALTY.withdrawal, 0);
  expect(damping.isSuppressed(A)).toBe(true);
});

test('cleared prefixes are no longer suppressed; others stay', () => {
  const { damping, owner } = scene();
  for (let i = 0; i < 7; i++) for (const prefix of [A, B]) damping.flap(prefix, PENALTY.withdrawal, 0);
  expect(damping.clear(A)).toBe(1);
  expect(damping.clear(A)).toBe(0);
  expect([damping.isSuppressed(A), damping.isSuppressed(B)]).toEqual([false, true]);
  expect(damping.clear()).toBe(1);
  expect(owner.changes).toEqual(['+7', '+8', '-7', '-8']);
  expect(owner.pinned.size).toBe(0);
  damping.advance(10_000);
});

test('the number of prefixes with a history is limited', () => {
  const { damping } = scene();
  for (let i = 1; i <= MAX_DAMPED + 5; i++) damping.flap(i as PrefixId, PENALTY.withdrawal, 0);
  expect(damping.count).toBe(MAX_DAMPED);
});

test('whatever flaps when: a prefix is suppressed as the formula says, and all histories are removed in the end', () => {
  const flap = fc.record({ prefix: fc.integer({ min: 1, max: 4 }), after: fc.integer({ min: 0, max: 400 }) });
  fc.assert(
    fc.property(fc.array(flap, { maxLength: 60 }), (flaps) => {
      const { damping, owner } = scene();
      const model = new Map<number, { penalty: number; at: number; suppressed: boolean }>();
      let now = 0;
      for (const { prefix, after } of flaps) {
        now += after;
        damping.advance(now);
        damping.flap(prefix as PrefixId, PENALTY.withdrawal, now);
        const entry = model.get(prefix) ?? { penalty: 0, at: now, suppressed: false };
        const decayed = entry.penalty * 2 ** (-(now - entry.at) / 900);
        const penalty = Math.min(penaltyCeiling(PARAMETERS), decayed + 1000);
        model.set(prefix, { penalty, at: now, suppressed: (entry.suppressed && decayed >= 750) || penalty > 6000 });
      }
      for (const [prefix, { penalty, at, suppressed }] of model) {
        const now2 = penalty * 2 ** (-(now - at) / 900);
        // Rounding, and the step of ten seconds, blur the borders.
        if (Math.abs(penalty - 6000) > 40 && Math.abs(now2 - 750) > 40) {
          expect([prefix, damping.isSuppressed(prefix as PrefixId)]).toEqual([prefix, suppressed && now2 >= 750]);
        }
      }
      damping.advance(now + 20_000);
      damping.advance(now + 40_000);
      expect(damping.count).toBe(0);
      expect(owner.pinned.size).toBe(0);
    }),
  );
});
