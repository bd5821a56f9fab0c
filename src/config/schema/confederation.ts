/** The AS numbers of this router: its own, and those of its confederation (RFC 5065). */
import { z } from 'zod';
import { parseAs } from '../../lib/as-number.ts';
import type { ConfederationSpec } from '../../spec/router.ts';
import { asNumber } from '../values/as-numbers.ts';

export const confederation = z
  .strictObject({
    identifier: asNumber.meta({
      description: 'AS number of the whole confederation, the only one that eBGP peers see.',
      examples: [64_512],
    }),
    members: z
      .array(asNumber)
      .min(1)
      .meta({
        title: 'list of AS numbers',
        expects: 'a list of AS numbers',
        description: 'AS numbers of all member ASes, including `router.as`.',
        examples: [[65_001, 65_002]],
      }),
  })
  .meta({ title: 'confederation', expects: 'a mapping with `identifier` and `members`' });

/** Our AS numbers, which decide whether a peer is internal, in the confederation or external. */
export interface Domain {
  /** Our AS number, in a confederation that of our member AS; null if unknown. */
  readonly as: number | null;
  /** null: no confederation. */
  readonly confederation: ConfederationSpec | null;
}

interface RouterWords {
  readonly as?: number | string | undefined;
  readonly confederation?: z.output<typeof confederation> | undefined;
}

/** The AS numbers of a router section. */
export function domainOf({ as, confederation: words }: RouterWords): Domain {
  const spec = words === undefined ? null : confederationSpec(words);
  return { as: parseAs(as ?? 0), confederation: spec };
}

function confederationSpec({ identifier, members }: z.output<typeof confederation>): ConfederationSpec {
  return { identifier: parseAs(identifier)!, members: members.map((as) => parseAs(as)!) };
}
