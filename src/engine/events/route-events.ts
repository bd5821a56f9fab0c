/** The rows of the event catalogue for routes: limits of them, UPDATEs, update groups and families. */
import { eventRow } from './event-row.ts';

/** Which prefixes a limit counts. */
const COUNTED = ['received', 'accepted', 'advertised'] as const;

/** How a malformed UPDATE is handled (RFC 7606). */
const VERDICTS = ['discard', 'withdraw', 'reset'] as const;

export const ROUTE_EVENTS = {
  'peer.prefixes-near-limit': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'The number of prefixes is near a limit. Reported once, and again only after it was well below.',
    message: '{peer}: {count} [prefix|prefixes] of {family} {of}, the limit is {limit}',
    fields: { peer: 'text', family: 'text', of: COUNTED, count: 'number', limit: 'number' },
  }),
  'peer.prefixes-below-limit': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'The number of prefixes was near or over a limit, and is well below it again.',
    message: '{peer}: {count} [prefix|prefixes] of {family} {of}, well below the limit of {limit} again',
    fields: { peer: 'text', family: 'text', of: COUNTED, count: 'number', limit: 'number' },
  }),
  'peer.prefix-limit': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'The number of prefixes is over a limit. Further prefixes are rejected or not advertised (block), the session is closed (restart, shutdown), or there is only this warning (warn).',
    message: '{peer}: more than {limit} [prefix|prefixes] of {family} {of} ({action}): {remedy}',
    fields: {
      peer: 'text',
      family: 'text',
      of: COUNTED,
      limit: 'number',
      action: ['warn', 'block', 'restart', 'shutdown'],
      remedy: 'text',
    },
  }),
  'peer.attributes-near-limit': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'The memory of the attribute sets of a peer is near `attribute-memory`. Reported once, and again only after it was well below.',
    message: '{peer}: the attribute sets use {octets} [octet|octets], the limit is {limit}',
    fields: { peer: 'text', octets: 'number', limit: 'number' },
  }),
  'peer.attribute-limit': eventRow({
    component: 'peer',
    level: 'error',
    limitBy: 'peer',
    meaning:
      'The attribute sets of a peer use more than `attribute-memory`, or those of all peers more than `router.attribute-memory` and this peer has the largest share. Its session is closed for a time (Cease / Out of Resources).',
    message: '{peer}: {reason}; {remedy}',
    fields: {
      peer: 'text',
      scope: ['peer', 'total'],
      octets: 'number',
      limit: 'number',
      reason: 'text',
      remedy: 'text',
    },
  }),
  'peer.paths-refused': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'A peer with ADD-PATH announced more paths of one prefix than its limit. Further paths are rejected. Reported once, and again only after a route refresh.',
    message: '{peer}: more than {limit} [path|paths] of {prefix} ({family}), further paths are rejected: {remedy}',
    fields: { peer: 'text', family: 'text', prefix: 'text', limit: 'number', remedy: 'text' },
  }),
  'group.paths-cut': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'name',
    meaning: 'A prefix has more paths than are advertised to an update group (ADD-PATH). Only the best ones are.',
    message:
      'update group {group} ({family}): {prefixes} [prefix has|prefixes have] more than {limit} [path|paths]; the others are not advertised (`show cut`)',
    fields: { group: 'number', family: 'text', prefixes: 'number', limit: 'number' },
  }),
  'group.too-long': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'name',
    meaning:
      'The attributes of a path and its prefix do not fit into a message of maximum length. The path is not advertised.',
    message:
      'update group {group} ({family}): {prefixes} [prefix does|prefixes do] not fit into a message of {octets} [octet|octets], so the path is not advertised',
    fields: { group: 'number', family: 'text', prefixes: 'number', octets: 'number' },
  }),
  'group.attribute-dropped': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'name',
    meaning:
      'An attribute of a route does not fit into a message of maximum length. The route is advertised without it (RFC 9552 5.3).',
    message:
      'update group {group} ({family}): {prefixes} [prefix does|prefixes do] not fit into a message of {octets} [octet|octets] with {attribute}; advertised without it',
    fields: { group: 'number', family: 'text', prefixes: 'number', octets: 'number', attribute: 'text' },
  }),
  'family.disabled': eventRow({
    component: 'update',
    level: 'error',
    limitBy: 'peer',
    meaning:
      'The peer sent routes of a family that cannot be read. The family is disabled until the session ends (RFC 4760 7): its routes were removed, and further ones are ignored.',
    message:
      '{peer} sent {family} routes that cannot be read; the family is disabled until the session is reset, {paths} [path is|paths are] removed',
    fields: { peer: 'text', family: 'text', paths: 'number' },
  }),
  'family.end-of-rib': eventRow({
    component: 'peer',
    level: 'debug',
    limitBy: 'peer',
    meaning: 'The initial exchange of a family is complete in one direction (End-of-RIB, RFC 4724).',
    message: '{peer}: End-of-RIB {direction} for {family} after {prefixes} [prefix|prefixes]',
    fields: { peer: 'text', family: 'text', direction: ['received', 'sent'], prefixes: 'number' },
  }),
  'update.malformed': eventRow({
    component: 'update',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'An UPDATE was malformed. The verdict (RFC 7606) is how it was handled.',
    message: '{peer} sent a malformed UPDATE, error in {part}: {problem}; verdict {verdict}',
    fields: {
      peer: 'text',
      verdict: VERDICTS,
      attribute: 'text?',
      attributeCode: 'number?',
      part: 'text',
      problem: 'text',
    },
  }),
  'update.damped': eventRow({
    component: 'update',
    level: 'info',
    limitBy: 'peer',
    meaning:
      'A prefix of a peer flaps so often that it is suppressed for a time (RFC 2439); `show damped` shows how long. Reported for at most ten prefixes per peer and second.',
    message:
      '{peer}: {prefix} ({family}) flaps and is suppressed; fix the cause at the peer, or use `reflectord undamp`',
    fields: { peer: 'text', family: 'text', prefix: 'text' },
  }),
  'update.undamped': eventRow({
    component: 'update',
    level: 'info',
    limitBy: 'peer',
    meaning: 'A prefix that was suppressed for flapping is usable again.',
    message: '{peer}: {prefix} ({family}) is no longer suppressed',
    fields: { peer: 'text', family: 'text', prefix: 'text' },
  }),
  'update.next-hop-warning': eventRow({
    component: 'update',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'A next hop is an address of this router, or of another peer that the route did not pass. Reported once per next hop, and again after an hour at the earliest if its routes were withdrawn meanwhile.',
    message: '{peer} sends routes with the next hop {nextHop}: {reason}',
    fields: { peer: 'text', nextHop: 'text', reason: 'text' },
  }),
} as const;
