/** What the tables know about a peer: what the decision compares, and counts of the paths held from it. */
import { formatAddress } from '../../lib/ip.ts';
import type { Chain } from '../../policy/chain.ts';
import { NO_FACTS, type SessionFacts } from '../../policy/route/route.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { PeerId, PrefixId } from '../tables/ids.ts';
import { REASON } from '../tables/reasons.ts';
import { type AsRules, NO_AS_RULES } from './as-rules.ts';
import type { OtcRule } from './otc.ts';

/** The oldest generation that can be kept: one bit each. Generation numbers repeat after 256. */
export const MAX_AGE = 30;

/** A limit that no table reaches. */
export const NO_LIMIT = 0xffffffff;

const NO_COUNTS = new Uint32Array(0);
const NO_TOTALS = new Float64Array(0);
const NO_FLAGS = new Uint8Array(0);

/** Receives the flaps of one family. */
export interface Flaps {
  isSuppressed(prefix: PrefixId): boolean;
  onWithdrawn(prefix: PrefixId): void;
  onChanged(prefix: PrefixId): void;
}

export class RibPeer {
  readonly id: PeerId;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  /** The name that operators use. */
  name: string;
  /** It is in another AS, possibly a member AS of our confederation. */
  readonly ebgp: boolean;
  /** It is in another member AS of our confederation (RFC 5065). */
  readonly confederation: boolean;
  /** A client of this reflector, and the cluster id of its group; only `Reflector.reposition` changes them. */
  client: boolean;
  clusterId: number;
  /** False: its paths are kept, but unusable. */
  importAccepts: boolean;
  /** The policies for its paths; null: none, `importAccepts` decides. */
  importChain: Chain | null = null;
  /** What policies know about it. */
  facts: SessionFacts = NO_FACTS;
  /** Our address in the session. */
  selfAddress: Uint8Array = new Uint8Array(0);
  /** Identifies the facts, and the session, in results of policies; never used again. */
  factsKey = 0;
  sessionKey = 0;
  /** False: paths that the policies reject are not kept. */
  keepsRejected = true;
  /** Announcements that were not kept because the policies rejected them. */
  rejectedDropped = 0;
  /** The rules for the AS_PATH of its paths. */
  asRules: AsRules = NO_AS_RULES;
  /** Its flow specifications are validated (RFC 8955 6). */
  validatesFlows = false;
  /** It stands for this router: its paths are our own. */
  isOurs = false;
  /** Its session is closed: its paths are being removed. */
  gone = false;
  /** AS number and BGP identifier of its OPEN, 32 bits. */
  as = 0;
  routerId = 0;
  /** Its account of attribute sets (AttributeAccounts); 0: none. */
  account = 0;
  /** Maximum octets of attribute sets charged to it, and the amount from which on this is checked. */
  maxAttributes = Number.POSITIVE_INFINITY;
  attributesNear = Number.POSITIVE_INFINITY;
  /** Paths held, and those of them that are usable, per family id. */
  received: Uint32Array = NO_COUNTS;
  /** Routes that it announced and withdrew in this session. */
  announced: Float64Array = NO_TOTALS;
  withdrawn: Float64Array = NO_TOTALS;
  accepted: Uint32Array = NO_COUNTS;
  /** Paths held of all families, by the reason (REASON) why they are unusable; usable ones at 0. */
  readonly byReason = new Uint32Array(Object.keys(REASON).length);
  /**
   * Per family id: the number of the current session (modulo 256). Paths announced in it are fresh; paths of an earlier
   * session are stale (RFC 4724 4.2).
   */
  generation: Uint8Array = NO_FLAGS;
  /** Per family id: bit n is set if the paths of n generations ago are kept; fresh ones (bit 0) are always kept. */
  private kept: Uint32Array = NO_COUNTS;
  /** Per family id: 1 when stale paths get LLGR_STALE, and those with NO_LLGR are removed (RFC 9494 4.2). */
  longLived: Uint8Array = NO_FLAGS;
  /** Stale paths held, per family id. */
  stale: Uint32Array = NO_COUNTS;
  /** Maximum number of paths held, and of usable ones (RFC 4271 6.7), per family id. */
  maxReceived: Uint32Array = NO_COUNTS;
  maxAccepted: Uint32Array = NO_COUNTS;
  /** Announcements rejected by `maxReceived`, and held paths that `maxAccepted` makes unusable, per family id. */
  overMaxReceived: Uint32Array = NO_COUNTS;
  overLimit: Uint32Array = NO_COUNTS;
  /** Maximum number of paths held of one prefix; only ADD-PATH (RFC 7911) has more than one. */
  maxPathsPerPrefix = NO_LIMIT;
  /** Per family id: announcements rejected by that maximum, and the prefix of the last one. */
  pathsRefused: Uint32Array = NO_COUNTS;
  refusedPrefix: Uint32Array = NO_COUNTS;
  /** Per family id: 1 when a path was removed since then from a prefix at its maximum. */
  pathsFreed: Uint8Array = NO_FLAGS;
  /** Paths held that are suppressed because they flap, per family id. */
  damped: Uint32Array = NO_COUNTS;
  /** The rules for ONLY_TO_CUSTOMER on its paths (RFC 9234); null: the session has no role. */
  otc: OtcRule | null = null;
  /**
   * The import rules have changed, and the paths in the tables still follow the previous rules: the next walk over all
   * paths (`Revalidation`) derives their attributes in use again from those received.
   */
  importChanged = false;
  /** The current walk does that. */
  isReimported = false;
  /** Flap damping (RFC 2439), by family id; null: off. */
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
    this.widen(families);
  }

  /**
   * Every path of the family is stale from now on, and kept. Paths that were stale already are removed (RFC 4724 4.2:
   * consecutive restarts), except long-lived ones (RFC 9494 4.2).
   * @param longLivedAges bits of the ages, until now, of the generations that are long-lived stale
   */
  retain(family: FamilyId, longLivedAges = 0): void {
    this.generation[family]++;
    this.kept[family] = (((this.kept[family] & longLivedAges) << 1) | 2) & (2 ** (MAX_AGE + 1) - 1);
    this.longLived[family] = 0;
    this.stale[family] = this.received[family];
  }

  /** The stale paths of one generation are no longer kept: the next sweep removes them. */
  releaseAge(family: FamilyId, age: number): void {
    this.kept[family] &= ~(1 << age);
  }

  /** Whether paths of a generation are kept; others are being removed. */
  keeps(family: FamilyId, age: number): boolean {
    return age === 0 || (age <= MAX_AGE && (this.kept[family] & (1 << age)) !== 0);
  }

  /** The stale paths of the family are no longer kept: the next sweep removes them. */
  release(family: FamilyId): void {
    this.kept[family] = 0;
    this.longLived[family] = 0;
  }

  /** Makes room for the counts of so many families: more may be taken into use while the tables have the peer. */
  widen(families: number): void {
    if (families <= this.received.length) return;
    this.received = wider(this.received, new Uint32Array(families));
    this.announced = wider(this.announced, new Float64Array(families));
    this.withdrawn = wider(this.withdrawn, new Float64Array(families));
    this.accepted = wider(this.accepted, new Uint32Array(families));
    this.generation = wider(this.generation, new Uint8Array(families));
    this.kept = wider(this.kept, new Uint32Array(families));
    this.longLived = wider(this.longLived, new Uint8Array(families));
    this.stale = wider(this.stale, new Uint32Array(families));
    this.maxReceived = wider(this.maxReceived, new Uint32Array(families).fill(NO_LIMIT));
    this.maxAccepted = wider(this.maxAccepted, new Uint32Array(families).fill(NO_LIMIT));
    this.overMaxReceived = wider(this.overMaxReceived, new Uint32Array(families));
    this.overLimit = wider(this.overLimit, new Uint32Array(families));
    this.pathsRefused = wider(this.pathsRefused, new Uint32Array(families));
    this.refusedPrefix = wider(this.refusedPrefix, new Uint32Array(families));
    this.pathsFreed = wider(this.pathsFreed, new Uint8Array(families));
    this.damped = wider(this.damped, new Uint32Array(families));
  }

  /** A walk over all paths starts. */
  beginWalk(): void {
    this.isReimported = this.importChanged;
    this.importChanged = false;
  }

  /** The number of generations since a path was announced; 0: it is fresh. */
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

function wider<T extends Float64Array | Uint32Array | Uint8Array>(counts: T, into: T): T {
  into.set(counts);
  return into;
}
