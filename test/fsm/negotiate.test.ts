/** What two OPENs agree on, and which NOTIFICATION says that they do not. */
import { negotiate } from '../../src/fsm/negotiate.ts';
import { makeOpen } from '../../src/fsm/offer.ts';
import type { Negotiated, OpenRefusal, OurSession } from '../../src/fsm/types.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import type { Capability } from '../../src/wire/open/capabilities.ts';
import type { OpenMessage } from '../../src/wire/open/open.ts';
import type { SessionOver } from '../lab/spec.ts';
import { LOCAL_ID, PEER_ID, peerOpen, sessionSpec } from './fixtures.ts';

const EXTERNAL = sessionSpec({ remoteAs: { kind: 'external' } });
const MP_IPV4: Capability = { code: 1, value: Uint8Array.of(0, 1, 0, 1) };
const MP_IPV6: Capability = { code: 1, value: Uint8Array.of(0, 2, 0, 1) };

function capability(code: number, ...value: number[]): Capability {
  return { code, value: Uint8Array.from(value) };
}

function as4(as: number): Capability {
  return capability(65, as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255);
}

/** An OPEN by its fields, without any capability unless given. */
function open(changes: Partial<OpenMessage> = {}): OpenMessage {
  return { version: 4, myAs: 65000, holdTimeSeconds: 90, routerId: PEER_ID, capabilities: [], ...changes };
}

function agree(spec: OurSession, message: OpenMessage): Negotiated {
  const result = negotiate(spec, message);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
  return result.negotiated;
}

function refused(spec: OurSession, message: OpenMessage): { code: string; data: number[]; refusal: OpenRefusal } {
  const result = negotiate(spec, message);
  if (result.ok) throw new Error('not refused');
  const { code, subcode, data } = result.notification;
  return { code: `${code}/${subcode}`, data: [...data], refusal: result.refusal };
}

describe('the OPEN that we send', () => {
  test('carries version, AS, hold time in seconds, router id', () => {
    const sent = makeOpen(sessionSpec({ holdMs: 240_000 }));
    expect(sent).toMatchObject({ version: 4, myAs: 65000, holdTimeSeconds: 240, routerId: LOCAL_ID });
  });

  test('advertises each family, route refresh and the 4-octet AS, and nothing else', () => {
    const spec = sessionSpec({ families: [IPV4_UNICAST, IPV6_UNICAST] });
    expect(makeOpen(spec).capabilities).toEqual([MP_IPV4, MP_IPV6, capability(2), as4(65000)]);
  });

  test('says AS_TRANS where the AS number does not fit two octets', () => {
    const sent = makeOpen(sessionSpec({ localAs: 4_200_000_001 }));
    expect(sent.myAs).toBe(23456);
    expect(sent.capabilities).toContainEqual(as4(4_200_000_001));
    expect(makeOpen(sessionSpec({ localAs: 65535 })).myAs).toBe(65535);
    expect(makeOpen(sessionSpec({ localAs: 65536 })).myAs).toBe(23456);
  });
});

describe('the AS number', () => {
  const rule = (changes: SessionOver) => sessionSpec(changes);

  test.each<[string, OurSession, Partial<OpenMessage>, number]>([
    ['of a list', rule({ remoteAs: { kind: 'list', list: [65001, 65002] } }), { myAs: 65002 }, 65002],
    ['internal', rule({ remoteAs: { kind: 'internal' } }), { myAs: 65000 }, 65000],
    ['external', EXTERNAL, { myAs: 65001 }, 65001],
    ['of four octets', EXTERNAL, { myAs: 23456, capabilities: [as4(4_200_000_001)] }, 4_200_000_001],
    ['in the capability wins over the field', EXTERNAL, { myAs: 65001, capabilities: [as4(65002)] }, 65002],
  ])('%s is accepted', (_name, spec, changes, expected) => {
    expect(agree(spec, open(changes)).peerAs).toBe(expected);
  });

  test.each<[string, OurSession, Partial<OpenMessage>]>([
    ['that is not in the list', sessionSpec(), { myAs: 65001 }],
    ['that is not ours, of an internal peer', rule({ remoteAs: { kind: 'internal' } }), { myAs: 65001 }],
    ['that is ours, of an external peer', EXTERNAL, { myAs: 65000 }],
    [
      'that the router has beside it, of an external peer',
      sessionSpec({ ...EXTERNAL, alsoOurs: [64999] }),
      { myAs: 64999 },
    ],
    ['zero', EXTERNAL, { myAs: 0 }],
    ['zero in the capability', EXTERNAL, { myAs: 65001, capabilities: [as4(0)] }],
    ['that the capability contradicts', sessionSpec(), { myAs: 65000, capabilities: [as4(65001)] }],
    ['AS_TRANS without the capability', EXTERNAL, { myAs: 23456 }],
    ['AS_TRANS as the number itself', EXTERNAL, { myAs: 23456, capabilities: [as4(23456)] }],
  ])('%s is a Bad Peer AS', (_name, spec, changes) => {
    expect(refused(spec, open(changes))).toMatchObject({ code: '2/2', data: [] });
  });

  test('that is wrong is reported with what was expected', () => {
    const { refusal } = refused(sessionSpec(), open({ myAs: 65001 }));
    const expected = { kind: 'list', list: [65000] };
    expect(refusal).toEqual({ kind: 'peerAs', got: 65001, expected, localAs: 65000, alsoOurs: [] });
    expect(refused(EXTERNAL, open({ myAs: 23456 })).refusal).toEqual({ kind: 'asTrans' });
  });

  test('is spoken in four octets only when the peer can', () => {
    expect(agree(sessionSpec(), open()).as4).toBe(false);
    expect(agree(sessionSpec(), open({ capabilities: [as4(65000)] })).as4).toBe(true);
  });
});

describe('the hold time', () => {
  test.each<[number, number, number, number]>([
    [90_000, 240, 90_000, 30_000],
    [240_000, 90, 90_000, 30_000],
    [90_000, 3, 3_000, 1_000],
    [90_000, 4, 4_000, 1_333],
    [90_000, 0, 0, 0],
    [0, 90, 0, 0],
    [65_535_000, 65_535, 65_535_000, 21_845_000],
  ])('is the smaller of %d ms and %d s', (ours, theirs, holdMs, keepaliveMs) => {
    const spec = sessionSpec({ holdMs: ours });
    expect(agree(spec, open({ holdTimeSeconds: theirs }))).toMatchObject({ holdMs, keepaliveMs });
  });

  test.each([1, 2])('of %d s is unacceptable', (seconds) => {
    const answer = refused(sessionSpec(), open({ holdTimeSeconds: seconds }));
    expect(answer).toEqual({ code: '2/6', data: [], refusal: { kind: 'holdTime', gotSeconds: seconds } });
  });

  test.each<[number, number, number]>([
    [10_000, 90, 10_000],
    [60_000, 90, 30_000],
    [10_000, 9, 3_000],
    [100, 90, 1_000],
  ])('bounds a configured keepalive time of %d ms at %d s hold', (keepaliveMs, seconds, expected) => {
    const spec = sessionSpec({ keepaliveMs });
    expect(agree(spec, open({ holdTimeSeconds: seconds })).keepaliveMs).toBe(expected);
  });
});

describe('the router id', () => {
  test('zero is a Bad BGP Identifier', () => {
    const answer = refused(sessionSpec(), open({ routerId: 0 }));
    expect(answer).toEqual({ code: '2/3', data: [], refusal: { kind: 'zeroRouterId' } });
  });

  test('ours is a Bad BGP Identifier within the AS', () => {
    const answer = refused(sessionSpec(), open({ routerId: LOCAL_ID }));
    expect(answer).toEqual({ code: '2/3', data: [], refusal: { kind: 'sameRouterId', routerId: LOCAL_ID } });
  });

  test('ours is fine in another AS', () => {
    expect(agree(EXTERNAL, open({ routerId: LOCAL_ID, myAs: 65001 })).peerRouterId).toBe(LOCAL_ID);
  });

  test('need not be a unicast address', () => {
    expect(agree(sessionSpec(), open({ routerId: 0xffffffff })).peerRouterId).toBe(0xffffffff);
  });
});

describe('the families', () => {
  const both = sessionSpec({ families: [IPV6_UNICAST, IPV4_UNICAST] });

  test('are those of both sides, in our order', () => {
    expect(agree(both, open({ capabilities: [MP_IPV4, MP_IPV6] })).families).toEqual([IPV6_UNICAST, IPV4_UNICAST]);
    expect(agree(both, open({ capabilities: [MP_IPV6] })).families).toEqual([IPV6_UNICAST]);
    expect(agree(sessionSpec(), open({ capabilities: [MP_IPV6, MP_IPV4] })).families).toEqual([IPV4_UNICAST]);
  });

  test('are IPv4 unicast alone for a peer without the capability', () => {
    expect(agree(both, open()).families).toEqual([IPV4_UNICAST]);
  });

  test('that we do not know are passed over', () => {
    const vpn = capability(1, 0, 1, 0, 128);
    expect(agree(both, open({ capabilities: [vpn, MP_IPV4, vpn] })).families).toEqual([IPV4_UNICAST]);
  });

  test('in common being none, ours are named in Unsupported Capability', () => {
    const answer = refused(both, open({ capabilities: [capability(1, 0, 1, 0, 128)] }));
    expect(answer.code).toBe('2/7');
    expect(answer.data).toEqual([1, 4, 0, 2, 0, 1, 1, 4, 0, 1, 0, 1]);
    const got = [{ afi: 1, safi: 128 }];
    expect(answer.refusal).toEqual({ kind: 'families', got, wanted: [IPV6_UNICAST, IPV4_UNICAST] });
  });

  test('of an IPv6 session need the capability', () => {
    const answer = refused(sessionSpec({ families: [IPV6_UNICAST] }), open());
    expect(answer).toMatchObject({ code: '2/7', data: [1, 4, 0, 2, 0, 1] });
  });
});

describe('extended next hops', () => {
  const entry = (...value: number[]) => open({ capabilities: [MP_IPV4, MP_IPV6, capability(5, ...value)] });
  const both = { families: [IPV4_UNICAST, IPV6_UNICAST] };
  const ours = sessionSpec({ ...both, extendedNextHop: true });

  test('are agreed on for IPv4 when both sides offer them', () => {
    expect(agree(ours, entry(0, 1, 0, 1, 0, 2)).extendedNextHop).toEqual([IPV4_UNICAST]);
    expect(agree(ours, entry(0, 1, 0, 128, 0, 2, 0, 1, 0, 1, 0, 2)).extendedNextHop).toEqual([IPV4_UNICAST]);
    expect(agree(sessionSpec(both), entry(0, 1, 0, 1, 0, 2)).extendedNextHop).toEqual([]);
    expect(agree(ours, open({ capabilities: [MP_IPV4, MP_IPV6] })).extendedNextHop).toEqual([]);
  });

  test('are not agreed on by entries that mean something else', () => {
    const others = [
      [0, 1, 0, 1, 0, 1],
      [0, 2, 0, 1, 0, 2],
      [0, 1, 0, 2, 0, 2],
      [0, 1, 0, 1, 0],
    ];
    for (const other of others) expect(agree(ours, entry(...other)).extendedNextHop).toEqual([]);
  });

  test('are not agreed on for a family that the session does not carry', () => {
    const without = sessionSpec({ families: [IPV6_UNICAST], extendedNextHop: true });
    expect(agree(without, entry(0, 1, 0, 1, 0, 2)).extendedNextHop).toEqual([]);
  });

  test('are offered for IPv4 unicast with the AFI of IPv6 (RFC 8950 4)', () => {
    const offered = (spec: OurSession) =>
      makeOpen(spec).capabilities.flatMap(({ code, value }) => (code === 5 ? [[...value]] : []));
    expect(offered(ours)).toEqual([[0, 1, 0, 1, 0, 2]]);
    expect(offered(sessionSpec(both))).toEqual([]);
    expect(offered(sessionSpec({ families: [IPV6_UNICAST], extendedNextHop: true }))).toEqual([]);
  });
});

describe('the rest', () => {
  test('another version is answered with ours', () => {
    const answer = refused(sessionSpec(), open({ version: 3, myAs: 1 }));
    expect(answer).toEqual({ code: '2/1', data: [0, 4], refusal: { kind: 'version', got: 3 } });
  });

  test('what is wrong first in the message is answered first', () => {
    const all = { myAs: 65001, holdTimeSeconds: 1, routerId: 0 };
    expect(refused(sessionSpec(), open(all)).code).toBe('2/2');
    expect(refused(sessionSpec(), open({ ...all, myAs: 65000 })).code).toBe('2/6');
    expect(refused(sessionSpec(), open({ ...all, myAs: 65000, holdTimeSeconds: 3 })).code).toBe('2/3');
  });

  test('route refresh is agreed when the peer has it', () => {
    expect(agree(sessionSpec(), open()).routeRefresh).toBe(false);
    expect(agree(sessionSpec(), open({ capabilities: [capability(2)] })).routeRefresh).toBe(true);
  });

  test('unknown capabilities are kept as they came', () => {
    const capabilities = [capability(250, 1, 2, 3), MP_IPV4];
    expect(agree(sessionSpec(), open({ capabilities })).peerCapabilities).toEqual(capabilities);
  });

  test('both sides agree on the same', () => {
    const ours = sessionSpec({ holdMs: 30_000 });
    const theirs = sessionSpec({ routerId: PEER_ID, holdMs: 60_000 });
    const one = agree(ours, makeOpen(theirs));
    const two = agree(theirs, makeOpen(ours));
    for (const key of ['holdMs', 'keepaliveMs', 'families', 'as4', 'routeRefresh'] as const) {
      expect(one[key]).toEqual(two[key]);
    }
    expect(peerOpen().capabilities.length).toBe(3);
  });
});

describe('graceful restart', () => {
  const spec = sessionSpec({
    families: [IPV4_UNICAST, IPV6_UNICAST],
    gracefulRestart: { full: false, restartMs: 120_000, staleMs: 360_000 },
  });
  const theirs = (...value: number[]) => open({ capabilities: [MP_IPV4, MP_IPV6, capability(64, ...value)] });

  test('asks peers for the families that are to be kept', () => {
    const own = { full: false, helper: true, staleMs: 1 };
    const spec = sessionSpec({
      families: [IPV4_UNICAST, IPV6_UNICAST],
      gracefulRestart: { full: true, restartMs: 120_000, staleMs: 1, families: { [IPV4_UNICAST]: own } },
      longLived: { timeMs: 5_000, maxMs: 0, families: { [IPV6_UNICAST]: { timeMs: 258_000, maxMs: 0 } } },
    });
    const value = (wanted: number) => makeOpen(spec).capabilities.find(({ code }) => code === wanted)?.value;
    expect([...value(64)!]).toEqual([0x40, 120, 0, 2, 1, 0x80]);
    expect([...value(71)!]).toEqual([0, 2, 1, 0x80, 0, 1, 2]);
  });

  test('is offered with the N bit and without a family, as a helper does', () => {
    expect(makeOpen(spec).capabilities).toContainEqual(capability(64, 0x40, 0));
    expect(makeOpen(sessionSpec({ gracefulRestart: null })).capabilities.map(({ code }) => code)).not.toContain(64);
  });

  test('is what the peer asks for, in the families of the session', () => {
    const asked = theirs(0xc0 | 1, 44, 0, 1, 1, 0x80, 0, 2, 1, 0, 0, 1, 2, 0x80);
    expect(agree(spec, asked).gracefulRestart).toEqual({
      restartMs: 300_000,
      restarted: true,
      notification: true,
      families: [IPV4_UNICAST, IPV6_UNICAST],
      forwarding: [IPV4_UNICAST],
    });
    const only6 = sessionSpec({ ...spec, families: [IPV6_UNICAST] });
    expect(agree(only6, asked).gracefulRestart).toMatchObject({ families: [IPV6_UNICAST], forwarding: [] });
  });

  test('needs both sides', () => {
    expect(agree(spec, open({ capabilities: [MP_IPV4] })).gracefulRestart).toBeNull();
    expect(agree(sessionSpec(), theirs(0, 120, 0, 1, 1, 0)).gracefulRestart).toBeNull();
    expect(agree(spec, theirs(0, 120)).gracefulRestart).toMatchObject({ families: [], notification: false });
  });
});
