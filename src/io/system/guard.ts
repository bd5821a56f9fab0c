/**
 * Callbacks that input from outside sets off: of child processes, sockets, threads and their timers. What one throws would
 * end the process, with every session; here it ends what the callback belongs to, which starts again in its own way.
 *
 * Faults of the engine's turn are not caught: its tables may be half changed, and a daemon that goes on without turns is
 * worse than one that systemd starts anew (`daemon/run.ts` has the last resort).
 */

/** Where faults are told. */
export type FaultSink = (where: string, error: Error) => void;

let sink: FaultSink = (where, error) => process.stderr.write(`reflectord: fault in ${where}: ${error.stack}\n`);

/** Faults go there from now on. */
export function reportFaultsTo(other: FaultSink): void {
  sink = other;
}

/** Tells a fault that was caught. Gives it as an Error. */
export function reportFault(where: string, thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  sink(where, error);
  return error;
}

/**
 * The callback, made to throw nothing.
 * @param where for the log: what the callback belongs to
 * @param onFault ends what the callback belongs to
 */
export function guarded<A extends unknown[]>(
  where: string,
  run: (...args: A) => void,
  onFault: (error: Error) => void = () => {},
): (...args: A) => void {
  return (...args) => {
    try {
      run(...args);
    } catch (thrown) {
      onFault(reportFault(where, thrown));
    }
  };
}
