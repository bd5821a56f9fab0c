/** A route that is given rather than received: in tests of policies, and on the command line. */
import { formatPrefix, type Prefix } from '../lib/ip.ts';
import type { CommunityValue } from '../spec/policy.ts';
import { SEGMENT, SEGMENT_LIMIT } from '../wire/attributes/as-path.ts';
import { ATTRIBUTE, ATTRIBUTE_FLAG } from '../wire/attributes/attribute-table.ts';
import { putHeader } from '../wire/attributes/canonical.ts';
import { put32 } from '../wire/bytes.ts';
import { FAMILIES, type FamilyId } from '../wire/families.ts';
import type { Chain, Tracer } from './chain.ts';
import type { CommunityKind } from './match/community-patterns.ts';
import { NO_FACTS, Route, type SessionFacts } from './route/route.ts';

/** What the route is about: a prefix of IPv4 or IPv6 unicast, or the key of a route of another family with its VNIs. */
export type SampleNlri =
  | { readonly family: FamilyId; readonly prefix: Prefix }
  | { readonly family: FamilyId; readonly key: Uint8Array; readonly vnis: readonly number[] };

export interface SampleRoute {
  readonly nlri: SampleNlri;
  /** 0 IGP, 1 EGP, 2 INCOMPLETE. */
  readonly origin: number;
  /** AS_SEQUENCE; a nested list is an AS_SET. */
  readonly asPath: readonly (number | readonly number[])[];
  readonly nextHop: Uint8Array;
  /** null: absent. */
  readonly med: number | null;
  readonly localPref: number | null;
  readonly aigp: number | null;
  readonly communities: readonly CommunityValue[];
}

/** The session that the route is learned from. */
interface SampleSource {
  readonly facts?: SessionFacts;
  readonly address: Uint8Array;
  readonly selfAddress: Uint8Array;
}

const NOTHING = new Uint8Array(0);
/** LOCAL_PREF of a route without. */
const DEFAULT_LOCAL_PREF = 100;

/**
 * Runs a chain on a route.
 * @returns the number of the rule that decided, with REJECTED, and the route as it is then
 */
export function runSample(
  chain: Chain,
  sample: SampleRoute,
  source: SampleSource,
  tracerOf: (route: Route) => Tracer | null = () => null,
): { readonly rule: number; readonly route: Route } {
  const route = new Route();
  const bytes = attributesOf(sample);
  route.open(bytes, 0, bytes.length, sample.localPref ?? DEFAULT_LOCAL_PREF);
  route.family = sample.nlri.family;
  route.prefixClass = classOf(chain, sample.nlri);
  route.nextHop = sample.nextHop;
  route.nextHopLength = sample.nextHop.length;
  route.source = source.facts ?? NO_FACTS;
  route.peerAddress = source.address;
  route.selfAddress = chain.terms.selfAddress ?? source.selfAddress;
  return { rule: chain.run(route, tracerOf(route)), route };
}

/** The route as `show rib` names it. */
export function nameOf({ nlri }: SampleRoute): string {
  return 'prefix' in nlri ? formatPrefix(nlri.prefix) : FAMILIES[nlri.family].codec!.format(nlri.key);
}

function classOf({ classes }: Chain, nlri: SampleNlri): number {
  if (classes === null) return 0;
  if ('prefix' in nlri) {
    const { address, length } = nlri.prefix;
    const view = new DataView(address.buffer, address.byteOffset);
    const word = (at: number) => (at < address.length ? view.getUint32(at) : 0);
    return classes.lookup(nlri.family, word(0), word(4), word(8), word(12), length);
  }
  const { marks } = classes.nlri;
  marks.clear();
  FAMILIES[nlri.family].codec?.mark?.(nlri.key, 0, nlri.key.length, NOTHING, 0, 0, marks);
  [marks.vni = -1, marks.secondVni = -1] = nlri.vnis;
  return classes.ofMarks(nlri.family);
}

/** Runs the chain of an export on a route that `runSample` has imported. */
export function exportSample(
  chain: Chain,
  route: Route,
  source: SampleSource,
  tracerOf: (route: Route) => Tracer | null,
): number {
  if (route.newNextHop !== null) {
    route.nextHop = route.newNextHop;
    route.nextHopStart = 0;
    route.nextHopLength = route.newNextHop.length;
  }
  route.newNextHop = null;
  route.nextHopDecided = route.medDecided = false;
  route.source = source.facts ?? NO_FACTS;
  route.peerAddress = source.address;
  route.selfAddress = chain.terms.selfAddress ?? source.selfAddress;
  return chain.run(route, tracerOf(route));
}

function attributesOf(sample: SampleRoute): Uint8Array {
  const { transitive, optional } = ATTRIBUTE_FLAG;
  const of = (kind: CommunityKind) =>
    sample.communities.filter((one) => one.kind === kind).flatMap((one) => one.octets);
  const all: readonly [flags: number, code: number, value: readonly number[] | null][] = [
    [transitive, ATTRIBUTE.origin, [sample.origin]],
    [transitive, ATTRIBUTE.asPath, pathOctets(sample.asPath)],
    [transitive, ATTRIBUTE.nextHop, sample.nextHop.length === 4 ? [...sample.nextHop] : null],
    [optional, ATTRIBUTE.med, sample.med === null ? null : word(sample.med)],
    [transitive, ATTRIBUTE.localPref, sample.localPref === null ? null : word(sample.localPref)],
    [optional | transitive, ATTRIBUTE.communities, present(of('standard'))],
    [optional | transitive, ATTRIBUTE.extendedCommunities, present(of('extended'))],
    [optional, ATTRIBUTE.aigp, sample.aigp === null ? null : aigpOctets(sample.aigp)],
    [optional | transitive, ATTRIBUTE.largeCommunities, present(of('large'))],
  ];
  const out: number[] = [];
  for (const [flags, code, value] of all) {
    if (value === null) continue;
    const header = new Uint8Array(4);
    const end = putHeader(header, 0, flags, code, value.length);
    out.push(...header.subarray(0, end), ...value);
  }
  return Uint8Array.from(out);
}

function present(octets: readonly number[]): readonly number[] | null {
  return octets.length === 0 ? null : octets;
}

function word(value: number): number[] {
  const bytes = new Uint8Array(4);
  put32(bytes, 0, value);
  return [...bytes];
}

/** RFC 7311 3: type 1, length 11, the metric. */
function aigpOctets(metric: number): number[] {
  return [1, 0, 11, ...word(Math.floor(metric / 2 ** 32)), ...word(metric % 2 ** 32)];
}

function pathOctets(path: SampleRoute['asPath']): number[] {
  const segments: { type: number; numbers: number[] }[] = [];
  for (const part of path) {
    const last = segments.at(-1);
    if (typeof part !== 'number') segments.push({ type: SEGMENT.set, numbers: [...part] });
    else if (last?.type === SEGMENT.sequence && last.numbers.length < SEGMENT_LIMIT) last.numbers.push(part);
    else segments.push({ type: SEGMENT.sequence, numbers: [part] });
  }
  return segments.flatMap(({ type, numbers }) => [type, numbers.length, ...numbers.flatMap(word)]);
}
