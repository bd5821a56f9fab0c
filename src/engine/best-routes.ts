/** The tables as the FIB plan follows them. No Node here. */
import type { BestRoutes } from '../fib/ports.ts';
import type { Prefix } from '../lib/ip.ts';
import type { NextHopId, PrefixId } from '../rib/ids.ts';
import type { Rib } from '../rib/rib.ts';
import { FAMILIES, type FamilyId } from '../wire/families.ts';
import { NlriReader } from '../wire/nlri.ts';

export class RibBestRoutes implements BestRoutes {
  private readonly rib: Rib;
  private readonly reader = new NlriReader();

  constructor(rib: Rib) {
    this.rib = rib;
  }

  nextHop(family: FamilyId, prefix: number): number {
    const table = this.rib.families[family];
    const best = table.bestOf(prefix as PrefixId);
    return best === 0 ? 0 : this.rib.attributes.nextHopOf(table.paths.attributesOf(best));
  }

  formatPrefix(family: FamilyId, prefix: number): string {
    return this.rib.families[family].prefixes.format(prefix as PrefixId);
  }

  formatNextHop(nextHop: number): string {
    return this.rib.nextHops.format(nextHop as NextHopId);
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
    this.rib.nextHops.hold(nextHop as NextHopId);
  }

  releaseNextHop(nextHop: number): void {
    this.rib.nextHops.release(nextHop as NextHopId);
  }

  private readerAt(family: FamilyId, prefix: Prefix): NlriReader {
    return standOn(this.reader, family, prefix);
  }
}

/** Makes a reader stand on one prefix: what the tables are asked with. */
export function standOn(reader: NlriReader, family: FamilyId, { address, length }: Prefix): NlriReader {
  const bytes = Uint8Array.of(length, ...address.subarray(0, (length + 7) >> 3));
  reader.open(bytes, 0, bytes.length, FAMILIES[family].id, false);
  reader.next();
  return reader;
}
