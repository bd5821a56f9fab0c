import fc from 'fast-check';
import { ARENA_PAGE_BYTES, ByteArena } from '../../src/lib/tables/byte-arena.ts';
import { Interner } from '../../src/lib/tables/interner.ts';
import { runs, size } from '../lab/effort.ts';

/** Numbers that look random, the same in each run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state, 1103515245) + 12345;
    return (state >>> 8) % below;
  };
}

/** An interner and what it must hold: strings that begin with their number. */
class Model {
  readonly interner = new Interner([]);
  readonly live = new Map<number, Uint8Array>();
  private last = 0;

  /** A string that was not there before. */
  add(length: number): number {
    const bytes = new Uint8Array(Math.max(4, length)).fill(length);
    new DataView(bytes.buffer).setUint32(0, ++this.last);
    if (this.interner.find(bytes, 0, bytes.length, 1) !== 0) throw new Error('found what was never added');
    const id = this.interner.add(bytes, 0, bytes.length, 1);
    this.interner.hold(id);
    if (this.live.has(id)) throw new Error('an id is in use twice');
    this.live.set(id, bytes);
    return id;
  }

  drop(id: number): void {
    if (!this.interner.letGo(id)) throw new Error('it has another holder');
    this.interner.drop(id);
    this.live.delete(id);
  }

  tidyUp(budget = 1000): void {
    for (let steps = 0; this.interner.isUntidy; steps++) {
      this.interner.tidy(budget);
      expect(steps).toBeLessThan(10_000);
    }
  }

  check(): void {
    for (const [id, bytes] of this.live) {
      const start = this.interner.startOf(id);
      const there = this.interner.pageOf(id).subarray(start, start + this.interner.lengthOf(id));
      if (Buffer.compare(there, bytes) !== 0) throw new Error(`id ${id} has other bytes`);
      if (this.interner.find(bytes, 0, bytes.length, 1) !== id) throw new Error(`id ${id} is not found`);
    }
    expect(this.interner.count).toBe(this.live.size);
  }
}

describe('byte arena', () => {
  test('keeps strings of all sizes apart', () => {
    const arena = new ByteArena();
    const live = new Map<number, Uint8Array>();
    const random = randomFrom(1);
    for (let round = 0; round < 4000; round++) {
      if (live.size > 200) {
        const [ref, bytes] = [...live][random(live.size)];
        arena.release(ref, bytes.length);
        live.delete(ref);
      }
      const bytes = new Uint8Array(random(round % 97 === 0 ? 65_536 : 900)).fill(round);
      const ref = arena.store(bytes, 0, bytes.length);
      if (ref === 0 || live.has(ref)) throw new Error(`${ref} is in use`);
      live.set(ref, bytes);
    }
    for (const [ref, bytes] of live) expect(arena.equals(ref, bytes, 0, bytes.length)).toBe(true);
  });

  test('releases a page with its last string, even when other pages have strings', () => {
    const arena = new ByteArena();
    const bytes = new Uint8Array(1000);
    const refs = Array.from({ length: 10_000 }, () => arena.store(bytes, 0, bytes.length));
    expect(arena.bytes()).toBeGreaterThan(10_000_000);
    for (const ref of refs.slice(1)) arena.release(ref, bytes.length);
    expect(arena.bytes()).toBeLessThanOrEqual(3 * ARENA_PAGE_BYTES);
    expect(arena.liveBytes).toBe(1000);
    expect(arena.equals(refs[0], bytes, 0, bytes.length)).toBe(true);
  });
});

describe('tidying', () => {
  test('holds every string under its id, whatever is stored, dropped and moved in between', () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'add', 'drop', 'tidy'),
      count: fc.integer({ min: 1, max: 120 }),
      length: fc.integer({ min: 0, max: 30_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
        const model = new Model();
        const random = randomFrom(seed);
        for (const { kind, count, length } of steps) {
          if (kind === 'tidy') {
            if (model.interner.isUntidy) model.interner.tidy(count);
          } else if (kind === 'add') {
            for (let i = 0; i < count; i++) model.add(random(length + 1));
          } else {
            const ids = [...model.live.keys()];
            for (let i = 0; i < count * 2 && ids.length > 0; i++) model.drop(ids.splice(random(ids.length), 1)[0]);
          }
        }
        model.check();
        model.tidyUp();
        model.check();
      }),
      { numRuns: runs(40) },
    );
  });

  test('closes the gaps when one string in ten of each page is left', () => {
    const model = new Model();
    const count = size(100_000, 20_000);
    const ids = Array.from({ length: count }, () => model.add(200));
    const full = model.interner.arenaBytes;
    ids.forEach((id, i) => {
      if (i % 10 !== 0) model.drop(id);
    });
    model.tidyUp();
    model.check();
    expect(full).toBeGreaterThan(count * 200);
    expect(model.interner.arenaBytes).toBeLessThan(full / 10 + 3 * ARENA_PAGE_BYTES);
  });

  test('needs bounded memory for strings that are always new', () => {
    const model = new Model();
    const random = randomFrom(3);
    const ids = Array.from({ length: 20_000 }, () => model.add(100 + random(200)));
    const rounds = size(150_000, 40_000);
    let most = 0;
    for (let round = 0; round < rounds; round++) {
      const at = random(ids.length);
      model.drop(ids[at]);
      ids[at] = model.add(100 + random(200));
      if (round % 100 === 0 && model.interner.isUntidy) model.interner.tidy(5000);
      most = Math.max(most, model.interner.arenaBytes);
    }
    model.check();
    // Some 4 MB live; 8 to 30 MB more passed through.
    expect(most).toBeLessThan(8_000_000);
  });
});
