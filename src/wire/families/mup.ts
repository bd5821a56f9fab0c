/**
 * Mobile user plane (draft-ietf-bess-mup-safi 3.1): architecture type 1 octet, route type 2, length 1. The rows are those of
 * the architecture 3gpp-5g (1); routes of others are octets.
 */
import type { NlriCodec } from '../nlri-codec.ts';
import { KIND } from './parts/field-kinds.ts';
import { type Field, keyField, payloadField, type RouteType, TypedCodec } from './parts/typed-routes.ts';

const ARCHITECTURE_5G = 1;
const rd = keyField('rd', KIND.rd);

function row(type: number, name: string, fields: readonly Field[]): RouteType {
  return { type, name, fields, wideLength: 0, wideKeyLength: 0 };
}

const TYPES: readonly RouteType[] = [
  // 3.1.1: Interwork segment discovery.
  row(1, 'isd', [rd, keyField('prefix', KIND.prefix)]),
  // 3.1.2: Direct segment discovery.
  row(2, 'dsd', [rd, keyField('address', KIND.address)]),
  // 3.1.3: Type 1 session transformed. Only the route distinguisher and the prefix are the key.
  row(3, 't1st', [
    rd,
    keyField('prefix', KIND.prefix),
    payloadField('teid', KIND.teid),
    payloadField('qfi', KIND.octet),
    payloadField('endpoint', KIND.sizedAddress),
    payloadField('source', KIND.optionalAddress),
  ]),
  // 3.1.4: Type 2 session transformed.
  row(4, 't2st', [rd, keyField('endpoint', KIND.tunnelEndpoint)]),
];

function mup(wide: boolean, prefix: string): NlriCodec {
  const expected = `a MUP route such as 65000:1:[isd]:[${prefix}]`;
  return new TypedCodec({
    typeOctets: 3,
    lead: [ARCHITECTURE_5G, 0],
    rows: [undefined, ...TYPES],
    wide,
    expected,
  });
}

/** SAFI 85. */
export const MUP_IPV4: NlriCodec = mup(false, '10.0.0.0/8');
export const MUP_IPV6: NlriCodec = mup(true, '2001:db8::/32');
