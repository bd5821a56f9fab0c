/** `show peer X`: the details of one peer and its session. */
import type {
  CapabilityView,
  FamilyView,
  LimitView,
  MessageCounts,
  PeerView,
  TimerView,
} from '../../engine/api/peer-views.ts';
import { type Fact, writeFacts } from '../text/facts.ts';
import type { Output } from '../text/output.ts';
import { type Column, writeTable } from '../text/table.ts';
import { count, formatBytes, formatDuration, formatMoment } from '../text/units.ts';
import { bfdFacts } from './bfd.ts';
import { labelOf, stateColor, stateName } from './peers.ts';

const FAMILY_COLUMNS: readonly Column<FamilyView>[] = [
  { title: 'FAMILY', value: (family) => family.family },
  { title: 'RECEIVED', value: (family) => String(family.received), align: 'right' },
  { title: 'ACCEPTED', value: (family) => String(family.accepted), align: 'right' },
  { title: 'ADVERTISED', value: (family) => String(family.advertised), align: 'right' },
  { title: 'ANNOUNCED', value: (family) => String(family.announced), align: 'right' },
  { title: 'WITHDRAWN', value: (family) => String(family.withdrawn), align: 'right' },
  { title: 'UPDATES SENT', value: (family) => String(family.updatesSent), align: 'right' },
  { title: 'WITHDRAWALS SENT', value: (family) => String(family.withdrawalsSent), align: 'right' },
  { title: 'END-OF-RIB', value: endOfRib },
  {
    title: 'UPDATE GROUP',
    value: (family) => (family.updateGroup === 0 ? '-' : String(family.updateGroup)),
    align: 'right',
  },
  {
    title: 'SENDING',
    value: (family) => family.sending,
    color: (family) => (family.sending === 'slow' ? 'red' : null),
  },
  { title: 'QUEUED', value: (family) => formatBytes(family.lagBytes), align: 'right' },
];

/** A capability as each side advertised it; '-' if a side did not. */
interface CapabilityRow {
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
}

const CAPABILITY_COLUMNS: readonly Column<CapabilityRow>[] = [
  { title: 'CAPABILITY', value: (row) => row.name },
  { title: 'OURS', value: (row) => row.ours },
  { title: 'THEIRS', value: (row) => row.theirs },
];

export async function writePeer(peers: AsyncIterable<PeerView>, output: Output): Promise<void> {
  for await (const peer of peers) {
    const label = labelOf(peer);
    await output.line(output.paint(`Peer ${peer.address}${label === '' ? '' : ` (${label})`}`, 'bold'));
    await writeFacts(factsOf(peer, output), output);
    if (peer.families.length > 0) await output.line();
    await writeTable(FAMILY_COLUMNS, peer.families, output, '  ');
    const rows = capabilityRows(peer);
    if (rows.length > 0) await output.line();
    await writeTable(CAPABILITY_COLUMNS, rows, output, '  ');
  }
}

function factsOf(peer: PeerView, output: Output): Fact[] {
  const state = output.paint(stateName(peer), stateColor(peer));
  return [
    ['State', `${state} for ${formatDuration(peer.sinceSeconds)}`],
    ...(peer.draining
      ? [['Draining', 'routes are advertised with GRACEFUL_SHUTDOWN; `undrain` ends this'] as const]
      : []),
    ['History', `established ${count(peer.established, 'time')}, dropped ${count(peer.dropped, 'time')}`],
    ['Last down', lastDown(peer)],
    ['Not connected', notConnected(peer)],
    ['Held down', heldDown(peer)],
    ['Graceful restart', restart(peer)],
    ['Damped', damped(peer)],
    ['Role', `${peer.role}${peer.group === '' ? '' : `, group ${peer.group}`}${peer.dynamic ? ', dynamic' : ''}`],
    ['Remote', peer.as === null ? null : `AS ${peer.as}, router id ${peer.routerId ?? 'unknown'}`],
    ['Software', peer.softwareVersion],
    ['Local AS', localAs(peer)],
    ['BGP role', bgpRole(peer)],
    ['Import', policy(peer.importPolicy, 'routes are not imported', output)],
    ['Export', policy(peer.exportPolicy, 'routes are not exported', output)],
    ['Rejected', rejected(peer)],
    ['Unusable', unusable(peer)],
    ['Connection', connection(peer)],
    ['Transport', describeTransport(peer.transport)],
    ['No session', peer.transport.problem === null ? null : output.paint(peer.transport.problem, 'red')],
    ['Timers', timers(peer)],
    ['Running', running(peer)],
    ...bfdFacts(peer.bfd, output),
    ['Next hops', nextHops(peer)],
    ...limitFacts(peer),
    ['Attribute sets', attributeSets(peer)],
    ['Path limit', pathsPerPrefix(peer)],
    ['Route targets', routeTargets(peer)],
    ['Received', traffic(peer.messagesIn, peer.messages.received, peer.bytesIn)],
    ['Sent', traffic(peer.messagesOut, peer.messages.sent, peer.bytesOut)],
  ];
}

/** Our AS number toward the peer, if `local-as` sets one. */
function localAs({ localAs: as, localAsUse: use }: PeerView): string | null {
  if (use === null) return null;
  const sent = use.replace ? `replaces AS ${use.routerAs}` : `prepended to AS ${use.routerAs}`;
  return `${as}: ${sent} in advertised routes, ${use.prepend ? 'prepended to' : 'not added to'} received routes (\`local-as\`)`;
}

/** The policies of a direction; without the policy that RFC 8212 requires, what follows from that. */
function policy(words: string | null, effect: string, output: Output): string | null {
  return words ?? output.paint(`none: ${effect}, an eBGP peer needs a policy (RFC 8212)`, 'red');
}

/** Routes that the import policy rejected. */
function rejected({ rejectedPaths, rejectedDropped }: PeerView): string | null {
  const parts = [
    ...(rejectedPaths === 0 ? [] : [`${count(rejectedPaths, 'path')} by the import policy (\`show rib --rejected\`)`]),
    ...(rejectedDropped === 0 ? [] : [`${count(rejectedDropped, 'announcement')} not kept (\`keep-rejected: false\`)`]),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

/** The BGP role of each side (RFC 9234). */
function bgpRole({ bgpRole: { ours, theirs }, state }: PeerView): string | null {
  if (ours === null && theirs === null) return null;
  const remote = theirs ?? (state === 'Established' ? 'not advertised' : 'not known yet');
  return `local ${ours ?? 'none (`bgp-role`)'}, remote ${remote}`;
}

/** Paths that are unusable because of their AS_PATH or their destination, and the setting that decides it. */
function unusable({ as, ownAsPaths, firstAsPaths, infeasiblePaths }: PeerView): string | null {
  const parts: string[] = [];
  if (ownAsPaths > 0) parts.push(`${count(ownAsPaths, 'path')} with our AS number (\`allow-own-as\`)`);
  if (firstAsPaths > 0) parts.push(`${count(firstAsPaths, 'path')} without AS ${as} in front (\`enforce-first-as\`)`);
  if (infeasiblePaths > 0)
    parts.push(`${count(infeasiblePaths, 'infeasible flow specification')} (\`flowspec-validation\`)`);
  return parts.length === 0 ? null : parts.join(', ');
}

/** Why there is no session, unless that is how the last one went down; and how often connecting failed. */
function notConnected(peer: PeerView): string | null {
  const { state, obstacle, obstacleSecondsAgo, lastConnectError, connectFailures } = peer;
  if (state === 'Established' || obstacle === null || obstacle === peer.lastDown) return null;
  const times = obstacle === lastConnectError ? ` (${count(connectFailures, 'failure')})` : '';
  return `${formatDuration(obstacleSecondsAgo ?? 0)} ago: ${obstacle}${times}`;
}

function lastDown(peer: PeerView): string {
  if (peer.lastDown === null) return 'never';
  const { lastDownSecondsAgo: ago, lastDown: why } = peer;
  return ago === null ? why : `${formatDuration(ago)} ago (${formatMoment(ago)}): ${why}`;
}

/** The stale paths of a lost session, and how long they are kept. */
function restart({ restart: view, families }: PeerView): string | null {
  if (view === null) return null;
  const stale = families.reduce((sum, family) => sum + family.stale, 0);
  const until = view.phase === 'synchronizing' ? 'for End-of-RIB' : 'for the session to be established again';
  return `${count(stale, 'stale path')} kept, waiting ${until}, at most ${formatDuration(view.remainingSeconds)}`;
}

/** Families that may have IPv6 next hops for IPv4 prefixes. */
function nextHops({ families }: PeerView): string | null {
  const extended = families.filter(({ extendedNextHop }) => extendedNextHop).map(({ family }) => family);
  return extended.length === 0 ? null : `IPv6 next hops for ${extended.join(', ')} (RFC 8950)`;
}

/** The limit that keeps the peer down. */
function heldDown({ heldDown: held }: PeerView): string | null {
  if (held === null) return null;
  const until =
    held.remainingSeconds === null
      ? 'until `reflectord reset` or a reload with another limit'
      : `for ${formatDuration(held.remainingSeconds)} more`;
  return `${until}: ${held.reason}`;
}

function limitFacts({ families }: PeerView): Fact[] {
  return families.flatMap(({ family, maxPrefix, maxPrefixOut }) =>
    [maxPrefix, maxPrefixOut].map((limit): Fact => ['Limit', limit === null ? null : limitText(family, limit)]),
  );
}

function limitText(family: string, { limit, warnAt, action, of, count: there, blocked, level }: LimitView): string {
  const kept = blocked === 0 ? '' : `, ${blocked} blocked`;
  const mark = level === 'below' ? '' : level === 'near' ? ' (near)' : ' (reached)';
  return `${family}: ${there} of ${limit} ${of}${mark}${kept}; warning at ${warnAt}, action ${action}`;
}

/** Memory of the attribute sets of the peer; null: it has none. */
function attributeSets({ attributeOctets, attributeLimit }: PeerView): string | null {
  if (attributeOctets === 0) return null;
  return `${formatBytes(attributeOctets)}${attributeLimit === null ? '' : ` of ${formatBytes(attributeLimit)}`}`;
}

/** The maximum number of paths per prefix, if the session has ADD-PATH. */
function pathsPerPrefix({ families }: PeerView): string | null {
  const limited = families.filter(({ maxPathsPerPrefix }) => maxPathsPerPrefix !== null);
  if (limited.length === 0) return null;
  const refused = limited.filter(({ pathsRefused }) => pathsRefused > 0);
  const words = refused.map(({ family, pathsRefused }) => `${count(pathsRefused, 'path')} of ${family} rejected`);
  return [`at most ${limited[0].maxPathsPerPrefix} paths per prefix`, ...words].join('; ');
}

/** The routes of VPNs that the peer asks for (RFC 4684). */
function routeTargets({ families }: PeerView): string | null {
  const filtered = families.filter(({ membership }) => membership !== null);
  const { membership } = filtered[0] ?? { membership: null };
  if (membership === null) return null;
  const asked = membership.isDefault ? 'all' : `asks for ${count(membership.routeTargets, 'route target')}`;
  const waits = membership.awaited ? '; nothing is sent before its End-of-RIB of rt-constrain' : '';
  return `${asked} (${filtered.map(({ family }) => family).join(', ')})${waits}`;
}

/** Paths that are suppressed by route damping. */
function damped({ families }: PeerView): string | null {
  const sum = families.reduce((total, family) => total + family.damped, 0);
  return sum === 0 ? null : `${count(sum, 'path')} suppressed because of flaps; see \`show damped\``;
}

function connection(peer: PeerView): string {
  const local = peer.localAddress === null ? '' : `, from ${peer.localAddress} port ${peer.localPort ?? 'any'}`;
  return `to ${peer.neighbor ?? peer.address} port ${peer.port}${local}`;
}

function timers(peer: PeerView): string | null {
  if (peer.holdSeconds === null) return null;
  if (peer.holdSeconds === 0) return 'no hold time, no keepalives';
  return `hold time ${peer.holdSeconds} s, keepalive ${peer.keepaliveSeconds ?? 0} s`;
}

/** Messages by type, those that there were. */
function traffic(messages: number, types: MessageCounts, bytes: number): string {
  const words = MESSAGE_NAMES.filter(([type]) => types[type] > 0).map(([type, name]) => `${types[type]} ${name}`);
  const byType = words.length === 0 ? '' : ` (${words.join(', ')})`;
  return `${count(messages, 'message')}${byType}, ${formatBytes(bytes)}`;
}

const MESSAGE_NAMES = [
  ['open', 'OPEN'],
  ['update', 'UPDATE'],
  ['keepalive', 'KEEPALIVE'],
  ['notification', 'NOTIFICATION'],
  ['routeRefresh', 'ROUTE-REFRESH'],
] as const;

/** When each timer fires. */
function running({ timers }: PeerView): string | null {
  const words = timers.map(
    ({ name, remainingSeconds }) => `${TIMER_NAMES[name]} in ${formatDuration(remainingSeconds)}`,
  );
  return words.length === 0 ? null : words.join(', ');
}

const TIMER_NAMES: Readonly<Record<TimerView['name'], string>> = {
  hold: 'hold timer expires',
  keepalive: 'next KEEPALIVE',
  connectRetry: 'next attempt to connect',
  idleHold: 'next start',
  delayOpen: 'OPEN',
};

function endOfRib(family: FamilyView): string {
  if (family.disabled) return 'disabled: its routes cannot be read';
  const ways = [family.endOfRibReceived ? 'received' : '', family.endOfRibSent ? 'sent' : ''].filter(
    (way) => way !== '',
  );
  return ways.join(', ') || '-';
}

function capabilityRows(peer: PeerView): CapabilityRow[] {
  const all = [...peer.capabilitiesSent, ...peer.capabilitiesReceived];
  const codes = [...new Set(all.map((capability) => capability.code))].sort((a, b) => a - b);
  return codes.map((code) => ({
    name: `${all.find((capability) => capability.code === code)?.name ?? ''} (${code})`,
    ours: valuesOf(peer.capabilitiesSent, code),
    theirs: valuesOf(peer.capabilitiesReceived, code),
  }));
}

function valuesOf(capabilities: readonly CapabilityView[], code: number): string {
  const values = capabilities.filter((capability) => capability.code === code).map(({ value }) => value || 'yes');
  return values.length === 0 ? '-' : values.join(', ');
}

/** The TCP settings of the connections with a peer, as one line. */
function describeTransport(view: PeerView['transport']): string {
  const { password, ttl, minTtl, dscp, bindDevice, userTimeoutSeconds } = view;
  return [
    password === null ? 'no TCP MD5' : `TCP MD5 (key from ${password})`,
    `TTL ${ttl ?? 'of the system'}${minTtl === null ? '' : ` sent, minimum received ${minTtl}`}`,
    `DSCP ${dscp}`,
    ...(bindDevice === null ? [] : [`only on ${bindDevice}`]),
    ...(userTimeoutSeconds === 0 ? [] : [`TCP user timeout ${userTimeoutSeconds} s`]),
  ].join(', ');
}
