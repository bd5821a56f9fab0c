/** The JSON of commands about the daemon as a whole: `status`, `show memory`, `show refused`, `reload`. */
import type { HealthReport } from './health.ts';

export interface MemoryView {
  readonly rssBytes: number;
  /** Objects of JavaScript, and the resident pages that they are in. */
  readonly heapBytes: number;
  readonly heapPageBytes: number;
  /** Arrays outside of the heap: tables and buffers. */
  readonly arrayBytes: number;
  /** Resident pages of Node.js and its libraries, read from their files; 0: the system does not say. */
  readonly programBytes: number;
  /** Octets of attribute sets as counted against the limit, and the limit; null: no limit. */
  readonly attributeOctets: number;
  readonly attributeLimit: number | null;
  /** Octets of attribute sets that export policies made, which no limit counts. */
  readonly exportedOctets: number;
  readonly tables: readonly { readonly name: string; readonly entries: number; readonly bytes: number }[];
}

/** An address whose connections were refused. */
export interface RefusedView {
  readonly address: string;
  /** The latest reason; and its details in words. */
  readonly reason: string;
  readonly detail: string;
  readonly count: number;
  readonly firstSecondsAgo: number;
  readonly lastSecondsAgo: number;
}

/** A peer and its description. */
export interface PeerLabel {
  readonly peer: string;
  readonly description: string;
}

/** A peer whose settings a reload changed. */
export interface PeerChangeView extends PeerLabel {
  readonly effect: 'live' | 'soft' | 'reset';
  /** Keys of the configuration that differ. */
  readonly keys: readonly string[];
}

/** The result of a reload. */
export interface ReloadView {
  /** `in-force`: applied; `incomplete`: applied in part; `refused`: nothing changed; `guarded`: because of the guard; `confirmed`: stays. */
  readonly outcome: 'in-force' | 'incomplete' | 'refused' | 'guarded' | 'confirmed';
  readonly peers: {
    readonly added: readonly PeerLabel[];
    readonly removed: readonly PeerLabel[];
    readonly changed: readonly PeerChangeView[];
  };
  /** Changed keys outside of peers. */
  readonly settings: readonly string[];
  /** Keys that wait for a restart. */
  readonly restart: readonly string[];
  /** What failed, or why the reload was rejected, in sentences. */
  readonly failed: readonly string[];
  /** Valid settings that are probably a mistake, with `file:line:column`. */
  readonly warnings: readonly string[];
  /** What follows, in sentences: that the change is taken back unless it is confirmed, for example. */
  readonly notes: readonly string[];
}

/** What a reload of another file would do. */
export interface PlanView extends Pick<ReloadView, 'peers' | 'settings' | 'restart' | 'warnings'> {
  readonly file: string;
  /** Peers that stay as they are. */
  readonly unchanged: number;
  /** Established sessions that are closed: of removed peers, and of those that are reset. */
  readonly interrupted: readonly PeerLabel[];
}

/** What a start waits for (RFC 4724 4.1). */
export interface DeferralView {
  /** Peers from before the start, and connected ones, that have not sent all their routes; and the first names. */
  readonly awaited: number;
  readonly peers: readonly string[];
  /** Established peers to which advertising is deferred. */
  readonly held: number;
  /** Maximum time until the deferral ends. */
  readonly remainingSeconds: number;
}

/** An overview of the daemon. */
export interface StatusView {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly as: number;
  /** Identifier of the confederation that the router belongs to (RFC 5065); null: none. */
  readonly confederation: number | null;
  readonly routerId: string;
  readonly configPath: string;
  readonly peers: number;
  readonly peersEstablished: number;
  readonly prefixes: number;
  readonly paths: number;
  readonly fibMode: 'off' | 'dry-run' | 'install';
  /** Number of peers to which routes are advertised with GRACEFUL_SHUTDOWN (RFC 8326). */
  readonly draining: number;
  /** The start still defers advertising to some peers; null: the start is complete. */
  readonly deferral: DeferralView | null;
  readonly health: HealthReport;
  /** The problems, in sentences; empty: the daemon is healthy. */
  readonly problems: readonly string[];
}
