/** The policies of a session: what they know about it, and its chains for import and export. */
import type { Chain, ChainTerms } from '../../policy/chain.ts';
import type { Policies } from '../../policy/policies.ts';
import type { SessionFacts } from '../../policy/route/route.ts';
import { otcRule } from '../../rib/peers/otc.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import type { Tables } from '../ports/core.ts';
import { asRulesIn } from './session-terms.ts';

/** What policies know about a peer with these settings. */
export function factsOf(ribPeer: RibPeer, { group, exchange }: PeerSettings): SessionFacts {
  return {
    name: ribPeer.name,
    group,
    labels: exchange.chains.labels,
    role: ribPeer.confederation ? 'confederation' : ribPeer.ebgp ? 'ebgp' : 'ibgp',
    client: exchange.client && !ribPeer.ebgp,
    session: ribPeer.address.length === 4 ? 'ipv4' : 'ipv6',
  };
}

/** Sets what policies know about a peer. If that changes, the exports of its paths are considered again. */
export function setFacts(core: Pick<Tables, 'rib' | 'reflector'>, ribPeer: RibPeer, settings: PeerSettings): void {
  const facts = factsOf(ribPeer, settings);
  const key = core.rib.policies.factsKeyOf(facts);
  const isSame = key === ribPeer.factsKey && facts.name === ribPeer.facts.name;
  if (isSame) return;
  ribPeer.facts = facts;
  ribPeer.factsKey = key;
  core.rib.renewSessionKey(ribPeer);
  if (ribPeer.received.some((paths) => paths > 0)) core.reflector.reconsider(ribPeer);
}

/** What a peer with these settings has to do with the paths that it sends. */
export function importTermsOf(policies: Policies, ribPeer: RibPeer, settings: PeerSettings) {
  const { exchange, session } = settings;
  return {
    importChain: importChainOf(policies, ribPeer, settings),
    importAccepts: exchange.import === 'accept',
    keepsRejected: exchange.chains.keepRejected,
    asRules: asRulesIn(settings, ribPeer.as),
    validatesFlows: exchange.flowspecValidation,
    otc: session.role === null ? null : otcRule(session.role, ribPeer.as),
  };
}

/** The chain for routes from the peer; null: `import` alone decides. */
function importChainOf(policies: Policies, { facts }: RibPeer, { exchange, session }: PeerSettings): Chain | null {
  const chain = exchange.chains.import;
  if (chain === null) return null;
  const terms: ChainTerms = {
    direction: 'import',
    as: session.localAs,
    extendedNextHop: session.extendedNextHop,
    dropsMed: false,
    selfAddress: null,
    nextHop: null,
  };
  return policies.chainFor(chain, facts, terms);
}

/** The chain for routes to the peer; null: `export` alone decides. */
export function exportChainOf(
  policies: Policies,
  { facts }: RibPeer,
  { exchange }: PeerSettings,
  terms: ChainTerms,
): Chain | null {
  const chain = exchange.chains.export;
  return chain === null ? null : policies.chainFor(chain, facts, terms);
}
