/** When the process gives memory back: not before it is quiet, and only where that is worth it. */

import { libc, loadLibc } from '../../src/io/system/libc.ts';
import { MemoryRelease } from '../../src/io/system/memory-release.ts';

const MB = 1 << 20;

class Process {
  rss = 80 * MB;
  tables = 5 * MB;
  busy = false;
  readonly done: string[] = [];
  /** What collecting and trimming give back. */
  frees = 0;
  readonly release = new MemoryRelease(
    { tableBytes: () => this.tables, isBusy: () => this.busy },
    {
      rssBytes: () => this.rss,
      collect: () => void this.done.push('collect'),
      trim: () => {
        this.done.push('trim');
        this.rss -= this.frees;
      },
    },
  );

  checks(count: number): void {
    for (let i = 0; i < count; i++) this.release.check();
  }
}

test('what tables explain is kept', () => {
  const process = new Process();
  process.checks(5);
  process.rss += 300 * MB;
  process.tables += 300 * MB;
  process.checks(20);
  expect(process.done).toEqual([]);
});

test('what they no longer explain is collected, then returned, once', () => {
  const process = new Process();
  process.checks(2);
  process.rss += 300 * MB;
  process.frees = 295 * MB;
  process.checks(50);
  expect(process.done).toEqual(['collect', 'trim']);
});

test('nothing happens while there is work', () => {
  const process = new Process();
  process.checks(2);
  process.rss += 300 * MB;
  process.busy = true;
  process.checks(10);
  expect(process.done).toEqual([]);
  process.busy = false;
  process.checks(1);
  expect(process.done).toEqual([]);
  process.checks(3);
  expect(process.done).toEqual(['collect', 'trim']);
});

test('what cannot be given back is not tried again and again, but more of it is', () => {
  const process = new Process();
  process.checks(2);
  process.rss += 50 * MB;
  process.checks(30);
  expect(process.done).toEqual(['collect', 'trim']);
  process.rss += 50 * MB;
  process.checks(30);
  expect(process.done).toEqual(['collect', 'trim', 'collect', 'trim']);
});

test('the collector and the system do it: unused arrays leave the resident size', async () => {
  await loadLibc();
  const trim = libc()?.trim ?? null;
  if (trim === null) throw new Error('this libc has no malloc_trim');
  let held: Uint8Array[] | null = Array.from({ length: 2000 }, () => new Uint8Array(65_536).fill(1));
  const full = process.memoryUsage.rss();
  expect(held.length).toBe(2000);
  held = null;
  const release = new MemoryRelease({ tableBytes: () => 0, isBusy: () => false });
  (release as unknown as { floor: number }).floor = full - 100 * MB;
  for (let i = 0; process.memoryUsage.rss() > full - 60 * MB; i++) {
    if (i > 200) throw new Error('the memory is still there');
    release.check();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}, 60_000);
