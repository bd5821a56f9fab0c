/** Measures the delay of the event loop: the first sign of overload. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const SECONDS_PER_NS = 1e-9;

/** Delays in seconds since the last reading; all 0 if nothing was measured. */
export interface LoopDelay {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class LoopDelayMeter {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.histogram.enable();
  }

  /** Reads the delays and resets the histogram. */
  read(): LoopDelay {
    const { histogram } = this;
    const empty = histogram.max === 0;
    const delay = {
      mean: empty ? 0 : secondsLate(histogram.mean),
      p50: empty ? 0 : secondsLate(histogram.percentile(50)),
      p99: empty ? 0 : secondsLate(histogram.percentile(99)),
      p999: empty ? 0 : secondsLate(histogram.percentile(99.9)),
      max: empty ? 0 : secondsLate(histogram.max),
    };
    histogram.reset();
    return delay;
  }

  stop(): void {
    this.histogram.disable();
  }
}

/** The histogram has the times between two ticks; the delay is the excess over the tick. */
function secondsLate(betweenTicksNs: number): number {
  return Math.max(0, betweenTicksNs * SECONDS_PER_NS - RESOLUTION_MS / 1000);
}
