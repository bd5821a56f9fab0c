/** Attribute sets that are ever new need bounded memory, and when all are withdrawn none of it. */
import { TimeSlice } from '../../src/lib/clock.ts';
import { Ingest } from '../../src/rib/ingest.ts';
import { Rib } from '../../src/rib/rib.ts';
import type { UpdateContext } from '../../src/wire/context.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';
import { announce, withdraw } from '../lab/updates.ts';

const CONTEXT: UpdateContext = {
  as4: true,
  ebgp: false,
  addPath: new Uint8Array(2),
  families: new Uint8Array(2).fill(1),
  extendedNextHop: false,
};
const PREFIXES = 2000;
const ROUNDS = 12;

const rib = new Rib({ as: 65_000, routerId: 1, clusterIds: [1] });
const ingest = new Ingest(rib);
const role = { ebgp: false, client: true, clusterId: 1, importAccepts: true };
const peer = rib.addPeer(Uint8Array.of(192, 0, 2, 1), role);
const view = new UpdateView();
const slice = new TimeSlice({ nowMs: () => 0, wallMs: () => 0 }, 1);
const family = rib.families[IPV4_UNICAST];

/** An UPDATE with 120 communities, some 500 octets of attributes; and the offsets of the first one and the next hop. */
const TEMPLATE = announce(['20.0.0.0/24'], {
  localPref: 100,
  communities: Array.from({ length: 120 }, (_, i) => 0xaabbcc00 + i),
  nextHop: '10.170.187.204',
});
const COMMUNITY_AT = Buffer.from(TEMPLATE).indexOf(Buffer.of(0xaa, 0xbb, 0xcc, 0));
const NEXT_HOP_AT = Buffer.from(TEMPLATE).indexOf(Buffer.of(10, 170, 187, 204));

/** Prefix `i` with a set that no other round and no other prefix has. */
function announcement(i: number, round: number): Uint8Array {
  const bytes = TEMPLATE.slice();
  const fields = new DataView(bytes.buffer);
  fields.setUint32(COMMUNITY_AT, round * PREFIXES + i + 1);
  fields.setUint32(NEXT_HOP_AT, 0x0a000000 + round * 0x10000 + i);
  fields.setUint16(bytes.length - 2, i);
  return bytes;
}

function take(message: Uint8Array): void {
  scanUpdate(message, 0, message.length, CONTEXT, view);
  ingest.ingest(view, peer, CONTEXT, 0);
}

function settle(): void {
  for (let prefix = family.nextDirty(); prefix !== 0; prefix = family.nextDirty()) {
    family.decide(prefix);
    family.settle(prefix);
  }
}

function bytes(): number {
  return rib.attributes.bytes() + rib.nextHops.bytes() + family.bytes();
}

test('24,000 sets, 2,000 at a time, need no more memory than the first 4,000, and none at the end', () => {
  const start = bytes();
  let [early, most] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < PREFIXES; i++) {
      take(announcement(i, round));
      if (i % 64 === 0) rib.tidy(slice);
    }
    settle();
    most = Math.max(most, bytes());
    if (round === 1) early = most;
  }
  expect(rib.attributes.count).toBe(PREFIXES);
  expect(rib.attributes.accounts.of(peer.account)).toBeGreaterThan(PREFIXES * 500);
  expect(most).toBeLessThan(early * 1.25);
  for (let i = 0; i < PREFIXES; i++) take(withdraw([`20.${i >> 8}.${i & 255}.0/24`]));
  settle();
  expect([rib.attributes.count, rib.nextHops.count, family.prefixes.count, family.paths.count]).toEqual([0, 0, 0, 0]);
  expect(rib.attributes.accounts.total).toBe(0);
  expect(bytes() - start).toBeLessThan(3 << 20);
});
