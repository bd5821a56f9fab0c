/** The `metrics` section of the schema: where metrics are served, under which names, and how many series they have. */
import { z } from 'zod';
import { count, endpoint, listed, oneOf, valuesOf } from './values.ts';

/** Programs whose metrics have rows. */
const NAMES = ['reflectord', 'frr', 'bird'] as const;

const section = z.strictObject({
  listen: z
    .union([endpoint, z.literal('none')])
    .default('127.0.0.1:9179')
    .meta({
      title: 'address and port',
      description: 'Address and port of the HTTP server with `/metrics`, `/healthz` and `/readyz`.',
      details: ['`none` turns it off.'],
      values: 'address:port, `none`',
      expects: 'an address and a port, such as 127.0.0.1:9179 or "[::1]:9179", or none',
      examples: ['0.0.0.0:9179', 'none'],
      reload: 'live',
    }),
  names: z
    .array(z.enum(NAMES))
    .min(1)
    .refine((names) => new Set(names).size === names.length, { message: 'each name once' })
    .default(['reflectord'])
    .meta({
      title: 'list of different names',
      description: 'Whose names the metrics have.',
      details: [
        '`reflectord`: all metrics (docs/METRICS.md).',
        '`frr`: sessions and prefixes also as `frr_bgp_*` and `frr_bfd_*`, with the labels of frr_exporter.',
        '`bird`: sessions and prefixes also as `bird_protocol_*`, with the labels of bird_exporter.',
        'Dashboards and alerts that were made for these work without a change.',
      ],
      values: `list of ${valuesOf(NAMES)}`,
      expects: `a list of ${listed(NAMES)}, each once`,
      examples: [['reflectord', 'frr']],
      reload: 'live',
    }),
  'peer-detail': oneOf('peer detail', ['full', 'basic', 'none'])
    .default('full')
    .meta({
      description: 'Which metrics every peer has, under all names.',
      details: [
        '`full`: all.',
        '`basic`: state, description, losses of the session, prefixes received, accepted and advertised.',
        '`none`: none; only sums over all peers, such as `reflectord_peers`.',
      ],
      examples: ['basic'],
      reload: 'live',
    }),
  'max-peers': count(0, 1_000_000, 'number of peers')
    .default(10_000)
    .meta({
      description: 'Maximum number of peers with metrics of their own.',
      details: [
        'Configured peers come first, then dynamic peers in the order of their first connection.',
        '`reflectord_peers_without_series` has the number of the others.',
      ],
      examples: [1000],
      reload: 'live',
    }),
});

/** The values of a section without keys. */
export const METRICS_DEFAULTS = section.parse({});

export const metricsSchema = z.union([section, z.literal('none')]).meta({
  title: 'metrics section',
  expects: 'a mapping with `listen`, `names`, `peer-detail` or `max-peers`, or none',
  description: 'Metrics and health over HTTP. `metrics: none` turns them off as well.',
});
