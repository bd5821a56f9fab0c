/** The commands that show what happens: the history of routes, live views, the messages of a peer, and the interfaces. */
import { z } from 'zod';
import { MAX_TEXT_LENGTH, MAX_WORDS, none, text } from './argument-kinds.ts';
import type { DoneView } from './operator-commands.ts';
import type { PeerView } from './peer-views.ts';
import type { AttributesView } from './route-views.ts';

/** What `show history` and `watch routes` are about. */
const WHICH = {
  /** A family, a prefix, an address or a route, and `longer` or `or-longer`. */
  words: z.array(z.string().max(MAX_TEXT_LENGTH)).max(MAX_WORDS),
  /** Only changes from or to paths of this peer. */
  peer: text,
};

/** Longest and shortest time between two looks at the peers. */
const seconds = z.number().int().min(1).max(3600);

export const WATCH_ARGUMENTS = {
  /** The latest changes of best paths, the oldest first. `last`: only that many. */
  'show history': z.strictObject({ ...WHICH, last: z.number().int().min(0).max(1_000_000) }).partial(),
  /** Changes of best paths as they happen, until the client disconnects. */
  'watch routes': z.strictObject(WHICH).partial(),
  /** All peers, then those that have changed, every `seconds`, until the client disconnects. */
  'watch peers': z.strictObject({ group: text, seconds }).partial(),
  /** `on`: logs the messages of a peer, decoded, for `seconds` or until its session ends. */
  debug: z.strictObject({
    peer: text,
    mode: z.enum(['on', 'off'], 'must be on or off'),
    seconds: z.number().int().min(1).max(86_400).exactOptional(),
  }),
  /** The network interfaces, with the peers on them. */
  'show interfaces': none,
} as const;

/** One change of the best path of a prefix. */
export interface RouteChangeView {
  readonly kind: 'change';
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly family: string;
  readonly prefix: string;
  /** What happened and why, in one sentence. */
  readonly text: string;
  /** The peer of the best path now; null: there is none. */
  readonly from: string | null;
  /** The peer of the best path before; null: there was none, or it is not known. */
  readonly before: string | null;
  /** The step of the decision that selected the path; null: there is no path, or it is not known. */
  readonly decidedBy: string | null;
  /** Those of the best path; null: there is none, or they were too long to be kept. */
  readonly attributes: AttributesView | null;
}

export type HistoryView =
  | RouteChangeView
  /** Since when changes are known, and how many are kept; the first item. */
  | { readonly kind: 'since'; readonly time: string; readonly kept: number }
  /** Changes of any prefix that are not there: too many at once, or the client reads too slowly. */
  | {
      readonly kind: 'missing';
      readonly time: string;
      readonly since: string | null;
      readonly changes: number;
      readonly why: string;
    };

export type WatchedPeerView =
  | { readonly kind: 'peer'; readonly time: string; readonly what: string; readonly peer: PeerView }
  | { readonly kind: 'removed'; readonly time: string; readonly address: string }
  /** All that has changed since the last one of these is above. */
  | { readonly kind: 'complete'; readonly time: string };

export interface InterfaceView {
  readonly name: string;
  /** `no-carrier`: up, but without a link; `unknown`: such as loopback, which has no state. */
  readonly state: 'up' | 'down' | 'no-carrier' | 'unknown';
  readonly mtu: number;
  /** With their length: `192.0.2.1/24`. */
  readonly addresses: readonly string[];
  /** Peers whose session uses it, or that are configured on it. */
  readonly peers: readonly string[];
  /** What follows the state of the interface: `peers` on it, `next hops` of routes; none: nothing does. */
  readonly tracking: readonly string[];
  /** Why the state is not followed at present; null: it is, or nothing has to. */
  readonly problem: string | null;
}

/** The items of the answer of each of these commands. */
export interface WatchItems {
  'show history': HistoryView;
  'watch routes': HistoryView;
  'watch peers': WatchedPeerView;
  debug: DoneView;
  'show interfaces': InterfaceView;
}
