/** Multicast VPN (RFC 6514 4): route types 1 to 7, all of whose fields are the key. */
import type { NlriCodec } from '../nlri-codec.ts';
import { KIND } from './parts/field-kinds.ts';
import { type Field, keyField, type RouteType, TypedCodec } from './parts/typed-routes.ts';

const rd = keyField('rd', KIND.rd);
const originator = keyField('originator', KIND.restAddress);
const sourceAs = keyField('source-as', KIND.word);
/** RFC 6625: either can be any. */
const wildcards = [keyField('source', KIND.anyAddress), keyField('group', KIND.anyAddress)];
/** RFC 6514 4.5, 4.6: of 32 or 128 bits. */
const flow = [keyField('source', KIND.sizedAddress), keyField('group', KIND.sizedAddress)];

const TYPES: readonly (readonly Field[])[] = [
  // 4.1: Intra-AS I-PMSI auto-discovery.
  [rd, originator],
  // 4.2: Inter-AS I-PMSI auto-discovery.
  [rd, sourceAs],
  // 4.3: S-PMSI auto-discovery.
  [rd, ...wildcards, originator],
  // 4.4: leaf auto-discovery: the NLRI of another route, or a key of RFC 7524 6.2, and an originator.
  [keyField('route-key', KIND.rest)],
  // 4.5: source active auto-discovery.
  [rd, ...flow],
  // 4.6: shared tree join and source tree join.
  [rd, sourceAs, ...flow],
  [rd, sourceAs, ...flow],
];

/** Their names in policies. */
const WORDS = ['intra-as', 'inter-as', 's-pmsi', 'leaf', 'source-active', 'shared-tree-join', 'source-tree-join'];

const ROWS: readonly RouteType[] = TYPES.map((fields, i) => ({
  type: i + 1,
  name: String(i + 1),
  word: WORDS[i],
  fields,
  wideLength: 0,
  wideKeyLength: 0,
}));

/** SAFI 5, of IPv4 and IPv6: addresses have their length with them. */
export const MVPN: NlriCodec = new TypedCodec({
  typeOctets: 1,
  lead: [],
  rows: [undefined, ...ROWS],
  wide: false,
  expected: 'an MVPN route such as 65000:1:[7]:[65000]:[32]:[192.0.2.1]:[32]:[232.1.1.1]',
});
