/** `reflectord run`: the daemon from its configuration to its end, with signals and systemd. */
import { readFile } from 'node:fs/promises';
import { load } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import { resolve } from '../config/resolve.ts';
import { CommandError } from '../engine/commands.ts';
import { Log } from '../io/log.ts';
import { RealClock } from '../io/loop.ts';
import { createNotifier } from '../io/sdnotify.ts';
import { watchSignals } from '../io/signals.ts';
import { formatIpv4 } from '../lib/ip.ts';
import type { RouterSpec } from '../reflect/spec.ts';
import { Daemon } from './daemon.ts';

/** Runs until stopped; the exit code. */
export async function runDaemon(configPath: string, version: string): Promise<number> {
  const begunMs = performance.now();
  const first = await readConfig(configPath);
  if (!first.ok) {
    process.stderr.write(`${first.text}\n`);
    return 1;
  }
  const { spec } = first;
  const log = new Log({ spec: spec.log, clock: new RealClock() });
  log.emit({ name: 'daemon.starting', version, node: process.version, pid: process.pid });
  log.emit({ name: 'config.loaded', path: configPath, peers: spec.peers.length, ranges: spec.ranges.length });
  const notifier = await createNotifier(process.env, (message) => process.stderr.write(`${message}\n`));
  let finish: (reason: string) => void = () => {};
  const finished = new Promise<string>((done) => {
    finish = done;
  });
  const reread = async (): Promise<RouterSpec> => {
    notifier.reloading();
    const again = await readConfig(configPath);
    notifier.ready('running');
    if (again.ok) {
      log.configure(again.spec.log);
      return again.spec;
    }
    const [firstError] = again.errors;
    log.emit({
      name: 'config.rejected',
      path: configPath,
      count: again.errors.length,
      first: firstError,
      errors: again.errors,
    });
    throw new CommandError(`the configuration has errors, the one before stays in force:\n${again.text}`);
  };
  const daemon = new Daemon({ spec, configPath, readConfig: reread, version, events: log, onStopRequested: finish });
  process.on('uncaughtException', (error) => {
    log.emit({ name: 'daemon.failed', error: error.message, stack: error.stack ?? null });
    log.closeSync();
    process.exit(1);
  });
  try {
    await daemon.start();
  } catch (error) {
    log.emit({ name: 'daemon.failed', error: (error as Error).message, stack: null });
    await daemon.stop();
    await log.close();
    notifier.close();
    return 1;
  }
  const unwatch = watchSignals({
    stop: (signal) => finish(signal),
    abort: () => process.exit(1),
    // What is wrong with it is logged; nobody waits for an answer.
    reload: () => void daemon.reload().catch(() => {}),
  });
  notifier.ready('running');
  const startMs = Math.round(performance.now() - begunMs);
  const { as, routerId } = spec;
  log.emit({
    name: 'daemon.ready',
    startMs,
    as,
    routerId: formatIpv4(routerId),
    peers: spec.peers.length,
    ranges: spec.ranges.length,
  });
  const reason = await finished;
  notifier.stopping(`stopping: ${reason}`);
  log.emit({ name: 'daemon.stopping', reason });
  await daemon.stop();
  unwatch();
  log.emit({ name: 'daemon.stopped', uptimeSeconds: Math.floor(daemon.engine.uptimeSeconds) });
  await log.close();
  notifier.close();
  return 0;
}

type Read =
  | { readonly ok: true; readonly spec: RouterSpec }
  | { readonly ok: false; readonly errors: readonly string[]; readonly text: string };

async function readConfig(path: string): Promise<Read> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const message = `cannot read ${path}: ${(error as Error).message}`;
    return { ok: false, errors: [message], text: message };
  }
  const result = load(text, path);
  if (result.ok) return { ok: true, spec: resolve(result.config) };
  const errors = result.problems.map(
    (problem) => `${problem.line}:${problem.column} ${problem.path}: ${problem.message}`,
  );
  return { ok: false, errors, text: result.problems.map((problem) => formatProblem(problem, text)).join('\n') };
}
