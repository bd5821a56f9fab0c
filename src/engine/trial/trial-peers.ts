/**
 * The peers of the tables as another specification has them: with its policies, and what these know about a peer. The
 * tables keep theirs.
 */
import type { Policies } from '../../policy/policies.ts';
import { sameAsRules } from '../../rib/peers/as-rules.ts';
import { sameOtcRule } from '../../rib/peers/otc.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { rangeOf, settingsOf } from '../admission/ranges.ts';
import type { Engine } from '../engine.ts';
import { factsOf, importTermsOf } from '../session/session-policy.ts';

export interface TrialPeer {
  /** Stands for the peer of the tables: the same, with what the other specification changes. */
  readonly peer: RibPeer;
  readonly settings: PeerSettings;
  /** The import does the same as before. */
  readonly importsAlike: boolean;
  /** What exports ask about the peer is the same as before. */
  readonly exportsAlike: boolean;
}

export class TrialPeers {
  /** By peer id, for the decision; only those that `of` was called for. */
  readonly standIns: (RibPeer | undefined)[] = [];
  private readonly known = new Map<RibPeer, TrialPeer | null>();
  private readonly configured: ReadonlyMap<string, PeerSettings & { readonly shutdown: boolean }>;
  private readonly engine: Engine;
  private readonly spec: RouterSpec;
  private readonly policies: Policies;

  constructor(engine: Engine, spec: RouterSpec, policies: Policies) {
    this.engine = engine;
    this.spec = spec;
    this.policies = policies;
    this.configured = new Map(spec.peers.map((peer) => [peerName(peer), peer]));
  }

  /** The peer under the other specification; null: it has none, or is shut down, so its paths are gone. */
  of(peer: RibPeer): TrialPeer | null {
    const known = this.known.get(peer);
    if (known !== undefined) return known;
    const made = this.make(peer);
    this.known.set(peer, made);
    this.standIns[peer.id] = made?.peer;
    return made;
  }

  /** The settings of a peer by its name; null: it is removed or shut down. */
  settingsOf(name: string, address: Uint8Array): PeerSettings | null {
    const configured = this.configured.get(name);
    if (configured !== undefined) return configured.shutdown ? null : configured;
    if (this.engine.peers.get(name)?.dynamic !== true) return null;
    const range = rangeOf(this.spec.ranges, address);
    return range === null ? null : settingsOf(range);
  }

  private make(peer: RibPeer): TrialPeer | null {
    const settings = this.settingsOf(peer.name, peer.address);
    if (settings === null) return null;
    const { client, clusterId } = settings.exchange;
    const facts = factsOf(peer, settings);
    const factsKey = this.policies.factsKeyOf(facts);
    const standIn = Object.create(peer) as RibPeer;
    Object.assign(standIn, { facts, factsKey, client: client && !peer.ebgp, clusterId });
    Object.assign(standIn, importTermsOf(this.policies, standIn, settings));
    return {
      peer: standIn,
      settings,
      importsAlike: importsAlike(peer, standIn),
      exportsAlike:
        peer.client === standIn.client &&
        peer.clusterId === clusterId &&
        JSON.stringify(peer.facts) === JSON.stringify(facts),
    };
  }
}

function importsAlike(one: RibPeer, other: RibPeer): boolean {
  const isSameChain = one.importChain?.key === other.importChain?.key && one.importAccepts === other.importAccepts;
  return isSameChain && sameAsRules(one.asRules, other.asRules) && sameOtcRule(one.otc, other.otc);
}
