/** Peers, and groups with their dynamic ranges: what they have beside the settings that both may have. */
import { z } from 'zod';
import { SETTINGS_SHAPE } from '../settings/settings.ts';
import { count, deviceName, groupName, peerAddress, range, seconds } from '../values/values.ts';

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

export const groupSchema = z
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

export const peerSchema = z
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
