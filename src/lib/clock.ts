/** The clock port: everything below `io` gets one, so that tests control the time. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary origin; fractional. */
  nowMs(): number;
  /** Wall-clock milliseconds since the epoch, for timestamps in output. */
  wallMs(): number;
}

/**
 * Limits the time of one piece of work, so that others have their turn. It uses the clock, since the input of a peer
 * decides how long each entry takes.
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
