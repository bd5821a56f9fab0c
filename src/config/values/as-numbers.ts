/** The kinds of value of AS numbers and of the rules about them. */
import { z } from 'zod';
import { parseAs } from '../../lib/as-number.ts';
import { wholeNumber } from './values.ts';

const MAX_U32 = 4_294_967_295;

export const asNumber = z
  .union([z.int().min(1).max(MAX_U32), z.string().regex(/^\d{1,5}\.\d{1,5}$/)])
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
