/** The capabilities that the negotiation reads and makes (RFC 5492, RFC 4760 8, RFC 2918, RFC 6793). No I/O. */
import type { FamilyId } from '../wire/families.ts';
import { FAMILIES } from '../wire/families.ts';
import type { Capability } from '../wire/open.ts';
import type { AfiSafi } from './types.ts';

/** Stands in 2-octet fields for an AS number that needs four (RFC 6793). */
export const AS_TRANS = 23456;

const CODE = { multiprotocol: 1, routeRefresh: 2, fourOctetAs: 65 } as const;

export function multiprotocol(family: FamilyId): Capability {
  const { afi, safi } = FAMILIES[family]!;
  return { code: CODE.multiprotocol, value: Uint8Array.of(afi >> 8, afi & 255, 0, safi) };
}

export function routeRefresh(): Capability {
  return { code: CODE.routeRefresh, value: new Uint8Array(0) };
}

export function fourOctetAsCapability(as: number): Capability {
  return { code: CODE.fourOctetAs, value: Uint8Array.of(as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255) };
}

export function multiprotocolFamilies(capabilities: readonly Capability[]): AfiSafi[] {
  return capabilities
    .filter(({ code, value }) => code === CODE.multiprotocol && value.length === 4)
    .map(({ value }) => ({ afi: (value[0]! << 8) | value[1]!, safi: value[3]! }));
}

export function fourOctetAs(capabilities: readonly Capability[]): number | null {
  const value = capabilities.find(({ code, value: v }) => code === CODE.fourOctetAs && v.length === 4)?.value;
  if (value === undefined) return null;
  return ((value[0]! << 24) | (value[1]! << 16) | (value[2]! << 8) | value[3]!) >>> 0;
}

export function hasRouteRefresh(capabilities: readonly Capability[]): boolean {
  return capabilities.some(({ code }) => code === CODE.routeRefresh);
}

/** Capability TLVs one after the other, as in an OPEN. */
export function encodeCapabilities(capabilities: readonly Capability[]): Uint8Array {
  return Uint8Array.from(capabilities.flatMap(({ code, value }) => [code, value.length, ...value]));
}
