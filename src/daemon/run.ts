/** `reflectord run`: the daemon from its configuration to its end, with signals, systemd and the log. */
import { join } from 'node:path';
import { CommandError } from '../engine/commands.ts';
import { reportFaultsTo } from '../io/guard.ts';
import { Log } from '../io/log.ts';
import { RealClock } from '../io/loop.ts';
import { createNotifier, type Notifier } from '../io/sdnotify.ts';
import { watchSignals } from '../io/signals.ts';
import { formatIpv4 } from '../lib/ip.ts';
import type { RouterSpec } from '../reflect/spec.ts';
import { Daemon } from './daemon.ts';
import { readConfig } from './read-config.ts';

/** Exit code of a configuration that does not load (sysexits.h): starting again would not help. */
const EX_CONFIG = 78;

/**
 * Runs until stopped; the exit code.
 * @param program folder of the built program
 */
export async function runDaemon(configPath: string, version: string, program: string): Promise<number> {
  const begunMs = performance.now();
  const config = await readConfig(configPath);
  if (!config.ok) {
    process.stderr.write(`${config.text}\n`);
    return EX_CONFIG;
  }
  const { spec } = config;
  const log = new Log({ spec: spec.log, clock: new RealClock() });
  log.emit({ name: 'daemon.starting', version, node: process.version, pid: process.pid });
  log.emit({ name: 'config.loaded', path: configPath, peers: spec.peers.length, ranges: spec.ranges.length });
  for (const warning of config.warnings) log.emit({ name: 'config.warning', ...warning });
  dieLoudly(log);
  const notifier = await createNotifier(process.env, (message) => process.stderr.write(`${message}\n`));
  const stop = new StopRequest();
  const readAgain = () => reread(configPath, spec, log, notifier);
  const onStopRequested = (reason: string, final: boolean, message: string) => stop.request({ reason, final, message });
  const bfdWorker = join(program, 'io', 'bfd', 'worker.js');
  const daemon = new Daemon({
    spec,
    configPath,
    readConfig: readAgain,
    version,
    bfdWorker,
    events: log,
    logProblem: () => log.problem(),
    onStopRequested,
  });
  const code = await serve(daemon, stop, log, notifier, begunMs);
  await log.close();
  notifier.close();
  return code;
}

interface StopAsked {
  readonly reason: string;
  /** No restart follows. */
  readonly final: boolean;
  /** Words for the operators of the peers, or ''. */
  readonly message: string;
}

/** The first request to stop, with who asked. */
class StopRequest {
  request: (asked: StopAsked) => void = () => {};
  readonly asked = new Promise<StopAsked>((resolve) => {
    this.request = resolve;
  });
}

async function serve(
  daemon: Daemon,
  stop: StopRequest,
  log: Log,
  notifier: Notifier,
  begunMs: number,
): Promise<number> {
  const unwatch = watchSignals({
    stop: (signal) => stop.request({ reason: signal, final: false, message: '' }),
    abort: () => process.exit(1),
    // What is wrong with the file is in the log; nobody waits for an answer.
    reload: () => void daemon.reload().catch(() => {}),
  });
  try {
    await daemon.start();
  } catch (error) {
    log.emit({ name: 'daemon.failed', error: (error as Error).message, stack: null });
    await daemon.stop();
    return 1;
  }
  notifier.ready('running');
  log.emit(readyEvent(daemon.engine.spec, Math.round(performance.now() - begunMs)));
  const { reason, final, message } = await stop.asked;
  notifier.stopping(`stopping: ${reason}`);
  log.emit({ name: 'daemon.stopping', reason });
  await daemon.stop(final, message);
  unwatch();
  log.emit({ name: 'daemon.stopped', uptimeSeconds: Math.floor(daemon.engine.uptimeSeconds) });
  return 0;
}

function readyEvent({ as, routerId, peers, ranges }: RouterSpec, startMs: number) {
  const counts = { peers: peers.length, ranges: ranges.length };
  return { name: 'daemon.ready', startMs, as, routerId: formatIpv4(routerId), ...counts } as const;
}

/** The configuration for a reload; errors are logged, and told to whoever asked. */
async function reread(configPath: string, running: RouterSpec, log: Log, notifier: Notifier): Promise<RouterSpec> {
  notifier.reloading();
  const config = await readConfig(configPath, running);
  notifier.ready('running');
  if (config.ok) {
    log.configure(config.spec.log);
    for (const warning of config.warnings) log.emit({ name: 'config.warning', ...warning });
    return config.spec;
  }
  const { errors, text } = config;
  log.emit({ name: 'config.rejected', path: configPath, count: errors.length, first: errors[0], errors });
  throw new CommandError(`the configuration has errors; the one before stays in force:\n${text}`);
}

/**
 * The last resort: a bug in the engine's turn ends the process with its stack in the log, and systemd starts it again. No
 * CEASE is sent and no kernel route removed: peers with graceful restart and the kernel keep forwarding meanwhile.
 */
function dieLoudly(log: Log): void {
  reportFaultsTo((where, error) => {
    log.emit({ name: 'daemon.fault', where, error: error.message, stack: error.stack ?? null });
  });
  process.on('uncaughtException', (thrown: unknown) => {
    try {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      log.emit({ name: 'daemon.failed', error: error.message, stack: error.stack ?? null });
      log.closeSync();
    } finally {
      process.exit(1);
    }
  });
}
