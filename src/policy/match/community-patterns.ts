/** Whether communities match patterns. No allocation once the patterns are compiled. */
import type { CommunityPattern, NumberRange } from '../../spec/policy.ts';
import { u16, u32 } from '../../wire/bytes.ts';

/** Octets of a community of each kind. */
export const OCTETS = { standard: 4, extended: 8, large: 12 } as const;
export type CommunityKind = keyof typeof OCTETS;
export const KINDS: readonly CommunityKind[] = ['standard', 'extended', 'large'];

/** Types with a 2-octet administrator; the others of RFC 4360 and RFC 5668 have one of 4 octets. */
const TWO_OCTET_AS = 0x00;
/** The bits for "assigned by IANA" and "non-transitive" (RFC 4360 2) are not part of a pattern. */
const TYPE_MASK = 0xbf;

export class CommunityPatterns {
  /** Exact standard communities: most sets have nothing else. */
  private readonly exact = new Set<number>();
  private readonly standard: readonly CommunityPattern[];
  private readonly large: readonly CommunityPattern[];
  private readonly extended: readonly CommunityPattern[];
  /** Exact ones of the other kinds: a peer chooses how many communities are compared with them. */
  private readonly exactLarge: ExactWords;
  private readonly exactExtended: ExactWords;

  constructor(patterns: readonly CommunityPattern[]) {
    const standard = patterns.filter(({ kind }) => kind === 'standard');
    for (const { parts } of standard) if (isExact(parts)) this.exact.add(parts[0].low * 65_536 + parts[1].low);
    this.standard = standard.filter(({ parts }) => !isExact(parts));
    const large = patterns.filter(({ kind }) => kind === 'large');
    this.large = large.filter(({ parts }) => !isExact(parts));
    this.exactLarge = new ExactWords(large.filter(({ parts }) => isExact(parts)).map(({ parts }) => parts.map(lowOf)));
    const extended = patterns.filter(({ kind }) => kind === 'extended');
    this.extended = extended.filter(({ parts }) => !isExact(parts));
    this.exactExtended = new ExactWords(extended.filter(({ parts }) => isExact(parts)).flatMap(extendedWords));
  }

  has(kind: CommunityKind): boolean {
    switch (kind) {
      case 'standard':
        return this.exact.size > 0 || this.standard.length > 0;
      case 'large':
        return this.large.length > 0 || this.exactLarge.size > 0;
      case 'extended':
        return this.extended.length > 0 || this.exactExtended.size > 0;
    }
  }

  /** Whether the community of a kind at `bytes[at]` matches. */
  matches(kind: CommunityKind, bytes: Uint8Array, at: number): boolean {
    switch (kind) {
      case 'standard':
        return this.exact.has(u32(bytes, at)) || this.matchesStandard(u16(bytes, at), u16(bytes, at + 2));
      case 'large':
        return this.matchesLarge(u32(bytes, at), u32(bytes, at + 4), u32(bytes, at + 8));
      case 'extended':
        return this.matchesExtended(bytes, at);
    }
  }

  private matchesStandard(high: number, low: number): boolean {
    for (const { parts } of this.standard) if (within(parts[0], high) && within(parts[1], low)) return true;
    return false;
  }

  private matchesLarge(first: number, second: number, third: number): boolean {
    if (this.exactLarge.has(first, second, third)) return true;
    for (const { parts } of this.large) {
      if (within(parts[0], first) && within(parts[1], second) && within(parts[2], third)) return true;
    }
    return false;
  }

  private matchesExtended(bytes: Uint8Array, at: number): boolean {
    const type = bytes[at] & TYPE_MASK;
    const wide = type !== TWO_OCTET_AS;
    const administrator = wide ? u32(bytes, at + 2) : u16(bytes, at + 2);
    const value = wide ? u16(bytes, at + 6) : u32(bytes, at + 4);
    if (this.exactExtended.has((type << 8) | bytes[at + 1], administrator, value)) return true;
    for (const { types, subtype, parts } of this.extended) {
      if (!types.includes(type) || subtype !== bytes[at + 1]) continue;
      if (within(parts[0], administrator) && within(parts[1], value)) return true;
    }
    return false;
  }
}

/** Triples of words, in ascending order: a lookup costs as many steps as their number has bits. */
class ExactWords {
  readonly size: number;
  private readonly words: Float64Array;

  constructor(triples: readonly (readonly number[])[]) {
    this.size = triples.length;
    this.words = Float64Array.from([...triples].sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).flat());
  }

  has(first: number, second: number, third: number): boolean {
    const { words } = this;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * 3;
      const order = words[at] - first || words[at + 1] - second || words[at + 2] - third;
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  }
}

/** What an exact pattern of extended communities matches: type with subtype, administrator, value; one for each type. */
function extendedWords({ types, subtype, parts }: CommunityPattern): number[][] {
  return types.map((type) => [(type << 8) | subtype, parts[0].low, parts[1].low]);
}

function lowOf({ low }: NumberRange): number {
  return low;
}

function isExact(parts: readonly NumberRange[]): boolean {
  return parts.every(({ low, high }) => low === high);
}

function within({ low, high }: NumberRange, value: number): boolean {
  return value >= low && value <= high;
}
