/** Path attributes and the fields of an NLRI as named facts. */
import type { AttributesView, PathView } from '../../../engine/api/route-views.ts';
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
    [
      'Other attributes',
      listOf(attributes.others.map(({ code, flags, value }) => `${code} (flags ${flags}): ${value || '-'}`)),
    ],
  ];
}

/** The fields of an NLRI. */
export function factsOfNlri(nlri: PathView['nlri'] = {}): Fact[] {
  return Object.entries(nlri).map(([name, value]): Fact => [titleOf(name), String(value)]);
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
