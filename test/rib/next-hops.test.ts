/** The table of next hops: addresses, reachability, cost, peers, own addresses. */
import { parseAddress, parsePrefix } from '../../src/lib/ip.ts';
import type { NextHopId, PeerId } from '../../src/rib/tables/ids.ts';
import { NextHopTable } from '../../src/rib/tables/next-hops.ts';
import type { CostRule } from '../../src/spec/router.ts';

/** A route distinguisher, which precedes the address of a VPN. */
const RD = [0, 1, 0, 0, 0xfd, 0xe9, 0, 7];
const PEER = 3 as PeerId;
const OTHER_PEER = 4 as PeerId;
const NO_PEER = 0;

function octets(...texts: readonly string[]): number[] {
  return texts.flatMap((text) => [...(parseAddress(text) as Uint8Array)]);
}

function address(text: string): Uint8Array {
  return Uint8Array.from(octets(text));
}

function rule(prefix: string, cost: number): CostRule {
  return { prefix: parsePrefix(prefix) as CostRule['prefix'], cost };
}

class Scene extends NextHopTable {
  /** The next hops that were reported for resolution. */
  readonly asked: NextHopId[] = [];

  /** Id of a next hop, which stands in the middle of other octets. */
  idOf(next: readonly number[], scope = ''): NextHopId {
    return this.intern(Uint8Array.from([0xaa, 0xbb, ...next, 0xcc]), 2, next.length, scope);
  }

  /** The same, with a holder. */
  add(next: string | readonly number[], scope = ''): NextHopId {
    const id = this.idOf(typeof next === 'string' ? octets(next) : next, scope);
    this.hold(id);
    return id;
  }

  /** Next hops are resolved from now on. */
  resolve(): void {
    this.watch((id) => this.asked.push(id));
  }

  /** What paths with it depend on. */
  state(id: NextHopId): [reachable: boolean, words: string | null, cost: number] {
    return [this.isReachable(id), this.unreachableWords(id), this.costOf(id)];
  }
}

describe('a next hop', () => {
  test.each([
    ['of IPv4', octets('192.0.2.1'), '192.0.2.1', '192.0.2.1'],
    ['of IPv6', octets('2001:db8::1'), '2001:db8::1', '2001:db8::1'],
    ['of IPv6 with a link-local address', octets('2001:db8::1', 'fe80::1'), '2001:db8::1', '2001:db8::1'],
    ['with only a link-local address (RFC 2545 3)', octets('::', 'fe80::1'), 'fe80::1', 'fe80::1@peer'],
    ['that is link-local', octets('fe80::1'), 'fe80::1', 'fe80::1@peer'],
    ['at the end of fe80::/10', octets('febf::1'), 'febf::1', 'febf::1@peer'],
    ['behind the end of fe80::/10', octets('fec0::1'), 'fec0::1', 'fec0::1'],
    ['of a VPN (RFC 4364)', [...RD, ...octets('192.0.2.1')], '192.0.2.1', '192.0.2.1'],
    ['of an IPv6 VPN (RFC 4659)', [...RD, ...octets('2001:db8::1')], '2001:db8::1', '2001:db8::1'],
    [
      'of an IPv6 VPN with a link-local address',
      [...RD, ...octets('2001:db8::1'), ...RD, ...octets('fe80::1')],
      '2001:db8::1',
      '2001:db8::1',
    ],
    ['of flowspec, which has none (RFC 8955)', [], 'none', 'none'],
    ['of an unknown length', [1, 2, 3, 4, 5], '0x0102030405', '0x0102030405'],
  ])('%s has its octets, its text and its name', (_, next, text, name) => {
    const table = new Scene();
    const id = table.add(next, '@peer');
    const start = table.startOf(id);
    expect([...table.pageOf(id).subarray(start, start + table.lengthOf(id))]).toEqual(next);
    expect([table.format(id), table.nameOf(id)]).toEqual([text, name]);
  });

  test('is one id however often it is received, until its last holder is gone', () => {
    const table = new Scene();
    const id = table.add('192.0.2.1');
    const other = table.add('192.0.2.2');
    expect([table.add('192.0.2.1'), other === id, table.count]).toEqual([id, false, 2]);
    expect([...table.held()]).toEqual([id, other]);
    table.release(id);
    expect([table.isHeld(id), table.count]).toEqual([true, 2]);
    table.release(id);
    expect([table.isHeld(id), table.count, ...table.held()]).toEqual([false, 1, other]);
  });

  test('that nothing uses is dropped only without a holder', () => {
    const table = new Scene();
    const id = table.add('192.0.2.1');
    table.dropUnheld(id);
    expect(table.count).toBe(1);
    table.dropUnheld(table.idOf(octets('192.0.2.2')));
    expect(table.count).toBe(1);
  });

  test('that is link-local is one per scope, and is shown with an interface, not with a peer', () => {
    const table = new Scene();
    const ids = ['%eth1', '%eth2', '@192.0.2.9', ''].map((scope) => table.add('fe80::1', scope));
    expect(new Set(ids).size).toBe(4);
    expect(ids.map((id) => table.format(id))).toEqual(['fe80::1%eth1', 'fe80::1%eth2', 'fe80::1', 'fe80::1']);
    expect(ids.map((id) => table.isScoped(id))).toEqual([true, true, true, false]);
    expect(['%eth1', '%eth2'].map((scope) => table.add('2001:db8::1', scope))).toEqual([5, 5]);
    expect(table.scopeCount).toBe(3);
    table.release(ids[0]);
    expect(table.scopeCount).toBe(2);
  });
});

describe('reachability', () => {
  test('counts as reachable where nothing resolves next hops', () => {
    const table = new Scene();
    expect(table.state(table.add('192.0.2.1'))).toEqual([true, null, 0]);
    expect(table.isAnyAwaited()).toBe(false);
  });

  test('is awaited from the first sight of a next hop, known and new, until it is resolved', () => {
    const table = new Scene();
    const known = table.add('192.0.2.1');
    table.resolve();
    const id = table.add('2001:db8::1');
    expect(table.asked).toEqual([known, id]);
    for (const each of table.asked) expect(table.state(each)).toEqual([false, 'the next hop is being resolved', 0]);
    expect(table.setReach(known, null, 7)).toBe(true);
    expect([table.state(known), table.isAnyAwaited()]).toEqual([[true, null, 7], true]);
    expect(table.setReach(id, 'no route')).toBe(true);
    expect([table.state(id), table.isAnyAwaited()]).toEqual([[false, 'no route', 0], false]);
  });

  test.each([
    ['flowspec, which has none', []],
    ['an unknown length', [1, 2, 3, 4, 5]],
  ])('is certain and not resolved for a next hop of %s', (_, next) => {
    const table = new Scene();
    table.resolve();
    expect(table.state(table.add(next))).toEqual([true, null, 0]);
    expect([table.asked, table.isAnyAwaited()]).toEqual([[], false]);
  });

  test('changes only if the result, its reason or the cost of a reachable one is another', () => {
    const table = new Scene();
    table.resolve();
    const id = table.add('192.0.2.1');
    const results = [
      ['no route', 0, true],
      ['no route', 0, false],
      ['the interface is down', 0, true],
      [null, 5, true],
      [null, 5, false],
      [null, 6, true],
    ] as const;
    for (const [words, cost, isChange] of results) expect(table.setReach(id, words, cost)).toBe(isChange);
  });

  test('keeps the cost of a next hop that is lost, because it most likely returns', () => {
    const table = new Scene();
    table.resolve();
    const id = table.add('192.0.2.1');
    table.setReach(id, null, 9);
    table.setReach(id, 'no route', 0);
    expect(table.state(id)).toEqual([false, 'no route', 9]);
  });

  test('of a dropped next hop is forgotten: what takes its id is resolved anew', () => {
    const table = new Scene();
    table.resolve();
    const lost = table.add('192.0.2.1');
    table.setReach(lost, 'no route');
    table.release(lost);
    const pending = table.add('192.0.2.2');
    expect(table.isAnyAwaited()).toBe(true);
    table.release(pending);
    expect(table.isAnyAwaited()).toBe(false);
    const id = table.add('192.0.2.3');
    expect([id, pending]).toEqual([lost, lost]);
    expect(table.unreachableWords(id)).toBe('the next hop is being resolved');
    table.setReach(id, null, 1);
    expect(table.state(id)).toEqual([true, null, 1]);
  });
});

describe('the cost', () => {
  test('is that of the longest rule, otherwise as resolved, also for next hops that are there already', () => {
    const table = new Scene();
    const ids = ['192.0.2.1', '192.0.2.200', '198.51.100.1', '2001:db8::1'].map((text) => table.add(text));
    const vpn = table.add([...RD, ...octets('192.0.2.1')]);
    for (const id of [...ids, vpn]) table.setReach(id, null, 50);
    table.setCostRules([rule('192.0.2.0/24', 10), rule('192.0.2.128/25', 0), rule('2001:db8::/32', 4_294_967_295)]);
    expect(ids.map((id) => table.costOf(id))).toEqual([10, 0, 50, 4_294_967_295]);
    expect(table.costOf(vpn)).toBe(10);
    expect(table.costOf(table.add('192.0.2.2'))).toBe(10);
    table.setReach(ids[0], null, 60);
    expect(table.costOf(ids[0])).toBe(10);
    table.setCostRules([]);
    expect(ids.map((id) => table.costOf(id))).toEqual([60, 50, 50, 50]);
  });

  test('that changes is marked until the walk that begins after it is followed by another', () => {
    const table = new Scene();
    const id = table.add('192.0.2.1');
    table.beginWalk();
    expect(table.isMoved(id)).toBe(false);
    table.setReach(id, null, 5);
    expect(table.isMoved(id)).toBe(true);
    table.beginWalk();
    expect(table.isMoved(id)).toBe(true);
    table.beginWalk();
    expect(table.isMoved(id)).toBe(false);
  });

  test('that changes again during a walk is marked in the next walk, too', () => {
    const table = new Scene();
    const id = table.add('192.0.2.1');
    table.setReach(id, null, 5);
    table.beginWalk();
    table.setReach(id, null, 6);
    table.beginWalk();
    expect(table.isMoved(id)).toBe(true);
  });

  test('counts as changed for the decision only if a usable path may have the next hop', () => {
    const table = new Scene();
    table.resolve();
    const id = table.add('192.0.2.1');
    table.setReach(id, null, 5);
    // Before its first resolution no path with it was usable.
    expect(table.costChanges).toBe(0);
    table.setReach(id, null, 5);
    expect(table.costChanges).toBe(0);
    table.setReach(id, null, 6);
    expect(table.costChanges).toBe(1);
    table.setCostRules([rule('192.0.2.0/24', 7)]);
    expect(table.costChanges).toBe(2);
  });
});

describe('addresses of this router', () => {
  test('are marked at known and at new next hops, in each form, and no longer after a change', () => {
    const table = new Scene();
    const known = table.add('192.0.2.1');
    table.setOwnAddresses([address('192.0.2.1'), address('2001:db8::1')]);
    const ids = [
      known,
      table.add([...RD, ...octets('192.0.2.1')]),
      table.add(octets('2001:db8::1', 'fe80::1')),
      table.add('192.0.2.2'),
      table.add([]),
      table.add([192, 0, 2, 1, 0]),
    ];
    expect(ids.map((id) => table.isOwn(id))).toEqual([true, true, true, false, false, false]);
    table.setOwnAddresses([address('192.0.2.2')]);
    expect(ids.map((id) => table.isOwn(id))).toEqual([false, false, false, true, false, false]);
  });
});

describe('the peer with the address of a next hop', () => {
  test('is noted, whichever of both is first, and removed with the peer', () => {
    const table = new Scene();
    const before = table.add('192.0.2.1');
    table.addPeer(address('192.0.2.1'), PEER);
    table.addPeer(address('2001:db8::1'), OTHER_PEER);
    const after = table.add('2001:db8::1');
    expect([before, after].map((id) => table.peerOf(id))).toEqual([PEER, OTHER_PEER]);
    table.removePeer(address('192.0.2.1'), PEER);
    expect([before, after].map((id) => table.peerOf(id))).toEqual([NO_PEER, OTHER_PEER]);
  });

  test('is its successor after a removal of the previous peer that comes late', () => {
    const table = new Scene();
    const id = table.add('192.0.2.1');
    table.addPeer(address('192.0.2.1'), PEER);
    table.addPeer(address('192.0.2.1'), OTHER_PEER);
    table.removePeer(address('192.0.2.1'), PEER);
    expect(table.peerOf(id)).toBe(OTHER_PEER);
  });

  test('is found by a lookup where it is not noted: of a VPN, and with a link-local address', () => {
    const table = new Scene();
    const vpn = table.add([...RD, ...octets('192.0.2.1')]);
    const both = table.add(octets('2001:db8::1', 'fe80::1'));
    table.addPeer(address('192.0.2.1'), PEER);
    table.addPeer(address('2001:db8::1'), OTHER_PEER);
    expect([vpn, both].map((id) => table.peerOf(id))).toEqual([NO_PEER, NO_PEER]);
    expect([vpn, both].map((id) => table.lookUpPeer(id))).toEqual([PEER, OTHER_PEER]);
    expect([vpn, both].map((id) => table.peerOf(id))).toEqual([PEER, OTHER_PEER]);
  });

  test('is compared octet by octet', () => {
    const table = new Scene();
    const vpn = table.add([...RD, ...octets('192.0.2.1')]);
    const isAt = (text: string) => table.isAt(vpn, address(text));
    expect(['192.0.2.1', '192.0.2.2', '193.0.2.1', '2001:db8::1'].map(isAt)).toEqual([true, false, false, false]);
    // Its first octets are those of the IPv4 address.
    const ipv6 = table.add('c000:201::');
    expect(['c000:201::', '192.0.2.1'].map((text) => table.isAt(ipv6, address(text)))).toEqual([true, false]);
  });
});

test('a warning about a next hop is given once per kind, and again after the next hop was gone', () => {
  const table = new Scene();
  const id = table.add('192.0.2.1');
  expect([1, 2, 1, 2, 128, 128].map((bit) => table.noteWarning(id, bit))).toEqual([
    ...[true, true, false, false],
    ...[true, false],
  ]);
  table.release(id);
  expect([table.add('192.0.2.1'), table.noteWarning(id, 1)]).toEqual([id, true]);
});
