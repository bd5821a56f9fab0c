/** What the operator wants of import and export policy. Plain data, made by `config/policy` from the file. */
import type { Prefix } from '../lib/ip.ts';
import type { FamilyId } from '../wire/families.ts';

/** `low` to `high`, both included. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

/** One of the ranges; none: never. */
export type Numbers = readonly NumberRange[];

/** The weight of a route has 16 bits. */
export const MAX_WEIGHT = 65_535;

/** Above every number that is compared; AIGP metrics have 64 bits. */
export const HIGHEST = 2 ** 64;

/**
 * A set of prefixes with the lengths that match below each, packed: 100,000 objects would need more memory than the
 * routes that they select.
 */
export interface PrefixSet {
  /** Name in the file, or the prefixes themselves. */
  readonly name: string;
  /** Identifies the entries: two sets with the same digest match the same prefixes. */
  readonly digest: string;
  /** Two words for each IPv4 entry: the address, and `length << 16 | ge << 8 | le`. */
  readonly ipv4: Uint32Array;
  /** Five words for each IPv6 entry: four of the address, then as above. */
  readonly ipv6: Uint32Array;
  /** The digest, so that the text of a chain does not contain the entries. */
  toJSON(): string;
}

/** A community pattern. Every part is a range; a part that the kind does not have is 0. */
export interface CommunityPattern {
  readonly kind: 'standard' | 'large' | 'extended';
  /** `extended`: the types (octet 0, without the bits for IANA and non-transitive) and the sub-type; else empty and 0. */
  readonly types: readonly number[];
  readonly subtype: number;
  /** Administrator and value; `large` has a second value. */
  readonly parts: readonly NumberRange[];
}

/** A community to add, as its 4, 8 or 12 octets. */
export interface CommunityValue {
  readonly kind: 'standard' | 'large' | 'extended';
  readonly octets: readonly number[];
}

/** A step of an AS path pattern: one AS number in the set, and how often it may repeat. */
export interface PathToken {
  readonly as: Numbers;
  readonly min: 0 | 1;
  /** False: at most once. */
  readonly repeats: boolean;
}

/** Which sessions; every given field must match, a list matches one of its values. */
export interface SessionMatch {
  readonly peers: readonly string[] | null;
  readonly groups: readonly string[] | null;
  readonly roles: readonly SessionRole[] | null;
  readonly client: boolean | null;
  /** The IP version of the session. */
  readonly session: 'ipv4' | 'ipv6' | null;
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

export type SessionRole = 'ibgp' | 'ebgp' | 'confederation';

/** Route distinguishers. */
export interface RdPattern {
  /** RFC 4364 4.2; none: any. */
  readonly types: readonly number[];
  readonly administrator: NumberRange;
  readonly number: NumberRange;
}

/** MAC addresses whose first `length` bits are `value`. */
export interface MacMask {
  readonly value: number;
  readonly length: number;
}

/** Conditions about the NLRI of VPN, EVPN and other families; in IPv4 and IPv6 unicast they are false. */
export type NlriCondition =
  | { readonly kind: 'rd'; readonly patterns: readonly RdPattern[] }
  /** `words`: the names that codecs give to types (`NlriKind`). */
  | { readonly kind: 'route-type'; readonly numbers: Numbers; readonly words: readonly string[] }
  | { readonly kind: 'vni'; readonly values: Numbers }
  | { readonly kind: 'mac'; readonly masks: readonly MacMask[] };

export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'prefix'; readonly set: PrefixSet }
  | { readonly kind: 'family'; readonly families: readonly FamilyId[] }
  | NlriCondition
  | { readonly kind: 'communities'; readonly patterns: readonly CommunityPattern[] }
  | { readonly kind: 'as-contains' | 'as-origin' | 'as-neighbor'; readonly as: Numbers }
  | { readonly kind: 'as-matches'; readonly tokens: readonly PathToken[] }
  | {
      readonly kind: 'length' | 'as-length' | 'local-pref' | 'med' | 'aigp' | 'origin';
      readonly values: Numbers;
    }
  | {
      readonly kind: 'next-hop';
      readonly peer: boolean;
      readonly self: boolean;
      readonly prefixes: readonly Prefix[];
    }
  | { readonly kind: 'from'; readonly match: SessionMatch }
  | { readonly kind: 'to'; readonly match: SessionMatch }
  /** The policy accepts; what it sets has no effect. */
  | { readonly kind: 'policy'; readonly name: string };

export type Action =
  | { readonly kind: 'local-pref' | 'med' | 'aigp' | 'weight'; readonly relative: boolean; readonly value: number }
  | { readonly kind: 'med-remove' }
  | { readonly kind: 'origin'; readonly value: number }
  | { readonly kind: 'communities-add' | 'communities-replace'; readonly values: readonly CommunityValue[] }
  | { readonly kind: 'communities-remove'; readonly patterns: readonly CommunityPattern[] }
  | { readonly kind: 'as-prepend'; readonly as: 'own' | 'neighbor' | number; readonly times: number }
  | { readonly kind: 'as-remove'; readonly as: Numbers }
  | { readonly kind: 'as-replace'; readonly as: Numbers; readonly with: 'own' | number }
  | { readonly kind: 'next-hop'; readonly to: 'self' | 'peer' | 'unchanged' | Uint8Array }
  /** Bytes per second of the Link Bandwidth community. */
  | { readonly kind: 'link-bandwidth'; readonly rate: number };

export type Outcome = 'accept' | 'reject' | 'next';

export interface RuleSpec {
  readonly name: string;
  /** The policy that it is written in, which `use` may have brought into another. */
  readonly policy: string;
  /** null: always. */
  readonly test: Condition | null;
  readonly actions: readonly Action[];
  readonly then: Outcome;
  /** '': none. */
  readonly because: string;
  /** `file:line`, or '' if it is not known. */
  readonly place: string;
}

export interface PolicySpec {
  readonly name: string;
  readonly rules: readonly RuleSpec[];
  readonly default: Outcome;
  readonly place: string;
}

/** The policies of a chain in their order: names, and `accept` or `reject`, which end it. */
export interface ChainSpec {
  readonly steps: readonly string[];
  /** Identifies what the chain does: it changes exactly when a policy or a set of it changes. */
  readonly content: string;
}

/** All policies of the router by name. */
export type PoliciesSpec = ReadonlyMap<string, PolicySpec>;
