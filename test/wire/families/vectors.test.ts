/** NLRI as ExaBGP and GoBGP write them (test/vectors/README.md), and what they say about them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MESSAGE } from '../../../src/wire/message.ts';
import type { NlriFields } from '../../../src/wire/nlri-codec.ts';
import { NLRI } from '../../../src/wire/nlri-codec.ts';
import { scanUpdate } from '../../../src/wire/update/update.ts';
import { UpdateView } from '../../../src/wire/update/update-view.ts';
import { context, hex, toHex } from '../build.ts';
import { CODECS } from './samples.ts';
import { join, split } from './split.ts';

/** By AFI and SAFI. */
const FAMILIES: Readonly<Record<string, string>> = {
  '1/4': 'IPv4 labeled',
  '2/4': 'IPv6 labeled',
  '1/5': 'MVPN',
  '2/5': 'MVPN',
  '1/73': 'IPv4 SR policy',
  '2/73': 'IPv6 SR policy',
  '1/85': 'IPv4 MUP',
  '2/85': 'IPv6 MUP',
  '1/128': 'IPv4 VPN',
  '2/128': 'IPv6 VPN',
  '1/133': 'IPv4 flowspec',
  '2/133': 'IPv6 flowspec',
  '1/134': 'IPv4 flowspec VPN',
  '2/134': 'IPv6 flowspec VPN',
  '25/65': 'VPLS',
  '25/70': 'EVPN',
};

interface Read {
  readonly family: string;
  readonly text: string;
  readonly fields: NlriFields;
  readonly octets: string;
}

/** The NLRI of both attributes of a message, all of them valid, each written as it was read. */
function nlriOf(raw: string, addPath = false): { readonly announced: Read[]; readonly withdrawn: Read[] } {
  const bytes = hex(raw);
  const view = new UpdateView();
  scanUpdate(bytes, 0, bytes.length, context({ extendedNextHop: true }), view);
  const field = (afi: number, safi: number, start: number, end: number, withdrawn: boolean): Read[] => {
    const family = FAMILIES[`${afi}/${safi}`];
    const found: Read[] = [];
    for (let at = start; at < end && family !== undefined; ) {
      if (addPath) at += 4;
      const nlri = split(CODECS[family], bytes.subarray(at, end), withdrawn);
      expect([nlri.verdict, nlri.length > 0]).toEqual([NLRI.ok, true]);
      const octets = toHex(bytes.subarray(at, at + nlri.length));
      if (!withdrawn) expect(toHex(join(CODECS[family], nlri.key, nlri.payload))).toBe(octets);
      const codec = CODECS[family];
      found.push({ family, text: codec.format(nlri.key), fields: codec.fields(nlri.key, nlri.payload), octets });
      at += nlri.length;
    }
    return found;
  };
  return {
    announced: view.reachPresent
      ? field(view.reachAfi, view.reachSafi, view.reachNlriStart, view.reachNlriEnd, false)
      : [],
    withdrawn: view.unreachPresent
      ? field(view.unreachAfi, view.unreachSafi, view.unreachNlriStart, view.unreachNlriEnd, true)
      : [],
  };
}

function linesOf<T>(file: string): T[] {
  const text = readFileSync(resolve(__dirname, '../../vectors', file), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

type Theirs = Readonly<Record<string, unknown>>;

interface Vector {
  readonly source: string;
  readonly raw: string;
  readonly decoded: {
    readonly update: {
      readonly announce?: Record<string, Record<string, readonly Theirs[]>>;
      readonly withdraw?: Record<string, readonly Theirs[]>;
    };
  } | null;
}

const exabgp = linesOf<Vector>('exabgp-messages.jsonl').filter(({ raw }) => hex(raw)[18] === MESSAGE.update);
const isOther = ([family]: [string, unknown]) => !/ (unicast|multicast)$/.test(family);

describe('NLRI of ExaBGP', () => {
  const cases = exabgp.flatMap((vector) => {
    const addPath = JSON.stringify(vector.decoded).includes('path-information') || vector.source.includes('addpath');
    const { announced, withdrawn } = nlriOf(vector.raw, addPath);
    return announced.length + withdrawn.length === 0 ? [] : [{ vector, announced, withdrawn }];
  });

  test('are of twelve families', () => {
    const all = cases.flatMap(({ announced, withdrawn }) => [...announced, ...withdrawn]);
    expect(new Set(all.map(({ family }) => family)).size).toBe(12);
    expect(all).toHaveLength(88);
  });

  test('mean what ExaBGP says', () => {
    let compared = 0;
    for (const { vector, announced, withdrawn } of cases) {
      if (vector.decoded === null) continue;
      const { announce = {}, withdraw = {} } = vector.decoded.update;
      const list = Object.entries(announce)
        .filter(isOther)
        .flatMap(([, hops]) => Object.values(hops).flat());
      const gone = Object.entries(withdraw)
        .filter(isOther)
        .flatMap(([, each]) => each);
      expect([announced.length, withdrawn.length]).toEqual([list.length, gone.length]);
      for (const [i, theirs] of list.entries()) compare(announced[i], theirs, normal(theirs));
      for (const [i, theirs] of gone.entries()) compare(withdrawn[i], theirs, withoutPayload(normal(theirs)));
      compared += list.length + gone.length;
    }
    expect(compared).toBeGreaterThan(70);
  });
});

function compare({ octets, fields }: Read, theirs: Theirs, expected: Record<string, string>): void {
  const ours = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  expect(ours).toMatchObject(expected);
  if (theirs.raw !== undefined) expect(octets).toBe(String(theirs.raw).toLowerCase());
}

const FLOW: Readonly<Record<string, string>> = {
  'destination-ipv4': 'dst',
  'destination-ipv6': 'dst',
  'source-ipv4': 'src',
  'source-ipv6': 'src',
  protocol: 'proto',
  'next-header': 'proto',
  'destination-port': 'dport',
  'source-port': 'sport',
  'traffic-class': 'dscp',
};
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/=unreachable/, '=3'],
  [/=echo-request/, '=8'],
  [/=echo-reply/, '=0'],
  [/push/g, 'psh'],
  [/urgent/g, 'urg'],
  [/\/128\/0$/, '/128'],
];
const NAMES: Readonly<Record<string, string>> = {
  rd: 'rd',
  code: 'route-type',
  'source-as': 'source-as',
  source: 'source',
  group: 'group',
  ip: 'address',
  teid: 'teid',
  qfi: 'qfi',
  endpoint_ip: 'endpoint',
  nlri: 'prefix',
  offset: 'block-offset',
  size: 'block-size',
};

/** What ExaBGP says, by our names; everything as text. */
function normal(theirs: Theirs): Record<string, string> {
  const fields: Record<string, string> = {};
  const isFlow = theirs.string !== undefined;
  for (const [name, value] of Object.entries(theirs)) {
    if (isFlow && Array.isArray(value)) {
      fields[FLOW[name] ?? name] = WORDS.reduce((text, [from, to]) => text.replace(from, to), value.join(','));
    } else if (name === 'label') fields.labels = String((value as number[][]).map(([label]) => label));
    else if (name === 'endpoint') fields['ve-id'] = String(value);
    else if (name === 'base') fields.labels = String(value);
    else if (NAMES[name] !== undefined) fields[NAMES[name]] = String(value);
  }
  if (theirs.prefix_ip !== undefined) fields.prefix = `${theirs.prefix_ip}/${theirs.prefix_ip_len}`;
  return fields;
}

/** Without what is not part of a withdrawal. */
function withoutPayload(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'labels' && name !== 'block-size'));
}

describe('NLRI of GoBGP', () => {
  /** The routes that were added to its table, in our words. */
  const ROUTES = [
    '65000:1:10.0.0.0/24',
    '192.0.2.1:7:10.1.0.0/17',
    '27525125:5:10.2.0.0/32',
    '65000:1:2001:db8:1::/48',
    '65000:1:[1]:[00:00:00:00:00:00:00:00:00:00]:[100]',
    '192.0.2.1:7:[1]:[00:11:22:33:44:55:66:77:88:99]:[0]',
    '65000:1:[2]:[0]:[48]:[aa:bb:cc:dd:ee:01]:[32]:[10.0.0.1]',
    '65000:1:[2]:[10]:[48]:[aa:bb:cc:dd:ee:02]',
    '65000:1:[2]:[10]:[48]:[aa:bb:cc:dd:ee:03]:[128]:[2001:db8::3]',
    '65000:1:[3]:[0]:[32]:[192.0.2.1]',
    '65000:1:[3]:[5]:[128]:[2001:db8::9]',
    '192.0.2.1:3:[4]:[03:aa:bb:cc:dd:ee:ff:00:00:64]:[32]:[192.0.2.1]',
    '65000:1:[5]:[10]:[24]:[10.5.0.0]',
    '65000:1:[5]:[0]:[24]:[10.6.0.0]',
    '65000:1:[5]:[10]:[48]:[2001:db8:5::]',
    'dst 10.0.0.0/24; proto =tcp,=udp; dport >=80&<=90,=443',
    'src 20.0.0.0/16; icmp-type =8; icmp-code =0; packet-length >=100&<=1500; dscp =46',
    'port =53; sport !=1024; tcp-flags =syn+ack&!fin,!=urg; fragment is-fragment+last-fragment',
    'fragment =is-fragment,!first-fragment',
    'dst 2001:db8::/32; src 2001:db8:1::/64; proto =tcp; flow-label =100',
    'dst 2001:db8:1:2:1234::/96/64',
    '65000:1:dst 10.0.0.0/24; proto =tcp',
    '65000:1:dst 2001:db8::/32',
    '100:100:[isd]:[10.0.0.0/24]',
    '100:100:[isd]:[2001:db8::/32]',
    '100:100:[dsd]:[10.0.0.1]',
    '100:100:[dsd]:[2001:db8::1]',
    '100:100:[t1st]:[192.168.0.1/32]',
    '100:100:[t1st]:[2001:db8:1:1::1/128]',
    '100:100:[t2st]:[64]:[10.0.0.1]:[12345]',
    '100:100:[t2st]:[160]:[2001::1]:[12345]',
  ];
  const messages = linesOf<{ readonly kind: string; readonly raw: string }>('gobgp-messages.jsonl');
  const ofKind = (kind: string) => messages.filter((each) => each.kind === kind).map(({ raw }) => nlriOf(raw));

  test('are the routes that were added', () => {
    const announced = ofKind('announce').flatMap((each) => each.announced);
    expect(announced.map(({ text }) => text).sort()).toEqual([...ROUTES].sort());
    const fields = announced.map((each) => each.fields);
    const mac = fields.find((each) => each.mac === 'aa:bb:cc:dd:ee:01');
    expect(mac).toMatchObject({ esi: '01:aa:bb:cc:dd:ee:ff:00:64:00', vni: [10100, 20100] });
    const prefix = fields.find((each) => each.prefix === '10.6.0.0/24');
    expect(prefix).toMatchObject({ gateway: '10.0.0.254', vni: [0] });
    const session = fields.find((each) => each.prefix === '192.168.0.1/32');
    expect(session).toMatchObject({ teid: 12345, qfi: 9, endpoint: '10.0.0.1' });
  });

  test('are withdrawn as the same routes', () => {
    const withdrawn = ofKind('withdraw').flatMap((each) => each.withdrawn);
    expect(withdrawn.map(({ text }) => text).sort()).toEqual([...ROUTES].sort());
  });
});
