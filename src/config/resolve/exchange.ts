/** Resolves how routes are exchanged with a peer: its role, next hops, attributes, policies, which paths. */
import { parseAddress, parseIpv4 } from '../../lib/ip.ts';
import type {
  ExchangeSpec,
  FamilyNextHop,
  NextHopMode,
  PolicyChains,
  PolicyVerdict,
  Selection,
} from '../../spec/exchange.ts';
import type { PoliciesSpec } from '../../spec/policy.ts';
import { PRIVATE_AS } from '../../wire/attributes/encode.ts';
import { FAMILIES } from '../../wire/families.ts';
import { chainSpec } from '../policy/chain-content.ts';
import type { Domain } from '../schema/confederation.ts';
import { ADD_PATH_LIMIT } from '../values/families.ts';
import type { Effective, Side, Subject } from './effective.ts';
import { localAsSpec } from './local-as.ts';

/** What of the router the exchange depends on. */
interface ExchangeRouter extends Domain {
  readonly as: number;
  readonly clusterId: number;
  readonly policies: PoliciesSpec;
}

export function exchangeSpec(subject: Subject, router: ExchangeRouter, side: Side): ExchangeSpec {
  const external = side === 'external';
  const internal = side === 'internal';
  // RFC 8212: without a policy no routes are exchanged with an eBGP peer. A confederation is one domain.
  const policy = external ? 'reject' : 'accept';
  const clusterId = subject.get('cluster-id');
  return {
    client: internal && subject.get('route-reflector-client'),
    clusterId: clusterId === null ? router.clusterId : (parseIpv4(clusterId) ?? router.clusterId),
    clientToClient: subject.get('client-to-client'),
    nextHop: nextHopMode(subject.get('next-hop')),
    defaultRouteTarget: subject.get('default-route-target'),
    aigp: subject.get('aigp') ?? !external,
    prefixSid: subject.get('prefix-sid') ?? !external,
    flowspecValidation: subject.get('flowspec-validation') ?? external,
    enforceFirstAs: !internal && subject.get('enforce-first-as'),
    allowOwnAs: subject.get('allow-own-as'),
    localAs: localAsSpec(subject, side, router),
    asOverride: external && subject.get('as-override'),
    privateAs: external ? privateAs(subject.get('remove-private-as')) : PRIVATE_AS.keep,
    select: selection(subject),
    import: verdictOf(subject.get('import') ?? policy),
    export: verdictOf(subject.get('export') ?? policy),
    chains: chainsOf(subject, external, router.policies),
  };
}

/** A chain of policies decides route by route. */
function verdictOf(setting: NonNullable<Effective<'import'>>): PolicyVerdict {
  return isVerdict(setting) && String(setting) === 'reject' ? 'reject' : 'accept';
}

/** `accept` or `reject`, also as a list of its own. */
function isVerdict(setting: NonNullable<Effective<'import'>>): boolean {
  const [first, ...more] = typeof setting === 'string' ? [setting] : setting;
  return more.length === 0 && (first === 'accept' || first === 'reject');
}

function chainsOf(subject: Subject, external: boolean, policies: PoliciesSpec): PolicyChains {
  const chain = (name: 'import' | 'export') => {
    const setting = subject.get(name);
    return setting === null || isVerdict(setting) ? null : chainSpec(setting, policies);
  };
  const labels = Object.entries(subject.get('labels')).map(([name, value]) => [name, String(value)]);
  return {
    import: chain('import'),
    export: chain('export'),
    labels: Object.fromEntries(labels),
    keepRejected: subject.get('keep-rejected'),
    lacksImport: external && subject.get('import') === null,
    lacksExport: external && subject.get('export') === null,
  };
}

function privateAs(setting: Effective<'remove-private-as'>): number {
  if (setting === 'all') return PRIVATE_AS.drop;
  if (setting === 'replace') return PRIVATE_AS.replace;
  return setting ? PRIVATE_AS.dropIfAll : PRIVATE_AS.keep;
}

/** Which paths of a prefix are advertised. */
export function selection(subject: Subject): Selection {
  const { send = 'best', limit = ADD_PATH_LIMIT } = subject.get('add-path') ?? {};
  if (send === 'best') return { kind: 'best', external: subject.get('best-external') };
  if (send === 'rank-2') return { kind: 'rank-2' };
  return { kind: 'paths', limit: send === 'all' ? limit : send };
}

function nextHopMode(setting: Effective<'next-hop'>): NextHopMode {
  if (typeof setting === 'string') return familyNextHop(setting);
  return {
    kind: 'families',
    modes: FAMILIES.map(({ name }) => familyNextHop(setting[name as keyof typeof setting] ?? 'unchanged')),
  };
}

function familyNextHop(mode: string): FamilyNextHop {
  if (mode === 'self' || mode === 'unchanged') return { kind: mode };
  return { kind: 'address', address: parseAddress(mode)! };
}
