/**
 * The routes of the tests of the codecs, over TCP sessions of the daemon: EVPN types 1 to 11 and an unknown one, opaque families in
 * their four framings, and all others. Each arrives octet by octet, and is withdrawn.
 */
import { rmSync } from 'node:fs';
import { KNOWN_FAMILIES, opaqueFamily } from '../../src/wire/families/catalog.ts';
import { FRAMINGS } from '../../src/wire/families/opaque.ts';
import type { FamilyKind } from '../../src/wire/family.ts';
import { ROUTE_REFRESH, TYPE, u32 } from '../lab/bgp-bytes.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { freePort } from '../lab/loopback.ts';
import { Speaker } from '../lab/speaker.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { announceIn, attribute, u16, withdrawIn } from '../lab/updates.ts';
import { eventually } from '../lab/wait-for.ts';
import { CODECS, SAMPLES, type Sample } from '../wire/families/samples.ts';

const AS = 65000;
const OPAQUE = FRAMINGS.map((framing, i) => ({ afi: 16_397, safi: 70 + i, nlri: framing }));
/** The routes of rt-constrain would select the others. */
const KINDS: readonly FamilyKind[] = [
  ...KNOWN_FAMILIES.filter(({ codec, name }) => codec !== null && name !== 'rt-constrain'),
  ...OPAQUE.map(({ afi, safi, nlri }) => opaqueFamily(afi, safi, nlri)),
];
const MP_REACH = 14;
const MP_UNREACH = 15;
const TUNNEL = attribute(0xc0, 23, [0, 15, 0, 0]);
const TARGET = attribute(0xc0, 16, [0, 2, 0xfd, 0xe8, 0, 0, 0, 100]);

const octets = (hex: string) => [...Buffer.from(hex, 'hex')];
const afiSafi = ({ afi, safi }: FamilyKind) => [...u16(afi), safi];

/** The samples of a family, one for each route. */
function samplesOf({ codec }: FamilyKind): Sample[] {
  const own = SAMPLES.filter(({ family }) => CODECS[family] === codec);
  return [...new Map(own.map((sample) => [sample.text, sample])).values()];
}

/** Of the shortest valid length. */
function nextHopOf({ nextHop }: FamilyKind): number[] {
  const length = nextHop.octets?.[0] ?? 4;
  const isWide = length === 16 || length === 24;
  const rd = length === 12 || length === 24 ? new Array<number>(8).fill(0) : [];
  const address = isWide ? [0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 9] : [192, 0, 2, 9];
  return length === 0 ? [] : [...rd, ...address];
}

/** What is in the MP attributes with this code, by family: NLRI in hexadecimal; an empty one is an End-of-RIB. */
function nlriIn({ messages }: Speaker, code: number): string[] {
  return messages.filter(({ type }) => type === TYPE.update).flatMap(({ body }) => readMp(body, code));
}

function readMp(body: Buffer, code: number): string[] {
  const start = 4 + body.readUInt16BE(0);
  const found: string[] = [];
  for (let at = start; at < start + body.readUInt16BE(start - 2); ) {
    const isLong = (body[at]! & 0x10) !== 0;
    const from = at + (isLong ? 4 : 3);
    const next = from + (isLong ? body.readUInt16BE(at + 2) : body[at + 2]!);
    const nlri = code === MP_REACH ? from + 5 + body[from + 3]! : from + 3;
    if (body[at + 1] === code)
      found.push(`${body.toString('hex', from, from + 3)} ${body.toString('hex', nlri, next)}`);
    at = next;
  }
  return found;
}

jest.setTimeout(60_000);

describe('a daemon with all families', () => {
  const folder = temporaryFolder();
  const reflector = new Reflectord(folder);
  let source: Speaker;
  let receiver: Speaker;

  beforeAll(async () => {
    const port = await freePort();
    await reflector.start({
      router: { as: AS, id: '10.0.0.1' },
      listen: [{ address: '127.0.0.1', port }],
      metrics: { listen: 'none' },
      groups: {
        hosts: {
          as: AS,
          'route-reflector-client': true,
          families: [...KINDS.map(({ name }) => name).filter((name) => !name.startsWith('afi-')), ...OPAQUE],
          dynamic: [{ range: '127.0.0.0/16' }],
        },
      },
    });
    const families = KINDS.map((kind) => [1, ...u16(kind.afi), 0, kind.safi]);
    const capabilities = [...families, ROUTE_REFRESH, [65, ...u32(AS)]];
    receiver = await Speaker.establish({ port, localAddress: '127.0.0.2' }, { as: AS, capabilities });
    source = await Speaker.establish({ port, localAddress: '127.0.0.3' }, { as: AS, capabilities });
  });

  afterAll(async () => {
    source?.end();
    receiver?.end();
    await reflector.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test('reflects every route octet by octet, and its withdrawal', async () => {
    const all = KINDS.flatMap((kind) => samplesOf(kind).map((sample) => [kind, sample] as const));
    expect(all.length).toBeGreaterThan(90);
    // Each has attributes of its own, so that an UPDATE has one route.
    const sent = all.map(([kind, { nlri }], i) =>
      announceIn(kind, octets(nlri), nextHopOf(kind), { med: i, extra: [TUNNEL, TARGET] }),
    );
    source.send(...sent);
    const nlriOf = ([kind, { nlri }]: (typeof all)[number]) => `${Buffer.from(afiSafi(kind)).toString('hex')} ${nlri}`;
    await eventually('all routes are here', () => {
      expect(nlriIn(receiver, MP_REACH).sort()).toEqual(all.map(nlriOf).sort());
    });
    source.send(...all.map(([kind, { nlri, withdrawal }]) => withdrawIn(kind, octets(withdrawal || nlri))));
    await eventually('all of them are withdrawn', async () => {
      const shown = await reflector.ask('count routes', {});
      expect(shown.reduce((sum, { prefixes }) => sum + prefixes, 0)).toBe(0);
      for (const kind of KINDS) {
        const prefix = `${Buffer.from(afiSafi(kind)).toString('hex')} `;
        const withdrawn = nlriIn(receiver, MP_UNREACH).filter((text) => text.startsWith(prefix));
        const together = withdrawn.map((text) => text.slice(prefix.length)).join('');
        const expected = samplesOf(kind).map(({ nlri, withdrawal }) => withdrawal || nlri);
        expect(together).toHaveLength(expected.join('').length);
        for (const nlri of expected) expect(together).toContain(nlri);
      }
    });
    expect([source.closed, receiver.closed]).toEqual([false, false]);
    expect(reflector.log()).not.toMatch(/update\.malformed|family\.disabled/);
  });
});
