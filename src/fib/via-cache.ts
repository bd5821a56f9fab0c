/** The kernel's form of next hops, made once per next hop and not once per route. No I/O, no timers. */
import type { BestRoutes, Via } from './ports.ts';

/** More than any table has; a longer cache is dropped whole. */
const MOST = 16_384;

/** Splits `fe80::1%eth1` into address and interface. */
export function parseVia(nextHop: string): Via {
  const percent = nextHop.indexOf('%');
  if (percent < 0) return { gateway: nextHop, device: null };
  return { gateway: nextHop.slice(0, percent), device: nextHop.slice(percent + 1) };
}

export class ViaCache {
  private readonly best: BestRoutes;
  private readonly vias = new Map<number, { readonly name: string; readonly via: Via }>();

  constructor(best: BestRoutes) {
    this.best = best;
  }

  /** The same object as before for a next hop that is still the same. */
  via(nextHop: number): Via {
    const name = this.best.formatNextHop(nextHop);
    const known = this.vias.get(nextHop);
    if (known !== undefined && known.name === name) return known.via; // an id may name another address by now
    if (this.vias.size >= MOST) this.vias.clear();
    const via = parseVia(name);
    this.vias.set(nextHop, { name, via });
    return via;
  }
}
