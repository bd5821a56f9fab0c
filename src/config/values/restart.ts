/** The kinds of value of graceful restart and long-lived graceful restart. */
import { z } from 'zod';
import { byFamily } from './families.ts';
import { listed, seconds, valuesOf } from './values.ts';

/** Seconds that peers are asked to keep our routes while we restart. */
export const RESTART_TIME = 120;
/** The field has 12 bits (RFC 4724 3). */
const LONGEST_RESTART = 4_095;

/** Maximum seconds that the paths of a peer are kept while it restarts. */
export const STALE_TIME = 360;

const RESTART_MODES = ['full', 'helper', 'off'] as const;

export const gracefulRestart = z
  .strictObject({
    mode: z
      .enum(RESTART_MODES)
      .optional()
      .meta({
        title: 'mode',
        expects: listed(RESTART_MODES),
        values: valuesOf(RESTART_MODES),
        description: 'Keeps routes while either side restarts, only while the peer restarts, or not at all.',
        default: 'full',
        examples: ['helper', 'off'],
      }),
    time: seconds(1, LONGEST_RESTART)
      .optional()
      .meta({
        description: 'Seconds that the peer is asked to keep our routes after the session is lost.',
        default: RESTART_TIME,
        examples: [300],
      }),
    'stale-time': seconds(1, 86_400)
      .optional()
      .meta({
        description: 'Maximum seconds that routes of the peer are kept, whatever it asks for.',
        default: STALE_TIME,
        examples: [60],
        reload: 'live',
      }),
    families: byFamily(
      z
        .strictObject({
          mode: z
            .enum(RESTART_MODES)
            .optional()
            .meta({
              title: 'mode',
              expects: listed(RESTART_MODES),
              values: valuesOf(RESTART_MODES),
              description: '`mode` of the family.',
              defaultWords: 'as for all families',
              examples: ['off'],
            }),
          'stale-time': seconds(1, 86_400)
            .optional()
            .meta({
              description: '`stale-time` of the family.',
              defaultWords: 'as for all families',
              examples: [60],
              reload: 'live',
            }),
        })
        .meta({ title: 'graceful restart of a family', expects: 'a mapping with `mode` and `stale-time`' }),
    )
      .optional()
      .meta({
        description: '`mode` and `stale-time` of one family, if they differ.',
        examples: [{ 'ipv6-unicast': { mode: 'off' } }],
      }),
  })
  .meta({ title: 'graceful restart', expects: 'a mapping with `mode`, `time`, `stale-time` and `families`' });

/** Seconds that routes are kept after the restart time: a day. */
export const LONG_LIVED_TIME = 86_400;
/** The field has 24 bits (RFC 9494 4.1). */
const LONGEST_LIFE = 16_777_215;

const longLivedTimes = {
  time: seconds(0, LONGEST_LIFE)
    .optional()
    .meta({
      description: 'Seconds that the peer is asked to keep our routes after the restart time.',
      default: LONG_LIVED_TIME,
      examples: [604_800, 0],
    }),
  'max-time': seconds(0, LONGEST_LIFE)
    .optional()
    .meta({
      description: 'Maximum seconds that routes of the peer are kept after its restart time, whatever it asks for.',
      defaultWords: 'the same as `time`',
      examples: [3_600],
    }),
};

export const longLived = z
  .strictObject({
    ...longLivedTimes,
    families: byFamily(
      z
        .strictObject(longLivedTimes)
        .meta({ title: 'long-lived graceful restart of a family', expects: 'a mapping with `time` and `max-time`' }),
    )
      .optional()
      .meta({
        description: '`time` and `max-time` of one family, if they differ.',
        examples: [{ 'ipv6-unicast': { time: 0 } }],
      }),
  })
  .meta({ title: 'long-lived graceful restart', expects: 'a mapping with `time`, `max-time` and `families`' });
