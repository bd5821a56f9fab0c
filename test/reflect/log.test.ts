/** The log of a group: chunks, the runs in them, the cursors that read them, and when they are given back. */
import fc from 'fast-check';
import { CHUNK_BYTES, Chunk, ChunkPool, type Cursor, Log } from '../../src/reflect/encode/chunks.ts';
import { gather, type Slice } from '../../src/reflect/encode/gather.ts';
import type { PeerId, TagId } from '../../src/rib/tables/ids.ts';
import { runs } from '../lab/effort.ts';

interface Run {
  readonly length: number;
  readonly source: number;
  readonly target: number;
  /** Router that does not get it; absent: none. */
  readonly originator?: number;
  /** Tags that a peer must ask for, and must not ask for; absent: none. */
  readonly tag?: number;
  readonly unless?: number;
}

const peerId = (id: number) => id as PeerId;
/** Peers 1 and 2 are two sessions of one router. */
const routerOf = (peer: number) => 0x0a00_0000 + Math.max(peer, 2);

/** Peers with even numbers ask for tag 1 alone, peers 1 and 1025 for 1 and 2; the others for everything. */
function filterOf(peer: number): { wants(tag: TagId): boolean } | null {
  if (peer % 2 === 0) return { wants: (tag) => tag === 1 };
  return peer % 1024 === 1 ? { wants: (tag) => tag <= 2 } : null;
}

/** A chunk in which every byte of run n is n. */
function chunkOf(runs: readonly Run[]): Chunk {
  const chunk = new Chunk(new Uint8Array(CHUNK_BYTES), 0);
  runs.forEach(({ length, source, target, originator = 0, tag = 0, unless = 0 }, n) => {
    chunk.bytes.fill(n, chunk.length, chunk.length + length);
    chunk.commit(chunk.length + length, peerId(source), peerId(target), originator, tag, unless);
  });
  return chunk;
}

function gathered(chunk: Chunk, start: number, stop: number, peer: number): number[] {
  const slice: Slice = { bytes: new Uint8Array(0), start: 0, end: 0 };
  gather(chunk, start, stop, { id: peerId(peer), routerId: routerOf(peer) }, filterOf(peer), slice);
  return [...slice.bytes.subarray(slice.start, slice.end)];
}

/** The same, byte after byte. */
function naive(runs: readonly Run[], start: number, stop: number, peer: number): number[] {
  const bytes = runs.flatMap((run, n) => new Array(run.length).fill({ run, n }) as { run: Run; n: number }[]);
  const asks = (tag: number) => filterOf(peer)?.wants(tag as TagId) !== false;
  const wanted = ({ run: { source, target, originator = 0, tag = 0, unless = 0 } }: { run: Run }) => {
    if (source === peer || (target !== 0 && target !== peer) || originator === routerOf(peer)) return false;
    return (tag === 0 || asks(tag)) && (unless === 0 || !asks(unless));
  };
  return bytes
    .slice(start, stop)
    .filter(wanted)
    .map(({ n }) => n);
}

// Peers whose ids are the same in their low bits share the chunk's summary of its sources.
const someone = fc.constantFrom(0, 1, 2, 33, 65, 1025);
const run = fc.record({
  length: fc.integer({ min: 1, max: 4 }),
  source: someone,
  target: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 2, 33) }),
  // One is of no peer, and has the same bits in the summary as that of peers 1 and 2.
  originator: fc.constantFrom(0, 0, routerOf(1), routerOf(33), routerOf(1) + 0x2_0000),
});
/** Of a family whose routes have route targets, or of another. */
const runList = fc.boolean().chain((isTagged) => {
  const tag = isTagged ? fc.integer({ min: 1, max: 3 }) : fc.constant(0);
  const unless = isTagged ? fc.constantFrom(0, 0, 1, 2, 3) : fc.constant(0);
  const tagged = fc.tuple(run, tag, unless).map(([one, of, but]) => ({ ...one, tag: of, unless: but }));
  return fc.array(tagged, { maxLength: 9 });
});

test('a peer is sent what it asks for, but no runs of its router as source or for others, between any places', () => {
  fc.assert(
    fc.property(runList, (runs) => {
      const chunk = chunkOf(runs);
      for (const peer of [1, 2, 33, 65, 1025, 7]) {
        for (let start = 0; start <= chunk.length; start++) {
          for (let stop = start; stop <= chunk.length; stop++) {
            const [found, wanted] = [gathered(chunk, start, stop, peer), naive(runs, start, stop, peer)];
            if (found.join() !== wanted.join())
              expect({ start, stop, peer, found }).toEqual({ start, stop, peer, found: wanted });
          }
        }
      }
    }),
    { numRuns: runs(50) },
  );
});

test('bytes that lie together are not copied', () => {
  const chunk = chunkOf([
    { length: 3, source: 1, target: 0 },
    { length: 4, source: 2, target: 0 },
    { length: 5, source: 3, target: 0 },
    { length: 2, source: 1, target: 0 },
  ]);
  const slice: Slice = { bytes: new Uint8Array(0), start: 0, end: 0 };
  gather(chunk, 0, chunk.length, { id: peerId(1), routerId: routerOf(1) }, null, slice);
  expect(slice.bytes).toBe(chunk.bytes);
  expect([slice.start, slice.end]).toEqual([3, 12]);
});

/** Appends a message of one source, all of whose bytes are `value`. */
function append(log: Log, length: number, value: number, source = 0): void {
  const chunk = log.reserve(length);
  chunk.bytes.fill(value, chunk.length, chunk.length + length);
  chunk.commit(chunk.length + length, peerId(source), peerId(0), 0, 0, 0);
}

/** Reads on to the end of what is there. */
function readAll(cursor: Cursor): number[] {
  const lengths: number[] = [];
  while (!cursor.atEnd) {
    if (cursor.offset === cursor.chunk.length) cursor.moveTo(cursor.offset);
    lengths.push(cursor.chunk.length - cursor.offset);
    cursor.moveTo(cursor.chunk.length);
  }
  return lengths;
}

describe('chunks', () => {
  test('a message that fits exactly fills the chunk, one octet more starts the next', () => {
    const log = new Log(new ChunkPool());
    const cursor = log.cursorAtStart();
    append(log, CHUNK_BYTES - 4096, 1);
    append(log, 4096, 2);
    expect(readAll(cursor)).toEqual([CHUNK_BYTES]);
    append(log, CHUNK_BYTES - 4095, 3);
    append(log, 4096, 4);
    expect(readAll(cursor)).toEqual([CHUNK_BYTES - 4095, 4096]);
    expect(cursor.position).toBe(log.end);
  });

  test('are released when the last cursor has left them, and not before', () => {
    const pool = new ChunkPool();
    const log = new Log(pool);
    const [fast, slow] = [log.cursorAtStart(), log.cursorAtStart()];
    for (let i = 0; i < 10; i++) append(log, CHUNK_BYTES, i);
    readAll(fast);
    expect(pool.bytesInUse).toBe(10 * CHUNK_BYTES);
    expect(log.heldBytes).toBe(10 * CHUNK_BYTES);
    slow.moveTo(CHUNK_BYTES);
    expect(pool.bytesInUse).toBe(9 * CHUNK_BYTES);
    slow.close();
    expect(pool.bytesInUse).toBe(CHUNK_BYTES);
    expect(log.start).toBe(9 * CHUNK_BYTES);
    fast.close();
    log.close();
    expect(pool.bytesInUse).toBe(0);
  });

  test('without readers are released as the log grows', () => {
    const pool = new ChunkPool();
    const log = new Log(pool);
    for (let i = 0; i < 10; i++) append(log, 40_000, i);
    expect(pool.bytesInUse).toBe(CHUNK_BYTES);
  });

  test('a clone holds its place when its original moves on or closes', () => {
    const pool = new ChunkPool();
    const log = new Log(pool);
    append(log, 100, 1);
    const cursor = log.cursorAtEnd();
    const clone = cursor.clone();
    append(log, CHUNK_BYTES, 2);
    append(log, CHUNK_BYTES, 3);
    expect(readAll(cursor).reduce((sum, length) => sum + length)).toBe(2 * CHUNK_BYTES);
    cursor.close();
    expect(pool.bytesInUse).toBe(3 * CHUNK_BYTES);
    expect(clone.position).toBe(100);
    expect(readAll(clone)).toEqual([CHUNK_BYTES, CHUNK_BYTES]);
  });

  test('a cursor at the end of a full chunk continues in the next one', () => {
    const log = new Log(new ChunkPool());
    append(log, CHUNK_BYTES, 1);
    const cursor = log.cursorAtEnd();
    expect(cursor.atEnd).toBe(true);
    append(log, 50, 2);
    expect(cursor.atEnd).toBe(false);
    expect(readAll(cursor)).toEqual([50]);
  });
});

describe('the pool', () => {
  test('reuses buffers, up to the number that it keeps', () => {
    const pool = new ChunkPool(1);
    const chunks = [0, 1].map((n) => new Chunk(pool.take(), n));
    for (const chunk of chunks) pool.give(chunk);
    expect(pool.take()).toBe(chunks[0].bytes);
    expect(chunks.map(({ bytes }) => bytes)).not.toContain(pool.take());
  });

  test('never reuses a buffer that is still being written to a socket', () => {
    const pool = new ChunkPool();
    const chunk = new Chunk(pool.take(), 0);
    chunk.recyclable = false;
    pool.give(chunk);
    expect(pool.bytesInUse).toBe(0);
    expect(pool.take()).not.toBe(chunk.bytes);
  });
});
