/** The `fib` section of the schema: what of the best routes goes into the kernel, where, and how. No I/O, no timers. */
import { z } from 'zod';
import { count, deviceName, FAMILY_NAMES, flag, hostAddress, oneOf, prefixLength, range, seconds } from './values.ts';

const MAX_U32 = 4_294_967_295;

const table = count(1, MAX_U32, 'routing table');
const protocol = count(5, 255, 'protocol id');
const metric = count(1, MAX_U32, 'metric');
const advertise = oneOf('condition', ['best', 'installed']);

const familySchema = z
  .strictObject({
    table: table.optional().meta({
      description: 'Routing table for the routes of this family. The table of a VRF puts them into that VRF.',
      defaultWords: '`fib.table`',
      examples: [100],
      reload: 'restart',
    }),
    protocol: protocol.optional().meta({
      description: 'Protocol id for the routes of this family.',
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
      description: 'Source address of what this host itself sends along the routes of this family.',
      defaultWords: "the kernel's choice",
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
  .meta({ title: 'family', expects: 'a mapping with what differs for the family' });

const installRule = z
  .strictObject({
    prefix: range.meta({
      description: 'Routes to this prefix, or to parts of it by `ge` and `le`.',
      examples: ['10.0.0.0/8', '::/0'],
      reload: 'restart',
    }),
    ge: prefixLength.optional().meta({
      description: 'Least length of the prefix that is met.',
      defaultWords: 'the length of `prefix`',
      examples: [24],
      reload: 'restart',
    }),
    le: prefixLength.optional().meta({
      description: 'Greatest length of the prefix that is met.',
      defaultWords: 'with `ge` the longest there is, else the length of `prefix`',
      examples: [32],
      reload: 'restart',
    }),
    action: oneOf('action', ['accept', 'reject'])
      .default('accept')
      .meta({ description: 'What becomes of the routes that are met.', examples: ['reject'], reload: 'restart' }),
  })
  .meta({
    title: 'prefix rule',
    expects: 'a mapping with `prefix`, and `ge`, `le` and `action` where they are needed',
  });

const onlinkRule = z
  .strictObject({
    range: range.meta({ description: 'Next hops in this range.', examples: ['203.0.113.0/24'], reload: 'restart' }),
    interface: deviceName.meta({
      description: 'Interface that they are neighbours on.',
      examples: ['eth1'],
      reload: 'restart',
    }),
  })
  .meta({ title: 'on-link range', expects: 'a mapping with `range` and `interface`' });

const nexthopIds = z
  .union([
    z.strictObject({
      first: count(1, MAX_U32 - 1, 'first id').default(186_000_000),
      count: count(1, 100_000_000, 'number of ids').default(1_000_000),
    }),
    z.literal('none'),
  ])
  .meta({ title: 'range of ids', expects: 'a mapping with `first` and `count`, or none' });

const families = z
  .strictObject(
    Object.fromEntries(FAMILY_NAMES.map((name) => [name, familySchema.optional()])) as Record<
      string,
      z.ZodOptional<typeof familySchema>
    >,
  )
  .prefault({})
  .meta({ title: 'mapping of families', expects: `a mapping of ${FAMILY_NAMES.join(', ')} to what differs for each` });

export const fibSchema = z
  .strictObject({
    mode: oneOf('FIB mode', ['off', 'dry-run', 'install'])
      .default('off')
      .meta({
        description:
          'Whether best routes are installed in the kernel: not at all, only worked out and shown, or installed.',
        examples: ['install'],
        reload: 'restart',
      }),
    table: table.default(254).meta({
      description:
        'Routing table of the kernel, by number. 254 is the main table; the table of a VRF puts the routes into that VRF, and next hops are looked up there.',
      examples: [100],
      reload: 'restart',
    }),
    protocol: protocol.default(186).meta({
      description:
        'Protocol id of the routes in the kernel (`proto`). Only routes with this id are ever touched, and in the table all of them are, so no other program may use it there. 186 is `bgp`.',
      examples: [200],
      reload: 'restart',
    }),
    metric: metric.default(20).meta({
      description: 'Metric of the routes in the kernel; of two routes to the same prefix the lower one is used.',
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
        description:
          'Which best routes go into the kernel: the first rule that a route meets counts, and a route that meets none stays out. It is reflected all the same.',
        defaultWords: 'all of them',
        examples: [[{ prefix: '10.0.0.0/8', le: 32 }]],
        reload: 'restart',
      }),
    blackhole: z
      .union([flag, z.literal('unreachable')])
      .default(false)
      .meta({
        title: 'way to drop packets',
        expects: 'true, false or unreachable',
        description:
          'Whether packets for a best route with the BLACKHOLE community (RFC 7999) are dropped here: silently, or with an ICMP message that it is unreachable. `false`: it is a route like any other.',
        examples: [true, 'unreachable'],
        reload: 'restart',
      }),
    multipath: count(1, 256, 'number of next hops')
      .default(1)
      .meta({
        description:
          'Most next hops that share the traffic of a route: those of paths that nothing up to the cost of the next hop tells from the best one. AS_PATHs need only be equally long.',
        examples: [8],
        reload: 'restart',
      }),
    weights: flag.default(false).meta({
      description:
        'They share it by the Link Bandwidth community of their paths, where all have it; otherwise in equal parts.',
      examples: [true],
      reload: 'restart',
    }),
    onlink: z
      .array(onlinkRule)
      .prefault([])
      .meta({
        title: 'list of on-link ranges',
        expects: 'a list of mappings with `range` and `interface`',
        description: 'Next hops that are neighbours on an interface although no address there says so (`onlink`).',
        defaultWords: 'none',
        examples: [[{ range: '203.0.113.0/24', interface: 'eth1' }]],
        reload: 'restart',
      }),
    advertise: advertise.default('best').meta({
      description:
        'When a best route is advertised: at once, or when the kernel has confirmed that it is installed. With `installed`, what the kernel refuses is withdrawn; what `install` leaves out is advertised at once.',
      examples: ['installed'],
      reload: 'restart',
    }),
    takeover: flag.default(false).meta({
      description:
        'A route of somebody else that takes the place of one of ours (same prefix and metric) is replaced by ours. `false`: it stays, and ours is shown as a conflict until it goes. One that was there before ours stays in any case; a route of ours that somebody deletes is put back in any case.',
      examples: [true],
      reload: 'restart',
    }),
    'on-stop': oneOf('way to stop', ['keep', 'withdraw'])
      .default('keep')
      .meta({
        description:
          'What becomes of the routes on a planned stop: they go on forwarding and are taken over by the next start, or they are removed.',
        examples: ['withdraw'],
        reload: 'restart',
      }),
    'restart-time': seconds(1, 86_400)
      .default(120)
      .meta({
        description:
          'Routes from before the start are removed when nobody has announced them for this long; sooner when all peers have sent what they have. At least `router.restart-defer-time`.',
        examples: [300],
        reload: 'restart',
      }),
    'compare-time': seconds(10, 86_400)
      .default(300)
      .meta({
        description: "Seconds between two comparisons of all routes with the kernel's tables.",
        examples: [600],
        reload: 'restart',
      }),
    'nexthop-ids': nexthopIds.prefault({}).meta({
      description:
        'Ids of nexthop objects (`ip nexthop`) that are ours to use; `none`: every route says itself where it leads, and a next hop that moves costs one change per route.',
      defaultWords: '`{ first: 186000000, count: 1000000 }`',
      examples: [{ first: 5000, count: 1000 }, 'none'],
      reload: 'restart',
    }),
  })
  .meta({ title: 'FIB section', description: 'Best routes in the routing table of the kernel.' });

export type FibConfig = z.output<typeof fibSchema>;
