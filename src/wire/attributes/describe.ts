/** A readable view of an attribute set, from its canonical bytes. */

import { formatIpv4 } from '../../lib/ip.ts';
import { toHex, u32 } from '../bytes.ts';
import { formatExtendedCommunity, formatIpv6ExtendedCommunity } from '../communities/extended.ts';
import { formatAsPath } from './as-path.ts';
import { ATTRIBUTE, attributeName } from './attribute-table.ts';
import { attributeEnd, attributeValueOffset } from './canonical.ts';
import { formatCommunity, formatLargeCommunity } from './communities.ts';
import { formatDomainPath, formatPmsiTunnel, formatPrefixSid, formatTunnels } from './describe-services.ts';

const ORIGINS = ['IGP', 'EGP', 'INCOMPLETE'] as const;

/** An attribute without a field of its own. */
interface OtherAttribute {
  readonly code: number;
  readonly flags: number;
  /** The value in hexadecimal. */
  readonly value: string;
  readonly name: string;
  /** The value as text if we can decode it, otherwise empty. */
  readonly text: string;
}

interface DescribedAttributes {
  origin: (typeof ORIGINS)[number];
  /** As `65001 65002 {65003,65004}`; '' when empty. */
  asPath: string;
  localPref: number | null;
  med: number | null;
  originatorId: string | null;
  clusterList: string[];
  communities: string[];
  largeCommunities: string[];
  extendedCommunities: string[];
  atomicAggregate: boolean;
  /** As `65001 192.0.2.1`. */
  aggregator: string | null;
  others: OtherAttribute[];
}

type Describe = (into: DescribedAttributes, bytes: Uint8Array, start: number, end: number) => void;

/** One row per attribute with a field of its own; NEXT_HOP is shown by the caller, which knows the path's next hop. */
const DESCRIBERS: Readonly<Record<number, Describe>> = {
  [ATTRIBUTE.origin]: (into, bytes, start) => {
    into.origin = ORIGINS[bytes[start]];
  },
  [ATTRIBUTE.asPath]: (into, bytes, start, end) => {
    into.asPath = formatAsPath(bytes, start, end);
  },
  [ATTRIBUTE.nextHop]: () => {},
  [ATTRIBUTE.med]: (into, bytes, start) => {
    into.med = u32(bytes, start);
  },
  [ATTRIBUTE.localPref]: (into, bytes, start) => {
    into.localPref = u32(bytes, start);
  },
  [ATTRIBUTE.atomicAggregate]: (into) => {
    into.atomicAggregate = true;
  },
  [ATTRIBUTE.aggregator]: (into, bytes, start) => {
    into.aggregator = `${u32(bytes, start)} ${formatIpv4(u32(bytes, start + 4))}`;
  },
  [ATTRIBUTE.communities]: (into, bytes, start, end) => {
    into.communities = list(start, end, 4, (at) => formatCommunity(u32(bytes, at)));
  },
  [ATTRIBUTE.originatorId]: (into, bytes, start) => {
    into.originatorId = formatIpv4(u32(bytes, start));
  },
  [ATTRIBUTE.clusterList]: (into, bytes, start, end) => {
    into.clusterList = list(start, end, 4, (at) => formatIpv4(u32(bytes, at)));
  },
  [ATTRIBUTE.extendedCommunities]: (into, bytes, start, end) => {
    into.extendedCommunities = list(start, end, 8, (at) => formatExtendedCommunity(bytes, at));
  },
  [ATTRIBUTE.largeCommunities]: (into, bytes, start, end) => {
    into.largeCommunities = list(start, end, 12, (at) => formatLargeCommunity(bytes, at));
  },
};

type Format = (bytes: Uint8Array, start: number, end: number) => string;

/** Text for some of the others. */
const FORMATS: Readonly<Record<number, Format>> = {
  [ATTRIBUTE.aigp]: formatAigp,
  [ATTRIBUTE.onlyToCustomer]: (bytes, start) => String(u32(bytes, start)),
  [ATTRIBUTE.pmsiTunnel]: formatPmsiTunnel,
  [ATTRIBUTE.tunnelEncapsulation]: formatTunnels,
  [ATTRIBUTE.domainPath]: formatDomainPath,
  [ATTRIBUTE.prefixSid]: formatPrefixSid,
  [ATTRIBUTE.ipv6ExtendedCommunities]: (bytes, start, end) =>
    list(start, end, 20, (at) => formatIpv6ExtendedCommunity(bytes, at)).join(' '),
};

/** Describes the canonical attributes `bytes[start, end)`. */
export function describeAttributes(bytes: Uint8Array, start: number, end: number): DescribedAttributes {
  const described: DescribedAttributes = {
    origin: 'INCOMPLETE',
    asPath: '',
    localPref: null,
    med: null,
    originatorId: null,
    clusterList: [],
    communities: [],
    largeCommunities: [],
    extendedCommunities: [],
    atomicAggregate: false,
    aggregator: null,
    others: [],
  };
  for (let at = start; at < end; at = attributeEnd(bytes, at)) {
    const value = attributeValueOffset(bytes, at);
    const describe = DESCRIBERS[bytes[at + 1]];
    if (describe !== undefined) describe(described, bytes, value, attributeEnd(bytes, at));
    else described.others.push(describeOther(bytes, at));
  }
  return described;
}

function describeOther(bytes: Uint8Array, at: number): OtherAttribute {
  const code = bytes[at + 1];
  const start = attributeValueOffset(bytes, at);
  const end = attributeEnd(bytes, at);
  const text = FORMATS[code]?.(bytes, start, end) ?? '';
  return { code, flags: bytes[at], value: toHex(bytes, start, end), name: attributeName(code), text };
}

function list(start: number, end: number, size: number, format: (at: number) => string): string[] {
  return Array.from({ length: Math.floor((end - start) / size) }, (_, i) => format(start + i * size));
}

/** RFC 7311 3: the metric of the first TLV of type 1. */
function formatAigp(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at += (bytes[at + 1] << 8) | bytes[at + 2]) {
    if (bytes[at] === 1) return String((BigInt(u32(bytes, at + 3)) << 32n) | BigInt(u32(bytes, at + 7)));
  }
  return '';
}
