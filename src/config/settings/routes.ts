/** Settings of a peer or a group: families and the attributes of routes. */
import { localAs, ownAsCount, removePrivateAs } from '../values/as-numbers.ts';
import {
  addPath,
  DEFAULT_FAMILIES,
  FAMILY_NAMES,
  type FamilySetting,
  families,
  nextHop,
  SHORT_NAMES,
} from '../values/families.ts';
import { flag } from '../values/values.ts';
import { setting } from './setting.ts';

const FAMILY_LIST = FAMILY_NAMES.map((name) => `\`${name}\``).join(', ');
const SHORT_LIST = SHORT_NAMES.map((name) => `\`${name}\``).join(', ');

export const ROUTES = {
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
  'add-path': setting(addPath, null, {
    topic: 'families',
    description: 'Several paths of a prefix (ADD-PATH, RFC 7911).',
    details: ['A peer without ADD-PATH is sent only the best path.'],
    defaultWords: '`{ receive: false, send: best }`',
    examples: [{ receive: true, send: 'all' }],
    reload: 'reset',
  }),
  'best-external': setting(flag, false, {
    topic: 'families',
    description: 'Advertises the best path that may be sent to the peer if the best path may not.',
    details: ['For example when the best path was learned from another peer that is not a client.'],
    examples: [true],
    reload: 'soft',
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
  'prefix-sid': setting(flag, null, {
    topic: 'attributes',
    description:
      'Accepts and sends the segment identifiers of prefixes and SRv6 services (PREFIX_SID, RFC 8669, RFC 9252).',
    details: [
      'The attribute is advertised as received. `false`: it is removed in both directions, and the routes stay.',
      'Use `true` for an eBGP peer only if it is in the same domain of segment routing (RFC 8669 section 4).',
    ],
    defaultWords: '`true`, eBGP: `false`',
    examples: [true],
    reload: 'reset',
  }),
  'flowspec-validation': setting(flag, null, {
    topic: 'families',
    description:
      'Validates flow specifications of the peer by the unicast routes to their destinations (RFC 8955 section 6).',
    details: [
      'A rule is feasible if its destination prefix is covered by a unicast route of the same originator, no more specific',
      'route within it is from another neighbor AS, and its AS_PATH begins with the AS of that unicast route (RFC 9117).',
      'In iBGP a rule with an empty AS_PATH is feasible whatever the unicast routes are (RFC 9117 section 4.1).',
      'For VPNs, the routes of `l3vpn-ipv4-unicast` or `l3vpn-ipv6-unicast` with the same route distinguisher decide.',
      'Infeasible rules are not advertised, stay visible with the reason in `show rib`, and are validated again when a unicast',
      'route changes. So the reflector needs the unicast routes: a peer that sends them, too.',
      'Use `false` for an eBGP peer that may send any rule, such as a scrubbing center; limit it with `import`.',
    ],
    defaultWords: '`false`, eBGP: `true`',
    examples: [false],
    reload: 'soft',
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
} as const;
