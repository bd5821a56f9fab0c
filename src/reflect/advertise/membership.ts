/**
 * Which route targets a peer asks for (RFC 4684), and so which routes it is sent. The origin AS of a membership says where
 * routes go between AS, and does not select routes (3.1).
 *
 *   `default`             all routes, also those without a route target
 *   65000:rt:65000:100    routes with this route target
 *   65000:rt:65000:0/64   routes with a route target that begins with these bits
 *
 * Memberships that arrive are noted, and take effect together (`apply`), when nothing of an earlier change is on its way.
 * Answers are kept per tag, in 4 bytes.
 */
import { BitSet } from '../../lib/tables/bit-set.ts';
import type { RouteTargetSets } from '../../rib/attributes/route-target-sets.ts';
import type { AttributesId, TagId } from '../../rib/tables/ids.ts';
import { u32 } from '../../wire/bytes.ts';

/** Tags with a higher id are compared each time: peers choose how many there are. */
const MAX_KEPT = 16_384;
/** Bits of a kept answer, below the stamp of its tag. */
const WANTED = 1;
const EVER = 2;
const ORIGIN_BITS = 32;
const TARGET_BITS = 64;

/** What is asked for: so many bits of a route target, in two words. */
interface Asked {
  readonly bits: number;
  readonly high: number;
  readonly low: number;
  readonly isDefault: boolean;
}

/** A member that is sent what the peer asks for: of one update group in each family. */
interface Filtered {
  /** It moves from another group. */
  readonly origin: unknown;
  readonly isComparing: boolean;
}

export class Membership {
  readonly members = new Set<Filtered>();
  /** How often a route target is asked for, with any origin AS. */
  private readonly asked = new Map<string, number>();
  /** Memberships of each length. */
  private readonly lengths = new Uint32Array(TARGET_BITS + 1);
  private defaults = 0;
  /** What has arrived and has no effect yet. */
  private readonly noted: { readonly what: Asked; readonly by: 1 | -1 }[] = [];
  private answers = new Uint32Array(64);
  private readonly sets: RouteTargetSets;

  constructor(sets: RouteTargetSets) {
    this.sets = sets;
  }

  /** Different route targets that are asked for. */
  get count(): number {
    return this.asked.size;
  }

  /** The default membership asks for all routes. */
  get isDefault(): boolean {
    return this.defaults > 0;
  }

  /** Notes a membership that arrived, or was withdrawn: the NLRI `bytes`, its length in bits first. */
  note(bytes: Uint8Array, isAsked: boolean): void {
    this.noted.push({ what: read(bytes), by: isAsked ? 1 : -1 });
  }

  /** Whether the peer is sent routes with these route targets. */
  wants(tag: TagId): boolean {
    if (tag >= MAX_KEPT) return this.matches(tag);
    const stamp = this.sets.stampOf(tag);
    if (tag >= this.answers.length) this.grow(tag);
    const kept = this.answers[tag];
    return kept >>> 2 === stamp ? (kept & WANTED) !== 0 : this.keep(tag, stamp, false);
  }

  /** The same for routes with these attributes. */
  wantsSet(set: AttributesId): boolean {
    return this.wants(this.sets.of(set));
  }

  /** Whether the peer may have been sent routes with these attributes, now or before a change. */
  wantedEver(set: AttributesId): boolean {
    const tag = this.sets.of(set);
    return this.wants(tag) || tag >= MAX_KEPT || (this.answers[tag] & EVER) !== 0;
  }

  /**
   * Applies what was noted.
   * @returns the tags that are wanted from now on and were not before, or the other way; null: there are none. Of tags
   *   above `MAX_KEPT`, see `mayHaveChanged`
   */
  apply(): BitSet | null {
    for (const { what, by } of this.noted.splice(0)) this.tally(what, by);
    const changed = new BitSet();
    const { limit } = this.sets;
    for (let tag = 1; tag < Math.min(limit, this.answers.length); tag++) {
      const kept = this.answers[tag];
      const stamp = this.sets.stampOf(tag as TagId);
      if (kept === 0 || kept >>> 2 !== stamp) continue;
      if (this.keep(tag as TagId, stamp, (kept & EVER) !== 0) !== ((kept & WANTED) !== 0)) changed.add(tag);
    }
    return changed.count === 0 && limit <= MAX_KEPT ? null : changed;
  }

  /** Whether a change concerns routes with these attributes; `changed` is what `apply` returned. */
  mayHaveChanged(changed: BitSet, set: AttributesId): boolean {
    const tag = this.sets.of(set);
    return tag >= MAX_KEPT || changed.has(tag);
  }

  private tally({ bits, high, low, isDefault }: Asked, by: 1 | -1): void {
    if (isDefault) {
      this.defaults += by;
      return;
    }
    const key = keyOf(bits, high, low);
    const before = this.asked.get(key) ?? 0;
    if (before + by > 0) this.asked.set(key, before + by);
    else this.asked.delete(key);
    if (before === 0 || before + by === 0) this.lengths[bits] += by;
  }

  private keep(tag: TagId, stamp: number, wasWanted: boolean): boolean {
    const isWanted = this.matches(tag);
    this.answers[tag] = (stamp << 2) | (isWanted ? WANTED : 0) | (isWanted || wasWanted ? EVER : 0);
    return isWanted;
  }

  private matches(tag: TagId): boolean {
    if (this.defaults > 0 || this.sets.isUnnameable(tag)) return true;
    if (this.asked.size === 0) return false;
    return this.sets.some(tag, this.matchesTarget);
  }

  private readonly matchesTarget = (high: number, low: number): boolean => {
    for (let bits = TARGET_BITS; bits >= 0; bits--) {
      if (this.lengths[bits] > 0 && this.asked.has(keyOf(bits, high, low))) return true;
    }
    return false;
  };

  private grow(tag: number): void {
    const answers = new Uint32Array(Math.min(MAX_KEPT, 2 ** Math.ceil(Math.log2(tag + 1))));
    answers.set(this.answers);
    this.answers = answers;
  }
}

/** Text of the first bits of a route target: V8 hashes strings with a seed, so a peer cannot choose keys that collide. */
function keyOf(bits: number, high: number, low: number): string {
  if (bits >= 32) return `${bits}:${high}:${first(low, bits - 32)}`;
  return `${bits}:${first(high, bits)}`;
}

/** The first bits of a word, the others 0. */
function first(word: number, bits: number): number {
  return bits === 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

function read(bytes: Uint8Array): Asked {
  const isDefault = bytes[0] < ORIGIN_BITS;
  const bits = Math.max(0, bytes[0] - ORIGIN_BITS);
  const whole = new Uint8Array(13);
  whole.set(bytes);
  return { bits, high: u32(whole, 5), low: u32(whole, 9), isDefault };
}
