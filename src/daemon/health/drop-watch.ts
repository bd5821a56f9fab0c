/**
 * Detects that the kernel drops TCP segments because of their signature or TTL. The kernel drops them silently, and a
 * peer with another key looks like a peer that is not reachable.
 */
import type { EventSink } from '../../engine/events/events.ts';
import { readTcpDrops, type TcpDrops } from '../../io/net/tcp-drops.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { TransportSpec } from '../../spec/transport.ts';

/** How often the kernel's counters are read, in milliseconds. */
const CHECK_MS = 10_000;

/** A peer whose segments may have been dropped. */
export interface Suspect {
  readonly name: string;
  readonly spec: Pick<PeerSpec, 'transport'>;
  /** Administratively down. */
  readonly isShutDown: boolean;
  /** null: it has no session, so its segments may be dropped. */
  readonly session: unknown;
  /** Receives the probable problem, in words for the operator. */
  suspect(problem: string): void;
}

/** Maximum number of peers that an event names. */
const NAMED = 10;

/**
 * Watches until the returned function is called.
 * @param concerned whether any peer has a key or a minimum TTL: without one, and without a suspect, the segments are
 *   those of other programs
 * @param peers all of them
 */
export function watchDrops(
  concerned: () => boolean,
  peers: () => Iterable<Suspect>,
  events: EventSink,
  read = readTcpDrops,
): () => void {
  let last = read();
  const timer = setInterval(() => {
    const now = read();
    const more = difference(now, last);
    last = now;
    if (Object.values(more).every((count) => count === 0)) return;
    const suspects = findSuspects(peers(), more);
    if (suspects.length === 0 && !concerned()) return;
    const names = suspects.slice(0, NAMED).map(({ name }) => name);
    const drops = wordsOf(more);
    events.emit({ name: 'listen.segments-dropped', seconds: CHECK_MS / 1000, drops, ...more, peers: names });
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * The kernel does not count per peer: the suspects are the peers without a session whose configuration fits the drops.
 */
function findSuspects(peers: Iterable<Suspect>, drops: TcpDrops): Suspect[] {
  const found: { readonly peer: Suspect; readonly problem: string }[] = [];
  for (const peer of peers) {
    const problem = peer.session === null && !peer.isShutDown ? problemOf(peer.spec.transport, drops) : null;
    if (problem !== null) found.push({ peer, problem });
  }
  const shared = found.length === 1 ? '' : ` (or those of another of the ${found.length} peers without a session)`;
  for (const { peer, problem } of found) peer.suspect(`the kernel drops its segments${shared}: ${problem}`);
  return found.map(({ peer }) => peer);
}

function problemOf({ password, minTtl }: TransportSpec, drops: TcpDrops): string | null {
  if (password !== null && drops.wrongKey > 0)
    return 'they are signed with another TCP MD5 key; configure the same key on both sides (`password`)';
  if (password !== null && drops.unsigned > 0)
    return 'they are not signed with TCP MD5; configure the key on the peer, or remove `password` here';
  if (password === null && drops.signed > 0)
    return 'they are signed with TCP MD5, and no key is configured here; set `password` here, or remove the key on the peer';
  if (minTtl !== null && drops.lowTtl > 0)
    return `their TTL is below ${minTtl}; configure TTL security on both sides, or allow more hops`;
  return null;
}

/** `3 TCP segments signed with another key, 1 below the minimum TTL`: what was dropped, and no zeros. */
function wordsOf(drops: TcpDrops): string {
  const counts = KINDS.filter(([kind]) => drops[kind] > 0).map(([kind, words]) => [drops[kind], words] as const);
  const texts = counts.map(([count, words], n) => {
    const noun = n > 0 ? '' : count === 1 ? ' TCP segment' : ' TCP segments';
    return `${count}${noun} ${words}`;
  });
  return texts.join(', ');
}

const KINDS = [
  ['wrongKey', 'signed with another key'],
  ['unsigned', 'unsigned although a key is set here'],
  ['signed', 'signed although no key is set here'],
  ['lowTtl', 'below the minimum TTL'],
] as const;

function difference(now: TcpDrops, before: TcpDrops): TcpDrops {
  return {
    wrongKey: now.wrongKey - before.wrongKey,
    unsigned: now.unsigned - before.unsigned,
    signed: now.signed - before.signed,
    lowTtl: now.lowTtl - before.lowTtl,
  };
}
