/** Settings of a peer or a group: TCP and BFD. */
import { bfd } from '../values/bfd.ts';
import { countOrOff, dscp, password } from '../values/transport.ts';
import { deviceName, seconds } from '../values/values.ts';
import { setting } from './setting.ts';

export const TRANSPORT = {
  password: setting(password, null, {
    topic: 'transport',
    description: 'TCP MD5 key of the session (RFC 2385).',
    details: [
      'A text, or a mapping with the `file` or the environment variable (`env`) that holds it.',
      'A dynamic range has one key for all of its addresses.',
      'Each reload reads the files again. A session continues with a changed key if both sides change it within the hold time.',
      'If the key cannot be set, the peer gets no session.',
    ],
    defaultWords: 'none',
    examples: [{ file: '/etc/reflectord/leaf1.key' }, { env: 'NODE_KEY' }, 'a secret'],
    reload: 'live',
    reloadExcept: { effect: 'reset', when: 'when a first key is set or the last one removed' },
  }),
  'ttl-security': setting(countOrOff(254, 'number of hops'), null, {
    topic: 'transport',
    description: 'TTL security (GTSM, RFC 5082): the maximum distance of the peer in hops, 1 for a neighbor.',
    details: [
      'Packets are sent with TTL 255 and accepted with a TTL of at least 256 minus this number.',
      'The peer must be configured for it as well.',
    ],
    defaultWords: 'none',
    examples: [1],
    reload: 'live',
  }),
  multihop: setting(countOrOff(255, 'TTL'), null, {
    topic: 'transport',
    description: 'TTL of sent packets: the maximum distance of an eBGP peer in hops.',
    details: ['Cannot be combined with `ttl-security`, which limits the distance itself.'],
    defaultWords: '1 for eBGP peers, else the system default (64)',
    examples: [2],
    reload: 'live',
  }),
  dscp: setting(dscp, 48, {
    topic: 'transport',
    description: 'Differentiated services code point (DSCP) of sent packets (RFC 2474).',
    details: ['48 is CS6, network control, as RFC 4594 recommends. 0 is best effort.'],
    examples: [46],
    reload: 'live',
  }),
  'bind-device': setting(deviceName, null, {
    topic: 'transport',
    description: 'Interface or VRF that the session is bound to (SO_BINDTODEVICE).',
    defaultWords: 'none: the route decides',
    examples: ['eth1'],
    reload: 'reset',
  }),
  'tcp-user-timeout': setting(seconds(0, 86_400), 0, {
    topic: 'transport',
    description: 'Seconds after which TCP closes a connection whose peer does not acknowledge data (RFC 5482).',
    details: [
      'It detects a dead path earlier than the hold time. It also closes a connection whose peer does not read.',
      '0: the system default.',
    ],
    examples: [30],
    reload: 'live',
  }),
  bfd: setting(bfd, false, {
    topic: 'bfd',
    description: 'Bidirectional Forwarding Detection (RFC 5880) for the session.',
    details: [
      '`true` enables it with the defaults below.',
      'When packets are lost in either direction for the detection time, the session is closed with Cease / BFD Down',
      '(RFC 9384). The detection time is `multiplier` times `interval-ms`.',
      'The session establishes without BFD; BFD is enforced once both sides run it.',
    ],
    examples: [{ 'interval-ms': 100, multiplier: 3 }, true],
    reload: 'live',
  }),
} as const;
