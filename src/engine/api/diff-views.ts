/** The JSON of `policy diff`: what another configuration would change, and whether the guard allows it. */

/** A route that would change: on its import from a peer, or on its export to a group. */
export interface RouteDiffView {
  readonly kind: 'route';
  readonly direction: 'import' | 'export';
  /** The peer that it is learned from. */
  readonly from: string;
  /** The group that it is advertised to; '' for an import. */
  readonly to: string;
  readonly family: string;
  readonly prefix: string;
  readonly outcome: 'accepted' | 'rejected' | 'changed' | 'advertised' | 'withdrawn';
  /** The rule, its place and its reason, or what else causes it. */
  readonly why: string;
  readonly changes: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** What would change for the routes that a peer has sent. */
export interface PeerDiffView {
  readonly kind: 'peer';
  readonly peer: string;
  readonly description: string;
  readonly group: string;
  /** `removed`: its session is closed, and its routes are gone; `reset`: the session is established again. */
  readonly session: 'kept' | 'reset' | 'removed';
  /** Routes held, and those of them that would be accepted, rejected, or get other attributes. */
  readonly routes: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly changed: number;
  /** Announcements that were rejected and not kept (`keep-rejected`), so that they cannot be evaluated. */
  readonly notKept: number;
}

/** What would change for the routes that a group of peers is sent, in one family. */
export interface GroupDiffView {
  readonly kind: 'group';
  readonly group: string;
  readonly family: string;
  readonly peers: number;
  /** Routes advertised now, and how many would be new, withdrawn, or sent with other attributes. */
  readonly routes: number;
  readonly advertised: number;
  readonly withdrawn: number;
  readonly changed: number;
}

/** The last item. */
interface DiffSummaryView {
  readonly kind: 'summary';
  readonly prefixes: number;
  /** Peers and groups without any difference, which have no item of their own. */
  readonly samePeers: number;
  readonly sameGroups: number;
  /** Why the guard refuses the change, in sentences; none: it does not. */
  readonly refusals: readonly string[];
}

interface DiffProgressView {
  readonly kind: 'progress';
  readonly percent: number;
}

export type PolicyDiffView = RouteDiffView | PeerDiffView | GroupDiffView | DiffSummaryView | DiffProgressView;
