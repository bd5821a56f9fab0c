/** The kinds of value of limits. */
import { z } from 'zod';
import { byFamily } from './families.ts';
import { count, listed, oneOf, seconds } from './values.ts';

/** Percent of a limit at which a warning is logged. */
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
      description: 'Maximum number of prefixes of a family. With ADD-PATH each path counts.',
      values: `\`none\`, 1 to ${MAX_U32}`,
      default: 'none',
      examples: [1000],
    }),
  'warn-percent': count(1, 100, 'percentage')
    .optional()
    .meta({
      description: 'Percent of the limit at which a warning is logged.',
      default: WARN_PERCENT,
      examples: [90],
    }),
  action: oneOf('action', ACTIONS)
    .optional()
    .meta({
      description: 'What happens beyond the limit.',
      details: [
        '`warn`: a log message.',
        '`block`: further prefixes are rejected until there is room again.',
        '`restart`: the session is closed for `restart-time`.',
        '`shutdown`: the session is closed until `reflectord reset` or a reload with another limit.',
      ],
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
  of: oneOf('count mode', ['received', 'accepted'])
    .optional()
    .meta({
      description: 'Whether all received paths count, or only those that best path selection may use.',
      details: ['A blocked path is discarded with `received`; with `accepted` it is kept and shown.'],
      default: 'received',
      examples: ['accepted'],
    }),
};

/** A limit for all families, with different values for some of them. */
function limitOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).map((key) => `\`${key}\``);
  const family = z.strictObject(shape).meta({
    title: 'prefix limit of a family',
    expects: `a mapping with ${listed(keys).replace(' or ', ' and ')}`,
  });
  const families = byFamily(family)
    .optional()
    .meta({
      description: 'Limits of one family. Keys that are missing there have the value for all families.',
      examples: [{ 'ipv6-unicast': { limit: 100 } }],
    });
  return z
    .strictObject({ ...shape, families })
    .meta({ title: 'prefix limit', expects: `a mapping with ${keys.join(', ')} and \`families\`` });
}

/** MiB of attribute sets. */
export const attributeMemory = z.union([z.literal('none'), count(1, 65_536, 'number of MiB')]).meta({
  title: 'number of MiB',
  values: '`none`, 1 to 65536',
  expects: 'none, or a whole number from 1 to 65536',
});

/** MiB of the history of routes. */
export const historyMemory = z.union([z.literal('none'), count(1, 256, 'number of MiB')]).meta({
  title: 'number of MiB',
  values: '`none`, 1 to 256',
  expects: 'none, or a whole number from 1 to 256',
});

/** MiB in octets; null: `none`. */
export function octetsOf(mebibytes: z.output<typeof attributeMemory>): number | null {
  return mebibytes === 'none' ? null : mebibytes * (1 << 20);
}

export const maxPathsPerPrefix = z.union([z.literal('none'), count(1, MAX_U32, 'number of paths')]).meta({
  title: 'number of paths',
  values: `\`none\`, 1 to ${MAX_U32}`,
  expects: `none, or a whole number from 1 to ${MAX_U32}`,
});
export const maxPrefix = limitOf(INBOUND);
export const maxPrefixOut = limitOf(COMMON);
