/** The kinds of value of route flap damping. */
import { z } from 'zod';
import { count, oneOf, seconds } from './values.ts';

/** Defaults of common routers (RFC 7196 3), except the suppress threshold, which follows RFC 7196 4. */
export const DAMPING = { halfLife: 900, suppress: 6000, reuse: 750, maxSuppressTime: 3600 } as const;

const MAX_PENALTY = 1_000_000;

export const damping = z
  .strictObject({
    mode: oneOf('mode', ['on', 'off'])
      .optional()
      .meta({ description: 'Whether flapping prefixes are suppressed.', default: 'on', examples: ['off'] }),
    'half-life': seconds(60, 86_400)
      .optional()
      .meta({
        description: 'Seconds in which a penalty decays to half.',
        default: DAMPING.halfLife,
        examples: [1800],
      }),
    suppress: count(1, MAX_PENALTY, 'penalty')
      .optional()
      .meta({
        description: 'Penalty above which a prefix is suppressed.',
        details: ['A withdrawal adds 1000, a change of attributes 500. RFC 7196 recommends at least 6000.'],
        default: DAMPING.suppress,
        examples: [12_000],
      }),
    reuse: count(1, MAX_PENALTY, 'penalty')
      .optional()
      .meta({ description: 'Penalty below which a prefix is used again.', default: DAMPING.reuse, examples: [1000] }),
    'max-suppress-time': seconds(60, 864_000)
      .optional()
      .meta({
        description: 'Maximum seconds that a prefix is suppressed after its last flap.',
        default: DAMPING.maxSuppressTime,
        examples: [7200],
      }),
  })
  .meta({
    title: 'route flap damping',
    expects: 'a mapping with `mode`, `half-life`, `suppress`, `reuse` and `max-suppress-time`',
  });
