/** Several errors in one UPDATE, and errors that keep prefixes from being found: RFC 7606 3 (g), (h), (j), 4, 5.2. */
import { ATTRIBUTE, VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { attribute, context, hex, MANDATORY, MP_REACH, normalize, PREFIX, scan, toHex, update } from './build.ts';

const { ok, discard, withdraw, reset } = VERDICT;
const A = ATTRIBUTE;
const MED = attribute(0x80, A.med, '00000001');
const SHORT_MED = attribute(0x80, A.med, '01');
const UNKNOWN_WELL_KNOWN = attribute(0x40, 200, 'ab');
const OVERRUN = hex('c0 08 28 0000');
const GONE = attribute(0x80, A.mpUnreach, '0002 01 20 20010db9');
/** Sound, but for its flags. */
const ODD_REACH = Uint8Array.from([0xc0, ...MP_REACH.slice(1)]);
const ONLY_IPV4 = context({ families: [IPV4_UNICAST] });
const ONLY_IPV6 = context({ families: [IPV6_UNICAST] });

function verdictOn(attributes: readonly Uint8Array[], nlri = '', on = context()): unknown {
  const view = scan(update({ attributes, nlri }), on);
  return [view.verdict, view.isEndOfRib];
}

/** What is answered: `code/subcode data`. */
function answer(attributes: readonly Uint8Array[], nlri = '', on = context()): string {
  const view = scan(update({ attributes, nlri }), on);
  expect(view.verdict).toBe(reset);
  const { code, subcode, data } = view.notification();
  return `${code}/${subcode} ${toHex(data)}`;
}

describe('the strongest of several approaches counts (RFC 7606 3 h)', () => {
  test.each([
    ['an attribute that runs over', [...MANDATORY, UNKNOWN_WELL_KNOWN, OVERRUN], PREFIX],
    ['odd flags of MP_REACH_NLRI', [...MANDATORY, ODD_REACH, UNKNOWN_WELL_KNOWN], ''],
    [
      'odd flags of MP_UNREACH_NLRI',
      [...MANDATORY, attribute(0xc0, A.mpUnreach, '000201'), UNKNOWN_WELL_KNOWN],
      PREFIX,
    ],
  ])('an unknown well-known attribute beside %s', (_what, attributes, nlri) => {
    expect(answer(attributes, nlri)).toBe(`3/2 ${toHex(UNKNOWN_WELL_KNOWN)}`);
  });

  test('errors of one approach stay with it', () => {
    expect(verdictOn([...MANDATORY, SHORT_MED, OVERRUN], PREFIX)).toEqual([withdraw, -1]);
    expect(verdictOn([...MANDATORY, attribute(0xc0, A.aggregator, '00'), ODD_REACH])).toEqual([withdraw, -1]);
  });
});

describe('prefixes that cannot be found end the session (RFC 7606 3 j)', () => {
  test.each([
    ['MP_REACH_NLRI', hex('80 0e 28 0002 01 10')],
    ['MP_REACH_NLRI without its length', hex('80 0e')],
    ['MP_REACH_NLRI with half an extended length', hex('90 0e 00')],
    ['MP_UNREACH_NLRI', hex('80 0f 28 0002 01')],
  ])('where %s runs over the attributes, whatever stands in the NLRI field', (_what, cut) => {
    expect(answer([...MANDATORY, cut], PREFIX)).toBe(`3/1 ${toHex(cut)}`);
    expect(answer([...MANDATORY, MP_REACH, cut])).toBe(`3/1 ${toHex(cut)}`);
  });

  test('where the code of what runs over is not even there, the prefixes behind are withdrawn', () => {
    expect(verdictOn([...MANDATORY, hex('80')], PREFIX)).toEqual([withdraw, -1]);
    // The octet behind the attributes is the length of a prefix, and not a code.
    expect(verdictOn([...MANDATORY, hex('80')], '0e 0a00')).toEqual([withdraw, -1]);
  });
});

describe('attributes without a prefix that is reachable (RFC 7606 5.2)', () => {
  test('may repeat one, and the second is left out, whatever it is (3 g)', () => {
    const view = scan(update({ attributes: [...MANDATORY, MED, SHORT_MED], withdrawn: PREFIX }), context());
    expect([view.verdict, view.discardedCount]).toEqual([discard, 1]);
    expect(normalize(update({ attributes: [...MANDATORY, MED, SHORT_MED], nlri: PREFIX }), 0, context()).verdict).toBe(
      discard,
    );
  });

  test('end the session for the first of two that is malformed', () => {
    expect(answer([...MANDATORY, SHORT_MED, MED, GONE])).toBe(`3/5 ${toHex(SHORT_MED)}`);
  });

  test.each([
    ['MP_REACH_NLRI', [...MANDATORY, MP_REACH], '', ONLY_IPV4],
    ['the NLRI field', MANDATORY, PREFIX, ONLY_IPV6],
  ])(
    'or only with prefixes of a family that is not spoken, in %s, must be known where they are well-known',
    (_what, attributes, nlri, on) => {
      expect(verdictOn(attributes, nlri, on)).toEqual([ok, -1]);
      expect(answer([...attributes, UNKNOWN_WELL_KNOWN], nlri, on)).toBe(`3/2 ${toHex(UNKNOWN_WELL_KNOWN)}`);
      // Nothing of it is kept, so there is nothing to withdraw.
      expect(verdictOn([...attributes, SHORT_MED], nlri, on)).toEqual([ok, -1]);
    },
  );
});

test('an empty MP_UNREACH_NLRI is End-of-RIB only with the flags that it must have', () => {
  expect(verdictOn([attribute(0x80, A.mpUnreach, '000201')])).toEqual([ok, IPV6_UNICAST]);
  expect(verdictOn([attribute(0xc0, A.mpUnreach, '000201')])).toEqual([withdraw, -1]);
  expect(verdictOn([attribute(0x40, A.mpUnreach, '000201')])).toEqual([withdraw, -1]);
});
