import fc from 'fast-check';
import { Timer, TimerQueue } from '../../src/lib/timers.ts';

describe('timers', () => {
  test('fire in the order of their deadlines, whatever was armed, moved and canceled before', () => {
    const step = fc.record({ timer: fc.nat(19), at: fc.nat(1000), cancel: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const queue = new TimerQueue();
        const fired: number[] = [];
        const timers = Array.from({ length: 20 }, (_, i) => new Timer(queue, () => fired.push(i)));
        const armed = new Map<number, number>();
        for (const { timer, at, cancel } of steps) {
          if (cancel) timers[timer].cancel();
          else timers[timer].arm(at);
          if (cancel) armed.delete(timer);
          else armed.set(timer, at);
        }
        expect(queue.nextMs).toBe(armed.size === 0 ? Number.POSITIVE_INFINITY : Math.min(...armed.values()));
        queue.advance(1000);
        expect(fired.map((i) => armed.get(i))).toEqual([...armed.values()].sort((a, b) => a - b));
        expect(queue.nextMs).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  test('a timer may arm itself again while it fires', () => {
    const queue = new TimerQueue();
    let count = 0;
    const timer: Timer = new Timer(queue, () => {
      if (++count < 3) timer.arm(timer.atMs + 10);
    });
    timer.arm(10);
    queue.advance(15);
    expect([count, timer.armed]).toEqual([1, true]);
    queue.advance(100);
    expect([count, timer.armed]).toEqual([3, false]);
  });
});
