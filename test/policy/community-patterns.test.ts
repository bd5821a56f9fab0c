/** Patterns of communities that are long lists: what a peer sends is compared with all of them. */
import { CommunityPatterns } from '../../src/policy/match/community-patterns.ts';
import type { CommunityPattern } from '../../src/spec/policy.ts';
import { put32 } from '../../src/wire/bytes.ts';

const exactly = (...values: number[]) => values.map((value) => ({ low: value, high: value }));
const COUNT = 10_000;

test.each(['large', 'extended'] as const)(
  'a list of %s communities costs little, however many a peer sends',
  (kind) => {
    const patterns = Array.from({ length: COUNT }, (_, i): CommunityPattern => {
      const parts = kind === 'large' ? exactly(65_000, 1, COUNT - i) : exactly(65_000, COUNT - i);
      return { kind, types: [0, 2], subtype: 2, parts };
    });
    const compiled = new CommunityPatterns(patterns);
    const octets = new Uint8Array(12);
    const put = (value: number) => {
      if (kind === 'large') put32(octets, put32(octets, put32(octets, 0, 65_000), 1), value);
      else put32(octets, put32(octets, 0, 0x0002_fde8), value);
      return compiled.matches(kind, octets, 0);
    };
    expect([put(0), put(1), put(7777), put(COUNT), put(COUNT + 1)]).toEqual([false, true, true, true, false]);
    const start = process.cpuUsage();
    let found = 0;
    for (let i = 0; i < 50_000; i++) if (put(0xffff_0000 + i)) found++;
    const { user } = process.cpuUsage(start);
    expect(found).toBe(0);
    // One after another they take seconds.
    expect(user / 1000).toBeLessThan(300);
  },
);
