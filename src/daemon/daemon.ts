/**
 * The running daemon: connects the engine with sockets, kernel, control socket, metrics and systemd, and starts,
 * reloads and stops them in order.
 */

import { join } from 'node:path';
import type { ReloadView, StatusView } from '../engine/api/daemon-views.ts';
import { type HealthReport, problemsOf, reportHealth } from '../engine/api/health.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineEvent, EventSink } from '../engine/events/events.ts';
import { historyOf, RouteChanges } from '../engine/route-history/route-changes.ts';
import { describeRunning, viewDeferral } from '../engine/show/deferral.ts';
import { viewTables } from '../engine/show/groups.ts';
import { BfdThread } from '../io/bfd/service.ts';
import { type ControlServer, openControlServer } from '../io/control/server.ts';
import { type EventHistory, historyPaths } from '../io/history/event-history.ts';
import { NodeLoop, RealClock } from '../io/loop/loop.ts';
import type { EventCounter } from '../io/metrics/event-counts.ts';
import { KernelNeighbors } from '../io/neighbors/finder.ts';
import { allConnectionsClosed } from '../io/net/connection.ts';
import { TcpDialer } from '../io/net/dialer.ts';
import { isOnLink } from '../io/net/on-link.ts';
import { loadLibc } from '../io/system/libc.ts';
import { MemoryRelease } from '../io/system/memory-release.ts';
import { formatIpv4 } from '../lib/ip.ts';
import type { RouterSpec } from '../spec/router.ts';
import { commandTable } from './commands.ts';
import { watchDrops } from './health/drop-watch.ts';
import { healthProbes } from './health/health.ts';
import { watchStalls } from './health/stall-watch.ts';
import { KernelRoutes } from './kernel/kernel.ts';
import { Debugging } from './operate/debug.ts';
import { DisabledState, disabledPaths } from './operate/disabled-state.ts';
import type { HttpPart } from './parts/http-part.ts';
import { guardsConnections } from './parts/listen-keys.ts';
import { Listening } from './parts/listening.ts';
import { metricsPart } from './parts/observe.ts';
import { webPart } from './parts/web-part.ts';
import { PreviousConfig, previousPaths } from './reload/previous-config.ts';
import { Reloader, type ReloadHost } from './reload/reload.ts';
import { SafeReload } from './reload/safe-reload.ts';
import { UnacceptedFile, unacceptedPaths } from './reload/unaccepted.ts';
import { watchSetFiles } from './set-files.ts';
import { unacceptedPathsOf } from './start/config-at-start.ts';
import { longestKeptMs, RestartState, restartStatePaths } from './start/restart-state.ts';

/** An `ip` process without output for this long is killed. */
const NEIGHBORS_TIMEOUT_MS = 10_000;

interface DaemonOptions extends ReloadHost {
  readonly spec: RouterSpec;
  readonly configPath: string;
  readonly version: string;
  /** Folder of the built program. */
  readonly program: string;
  /** Receives all events; it has already counted those before the daemon was created. */
  readonly events: EventCounter;
  /** Why the log cannot be written at present; null: it can. */
  readonly logProblem: () => string | null;
  /** The history of events; the daemon opens its file. */
  readonly history: EventHistory;
  /** Called when the deferral after the start is over, and the daemon advertises to all peers. */
  readonly onAdvertising: () => void;
  /** Called when a command asks the daemon to stop. */
  readonly onStopRequested: (reason: string, final: boolean, message: string) => void;
}

export class Daemon {
  readonly engine: Engine;
  readonly fib: KernelRoutes;
  readonly clock = new RealClock();
  private readonly loop = new NodeLoop(this.clock);
  private readonly bfd: BfdThread;
  private readonly neighbors = new KernelNeighbors({ command: ['ip'], timeoutMs: NEIGHBORS_TIMEOUT_MS });
  readonly options: DaemonOptions;
  private readonly listening: Listening;
  private readonly metrics: HttpPart<NonNullable<RouterSpec['metrics']>>;
  private readonly web: HttpPart<NonNullable<RouterSpec['web']>>;
  private readonly reloader: Reloader;
  readonly reloads: SafeReload;
  private readonly restartState: RestartState;
  /** Possible paths of the list of peers for the next start. */
  private readonly statePaths: readonly string[];
  readonly disabledState: DisabledState;
  readonly debugging: Debugging;
  /** The latest changes of best paths. */
  readonly routeChanges: RouteChanges;
  private readonly memory: MemoryRelease;
  private control: ControlServer | null = null;
  private unwatch: () => void = () => {};
  private unwatchDrops: () => void = () => {};
  private unwatchSets: () => void = () => {};

  constructor(options: DaemonOptions) {
    this.options = options;
    const events: EventSink = { emit: (event) => this.onEvent(event) };
    this.fib = new KernelRoutes(options.spec.fib, events);
    this.bfd = new BfdThread(join(options.program, 'io', 'bfd', 'worker.js'), (error) =>
      events.emit({ name: 'daemon.bfd-failed', error }),
    );
    const deps = {
      clock: this.clock,
      loop: this.loop,
      dialer: new TcpDialer(),
      neighbors: this.neighbors,
      isOnLink,
      bfd: this.bfd,
      events,
      random: Math.random,
    };
    this.engine = new Engine(options.spec, deps, this.fib.gate);
    const tables = () => [...viewTables(this.engine), { bytes: this.fib.bytes() }];
    this.memory = new MemoryRelease({
      tableBytes: () => tables().reduce((sum, { bytes }) => sum + bytes, 0),
      isBusy: () => this.engine.isBusy,
    });
    this.statePaths = restartStatePaths(options.spec.restartState, options.spec.controlSocket);
    const restartable = () => this.engine.restartable;
    this.restartState = new RestartState(this.statePaths, restartable, () => longestKeptMs(this.engine.spec), events);
    this.disabledState = new DisabledState(disabledPaths(this.statePaths), this.engine.disabled, events);
    this.debugging = new Debugging(this.engine);
    const history = historyOf(options.spec.routeHistoryOctets);
    this.routeChanges = new RouteChanges(this.engine.rib, this.clock, this.engine.timers, history);
    this.routeChanges.follow(this.engine.changes);
    this.listening = new Listening(this.engine);
    this.metrics = metricsPart(this);
    this.web = webPart(this.engine, commandTable(this), join(options.program, '..', 'web'));
    const parts = { engine: this.engine, listening: this.listening, metrics: this.metrics, web: this.web };
    this.reloader = new Reloader(parts, options, options.configPath);
    const previous = new PreviousConfig(
      previousPaths(this.statePaths),
      new UnacceptedFile(unacceptedPaths(this.statePaths), unacceptedPathsOf),
    );
    this.reloads = new SafeReload(this.reloader, this.engine, previous, options.configPath);
  }

  /**
   * Opens everything. The kernel routes are read first, so that they are taken over before peers send routes.
   * @throws Error if the control socket cannot be created, or none of the addresses can be listened on
   */
  async start(): Promise<void> {
    const { spec } = this.engine;
    this.control = await openControlServer({
      path: spec.controlSocket,
      commands: commandTable(this),
      events: this.engine.events,
    });
    this.history.begin(historyPaths(this.statePaths));
    await this.metrics.start(spec.metrics);
    await this.web.start(spec.web);
    this.fib.start(this.engine, this.clock);
    await loadLibc();
    await this.listening.start();
    this.memory.start();
    this.unwatch = watchStalls(this.clock, this.engine.events);
    const { engine } = this;
    const guards = () => guardsConnections(engine.spec);
    this.unwatchDrops = watchDrops(guards, () => engine.peers.values(), engine.events);
    this.unwatchSets = watchSetFiles(
      this.options.configPath,
      () => engine.spec.policyFiles,
      (file) => {
        // What was undone on purpose is not applied again by the change of a file of prefixes.
        if (this.reloads.undone !== null) return;
        engine.events.emit({ name: 'config.set-changed', file });
        void this.reload();
      },
    );
    this.disabledState.load();
    this.engine.start(this.restartState.read(this.clock.wallMs(), longestKeptMs(spec)));
    this.restartState.begin();
    void this.restartState.removeOld(this.clock.wallMs());
  }

  /**
   * Reads the configuration again and applies it, or leaves everything as it is; reports what changed.
   * @param force also what the guard refuses
   */
  reload(force = false): Promise<ReloadView> {
    return this.reloads.reload(force);
  }

  /** Whether the configuration was accepted when it was last read, and when (seconds since the epoch). */
  get configRead(): Reloader['configRead'] {
    return this.reloader.configRead;
  }

  get configPath(): string {
    return this.options.configPath;
  }

  /** The text of the configuration in force. */
  get configText(): string {
    return this.reloader.text;
  }

  get history(): EventHistory {
    return this.options.history;
  }

  /** Requests a stop; `final`: no restart follows; `message`: text for the operators of the peers, or ''. */
  requestStop(reason: string, final: boolean, message: string): void {
    this.options.onStopRequested(reason, final, message);
  }

  /**
   * Closes every session and everything else. The kernel keeps the routes, unless `fib.on-stop` is `withdraw`.
   * @param why the reason, in words
   * @param final no restart follows: every peer removes our routes. Otherwise peers with graceful restart keep them.
   */
  async stop(why: string, final = false, message = ''): Promise<void> {
    this.reloads.close();
    this.debugging.close();
    await this.listening.close();
    if (final) await this.restartState.remove();
    else await this.restartState.close();
    await this.disabledState.close();
    this.engine.stop(final, message, why);
    await allConnectionsClosed();
    await this.bfd.close();
    await this.fib.stop();
    await this.neighbors.close();
    await Promise.all([this.metrics.close(), this.web.close()]);
    await this.control?.close();
    this.unwatch();
    this.unwatchDrops();
    this.unwatchSets();
    this.memory.stop();
    this.loop.stop();
  }

  status(): StatusView {
    const { engine } = this;
    const health = this.health();
    const peers = [...engine.peers.values()];
    return {
      version: this.options.version,
      pid: process.pid,
      uptimeSeconds: Math.floor(engine.uptimeSeconds),
      as: engine.spec.as,
      confederation: engine.spec.confederation?.identifier ?? null,
      routerId: formatIpv4(engine.spec.routerId),
      configPath: this.options.configPath,
      peers: peers.length,
      peersEstablished: peers.filter((peer) => peer.session !== null).length,
      prefixes: engine.rib.families.reduce((sum, family) => sum + family.prefixes.count, 0),
      paths: engine.rib.families.reduce((sum, family) => sum + family.paths.count, 0),
      fibMode: engine.spec.fib.mode,
      draining: peers.filter((peer) => peer.isDraining).length,
      deferral: viewDeferral(engine),
      health,
      problems: problemsOf(health),
    };
  }

  /** What the service does, in words for `systemctl status`. */
  get summary(): string {
    return describeRunning(viewDeferral(this.engine));
  }

  /** The active problems and what they mean (docs/HEALTH.md). */
  health(): HealthReport {
    return reportHealth(
      healthProbes({
        engine: this.engine,
        fib: this.fib,
        isControlOpen: this.control !== null,
        logProblem: this.options.logProblem(),
        historyProblem: this.history.problem,
        disabledProblem: this.disabledState.problem,
        listening: this.listening.count,
        listenProblems: this.listening.problems,
        keyProblems: this.listening.keyProblems,
        httpProblems: [this.metrics.problem, this.web.problem].filter((problem) => problem !== null),
        rejected: this.reloader.rejected,
        unconfirmedSeconds: this.reloads.unconfirmedSeconds,
        undone: this.reloads.undone,
        reloadFailures: this.reloader.failures,
        restartPending: this.reloader.restartPending,
      }),
    );
  }

  private onEvent(event: EngineEvent): void {
    this.options.events.emit(event);
    if (event.name === 'daemon.selection-started') this.options.onAdvertising();
    if (event.name === 'peer.located') this.listening.setKeys(this.engine.spec);
    if (event.name === 'config.reloaded') this.routeChanges.resize(this.engine.spec.routeHistoryOctets);
    if (event.name === 'peer.down') this.debugging.onDown(event.peer);
    if (event.name === 'peer.established' || event.name === 'peer.down') this.restartState.changed();
  }
}
