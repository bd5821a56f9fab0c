/** Changes are sent at once, unless many single ones come to many members: then some milliseconds of them go together. */
import { Gathering } from '../../src/engine/turn/gathering.ts';
import { announce } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

/** What becomes of changes whose sending takes `costMs` whatever their number. */
class Line {
  readonly gathering = new Gathering();
  readonly latencies: number[] = [];
  sent = 0;
  nowMs = 0;
  private readonly costMs: number;

  constructor(costMs: number) {
    this.costMs = costMs;
  }

  /** Changes that come at these moments, whatever becomes of those before them. */
  open(times: readonly number[]): void {
    for (let at = 0; at < times.length; ) {
      const first = at;
      let due = Number.POSITIVE_INFINITY;
      while (
        at < times.length &&
        times[at] <= Math.max(this.nowMs, due === Number.POSITIVE_INFINITY ? times[at] : due)
      ) {
        const seenMs = Math.max(this.nowMs, times[at]);
        due = this.gathering.dueAt(seenMs, ++at - first);
      }
      this.send(Math.max(this.nowMs, times[first], due));
      for (let i = first; i < at; i++) this.latencies.push(this.nowMs - times[i]);
    }
  }

  /** Changes of which each comes when the one before was received. */
  closed(count: number, prefixes = 1): void {
    for (let i = 0; i < count; i++) {
      const came = this.nowMs;
      this.send(Math.max(this.nowMs, this.gathering.dueAt(this.nowMs, prefixes)));
      this.latencies.push(this.nowMs - came);
      this.nowMs += 0.3;
    }
  }

  private send(fromMs: number): void {
    this.nowMs = fromMs + this.costMs;
    this.gathering.onSent(fromMs, this.nowMs);
    this.sent++;
  }
}

const every = (ms: number, count: number) => Array.from({ length: count }, (_, i) => 10 + i * ms);
const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)];

test('changes that cost little are sent one by one', () => {
  const line = new Line(0.2);
  line.open(every(5, 1000));
  expect(line.sent).toBe(1000);
  expect(Math.max(...line.latencies)).toBeCloseTo(0.2);
});

test('200 changes a second, each of which takes 2.5 ms to send, are gathered for at most 10 ms', () => {
  const line = new Line(2.5);
  line.open(every(5, 4000));
  expect(line.sent).toBeLessThan(2200);
  // It may come while others are being sent.
  expect(Math.max(...line.latencies)).toBeLessThan(2.5 + 10 + 2.5);
});

test('the more there are, the more are gathered', () => {
  const line = new Line(2.5);
  line.open(every(1, 20_000));
  expect(line.sent).toBeLessThan(20_000 / 8);
  expect(Math.max(...line.latencies)).toBeLessThan(2.5 + 10 + 2.5);
});

test('where each change comes after the one before was received, hardly one waits', () => {
  const line = new Line(0.6);
  line.closed(300);
  expect(percentile(line.latencies, 0.99)).toBeCloseTo(0.6);
  line.closed(20_000);
  expect(percentile(line.latencies, 0.999)).toBeCloseTo(0.6);
});

test('a single change after a busy time is sent at once', () => {
  const line = new Line(2.5);
  line.open(every(5, 2000));
  line.latencies.length = 0;
  line.open([line.nowMs + 30, line.nowMs + 500]);
  expect(line.latencies).toEqual([expect.closeTo(2.5), expect.closeTo(2.5)]);
});

test('many prefixes at a time do not wait', () => {
  const line = new Line(2.5);
  line.open(every(5, 2000));
  line.latencies.length = 0;
  line.closed(50, 256);
  expect(Math.max(...line.latencies)).toBeCloseTo(2.5);
});

test('members of a busy group get fewer writes than there are changes, and each change soon', () => {
  const world = new World();
  const source = SimPeer.up(world, '10.0.0.1', 1);
  const members = Array.from({ length: 50 }, (_, i) => SimPeer.up(world, `10.0.1.${i + 1}`, 1000 + i));
  let writes = 0;
  for (const { connection } of members) {
    const write = connection.write.bind(connection);
    connection.write = (bytes, start, end) => {
      world.nowMs += 0.05;
      writes++;
      write(bytes, start, end);
    };
  }
  const prefix = (i: number) => `20.${i >> 8}.${i & 255}.0/24`;
  const began = world.nowMs;
  let latest = 0;
  for (let i = 0; i < 600; i++) {
    source.send(announce([prefix(i)], { localPref: 100 }));
    world.pass(Math.max(0, began + 5 * (i + 1) - world.nowMs));
    // What came 12.5 ms ago is everywhere.
    if (i >= 3) latest = Math.max(latest, members.filter(({ held }) => !held.has(prefix(i - 3))).length);
  }
  world.pass(20);
  expect(members.every(({ held }) => held.size === 600)).toBe(true);
  expect(latest).toBe(0);
  expect(writes / members.length).toBeLessThan(400);
});
