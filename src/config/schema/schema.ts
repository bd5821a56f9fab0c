/**
 * The shape of a configuration: the single source of its types, checks, defaults, JSON Schema and reference page.
 * A key is added here when it works; every other key is an error.
 */
import { z } from 'zod';
import { SETTINGS_SHAPE } from '../settings/settings.ts';
import { asNumber } from '../values/as-numbers.ts';
import { attributeMemory, historyMemory } from '../values/limits.ts';
import {
  absolutePath,
  clusterId,
  count,
  deviceName,
  flag,
  groupName,
  listenAddress,
  peerAddress,
  port,
  range,
  routerId,
  seconds,
  socketPath,
} from '../values/values.ts';
import { confederation } from './confederation.ts';
import { fibSchema } from './fib.ts';
import { POLICY_SECTIONS } from './policy-sections.ts';
import { logSchema, metricsSchema, webSchema } from './services.ts';

/** Port of BGP (RFC 4271 section 2). */
const BGP_PORT = 179;

const nextHopCost = z
  .strictObject({
    prefix: range.meta({
      description: 'Next hops in this prefix; the longest match applies.',
      examples: ['10.1.0.0/16', '2001:db8:1::/48'],
      reload: 'soft',
    }),
    cost: count(0, 4_294_967_295, 'cost').meta({
      description: 'Cost to reach them.',
      examples: [10],
      reload: 'soft',
    }),
  })
  .meta({ title: 'next-hop cost', expects: 'a mapping with `prefix` and `cost`' });

const routerSchema = z
  .strictObject({
    as: asNumber.meta({
      description: 'AS number of this router.',
      examples: [64512],
      reload: 'restart',
    }),
    id: routerId.meta({
      description: 'BGP identifier of this router, usually one of its IPv4 addresses.',
      details: ['It must be unique within the AS (RFC 6286).'],
      examples: ['10.99.0.1'],
      reload: 'restart',
    }),
    'cluster-id': clusterId.optional().meta({
      description: 'Cluster ID of this reflector (RFC 4456 section 7).',
      details: ['Reflectors that serve the same clients may share a cluster ID.'],
      defaultWords: '`router.id`',
      examples: ['10.99.0.1'],
      reload: 'soft',
    }),
    confederation: confederation.optional().meta({
      description: 'The AS confederation of this router (RFC 5065).',
      details: [
        '`router.as` is then the number of its member AS.',
        'A peer whose `as` is another member is sent LOCAL_PREF, MED and next hops like an iBGP peer, and needs no policy.',
        'Its TTL is that of an eBGP peer.',
        '`external` peers are outside the confederation and see only the identifier.',
      ],
      defaultWords: 'none',
      examples: [{ identifier: 64_512, members: [65_001, 65_002] }],
      reload: 'restart',
    }),
    'restart-defer-time': seconds(1, 3_600)
      .default(30)
      .meta({
        description: 'Maximum time after a start to wait for the routes of the peers before the first advertisement.',
        details: [
          'Advertising too early would make peers with graceful restart remove routes that are only late (RFC 4724 section 4.1).',
          'The wait ends when all peers of the previous run have sent End-of-RIB. Until then the daemon is not ready.',
          'Without the file of the previous run ([`router.restart-state`](#routerrestart-state)) only the advertisement to',
          'peers with graceful restart is deferred, until no further one connects: about three seconds.',
          'A changed value applies to the next start.',
        ],
        examples: [120],
        reload: 'live',
      }),
    'attribute-memory': attributeMemory.default(1024).meta({
      description: 'Maximum memory for the attribute sets of all peers together, in MiB.',
      details: [
        'It is counted as for [`attribute-memory`](#attribute-memory) of a peer.',
        'Beyond the limit, the session of the peer that uses most is closed with Cease / Out of Resources (RFC 4486) for',
        '60 seconds. `none`: no limit.',
      ],
      examples: [4096, 'none'],
      reload: 'live',
    }),
    'route-history': historyMemory.default(4).meta({
      description: 'Memory for the latest changes of best paths, which `show history` shows, in MiB.',
      details: [
        'A MiB has 2,048 changes. A burst, such as a full table, fills half of it at most; what exceeds that is counted.',
        '`none`: no history. A changed size keeps the latest 2,000 changes.',
      ],
      examples: [64, 'none'],
      reload: 'live',
    }),
    'restart-state': absolutePath.optional().meta({
      description: 'File with the peers of the previous run, which a start waits for.',
      details: [
        'It must survive a reboot, because peers keep our routes for the restart time and that of `llgr`.',
        'Only the user of the daemon may have write access.',
        'The default name is made from the path of the control socket: `-` instead of `/`, then `.peers`.',
        'The default directory is `$STATE_DIRECTORY` or `/var/lib/reflectord`. If it is not writable, the file is next to',
        'the control socket. Files of other control sockets in that directory are removed at a start when no peer can',
        'keep the routes of their daemons any more.',
      ],
      defaultWords: 'in `/var/lib/reflectord`',
      examples: ['/var/lib/reflectord/peers.json'],
      reload: 'restart',
    }),
    'next-hop-check': flag.optional().meta({
      description: 'Uses a path only while the kernel has a route to its next hop.',
      details: ['Our own kernel routes do not count. A reflector that does not forward packets does not need it.'],
      defaultWords: '`true` with `fib.mode: install`, else `false`',
      examples: [true],
      reload: 'restart',
    }),
    'next-hop-cost': z
      .array(nextHopCost)
      .prefault([])
      .meta({
        title: 'list of next-hop costs',
        expects: 'a list of mappings with `prefix` and `cost`',
        description: 'Costs of next hops that replace those of this host.',
        details: [
          'Best path selection prefers the lower cost after "eBGP over iBGP" (RFC 4271 section 9.1.2.2 e).',
          'AIGP metrics are compared with the cost added (RFC 7311).',
          'The cost of other next hops is the metric of their kernel route, 0 on link. It is 0 without `next-hop-check`.',
        ],
        defaultWords: 'none',
        examples: [[{ prefix: '10.1.0.0/16', cost: 10 }]],
        reload: 'soft',
      }),
  })
  .meta({ title: 'router section', description: 'Identity of this router, and what holds for all of its peers.' });

const listenSchema = z
  .strictObject({
    address: listenAddress.meta({
      description: 'Local address to listen on.',
      examples: ['10.99.0.1', '::'],
      reload: 'live',
    }),
    port: port.default(BGP_PORT).meta({ description: 'TCP port to listen on.', examples: [1179], reload: 'live' }),
  })
  .meta({ title: 'address and port', expects: 'a mapping with `address` and `port`' });

const dynamicSchema = z
  .strictObject({
    range: range.meta({
      description: 'Hosts that connect from this prefix become peers of the group.',
      details: ['If ranges overlap, the longest match applies.'],
      examples: ['10.99.0.0/16'],
      reload: 'live',
      reloadExcept: { effect: 'reset', when: 'for peers that are no longer in a range' },
    }),
    limit: count(1, 1_000_000, 'limit')
      .default(10_000)
      .meta({
        description: 'Maximum number of peers of the range; further connections are refused.',
        examples: [5_000],
        reload: 'live',
      }),
    'attempts-per-minute': count(0, 60_000, 'number of attempts')
      .default(60)
      .meta({
        description: 'Maximum number of connections per minute from one address.',
        details: [
          'Further connections are closed without a message, even while the address has a session.',
          'After a minute without connections the full number is allowed at once.',
          'An address has one session. 0: no limit.',
        ],
        examples: [10],
        reload: 'live',
      }),
    'forget-time': seconds(1, 86_400)
      .default(60)
      .meta({
        description: 'Seconds that a peer without a session is remembered, with its counters and failures.',
        details: ['Routes kept over its restart, and a limit that keeps it down, are remembered in any case.'],
        examples: [600],
        reload: 'live',
      }),
  })
  .meta({
    title: 'dynamic range',
    expects: 'a mapping with `range`, `limit`, `attempts-per-minute` and `forget-time`',
  });

const groupSchema = z
  .strictObject({
    ...SETTINGS_SHAPE,
    dynamic: z
      .array(dynamicSchema)
      .optional()
      .meta({
        title: 'list of dynamic ranges',
        expects: 'a list of mappings with `range` and `limit`',
        description: 'Prefixes whose hosts become peers of this group when they connect.',
        defaultWords: 'none',
        examples: [[{ range: '10.99.0.0/16' }]],
        reload: 'live',
        reloadExcept: { effect: 'reset', when: 'for peers that are no longer in a range' },
      }),
  })
  .meta({ title: 'group', expects: 'a mapping with the settings that its peers inherit' });

const peerSchema = z
  .strictObject({
    address: peerAddress.optional().meta({
      description: 'Address of the peer.',
      details: [
        'It identifies the peer, so each address occurs once. A link-local address needs `interface`.',
        'With `interface` alone, the address is that of the neighbor that is found there.',
      ],
      defaultWords: 'required, or `interface`',
      examples: ['192.0.2.1', '2001:db8::1'],
      reload: 'reset',
    }),
    interface: deviceName.optional().meta({
      description: 'Interface of an unnumbered peer (BGP unnumbered).',
      details: [
        'The session runs between link-local addresses.',
        'The neighbor is found by the IPv6 Router Advertisements that both sides send (RFC 4861); ours have a lifetime of 0,',
        'so this host does not become a default router. Sending them needs CAP_NET_RAW.',
        'A connection from any link-local address on the interface is accepted as the peer.',
        'The session is closed as soon as the interface goes down.',
        '`extended-next-hop` is on by default, so IPv4 routes need no IPv4 address on the link.',
      ],
      defaultWords: 'none',
      examples: ['eth1'],
      reload: 'reset',
    }),
    group: groupName.optional().meta({
      description: 'Group that the peer inherits settings from.',
      details: ['A setting of the peer overrides that of the group.'],
      defaultWords: 'none',
      examples: ['switches'],
      reload: 'live',
    }),
    ...SETTINGS_SHAPE,
  })
  .meta({ title: 'peer', expects: 'a mapping with `address` or `interface` and the settings of the peer' });

const controlSchema = z
  .strictObject({
    socket: socketPath.default('/run/reflectord/control.sock').meta({
      description: 'Unix socket of `reflectord show` and the other commands.',
      details: ['Do not use a world-writable directory such as `/tmp`: another user could create the socket first.'],
      examples: ['/run/reflectord-lab/control.sock'],
      reload: 'restart',
    }),
  })
  .meta({ title: 'control section', description: 'The control socket of the daemon.' });

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
        description: 'Addresses that accept connections of peers. An empty list accepts none.',
        examples: [[{ address: '10.99.0.1', port: 179 }]],
      }),
    groups: z.record(groupName, groupSchema).prefault({}).meta({
      title: 'mapping of groups',
      expects: 'a mapping of group names to the settings of each group',
      description: 'Settings that several peers share, by group name.',
    }),
    peers: z.array(peerSchema).prefault([]).meta({
      title: 'list of peers',
      expects: 'a list of mappings, each with the `address` or `interface` of a peer and its settings',
      description: 'Peers, identified by their address or their interface.',
    }),
    ...POLICY_SECTIONS,
    fib: fibSchema.prefault({}),
    metrics: metricsSchema.prefault({}),
    web: webSchema.prefault({}),
    control: controlSchema.prefault({}),
    log: logSchema.prefault({}),
  })
  .meta({ title: 'configuration', description: 'Configuration of reflectord.' });

/** The valid parts of a configuration that has errors. */
export const draftSchema = configSchema.extend({ router: routerSchema.partial().prefault({}) });

/** A configuration with its defaults, with the keys of the file. */
export type Config = z.output<typeof configSchema>;
export type Draft = z.output<typeof draftSchema>;
export type PeerConfig = z.output<typeof peerSchema>;
