/** The routes that a speaker of the demo has received. */
import { formatAddress } from '../../lib/ip.ts';
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import type { UpdateContext } from '../../wire/context.ts';
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST, MAX_FAMILIES } from '../../wire/families.ts';
import { NlriReader } from '../../wire/update/nlri.ts';
import { describeAttributes } from '../../wire/update/normalize.ts';
import { scanUpdate, UpdateView } from '../../wire/update/update.ts';

export interface ReceivedRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly asPath: string;
  readonly originatorId: string | null;
  readonly clusterList: readonly string[];
}

const CONTEXT: UpdateContext = {
  as4: true,
  ebgp: false,
  addPath: new Uint8Array(MAX_FAMILIES),
  families: new Uint8Array(MAX_FAMILIES).fill(1),
  extendedNextHop: false,
};

export class ReceivedRoutes {
  private readonly routes = new Map<string, ReceivedRoute>();
  private readonly view = new UpdateView();

  /** Applies an UPDATE; true if it has a prefix. */
  apply(bytes: Uint8Array, start: number, end: number): boolean {
    const { view } = this;
    scanUpdate(bytes, start, end, CONTEXT, view);
    const withdrawn = prefixesIn(bytes, view.withdrawnStart, view.withdrawnEnd, IPV4_UNICAST);
    if (view.unreachPresent) {
      withdrawn.push(...prefixesIn(bytes, view.unreachNlriStart, view.unreachNlriEnd, IPV6_UNICAST));
    }
    for (const prefix of withdrawn) this.routes.delete(prefix);
    const advertised = prefixesIn(bytes, view.nlriStart, view.nlriEnd, IPV4_UNICAST);
    if (view.reachPresent) {
      advertised.push(...prefixesIn(bytes, view.reachNlriStart, view.reachNlriEnd, IPV6_UNICAST));
    }
    if (advertised.length > 0) this.add(advertised);
    return withdrawn.length + advertised.length > 0;
  }

  clear(): void {
    this.routes.clear();
  }

  list(): ReceivedRoute[] {
    return [...this.routes.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  }

  private add(prefixes: readonly string[]): void {
    const { view } = this;
    const { asPath, originatorId, clusterList } = describeAttributes(
      view.bytes,
      view.attributesStart,
      view.attributesEnd,
    );
    const nextHop = this.nextHop();
    for (const prefix of prefixes) this.routes.set(prefix, { prefix, nextHop, asPath, originatorId, clusterList });
  }

  private nextHop(): string {
    const { view } = this;
    const { bytes } = view;
    if (view.reachPresent) {
      return formatAddress(bytes, view.reachNextHopStart, view.reachNextHopStart + view.reachNextHopLength);
    }
    const code = bytes[view.nextHopAttrStart + 1];
    return code === ATTRIBUTE.nextHop ? formatAddress(bytes, view.nextHopAttrEnd - 4, view.nextHopAttrEnd) : '';
  }
}

function prefixesIn(bytes: Uint8Array, start: number, end: number, family: FamilyId): string[] {
  const reader = new NlriReader();
  const prefixes: string[] = [];
  reader.open(bytes, start, end, family, false);
  while (reader.next()) {
    const words = family === IPV4_UNICAST ? [reader.word0] : [reader.word0, reader.word1, reader.word2, reader.word3];
    const address = new Uint8Array(words.length * 4);
    const view = new DataView(address.buffer);
    words.forEach((word, i) => {
      view.setUint32(i * 4, word);
    });
    prefixes.push(`${formatAddress(address)}/${reader.prefixLength}`);
  }
  return prefixes;
}
