/**
 * The shape of a configuration: the single source of its types, checks, defaults, JSON Schema and reference page.
 * A key stands here once what it configures works; every other key is an error. No I/O, no timers.
 */
import { z } from 'zod';
import { asNumber } from './as-values.ts';
import { confederation } from './confederation.ts';
import { fibSchema } from './fib-schema.ts';
import { attributeMemory } from './limit-values.ts';
import { SETTINGS_SHAPE } from './settings.ts';
import {
  absolutePath,
  clusterId,
  count,
  deviceName,
  endpoint,
  flag,
  groupName,
  listenAddress,
  oneOf,
  peerAddress,
  port,
  range,
  routerId,
  seconds,
  socketPath,
} from './values.ts';

/** Port of BGP (RFC 4271 section 2). */
export const BGP_PORT = 179;

/** Parts of the daemon that may have a log level of their own. */
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

const nextHopCost = z
  .strictObject({
    prefix: range.meta({
      description: 'Next hops in this range; of ranges that overlap the longest counts.',
      examples: ['10.1.0.0/16', '2001:db8:1::/48'],
      reload: 'soft',
    }),
    cost: count(0, 4_294_967_295, 'cost').meta({
      description: 'What it costs to reach them.',
      examples: [10],
      reload: 'soft',
    }),
  })
  .meta({ title: 'cost of next hops', expects: 'a mapping with `prefix` and `cost`' });

export const routerSchema = z
  .strictObject({
    as: asNumber.meta({
      description: 'AS number of this router; four octets, asdot notation too.',
      examples: [64512],
      reload: 'restart',
    }),
    id: routerId.meta({
      description:
        'BGP identifier of this router: any number that no other speaker of the AS has (RFC 6286), as a rule one of its addresses.',
      examples: ['10.99.0.1'],
      reload: 'restart',
    }),
    'cluster-id': clusterId.optional().meta({
      description:
        'Cluster of this reflector and its clients (RFC 4456 section 7). Reflectors that serve the same clients may share one.',
      defaultWords: '`router.id`',
      examples: ['10.99.0.1'],
      reload: 'soft',
    }),
    confederation: confederation.optional().meta({
      description:
        'The confederation of AS that this router is in (RFC 5065); `router.as` is then the number of its member AS. A peer whose `as` is another member gets LOCAL_PREF, MED and next hops as a peer inside the AS does, and needs no policy; its TTL is that of a peer of another AS. `external` peers are those outside: they know the identifier alone.',
      defaultWords: 'none',
      examples: [{ identifier: 64_512, members: [65_001, 65_002] }],
      reload: 'restart',
    }),
    'restart-defer-time': seconds(1, 3_600)
      .default(30)
      .meta({
        description:
          'After a start of the daemon: seconds in which the peers that were there before may send their routes, before the first are sent on (RFC 4724 section 4.1). It ends as soon as all have, and the daemon is not ready before. Where it is not known who was there, only peers with graceful restart wait, until no further one comes: three seconds or a little more. A changed value counts at the next start.',
        examples: [120],
        reload: 'live',
      }),
    'attribute-memory': attributeMemory.default(1024).meta({
      description:
        'MiB of memory that the attribute sets of all peers may take up together, counted as for the setting `attribute-memory` of a peer. Beyond that the peer whose sets take up most is sent Cease / Out of Resources (RFC 4486) and stays down for 60 seconds. `none`: any number.',
      examples: [4096, 'none'],
      reload: 'live',
    }),
    'restart-state': absolutePath.optional().meta({
      description:
        'File that tells the next start which peers to wait for; it is to outlive a reboot, since peers keep our routes for the restart time and that of `llgr`. Nobody but the user of the daemon may write it.',
      defaultWords:
        '`/var/lib/reflectord/` (or `$STATE_DIRECTORY`) and the path of the control socket with `-` for `/` and `.peers` behind; where that cannot be written, the path of the control socket and `.peers`',
      examples: ['/var/lib/reflectord/peers.json'],
      reload: 'restart',
    }),
    'next-hop-check': flag.optional().meta({
      description:
        "Whether a path is used only while its next hop can be reached by the kernel's routes other than ours. A pure reflector, which forwards nothing, need not care.",
      defaultWords: '`true` where `fib.mode` is `install`, else `false`',
      examples: [true],
      reload: 'restart',
    }),
    'next-hop-cost': z
      .array(nextHopCost)
      .prefault([])
      .meta({
        title: 'list of costs of next hops',
        expects: 'a list of mappings with `prefix` and `cost`',
        description:
          'Costs of next hops, where they are not those of this host: of paths that are equal up to "eBGP over iBGP", the one with the nearest next hop is best (RFC 4271 section 9.1.2.2 e), and AIGP metrics are compared with the cost added (RFC 7311). A next hop outside all ranges costs the metric of the kernel route that leads to it, 0 on link, where `next-hop-check` is on, and 0 where it is off.',
        defaultWords: 'none',
        examples: [[{ prefix: '10.1.0.0/16', cost: 10 }]],
        reload: 'soft',
      }),
  })
  .meta({ title: 'router section', description: 'Who this router is.' });

const listenSchema = z
  .strictObject({
    address: listenAddress.meta({
      description: 'Address to listen on.',
      examples: ['10.99.0.1', '::'],
      reload: 'live',
    }),
    port: port.default(BGP_PORT).meta({ description: 'TCP port to listen on.', examples: [1179], reload: 'live' }),
  })
  .meta({ title: 'address and port', expects: 'a mapping with `address` and `port`' });

const dynamicSchema = z
  .strictObject({
    range: range.meta({
      description:
        'Peers that connect from these addresses are taken in without being named. Where ranges overlap, the longest one counts.',
      examples: ['10.99.0.0/16'],
      reload: 'live',
      reloadExcept: { effect: 'reset', when: 'for peers that are in no range any more' },
    }),
    limit: count(1, 1_000_000, 'limit')
      .default(10_000)
      .meta({
        description: 'How many peers of the range may exist at once; further ones are refused.',
        examples: [5_000],
        reload: 'live',
      }),
    'attempts-per-minute': count(0, 60_000, 'number of attempts')
      .default(60)
      .meta({
        description:
          'How often one address may connect in a minute; beyond that it is refused without a word, also while it has a session. After a minute of rest it may connect so many times at once. An address has one session. 0: any number.',
        examples: [10],
        reload: 'live',
      }),
    'forget-time': seconds(1, 86_400)
      .default(60)
      .meta({
        description:
          'Seconds that a peer without a session is remembered: its counters, and that it failed before. What is kept of its routes while it restarts, and a limit that keeps it down, are remembered in any case.',
        examples: [600],
        reload: 'live',
      }),
  })
  .meta({
    title: 'dynamic range',
    expects: 'a mapping with `range`, `limit`, `attempts-per-minute` and `forget-time`',
  });

export const groupSchema = z
  .strictObject({
    ...SETTINGS_SHAPE,
    dynamic: z
      .array(dynamicSchema)
      .optional()
      .meta({
        title: 'list of dynamic ranges',
        expects: 'a list of mappings with `range` and `limit`',
        description: 'Ranges of addresses whose hosts become peers of this group as they connect.',
        defaultWords: 'none',
        examples: [[{ range: '10.99.0.0/16' }]],
        reload: 'live',
        reloadExcept: { effect: 'reset', when: 'for peers that are in no range any more' },
      }),
  })
  .meta({ title: 'group', expects: 'a mapping with what the peers of the group inherit' });

export const peerSchema = z
  .strictObject({
    address: peerAddress.optional().meta({
      description:
        'Address of the peer. A peer is known by its address, so each stands here once. A link-local address needs `interface`.',
      defaultWords: 'with `interface`, that of the router that is found there',
      examples: ['192.0.2.1', '2001:db8::1'],
      reload: 'reset',
    }),
    interface: deviceName.optional().meta({
      description:
        "Interface that the peer is at the other end of (an unnumbered peer): the session runs between link-local addresses, and the neighbour's is found by the IPv6 Router Advertisements that both sides send there (RFC 4861); ours say that we are no default router. Whoever connects from a link-local address of the interface is the peer. The session ends as soon as the interface goes down. `extended-next-hop` is on, so that IPv4 routes need no IPv4 address on the link. Sending needs the capability CAP_NET_RAW.",
      defaultWords: 'none; the peer is known by `address`',
      examples: ['eth1'],
      reload: 'reset',
    }),
    group: groupName.optional().meta({
      description: 'Group that the peer inherits from; what the peer says itself goes first.',
      defaultWords: 'none',
      examples: ['switches'],
      reload: 'live',
    }),
    ...SETTINGS_SHAPE,
  })
  .meta({ title: 'peer', expects: 'a mapping with `address` or `interface` and the settings of the peer' });

const metricsSchema = z
  .union([
    z.strictObject({
      listen: z
        .union([endpoint, z.literal('none')])
        .default('127.0.0.1:9179')
        .meta({
          title: 'address and port',
          description:
            'Address and port of the HTTP server with `/metrics`, `/healthz` and `/readyz`; `none`: there is none.',
          expects: 'an address and a port, such as 127.0.0.1:9179 or "[::1]:9179", or none',
          examples: ['0.0.0.0:9179', 'none'],
          reload: 'live',
        }),
    }),
    z.literal('none'),
  ])
  .meta({
    title: 'metrics section',
    expects: 'a mapping with `listen`, or none',
    description: 'Metrics and health over HTTP; `metrics: none` turns them off as well.',
  });

const controlSchema = z
  .strictObject({
    socket: socketPath.default('/run/reflectord/control.sock').meta({
      description:
        'Unix socket over which `reflectord show` and the other commands reach the daemon. Its directory must not be one that everybody may write to, such as `/tmp`: another user could put a socket of theirs there.',
      examples: ['/run/reflectord-lab/control.sock'],
      reload: 'restart',
    }),
  })
  .meta({ title: 'control section', description: 'How commands reach the running daemon.' });

const level = oneOf('log level', ['trace', 'debug', 'info', 'warn', 'error']);
const componentLevels = Object.fromEntries(LOG_COMPONENTS.map((name) => [name, level.optional()])) as {
  [Name in (typeof LOG_COMPONENTS)[number]]: z.ZodOptional<typeof level>;
};

const logSchema = z
  .strictObject({
    level: z
      .union([level, z.strictObject({ default: level.optional(), ...componentLevels })])
      .default('info')
      .meta({
        title: 'log level',
        description: `Least weight of what is logged: one level, or a level per component (${LOG_COMPONENTS.join(', ')}) with \`default\` for the others.`,
        expects: 'trace, debug, info, warn or error, or a mapping of components to them',
        examples: ['debug', { default: 'warn', peer: 'info' }],
        reload: 'live',
      }),
  })
  .meta({ title: 'log section', description: 'What is logged.' });

const DEFAULT_LISTEN = [{ address: '0.0.0.0' }, { address: '::' }];

export const configSchema = z
  .strictObject({
    router: routerSchema,
    listen: z
      .array(listenSchema)
      .prefault(DEFAULT_LISTEN)
      .meta({
        title: 'list of addresses',
        expects: 'a list of mappings with `address` and `port`',
        description: 'Where connections of peers are accepted. An empty list: nowhere.',
        examples: [[{ address: '10.99.0.1', port: 179 }]],
      }),
    groups: z.record(groupName, groupSchema).prefault({}).meta({
      title: 'mapping of groups',
      expects: 'a mapping of group names to the settings of each group',
      description: 'What several peers have in common, by the name of the group.',
    }),
    peers: z.array(peerSchema).prefault([]).meta({
      title: 'list of peers',
      expects: 'a list of mappings, each with the `address` or `interface` of a peer and its settings',
      description: 'Peers that are known by address, or by the interface that they are on.',
    }),
    fib: fibSchema.prefault({}),
    metrics: metricsSchema.prefault({}),
    control: controlSchema.prefault({}),
    log: logSchema.prefault({}),
  })
  .meta({ title: 'configuration', description: 'Configuration of reflectord.' });

/** What of a configuration is right where other parts of it are not. */
export const draftSchema = configSchema.extend({ router: routerSchema.partial().prefault({}) });

/** A configuration with its defaults, in the words of the file. */
export type Config = z.output<typeof configSchema>;
export type Draft = z.output<typeof draftSchema>;
export type GroupConfig = z.output<typeof groupSchema>;
export type PeerConfig = z.output<typeof peerSchema>;
