/** The routes of the scratch engine: UPDATEs that announce, change or withdraw each route of a table once. */
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import { familyOf } from '../../wire/families.ts';
import { AFI, SAFI } from '../../wire/family.ts';
import { encodeMessage, MESSAGE } from '../../wire/message.ts';

/** What happens to each route, in this order. */
export const STEPS = ['announce', 'change', 'withdraw'] as const;
type Step = (typeof STEPS)[number];

const UPDATES = 100;
const ROUTES_PER_UPDATE = 6;
const EVPN_SAFI = 70;
const IPV6 = [0x20, 1, 0xd, 0xb8];

/** Routes of a family that the scratch table has; each goes through code that the others do not. */
interface ScratchRoutes {
  readonly afi: number;
  readonly safi: number;
  readonly nextHop: readonly number[];
  /** @param label changes with the step */
  readonly nlri: (index: number, label: number) => readonly number[];
}

const rdOf = (index: number) => [0, 0, 0xfc, 0, 0, 0, 0, index & 63];

const SCRATCH: readonly ScratchRoutes[] = [
  {
    afi: AFI.ipv4,
    safi: SAFI.unicast,
    nextHop: [10, 255, 0, 1],
    nlri: (index) => [24, 10, index >>> 8, index & 255],
  },
  {
    afi: AFI.ipv6,
    safi: SAFI.unicast,
    nextHop: [...IPV6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    nlri: (index) => [64, ...IPV6, 0, 0, index >>> 8, index & 255],
  },
  {
    afi: AFI.ipv4,
    safi: SAFI.vpn,
    nextHop: [0, 0, 0, 0, 0, 0, 0, 0, 10, 255, 0, 1],
    nlri: (index, label) => [112, 0, label, 0x11, ...rdOf(index), 10, index >>> 8, index & 255],
  },
  {
    afi: AFI.l2vpn,
    safi: EVPN_SAFI,
    nextHop: [10, 255, 0, 1],
    nlri: (index, label) => [
      ...[2, 37, ...rdOf(index), ...new Array<number>(14).fill(0), 48, 2, 0, 0x5e, 0, index >>> 8, index & 255],
      ...[32, 10, 0, index >>> 8, index & 255, 0, 0x27, label],
    ],
  },
];

/** Those of the families in use. */
export function scratchRoutes(): readonly ScratchRoutes[] {
  return SCRATCH.filter(({ afi, safi }) => familyOf(afi, safi) !== undefined);
}

/** One step of a table as UPDATEs. */
export function encodeTable(step: Step, routes: ScratchRoutes): Uint8Array {
  const messages = Array.from({ length: UPDATES }, (_, update) => encodeUpdate(step, update, routes));
  return new Uint8Array(Buffer.concat(messages));
}

function encodeUpdate(step: Step, update: number, { afi, safi, nextHop, nlri: nlriOf }: ScratchRoutes): Uint8Array {
  const label = step === 'change' ? 2 : 1;
  const first = update * ROUTES_PER_UPDATE;
  const nlri = Array.from({ length: ROUTES_PER_UPDATE }, (_, i) => nlriOf(first + i, label)).flat();
  const isClassic = afi === AFI.ipv4 && safi === SAFI.unicast;
  const common = [
    ...[0x40, ATTRIBUTE.origin, 1, 0],
    ...[0x40, ATTRIBUTE.asPath, 10, 2, 2, 0, 0, 0xfc, update & 255, 0, 0, 0xfd, update >>> 8],
    ...(isClassic ? [0x40, ATTRIBUTE.nextHop, 4, ...nextHop] : []),
    ...[0x80, ATTRIBUTE.med, 4, 0, 0, 0, label],
    ...[0x40, ATTRIBUTE.localPref, 4, 0, 0, 0, 100],
    ...[0xc0, ATTRIBUTE.communities, 8, 0xfc, 0, update >>> 8, update & 255, 0xfc, 0, 0, 1],
    // A route target.
    ...(safi === SAFI.unicast ? [] : [0xc0, ATTRIBUTE.extendedCommunities, 8, 0, 2, 0xfc, 0, 0, 0, 0, update & 15]),
  ];
  if (isClassic) return step === 'withdraw' ? encode(nlri, [], []) : encode([], common, nlri);
  const family = [afi >>> 8, afi & 255, safi];
  if (step === 'withdraw') return encode([], attribute(ATTRIBUTE.mpUnreach, [...family, ...nlri]), []);
  const reach = attribute(ATTRIBUTE.mpReach, [...family, nextHop.length, ...nextHop, 0, ...nlri]);
  return encode([], [...reach, ...common], []);
}

/** An optional attribute with a length of two octets. */
function attribute(code: number, value: readonly number[]): number[] {
  return [0x90, code, value.length >>> 8, value.length & 255, ...value];
}

function encode(withdrawn: readonly number[], attributes: readonly number[], nlri: readonly number[]): Uint8Array {
  const lengths = [withdrawn.length, attributes.length].map((length) => [length >>> 8, length & 255]);
  const body = [...lengths[0], ...withdrawn, ...lengths[1], ...attributes, ...nlri];
  return encodeMessage(MESSAGE.update, Uint8Array.from(body));
}
