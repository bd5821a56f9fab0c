/**
 * What the metrics page reads of the daemon when it is scraped: plain numbers, taken from the tables and counters at
 * that moment. Nothing here is kept up to date in between. No I/O, no timers.
 */
import type { FibStatus } from '../../fib/port/driver-options.ts';
import type { FibCounts } from '../../fib/port/types.ts';
import type { DurationHistogram } from '../../lib/duration-histogram.ts';
import type { EngineEvent } from '../events/events.ts';
import type { HealthReport } from './health.ts';
import type { DeferralView, FamilyView, GroupView, MemoryView, PeerView } from './views.ts';

export type FamilyMetrics = Omit<FamilyView, 'updateGroup'>;

/** Fields of a `PeerView` that say why something happened, in words, and when. */
export type ReasonField = Extract<keyof PeerView, `last${string}` | 'obstacle' | 'obstacleSecondsAgo'>;

/** A `PeerView` without what needs decoding. */
export interface PeerMetrics
  extends Omit<PeerView, 'families' | 'capabilitiesReceived' | 'capabilitiesSent' | ReasonField> {
  readonly families: readonly FamilyMetrics[];
  /** UPDATEs with an error, by what became of them (RFC 7606). */
  readonly malformed: Readonly<Record<'discard' | 'withdraw' | 'reset', number>>;
}

/** Routes of one family in the tables. */
export interface TableMetrics {
  readonly family: string;
  readonly prefixes: number;
  readonly paths: number;
}

/** NOTIFICATIONs of one kind since the start, all peers together, those that are gone included. */
export interface NotificationMetrics {
  readonly direction: 'sent' | 'received';
  /** `other`: one that nobody has assigned. */
  readonly code: number | 'other';
  readonly subcode: number | 'other';
  readonly count: number;
}

export interface RangeMetrics {
  /** `10.99.0.0/16`. */
  readonly range: string;
  readonly group: string;
  readonly peers: number;
  readonly limit: number;
}

export interface GroupMetrics
  extends Pick<GroupView, 'name' | 'family' | 'role' | 'advertised' | 'logBytes' | 'cutPrefixes' | 'blockedPrefixes'> {
  readonly members: number;
  readonly slowMembers: number;
  /** Bytes that the member furthest behind still has to get. */
  readonly lagBytes: number;
}

export interface MetricsSource {
  /** One peer after the other; the set of peers may change between two of them. */
  peers(): Iterable<PeerMetrics>;
  ranges(): Iterable<RangeMetrics>;
  tables(): Iterable<TableMetrics>;
  /** Memory by table, as `show memory` has it. */
  memory(): MemoryView['tables'];
  /** What all attribute sets take up, and may. */
  attributeMemory(): Pick<MemoryView, 'attributeOctets' | 'attributeLimit'>;
  /** Distinct attribute sets, and next hops. */
  attributeSets(): number;
  nextHops(): number;
  groups(): Iterable<GroupMetrics>;
  notifications(): Iterable<NotificationMetrics>;
  /** Durations by stage: `turn` (a turn of the engine), `decide`, `flush`, whatever is measured. */
  durations(): Iterable<readonly [stage: string, histogram: DurationHistogram]>;
  /** The kernel side as a whole; null where the kernel is not asked. */
  fibStatus(): FibStatus | null;
  /** Per family, and nothing where no kernel routes are wanted. */
  fib(): Iterable<readonly [family: string, counts: FibCounts]>;
  health(): HealthReport;
  /** What the start waits for; null: it is over. */
  deferral(): DeferralView | null;
  /** Whether the configuration was taken when it was last read, and when that was (seconds since the epoch). */
  config(): { readonly lastLoadOk: boolean; readonly lastLoadSeconds: number };
}

/** How often each event of the catalogue happened, whether the log shows it or not. */
export type EventCounts = ReadonlyMap<EngineEvent['name'], number>;
