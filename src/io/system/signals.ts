/** Handles the signals of operators and service managers. */

interface SignalActions {
  /** SIGTERM or SIGINT: stop in order. Called once. */
  stop(signal: NodeJS.Signals): void;
  /** The second SIGTERM or SIGINT: stop now. */
  abort(signal: NodeJS.Signals): void;
  /** SIGHUP: read the configuration again. */
  reload(): void;
}

/** Handles the signals until the returned function is called. */
export function watchSignals(actions: SignalActions, source: NodeJS.EventEmitter = process): () => void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    const again = stopping;
    stopping = true;
    if (again) actions.abort(signal);
    else actions.stop(signal);
  };
  const reload = (): void => {
    if (!stopping) actions.reload();
  };
  source.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', reload);
  return () => void source.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', reload);
}
