/** The structure of UPDATEs: RFC 4271 6.3, RFC 4724 2, RFC 4760 7, RFC 7606 3 to 5. */
import { ATTRIBUTE, VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { encodeMessage, MESSAGE } from '../../src/wire/message.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';
import {
  AS_PATH,
  attribute,
  concat,
  context,
  hex,
  LOCAL_PREF,
  MANDATORY,
  MP_REACH,
  NEXT_HOP,
  ORIGIN,
  PREFIX,
  scan,
  toHex,
  update,
} from './build.ts';

const { ok, discard, withdraw, reset } = VERDICT;
const A = ATTRIBUTE;
const IPV4_ONLY = context({ families: [IPV4_UNICAST] });

/** `code/subcode data` of a view whose verdict is reset. */
function answer(view: UpdateView): string {
  expect(view.verdict).toBe(reset);
  const { code, subcode, data } = view.notification();
  return `${code}/${subcode} ${toHex(data)}`.trim();
}

function field(view: UpdateView, start: number, end: number): string {
  return toHex(view.bytes.subarray(start, end));
}

function raw(body: string): Uint8Array {
  return encodeMessage(MESSAGE.update, hex(body));
}

function mpUnreach(nlri: string, flags = 0x80): Uint8Array {
  return attribute(flags, A.mpUnreach, `0002 01 ${nlri}`);
}

describe('scanUpdate', () => {
  test('finds every field of a message, wherever it stands in its buffer', () => {
    const unreach = mpUnreach('20 20010db9');
    const attributes = [ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF, MP_REACH, unreach];
    const message = update({ withdrawn: '10 ac10 08 09', attributes, nlri: '08 0a 18 c00002' });
    for (const offset of [0, 1, 17, 4096]) {
      const buffer = new Uint8Array(offset + message.length + 5).fill(0xff);
      buffer.set(message, offset);
      const view = new UpdateView();
      expect(scanUpdate(buffer, offset, offset + message.length, context(), view)).toBe(ok);
      expect(field(view, view.withdrawnStart, view.withdrawnEnd)).toBe('10ac100809');
      expect(field(view, view.attributesStart, view.attributesEnd)).toBe(toHex(concat(attributes)));
      expect(field(view, view.nlriStart, view.nlriEnd)).toBe('080a18c00002');
      expect(field(view, view.nextHopAttrStart, view.nextHopAttrEnd)).toBe(toHex(NEXT_HOP));
      expect(field(view, view.reachAttrStart, view.reachAttrEnd)).toBe(toHex(MP_REACH));
      expect([view.reachPresent, view.reachAfi, view.reachSafi]).toEqual([true, 2, 1]);
      expect(field(view, view.reachNextHopStart, view.reachNextHopStart + view.reachNextHopLength)).toBe(
        '20010db8000000000000000000000001',
      );
      expect(field(view, view.reachNlriStart, view.reachNlriEnd)).toBe('2020010db8');
      expect(field(view, view.unreachAttrStart, view.unreachAttrEnd)).toBe(toHex(unreach));
      expect([view.unreachPresent, view.unreachAfi, view.unreachSafi]).toEqual([true, 2, 1]);
      expect(field(view, view.unreachNlriStart, view.unreachNlriEnd)).toBe('2020010db9');
      expect(view.isEndOfRib).toBe(-1);
    }
  });

  test('remembers nothing of the message before', () => {
    const view = new UpdateView();
    const full = update({ attributes: [...MANDATORY, MP_REACH, mpUnreach('')], nlri: PREFIX });
    scanUpdate(full, 0, full.length, context(), view);
    const bare = update({ withdrawn: PREFIX });
    expect(scanUpdate(bare, 0, bare.length, context(), view)).toBe(ok);
    expect([view.reachPresent, view.unreachPresent]).toEqual([false, false]);
    expect([view.reachAttrStart, view.unreachAttrStart, view.nextHopAttrStart]).toEqual([-1, -1, -1]);
    expect([view.reachAttrEnd, view.unreachAttrEnd, view.nextHopAttrEnd]).toEqual([-1, -1, -1]);
  });

  describe('ends the session', () => {
    test.each([
      ['the withdrawn routes run over the message', '0005 08 0a 0000', '3/1'],
      ['nothing is left for the length of the attributes', '0002 08 0a', '3/1'],
      ['one octet is left for the length of the attributes', '0002 08 0a 00', '3/1'],
      ['the attributes run over the message', '0000 0005 40010100', '3/1'],
      ['a withdrawn prefix is longer than 32', '0006 21 0a00000000 0000', '3/10'],
      ['a withdrawn prefix runs over its field', '0002 18 0a 0000', '3/10'],
    ])('when %s', (_what, body, expected) => {
      expect(answer(scan(raw(body), context()))).toBe(expected);
    });

    test.each([
      ['is longer than 32', '21 0a00000000'],
      ['runs over the message', '20 0a0000'],
      ['lacks its octets', '08'],
    ])('when an announced prefix %s', (_what, nlri) => {
      expect(answer(scan(update({ attributes: MANDATORY, nlri }), context()))).toBe('3/10');
    });

    test('when MP_REACH_NLRI or MP_UNREACH_NLRI comes twice', () => {
      expect(answer(scan(update({ attributes: [...MANDATORY, MP_REACH, MP_REACH] }), context()))).toMatch(/^3\/1 800e/);
      const twice = [mpUnreach('20 20010db8'), mpUnreach('20 20010db9')];
      expect(answer(scan(update({ attributes: twice }), context()))).toBe('3/1 800f0800020120' + '20010db9');
    });

    const nextHop = '20010db8000000000000000000000001';
    test.each([
      ['ends before its next hop', A.mpReach, '0002 01'],
      ['is all next hop', A.mpReach, `0002 01 10 ${nextHop}`],
      ['has a next hop of 4 octets for IPv6', A.mpReach, '0002 01 04 c0000201 00 20 20010db8'],
      ['has a next hop of 24 octets', A.mpReach, `0002 01 18 0000000000000000 ${nextHop} 00 20 20010db8`],
      ['has a next hop of 0 octets', A.mpReach, '0002 01 00 00 20 20010db8'],
      ['has an IPv6 next hop for IPv4', A.mpReach, `0001 01 10 ${nextHop} 00 08 0a`],
      ['has a next hop that runs over', A.mpReach, '0002 01 20 20010db8 00'],
      ['has a prefix longer than 128', A.mpReach, `0002 01 10 ${nextHop} 00 81 ${'20'.repeat(17)}`],
      ['has a prefix that runs over', A.mpReach, `0002 01 10 ${nextHop} 00 20 20010d`],
      ['has no family', A.mpUnreach, '0002'],
      ['has a withdrawn prefix longer than 128', A.mpUnreach, `0002 01 81 ${'20'.repeat(17)}`],
      ['has a withdrawn prefix that runs over', A.mpUnreach, '0002 01 20 20010d'],
    ])('when the multiprotocol attribute %s', (_what, code, value) => {
      const bad = attribute(0x80, code, value);
      expect(answer(scan(update({ attributes: [...MANDATORY, bad] }), context()))).toBe(`3/9 ${toHex(bad)}`);
    });

    test.each([
      ['ORIGIN 3', attribute(0x40, A.origin, '03'), '3/6 40010103'],
      ['a path that runs over', attribute(0x40, A.asPath, '0202'), '3/11 4002020202'],
      ['wrong flags', attribute(0xc0, A.origin, '00'), '3/4 c0010100'],
      ['a NEXT_HOP of three octets', attribute(0x40, A.nextHop, 'c00002'), '3/5 400303c00002'],
      ['an unknown well-known attribute', attribute(0x40, 200, ''), '3/2 40c800'],
    ])('when %s comes without a reachable prefix, since prefixes may be lost', (_what, bad, expected) => {
      expect(answer(scan(update({ withdrawn: PREFIX, attributes: [bad] }), context()))).toBe(expected);
      expect(answer(scan(update({ attributes: [bad, mpUnreach('20 20010db8')] }), context()))).toBe(expected);
    });

    test('when an attribute runs over without a reachable prefix', () => {
      const body = '0002 08 0a 0004 40 01 05 00';
      expect(answer(scan(raw(body), context()))).toBe('3/1 40010500');
    });
  });

  describe('withdraws', () => {
    test.each([
      ['an attribute that runs over', '40 01 05 00'],
      ['an attribute with an extended length that runs over', '50 01 0001'],
      ['half a header', '40 01'],
      ['one octet', '40'],
      ['an extended length of one octet', '50 01 00'],
      ['an attribute of 65,535 octets', '50 01 ffff 00'],
    ])('after %s, the prefixes being where they are', (_what, tail) => {
      const set = Uint8Array.from([...concat(MANDATORY), ...hex(tail)]);
      const view = scan(update({ withdrawn: '08 09', attributes: [set], nlri: PREFIX }), context());
      expect(view.verdict).toBe(withdraw);
      expect(field(view, view.withdrawnStart, view.withdrawnEnd)).toBe('0809');
      expect(field(view, view.nlriStart, view.nlriEnd)).toBe('080a');
      expect(field(view, view.attributesStart, view.attributesEnd)).toBe(toHex(concat(MANDATORY)));
      expect(view.notification()).toEqual({ code: 3, subcode: 1, data: hex(tail) });
    });

    test.each([
      ['MP_REACH_NLRI transitive', Uint8Array.from([0xc0, ...MP_REACH.slice(1)])],
      ['MP_REACH_NLRI well-known', Uint8Array.from([0x40, ...MP_REACH.slice(1)])],
    ])('with %s', (_what, reach) => {
      const view = scan(update({ attributes: [...MANDATORY, reach] }), context());
      expect(view.verdict).toBe(withdraw);
      expect(view.notification()).toEqual({ code: 3, subcode: 4, data: reach });
      expect(field(view, view.reachNlriStart, view.reachNlriEnd)).toBe('2020010db8');
    });

    test('with MP_UNREACH_NLRI transitive, which has no reachable prefix to lose', () => {
      const view = scan(update({ attributes: [mpUnreach('20 20010db8', 0xc0)] }), context());
      expect(view.verdict).toBe(withdraw);
      expect(field(view, view.unreachNlriStart, view.unreachNlriEnd)).toBe('2020010db8');
    });

    test.each([
      ['::', '00'.repeat(16)],
      ['::1', `${'00'.repeat(15)}01`],
      ['ff02::1', `ff02${'00'.repeat(13)}01`],
      [':: before 2001:db8::1', `${'00'.repeat(16)}20010db8${'00'.repeat(11)}01`],
    ])('with the next hop %s', (_what, nextHop) => {
      const length = (nextHop.length / 2).toString(16);
      const reach = attribute(0x80, A.mpReach, `0002 01 ${length} ${nextHop} 00 20 20010db8`);
      const view = scan(update({ attributes: [...MANDATORY, reach] }), context());
      expect([view.verdict, view.notification().subcode]).toEqual([withdraw, 8]);
    });

    test('with 127.0.0.1 as the next hop of IPv4 in MP_REACH_NLRI', () => {
      const reach = attribute(0x80, A.mpReach, '0001 01 04 7f000001 00 08 0a');
      expect(scan(update({ attributes: [...MANDATORY, reach] }), context()).verdict).toBe(withdraw);
    });
  });

  describe('takes', () => {
    const global = '20010db8000000000000000000000001';
    const linkLocal = 'fe800000000000000000000000000001';

    test.each([
      ['one global address', 16, global],
      ['a global and a link-local address', 32, global + linkLocal],
      ['a link-local address twice', 32, linkLocal + linkLocal],
      ['no global address before a link-local one', 32, '00'.repeat(16) + linkLocal],
    ])('%s as an IPv6 next hop', (_what, length, nextHop) => {
      const reach = attribute(0x80, A.mpReach, `0002 01 ${length.toString(16)} ${nextHop} 00 20 20010db8`);
      const view = scan(update({ attributes: [...MANDATORY, reach] }), context());
      expect([view.verdict, view.reachNextHopLength]).toEqual([ok, length]);
    });

    test('IPv4 in MP_REACH_NLRI with an IPv4 next hop, and with an IPv6 one where RFC 8950 is agreed on', () => {
      const v4 = attribute(0x80, A.mpReach, '0001 01 04 c0000201 00 08 0a');
      expect(scan(update({ attributes: [...MANDATORY, v4] }), context()).verdict).toBe(ok);
      for (const length of [16, 32]) {
        const nextHop = length === 16 ? global : global + linkLocal;
        const v6 = attribute(0x80, A.mpReach, `0001 01 ${length.toString(16)} ${nextHop} 00 08 0a`);
        expect(scan(update({ attributes: [...MANDATORY, v6] }), context({ extendedNextHop: true })).verdict).toBe(ok);
      }
    });

    test('prefixes with path identifiers where ADD-PATH is agreed on', () => {
      const with4 = update({ withdrawn: '00000001 08 09', attributes: MANDATORY, nlri: '00000002 08 0a' });
      expect(scan(with4, context({ addPath: true })).verdict).toBe(ok);
      const cut = update({ attributes: MANDATORY, nlri: '00000002 08 0a 000000' });
      expect(answer(scan(cut, context({ addPath: true })))).toBe('3/10');
      const bad = update({ attributes: MANDATORY, nlri: '00000002' });
      expect(answer(scan(bad, context({ addPath: true })))).toBe('3/10');
    });

    test('any NLRI of a family that the session does not carry, which is ignored', () => {
      const odd = attribute(0x80, A.mpReach, '0019 46 04 c0000201 00 ff');
      const gone = attribute(0x80, A.mpUnreach, '0019 46 ff');
      const v6 = attribute(0x80, A.mpReach, '0002 01 05 c000020100 00 ff');
      for (const attributes of [
        [...MANDATORY, odd],
        [...MANDATORY, gone],
        [...MANDATORY, v6],
      ]) {
        expect(scan(update({ attributes, nlri: PREFIX }), IPV4_ONLY).verdict).toBe(ok);
      }
    });

    test('sound attributes without any prefix', () => {
      expect(scan(update({ attributes: MANDATORY }), context()).verdict).toBe(ok);
      expect(scan(update({ attributes: MANDATORY, withdrawn: PREFIX }), context()).verdict).toBe(ok);
    });

    test('attributes without a reachable prefix where only something is left out of them', () => {
      const aggregator = attribute(0xc0, A.aggregator, '00');
      const view = scan(update({ attributes: [...MANDATORY, aggregator], withdrawn: PREFIX }), context());
      expect([view.verdict, view.discardedCount]).toEqual([discard, 1]);
    });
  });

  describe('End-of-RIB', () => {
    test.each([
      ['an empty UPDATE', raw('0000 0000'), context(), IPV4_UNICAST],
      ['an empty UPDATE without IPv4 unicast', raw('0000 0000'), context({ families: [IPV6_UNICAST] }), -1],
      ['an empty MP_UNREACH_NLRI', update({ attributes: [mpUnreach('')] }), context(), IPV6_UNICAST],
      ['one with an extended length', update({ attributes: [mpUnreach('', 0x90)] }), context(), IPV6_UNICAST],
      ['one of IPv4', update({ attributes: [attribute(0x80, A.mpUnreach, '0001 01')] }), context(), IPV4_UNICAST],
      ['one of a family not agreed on', update({ attributes: [mpUnreach('')] }), IPV4_ONLY, -1],
      ['a withdrawal', update({ withdrawn: PREFIX }), context(), -1],
      ['a withdrawal of IPv6', update({ attributes: [mpUnreach('20 20010db8')] }), context(), -1],
      ['an empty one beside other attributes', update({ attributes: [...MANDATORY, mpUnreach('')] }), context(), -1],
      [
        'an empty one beside a prefix',
        update({ attributes: [...MANDATORY, mpUnreach('')], nlri: PREFIX }),
        context(),
        -1,
      ],
      ['an announcement', update({ attributes: MANDATORY, nlri: PREFIX }), context(), -1],
    ])('%s', (_what, message, on, family) => {
      const view = scan(message, on);
      expect([view.verdict, view.isEndOfRib]).toEqual([ok, family]);
    });
  });
});
