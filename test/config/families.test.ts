/** `families`: by name and by number, and what contradicts. */

import { load } from '../../src/config/read/load.ts';
import { FAMILY_NAMES } from '../../src/config/values/families.ts';
import { makeOpen } from '../../src/fsm/offer.ts';
import { FAMILIES } from '../../src/wire/families.ts';
import { decodeOpen, encodeOpen } from '../../src/wire/open/open.ts';
import { problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

const peer = (settings: string) => `${ROUTER}peers:\n  - { address: 192.0.2.1, as: internal, ${settings} }\n`;
const two = (one: string, other: string) =>
  `${ROUTER}peers:\n  - { address: 192.0.2.1, as: internal, ${one} }\n  - { address: 192.0.2.2, as: internal, ${other} }\n`;
const namesOf = (text: string) => specOf(text).peers[0]!.session.families.map((id) => FAMILIES[id]!.name);

test('only unicast is offered by default', () => {
  expect(namesOf(peer('description: x'))).toEqual(['ipv4-unicast', 'ipv6-unicast']);
});

test('families by name and by number are taken into use, and keep their place over a reload', () => {
  const first = namesOf(peer('families: [ipv4-unicast, l2vpn-evpn, { afi: 16397, safi: 70, nlri: length-bits }]'));
  expect(first).toEqual(['ipv4-unicast', 'l2vpn-evpn', 'afi-16397-safi-70']);
  const ids = FAMILIES.map(({ name }) => name);
  expect(namesOf(peer('families: [l3vpn-ipv4-unicast, l2vpn-evpn]'))).toEqual(['l2vpn-evpn', 'l3vpn-ipv4-unicast']);
  expect(FAMILIES.slice(0, ids.length).map(({ name }) => name)).toEqual(ids);
});

test('values of one family stay with it', () => {
  const { peers } = specOf(
    peer('families: [ipv4-unicast, l2vpn-evpn], max-prefix: { families: { l2vpn-evpn: { limit: 7 } } }'),
  );
  const { inbound } = peers[0]!.limits!;
  expect(FAMILIES.map(({ id, name }) => [name, inbound[id]?.limit]).filter(([, limit]) => limit)).toEqual([
    ['l2vpn-evpn', 7],
  ]);
});

test('all families fit into one OPEN, with every capability that has a part for each', () => {
  const text = peer(
    `families: [${FAMILY_NAMES.join(', ')}], add-path: { receive: true, send: all }, graceful-restart: {}, llgr: { time: 60 }`,
  );
  const { session } = specOf(text).peers[0]!;
  expect(session.families).toHaveLength(FAMILY_NAMES.length);
  const ours = makeOpen({ ...session, restarted: false, forwarding: true });
  const bytes = encodeOpen(ours);
  const read = decodeOpen(bytes, 0, bytes.length);
  expect(read).toMatchObject({ ok: true, open: { capabilities: ours.capabilities } });
});

test('short names are those of the same families, and a family that is named twice counts once', () => {
  expect(namesOf(peer('families: [ipv4, vpnv4, evpn, flowspec-ipv4, l2vpn-evpn, rtc]'))).toEqual(
    namesOf(peer('families: [ipv4-unicast, l3vpn-ipv4-unicast, l2vpn-evpn, ipv4-flowspec, rt-constrain]')),
  );
});

test.each([
  ['evpm', 'evpn'],
  ['vpn4', 'vpnv4'],
  ['ipv4-unicats', 'ipv4-unicast'],
])('for %s the error suggests %s', (typed, meant) => {
  const result = load(peer(`families: [${typed}]`), 'test.yaml');
  expect(result.ok ? [] : result.problems.map(({ suggestion }) => suggestion)).toEqual([`did you mean \`${meant}\`?`]);
});

test.each([
  ['families: [evpm]', 'evpm is not a family'],
  ['families: [l2vpn-evpm]', 'l2vpn-evpm is not a family'],
  ['families: [{ afi: 16397, safi: 70 }]', '`nlri` is missing'],
  ['families: [{ afi: 16397, safi: 70, nlri: length-words }]', 'length-words is not a framing'],
  ['families: [{ afi: 0, safi: 70, nlri: length-bits }]', 'families[0].afi'],
  ['families: [{ afi: 25, safi: 70, nlri: type-length }]', 'AFI 25 SAFI 70 has a name'],
])('%s is rejected', (settings, what) => {
  expect(problemsOf(peer(settings))).toEqual([expect.stringContaining(what)]);
});

test('two peers frame the routes of a family in the same way', () => {
  const numbers = (nlri: string) => `families: [{ afi: 99, safi: 9, nlri: ${nlri} }]`;
  expect(problemsOf(two(numbers('length-bits'), numbers('length-bits')))).toEqual([]);
  expect(problemsOf(two(numbers('length-bits'), numbers('type-length')))).toEqual([
    expect.stringContaining('AFI 99 SAFI 9 has `nlri: length-bits` elsewhere'),
  ]);
});

test('a reload cannot change the framing of a family that is in use', () => {
  const numbers = (nlri: string) => peer(`families: [{ afi: 98, safi: 9, nlri: ${nlri} }]`);
  specOf(numbers('length-bits'));
  expect(problemsOf(numbers('length-octets'))).toEqual([expect.stringContaining('the running daemon has routes of')]);
});

test('`next-hop` warns only about families that it applies to', () => {
  expect(warningsOf(peer('next-hop: 192.0.2.9, families: [ipv4-unicast, l2vpn-evpn, l3vpn-ipv6-unicast]'))).toEqual([]);
});
