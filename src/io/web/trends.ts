/**
 * The accepted routes of each peer over the last hour, for the sparklines of the web page: one number per peer and reading,
 * for a bounded number of peers. It is read only while there is a page.
 */

/** Readings of a peer, and the time between two. */
export const READINGS = 120;
const EVERY_MS = 30_000;
/** Peers with readings; the page shows no more. */
const MAX_PEERS = 5000;

/** The accepted routes of a peer at a reading. */
export type Reading = readonly [address: string, accepted: number];

/** The readings of a peer, the oldest first, as runs: the value, and how often it follows itself. */
interface TrendView {
  readonly address: string;
  readonly runs: readonly (readonly [value: number, count: number])[];
}

export class PeerTrends {
  private readonly read: () => Iterable<Reading>;
  /** By address. The ring of a peer starts at its first reading. */
  private readonly rings = new Map<string, { readonly values: Uint32Array; count: number }>();
  private pages = 0;
  private timer: NodeJS.Timeout | null = null;

  /** @param read the peers as they are now */
  constructor(read: () => Iterable<Reading>) {
    this.read = read;
  }

  /** Reads until the result is called: a page was opened. */
  begin(): () => void {
    if (this.pages++ === 0) {
      this.note();
      this.timer = setInterval(() => this.note(), EVERY_MS).unref();
    }
    return () => {
      if (--this.pages > 0) return;
      if (this.timer !== null) clearInterval(this.timer);
      this.rings.clear();
    };
  }

  *views(): Iterable<TrendView> {
    for (const [address, { values, count }] of this.rings) {
      const runs: [number, number][] = [];
      for (let n = Math.max(0, count - READINGS); n < count; n++) {
        const value = values[n % READINGS]!;
        const last = runs.at(-1);
        if (last?.[0] === value) last[1]++;
        else runs.push([value, 1]);
      }
      yield { address, runs };
    }
  }

  /** Notes one reading. Peers that are gone are forgotten. */
  private note(): void {
    const present = new Set<string>();
    for (const [address, accepted] of this.read()) {
      const ring = this.rings.get(address) ?? { values: new Uint32Array(READINGS), count: 0 };
      if (present.size >= MAX_PEERS) break;
      present.add(address);
      this.rings.set(address, ring);
      ring.values[ring.count++ % READINGS] = accepted;
    }
    for (const address of this.rings.keys()) if (!present.has(address)) this.rings.delete(address);
  }
}
