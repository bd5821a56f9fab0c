/** What the tables know of a peer: what the decision compares, and counts of what is held from it. */
import { formatAddress } from '../../lib/ip.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { PeerId, PrefixId } from '../tables/ids.ts';
import { REASON } from '../tables/reasons.ts';
import { type AsRules, NO_AS_RULES } from './as-rules.ts';
import type { OtcRule } from './otc.ts';

/** Numbers of generations come again after 256. */
const MAX_GENERATIONS = 200;

/** A bound that no table comes near. */
export const NO_LIMIT = 0xffffffff;

/** What is told of flaps of one family. */
export interface Flaps {
  isSuppressed(prefix: PrefixId): boolean;
  onWithdrawn(prefix: PrefixId): void;
  onChanged(prefix: PrefixId): void;
}

export class RibPeer {
  readonly id: PeerId;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  /** What operators call it. */
  name: string;
  /** It is of another AS, be it a member of our confederation. */
  readonly ebgp: boolean;
  /** It is of another member AS of our confederation (RFC 5065). */
  readonly confederation: boolean;
  /** A client of this reflector, and the cluster id of its group: `Reflector.reposition` alone changes them. */
  client: boolean;
  clusterId: number;
  /** False: every path of it is kept, but unusable. */
  importAccepts: boolean;
  /** What the AS_PATH of its paths must be. */
  asRules: AsRules = NO_AS_RULES;
  /** Its session is over: its paths are being taken out. */
  gone = false;
  /** AS number and BGP identifier that it opened with, 32 bits. */
  as = 0;
  routerId = 0;
  /** Its account of attribute sets (AttributeAccounts); 0: none. */
  account = 0;
  /** Octets of attribute sets that it may be charged with, and from which on that is worth a look. */
  maxAttributes = Number.POSITIVE_INFINITY;
  attributesNear = Number.POSITIVE_INFINITY;
  /** Paths held, per family id; and those of them that are usable. */
  readonly received: Uint32Array;
  readonly accepted: Uint32Array;
  /** Paths held of all families, by the reason (REASON) that they may not be used for; usable ones at 0. */
  readonly byReason = new Uint32Array(Object.keys(REASON).length);
  /**
   * Per family id: the number of the session (modulo 256) that a path must have been announced in to be fresh. A path
   * of an earlier one is stale (RFC 4724 4.2).
   */
  readonly generation: Uint8Array;
  /** Per family id: how many generations back paths are kept; those before are being taken out. 0: fresh ones only. */
  readonly kept: Uint8Array;
  /** Per family id: 1 when stale paths are to carry LLGR_STALE, and those with NO_LLGR to go (RFC 9494 4.2). */
  readonly longLived: Uint8Array;
  /** Stale paths held, per family id. */
  readonly stale: Uint32Array;
  /** How many paths are held at most, and how many are used at most (RFC 4271 6.7), per family id. */
  readonly maxReceived: Uint32Array;
  readonly maxAccepted: Uint32Array;
  /** Announcements that `maxReceived` turned away, and paths held that `maxAccepted` keeps from being used, per family id. */
  readonly overMaxReceived: Uint32Array;
  readonly overLimit: Uint32Array;
  /** How many paths of one prefix are held at most; only ADD-PATH (RFC 7911) brings more than one. */
  maxPathsPerPrefix = NO_LIMIT;
  /** Per family id: announcements of paths beyond that, which are not held; and the prefix that the last one was of. */
  readonly pathsRefused: Uint32Array;
  readonly refusedPrefix: Uint32Array;
  /** Per family id: 1 when a path has gone since then from a prefix that had as many as are held. */
  readonly pathsFreed: Uint8Array;
  /** Paths held that are suppressed because they flap, per family id. */
  readonly damped: Uint32Array;
  /** What ONLY_TO_CUSTOMER means on its paths (RFC 9234); null: the session has no role. */
  otc: OtcRule | null = null;
  /** What remembers flaps (RFC 2439), by family id; null: they are not counted. */
  damping: readonly Flaps[] | null = null;

  constructor(
    id: PeerId,
    address: Uint8Array,
    role: { ebgp: boolean; confederation?: boolean; client: boolean; clusterId: number; importAccepts: boolean },
    families: number,
  ) {
    this.id = id;
    this.address = address;
    this.name = formatAddress(address);
    this.ebgp = role.ebgp;
    this.confederation = role.confederation ?? false;
    this.client = role.client;
    this.clusterId = role.clusterId;
    this.importAccepts = role.importAccepts;
    this.received = new Uint32Array(families);
    this.accepted = new Uint32Array(families);
    this.generation = new Uint8Array(families);
    this.kept = new Uint8Array(families);
    this.longLived = new Uint8Array(families);
    this.stale = new Uint32Array(families);
    this.maxReceived = new Uint32Array(families).fill(NO_LIMIT);
    this.maxAccepted = new Uint32Array(families).fill(NO_LIMIT);
    this.overMaxReceived = new Uint32Array(families);
    this.overLimit = new Uint32Array(families);
    this.pathsRefused = new Uint32Array(families);
    this.refusedPrefix = new Uint32Array(families);
    this.pathsFreed = new Uint8Array(families);
    this.damped = new Uint32Array(families);
  }

  /**
   * Every path of the family is stale from now on, and kept.
   * @param older keeps those that were stale already; otherwise they are to be taken out
   */
  retain(family: FamilyId, older = false): void {
    this.generation[family]++;
    this.kept[family] = older ? Math.min(this.kept[family] + 1, MAX_GENERATIONS) : 1;
    this.longLived[family] = 0;
    this.stale[family] = this.received[family];
  }

  /** The stale paths of the family are to be taken out. */
  release(family: FamilyId): void {
    this.kept[family] = 0;
    this.longLived[family] = 0;
  }

  /** How many generations ago a path was announced; 0: it is fresh. */
  ageOf(family: FamilyId, generation: number): number {
    return (this.generation[family] - generation) & 255;
  }
}

/** Order of two peer addresses for the last step of the decision: IPv4 before IPv6, then as numbers. */
export function compareAddresses(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
