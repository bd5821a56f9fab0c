/** The NLRI that the tests of the codecs are made of, read by Wireshark's dissector: it agrees with their layout. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attribute, LOCAL_PREF_100, ORIGIN_IGP, u16, update } from '../lab/bgp-bytes.ts';
import { daemon } from '../lab/daemons.ts';
import { capture } from '../lab/pcap.ts';
import { describeWithDaemons } from '../lab/requirements.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { hex } from '../wire/build.ts';
import { SAMPLES, type Sample } from '../wire/families/samples.ts';

const V4 = [192, 0, 2, 1];
const V6 = [0x20, 0x01, 0x0d, 0xb8, ...new Array<number>(11).fill(0), 1];
const NO_RD = new Array<number>(8).fill(0);

/** AFI, SAFI and next hop of the families that Wireshark 4.0 reads. It expects labels in SAFI 129, which RFC 6514 has not. */
const FAMILIES: Readonly<Record<string, readonly [afi: number, safi: number, nextHop: readonly number[]]>> = {
  'IPv4 prefix': [1, 2, V4],
  'IPv6 prefix': [2, 2, V6],
  'IPv4 labeled': [1, 4, V4],
  'IPv6 labeled': [2, 4, V6],
  'IPv4 VPN': [1, 128, [...NO_RD, ...V4]],
  'IPv6 VPN': [2, 128, [...NO_RD, ...V6]],
  EVPN: [25, 70, V4],
  MVPN: [1, 5, V4],
  'IPv4 flowspec': [1, 133, []],
  'IPv6 flowspec': [2, 133, []],
  'IPv4 flowspec VPN': [1, 134, []],
  'IPv6 flowspec VPN': [2, 134, []],
  'RT-constrain': [1, 132, V4],
  'BGP-LS': [16388, 71, V4],
  VPLS: [25, 65, V4],
};

/**
 * What it does not know: types of EVPN, the fields of type 8, auto-discovery of VPLS, memberships of other lengths, SRv6 SIDs and
 * other TLVs of link state. Like ExaBGP and GoBGP it reads all bits of an IPv6 prefix with an offset.
 */
const UNKNOWN = [
  /\[8\]:/,
  /\[9\]:/,
  /^\[11\]:/,
  /^0x0caabbcc$/,
  /^0xff$/,
  /^65000:1:192\.0\.2\.1$/,
  /^65000:(0x|rt:).*\/(32|64)$/,
  /^srv6-sid/,
  /tlv-/,
  /^0xfde8/,
  /\/104-64/,
];

const samples = SAMPLES.filter(({ family, text }) => {
  return FAMILIES[family] !== undefined && !UNKNOWN.some((pattern) => pattern.test(text));
});

/** An UPDATE that announces the sample. */
function announcement({ family, nlri }: Sample): Uint8Array {
  const [afi, safi, nextHop] = FAMILIES[family];
  const reach = attribute(0x80, 14, ...u16(afi), safi, nextHop.length, ...nextHop, 0, ...hex(nlri));
  return Uint8Array.from(update({ attributes: [...ORIGIN_IGP, ...attribute(0x40, 2), ...LOCAL_PREF_100, ...reach] }));
}

jest.setTimeout(60_000);

describeWithDaemons(['tshark'], 'NLRI as tshark sees them', () => {
  let folder: string;
  let complaints: string[];

  beforeAll(() => {
    folder = temporaryFolder();
    const file = join(folder, 'families.pcap');
    writeFileSync(file, capture(samples.map(announcement)));
    const { program, env } = daemon('tshark');
    const fields = ['-T', 'fields', '-e', 'bgp.type', '-e', '_ws.malformed', '-e', '_ws.expert.message'];
    const text = execFileSync(program('usr/bin/tshark'), ['-r', file, '-n', ...fields], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    complaints = text.split('\n').slice(0, -1);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('are those of 15 families, an UPDATE each', () => {
    expect(new Set(samples.map(({ family }) => family)).size).toBe(Object.keys(FAMILIES).length);
    expect(samples.length).toBeGreaterThan(55);
    expect(complaints).toHaveLength(samples.length);
  });

  test.each(samples.map((sample, i) => [sample.family, sample.text, i] as const))('%s: %s', (_family, _text, i) => {
    const [type, malformed, expert = ''] = complaints[i].split('\t');
    expect([type, malformed]).toEqual(['2', '']);
    expect(expert.replace('IP Address: NOT INCLUDED', '')).toBe('');
  });
});
