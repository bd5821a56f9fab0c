/** Metrics under the names of frr_exporter, with its labels. */
import type { MetricsSource, PeerMetrics } from '../../engine/api/metrics-source.ts';
import { type Alias, type AliasRow, type AliasSeries, type AliasTotal, familyOf, labelText } from './series.ts';

/** The families that frr_exporter reads, with their labels `afi` and `safi`. */
const FAMILIES: ReadonlyMap<string, readonly [afi: string, safi: string]> = new Map([
  ['ipv4-unicast', ['ipv4', 'unicast']],
  ['ipv6-unicast', ['ipv6', 'unicast']],
  ['l2vpn-evpn', ['l2vpn', 'evpn']],
]);
const VRF = 'default';
const ROUTER_LABELS = ['vrf', 'afi', 'safi', 'local_as'] as const;
const PEER_LABELS = [...ROUTER_LABELS, 'peer', 'peer_as', 'peer_desc'] as const;
const BFD_LABELS = ['local', 'peer'] as const;

const PEER_ROWS: readonly AliasRow[] = [
  {
    name: 'frr_bgp_peer_state',
    help: 'State of the peer (2 = Administratively Down, 1 = Established, 0 = Down).',
    type: 'gauge',
    value: ({ peer }) => (peer.state === 'Established' ? 1 : peer.shutdown ? 2 : 0),
  },
  {
    name: 'frr_bgp_peer_uptime_seconds',
    help: 'How long has the peer been up.',
    type: 'gauge',
    value: ({ peer }) => (peer.state === 'Established' ? peer.sinceSeconds : 0),
  },
  {
    name: 'frr_bgp_peer_message_received_total',
    help: 'Number of received messages.',
    type: 'counter',
    value: ({ peer }) => peer.messagesIn,
  },
  {
    name: 'frr_bgp_peer_message_sent_total',
    help: 'Number of sent messages.',
    type: 'counter',
    value: ({ peer }) => peer.messagesOut,
  },
  {
    name: 'frr_bgp_peer_prefixes_received_count_total',
    help: 'Number of prefixes received.',
    type: 'untyped',
    value: ({ family }) => family?.received ?? 0,
  },
  {
    name: 'frr_bgp_peer_prefixes_advertised_count_total',
    help: 'Number of prefixes advertised.',
    type: 'untyped',
    value: ({ family }) => family?.advertised ?? 0,
  },
];

const BFD_ROWS: readonly AliasRow[] = [
  {
    name: 'frr_bfd_peer_state',
    help: 'State of the peer (1 = Up, 0 = Down).',
    type: 'gauge',
    value: ({ peer }) => Number(peer.bfd?.state === 'Up'),
  },
  {
    name: 'frr_bfd_peer_uptime',
    help: 'How long in seconds has the peer been up.',
    type: 'gauge',
    value: ({ peer }) => (peer.bfd?.state === 'Up' ? peer.bfd.sinceSeconds : 0),
  },
];

const TOTALS: readonly AliasTotal[] = [
  {
    name: 'frr_bgp_peers_count_total',
    help: 'Number of peers configured.',
    type: 'untyped',
    labels: ROUTER_LABELS,
    *read(peers, source) {
      const counts = new Map<string, number>();
      for (const { configuredFamilies } of peers) {
        for (const family of configuredFamilies) counts.set(family, (counts.get(family) ?? 0) + 1);
      }
      for (const [family, count] of counts) yield* perFamily(family, count, source);
    },
  },
  {
    name: 'frr_bgp_rib_count_total',
    help: 'Number of routes in the RIB.',
    type: 'untyped',
    labels: ROUTER_LABELS,
    *read(_peers, source) {
      for (const { family, prefixes } of source.tables()) yield* perFamily(family, prefixes, source);
    },
  },
  {
    name: 'frr_bfd_peer_count',
    help: 'Number of peers detected.',
    type: 'untyped',
    labels: [],
    read: (peers) => [[[], peers.filter(({ bfd }) => bfd !== null).length]],
  },
  {
    name: 'frr_collector_up',
    help: "Whether the collector's last scrape was successful (1 = successful, 0 = unsuccessful).",
    type: 'gauge',
    labels: ['collector'],
    read: () => ['bgp', 'bfd'].map((name) => [[name], 1]),
  },
];

function* perFamily(family: string, count: number, source: MetricsSource) {
  const names = FAMILIES.get(family);
  if (names !== undefined) yield [[VRF, ...names, source.localAs()], count] as const;
}

export const FRR: Alias = {
  name: 'frr',
  totals: TOTALS,
  tables: [
    { labels: PEER_LABELS, rows: PEER_ROWS, series: peerSeries },
    { labels: BFD_LABELS, rows: BFD_ROWS, series: bfdSeries },
  ],
};

function* peerSeries(peers: readonly PeerMetrics[], source: MetricsSource): Generator<AliasSeries | null> {
  const localAs = source.localAs();
  for (const peer of peers) {
    for (const family of peer.configuredFamilies) {
      const names = FAMILIES.get(family);
      if (names === undefined) continue;
      const labels = labelText(PEER_LABELS, [VRF, ...names, localAs, peer.address, peer.as ?? '', peer.description]);
      yield { peer, family: familyOf(peer, family), labels };
    }
    yield null;
  }
}

function* bfdSeries(peers: readonly PeerMetrics[]): Generator<AliasSeries | null> {
  for (const peer of peers) {
    if (peer.bfd !== null) {
      const labels = labelText(BFD_LABELS, [peer.bfd.localAddress ?? '', peer.address]);
      yield { peer, family: null, labels };
    }
    yield null;
  }
}
