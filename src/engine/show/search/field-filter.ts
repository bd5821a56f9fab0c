/** Filters by the fields of an NLRI: `rd`, `mac`, `vni`, addresses and prefixes, whatever the family calls them. */
import { type Prefix, parseAddress, parsePrefix, prefixContains } from '../../../lib/ip.ts';
import type { NlriFields } from '../../../wire/nlri-codec.ts';
import { familiesNamed } from './search.ts';

/** Other prefixes than the one asked for: those within it, or those that contain it; with `or-` also that prefix. */
export type Scope = 'longer' | 'or-longer' | 'shorter' | 'or-shorter';

/** One of the fields must have the value. */
export interface FieldFilter {
  readonly fields: readonly string[];
  readonly value: string;
  /** Or an extended community of the route has the value. */
  readonly orCommunity: boolean;
  /** The value is an address or a prefix: an address is also found in prefixes that contain it. */
  readonly isAddress?: boolean;
  readonly scope?: Scope | undefined;
}

/** Fields with addresses and prefixes, in all families. */
const ADDRESS_FIELDS: readonly string[] = [
  ...['ip', 'prefix', 'originator', 'gateway', 'address', 'endpoint', 'source', 'group', 'dst', 'src'],
];

/** Routes with an address or a prefix in one of their fields. */
export function addressFilter(value: string, scope?: Scope): FieldFilter {
  return { fields: ADDRESS_FIELDS, value, orCommunity: false, isAddress: true, scope };
}

/** What a search looks up. */
interface Target {
  readonly family?: string | undefined;
  readonly target?: string | undefined;
  readonly scope?: Scope | undefined;
}

/**
 * A target that is an address or a prefix, in a family whose routes are more than a prefix: their fields are searched.
 * null: the target names a route, or there is none.
 */
export function targetFilter({ family, target, scope }: Target): FieldFilter | null {
  if (family === undefined || target === undefined || !isAddressOrPrefix(target)) return null;
  const [{ codec } = { codec: null }] = familiesNamed(family);
  if (codec === null || (scope === undefined && codec.parse(target) instanceof Uint8Array)) return null;
  return addressFilter(target, scope);
}

export function isAddressOrPrefix(text: string): boolean {
  return parseAddress(text) !== null || parsePrefix(text) !== null;
}

/** Whether the fields of an NLRI, or the extended communities, pass a filter. */
export function passes(filter: FieldFilter, fields: NlriFields | null, extended: () => readonly string[]): boolean {
  const values = filter.fields.flatMap((name) => fields?.[name] ?? []);
  if (filter.orCommunity) values.push(...extended().filter((text) => text.startsWith('rt:')));
  return values.some((one) => matches(String(one), filter));
}

/** A host prefix also matches as an address, and a route target without its type. */
function matches(text: string, { value: wanted, isAddress = false, scope }: FieldFilter): boolean {
  const [one, other] = [text.toLowerCase(), wanted.toLowerCase()];
  if (one === other || one.replace(/\/(32|128)$/, '') === other || one === `rt:${other}`)
    return !scope || /^or-/.test(scope);
  if (!isAddress) return false;
  const [has, asked] = [prefixIn(text), prefixIn(wanted)];
  if (has === null || asked === null) return false;
  if (scope === undefined)
    return wanted.includes('/') ? contains(asked, has) && contains(has, asked) : contains(has, asked);
  if (scope.endsWith('longer')) return contains(asked, has) && (scope === 'or-longer' || has.length > asked.length);
  return contains(has, asked) && (scope === 'or-shorter' || has.length < asked.length);
}

function prefixIn(text: string): Prefix | null {
  const address = parseAddress(text);
  return address === null ? parsePrefix(text) : { address, length: address.length * 8 };
}

function contains(outer: Prefix, inner: Prefix): boolean {
  const isSameVersion = outer.address.length === inner.address.length;
  return isSameVersion && outer.length <= inner.length && prefixContains(outer, inner.address);
}
