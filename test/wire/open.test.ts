import fc from 'fast-check';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { encodeMessage, MESSAGE } from '../../src/wire/message.ts';
import type { Capability } from '../../src/wire/open/capabilities.ts';
import {
  CAPABILITY,
  capabilityName,
  describeCapability,
  encodeCapabilities,
  fourOctetAs,
  fourOctetAsCapability,
  hasRouteRefresh,
  multiprotocol,
  multiprotocolFamilies,
  routeRefresh,
} from '../../src/wire/open/capabilities.ts';
import {
  ADD_PATH,
  addPathCapability,
  addPathFamilies,
  bareCapability,
  extendedNextHopCapability,
  extendedNextHops,
  gracefulRestart,
  gracefulRestartCapability,
  hasEnhancedRefresh,
  hasExtendedMessage,
  longLivedCapability,
  longLivedFamilies,
  ROLE,
  roleCapability,
  roles,
} from '../../src/wire/open/capability-values.ts';
import { decodeOpen, encodeOpen, type OpenMessage } from '../../src/wire/open/open.ts';
import { hex, toHex } from './build.ts';

const FIXED = '04 5ba0 00f0 0a630001';

function decode(body: string): ReturnType<typeof decodeOpen> {
  const message = encodeMessage(MESSAGE.open, hex(body));
  return decodeOpen(message, 0, message.length);
}

function decoded(body: string): OpenMessage {
  const result = decode(body);
  if (!result.ok) throw new Error(`refused with ${result.error.code}/${result.error.subcode}`);
  return result.open;
}

function capability(code: number, value: string): Capability {
  return { code, value: hex(value) };
}

/** A capability of texts, each behind its length: 73 is the name of the host, 75 the version of the software. */
function textual(code: number, ...texts: readonly string[]): Capability {
  const octets = texts.map((one) => new TextEncoder().encode(one));
  return { code, value: Uint8Array.from(octets.flatMap((one) => [one.length, ...one])) };
}

describe('decodeOpen', () => {
  test('reads the fixed fields', () => {
    expect(decoded(`${FIXED} 00`)).toEqual({
      version: 4,
      myAs: 23456,
      holdTimeSeconds: 240,
      routerId: 0x0a630001,
      capabilities: [],
    });
    expect(decoded('04 fde9 ffff ffffffff 00')).toMatchObject({ holdTimeSeconds: 65535, routerId: 0xffffffff });
  });

  test('reads several parameters with several capabilities each, in their order', () => {
    const open = decoded(`${FIXED} 10 02 06 0104 00010001 02 02 0200 02 02 c800`);
    expect(open.capabilities).toEqual([capability(1, '00010001'), capability(2, ''), capability(200, '')]);
    const joined = decoded(`${FIXED} 0a 02 08 0104 00010001 0200`);
    expect(joined.capabilities).toEqual([capability(1, '00010001'), capability(2, '')]);
  });

  test('keeps capabilities that come several times, and those that it does not know', () => {
    const open = decoded(`${FIXED} 14 02 12 0104 00010001 0104 00020001 0200 0200 c8 00`);
    expect(open.capabilities.map(({ code }) => code)).toEqual([1, 1, 2, 2, 200]);
  });

  test('reads what the OPEN of a Calico node says', () => {
    const open = decoded(
      `04 fc00 00f0 0a630002 22 02 20 0104 00010001 0200 4600 4104 0000fc00 4006 0078 00010100 4504 00010103 4700`,
    );
    expect(open.capabilities.map(({ code }) => capabilityName(code))).toEqual([
      'multiprotocol',
      'route refresh',
      'enhanced route refresh',
      '4-octet as',
      'graceful restart',
      'add-path',
      'long-lived graceful restart',
    ]);
    expect(longLivedFamilies(open.capabilities)).toEqual([]);
    expect(gracefulRestart(open.capabilities)).toMatchObject({ seconds: 120, restarted: false });
  });

  test('reads a message wherever it stands', () => {
    const message = encodeMessage(MESSAGE.open, hex(`${FIXED} 04 02 02 0200`));
    const buffer = new Uint8Array(message.length + 30).fill(0x77);
    buffer.set(message, 13);
    expect(decodeOpen(buffer, 13, 13 + message.length)).toMatchObject({
      ok: true,
      open: { routerId: 0x0a630001, capabilities: [capability(2, '')] },
    });
  });

  test.each([
    [3, '03 5ba0 00f0 0a630001 00'],
    [5, '05 5ba0 00f0 0a630001 ff 01'],
  ])('reads nothing but the version where that is %i', (version, body) => {
    const nothing = { myAs: 0, holdTimeSeconds: 0, routerId: 0, capabilities: [] };
    expect(decode(body)).toEqual({ ok: true, open: { version, ...nothing } });
  });

  test('reads extended parameters (RFC 9072), whatever the old length says unless it is zero', () => {
    for (const old of ['ff', '01', '7f']) {
      const open = decoded(`${FIXED} ${old} ff 000a 02 0004 0200 c800 02 0000`);
      expect(open.capabilities.map(({ code }) => code)).toEqual([2, 200]);
    }
  });

  test.each([
    ['an unknown parameter', `${FIXED} 03 05 01 00`, '2/4 '],
    ['the authentication parameter', `${FIXED} 03 01 01 00`, '2/4 '],
    ['an unknown extended parameter', `${FIXED} ff ff 0004 05 0001 00`, '2/4 '],
    ['parameters that end before the message', `${FIXED} 00 02`, '2/0 '],
    ['parameters that run over the message', `${FIXED} 05 02 02 0200`, '2/0 '],
    ['a parameter that runs over', `${FIXED} 04 02 03 0200`, '2/0 '],
    ['half a parameter', `${FIXED} 01 02`, '2/0 '],
    ['a capability that runs over', `${FIXED} 04 02 02 0201`, '2/0 '],
    ['half a capability', `${FIXED} 03 02 01 02`, '2/0 '],
    ['extended parameters without a length', `${FIXED} ff ff 00`, '2/0 '],
    ['extended parameters that run over', `${FIXED} ff ff 0008 02 0004 0200 c800`, '2/0 '],
    ['half an extended parameter', `${FIXED} ff ff 0002 02 00`, '2/0 '],
  ])('refuses %s', (_what, body, expected) => {
    const result = decode(body);
    if (result.ok) throw new Error('taken');
    expect(`${result.error.code}/${result.error.subcode} ${toHex(result.error.data)}`).toBe(expected);
  });
});

describe('encodeOpen', () => {
  const open = (capabilities: readonly Capability[]): OpenMessage => ({
    version: 4,
    myAs: 65001,
    holdTimeSeconds: 90,
    routerId: 0xc0000201,
    capabilities,
  });

  test('writes what RFC 4271 4.2 has', () => {
    const message = encodeOpen(open([multiprotocol(IPV4_UNICAST), routeRefresh()]));
    expect(toHex(message)).toBe(
      `${'ff'.repeat(16)}0027 01 04fde9005ac0000201 0a 0208 0104000100010200`.replace(/ /g, ''),
    );
    expect(toHex(encodeOpen(open([])))).toBe(`${'ff'.repeat(16)}001d0104fde9005ac000020100`);
  });

  test('writes extended parameters exactly where the old form is too short', () => {
    const of = (length: number) => encodeOpen(open([{ code: 200, value: new Uint8Array(length) }]));
    expect(of(251)[28]).toBe(255);
    expect(of(251)[29]).toBe(2);
    expect(toHex(of(252).subarray(28, 35))).toBe('ffff0101' + '0200fe');
  });

  test('is undone by decoding, whatever the capabilities', () => {
    const capabilities = fc.array(fc.record({ code: fc.nat({ max: 255 }), value: fc.uint8Array({ maxLength: 255 }) }), {
      maxLength: 12,
    });
    const numbers = fc.record({
      version: fc.constant(4),
      myAs: fc.nat({ max: 65535 }),
      holdTimeSeconds: fc.nat({ max: 65535 }),
      routerId: fc.nat({ max: 0xffffffff }),
      capabilities,
    });
    fc.assert(
      fc.property(numbers, (message) => {
        const bytes = encodeOpen(message);
        expect(decodeOpen(bytes, 0, bytes.length)).toEqual({ ok: true, open: message });
      }),
    );
  });
});

describe('capabilities', () => {
  const v4 = { afi: 1, safi: 1 };
  const v6 = { afi: 2, safi: 1 };
  const evpn = { afi: 25, safi: 70 };

  test.each([
    ['multiprotocol', capability(1, '00020001'), 'ipv6-unicast'],
    ['multiprotocol', capability(1, '00190046'), 'l2vpn-evpn'],
    ['multiprotocol', capability(1, '0002'), '0002 (malformed)'],
    ['route refresh', routeRefresh(), ''],
    ['route refresh', capability(2, '00'), '00 (malformed)'],
    ['route refresh (old)', capability(128, ''), ''],
    ['outbound route filtering', capability(3, '0001000101'), '0001000101'],
    ['extended next hop', capability(5, '000100010002'), 'ipv4-unicast via afi 2'],
    ['extended next hop', capability(5, '0001000100'), '0001000100 (malformed)'],
    ['extended message', capability(6, ''), ''],
    ['role', capability(9, '03'), 'customer'],
    ['role', capability(9, '09'), 'role 9'],
    ['graceful restart', capability(64, '0078'), '120 s'],
    [
      'graceful restart',
      capability(64, 'c078 00010180 00194600'),
      '120 s, restarting, notification, ipv4-unicast forwarding kept, l2vpn-evpn',
    ],
    ['graceful restart', capability(64, '007800'), '007800 (malformed)'],
    ['4-octet as', fourOctetAsCapability(4200000000), '4200000000'],
    ['4-octet as', capability(65, 'fde9'), 'fde9 (malformed)'],
    [
      'add-path',
      capability(69, '00010103 00020101 00194607'),
      'ipv4-unicast send and receive, ipv6-unicast receive, l2vpn-evpn 7',
    ],
    ['enhanced route refresh', capability(70, ''), ''],
    ['long-lived graceful restart', capability(71, ''), ''],
    ['long-lived graceful restart', capability(71, '00010180 015180'), 'ipv4-unicast 86400 s forwarding'],
    ['fqdn', textual(73, 'leaf1', 'example.org'), 'leaf1.example.org'],
    ['fqdn', textual(73, 'leaf1', ''), 'leaf1'],
    ['software version', textual(75, 'FRRouting/10.1'), 'FRRouting/10.1'],
    ['software version', textual(75, 'x'.repeat(64)), 'x'.repeat(64)],
    // The text alone, as later drafts have it.
    ['software version', { code: 75, value: new TextEncoder().encode('BIRD 2.17') }, 'BIRD 2.17'],
    ['software version', { code: 75, value: new TextEncoder().encode('GoBGP') }, 'GoBGP'],
    ['software version', { code: 75, value: Uint8Array.of(20, 0x61, 0x62) }, '146162 (malformed)'],
    ['fqdn', { code: 73, value: Uint8Array.of(1, 0x61) }, 'a'],
    ['fqdn', { code: 73, value: Uint8Array.of(9, 0x61, 0x62, 0) }, '09616200 (malformed)'],
    ['fqdn', { code: 73, value: Uint8Array.of(1, 0x61, 5, 0x62) }, '01610562 (malformed)'],
    ['capability 200', capability(200, 'abcd'), 'abcd'],
  ])('%s is shown (%#)', (name, shown, text) => {
    expect([capabilityName(shown.code), describeCapability(shown)]).toEqual([name, text]);
  });

  test('show no control character of a peer', () => {
    expect(describeCapability(textual(75, 'a\u001b[2Jb'))).toBe('a [2Jb');
  });

  test('of multiprotocol: all families, the unknown ones too, the malformed not', () => {
    const list = [
      multiprotocol(IPV4_UNICAST),
      multiprotocol(IPV6_UNICAST),
      capability(1, '00190046'),
      capability(1, '00'),
    ];
    expect(multiprotocolFamilies(list)).toEqual([v4, v6, evpn]);
  });

  test('of 4-octet AS numbers: the number, or null', () => {
    expect(fourOctetAs([fourOctetAsCapability(4294967295)])).toBe(4294967295);
    expect(fourOctetAs([capability(65, 'fde9')])).toBeNull();
    expect(fourOctetAs([])).toBeNull();
  });

  test('that are there or are not', () => {
    expect(hasRouteRefresh([routeRefresh()])).toBe(true);
    expect(hasRouteRefresh([capability(2, '00'), capability(128, '')])).toBe(false);
    expect([hasExtendedMessage([bareCapability(CAPABILITY.extendedMessage)]), hasExtendedMessage([])]).toEqual([
      true,
      false,
    ]);
    expect([hasEnhancedRefresh([bareCapability(CAPABILITY.enhancedRefresh)]), hasEnhancedRefresh([])]).toEqual([
      true,
      false,
    ]);
  });

  test('of graceful restart: read back, the last of several', () => {
    const value = {
      restarted: true,
      notification: false,
      seconds: 4095,
      families: [
        { ...v4, forwarding: true },
        { ...evpn, forwarding: false },
      ],
    };
    const made = gracefulRestartCapability(value);
    expect(toHex(made.value)).toBe('8fff' + '00010180' + '00194600');
    expect(gracefulRestart([capability(64, '0001'), made])).toEqual(value);
    expect(gracefulRestart([capability(64, '00')])).toBeNull();
    expect(
      gracefulRestart([gracefulRestartCapability({ ...value, restarted: false, notification: true })]),
    ).toMatchObject({
      restarted: false,
      notification: true,
    });
  });

  test('of long-lived graceful restart: read back', () => {
    const families = [
      { ...v4, forwarding: true, seconds: 0xffffff },
      { ...v6, forwarding: false, seconds: 3600 },
    ];
    expect(longLivedFamilies([longLivedCapability(families)])).toEqual(families);
    expect(longLivedFamilies([])).toEqual([]);
  });

  test('of ADD-PATH: read back, without modes that do not exist, the last for a family', () => {
    const families = [
      { ...v4, mode: ADD_PATH.both },
      { ...v6, mode: ADD_PATH.receive },
    ];
    expect(addPathFamilies([addPathCapability(families)])).toEqual(families);
    expect(addPathFamilies([capability(69, '00010100 00010104 00020103')])).toEqual([{ ...v6, mode: ADD_PATH.both }]);
    expect(addPathFamilies([capability(69, '00010101 00010102')])).toEqual([{ ...v4, mode: ADD_PATH.send }]);
  });

  test('of extended next hops: read back', () => {
    const entries = [
      { ...v4, nextHopAfi: 2 },
      { afi: 1, safi: 128, nextHopAfi: 2 },
    ];
    expect(extendedNextHops([extendedNextHopCapability(entries)])).toEqual(entries);
  });

  test('of roles: each different one once', () => {
    expect(roles([roleCapability(ROLE.peer)])).toEqual([4]);
    expect(roles([roleCapability(ROLE.customer), roleCapability(ROLE.customer)])).toEqual([3]);
    expect(roles([roleCapability(ROLE.provider), roleCapability(ROLE.customer)])).toEqual([0, 3]);
    expect(roles([capability(9, '0102')])).toEqual([]);
  });

  test('are encoded one after the other', () => {
    expect(toHex(encodeCapabilities([multiprotocol(IPV6_UNICAST), routeRefresh()]))).toBe('0104000200010200');
  });
});
