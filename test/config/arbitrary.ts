/** Random configurations that are right, as plain data in the shape of the file. */
import fc from 'fast-check';
import { LOG_COMPONENTS } from '../../src/config/schema/services.ts';

const octet = fc.integer({ min: 1, max: 199 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
const ipv6 = fc.tuple(fc.integer({ min: 1, max: 0xffff }), octet).map(([a, b]) => `2001:db8:${a.toString(16)}::${b}`);
const privateAs = fc.integer({ min: 4_200_000_000, max: 4_294_967_294 });
const asdot = fc
  .tuple(fc.integer({ min: 2, max: 65_534 }), fc.integer({ min: 0, max: 65_535 }))
  .map((pair) => pair.join('.'));
const OUR_AS = 65000;

/** The settings that may stand together whatever the others are. */
const settings = fc.record(
  {
    'client-to-client': fc.boolean(),
    'cluster-id': ipv4,
    families: fc.subarray(['ipv4-unicast', 'ipv6-unicast'], { minLength: 1 }),
    'hold-time': fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 65_535 })),
    'connect-retry-time': fc.integer({ min: 1, max: 65_535 }),
    'delay-open-time': fc.integer({ min: 0, max: 240 }),
    'idle-hold-time': fc.integer({ min: 0, max: 3_600 }),
    'next-hop': fc.oneof(fc.constantFrom('self', 'unchanged'), ipv4, ipv6),
    import: fc.constantFrom('accept', 'reject'),
    export: fc.constantFrom('accept', 'reject'),
    description: fc.string({ maxLength: 40 }).map((text) => [...text].filter((char) => char >= ' ').join('')),
    shutdown: fc.boolean(),
    passive: fc.boolean(),
  },
  { requiredKeys: [] },
);

const as = fc.oneof(
  fc.constantFrom('internal', 'external', OUR_AS),
  privateAs,
  asdot,
  fc.uniqueArray(privateAs, { minLength: 1, maxLength: 4 }),
);

const range = fc.oneof(
  fc.integer({ min: 1, max: 223 }).map((first) => `${first}.0.0.0/8`),
  fc.integer({ min: 1, max: 0xffff }).map((word) => `2001:${word.toString(16)}::/32`),
);

const groupNames = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,11}$/), { maxLength: 4 });

function groupsOf(names: readonly string[], ranges: readonly string[]) {
  return fc.tuple(...names.map(() => fc.tuple(settings, as))).map((all) =>
    Object.fromEntries(
      all.map(([own, rule], at) => {
        const range = ranges[at];
        return [names[at]!, { ...own, as: rule, ...(range === undefined ? {} : { dynamic: [{ range }] }) }];
      }),
    ),
  );
}

const peers = fc
  .uniqueArray(fc.oneof(ipv4, ipv6), { maxLength: 6 })
  .chain((addresses) =>
    fc
      .tuple(...addresses.map(() => fc.tuple(settings, as)))
      .map((all) => all.map(([own, rule], at) => ({ address: addresses[at]!, as: rule, ...own }))),
  );

const level = fc.constantFrom('trace', 'debug', 'info', 'warn', 'error');

/** A whole configuration; load must take it. */
export const configuration = fc.tuple(groupNames, fc.uniqueArray(range, { maxLength: 4 })).chain(([names, ranges]) =>
  fc.record(
    {
      router: fc.record({ as: fc.constant(OUR_AS), id: ipv4, 'cluster-id': ipv4 }, { requiredKeys: ['as', 'id'] }),
      groups: groupsOf(names, ranges),
      peers,
      listen: fc.constantFrom([], [{ address: '240.0.0.1', port: 1179 }], [{ address: '::' }]),
      fib: fc.record(
        {
          mode: fc.constantFrom('off', 'dry-run', 'install'),
          table: fc.integer({ min: 256, max: 4_294_967_295 }),
          protocol: fc.integer({ min: 5, max: 255 }),
          metric: fc.integer({ min: 1, max: 4_294_967_295 }),
        },
        { requiredKeys: [] },
      ),
      metrics: fc.constantFrom('none', { listen: 'none' }, { listen: '[2001:db8::1]:9179', names: ['frr'] }, {}),
      control: fc.constantFrom({}, { socket: '/tmp/x.sock' }),
      log: fc.oneof(
        level.map((one) => ({ level: one })),
        fc.dictionary(fc.constantFrom('default', ...LOG_COMPONENTS), level).map((levels) => ({ level: levels })),
      ),
    },
    { requiredKeys: ['router'] },
  ),
);
