/** A BGP message in one line of text, for the log of `debug`. */
import { formatIpv4 } from '../../lib/ip.ts';
import { nextHopText } from '../../rib/tables/next-hop-octets.ts';
import { ATTRIBUTE, VERDICT } from '../../wire/attributes/attribute-table.ts';
import { toShortHex } from '../../wire/bytes.ts';
import type { UpdateContext } from '../../wire/context.ts';
import { FAMILIES, type FamilyId, MAX_FAMILIES } from '../../wire/families.ts';
import { HEADER_LENGTH, MESSAGE } from '../../wire/message.ts';
import { decodeNotification, describeNotification } from '../../wire/notification.ts';
import { capabilityName, describeCapability, fourOctetAs } from '../../wire/open/capabilities.ts';
import { decodeOpen } from '../../wire/open/open.ts';
import { decodeRouteRefresh } from '../../wire/route-refresh.ts';
import { NlriReader } from '../../wire/update/nlri.ts';
import {
  describeAttributes,
  findAttribute,
  NormalizedAttributes,
  normalizeAttributes,
} from '../../wire/update/normalize.ts';
import { negotiatedFamily, scanUpdate, UpdateView } from '../../wire/update/update.ts';
import type { Session } from '../session/session.ts';

/** Routes of a message that are shown. */
const MAX_ROUTES = 20;
const IPV4 = 0 as FamilyId;
const REFRESH_KINDS = ['request', 'begin', 'end'];

const view = new UpdateView();
const reader = new NlriReader();
const normalized = new NormalizedAttributes();

/**
 * @param message with its header
 * @param session null: there is none yet, so an UPDATE cannot be read
 */
export function describeMessage(
  message: Uint8Array,
  direction: 'received' | 'sent',
  session: Pick<Session, 'negotiated' | 'ribPeer'> | null,
): string {
  const end = message.length;
  switch (message[HEADER_LENGTH - 1]) {
    case MESSAGE.open:
      return end < HEADER_LENGTH + 10 ? raw('OPEN', message) : describeOpen(message);
    case MESSAGE.update:
      if (end < HEADER_LENGTH + 4 || session === null) return raw('UPDATE', message);
      return describeUpdate(message, contextOf(session, direction));
    case MESSAGE.notification:
      if (end < HEADER_LENGTH + 2) return raw('NOTIFICATION', message);
      return `NOTIFICATION ${describeNotification(decodeNotification(message, 0, end))}`;
    case MESSAGE.keepalive:
      return 'KEEPALIVE';
    case MESSAGE.routeRefresh: {
      if (end < HEADER_LENGTH + 4) return raw('ROUTE-REFRESH', message);
      const { afi, safi, subtype } = decodeRouteRefresh(message, 0, end);
      return `ROUTE-REFRESH ${REFRESH_KINDS[subtype] ?? `subtype ${subtype}`}, ${familyName(afi, safi)}`;
    }
    default:
      return raw(`message of type ${message[HEADER_LENGTH - 1]}`, message);
  }
}

function raw(name: string, message: Uint8Array): string {
  return `${name}, ${message.length} octets: ${toShortHex(message.subarray(HEADER_LENGTH))}`;
}

function describeOpen(message: Uint8Array): string {
  const result = decodeOpen(message, 0, message.length);
  if (!result.ok) return `OPEN that cannot be read (${describeNotification(result.error)})`;
  const { version, myAs, holdTimeSeconds, routerId, capabilities } = result.open;
  const list = capabilities.map((one) => `${capabilityName(one.code)} ${describeCapability(one)}`.trim());
  const as = fourOctetAs(capabilities) ?? myAs;
  const head = `OPEN version ${version}, AS ${as}, hold time ${holdTimeSeconds} s, router id ${formatIpv4(routerId)}`;
  return list.length === 0 ? head : `${head}; ${list.join('; ')}`;
}

/** How the UPDATEs of a session are read, in this direction. */
function contextOf({ negotiated, ribPeer }: Pick<Session, 'negotiated' | 'ribPeer'>, direction: string): UpdateContext {
  const addPath = new Uint8Array(MAX_FAMILIES);
  const families = new Uint8Array(MAX_FAMILIES);
  for (const id of direction === 'sent' ? negotiated.addPathSend : negotiated.addPathReceive) addPath[id] = 1;
  for (const id of negotiated.families) families[id] = 1;
  return {
    as4: negotiated.as4,
    ebgp: ribPeer.ebgp,
    confederation: ribPeer.confederation,
    aigp: true,
    prefixSid: true,
    addPath,
    families,
    extendedNextHop: negotiated.extendedNextHop.length > 0,
  };
}

function describeUpdate(message: Uint8Array, context: UpdateContext): string {
  if (scanUpdate(message, 0, message.length, context, view) === VERDICT.reset)
    return `UPDATE that cannot be read (${describeNotification(view.notification())})`;
  if (view.isEndOfRib >= 0) return `UPDATE End-of-RIB ${FAMILIES[view.isEndOfRib]!.name}`;
  const parts = [
    listed('withdraw', IPV4, view.withdrawnStart, view.withdrawnEnd, context, true),
    view.unreachPresent ? ofFamily('withdraw', view.unreachAfi, view.unreachSafi, context, true) : '',
    listed('announce', IPV4, view.nlriStart, view.nlriEnd, context, false),
    view.reachPresent ? ofFamily('announce', view.reachAfi, view.reachSafi, context, false) : '',
  ].filter((part) => part !== '');
  const attributes = view.hasReachable ? attributesOf(context) : [];
  return `UPDATE ${[...parts, ...attributes].join('; ')}`.trim();
}

/** The routes of MP_REACH_NLRI or MP_UNREACH_NLRI. */
function ofFamily(verb: string, afi: number, safi: number, context: UpdateContext, withdrawn: boolean): string {
  const family = negotiatedFamily(afi, safi, context);
  if (family < 0) return `${verb} routes of ${familyName(afi, safi)}, which is not negotiated`;
  const [start, end] = withdrawn
    ? [view.unreachNlriStart, view.unreachNlriEnd]
    : [view.reachNlriStart, view.reachNlriEnd];
  return listed(verb, family as FamilyId, start, end, context, withdrawn);
}

function listed(
  verb: string,
  family: FamilyId,
  start: number,
  end: number,
  context: UpdateContext,
  withdrawn: boolean,
): string {
  const texts: string[] = [];
  let count = 0;
  reader.open(view.bytes, start, end, family, context.addPath[family] === 1, withdrawn);
  while (reader.next()) {
    count++;
    if (count <= MAX_ROUTES) texts.push(routeText(family, context.addPath[family] === 1));
  }
  if (count === 0) return '';
  const more = count > MAX_ROUTES ? ` and ${count - MAX_ROUTES} more` : '';
  return `${verb} ${texts.join(' ')}${more}`;
}

function routeText(family: FamilyId, hasPathId: boolean): string {
  const { codec, afi } = FAMILIES[family]!;
  const id = hasPathId ? ` id ${reader.pathId}` : '';
  if (codec !== null) return `${codec.format(reader.parts!.key.slice(0, reader.parts!.keyLength))}${id}`;
  const words = [reader.word0, reader.word1, reader.word2, reader.word3].slice(0, afi === 1 ? 1 : 4);
  const octets = Uint8Array.from(words.flatMap((word) => [word >>> 24, word >>> 16, word >>> 8, word]));
  return `${nextHopText(octets, 0, octets.length)}/${reader.prefixLength}${id}`;
}

function attributesOf(context: UpdateContext): string[] {
  const isClassic = view.nlriEnd > view.nlriStart;
  const verdict = normalizeAttributes(view, isClassic ? 0 : 1, context, normalized);
  if (verdict >= VERDICT.withdraw) return [`malformed attributes (${describeNotification(normalized.notification())})`];
  const { bytes, length } = normalized;
  const { others, ...known } = describeAttributes(bytes, 0, length);
  return [
    `next hop ${nextHop(isClassic)}`,
    `origin ${known.origin}`,
    `as-path ${known.asPath || 'empty'}`,
    ...named('local-pref', known.localPref),
    ...named('med', known.med),
    ...named('originator', known.originatorId),
    ...named('cluster-list', known.clusterList.join(' ')),
    ...named('communities', known.communities.join(' ')),
    ...named('large communities', known.largeCommunities.join(' ')),
    ...named('extended communities', known.extendedCommunities.join(' ')),
    ...named('aggregator', known.aggregator),
    ...(known.atomicAggregate ? ['atomic aggregate'] : []),
    ...others.map(({ name, text, value }) => `${name} ${text || value}`),
  ];
}

function nextHop(isClassic: boolean): string {
  if (!isClassic) return nextHopText(view.bytes, view.reachNextHopStart, view.reachNextHopLength);
  const at = findAttribute(normalized.bytes, 0, normalized.length, ATTRIBUTE.nextHop);
  return at < 0 ? 'none' : nextHopText(normalized.bytes, at + 3, 4);
}

function named(name: string, value: string | number | null): string[] {
  return value === null || value === '' ? [] : [`${name} ${value}`];
}

function familyName(afi: number, safi: number): string {
  return FAMILIES.find((family) => family.afi === afi && family.safi === safi)?.name ?? `AFI ${afi} SAFI ${safi}`;
}
