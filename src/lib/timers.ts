/**
 * Deadlines in a binary heap. A timer is created once and armed often; arming and canceling move it in the heap.
 * The owner passes the current time.
 */

export class Timer {
  readonly fire: () => void;
  /** When it is due, in milliseconds of the clock; valid while armed. */
  atMs = 0;
  /** Place in the heap; -1 while not armed. Kept by the queue. */
  slot = -1;
  private readonly queue: TimerQueue;

  constructor(queue: TimerQueue, fire: () => void) {
    this.queue = queue;
    this.fire = fire;
  }

  get armed(): boolean {
    return this.slot >= 0;
  }

  /** (Re)starts the timer for a moment of the clock. */
  arm(atMs: number): void {
    this.queue.place(this, atMs);
  }

  cancel(): void {
    this.queue.take(this);
  }
}

export class TimerQueue {
  private readonly heap: Timer[] = [];

  /** The next deadline, or Infinity. */
  get nextMs(): number {
    return this.heap.length === 0 ? Number.POSITIVE_INFINITY : this.heap[0].atMs;
  }

  /** Fires, in order, every timer due at `nowMs`, including timers that are armed again meanwhile for a due time. */
  advance(nowMs: number): void {
    while (this.heap.length > 0 && this.heap[0].atMs <= nowMs) {
      const timer = this.heap[0];
      this.take(timer);
      timer.fire();
    }
  }

  place(timer: Timer, atMs: number): void {
    this.take(timer);
    timer.atMs = atMs;
    timer.slot = this.heap.length;
    this.heap.push(timer);
    this.rise(timer);
  }

  take(timer: Timer): void {
    if (timer.slot < 0) return;
    const last = this.heap.pop() as Timer;
    if (last !== timer) {
      this.put(last, timer.slot);
      this.rise(last);
      this.sink(last);
    }
    timer.slot = -1;
  }

  private put(timer: Timer, slot: number): void {
    timer.slot = slot;
    this.heap[slot] = timer;
  }

  private rise(timer: Timer): void {
    while (timer.slot > 0) {
      const parent = this.heap[(timer.slot - 1) >> 1];
      if (parent.atMs <= timer.atMs) return;
      const slot = parent.slot;
      this.put(parent, timer.slot);
      this.put(timer, slot);
    }
  }

  private sink(timer: Timer): void {
    for (;;) {
      const left = this.heap[timer.slot * 2 + 1];
      const right = this.heap[timer.slot * 2 + 2];
      const child = right !== undefined && right.atMs < left.atMs ? right : left;
      if (child === undefined || child.atMs >= timer.atMs) return;
      const slot = child.slot;
      this.put(child, timer.slot);
      this.put(timer, slot);
    }
  }
}
