/** AS numbers, and what becomes of them, as a configuration writes them. No I/O, no timers. */
import { z } from 'zod';
import { parseAs } from './as-number.ts';
import { wholeNumber } from './values.ts';

const MAX_U32 = 4_294_967_295;

export const asNumber = z
  .union([z.int().min(1).max(MAX_U32), z.string().regex(/^\d{1,5}\.\d{1,5}$/)])
  .refine((value) => parseAs(value) !== null)
  .meta({
    id: 'as-number',
    title: 'AS number',
    expects: 'a whole number from 1 to 4294967295, or the same in asdot notation, such as 64512 or 1.10',
  });

export const asRule = z.union([asNumber, z.array(asNumber).min(1), z.enum(['internal', 'external'])]).meta({
  title: 'AS number',
  expects: 'an AS number, a list of AS numbers, `internal` or `external`',
});

/** Our AS number toward a peer, with what becomes of the router's own (RFC 7705 3). */
export const localAs = z
  .union([
    asNumber,
    z.literal(false),
    z.strictObject({
      as: asNumber.meta({ description: 'The AS number that the peer knows this router by.', examples: [64_999] }),
      'no-prepend': z
        .boolean()
        .optional()
        .meta({
          title: 'boolean',
          expects: 'true or false',
          description: 'It is not put in front of the AS_PATH of the routes that the peer sends.',
          default: false,
          examples: [true],
        }),
      'replace-as': z
        .boolean()
        .optional()
        .meta({
          title: 'boolean',
          expects: 'true or false',
          description: "In what the peer is sent it takes the place of the router's own number.",
          default: false,
          examples: [true],
        }),
    }),
  ])
  .meta({
    title: 'AS number of this router toward the peer',
    expects: 'an AS number, a mapping with `as`, `no-prepend` and `replace-as`, or false',
  });

/** How often our own AS number may stand in an AS_PATH. */
export const ownAsCount = wholeNumber(0, 10, 'number of times');

export const removePrivateAs = z.union([z.boolean(), z.enum(['all', 'replace'])]).meta({
  title: 'what becomes of private AS numbers',
  expects: 'true, false, all or replace',
});
