/**
 * The tables as the input of the FIB plan: the next hops of the route of each prefix, by the configuration.
 */
import { InstallFilter } from '../../fib/plan/install-filter.ts';
import type { BestRoutes, NextHopMember } from '../../fib/port/ports.ts';
import type { Prefix } from '../../lib/ip.ts';
import { sharesOf } from '../../lib/shares.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, NextHopId, PathId, PayloadId, PrefixId } from '../../rib/tables/ids.ts';
import type { Discard, FibSpec } from '../../spec/fib.ts';
import { COMMUNITY_FLAG } from '../../wire/attributes/attribute-table.ts';
import { linkBandwidth } from '../../wire/attributes/link-bandwidth.ts';
import { AFI, FAMILIES, type FamilyId } from '../../wire/families.ts';
import { NlriReader } from '../../wire/update/nlri.ts';
import { discardId, discardOf, isTarget, RouteTargets } from './multipath.ts';

/** Maximum number of paths checked for one prefix, and per next hop: several paths may have the same one. */
const MAX_TIED = 512;
const TIED_PER_HOP = 4;
/** Prefixes that can be installed have none. */
const NO_PAYLOAD = 0 as PayloadId;
/** Maximum weight in the kernel. */
const MAX_WEIGHT = 256;

/** The settings that decide the next hops of routes. */
export type RouteWishes = Pick<FibSpec, 'install' | 'blackhole' | 'multipath' | 'weights'>;

export class RibBestRoutes implements BestRoutes {
  private readonly rib: Rib;
  private readonly filter: InstallFilter | null;
  private readonly discard: Discard | null;
  private readonly multipath: number;
  private readonly maxTied: number;
  private readonly weights: boolean;
  private readonly targets = new RouteTargets();
  private readonly reader = new NlriReader();
  private readonly nlri = new Uint8Array(17);
  private readonly tied = new Uint32Array(MAX_TIED);

  constructor(rib: Rib, { install, blackhole, multipath, weights }: RouteWishes) {
    this.rib = rib;
    this.filter = install === null ? null : new InstallFilter(install);
    this.discard = blackhole;
    this.multipath = multipath;
    this.maxTied = Math.min(MAX_TIED, multipath * TIED_PER_HOP);
    this.weights = weights;
  }

  /**
   * Whether a change of a prefix concerns its route: where traffic is shared, other paths than the best one count, too.
   */
  isConcerned(bestChanged: boolean): boolean {
    return bestChanged || this.multipath > 1;
  }

  nextHop(family: FamilyId, prefix: number): number {
    const table = this.rib.families[family];
    const best = table.bestOf(prefix as PrefixId);
    if (best === 0 || (this.filter !== null && !this.isAccepted(family, prefix as PrefixId))) return 0;
    const set = table.paths.attributesOf(best);
    if (this.discard !== null && (this.rib.attributes.flagsOf(set) & COMMUNITY_FLAG.blackhole) !== 0) {
      return discardId(this.discard);
    }
    return this.multipath > 1 ? this.several(family, prefix as PrefixId) : this.rib.attributes.nextHopOf(set);
  }

  formatPrefix(family: FamilyId, prefix: number): string {
    return this.rib.families[family].prefixes.format(prefix as PrefixId);
  }

  formatNextHop(nextHop: number): string {
    if (!isTarget(nextHop)) return this.rib.nextHops.nameOf(nextHop as NextHopId);
    const members = this.targets.members(nextHop);
    if (members === null) return discardOf(nextHop) ?? '';
    const equal = members.every(({ weight }) => weight === members[0].weight);
    return members
      .map((member) => `${this.formatNextHop(member.nextHop)}${equal ? '' : ` weight ${member.weight}`}`)
      .join(', ');
  }

  members(nextHop: number): readonly NextHopMember[] | null {
    return isTarget(nextHop) ? this.targets.members(nextHop) : null;
  }

  discards(nextHop: number): Discard | null {
    return discardOf(nextHop);
  }

  isInside(family: FamilyId, prefix: number, nextHop: number): boolean {
    const members = this.members(nextHop);
    if (members !== null) return members.some((member) => this.isInside(family, prefix, member.nextHop));
    if (isTarget(nextHop)) return false;
    const { nextHops } = this.rib;
    const octets = FAMILIES[family].afi === AFI.ipv6 ? 16 : 4;
    if (Math.min(nextHops.lengthOf(nextHop as NextHopId), 16) !== octets) return false;
    this.rib.families[family].prefixes.write(prefix as PrefixId, this.nlri, 0, NO_PAYLOAD);
    const page = nextHops.pageOf(nextHop as NextHopId);
    return covers(this.nlri, page, nextHops.startOf(nextHop as NextHopId));
  }

  intern(family: FamilyId, address: Uint8Array, length: number): number {
    return this.rib.families[family].prefixes.intern(this.readerAt(family, { address, length }));
  }

  find(family: FamilyId, address: Uint8Array, length: number): number {
    return this.rib.families[family].prefixes.find(this.readerAt(family, { address, length }));
  }

  pin(family: FamilyId, prefix: number): void {
    this.rib.families[family].pin(prefix as PrefixId);
  }

  unpin(family: FamilyId, prefix: number): void {
    this.rib.families[family].unpin(prefix as PrefixId);
  }

  holdNextHop(nextHop: number): void {
    if (!isTarget(nextHop)) this.rib.nextHops.hold(nextHop as NextHopId);
    else if (this.targets.hold(nextHop)) this.eachMember(nextHop, (member) => this.holdNextHop(member));
  }

  releaseNextHop(nextHop: number): void {
    if (!isTarget(nextHop)) this.rib.nextHops.release(nextHop as NextHopId);
    else if (this.targets.release(nextHop)) this.eachMember(nextHop, (member) => this.releaseNextHop(member));
  }

  private isAccepted(family: FamilyId, prefix: PrefixId): boolean {
    this.rib.families[family].prefixes.write(prefix, this.nlri, 0, NO_PAYLOAD);
    return (this.filter as InstallFilter).accepts(this.nlri, FAMILIES[family].afi === AFI.ipv6 ? 16 : 4);
  }

  /** The distinct next hops of equal paths: an id for all of them, or the only one. */
  private several(family: FamilyId, prefix: PrefixId): number {
    const table = this.rib.families[family];
    const { paths } = table;
    const count = table.tied(prefix, this.maxTied, this.tied);
    const hops: number[] = [];
    const sets: AttributesId[] = [];
    for (let i = 0; i < count && hops.length < this.multipath; i++) {
      const set = paths.attributesOf(this.tied[i] as PathId);
      const nextHop = this.rib.attributes.nextHopOf(set);
      if (hops.includes(nextHop)) continue;
      hops.push(nextHop);
      sets.push(set);
    }
    if (hops.length < 2) return hops[0] ?? 0;
    const weights = this.weights ? this.weightsOf(sets) : null;
    const members = hops.map((nextHop, i) => ({ nextHop, weight: weights?.[i] ?? 1 }));
    return this.targets.group(members.sort((a, b) => a.nextHop - b.nextHop));
  }

  /** Weights by bandwidth; null unless every path has one. */
  private weightsOf(sets: readonly AttributesId[]): number[] | null {
    const { attributes } = this.rib;
    const rates: number[] = [];
    for (const set of sets) {
      const start = attributes.startOf(set);
      const rate = linkBandwidth(attributes.pageOf(set), start, start + attributes.lengthOf(set));
      if (rate === null) return null;
      rates.push(rate);
    }
    return sharesOf(rates, MAX_WEIGHT);
  }

  private eachMember(target: number, visit: (nextHop: number) => void): void {
    for (const { nextHop } of this.targets.members(target) ?? []) visit(nextHop);
  }

  private readerAt(family: FamilyId, prefix: Prefix): NlriReader {
    return standOn(this.reader, family, prefix);
  }
}

/** Whether a prefix, a length in bits and its octets, contains the address at `at`; the default route is excluded. */
function covers(nlri: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (nlri[0] === 0) return false;
  const whole = nlri[0] >> 3;
  for (let i = 0; i < whole; i++) if (nlri[i + 1] !== bytes[at + i]) return false;
  const mask = (0xff00 >> (nlri[0] & 7)) & 0xff;
  return mask === 0 || (bytes[at + whole] & mask) === nlri[whole + 1];
}

/** Positions a reader on one prefix, for lookups in the tables. */
export function standOn(reader: NlriReader, family: FamilyId, { address, length }: Prefix): NlriReader {
  const bytes = Uint8Array.of(length, ...address.subarray(0, (length + 7) >> 3));
  reader.open(bytes, 0, bytes.length, FAMILIES[family].id, false);
  reader.next();
  return reader;
}
