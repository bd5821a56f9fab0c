/** Policies on routes of VPN and EVPN families: by route distinguisher, route type, VNI and MAC address. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCheck } from '../../src/cli/check.ts';
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { testPolicy } from '../../src/daemon/policy/policy-test.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { KNOWN_FAMILIES } from '../../src/wire/families/catalog.ts';
import { useFamily } from '../../src/wire/families.ts';
import { problemsOf } from '../config/support.ts';
import { reconfigureNow } from '../daemon/reconfigure-now.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { announceIn, attribute, open, u16, withdrawIn } from '../lab/updates.ts';
import { announceVpn, VPNV4 } from '../lab/vpn.ts';

const EVPN = useFamily(KNOWN_FAMILIES.find(({ name }) => name === 'l2vpn-evpn')!);
const AS = 65_000;
const BOTH = [EVPN, VPNV4].flatMap(({ afi, safi }) => [1, 4, ...u16(afi), 0, safi]);
const CAPABILITIES = [...BOTH, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];

const u24 = (value: number) => [(value >> 16) & 255, (value >> 8) & 255, value & 255];
const rd = (as: number, number: number) => [0, 0, ...u16(as), 0, 0, ...u16(number)];
const octets = (mac: string) => mac.split(':').map((one) => Number.parseInt(one, 16));

/** RFC 7432 7.2, with one VNI or two; the RD is 65000:N. */
function macRoute(number: number, mac: string, ...vnis: readonly number[]): number[] {
  const body = [...rd(AS, number), ...new Array(10).fill(0), 0, 0, 0, 0, 48, ...octets(mac), 0, ...vnis.flatMap(u24)];
  return [2, body.length, ...body];
}

/** RFC 7432 7.3; its VNI is in the tunnel attribute (RFC 8365 9). */
function multicastRoute(number: number): number[] {
  return [3, 17, ...rd(AS, number), 0, 0, 0, 0, 32, 192, 0, 2, 1];
}

const tunnel = (vni: number) => attribute(0xc0, 22, [0, 6, ...u24(vni), 192, 0, 2, 1]);

function file(importRules: readonly string[], exportRules: readonly string[] = []): string {
  const policy = (name: string, rules: readonly string[], last: string) =>
    `  ${name}:\n    rules:\n${rules.map((rule) => `      - ${rule}\n`).join('')}    default: ${last}\n`;
  return `router: { as: ${AS}, id: 10.99.0.1 }
listen: []
policies:
${policy('in', importRules, 'reject')}${policy('out', [...exportRules, '{ name: rest, then: accept }'], 'reject')}groups:
  leafs: { as: internal, route-reflector-client: true, families: [ l2vpn-evpn, l3vpn-ipv4-unicast ] }
peers:
  - { address: 10.0.0.1, group: leafs, passive: true, import: [ in ], export: [ out ] }
  - { address: 10.0.0.2, group: leafs, passive: true, import: accept, export: [ out ] }
`;
}

function specOf(text: string, running: RouterSpec | null = null): RouterSpec {
  const loaded = load(text, 'test.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return resolve(loaded.config, undefined, running, loaded.policies);
}

function scene(text: string) {
  const world = new World(specOf(text));
  const [one, two] = [1, 2].map((n) => {
    const peer = new SimPeer(world, `10.0.0.${n}`, n);
    peer.establish(open(AS, n, { capabilities: CAPABILITIES }));
    return peer;
  }) as [SimPeer, SimPeer];
  for (const family of [EVPN, VPNV4]) for (const peer of [one, two]) peer.send(withdrawIn(family, []));
  world.pass(3000);
  return { world, one, two };
}

function send(world: World, peer: SimPeer, nlri: readonly number[], vni?: number): void {
  peer.send(announceIn(EVPN, nlri, [10, 0, 0, 1], { extra: vni === undefined ? [] : [tunnel(vni)] }));
  world.settle();
}

/** The rule that decided about each path of EVPN and VPN, by route. */
function rulings(world: World): Record<string, string | undefined> {
  const all = ['l2vpn-evpn', 'l3vpn-ipv4-unicast'].flatMap((family) => [...viewRib(world.engine, { family })]);
  return Object.fromEntries(all.map(({ prefix, paths }) => [prefix, paths[0]?.policy?.rule.replace('in/', '')]));
}

const MAC_1 = '00:1b:21:00:00:01';
const route = (number: number, mac: string) => `65000:${number}:[2]:[0]:[48]:[${mac}]`;

test('conditions select routes by RD, route type, VNI and MAC address', () => {
  const { world, one } = scene(
    file([
      '{ name: oui, if: { mac: 00:1b:21:* }, then: reject, because: no hosts of this vendor }',
      '{ name: range, if: { mac: 02:00:00:00:10:00/36, rd: 65000:2 }, then: accept }',
      '{ name: tenant, if: { route-type: [ mac-ip, 3 ], vni: [ 1000-1999, 7 ] }, then: accept }',
      '{ name: other-rd, if: { not: { rd: 65000:* }, family: l3vpn-ipv4-unicast }, then: reject }',
      '{ name: vpn, if: { rd: [ "65000:*" ] , family: l3vpn-ipv4-unicast }, then: accept }',
    ]),
  );
  send(world, one, macRoute(1, MAC_1, 1000));
  send(world, one, macRoute(2, '02:00:00:00:1f:ff', 5));
  send(world, one, macRoute(3, '02:00:00:00:1f:ff', 5));
  send(world, one, macRoute(4, '02:00:00:00:00:04', 1999));
  send(world, one, macRoute(5, '02:00:00:00:00:05', 2000));
  send(world, one, macRoute(6, '02:00:00:00:00:06', 2000, 7));
  send(world, one, multicastRoute(7), 1500);
  send(world, one, multicastRoute(8), 2500);
  one.send(announceVpn(['65000:9:10.0.0.0/24', '65001:9:10.0.0.0/24'], ['65000:1']));
  world.settle();
  expect(rulings(world)).toEqual({
    [route(1, MAC_1)]: 'oui',
    [route(2, '02:00:00:00:1f:ff')]: 'range',
    [route(3, '02:00:00:00:1f:ff')]: 'default',
    [route(4, '02:00:00:00:00:04')]: 'tenant',
    [route(5, '02:00:00:00:00:05')]: 'default',
    [route(6, '02:00:00:00:00:06')]: 'tenant',
    '65000:7:[3]:[0]:[32]:[192.0.2.1]': 'tenant',
    '65000:8:[3]:[0]:[32]:[192.0.2.1]': 'default',
    '65000:9:10.0.0.0/24': 'vpn',
    '65001:9:10.0.0.0/24': 'other-rd',
  });
});

test('a route whose VNI changes is evaluated again, for the import and for each export', () => {
  const { world, one, two } = scene(
    file(['{ name: known, if: { vni: 1-99 }, then: accept }'], ['{ name: hidden, if: { vni: 50-60 }, then: reject }']),
  );
  const name = route(1, MAC_1);
  for (const [vni, rule, advertised] of [
    [10, 'known', true],
    [55, 'known', false],
    [100, 'default', false],
    [20, 'known', true],
  ] as const) {
    send(world, one, macRoute(1, MAC_1, vni));
    expect([vni, rulings(world)[name], two.held.has(name)]).toEqual([vni, rule, advertised]);
  }
  one.send(withdrawIn(EVPN, macRoute(1, MAC_1, 0)));
  world.settle();
  expect(two.prefixes).toEqual([]);
});

test('a freed route leaves nothing of its class to the next one', () => {
  const { world, one } = scene(file(['{ name: first, if: { rd: 65000:1 }, then: accept }']));
  send(world, one, macRoute(1, MAC_1, 1));
  one.send(withdrawIn(EVPN, macRoute(1, MAC_1, 0)));
  world.settle();
  send(world, one, macRoute(2, MAC_1, 1));
  expect(rulings(world)).toEqual({ [route(2, MAC_1)]: 'default' });
});

test('a reload with another condition evaluates the routes again', () => {
  const { world, one, two } = scene(file(['{ name: a, if: { vni: 1 }, then: accept }']));
  send(world, one, [...macRoute(1, MAC_1, 1), ...macRoute(2, MAC_1, 2)]);
  expect(two.prefixes).toEqual([route(1, MAC_1)]);
  const spec = specOf(file(['{ name: a, if: { vni: 2 }, then: accept }']), world.engine.spec);
  reconfigureNow(world.engine, diffSpecs(world.engine.spec, spec), spec);
  world.settle();
  expect(two.prefixes).toEqual([route(2, MAC_1)]);
});

test('`policy test` takes a route of a family, and counts those of the tables', () => {
  const { world, one } = scene(file(['{ name: a, if: { route-type: mac-ip, vni: 1 }, then: accept }']));
  const given = `family: evpn, nlri: "${route(1, MAC_1)}"`;
  const rules = (text: string | null) =>
    [...testPolicy(world.engine, 'in', text, false)].flatMap((row) =>
      row === undefined ? [] : row.kind === 'route' ? [row.prefix, row.trace.rule] : [row.rule.rule, row.rule.accepted],
    );
  expect(rules(`${given}, vni: 1`)).toEqual([route(1, MAC_1), 'in/a']);
  expect(rules(`${given}, vni: [ 2, 1 ]`)).toEqual([route(1, MAC_1), 'in/a']);
  expect(rules(`${given}, vni: 2`)).toEqual([route(1, MAC_1), 'in/default']);
  send(world, one, [...macRoute(1, MAC_1, 1), ...macRoute(2, MAC_1, 2), ...macRoute(3, MAC_1, 1)]);
  expect(rules(null)).toEqual(['in/a', 2, 'in/default', 0]);
});

const directory = mkdtempSync(join(tmpdir(), 'nlri-conditions-'));
afterAll(() => rmSync(directory, { recursive: true }));

const HEAD = 'router: { as: 65000, id: 10.99.0.1 }\npeers: [ { address: 192.0.2.1, as: 65000, import: [ in ] } ]\n';
const rule = (condition: string) =>
  `${HEAD}policies:\n  in:\n    rules:\n      - { name: a, if: ${condition}, then: accept }\n    default: reject\n`;

test.each([
  ['{ rd: 65000 }', 'rd: `65000` is not a valid route distinguisher'],
  ['{ rd: 65000:1:2 }', 'rd: `65000:1:2` is not a valid route distinguisher'],
  ['{ rd: 192.0.2.1:70000 }', 'rd: `192.0.2.1:70000` is not a valid route distinguisher'],
  ['{ route-type: macip }', 'route-type: unknown route type `macip`; did you mean `mac-ip`?'],
  ['{ route-type: 300 }', 'route-type: `300` never holds'],
  ['{ vni: 16777216 }', 'vni: `16777216` never holds'],
  ['{ vni: red }', 'vni: `red` is not a valid comparison'],
  [
    '{ mac: 00-1b-21-00-00-01 }',
    'mac: `00-1b-21-00-00-01` is not a valid MAC address; did you mean `00:1b:21:00:00:01`?',
  ],
  ['{ mac: 00:1b:21 }', 'mac: `00:1b:21` is not a valid MAC address'],
  ['{ mac: 00:1b:21:00:00:01/24 }', 'mac: `00:1b:21:00:00:01/24` is not a valid MAC address'],
])('%s is an error that names what is expected', (condition, expected) => {
  const [found] = problemsOf(rule(condition));
  expect(found).toContain(`policies.in.rules[0].if.${expected.split('; ')[0]}`);
});

test.each([
  ['{ family: ipv4-unicast, rd: 65000:1 }', 'no route has this `family` and `rd`'],
  ['{ prefix: 10.0.0.0/8, vni: 1 }', 'no route has this `prefix` and `vni`'],
  ['{ family: l3vpn-ipv4-unicast, mac: "*" }', 'no route has this `family` and `mac`'],
  ['{ route-type: ethernet-segment, mac: 00:1b:21:* }', 'no route has this `route-type` and `mac`'],
  ['{ family: l2vpn-evpn, route-type: source-active }', 'no route has this `family` and `route-type`'],
  ['{ any: [ { family: ipv6-unicast, mac: "*" }, { length: 200 } ] }', null],
])('%s never holds', (condition, why) => {
  const found = problemsOf(rule(condition)).join('\n');
  expect(found).toContain(why === null ? 'never holds' : `this condition never holds: ${why}`);
});

test.each([
  ['family: l2vpn-evpn, nlri: "65000:1:[2]:[0]:[48]:[00:1b:21:00:00:01]", vni: 7', 'accepted-by: a', null],
  ['family: evpn, nlri: "65000:1:[3]:[0]:[32]:[192.0.2.1]"', 'rejected-by: default', null],
  ['family: vpnv4, nlri: "65000:1:10.0.0.0/8"', 'rejected-by: default', null],
  ['family: ipv4-unicast, prefix: 10.0.0.0/8', 'rejected-by: default', null],
  [
    'family: evpn, nlri: "65000:1:[2]:[0]:[48]:[00:1b:21:00:00:01]", vni: 8',
    'accepted-by: a',
    'is rejected by in/default',
  ],
  ['family: evpn, nlri: "65000:1"', 'accepted-by: a', 'route.nlri: `65000:1` is not a valid route of l2vpn-evpn'],
  ['family: evpn, prefix: 10.0.0.0/8', 'accepted-by: a', 'a route of l2vpn-evpn is given by its `nlri`'],
  ['family: ipv6, prefix: 10.0.0.0/8', 'accepted-by: a', '`10.0.0.0/8` is not a valid prefix of ipv6-unicast'],
  ['nlri: "65000:1:10.0.0.0/8"', 'accepted-by: a', '`family` is missing beside `nlri`'],
  ['family: evnp, nlri: "65000:1:10.0.0.0/8"', 'accepted-by: a', 'unknown family `evnp`'],
  ['family: evpn, nlri: "65000:1:[3]:[0]:[32]:[192.0.2.1]", vni: red', 'accepted-by: a', '`red` is not a valid VNI'],
])('a test of the route { %s } with { %s }', async (given, expected, error) => {
  const test = `tests: [ { policy: in, route: { ${given} }, expect: { ${expected} } } ]\n`;
  const path = join(directory, 'test.yaml');
  writeFileSync(path, rule('{ mac: 00:1b:21:*, vni: 7 }') + test);
  let text = '';
  const code = await runCheck(path, { write: (out) => (text += out) }, { write: (out) => (text += out) });
  expect({ code, text }).toEqual({ code: error === null ? 0 : 1, text: expect.stringContaining(error ?? '') });
});

test.each([
  '{ family: l2vpn-evpn, route-type: 99 }',
  '{ route-type: multicast, vni: 7 }',
  '{ route-type: [ s-pmsi, 5 ], rd: 192.0.2.1:* }',
  '{ rd: [ 65000L:1, 4200000000:7, "*:1", "0x0003000000000001", 65000-65100:1-9 ] }',
  '{ family: l2vpn-vpls, rd: 65000:1 }',
  '{ mac: [ 00:1b:21:*, 00:1B:21:00:00:00/24, 00:1b:21:00:00:01 ] }',
])('%s is accepted', (condition) => {
  expect(problemsOf(rule(condition))).toEqual([]);
});
