import fc from 'fast-check';
import { AFI, SAFI } from '../../src/wire/families.ts';
import { encodeMessage, MESSAGE } from '../../src/wire/message.ts';
import {
  cease,
  countedCode,
  decodeNotification,
  describeNotification,
  encodeNotification,
  headerError,
  holdTimerExpired,
  notification,
  openError,
  sendHoldTimerExpired,
  shutdownText,
} from '../../src/wire/notification.ts';
import { checkRouteRefresh, decodeRouteRefresh, encodeRouteRefresh } from '../../src/wire/route-refresh.ts';
import { runs } from '../lab/effort.ts';
import { hex, toHex } from './build.ts';

describe('NOTIFICATION', () => {
  test('is read back as it was written, at any offset', () => {
    const numbers = fc.nat({ max: 255 });
    fc.assert(
      fc.property(
        numbers,
        numbers,
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: 20 }),
        (code, subcode, data, at) => {
          const message = encodeNotification({ code, subcode, data });
          const buffer = new Uint8Array(at + message.length + 4);
          buffer.set(message, at);
          expect(decodeNotification(buffer, at, at + message.length)).toEqual({ code, subcode, data });
          expect(describeNotification({ code, subcode, data }).length).toBeGreaterThan(0);
        },
      ),
    );
  });

  test('has a header', () => {
    expect(toHex(encodeNotification(cease.shutdown))).toBe(`${'ff'.repeat(16)}0015030602`);
  });

  test.each([
    [headerError.notSynchronized(), '1/1', 'Message Header Error / Connection Not Synchronized'],
    [headerError.badLength(4097), '1/2', 'Message Header Error / Bad Message Length (length 4097)'],
    [headerError.badType(9), '1/3', 'Message Header Error / Bad Message Type (type 9)'],
    [openError.malformed, '2/0', 'OPEN Message Error'],
    [openError.unsupportedVersion, '2/1', 'OPEN Message Error / Unsupported Version Number (version 4 is supported)'],
    [openError.badPeerAs, '2/2', 'OPEN Message Error / Bad Peer AS'],
    [openError.roleMismatch, '2/11', 'OPEN Message Error / Role Mismatch'],
    [notification(3, 6, hex('40010103')), '3/6', 'UPDATE Message Error / Invalid ORIGIN Attribute (data 40010103)'],
    [holdTimerExpired, '4/0', 'Hold Timer Expired'],
    [notification(5, 3), '5/3', 'Finite State Machine Error / unexpected message in Established'],
    [
      cease.maximumPrefixes({ afi: AFI.ipv6, safi: SAFI.unicast }, 4_000_000_000),
      '6/1',
      'Cease / Maximum Number of Prefixes Reached (ipv6-unicast, limit 4000000000)',
    ],
    [
      cease.maximumPrefixes({ afi: 25, safi: 70 }, 1),
      '6/1',
      'Cease / Maximum Number of Prefixes Reached (AFI 25 SAFI 70, limit 1)',
    ],
    [cease.shutdown, '6/2', 'Cease / Administrative Shutdown'],
    [cease.shutdownWith('maintenance tonight'), '6/2', 'Cease / Administrative Shutdown: "maintenance tonight"'],
    [cease.resetWith('naïve ☃'), '6/4', 'Cease / Administrative Reset: "naïve ☃"'],
    [cease.bfdDown, '6/10', 'Cease / BFD Down'],
    [cease.hard(cease.shutdownWith('gone')), '6/9', 'Cease / Hard Reset (Cease / Administrative Shutdown: "gone")'],
    [notification(7, 1, hex('ab')), '7/1', 'ROUTE-REFRESH Message Error / Invalid Message Length (data ab)'],
    [sendHoldTimerExpired, '8/0', 'Send Hold Timer Expired'],
    [notification(6, 77), '6/77', 'Cease / subcode 77'],
    [notification(99, 1), '99/1', 'code 99 / subcode 1'],
  ])('%# says what it means', (said, code, words) => {
    expect([`${said.code}/${said.subcode}`, describeNotification(said)]).toEqual([code, words]);
  });
});

describe('what a peer makes of a NOTIFICATION', () => {
  /** Hard Resets inside a Hard Reset. */
  const nested = (octets: number) =>
    notification(
      6,
      9,
      Uint8Array.from({ length: octets }, (_, i) => (i % 2 ? 9 : 6)),
    );

  test('a Hard Reset that encloses thousands of others is described in a line', () => {
    for (const octets of [2, 4075, 17_000, 65_514])
      expect(describeNotification(nested(octets)).length).toBeLessThan(500);
    expect(describeNotification(nested(4))).toBe('Cease / Hard Reset (Cease / Hard Reset (data 0609))');
  });

  test('data that cannot be read is shown by its first octets and its length', () => {
    const words = describeNotification(notification(2, 7, new Uint8Array(4075).fill(0xab)));
    expect(words).toBe(`OPEN Message Error / Unsupported Capability (data ${'ab'.repeat(32)}… (4075 octets))`);
  });

  test('its description is bounded whatever its code, subcode and data', () => {
    const octet = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(6, 9, 2, 4));
    const data = fc.uint8Array({ maxLength: 65_514, size: 'max' });
    fc.assert(
      fc.property(octet, octet, data, (code, subcode, octets) => {
        expect(describeNotification({ code, subcode, data: octets }).length).toBeLessThan(1000);
      }),
      { numRuns: runs(100) },
    );
  });

  test('is counted under `other` if its numbers are unassigned', () => {
    expect(countedCode(cease.shutdown)).toBe('6/2');
    expect(countedCode(notification(4, 0))).toBe('4/0');
    const keys = new Set<string>();
    for (let code = 0; code < 256; code++)
      for (let subcode = 0; subcode < 256; subcode++) keys.add(countedCode(notification(code, subcode)));
    expect(keys.size).toBeLessThan(64);
  });
});

describe('Shutdown Communication (RFC 9003)', () => {
  test('comes back as it was sent, up to 255 octets of UTF-8', () => {
    for (const text of ['x', 'x'.repeat(255), '☃'.repeat(85)])
      expect(shutdownText(cease.shutdownWith(text))).toBe(text);
  });

  test('is truncated between characters when it is too long', () => {
    expect(shutdownText(cease.shutdownWith('☃'.repeat(100)))).toBe('☃'.repeat(85));
    expect(shutdownText(cease.resetWith(`x${'☃'.repeat(100)}`))).toBe(`x${'☃'.repeat(84)}`);
  });

  test.each([
    ['nothing', '', null],
    ['an empty one', '00', null],
    ['one that is cut off', '05 61', null],
    ['one with more behind', '01 61 62', 'a'],
    ['control characters', '04 61 1b 0a 62', 'a  b'],
    ['characters that turn the direction of text', '05 61 e280ae 62', 'a b'],
    ['bytes that are no UTF-8', '02 61 ff', 'a\ufffd'],
  ])('of %s', (_what, data, text) => {
    expect(shutdownText(notification(6, 2, hex(data)))).toBe(text);
    expect(shutdownText(notification(6, 3, hex(data)))).toBeNull();
  });

  test('that is malformed is shown in hex', () => {
    expect(describeNotification(notification(6, 2, hex('0561')))).toBe('Cease / Administrative Shutdown (data 0561)');
  });
});

describe('ROUTE-REFRESH', () => {
  test('is read back as it was written', () => {
    const message = encodeRouteRefresh(25, 70, 2);
    expect(toHex(message)).toBe(`${'ff'.repeat(16)}00170500190246`);
    expect(decodeRouteRefresh(message, 0, message.length)).toEqual({ afi: 25, safi: 70, subtype: 2 });
  });

  test('is read without the ORF behind it', () => {
    const message = encodeMessage(MESSAGE.routeRefresh, hex('0001 00 01 01 40 0005 ffffffffff'));
    expect(decodeRouteRefresh(message, 0, message.length)).toEqual({ afi: 1, safi: 1, subtype: 0 });
  });

  test('marks borders with exactly 23 octets, or is answered with itself (RFC 7313 5)', () => {
    for (const [body, refused] of [
      ['0001 00 01', false],
      ['0001 00 01 00', false],
      ['0001 01 01', false],
      ['0001 02 01', false],
      ['0001 01 01 00', true],
      ['0001 02 01 0000', true],
      ['0001 03 01 00', false],
    ] as const) {
      const message = encodeMessage(MESSAGE.routeRefresh, hex(body));
      const expected = refused ? { code: 7, subcode: 1, data: message } : null;
      expect(checkRouteRefresh(message, 0, message.length)).toEqual(expected);
    }
  });
});
