/**
 * Notices that the kernel drops segments for their signature or TTL: it does so without a word, and a peer with another
 * key looks like one that is away.
 */
import type { EventSink } from '../engine/events.ts';
import { readTcpDrops, type TcpDrops } from '../io/net/tcp-drops.ts';

/** How often the kernel's counters are read, in milliseconds. */
const CHECK_MS = 10_000;

/**
 * Watches until the returned function is called.
 * @param concerned whether any peer has a key or a least TTL: without one the counters tell of others
 */
export function watchDrops(concerned: () => boolean, events: EventSink, read = readTcpDrops): () => void {
  let last = read();
  const timer = setInterval(() => {
    const now = read();
    const more = difference(now, last);
    last = now;
    if (concerned() && Object.values(more).some((count) => count > 0)) {
      events.emit({ name: 'listen.segments-dropped', seconds: CHECK_MS / 1000, ...more });
    }
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function difference(now: TcpDrops, before: TcpDrops): TcpDrops {
  return {
    wrongKey: now.wrongKey - before.wrongKey,
    unsigned: now.unsigned - before.unsigned,
    signed: now.signed - before.signed,
    lowTtl: now.lowTtl - before.lowTtl,
  };
}
