/** `reflectord run`: reads the configuration and runs the daemon, with signals, systemd and the log. */
import type { EventSink } from '../engine/events/events.ts';
import { EventHistory } from '../io/history/event-history.ts';
import { Log } from '../io/log/log.ts';
import { RealClock } from '../io/loop/loop.ts';
import { EventCounter } from '../io/metrics/event-counts.ts';
import { reportFaultsTo } from '../io/system/guard.ts';
import { createNotifier, type Notifier } from '../io/system/sdnotify.ts';
import { watchSignals } from '../io/system/signals.ts';
import { formatIpv4 } from '../lib/ip.ts';
import type { RouterSpec } from '../spec/router.ts';
import { Daemon } from './daemon.ts';
import { readApart } from './reload/read-apart.ts';
import { readConfig } from './reload/read-config.ts';
import { digestOf } from './reload/unaccepted.ts';
import { configAtStart } from './start/config-at-start.ts';
import { warmUp } from './start/warm-up.ts';

/** Exit code for a configuration with errors (sysexits.h): another start would not help. */
const EX_CONFIG = 78;

/**
 * Runs until stopped; returns the exit code.
 * @param program folder of the built program
 * @param warm whether the code that handles routes runs on routes of its own before the first session
 */
export async function runDaemon(configPath: string, version: string, program: string, warm: boolean): Promise<number> {
  const startedMs = performance.now();
  const file = await readConfig(configPath);
  if (!file.ok) {
    process.stderr.write(`${file.text}\n`);
    return EX_CONFIG;
  }
  const { config, undone } = configAtStart(file, configPath);
  const { spec } = config;
  const clock = new RealClock();
  const log = new Log({ spec: spec.log, clock });
  const history = new EventHistory(log, clock);
  // Events are counted from the first one on, before the metrics server starts.
  const events = new EventCounter(history);
  events.emit({ name: 'daemon.starting', version, node: process.version, pid: process.pid });
  events.emit({ name: 'config.loaded', path: configPath, peers: spec.peers.length, ranges: spec.ranges.length });
  for (const warning of config.warnings) events.emit({ name: 'config.warning', ...warning });
  if (undone !== null) events.emit({ name: 'config.not-accepted', path: configPath, why: undone });
  exitOnFault(log, history);
  const stop = new StopRequest();
  const signals = watchStart(stop);
  if (warm) await warmUp(clock, () => stop.isAsked);
  const notifier = await createNotifier(process.env, (message) => process.stderr.write(`${message}\n`));
  const onStopRequested = (reason: string, final: boolean, message: string) => stop.request({ reason, final, message });
  const daemon: Daemon = new Daemon({
    spec,
    configPath,
    source: config.source,
    readConfig: () => readApart(configPath, spec),
    configureLog: (levels) => log.configure(levels),
    onReloading: (underWay) => (underWay ? notifier.reloading() : notifier.ready(daemon.summary)),
    onAdvertising: () => notifier.status(daemon.summary),
    version,
    program,
    events,
    history,
    logProblem: () => log.problem(),
    onStopRequested,
  });
  if (undone !== null) daemon.reloads.startUndone(undone, digestOf(file.source), file.spec);
  const code = await serve(daemon, stop, events, notifier, startedMs, signals);
  await history.close();
  await log.close();
  notifier.close();
  return code;
}

interface StopAsked {
  readonly reason: string;
  /** No restart follows. */
  readonly final: boolean;
  /** Text for the operators of the peers, or ''. */
  readonly message: string;
}

/** The first request to stop, with its reason. */
class StopRequest {
  isAsked = false;
  private resolve: (asked: StopAsked) => void = () => {};
  readonly asked = new Promise<StopAsked>((resolve) => {
    this.resolve = resolve;
  });

  request(asked: StopAsked): void {
    this.isAsked = true;
    this.resolve(asked);
  }
}

/** What the handlers of signals do once the daemon runs. */
interface Signals {
  /** Applies a reload that was asked for meanwhile. */
  began(daemon: Daemon): void;
  unwatch(): void;
}

/** Signals are handled from the start on: without a handler, a container ignores them and a terminal ends the process. */
function watchStart(stop: StopRequest): Signals {
  let running: Daemon | null = null;
  let isReloadAsked = false;
  const unwatch = watchSignals({
    stop: (signal) => stop.request({ reason: signal, final: false, message: '' }),
    abort: () => process.exit(1),
    reload: () => {
      isReloadAsked = true;
      // Errors of the file are in the log; a signal has no answer.
      void running?.reload();
    },
  });
  const began = (daemon: Daemon) => {
    running = daemon;
    if (isReloadAsked) void daemon.reload();
  };
  return { began, unwatch };
}

async function serve(
  daemon: Daemon,
  stop: StopRequest,
  events: EventSink,
  notifier: Notifier,
  startedMs: number,
  signals: Signals,
): Promise<number> {
  try {
    if (!stop.isAsked) await daemon.start();
  } catch (error) {
    events.emit({ name: 'daemon.failed', error: (error as Error).message, stack: null });
    await daemon.stop('the start failed');
    return 1;
  }
  // READY=1 does not wait for the first advertisement: the peers that it waits for may be units that start after this
  // one, and a restart of the service would block for as long. `/readyz` and `status` answer that question.
  if (!stop.isAsked) {
    notifier.ready(daemon.summary);
    events.emit(readyEvent(daemon.engine.spec, Math.round(performance.now() - startedMs)));
    signals.began(daemon);
  }
  const { reason, final, message } = await stop.asked;
  notifier.stopping(`stopping: ${reason}`);
  events.emit({ name: 'daemon.stopping', reason });
  await daemon.stop(`the daemon stops: ${reason}`, final, message);
  signals.unwatch();
  events.emit({ name: 'daemon.stopped', uptimeSeconds: Math.floor(daemon.engine.uptimeSeconds) });
  return 0;
}

function readyEvent({ as, routerId, peers, ranges }: RouterSpec, startMs: number) {
  const counts = { peers: peers.length, ranges: ranges.length };
  return { name: 'daemon.ready', startMs, as, routerId: formatIpv4(routerId), ...counts } as const;
}

/**
 * The last resort: after a bug in the engine the process ends with the stack in the log, and systemd starts it again.
 * No CEASE is sent and no kernel route is removed: peers with graceful restart and the kernel keep forwarding
 * meanwhile.
 */
function exitOnFault(log: Log, history: EventHistory): void {
  reportFaultsTo((where, error) => {
    history.emit({ name: 'daemon.fault', where, error: error.message, stack: error.stack ?? null });
  });
  process.on('uncaughtException', (thrown: unknown) => {
    try {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      history.emit({ name: 'daemon.failed', error: error.message, stack: error.stack ?? null });
      history.closeSync();
      log.closeSync();
    } finally {
      process.exit(1);
    }
  });
}
