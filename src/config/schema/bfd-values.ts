/** The kinds of value of BFD with a peer. No I/O, no timers. */
import { z } from 'zod';
import { flag, wholeNumber } from './values.ts';

/** Defaults: what routers have. */
export const BFD = { intervalMs: 300, multiplier: 3, graceful: false } as const;

/** Shorter ones are lost by a host that merely is busy. */
const LEAST_INTERVAL = 10;
const MOST_INTERVAL = 60_000;

const interval = wholeNumber(
  LEAST_INTERVAL,
  MOST_INTERVAL,
  'number of milliseconds',
  `a whole number of milliseconds from ${LEAST_INTERVAL} to ${MOST_INTERVAL}`,
);

const mapping = z.strictObject({
  'interval-ms': interval.optional().meta({
    description:
      'Milliseconds between two packets that are sent while BFD is up; the peer may ask for longer, and never for shorter.',
    default: BFD.intervalMs,
    examples: [100],
  }),
  'min-rx-ms': interval.optional().meta({
    description: 'Milliseconds between two packets of the peer: it is asked to send no more often.',
    defaultWords: 'the same as `interval-ms`',
    examples: [50],
  }),
  multiplier: wholeNumber(1, 255, 'multiplier')
    .optional()
    .meta({
      description: 'After so many intervals without a packet from here the peer takes the path for dead.',
      default: BFD.multiplier,
      examples: [5],
    }),
  multihop: flag.optional().meta({
    description:
      'Several hops (RFC 5883, UDP port 4784), or one (RFC 5881, UDP port 3784, TTL 255). The peer must have the same.',
    defaultWords:
      'for a peer of another AS: `true` with `multihop` or `ttl-security` above 1; inside the AS: `false` where the addresses of the session lie in one network of this host, else `true`',
    examples: [true],
  }),
  'min-ttl': wholeNumber(1, 255, 'TTL')
    .optional()
    .meta({
      description:
        'Over several hops: the least TTL of packets that are taken in. Of the peers of one local address the lowest counts for all.',
      default: 1,
      examples: [254],
    }),
  graceful: flag.optional().meta({
    description:
      'What a loss that BFD finds means for a peer with graceful restart whose BFD shares fate with its control plane (C bit clear, as with BIRD and bfdd by default). `false`: packets are lost, so its paths are removed at once. `true`: it may merely be restarting (RFC 5882 section 4.3.2.2), so its paths are kept for its restart time, as after the loss of the connection; hosts behind a dead path are then found out no faster than without BFD. With the C bit set the paths are always removed.',
    default: BFD.graceful,
    examples: [true],
  }),
});

export const bfd = z.union([flag, mapping]).meta({
  title: 'BFD setting',
  expects:
    'true, false, or a mapping with `interval-ms`, `min-rx-ms`, `multiplier`, `multihop`, `min-ttl` and `graceful`',
});
