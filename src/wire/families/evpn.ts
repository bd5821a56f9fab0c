/** EVPN (RFC 7432, 9136, 9251, 9572): route types 1 to 11; the key is what the RFC of each type calls the route key. */
import type { NlriCodec } from '../nlri-codec.ts';
import { KIND } from './parts/field-kinds.ts';
import { type Field, keyField, payloadField, type RouteType, TypedCodec } from './parts/typed-routes.ts';

const ESI = 10;

const rd = keyField('rd', KIND.rd);
const tag = keyField('ethernet-tag', KIND.word);
const esi = keyField('esi', KIND.esi);
const originator = keyField('originator', KIND.sizedAddress);
const flags = payloadField('flags', KIND.octet);
/** RFC 9251 9.1, RFC 9572 3: source and group, of which either can be any. */
const flow = [keyField('source', KIND.anyAddress), keyField('group', KIND.anyAddress)];

function row(type: number, word: string, fields: readonly Field[], more: Partial<RouteType> = {}): RouteType {
  return { type, name: String(type), word, fields, wideLength: 0, wideKeyLength: 0, ...more };
}

const TYPES: readonly RouteType[] = [
  // RFC 7432 7.1: Ethernet auto-discovery. The label is not part of the key.
  row(1, 'ethernet-ad', [rd, esi, tag, payloadField('labels', KIND.label)]),
  // RFC 7432 7.2: MAC/IP advertisement. Neither the ESI nor the labels are part of the key.
  row(2, 'mac-ip', [
    rd,
    payloadField('esi', KIND.esi),
    tag,
    keyField('mac', KIND.mac),
    keyField('ip', KIND.lastAddress),
    payloadField('labels', KIND.labels),
  ]),
  // RFC 7432 7.3: inclusive multicast Ethernet tag.
  row(3, 'multicast', [rd, tag, originator]),
  // RFC 7432 7.4: Ethernet segment.
  row(4, 'ethernet-segment', [rd, esi, originator]),
  // RFC 9136 3.1: IP prefix of 34 or 58 octets. ESI, gateway and label are not part of the key.
  row(
    5,
    'prefix',
    [
      rd,
      payloadField('esi', KIND.esi),
      tag,
      keyField('prefix', KIND.paddedPrefix),
      payloadField('gateway', KIND.address),
      payloadField('labels', KIND.label),
    ],
    { wideLength: 58, wideKeyLength: 1 + 8 + 4 + 1 + 16, isValid: hasOneOverlayIndex },
  ),
  // RFC 9251 9.1: selective multicast Ethernet tag. The flags are not part of the key.
  row(6, 'multicast-member', [rd, tag, ...flow, originator, flags]),
  // RFC 9251 9.2: multicast membership report synch.
  row(7, 'join-sync', [rd, esi, tag, ...flow, originator, flags]),
  // RFC 9251 9.3: multicast leave synch. Reserved, maximum response time and flags are not part of the key.
  row(8, 'leave-sync', [
    rd,
    esi,
    tag,
    ...flow,
    originator,
    payloadField('reserved', KIND.word),
    payloadField('maximum-response-time', KIND.octet),
    flags,
  ]),
  // RFC 9572 3.1: per-region I-PMSI auto-discovery.
  row(9, 'region-multicast', [rd, tag, keyField('region', KIND.hex8)]),
  // RFC 9572 3.2: S-PMSI auto-discovery.
  row(10, 's-pmsi', [rd, tag, ...flow, originator]),
  // RFC 9572 3.3: leaf auto-discovery: the NLRI of another route and an originator.
  row(11, 'leaf', [keyField('route-key', KIND.rest)]),
];

/** RFC 9136 3.1: a route in which both the ESI and the gateway are not zero is treated as withdrawn. */
function hasOneOverlayIndex(payload: Uint8Array, length: number): boolean {
  return isZero(payload, 0, ESI) || isZero(payload, ESI, length - 3);
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** AFI 25, SAFI 70. */
export const EVPN: NlriCodec = new TypedCodec({
  typeOctets: 1,
  lead: [],
  rows: [undefined, ...TYPES],
  wide: false,
  expected: 'an EVPN route such as 65000:1:[2]:[0]:[48]:[02:00:5e:00:00:01]:[32]:[192.0.2.1]',
});
