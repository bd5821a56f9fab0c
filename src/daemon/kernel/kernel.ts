/** The kernel side of the daemon: the FIB driver for the configured mode, or nothing. */

import type { FibView } from '../../engine/api/route-views.ts';
import type { Engine } from '../../engine/engine.ts';
import type { EventSink } from '../../engine/events/events.ts';
import { RibBestRoutes } from '../../engine/fib-feed/best-routes.ts';
import { RibNextHops } from '../../engine/fib-feed/tracked-next-hops.ts';
import { FibDriver } from '../../fib/driver/driver.ts';
import type { FibDriverOptions, FibStatus } from '../../fib/port/driver-options.ts';
import { dryRunFib } from '../../fib/port/dry-run.ts';
import type { Fib } from '../../fib/port/ports.ts';
import type { FibCounts } from '../../fib/port/types.ts';
import { KernelFib } from '../../io/iproute2/kernel-fib.ts';
import { NodeLoop } from '../../io/loop/loop.ts';
import type { Clock } from '../../lib/clock.ts';
import type { FibGate, Gate } from '../../reflect/advertise/fib-gate.ts';
import type { ChangeSubscriber } from '../../reflect/change-feed.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';
import type { FibSpec } from '../../spec/fib.ts';
import { FAMILIES, type Family, type FamilyId } from '../../wire/families.ts';
import { toEngineEvent } from './kernel-events.ts';
import { haveConfiguredPeersSynced, haveDynamicPeersSynced } from './restart-sweep.ts';

/** A worker without output for this long is killed. */
const WORKER_TIMEOUT_MS = 10_000;
/** How often the daemon checks whether it can remove old routes from before the start. */
const SYNC_CHECK_MS = 500;
/** Routes from before the start are kept at least this much longer than the deferral of the start. */
const AFTER_DEFERRAL_MS = 10_000;
/** Maximum delay of a stop while the routes are withdrawn from the kernel. */
const WITHDRAW_MS = 10_000;

const FIB_GATE = { settled: 'advertise', pending: 'hold', failed: 'suppress' } as const;

/** The families that the kernel has routes of; they have the first ids. */
function installable(): readonly Family[] {
  return FAMILIES.filter(({ isInstallable }) => isInstallable);
}

/** Follows the change feed. Created before the tables; `start` subscribes it to their changes. */
export class KernelRoutes implements ChangeSubscriber {
  readonly name = 'kernel routes';
  /** Delays advertisements of the families of which only installed routes are advertised. */
  readonly gate: Gate;
  private readonly spec: FibSpec;
  private readonly events: EventSink;
  /** Families of which only installed routes are advertised. */
  private readonly waiting: readonly FamilyId[];
  /** How the kernel reaches the next hops; null: they are not checked. */
  nextHops: RibNextHops | null = null;
  private best: RibBestRoutes | null = null;
  private driver: FibDriver | null = null;
  private loop: NodeLoop | null = null;
  private syncCheck: NodeJS.Timeout | null = null;
  private unsubscribe: () => void = () => {};

  constructor(spec: FibSpec, events: EventSink) {
    this.spec = spec;
    this.events = events;
    const waits = ({ id }: Family) => spec.mode !== 'off' && spec.families[id]!.advertiseInstalled;
    this.waiting = installable()
      .filter(waits)
      .map(({ id }) => id);
    this.gate = this.waiting.length === 0 ? {} : { fibGate: (family, prefix) => this.gateOf(family, prefix) };
  }

  /** Reads the routes in the kernel and starts to follow the tables. */
  start(engine: Engine, clock: Clock): void {
    const { mode } = this.spec;
    if (mode === 'off' && !this.checksNextHops) return;
    this.loop = new NodeLoop(clock);
    this.best = new RibBestRoutes(engine.rib, this.spec);
    this.nextHops = this.checksNextHops ? new RibNextHops(engine) : null;
    this.driver = new FibDriver(this.driverOptions(engine, clock, this.loop, this.best));
    this.driver.start();
    if (mode !== 'off') engine.changes.add(this);
    this.unsubscribe = () => engine.changes.remove(this);
    if (mode === 'install') this.syncCheck = setInterval(() => this.sweepWhenSynced(engine), SYNC_CHECK_MS);
    this.syncCheck?.unref();
  }

  onDecided(family: FamilyId, prefix: PrefixId, bestChanged: boolean): void {
    if (this.best?.isConcerned(bestChanged)) this.driver?.changed(family, prefix);
  }

  /** Ends the workers; `fib.on-stop` decides whether the kernel keeps our routes. */
  async stop(): Promise<void> {
    if (this.syncCheck !== null) clearInterval(this.syncCheck);
    this.unsubscribe();
    if (this.spec.onStop === 'withdraw') await this.withdraw();
    await this.driver?.stop();
    this.loop?.stop();
  }

  /** The active problems, in sentences. */
  problems(): readonly string[] {
    return this.driver?.health() ?? [];
  }

  rows(): Iterable<FibView> {
    return this.driver?.rows() ?? [];
  }

  counts(): (readonly [family: string, counts: FibCounts])[] {
    const { driver } = this;
    if (driver === null || this.spec.mode === 'off') return [];
    return installable().map((family) => [family.name, driver.counts(family.id)] as const);
  }

  /** null: the daemon neither installs routes nor checks next hops. */
  status(): FibStatus | null {
    return this.driver?.status() ?? null;
  }

  entries(): number {
    return this.counts().reduce((sum, [, counts]) => sum + counts.installed + counts.failed + counts.pending, 0);
  }

  bytes(): number {
    return this.driver?.bytes() ?? 0;
  }

  private get checksNextHops(): boolean {
    return this.spec.nextHopCheck ?? this.spec.mode === 'install';
  }

  private driverOptions(engine: Engine, clock: Clock, loop: NodeLoop, best: RibBestRoutes): FibDriverOptions {
    const { spec } = this;
    const { mode, metric, objectIds, restartMs, compareMs, takeover } = spec;
    return {
      mode: mode === 'dry-run' ? mode : 'install',
      metric,
      metrics: installable().map(({ id }) => spec.families[id]!.metric),
      families: mode === 'off' ? [] : installable().map((family) => family.id),
      best,
      port: this.port(),
      schedule: {
        nowMs: () => clock.nowMs(),
        defer: (run) => loop.defer(run),
        wakeAt: (atMs, run) => loop.wakeAt(atMs, run),
      },
      restartMs: Math.max(restartMs, engine.spec.deferMs + AFTER_DEFERRAL_MS),
      objectIds,
      compareMs,
      tracked: this.nextHops,
      takeover,
      ...(this.waiting.length === 0
        ? {}
        : { onStanding: (family: FamilyId, prefix: number) => this.reconsider(engine, family, prefix) }),
      onEvent: (event) => this.events.emit(toEngineEvent(event, spec)),
    };
  }

  /** In a dry run the kernel is only queried, and only if next hops are checked. */
  private port(): Fib {
    const { mode, table, protocol, metric, families, onlink } = this.spec;
    if (mode === 'dry-run' && !this.checksNextHops) return dryRunFib;
    const homes = { table, protocol, metric, families };
    const kernel = new KernelFib({ command: ['ip'], timeoutMs: WORKER_TIMEOUT_MS, ...homes, onlink });
    if (mode !== 'dry-run') return kernel;
    return {
      ...dryRunFib,
      resolve: (names) => kernel.resolve(names),
      watch: (watcher) => kernel.watch(watcher),
      health: () => kernel.health(),
      close: () => kernel.close(),
    };
  }

  private gateOf(family: FamilyId, prefix: PrefixId): FibGate {
    if (this.driver === null || !this.waiting.includes(family)) return 'advertise';
    return FIB_GATE[this.driver.standing(family, prefix)];
  }

  private reconsider(engine: Engine, family: FamilyId, prefix: number): void {
    if (!this.waiting.includes(family)) return;
    engine.rib.families[family].markDirty(prefix as PrefixId);
    engine.schedule();
  }

  private sweepWhenSynced(engine: Engine): void {
    const { driver } = this;
    if (driver === null || this.syncCheck === null) return;
    if (!driver.swept) {
      if (!haveConfiguredPeersSynced(engine)) return;
      const gateways = driver.adoptedGateways();
      if (gateways.size === 0 || !haveDynamicPeersSynced(engine, gateways)) return;
      driver.sweep();
    }
    clearInterval(this.syncCheck);
  }

  private async withdraw(): Promise<void> {
    if (this.driver === null || this.spec.mode !== 'install') return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, WITHDRAW_MS);
    });
    await Promise.race([this.driver.withdraw(), late]);
    clearTimeout(timer);
  }
}
