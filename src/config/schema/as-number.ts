/** AS numbers between text and number, and those that nobody may use. No I/O, no timers. */

const MAX_AS = 4_294_967_295;

/** The number of `64512`, or of `1.10` in asdot notation (RFC 5396); null when it is none. 0 is none. */
export function parseAs(value: number | string): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 && value <= MAX_AS ? value : null;
  const parts = /^(\d{1,5})\.(\d{1,5})$/.exec(value);
  if (parts === null) return null;
  const [high, low] = [Number(parts[1]), Number(parts[2])];
  const as = high * 65_536 + low;
  return high <= 65_535 && low <= 65_535 && as > 0 ? as : null;
}

/** Numbers that IANA keeps from use, and why. */
const RESERVED: readonly { readonly first: number; readonly last: number; readonly forbidden: boolean; why: string }[] =
  [
    { first: 23_456, last: 23_456, forbidden: true, why: 'stands for AS numbers of four octets (RFC 6793)' },
    { first: 65_535, last: 65_535, forbidden: false, why: 'is reserved (RFC 7300)' },
    { first: 65_552, last: 131_071, forbidden: false, why: 'is reserved by IANA' },
    { first: MAX_AS, last: MAX_AS, forbidden: false, why: 'is reserved (RFC 7300)' },
  ];

/** Why an AS number should not be used; `forbidden`: no session can come up with it. Null where all is well. */
export function reservedAs(as: number): { readonly forbidden: boolean; readonly why: string } | null {
  return RESERVED.find(({ first, last }) => as >= first && as <= last) ?? null;
}
