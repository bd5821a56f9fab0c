/**
 * What may be wrong while the daemon lives: one row per cause, and the report that is made of the causes that hold.
 * The daemon is *healthy* while no cause of severity `failed` or `degraded` holds, and *ready* while no cause holds
 * that takes readiness away. docs/HEALTH.md is made from this table.
 *
 * A new cause is a row of `CAUSES` here and its probe in `daemon/health.ts`; the compiler asks for the second.
 */

/**
 * `failed`: the reflector does not do its work. `degraded`: it does, but a part of what is configured does not hold.
 * `notice`: everything is as it was asked for, but it should not be forgotten.
 */
export type Severity = 'failed' | 'degraded' | 'notice';

export interface CauseRow {
  readonly severity: Severity;
  /** While it holds, `/readyz` answers 503: traffic and traffic-bearing sessions should not be directed here. */
  readonly blocksReady: boolean;
  readonly meaning: string;
  /** What the operator does. */
  readonly remedy: string;
}

export const CAUSES = {
  starting: {
    severity: 'failed',
    blocksReady: true,
    meaning: 'The control socket is not open yet.',
    remedy: 'Wait for the start to finish; the log says what it waits for.',
  },
  'start-deferred': {
    severity: 'degraded',
    blocksReady: true,
    meaning:
      'The daemon has started a moment ago: some peers are sent no routes until those that were there before have sent theirs (RFC 4724 section 4.1), or `router.restart-defer-time` is over.',
    remedy: 'Wait; the detail names the peers that are awaited and the seconds left.',
  },
  'not-listening': {
    severity: 'failed',
    blocksReady: true,
    meaning: 'No address accepts connections, although `listen` has some.',
    remedy: 'Correct `listen`, or give the host the address, and reload.',
  },
  stopping: {
    severity: 'failed',
    blocksReady: true,
    meaning: 'The daemon is stopping.',
    remedy: 'None: somebody asked for it; the log says who.',
  },
  'listen-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'One of several `listen` addresses could not be opened.',
    remedy: 'Give the host the address or remove it from `listen`, and reload.',
  },
  'key-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'A password could not be set on a listening socket; peers of that address or range have no session.',
    remedy: 'Do what the detail says; reload sets the keys again.',
  },
  'peer-transport': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'A peer cannot have a connection: its key, TTL check, interface or address cannot be set.',
    remedy: 'Do what the detail says; `reflectord show peer` has the whole of it.',
  },
  'peer-held-down': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'A limit of prefixes keeps a peer down.',
    remedy: 'Find out why the peer announces so much; raise the limit and reload, or `reflectord reset` the peer.',
  },
  'prefix-limit': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'A limit of prefixes is exceeded, from a peer or toward one; with `action: block` the rest is kept out.',
    remedy: 'Find out why there are so many prefixes, or raise the limit and reload.',
  },
  'shared-cluster': {
    severity: 'degraded',
    blocksReady: false,
    meaning:
      'A reflector with our cluster id sends routes of routers that have no session here. They are rejected, so our clients lack them.',
    remedy: 'Give each reflector its own `cluster-id`, or every client a session with both reflectors.',
  },
  'kernel-unreachable': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The kernel cannot be asked, does not take routes, or its changes are not followed. Reflection goes on.',
    remedy: 'Do what the detail says: rights (CAP_NET_ADMIN), `ip` (iproute2), room in the routing table.',
  },
  'kernel-conflict': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'Another program has a kernel route with the same prefix and metric, so ours is not installed.',
    remedy: '`reflectord show fib --failed` names the routes; remove the other, or set `fib.metric`.',
  },
  'kernel-refused': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The kernel refused a route, or cannot reach its next hop.',
    remedy: '`reflectord show fib --failed` has the routes with the answer of the kernel.',
  },
  'metrics-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The HTTP server could not be opened; it is tried again every 10 seconds.',
    remedy: 'Free the address or correct `metrics.listen`, and reload.',
  },
  'log-failed': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'Log lines cannot be written (a full disk, a pipe whose reader ended). The newest are kept in memory.',
    remedy:
      'Make room, or restart what reads the log; it is tried again every few seconds, and lost lines are counted.',
  },
  'config-rejected': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The last reload was refused as a whole; the configuration before it is in force.',
    remedy: 'Correct what `reflectord check` or the detail says, and reload.',
  },
  'reload-incomplete': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The last reload is in force, but a part of it failed.',
    remedy: 'Do what the detail says, and reload.',
  },
  'restart-pending': {
    severity: 'degraded',
    blocksReady: false,
    meaning: 'The file has another value than the running daemon for a key that only a restart changes.',
    remedy: 'Restart the daemon when it suits, or take the change back and reload.',
  },
  draining: {
    severity: 'notice',
    blocksReady: false,
    meaning: 'Routes are sent with GRACEFUL_SHUTDOWN (`reflectord drain`).',
    remedy: '`reflectord undrain` when the work is done.',
  },
} as const satisfies Readonly<Record<string, CauseRow>>;

export type CauseName = keyof typeof CAUSES;

export const CAUSE_NAMES = Object.keys(CAUSES) as CauseName[];

/** One instance of a cause: a sentence that names what it concerns, and how many things that is. */
export interface Finding {
  readonly text: string;
  /** Default: 1. */
  readonly count?: number;
}

/** Looks whether a cause holds: nothing found means that it does not. */
export type Probes = { readonly [Name in CauseName]: () => Iterable<Finding> };

export interface HealthCause {
  readonly cause: CauseName;
  readonly severity: Severity;
  readonly blocksReady: boolean;
  /** How many peers, routes, addresses, ... it concerns. */
  readonly count: number;
  /** Sentences, at most MAX_DETAILS of them. */
  readonly details: readonly string[];
  readonly remedy: string;
}

export interface HealthReport {
  readonly status: 'healthy' | 'degraded' | 'failed';
  readonly ready: boolean;
  /** Causes that hold, worst first. */
  readonly causes: readonly HealthCause[];
}

/** Sentences of one cause that a report has at most: a thousand peers may have the same. */
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

/** What is wrong, in sentences; notices are left out, since nothing is wrong with them. */
export function problemsOf({ causes }: HealthReport): string[] {
  return causes.filter(({ severity }) => severity !== 'notice').flatMap(sentencesOf);
}

/** What keeps the daemon from being ready, in sentences. */
export function notReadyReasons({ causes }: HealthReport): string[] {
  return causes.filter(({ blocksReady }) => blocksReady).flatMap(sentencesOf);
}

/** The details of a cause, with a last sentence for those that were left out. */
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

- **healthy**: no cause of severity \`failed\` or \`degraded\` holds. \`/healthz\` says \`healthy\`.
- **degraded**: sessions and reflection work, but a part of what is configured does not hold.
- **failed**: the reflector does not do its work.
- **ready**: no cause holds that is marked *not ready* below. \`/readyz\` answers 200, otherwise 503 with the reasons.

\`/healthz\` answers 200 as long as the daemon lives, so that no supervisor ends a daemon that reflects routes; its body
has the status and every cause. \`reflectord status\` shows the same. Metrics: \`reflectord_healthy\`,
\`reflectord_ready\`, and \`reflectord_health_cause\` with the number of peers, routes or addresses that a cause concerns;
0 where it does not hold.

A peer that is down is no cause: hosts come and go. \`reflectord_peer_up\` and \`reflectord_peers\` are there for that.

| Cause | Severity | Readiness | Meaning | What to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
