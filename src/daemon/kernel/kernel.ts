/** The kernel side of the daemon: the FIB driver for the configured mode, or nothing. */

import type { FibView } from '../../engine/api/views.ts';
import type { Engine } from '../../engine/engine.ts';
import type { EventSink } from '../../engine/events/events.ts';
import { RibBestRoutes } from '../../engine/fib-feed/best-routes.ts';
import { RibNextHops } from '../../engine/fib-feed/tracked-next-hops.ts';
import { FibDriver } from '../../fib/driver/driver.ts';
import {
  DEFAULT_COMPARE_MS,
  DEFAULT_OBJECT_IDS,
  DEFAULT_RESTART_MS,
  type FibDriverOptions,
  type FibStatus,
} from '../../fib/port/driver-options.ts';
import { dryRunFib } from '../../fib/port/dry-run.ts';
import type { Fib } from '../../fib/port/ports.ts';
import type { FibCounts } from '../../fib/port/types.ts';
import { KernelFib } from '../../io/iproute2/kernel-fib.ts';
import { NodeLoop } from '../../io/system/loop.ts';
import type { Clock } from '../../lib/clock.ts';
import type { FibGate } from '../../reflect/advertise/fib-gate.ts';
import type { ChangeListener } from '../../reflect/reflector.ts';
import type { PathId, PrefixId } from '../../rib/tables/ids.ts';
import type { FibSpec } from '../../spec/fib.ts';
import { FAMILIES, type Family, type FamilyId } from '../../wire/families.ts';
import { toEngineEvent } from './kernel-events.ts';
import { areConfiguredHeard, areOthersHeard } from './restart-sweep.ts';

/** A worker that says nothing for so long is killed. */
const WORKER_TIMEOUT_MS = 10_000;
/** How often it is looked whether routes from before the start may go. */
const HEARD_CHECK_MS = 500;
/** Peers that keep their routes over our restart are waited for at most this much longer than they have. */
const AFTER_DEFERRAL_MS = 10_000;
const DEFAULT_DEFER_MS = 60_000;
/** A kernel that does not answer does not keep the daemon from stopping. */
const WITHDRAW_MS = 10_000;

const FIB_GATE = { settled: 'advertise', pending: 'hold', failed: 'suppress' } as const;

/** Follows the change feed; made before the tables, told of them by `start`. */
export class KernelRoutes implements ChangeListener {
  /** What may be advertised; there where a family waits for the kernel. */
  readonly fibGate?: (family: FamilyId, prefix: PrefixId) => FibGate;
  private readonly spec: FibSpec;
  private readonly events: EventSink;
  /** Families of which only what the kernel has is advertised. */
  private readonly waiting: readonly FamilyId[];
  private driver: FibDriver | null = null;
  private loop: NodeLoop | null = null;
  private heardCheck: NodeJS.Timeout | null = null;

  constructor(spec: FibSpec, events: EventSink) {
    this.spec = spec;
    this.events = events;
    const waits = ({ id }: Family) => spec.mode !== 'off' && spec.families?.[id]?.advertiseInstalled === true;
    this.waiting = FAMILIES.filter(waits).map(({ id }) => id);
    if (this.waiting.length > 0) this.fibGate = (family, prefix) => this.gateOf(family, prefix);
  }

  /** Reads what the kernel has and begins to follow the tables. */
  start(engine: Engine, clock: Clock): void {
    const { mode } = this.spec;
    if (mode === 'off' && !this.checksNextHops) return;
    this.loop = new NodeLoop(clock);
    this.driver = new FibDriver(this.driverOptions(engine, clock, this.loop));
    this.driver.start();
    if (mode === 'install') this.heardCheck = setInterval(() => this.sweepWhenHeard(engine), HEARD_CHECK_MS);
    this.heardCheck?.unref();
  }

  onDecided(family: FamilyId, prefix: PrefixId, _best: PathId): void {
    this.driver?.changed(family, prefix);
  }

  /** Ends the workers; the kernel keeps our routes, or loses them, as the operator wishes. */
  async stop(): Promise<void> {
    if (this.heardCheck !== null) clearInterval(this.heardCheck);
    if (this.spec.onStop === 'withdraw') await this.withdraw();
    await this.driver?.stop();
    this.loop?.stop();
  }

  /** What does not work, in sentences. */
  problems(): readonly string[] {
    return this.driver?.health() ?? [];
  }

  rows(): Iterable<FibView> {
    return this.driver?.rows() ?? [];
  }

  counts(): (readonly [family: string, counts: FibCounts])[] {
    const { driver } = this;
    if (driver === null || this.spec.mode === 'off') return [];
    return FAMILIES.map((family) => [family.name, driver.counts(family.id)] as const);
  }

  /** null where nothing is asked of the kernel. */
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

  private driverOptions(engine: Engine, clock: Clock, loop: NodeLoop): FibDriverOptions {
    const { spec } = this;
    const { mode, metric, restartMs = DEFAULT_RESTART_MS, compareMs = DEFAULT_COMPARE_MS } = spec;
    const deferMs = engine.spec.deferMs ?? DEFAULT_DEFER_MS;
    return {
      mode: mode === 'dry-run' ? mode : 'install',
      metric,
      metrics: FAMILIES.map(({ id }) => spec.families?.[id]?.metric),
      families: mode === 'off' ? [] : FAMILIES.map((family) => family.id),
      best: new RibBestRoutes(engine.rib, spec),
      port: this.port(),
      schedule: {
        nowMs: () => clock.nowMs(),
        defer: (run) => loop.defer(run),
        wakeAt: (atMs, run) => loop.wakeAt(atMs, run),
      },
      restartMs: Math.max(restartMs, deferMs + AFTER_DEFERRAL_MS),
      objectIds: spec.objectIds === undefined ? DEFAULT_OBJECT_IDS : spec.objectIds,
      compareMs,
      tracked: this.checksNextHops ? new RibNextHops(engine) : null,
      takeover: spec.takeover ?? false,
      ...(this.waiting.length === 0
        ? {}
        : { onStanding: (family: FamilyId, prefix: number) => this.reconsider(engine, family, prefix) }),
      onEvent: (event) => this.events.emit(toEngineEvent(event, spec)),
    };
  }

  /** Of a dry run only questions reach the kernel, and only where there are some. */
  private port(): Fib {
    const { mode, table, protocol, metric, families, onlink = [] } = this.spec;
    if (mode === 'dry-run' && !this.checksNextHops) return dryRunFib;
    const homes = { table, protocol, metric, ...(families === undefined ? {} : { families }) };
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

  private sweepWhenHeard(engine: Engine): void {
    const { driver } = this;
    if (driver === null || this.heardCheck === null) return;
    if (!driver.swept) {
      if (!areConfiguredHeard(engine)) return;
      const gateways = driver.adoptedGateways();
      if (gateways.size === 0 || !areOthersHeard(engine, gateways)) return;
      driver.sweep();
    }
    clearInterval(this.heardCheck);
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
