/** A path has attributes as received and in use; those in use are derived again when the import rules change. */
import fc from 'fast-check';
import { AccountAudit } from '../../src/rib/account-audit.ts';
import { type AsRules, NO_AS_RULES } from '../../src/rib/peers/as-rules.ts';
import { otcRule } from '../../src/rib/peers/otc.ts';
import type { RibPeer } from '../../src/rib/peers/peers.ts';
import { Revalidation } from '../../src/rib/revalidation.ts';
import type { AttributesId, PathId } from '../../src/rib/tables/ids.ts';
import { REASON } from '../../src/rib/tables/reasons.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import { ROLE } from '../../src/wire/open/capability-values.ts';
import { describeAttributes } from '../../src/wire/update/normalize.ts';
import { checkIds } from '../lab/checked-ids.ts';
import { runs } from '../lab/effort.ts';
import { attribute, message, type Route } from '../lab/updates.ts';
import { Table, type TestPeer } from './table.ts';

/** Everything that is stale stays. */
const ALL_AGES = -1;

const SITE = 65_001;
const LOCAL = 64_999;
const A: TestPeer = { address: '192.0.2.1', routerId: '192.0.2.1', ebgp: true };
const B: TestPeer = { address: '192.0.2.2', routerId: '192.0.2.2', ebgp: true };
const PREPEND: AsRules = { ...NO_AS_RULES, localAs: LOCAL, prepends: true };
const CLOCK = { nowMs: () => 0, wallMs: () => 0 };
const LLGR_STALE = 0xffff0006;

interface Seen {
  readonly asPath: string;
  readonly otc: string | null;
  readonly communities: readonly string[];
}

class Scene extends Table {
  readonly revalidation = new Revalidation(this.rib, CLOCK);

  /** What the operator says of the import from a peer is another from now on. */
  rules(peer: RibPeer, asRules: AsRules, role: number | null = null): void {
    peer.asRules = asRules;
    peer.otc = role === null ? null : otcRule(role, SITE);
    peer.importChanged = true;
    this.walk();
  }

  walk(): void {
    this.revalidation.request();
    while (this.revalidation.pending) this.revalidation.work();
  }

  /** The only path. */
  get path(): PathId {
    const { paths } = this.family;
    for (let id = 1; id < paths.limit; id++) if (paths.peerOf(id as PathId) !== 0) return id as PathId;
    throw new Error('there is no path');
  }

  see(set: AttributesId): Seen {
    const { attributes } = this.rib;
    const start = attributes.startOf(set);
    const { asPath, others, communities } = describeAttributes(
      attributes.pageOf(set),
      start,
      start + attributes.lengthOf(set),
    );
    return { asPath, communities, otc: others.find(({ code }) => code === 35)?.value ?? null };
  }

  get both(): { received: Seen; used: Seen } {
    const { paths } = this.family;
    return { received: this.see(paths.receivedOf(this.path)), used: this.see(paths.attributesOf(this.path)) };
  }

  sweep(): void {
    for (let from = 1; from !== 0; ) from = this.family.sweep(from, 64);
  }

  /** Its restart time is over: what was not announced again is long-lived. */
  longLived(peer: RibPeer): void {
    peer.retain(IPV4_UNICAST);
    peer.longLived[IPV4_UNICAST] = 1;
    this.sweep();
  }
}

const ROUTE: Route = { asPath: [SITE, 3333] };
const PLAIN: Seen = { asPath: `${SITE} 3333`, otc: null, communities: [] };

describe('a path', () => {
  test('is used as received if no rule changes anything, and that costs no memory', () => {
    const [plain, scene] = [new Scene(), new Scene()];
    for (const each of [plain, scene]) each.announce(A, ROUTE);
    expect(scene.both).toEqual({ received: PLAIN, used: PLAIN });
    expect(scene.rib.attributes.count).toBe(1);
    const before = plain.family.paths.bytes();
    scene.rules(scene.peer(A), PREPEND);
    expect(scene.family.paths.bytes() - before).toBe(4 * 16_384);
    scene.withdraw(A);
    expect(scene.rib.attributes.count).toBe(0);
  });

  test('keeps what was received beside the result of the rules', () => {
    const scene = new Scene();
    const peer = scene.peer(A);
    peer.asRules = PREPEND;
    peer.otc = otcRule(ROLE.customer, SITE);
    scene.announce(A, ROUTE);
    const used = { ...PLAIN, asPath: `${LOCAL} ${SITE} 3333`, otc: '0000fde9' };
    expect(scene.both).toEqual({ received: PLAIN, used });
    scene.withdraw(A);
    expect([scene.rib.attributes.count, scene.rib.nextHops.count]).toEqual([0, 0]);
  });

  test('that is announced again unchanged changes nothing, and does not count as a flap', () => {
    const scene = new Scene();
    const peer = scene.peer(A);
    const flaps = { isSuppressed: () => false, onWithdrawn: jest.fn(), onChanged: jest.fn() };
    peer.damping = [flaps, flaps];
    peer.asRules = PREPEND;
    scene.announce(A, ROUTE);
    scene.decide();
    scene.announce(A, ROUTE);
    expect([scene.family.dirtyCount, flaps.onChanged.mock.calls.length]).toEqual([0, 0]);
    // Other rules, of which the walk has not come here yet.
    peer.asRules = NO_AS_RULES;
    scene.announce(A, ROUTE);
    expect([scene.family.dirtyCount, flaps.onChanged.mock.calls.length]).toEqual([1, 0]);
    expect(scene.both).toEqual({ received: PLAIN, used: PLAIN });
  });

  test('is used by the current rules, applied to what was received and not to the result of the previous rules', () => {
    const scene = new Scene();
    const peer = scene.peer(A);
    scene.announce(A, ROUTE);
    scene.decide();
    scene.rules(peer, PREPEND, ROLE.customer);
    expect(scene.both.used).toMatchObject({ asPath: `${LOCAL} ${SITE} 3333`, otc: '0000fde9' });
    expect(scene.family.dirtyCount).toBe(1);
    scene.rules(peer, { ...PREPEND, localAs: 64_998 }, ROLE.provider);
    expect(scene.both.used).toMatchObject({ asPath: `64998 ${SITE} 3333`, otc: null });
    scene.rules(peer, NO_AS_RULES);
    expect(scene.both).toEqual({ received: PLAIN, used: PLAIN });
    scene.decide();
    scene.walk();
    expect(scene.family.dirtyCount).toBe(0);
    expect(scene.rib.attributes.count).toBe(1);
  });

  test('is validated by what was received', () => {
    const scene = new Scene();
    const peer = scene.peer(A);
    peer.asRules = { ...PREPEND, firstAs: SITE };
    scene.announce(A, { asPath: [SITE, LOCAL] });
    const reason = () => scene.family.paths.reasonOf(scene.path);
    expect(reason()).toBe(REASON.ownAs);
    scene.rules(peer, { ...PREPEND, firstAs: SITE, allowOwnAs: 1 });
    expect(reason()).toBe(REASON.usable);
    scene.rules(peer, { ...NO_AS_RULES, firstAs: SITE }, ROLE.customer);
    expect(reason()).toBe(REASON.usable);
    // The mark that this router set itself is no leak.
    scene.rules(peer, NO_AS_RULES, ROLE.provider);
    expect(reason()).toBe(REASON.usable);
    scene.announce(A, { asPath: [SITE], extra: [attribute(0xc0, 35, [0, 0, 0xfd, 0xe9])] });
    expect(reason()).toBe(REASON.leak);
  });

  test('that has no room for a change is unusable until the rules change, and stays as received', () => {
    const scene = new Scene();
    const peer = scene.peer(A);
    // Numbers of two octets, which take twice the room here.
    scene.as4 = false;
    const segment = [2, 255, ...new Array(255).fill([SITE >> 8, SITE & 255]).flat()];
    const asPath = attribute(0x40, 2, new Array(64).fill(segment).flat());
    const filler = attribute(0xc0, 8, new Array(27).fill([0, 1, 0, 1]).flat());
    const all = [...attribute(0x40, 1, [0]), ...asPath, ...attribute(0x40, 3, [192, 0, 2, 1]), ...filler];
    scene.receive(A, message(2, [0, 0, all.length >> 8, all.length & 255, ...all, 8, 10]));
    const received = scene.family.paths.receivedOf(scene.path);
    const state = () => [scene.family.paths.reasonOf(scene.path), scene.family.paths.attributesOf(scene.path)];
    expect(state()).toEqual([REASON.usable, received]);
    scene.rules(peer, PREPEND);
    expect(state()).toEqual([REASON.noRoom, received]);
    scene.walk();
    expect(state()).toEqual([REASON.noRoom, received]);
    scene.rules(peer, NO_AS_RULES);
    expect(state()).toEqual([REASON.usable, received]);
    scene.withdraw(A);
    expect(scene.rib.attributes.count).toBe(0);
  });
});

describe('a long-lived stale path', () => {
  const stale = ['llgr-stale'];

  test('is as received again once it is announced again, which does not count as a flap', () => {
    const scene = new Scene();
    const peer = scene.peer(A);
    const flaps = { isSuppressed: () => false, onWithdrawn: jest.fn(), onChanged: jest.fn() };
    peer.damping = [flaps, flaps];
    scene.announce(A, ROUTE);
    scene.longLived(peer);
    expect(scene.both).toEqual({ received: PLAIN, used: { ...PLAIN, communities: stale } });
    scene.announce(A, ROUTE);
    expect(scene.both).toEqual({ received: PLAIN, used: PLAIN });
    expect([flaps.onChanged.mock.calls.length, peer.stale[IPV4_UNICAST], scene.rib.attributes.count]).toEqual([
      0, 0, 1,
    ]);
  });

  test('keeps LLGR_STALE when the rules change, also if its session was lost again', () => {
    const scene = new Scene();
    const peer = scene.peer(A);
    peer.asRules = PREPEND;
    scene.announce(A, ROUTE);
    scene.longLived(peer);
    scene.rules(peer, NO_AS_RULES, ROLE.customer);
    expect(scene.both.used).toEqual({ ...PLAIN, otc: '0000fde9', communities: stale });
    peer.retain(IPV4_UNICAST, ALL_AGES);
    scene.rules(peer, PREPEND);
    expect(scene.both.used).toEqual({ ...PLAIN, asPath: `${LOCAL} ${SITE} 3333`, communities: stale });
    scene.announce(A, ROUTE);
    expect(scene.both.used).toEqual({ ...PLAIN, asPath: `${LOCAL} ${SITE} 3333` });
  });

  test('that was received with LLGR_STALE has it as received', () => {
    const scene = new Scene();
    const peer = scene.peer(A);
    scene.announce(A, { ...ROUTE, communities: [LLGR_STALE] });
    scene.longLived(peer);
    const marked = { ...PLAIN, communities: stale };
    expect([scene.both, scene.rib.attributes.count]).toEqual([{ received: marked, used: marked }, 1]);
  });
});

test('an audit of accounts finds who uses a set as received, too', () => {
  const scene = new Scene();
  const [first, second] = [scene.peer(A), scene.peer(B)];
  scene.announce(A, ROUTE);
  second.asRules = PREPEND;
  scene.announce(B, ROUTE);
  scene.withdraw(A);
  const { accounts } = scene.rib.attributes;
  expect(accounts.of(first.account)).toBeGreaterThan(0);
  const audit = new AccountAudit(scene.rib, first.account);
  while (!audit.work(1000));
  expect(accounts.of(first.account)).toBe(0);
  expect(accounts.of(second.account)).toBe(accounts.total);
});

/** What a peer may do, and the operator. */
const RULES = [NO_AS_RULES, PREPEND, { ...PREPEND, localAs: 64_998 }];
const ROLES = [null, ROLE.customer, ROLE.provider];
const action = fc.oneof(
  fc.record({ kind: fc.constant('announce'), who: fc.nat(1), as: fc.nat(2), id: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('withdraw'), who: fc.nat(1), as: fc.nat(0), id: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('rules', 'later'), who: fc.nat(1), as: fc.nat(2), id: fc.nat(2) }),
  fc.record({ kind: fc.constantFrom('stale', 'again', 'end'), who: fc.nat(1), as: fc.nat(0), id: fc.nat(0) }),
);

describe.each([
  ['ids that are used again', false],
  ['checked ids', true],
])('with %s', (_words, checked) => {
  if (checked) checkIds();

  test('the attributes in use follow from those received, whatever happens, and nothing is left of removed paths', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40, size: 'max' }), (actions) => {
        const scene = new Scene();
        const who = [A, B];
        const peers = who.map((one) => scene.peer(one));
        for (const { kind, who: n, as, id } of actions) {
          const peer = peers[n]!;
          if (kind === 'announce') scene.announce(who[n]!, { asPath: [SITE, 1000 + as] }, id);
          else if (kind === 'withdraw') scene.withdraw(who[n]!, id);
          else if (kind === 'stale') scene.longLived(peer);
          else if (kind === 'again') peer.retain(IPV4_UNICAST, peer.longLived[IPV4_UNICAST] !== 0 ? ALL_AGES : 0);
          else if (kind === 'end') peer.release(IPV4_UNICAST);
          else scene.rules(peer, RULES[as]!, ROLES[id]);
          if (kind === 'end' || kind === 'again') scene.sweep();
          if (kind === 'later') scene.decide();
        }
        const { paths } = scene.family;
        for (let path = 1 as PathId; path < paths.limit; path++) {
          const peer = scene.rib.peers[paths.peerOf(path)];
          if (peer === undefined) continue;
          const received = scene.see(paths.receivedOf(path));
          const used = scene.see(paths.attributesOf(path));
          const front = peer.asRules.prepends ? `${peer.asRules.localAs} ` : '';
          expect(received).toMatchObject({ otc: null, communities: [] });
          expect(used.asPath).toBe(front + received.asPath);
          expect(used.otc).toBe(peer.otc !== null && peer.otc.mark !== 0 ? '0000fde9' : null);
          if (!scene.family.isStale(path)) expect(used.communities).toEqual([]);
          else if (peer.longLived[IPV4_UNICAST] !== 0) expect(used.communities).toEqual(['llgr-stale']);
        }
        for (const peer of peers) peer.gone = true;
        scene.sweep();
        scene.decide();
        const { attributes, nextHops } = scene.rib;
        expect([paths.count, attributes.count, attributes.accounts.total, nextHops.count]).toEqual([0, 0, 0, 0]);
      }),
      { numRuns: runs(checked ? 100 : 300) },
    );
  });
});
