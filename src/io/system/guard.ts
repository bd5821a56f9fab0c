/**
 * Guards callbacks for input from outside: child processes, sockets, threads and their timers. An exception there would
 * end the process with every session; here it ends only the object of the callback, which is started again.
 *
 * Faults in the engine are not caught: its tables may be half changed, and a daemon with a stopped engine is worse than
 * one that systemd restarts (`daemon/run.ts` has the last resort).
 */

/** Receives faults. */
type FaultSink = (where: string, error: Error) => void;

let sink: FaultSink = (where, error) => process.stderr.write(`reflectord: fault in ${where}: ${error.stack}\n`);

/** Sets the sink of all later faults. */
export function reportFaultsTo(other: FaultSink): void {
  sink = other;
}

/** Reports a caught fault. Returns it as an Error. */
export function reportFault(where: string, thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  sink(where, error);
  return error;
}

/**
 * The callback, wrapped so that it never throws.
 * @param where for the log: the object of the callback
 * @param onFault ends the object of the callback
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
