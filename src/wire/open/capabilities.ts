/**
 * Capabilities (RFC 5492): one row per capability that we can name, and typed readers and encoders of the simple ones;
 * capability-values.ts has the others. A known capability with a wrong length counts as absent.
 */
import { toShortHex, u16, u24, u32 } from '../bytes.ts';
import { knownFamily } from '../families/catalog.ts';
import { FAMILIES, type FamilyId } from '../families.ts';
import { readText } from '../text.ts';

/** A capability as received in OPEN: its code, and its value undecoded. `describeCapability` formats it. */
export interface Capability {
  readonly code: number;
  readonly value: Uint8Array;
}

export const CAPABILITY = {
  multiprotocol: 1,
  routeRefresh: 2,
  orf: 3,
  extendedNextHop: 5,
  extendedMessage: 6,
  role: 9,
  gracefulRestart: 64,
  fourOctetAs: 65,
  addPath: 69,
  enhancedRefresh: 70,
  llgr: 71,
  fqdn: 73,
  softwareVersion: 75,
  oldRouteRefresh: 128,
} as const;

export { AS_TRANS } from '../attributes/as-path.ts';

export interface AfiSafi {
  readonly afi: number;
  readonly safi: number;
}

interface Row {
  readonly code: number;
  readonly name: string;
  /** Whether a value has a valid length, including the lengths inside it. */
  readonly fits: (length: number, value: Uint8Array) => boolean;
  /** The value as text; only for one that fits. */
  readonly describe: (value: Uint8Array) => string;
}

const ROLES = ['provider', 'rs', 'rs-client', 'customer', 'peer'] as const;
const ADD_PATH_MODES = ['', 'receive', 'send', 'send and receive'] as const;

const empty = (length: number) => length === 0;
const anyLength = () => true;
const nothing = () => '';

/** The table. */
const ROWS: readonly Row[] = [
  { code: CAPABILITY.multiprotocol, name: 'multiprotocol', fits: (n) => n === 4, describe: (v) => family(v, 0, 3) },
  { code: CAPABILITY.routeRefresh, name: 'route refresh', fits: empty, describe: nothing },
  { code: CAPABILITY.orf, name: 'outbound route filtering', fits: anyLength, describe: (v) => toShortHex(v) },
  {
    code: CAPABILITY.extendedNextHop,
    name: 'extended next hop',
    fits: (n) => n > 0 && n % 6 === 0,
    describe: (v) => each(v, 6, (at) => `${family(v, at, at + 3)} via afi ${u16(v, at + 4)}`),
  },
  { code: CAPABILITY.extendedMessage, name: 'extended message', fits: empty, describe: nothing },
  { code: CAPABILITY.role, name: 'role', fits: (n) => n === 1, describe: (v) => ROLES[v[0]] ?? `role ${v[0]}` },
  {
    code: CAPABILITY.gracefulRestart,
    name: 'graceful restart',
    fits: (n) => n >= 2 && n % 4 === 2,
    describe: describeGracefulRestart,
  },
  { code: CAPABILITY.fourOctetAs, name: '4-octet as', fits: (n) => n === 4, describe: (v) => String(u32(v, 0)) },
  {
    code: CAPABILITY.addPath,
    name: 'add-path',
    fits: (n) => n > 0 && n % 4 === 0,
    describe: (v) => each(v, 4, (at) => `${family(v, at, at + 2)} ${ADD_PATH_MODES[v[at + 3]] ?? v[at + 3]}`),
  },
  { code: CAPABILITY.enhancedRefresh, name: 'enhanced route refresh', fits: empty, describe: nothing },
  {
    code: CAPABILITY.llgr,
    name: 'long-lived graceful restart',
    fits: (n) => n % 7 === 0,
    describe: (v) =>
      each(v, 7, (at) => `${family(v, at, at + 2)} ${u24(v, at + 4)} s${v[at + 3] & 0x80 ? ' forwarding' : ''}`),
  },
  { code: CAPABILITY.fqdn, name: 'fqdn', fits: fitsFqdn, describe: describeFqdn },
  { code: CAPABILITY.softwareVersion, name: 'software version', fits: fitsVersion, describe: describeVersion },
  { code: CAPABILITY.oldRouteRefresh, name: 'route refresh (old)', fits: empty, describe: nothing },
];

function rowOf(code: number): Row | undefined {
  return ROWS.find((row) => row.code === code);
}

/** Its name, or `capability N`. */
export function capabilityName(code: number): string {
  return rowOf(code)?.name ?? `capability ${code}`;
}

/** The value as text; an unknown one, or one with a wrong length, in hex. */
export function describeCapability({ code, value }: Capability): string {
  const row = rowOf(code);
  if (row === undefined) return toShortHex(value);
  return row.fits(value.length, value) ? row.describe(value) : `${toShortHex(value)} (malformed)`;
}

/** Capability TLVs one after the other, as in an OPEN. A value has at most 255 octets. */
export function encodeCapabilities(capabilities: readonly Capability[]): Uint8Array {
  return Uint8Array.from(capabilities.flatMap(({ code, value }) => [code, value.length, ...value]));
}

/** MP_EXT for a family (RFC 4760 8). */
export function multiprotocol(id: FamilyId): Capability {
  const { afi, safi } = FAMILIES[id];
  return { code: CAPABILITY.multiprotocol, value: Uint8Array.of(afi >> 8, afi & 255, 0, safi) };
}

/** RFC 2918. */
export function routeRefresh(): Capability {
  return { code: CAPABILITY.routeRefresh, value: new Uint8Array(0) };
}

/** RFC 6793. */
export function fourOctetAsCapability(as: number): Capability {
  return {
    code: CAPABILITY.fourOctetAs,
    value: Uint8Array.of(as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255),
  };
}

/** All families that the peer announces, supported by us or not. */
export function multiprotocolFamilies(capabilities: readonly Capability[]): AfiSafi[] {
  return valuesOf(capabilities, CAPABILITY.multiprotocol).map((value) => ({ afi: u16(value, 0), safi: value[3] }));
}

/** The peer's AS number if it supports 4-octet numbers, otherwise null. */
export function fourOctetAs(capabilities: readonly Capability[]): number | null {
  const value = valuesOf(capabilities, CAPABILITY.fourOctetAs)[0];
  return value === undefined ? null : u32(value, 0);
}

export function hasRouteRefresh(capabilities: readonly Capability[]): boolean {
  return valuesOf(capabilities, CAPABILITY.routeRefresh).length > 0;
}

/** Values of all well-formed capabilities of a code. */
export function valuesOf(capabilities: readonly Capability[], code: number): Uint8Array[] {
  const row = rowOf(code);
  return capabilities.filter((c) => c.code === code && row?.fits(c.value.length, c.value)).map(({ value }) => value);
}

function describeGracefulRestart(value: Uint8Array): string {
  const flags = [value[0] & 0x80 ? 'restarting' : '', value[0] & 0x40 ? 'notification' : ''].filter(
    (word) => word !== '',
  );
  const families = each(value.subarray(2), 4, (at) => {
    const kept = value[at + 5] & 0x80 ? ' forwarding kept' : '';
    return `${family(value, at + 2, at + 4)}${kept}`;
  });
  return [`${u16(value, 0) & 0xfff} s`, ...flags, families].filter((word) => word !== '').join(', ');
}

/** Two texts, each preceded by its length; octets behind them are ignored (draft-walton-bgp-hostname-capability). */
function fitsFqdn(length: number, value: Uint8Array): boolean {
  if (length < 2) return false;
  const domainAt = 1 + value[0];
  return domainAt === length || (domainAt < length && domainAt + 1 + value[domainAt] <= length);
}

const SPACE = 0x20;

/**
 * Whether the text is preceded by its length. It is in draft-abraitis-bgp-version-capability and its implementations;
 * draft-ietf-idr-software-version has the text alone. No text begins with a control character.
 */
function hasInnerLength(value: Uint8Array): boolean {
  return value[0] < SPACE || value[0] === value.length - 1;
}

function fitsVersion(length: number, value: Uint8Array): boolean {
  return length > 0 && (!hasInnerLength(value) || value[0] < length);
}

function describeVersion(value: Uint8Array): string {
  return hasInnerLength(value) ? readText(value, 1, 1 + value[0]) : readText(value, 0, value.length);
}

function describeFqdn(value: Uint8Array): string {
  const host = readText(value, 1, 1 + value[0]);
  const domainAt = 2 + value[0];
  const domain = readText(value, domainAt, domainAt + (value[domainAt - 1] ?? 0));
  return domain === '' ? host : `${host}.${domain}`;
}

function family(value: Uint8Array, afiAt: number, safiAt: number): string {
  const afi = u16(value, afiAt);
  return knownFamily(afi, value[safiAt])?.name ?? `${afi}/${value[safiAt]}`;
}

function each(value: Uint8Array, size: number, describe: (at: number) => string): string {
  const parts: string[] = [];
  for (let at = 0; at < value.length; at += size) parts.push(describe(at));
  return parts.join(', ');
}
