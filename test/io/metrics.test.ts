import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderMetrics } from '../../src/io/metrics/exposition.ts';
import {
  renderEventsReference,
  renderMetricsReference,
  renderObservabilityPage,
} from '../../src/io/metrics/reference.ts';
import { createRegistry } from '../../src/io/metrics/registry.ts';
import type { Readings } from '../../src/io/metrics/row.ts';
import { watchTurns } from '../lab/turns.ts';
import { EXPOSITION, fakePeer, fakeReadings } from './metrics-source.ts';

async function page(readings: Readings, processMetrics = false): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of renderMetrics(createRegistry(readings, processMetrics), readings.source, EXPOSITION))
    pieces.push(piece);
  return pieces.join('');
}

const peers = [fakePeer(1), fakePeer(2, 'Active')];

describe('the metrics page', () => {
  test.each([
    `reflectord_build_info{version="1.2.3",node="${process.version}"} 1`,
    'reflectord_peers{state="Established"} 1',
    'reflectord_peers{state="Active"} 1',
    'reflectord_peers{state="Idle"} 0',
    'reflectord_range_peers{range="10.99.0.0/16",group="hosts"} 2',
    'reflectord_range_peers_limit{range="10.99.0.0/16",group="hosts"} 10000',
    'reflectord_connections_refused_total{reason="unknown-address"} 1',
    'reflectord_prefixes{family="ipv4-unicast"} 100',
    'reflectord_paths{family="ipv4-unicast"} 200',
    'reflectord_attribute_sets 10',
    'reflectord_next_hops 4',
    'reflectord_table_bytes{table="attribute sets"} 640',
    'reflectord_notifications_total{direction="received",code="6",subcode="4"} 2',
    'reflectord_update_group_members{update_group="client-1f0c2a9b",family="ipv4-unicast",role="client"} 2',
    'reflectord_update_group_slow_members{update_group="client-1f0c2a9b",family="ipv4-unicast",role="client"} 1',
    'reflectord_update_group_lag_bytes{update_group="client-1f0c2a9b",family="ipv4-unicast",role="client"} 8',
    'reflectord_stage_duration_seconds_bucket{stage="turn",le="0.0001"} 0',
    'reflectord_stage_duration_seconds_bucket{stage="turn",le="0.00025"} 1',
    'reflectord_stage_duration_seconds_bucket{stage="turn",le="5"} 2',
    'reflectord_stage_duration_seconds_bucket{stage="turn",le="+Inf"} 3',
    'reflectord_stage_duration_seconds_sum{stage="turn"} 7.0032',
    'reflectord_stage_duration_seconds_count{stage="turn"} 3',
    'reflectord_event_loop_delay_seconds{statistic="p99"} 0.01',
    'reflectord_longest_turn_seconds{work="decision"} 0.004',
    'reflectord_longest_turn_seconds{work="garbage collection"} 0',
    'reflectord_fib_wanted{family="ipv4-unicast"} 10',
    'reflectord_fib_installed{family="ipv4-unicast"} 8',
    'reflectord_fib_failed{family="ipv4-unicast"} 2',
    'reflectord_fib_pending{family="ipv4-unicast"} 0',
    'reflectord_fib_up 1',
    'reflectord_fib_objects 1',
    'reflectord_fib_next_hops 3',
    'reflectord_fib_unreachable_next_hops 1',
    'reflectord_fib_repaired_total 4',
    'reflectord_fib_comparisons_total 5',
    'reflectord_config_last_load_success 1',
    'reflectord_events_total{event="peer.refused"} 1',
    'reflectord_events_total{event="peer.down"} 0',
    'reflectord_peer_info{peer="10.99.0.1",group="hosts",description="rack \\"1\\" \\\\ a\\nb",role="client",as="65000",router_id="10.99.0.2",local_as="65000"} 1',
    'reflectord_peer_up{peer="10.99.0.1"} 1',
    'reflectord_peer_up{peer="10.99.0.2"} 0',
    'reflectord_peer_state{peer="10.99.0.2"} 3',
    'reflectord_peer_messages_received_total{peer="10.99.0.1"} 1',
    'reflectord_peer_updates_sent_total{peer="10.99.0.1"} 4',
    'reflectord_peer_sent_bytes_total{peer="10.99.0.1"} 6',
    'reflectord_peer_infeasible_flows{peer="10.99.0.1"} 6',
    'reflectord_peer_bfd_up{peer="10.99.0.1"} 1',
    'reflectord_peer_bfd_state{peer="10.99.0.1"} 3',
    'reflectord_peer_bfd_detection_seconds{peer="10.99.0.1"} 0.3',
    'reflectord_peer_bfd_lost_total{peer="10.99.0.1"} 2',
    'reflectord_peer_bfd_packets_sent_total{peer="10.99.0.1"} 600',
    'reflectord_peer_bfd_packets_received_total{peer="10.99.0.1"} 590',
    'reflectord_peer_malformed_updates_total{peer="10.99.0.1"} 6',
    'reflectord_peer_prefixes_received{peer="10.99.0.1",family="ipv4-unicast"} 120',
    'reflectord_peer_prefixes_accepted{peer="10.99.0.1",family="ipv4-unicast"} 118',
    'reflectord_peer_prefixes_advertised{peer="10.99.0.1",family="ipv6-unicast"} 5000',
    'reflectord_peer_slow{peer="10.99.0.1",family="ipv6-unicast"} 1',
  ])('has %s', async (line) => {
    expect((await page(fakeReadings(peers))).split('\n')).toContain(line);
  });

  test('is text that Prometheus reads: each metric once, its samples together behind HELP and TYPE', async () => {
    const seen = new Set<string>();
    let current = '';
    for (const line of (await page(fakeReadings(peers), true)).split('\n')) {
      const [, kind, name] = /^# (HELP|TYPE) (\S+) .+$/.exec(line) ?? [];
      if (kind === 'HELP') {
        expect(seen).not.toContain(name);
        seen.add(name);
        current = name;
      } else if (kind === 'TYPE') expect(name).toBe(current);
      else if (line !== '') {
        const sample = /^([a-z_0-9]+)(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})? (?:-?[0-9.e+-]+|Nan|\+Inf)$/.exec(
          line,
        );
        expect([line, sample?.[1].replace(/_(bucket|sum|count)$/, '')]).toEqual([
          line,
          current.replace(/_(sum|count)$/, ''),
        ]);
      }
    }
    expect(seen).toContain('process_cpu_seconds_total');
  });

  test('follows the numbers from scrape to scrape', async () => {
    let prefixes = 1;
    const readings = fakeReadings([]);
    const source = { ...readings.source, tables: () => [{ family: 'ipv4-unicast', prefixes, paths: 1 }] };
    expect(await page({ ...readings, source })).toContain('reflectord_prefixes{family="ipv4-unicast"} 1\n');
    prefixes = 2;
    expect(await page({ ...readings, source })).toContain('reflectord_prefixes{family="ipv4-unicast"} 2\n');
  });

  test('does not stop the event loop with 5,000 peers', async () => {
    const readings = fakeReadings(Array.from({ length: 5000 }, (_, n) => fakePeer(n)));
    const registry = createRegistry(readings);
    const turns = watchTurns();
    let length = 0;
    for await (const piece of renderMetrics(registry, readings.source, EXPOSITION)) length += piece.length;
    turns.stop();
    expect(length).toBeGreaterThan(5_000_000);
    expect(turns.count).toBeGreaterThan(20);
    expect(turns.cpuMs).toBeLessThan(50);
  });
});

describe('the reference', () => {
  test('has every metric of the page', async () => {
    const reference = renderMetricsReference();
    for (const [, name] of (await page(fakeReadings(peers))).matchAll(/^# HELP (\S+)/gm)) {
      expect(reference).toContain(`| \`${name}\` | `);
    }
  });

  test('names the labels that the page has', async () => {
    const reference = renderMetricsReference();
    const labels = new Map(
      [...reference.matchAll(/^\| `(\S+)` \| \w+ \| ([^|]*) \|/gm)].map((row) => [row[1], row[2]]),
    );
    for (const [, name, set] of (await page(fakeReadings(peers))).matchAll(
      /^(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} /gm,
    )) {
      for (const [, label] of set.matchAll(/(\w+)="/g)) {
        expect([name, label, labels.get(name) ?? labels.get(`${name}_count`)]).toEqual([
          name,
          label,
          expect.stringContaining(`\`${label}\``),
        ]);
      }
    }
  });

  test('is committed as it is made (npm run generate)', () => {
    expect(readFileSync(join(__dirname, '../../docs/METRICS.md'), 'utf8')).toBe(renderObservabilityPage());
  });

  test('has every event with its fields', () => {
    expect(renderEventsReference()).toContain('| `peer.slow` | peer | warn | `peer` `family` `lagBytes` |');
  });
});
