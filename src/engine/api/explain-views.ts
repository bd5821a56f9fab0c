/** The JSON of `explain`. */
import type { TraceView } from './policy-views.ts';

/** Whether a prefix is advertised to a peer. */
export interface ExplainView {
  readonly peer: string;
  readonly group: string;
  readonly advertised: boolean;
  /** The peer that the best path was learned from; null: no path is usable. */
  readonly bestFrom: string | null;
  /** Why the prefix is not advertised, in words; null: it is advertised. */
  readonly why: string | null;
  /** Maximum number of paths per prefix that are advertised to the peer: 1 without ADD-PATH. */
  readonly maxPaths: number;
  /** All paths of the prefix, and those that are advertised; 0 if the peer is in no update group of the family. */
  readonly pathCount: number;
  readonly advertisedPaths: number;
  /** Why paths are not advertised, with the number of paths for each reason; at most 20, then one for all others. */
  readonly reasons: readonly ExplainedReasonView[];
  /** The paths that are advertised and the first 100 others; all of them with `allPaths`. */
  readonly paths: readonly ExplainedPathView[];
  /** Paths that are in no item. */
  readonly pathsLeftOut: number;
  /** The next item has further paths of the same peer; the last one has the result, and the counts of all paths. */
  readonly continues: boolean;
}

/** Why some paths of a prefix are not advertised to a peer. */
export interface ExplainedReasonView {
  readonly why: string;
  readonly paths: number;
  /** The first two of them: the peer, with `#` and the ADD-PATH identifier if it has one. */
  readonly first: readonly string[];
}

/** A path of a prefix, and whether it is advertised to the peer. */
export interface ExplainedPathView {
  readonly from: string;
  /** ADD-PATH identifier that it was received with; 0: none. */
  readonly pathId: number;
  readonly advertised: boolean;
  readonly why: string | null;
  /** What the policies did: of the peer that it was learned from, and of this peer. null: no policy. */
  readonly imported?: TraceView | null;
  readonly exported?: TraceView | null;
}
