/** Detects that the event loop was blocked so long that keepalives may have been late. */
import { PerformanceObserver } from 'node:perf_hooks';
import type { EventSink } from '../../engine/events/events.ts';
import { type InputShare, takeInputShare } from '../../io/net/input-share.ts';
import type { Clock } from '../../lib/clock.ts';
import { noteTurn, readLongestTurns, WORKS } from '../../lib/longest-turn.ts';

const CHECK_MS = 250;
/** A third of the shortest hold time (RFC 4271 4.2). */
const STALL_MS = 1000;

/**
 * Watches until the returned function is called; meanwhile garbage collections count as turns.
 * @param takeShare the peers whose input took most time since the last call
 */
export function watchStalls(clock: Clock, events: EventSink, takeShare: () => InputShare = takeInputShare): () => void {
  let lastMs = clock.nowMs();
  const { turns, stop } = readLongestTurns();
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) noteTurn('garbage collection', duration);
  });
  collections.observe({ entryTypes: ['gc'] });
  const timer = setInterval(() => {
    const stallMs = Math.round(clock.nowMs() - lastMs - CHECK_MS);
    lastMs = clock.nowMs();
    const { slowestMs, ...share } = takeShare();
    const longest = turns.take();
    if (stallMs < STALL_MS) return;
    const work = WORKS.reduce((most, each) => (longest[each] > longest[most] ? each : most));
    const workMs = Math.round(longest[work]);
    events.emit({ name: 'daemon.stalled', stallMs, work, workMs, ...share, slowestMs: Math.round(slowestMs) });
  }, CHECK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    collections.disconnect();
    stop();
  };
}
