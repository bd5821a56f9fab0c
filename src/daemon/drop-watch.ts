/**
 * Notices that the kernel drops segments for their signature or TTL: it does so without a word, and a peer with another
 * key looks like one that is away.
 */
import type { EventSink } from '../engine/events/events.ts';
import { readTcpDrops, type TcpDrops } from '../io/net/tcp-drops.ts';
import type { PeerSpec } from '../spec/peer.ts';
import type { TransportSpec } from '../spec/transport.ts';

/** How often the kernel's counters are read, in milliseconds. */
const CHECK_MS = 10_000;

/** A peer, as far as its connections may be what was dropped. */
export interface Suspect {
  readonly name: string;
  readonly spec: Pick<PeerSpec, 'transport' | 'shutdown'>;
  /** null: it has none, and may be the one. */
  readonly session: unknown;
  /** Told what it looks like, in words for the operator. */
  suspect(problem: string): void;
}

/** Peers that an event names at most. */
const NAMED = 10;

/**
 * Watches until the returned function is called.
 * @param concerned whether any peer has a key or a least TTL: without one, and without a suspect, the counters tell of others
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
    events.emit({ name: 'listen.segments-dropped', seconds: CHECK_MS / 1000, ...more, peers: names });
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The kernel does not say whose segments they were: those of a peer that has no session, by what is configured for it. */
function findSuspects(peers: Iterable<Suspect>, drops: TcpDrops): Suspect[] {
  const found: { readonly peer: Suspect; readonly problem: string }[] = [];
  for (const peer of peers) {
    const problem = peer.session === null && !peer.spec.shutdown ? problemOf(peer.spec.transport, drops) : null;
    if (problem !== null) found.push({ peer, problem });
  }
  const shared = found.length === 1 ? '' : ` (or those of another of ${found.length} peers without a session)`;
  for (const { peer, problem } of found) peer.suspect(`the kernel drops its segments${shared}: ${problem}`);
  return found.map(({ peer }) => peer);
}

function problemOf({ password, minTtl }: TransportSpec, drops: TcpDrops): string | null {
  if (password !== null && drops.wrongKey > 0)
    return 'they are signed with another TCP MD5 key; set `password` here and the key there alike';
  if (password !== null && drops.unsigned > 0)
    return 'they are not signed with TCP MD5; set the key there, or take `password` out here';
  if (password === null && drops.signed > 0)
    return 'they are signed with TCP MD5, and no key is set here; set `password` here, or take the key out there';
  if (minTtl !== null && drops.lowTtl > 0)
    return `their TTL is below ${minTtl}; set TTL security on both sides, or allow more hops`;
  return null;
}

function difference(now: TcpDrops, before: TcpDrops): TcpDrops {
  return {
    wrongKey: now.wrongKey - before.wrongKey,
    unsigned: now.unsigned - before.unsigned,
    signed: now.signed - before.signed,
    lowTtl: now.lowTtl - before.lowTtl,
  };
}
