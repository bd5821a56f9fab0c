/** Path attributes and the fields of an NLRI as named facts. */
import type { AttributesView, OtherAttributeView, PathView } from '../../../engine/api/route-views.ts';
import type { Fact } from '../../text/facts.ts';

/** @param behindNextHop follows the next hop */
export function factsOfAttributes(attributes: AttributesView, behindNextHop: string): Fact[] {
  return [
    ['Next hop', `${attributes.nextHop}${behindNextHop}`],
    ['AS path', attributes.asPath === '' ? 'empty' : attributes.asPath],
    ['Origin', attributes.origin],
    ['Local-pref', textOf(attributes.localPref)],
    ['MED', textOf(attributes.med)],
    ['Originator', attributes.originatorId],
    ['Cluster list', listOf(attributes.clusterList)],
    ['Communities', listOf(attributes.communities)],
    ['Large communities', listOf(attributes.largeCommunities)],
    ['Extended communities', listOf(attributes.extendedCommunities)],
    ['Aggregator', attributes.aggregator],
    ['Atomic aggregate', attributes.atomicAggregate ? 'yes' : null],
    ...attributes.others.map(factOfOther),
  ];
}

/** `PMSI tunnel: ingress-replication, …`; what we cannot decode in hexadecimal: `Attribute 250: flags 192: 0102`. */
function factOfOther({ flags, value, name, text }: OtherAttributeView): Fact {
  const title = titleOfAttribute(name);
  return text !== '' ? [title, text] : [title, `flags ${flags}: ${value || '-'}`];
}

/** `TUNNEL_ENCAPSULATION` as `Tunnel encapsulation`; abbreviations as they are. */
function titleOfAttribute(name: string): string {
  const words = name.split('_').map((word) => (ABBREVIATIONS.includes(word) ? word : word.toLowerCase()));
  const text = words.join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

const ABBREVIATIONS: readonly string[] = ['PMSI', 'PE', 'SID', 'AIGP', 'BGP-LS', 'SFP', 'BFD', 'AS4', 'D-PATH', 'IPV6'];

/** The fields of an NLRI. */
export function factsOfNlri(nlri: PathView['nlri'] = {}): Fact[] {
  return Object.entries(nlri).map(([name, value]): Fact => [titleOf(name), String(value)]);
}

/** Encapsulations whose NLRI have a VNI where others have an MPLS label (RFC 8365 5.1.3). */
const WITH_VNI: readonly string[] = ['vxlan', 'nvgre', 'vxlan-gpe', 'geneve'].map((name) => `encapsulation:${name}`);

/** The labels of a route, `100 200`, or with such an encapsulation `vni 10100`; `-`: it has none. */
export function labelsOf(nlri: PathView['nlri'], { extendedCommunities }: AttributesView): string {
  const hasVni = extendedCommunities.some((text) => WITH_VNI.includes(text));
  const labels = hasVni ? nlri?.vni : nlri?.labels;
  if (labels === undefined) return '-';
  const text = [labels].flat().join(' ');
  return hasVni ? `vni ${text}` : text;
}

/** `65000:100 65000:200`, the route targets without their type. */
export function routeTargetsOf({ extendedCommunities }: AttributesView): string {
  const targets = extendedCommunities.filter((text) => text.startsWith('rt:'));
  return listOf(targets.map((text) => text.slice('rt:'.length))) ?? '-';
}

/** `route-type` as `Route type`; abbreviations as they are written. */
function titleOf(name: string): string {
  if (name.length <= SHORT) return name.toUpperCase();
  return `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`;
}

/** Names of fields of this length or less are abbreviations: RD, MAC, ESI, IP, VNI. */
const SHORT = 3;

function textOf(value: number | null): string | null {
  return value === null ? null : String(value);
}

export function listOf(values: readonly string[]): string | null {
  return values.length === 0 ? null : values.join(' ');
}
