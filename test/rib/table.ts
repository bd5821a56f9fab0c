/** Tables filled by UPDATEs from named peers, without sessions: what the tests of the decision work on. */
import { formatAddress, parseAddress, parseIpv4, parsePrefix } from '../../src/lib/ip.ts';
import type { FamilyRib } from '../../src/rib/family-rib.ts';
import { Ingest } from '../../src/rib/ingest.ts';
import { STEPS } from '../../src/rib/paths/steps.ts';
import type { RibPeer } from '../../src/rib/peers/peers.ts';
import { Rib } from '../../src/rib/rib.ts';
import type { PathId, PrefixId } from '../../src/rib/tables/ids.ts';
import { VERDICT } from '../../src/wire/attributes/attribute-table.ts';
import type { UpdateContext } from '../../src/wire/context.ts';
import { FAMILIES, IPV4_UNICAST } from '../../src/wire/families.ts';
import { NlriReader } from '../../src/wire/update/nlri.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';
import { announce, type Route, withdraw } from '../lab/updates.ts';

export interface TestPeer {
  readonly address: string;
  readonly routerId: string;
  readonly ebgp?: boolean;
}

export interface Choice {
  /** Address of the peer that sent the best path, with ` #id` if it has an identifier; '' when there is none. */
  readonly best: string;
  readonly step: string;
}

export const PREFIX = '10.0.0.0/8';

/** A router of AS 65000 with router id and cluster id 10.99.0.1. */
export class Table {
  readonly rib = new Rib({ as: 65_000, routerId: 0x0a630001, clusterIds: [0x0a630001] });
  readonly ingest = new Ingest(this.rib);
  /** AS numbers in AS_PATH have four octets. */
  as4 = true;
  private readonly peers = new Map<string, RibPeer>();
  private readonly view = new UpdateView();

  get family(): FamilyRib {
    return this.rib.families[IPV4_UNICAST];
  }

  /** Announces a route for PREFIX, by default with LOCAL_PREF 100 from iBGP; `pathId` 0: without an identifier. */
  announce(from: TestPeer, route: Route, pathId = 0): void {
    const whole = from.ebgp ? route : { localPref: 100, ...route };
    this.receive(from, announce([text(pathId)], whole), pathId);
  }

  withdraw(from: TestPeer, pathId = 0): void {
    this.receive(from, withdraw([text(pathId)]), pathId);
  }

  /** Decides everything that changed, and says what came out for PREFIX. */
  decide(): Choice {
    const { family } = this;
    for (let prefix = family.nextDirty(); prefix !== 0; prefix = family.nextDirty()) {
      family.decide(prefix);
      family.settle(prefix);
    }
    const { prefix } = this;
    if (prefix === 0) return { best: '', step: STEPS[0] };
    const best = family.bestOf(prefix);
    // The head of the list, which a change may keep without a decision, is what a decision over all paths selects.
    const selected = family.decision.best(family.prefixes.head(prefix));
    if (selected !== best) throw new Error(`the best path is ${selected}, and the head of the list ${best}`);
    return { best: best === 0 ? '' : this.nameOf(best), step: STEPS[family.decision.step] };
  }

  /** Id of PREFIX, or 0. */
  get prefix(): PrefixId {
    const { address, length } = parsePrefix(PREFIX) as { address: Uint8Array; length: number };
    const reader = new NlriReader();
    reader.open(Uint8Array.of(length, address[0]), 0, 2, IPV4_UNICAST, false);
    reader.next();
    return this.family.prefixes.find(reader);
  }

  /** As `Choice.best`. */
  nameOf(path: PathId): string {
    const pathId = this.family.paths.pathIdOf(path);
    const peer = this.rib.peers[this.family.paths.peerOf(path)] as RibPeer;
    return `${formatAddress(peer.address)}${pathId === 0 ? '' : ` #${pathId}`}`;
  }

  receive(from: TestPeer, message: Uint8Array, pathId = 0): void {
    const context: UpdateContext = {
      as4: this.as4,
      ebgp: from.ebgp ?? false,
      addPath: new Uint8Array(FAMILIES.length).fill(pathId === 0 ? 0 : 1),
      families: new Uint8Array(FAMILIES.length).fill(1),
      extendedNextHop: false,
    };
    const verdict = scanUpdate(message, 0, message.length, context, this.view);
    const judged = this.ingest.ingest(this.view, this.peer(from), context, 0);
    if (Math.max(verdict, judged) >= VERDICT.withdraw) throw new Error('the UPDATE is malformed');
  }

  /** The peer in the tables, made if need be. */
  peer({ address, routerId, ebgp = false }: TestPeer): RibPeer {
    const known = this.peers.get(address);
    if (known !== undefined) return known;
    const role = { ebgp, client: !ebgp, clusterId: 0x0a630001, importAccepts: true };
    const peer = this.rib.addPeer(parseAddress(address) as Uint8Array, role);
    peer.routerId = parseIpv4(routerId) as number;
    this.peers.set(address, peer);
    return peer;
  }
}

function text(pathId: number): string {
  return pathId === 0 ? PREFIX : `${PREFIX} #${pathId}`;
}
