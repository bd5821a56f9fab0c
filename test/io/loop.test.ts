/** The real loop, clock, delay meter and signals. */
import { EventEmitter } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { NodeLoop, RealClock } from '../../src/io/loop/loop.ts';
import { LoopDelayMeter } from '../../src/io/loop/loop-delay.ts';
import { watchSignals } from '../../src/io/system/signals.ts';

const clock = new RealClock();

describe('the loop', () => {
  let loop: NodeLoop;

  beforeEach(() => {
    loop = new NodeLoop(clock);
  });

  afterEach(() => loop.stop());

  const wake = (atMs: number): Promise<number> =>
    new Promise((resolve) => loop.wakeAt(atMs, () => resolve(clock.nowMs())));

  test('wakes at the moment asked for, or soon after, never before', async () => {
    for (const delayMs of [0, 0.4, 3.7, 20]) {
      const atMs = clock.nowMs() + delayMs;
      expect(await wake(atMs)).toBeGreaterThanOrEqual(atMs);
    }
  });

  test('wakes for a moment that is past', async () => {
    expect(await wake(clock.nowMs() - 1000)).toBeGreaterThan(0);
  });

  test('a later request replaces an earlier one, and the other way round', async () => {
    const never = (): never => {
      throw new Error('replaced');
    };
    loop.wakeAt(clock.nowMs() + 1, never);
    const later = clock.nowMs() + 15;
    expect(await wake(later)).toBeGreaterThanOrEqual(later);
    loop.wakeAt(clock.nowMs() + 60_000, never);
    const sooner = clock.nowMs() + 2;
    expect(await wake(sooner)).toBeLessThan(sooner + 30_000);
  });

  test('may be asked again from inside', async () => {
    const times: number[] = [];
    await new Promise<void>((resolve) => {
      const run = (): void => {
        times.push(clock.nowMs());
        if (times.length === 3) resolve();
        else loop.wakeAt(clock.nowMs() + 1, run);
      };
      loop.wakeAt(clock.nowMs(), run);
    });
    expect(times[1] - times[0]).toBeGreaterThanOrEqual(1);
    expect(times[2] - times[1]).toBeGreaterThanOrEqual(1);
  });

  test('a moment months away does not fire at once, and Infinity never', async () => {
    const run = jest.fn();
    loop.wakeAt(clock.nowMs() + 1e10, run);
    loop.wakeAt(Number.POSITIVE_INFINITY, run);
    await wake(clock.nowMs() + 5);
    loop.wakeAt(clock.nowMs() + 1e10, run);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(run).not.toHaveBeenCalled();
  });

  test('a deadline that passed while the loop was busy comes after the input that arrived meanwhile', async () => {
    const order: string[] = [];
    const { port1, port2 } = new MessageChannel();
    const seen = new Promise<void>((resolve) => {
      port2.once('message', () => {
        order.push('input');
        resolve();
      });
    });
    // After an immediate come the timeouts, and only then the input.
    await new Promise((resolve) => setImmediate(resolve));
    const woken = wake(clock.nowMs() + 1).then(() => order.push('deadline'));
    port1.postMessage(0);
    const busyUntil = clock.nowMs() + 5;
    while (clock.nowMs() < busyUntil);
    await Promise.all([seen, woken]);
    port1.close();
    expect(order).toEqual(['input', 'deadline']);
  });

  test('defers to after the turn', async () => {
    const order: string[] = [];
    const deferred = new Promise<void>((resolve) => {
      loop.defer(() => {
        order.push('deferred');
        resolve();
      });
    });
    order.push('now');
    await Promise.resolve().then(() => order.push('microtask'));
    await deferred;
    expect(order).toEqual(['now', 'microtask', 'deferred']);
  });
});

test('the delay meter sees a loop that was held up, and starts anew after each reading', async () => {
  const meter = new LoopDelayMeter();
  expect(meter.read()).toEqual({ mean: 0, p50: 0, p99: 0, p999: 0, max: 0 });
  await new Promise((resolve) => setTimeout(resolve, 30));
  const busyUntil = clock.nowMs() + 80;
  while (clock.nowMs() < busyUntil);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const held = meter.read();
  expect(held.max).toBeGreaterThan(0.05);
  expect(held.max).toBeLessThan(5);
  expect(held.p50).toBeLessThan(held.max);
  expect(meter.read().max).toBe(0);
  meter.stop();
});

test('the first SIGTERM stops, the second aborts, and SIGHUP reloads until then', () => {
  const source = new EventEmitter();
  const calls: string[] = [];
  const unwatch = watchSignals(
    {
      stop: (signal) => calls.push(`stop ${signal}`),
      abort: (signal) => calls.push(`abort ${signal}`),
      reload: () => calls.push('reload'),
    },
    source,
  );
  for (const signal of ['SIGHUP', 'SIGTERM', 'SIGHUP', 'SIGINT']) source.emit(signal, signal);
  unwatch();
  source.emit('SIGTERM', 'SIGTERM');
  expect(calls).toEqual(['reload', 'stop SIGTERM', 'abort SIGINT']);
});
