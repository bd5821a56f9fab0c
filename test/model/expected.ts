/**
 * What each peer must hold, worked out from scratch from what all of them announced: RFC 4271 9.1 and 5.1, RFC 4456 6,
 * 8 and 9, RFC 7911, RFC 1997, RFC 9494 4.3. Where the reflector has a rule of its own, the comment says why.
 */
import type { Path } from './decoder.ts';
import { type Attributes, NO_ADVERTISE, NO_EXPORT, NO_EXPORT_SUBCONFED } from './events.ts';
import { OTHER_CLUSTER, OUR_AS, type Reflector, type Settings, type Speaker } from './topology.ts';

export const LLGR_STALE = 0xffff0006;
export const GRACEFUL_SHUTDOWN = 0xffff0000;

/** A path that a speaker announced, and did not withdraw. */
export interface Candidate {
  readonly from: Speaker;
  readonly pathId: number;
  readonly sent: Attributes;
}

/** Speakers and their settings now. */
export type SettingsOf = (peer: Speaker) => Settings;

function isInside(peer: Speaker): boolean {
  return !peer.isExternal;
}

/** RFC 4271 9.1.2, RFC 4456 8: its own AS number, router id and cluster ids. */
function isUsable({ from, sent }: Candidate, settingsOf: SettingsOf, us: Reflector): boolean {
  const { asPath, originatorId, clusterList = [] } = sent;
  if (!settingsOf(from).importAccepts || asPath.flat().includes(OUR_AS)) return false;
  // From another AS both attributes are ignored (RFC 7606 7.9, 7.10).
  if (from.isExternal) return true;
  return originatorId !== us.routerId && !clusterList.some((id) => id === us.clusterId || id === OTHER_CLUSTER);
}

function least(paths: readonly Candidate[], key: (path: Candidate) => number): Candidate[] {
  const lowest = Math.min(...paths.map(key));
  return paths.filter((path) => key(path) === lowest);
}

function neighborAs({ sent: { asPath } }: Candidate): number {
  const [first] = asPath;
  return typeof first === 'number' ? first : 0;
}

/** RFC 4271 9.1.2.2 and RFC 4456 9, each step for all paths at once; the path identifier decides last (RFC 7911 3). */
function best(paths: readonly Candidate[]): Candidate {
  const addressOf = ({ from }: Candidate) => from.address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  let left = least(paths, ({ sent }) => (sent.communities?.includes(LLGR_STALE) ? 1 : 0));
  left = least(left, ({ from, sent }) => -(from.isExternal ? 100 : (sent.localPref ?? 100)));
  left = least(left, ({ sent }) => sent.asPath.length);
  left = least(left, ({ sent }) => sent.origin);
  const all = left;
  left = all.filter((path) =>
    all.every((other) => neighborAs(other) !== neighborAs(path) || (other.sent.med ?? 0) >= (path.sent.med ?? 0)),
  );
  left = least(left, ({ from }) => (from.isExternal ? 0 : 1));
  left = least(left, ({ from, sent }) => (from.isExternal ? from.routerId : (sent.originatorId ?? from.routerId)));
  left = least(left, ({ from, sent }) => (from.isExternal ? 0 : (sent.clusterList?.length ?? 0)));
  left = least(left, addressOf);
  return least(left, ({ pathId }) => pathId)[0] as Candidate;
}

function originatorOf({ from, sent }: Candidate): number {
  return sent.originatorId ?? from.routerId;
}

/**
 * One path that was received by two ways: the same router originated it, with the same next hop. The reflector counts
 * and advertises it once, since with a pair of reflectors every path arrives twice.
 */
function areSame(one: Candidate, other: Candidate): boolean {
  if (one.from.isExternal || other.from.isExternal) return one === other;
  return originatorOf(one) === originatorOf(other) && one.sent.nextHop === other.sent.nextHop;
}

function rank(paths: readonly Candidate[], limit: number): Candidate[] {
  const ranked: Candidate[] = [];
  for (let left = paths; left.length > 0 && ranked.length < limit; ) {
    const first = best(left);
    ranked.push(first);
    left = left.filter((path) => path !== first && !areSame(path, first));
  }
  return ranked;
}

/** Whether peers like `to` are sent a path: RFC 4456 6, RFC 1997, RFC 9494 4.3, and the settings. */
function isSent({ from, sent }: Candidate, to: Speaker, settingsOf: SettingsOf, prefix: string): boolean {
  const { communities = [] } = sent;
  const settings = settingsOf(to);
  if (!settings.exportAccepts || communities.includes(NO_ADVERTISE)) return false;
  if (communities.includes(LLGR_STALE) && to.restart !== 'knows' && to.restart !== 'long-lived') return false;
  // All sessions run over IPv4, where the local address is no next hop of an IPv6 prefix.
  if (settings.nextHop === 'self' && prefix.includes(':')) return false;
  if (to.isExternal) return !communities.includes(NO_EXPORT) && !communities.includes(NO_EXPORT_SUBCONFED);
  if (from.isExternal) return true;
  const source = settingsOf(from);
  if (!settings.client) return source.client;
  return settings.clientToClient || !source.client || source.clusterId !== settings.clusterId;
}

/** RFC 4456 8, 9.1.3: not to where it was learned, nor to the router that originated it. */
function isOwn(path: Candidate, to: Speaker): boolean {
  if (path.from === to) return true;
  return isInside(to) && isInside(path.from) && path.sent.originatorId === to.routerId;
}

/** The paths of a prefix that a peer holds. */
export function heldBy(
  to: Speaker,
  paths: readonly Candidate[],
  settingsOf: SettingsOf,
  prefix: string,
  us: Reflector,
): Candidate[] {
  const { select, limit } = settingsOf(to);
  const usable = paths.filter((path) => isUsable(path, settingsOf, us));
  const eligible = usable.filter((path) => isSent(path, to, settingsOf, prefix));
  // Chosen for all peers of a kind at once: a peer's own path counts, and is only not sent to it.
  const chosen = choose();
  return chosen.filter((path) => !isOwn(path, to));

  function choose(): Candidate[] {
    if (select === 'paths' && to.readsPaths) return rank(eligible, limit);
    if (select === 'rank-2') return rank(eligible, 2).slice(-1);
    if (usable.length === 0 || eligible.length === 0) return [];
    const first = best(usable);
    if (eligible.includes(first)) return [first];
    return select === 'external' ? [best(eligible)] : [];
  }
}

const hex = (address: string) => Buffer.from(address.split('.').map(Number)).toString('hex');

export function nextHopText(number: number, prefix: string): string {
  return prefix.includes(':') ? `20010db8${'00'.repeat(11)}${number.toString(16)}` : hex(`192.0.2.${number}`);
}

/** RFC 4271 5.1, RFC 4456 8: a path as it arrives at a peer. */
export function onItsWay({ from, sent }: Candidate, to: Speaker, settingsOf: SettingsOf, prefix: string): Path {
  const settings = settingsOf(to);
  const { communities = [], origin, unknown, med = null } = sent;
  const replaced = settings.nextHop === 'self' ? '10.99.0.1' : settings.nextHop;
  const isMarked = settings.draining === true && !communities.includes(GRACEFUL_SHUTDOWN);
  const isReflected = isInside(from) && isInside(to);
  return {
    origin,
    asPath: segments(to.isExternal ? [OUR_AS, ...sent.asPath] : sent.asPath),
    nextHop: replaced === null || prefix.includes(':') ? nextHopText(sent.nextHop, prefix) : hex(replaced),
    // RFC 4271 5.1.4: the MED of another AS is not sent on to a third one.
    med: to.isExternal && sent.asPath.length > 0 ? null : med,
    // RFC 8326: the last resort, also where the community is not configured.
    localPref: to.isExternal ? null : settings.draining ? 0 : from.isExternal ? 100 : (sent.localPref ?? 100),
    originatorId: isReflected ? originatorOf({ from, sent, pathId: 0 }) : null,
    clusterList: isReflected ? clusterList() : [],
    communities: isMarked ? [...communities, GRACEFUL_SHUTDOWN] : communities,
    // Optional, transitive and unrecognized: with the Partial bit (RFC 4271 5).
    others: unknown ? ['200 224 abcd'] : [],
  };

  /** It enters the cluster of its source, if that is a client; else, or then, that of its receiver. */
  function clusterList(): number[] {
    const { client, clusterId } = settingsOf(from);
    const before = sent.clusterList ?? [];
    if (!client) return [settings.clusterId, ...before];
    const isOther = settings.client && settings.clusterId !== clusterId;
    return [...(isOther ? [settings.clusterId] : []), clusterId, ...before];
  }
}

function segments(path: Attributes['asPath']): string[] {
  const list: { type: number; numbers: number[] }[] = [];
  for (const part of path) {
    const last = list[list.length - 1];
    if (typeof part !== 'number') list.push({ type: 1, numbers: [...part] });
    else if (last?.type === 2) last.numbers.push(part);
    else list.push({ type: 2, numbers: [part] });
  }
  return list.map(({ type, numbers }) => `${type}:${numbers}`);
}
