/** docs/TROUBLESHOOTING.md has every event and every text that reports something wrong. */
import { describeDialError } from '../../src/engine/events/down-events.ts';
import { EVENTS, type EventName } from '../../src/engine/events/events.ts';
import { REFUSALS } from '../../src/engine/events/peer-events.ts';
import { describeDown } from '../../src/fsm/describe.ts';
import type { DownReason, OpenRefusal } from '../../src/fsm/types.ts';
import { describeHeldBack, HELD_BACK } from '../../src/reflect/advertise/eligibility.ts';
import { describeReason, REASON } from '../../src/rib/tables/reasons.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import { cease, holdTimerExpired, notification, openError, sendHoldTimerExpired } from '../../src/wire/notification.ts';
import { sessionSpec } from '../fsm/fixtures.ts';
import { PEER } from '../lab/spec.ts';
import { readPage, rowsOf, spansOf } from './pages.ts';

const named = rowsOf(readPage('docs/TROUBLESHOOTING.md')).flatMap(([first]) => spansOf(first!));
const session = sessionSpec();

/** A text of the page as a pattern: `…` stands for any value. */
const patterns = named
  .filter((text) => text.includes(' ') || text.includes('…'))
  .map((text) => ({ text, pattern: new RegExp(`^${text.split('…').map(escapePattern).join('[^]*')}$`) }));

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function missing(texts: readonly string[]): string[] {
  return texts.filter((text) => !patterns.some(({ pattern }) => pattern.test(text)));
}

test('every event of level warn or error is named, and every name is that of an event', () => {
  const events = (Object.keys(EVENTS) as EventName[]).filter((name) => ['warn', 'error'].includes(EVENTS[name].level));
  // The reasons of these are texts, which have rows of their own.
  const elsewhere: EventName[] = ['peer.refused', 'peer.open-rejected', 'peer.down'];
  expect(events.length).toBeGreaterThan(40);
  expect(events.filter((name) => !named.includes(name) && !elsewhere.includes(name))).toEqual([]);
  const firstWords = [...new Set(Object.keys(EVENTS).map((name) => name.split('.')[0]))];
  const like = named.filter((text) => new RegExp(`^(${firstWords.join('|')})\\.[a-z-]+$`).test(text));
  expect(like.filter((name) => !(name in EVENTS))).toEqual([]);
});

test('every reason for a refused connection is named', () => {
  expect(REFUSALS.filter((reason) => !named.includes(reason))).toEqual([]);
});

test('every error of a connection that has advice is named', () => {
  const { transport } = PEER;
  const errors = [
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EADDRNOTAVAIL',
    'EACCES',
    'EPERM',
    'ENODEV',
    'ETIMEDOUT',
  ];
  const texts = errors.map((error) => describeDialError(error, transport));
  expect(texts.filter((text) => !text.includes(': '))).toEqual([]);
  expect(missing(texts)).toEqual([]);
});

test('every reason for an unusable path is named', () => {
  const reasons = Object.values(REASON).filter((reason) => reason !== REASON.usable);
  expect(missing(reasons.map(describeReason))).toEqual([]);
});

test('every reason for a path that is not advertised is named', () => {
  const reasons = Object.values(HELD_BACK).filter((reason) => reason !== HELD_BACK.no);
  expect(missing(reasons.map(describeHeldBack))).toEqual([]);
});

const REFUSED_OPENS: Readonly<Record<OpenRefusal['kind'], readonly OpenRefusal[]>> = {
  version: [{ kind: 'version', got: 3 }],
  peerAs: [{ kind: 'peerAs', got: 1, expected: { kind: 'internal' }, localAs: 2, alsoOurs: [] }],
  asTrans: [{ kind: 'asTrans' }],
  holdTime: [{ kind: 'holdTime', gotSeconds: 1 }],
  zeroRouterId: [{ kind: 'zeroRouterId' }],
  sameRouterId: [{ kind: 'sameRouterId', routerId: 1 }],
  role: [
    { kind: 'role', got: [0, 1], role: null },
    { kind: 'role', got: [0], role: 0 },
    { kind: 'role', got: [], role: 0 },
  ],
  families: [{ kind: 'families', got: [{ afi: 2, safi: 1 }], wanted: [IPV4_UNICAST] }],
};

test('every reason for a rejected OPEN is named', () => {
  const texts = Object.values(REFUSED_OPENS)
    .flat()
    .map((refusal) => {
      const { text } = describeDown({ kind: 'notificationSent', notification: openError.badPeerAs, refusal }, session);
      return text.slice(text.indexOf(': ') + 2);
    });
  expect(missing(texts)).toEqual([]);
});

test('every NOTIFICATION that we explain is named', () => {
  const explained: string[] = [];
  for (let code = 1; code <= 8; code++) {
    for (let subcode = 0; subcode <= 12; subcode++) {
      const { text } = describeDown(
        { kind: 'notificationReceived', notification: notification(code, subcode) },
        session,
      );
      if (text.includes(': ')) explained.push(text);
    }
  }
  expect(explained.length).toBeGreaterThan(12);
  expect(missing(explained)).toEqual([]);
});

const NO_BFD = { cause: 'silence', detectionMs: 900, diag: '', independent: true } as const;
const PREFIXES = { kind: 'prefixes', family: IPV4_UNICAST, limit: 1, restartMs: null } as const;
const ATTRIBUTES = { kind: 'attributes', octets: 1, limit: 1, restartMs: 1 } as const;
const LOST: Readonly<Record<DownReason['kind'], readonly DownReason[]>> = {
  notificationSent: [holdTimerExpired, sendHoldTimerExpired].map((one) => ({
    kind: 'notificationSent',
    notification: one,
  })),
  notificationReceived: [{ kind: 'notificationReceived', notification: cease.shutdown }],
  closedByPeer: [null, 'ENETDOWN', 'ECONNRESET'].map((error) => ({ kind: 'closedByPeer', error })),
  stopped: [
    { kind: 'stopped', notification: null },
    ...(['in', 'out'] as const).map((direction) => stopped({ ...PREFIXES, direction })),
    ...(['peer', 'total'] as const).map((scope) => stopped({ ...ATTRIBUTES, scope })),
  ],
  bfdDown: [{ kind: 'bfdDown', notification: notification(6, 10), loss: NO_BFD }],
  collision: [{ kind: 'collision' }],
  restarted: [{ kind: 'restarted' }],
};

function stopped(limit: Extract<DownReason, { kind: 'stopped' }>['limit'] & object): DownReason {
  return { kind: 'stopped', notification: notification(6, 1), limit };
}

test('every way in which a session ends is named', () => {
  const reasons = Object.values(LOST).flat();
  expect(missing(reasons.map((reason) => describeDown(reason, session).text))).toEqual([]);
});
