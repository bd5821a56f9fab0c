/** Metrics under the names of other exporters, and the bounds of their number. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerMetrics } from '../../src/engine/api/metrics-source.ts';
import { BIRD } from '../../src/io/metrics/bird-names.ts';
import { renderMetrics } from '../../src/io/metrics/exposition.ts';
import { FRR } from '../../src/io/metrics/frr-names.ts';
import { renderAliasReference } from '../../src/io/metrics/reference.ts';
import { createRegistry } from '../../src/io/metrics/registry.ts';
import type { ExpositionSpec } from '../../src/spec/router.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { watchTurns } from '../lab/turns.ts';
import { EXPOSITION, fakePeer, fakeReadings } from './metrics-source.ts';

const ALL: ExpositionSpec = { ...EXPOSITION, names: ['reflectord', 'frr', 'bird'] };

async function linesOf(peers: readonly PeerMetrics[], exposition: ExpositionSpec): Promise<string[]> {
  const readings = fakeReadings(peers);
  let page = '';
  for await (const piece of renderMetrics(createRegistry(readings, false), readings.source, exposition)) page += piece;
  return page.split('\n');
}

const node = { ...fakePeer(1), description: 'node-1' };
const down = { ...fakePeer(2, 'Active'), description: 'node-2', families: [], bfd: null };
const off = { ...fakePeer(3, 'Idle'), description: '', shutdown: true, as: null, configuredFamilies: ['l2vpn-evpn'] };

describe('the names of frr_exporter', () => {
  const head = 'vrf="default",afi="ipv4",safi="unicast",local_as="65000"';
  test.each([
    `frr_bgp_peers_count_total{${head}} 2`,
    'frr_bgp_peers_count_total{vrf="default",afi="l2vpn",safi="evpn",local_as="65000"} 1',
    `frr_bgp_rib_count_total{${head}} 100`,
    `frr_bgp_peer_state{${head},peer="10.99.0.1",peer_as="65000",peer_desc="node-1"} 1`,
    `frr_bgp_peer_state{${head},peer="10.99.0.2",peer_as="65000",peer_desc="node-2"} 0`,
    'frr_bgp_peer_state{vrf="default",afi="l2vpn",safi="evpn",local_as="65000",peer="10.99.0.3",peer_as="",peer_desc=""} 2',
    `frr_bgp_peer_uptime_seconds{${head},peer="10.99.0.1",peer_as="65000",peer_desc="node-1"} 60`,
    `frr_bgp_peer_message_received_total{${head},peer="10.99.0.1",peer_as="65000",peer_desc="node-1"} 1`,
    `frr_bgp_peer_prefixes_received_count_total{${head},peer="10.99.0.1",peer_as="65000",peer_desc="node-1"} 120`,
    `frr_bgp_peer_prefixes_received_count_total{${head},peer="10.99.0.2",peer_as="65000",peer_desc="node-2"} 0`,
    `frr_bgp_peer_prefixes_advertised_count_total{${head},peer="10.99.0.1",peer_as="65000",peer_desc="node-1"} 5000`,
    'frr_bfd_peer_count 2',
    'frr_bfd_peer_state{local="10.99.0.1",peer="10.99.0.1"} 1',
    'frr_bfd_peer_uptime{local="10.99.0.1",peer="10.99.0.1"} 60',
    'frr_collector_up{collector="bgp"} 1',
  ])('are %s', async (line) => {
    expect(await linesOf([node, down, off], ALL)).toContain(line);
  });
});

describe('the names of bird_exporter', () => {
  const labels = (name: string, version = 4) =>
    `name="${name}",proto="BGP",ip_version="${version}",import_filter="accept",export_filter="accept"`;
  test.each([
    `bird_protocol_up{${labels('node-1')},state="Established"} 1`,
    `bird_protocol_up{${labels('node-2', 6)},state="Active"} 0`,
    `bird_protocol_uptime{${labels('node-1')}} 60`,
    `bird_protocol_prefix_import_count{${labels('node-1')}} 118`,
    `bird_protocol_prefix_filter_count{${labels('node-1', 6)}} 2`,
    `bird_protocol_prefix_export_count{${labels('node-1')}} 5000`,
    `bird_protocol_prefix_export_count{${labels('node-2')}} 0`,
    `bird_protocol_changes_update_import_receive_count{${labels('node-1')}} 130`,
    `bird_protocol_changes_withdraw_import_receive_count{${labels('node-2')}} 0`,
    'bird_socket_query_success 1',
  ])('are %s', async (line) => {
    expect(await linesOf([node, down, off], ALL)).toContain(line);
  });

  test('are the addresses of peers whose description another peer has, too, or is the address of another one', async () => {
    const peers = [1, 2, 3].map((n) => ({ ...fakePeer(n), description: n === 3 ? '10.99.0.1' : 'twin' }));
    const up = (await linesOf(peers, ALL)).filter((line) => line.startsWith('bird_protocol_up{'));
    expect(new Set(up).size).toBe(6);
    expect(up.map((line) => /name="([^"]*)"/.exec(line)![1])).toEqual(
      ['10.99.0.1', '10.99.0.2', '10.99.0.3'].flatMap((address) => [address, address]),
    );
  });
});

const familyCount = (lines: readonly string[], prefix: string) =>
  lines.filter((line) => line.startsWith('# HELP ') && line.slice(7).startsWith(prefix)).length;

test('only the names that are configured are on the page', async () => {
  for (const names of [['reflectord'], ['frr'], ['bird'], ['frr', 'bird']] as const) {
    const lines = await linesOf([node], { ...ALL, names });
    const found = ['reflectord', 'frr', 'bird'].filter((name) => familyCount(lines, `${name}_`) > 0);
    expect(found).toEqual([...names]);
  }
});

test('no series is there twice', async () => {
  const lines = (await linesOf([node, down, off], ALL)).filter((line) => line !== '' && !line.startsWith('#'));
  const series = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  expect(series.filter((one, i) => series.indexOf(one) !== i)).toEqual([]);
});

describe('the number of series', () => {
  const peers = [1, 2, 3, 4].map((n) => ({ ...fakePeer(n), dynamic: n < 3 }));
  const peersIn = (lines: readonly string[], name: string) =>
    lines.filter((line) => line.startsWith(`${name}{`)).map((line) => /peer="([^"]*)"/.exec(line)![1]);

  test('is bounded by the maximum number of peers, configured ones first', async () => {
    const lines = await linesOf(peers, { ...ALL, maxPeers: 3 });
    expect(peersIn(lines, 'reflectord_peer_up')).toEqual(['10.99.0.3', '10.99.0.4', '10.99.0.1']);
    expect(new Set(peersIn(lines, 'frr_bgp_peer_state'))).toEqual(new Set(['10.99.0.3', '10.99.0.4', '10.99.0.1']));
    expect(lines).toContain('reflectord_peers_without_series 1');
    expect(lines).toContain('reflectord_peers{state="Established"} 4');
    expect(lines).toContain('frr_bgp_peers_count_total{vrf="default",afi="ipv4",safi="unicast",local_as="65000"} 4');
  });

  test('has none of peers without peer detail', async () => {
    const lines = await linesOf(peers, { ...ALL, peerDetail: 'none' });
    expect(lines.filter((line) => line.includes('10.99.0.3'))).toEqual([]);
    expect(lines).toContain('reflectord_peers_without_series 4');
    expect(lines).toContain('reflectord_peers{state="Established"} 4');
  });

  test('is a fraction with basic detail, which has all that the shipped alerts need', async () => {
    const full = await linesOf(peers, EXPOSITION);
    const basic = await linesOf(peers, { ...EXPOSITION, peerDetail: 'basic' });
    const ofPeers = (lines: readonly string[]) => lines.filter((line) => line.includes('peer="10.99.0.1"')).length;
    expect(ofPeers(basic)).toBeLessThan(ofPeers(full) / 2);
    const rules = readFileSync(join(REPOSITORY, 'config/prometheus-rules.yaml'), 'utf8');
    const needed = new Set(rules.match(/\breflectord_peer_\w+/g));
    const names = new Set(basic.map((line) => /^\w+/.exec(line)?.[0]));
    expect(needed.size).toBeGreaterThan(8);
    expect([...needed].filter((name) => !names.has(name))).toEqual([]);
  });
});

test('a scrape with all names and 1,000 peers takes some milliseconds at a time', async () => {
  const readings = fakeReadings(Array.from({ length: 1000 }, (_, n) => fakePeer(n)));
  const registry = createRegistry(readings);
  const scrape = async () => {
    let length = 0;
    for await (const piece of renderMetrics(registry, readings.source, ALL)) length += piece.length;
    return length;
  };
  await scrape();
  const turns = watchTurns();
  const length = await scrape();
  turns.stop();
  expect(length).toBeGreaterThan(2_000_000);
  expect(turns.count).toBeGreaterThan(5);
  expect(turns.cpuMs).toBeLessThan(20);
});

test('the reference has every metric with its labels', async () => {
  const reference = renderAliasReference(FRR) + renderAliasReference(BIRD);
  for (const line of await linesOf([node], { ...ALL, names: ['frr', 'bird'] })) {
    const [, name, labels] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const row = reference.split('\n').find((text) => text.startsWith(`| \`${name}\` |`));
    expect([name, [...(labels ?? '').matchAll(/(\w+)="/g)].map(([, label]) => `\`${label}\``).join(' ')]).toEqual([
      name,
      row?.split('|')[3]?.trim(),
    ]);
  }
});
