/** Graceful restart and long-lived graceful restart, as a configuration writes them. No I/O, no timers. */
import { z } from 'zod';
import { byFamily, listed, seconds } from './values.ts';

/** Seconds that peers are asked to keep our routes while we restart. */
export const RESTART_TIME = 120;
/** The field has 12 bits (RFC 4724 3). */
const LONGEST_RESTART = 4_095;

/** Seconds that the paths of a peer are kept at most while it restarts. */
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
        description: 'Whether routes are kept while either side restarts, while the peer does, or not.',
        default: 'full',
        examples: ['helper', 'off'],
      }),
    time: seconds(1, LONGEST_RESTART)
      .optional()
      .meta({
        description: 'Seconds that the peer is asked to keep our routes after a lost session.',
        default: RESTART_TIME,
        examples: [300],
      }),
    'stale-time': seconds(1, 86_400)
      .optional()
      .meta({
        description: 'Seconds that routes are kept at most after the session was lost, whatever the peer asks for.',
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
              description: 'Whether routes of the family are kept on either side, here alone, or not.',
              defaultWords: 'the `mode` above',
              examples: ['off'],
            }),
          'stale-time': seconds(1, 86_400)
            .optional()
            .meta({
              description: 'Seconds that routes of the family are kept at most.',
              defaultWords: 'the `stale-time` above',
              examples: [60],
              reload: 'live',
            }),
        })
        .meta({ title: 'graceful restart of a family', expects: 'a mapping with `mode` and `stale-time`' }),
    )
      .optional()
      .meta({
        description: 'What is otherwise for single families.',
        examples: [{ 'ipv6-unicast': { mode: 'off' } }],
      }),
  })
  .meta({ title: 'graceful restart', expects: 'a mapping with `mode`, `time`, `stale-time` and `families`' });

/** Seconds that routes are kept when the restart time is over: a day. */
export const LONG_LIVED_TIME = 86_400;
/** The field has 24 bits (RFC 9494 4.1). */
const LONGEST_LIFE = 16_777_215;

const longLivedTimes = {
  time: seconds(0, LONGEST_LIFE)
    .optional()
    .meta({
      description: 'Seconds that the peer is asked to keep our routes when the restart time is over.',
      default: LONG_LIVED_TIME,
      examples: [604_800, 0],
    }),
  'max-time': seconds(0, LONGEST_LIFE)
    .optional()
    .meta({
      description: 'Seconds that its routes are kept here at most, whatever it asks for.',
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
        description: 'Times that single families have of their own.',
        examples: [{ 'ipv6-unicast': { time: 0 } }],
      }),
  })
  .meta({ title: 'long-lived graceful restart', expects: 'a mapping with `time`, `max-time` and `families`' });
