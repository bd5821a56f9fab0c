/** The commands of the control socket: one row each. */

import { readSearch } from '../config/policy/route-search.ts';
import {
  type Caller,
  type CommandArguments,
  CommandError,
  type CommandItems,
  type CommandName,
  type CommandTable,
  describeCaller,
  readArguments,
} from '../engine/api/commands.ts';
import type { MemoryView } from '../engine/api/daemon-views.ts';
import type { PeerView } from '../engine/api/peer-views.ts';
import type { FibView } from '../engine/api/route-views.ts';
import type { Peer } from '../engine/peer/peer.ts';
import { viewBfdSessions } from '../engine/show/bfd.ts';
import { viewAttributeMemory, viewCut, viewGroups, viewTables } from '../engine/show/groups.ts';
import { listPeers } from '../engine/show/peer-list.ts';
import { viewPeer } from '../engine/show/peers.ts';
import { viewPolicies } from '../engine/show/policy.ts';
import { viewRefused } from '../engine/show/refused.ts';
import { countAdvertised, viewAdvertised } from '../engine/show/routes/advertised.ts';
import { viewAttributeSets } from '../engine/show/routes/attribute-sets.ts';
import { clearDamping, viewDamped } from '../engine/show/routes/damped.ts';
import { searchExplained } from '../engine/show/routes/explain.ts';
import { type HistoryQuery, viewHistory } from '../engine/show/routes/history.ts';
import { viewNextHops } from '../engine/show/routes/next-hops.ts';
import { countRib, type RibQuery, searchRib } from '../engine/show/routes/rib.ts';
import { familiesNamed } from '../engine/show/search/search.ts';
import { processMemory } from '../io/system/process-memory.ts';
import { showInterfaces } from './operate/interfaces.ts';
import { OPERATOR_COMMANDS } from './operate/operator-commands.ts';
import { checkedMessage } from './operate/sessions.ts';
import { type CommandTarget, findPeer, peersOf } from './operate/target.ts';
import { watchPeers, watchRoutes } from './operate/watch.ts';
import { explainRoute } from './policy/explain-route.ts';
import { policyDiff } from './policy/policy-diff.ts';
import { testPolicy } from './policy/policy-test.ts';

type Rows = {
  readonly [C in CommandName]: (
    daemon: CommandTarget,
    args: CommandArguments[C],
    caller: Caller | null,
    signal: AbortSignal,
  ) => Iterable<CommandItems[C] | undefined> | AsyncIterable<CommandItems[C] | undefined>;
};

const ROWS: Rows = {
  status: (daemon) => [daemon.status()],
  'show peers': showPeers,
  'show peer': (daemon, { peer }) => [viewPeer(findPeer(daemon, peer), daemon.engine.clock.nowMs())],
  'show rib': (daemon, args) => searchRib(daemon.engine, routeQuery(daemon, args)),
  'show advertised': (daemon, { peer, ...args }) =>
    viewAdvertised(daemon.engine, findPeer(daemon, peer), routeQuery(daemon, args)),
  'count routes': (daemon, { advertised = false, peer, ...args }) => {
    if (!advertised) return countRib(daemon.engine, routeQuery(daemon, { peer, ...args }));
    return countAdvertised(daemon.engine, findPeer(daemon, peer ?? ''), routeQuery(daemon, args));
  },
  explain: (daemon, { prefix, peer, from, route, allPaths, family }) => {
    const source = from === undefined ? null : findPeer(daemon, from);
    if (route === undefined)
      return searchExplained(daemon.engine, prefix, peersOf(daemon, peer), allPaths, family, source);
    if (source === null) throw new CommandError('`--route` needs `--from`: the peer that the route is from');
    return [explainRoute(daemon.engine, prefix, route, source, peer === undefined ? null : findPeer(daemon, peer))];
  },
  'show fib': (daemon, { failed }) => showFib(daemon, failed === true),
  'show nexthops': ({ engine, fib }, { unreachable }) => viewNextHops(engine, fib.nextHops, unreachable === true),
  'show attributes': ({ engine }) => viewAttributeSets(engine),
  'show groups': ({ engine }) => viewGroups(engine),
  'show cut': ({ engine }) => viewCut(engine),
  'show bfd': ({ engine }) => viewBfdSessions(engine),
  'show policies': ({ engine }) => viewPolicies(engine),
  'policy test': ({ engine }, { subject, route, to = false }) => testPolicy(engine, subject, route ?? null, to),
  'policy diff': ({ engine }, asked) => policyDiff(engine, asked),
  'show damped': (daemon, { peer }) => viewDamped(daemon.engine, peersOf(daemon, peer)),
  undamp: (daemon, { peer, prefix = null }) => {
    const count = clearDamping(daemon.engine, peersOf(daemon, peer), prefix);
    return [{ done: `cleared the flap history of ${count} prefixes` }];
  },
  'show refused': ({ engine }) => viewRefused(engine),
  'show memory': (daemon) => [viewMemory(daemon)],
  refresh: (daemon, { peer, family }) => [{ done: requestRefresh(findPeer(daemon, peer), family) }],
  drain: (daemon, { peer }) => [{ done: drain(daemon, peer, true) }],
  undrain: (daemon, { peer }) => [{ done: drain(daemon, peer, false) }],
  stop: (daemon, { final = false, message }, caller) => {
    const command = final ? 'the command stop --final' : 'the command stop';
    daemon.requestStop(`${command} (${describeCaller(caller)})`, final, checkedMessage(message));
    return [{ done: 'stopping' }];
  },
  ...OPERATOR_COMMANDS,
  'show history': (daemon, args) => viewHistory(daemon.routeChanges, historyQuery(daemon, args)),
  'watch routes': (daemon, args, _caller, signal) => watchRoutes(daemon.engine, historyQuery(daemon, args), signal),
  'watch peers': ({ engine }, args, _caller, signal) => watchPeers(engine, args, signal),
  'show interfaces': (daemon) => showInterfaces(daemon),
  debug: (daemon, { peer, mode, seconds }) => [
    { done: mode === 'off' ? daemon.debugging.end(peer) : daemon.debugging.begin(findPeer(daemon, peer), seconds) },
  ],
};

/** The table for the control server. */
export function commandTable(daemon: CommandTarget): CommandTable {
  const entries = Object.entries(ROWS) as [
    CommandName,
    (
      d: CommandTarget,
      args: unknown,
      caller: Caller | null,
      signal: AbortSignal,
    ) => Iterable<unknown> | AsyncIterable<unknown>,
  ][];
  return Object.fromEntries(
    entries.map(([name, run]) => [
      name,
      { run: (args, signal, caller) => run(daemon, readArguments(name, args), caller, signal) },
    ]),
  );
}

/** The query of arguments: the words precede `target` and `family`. */
function routeQuery(
  daemon: CommandTarget,
  { words = [], peer, ...rest }: Partial<CommandArguments['show rib']>,
): RibQuery {
  const from = peer === undefined ? undefined : findPeer(daemon, peer).name;
  return { ...rest, ...readSearch(words), peer: from };
}

function historyQuery(daemon: CommandTarget, { last, ...args }: CommandArguments['show history']): HistoryQuery {
  return { ...routeQuery(daemon, args), last };
}

function* showPeers({ engine }: CommandTarget, query: CommandArguments['show peers']): Iterable<PeerView> {
  for (const peer of listPeers(engine, query)) yield viewPeer(peer, engine.clock.nowMs());
}

function* showFib(daemon: CommandTarget, failed: boolean): Iterable<FibView | undefined> {
  for (const row of daemon.fib.rows()) {
    yield !failed || row.state === 'failed' || row.state === 'conflict' ? row : undefined;
  }
}

function viewMemory({ engine, fib, routeChanges }: CommandTarget): MemoryView {
  const { rss, heap, heapUsed, arrays, program } = processMemory();
  const process = {
    rssBytes: rss,
    heapBytes: heapUsed,
    heapPageBytes: heap,
    arrayBytes: arrays,
    programBytes: program,
  };
  const { entries } = routeChanges;
  const tables = [
    ...viewTables(engine),
    { name: 'fib', entries: fib.entries(), bytes: fib.bytes() },
    { name: 'route history', entries, bytes: routeChanges.bytes() },
  ];
  return { ...process, ...viewAttributeMemory(engine), tables };
}

function requestRefresh(peer: Peer, name: string | undefined): string {
  if (peer.session === null) throw new CommandError(`the session with ${peer.name} is not established`);
  const families = familiesNamed(name);
  const asked = families.filter((family) => peer.requestRefresh(family.id)).map((family) => family.name);
  if (asked.length === 0)
    throw new CommandError(`route refresh for ${name ?? 'any family'} was not negotiated with ${peer.name}`);
  return `sent ROUTE-REFRESH for ${asked.join(', ')} to ${peer.name}`;
}

function drain(daemon: CommandTarget, text: string | undefined, on: boolean): string {
  const how = on ? 'with GRACEFUL_SHUTDOWN until `undrain` or a restart' : 'without GRACEFUL_SHUTDOWN again';
  if (text === undefined) {
    daemon.engine.drain(on);
    return `routes are advertised to all peers ${how}`;
  }
  const peer = findPeer(daemon, text);
  if (!on && daemon.engine.draining) throw new CommandError('all peers are drained; use `undrain` without a peer');
  peer.drain(on);
  return `routes are advertised to ${peer.name} ${how}`;
}
