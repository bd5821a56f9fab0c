/**
 * The settings of a peer, which its group may give it: a row each, with its kind of value, its default and its meaning.
 * A new setting is a row here and a line in `resolve.ts`. No I/O, no timers.
 */
import type { z } from 'zod';
import { asRule, localAs, ownAsCount, removePrivateAs } from './as-values.ts';
import { bfd } from './bfd-values.ts';
import { damping } from './damping-values.ts';
import { attributeMemory, maxPathsPerPrefix, maxPrefix, maxPrefixOut } from './limit-values.ts';
import type { Reload, ReloadException } from './reload.ts';
import { gracefulRestart, longLived } from './restart-values.ts';
import { countOrOff, dscp, password } from './transport-values.ts';
import {
  addPath,
  clusterId,
  description,
  deviceName,
  FAMILY_NAMES,
  families,
  flag,
  holdTime,
  hostAddress,
  nextHop,
  oneOf,
  port,
  seconds,
} from './values.ts';

/** What the reference page says of a key, beside its kind. */
export interface About {
  readonly description: string;
  /** The default where it is not a fixed value, in words. */
  readonly defaultWords?: string;
  readonly examples: readonly unknown[];
  readonly reload: Reload;
  /** Where some changes of the value do something else. */
  readonly reloadExcept?: ReloadException;
}

interface Setting<T extends z.ZodType, D> {
  readonly type: z.ZodOptional<T>;
  readonly default: D;
}

/** @param fallback the default, or null where it depends on something else (`about.defaultWords` says on what) */
function setting<T extends z.ZodType, D extends z.output<T> | null>(type: T, fallback: D, about: About): Setting<T, D> {
  const shown = fallback === null ? about : { ...about, default: fallback };
  return { type: type.optional().meta({ ...shown }), default: fallback };
}

const ROLES = ['provider', 'rs', 'rs-client', 'customer', 'peer'] as const;
const POLICY = ['accept', 'reject'] as const;

export const SETTINGS = {
  as: setting(asRule, null, {
    description:
      'AS number that the peer must have: one, a list of them, `internal` (that of this router) or `external` (any other; of a confederation, any outside it). The number of another member AS makes the peer one of the confederation (`router.confederation`). Required, here or in the group.',
    defaultWords: 'none: required',
    examples: [64512, '1.10', [65001, 65002], 'internal', 'external'],
    reload: 'reset',
  }),
  'route-reflector-client': setting(flag, false, {
    description:
      'The peer is a client of this reflector (RFC 4456): it hears the routes of all others, and all others hear its routes. Only for peers inside the AS.',
    examples: [true],
    reload: 'soft',
  }),
  'cluster-id': setting(clusterId, null, {
    description:
      'Cluster id that is put on, and looked for in, the routes of these clients (RFC 4456 section 7). Reflectors that serve the same clients may share one.',
    defaultWords: '`router.cluster-id`',
    examples: ['10.99.0.1'],
    reload: 'soft',
  }),
  'client-to-client': setting(flag, true, {
    description:
      'Routes of one client are reflected to the other clients. `false` where the clients are fully meshed among themselves (RFC 4456 section 6).',
    examples: [false],
    reload: 'soft',
  }),
  families: setting(families, FAMILY_NAMES, {
    description: 'Address families that are offered to the peer; those that it offers as well are used (RFC 4760).',
    examples: [['ipv4-unicast']],
    reload: 'reset',
  }),
  'hold-time': setting(holdTime, 90, {
    description:
      'Seconds after which a silent peer counts as dead; the lower of what both sides propose is used (RFC 4271 section 4.2). 0: never, and no keepalives.',
    examples: [240],
    reload: 'reset',
  }),
  'keepalive-time': setting(seconds(1, 21_845), null, {
    description: 'Seconds between keepalives; at most a third of the hold time that was agreed on.',
    defaultWords: 'a third of the hold time that was agreed on',
    examples: [30],
    reload: 'reset',
  }),
  passive: setting(flag, false, {
    description: 'Wait for the peer to connect, and never connect to it. Peers of a dynamic range are always passive.',
    examples: [true],
    reload: 'live',
  }),
  'connect-retry-time': setting(seconds(1, 65_535), 5, {
    description:
      'Seconds between two attempts to connect, less up to a quarter by chance (RFC 4271 section 10). It doubles while they fail, up to four times the value or 120 seconds.',
    examples: [30],
    reload: 'live',
  }),
  'delay-open-time': setting(seconds(0, 240), 0, {
    description:
      "Seconds that the OPEN message waits on a new connection, so that the peer's may come first (RFC 4271 section 8.1.1). 0: it goes out at once.",
    examples: [2],
    reload: 'live',
  }),
  'idle-hold-time': setting(seconds(0, 3_600), 1, {
    description:
      'Seconds that a peer stays down after its session failed; doubles with each further failure (RFC 4271 section 8.1). The first failure of an established session is free, and so is every loss of its connection, or end by the other side, without an error: there only the pause before the next attempt to connect grows. 0: no such pause.',
    examples: [5],
    reload: 'live',
  }),
  'idle-hold-max-time': setting(seconds(0, 86_400), 60, {
    description: 'Bound of `idle-hold-time` while it doubles, in seconds.',
    examples: [300],
    reload: 'live',
  }),
  'next-hop': setting(nextHop, 'unchanged', {
    description:
      'Next hop of the routes that are sent to the peer: as it came (`unchanged`), the address of this side of the session (`self`), or an address; or one of these for each family, `unchanged` where it is left out. Everything but `unchanged` makes packets pass there. With `self`, prefixes are not told whose IP version is not that of the session (IPv4 over IPv6: but with `extended-next-hop`); a link-local next hop is not told on as it came.',
    examples: ['self', '192.0.2.1', { 'ipv6-unicast': 'self' }],
    reload: 'soft',
  }),
  aigp: setting(flag, null, {
    description:
      'The accumulated IGP metric (RFC 7311) is taken from the peer and sent to it, and decides behind LOCAL_PREF; without it the attribute is left out in both directions. `true` only for a peer of the same administration. The metric is passed on as it came.',
    defaultWords: '`true` inside the AS and its confederation, `false` with other AS (RFC 7311 section 3.4)',
    examples: [true],
    reload: 'reset',
  }),
  'enforce-first-as': setting(flag, true, {
    description:
      "A route of a peer of another AS is used only where its AS_PATH begins with the peer's AS number (RFC 4271 section 6.3); others count as withdrawn, and `show rib` tells why. `false` for a route server, which leaves its own number out.",
    examples: [false],
    reload: 'soft',
  }),
  'allow-own-as': setting(ownAsCount, 0, {
    description:
      'How often the AS number of this router may stand in the AS_PATH of a route that is used: for sites of one AS that reach each other through another one. 0: never (RFC 4271 section 9.1.2).',
    examples: [1],
    reload: 'soft',
  }),
  'local-as': setting(localAs, null, {
    description:
      "AS number that a peer of another AS knows this router by, instead of `router.as` or the identifier of the confederation: while an AS changes its number (RFC 7705). The OPEN carries it. It stands in front of the router's own number in the AS_PATH of what the peer is sent, with `replace-as` alone; and in front of the AS_PATH of what the peer sends, but with `no-prepend`. In the routes of the peer both numbers count for `allow-own-as`. Not the number of the peer itself: such a session would be inside that AS. `false`: none, where the group has one.",
    defaultWords: 'none: `router.as`',
    examples: [64_999, { as: 64_999, 'no-prepend': true, 'replace-as': true }],
    reload: 'reset',
  }),
  'as-override': setting(flag, false, {
    description:
      "Toward a peer of another AS, our AS number takes the place of the peer's wherever that stands in AS_PATH, so that sites of one AS take each other's routes.",
    examples: [true],
    reload: 'soft',
  }),
  'remove-private-as': setting(removePrivateAs, false, {
    description:
      "Toward a peer of another AS, AS numbers for private use (RFC 6996: 64512 to 65534 and 4200000000 to 4294967294) leave AS_PATH. `true`: all of them, where the path has no others, and else none; `all`: all of them; `replace`: our number takes the place of each. The peer's own number stays, by which it finds its loops: with it in the path, `true` changes nothing.",
    examples: [true, 'all', 'replace'],
    reload: 'soft',
  }),
  'extended-next-hop': setting(flag, null, {
    description:
      'IPv4 routes with IPv6 next hops (RFC 8950) are taken from the peer and sent to it, where it offers that too. A peer without it is not told of such routes. On a session over IPv6, `next-hop: self` needs it for IPv4.',
    defaultWords: '`true` for a peer with `interface`, else `false`',
    examples: [true],
    reload: 'reset',
  }),
  'add-path': setting(addPath, null, {
    description:
      'Several paths of a prefix (RFC 7911). `receive`: take them from the peer. `send`: which paths the peer is told of, best first: `best`, `all` (up to `limit`, default 8), a number, or `rank-2`: the second best alone, without identifiers, so that a pair of reflectors gives a peer two paths (RFC 6774). A peer without ADD-PATH is told of the best path.',
    defaultWords: '`{ receive: false, send: best }`',
    examples: [{ receive: true, send: 'all' }],
    reload: 'reset',
  }),
  'graceful-restart': setting(gracefulRestart, null, {
    description:
      'Graceful restart (RFC 4724, RFC 8538). `full`: the peer is asked to keep our routes for `time` seconds when the session is lost, and after a planned stop; and as `helper`. `helper`: when the connection with a peer that has it is lost, its routes are kept, as long as the peer asked for and at most `stale-time` seconds, until it is back and has announced them again; a NOTIFICATION from a peer that has the N bit (RFC 8538) does not end that, but for a hard reset. `off`: routes go with the session.',
    defaultWords: '`{ mode: full, time: 120, stale-time: 360 }`',
    examples: [{ time: 300 }, { mode: 'helper', 'stale-time': 60 }, { mode: 'off' }],
    reload: 'reset',
  }),
  llgr: setting(longLived, null, {
    description:
      'Long-lived graceful restart (RFC 9494), with `graceful-restart`: routes of a peer that is not back within the restart time are kept as a last resort, as long as both sides allow, and told only to peers that know it too. `time: 0`: not at all.',
    defaultWords: '`{ time: 86400 }`',
    examples: [{ time: 604_800 }, { time: 0 }],
    reload: 'reset',
  }),
  'extended-messages': setting(flag, true, {
    description:
      'Messages of up to 65,535 octets are taken, and sent to a peer that takes them (RFC 8654). Without it a message has 4,096, and a route whose attributes do not fit is withdrawn.',
    examples: [false],
    reload: 'reset',
  }),
  'bgp-role': setting(oneOf('role', ROLES), null, {
    description:
      'What this router is to the peer, of another AS: its `provider`, `customer` or `peer`, a route server (`rs`) or the client of one (`rs-client`). Told in the OPEN: a peer whose role does not go with it is refused; and routes are marked with ONLY_TO_CUSTOMER, so that leaks are found (RFC 9234).',
    defaultWords: 'none',
    examples: ['peer', 'customer'],
    reload: 'reset',
  }),
  'bgp-role-strict': setting(flag, false, {
    description: 'With `bgp-role`: a peer that does not tell its own is refused (RFC 9234 section 4.2).',
    examples: [true],
    reload: 'reset',
  }),
  'enhanced-route-refresh': setting(flag, true, {
    description:
      'The begin and the end of a route refresh are marked, so that what is not announced again can be removed (RFC 7313).',
    examples: [false],
    reload: 'reset',
  }),
  'send-hold-time': setting(seconds(0, 65_535), null, {
    description:
      'Seconds after which a session ends whose peer takes nothing of what is to be sent, although it may still send keepalives (RFC 9687). 0: never.',
    defaultWords: '480, or twice the hold time where that is more',
    examples: [600],
    reload: 'live',
  }),
  'best-external': setting(flag, false, {
    description:
      'Where the best path may not be told to the peer (it came from another peer that is no client), tell the best one that may.',
    examples: [true],
    reload: 'soft',
  }),
  damping: setting(damping, null, {
    description:
      'Route flap damping (RFC 2439, with the parameters of RFC 7196): a prefix of the peer that is withdrawn or changed again and again is not used for a time. Its penalty is remembered over the loss of the session, which counts as a withdrawal of all its prefixes. For peers of other AS.',
    defaultWords: 'none: nothing is damped',
    examples: [{ suppress: 6000 }, { mode: 'off' }],
    reload: 'soft',
  }),
  'max-prefix': setting(maxPrefix, null, {
    description:
      'How many prefixes of a family the peer may announce (RFC 4271 section 6.7), and what happens then. A session that ends is told so with Cease / Maximum Number of Prefixes Reached (RFC 4486).',
    defaultWords: 'none',
    examples: [
      { limit: 1000, 'warn-percent': 80, action: 'restart', 'restart-time': 60 },
      { limit: 500, action: 'block', families: { 'ipv6-unicast': { limit: 100 } } },
    ],
    reload: 'soft',
  }),
  'max-paths-per-prefix': setting(maxPathsPerPrefix, 4096, {
    description:
      'How many paths of one prefix are held of the peer, with ADD-PATH (RFC 7911). Further ones are not held, whatever they say, until one of the prefix is withdrawn: the session stays, since all other routes of the peer are as they should be (RFC 4271 section 6.7 a). `show peer` and `peer.paths-refused` tell of it. When there is room again the peer is asked for its routes (RFC 2918). To bound all paths together, there is `max-prefix`.',
    examples: [64, 'none'],
    reload: 'soft',
  }),
  'max-prefix-out': setting(maxPrefixOut, null, {
    description:
      'How many prefixes of a family the peer may be told of, and what happens beyond that. With `block`, first come, first told: an update group advertises no more than the limit, those that come from the peer itself included.',
    defaultWords: 'none',
    examples: [{ limit: 1000, action: 'block' }],
    reload: 'soft',
  }),
  'attribute-memory': setting(attributeMemory, 64, {
    description:
      'MiB of memory that attribute sets of the peer may take up: each different set that it announced first, and still uses, with its octets and 64 more. A full Internet table needs some 40 MiB. Beyond that its session ends with Cease / Out of Resources (RFC 4486), for 60 seconds; the operator is warned from 80 percent on. `none`: any number.',
    examples: [256, 'none'],
    reload: 'soft',
  }),
  import: setting(oneOf('policy', POLICY), null, {
    description: 'Whether routes from the peer are accepted. A peer of another AS must be given a policy (RFC 8212).',
    defaultWords: '`accept` inside the AS and its confederation, `reject` from other AS (RFC 8212)',
    examples: ['accept'],
    reload: 'soft',
  }),
  export: setting(oneOf('policy', POLICY), null, {
    description: 'Whether routes are sent to the peer. A peer of another AS must be given a policy (RFC 8212).',
    defaultWords: '`accept` inside the AS and its confederation, `reject` to other AS (RFC 8212)',
    examples: ['accept'],
    reload: 'soft',
  }),
  description: setting(description, '', {
    description: 'A text for people, shown with the peer.',
    examples: ['leaf 1'],
    reload: 'live',
  }),
  shutdown: setting(flag, false, {
    description: 'The peer is configured, but kept down. Connections from it are refused.',
    examples: [true],
    reload: 'reset',
  }),
  port: setting(port, 179, {
    description: 'TCP port of the peer that is connected to.',
    examples: [1179],
    reload: 'live',
  }),
  'local-address': setting(hostAddress, null, {
    description: 'Address of this host that connections to the peer come from.',
    defaultWords: 'chosen by the kernel',
    examples: ['10.99.0.1'],
    reload: 'reset',
  }),
  password: setting(password, null, {
    description:
      'Key that both ends sign every TCP segment with (TCP MD5, RFC 2385): a text, or a mapping that says which `file` or which variable of the environment (`env`) it is in. A range has one key for all of its addresses. Files are read again on every reload. A session goes on with another key, which both ends have to get within the hold time; a first key, or none any more, resets it. A key that cannot be set means no session.',
    defaultWords: 'none',
    examples: [{ file: '/etc/reflectord/leaf1.key' }, { env: 'NODE_KEY' }, 'a secret'],
    reload: 'live',
    reloadExcept: { effect: 'reset', when: 'from no key to one, or back' },
  }),
  'ttl-security': setting(countOrOff(254, 'number of hops'), null, {
    description:
      'TTL security (GTSM, RFC 5082): how many hops away the peer is at most, 1 for a neighbour. Packets are sent with a TTL of 255, and taken in with a TTL of at least 256 less the number; the peer must be set up so too.',
    defaultWords: 'none',
    examples: [1],
    reload: 'live',
  }),
  multihop: setting(countOrOff(255, 'TTL'), null, {
    description:
      'TTL of what is sent: how many hops away a peer of another AS may be. Not with `ttl-security`, which bounds the hops by itself.',
    defaultWords: '1 for peers of another AS, else that of the system (64)',
    examples: [2],
    reload: 'live',
  }),
  bfd: setting(bfd, false, {
    description:
      'Bidirectional Forwarding Detection (RFC 5880) beside the session: when packets stop to pass, in either direction, the session ends within the detection time, `multiplier` times `interval-ms`, with Cease / BFD Down (RFC 9384). It comes up without BFD, which counts once both sides have it. `true`: with the defaults.',
    examples: [{ 'interval-ms': 100, multiplier: 3 }, true],
    reload: 'live',
  }),
  dscp: setting(dscp, 48, {
    description:
      'Differentiated services code point of what is sent (RFC 2474). 48 is CS6, network control, as RFC 4594 wants it; 0: best effort.',
    examples: [46],
    reload: 'live',
  }),
  'bind-device': setting(deviceName, null, {
    description: 'Interface (or VRF) that packets of the session go by, and no other (SO_BINDTODEVICE).',
    defaultWords: 'whichever the routes lead to',
    examples: ['eth1'],
    reload: 'reset',
  }),
  'tcp-user-timeout': setting(seconds(0, 86_400), 0, {
    description:
      'Seconds after which TCP gives a connection up whose peer acknowledges nothing of what was sent, or takes nothing in (RFC 5482): to notice a dead path sooner than the hold time does. 0: as long as the system does.',
    examples: [30],
    reload: 'live',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

type Shape = { [Name in SettingName]: (typeof SETTINGS)[Name]['type'] };

/** The settings as the keys of an object, each optional. */
export const SETTINGS_SHAPE = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { type }]) => [name, type]),
) as unknown as Shape;

/** Settings as written in one place; what is not there is inherited. */
export type Settings = { [Name in SettingName]?: z.output<Shape[Name]> | undefined };
