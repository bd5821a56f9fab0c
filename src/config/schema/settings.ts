/**
 * The settings of a peer or a group: one row each, with the kind of its value, its default and its description.
 * A new setting is a row here and a line in `resolve.ts`.
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
  DEFAULT_FAMILIES,
  description,
  deviceName,
  FAMILY_NAMES,
  type FamilySetting,
  families,
  flag,
  holdTime,
  hostAddress,
  labels,
  nextHop,
  oneOf,
  policyChain,
  port,
  SHORT_NAMES,
  seconds,
} from './values.ts';

/** The sections of the reference page that the settings stand in. */
export type Topic =
  | 'identity'
  | 'reflection'
  | 'session'
  | 'families'
  | 'restart'
  | 'limits'
  | 'attributes'
  | 'transport'
  | 'bfd'
  | 'damping';

/** The documentation of a setting: the reference page, the manual and the JSON Schema are made from it. */
interface About {
  readonly topic: Topic;
  /** One short sentence. */
  readonly description: string;
  /** Further sentences. One that begins with `- ` is an item of a list. */
  readonly details?: readonly string[];
  /** The default in words, if it is not a fixed value. */
  readonly defaultWords?: string;
  readonly examples: readonly unknown[];
  readonly reload: Reload;
  /** Changes of the value with another effect. */
  readonly reloadExcept?: ReloadException;
}

interface Setting<T extends z.ZodType, D> {
  readonly type: z.ZodOptional<T>;
  readonly default: D;
}

/** @param fallback the default; null if it depends on something else, which `about.defaultWords` explains */
function setting<T extends z.ZodType, D extends z.output<T> | null>(type: T, fallback: D, about: About): Setting<T, D> {
  const shown = fallback === null ? about : { ...about, default: fallback };
  return { type: type.optional().meta({ ...shown }), default: fallback };
}

const ROLES = ['provider', 'rs', 'rs-client', 'customer', 'peer'] as const;

const FAMILY_LIST = FAMILY_NAMES.map((name) => `\`${name}\``).join(', ');
const SHORT_LIST = SHORT_NAMES.map((name) => `\`${name}\``).join(', ');

export const SETTINGS = {
  as: setting(asRule, null, {
    topic: 'identity',
    description: 'AS number of the peer.',
    details: [
      '- A number, or a list of numbers: the peer must send one of them in its OPEN.',
      '- `internal`: the AS number of this router (iBGP).',
      '- `external`: any other AS number (eBGP). In a confederation: any AS number outside it.',
      'The number of another member AS makes it a confederation peer ([`router.confederation`](#routerconfederation)).',
      'Required, in the peer or in its group.',
    ],
    defaultWords: 'required',
    examples: [64512, '1.10', [65001, 65002], 'internal', 'external'],
    reload: 'reset',
  }),
  'route-reflector-client': setting(flag, false, {
    topic: 'reflection',
    description: 'Makes the peer a client of this route reflector (RFC 4456).',
    details: [
      'Routes learned from a client are reflected to all other peers, and routes learned from all peers to the client.',
      'Only for peers inside the AS.',
    ],
    examples: [true],
    reload: 'soft',
  }),
  'cluster-id': setting(clusterId, null, {
    topic: 'reflection',
    description: 'Cluster ID for these clients (RFC 4456 section 7).',
    details: [
      'It is added to the CLUSTER_LIST of reflected routes; a received route that already has it is a loop.',
      'Reflectors that serve the same clients may share a cluster ID.',
    ],
    defaultWords: '`router.cluster-id`',
    examples: ['10.99.0.1'],
    reload: 'soft',
  }),
  'client-to-client': setting(flag, true, {
    topic: 'reflection',
    description: 'Reflects routes from one client to the other clients.',
    details: ['Use `false` if the clients are fully meshed among themselves (RFC 4456 section 6).'],
    examples: [false],
    reload: 'soft',
  }),
  families: setting(families, DEFAULT_FAMILIES as FamilySetting[], {
    topic: 'families',
    description: 'Address families offered to the peer (RFC 4760).',
    details: [
      'A family is used if both sides offer it. Only routes of IPv4 and IPv6 unicast are installed in the kernel.',
      '`next-hop` applies to unicast and multicast only: labels and VNIs belong to the next hop as received.',
      `The families with a name are ${FAMILY_LIST}. Short names: ${SHORT_LIST}.`,
      'Any other family is configured by its numbers and the framing of its routes, which are then reflected octet by octet.',
    ],
    examples: [
      ['ipv4-unicast'],
      ['ipv4-unicast', 'l3vpn-ipv4-unicast', 'l2vpn-evpn'],
      ['ipv4-unicast', { afi: 16_397, safi: 70, nlri: 'length-bits' }],
    ],
    reload: 'reset',
  }),
  'hold-time': setting(holdTime, 90, {
    topic: 'session',
    description: 'Seconds without a message from the peer after which the session is closed.',
    details: [
      'The lower of the values that both sides offer is used (RFC 4271 section 4.2).',
      '0: no hold timer and no keepalives.',
    ],
    examples: [240],
    reload: 'reset',
  }),
  'keepalive-time': setting(seconds(1, 21_845), null, {
    topic: 'session',
    description: 'Seconds between keepalives.',
    details: ['At most a third of the negotiated hold time.'],
    defaultWords: 'a third of the negotiated hold time',
    examples: [30],
    reload: 'reset',
  }),
  passive: setting(flag, false, {
    topic: 'session',
    description: 'Waits for the peer to connect and never connects to it.',
    details: ['Peers of a dynamic range are always passive.'],
    examples: [true],
    reload: 'live',
  }),
  'connect-retry-time': setting(seconds(1, 65_535), 5, {
    topic: 'session',
    description: 'Seconds between two connection attempts.',
    details: [
      'A random jitter shortens it by up to a quarter (RFC 4271 section 10).',
      'While attempts fail it doubles, up to four times the value or 120 seconds.',
    ],
    examples: [30],
    reload: 'live',
  }),
  'delay-open-time': setting(seconds(0, 240), 0, {
    topic: 'session',
    description: "Seconds to wait for the peer's OPEN before sending our own (RFC 4271 section 8.1.1).",
    details: ['0: the OPEN is sent at once.'],
    examples: [2],
    reload: 'live',
  }),
  'idle-hold-time': setting(seconds(0, 3_600), 1, {
    topic: 'session',
    description: 'Seconds that a peer stays in Idle after its session failed (RFC 4271 section 8.1).',
    details: [
      'It doubles with each further failure, up to `idle-hold-max-time`.',
      'The first failure of an established session does not count.',
      'Neither does a lost connection or a CEASE from the peer: these only delay the next connection attempt.',
      '0: no delay.',
    ],
    examples: [5],
    reload: 'live',
  }),
  'idle-hold-max-time': setting(seconds(0, 86_400), 60, {
    topic: 'session',
    description: 'Maximum of `idle-hold-time` while it doubles, in seconds.',
    examples: [300],
    reload: 'live',
  }),
  'next-hop': setting(nextHop, 'unchanged', {
    topic: 'attributes',
    description: 'Next hop of the routes that are advertised to the peer.',
    details: [
      '- `unchanged`: the next hop as received.',
      '- `self`: the address of this side of the session. Packets are then forwarded by this host.',
      '- An address. Packets are then forwarded by the host with this address.',
      '- A mapping with one of these per family. The default of each family is `unchanged`.',
      'With `self`, a session over IPv4 advertises no IPv6 prefixes, and a session over IPv6 advertises IPv4 prefixes',
      'only with [`extended-next-hop`](#extended-next-hop).',
      'A link-local next hop is not advertised unchanged.',
    ],
    examples: ['self', '192.0.2.1', { 'ipv6-unicast': 'self' }],
    reload: 'soft',
  }),
  'default-route-target': setting(flag, false, {
    topic: 'families',
    description:
      'Asks the peer for all routes of VPNs, with the default membership of RFC 4684, if it negotiates `rt-constrain`.',
    details: [
      'Without it the peer sends the routes with the route targets that other peers ask for.',
      'Use it where peers without `rt-constrain` need these routes, too. GoBGP 3.10 crashes when it receives the default membership.',
    ],
    examples: [true],
    reload: 'soft',
  }),
  aigp: setting(flag, null, {
    topic: 'attributes',
    description: 'Accepts and sends the accumulated IGP metric (AIGP, RFC 7311).',
    details: [
      'Best path selection compares AIGP right after LOCAL_PREF. The metric is advertised as received.',
      '`false`: the attribute is removed in both directions.',
      'Use `true` for an eBGP peer only if it is under the same administration (RFC 7311 section 3.4).',
    ],
    defaultWords: '`true`, eBGP: `false`',
    examples: [true],
    reload: 'reset',
  }),
  'enforce-first-as': setting(flag, true, {
    topic: 'attributes',
    description: "Requires the AS_PATH of an eBGP peer to begin with the peer's AS number (RFC 4271 section 6.3).",
    details: [
      'Other routes are unusable and treated as withdrawn; `show rib` shows the reason.',
      'Use `false` for a route server, which does not add its own AS number.',
    ],
    examples: [false],
    reload: 'soft',
  }),
  'allow-own-as': setting(ownAsCount, 0, {
    topic: 'attributes',
    description: 'How often the AS number of this router may occur in the AS_PATH of a usable route.',
    details: [
      'For sites that share an AS number and reach each other through another AS.',
      '0: such a route is a loop (RFC 4271 section 9.1.2).',
    ],
    examples: [1],
    reload: 'soft',
  }),
  'local-as': setting(localAs, null, {
    topic: 'attributes',
    description: 'AS number of this router toward an eBGP peer, for the migration of an AS (RFC 7705).',
    details: [
      'The OPEN has this number instead of `router.as` or the confederation identifier.',
      "Advertised routes have it in front of the router's own AS number, or instead of it with `replace-as`.",
      'It is prepended to the AS_PATH of received routes, unless `no-prepend` is set.',
      'Both numbers count for [`allow-own-as`](#allow-own-as).',
      'It must not be the AS number of the peer. `false` removes the `local-as` of the group.',
    ],
    defaultWords: 'none',
    examples: [64_999, { as: 64_999, 'no-prepend': true, 'replace-as': true }],
    reload: 'reset',
  }),
  'as-override': setting(flag, false, {
    topic: 'attributes',
    description: "Replaces the peer's AS number in AS_PATH by ours toward an eBGP peer.",
    details: ["Sites that share an AS number then accept each other's routes."],
    examples: [true],
    reload: 'soft',
  }),
  'remove-private-as': setting(removePrivateAs, false, {
    topic: 'attributes',
    description: 'Removes private AS numbers from AS_PATH toward an eBGP peer.',
    details: [
      '- `true`: removes all of them if the path has no other AS numbers, else none.',
      '- `all`: removes all of them.',
      '- `replace`: replaces each of them by our AS number.',
      'Private AS numbers are 64512 to 65534 and 4200000000 to 4294967294 (RFC 6996).',
      "The peer's own AS number stays, because the peer needs it to detect loops: `true` does not change such a path.",
    ],
    examples: [true, 'all', 'replace'],
    reload: 'soft',
  }),
  'extended-next-hop': setting(flag, null, {
    topic: 'families',
    description: 'Offers IPv4 routes with IPv6 next hops (RFC 8950).',
    details: [
      'Such routes are received and advertised if the peer offers it as well; other peers are not sent them.',
      'On a session over IPv6, `next-hop: self` needs it for IPv4 routes.',
    ],
    defaultWords: '`true` for a peer with `interface`, else `false`',
    examples: [true],
    reload: 'reset',
  }),
  'add-path': setting(addPath, null, {
    topic: 'families',
    description: 'Several paths of a prefix (ADD-PATH, RFC 7911).',
    details: ['A peer without ADD-PATH is sent only the best path.'],
    defaultWords: '`{ receive: false, send: best }`',
    examples: [{ receive: true, send: 'all' }],
    reload: 'reset',
  }),
  'graceful-restart': setting(gracefulRestart, null, {
    topic: 'restart',
    description: 'Graceful restart (RFC 4724) and its notification mode (RFC 8538).',
    details: [
      '- `full`: asks the peer to keep our routes for `time` seconds after a lost session or a planned stop; includes `helper`.',
      '- `helper`: keeps the routes of a peer with graceful restart while its connection is lost, until it has advertised them again.',
      '- `off`: routes are removed when the session is lost.',
      'Routes of a peer are kept for the restart time that it asked for, at most `stale-time` seconds.',
      'A NOTIFICATION from a peer with the N bit (RFC 8538) does not end that; a hard reset does.',
    ],
    defaultWords: '`{ mode: full, time: 120, stale-time: 360 }`',
    examples: [{ time: 300 }, { mode: 'helper', 'stale-time': 60 }, { mode: 'off' }],
    reload: 'reset',
  }),
  llgr: setting(longLived, null, {
    topic: 'restart',
    description: 'Long-lived graceful restart (RFC 9494).',
    details: [
      'It continues `graceful-restart`: routes of a peer that is not back within the restart time are kept as a last resort.',
      'They are kept as long as both sides allow, and advertised only to peers that support LLGR.',
      '`time: 0` turns it off.',
    ],
    defaultWords: '`{ time: 86400 }`',
    examples: [{ time: 604_800 }, { time: 0 }],
    reload: 'reset',
  }),
  'extended-messages': setting(flag, true, {
    topic: 'session',
    description: 'Offers messages of up to 65,535 octets (RFC 8654).',
    details: [
      'They are sent to a peer that offers it as well.',
      'Without it the maximum is 4,096 octets, and a route whose attributes do not fit is withdrawn.',
    ],
    examples: [false],
    reload: 'reset',
  }),
  'bgp-role': setting(oneOf('role', ROLES), null, {
    topic: 'identity',
    description: 'Role of this router toward an eBGP peer (RFC 9234).',
    details: [
      '- `provider`, `customer` or `peer`.',
      '- `rs`: this router is a route server; `rs-client`: the peer is one.',
      'The OPEN carries the role; a peer whose role does not match is rejected.',
      'Routes are marked with ONLY_TO_CUSTOMER, so that route leaks are detected.',
    ],
    defaultWords: 'none',
    examples: ['peer', 'customer'],
    reload: 'reset',
  }),
  'bgp-role-strict': setting(flag, false, {
    topic: 'identity',
    description: 'Rejects a peer that does not send its role (RFC 9234 section 4.2).',
    details: ['Needs `bgp-role`.'],
    examples: [true],
    reload: 'reset',
  }),
  'enhanced-route-refresh': setting(flag, true, {
    topic: 'session',
    description: 'Marks the beginning and the end of a route refresh (RFC 7313).',
    details: ['Routes that were not advertised again in between are then removed.'],
    examples: [false],
    reload: 'reset',
  }),
  'send-hold-time': setting(seconds(0, 65_535), null, {
    topic: 'session',
    description: 'Seconds after which a session is closed whose peer does not read (RFC 9687).',
    details: ['It applies even if the peer still sends keepalives. 0: off.'],
    defaultWords: '480, or twice the hold time if that is more',
    examples: [600],
    reload: 'live',
  }),
  'best-external': setting(flag, false, {
    topic: 'families',
    description: 'Advertises the best path that may be sent to the peer if the best path may not.',
    details: ['For example when the best path was learned from another peer that is not a client.'],
    examples: [true],
    reload: 'soft',
  }),
  damping: setting(damping, null, {
    topic: 'damping',
    description: 'Route flap damping (RFC 2439) with the parameters of RFC 7196.',
    details: [
      'A prefix that the peer withdraws or changes repeatedly is suppressed for a while.',
      'The penalty is kept when the session is lost; the loss counts as a withdrawal of all its prefixes.',
      'For eBGP peers.',
    ],
    defaultWords: 'none: no damping',
    examples: [{ suppress: 6000 }, { mode: 'off' }],
    reload: 'soft',
  }),
  'max-prefix': setting(maxPrefix, null, {
    topic: 'limits',
    description: 'Maximum number of prefixes that the peer may advertise per family (RFC 4271 section 6.7).',
    details: ['A session that is closed by it gets Cease / Maximum Number of Prefixes Reached (RFC 4486).'],
    defaultWords: 'none',
    examples: [
      { limit: 1000, 'warn-percent': 80, action: 'restart', 'restart-time': 60 },
      { limit: 500, action: 'block', families: { 'ipv6-unicast': { limit: 100 } } },
    ],
    reload: 'soft',
  }),
  'max-paths-per-prefix': setting(maxPathsPerPrefix, 4096, {
    topic: 'limits',
    description: 'Maximum number of paths of one prefix from a peer with ADD-PATH (RFC 7911).',
    details: [
      'Further paths are discarded until one of the prefix is withdrawn; the session stays up (RFC 4271 section 6.7 a).',
      '`show peer` and the event `peer.paths-refused` report it.',
      'When there is room again, the peer is asked for its routes (RFC 2918).',
      'Use `max-prefix` to limit all paths together.',
    ],
    examples: [64, 'none'],
    reload: 'soft',
  }),
  'max-prefix-out': setting(maxPrefixOut, null, {
    topic: 'limits',
    description: 'Maximum number of prefixes that are advertised to the peer per family.',
    details: [
      'With `action: block` the first prefixes up to the limit are advertised.',
      'The limit then holds for the whole update group, including prefixes learned from the peer itself.',
    ],
    defaultWords: 'none',
    examples: [{ limit: 1000, action: 'block' }],
    reload: 'soft',
  }),
  'attribute-memory': setting(attributeMemory, 64, {
    topic: 'limits',
    description: 'Maximum memory for the attribute sets of the peer, in MiB.',
    details: [
      'Each distinct set that the peer advertised first and still uses counts with its octets and 64 more.',
      'A full Internet table needs about 40 MiB. A warning is logged at 80 percent.',
      'Beyond the limit the session is closed with Cease / Out of Resources (RFC 4486) for 60 seconds.',
      '`none`: no limit.',
    ],
    examples: [256, 'none'],
    reload: 'soft',
  }),
  import: setting(policyChain, null, {
    topic: 'identity',
    description: 'Policies for routes from the peer: `accept`, `reject`, or the names of `policies`, in their order.',
    details: [
      'The first rule that accepts or rejects a route ends the chain; its last policy must decide. See docs/POLICY.md.',
      'An eBGP peer needs an explicit policy (RFC 8212); iBGP and confederation peers do not.',
    ],
    defaultWords: '`accept`, eBGP: `reject`',
    examples: ['accept', ['hygiene', 'customer-in', 'accept']],
    reload: 'soft',
  }),
  export: setting(policyChain, null, {
    topic: 'identity',
    description: 'Policies for routes that are advertised to the peer, as for `import`.',
    details: ['An eBGP peer needs an explicit policy (RFC 8212); iBGP and confederation peers do not.'],
    defaultWords: '`accept`, eBGP: `reject`',
    examples: ['accept', ['to-switches']],
    reload: 'soft',
  }),
  labels: setting(
    labels,
    {},
    {
      topic: 'identity',
      description: 'Labels that policies compare with `from` and `to`.',
      details: ['`peer`, `group`, `role`, `client` and `session` are not labels: policies know them anyway.'],
      examples: [{ region: 'eu' }],
      reload: 'soft',
    },
  ),
  'keep-rejected': setting(flag, true, {
    topic: 'identity',
    description:
      'Keeps routes that the import policy rejects, so that they are shown and a reload needs no route refresh.',
    details: ['`max-prefix` with `of: received` limits their number. `false` drops them.'],
    examples: [false],
    reload: 'soft',
  }),
  description: setting(description, '', {
    topic: 'identity',
    description: 'Free text that is shown with the peer.',
    details: ['Commands accept it as the name of the peer if it is unique.'],
    examples: ['leaf 1'],
    reload: 'live',
  }),
  shutdown: setting(flag, false, {
    topic: 'identity',
    description: 'Keeps the peer administratively down.',
    details: ['The peer stays configured; its connections are refused.'],
    examples: [true],
    reload: 'reset',
  }),
  port: setting(port, 179, {
    topic: 'session',
    description: 'TCP port of the peer to connect to.',
    examples: [1179],
    reload: 'live',
  }),
  'local-address': setting(hostAddress, null, {
    topic: 'session',
    description: 'Source address of connections to the peer.',
    defaultWords: 'chosen by the kernel',
    examples: ['10.99.0.1'],
    reload: 'reset',
  }),
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
} as const;

export type SettingName = keyof typeof SETTINGS;

type Shape = { [Name in SettingName]: (typeof SETTINGS)[Name]['type'] };

/** The settings as the keys of an object, each optional. */
export const SETTINGS_SHAPE = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { type }]) => [name, type]),
) as unknown as Shape;

/** Settings as one group or peer has them; a missing one is inherited. */
export type Settings = { [Name in SettingName]?: z.output<Shape[Name]> | undefined };
