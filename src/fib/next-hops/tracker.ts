/**
 * Reports to the routing table which of its next hops are reachable and at what cost, also for paths that are not best:
 * a path with an unreachable next hop is unusable. Queries go through `Resolutions`.
 */
import type { FibEvent } from '../port/driver-options.ts';
import type { TrackedNextHops } from '../port/ports.ts';
import type { Resolutions } from './resolutions.ts';

interface TrackerOptions {
  readonly table: TrackedNextHops;
  readonly resolutions: Resolutions;
  /** Calls `run` soon, never from inside. */
  readonly defer: (run: () => void) => void;
  /** Reports next hops that become unreachable or reachable again. */
  readonly onEvent: (event: FibEvent) => void;
  /** New next hops were resolved; `reason`: why the kernel could not be queried, or null. */
  readonly onAsked: (reason: string | null) => void;
}

export class NextHopTracker {
  private readonly options: TrackerOptions;
  private readonly table: TrackedNextHops;
  /** Names by id. An id may be reused for another next hop, which is then reported as a new one. */
  private readonly names = new Map<number, string>();
  /** Why a name is unreachable, as last reported. */
  private readonly lost = new Map<string, string>();
  private fresh: number[] = [];
  private asking = false;

  constructor(options: TrackerOptions) {
    this.options = options;
    this.table = options.table;
  }

  start(): void {
    this.table.watch((nextHop) => this.add(nextHop));
  }

  /** Names of the next hops in use; all others are removed. */
  current(): readonly string[] {
    for (const id of this.names.keys()) if (!this.table.isUsed(id)) this.names.delete(id);
    const current = new Set(this.names.values());
    for (const name of this.lost.keys()) if (!current.has(name)) this.lost.delete(name);
    return [...current];
  }

  get unreachableCount(): number {
    return this.lost.size;
  }

  private add(nextHop: number): void {
    this.fresh.push(nextHop);
    if (this.asking) return;
    this.asking = true;
    this.options.defer(() => void this.askNew());
  }

  private async askNew(): Promise<void> {
    while (this.fresh.length > 0) {
      const reason = await this.resolveNew().then(
        () => null,
        (error: Error) => error.message,
      );
      this.options.onAsked(reason);
    }
    this.asking = false;
  }

  /** If the kernel cannot be queried they count as reachable, so that reflection continues. */
  private async resolveNew(): Promise<void> {
    const ids = this.fresh.filter((id) => this.table.isUsed(id));
    this.fresh = [];
    for (const id of ids) this.names.set(id, this.table.nameOf(id));
    const names = ids.map((id) => this.names.get(id) as string);
    try {
      await this.report(ids, names);
    } catch (error) {
      for (const [i, id] of ids.entries()) if (this.isStill(id, names[i])) this.table.setReach(id, null, 0, null);
      this.table.changed();
      throw error;
    }
  }

  /** Reports the current resolutions of all next hops. */
  async reportAll(): Promise<void> {
    const ids = [...this.names.keys()];
    await this.report(
      ids,
      ids.map((id) => this.names.get(id) as string),
    );
  }

  private async report(ids: readonly number[], names: readonly string[]): Promise<void> {
    const resolutions = await this.options.resolutions.of(names);
    let changed = false;
    for (const [i, id] of ids.entries()) {
      if (!this.isStill(id, names[i])) continue;
      const resolution = resolutions[i];
      const isReachable = resolution.kind === 'reachable';
      const words = isReachable ? null : resolution.words;
      const { cost, via } = isReachable ? resolution : { cost: 0, via: null };
      changed = this.table.setReach(id, words, cost, via) || changed;
      this.note(names[i], words);
    }
    if (changed) this.table.changed();
  }

  /** Whether the id still stands for the same next hop. */
  private isStill(id: number, name: string): boolean {
    return this.table.isUsed(id) && this.table.nameOf(id) === name;
  }

  private note(name: string, words: string | null): void {
    const before = this.lost.get(name);
    if (words === null) this.lost.delete(name);
    else this.lost.set(name, words);
    if ((before === undefined) === (words === null)) return;
    const event: FibEvent =
      words === null
        ? { type: 'fib.next-hop-found', nextHop: name }
        : { type: 'fib.next-hop-lost', nextHop: name, error: words };
    this.options.onEvent(event);
  }
}
