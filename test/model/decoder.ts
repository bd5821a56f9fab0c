/**
 * A strict reader of what a BGP speaker sends, written from the RFCs, apart from `src/wire`: whatever a sender must not
 * write is an error here, also where a receiver should be lenient (RFC 7606).
 */
export type Family = 'ipv4' | 'ipv6';

/** The attributes of a path, in a form that is equal if and only if they are. */
export interface Path {
  readonly origin: number;
  /** Segments as `type:numbers`. */
  readonly asPath: readonly string[];
  readonly nextHop: string;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly originatorId: number | null;
  readonly clusterList: readonly number[];
  readonly communities: readonly number[];
  /** Attributes that are not read, as `code flags value`. */
  readonly others: readonly string[];
}

export interface Nlri {
  readonly family: Family;
  readonly prefix: string;
  readonly pathId: number;
}

export type Message =
  | { readonly kind: 'open'; readonly as: number; readonly routerId: number }
  | { readonly kind: 'keepalive' }
  | { readonly kind: 'notification'; readonly code: number; readonly subcode: number }
  | { readonly kind: 'refresh'; readonly family: Family; readonly subtype: number }
  | { readonly kind: 'end-of-rib'; readonly family: Family }
  | {
      readonly kind: 'update';
      readonly withdrawn: readonly Nlri[];
      readonly announced: readonly Nlri[];
      readonly path: Path | null;
    };

/** What was negotiated, as far as it decides how messages are read. */
export interface Terms {
  readonly addPath: boolean;
  readonly external: boolean;
  readonly longest: number;
  /** AS numbers of 2 octets (RFC 6793 4.2.2). */
  readonly as2?: boolean;
}

export class Malformed extends Error {}

function must(holds: boolean, words: string): void {
  if (!holds) throw new Malformed(words);
}

/** Octets in their order. */
class Reader {
  at = 0;
  readonly octets: Uint8Array;

  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  get left(): number {
    return this.octets.length - this.at;
  }

  take(count: number): Uint8Array {
    must(this.left >= count, `${count} octets wanted, ${this.left} left`);
    this.at += count;
    return this.octets.subarray(this.at - count, this.at);
  }

  number(octets: number): number {
    return this.take(octets).reduce((sum, octet) => sum * 256 + octet, 0);
  }

  numbers(octets: number): number[] {
    must(this.left % octets === 0, `a list of ${octets} octets each has ${this.left}`);
    const list: number[] = [];
    while (this.left > 0) list.push(this.number(octets));
    return list;
  }
}

/** RFC 4271 4.1 to 4.5. */
export function decode(octets: Uint8Array, terms: Terms): Message {
  const reader = new Reader(octets);
  must(
    reader.take(16).every((octet) => octet === 255),
    'marker',
  );
  must(reader.number(2) === octets.length && octets.length <= terms.longest, `length ${octets.length}`);
  const type = reader.number(1);
  if (type === 1) return decodeOpen(reader);
  if (type === 2) return decodeUpdate(reader, terms);
  if (type === 3) return { kind: 'notification', code: reader.number(1), subcode: reader.number(1) };
  if (type === 4) {
    must(reader.left === 0, 'KEEPALIVE with a body');
    return { kind: 'keepalive' };
  }
  must(type === 5 && reader.left === 4, `type ${type}`);
  const afi = reader.number(2);
  const subtype = reader.number(1);
  must(subtype <= 2, `ROUTE-REFRESH subtype ${subtype}`);
  return { kind: 'refresh', family: familyOf(afi, reader.number(1)), subtype };
}

function decodeOpen(reader: Reader): Message {
  must(reader.number(1) === 4, 'version');
  const as = reader.number(2);
  const holdTime = reader.number(2);
  must(holdTime === 0 || holdTime >= 3, `hold time ${holdTime}`);
  const routerId = reader.number(4);
  const short = reader.number(1);
  // RFC 9072 2: the extended form is for what does not fit into the short one.
  const isLong = short === 255 && reader.number(1) === 255;
  const length = isLong ? reader.number(2) : short;
  must(length === reader.left && (!isLong || length > 254), 'length of the optional parameters');
  return { kind: 'open', as, routerId };
}

function familyOf(afi: number, safi: number): Family {
  must(safi === 1 && (afi === 1 || afi === 2), `family ${afi}/${safi} was not negotiated`);
  return afi === 1 ? 'ipv4' : 'ipv6';
}

interface Attribute {
  readonly flags: number;
  readonly code: number;
  readonly value: Uint8Array;
}

function decodeUpdate(reader: Reader, terms: Terms): Message {
  const withdrawn = decodeNlri(reader.take(reader.number(2)), 'ipv4', terms);
  const attributes = decodeAttributes(reader.take(reader.number(2)));
  const announced = decodeNlri(reader.take(reader.left), 'ipv4', terms);
  const unreach = attributes.find(({ code }) => code === 15);
  const reach = attributes.find(({ code }) => code === 14);
  if (withdrawn.length + announced.length + attributes.length === 0) return { kind: 'end-of-rib', family: 'ipv4' };

  if (unreach !== undefined) {
    const value = new Reader(unreach.value);
    const family = familyOf(value.number(2), value.number(1));
    const list = decodeNlri(value.take(value.left), family, terms);
    if (list.length === 0) {
      must(attributes.length === 1 && announced.length + withdrawn.length === 0, 'an empty MP_UNREACH_NLRI');
      return { kind: 'end-of-rib', family };
    }
    withdrawn.push(...list);
  }
  let nextHop: string | null = null;
  if (reach !== undefined) {
    must(announced.length === 0, 'prefixes of two families share attributes');
    const value = new Reader(reach.value);
    const family = familyOf(value.number(2), value.number(1));
    nextHop = decodeNextHop(value.take(value.number(1)));
    must(value.number(1) === 0, 'the reserved octet of MP_REACH_NLRI');
    announced.push(...decodeNlri(value.take(value.left), family, terms));
    must(announced.length > 0, 'an MP_REACH_NLRI without prefixes');
  }
  const path = announced.length === 0 ? null : decodePath(attributes, nextHop, terms);
  // RFC 4271 3.1, 5: path attributes describe announced prefixes, and are nothing without them.
  if (path === null) must(attributes.length === (unreach === undefined ? 0 : 1), 'attributes without prefixes');
  const all = [...withdrawn, ...announced].map(({ family, prefix, pathId }) => `${family} ${prefix} ${pathId}`);
  must(new Set(all).size === all.length, `a route twice in one UPDATE: ${all}`);
  must(all.length > 0, 'an UPDATE without routes');
  return { kind: 'update', withdrawn, announced, path };
}

/** RFC 4271 4.3, RFC 7911 3. */
function decodeNlri(octets: Uint8Array, family: Family, { addPath }: Terms): Nlri[] {
  const reader = new Reader(octets);
  const list: Nlri[] = [];
  while (reader.left > 0) {
    const pathId = addPath ? reader.number(4) : 0;
    const length = reader.number(1);
    must(length <= (family === 'ipv4' ? 32 : 128), `prefix length ${length}`);
    const address = reader.take((length + 7) >> 3);
    const spare = address.length * 8 - length;
    must(spare === 0 || (address[address.length - 1]! & ((1 << spare) - 1)) === 0, 'bits behind a prefix');
    list.push({ family, prefix: `${addressText(address, family)}/${length}`, pathId });
  }
  return list;
}

/** IPv6 as all groups up to the last that is not zero, then `::`. */
function addressText(octets: Uint8Array, family: Family): string {
  const whole = [...octets, ...new Array<number>(16)].map((octet) => octet ?? 0);
  if (family === 'ipv4') return whole.slice(0, 4).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((whole[2 * i]! << 8) | whole[2 * i + 1]!).toString(16));
  const used = groups.findLastIndex((group) => group !== '0') + 1;
  return used === 8 ? groups.join(':') : `${groups.slice(0, used).join(':')}::`;
}

/** RFC 2545 3: the link-local next hop is for the peers on its link alone. */
function decodeNextHop(octets: Uint8Array): string {
  must(octets.length === 4 || octets.length === 16, `a next hop of ${octets.length} octets`);
  return Buffer.from(octets).toString('hex');
}

/** RFC 4271 4.3, 5: each attribute once, in ascending order; MP_REACH_NLRI and MP_UNREACH_NLRI first (RFC 7606 5.1). */
function decodeAttributes(octets: Uint8Array): Attribute[] {
  const reader = new Reader(octets);
  const list: Attribute[] = [];
  while (reader.left > 0) {
    const flags = reader.number(1);
    must((flags & 0x0f) === 0, `unused flags ${flags}`);
    const code = reader.number(1);
    const length = reader.number((flags & 0x10) === 0 ? 1 : 2);
    list.push({ flags: flags & 0xe0, code, value: reader.take(length) });
  }
  const order = list.map(({ code }) => (code === 14 || code === 15 ? code - 100 : code));
  must(
    order.every((code, i) => i === 0 || code > order[i - 1]!),
    `attributes ${list.map(({ code }) => code)}`,
  );
  return list;
}

/** Codes, their Optional and Transitive bits, and the octets of one entry of their values, 0: any number. */
const ROWS: readonly (readonly [codes: readonly number[], flags: number, octets: number])[] = [
  [[1], 0x40, 1],
  [[2, 6], 0x40, 0],
  [[3, 5], 0x40, 4],
  [[4, 9, 10], 0x80, 4],
  [[14, 15, 24, 26, 29], 0x80, 0],
  [[8, 35], 0xc0, 4],
  [[16, 18], 0xc0, 8],
  [[32], 0xc0, 12],
];
const KNOWN = new Map(ROWS.flatMap(([codes, ...rest]) => codes.map((code) => [code, rest] as const)));

/** RFC 4271 4.3: Partial is for optional transitive attributes; 5, 9: of those that are not known, only they pass. */
function checkKind({ code, flags, value }: Attribute, { as2 }: Terms): void {
  const [wanted, octets] = KNOWN.get(code) ?? [0xc0, 0];
  must((flags & 0xc0) === wanted && (flags === wanted || wanted === 0xc0), `flags ${flags} of ${code}`);
  must(octets === 0 || (value.length > 0 && value.length % octets === 0), `${value.length} octets of ${code}`);
  if (code === 6) must(value.length === 0, 'ATOMIC_AGGREGATE with a value');
  if (code === 7) must(value.length === (as2 ? 6 : 8), `AGGREGATOR of ${value.length} octets`);
  // RFC 6793 4.1: between speakers with 4-octet AS numbers they are not sent.
  if (code === 17 || code === 18) must(as2 === true, `attribute ${code} beside AS numbers of 4 octets`);
}

function decodePath(attributes: readonly Attribute[], reachNextHop: string | null, terms: Terms): Path {
  const { external } = terms;
  const values = new Map(attributes.map(({ code, value }) => [code, value]));
  for (const one of attributes) checkKind(one, terms);
  const wanted = [1, 2, ...(reachNextHop === null ? [3] : []), ...(external ? [] : [5])];
  for (const code of wanted) must(values.has(code), `attribute ${code} is missing`);
  if (reachNextHop !== null) must(!values.has(3), 'NEXT_HOP beside MP_REACH_NLRI');
  // RFC 4271 5.1.5; RFC 4456 8.
  if (external) for (const code of [5, 9, 10]) must(!values.has(code), `attribute ${code} to another AS`);
  const one = (code: number, octets: number): number | null => {
    const value = values.get(code);
    if (value === undefined) return null;
    must(value.length === octets, `attribute ${code} has ${value.length} octets`);
    return new Reader(value).number(octets);
  };
  const listOf = (code: number): number[] => {
    const value = values.get(code);
    must(value === undefined || value.length > 0, `attribute ${code} is empty`);
    return value === undefined ? [] : new Reader(value).numbers(4);
  };
  const origin = one(1, 1) as number;
  must(origin <= 2, `ORIGIN ${origin}`);
  const known = [1, 2, 3, 4, 5, 8, 9, 10, 14, 15];
  const others = attributes.filter(({ code }) => !known.includes(code));
  return {
    origin,
    asPath: decodeAsPath(values.get(2) as Uint8Array, terms),
    nextHop: reachNextHop ?? decodeNextHop(values.get(3) as Uint8Array),
    med: one(4, 4),
    localPref: one(5, 4),
    originatorId: one(9, 4),
    clusterList: listOf(10),
    communities: listOf(8),
    others: others.map(({ code, flags, value }) => `${code} ${flags} ${Buffer.from(value).toString('hex')}`),
  };
}

/** RFC 4271 4.3, RFC 6793, RFC 7607 2; RFC 5065 5.3: segments of a confederation stay inside an AS. */
function decodeAsPath(octets: Uint8Array, { as2, external }: Terms): string[] {
  const size = as2 ? 2 : 4;
  const reader = new Reader(octets);
  const segments: string[] = [];
  while (reader.left > 0) {
    const type = reader.number(1);
    const count = reader.number(1);
    must(type >= 1 && type <= (external ? 2 : 4) && count > 0, `AS_PATH segment of type ${type} with ${count}`);
    const numbers = new Reader(reader.take(count * size)).numbers(size);
    must(!numbers.includes(0), 'AS 0');
    segments.push(`${type}:${numbers}`);
  }
  return segments;
}
