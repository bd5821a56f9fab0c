/** AS numbers from text, and reserved AS numbers. */

const MAX_AS = 4_294_967_295;

/** The number of `64512`, or of `1.10` in asdot notation (RFC 5396); null if the text is not an AS number, such as 0. */
export function parseAs(value: number | string): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 && value <= MAX_AS ? value : null;
  const parts = /^(\d{1,5})\.(\d{1,5})$/.exec(value);
  if (parts === null) return null;
  const [high, low] = [Number(parts[1]), Number(parts[2])];
  const as = high * 65_536 + low;
  return high <= 65_535 && low <= 65_535 && as > 0 ? as : null;
}

/** Reserved AS numbers, and why. */
const RESERVED: readonly { readonly first: number; readonly last: number; readonly forbidden: boolean; why: string }[] =
  [
    {
      first: 23_456,
      last: 23_456,
      forbidden: true,
      why: 'is AS_TRANS, the placeholder for 4-octet AS numbers (RFC 6793)',
    },
    { first: 65_535, last: 65_535, forbidden: false, why: 'is reserved (RFC 7300)' },
    { first: 65_552, last: 131_071, forbidden: false, why: 'is reserved by IANA' },
    { first: MAX_AS, last: MAX_AS, forbidden: false, why: 'is reserved (RFC 7300)' },
  ];

/** Why an AS number should not be used; null if it may be. `forbidden`: no session can establish with it. */
export function reservedAs(as: number): { readonly forbidden: boolean; readonly why: string } | null {
  return RESERVED.find(({ first, last }) => as >= first && as <= last) ?? null;
}
