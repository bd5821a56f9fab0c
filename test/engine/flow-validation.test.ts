/** Flow specifications are validated by the unicast routes to their destinations (RFC 8955 6, RFC 9117, RFC 8956 5). */
import fc from 'fast-check';
import { readSearch } from '../../src/config/policy/route-search.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { parsePrefix } from '../../src/lib/ip.ts';
import type { ExchangeSpec } from '../../src/spec/exchange.ts';
import { KNOWN_FAMILIES } from '../../src/wire/families/catalog.ts';
import { type Family, useFamily } from '../../src/wire/families.ts';
import { runs } from '../lab/effort.ts';
import { announce, announceIn, nlri, open, type Route, u16, withdraw, withdrawIn } from '../lab/updates.ts';
import { announceVpn, VPNV4, withdrawVpn } from '../lab/vpn.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from './world.ts';

const kind = (name: string): Family => useFamily(KNOWN_FAMILIES.find((one) => one.name === name)!);
const FLOW4 = kind('ipv4-flowspec');
const FLOW6 = kind('ipv6-flowspec');
const FLOW_VPN = kind('l3vpn-ipv4-flowspec');
const UNICAST = [
  { afi: 1, safi: 1 },
  { afi: 2, safi: 1 },
];
const ALL = [...UNICAST, VPNV4, FLOW4, FLOW6, FLOW_VPN];
const [SITE, OTHER] = [65_001, 65_002];
const RD = [0, 0, 0, 1, 0, 0, 0, 1];

function come(world: World, address: string, n: number, as: number): SimPeer {
  const peer = new SimPeer(world, address, n, as);
  const families = ALL.flatMap(({ afi, safi }) => [1, 4, ...u16(afi), 0, safi]);
  peer.establish(open(as, n, { capabilities: [...families, 2, 0, 65, 4, 0, 0, ...u16(as)] }));
  return peer;
}

/** Two clients, and peers in two other AS; the settings are those of the peers in `SITE`. */
function scene(settings: Partial<ExchangeSpec> = {}, inside: Partial<ExchangeSpec> = {}) {
  const families = [0, 1, VPNV4.id, FLOW4.id, FLOW6.id, FLOW_VPN.id] as Family['id'][];
  const outside = (exchange: Partial<ExchangeSpec>) =>
    ({
      session: { remoteAs: { kind: 'external' }, families },
      exchange: { client: false, flowspecValidation: true, ...exchange },
    }) as const;
  const peers = [
    peerSpec('192.0.2.1', outside(settings)),
    peerSpec('192.0.2.2', outside({})),
    peerSpec('192.0.2.3', outside(settings)),
  ];
  const world = new World(router({ ranges: [range({ session: { families }, exchange: inside })], peers }));
  const [client, second] = [come(world, '10.0.0.1', 1, OUR_AS), come(world, '10.0.0.9', 9, OUR_AS)];
  const [site, other, sibling] = [
    come(world, '192.0.2.1', 2, SITE),
    come(world, '192.0.2.2', 3, OTHER),
    come(world, '192.0.2.3', 4, SITE),
  ];
  const change = (exchange: Partial<ExchangeSpec>) => {
    world.engine.peers.get('192.0.2.1')!.reconfigure(peerSpec('192.0.2.1', outside(exchange)), true);
    world.settle();
  };
  return { world, client, second, site, other, sibling, change };
}

function deliver(peer: SimPeer, ...messages: Uint8Array[]): void {
  peer.send(...messages);
  peer.world.settle();
}

const attributesOf = (peer: SimPeer, asPath?: readonly number[]): Route => ({
  asPath: asPath ?? (peer.as === OUR_AS ? [] : [peer.as]),
  localPref: 100,
});
const unicast = (peer: SimPeer, ...prefixes: string[]) => deliver(peer, announce(prefixes, attributesOf(peer)));
/** A rule for a destination and TCP. */
const components = (destination: string) => [1, ...nlri(destination), 3, 0x81, 6];
const ruleOf = (octets: readonly number[]) => [octets.length, ...octets];
const flow = (peer: SimPeer, destination: string, route: Route = {}) =>
  deliver(peer, announceIn(FLOW4, ruleOf(components(destination)), [], { ...attributesOf(peer), ...route }));
const rules = (peer: SimPeer) => peer.prefixes.filter((text) => text.includes('proto'));
const DST = '10.1.2.0/24';
const RULE = `dst ${DST}; proto =tcp`;

/** Why the rules of a family are unusable, by rule. */
function why(world: World, family: Family = FLOW4): Record<string, string> {
  const rows = [...viewRib(world.engine, readSearch([family.name]))];
  return Object.fromEntries(
    rows.map(({ prefix, paths }) => [prefix, paths.map(({ unusable }) => unusable ?? '').join('|')]),
  );
}

describe('a rule from another AS', () => {
  test('follows the unicast route of its originator: feasible, withdrawn when it goes, feasible when it is back', () => {
    const { world, client, site } = scene();
    flow(site, DST);
    expect(rules(client)).toEqual([]);
    expect(why(world)[RULE]).toContain('no unicast route covers its destination');
    unicast(site, '10.1.0.0/16');
    expect(rules(client)).toEqual([RULE]);
    deliver(site, withdraw(['10.1.0.0/16']));
    expect(rules(client)).toEqual([]);
    unicast(site, '0.0.0.0/0');
    expect(rules(client)).toEqual([RULE]);
  });

  test('is infeasible when another originator has the best route, or a longer one', () => {
    const { world, client, site, other } = scene();
    unicast(site, '10.1.0.0/16');
    flow(site, DST);
    expect(rules(client)).toEqual([RULE]);
    unicast(other, '10.1.2.0/23');
    expect(rules(client)).toEqual([]);
    expect(why(world)[RULE]).toContain('from another originator');
    deliver(other, withdraw(['10.1.2.0/23']));
    expect(rules(client)).toEqual([RULE]);
    deliver(other, announce(['10.1.0.0/16'], { asPath: [OTHER], med: 0, origin: 0 }));
    unicast(site, '10.1.0.0/16');
    // The same length: the path with the lower router id is still the best.
    expect(rules(client)).toEqual([RULE]);
    deliver(site, announce(['10.1.0.0/16'], { asPath: [SITE, 7] }));
    expect(rules(client)).toEqual([]);
  });

  test('is infeasible while a more specific route is from another neighbor AS', () => {
    const { world, client, site, other, sibling } = scene();
    unicast(site, '10.1.0.0/16', '10.1.2.128/25', '10.1.2.200/32');
    flow(site, DST);
    expect(rules(client)).toEqual([RULE]);
    unicast(other, '10.1.3.0/25', '10.1.1.255/32');
    expect(rules(client)).toEqual([RULE]);
    unicast(other, '10.1.2.255/32');
    expect(rules(client)).toEqual([]);
    expect(why(world)[RULE]).toContain('a more specific route');
    deliver(other, withdraw(['10.1.2.255/32']));
    expect(rules(client)).toEqual([RULE]);
    unicast(sibling, '10.1.2.255/32');
    expect(rules(client)).toEqual([RULE]);
  });

  test('must begin with the AS of the best unicast route (RFC 9117 4.2), whatever `enforce-first-as` says', () => {
    const { world, client, site } = scene({ enforceFirstAs: false });
    unicast(site, '10.1.0.0/16');
    flow(site, DST, { asPath: [OTHER, SITE] });
    expect(rules(client)).toEqual([]);
    expect(why(world)[RULE]).toContain('another neighbor AS (RFC 9117 4.2)');
    flow(site, DST, { asPath: [SITE, OTHER] });
    expect(rules(client)).toEqual([RULE]);
  });

  test('needs a destination', () => {
    const { world, client, site } = scene();
    unicast(site, '0.0.0.0/0');
    deliver(site, announceIn(FLOW4, [3, 3, 0x81, 6], [], attributesOf(site)));
    expect(rules(client)).toEqual([]);
    expect(Object.values(why(world))[0]).toContain('no destination prefix');
  });

  test('is not validated with `flowspec-validation: false`; a reload validates, and stops', () => {
    const { client, site, change } = scene({ flowspecValidation: false });
    flow(site, DST);
    expect(rules(client)).toEqual([RULE]);
    change({ flowspecValidation: true });
    expect(rules(client)).toEqual([]);
    change({ flowspecValidation: false });
    expect(rules(client)).toEqual([RULE]);
  });

  test('stays infeasible for one peer while the same rule of another peer is used', () => {
    const { world, client, site, other } = scene();
    unicast(site, '10.1.0.0/16');
    flow(other, DST);
    flow(site, DST);
    expect(client.held.get(RULE)?.asPath).toBe(String(SITE));
    expect(why(world)[RULE]).toMatch(/^\|an infeasible.*originator/);
    deliver(site, withdrawIn(FLOW4, ruleOf(components(DST))));
    expect(rules(client)).toEqual([]);
  });

  test('`explain` names the reason', () => {
    const { world, site } = scene();
    flow(site, DST);
    const rows = [...explain(world.engine, RULE, world.engine.peers.values(), false, FLOW4.name)];
    expect(rows.map((row) => row.why)).toContainEqual(expect.stringContaining('no unicast route covers'));
  });

  test('has the unicast routes of before: the tables are walked when the first rule comes', () => {
    const { client, site } = scene();
    const many = (i: number) => Array.from({ length: 250 }, (_, j) => `20.${i}.${j}.0/24`);
    site.send(...Array.from({ length: 40 }, (_, i) => announce(many(i), attributesOf(site))));
    unicast(site, '10.1.0.0/16');
    flow(site, DST);
    expect(rules(client)).toEqual([RULE]);
  });
});

describe('a rule of iBGP', () => {
  test('is not validated by default', () => {
    const { client, second } = scene();
    flow(second, DST, { asPath: [7] });
    expect(rules(client)).toEqual([RULE]);
  });

  test('is feasible with an empty AS_PATH, or one of our confederation alone (RFC 9117 4.1)', () => {
    const { client, second } = scene({}, { flowspecValidation: true });
    flow(second, DST);
    expect(rules(client)).toEqual([RULE]);
    flow(second, DST, { confedPath: [64_999] });
    expect(rules(client)).toEqual([RULE]);
  });

  test('with an AS_PATH needs the route of its originator, which is ORIGINATOR_ID or the peer', () => {
    const { world, client, second } = scene({}, { flowspecValidation: true });
    flow(second, DST, { asPath: [7] });
    expect(rules(client)).toEqual([]);
    deliver(second, announce(['10.1.0.0/16'], { asPath: [7], localPref: 100 }));
    expect(rules(client)).toEqual([RULE]);
    flow(second, DST, { asPath: [7], originatorId: 77, clusterList: [5] });
    expect(rules(client)).toEqual([]);
    expect(why(world)[RULE]).toContain('another originator');
    deliver(second, announce(['10.1.0.0/16'], { asPath: [7], localPref: 100, originatorId: 77, clusterList: [5] }));
    expect(rules(client)).toEqual([RULE]);
  });
});

test('IPv6: by IPv6 unicast routes, and only with a destination without an offset (RFC 8956 5)', () => {
  const { world, client, site } = scene();
  const rule = (offset: number, prefix: string) => {
    const { address, length } = parsePrefix(prefix)!;
    const octets = address.subarray(offset >> 3, (length + 7) >> 3);
    return ruleOf([1, length, offset, ...octets, 3, 0x81, 6]);
  };
  unicast(site, '2001:db8::/32');
  deliver(site, announceIn(FLOW6, rule(0, '2001:db8:1::/48'), [], attributesOf(site)));
  deliver(site, announceIn(FLOW6, rule(16, '2001:db8:2::/48'), [], attributesOf(site)));
  deliver(site, announceIn(FLOW6, rule(0, '2001:db9::/32'), [], attributesOf(site)));
  expect(rules(client)).toEqual(['dst 2001:db8:1::/48; proto =tcp']);
  expect(Object.values(why(world, FLOW6)).sort()).toEqual([
    '',
    expect.stringContaining('no destination prefix without an offset'),
    expect.stringContaining('no unicast route'),
  ]);
});

test('VPN: by the routes with the same route distinguisher', () => {
  const { client, site } = scene();
  const rule = (rd: readonly number[]) => ruleOf([...rd, ...components(DST)]);
  deliver(site, announceIn(FLOW_VPN, rule(RD), [], attributesOf(site)));
  deliver(site, announceIn(FLOW_VPN, rule([...RD.slice(0, 7), 2]), [], attributesOf(site)));
  unicast(site, '10.1.0.0/16');
  expect(rules(client)).toEqual([]);
  deliver(site, announceVpn(['1:1:10.1.0.0/16'], [], attributesOf(site)));
  expect(rules(client)).toEqual([`1:1:${RULE}`]);
  deliver(site, withdrawVpn(['1:1:10.1.0.0/16']));
  expect(rules(client)).toEqual([]);
});

test('a property: after any changes, what is feasible is what RFC 8955 6 says of the tables', () => {
  const prefixes = [
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.0/23',
    '10.1.2.0/24',
    '10.1.2.128/25',
    '10.1.3.0/24',
    '10.2.0.0/16',
    '0.0.0.0/0',
  ];
  const step = fc.record({
    prefix: fc.constantFrom(...prefixes),
    who: fc.integer({ min: 0, max: 2 }),
    what: fc.constantFrom('unicast', 'withdraw', 'flow', 'unflow'),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const { client, site, other, sibling } = scene();
      const peers = [site, other, sibling];
      const [routes, flows] = [new Map<string, Set<number>>(), new Map<string, Set<number>>()];
      const put = (map: typeof routes, { prefix, who }: (typeof steps)[0], on: boolean) => {
        const set = map.get(prefix) ?? new Set<number>();
        map.set(prefix, set);
        if (on) set.add(who);
        else set.delete(who);
      };
      for (const one of steps) {
        const peer = peers[one.who]!;
        if (one.what === 'unicast') unicast(peer, one.prefix);
        else if (one.what === 'withdraw') deliver(peer, withdraw([one.prefix]));
        else if (one.what === 'flow') flow(peer, one.prefix);
        else deliver(peer, withdrawIn(FLOW4, ruleOf(components(one.prefix))));
        put(
          one.what === 'unicast' || one.what === 'withdraw' ? routes : flows,
          one,
          one.what === 'unicast' || one.what === 'flow',
        );
      }
      // The path of the lowest router id is the best: site, other, sibling in this order.
      const best = (prefix: string) => Math.min(...(routes.get(prefix) ?? []));
      const asOf = (who: number) => peers[who]!.as;
      const covering = (of: string) =>
        prefixes.filter((one) => best(one) < 3 && contains(one, of)).sort((a, b) => lengthOf(b) - lengthOf(a));
      const within = (of: string) => prefixes.filter((one) => best(one) < 3 && one !== of && contains(of, one));
      const isFeasible = (prefix: string, who: number) => {
        const [match] = covering(prefix);
        return (
          match !== undefined && best(match) === who && within(prefix).every((one) => asOf(best(one)) === asOf(who))
        );
      };
      const expected = prefixes.filter((prefix) =>
        [...(flows.get(prefix) ?? [])].some((who) => isFeasible(prefix, who)),
      );
      expect(rules(client)).toEqual(expected.map((prefix) => `dst ${prefix}; proto =tcp`).sort());
    }),
    { numRuns: runs(40) },
  );
});

const lengthOf = (prefix: string) => parsePrefix(prefix)!.length;

function contains(outer: string, inner: string): boolean {
  const [a, b] = [parsePrefix(outer)!, parsePrefix(inner)!];
  const bits = (address: Uint8Array) => [...address].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  return a.length <= b.length && bits(a.address).slice(0, a.length) === bits(b.address).slice(0, a.length);
}
