/**
 * Link state, SR policies and MUP as GoBGP decodes them: one GoBGP learns the routes from their source, another one from the
 * reflector. Both show the same but for ORIGINATOR_ID and CLUSTER_LIST: what was sent, in their words and in their octets.
 */
import type { OpenFields } from '../lab/bgp-bytes.ts';
import { Doors } from '../lab/doors.ts';
import { apiTable } from '../lab/hosts/gobgp-api.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { startGobgp } from '../lab/hosts/with-families.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import type { Speaker } from '../lab/speaker.ts';
import { announceIn, u16, withdrawIn } from '../lab/updates.ts';
import { eventually } from '../lab/wait-for.ts';
import { toHex } from '../wire/build.ts';
import { AS, FAMILIES, type FamilyName, octets, ROUTES } from './decoded-routes.ts';

const NEXT_HOP = octets('0a630102');
/** The source has a session from each: with the reflector, and with a GoBGP. */
const TO_REFLECTOR = '10.99.0.2';
const TO_GOBGP = '10.99.1.2';
const CAPABILITIES = [
  ...Object.values(FAMILIES).map(({ afi, safi }) => [1, ...u16(afi), 0, safi]),
  [65, 0, 0, ...u16(AS)],
];
/** What a reflector adds, by the names of GoBGP. */
const REFLECTION = ['OriginatorIdAttribute', 'ClusterListAttribute'];

const textOf = (bytes: readonly number[]) => toHex(Uint8Array.from(bytes));

/** An attribute as flags, code and value: whether its length has 1 octet or 2 is each encoder's own choice. */
function withoutLength(text: string): string {
  const flags = Number.parseInt(text.slice(0, 2), 16);
  return `${flags & ~0x10} ${text.slice(2, 4)} ${text.slice(flags & 0x10 ? 8 : 6)}`;
}

/** Neither ORIGINATOR_ID nor CLUSTER_LIST. */
function isOfSource(attributeText: string): boolean {
  return !/^\d+ (09|0a) /.test(attributeText);
}

jest.setTimeout(90_000);

describeAsRoot(['gobgp'], 'routes that GoBGP learns', () => {
  const lab = new Lab();
  let reflector: Reflectord;
  let sources: Speaker[];
  let direct: Namespace;
  let reflected: Namespace;

  beforeAll(async () => {
    const center = await lab.host('reflector', 1);
    const source = await lab.host('source', 2);
    direct = await lab.host('direct', 3);
    reflected = await lab.host('reflected', 4);
    await source.addLoopback(`${TO_GOBGP}/32`);
    reflector = new Reflectord(center.folder, center);
    const families = Object.values(FAMILIES).map(({ theirs }) => theirs);
    await Promise.all([
      startGobgp(direct, { as: AS, peers: [{ ipv4: TO_GOBGP }], families }),
      startGobgp(reflected, { as: AS, peers: [center], families }),
      reflector.start({
        router: { as: AS, id: center.ipv4 },
        groups: { pe: { as: AS, 'route-reflector-client': true, families: Object.keys(FAMILIES) as FamilyName[] } },
        peers: [source, reflected].map(({ ipv4 }) => ({ address: ipv4, group: 'pe' })),
      }),
    ]);
    const fields: OpenFields = { as: AS, holdTime: 0, capabilities: CAPABILITIES };
    sources = await Promise.all([
      Doors.open(source, center.ipv4, [TO_REFLECTOR]).then((doors) => doors.establish(TO_REFLECTOR, fields)),
      Doors.open(source, direct.ipv4, [TO_GOBGP]).then((doors) => doors.establish(TO_GOBGP, fields)),
    ]);
  });
  afterAll(() => lab.close());

  // interop: link state: gobgp
  test('link state: nodes, links and prefixes with their attributes are what was sent, and are withdrawn', async () => {
    await expectSent('link-state');
  });

  // interop: sr policy: gobgp
  test.each(['ipv4-sr-policy', 'ipv6-sr-policy'] as const)(
    '%s: policies with their candidate path are what was sent, and are withdrawn',
    expectSent,
  );

  // interop: mup: gobgp
  test.each(['ipv4-mup', 'ipv6-mup'] as const)('%s: routes are what was sent, and are withdrawn', expectSent);

  async function expectSent(name: FamilyName): Promise<void> {
    const family = FAMILIES[name];
    const routes = ROUTES[name].map((route) => ({ ...route, nlri: octets(route.nlri) }));
    for (const source of sources) {
      source.send(...routes.map(({ nlri, attributes }) => announceIn(family, nlri, NEXT_HOP, { extra: attributes })));
    }
    await eventually('both have the routes', async () => {
      const [ofSource, ofReflector] = [await pathsOf(direct, name), await pathsOf(reflected, name)];
      expect(ofSource).toHaveLength(routes.length);
      expect(ofSource.map(({ reflection }) => reflection)).toEqual(routes.map(() => []));
      expect(ofReflector).toEqual(ofSource.map((path) => ({ ...path, reflection: REFLECTION })));
    });
    for (const [i, { nlri, nlriOctets, attributes, attributeOctets }] of (await pathsOf(reflected, name)).entries()) {
      const { decoded, ...sent } = routes[i]!;
      expect(nlri).toMatchObject(decoded.nlri);
      expect(nlriOctets).toBe(textOf(sent.nlri));
      const shown = attributes.filter(({ is }) => decoded.attributes.some((one) => one.is === is));
      expect(shown).toMatchObject(decoded.attributes);
      const wanted = sent.attributes.map((whole) => withoutLength(textOf(whole)));
      expect(attributeOctets).toEqual(expect.arrayContaining(wanted));
    }
    for (const source of sources) source.send(...routes.map(({ nlri }) => withdrawIn(family, nlri)));
    await eventually('they are withdrawn', async () => {
      expect([await pathsOf(direct, name), await pathsOf(reflected, name)]).toEqual([[], []]);
    });
    expect(reflector.log()).not.toMatch(/update\.malformed|family\.disabled/);
  }
});

/** Its paths in the order of their NLRI, the attributes of a reflector apart. */
async function pathsOf(ns: Namespace, name: FamilyName) {
  const { afi, safi } = FAMILIES[name];
  const paths = Object.values(await apiTable(ns, afi, safi)).flat();
  return paths
    .map(({ nlri, nlriOctets, attributes, attributeOctets }) => ({
      nlri,
      nlriOctets,
      attributes: attributes.filter(({ is }) => !REFLECTION.includes(String(is))),
      attributeOctets: attributeOctets.map(withoutLength).filter(isOfSource).sort(),
      reflection: attributes.map(({ is }) => String(is)).filter((is) => REFLECTION.includes(is)),
    }))
    .sort((a, b) => (a.nlriOctets < b.nlriOctets ? -1 : 1));
}
