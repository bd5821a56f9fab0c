/** What the daemon sends, read by Wireshark's dissector: an eye that is neither ours nor a router's. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bgp from '../lab/bgp-bytes.ts';
import { daemon } from '../lab/daemons.ts';
import { CLUSTER_ID, EXTERNAL_AS, LOCAL_AS, LoopbackReflector, ROUTER_ID } from '../lab/loopback.ts';
import { capture } from '../lab/pcap.ts';
import { describeWithDaemons } from '../lab/requirements.ts';
import type { Speaker } from '../lab/speaker.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { waitFor } from '../lab/wait-for.ts';

const { attribute, message, nlri, TYPE, u16, u32, update } = bgp;

const ADDRESS6 = [0xfd, 0x01, ...new Array<number>(13).fill(0), 9];
const PREFIX6 = [48, 0x20, 0x01, 0x0d, 0xb8, 0, 7];

const COMMON = [
  ...bgp.ORIGIN_IGP,
  ...attribute(0x80, 4, ...u32(77)),
  ...attribute(0xc0, 8, ...u16(LOCAL_AS), ...u16(11), ...u16(LOCAL_AS), ...u16(15)),
  ...attribute(0xc0, 16, 0x00, 0x02, ...u16(LOCAL_AS), ...u32(12)),
  ...attribute(0xc0, 32, ...u32(4200000001), ...u32(13), ...u32(14)),
];
const PATH = attribute(0x40, 2, 2, 2, ...u32(65001), ...u32(4200000001));
const REACH6 = attribute(0x80, 14, ...u16(2), 1, 16, ...ADDRESS6, 0, ...PREFIX6);

/** A dissected packet: every field by its name, with all its values. */
type Fields = Map<string, string[]>;

jest.setTimeout(60_000);

describeWithDaemons(['tshark'], 'messages as tshark sees them', () => {
  let reflector: LoopbackReflector;
  let folder: string;
  let inside: Fields[];
  let outside: Fields[];

  beforeAll(async () => {
    folder = temporaryFolder();
    reflector = await LoopbackReflector.start();
    const listeners = await Promise.all([
      reflector.establish('127.0.0.2'),
      reflector.establish('127.1.0.2', { as: EXTERNAL_AS }),
    ]);
    const source = await reflector.establish('127.0.0.3');
    source.send(
      update({
        attributes: [...COMMON, ...PATH, ...bgp.nextHop('192.0.2.9'), ...bgp.LOCAL_PREF_100],
        nlri: nlri('198.51.100.0/24'),
      }),
      update({ attributes: [...COMMON, ...PATH, ...bgp.LOCAL_PREF_100, ...REACH6] }),
    );
    await Promise.all(listeners.map((one) => hasUpdates(one, 2)));
    source.send(
      update({ withdrawn: nlri('198.51.100.0/24') }),
      update({ attributes: attribute(0x80, 15, ...u16(2), 1, ...PREFIX6) }),
    );
    await Promise.all(listeners.map((one) => hasUpdates(one, 4)));
    await reflector.daemon.ask('refresh', { peer: '127.0.0.2', family: 'ipv4-unicast' });
    await listeners[0]!.next(TYPE.routeRefresh);
    listeners[0]!.send(message(9, []));
    await listeners[0]!.notification();
    [inside, outside] = listeners.map((one) =>
      dissect(
        one.address,
        one.messages.map(({ type, body }) => message(type, [...body])),
      ),
    ) as [Fields[], Fields[]];
  }, 120_000);
  afterAll(async () => {
    await reflector?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('finds nothing malformed', () => {
    for (const packet of [...inside, ...outside]) {
      expect(packet.get('bgp.type')).toHaveLength(1);
      expect(complaints(packet)).toEqual([]);
    }
  });

  test('would find it if it were there', () => {
    const broken = update({ attributes: attribute(0x40, 1, 0, 0, 0).slice(0, -1), nlri: [24, 10] });
    const [packet] = dissect('broken', [broken]);
    expect(complaints(packet!)).not.toEqual([]);
  });

  test('reads the OPEN', () => {
    const [packet] = ofType(inside, TYPE.open);
    expect(values(packet, ['bgp.open.version', 'bgp.open.myas', 'bgp.open.holdtime', 'bgp.open.identifier'])).toEqual([
      ['4'],
      [String(LOCAL_AS)],
      ['240'],
      [ROUTER_ID],
    ]);
    const capabilities = packet?.get('bgp.cap.type') ?? [];
    expect(capabilities).toEqual(expect.arrayContaining(['1', '2', '65']));
    expect(packet?.get('bgp.cap.mp.afi')).toEqual(expect.arrayContaining(['1', '2']));
    expect(packet?.get('bgp.cap.4as')).toEqual([String(LOCAL_AS)]);
  });

  test('reads a reflected IPv4 route', () => {
    const packet = ofType(inside, TYPE.update).find((one) => one.has('bgp.nlri_prefix'));
    expect(packet?.get('bgp.nlri_prefix')).toEqual(['198.51.100.0']);
    expect(packet?.get('bgp.update.path_attribute.next_hop')).toEqual(['192.0.2.9']);
    expectInside(packet);
  });

  test('reads a reflected IPv6 route', () => {
    const packet = ofType(inside, TYPE.update).find((one) => one.has('bgp.mp_reach_nlri_ipv6_prefix'));
    expect(packet?.get('bgp.mp_reach_nlri_ipv6_prefix')).toEqual(['2001:db8:7::']);
    expect(packet?.get('bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6')).toEqual(['fd01::9']);
    expectInside(packet);
  });

  test('reads routes that go to another AS: our AS in front, nothing of reflection', () => {
    const routes = ofType(outside, TYPE.update).filter((one) => one.has('bgp.update.path_attribute.origin'));
    expect(routes).toHaveLength(2);
    for (const packet of routes) {
      expect(packet.get('bgp.update.path_attribute.as_path_segment.as4')).toEqual([
        String(LOCAL_AS),
        '65001',
        '4200000001',
      ]);
      const kinds = packet.get('bgp.update.path_attribute.type_code') ?? [];
      expect(kinds.filter((kind) => ['5', '9', '10'].includes(kind))).toEqual([]);
    }
  });

  test('reads withdrawals of both families', () => {
    const updates = ofType(inside, TYPE.update);
    expect(updates.flatMap((one) => one.get('bgp.withdrawn_prefix') ?? [])).toEqual(['198.51.100.0']);
    expect(updates.flatMap((one) => one.get('bgp.mp_unreach_nlri_ipv6_prefix') ?? [])).toEqual(['2001:db8:7::']);
  });

  test('reads an End-of-RIB for each family', () => {
    const empty = ofType(inside, TYPE.update).filter(
      (one) => one.get('bgp.update.path_attributes.length')?.[0] === '0',
    );
    expect(empty.filter((one) => !one.has('bgp.withdrawn_prefix'))).toHaveLength(1);
    const unreach = ofType(inside, TYPE.update).filter((one) => one.has('bgp.update.path_attribute.mp_unreach_nlri'));
    expect(unreach.filter((one) => !one.has('bgp.mp_unreach_nlri_ipv6_prefix'))).toHaveLength(1);
  });

  test('reads the ROUTE-REFRESH, the KEEPALIVE and the NOTIFICATION', () => {
    const [refresh] = ofType(inside, TYPE.routeRefresh);
    expect(values(refresh, ['bgp.route_refresh.afi', 'bgp.route_refresh.safi'])).toEqual([['1'], ['1']]);
    expect(ofType(inside, TYPE.keepalive).length).toBeGreaterThan(0);
    const [notification] = ofType(inside, TYPE.notification);
    expect(values(notification, ['bgp.notify.major_error', 'bgp.notify.minor_error'])).toEqual([['1'], ['3']]);
  });

  function dissect(name: string, messages: readonly Uint8Array[]): Fields[] {
    const file = join(folder, `${name}.pcap`);
    writeFileSync(file, capture(messages));
    const { program, env } = daemon('tshark');
    const args = ['-r', file, '-n', '-T', 'json', '--no-duplicate-keys', '-o', 'bgp.asn_len:4 octet'];
    const text = execFileSync(program('usr/bin/tshark'), args, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 26,
    });
    return (JSON.parse(text) as { _source: { layers: { bgp?: unknown } } }[]).map((packet) => {
      const fields: Fields = new Map();
      collect(packet._source.layers, fields);
      return fields;
    });
  }
});

/** What the dissector has to say against a packet. */
function complaints(packet: Fields): string[] {
  return [...packet].filter(([key]) => /malformed|^_ws\.expert/.test(key)).map((entry) => entry.flat().join(' '));
}

/** What both families' routes must look like inside the AS. */
function expectInside(packet: Fields | undefined): void {
  const path = 'bgp.update.path_attribute';
  expect(packet?.get(`${path}.as_path_segment.as4`)).toEqual(['65001', '4200000001']);
  expect(packet?.get(`${path}.multi_exit_disc`)).toEqual(['77']);
  expect(packet?.get(`${path}.local_pref`)).toEqual(['100']);
  expect(packet?.get(`${path}.originator_id`)).toEqual(['10.0.0.3']);
  expect(packet?.get('bgp.path_attribute.cluster_id')).toEqual([CLUSTER_ID]);
  expect(packet?.get(`${path}.community_value`)).toEqual(['11', '15']);
  expect(packet?.get('bgp.large_communities.ga')).toEqual(['4200000001']);
  expect(packet?.get('bgp.ext_com.value_an4')).toEqual(['12']);
}

function collect(node: unknown, fields: Fields): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'string') fields.set(key, [...(fields.get(key) ?? []), one]);
      else {
        if (!fields.has(key)) fields.set(key, []);
        collect(one, fields);
      }
    }
  }
}

function ofType(packets: readonly Fields[], type: number): Fields[] {
  return packets.filter((packet) => packet.get('bgp.type')?.[0] === String(type));
}

function values(packet: Fields | undefined, names: readonly string[]): (string[] | undefined)[] {
  return names.map((name) => packet?.get(name));
}

/** Waits for UPDATEs beside the two that are End-of-RIB. */
function hasUpdates(speaker: Speaker, count: number): Promise<unknown> {
  return waitFor(
    `${speaker.address} has ${count} UPDATEs`,
    () => speaker.types().filter((type) => type === TYPE.update).length - 2,
    (seen) => seen === count,
  );
}
