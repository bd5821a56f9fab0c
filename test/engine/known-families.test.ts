/** Every family of the catalog, and opaque ones, from bytes to bytes: with samples that stand in the RFCs. */

import { readSearch } from '../../src/config/policy/route-search.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { KNOWN_FAMILIES, opaqueFamily } from '../../src/wire/families/catalog.ts';
import { FRAMINGS } from '../../src/wire/families/opaque.ts';
import { useFamily } from '../../src/wire/families.ts';
import type { FamilyKind } from '../../src/wire/family.ts';
import { announceIn, attribute, open, u16, withdrawIn } from '../lab/updates.ts';
import { announceVpn, VPNV4 } from '../lab/vpn.ts';
import { CODECS, SAMPLES } from '../wire/families/samples.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const RD = [0, 0, 0xfd, 0xe8, 0, 0, 0, 1];
const V4 = [192, 0, 2, 9];
const V6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
const LINK_LOCAL = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
/** A next hop of each length. */
const NEXT_HOPS: Readonly<Record<number, readonly number[]>> = {
  0: [],
  4: V4,
  12: [...RD, ...V4],
  16: V6,
  24: [...RD, ...V6],
  32: [...V6, ...LINK_LOCAL],
  48: [...RD, ...V6, ...RD, ...LINK_LOCAL],
};
/** A tunnel encapsulation of an SR policy (RFC 9830 2.2) and an extended community, which every route may carry. */
const TUNNEL = attribute(0xc0, 23, [0, 15, 0, 0]);
const TARGET = attribute(0xc0, 16, [0, 2, 0xfd, 0xe8, 0, 0, 0, 100]);

/** Memberships of route targets are advertised by rules of their own: see `route-targets.test.ts`. */
const KINDS: readonly FamilyKind[] = [
  ...KNOWN_FAMILIES.filter(({ codec, name }) => codec !== null && name !== 'rt-constrain'),
  ...FRAMINGS.map((framing, i) => opaqueFamily(16_397, 70 + i, framing)),
];

const octets = (hex: string) => [...Buffer.from(hex, 'hex')];
const samplesOf = ({ codec }: FamilyKind) => SAMPLES.filter(({ family }) => CODECS[family] === codec);

/** A client whose bytes are kept. */
class Watched {
  readonly peer: SimPeer;
  bytes = '';

  constructor(world: World, n: number, { afi, safi }: FamilyKind) {
    this.peer = new SimPeer(world, `10.0.0.${n}`, n);
    const { connection } = this.peer;
    const { onBytes } = connection;
    connection.onBytes = (bytes) => {
      this.bytes += Buffer.from(bytes).toString('hex');
      onBytes(bytes);
    };
    const capabilities = [1, 4, ...u16(afi), 0, safi, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
    this.peer.establish(open(OUR_AS, n, { capabilities }));
  }
}

function scene(kind: FamilyKind): { world: World; source: SimPeer; client: Watched } {
  const { id } = useFamily(kind);
  const world = new World(router({ ranges: [range({ session: { families: [id] } })] }));
  const [source, client] = [new Watched(world, 1, kind), new Watched(world, 2, kind)];
  world.pass(3000);
  client.bytes = '';
  return { world, source: source.peer, client };
}

function deliver(peer: SimPeer, ...messages: Uint8Array[]): void {
  peer.send(...messages);
  peer.world.settle();
}

test.each(KINDS.map((kind) => [kind.name, kind] as const))(
  '%s: each NLRI is reflected and withdrawn octet by octet',
  (_name, kind) => {
    const { source, client } = scene(kind);
    const length = kind.nextHop.octets?.at(-1) ?? 4;
    const nextHop = kind.nextHop.isReplaceable && length === 32 ? V6 : NEXT_HOPS[length]!;
    const samples = samplesOf(kind);
    expect(samples.length).toBeGreaterThan(0);
    for (const { nlri, text, withdrawal } of samples) {
      client.bytes = '';
      deliver(source, announceIn(kind, octets(nlri), nextHop, { extra: [TUNNEL, TARGET] }));
      expect(client.peer.prefixes).toEqual([text]);
      const header = [...u16(kind.afi), kind.safi, nextHop.length, ...nextHop, 0];
      expect(client.bytes).toContain(Buffer.from(header).toString('hex') + nlri);
      client.bytes = '';
      deliver(source, withdrawIn(kind, octets(withdrawal || nlri)));
      expect(client.bytes).toContain(Buffer.from([...u16(kind.afi), kind.safi]).toString('hex') + (withdrawal || nlri));
      expect(client.peer.prefixes).toEqual([]);
    }
    expect(source.notification).toBeNull();
  },
);

test.each(KINDS.map((kind) => [kind.name, kind] as const))(
  '%s: every valid next hop stays as received',
  (_name, kind) => {
    const { source, client } = scene(kind);
    const { nlri } = samplesOf(kind)[0]!;
    for (const length of kind.nextHop.octets ?? [4, 16, 0, 24]) {
      client.bytes = '';
      const nextHop = NEXT_HOPS[length]!;
      deliver(source, announceIn(kind, octets(nlri), nextHop, { extra: [TUNNEL] }));
      // RFC 2545 3: where the next hop is an address alone, a link-local one is only for peers on the same link.
      const sent = kind.nextHop.isReplaceable && length === 32 ? V6 : nextHop;
      expect(client.bytes).toContain(Buffer.from([kind.safi, sent.length, ...sent, 0]).toString('hex'));
      deliver(source, withdrawIn(kind, octets(nlri)));
    }
  },
);

test.each(KINDS.map((kind) => [kind.name, kind] as const))(
  '%s: all samples at once, which the tables show and find by their texts',
  (_name, kind) => {
    const { world, source, client } = scene(kind);
    const nextHop = NEXT_HOPS[kind.nextHop.octets?.[0] ?? 4]!;
    for (const { nlri } of samplesOf(kind))
      deliver(source, announceIn(kind, octets(nlri), nextHop, { extra: [TUNNEL] }));
    const texts = [...new Set(samplesOf(kind).map(({ text }) => text))].sort();
    expect(client.peer.prefixes).toEqual(texts);
    const shown = (...words: string[]) => [...viewRib(world.engine, readSearch(words))].map(({ prefix }) => prefix);
    expect(shown(kind.name).sort()).toEqual(texts);
    for (const text of texts) {
      expect(shown(kind.name, text)).toEqual([text]);
      const rows = [...explain(world.engine, text, world.engine.peers.values(), false, kind.name)];
      expect(rows.map(({ peer, advertised }) => [peer, advertised])).toEqual([
        ['10.0.0.1', false],
        ['10.0.0.2', true],
      ]);
    }
    // A client that joins later is sent the same.
    const late = new Watched(world, 3, kind);
    world.pass(3000);
    expect(late.peer.prefixes).toEqual(texts);
  },
);

test('a route without an attribute that its family requires is withdrawn (RFC 9830 5.1)', () => {
  const kind = KINDS.find(({ name }) => name === 'ipv4-sr-policy')!;
  const { world, source, client } = scene(kind);
  const { nlri } = samplesOf(kind)[0]!;
  deliver(source, announceIn(kind, octets(nlri), V4, { extra: [TUNNEL] }));
  expect(client.peer.prefixes).toHaveLength(1);
  deliver(source, announceIn(kind, octets(nlri), V4));
  expect(client.peer.prefixes).toEqual([]);
  expect(world.eventsNamed('update.malformed')).toEqual([
    expect.objectContaining({ verdict: 'withdraw', attribute: 'TUNNEL_ENCAPSULATION' }),
  ]);
});

describe('show rib', () => {
  function evpn(): (...words: string[]) => string[] {
    const kind = KINDS.find(({ name }) => name === 'l2vpn-evpn')!;
    const { world, source } = scene(kind);
    samplesOf(kind).forEach(({ nlri }, i) => {
      deliver(source, announceIn(kind, octets(nlri), V4, { extra: i === 0 ? [TARGET] : [] }));
    });
    return (...words) => [...viewRib(world.engine, readSearch(words))].map(({ prefix }) => prefix);
  }

  test.each([
    [['evpn', 'route-type', '1'], '65000:1:[1]:[00:11:22:33:44:55:66:77:88:99]:[0]'],
    [
      ['mac', '02:00:5E:00:00:01', 'rd', '192.0.2.1:7', 'ip', '192.0.2.1'],
      '192.0.2.1:7:[2]:[10]:[48]:[02:00:5e:00:00:01]:[32]:[192.0.2.1]',
    ],
    [['route-target', '65000:100'], '65000:1:[1]:[00:11:22:33:44:55:66:77:88:99]:[0]'],
    [['--rt', 'rt:65000:100'], '65000:1:[1]:[00:11:22:33:44:55:66:77:88:99]:[0]'],
    [
      ['--mac=0200.5E00.0001', 'type', 'macip', 'rd', '192.0.2.1:7', 'ip', '192.0.2.1'],
      '192.0.2.1:7:[2]:[10]:[48]:[02:00:5e:00:00:01]:[32]:[192.0.2.1]',
    ],
    [['type', 'ead', 'esi', '0011.2233.4455.6677.8899'], '65000:1:[1]:[00:11:22:33:44:55:66:77:88:99]:[0]'],
  ])('finds routes by %j', (words, expected) => {
    expect(evpn()(...words)).toEqual([expected]);
  });

  test.each([
    ['esi', '00:11:22:33:44:55:66:77:88:99'],
    ['ip', '192.0.2.1'],
    ['vni', '10100'],
  ])('finds routes by %s', (name, value) => {
    const show = evpn();
    const found = show('evpn', name, value);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(show('evpn').length);
  });

  test.each([
    ['vpnv4', '10.1.2.0/24', ['1:1:10.1.2.0/24', '1:2:10.1.2.0/24']],
    ['vpnv4', '10.1.2.3', ['1:1:10.1.0.0/16', '1:1:10.1.2.0/24', '1:2:10.1.2.0/24']],
    ['vpnv4', '10.1.0.0/16 longer', ['1:1:10.1.2.0/24', '1:2:10.1.2.0/24']],
    ['vpnv4', '10.1.0.0/16 or-longer rd 1:1', ['1:1:10.1.0.0/16', '1:1:10.1.2.0/24']],
    ['vpnv4', '10.1.2.0/24 shorter', ['1:1:10.1.0.0/16']],
    ['vpnv4', '1:1:10.1.2.0/24', ['1:1:10.1.2.0/24']],
    ['vpnv4', 'ip 10.9.0.1', []],
  ])('%s %s: an address or a prefix is found behind any route distinguisher', (family, words, expected) => {
    useFamily(VPNV4);
    const world = new World(router({ ranges: [range({ session: { families: [VPNV4.id] } })] }));
    const source = new Watched(world, 1, VPNV4).peer;
    deliver(source, announceVpn(['1:1:10.1.0.0/16', '1:1:10.1.2.0/24', '1:2:10.1.2.0/24'], []));
    const shown = [...viewRib(world.engine, readSearch([family, ...words.split(' ')]))];
    expect(shown.map(({ prefix }) => prefix)).toEqual(expected);
  });

  test('explain takes the prefix of the only route that has it, and names the routes if there are several', () => {
    useFamily(VPNV4);
    const world = new World(router({ ranges: [range({ session: { families: [VPNV4.id] } })] }));
    const source = new Watched(world, 1, VPNV4).peer;
    deliver(source, announceVpn(['1:1:10.1.0.0/16', '1:1:10.1.2.0/24', '1:2:10.1.2.0/24'], []));
    const rows = (target: string) => [...explain(world.engine, target, world.engine.peers.values(), false, 'vpnv4')];
    expect(rows('10.1.0.0/16')).toEqual(rows('1:1:10.1.0.0/16'));
    expect(() => rows('10.1.2.0/24')).toThrow('name one of them: "1:1:10.1.2.0/24", "1:2:10.1.2.0/24"');
    expect(() => rows('10.9.0.0/24')).toThrow('no peer has announced 10.9.0.0/24');
    expect(() => rows('x')).toThrow('expected a route distinguisher and a prefix: 65000:1:10.0.0.0/8');
  });

  test.each([
    ['10.3.0.0/24', 1],
    ['10.3.0.77', 1],
    ['10.0.0.0/8 longer', 1],
    ['10.4.0.0/16 longer', 0],
  ])('flow specifications are found by destination: %s', (words, count) => {
    const kind = KINDS.find(({ name }) => name === 'ipv4-flowspec')!;
    const { world, source } = scene(kind);
    deliver(source, announceIn(kind, [8, 1, 24, 10, 3, 0, 3, 0x81, 6], []));
    expect([...viewRib(world.engine, readSearch([kind.name, ...words.split(' ')]))]).toHaveLength(count);
  });

  test('shows the fields of a route, and the labels of each path', () => {
    const kind = KINDS.find(({ name }) => name === 'l3vpn-ipv4-unicast')!;
    const { world, source } = scene(kind);
    deliver(source, announceIn(kind, octets(samplesOf(kind)[0]!.nlri), NEXT_HOPS[12]!));
    const [view] = [...viewRib(world.engine, readSearch(['l3vpn-ipv4', 'rd', '65000:1']))];
    expect(view).toMatchObject({
      family: 'l3vpn-ipv4-unicast',
      prefix: '65000:1:192.0.2.0/24',
      paths: [{ nextHop: '192.0.2.9', nlri: { rd: '65000:1', labels: [100] } }],
    });
  });

  test.each([
    [['evpn', 'rd'], '"rd" needs a value'],
    [['evpn', 'rd', 'foo'], '"foo" is not a value of "rd", such as "rd 65000:1"'],
    [['mac', '02:00:5e'], '"02:00:5e" is not a value of "mac"'],
    [['mac', '2:0:5e:0:0:1'], '"2:0:5e:0:0:1" is not a value of "mac"'],
    [['route-type', 'macadv'], '"macadv" is not a value of "route-type"'],
    [['esi', '1'], '"1" is not a value of "esi"'],
    [['vni', 'x'], '"x" is not a value of "vni"'],
    [['ip', '10.0.0'], '"10.0.0" is not a value of "ip"'],
    [['route-target', '65000'], '"65000" is not a value of "route-target"'],
    [['evpn', '10.0.0/8'], 'expected an EVPN route such as'],
    [['evpn', 'a', 'b'], '"b" is neither a family nor a filter'],
    [['afi-9-safi-9'], '"afi-9-safi-9" is no address family in use'],
  ])('%j is explained', (words, problem) => {
    expect(() => evpn()(...words)).toThrow(problem);
  });
});
