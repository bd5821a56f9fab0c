/** The kinds of value of limits on prefixes. No I/O, no timers. */
import { z } from 'zod';
import { byFamily, count, listed, oneOf, seconds } from './values.ts';

/** Percent of a limit from which on the operator is warned. */
export const WARN_PERCENT = 80;
/** Seconds that a session stays down. */
export const LIMIT_RESTART_TIME = 60;

const MAX_U32 = 4_294_967_295;

const ACTIONS = ['warn', 'block', 'restart', 'shutdown'] as const;

const COMMON = {
  limit: z
    .union([z.literal('none'), count(1, MAX_U32, 'number of prefixes')])
    .optional()
    .meta({
      title: 'number of prefixes',
      expects: `none, or a whole number from 1 to ${MAX_U32}`,
      description: 'The most prefixes that there may be of a family. With ADD-PATH each path counts.',
      default: 'none',
      examples: [1000],
    }),
  'warn-percent': count(1, 100, 'percentage')
    .optional()
    .meta({
      description: 'Percent of the limit from which on the operator is warned.',
      default: WARN_PERCENT,
      examples: [90],
    }),
  action: oneOf('action', ACTIONS)
    .optional()
    .meta({
      description:
        'What happens beyond the limit: `warn`: no more than a word in the log; `block`: further prefixes are kept out, until there is room again; `restart`: the session ends, and is tried again after `restart-time`; `shutdown`: it ends, until `reflectord reset`, or a reload with another limit.',
      default: 'restart',
      examples: ['block'],
    }),
  'restart-time': seconds(1, 86_400)
    .optional()
    .meta({
      description: 'Seconds that the session stays down with `action: restart`.',
      default: LIMIT_RESTART_TIME,
      examples: [600],
    }),
};

const INBOUND = {
  ...COMMON,
  of: oneOf('what counts', ['received', 'accepted'])
    .optional()
    .meta({
      description:
        'Whether all paths that are held of the peer count, or only those that the decision may use. With `received`, what is blocked is not held at all; with `accepted` it is, and shown.',
      default: 'received',
      examples: ['accepted'],
    }),
};

/** A limit for all families, with what single ones have of their own. */
function limitOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).map((key) => `\`${key}\``);
  const family = z.strictObject(shape).meta({
    title: 'limit of prefixes of a family',
    expects: `a mapping with ${listed(keys).replace(' or ', ' and ')}`,
  });
  const families = byFamily(family)
    .optional()
    .meta({
      description: 'Limits of single families; what they leave out is as for all.',
      examples: [{ 'ipv6-unicast': { limit: 100 } }],
    });
  return z
    .strictObject({ ...shape, families })
    .meta({ title: 'limit of prefixes', expects: `a mapping with ${keys.join(', ')} and \`families\`` });
}

/** MiB of attribute sets. */
export const attributeMemory = z.union([z.literal('none'), count(1, 65_536, 'number of MiB')]).meta({
  title: 'number of MiB',
  expects: 'none, or a whole number from 1 to 65536',
});

/** Octets that a number of MiB stands for; null: any number. */
export function octetsOf(mebibytes: z.output<typeof attributeMemory>): number | null {
  return mebibytes === 'none' ? null : mebibytes * (1 << 20);
}

export const maxPathsPerPrefix = z.union([z.literal('none'), count(1, MAX_U32, 'number of paths')]).meta({
  title: 'number of paths',
  expects: `none, or a whole number from 1 to ${MAX_U32}`,
});
export const maxPrefix = limitOf(INBOUND);
export const maxPrefixOut = limitOf(COMMON);
