/** The JSON of routes: `show rib`, `show fib`, `show groups` and the commands beside them. Prefixes and addresses are text. */
import type { Role } from '../../reflect/encode/group-key.ts';
import type { NlriFields } from '../../wire/nlri-codec.ts';
import type { RulingView } from './policy-views.ts';

export interface PathView extends AttributesView {
  readonly peer: string;
  readonly pathId: number;
  readonly best: boolean;
  /**
   * The decision step that ranked this path behind the best one, or that selected the best one (`only path`: no other).
   */
  readonly decidedBy: string;
  /** Kept across a restart of its peer, and not announced again yet (RFC 4724). */
  readonly stale: boolean;
  /** The parts of the route by name, such as `rd`, `mac` or `labels`; absent for a plain prefix. */
  readonly nlri?: NlriFields;
  /** Why the path is unusable (a loop, policy, ...); null: it is usable. */
  readonly unusable: string | null;
  /** The rule of the import policy that decided about it; null: the peer has no policy. */
  readonly policy: RulingView | null;
  /** What a policy has set (`weight`); compared before LOCAL_PREF, and never advertised. 0: none. */
  readonly weight: number;
  /** Cost to the next hop, as the decision compares it (RFC 4271 9.1.2.2 e). */
  readonly nextHopCost: number;
  readonly ageSeconds: number;
  /** The attributes as received, if requested; those of the view itself are in use. */
  readonly received?: AttributesView;
}

/** Path attributes, in text. */
export interface AttributesView {
  readonly nextHop: string;
  readonly origin: 'IGP' | 'EGP' | 'INCOMPLETE';
  /** As `65001 65002 {65003,65004}`; '' when empty. */
  readonly asPath: string;
  readonly localPref: number | null;
  readonly med: number | null;
  readonly originatorId: string | null;
  readonly clusterList: readonly string[];
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly extendedCommunities: readonly string[];
  readonly atomicAggregate: boolean;
  readonly aggregator: string | null;
  /** All other attributes: the value in hexadecimal, and as `text` if we can decode it. */
  readonly others: readonly OtherAttributeView[];
}

export interface OtherAttributeView {
  readonly code: number;
  readonly flags: number;
  readonly value: string;
  /** `PMSI_TUNNEL`; of an unknown one `attribute 250`. */
  readonly name: string;
  /** '' : we cannot decode it. */
  readonly text: string;
}

export interface RibView {
  readonly family: string;
  readonly prefix: string;
  /** The best path and the first 1,000 others; all of them with `allPaths`. */
  readonly paths: readonly PathView[];
  /** Paths that are not in `paths`. */
  readonly pathsLeftOut: number;
  /** Further paths of the prefix are in the next item: with `allPaths`, an item has at most 1,001. */
  readonly continues: boolean;
}

/** The answer to `--count`: the number of prefixes, and of their paths, in a family. */
export interface RouteCountView {
  readonly family: string;
  readonly prefixes: number;
  readonly paths: number;
}

/** A route as it is advertised to a peer: with the attributes of the message that it is sent in. */
export interface AdvertisedView extends AttributesView {
  readonly family: string;
  readonly prefix: string;
  /** The ADD-PATH identifier that it is sent with; 0: none. */
  readonly pathId: number;
  /** The peer that it was learned from. */
  readonly from: string;
  /** The parts of the route by name; absent for a plain prefix. */
  readonly nlri?: NlriFields;
  /** Its latest state is not known to be sent: the peer reads slowly, or its first table is being sent. */
  readonly queued: boolean;
}

export interface FibView {
  readonly family: string;
  readonly prefix: string;
  readonly nextHop: string;
  /**
   * `adopted`: installed before our start, kept until its peer is back or the restart time ends.
   * `conflict`: another program has a route with the same prefix and metric.
   */
  readonly state: 'installed' | 'adopted' | 'pending' | 'failed' | 'conflict' | 'removing' | 'dry-run';
  /** The error of the kernel for a failed route or a conflict. */
  readonly error: string | null;
}

export interface GroupView {
  readonly id: number;
  /** Derived from the key of the group, so that it is the same after a restart: `client-1f0c2a9b`. */
  readonly name: string;
  readonly family: string;
  readonly role: Role;
  /** The settings that its members share, in words. */
  readonly key: string;
  readonly members: readonly string[];
  readonly advertised: number;
  readonly logBytes: number;
  readonly slowMembers: readonly string[];
  /** Prefixes with more paths than are advertised to the members (ADD-PATH). */
  readonly cutPrefixes: number;
  /** Prefixes that are not advertised to the members because of `max-prefix-out`. */
  readonly blockedPrefixes: number;
}

/** A prefix with more paths than are advertised to an update group (ADD-PATH limit). */
export interface CutView {
  readonly family: string;
  readonly prefix: string;
  /** Id of the update group, and its number of members. */
  readonly group: number;
  readonly members: number;
  /** Distinct paths, and the maximum number that is advertised. */
  readonly paths: number;
  readonly limit: number;
}

/** A flapping prefix of a peer (RFC 2439). */
export interface DampedView {
  readonly family: string;
  readonly prefix: string;
  readonly peer: string;
  readonly penalty: number;
  readonly flaps: number;
  /** The prefix is unusable; and the time until it is usable again if it does not flap meanwhile. */
  readonly suppressed: boolean;
  readonly reuseSeconds: number;
}

/** A next hop of received routes, as the kernel reaches it. */
export interface NextHopView {
  /** With the interface of a link-local one if that is known: `fe80::1%eth1`. */
  readonly nextHop: string;
  /** Why paths with it are unusable; null: it is reachable, or it is not checked. */
  readonly unreachable: string | null;
  /** The neighbor that packets are sent to, and its interface; null: not known, or next hops are not checked. */
  readonly gateway: string | null;
  readonly interface: string | null;
  /** The cost in best path selection: the metric of the kernel route, or of `next-hop-cost`. */
  readonly cost: number;
  /** Paths in the tables, and distinct attribute sets in use, that have it. */
  readonly paths: number;
  readonly attributeSets: number;
  /** Seconds since it came into use; null: next hops are not checked (`router.next-hop-check`). */
  readonly trackedSeconds: number | null;
}

/** Attribute sets: their number, then the largest ones, then those of most paths. */
export type AttributeSetsView =
  | {
      readonly kind: 'summary';
      /** Distinct sets that paths in the tables use, their octets, and these paths. */
      readonly sets: number;
      readonly octets: number;
      readonly paths: number;
      /** All sets, with those as received and as advertised, and the bytes of their table. */
      readonly allSets: number;
      readonly tableBytes: number;
    }
  | {
      readonly kind: 'set';
      readonly list: 'largest' | 'most-used';
      readonly octets: number;
      readonly paths: number;
      /** The peer whose `attribute-memory` it counts for; null: no peer. */
      readonly from: string | null;
      readonly attributes: AttributesView;
    };
