/** Refused connections: counts by reason, and the last addresses that were refused. */
import type { EventSink } from './events.ts';
import type { REFUSALS } from './peer-events.ts';

export type RefusalReason = (typeof REFUSALS)[number];

/** Maximum number of remembered addresses. */
const MAX_ADDRESSES = 1000;

/** The refused connections of an address, with the latest reason. */
interface Refusal {
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
  /** In the order of their latest refusal, the newest last. */
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
    if (this.byAddress.size > MAX_ADDRESSES) this.byAddress.delete(first(this.byAddress.keys()));
    this.events.emit({ name: 'peer.refused', address, reason, detail });
  }

  /** The last refused addresses, the newest first. */
  get latest(): readonly Refusal[] {
    return [...this.byAddress.values()].reverse();
  }
}

function first(keys: Iterable<string>): string {
  for (const key of keys) return key;
  return '';
}
