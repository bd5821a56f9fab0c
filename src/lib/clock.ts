/** The clock port: everything below `io` is handed one, so that tests own the time. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary origin; fractional. */
  nowMs(): number;
  /** Wall-clock milliseconds since the epoch, for timestamps that people read. */
  wallMs(): number;
}

/**
 * How long one piece of work may take before others have their turn: by the clock, since what a peer sends decides how long
 * each entry takes.
 */
export class TimeSlice {
  private untilMs = 0;
  private readonly clock: Clock;
  private readonly ms: number;

  constructor(clock: Clock, ms: number) {
    this.clock = clock;
    this.ms = ms;
  }

  begin(): void {
    this.untilMs = this.clock.nowMs() + this.ms;
  }

  get isOver(): boolean {
    return this.clock.nowMs() >= this.untilMs;
  }
}
