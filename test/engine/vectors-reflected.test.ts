/**
 * UPDATEs of ExaBGP and GoBGP (test/vectors/README.md) through the reflector: the receiver gets every attribute and every NLRI
 * as they were sent, and ORIGINATOR_ID and CLUSTER_LIST beside them.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { attributeEnd, attributeValueOffset } from '../../src/wire/attributes/canonical.ts';
import { KNOWN_FAMILIES } from '../../src/wire/families/catalog.ts';
import { useFamily } from '../../src/wire/families.ts';
import type { FamilyKind } from '../../src/wire/family.ts';
import { open, u16 } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const MP_REACH = 14;
const ADDED = [9, 10];

interface Vector {
  readonly source?: string;
  readonly raw: string;
  readonly decoded?: unknown;
}

function vectorsOf(file: string): Vector[] {
  const text = readFileSync(resolve(__dirname, '../vectors', file), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Attributes of an UPDATE by code, with their values in hexadecimal. */
function attributesOf(message: Uint8Array): Map<number, string> {
  const withdrawn = (message[19] << 8) | message[20];
  const start = 23 + withdrawn;
  const end = start + ((message[start - 2] << 8) | message[start - 1]);
  const found = new Map<number, string>();
  for (let at = start; at < end; at = attributeEnd(message, at)) {
    const value = message.subarray(attributeValueOffset(message, at), attributeEnd(message, at));
    found.set(message[at + 1], Buffer.from(value).toString('hex'));
  }
  return found;
}

/** The family of the routes that an UPDATE announces in MP_REACH_NLRI, if it has a codec. */
function familyIn(attributes: Map<number, string>): FamilyKind | undefined {
  const header = Buffer.from(attributes.get(MP_REACH) ?? '', 'hex');
  const kind = KNOWN_FAMILIES.find(
    ({ afi, safi }) => header.length > 3 && afi === header.readUInt16BE(0) && safi === header[2],
  );
  return kind === undefined || kind.codec === null ? undefined : kind;
}

const AS_PATH = 2;
const LOCAL_PREF = 5;
/** GoBGP ran on the loopback interface; an address there is no next hop (RFC 4271 6.3). */
const LOOPBACK = /^(.*800e..(?:....)(?:..)04)7f000001/;

/** Messages of iBGP sessions without ADD-PATH identifiers and without our AS number. */
const CASES = ['exabgp-messages.jsonl', 'gobgp-messages.jsonl'].flatMap((file) =>
  vectorsOf(file).flatMap(({ source = 'gobgp', raw: recorded, decoded }): [string, string, FamilyKind][] => {
    const raw = recorded.replace(LOOPBACK, '$1c0000209');
    const message = Buffer.from(raw, 'hex');
    if (message[18] !== 2 || JSON.stringify(decoded ?? '').includes('path-information')) return [];
    const attributes = attributesOf(message);
    const kind = familyIn(attributes);
    const isLoop = attributes.get(AS_PATH)?.includes('0000fde8') === true;
    return kind === undefined || isLoop || !attributes.has(LOCAL_PREF) ? [] : [[source, raw, kind]];
  }),
);

function up(world: World, n: number, { afi, safi }: FamilyKind, sent: Uint8Array[]): SimPeer {
  const peer = new SimPeer(world, `10.0.0.${n}`, n);
  const { connection } = peer;
  const { onBytes } = connection;
  connection.onBytes = (bytes) => {
    sent.push(bytes.slice());
    onBytes(bytes);
  };
  peer.establish(open(OUR_AS, n, { capabilities: [1, 4, ...u16(afi), 0, safi, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8] }));
  return peer;
}

test('there are messages of most families', () => {
  expect(new Set(CASES.map(([, , { name }]) => name)).size).toBeGreaterThan(10);
});

test.each(CASES.map(([source, raw, kind]) => [`${kind.name} of ${source}`, raw.slice(38, 120), raw, kind] as const))(
  '%s is reflected as it was sent: %s',
  (_name, _start, raw, kind) => {
    const { id } = useFamily(kind);
    const world = new World(router({ ranges: [range({ session: { families: [id] } })] }));
    const sent: Uint8Array[] = [];
    const [source] = [up(world, 1, kind, []), up(world, 2, kind, sent)];
    world.pass(3000);
    sent.length = 0;
    const message = Buffer.from(raw, 'hex');
    source.send(message);
    world.settle();
    expect(world.eventsNamed('update.malformed')).toEqual([]);
    const got = attributesOf(Buffer.concat(sent));
    for (const code of ADDED) expect(got.delete(code)).toBe(true);
    const wanted = attributesOf(message);
    // NEXT_HOP has no meaning beside MP_REACH_NLRI (RFC 4760 3).
    wanted.delete(3);
    for (const code of ADDED) wanted.delete(code);
    expect(Object.fromEntries(got)).toEqual(Object.fromEntries(wanted));
  },
);
