import fc from 'fast-check';
import { BitSet } from '../../src/lib/tables/bit-set.ts';
import { PAGE_SIZE, U8Column, U16Column, U32Column } from '../../src/lib/tables/columns.ts';
import { HashIndex, ID_MASK, isOther } from '../../src/lib/tables/hash-index.ts';
import { IdQueue } from '../../src/lib/tables/id-queue.ts';
import { IdAllocator } from '../../src/lib/tables/ids.ts';
import { Interner } from '../../src/lib/tables/interner.ts';
import { runs, size } from '../lab/effort.ts';

describe('columns', () => {
  test.each([
    ['U32Column', new U32Column(), 0xffffffff],
    ['U16Column', new U16Column(), 0xffff],
    ['U8Column', new U8Column(), 0xff],
  ])('%s reads 0 where nothing was set, and keeps its largest value', (_name, column, largest) => {
    column.set(5 * PAGE_SIZE + 3, largest);
    expect([column.get(0), column.get(5 * PAGE_SIZE + 2), column.get(5 * PAGE_SIZE + 3), column.get(1e9)]).toEqual([
      0,
      0,
      largest,
      0,
    ]);
  });

  test('only pages that were written cost memory, and a dropped page reads 0', () => {
    const column = new U32Column();
    column.set(9 * PAGE_SIZE, 7);
    expect(column.bytes()).toBe(PAGE_SIZE * 4);
    column.dropPage(9);
    expect(column.bytes()).toBe(0);
    expect(column.get(9 * PAGE_SIZE)).toBe(0);
  });
});

describe('ids', () => {
  test('begin at 1, are reused, and are never allocated twice', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (steps) => {
        const ids = new IdAllocator([]);
        const live: number[] = [];
        for (const allocate of steps) {
          if (allocate || live.length === 0) {
            const id = ids.allocate();
            expect(id).toBeGreaterThan(0);
            expect(live).not.toContain(id);
            live.push(id);
          } else {
            ids.free(live.splice(live.length >> 1, 1)[0]);
          }
          expect(ids.count).toBe(live.length);
          expect(Math.max(0, ...live)).toBeLessThan(ids.limit);
        }
      }),
    );
  });

  test('empty pages are released, and their entries read 0 when they are reused', () => {
    const column = new U32Column();
    const ids = new IdAllocator([column]);
    const all = Array.from({ length: PAGE_SIZE * 4 }, () => ids.allocate());
    for (const id of all) column.set(id, id);
    for (const id of all) ids.free(id);
    expect(column.bytes()).toBeLessThanOrEqual(PAGE_SIZE * 4);
    const again = Array.from({ length: PAGE_SIZE * 2 }, () => ids.allocate());
    expect(new Set(again).size).toBe(PAGE_SIZE * 2);
    expect(column.get(again[again.length - 1])).toBe(0);
  });
});

describe('hash index', () => {
  test('behaves like a map under any mix of insertions and removals', () => {
    const command = fc.record({ key: fc.integer({ min: 0, max: 200 }), add: fc.boolean() });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 800 }), (commands) => {
        const keys = new Map<number, number>();
        // A weak hash, so that probe sequences collide and wrap.
        const weak = (key: number) => Math.imul(key % 23, 0x9e3779b1) >>> 0;
        const index = new HashIndex((id) => weak(keys.get(id) as number));
        const find = (key: number) => {
          const shard = index.shardOf(weak(key));
          const mask = shard.length - 1;
          for (let slot = weak(key) & mask; ; slot = (slot + 1) & mask) {
            const entry = shard[slot];
            if (entry === 0) return 0;
            const id = entry & ID_MASK;
            if (id !== 0 && !isOther(entry, weak(key)) && keys.get(id) === key) return id;
          }
        };
        for (const { key, add } of commands) {
          const id = key + 1;
          if (add && !keys.has(id)) {
            keys.set(id, key);
            index.insert(weak(key), id);
          } else if (!add && keys.has(id)) {
            index.remove(weak(key), id);
            keys.delete(id);
          }
        }
        const all = Array.from({ length: 201 }, (_, key) => key);
        expect(all.map(find)).toEqual(all.map((key) => (keys.has(key + 1) ? key + 1 : 0)));
      }),
    );
  });

  test('neither grows nor loses its empty slots when entries come and go, and shrinks when they have gone', () => {
    const scatter = (id: number) => Math.imul(id, 0x9e3779b1);
    let reads = 0;
    const index = new HashIndex((id) => {
      reads++;
      return scatter(id);
    });
    const live = size(20_000, 4000);
    for (let id = 1; id <= live; id++) index.insert(scatter(id), id);
    const before = index.bytes();
    reads = 0;
    for (let id = live + 1; id <= live * 6; id++) {
      index.remove(scatter(id - live), id - live);
      index.insert(scatter(id), id);
    }
    expect(index.bytes()).toBeLessThanOrEqual(before * 2);
    // Marks are cleared in passing: each removal costs a few keys at most.
    expect(reads).toBeLessThan(live * 5 * 4);
    for (let id = 1; id < 100_000; id += 97) {
      const shard = index.shardOf(scatter(id));
      expect(shard.includes(0)).toBe(true);
    }
    reads = 0;
    for (let id = live * 5 + 1; id <= live * 6; id++) index.remove(scatter(id), id);
    expect(reads).toBeLessThan(live);
    expect(index.bytes()).toBeLessThanOrEqual(256 * 8 * 4);
  });
});

describe('interner', () => {
  test('equal bytes and salt give one id while it has a holder, at any offset', () => {
    const chunk = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 60 }), fc.integer({ min: 0, max: 9 }), (chunks, offset) => {
        const interner = new Interner([]);
        const ids = new Map<string, number>();
        for (const bytes of chunks) {
          const shifted = new Uint8Array(offset + bytes.length + 3);
          shifted.set(bytes, offset);
          const found = interner.find(shifted, offset, offset + bytes.length, 5);
          const id = found !== 0 ? found : interner.add(shifted, offset, offset + bytes.length, 5);
          interner.hold(id);
          const text = bytes.join();
          expect(found).toBe(ids.get(text) ?? 0);
          ids.set(text, id);
          const start = interner.startOf(id);
          expect(interner.pageOf(id).slice(start, start + interner.lengthOf(id))).toEqual(bytes);
          expect(interner.find(bytes, 0, bytes.length, 6)).toBe(0);
        }
        expect(interner.count).toBe(ids.size);
      }),
      { numRuns: runs(100) },
    );
  });

  test('ever new strings, of which few are held at a time, take bounded memory', () => {
    const interner = new Interner([]);
    const [distinct, live] = [size(10_000_000, 50_000), 1000];
    const held = new Uint32Array(live);
    const bytes = new Uint8Array(96);
    const counter = new DataView(bytes.buffer);
    let most = 0;
    let known = 0;
    for (let n = 0; n < distinct; n++) {
      counter.setUint32(8, n);
      const length = 40 + (n % 50);
      if (interner.find(bytes, 0, length, 0) !== 0) known++;
      const id = interner.add(bytes, 0, length, 0);
      interner.hold(id);
      // Some are held for long, so that they lie between those that go.
      const slot = n % 97 === 0 ? n % live : n % (live / 2);
      const before = held[slot];
      held[slot] = id;
      if (before !== 0 && interner.letGo(before)) interner.drop(before);
      if (n % 1000 !== 0) continue;
      if (interner.isUntidy) interner.tidy(1_000_000);
      most = Math.max(most, interner.bytes());
    }
    expect(known).toBe(0);
    expect(interner.count).toBeLessThanOrEqual(live);
    // The strings that are held are 65 kB; the pages are at most those of some thousand ids, and of an arena with gaps.
    expect(most).toBeLessThan(8_000_000);
  });

  test('strings without a holder are removed, and all memory is released', () => {
    const interner = new Interner([]);
    expect(interner.find(Uint8Array.of(1, 2, 3), 0, 3, 0)).toBe(0);
    const id = interner.add(Uint8Array.of(1, 2, 3), 0, 3, 0);
    interner.hold(id);
    interner.hold(id);
    expect(interner.letGo(id)).toBe(false);
    expect(interner.letGo(id)).toBe(true);
    interner.drop(id);
    expect(interner.find(Uint8Array.of(1, 2, 3), 0, 3, 0)).toBe(0);
    expect(interner.count).toBe(0);
  });
});

describe('bit set and queue', () => {
  test('a bit set is a set, and walks its members in order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.boolean())), (steps) => {
        const bits = new BitSet();
        const model = new Set<number>();
        for (const [value, add] of steps) {
          if (add) expect(bits.add(value)).toBe(!model.has(value));
          else expect(bits.delete(value)).toBe(model.has(value));
          if (add) model.add(value);
          else model.delete(value);
        }
        const walked: number[] = [];
        for (let at = bits.nextFrom(0); at >= 0; at = bits.nextFrom(at + 1)) walked.push(at);
        expect(walked).toEqual([...model].sort((a, b) => a - b));
        expect(bits.count).toBe(model.size);
      }),
    );
  });

  test('a queue returns its ids in order, across growth', () => {
    const queue = new IdQueue();
    let next = 1;
    const shifted: number[] = [];
    for (let round = 0; round < 300; round++) {
      for (let i = 0; i < round; i++) queue.push(next++);
      for (let i = 0; i < round / 2; i++) shifted.push(queue.shift());
    }
    while (queue.length > 0) shifted.push(queue.shift());
    expect(shifted).toEqual(Array.from({ length: next - 1 }, (_, i) => i + 1));
    expect(queue.shift()).toBe(0);
  });
});
