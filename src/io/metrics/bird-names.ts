/** Metrics under the names of bird_exporter, with its labels: a peer is a protocol, a family is an IP version. */
import type { FamilyMetrics, PeerMetrics } from '../../engine/api/metrics-source.ts';
import { type Alias, type AliasRow, type AliasSeries, familyOf, labelText } from './series.ts';

const VERSIONS = [
  ['ipv4-unicast', '4'],
  ['ipv6-unicast', '6'],
] as const;
const LABELS = ['name', 'proto', 'ip_version', 'import_filter', 'export_filter'] as const;

/** A counter of a channel of BIRD, in this session. */
function changes(what: string, help: string, count: (family: FamilyMetrics) => number): AliasRow {
  return {
    name: `bird_protocol_changes_${what}_count`,
    help,
    type: 'untyped',
    value: ({ family }) => (family === null ? 0 : count(family)),
  };
}

const ROWS: readonly AliasRow[] = [
  {
    name: 'bird_protocol_up',
    help: 'Protocol is up',
    type: 'gauge',
    more: { label: 'state', of: ({ state }) => state },
    value: ({ peer }) => Number(peer.state === 'Established'),
  },
  {
    name: 'bird_protocol_uptime',
    help: 'Uptime of the protocol in seconds',
    type: 'gauge',
    value: ({ peer }) => peer.sinceSeconds,
  },
  {
    name: 'bird_protocol_prefix_import_count',
    help: 'Number of imported routes',
    type: 'untyped',
    value: ({ family }) => family?.accepted ?? 0,
  },
  {
    name: 'bird_protocol_prefix_filter_count',
    help: 'Number of filtered routes',
    type: 'untyped',
    value: ({ family }) => (family === null ? 0 : family.received - family.accepted),
  },
  {
    name: 'bird_protocol_prefix_export_count',
    help: 'Number of exported routes',
    type: 'untyped',
    value: ({ family }) => family?.advertised ?? 0,
  },
  changes('update_import_receive', 'Number of incoming updates being received', ({ announced }) => announced),
  changes('withdraw_import_receive', 'Number of incoming withdraws being received', ({ withdrawn }) => withdrawn),
];

export const BIRD: Alias = {
  name: 'bird',
  totals: [
    {
      name: 'bird_socket_query_success',
      help: 'Result of querying bird socket: 0 = failed, 1 = succeeded',
      type: 'gauge',
      labels: [],
      read: () => [[[], 1]],
    },
  ],
  tables: [{ labels: LABELS, rows: ROWS, series }],
};

function* series(peers: readonly PeerMetrics[]): Generator<AliasSeries | null> {
  const uses = new Map<string, number>();
  for (const { address, description } of peers) {
    for (const name of [address, description]) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  for (const peer of peers) {
    const { description, configuredFamilies, address } = peer;
    // Two series with the same labels would make the whole page invalid, so a name of two peers is that of neither.
    const name = description !== '' && uses.get(description) === 1 ? description : address;
    for (const [family, version] of VERSIONS) {
      if (!configuredFamilies.includes(family)) continue;
      const values = [name, 'BGP', version, peer.importPolicy ?? 'none', peer.exportPolicy ?? 'none'];
      yield { peer, family: familyOf(peer, family), labels: labelText(LABELS, values) };
    }
    yield null;
  }
}
