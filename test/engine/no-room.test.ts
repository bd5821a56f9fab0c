/** An attribute that a family can do without, where a message has no room for it (RFC 9552 5.3, RFC 8654). */
import { readSearch } from '../../src/config/policy/route-search.ts';
import { viewAdvertised } from '../../src/engine/show/routes/advertised.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { knownFamilyNamed } from '../../src/wire/families/catalog.ts';
import { useFamily } from '../../src/wire/families.ts';
import { announceIn, attribute, open, u16, withdrawIn } from '../lab/updates.ts';
import { CODECS, SAMPLES } from '../wire/families/samples.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const LS = useFamily(knownFamilyNamed('link-state')!);
const BGP_LS = 29;
const EXTENDED = [6, 0];
const NEXT_HOP = [192, 0, 2, 9];
const OWN = SAMPLES.filter(({ family }) => CODECS[family] === LS.codec).map(({ nlri, text }) => ({
  text,
  nlri: [...Buffer.from(nlri, 'hex')],
}));
/** The shortest NLRI and the longest. */
const [short, long] = [...OWN]
  .sort((a, b) => a.nlri.length - b.nlri.length)
  .filter((_, i, { length }) => i === 0 || i === length - 1);
/** A message without the attribute: header and lengths; MP_REACH_NLRI; ORIGIN, AS_PATH, LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST. */
const FIXED = 23 + (7 + 1 + 4 + 1) + 4 + 3 + 7 + 7 + 7;

/** BGP-LS of this many octets in all: one TLV. */
function linkState(octets: number): number[] {
  const value = octets - 8;
  return attribute(0x90, BGP_LS, [...u16(1155), ...u16(value), ...new Array<number>(value).fill(7)]);
}

function scene(): { world: World; source: SimPeer; taking: SimPeer; plain: SimPeer } {
  const world = new World(router({ ranges: [range({ session: { extendedMessages: true, families: [LS.id] } })] }));
  const up = (n: number, more: readonly number[]) => {
    const peer = new SimPeer(world, `10.0.0.${n}`, n);
    peer.longest = more.length > 0 ? 65_535 : 4096;
    const capabilities = [1, 4, ...u16(LS.afi), 0, LS.safi, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8, ...more];
    peer.establish(open(OUR_AS, n, { capabilities }));
    return peer;
  };
  const made = { world, source: up(1, EXTENDED), taking: up(2, EXTENDED), plain: up(3, []) };
  world.pass(3000);
  return made;
}

function deliver(peer: SimPeer, ...messages: Uint8Array[]): void {
  peer.send(...messages);
  peer.world.settle();
}

const announceLs = (nlri: readonly number[], octets: number) =>
  announceIn(LS, nlri, NEXT_HOP, octets === 0 ? {} : { extra: [linkState(octets)] });
/** Codes of the attributes of a route that the receiver has, beside those of every route. */
const codesAt = ({ held }: SimPeer, text: string) => held.get(text)?.others.map(({ code }) => code);
const dropped = (world: World) => world.eventsNamed('group.attribute-dropped');

/** What `show peer X advertised` and `explain` say of a route. */
function shown({ engine }: World, peer: SimPeer, text: string) {
  const target = engine.peers.get(peer.address)!;
  const views = [...viewAdvertised(engine, target, readSearch([LS.name]))].filter((view) => view?.prefix === text);
  const rows = [...explain(engine, text, [target], false, LS.name)];
  return {
    codes: views.map((view) => view?.others.map(({ code }) => code)),
    explained: rows.map((row) => row.advertised),
  };
}

test('BGP-LS attributes that need an extended message: without extended messages the route arrives without it', () => {
  const { world, source, taking, plain } = scene();
  const { nlri, text } = long;
  deliver(source, announceLs(nlri, 5000));
  expect(codesAt(taking, text)).toEqual([BGP_LS]);
  expect(codesAt(plain, text)).toEqual([]);
  expect(dropped(world)).toEqual([
    expect.objectContaining({ family: 'link-state', prefixes: 1, octets: 4096, attribute: 'BGP-LS' }),
  ]);
  expect(world.eventsNamed('group.too-long')).toEqual([]);
  expect(shown(world, taking, text)).toEqual({ codes: [[BGP_LS]], explained: [true] });
  expect(shown(world, plain, text)).toEqual({ codes: [[]], explained: [true] });
  // It fits again.
  deliver(source, announceLs(nlri, 500));
  expect(codesAt(plain, text)).toEqual([BGP_LS]);
  expect(shown(world, plain, text).codes).toEqual([[BGP_LS]]);
  deliver(source, announceLs(nlri, 5000));
  expect(codesAt(plain, text)).toEqual([]);
  deliver(source, withdrawIn(LS, nlri));
  expect(plain.prefixes).toEqual([]);
});

test('a peer that joins later is sent the same', () => {
  const { world, source, plain } = scene();
  deliver(source, announceLs(long.nlri, 5000));
  plain.connection.lose();
  world.settle();
  plain.held.clear();
  plain.connect();
  plain.establish(open(OUR_AS, 3, { capabilities: [1, 4, ...u16(LS.afi), 0, LS.safi, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8] }));
  world.pass(3000);
  expect(codesAt(plain, long.text)).toEqual([]);
});

test.each([
  ['of which the last octet is free', 0, [BGP_LS]],
  ['where one octet is missing', 1, []],
])('an attribute beside the NLRI %s', (_name, missing, codes) => {
  const { world, source, plain } = scene();
  deliver(source, announceLs(long.nlri, 4096 - FIXED - long.nlri.length + missing));
  expect(codesAt(plain, long.text)).toEqual(codes);
  expect(dropped(world)).toHaveLength(missing);
  expect(shown(world, plain, long.text)).toEqual({ codes: [codes], explained: [true] });
});

test('of routes with the same attributes, only those that do not fit with them lose one', () => {
  const { world, source, plain } = scene();
  const octets = 4096 - FIXED - short.nlri.length;
  deliver(source, announceLs([...long.nlri, ...short.nlri], octets));
  expect(codesAt(plain, short.text)).toEqual([BGP_LS]);
  expect(codesAt(plain, long.text)).toEqual([]);
  expect(shown(world, plain, short.text).codes).toEqual([[BGP_LS]]);
  expect(shown(world, plain, long.text).codes).toEqual([[]]);
  expect(dropped(world)).toEqual([expect.objectContaining({ prefixes: 1 })]);
});

test('a route that does not fit without it either is withdrawn', () => {
  const { world, source, plain } = scene();
  const filling = attribute(0xd0, 200, new Array<number>(4500).fill(7));
  deliver(source, announceLs(long.nlri, 300));
  expect(plain.prefixes).toEqual([long.text]);
  deliver(source, announceIn(LS, long.nlri, NEXT_HOP, { extra: [linkState(300), filling] }));
  expect(plain.prefixes).toEqual([]);
  expect(dropped(world)).toEqual([]);
  expect(world.eventsNamed('group.too-long')).toHaveLength(1);
  expect(shown(world, plain, long.text)).toEqual({ codes: [], explained: [false] });
});
