/** The clock port: everything below `io` is handed one, so that tests own the time. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary origin; fractional. */
  nowMs(): number;
  /** Wall-clock milliseconds since the epoch, for timestamps that people read. */
  wallMs(): number;
}
