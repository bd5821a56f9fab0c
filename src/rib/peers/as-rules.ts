/** Rules for the AS_PATH of a peer's paths: paths that break them are unusable. No allocation. */
import { countAs, countIn, firstAs } from '../../wire/attributes/as-path.ts';
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import { attributeEnd, attributeValueOffset, findAttribute } from '../../wire/attributes/canonical.ts';

/** The rules of one peer. */
export interface AsRules {
  /** The AS number that a path must begin with (RFC 4271 6.3); 0: any. */
  readonly firstAs: number;
  /** How often each of our AS numbers may be in a path. */
  readonly allowOwnAs: number;
  /** `local-as` toward the peer (RFC 7705), which counts as ours in its paths; 0: none. */
  readonly localAs: number;
  /** That number is prepended to received paths (RFC 7705 3.1). */
  readonly prepends: boolean;
}

/** Every path without a loop is usable. */
export const NO_AS_RULES: AsRules = { firstAs: 0, allowOwnAs: 0, localAs: 0, prepends: false };

export function sameAsRules(a: AsRules, b: AsRules): boolean {
  const same = a.localAs === b.localAs && a.prepends === b.prepends;
  return same && a.firstAs === b.firstAs && a.allowOwnAs === b.allowOwnAs;
}

/** How often an AS number is in the AS_PATH of the canonical attributes `bytes[start, end)`. */
export function timesInPath(bytes: Uint8Array, start: number, end: number, as: number): number {
  const at = findAttribute(bytes, start, end, ATTRIBUTE.asPath);
  return at < 0 ? 0 : countAs(bytes, attributeValueOffset(bytes, at), attributeEnd(bytes, at), as);
}

/**
 * How often our own AS number is in the AS_PATH. In a confederation: its identifier in the ordinary segments, or our
 * member AS in the confederation segments (RFC 5065 4), whichever is more.
 * @param identifier null: no confederation
 */
export function timesWeAreIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  as: number,
  identifier: number | null,
): number {
  if (identifier === null) return timesInPath(bytes, start, end, as);
  const at = findAttribute(bytes, start, end, ATTRIBUTE.asPath);
  if (at < 0) return 0;
  const value = attributeValueOffset(bytes, at);
  const valueEnd = attributeEnd(bytes, at);
  return Math.max(countIn(bytes, value, valueEnd, as, true), countIn(bytes, value, valueEnd, identifier, false));
}

/** Whether the received AS_PATH of the canonical attributes `bytes[start, end)` begins with the required AS number. */
export function beginsRightly(bytes: Uint8Array, start: number, end: number, { firstAs: as }: AsRules): boolean {
  if (as === 0) return true;
  const at = findAttribute(bytes, start, end, ATTRIBUTE.asPath);
  if (at < 0) return false;
  return firstAs(bytes, attributeValueOffset(bytes, at), attributeEnd(bytes, at)) === as;
}

/** Whether our `local-as` is in the received AS_PATH more often than allowed. */
export function holdsLocalAs(bytes: Uint8Array, start: number, end: number, rules: AsRules): boolean {
  return rules.localAs !== 0 && timesInPath(bytes, start, end, rules.localAs) > rules.allowOwnAs;
}
