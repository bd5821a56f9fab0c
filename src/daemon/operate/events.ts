/** `show events`: the history, filtered, and further events as they happen. */
import { type CommandArguments, CommandError } from '../../engine/api/commands.ts';
import { EVENTS } from '../../engine/events/events.ts';
import { concernsPeer, type KeptEvent, KIND_NAMES, parseAge, typeFilter } from '../../engine/events/kept-events.ts';
import type { EventHistory } from '../../io/history/event-history.ts';

type Query = CommandArguments['show events'];

/** Clients that follow at the same time; each holds a connection of the control socket. */
const MAX_FOLLOWERS = 16;

const followers = new WeakMap<EventHistory, number>();

/** @throws CommandError for a query that cannot be read */
export function showEvents(
  history: EventHistory,
  query: Query,
  nowMs: number,
  signal: AbortSignal,
): AsyncIterable<KeptEvent | undefined> {
  const matches = filterOf(query, nowMs);
  const past = history.after(query.after ?? 0);
  const chosen = query.last === undefined ? filtered(past, matches) : lastOf(filtered(past, matches), query.last);
  return query.follow === true ? follow(history, chosen, matches, signal) : chosen;
}

function filterOf({ peer, since, type }: Query, nowMs: number): (event: KeptEvent) => boolean {
  const sinceMs = since === undefined ? null : sinceOf(since, nowMs);
  const isType = type === undefined ? null : typeFilter(type, Object.keys(EVENTS));
  if (type !== undefined && isType === null) {
    const kinds = KIND_NAMES.join(', ');
    throw new CommandError(`unknown type "${type}": use ${kinds}, or the name of an event such as peer.down or fib`);
  }
  return (event) => {
    if (sinceMs !== null && Date.parse(event.time) < sinceMs) return false;
    if (isType !== null && !isType(event)) return false;
    return peer === undefined || concernsPeer(event, peer);
  };
}

function sinceOf(text: string, nowMs: number): number {
  const ageMs = parseAge(text);
  const atMs = ageMs === null ? Date.parse(text) : nowMs - ageMs;
  if (Number.isNaN(atMs)) {
    throw new CommandError(`"${text}" is neither an age (90s, 30m, 1h, 2d) nor a time (2026-03-01T12:00:00Z)`);
  }
  return atMs;
}

async function* filtered(
  events: AsyncIterable<KeptEvent | undefined>,
  matches: (event: KeptEvent) => boolean,
): AsyncGenerator<KeptEvent | undefined> {
  for await (const event of events) yield event !== undefined && matches(event) ? event : undefined;
}

async function* lastOf(
  events: AsyncIterable<KeptEvent | undefined>,
  count: number,
): AsyncGenerator<KeptEvent | undefined> {
  let last: KeptEvent[] = [];
  for await (const event of events) {
    // Skipped events let the writer pause.
    yield undefined;
    if (event !== undefined) last.push(event);
    if (last.length >= 2 * count + 1000) last = last.slice(-count);
  }
  yield* count === 0 ? [] : last.slice(-count);
}

/** The past first. What happens while it is written comes from the history, too, so nothing is missing between. */
async function* follow(
  history: EventHistory,
  past: AsyncIterable<KeptEvent | undefined>,
  matches: (event: KeptEvent) => boolean,
  signal: AbortSignal,
): AsyncGenerator<KeptEvent | undefined> {
  const count = followers.get(history) ?? 0;
  if (count >= MAX_FOLLOWERS) throw new CommandError(`${count} clients follow the events already; close one of them`);
  followers.set(history, count + 1);
  try {
    let cursor = history.cursor;
    for await (const event of past) {
      if (event !== undefined) cursor = Math.max(cursor, event.cursor);
      yield event;
    }
    while (!signal.aborted) {
      const next = history.cursor;
      for await (const event of filtered(history.after(cursor), matches)) yield event;
      cursor = Math.max(next, cursor);
      if (history.cursor === cursor) await history.changed(signal);
    }
  } finally {
    followers.set(history, (followers.get(history) ?? 1) - 1);
  }
}
