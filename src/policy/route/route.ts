/**
 * The route that a chain works on: an attribute set as fields that rules read and change, and its way back to bytes. One
 * object is used for one evaluation after another.
 */
import type { SessionRole } from '../../spec/policy.ts';
import { asPathLength } from '../../wire/attributes/as-path.ts';
import { ATTRIBUTE, ATTRIBUTE_FLAG } from '../../wire/attributes/attribute-table.ts';
import { attributeEnd, attributeValueOffset, putHeader } from '../../wire/attributes/canonical.ts';
import { put32, putBytes, u32 } from '../../wire/bytes.ts';
import type { FamilyId } from '../../wire/families.ts';
import { Field } from './field.ts';

/** What rules know about a session. */
export interface SessionFacts {
  readonly name: string;
  readonly group: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly role: SessionRole;
  readonly client: boolean;
  /** The IP version of the session. */
  readonly session: 'ipv4' | 'ipv6';
}

export const NO_FACTS: SessionFacts = {
  name: '',
  group: '',
  labels: {},
  role: 'ibgp',
  client: false,
  session: 'ipv4',
};

const NO_ADDRESS = new Uint8Array(0);
/** No value. */
export const NONE = -1;
const TRANSITIVE = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;
const AIGP_LENGTH = 11;
const BEHIND_ALL = 256;

/** Codes that rules can change, ascending. */
const CHANGEABLE: readonly number[] = [
  ATTRIBUTE.origin,
  ATTRIBUTE.asPath,
  ATTRIBUTE.nextHop,
  ATTRIBUTE.med,
  ATTRIBUTE.localPref,
  ATTRIBUTE.communities,
  ATTRIBUTE.extendedCommunities,
  ATTRIBUTE.aigp,
  ATTRIBUTE.largeCommunities,
];

export class Route {
  /** Changes whenever something else is opened, or a rule changes something. */
  version = 0;
  family = 0 as FamilyId;
  /** A class of the prefix (`PrefixClasses`); 0 if the chain does not ask for it. */
  prefixClass = 0;
  origin = 0;
  /** Preference in this router alone, compared before LOCAL_PREF; no attribute. */
  weight = 0;
  localPref = 0;
  /** MULTI_EXIT_DISC and AIGP, or NONE. AIGP above 2^53 is not exact. */
  med = NONE;
  aigp = NONE;
  readonly asPath = new Field();
  readonly communities = new Field();
  readonly extended = new Field();
  readonly large = new Field();
  /** PMSI tunnel attribute, which rules only read. */
  readonly tunnel = new Field();
  /** 4, 16 or 32 octets from `nextHopStart` on. */
  nextHop: Uint8Array = NO_ADDRESS;
  nextHopStart = 0;
  nextHopLength = 0;
  /** The address that a rule has set; null: as received. */
  newNextHop: Uint8Array | null = null;
  /** A rule decided about the next hop, so the setting of the session does not apply. */
  nextHopDecided = false;
  medDecided = false;
  /** The session that the route was learned from. */
  source: SessionFacts = NO_FACTS;
  peerAddress: Uint8Array = NO_ADDRESS;
  /** Our address in the session. */
  selfAddress: Uint8Array = NO_ADDRESS;
  private readonly fields = [this.asPath, this.communities, this.extended, this.large, this.tunnel];
  private hadLocalPref = false;
  private firstLocalPref = 0;
  private firstOrigin = 0;
  private firstMed = NONE;
  private firstAigp = NONE;
  private bytes: Uint8Array = NO_ADDRESS;
  private start = 0;
  private end = 0;
  private out: Uint8Array = NO_ADDRESS;

  /**
   * Starts with the canonical attributes `bytes[start, end)`.
   * @param localPref LOCAL_PREF, or the default of a route without
   */
  open(bytes: Uint8Array, start: number, end: number, localPref: number): void {
    this.version++;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.localPref = this.firstLocalPref = localPref;
    this.med = this.aigp = NONE;
    this.weight = 0;
    this.hadLocalPref = this.nextHopDecided = this.medDecided = false;
    this.newNextHop = null;
    for (const field of this.fields) field.open(bytes, 0, 0);
    for (let at = start; at < end; ) {
      const next = attributeEnd(bytes, at);
      this.take(bytes, bytes[at + 1], attributeValueOffset(bytes, at), next);
      at = next;
    }
    this.firstOrigin = this.origin;
    this.firstMed = this.med;
    this.firstAigp = this.aigp;
  }

  /** Whether it was opened with these attributes. */
  isAt(bytes: Uint8Array, start: number): boolean {
    return this.bytes === bytes && this.start === start;
  }

  private take(bytes: Uint8Array, code: number, start: number, end: number): void {
    switch (code) {
      case ATTRIBUTE.origin:
        this.origin = bytes[start];
        break;
      case ATTRIBUTE.asPath:
        this.asPath.open(bytes, start, end);
        break;
      case ATTRIBUTE.med:
        this.med = u32(bytes, start);
        break;
      case ATTRIBUTE.localPref:
        this.hadLocalPref = true;
        break;
      case ATTRIBUTE.communities:
        this.communities.open(bytes, start, end);
        break;
      case ATTRIBUTE.extendedCommunities:
        this.extended.open(bytes, start, end);
        break;
      case ATTRIBUTE.largeCommunities:
        this.large.open(bytes, start, end);
        break;
      case ATTRIBUTE.pmsiTunnel:
        this.tunnel.open(bytes, start, end);
        break;
      case ATTRIBUTE.aigp:
        this.takeAigp(bytes, start, end);
        break;
    }
  }

  private takeAigp(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end && this.aigp === NONE; at += (bytes[at + 1] << 8) | bytes[at + 2]) {
      if (bytes[at] === 1) this.aigp = u32(bytes, at + 3) * 2 ** 32 + u32(bytes, at + 7);
    }
  }

  get asPathLength(): number {
    return asPathLength(this.asPath.bytes, this.asPath.start, this.asPath.end, 4);
  }

  /** Whether the rules have changed anything. */
  get isChanged(): boolean {
    return (
      this.localPref !== this.firstLocalPref ||
      this.med !== this.firstMed ||
      this.origin !== this.firstOrigin ||
      this.aigp !== this.firstAigp ||
      this.newNextHop !== null ||
      this.asPath.changed ||
      this.communities.changed ||
      this.extended.changed ||
      this.large.changed
    );
  }

  get overflows(): boolean {
    return this.asPath.overflows || this.communities.overflows || this.extended.overflows || this.large.overflows;
  }

  /** Maximum octets that `write` needs. */
  get maxLength(): number {
    const { asPath, communities, extended, large } = this;
    const lists = [asPath, communities, extended, large].reduce((sum, { start, end }) => sum + end - start + 4, 0);
    return this.end - this.start + lists + 64;
  }

  /** Writes the canonical attributes to `out`, with room for `maxLength` octets; returns their length. */
  write(out: Uint8Array): number {
    this.out = out;
    const { bytes, end } = this;
    let pos = 0;
    let own = 0;
    for (let at = this.start; ; ) {
      const code = at < end ? bytes[at + 1] : BEHIND_ALL;
      for (; own < CHANGEABLE.length && CHANGEABLE[own] < code; own++) pos = this.writeOwn(CHANGEABLE[own], -1, pos);
      if (code === BEHIND_ALL) return pos;
      const next = attributeEnd(bytes, at);
      if (CHANGEABLE[own] === code) pos = this.writeOwn(CHANGEABLE[own++], at, pos);
      else pos = putBytes(out, pos, bytes, at, next);
      at = next;
    }
  }

  /** Writes an attribute that rules can change; `at`: where the set has it, or -1. */
  private writeOwn(code: number, at: number, pos: number): number {
    switch (code) {
      case ATTRIBUTE.origin:
        pos = putHeader(this.out, pos, ATTRIBUTE_FLAG.transitive, code, 1);
        this.out[pos] = this.origin;
        return pos + 1;
      case ATTRIBUTE.asPath:
        return this.writeList(this.asPath, ATTRIBUTE_FLAG.transitive, code, at, pos);
      case ATTRIBUTE.nextHop:
        return this.writeNextHop(at, pos);
      case ATTRIBUTE.med:
        return this.med === NONE ? pos : this.writeWord(code, ATTRIBUTE_FLAG.optional, this.med, pos);
      case ATTRIBUTE.localPref:
        if (!this.hadLocalPref && this.localPref === this.firstLocalPref) return pos;
        return this.writeWord(code, ATTRIBUTE_FLAG.transitive, this.localPref, pos);
      case ATTRIBUTE.communities:
        return this.writeList(this.communities, TRANSITIVE, code, at, pos);
      case ATTRIBUTE.extendedCommunities:
        return this.writeList(this.extended, TRANSITIVE, code, at, pos);
      case ATTRIBUTE.aigp:
        return this.writeAigp(at, pos);
      default:
        return this.writeList(this.large, TRANSITIVE, code, at, pos);
    }
  }

  private copy(at: number, pos: number): number {
    return at < 0 ? pos : putBytes(this.out, pos, this.bytes, at, attributeEnd(this.bytes, at));
  }

  private writeWord(code: number, flags: number, value: number, pos: number): number {
    return put32(this.out, putHeader(this.out, pos, flags, code, 4), value);
  }

  /** An empty AS_PATH is an attribute; an empty list of communities is none. */
  private writeList(field: Field, flags: number, code: number, at: number, pos: number): number {
    if (!field.changed) return this.copy(at, pos);
    const { bytes, start, end } = field;
    if (start === end && code !== ATTRIBUTE.asPath) return pos;
    const kept = at < 0 ? flags : this.bytes[at] & ~ATTRIBUTE_FLAG.extendedLength;
    return putBytes(this.out, putHeader(this.out, pos, kept, code, end - start), bytes, start, end);
  }

  /** NEXT_HOP has IPv4 addresses; others are beside the attributes. */
  private writeNextHop(at: number, pos: number): number {
    if (this.newNextHop === null) return this.copy(at, pos);
    if (this.newNextHop.length !== 4) return pos;
    return this.writeWord(ATTRIBUTE.nextHop, ATTRIBUTE_FLAG.transitive, u32(this.newNextHop, 0), pos);
  }

  private writeAigp(at: number, pos: number): number {
    if (this.aigp === this.firstAigp) return this.copy(at, pos);
    if (this.aigp === NONE) return pos;
    pos = putHeader(this.out, pos, ATTRIBUTE_FLAG.optional, ATTRIBUTE.aigp, AIGP_LENGTH);
    this.out[pos] = 1;
    this.out[pos + 1] = 0;
    this.out[pos + 2] = AIGP_LENGTH;
    pos = put32(this.out, pos + 3, Math.floor(this.aigp / 2 ** 32));
    return put32(this.out, pos, this.aigp % 2 ** 32);
  }
}
