/**
 * The health of the daemon: one row per possible cause of a problem, and the report of the active causes.
 * The daemon is *healthy* while no cause of severity `failed` or `degraded` is active, and *ready* while no active
 * cause blocks readiness. docs/HEALTH.md is made from this table.
 *
 * A new cause is a row of `CAUSES` here and its probe in `daemon/health.ts`; the compiler requires the probe.
 */

/**
 * `failed`: the reflector does not work. `degraded`: it works, but a part of the configuration is not effective.
 * `notice`: everything is as requested, but the operator should remember it.
 */
type Severity = 'failed' | 'degraded' | 'notice';

interface CauseRow {
  readonly severity: Severity;
  /** While it is active, `/readyz` answers 503: do not direct traffic or sessions that carry traffic here. */
  readonly blocksReady: boolean;
  readonly meaning: string;
  /** What the operator can do. */
  readonly remedy: string;
}

export const CAUSES = {
  starting: {
    severity: 'failed',
    blocksReady: true,
    meaning: 'The control socket is not open yet.',
    remedy: 'Wait for the start to finish; the log shows what it waits for.',
  },
  'start-deferred': {
    severity: 'degraded',
    blocksReady: true,
    meaning:
      'The daemon started recently. It advertises no routes to some peers until the peers from before the start have sent theirs (RFC 4724 section 4.1), or until `router.restart-defer-time` is over.',
    remedy: 'Wait. The detail names the peers that the daemon waits for and the remaining seconds.',
  },
  'not-listening': {
    severity: 'failed',
    blocksReady: true,
    meaning: 'The daemon listens on none of the `listen` addresses.',
    remedy: 'Correct `listen`, or add the address to the host, and reload.',
  },
  stopping: {
    severity: 'failed',
    blocksReady: true,
    meaning: 'The daemon is stopping.',
    remedy: 'None: the stop was requested. The log shows by what.',
  },
  'listen-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The daemon cannot listen on one of several `listen` addresses.',
    remedy: 'Add the address to the host or remove it from `listen`, and reload.',
  },
  'key-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'A TCP MD5 key could not be set on a listening socket. Peers of that address or range have no session.',
    remedy: 'Follow the advice in the detail. A reload sets the keys again.',
  },
  'peer-transport': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'No connection with a peer is possible: its key, TTL check, interface or address cannot be set.',
    remedy: 'Follow the advice in the detail. `reflectord show peer` shows the complete reason.',
  },
  'peer-held-down': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'A peer stays down because it exceeded a limit.',
    remedy: 'Find out why the peer announces so much. Raise the limit and reload, or `reflectord reset` the peer.',
  },
  'prefix-limit': {
    severity: 'degraded',
    blocksReady: false,
    meaning:
      'The prefixes from a peer or toward a peer exceed a limit. With `action: block`, further prefixes are rejected or not advertised.',
    remedy: 'Find out why there are so many prefixes, or raise the limit and reload.',
  },
  'shared-cluster': {
    severity: 'degraded',
    blocksReady: false,
    meaning:
      'A reflector with our cluster id sends routes of routers that have no session here. They are rejected, so our clients do not receive them. Reported after 15 s in which no such router connected, at most 120 s.',
    remedy: 'Give each reflector its own `cluster-id`, or every client a session with both reflectors.',
  },
  'kernel-unreachable': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The kernel cannot be queried, rejects routes, or its changes are not monitored. Reflection continues.',
    remedy: 'Follow the advice in the detail: permission (CAP_NET_ADMIN), `ip` (iproute2), space in the routing table.',
  },
  'kernel-conflict': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'Another program has a kernel route with the same prefix and metric, so ours is not installed.',
    remedy: '`reflectord show fib --failed` shows the routes. Remove the other route, or set `fib.metric`.',
  },
  'kernel-refused': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The kernel rejected a route, or its next hop is unreachable.',
    remedy: '`reflectord show fib --failed` shows the routes with the error of the kernel.',
  },
  'metrics-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning:
      'The HTTP server of the metrics or of the web page could not start. The daemon tries again every 10 seconds.',
    remedy: 'Free the address, or correct `metrics.listen` or `web.listen` and reload.',
  },
  'log-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning:
      'The daemon cannot write its log (a full disk, a pipe whose reader ended). It keeps the newest lines in memory.',
    remedy:
      'Free disk space, or restart the reader of the log. The daemon tries again every few seconds and counts lost lines.',
  },
  'history-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning:
      'The daemon cannot write its history of events (a full disk, a directory without permission). The latest events are in memory, and `show events` shows them; a restart loses them.',
    remedy: 'Free disk space, or let the daemon write to its state directory. It tries again every few seconds.',
  },
  'config-rejected': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The last reload was rejected. The previous configuration stays in force.',
    remedy: 'Correct the errors that `reflectord check` or the detail shows, and reload.',
  },
  'config-unconfirmed': {
    severity: 'notice',
    blocksReady: false,
    meaning: '`reload --confirm` applied the configuration, and it is taken back unless it is confirmed in time.',
    remedy: 'If everything works, run `reflectord reload --confirmed`; else wait, or run `reflectord reload --undo`.',
  },
  'config-undone': {
    severity: 'degraded',
    blocksReady: false,
    meaning:
      'The configuration before the last reload is in force again: by `reload --undo`, or because nobody confirmed the reload, also after a crash or a restart. The file differs; a restart applies it only after it is edited. A changed file of prefixes causes no reload meanwhile.',
    remedy: 'Correct the file and run `reflectord reload`. The detail names the file with the text that is in force.',
  },
  'reload-incomplete': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The last reload is applied, but a part of it failed.',
    remedy: 'Follow the advice in the detail, and reload.',
  },
  'restart-pending': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The file and the running daemon have different values for a key that only a restart applies.',
    remedy: 'Restart the daemon at a convenient time, or revert the change and reload.',
  },
  'peer-disabled': {
    severity: 'notice',
    blocksReady: false,
    meaning: 'A command disabled the peer. It stays down, also after a reload and after a restart of the daemon.',
    remedy: '`reflectord enable` ends this. To keep the peer down for good, set `shutdown: true` in the configuration.',
  },
  'disabled-unsaved': {
    severity: 'degraded',
    blocksReady: false,
    meaning:
      'The list of disabled peers is not on the disk, or that of the last run could not be read: after a restart a disabled peer would come up, or stays up now.',
    remedy:
      'Free disk space, or correct the rights of the state directory; the daemon tries to write every 5 seconds. A list that cannot be read is replaced by the next `disable` or `enable`: compare `show peers` with what you expect.',
  },
  draining: {
    severity: 'notice',
    blocksReady: false,
    meaning: 'Routes are advertised with GRACEFUL_SHUTDOWN (`reflectord drain`).',
    remedy: 'Run `reflectord undrain` when the maintenance is done.',
  },
} as const satisfies Readonly<Record<string, CauseRow>>;

export type CauseName = keyof typeof CAUSES;

export const CAUSE_NAMES = Object.keys(CAUSES) as CauseName[];

/** One instance of a cause: a sentence that names the affected object, and the number of objects. */
export interface Finding {
  readonly text: string;
  /** The default is 1. */
  readonly count?: number;
}

/** Per cause, a check whether it is active: no finding means that it is not. */
export type Probes = { readonly [Name in CauseName]: () => Iterable<Finding> };

export interface HealthCause {
  readonly cause: CauseName;
  readonly severity: Severity;
  readonly blocksReady: boolean;
  /** Number of affected peers, routes, addresses, ... */
  readonly count: number;
  /** Sentences, at most MAX_DETAILS of them. */
  readonly details: readonly string[];
  readonly remedy: string;
}

export interface HealthReport {
  readonly status: 'healthy' | 'degraded' | 'failed';
  readonly ready: boolean;
  /** Active causes, the most severe first. */
  readonly causes: readonly HealthCause[];
}

/** Maximum number of sentences per cause in a report: a thousand peers may have the same cause. */
export const MAX_DETAILS = 10;

const RANK: Readonly<Record<Severity, number>> = { failed: 0, degraded: 1, notice: 2 };

/** Runs all probes. */
export function reportHealth(probes: Probes): HealthReport {
  const found = CAUSE_NAMES.flatMap((name) => causeOf(name, probes[name]()));
  const causes = found.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const worst = causes[0]?.severity ?? 'notice';
  return {
    status: worst === 'notice' ? 'healthy' : worst,
    ready: !causes.some(({ blocksReady }) => blocksReady),
    causes,
  };
}

/** The problems, in sentences; without notices, which are not problems. */
export function problemsOf({ causes }: HealthReport): string[] {
  return causes.filter(({ severity }) => severity !== 'notice').flatMap(sentencesOf);
}

/** Why the daemon is not ready, in sentences. */
export function notReadyReasons({ causes }: HealthReport): string[] {
  return causes.filter(({ blocksReady }) => blocksReady).flatMap(sentencesOf);
}

/** The details of a cause, with a last sentence for the omitted ones. */
export function sentencesOf({ count, details }: HealthCause): string[] {
  const more = count - details.length;
  return details.length < MAX_DETAILS || more <= 0 ? [...details] : [...details, `and ${more} more`];
}

function causeOf(cause: CauseName, findings: Iterable<Finding>): HealthCause[] {
  const details: string[] = [];
  let count = 0;
  for (const finding of findings) {
    count += finding.count ?? 1;
    if (details.length < MAX_DETAILS) details.push(finding.text);
  }
  return count === 0 ? [] : [{ cause, ...effectOf(cause), count, details }];
}

function effectOf(cause: CauseName): Pick<CauseRow, 'severity' | 'blocksReady' | 'remedy'> {
  const { severity, blocksReady, remedy }: CauseRow = CAUSES[cause];
  return { severity, blocksReady, remedy };
}

/** The reference page of health (docs/HEALTH.md). */
export function renderHealthReference(): string {
  const rows = CAUSE_NAMES.map((name) => {
    const { severity, blocksReady, meaning, remedy }: CauseRow = CAUSES[name];
    return `| \`${name}\` | ${severity} | ${blocksReady ? 'not ready' : ''} | ${meaning} | ${remedy} |`;
  });
  return `# Health

Made from the table in the source by \`npm run generate\`; do not edit.

- **healthy**: no cause of severity \`failed\` or \`degraded\` is active. \`/healthz\` shows \`healthy\`.
- **degraded**: sessions and reflection work, but a part of the configuration is not effective.
- **failed**: the reflector does not work.
- **ready**: no active cause is marked *not ready* below. \`/readyz\` answers 200, otherwise 503 with the reasons.

\`/healthz\` answers 200 as long as the daemon runs, so that no supervisor stops a daemon that reflects routes. Its body
has the status and every active cause. \`reflectord status\` shows the same. Metrics: \`reflectord_healthy\`,
\`reflectord_ready\`, and \`reflectord_health_cause\` with the number of peers, routes or addresses that a cause affects;
0 while it is not active.

A peer that is down is not a cause: hosts come and go. Monitor \`reflectord_peer_up\` and \`reflectord_peers\` instead.

| Cause | Severity | Readiness | Meaning | What to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
