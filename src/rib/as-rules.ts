/** What the AS_PATH of a peer's paths must be for the decision to use them. No I/O, no timers, no allocation. */
import { countAs, firstAs } from '../wire/as-path.ts';
import { ATTRIBUTE } from '../wire/attribute-table.ts';
import { attributeEnd, attributeValueOffset, findAttribute } from '../wire/canonical.ts';

/** The rules of one peer. */
export interface AsRules {
  /** The AS number that a path must begin with (RFC 4271 6.3); 0: any. */
  readonly firstAs: number;
  /** How often our own AS number may stand in a path. */
  readonly allowOwnAs: number;
}

/** Every path may be used that has not been here before. */
export const NO_AS_RULES: AsRules = { firstAs: 0, allowOwnAs: 0 };

export function sameAsRules(a: AsRules, b: AsRules): boolean {
  return a.firstAs === b.firstAs && a.allowOwnAs === b.allowOwnAs;
}

/** How often an AS number stands in the AS_PATH of the canonical attributes `bytes[start, end)`. */
export function timesInPath(bytes: Uint8Array, start: number, end: number, as: number): number {
  const at = findAttribute(bytes, start, end, ATTRIBUTE.asPath);
  return at < 0 ? 0 : countAs(bytes, attributeValueOffset(bytes, at), attributeEnd(bytes, at), as);
}

/** Whether the AS_PATH of the canonical attributes `bytes[start, end)` begins with an AS number, in a sequence. */
export function beginsWith(bytes: Uint8Array, start: number, end: number, as: number): boolean {
  const at = findAttribute(bytes, start, end, ATTRIBUTE.asPath);
  return at >= 0 && firstAs(bytes, attributeValueOffset(bytes, at), attributeEnd(bytes, at)) === as;
}
