/** The metrics of the whole daemon, one row each; the metrics per peer are in `peer-rows.ts`. */

import { CAUSE_NAMES, CAUSES } from '../../engine/api/health.ts';
import type { GroupMetrics } from '../../engine/api/metrics-source.ts';
import type { RuleCountsView } from '../../engine/api/policy-views.ts';
import { EVENTS, type EventName } from '../../engine/events/events.ts';
import { FIB_ROWS } from './fib-rows.ts';
import { histogramSamples } from './histogram.ts';
import { type MetricRow, type Sample, single } from './row.ts';

export const METRIC_ROWS: readonly MetricRow[] = [
  {
    name: 'build_info',
    help: 'Always 1; the version of reflectord and of Node.js.',
    type: 'gauge',
    labels: ['version', 'node'],
    read: ({ version }) => [{ labels: { version, node: process.version }, value: 1 }],
  },
  {
    name: 'healthy',
    help: '1 while no cause of severity failed or degraded is active (docs/HEALTH.md), else 0.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.health().status === 'healthy' ? 1 : 0),
  },
  {
    name: 'ready',
    help: '1 while the daemon is ready (/readyz), else 0.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.health().ready ? 1 : 0),
  },
  {
    name: 'health_cause',
    help: 'Number of peers, routes, addresses or keys that a cause of docs/HEALTH.md affects; 0 while it is not active.',
    type: 'gauge',
    labels: ['cause', 'severity'],
    read: ({ source }) => {
      const counts = new Map(source.health().causes.map(({ cause, count }) => [cause, count]));
      return map(CAUSE_NAMES, (cause) => ({
        labels: { cause, severity: CAUSES[cause].severity },
        value: counts.get(cause) ?? 0,
      }));
    },
  },
  {
    name: 'policy_rule_routes',
    help: 'Routes held whose import ended at a rule of a policy, by verdict (accepted, rejected).',
    type: 'gauge',
    labels: ['rule', 'verdict'],
    read: ({ source }) => policySamples(source.policyRules(), ({ accepted, rejected }) => [accepted, rejected]),
  },
  {
    name: 'policy_rule_exports_total',
    help: 'Runs of exports that ended at a rule of a policy, by verdict (accepted, rejected): one for each distinct case.',
    type: 'counter',
    labels: ['rule', 'verdict'],
    read: ({ source }) =>
      policySamples(source.policyRules(), ({ exportsAccepted, exportsRejected }) => [exportsAccepted, exportsRejected]),
  },
  {
    name: 'policy_evaluations_total',
    help: 'Runs of a chain of policies, one for each distinct case and not for each route.',
    type: 'counter',
    labels: [],
    read: ({ source }) => single(source.policyEvaluations()),
  },
  {
    name: 'range_peers',
    help: 'Dynamic peers of a range.',
    type: 'gauge',
    labels: ['range', 'group'],
    read: ({ source }) =>
      map(source.ranges(), ({ range, group, peers }) => ({ labels: { range, group }, value: peers })),
  },
  {
    name: 'range_peers_limit',
    help: 'Maximum number of dynamic peers of a range.',
    type: 'gauge',
    labels: ['range', 'group'],
    read: ({ source }) =>
      map(source.ranges(), ({ range, group, limit }) => ({ labels: { range, group }, value: limit })),
  },
  {
    name: 'connections_refused_total',
    help: 'Connections refused before the OPEN message, by reason.',
    type: 'counter',
    labels: ['reason'],
    read: ({ events }) => map(events.refusals, ([reason, value]) => ({ labels: { reason }, value })),
  },
  {
    name: 'start_awaited_peers',
    help: 'Peers whose routes the daemon waits for after a start before it advertises any (RFC 4724 section 4.1); 0 after that.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.deferral()?.awaited ?? 0),
  },
  {
    name: 'start_remaining_seconds',
    help: 'Seconds until routes are advertised at the latest after a start (RFC 4724 section 4.1); 0 after that.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.deferral()?.remainingSeconds ?? 0),
  },
  {
    name: 'prefixes',
    help: 'Prefixes in the table.',
    type: 'gauge',
    labels: ['family'],
    read: ({ source }) => map(source.tables(), ({ family, prefixes }) => ({ labels: { family }, value: prefixes })),
  },
  {
    name: 'paths',
    help: 'Paths in the table.',
    type: 'gauge',
    labels: ['family'],
    read: ({ source }) => map(source.tables(), ({ family, paths }) => ({ labels: { family }, value: paths })),
  },
  {
    name: 'attribute_sets',
    help: 'Distinct sets of path attributes.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.attributeSets()),
  },
  {
    name: 'attribute_bytes',
    help: 'Memory of all attribute sets, as counted for `router.attribute-memory`.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.attributeMemory().attributeOctets),
  },
  {
    name: 'exported_attribute_bytes',
    help: 'Memory of attribute sets that export policies made, which `router.attribute-memory` does not count.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.attributeMemory().exportedOctets),
  },
  {
    name: 'attribute_limit_bytes',
    help: 'Maximum memory of the attribute sets of all peers (`router.attribute-memory`).',
    type: 'gauge',
    labels: [],
    read: ({ source }) => {
      const { attributeLimit } = source.attributeMemory();
      return attributeLimit === null ? [] : single(attributeLimit);
    },
  },
  {
    name: 'next_hops',
    help: 'Distinct next hops.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.nextHops()),
  },
  {
    name: 'table_bytes',
    help: 'Memory of a table.',
    type: 'gauge',
    labels: ['table'],
    read: ({ source }) => map(source.memory(), ({ name, bytes }) => ({ labels: { table: name }, value: bytes })),
  },
  {
    name: 'notifications_total',
    help: 'NOTIFICATION messages by direction, code and subcode (RFC 4271 section 4.5).',
    type: 'counter',
    labels: ['direction', 'code', 'subcode'],
    read: ({ source }) =>
      map(source.notifications(), ({ count, ...labels }) => ({
        labels: { direction: labels.direction, code: labels.code, subcode: labels.subcode },
        value: count,
      })),
  },
  groupRow('update_group_members', 'Peers in the update group.', (group) => group.members),
  groupRow(
    'update_group_slow_members',
    'Members that read too slowly to follow the log of the group.',
    (group) => group.slowMembers,
  ),
  groupRow('update_group_prefixes', 'Prefixes that the update group advertises.', (group) => group.advertised),
  groupRow(
    'update_group_cut_prefixes',
    'Prefixes with more paths than the `add-path` limit advertises.',
    (group) => group.cutPrefixes,
  ),
  groupRow(
    'update_group_blocked_prefixes',
    'Prefixes that are not advertised to the members because of `max-prefix-out`.',
    (group) => group.blockedPrefixes,
  ),
  groupRow('update_group_log_bytes', 'Encoded bytes that are not sent to all members yet.', (group) => group.logBytes),
  groupRow(
    'update_group_lag_bytes',
    'Encoded bytes that are not sent yet to the member furthest behind.',
    (group) => group.lagBytes,
  ),
  {
    name: 'stage_duration_seconds',
    help: 'Duration of one run of a stage of the engine.',
    type: 'histogram',
    labels: ['stage', 'le'],
    read: ({ source }) => histogramSamples(source.durations()),
  },
  {
    name: 'event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape: mean, p50, p99, p999 (99.9 %) and max.',
    type: 'gauge',
    labels: ['statistic'],
    read: ({ loopDelay }) =>
      map(Object.entries(loopDelay()), ([statistic, value]) => ({ labels: { statistic }, value })),
  },
  {
    name: 'longest_turn_seconds',
    help: 'Longest time since the last scrape that one kind of work kept the event loop without a pause. input: messages of peers; decision: changed prefixes are decided and advertised; removal: paths of closed sessions; validation: paths are checked again; limits: users of attribute sets are counted; compaction: gaps in tables are closed; command: control socket; page: metrics and web page; garbage collection.',
    type: 'gauge',
    labels: ['work'],
    read: ({ longestTurns }) =>
      map(Object.entries(longestTurns()), ([work, ms]) => ({ labels: { work }, value: ms / 1000 })),
  },
  {
    name: 'tcp_dropped_segments_total',
    help: 'TCP segments that the kernel dropped, for all programs of this host: TCP MD5 signature does not match the key (wrong_key), signature missing (unsigned), signature without a key here (signed), TTL below the minimum (low_ttl).',
    type: 'counter',
    labels: ['reason'],
    read: ({ tcpDrops }) => {
      const { wrongKey, unsigned, signed, lowTtl } = tcpDrops();
      const counts = { wrong_key: wrongKey, unsigned, signed, low_ttl: lowTtl };
      return map(Object.entries(counts), ([reason, value]) => ({ labels: { reason }, value }));
    },
  },
  ...FIB_ROWS,
  {
    name: 'config_last_load_success',
    help: '1 if the configuration was accepted when it was last read, 0 if it was rejected.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.config().lastLoadOk ? 1 : 0),
  },
  {
    name: 'config_last_load_timestamp_seconds',
    help: 'Time of the last read of the configuration, in seconds since the epoch.',
    type: 'gauge',
    labels: [],
    read: ({ source }) => single(source.config().lastLoadSeconds),
  },
  {
    name: 'events_total',
    help: 'Events, including those that are not logged.',
    type: 'counter',
    labels: ['event'],
    read: ({ events }) =>
      map(Object.keys(EVENTS) as EventName[], (event) => ({ labels: { event }, value: events.counts.get(event) ?? 0 })),
  },
];

function groupRow(name: string, help: string, value: (group: GroupMetrics) => number): MetricRow {
  const sample = (group: GroupMetrics): Sample => ({
    labels: { update_group: group.name, family: group.family, role: group.role },
    value: value(group),
  });
  return {
    name,
    help,
    type: 'gauge',
    labels: ['update_group', 'family', 'role'],
    read: ({ source }) => map(source.groups(), sample),
  };
}

function map<T>(items: Iterable<T>, sample: (item: T) => Sample): Sample[] {
  return Array.from(items, sample);
}

function* policySamples(
  rules: Iterable<RuleCountsView>,
  countsOf: (rule: RuleCountsView) => readonly [accepted: number, rejected: number],
): Iterable<Sample> {
  for (const rule of rules) {
    const [accepted, rejected] = countsOf(rule);
    yield { labels: { rule: rule.rule, verdict: 'accepted' }, value: accepted };
    yield { labels: { rule: rule.rule, verdict: 'rejected' }, value: rejected };
  }
}
