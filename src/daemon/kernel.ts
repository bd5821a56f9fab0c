/** The kernel side of the daemon: the FIB driver for the configured mode, or nothing. */
import { RibBestRoutes } from '../engine/best-routes.ts';
import type { EngineEvent, EventSink } from '../engine/events.ts';
import type { FibView } from '../engine/views.ts';
import { FibDriver } from '../fib/driver.ts';
import { DEFAULT_COMPARE_MS, DEFAULT_OBJECT_IDS, DEFAULT_RESTART_MS, type FibEvent } from '../fib/driver-options.ts';
import { dryRunFib } from '../fib/dry-run.ts';
import type { FibSpec } from '../fib/spec.ts';
import type { FibCounts } from '../fib/types.ts';
import { KernelFib } from '../io/iproute2/kernel-fib.ts';
import { NodeLoop } from '../io/loop.ts';
import type { Clock } from '../lib/clock.ts';
import type { ChangeListener } from '../reflect/reflector.ts';
import type { PathId, PrefixId } from '../rib/ids.ts';
import type { Rib } from '../rib/rib.ts';
import { FAMILIES, type FamilyId } from '../wire/families.ts';

/** A worker that says nothing for so long is killed. */
const WORKER_TIMEOUT_MS = 30_000;

/** Follows the change feed; made before the tables, told of them by `start`. */
export class KernelRoutes implements ChangeListener {
  private readonly spec: FibSpec;
  private readonly events: EventSink;
  private driver: FibDriver | null = null;
  private loop: NodeLoop | null = null;

  constructor(spec: FibSpec, events: EventSink) {
    this.spec = spec;
    this.events = events;
  }

  /** Reads what the kernel has and begins to follow the tables. */
  start(rib: Rib, clock: Clock): void {
    const { mode, table, protocol, metric } = this.spec;
    if (mode === 'off') return;
    const loop = new NodeLoop(clock);
    this.loop = loop;
    const schedule = {
      nowMs: () => clock.nowMs(),
      defer: (run: () => void) => loop.defer(run),
      wakeAt: (atMs: number, run: () => void) => loop.wakeAt(atMs, run),
    };
    const port =
      mode === 'dry-run'
        ? dryRunFib
        : new KernelFib({ command: ['ip'], timeoutMs: WORKER_TIMEOUT_MS, table, protocol, metric });
    this.driver = new FibDriver({
      mode,
      metric,
      families: FAMILIES.map((family) => family.id),
      best: new RibBestRoutes(rib),
      port,
      schedule,
      restartMs: DEFAULT_RESTART_MS,
      objectIds: DEFAULT_OBJECT_IDS,
      compareMs: DEFAULT_COMPARE_MS,
      tracked: null,
      onEvent: (event) => this.tell(event),
    });
    this.driver.start();
  }

  onDecided(family: FamilyId, prefix: PrefixId, _best: PathId): void {
    this.driver?.changed(family, prefix);
  }

  /** Ends the workers; the kernel keeps its routes. */
  async stop(): Promise<void> {
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
    return driver === null ? [] : FAMILIES.map((family) => [family.name, driver.counts(family.id)] as const);
  }

  entries(): number {
    return this.counts().reduce((sum, [, counts]) => sum + counts.installed + counts.failed + counts.pending, 0);
  }

  bytes(): number {
    return this.driver?.bytes() ?? 0;
  }

  private tell(event: FibEvent): void {
    this.events.emit(toEngineEvent(event, this.spec));
  }
}

/** The driver's events as the catalogue names them. */
function toEngineEvent(event: FibEvent, spec: FibSpec): EngineEvent {
  switch (event.type) {
    case 'fib.read':
      return {
        name: 'fib.ready',
        mode: spec.mode,
        table: spec.table,
        protocol: spec.protocol,
        found: event.found,
        family: FAMILIES[event.family].name,
        objects: event.objects,
      };
    case 'fib.swept':
      return { name: 'fib.swept', routes: event.routes };
    case 'fib.failed':
      return { name: 'fib.failed', prefix: event.prefix, nextHop: event.nextHop, error: event.error };
    case 'fib.conflict':
      return { name: 'fib.conflict', prefix: event.prefix, owner: event.error, table: spec.table };
    case 'fib.drift':
      return { name: 'fib.drift', family: FAMILIES[event.family].name, ...event.differences };
    case 'fib.next-hop-lost':
      return { name: 'fib.next-hop-lost', nextHop: event.nextHop, error: event.error };
    case 'fib.next-hop-found':
      return { name: 'fib.next-hop-found', nextHop: event.nextHop };
    case 'fib.degraded':
      return { name: 'fib.degraded', error: event.error };
    case 'fib.restored':
      return { name: 'fib.restored' };
  }
}
