/** Communities as text: standard (RFC 1997) and large (RFC 8092). Well-known ones have names, in one table. */
import { u32 } from '../bytes.ts';
import { COMMUNITY_FLAG } from './attribute-table.ts';

/** GRACEFUL_SHUTDOWN (RFC 8326): the sender of the route is shutting down. */
export const GRACEFUL_SHUTDOWN = 0xffff0000;

interface WellKnownRow {
  readonly value: number;
  readonly name: string;
  /** Bit of COMMUNITY_FLAG for one that we act on, otherwise 0. */
  readonly flag: number;
}

/** IANA "BGP Well-known Communities". */
const WELL_KNOWN: readonly WellKnownRow[] = [
  { value: GRACEFUL_SHUTDOWN, name: 'graceful-shutdown', flag: COMMUNITY_FLAG.gracefulShutdown },
  { value: 0xffff0001, name: 'accept-own', flag: COMMUNITY_FLAG.acceptOwn },
  { value: 0xffff0002, name: 'route-filter-translated-v4', flag: 0 },
  { value: 0xffff0003, name: 'route-filter-v4', flag: 0 },
  { value: 0xffff0004, name: 'route-filter-translated-v6', flag: 0 },
  { value: 0xffff0005, name: 'route-filter-v6', flag: 0 },
  { value: 0xffff0006, name: 'llgr-stale', flag: COMMUNITY_FLAG.llgrStale },
  { value: 0xffff0007, name: 'no-llgr', flag: COMMUNITY_FLAG.noLlgr },
  { value: 0xffff0008, name: 'accept-own-nexthop', flag: 0 },
  { value: 0xffff0009, name: 'standby-pe', flag: 0 },
  { value: 0xffff029a, name: 'blackhole', flag: COMMUNITY_FLAG.blackhole },
  { value: 0xffffff01, name: 'no-export', flag: COMMUNITY_FLAG.noExport },
  { value: 0xffffff02, name: 'no-advertise', flag: COMMUNITY_FLAG.noAdvertise },
  { value: 0xffffff03, name: 'no-export-subconfed', flag: COMMUNITY_FLAG.noExportSubconfed },
  { value: 0xffffff04, name: 'no-peer', flag: COMMUNITY_FLAG.noPeer },
];

/** LLGR_STALE (RFC 9494 3.1): a path of a peer that has been down for longer than graceful restart allows. */
export const LLGR_STALE = 0xffff0006;

/** Bits of COMMUNITY_FLAG for the communities `bytes[start, end)`. */
export function communityFlags(bytes: Uint8Array, start: number, end: number): number {
  let flags = 0;
  for (let at = start; at < end; at += 4) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xff) flags |= flagOf(u32(bytes, at));
  }
  return flags;
}

function flagOf(value: number): number {
  for (const row of WELL_KNOWN) if (row.value === value) return row.flag;
  return 0;
}

/** The value of a well-known community by its name, `no-export` or `NO_EXPORT`; null: there is none. */
export function wellKnownCommunity(name: string): number | null {
  const plain = name.toLowerCase().replaceAll('_', '-');
  return WELL_KNOWN.find((row) => row.name === plain)?.value ?? null;
}

/** Name of a well-known one, or `65000:100`. */
export function formatCommunity(value: number): string {
  return WELL_KNOWN.find((row) => row.value === value)?.name ?? `${value >>> 16}:${value & 0xffff}`;
}

/** `65000:1:2`, of the 12 octets at `at`. */
export function formatLargeCommunity(bytes: Uint8Array, at: number): string {
  return `${u32(bytes, at)}:${u32(bytes, at + 4)}:${u32(bytes, at + 8)}`;
}
