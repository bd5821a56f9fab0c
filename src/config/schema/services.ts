/** The sections `log`, `metrics` and `web`: where they go, and how they are written. */
import { z } from 'zod';
import { count, endpoint, listed, oneOf, valuesOf } from '../values/values.ts';

/** Components that can have their own log level. */
export const LOG_COMPONENTS = [
  'daemon',
  'config',
  'listen',
  'peer',
  'update',
  'fib',
  'control',
  'http',
  'log',
] as const;

const level = oneOf('log level', ['trace', 'debug', 'info', 'warn', 'error']);
const componentLevels = Object.fromEntries(LOG_COMPONENTS.map((name) => [name, level.optional()])) as {
  [Name in (typeof LOG_COMPONENTS)[number]]: z.ZodOptional<typeof level>;
};

export const logSchema = z
  .strictObject({
    level: z
      .union([level, z.strictObject({ default: level.optional(), ...componentLevels })])
      .default('info')
      .meta({
        title: 'log level',
        description: 'Minimum level of log messages: one level, or a level per component.',
        details: [
          `The components are ${listed(LOG_COMPONENTS.map((name) => `\`${name}\``)).replace(' or ', ' and ')}.`,
          '`default` is the level of the others.',
        ],
        values: '`trace` to `error`, or a mapping',
        expects: 'trace, debug, info, warn or error, or a mapping of components to them',
        examples: ['debug', { default: 'warn', peer: 'info' }],
        reload: 'live',
      }),
    format: oneOf('log format', ['text', 'json', 'journal'])
      .optional()
      .meta({
        description: 'How lines are written to standard output. One event is one line in each format.',
        details: [
          '`text`: the time, the level, the component and a sentence.',
          '`json`: an object with `event` and its fields (docs/METRICS.md), for programs that collect logs.',
          '`journal`: the sentence behind a priority such as `<4>`, which systemd takes off, so that `journalctl -p warning` ' +
            'shows warnings and errors only.',
        ],
        defaultWords: '`journal` where systemd collects the output, `text` on a terminal, `json` elsewhere',
        examples: ['json'],
        reload: 'live',
      }),
  })
  .meta({ title: 'log section', description: 'Log messages.' });

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
    .array(oneOf('naming of metrics', NAMES))
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

const hostName = z
  .string()
  .max(253)
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/)
  .meta({ title: 'host name', values: 'host name', expects: 'a host name such as rr1.example.org, without a port' });

export const webSchema = z
  .strictObject({
    listen: z
      .union([endpoint, z.literal('none')])
      .default('none')
      .meta({
        title: 'address and port',
        description: 'Address and port of the web page.',
        details: [
          'It is read-only and has no password: who can connect can see peers and routes. Use a loopback address, and',
          '`ssh -L` or a proxy with authentication for access from elsewhere.',
          '`none` turns it off.',
        ],
        values: 'address:port, `none`',
        expects: 'an address and a port, such as 127.0.0.1:9180 or "[::1]:9180", or none',
        examples: ['127.0.0.1:9180'],
        reload: 'live',
      }),
    hosts: z
      .array(hostName)
      .max(16)
      .default([])
      .meta({
        title: 'list of host names',
        description: 'Host names by which browsers reach the page, such as that of a proxy.',
        details: ['Addresses and `localhost` are always accepted. Requests with other names are refused.'],
        values: 'list of host names',
        defaultWords: 'none',
        expects: 'a list of at most 16 host names, without ports',
        examples: [['rr1.example.org']],
        reload: 'live',
      }),
  })
  .meta({ title: 'web section', description: 'A web page for people: peers, routes, events, health.' });
