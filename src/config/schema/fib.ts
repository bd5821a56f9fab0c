/** The `fib` section of the schema: which best routes are installed in the kernel, and how. */
import { z } from 'zod';
import { INSTALLABLE_FAMILIES } from '../values/families.ts';
import { count, deviceName, flag, hostAddress, oneOf, prefixLength, range, seconds } from '../values/values.ts';

const MAX_U32 = 4_294_967_295;

const table = count(1, MAX_U32, 'routing table');
const protocol = count(5, 255, 'protocol ID');
const metric = count(1, MAX_U32, 'metric');
const advertise = oneOf('condition', ['best', 'installed']);

const familySchema = z
  .strictObject({
    table: table.optional().meta({
      description: 'Routing table for the routes of this family.',
      defaultWords: '`fib.table`',
      examples: [100],
      reload: 'restart',
    }),
    protocol: protocol.optional().meta({
      description: 'Protocol ID for the routes of this family.',
      defaultWords: '`fib.protocol`',
      examples: [200],
      reload: 'restart',
    }),
    metric: metric.optional().meta({
      description: 'Metric for the routes of this family.',
      defaultWords: '`fib.metric`',
      examples: [100],
      reload: 'restart',
    }),
    src: hostAddress.optional().meta({
      description: 'Source address of packets that this host sends itself along the routes of this family (`src`).',
      defaultWords: 'chosen by the kernel',
      examples: ['10.99.0.1'],
      reload: 'restart',
    }),
    advertise: advertise.optional().meta({
      description: '`fib.advertise` for this family.',
      defaultWords: '`fib.advertise`',
      examples: ['installed'],
      reload: 'restart',
    }),
  })
  .meta({ title: 'family', expects: 'a mapping with `table`, `protocol`, `metric`, `src` and `advertise`' });

const installRule = z
  .strictObject({
    prefix: range.meta({
      description: 'Matches this prefix, or more specific ones with `ge` and `le`.',
      examples: ['10.0.0.0/8', '::/0'],
      reload: 'restart',
    }),
    ge: prefixLength.optional().meta({
      description: 'Minimum prefix length.',
      defaultWords: 'the length of `prefix`',
      examples: [24],
      reload: 'restart',
    }),
    le: prefixLength.optional().meta({
      description: 'Maximum prefix length.',
      defaultWords: 'with `ge` 32 or 128, else the length of `prefix`',
      examples: [32],
      reload: 'restart',
    }),
    action: oneOf('action', ['accept', 'reject'])
      .default('accept')
      .meta({ description: 'Whether matching routes are installed.', examples: ['reject'], reload: 'restart' }),
  })
  .meta({
    title: 'prefix rule',
    expects: 'a mapping with `prefix`, and optionally `ge`, `le` and `action`',
  });

const onlinkRule = z
  .strictObject({
    range: range.meta({ description: 'Next hops in this range.', examples: ['203.0.113.0/24'], reload: 'restart' }),
    interface: deviceName.meta({
      description: 'Interface with these neighbors.',
      examples: ['eth1'],
      reload: 'restart',
    }),
  })
  .meta({ title: 'on-link range', expects: 'a mapping with `range` and `interface`' });

const nexthopIds = z
  .union([
    z.strictObject({
      first: count(1, MAX_U32 - 1, 'first ID').default(186_000_000),
      count: count(1, 100_000_000, 'number of IDs').default(1_000_000),
    }),
    z.literal('none'),
  ])
  .meta({ title: 'ID range', values: 'mapping, `none`', expects: 'a mapping with `first` and `count`, or none' });

const families = z
  .strictObject(
    Object.fromEntries(INSTALLABLE_FAMILIES.map((name) => [name, familySchema.optional()])) as Record<
      string,
      z.ZodOptional<typeof familySchema>
    >,
  )
  .prefault({})
  .meta({
    title: 'mapping of families',
    expects: `a mapping with ${INSTALLABLE_FAMILIES.join(' and ')}`,
    description: 'Values of one family that differ from those of the section.',
    examples: [{ 'ipv6-unicast': { table: 100, src: '2001:db8::1' } }],
  });

export const fibSchema = z
  .strictObject({
    mode: oneOf('FIB mode', ['off', 'dry-run', 'install'])
      .default('off')
      .meta({
        description: 'Whether best routes are installed in the kernel.',
        details: [
          '- `off`: no.',
          '- `dry-run`: the changes are computed and shown by `reflectord show fib`, the kernel is left alone.',
          '- `install`: yes.',
        ],
        examples: ['install'],
        reload: 'restart',
      }),
    table: table.default(254).meta({
      description: 'Number of the routing table in the kernel.',
      details: [
        '254 is the main table. With the table of a VRF, routes are installed in that VRF and next hops are looked up there.',
      ],
      examples: [100],
      reload: 'restart',
    }),
    protocol: protocol.default(186).meta({
      description: 'Protocol ID of the routes in the kernel (`proto`).',
      details: [
        'The daemon owns all routes with this ID in the table, and touches no others. No other program may use it there.',
        '186 is `bgp`.',
      ],
      examples: [200],
      reload: 'restart',
    }),
    metric: metric.default(20).meta({
      description: 'Metric of the routes in the kernel.',
      details: ['Of two routes to the same prefix the kernel uses the one with the lower metric.'],
      examples: [100],
      reload: 'restart',
    }),
    families,
    install: z
      .array(installRule)
      .optional()
      .meta({
        title: 'list of prefix rules',
        expects: 'a list of mappings with `prefix`, `ge`, `le` and `action`',
        description: 'Prefix rules for the best routes that are installed.',
        details: [
          'The first rule that matches applies. A route without a match is not installed, but still reflected.',
        ],
        defaultWords: 'all best routes',
        examples: [[{ prefix: '10.0.0.0/8', le: 32 }]],
        reload: 'restart',
      }),
    blackhole: z
      .union([flag, z.literal('unreachable')])
      .default(false)
      .meta({
        title: 'blackhole setting',
        values: '`true`, `false`, `unreachable`',
        expects: 'true, false or unreachable',
        description: 'Drops packets for best routes with the BLACKHOLE community (RFC 7999).',
        details: [
          '`true` drops them silently, `unreachable` answers with ICMP unreachable. `false` treats the route like any other.',
        ],
        examples: [true, 'unreachable'],
        reload: 'restart',
      }),
    multipath: count(1, 256, 'number of next hops')
      .default(1)
      .meta({
        description: 'Maximum number of next hops that share the traffic of a route (ECMP).',
        details: [
          'Paths that are equal to the best path up to and including the cost of the next hop are used.',
          'AS_PATHs only need the same length.',
        ],
        examples: [8],
        reload: 'restart',
      }),
    weights: flag.default(false).meta({
      description: 'Shares the traffic by the Link Bandwidth community.',
      details: ['All paths must have it; otherwise they share equally. Needs `multipath`.'],
      examples: [true],
      reload: 'restart',
    }),
    onlink: z
      .array(onlinkRule)
      .prefault([])
      .meta({
        title: 'list of on-link ranges',
        expects: 'a list of mappings with `range` and `interface`',
        description: 'Next hops that are neighbors on an interface without an address in their subnet (`onlink`).',
        defaultWords: 'none',
        examples: [[{ range: '203.0.113.0/24', interface: 'eth1' }]],
        reload: 'restart',
      }),
    advertise: advertise.default('best').meta({
      description: 'When a best route is advertised.',
      details: [
        '- `best`: at once.',
        '- `installed`: when the kernel has confirmed it. A route that the kernel rejects is withdrawn.',
        'A route that `install` excludes is advertised at once.',
      ],
      examples: ['installed'],
      reload: 'restart',
    }),
    takeover: flag.default(false).meta({
      description: 'Takes back a route that another program replaced (same prefix and metric).',
      details: [
        'With `false` the route of the other program stays, and ours is shown as a conflict until it is removed.',
        'A route that was there before ours always stays. A route of ours that another program deletes is always reinstalled.',
      ],
      examples: [true],
      reload: 'restart',
    }),
    'on-stop': oneOf('stop mode', ['keep', 'withdraw'])
      .default('keep')
      .meta({
        description: 'What happens to the kernel routes on a planned stop.',
        details: ['`keep`: they keep forwarding and the next start adopts them. `withdraw`: they are removed.'],
        examples: ['withdraw'],
        reload: 'restart',
      }),
    'restart-time': seconds(1, 86_400)
      .default(120)
      .meta({
        description: 'Seconds after a start until kernel routes that no peer advertises again are removed.',
        details: [
          'They are removed earlier once all peers have sent End-of-RIB. At least `router.restart-defer-time`.',
        ],
        examples: [300],
        reload: 'restart',
      }),
    'compare-time': seconds(10, 86_400)
      .default(300)
      .meta({
        description: 'Seconds between two comparisons of all routes with the tables of the kernel.',
        examples: [600],
        reload: 'restart',
      }),
    'nexthop-ids': nexthopIds.prefault({}).meta({
      description: 'IDs of the nexthop objects (`ip nexthop`) that the daemon may use.',
      details: ['`none`: no nexthop objects. A next hop that changes then costs one change per route.'],
      defaultWords: 'a million from 186000000',
      examples: [{ first: 5000, count: 1000 }, 'none'],
      reload: 'restart',
    }),
  })
  .meta({ title: 'FIB section', description: 'Best routes in the routing tables of the kernel.' });

export type FibConfig = z.output<typeof fibSchema>;
