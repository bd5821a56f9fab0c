/** The texts for the end of a session: which side has to change what. */
import { describeDown } from '../../src/fsm/describe.ts';
import { initialState } from '../../src/fsm/peer.ts';
import { step } from '../../src/fsm/step.ts';
import type { Action, DownReason, Event, OurSession } from '../../src/fsm/types.ts';
import { IPV6_UNICAST } from '../../src/wire/families.ts';
import { notification } from '../../src/wire/notification.ts';
import { ROLE } from '../../src/wire/open/capability-values.ts';
import type { OpenMessage } from '../../src/wire/open/open.ts';
import { LOCAL_ID, peerOpen, sessionSpec } from './fixtures.ts';

/** The text for an attempt that failed at this OPEN. */
function refusalOf(spec: OurSession, changes: Partial<OpenMessage>): string {
  const open: Event = { type: 'open', side: 'out', open: { ...peerOpen(), ...changes } };
  const actions: Action[] = [];
  let state = initialState();
  for (const event of [{ type: 'start' }, { type: 'connected' }, open] as const) {
    state = step(state, event, spec, () => 0, actions);
  }
  const down = actions.find((action) => action.type === 'down');
  if (down?.type !== 'down') throw new Error('the OPEN was not rejected');
  return describeDown(down.reason, spec).text;
}

describe('the text for a rejected OPEN names both sides and the remedy', () => {
  const none = { capabilities: [] };

  test.each<[string, OurSession, Partial<OpenMessage>, string[]]>([
    [
      'AS of a list',
      sessionSpec(),
      { myAs: 65001, ...none },
      ['AS 65001', 'expected is AS 65000', '`as`', 'at the peer'],
    ],
    [
      'internal AS',
      sessionSpec({ remoteAs: { kind: 'internal' } }),
      { myAs: 1, ...none },
      ['AS 1', 'our own AS 65000'],
    ],
    ['external AS', sessionSpec({ remoteAs: { kind: 'external' } }), none, ['AS 65000', 'any AS but our own 65000']],
    [
      'AS_TRANS',
      sessionSpec(),
      { myAs: 23456, ...none },
      ['AS 23456', '4-octet AS numbers; enable that capability at the peer'],
    ],
    ['hold time', sessionSpec(), { holdTimeSeconds: 2 }, ['hold time of 2 s', '3 s']],
    ['router id zero', sessionSpec(), { routerId: 0 }, ['router id 0.0.0.0']],
    ['router id of ours', sessionSpec(), { routerId: LOCAL_ID }, ['router id 10.99.0.1', '`router.id`']],
    ['families', sessionSpec({ families: [IPV6_UNICAST] }), {}, ['ipv4-unicast', 'ipv6-unicast', '`families`']],
    ['version', sessionSpec(), { version: 3 }, ['version 3', 'version 4']],
  ])('%s', (_name, spec, changes, words) => {
    const text = refusalOf(spec, changes);
    expect(text).toMatch(/^sent OPEN Message Error/);
    for (const word of words) expect(text).toContain(word);
  });

  test('a family without a name is shown by its numbers', () => {
    const vpn = { code: 1, value: Uint8Array.of(0, 1, 0, 240) };
    expect(refusalOf(sessionSpec(), { capabilities: [vpn] })).toContain('AFI 1 SAFI 240');
  });
});

describe('a long OPEN has a short text', () => {
  test('names only some of hundreds of offered families', () => {
    const capabilities = Array.from({ length: 600 }, (_, i) => ({ code: 1, value: Uint8Array.of(i >> 8, i, 0, 200) }));
    const text = refusalOf(sessionSpec({ families: [IPV6_UNICAST] }), { capabilities });
    expect(text).toContain('AFI 7 SAFI 200 and 592 more');
    expect(text.length).toBeLessThan(600);
  });

  test('names only some of hundreds of roles', () => {
    const capabilities = Array.from({ length: 256 }, (_, i) => ({ code: 9, value: Uint8Array.of(i) }));
    const text = refusalOf(sessionSpec({ role: ROLE.customer }), { capabilities });
    expect(text).toContain('and 248 more');
    expect(text.length).toBeLessThan(600);
  });
});

describe('the other reasons', () => {
  const spec = sessionSpec({ holdMs: 30_000 });
  const received = (code: number, subcode: number): DownReason => ({
    kind: 'notificationReceived',
    notification: notification(code, subcode),
  });

  test('a role that the peer rejects is shown with the role that fits', () => {
    const provider = sessionSpec({ role: ROLE.provider });
    const { text } = describeDown(received(2, 11), provider);
    expect(text).toMatch(/our BGP role provider; change its role to customer at the peer, or change `bgp-role` here/);
    expect(describeDown(received(2, 11), spec).text).toContain(
      'set `bgp-role` here, or turn strict mode off at the peer',
    );
  });

  test.each<[DownReason, string]>([
    [{ kind: 'notificationSent', notification: notification(4, 0) }, 'nothing was received from the peer'],
    [{ kind: 'notificationSent', notification: notification(5, 3) }, 'sent Finite State Machine Error'],
    [{ kind: 'closedByPeer' }, 'without a NOTIFICATION'],
    [{ kind: 'closedByPeer', error: 'ECONNRESET' }, 'the connection failed (ECONNRESET)'],
    [
      { kind: 'stopped', notification: null, why: 'the command reset (uid 0, pid 7)' },
      'the command reset (uid 0, pid 7)',
    ],
    [{ kind: 'collision' }, 'another connection'],
    [received(2, 1), 'does not support BGP version 4'],
    [received(2, 2), 'expects another AS number than 65000'],
    [received(2, 3), 'router id 10.99.0.1'],
    [received(2, 4), 'does not support capabilities'],
    [received(2, 6), 'hold time of 30 s'],
    [received(2, 7), 'families: ipv4-unicast'],
    [received(2, 11), 'roles'],
    [received(4, 0), 'the peer received nothing from this side'],
    [received(6, 1), 'raise the limit at the peer'],
    [received(6, 2), 'shut down at the peer'],
    [received(6, 3), 'removed from the configuration of the peer'],
    [received(6, 4), 'reset at the peer'],
    [received(6, 5), 'this router is configured at the peer with this address and AS 65000'],
    [received(6, 6), 'was changed'],
    [received(6, 7), 'keeps another connection'],
    [received(6, 8), 'resources'],
    [received(6, 10), 'BFD'],
    [received(99, 1), 'received code 99'],
  ])('%j', (reason, words) => {
    expect(describeDown(reason, spec).text).toContain(words);
  });

  test('have the code and subcode of the NOTIFICATION, if there was one', () => {
    expect(describeDown(received(6, 2), spec)).toMatchObject({ code: 6, subcode: 2 });
    expect(describeDown({ kind: 'closedByPeer' }, spec)).toMatchObject({ code: null, subcode: null });
  });
});
