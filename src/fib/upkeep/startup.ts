/**
 * Reads our routes in the kernel when the daemon starts, family by family, before anything is changed.
 * Queries go through the port.
 */
import type { FamilyId } from '../../wire/families.ts';
import type { NextHops } from '../next-hops/next-hops.ts';
import type { Fib, KernelRoute } from '../port/ports.ts';

interface StartupOptions {
  readonly families: readonly FamilyId[];
  readonly port: Fib;
  readonly nextHops: NextHops;
  /** Nexthop objects may be used. */
  readonly objects: boolean;
  readonly onRoute: (family: FamilyId, route: KernelRoute) => void;
  /** A family was read, with `found` routes of ours. */
  readonly onRead: (family: FamilyId, found: number) => void;
}

export class Startup {
  private readonly options: StartupOptions;
  private readonly ready = new Set<FamilyId>();
  reading = false;

  constructor(options: StartupOptions) {
    this.options = options;
  }

  /** Every family was read: changes may be made. */
  get complete(): boolean {
    return this.ready.size === this.options.families.length;
  }

  /**
   * Reads the families that were not read yet.
   * @throws Error with the reason; may be called again
   */
  async read(): Promise<void> {
    this.reading = true;
    try {
      await this.options.nextHops.start(this.options.objects);
      const unread = this.options.families.filter((family) => !this.ready.has(family));
      await Promise.all(unread.map((family) => this.readFamily(family)));
    } finally {
      this.reading = false;
    }
  }

  private async readFamily(family: FamilyId): Promise<void> {
    let found = 0;
    await this.options.port.read(family, (route) => {
      found++;
      this.options.onRoute(family, route);
    });
    this.ready.add(family);
    this.options.onRead(family, found);
  }
}
