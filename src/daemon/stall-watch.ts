/** Notices when the event loop stood still for so long that keepalives may have been late. */
import type { EventSink } from '../engine/events.ts';
import type { Clock } from '../lib/clock.ts';

const CHECK_MS = 250;
/** A third of the shortest hold time (RFC 4271 4.2). */
const STALL_MS = 1000;

/** Watches until the returned function is called. */
export function watchStalls(clock: Clock, events: EventSink): () => void {
  let lastMs = clock.nowMs();
  const timer = setInterval(() => {
    const stallMs = Math.round(clock.nowMs() - lastMs - CHECK_MS);
    lastMs = clock.nowMs();
    if (stallMs >= STALL_MS) events.emit({ name: 'daemon.stalled', stallMs });
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
