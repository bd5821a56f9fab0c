/** Connections that were turned away: counts by reason, and by address those of the last. No Node here. */
import type { EventSink } from './events.ts';
import type { REFUSALS } from './peer-events.ts';

export type RefusalReason = (typeof REFUSALS)[number];

/** Addresses that are remembered. */
const MOST_ADDRESSES = 1000;

/** What an address was refused, and for what reason the last time. */
export interface Refusal {
  readonly address: string;
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export class Refusals {
  /** By reason, since the start. */
  readonly counts = new Map<RefusalReason, number>();
  /** Those that were refused last come last. */
  private readonly byAddress = new Map<string, Refusal>();
  private readonly events: EventSink;

  constructor(events: EventSink) {
    this.events = events;
  }

  note(address: string, reason: RefusalReason, detail: string, nowMs: number): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    const before = this.byAddress.get(address);
    const count = (before?.count ?? 0) + 1;
    this.byAddress.delete(address);
    this.byAddress.set(address, { address, reason, detail, count, firstMs: before?.firstMs ?? nowMs, lastMs: nowMs });
    if (this.byAddress.size > MOST_ADDRESSES) this.byAddress.delete(first(this.byAddress.keys()));
    this.events.emit({ name: 'peer.refused', address, reason, detail });
  }

  /** The last addresses that were refused, the latest first. */
  get latest(): readonly Refusal[] {
    return [...this.byAddress.values()].reverse();
  }
}

function first(keys: Iterable<string>): string {
  for (const key of keys) return key;
  return '';
}
