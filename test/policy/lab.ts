/** Policies of a text, applied to the routes of a peer as the tables do it: from an UPDATE to the path that is kept. */
import { parse } from 'yaml';
import { chainSpec } from '../../src/config/policy/chain-content.ts';
import { type PolicyFile, readPolicies } from '../../src/config/policy/policies.ts';
import { parseAddress } from '../../src/lib/ip.ts';
import { NO_FACTS, type SessionFacts } from '../../src/policy/route/route.ts';
import { Ingest } from '../../src/rib/ingest.ts';
import type { RibPeer } from '../../src/rib/peers/peers.ts';
import { Rib } from '../../src/rib/rib.ts';
import type { PathId } from '../../src/rib/tables/ids.ts';
import type { UpdateContext } from '../../src/wire/context.ts';
import { FAMILIES } from '../../src/wire/families.ts';
import { describeAttributes } from '../../src/wire/update/normalize.ts';
import { scanUpdate, UpdateView } from '../../src/wire/update/update.ts';
import { announce, attribute, type Route } from '../lab/updates.ts';

export const OUR_AS = 64_512;
export const PEER = '192.0.2.7';

/** The policies of a text with `sets` and `policies`; it must have no errors. */
export function policiesOf(text: string): PolicyFile {
  const file = readPolicies(parse(text) as object, () => ({ problem: 'no files here' }));
  if (file.errors.length > 0) throw new Error(JSON.stringify(file.errors, null, 1));
  return file;
}

const word = (value: number) => [24, 16, 8, 0].map((by) => (value >>> by) & 255);

/** A route that a policy accepts, as every daemon can show it. */
export interface Accepted {
  readonly prefix: string;
  readonly asPath: string;
  readonly med: number;
  readonly localPref: number;
  readonly origin: string;
  readonly communities: readonly string[];
  readonly large: readonly string[];
}

/** A route with its communities as text. */
interface TextRoute {
  readonly prefix: string;
  readonly asPath: readonly number[];
  readonly med: number;
  readonly communities: readonly string[];
  readonly large: readonly string[];
  readonly origin: number;
}

/** The UPDATE that announces a route. */
export function updateOf({ prefix, asPath, med, communities, large, origin }: TextRoute): Uint8Array {
  const standard = communities.map((text) => text.split(':').map(Number)).map(([a, b]) => a! * 65_536 + b!);
  const octets = large.flatMap((text) => text.split(':').flatMap((part) => word(Number(part))));
  return announce([prefix], {
    asPath,
    origin,
    med,
    ...(standard.length === 0 ? {} : { communities: standard }),
    ...(octets.length === 0 ? {} : { extra: [attribute(0xc0, 32, octets)] }),
  });
}

export interface Result {
  readonly prefix: string;
  /** `policy/rule`. */
  readonly rule: string;
  readonly rejected: boolean;
  readonly nextHop: string;
  readonly attributes: ReturnType<typeof describeAttributes>;
}

/** A router of AS 64512 with one eBGP peer in AS 65001, which it imports from by a chain. */
export class ImportLab {
  readonly rib = new Rib({ as: OUR_AS, routerId: 0x0a630001, clusterIds: [0x0a630001] });
  readonly peer: RibPeer;
  private readonly ingest = new Ingest(this.rib);
  private readonly context: UpdateContext;

  constructor(file: PolicyFile, chain: readonly string[], facts: Partial<SessionFacts> = {}) {
    this.rib.policies.adopt(file.policies, new Set());
    const address = parseAddress(PEER)!;
    this.peer = this.rib.addPeer(address, { ebgp: true, client: false, clusterId: 0, importAccepts: true });
    this.peer.facts = { ...NO_FACTS, role: 'ebgp', ...facts };
    this.peer.selfAddress = Uint8Array.of(192, 0, 2, 1);
    this.adopt(file, chain);
    this.context = {
      as4: true,
      ebgp: true,
      addPath: new Uint8Array(FAMILIES.length),
      families: new Uint8Array(FAMILIES.length).fill(1),
      extendedNextHop: false,
    };
  }

  adopt(file: PolicyFile, chain: readonly string[]): void {
    this.peer.importChain = this.rib.policies.chainFor(chainSpec(chain, file.policies), this.peer.facts, {
      direction: 'import',
      as: OUR_AS,
      extendedNextHop: false,
      dropsMed: false,
      selfAddress: null,
      nextHop: null,
    });
  }

  announce(prefixes: readonly string[], route: Route): void {
    this.receive(announce(prefixes, route));
  }

  announceText(route: TextRoute): void {
    this.receive(updateOf(route));
  }

  receive(message: Uint8Array): void {
    const view = new UpdateView();
    scanUpdate(message, 0, message.length, this.context, view);
    const verdict = this.ingest.ingest(view, this.peer, this.context, 0);
    if (verdict !== 0) throw new Error(`verdict ${verdict}`);
  }

  /** What became of all routes, by prefix. */
  results(): Map<string, Result> {
    const found = new Map<string, Result>();
    for (const family of this.rib.families) {
      for (let id = 1; id < family.paths.limit; id++) {
        const path = id as PathId;
        if (family.paths.peerOf(path) === 0) continue;
        const set = family.paths.attributesOf(path);
        const { attributes, policies, nextHops } = this.rib;
        const start = attributes.startOf(set);
        const ruling = policies.rulingOf(family.paths.ruleOf(path));
        const prefix = family.prefixes.format(family.paths.prefixOf(path));
        found.set(prefix, {
          prefix,
          rule: ruling?.name ?? '',
          rejected: ruling?.rejected ?? false,
          nextHop: nextHops.format(attributes.nextHopOf(set)),
          attributes: describeAttributes(attributes.pageOf(set), start, start + attributes.lengthOf(set)),
        });
      }
    }
    return found;
  }

  /** The routes that are accepted. */
  accepted(): Accepted[] {
    const all = [...this.results().values()].filter(({ rejected }) => !rejected);
    return all.map(({ prefix, attributes }) => ({
      prefix,
      asPath: attributes.asPath,
      med: attributes.med ?? 0,
      localPref: attributes.localPref ?? 100,
      origin: attributes.origin,
      communities: [...attributes.communities].sort(),
      large: [...attributes.largeCommunities].sort(),
    }));
  }

  /** The result of one route. */
  one(prefix: string, route: Route): Result {
    this.announce([prefix], route);
    return this.results().get(prefix)!;
  }
}
