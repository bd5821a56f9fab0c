/** Detects that the event loop was blocked so long that keepalives may have been late. */
import type { EventSink } from '../engine/events/events.ts';
import { type InputShare, takeInputShare } from '../io/net/input-share.ts';
import type { Clock } from '../lib/clock.ts';

const CHECK_MS = 250;
/** A third of the shortest hold time (RFC 4271 4.2). */
const STALL_MS = 1000;

/**
 * Watches until the returned function is called.
 * @param takeShare the peers whose input took most time since the last call
 */
export function watchStalls(clock: Clock, events: EventSink, takeShare: () => InputShare = takeInputShare): () => void {
  let lastMs = clock.nowMs();
  const timer = setInterval(() => {
    const stallMs = Math.round(clock.nowMs() - lastMs - CHECK_MS);
    lastMs = clock.nowMs();
    const { slowestMs, ...share } = takeShare();
    if (stallMs < STALL_MS) return;
    events.emit({ name: 'daemon.stalled', stallMs, ...share, slowestMs: Math.round(slowestMs) });
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
