/**
 * The data of the metrics page: plain numbers, read from the tables and counters when the page is scraped. Nothing here
 * is updated between scrapes.
 */
import type { FibStatus } from '../../fib/port/driver-options.ts';
import type { FibCounts } from '../../fib/port/types.ts';
import type { DurationHistogram } from '../../lib/duration-histogram.ts';
import type { DeferralView, MemoryView } from './daemon-views.ts';
import type { HealthReport } from './health.ts';
import type { FamilyView, PeerView } from './peer-views.ts';
import type { RuleCountsView } from './policy-views.ts';
import type { GroupView } from './route-views.ts';

export type FamilyMetrics = Omit<FamilyView, 'updateGroup'>;

/** Fields of a `PeerView` with the reason and the time of an event. */
export type ReasonField = Extract<keyof PeerView, `last${string}` | 'obstacle' | 'obstacleSecondsAgo'>;

/** Fields of a `PeerView` that only its page needs. */
export type DecodedField = 'hostName' | 'softwareVersion' | 'messages' | 'timers';

/** A `PeerView` without the fields that need decoding. */
export interface PeerMetrics
  extends Omit<PeerView, 'families' | 'capabilitiesReceived' | 'capabilitiesSent' | DecodedField | ReasonField> {
  readonly families: readonly FamilyMetrics[];
  /** Names of the families that are configured, also while the session is down. */
  readonly configuredFamilies: readonly string[];
  /** UPDATEs with an error, by verdict (RFC 7606). */
  readonly malformed: Readonly<Record<'discard' | 'withdraw' | 'reset', number>>;
}

/** Routes of one family in the tables. */
interface TableMetrics {
  readonly family: string;
  readonly prefixes: number;
  readonly paths: number;
}

/** NOTIFICATIONs of one kind since the start, of all peers, including removed ones. */
export interface NotificationMetrics {
  readonly direction: 'sent' | 'received';
  /** `other`: an unassigned code. */
  readonly code: number | 'other';
  readonly subcode: number | 'other';
  readonly count: number;
}

interface RangeMetrics {
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
  /** Bytes that are still to be sent to the member that is furthest behind. */
  readonly lagBytes: number;
}

export interface MetricsSource {
  /** AS number of this router; in a confederation that of the member AS. */
  localAs(): number;
  /** All peers; the set of peers may change during the iteration. */
  peers(): Iterable<PeerMetrics>;
  ranges(): Iterable<RangeMetrics>;
  tables(): Iterable<TableMetrics>;
  /** Memory by table, as in `show memory`. */
  memory(): MemoryView['tables'];
  /** Memory of all attribute sets, and its limit. */
  attributeMemory(): Pick<MemoryView, 'attributeOctets' | 'attributeLimit' | 'exportedOctets'>;
  /** Distinct attribute sets, and next hops. */
  attributeSets(): number;
  nextHops(): number;
  groups(): Iterable<GroupMetrics>;
  notifications(): Iterable<NotificationMetrics>;
  /** Rules of the policies, and the routes held whose import ended at each. */
  policyRules(): Iterable<RuleCountsView>;
  /** Times that a chain of policies was run, for results that were not known. */
  policyEvaluations(): number;
  /** Durations by stage: `turn` (a turn of the engine), `decide`, `flush` and other measured stages. */
  durations(): Iterable<readonly [stage: string, histogram: DurationHistogram]>;
  /** The state of kernel routing as a whole; null: it is off. */
  fibStatus(): FibStatus | null;
  /** Per family; empty if no kernel routes are configured. */
  fib(): Iterable<readonly [family: string, counts: FibCounts]>;
  health(): HealthReport;
  /** What the start waits for; null: the start is complete. */
  deferral(): DeferralView | null;
  /** Whether the last load of the configuration succeeded, and its time (seconds since the epoch). */
  config(): { readonly lastLoadOk: boolean; readonly lastLoadSeconds: number };
}
