/** The metrics of the engine, read at a scrape. */
import { formatPrefix } from '../../lib/ip.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { GroupMetrics, MetricsSource, NotificationMetrics, PeerMetrics } from '../api/metrics-source.ts';
import type { Engine } from '../engine.ts';
import type { Peer } from '../peer/peer.ts';
import { viewDeferral } from './deferral.ts';
import { groupName, viewAttributeMemory, viewTables } from './groups.ts';
import { viewPeerState } from './peers.ts';
import { viewPolicies } from './policy.ts';

/** The part of the source inside the engine. */
export function engineMetrics(engine: Engine): Omit<MetricsSource, 'fib' | 'fibStatus' | 'config' | 'health'> {
  const { rib, reflector } = engine;
  return {
    localAs: () => engine.spec.as,
    *peers() {
      for (const peer of engine.peers.values()) yield peerMetrics(peer, engine.clock.nowMs());
    },
    ranges: () =>
      engine.spec.ranges.map((range) => ({
        range: formatPrefix(range.prefix),
        group: range.group,
        peers: engine.admission.countOf(range),
        limit: range.limit,
      })),
    tables: () =>
      rib.families.map((family) => ({
        family: FAMILIES[family.family].name,
        prefixes: family.prefixes.count,
        paths: family.paths.count,
      })),
    memory: () => viewTables(engine),
    attributeMemory: () => viewAttributeMemory(engine),
    attributeSets: () => rib.attributes.count,
    nextHops: () => rib.nextHops.count,
    groups: () => distinctNames(reflector.groups.flat().map(groupMetrics)),
    notifications: () => notificationMetrics(engine),
    deferral: () => viewDeferral(engine),
    policyRules: () => viewPolicies(engine),
    policyEvaluations: () => rib.filter.evaluations,
    durations: () => [['turn', engine.turnDurations]],
  };
}

function peerMetrics(peer: Peer, nowMs: number): PeerMetrics {
  const { malformed } = peer.counters;
  return {
    ...viewPeerState(peer, nowMs),
    configuredFamilies: peer.spec.session.families.map((id) => FAMILIES[id].name),
    malformed: { discard: malformed[1], withdraw: malformed[2], reset: malformed[3] },
  };
}

function groupMetrics(group: Engine['reflector']['groups'][number][number]): GroupMetrics {
  return {
    name: groupName(group),
    family: FAMILIES[group.key.family].name,
    role: group.key.role,
    advertised: group.advertised.counts.total,
    logBytes: group.log.heldBytes,
    members: group.members.length,
    slowMembers: group.slow.list.length,
    cutPrefixes: group.advertised.cutPrefixes,
    blockedPrefixes: group.advertised.quota.blocked,
    lagBytes: group.members.reduce((most, member) => Math.max(most, member.lagBytes), 0),
  };
}

/** Two groups of a family with the same name by chance would duplicate a series, and make the whole page invalid. */
function distinctNames(groups: readonly GroupMetrics[]): GroupMetrics[] {
  const seen = new Map<string, number>();
  return groups.map((group) => {
    const key = `${group.family} ${group.name}`;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return times === 1 ? group : { ...group, name: `${group.name}-${times}` };
  });
}

function notificationMetrics(engine: Engine): NotificationMetrics[] {
  return (['sent', 'received'] as const).flatMap((direction) =>
    [...engine.notifications[direction]].map(([key, count]) => {
      const [code, subcode] = key.split('/').map((part) => (part === 'other' ? part : Number(part)));
      return { direction, code, subcode, count };
    }),
  );
}
