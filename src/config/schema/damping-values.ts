/** The kinds of value of route flap damping. No I/O, no timers. */
import { z } from 'zod';
import { count, oneOf, seconds } from './values.ts';

/** Defaults: what routers have (RFC 7196 3), but for the threshold, which is as RFC 7196 4 asks. */
export const DAMPING = { halfLife: 900, suppress: 6000, reuse: 750, maxSuppressTime: 3600 } as const;

const MOST_POINTS = 1_000_000;

export const damping = z
  .strictObject({
    mode: oneOf('mode', ['on', 'off'])
      .optional()
      .meta({ description: 'Whether prefixes that flap are suppressed.', default: 'on', examples: ['off'] }),
    'half-life': seconds(60, 86_400)
      .optional()
      .meta({
        description: 'Seconds in which a penalty falls to its half.',
        default: DAMPING.halfLife,
        examples: [1800],
      }),
    suppress: count(1, MOST_POINTS, 'penalty')
      .optional()
      .meta({
        description:
          'Penalty above which a prefix is not used. A withdrawal costs 1000, other attributes 500 (RFC 7196: not less than 6000).',
        default: DAMPING.suppress,
        examples: [12_000],
      }),
    reuse: count(1, MOST_POINTS, 'penalty')
      .optional()
      .meta({ description: 'Penalty below which it is used again.', default: DAMPING.reuse, examples: [1000] }),
    'max-suppress-time': seconds(60, 864_000)
      .optional()
      .meta({
        description: 'Seconds that a prefix is not used at most, after its last flap.',
        default: DAMPING.maxSuppressTime,
        examples: [7200],
      }),
  })
  .meta({
    title: 'route flap damping',
    expects: 'a mapping with `mode`, `half-life`, `suppress`, `reuse` and `max-suppress-time`',
  });
