/** AS numbers from text, reserved ones, and the kinds of value of AS numbers and of the rules about them. */
import { z } from 'zod';
import { wholeNumber } from './values.ts';

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

export const asNumber = z
  .union([z.int().min(1).max(MAX_AS), z.string().regex(/^\d{1,5}\.\d{1,5}$/)])
  .refine((value) => parseAs(value) !== null)
  .meta({
    id: 'as-number',
    title: 'AS number',
    values: 'AS number',
    expects: 'a whole number from 1 to 4294967295, or the same in asdot notation, such as 64512 or 1.10',
  });

export const asRule = z.union([asNumber, z.array(asNumber).min(1), z.enum(['internal', 'external'])]).meta({
  title: 'AS number',
  values: 'AS number, list of them, `internal`, `external`',
  expects: 'an AS number, a list of AS numbers, `internal` or `external`',
});

/** Our AS number toward a peer, and what happens to the router's own (RFC 7705 3). */
export const localAs = z
  .union([
    asNumber,
    z.literal(false),
    z.strictObject({
      as: asNumber.meta({ description: 'AS number of this router toward the peer.', examples: [64_999] }),
      'no-prepend': z
        .boolean()
        .optional()
        .meta({
          title: 'boolean',
          values: '`true`, `false`',
          expects: 'true or false',
          description: 'Does not prepend it to the AS_PATH of received routes.',
          default: false,
          examples: [true],
        }),
      'replace-as': z
        .boolean()
        .optional()
        .meta({
          title: 'boolean',
          values: '`true`, `false`',
          expects: 'true or false',
          description: "Replaces the router's own AS number in advertised routes.",
          default: false,
          examples: [true],
        }),
    }),
  ])
  .meta({
    title: 'local AS setting',
    values: 'AS number, mapping, `false`',
    expects: 'an AS number, a mapping with `as`, `no-prepend` and `replace-as`, or false',
  });

/** How often our own AS number may occur in an AS_PATH. */
export const ownAsCount = wholeNumber(0, 10, 'number of times');

export const removePrivateAs = z.union([z.boolean(), z.enum(['all', 'replace'])]).meta({
  title: 'private AS setting',
  values: '`true`, `false`, `all`, `replace`',
  expects: 'true, false, all or replace',
});
