/** `show peer X`: everything about one session. */
import type { CapabilityView, FamilyView, LimitView, PeerView } from '../../engine/api/views.ts';
import { type Fact, writeFacts } from '../text/facts.ts';
import type { Output } from '../text/output.ts';
import { type Column, writeTable } from '../text/table.ts';
import { count, formatBytes, formatDuration } from '../text/units.ts';
import { bfdFacts } from './bfd.ts';
import { stateColor, stateName } from './peers.ts';
import { describeTransport } from './transport.ts';

const FAMILY_COLUMNS: readonly Column<FamilyView>[] = [
  { title: 'FAMILY', value: (family) => family.family },
  { title: 'RECEIVED', value: (family) => String(family.received), align: 'right' },
  { title: 'ACCEPTED', value: (family) => String(family.accepted), align: 'right' },
  { title: 'SENT', value: (family) => String(family.advertised), align: 'right' },
  { title: 'END-OF-RIB', value: endOfRib },
  {
    title: 'UPDATE GROUP',
    value: (family) => (family.updateGroup === 0 ? '-' : String(family.updateGroup)),
    align: 'right',
  },
  {
    title: 'SERVED FROM',
    value: (family) => family.sending,
    color: (family) => (family.sending === 'slow' ? 'red' : null),
  },
  { title: 'WAITING', value: (family) => formatBytes(family.lagBytes), align: 'right' },
];

/** A capability as each side advertised it; '-' where one did not. */
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
    const description = peer.description === '' ? '' : ` (${peer.description})`;
    await output.line(output.paint(`Peer ${peer.address}${description}`, 'bold'));
    await writeFacts(factsOf(peer, output), output);
    await output.line();
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
    ...(peer.draining ? [['Draining', 'routes are sent with GRACEFUL_SHUTDOWN; `undrain` ends it'] as const] : []),
    ['History', `established ${count(peer.established, 'time')}, dropped ${count(peer.dropped, 'time')}`],
    ['Last down', lastDown(peer)],
    ['Not connected', notConnected(peer)],
    ['Held down', heldDown(peer)],
    ['Restart', restart(peer)],
    ['Damped', damped(peer)],
    ['Role', `${peer.role}${peer.group === '' ? '' : `, group ${peer.group}`}${peer.dynamic ? ', dynamic' : ''}`],
    ['Remote', peer.as === null ? null : `AS ${peer.as}, router id ${peer.routerId ?? 'unknown'}`],
    ['Local AS', localAs(peer)],
    ['BGP role', bgpRole(peer)],
    ['Not used', notUsed(peer)],
    ['Connection', connection(peer)],
    ['Transport', describeTransport(peer.transport)],
    ['No session', peer.transport.problem === null ? null : output.paint(peer.transport.problem, 'red')],
    ['Timers', timers(peer)],
    ...bfdFacts(peer.bfd, output),
    ['Next hops', nextHops(peer)],
    ...limitFacts(peer),
    ['Attribute sets', attributeSets(peer)],
    ['Path limit', pathsPerPrefix(peer)],
    ['Received', traffic(peer.messagesIn, peer.updatesIn, peer.bytesIn)],
    ['Sent', traffic(peer.messagesOut, peer.updatesOut, peer.bytesOut)],
  ];
}

/** Our number toward the peer, where it has one of its own. */
function localAs({ localAs: as, localAsUse: use }: PeerView): string | null {
  if (use === null) return null;
  const out = use.replace ? `instead of AS ${use.routerAs}` : `in front of AS ${use.routerAs}`;
  return `${as}: ${out} in what is sent, ${use.prepend ? 'in front of' : 'not in'} what is received (\`local-as\`)`;
}

/** RFC 9234: what each side is to the other. */
function bgpRole({ bgpRole: { ours, theirs }, state }: PeerView): string | null {
  if (ours === null && theirs === null) return null;
  const said = theirs ?? (state === 'Established' ? 'not told' : 'not known yet');
  return `ours ${ours ?? 'none (`bgp-role`)'}, the peer's ${said}`;
}

/** Paths that their AS_PATH keeps from use, and the setting that says so. */
function notUsed({ as, ownAsPaths, firstAsPaths }: PeerView): string | null {
  const parts: string[] = [];
  if (ownAsPaths > 0) parts.push(`${count(ownAsPaths, 'path')} with our AS number (\`allow-own-as\`)`);
  if (firstAsPaths > 0) parts.push(`${count(firstAsPaths, 'path')} without AS ${as} in front (\`enforce-first-as\`)`);
  return parts.length === 0 ? null : parts.join(', ');
}

/** What keeps the peer from having a session, where that is not how the last one ended; and how dials have failed. */
function notConnected(peer: PeerView): string | null {
  const { state, obstacle, obstacleSecondsAgo, lastConnectError, connectFailures } = peer;
  if (state === 'Established' || obstacle === null || obstacle === peer.lastDown) return null;
  const times = obstacle === lastConnectError ? ` (${count(connectFailures, 'failure')})` : '';
  return `${formatDuration(obstacleSecondsAgo ?? 0)} ago: ${obstacle}${times}`;
}

function lastDown(peer: PeerView): string {
  if (peer.lastDown === null) return 'never';
  const ago = peer.lastDownSecondsAgo === null ? '' : `${formatDuration(peer.lastDownSecondsAgo)} ago: `;
  return `${ago}${peer.lastDown}`;
}

/** What is kept of a session that was lost, and for how long. */
function restart({ restart: view, families }: PeerView): string | null {
  if (view === null) return null;
  const stale = families.reduce((sum, family) => sum + family.stale, 0);
  const until = view.phase === 'synchronizing' ? 'for its End-of-RIB' : 'for the peer to come back';
  return `${count(stale, 'stale path')} kept, waiting ${until}, ${formatDuration(view.remainingSeconds)} at most`;
}

/** Families whose next hops may be of the other IP version. */
function nextHops({ families }: PeerView): string | null {
  const extended = families.filter(({ extendedNextHop }) => extendedNextHop).map(({ family }) => family);
  return extended.length === 0 ? null : `IPv6 ones for ${extended.join(', ')}, too (RFC 8950)`;
}

/** A limit that keeps the peer down. */
function heldDown({ heldDown: held }: PeerView): string | null {
  if (held === null) return null;
  const until =
    held.remainingSeconds === null
      ? 'until `reflectord reset`, or a reload with another limit'
      : `for ${formatDuration(held.remainingSeconds)} more`;
  return `${until}: ${held.reason}`;
}

function limitFacts({ families }: PeerView): Fact[] {
  return families.flatMap(({ family, maxPrefix, maxPrefixOut }) =>
    [maxPrefix, maxPrefixOut].map((limit): Fact => ['Limit', limit === null ? null : limitText(family, limit)]),
  );
}

function limitText(family: string, { limit, warnAt, action, of, count: there, blocked, level }: LimitView): string {
  const kept = blocked === 0 ? '' : `, ${blocked} kept out`;
  const mark = level === 'below' ? '' : level === 'near' ? ' (near)' : ' (reached)';
  return `${family}: ${there} of ${limit} ${of}${mark}${kept}; warning from ${warnAt}, then ${action}`;
}

/** What its attribute sets take up; nothing is said where there are none. */
function attributeSets({ attributeOctets, attributeLimit }: PeerView): string | null {
  if (attributeOctets === 0) return null;
  return `${formatBytes(attributeOctets)}${attributeLimit === null ? '' : ` of ${formatBytes(attributeLimit)}`}`;
}

/** How many paths of one prefix are held, where there may be several. */
function pathsPerPrefix({ families }: PeerView): string | null {
  const limited = families.filter(({ maxPathsPerPrefix }) => maxPathsPerPrefix !== null);
  if (limited.length === 0) return null;
  const refused = limited.filter(({ pathsRefused }) => pathsRefused > 0);
  const words = refused.map(
    ({ family, pathsRefused }) => `${count(pathsRefused, 'announcement')} of ${family} not held`,
  );
  return [`at most ${limited[0].maxPathsPerPrefix} of a prefix`, ...words].join('; ');
}

/** Paths that are not used because they flap. */
function damped({ families }: PeerView): string | null {
  const sum = families.reduce((total, family) => total + family.damped, 0);
  return sum === 0 ? null : `${count(sum, 'path')} suppressed because of flaps; see \`show damped\``;
}

function connection(peer: PeerView): string {
  const local = peer.localAddress === null ? '' : `, from ${peer.localAddress} port ${peer.localPort ?? 'any'}`;
  return `to ${peer.neighbour ?? peer.address} port ${peer.port}${local}`;
}

function timers(peer: PeerView): string | null {
  if (peer.holdSeconds === null) return null;
  if (peer.holdSeconds === 0) return 'no hold time, no keepalives';
  return `hold time ${peer.holdSeconds} s, keepalive ${peer.keepaliveSeconds ?? 0} s`;
}

function traffic(messages: number, updates: number, bytes: number): string {
  return `${count(messages, 'message')}, of them ${count(updates, 'update')}; ${formatBytes(bytes)}`;
}

function endOfRib(family: FamilyView): string {
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
