/**
 * CPU time of the turns of the event loop. A loaded machine makes a turn last longer, but does not make it need more CPU.
 */

export interface Turns {
  /** Number of turns until now. */
  readonly count: number;
  /** The CPU time that nine of ten turns stayed below, in milliseconds: a single long one may be a garbage collection. */
  readonly cpuMs: number;
  stop(): void;
}

/** Watches the turns from now on. */
export function watchTurns(): Turns {
  const turnsMs: number[] = [];
  let before = process.cpuUsage();
  let running = true;
  const look = () => {
    if (!running) return;
    const { user, system } = process.cpuUsage(before);
    turnsMs.push((user + system) / 1000);
    before = process.cpuUsage();
    setImmediate(look);
  };
  setImmediate(look);
  return {
    get count() {
      return turnsMs.length;
    },
    get cpuMs() {
      return turnsMs.toSorted((a, b) => a - b)[Math.floor(turnsMs.length * 0.9)] ?? 0;
    },
    stop: () => {
      running = false;
    },
  };
}
