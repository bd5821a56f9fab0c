/** The kinds of value of BFD. */
import { z } from 'zod';
import { flag, wholeNumber } from './values.ts';

/** Defaults, the same as those of common routers. */
export const BFD = { intervalMs: 300, multiplier: 3, graceful: false } as const;

/** A busy host would miss shorter ones. */
const MIN_INTERVAL = 10;
const MAX_INTERVAL = 60_000;

const interval = wholeNumber(
  MIN_INTERVAL,
  MAX_INTERVAL,
  'number of milliseconds',
  `a whole number of milliseconds from ${MIN_INTERVAL} to ${MAX_INTERVAL}`,
);

const mapping = z.strictObject({
  'interval-ms': interval.optional().meta({
    description: 'Milliseconds between two packets that are sent while BFD is Up.',
    details: ['The peer can ask for a longer interval, not for a shorter one.'],
    default: BFD.intervalMs,
    examples: [100],
  }),
  'min-rx-ms': interval.optional().meta({
    description: 'Minimum milliseconds between two packets of the peer, which it is asked for.',
    defaultWords: 'the same as `interval-ms`',
    examples: [50],
  }),
  multiplier: wholeNumber(1, 255, 'multiplier')
    .optional()
    .meta({
      description: 'Number of intervals without a packet after which the peer declares the path dead.',
      default: BFD.multiplier,
      examples: [5],
    }),
  multihop: flag.optional().meta({
    description: 'Several hops (RFC 5883, UDP port 4784) or one (RFC 5881, UDP port 3784, TTL 255).',
    details: [
      'The peer must have the same.',
      'The default of an eBGP peer is `true` with `multihop` or `ttl-security` above 1, else `false`.',
      'The default of an iBGP peer is `false` if both addresses of the session are in one subnet of this host, else `true`.',
    ],
    defaultWords: 'depends on the peer',
    examples: [true],
  }),
  'min-ttl': wholeNumber(1, 255, 'TTL')
    .optional()
    .meta({
      description: 'Minimum TTL of received packets over several hops.',
      details: ['For the peers of one local address the lowest value applies to all.'],
      default: 1,
      examples: [254],
    }),
  graceful: flag.optional().meta({
    description: 'Keeps the paths of a peer with graceful restart when BFD goes down.',
    details: [
      'It applies if the BFD of the peer shares fate with its control plane (C bit clear, the default of BIRD and bfdd).',
      '`false`: the path is dead, and the paths of the peer are removed at once.',
      '`true`: the peer may be restarting (RFC 5882 section 4.3.2.2), and its paths are kept for its restart time.',
      'A dead path is then detected no faster than without BFD.',
      'With the C bit set the paths are always removed.',
    ],
    default: BFD.graceful,
    examples: [true],
  }),
});

export const bfd = z.union([flag, mapping]).meta({
  title: 'BFD setting',
  values: '`true`, `false`, mapping',
  expects:
    'true, false, or a mapping with `interval-ms`, `min-rx-ms`, `multiplier`, `multihop`, `min-ttl` and `graceful`',
});
