/** What rules set, as functions that change the route: one row for each kind. */
import { type Action, type CommunityValue, MAX_WEIGHT, type Numbers } from '../../spec/policy.ts';
import { neighborAs, SEGMENT, SEGMENT_LIMIT } from '../../wire/attributes/as-path.ts';
import { put32, u32 } from '../../wire/bytes.ts';
import { AFI, FAMILIES, SAFI } from '../../wire/families.ts';
import { type CommunityKind, CommunityPatterns, KINDS, OCTETS } from '../match/community-patterns.ts';
import { includes } from '../match/numbers.ts';
import type { Field } from '../route/field.ts';
import { NONE, type Route } from '../route/route.ts';
import { fieldOf } from './conditions.ts';

export type Apply = (route: Route) => void;

/** The numbers of this router in the session of the chain. */
export interface Ourselves {
  /** Our AS number toward the peer. */
  readonly as: number;
  /** IPv4 prefixes may have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean;
}

type Compile<Kind> = (action: Action & { readonly kind: Kind }, our: Ourselves) => Apply;

const MAX_U32 = 0xffff_ffff;
const LINK_BANDWIDTH = 0x04;
/** Optional non-transitive extended community of a 2-octet AS. */
const NON_TRANSITIVE_AS = 0x40;
const AS_TRANS = 23_456;

const ROWS: { readonly [Kind in Action['kind']]: Compile<Kind> } = {
  'local-pref':
    ({ relative, value }) =>
    (route) => {
      route.localPref = relative ? clamp(route.localPref + value) : value;
    },
  weight:
    ({ relative, value }) =>
    (route) => {
      route.weight = Math.min(MAX_WEIGHT, relative ? Math.max(0, route.weight + value) : value);
    },
  med:
    ({ relative, value }) =>
    (route) => {
      route.med = relative ? clamp(Math.max(0, route.med) + value) : value;
      route.medDecided = true;
    },
  'med-remove': () => (route) => {
    route.med = NONE;
    route.medDecided = true;
  },
  aigp:
    ({ relative, value }) =>
    (route) => {
      route.aigp = relative ? Math.max(0, Math.max(0, route.aigp) + value) : value;
    },
  origin:
    ({ value }) =>
    (route) => {
      route.origin = value;
    },
  'communities-add': ({ values }) => {
    const kinds = byKind(values);
    return (route) => {
      for (const { kind, octets } of kinds) add(fieldOf(route, kind), octets, OCTETS[kind]);
    };
  },
  'communities-replace': ({ values }) => {
    const kinds = byKind(values);
    return (route) => {
      for (const kind of KINDS) clear(fieldOf(route, kind));
      for (const { kind, octets } of kinds) add(fieldOf(route, kind), octets, OCTETS[kind]);
    };
  },
  'communities-remove': ({ patterns }) => {
    const compiled = new CommunityPatterns(patterns);
    const kinds = KINDS.filter((kind) => compiled.has(kind));
    return (route) => {
      for (const kind of kinds) remove(fieldOf(route, kind), kind, compiled);
    };
  },
  'as-prepend':
    ({ as, times }, our) =>
    ({ asPath }) => {
      const number = as === 'own' ? our.as : as === 'neighbor' ? neighborOf(asPath) : as;
      if (number !== 0) prepend(asPath, number, times);
    },
  'as-remove':
    ({ as }) =>
    ({ asPath }) =>
      rewritePath(asPath, as, 0),
  'as-replace':
    ({ as, with: by }, our) =>
    ({ asPath }) =>
      rewritePath(asPath, as, by === 'own' ? our.as : by),
  'next-hop':
    ({ to }, our) =>
    (route) =>
      setNextHop(route, to, our.extendedNextHop),
  'link-bandwidth': ({ rate }, our) => {
    const octets = bandwidthOctets(rate, our.as);
    return ({ extended }) => {
      removeWhere(extended, OCTETS.extended, isBandwidth);
      add(extended, octets, OCTETS.extended);
    };
  },
};

/** An action as a function that changes the route. */
export function compileAction(action: Action, our: Ourselves): Apply {
  return (ROWS[action.kind] as Compile<Action['kind']>)(action as never, our);
}

function clamp(value: number): number {
  return Math.min(MAX_U32, Math.max(0, value));
}

function byKind(values: readonly CommunityValue[]): { kind: CommunityKind; octets: Uint8Array }[] {
  return KINDS.map((kind) => ({
    kind,
    octets: Uint8Array.from(values.filter((value) => value.kind === kind).flatMap(({ octets }) => octets)),
  })).filter(({ octets }) => octets.length > 0);
}

function clear(field: Field): void {
  if (field.start === field.end) return;
  field.begin();
  field.finish();
}

/** Appends those that are not there yet. */
function add(field: Field, octets: Uint8Array, size: number): void {
  let isAll = true;
  for (let at = 0; at < octets.length && isAll; at += size) isAll = holds(field, octets, at, size);
  if (isAll) return;
  const { bytes, start, end } = field;
  field.begin();
  field.put(bytes, start, end);
  for (let at = 0; at < octets.length; at += size) {
    if (!holdsIn(bytes, start, end, octets, at, size) && !holdsIn(octets, 0, at, octets, at, size)) {
      field.put(octets, at, at + size);
    }
  }
  field.finish();
}

function holds({ bytes, start, end }: Field, octets: Uint8Array, at: number, size: number): boolean {
  return holdsIn(bytes, start, end, octets, at, size);
}

function holdsIn(list: Uint8Array, start: number, end: number, octets: Uint8Array, at: number, size: number): boolean {
  for (let each = start; each < end; each += size) {
    let same = 0;
    while (same < size && list[each + same] === octets[at + same]) same++;
    if (same === size) return true;
  }
  return false;
}

function remove(field: Field, kind: CommunityKind, patterns: CommunityPatterns): void {
  removeWhere(field, OCTETS[kind], (bytes, at) => patterns.matches(kind, bytes, at));
}

function removeWhere(field: Field, size: number, matches: (bytes: Uint8Array, at: number) => boolean): void {
  const { bytes, start, end } = field;
  let at = start;
  while (at < end && !matches(bytes, at)) at += size;
  if (at === end) return;
  field.begin();
  field.put(bytes, start, at);
  for (at += size; at < end; at += size) if (!matches(bytes, at)) field.put(bytes, at, at + size);
  field.finish();
}

/** The leftmost AS of the path; 0: it is empty, or begins with a set. */
function neighborOf({ bytes, start, end }: Field): number {
  return neighborAs(bytes, start, end);
}

const prepended = new Uint8Array(2 + SEGMENT_LIMIT * 4);

/** RFC 4271 5.1.2: into the first segment if that is a sequence with room, otherwise as a new one. */
function prepend(field: Field, as: number, times: number): void {
  const { bytes, start, end } = field;
  const joins = start < end && bytes[start] === SEGMENT.sequence && bytes[start + 1] + times <= SEGMENT_LIMIT;
  prepended[0] = SEGMENT.sequence;
  prepended[1] = joins ? bytes[start + 1] + times : times;
  for (let i = 0; i < times; i++) put32(prepended, 2 + i * 4, as);
  field.begin();
  field.put(prepended, 0, 2 + times * 4);
  field.put(bytes, joins ? start + 2 : start, end);
  field.finish();
}

/** Replaces the numbers of a set by `by`; 0: removes them, and segments that become empty. */
function rewritePath(field: Field, as: Numbers, by: number): void {
  const { bytes, start, end } = field;
  if (!occurs(bytes, start, end, as)) return;
  field.begin();
  for (let at = start; at < end; ) {
    const next = at + 2 + bytes[at + 1] * 4;
    if (bytes[at] > SEGMENT.sequence) field.put(bytes, at, next);
    else putSegment(field, bytes, at, next, as, by);
    at = next;
  }
  field.finish();
}

function occurs(bytes: Uint8Array, start: number, end: number, as: Numbers): boolean {
  for (let at = start; at < end; ) {
    const next = at + 2 + bytes[at + 1] * 4;
    const isOurs = bytes[at] <= SEGMENT.sequence;
    for (at += 2; at < next; at += 4) if (isOurs && includes(as, u32(bytes, at))) return true;
  }
  return false;
}

function putSegment(field: Field, bytes: Uint8Array, at: number, next: number, as: Numbers, by: number): void {
  prepended[0] = bytes[at];
  let pos = 2;
  for (let each = at + 2; each < next; each += 4) {
    const number = u32(bytes, each);
    const becomes = includes(as, number) ? by : number;
    if (becomes !== 0) pos = put32(prepended, pos, becomes);
  }
  prepended[1] = (pos - 2) >> 2;
  if (pos > 2) field.put(prepended, 0, pos);
}

/** An address that does not fit the family leaves the next hop as it is. */
function setNextHop(route: Route, to: 'self' | 'peer' | 'unchanged' | Uint8Array, extended: boolean): void {
  // Next hops of other families are more than an address (RFC 4364 4.3.2).
  if (FAMILIES[route.family].safi !== SAFI.unicast) return;
  if (to === 'unchanged') {
    route.nextHopDecided = true;
    route.newNextHop = null;
    return;
  }
  const address = to === 'self' ? route.selfAddress : to === 'peer' ? route.peerAddress : to;
  const isWide = FAMILIES[route.family].afi === AFI.ipv6;
  const fits = address.length === 16 ? isWide || extended : address.length === 4 && !isWide;
  if (!fits) return;
  route.nextHopDecided = true;
  route.newNextHop = address;
}

function isBandwidth(bytes: Uint8Array, at: number): boolean {
  return (bytes[at] & 0xbf) === 0 && bytes[at + 1] === LINK_BANDWIDTH;
}

function bandwidthOctets(rate: number, as: number): Uint8Array {
  const octets = new Uint8Array(OCTETS.extended);
  const view = new DataView(octets.buffer);
  octets[0] = NON_TRANSITIVE_AS;
  octets[1] = LINK_BANDWIDTH;
  view.setUint16(2, as > 0xffff ? AS_TRANS : as);
  view.setFloat32(4, rate);
  return octets;
}
