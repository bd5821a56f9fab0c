/**
 * The running daemon: the engine wired to sockets, kernel, control socket, metrics and systemd; started, reloaded and
 * stopped in order.
 */
import { type ConfigChanges, diffSpecs } from '../config/diff.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineEvent, EventSink } from '../engine/events.ts';
import { type HealthReport, problemsOf, reportHealth } from '../engine/health.ts';
import { viewDeferral } from '../engine/show/deferral.ts';
import type { StatusView } from '../engine/views.ts';
import { BfdThread } from '../io/bfd/service.ts';
import { type ControlServer, openControlServer } from '../io/control/server.ts';
import type { HttpServer } from '../io/http.ts';
import { NodeLoop, RealClock } from '../io/loop.ts';
import { EventCounter } from '../io/metrics/event-counts.ts';
import { KernelNeighbours } from '../io/neighbours/finder.ts';
import { allConnectionsClosed } from '../io/net/connection.ts';
import { TcpDialer } from '../io/net/dialer.ts';
import { loadLibc } from '../io/net/libc.ts';
import { type Listener, type ListenProblem, listen } from '../io/net/listener.ts';
import { isOnLink } from '../io/net/on-link.ts';
import { formatAddress, formatIpv4 } from '../lib/ip.ts';
import { peerName } from '../reflect/peer-name.ts';
import type { ListenSpec, PeerSpec, RouterSpec } from '../reflect/spec.ts';
import { commandTable } from './commands.ts';
import { watchDrops } from './drop-watch.ts';
import { healthProbes } from './health.ts';
import { KernelRoutes } from './kernel.ts';
import { guardsConnections, listenKeys } from './listen-keys.ts';
import { openMetrics } from './observe.ts';
import { reconfigure } from './reconfigure.ts';
import { RestartState, restartStatePaths } from './restart-state.ts';
import { watchStalls } from './stall-watch.ts';

/** An `ip` that says nothing for so long is killed. */
const NEIGHBOURS_TIMEOUT_MS = 10_000;

/** Gives the configuration anew, for a reload; what is wrong with it comes as an error for the operator. */
export type ReadConfig = () => Promise<RouterSpec>;

export interface DaemonOptions {
  readonly spec: RouterSpec;
  readonly configPath: string;
  readonly readConfig: ReadConfig;
  readonly version: string;
  /** Path of the built `src/io/bfd/worker`. */
  readonly bfdWorker: string;
  readonly events: EventSink;
  /** Why the log cannot be written at present; null: it can. */
  readonly logProblem: () => string | null;
  /** Told once somebody asks the daemon to stop. */
  readonly onStopRequested: (reason: string, final: boolean, message: string) => void;
}

export class Daemon {
  readonly engine: Engine;
  readonly fib: KernelRoutes;
  readonly clock = new RealClock();
  private readonly loop = new NodeLoop(this.clock);
  private readonly bfd: BfdThread;
  private readonly neighbours = new KernelNeighbours({ command: ['ip'], timeoutMs: NEIGHBOURS_TIMEOUT_MS });
  readonly eventCounts: EventCounter;
  readonly options: DaemonOptions;
  /** Whether the configuration was taken when it was last read, and when (seconds since the epoch). */
  configRead: { lastLoadOk: boolean; lastLoadSeconds: number };
  /** Why the last reload was refused; null: it was not. */
  private rejected: string | null = null;
  /** What failed of the last reload, and what of it waits for a restart. */
  private reloadFailures: readonly string[] = [];
  private restartPending: readonly string[] = [];
  private readonly restartState: RestartState;
  private readonly listenProblems = new Map<string, string>();
  private listener: Listener | null = null;
  private control: ControlServer | null = null;
  private http: HttpServer | null = null;
  private unwatch: () => void = () => {};
  private unwatchDrops: () => void = () => {};
  private reloading: Promise<string> | null = null;

  constructor(options: DaemonOptions) {
    this.options = options;
    const events = new EventCounter({ emit: (event) => this.onEvent(event) });
    this.eventCounts = events;
    this.fib = new KernelRoutes(options.spec.fib, events);
    this.bfd = new BfdThread(options.bfdWorker, (error) => events.emit({ name: 'daemon.bfd-failed', error }));
    const deps = {
      clock: this.clock,
      loop: this.loop,
      dialer: new TcpDialer(),
      neighbours: this.neighbours,
      isOnLink,
      bfd: this.bfd,
      events,
      random: Math.random,
    };
    this.engine = new Engine(options.spec, deps, this.fib);
    const paths = restartStatePaths(options.spec.restartState, options.spec.controlSocket);
    this.restartState = new RestartState(paths, () => this.engine.restartable, events);
    this.configRead = { lastLoadOk: true, lastLoadSeconds: Math.floor(this.clock.wallMs() / 1000) };
  }

  /**
   * Opens everything. The kernel is asked first, so that what it has is adopted before peers speak.
   * @throws Error when the control socket cannot be had, or not one address can be listened on
   */
  async start(): Promise<void> {
    const { spec } = this.engine;
    this.control = await openControlServer({
      path: spec.controlSocket,
      commands: commandTable(this),
      events: this.engine.events,
    });
    this.http = await openMetrics(this);
    this.fib.start(this.engine, this.clock);
    await loadLibc();
    this.listener = await listen(
      spec.listen,
      (connection) => this.engine.accept(connection),
      (problem) => this.onListenProblem(problem),
      { keys: listenKeys(spec) },
    );
    this.engine.admission.setKeyProblems(this.listener.keyProblems);
    this.tellListening(this.listener.bound);
    if (this.listener.bound.length === 0) throw new Error([...this.listenProblems.values()].join('; '));
    this.engine.setOwnAddresses(this.listener.bound.map(({ address }) => address));
    this.unwatch = watchStalls(this.clock, this.engine.events);
    const { engine } = this;
    const guards = () => guardsConnections(engine.spec);
    this.unwatchDrops = watchDrops(guards, () => engine.peers.values(), engine.events);
    this.engine.start(this.restartState.read(this.clock.wallMs(), longestKeptMs(spec)));
    this.restartState.begin();
  }

  /** Reads the configuration again and puts it in force; says what that did. Errors leave the running one in force. */
  reload(): Promise<string> {
    this.reloading ??= this.reloadNow().finally(() => {
      this.reloading = null;
    });
    return this.reloading;
  }

  /** Somebody asked for the end; `final`: no restart follows; `message`: words for the operators of the peers, or ''. */
  requestStop(reason: string, final: boolean, message: string): void {
    this.options.onStopRequested(reason, final, message);
  }

  /**
   * Ends every session and closes everything; the kernel keeps its routes, unless the operator wishes otherwise.
   * @param final no restart follows: every peer is told to give our routes up. Otherwise those that can keep them do.
   */
  async stop(final = false, message = ''): Promise<void> {
    await this.listener?.close();
    if (final) await this.restartState.remove();
    else await this.restartState.close();
    this.engine.stop(final, message);
    await allConnectionsClosed();
    await this.bfd.close();
    await this.fib.stop();
    await this.neighbours.close();
    await this.http?.close();
    await this.control?.close();
    this.unwatch();
    this.unwatchDrops();
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

  /** What does not work, and what that means (docs/HEALTH.md). */
  health(): HealthReport {
    return reportHealth(
      healthProbes({
        engine: this.engine,
        fib: this.fib,
        isControlOpen: this.control !== null,
        listening: this.listener?.bound.length ?? 0,
        listenProblems: this.listenProblems.values(),
        keyProblems: this.listener?.keyProblems ?? [],
        httpProblem: this.http?.problem ?? null,
        logProblem: this.options.logProblem(),
        rejected: this.rejected,
        reloadFailures: this.reloadFailures,
        restartPending: this.restartPending,
      }),
    );
  }

  private onEvent(event: EngineEvent): void {
    this.options.events.emit(event);
    if (event.name === 'peer.located') this.setKeys(this.engine.spec);
    if (event.name === 'peer.established' || event.name === 'peer.down') this.restartState.changed();
  }

  private async reloadNow(): Promise<string> {
    const lastLoadSeconds = Math.floor(this.clock.wallMs() / 1000);
    let spec: RouterSpec;
    try {
      spec = await this.options.readConfig();
    } catch (error) {
      this.configRead = { lastLoadOk: false, lastLoadSeconds };
      this.rejected = 'the configuration file has errors';
      throw error;
    }
    this.rejected = null;
    this.configRead = { lastLoadOk: true, lastLoadSeconds };
    const diff = diffSpecs(this.engine.spec, spec);
    this.restartPending = diff.restartNeeded;
    this.setKeys(spec);
    const done = reconfigure(this.engine, diff, spec, this.options.configPath);
    if (diff.listen.added.length + diff.listen.removed.length > 0) await this.updateListener(spec, diff.listen);
    if (diff.metrics) await this.moveMetrics();
    return done;
  }

  /** Before peers change: who connects after that must have the key already. */
  private setKeys(spec: RouterSpec): void {
    if (this.listener === null) return;
    this.listener.setKeys(listenKeys(spec, (peer) => this.located(peer)));
    this.engine.admission.setKeyProblems(this.listener.keyProblems);
  }

  /** Where the peer of an interface was found last; null: nowhere. */
  private located(spec: PeerSpec): Uint8Array | null {
    const address = this.engine.peers.get(peerName(spec))?.spec.address;
    return address === undefined || address.every((byte) => byte === 0) ? null : address;
  }

  private async updateListener(
    { listen: wanted }: RouterSpec,
    { added, removed }: ConfigChanges['listen'],
  ): Promise<void> {
    if (this.listener === null) return;
    this.listenProblems.clear();
    await this.listener.update(wanted);
    this.engine.admission.setKeyProblems(this.listener.keyProblems);
    for (const { address, port } of removed) {
      this.engine.events.emit({ name: 'listen.closed', address: formatAddress(address), port });
    }
    this.tellListening(
      added.filter(({ address, port }) => !this.listenProblems.has(`${formatAddress(address)} ${port}`)),
    );
    this.engine.setOwnAddresses(this.listener.bound.map(({ address }) => address));
  }

  private tellListening(open: readonly ListenSpec[]): void {
    for (const { address, port } of open) {
      this.engine.events.emit({ name: 'listen.open', address: formatAddress(address), port });
    }
  }

  private async moveMetrics(): Promise<void> {
    await this.http?.close();
    this.http = await openMetrics(this);
  }

  private onListenProblem({ kind, spec, message }: ListenProblem): void {
    const address = formatAddress(spec.address);
    if (kind === 'accept') {
      this.engine.events.emit({ name: 'listen.accept-failed', address, error: message });
      return;
    }
    this.listenProblems.set(`${address} ${spec.port}`, message);
    this.engine.events.emit({ name: 'listen.failed', address, port: spec.port, error: message });
  }
}

/** The longest time that any peer was asked to keep our routes: its restart time, and that of long-lived ones behind it. */
function longestKeptMs({ peers, ranges }: RouterSpec): number {
  const times = [...peers, ...ranges].map(({ session: { gracefulRestart, longLived } }) => {
    if (!gracefulRestart) return 0;
    const { families = {}, timeMs = 0 } = longLived ?? {};
    return gracefulRestart.restartMs + Math.max(timeMs, ...Object.values(families).map((family) => family.timeMs));
  });
  return Math.max(0, ...times);
}
