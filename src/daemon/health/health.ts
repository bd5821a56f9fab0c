/** The health probes of the running daemon: one per cause of `engine/api/health.ts`. */

import type { Finding, Probes } from '../../engine/api/health.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import { describeDisabled } from '../../engine/ports/disabled-peers.ts';
import { describeDeferral, viewDeferral } from '../../engine/show/deferral.ts';
import { viewExceeded, viewHeldDown } from '../../engine/show/peers.ts';
import { describeMissing } from '../../engine/watch/cluster-watch.ts';
import type { FibCounts } from '../../fib/port/types.ts';

/** The state that the probes read. */
export interface Watched {
  readonly engine: Engine;
  readonly fib: {
    problems(): readonly string[];
    counts(): readonly (readonly [family: string, counts: FibCounts])[];
  };
  readonly isControlOpen: boolean;
  /** Number of addresses that the daemon listens on. */
  readonly listening: number;
  /** Why the daemon does not listen on single addresses. */
  readonly listenProblems: Iterable<string>;
  /** Why keys are not in force on the listening sockets, by prefix. */
  readonly keyProblems: Iterable<readonly [prefix: string, problem: string]>;
  /** Why the HTTP server does not listen; null: it does, or is not configured. */
  readonly httpProblems: readonly string[];
  /** Why the log cannot be written at present; null: it can. */
  readonly logProblem: string | null;
  /** Why the history of events is not written at present; null: it is. */
  readonly historyProblem: string | null;
  /** Why a restart would not have the list of disabled peers; null: it would. */
  readonly disabledProblem: string | null;
  /** Why the last reload was refused; null: it was not. */
  readonly rejected: string | null;
  /** Seconds until the last reload is taken back; null: it needs no confirmation. */
  readonly unconfirmedSeconds: number | null;
  /** Why the configuration in force is not that of the file; null: it is. */
  readonly undone: string | null;
  /** What failed of the last reload. */
  readonly reloadFailures: readonly string[];
  /** Keys whose change needs a restart. */
  readonly restartPending: readonly string[];
}

export function healthProbes(watched: Watched): Probes {
  const { engine, fib } = watched;
  return {
    starting: () => one(!watched.isControlOpen, 'the control socket is not open'),
    'start-deferred': () => {
      const deferral = viewDeferral(engine);
      return deferral === null ? [] : [{ text: describeDeferral(deferral), count: Math.max(1, deferral.held) }];
    },
    'not-listening': () =>
      one(watched.listening === 0 && engine.spec.listen.length > 0, 'the daemon listens on no address'),
    stopping: () => one(engine.stopping, 'the daemon is stopping'),
    'listen-failed': () => sentences(watched.listenProblems),
    'key-failed': function* () {
      for (const [prefix, problem] of watched.keyProblems) yield { text: `${prefix}: ${problem}` };
    },
    'peer-transport': () => ofPeers(engine, (peer) => peer.transportProblem),
    'peer-held-down': () => ofPeers(engine, (peer) => viewHeldDown(peer)?.reason ?? null),
    'prefix-limit': () => ofPeers(engine, viewExceeded),
    'shared-cluster': function* () {
      for (const missing of engine.clusterWatch.missing) yield { text: describeMissing(missing), count: missing.paths };
    },
    'kernel-unreachable': () => sentences(fib.problems()),
    'kernel-conflict': () =>
      routes(
        fib,
        ({ conflicts }) => conflicts,
        'cannot be installed: the kernel has other routes with the same prefix and metric',
      ),
    'kernel-refused': () => routes(fib, ({ failed, conflicts }) => failed - conflicts, 'were rejected by the kernel'),
    'metrics-failed': () => sentences(watched.httpProblems),
    'log-failed': () => sentences(watched.logProblem === null ? [] : [watched.logProblem]),
    'history-failed': () => sentences(watched.historyProblem === null ? [] : [watched.historyProblem]),
    'config-rejected': () =>
      sentences(watched.rejected === null ? [] : [`${watched.rejected}; the previous configuration is in force`]),
    'config-unconfirmed': () =>
      one(watched.unconfirmedSeconds !== null, `the last reload is taken back in ${watched.unconfirmedSeconds} s`),
    'config-undone': () => sentences(watched.undone === null ? [] : [watched.undone]),
    'reload-incomplete': () => sentences(watched.reloadFailures),
    'restart-pending': () =>
      sentences(watched.restartPending.map((key) => `${key} has changed in the file; the change needs a restart`)),
    'peer-disabled': function* () {
      for (const disabled of engine.disabled.list) yield { text: `${disabled.name}: ${describeDisabled(disabled)}` };
    },
    'disabled-unsaved': () => sentences(watched.disabledProblem === null ? [] : [watched.disabledProblem]),
    draining: () =>
      engine.draining
        ? [{ text: 'all peers are drained', count: engine.peers.size }]
        : ofPeers(engine, (peer) => (peer.isDraining ? 'is drained' : null)),
  };
}

function one(holds: boolean, text: string): Finding[] {
  return holds ? [{ text }] : [];
}

function* sentences(texts: Iterable<string>): Iterable<Finding> {
  for (const text of texts) yield { text };
}

/** Peers that have a problem, each with its name. */
function* ofPeers(engine: Engine, problemOf: (peer: Peer) => string | null): Iterable<Finding> {
  for (const peer of engine.peers.values()) {
    const problem = problemOf(peer);
    if (problem !== null) yield { text: `${nameOf(peer)}: ${problem}` };
  }
}

function nameOf({ name, spec: { description } }: Peer): string {
  return description === '' ? name : `${name} (${description})`;
}

function* routes(fib: Watched['fib'], countOf: (counts: FibCounts) => number, what: string): Iterable<Finding> {
  for (const [family, counts] of fib.counts()) {
    const count = countOf(counts);
    if (count > 0) yield { text: `${count} ${family} routes ${what}; see \`show fib --failed\``, count };
  }
}
