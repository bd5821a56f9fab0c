/** The section `router`: the identity of this router, and what holds for all of its peers. */
import { z } from 'zod';
import { asNumber } from '../values/as-numbers.ts';
import { attributeMemory, historyMemory } from '../values/limits.ts';
import { absolutePath, clusterId, count, flag, range, routerId, seconds } from '../values/values.ts';
import { confederation } from './confederation.ts';

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

export const routerSchema = z
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
