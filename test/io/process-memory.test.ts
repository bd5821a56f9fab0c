/** What the resident memory of the process consists of. */
import { processMemory } from '../../src/io/system/process-memory.ts';

test('the parts with a name are most of the resident memory, and not more than all of it', () => {
  const held = new Uint8Array(20_000_000).fill(1);
  const { rss, program, heap, heapUsed, arrays } = processMemory();
  expect(arrays).toBeGreaterThanOrEqual(held.length);
  expect(heap).toBeGreaterThanOrEqual(heapUsed * 0.9);
  expect(program).toBeGreaterThan(1_000_000);
  // The process of the tests has more without a name than the daemon: the compiler, and what earlier tests have freed.
  expect(program + heap + arrays).toBeGreaterThan(0.6 * rss);
  expect(program + heap + arrays).toBeLessThan(1.1 * rss);
});

test('without the file of the kernel the program is 0, and the rest is known', () => {
  const memory = processMemory(() => {
    throw new Error('no such file');
  });
  expect(memory.program).toBe(0);
  expect(memory.rss).toBeGreaterThan(0);
});
