/** Attribute sets derived from a received one, compared with octets written by hand from the RFCs. */
import { DerivedAttributes } from '../../src/rib/attributes/derived-attributes.ts';
import type { AttributesId } from '../../src/rib/tables/ids.ts';
import { attribute, message, u16 } from '../lab/updates.ts';
import { Table, type TestPeer } from './table.ts';

const PEER: TestPeer = { address: '192.0.2.1', routerId: '192.0.2.1', ebgp: true };

const ORIGIN = [0x40, 1, 1, 0];
const NEXT_HOP = [0x40, 3, 4, 192, 0, 2, 1];
const MED = [0x80, 4, 4, 0, 0, 0, 7];
/** AS_SEQUENCE of 65001 (fde9) and 3333 (0d05). */
const AS_PATH = [0x40, 2, 10, 2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0x0d, 0x05];
/** ONLY_TO_CUSTOMER of AS 65001. */
const OTC = [0xc0, 35, 4, 0, 0, 0xfd, 0xe9];
const LLGR_STALE = [0xff, 0xff, 0, 6];
/** Maximum octets of an attribute set. */
const LONGEST = 65_535;

class Scene extends Table {
  readonly derived = new DerivedAttributes(this.rib.attributes);

  /** The set of a route for 10.0.0.0/8 with these attributes. */
  received(...attributes: readonly (readonly number[])[]): AttributesId {
    const all = attributes.flat();
    this.receive(PEER, message(2, [0, 0, ...u16(all.length), ...all, 8, 10]));
    return this.onlySet();
  }

  /** The set of a route for 2001:db8::/32 with these attributes and an IPv6 next hop in MP_REACH_NLRI. */
  receivedIpv6(nextHop: readonly number[], ...attributes: readonly (readonly number[])[]): AttributesId {
    const reach = attribute(0x80, 14, [0, 2, 1, 16, ...nextHop, 0, 32, 0x20, 0x01, 0x0d, 0xb8]);
    const all = [...attributes.flat(), ...reach];
    this.receive(PEER, message(2, [0, 0, ...u16(all.length), ...all]));
    return this.onlySet();
  }

  private onlySet(): AttributesId {
    expect(this.rib.attributes.count).toBe(1);
    return 1 as AttributesId;
  }

  octets(id: AttributesId): number[] {
    const { attributes } = this.rib;
    const start = attributes.startOf(id);
    return [...attributes.pageOf(id).subarray(start, start + attributes.lengthOf(id))];
  }
}

/** The set of a route whose attributes are exactly so many octets, most of them in one that no router knows. */
function long(scene: Scene, octets: number): AttributesId {
  const rest = [ORIGIN, AS_PATH, NEXT_HOP].flat().length + 4;
  const unknown = attribute(0xc0, 200, new Array(octets - rest).fill(0));
  const received = scene.received(ORIGIN, AS_PATH, NEXT_HOP, unknown);
  expect(scene.rib.attributes.lengthOf(received)).toBe(octets);
  return received;
}

describe('LLGR_STALE', () => {
  test('is a COMMUNITIES attribute at its place, of a set without one', () => {
    const scene = new Scene();
    const large = attribute(0xc0, 32, [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]);
    const id = scene.derived.longLivedOf(scene.received(ORIGIN, AS_PATH, NEXT_HOP, MED, large));
    expect(scene.octets(id)).toEqual([
      ...ORIGIN,
      ...AS_PATH,
      ...NEXT_HOP,
      ...MED,
      ...[0xc0, 8, 4, ...LLGR_STALE],
      ...large,
    ]);
  });

  test('is the last of the communities of a set', () => {
    const scene = new Scene();
    const id = scene.derived.longLivedOf(
      scene.received(ORIGIN, AS_PATH, NEXT_HOP, [0xc0, 8, 8, 0xfd, 0xe9, 0, 1, 0xfd, 0xe9, 0, 2]),
    );
    const communities = [0xc0, 8, 12, 0xfd, 0xe9, 0, 1, 0xfd, 0xe9, 0, 2, ...LLGR_STALE];
    expect(scene.octets(id)).toEqual([...ORIGIN, ...AS_PATH, ...NEXT_HOP, ...communities]);
  });

  test('takes a longer header where the communities exceed 255 octets', () => {
    const scene = new Scene();
    const many = new Array(63).fill([0xfd, 0xe9, 0, 1]).flat();
    const id = scene.derived.longLivedOf(scene.received(ORIGIN, AS_PATH, NEXT_HOP, [0xc0, 8, 252, ...many]));
    const communities = [0xd0, 8, 1, 0, ...many, ...LLGR_STALE];
    expect(scene.octets(id)).toEqual([...ORIGIN, ...AS_PATH, ...NEXT_HOP, ...communities]);
  });

  test('has no room in a set that is nearly of the maximum length', () => {
    for (const [octets, fits] of [
      [LONGEST - 8, true],
      [LONGEST - 7, false],
    ] as const) {
      const scene = new Scene();
      expect(scene.derived.longLivedOf(long(scene, octets)) !== 0).toBe(fits);
    }
  });
});

describe('ONLY_TO_CUSTOMER', () => {
  test('is added behind the attributes with lower codes, and before those with higher ones', () => {
    const scene = new Scene();
    // With the partial bit, which a router sets on what it does not know (RFC 4271 5).
    const unknown = attribute(0xe0, 200, [1, 2, 3]);
    const id = scene.derived.markedOf(scene.received(ORIGIN, AS_PATH, NEXT_HOP, unknown), 65_001);
    expect(scene.octets(id)).toEqual([...ORIGIN, ...AS_PATH, ...NEXT_HOP, ...OTC, ...unknown]);
  });

  test('that the route came with stays (RFC 9234 5): the set is the received one', () => {
    const scene = new Scene();
    const received = scene.received(ORIGIN, AS_PATH, NEXT_HOP, attribute(0xc0, 35, [0, 0, 0x0d, 0x05]));
    expect(scene.derived.markedOf(received, 65_001)).toBe(received);
  });
});

describe('a prepended AS number', () => {
  test('is the first of the sequence', () => {
    const scene = new Scene();
    const id = scene.derived.prependedOf(scene.received(ORIGIN, AS_PATH, NEXT_HOP), 64_999);
    const path = [0x40, 2, 14, 2, 3, 0, 0, 0xfd, 0xe7, 0, 0, 0xfd, 0xe9, 0, 0, 0x0d, 0x05];
    expect(scene.octets(id)).toEqual([...ORIGIN, ...path, ...NEXT_HOP]);
    expect([1 as AttributesId, id].map((set) => scene.rib.attributes.asPathLengthOf(set))).toEqual([2, 3]);
    expect(scene.rib.attributes.neighborAsOf(id)).toBe(64_999);
  });

  test('is a sequence of its own before an AS_SET, and before a sequence of 255', () => {
    const set = [1, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    const scene = new Scene();
    const withSet = scene.derived.prependedOf(scene.received(ORIGIN, [0x40, 2, 10, ...set], NEXT_HOP), 70_000);
    const own = [2, 1, 0, 1, 0x11, 0x70];
    expect(scene.octets(withSet)).toEqual([...ORIGIN, 0x40, 2, 16, ...own, ...set, ...NEXT_HOP]);

    const full = [2, 255, ...new Array(255).fill([0, 0, 0x0d, 0x05]).flat()];
    const other = new Scene();
    const withFull = other.derived.prependedOf(
      other.received(ORIGIN, [0x50, 2, ...u16(full.length), ...full], NEXT_HOP),
      70_000,
    );
    expect(other.octets(withFull)).toEqual([
      ...ORIGIN,
      ...[0x50, 2, ...u16(full.length + 6), ...own, ...full],
      ...NEXT_HOP,
    ]);
  });

  test('has no room in a set that is nearly of the maximum length', () => {
    for (const [octets, fits] of [
      [LONGEST - 4, true],
      [LONGEST - 3, false],
    ] as const) {
      const scene = new Scene();
      const id = scene.derived.prependedOf(long(scene, octets), 64_999);
      expect(id !== 0).toBe(fits);
      if (fits) expect(scene.rib.attributes.lengthOf(id)).toBe(LONGEST);
    }
  });
});

test('a change does not carry over to the next one', () => {
  const scene = new Scene();
  const received = scene.received(ORIGIN, AS_PATH, NEXT_HOP);
  const only = scene.octets(scene.derived.prependedOf(received, 64_999));
  const marked = scene.octets(scene.derived.markedOf(received, 65_001));
  expect(marked).toEqual([...ORIGIN, ...AS_PATH, ...NEXT_HOP, ...OTC]);
  expect(scene.octets(scene.derived.prependedOf(received, 64_999))).toEqual(only);
});

describe('every derived set', () => {
  const derive = {
    longLived: (scene: Scene, id: AttributesId) => scene.derived.longLivedOf(id),
    marked: (scene: Scene, id: AttributesId) => scene.derived.markedOf(id, 65_001),
    prepended: (scene: Scene, id: AttributesId) => scene.derived.prependedOf(id, 64_999),
  };

  test.each(Object.entries(derive))('%s: leaves the received one as it is', (_, make) => {
    const scene = new Scene();
    const received = scene.received(ORIGIN, AS_PATH, NEXT_HOP, MED);
    expect(make(scene, received)).not.toBe(received);
    expect(scene.octets(received)).toEqual([...ORIGIN, ...AS_PATH, ...NEXT_HOP, ...MED]);
  });

  test.each(Object.entries(derive))('%s: is one set, however often it is derived', (_, make) => {
    const scene = new Scene();
    const received = scene.received(ORIGIN, AS_PATH, NEXT_HOP);
    const id = make(scene, received);
    scene.rib.attributes.hold(id);
    expect([make(scene, received), scene.rib.attributes.count]).toEqual([id, 2]);
    scene.rib.attributes.release(id);
    expect(scene.rib.attributes.count).toBe(1);
  });

  test.each(Object.entries(derive))('%s: has the next hop, the preference and the owner of the received', (_, make) => {
    const scene = new Scene();
    const address = [0x20, 0x01, 0x0d, 0xb8, ...new Array(11).fill(0), 1];
    const received = scene.receivedIpv6(address, ORIGIN, AS_PATH, MED);
    const { attributes, nextHops } = scene.rib;
    attributes.accounts.current = 0;
    const id = make(scene, received);
    expect(attributes.nextHopOf(id)).toBe(attributes.nextHopOf(received));
    expect(nextHops.format(attributes.nextHopOf(id))).toBe('2001:db8::1');
    expect([attributes.medOf(id), attributes.originOf(id), attributes.localPrefOf(id)]).toEqual([7, 0, 100]);
    expect([id, received].map((set) => attributes.accounts.owners.get(set))).toEqual(
      new Array(2).fill(scene.peer(PEER).account),
    );
  });
});
