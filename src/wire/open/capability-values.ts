/**
 * Values of the capabilities that have one: read from an OPEN, and encoded for one. A capability with a wrong length
 * counts as absent. If one is repeated that must not be, the last is used unless its RFC says otherwise.
 */
import { u16, u24 } from '../bytes.ts';
import { type AfiSafi, CAPABILITY, type Capability, valuesOf } from './capabilities.ts';

/** RFC 4724 3, RFC 8538 2. */
interface GracefulRestart {
  /** The R bit: the peer has restarted. */
  readonly restarted: boolean;
  /** The N bit: graceful restart also after a NOTIFICATION. */
  readonly notification: boolean;
  /** 0 to 4095. */
  readonly seconds: number;
  /** With the F bit: forwarding was kept over the restart. */
  readonly families: readonly (AfiSafi & { readonly forwarding: boolean })[];
}

/** RFC 9494 4.2. */
interface LongLivedFamily extends AfiSafi {
  readonly forwarding: boolean;
  /** 24 bits. */
  readonly seconds: number;
}

/** RFC 7911 4: what the sender of the capability supports. */
export const ADD_PATH = { receive: 1, send: 2, both: 3 } as const;

interface AddPathFamily extends AfiSafi {
  /** A value of ADD_PATH. */
  readonly mode: number;
}

/** RFC 8950 3: prefixes of a family may have next hops of another AFI. */
interface ExtendedNextHop extends AfiSafi {
  readonly nextHopAfi: number;
}

/** RFC 9234 4.1: the role of the sender toward the receiver. */
export const ROLE = { provider: 0, routeServer: 1, routeServerClient: 2, customer: 3, peer: 4 } as const;

export function gracefulRestart(capabilities: readonly Capability[]): GracefulRestart | null {
  const value = valuesOf(capabilities, CAPABILITY.gracefulRestart).at(-1);
  if (value === undefined) return null;
  return {
    restarted: (value[0] & 0x80) !== 0,
    notification: (value[0] & 0x40) !== 0,
    seconds: u16(value, 0) & 0xfff,
    families: entries(value, 2, 4, (at) => ({ ...family(value, at), forwarding: (value[at + 3] & 0x80) !== 0 })),
  };
}

/** Per family; empty when the capability is absent, or lists none. */
export function longLivedFamilies(capabilities: readonly Capability[]): readonly LongLivedFamily[] {
  const value = valuesOf(capabilities, CAPABILITY.llgr).at(-1);
  if (value === undefined) return [];
  return entries(value, 0, 7, (at) => ({
    ...family(value, at),
    forwarding: (value[at + 3] & 0x80) !== 0,
    seconds: u24(value, at + 4),
  }));
}

/** Whether the peer supports LLGR_STALE, even if it does not use LLGR for its own routes. */
export function hasLongLived(capabilities: readonly Capability[]): boolean {
  return valuesOf(capabilities, CAPABILITY.llgr).length > 0;
}

/** RFC 7911 4: an entry with an undefined mode is ignored; of two for one family, the last is used. */
export function addPathFamilies(capabilities: readonly Capability[]): readonly AddPathFamily[] {
  const all = valuesOf(capabilities, CAPABILITY.addPath).flatMap((value) =>
    entries(value, 0, 4, (at) => ({ ...family(value, at), mode: value[at + 3] })),
  );
  const known = all.filter(({ mode }) => mode >= ADD_PATH.receive && mode <= ADD_PATH.both);
  return known.filter(
    ({ afi, safi }, i) => !known.slice(i + 1).some((other) => other.afi === afi && other.safi === safi),
  );
}

export function extendedNextHops(capabilities: readonly Capability[]): readonly ExtendedNextHop[] {
  return valuesOf(capabilities, CAPABILITY.extendedNextHop).flatMap((value) =>
    entries(value, 0, 6, (at) => ({ afi: u16(value, at), safi: u16(value, at + 2), nextHopAfi: u16(value, at + 4) })),
  );
}

/** All roles that the peer announces; several different ones are an error (RFC 9234 4.2). */
export function roles(capabilities: readonly Capability[]): readonly number[] {
  return [...new Set(valuesOf(capabilities, CAPABILITY.role).map((value) => value[0]))];
}

export function hasExtendedMessage(capabilities: readonly Capability[]): boolean {
  return valuesOf(capabilities, CAPABILITY.extendedMessage).length > 0;
}

export function hasEnhancedRefresh(capabilities: readonly Capability[]): boolean {
  return valuesOf(capabilities, CAPABILITY.enhancedRefresh).length > 0;
}

/** A capability without a value. */
export function bareCapability(code: number): Capability {
  return { code, value: new Uint8Array(0) };
}

export function gracefulRestartCapability(value: GracefulRestart): Capability {
  const flags = (value.restarted ? 0x80 : 0) | (value.notification ? 0x40 : 0);
  const families = value.families.flatMap((entry) => [...familyOctets(entry), entry.forwarding ? 0x80 : 0]);
  const octets = [flags | (value.seconds >> 8), value.seconds & 255, ...families];
  return { code: CAPABILITY.gracefulRestart, value: Uint8Array.from(octets) };
}

export function longLivedCapability(families: readonly LongLivedFamily[]): Capability {
  const octets = families.flatMap((entry) => [
    ...familyOctets(entry),
    entry.forwarding ? 0x80 : 0,
    entry.seconds >> 16,
    (entry.seconds >> 8) & 255,
    entry.seconds & 255,
  ]);
  return { code: CAPABILITY.llgr, value: Uint8Array.from(octets) };
}

export function addPathCapability(families: readonly AddPathFamily[]): Capability {
  const octets = families.flatMap((entry) => [...familyOctets(entry), entry.mode]);
  return { code: CAPABILITY.addPath, value: Uint8Array.from(octets) };
}

export function extendedNextHopCapability(entriesOf: readonly ExtendedNextHop[]): Capability {
  const octets = entriesOf.flatMap(({ afi, safi, nextHopAfi }) =>
    [afi, safi, nextHopAfi].flatMap((number) => [number >> 8, number & 255]),
  );
  return { code: CAPABILITY.extendedNextHop, value: Uint8Array.from(octets) };
}

export function roleCapability(role: number): Capability {
  return { code: CAPABILITY.role, value: Uint8Array.of(role) };
}

/** AFI 2 octets, SAFI 1. */
function family(value: Uint8Array, at: number): AfiSafi {
  return { afi: u16(value, at), safi: value[at + 2] };
}

function familyOctets({ afi, safi }: AfiSafi): number[] {
  return [afi >> 8, afi & 255, safi];
}

function entries<T>(value: Uint8Array, start: number, size: number, read: (at: number) => T): T[] {
  return Array.from({ length: Math.floor((value.length - start) / size) }, (_, i) => read(start + i * size));
}
