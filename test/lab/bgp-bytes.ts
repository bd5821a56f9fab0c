/**
 * BGP messages written by hand from the RFCs' pictures, so that what we send and read in these tests does not come
 * from the codec that they test. Also makes wrong ones. No I/O, no timers.
 */

export const TYPE = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

export const HEADER = 19;

export function u16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

export function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value)];
}

/** Address or prefix text of IPv4 as four bytes. */
export function ipv4(text: string): number[] {
  return text.split('/')[0]!.split('.').map(Number);
}

/** A whole message (RFC 4271 4.1); `length` and `marker` can be made wrong. */
export function message(type: number, body: readonly number[], length = HEADER + body.length, marker = 0xff): Buffer {
  return Buffer.from([...new Array<number>(16).fill(marker), ...u16(length), type, ...body]);
}

export function keepalive(): Buffer {
  return message(TYPE.keepalive, []);
}

export interface OpenFields {
  readonly version?: number;
  readonly as?: number;
  readonly holdTime?: number;
  readonly routerId?: string;
  /** Capabilities as [code, ...value]. */
  readonly capabilities?: readonly (readonly number[])[];
  /** The bytes of the optional parameters, instead of capabilities. */
  readonly parameters?: readonly number[];
}

export const IPV4_UNICAST = [1, 0, 1, 0, 1];
export const IPV6_UNICAST = [1, 0, 2, 0, 1];
export const ROUTE_REFRESH = [2];

/** AS numbers up to 65535: they stand in My Autonomous System and in the 4-octet capability as they are. */
export function open(fields: OpenFields = {}): Buffer {
  const { version = 4, as = 65000, holdTime = 90, routerId = '10.0.0.1' } = fields;
  const capabilities = fields.capabilities ?? [IPV4_UNICAST, IPV6_UNICAST, ROUTE_REFRESH, [65, ...u32(as)]];
  const tlvs = capabilities.flatMap(([code, ...value]) => [code!, value.length, ...value]);
  const parameters = fields.parameters ?? (tlvs.length > 0 ? [2, tlvs.length, ...tlvs] : []);
  const fixed = [version, ...u16(as), ...u16(holdTime), ...ipv4(routerId)];
  return message(TYPE.open, [...fixed, parameters.length, ...parameters]);
}

/** A path attribute (RFC 4271 4.3) with a one-octet length. */
export function attribute(flags: number, code: number, ...value: readonly number[]): number[] {
  return [flags, code, value.length, ...value];
}

export const ORIGIN_IGP = attribute(0x40, 1, 0);
export const AS_PATH_EMPTY = attribute(0x40, 2);
export const LOCAL_PREF_100 = attribute(0x40, 5, ...u32(100));

export function nextHop(address: string): number[] {
  return attribute(0x40, 3, ...ipv4(address));
}

export function communities(...values: readonly number[]): number[] {
  return attribute(0xc0, 8, ...values.flatMap(u32));
}

/** Extended communities (RFC 4360), eight octets each. */
export function extendedCommunities(...values: readonly (readonly number[])[]): number[] {
  return attribute(0xc0, 16, ...values.flat());
}

/** The attributes of an iBGP route. */
export function attributesTo(address: string): number[] {
  return [...ORIGIN_IGP, ...AS_PATH_EMPTY, ...nextHop(address), ...LOCAL_PREF_100];
}

/** IPv4 prefixes as NLRI. */
export function nlri(...prefixes: readonly string[]): number[] {
  return prefixes.flatMap((prefix) => {
    const length = Number(prefix.split('/')[1]);
    return [length, ...ipv4(prefix).slice(0, (length + 7) >> 3)];
  });
}

export interface UpdateFields {
  readonly withdrawn?: readonly number[];
  readonly attributes?: readonly number[];
  readonly nlri?: readonly number[];
  /** Lengths of the withdrawn routes and of the attributes, to make them wrong. */
  readonly withdrawnLength?: number;
  readonly attributesLength?: number;
}

export function update(fields: UpdateFields): Buffer {
  const { withdrawn = [], attributes = [], nlri: announced = [] } = fields;
  return message(TYPE.update, [
    ...u16(fields.withdrawnLength ?? withdrawn.length),
    ...withdrawn,
    ...u16(fields.attributesLength ?? attributes.length),
    ...attributes,
    ...announced,
  ]);
}

/** A route of IPv4 as an iBGP host announces it. */
export function announce(address: string, ...prefixes: readonly string[]): Buffer {
  return update({ attributes: attributesTo(address), nlri: nlri(...prefixes) });
}

/** What an UPDATE says of IPv4 prefixes. */
export function readUpdate(body: Buffer): { withdrawn: string[]; announced: string[]; attributes: Buffer } {
  const withdrawnEnd = 2 + body.readUInt16BE(0);
  const attributesEnd = withdrawnEnd + 2 + body.readUInt16BE(withdrawnEnd);
  return {
    withdrawn: readPrefixes(body.subarray(2, withdrawnEnd)),
    attributes: body.subarray(withdrawnEnd + 2, attributesEnd),
    announced: readPrefixes(body.subarray(attributesEnd)),
  };
}

function readPrefixes(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at]!;
    const octets = [...bytes.subarray(at + 1, at + 1 + ((length + 7) >> 3)), 0, 0, 0, 0].slice(0, 4);
    found.push(`${octets.join('.')}/${length}`);
    at += 1 + ((length + 7) >> 3);
  }
  return found;
}
