/** Parses the output of `ip` about neighbors and links. */
import { isLinkLocal, parseAddress } from '../../lib/ip.ts';
import type { Outlet } from './advertiser.ts';
import { parseMac } from './packets.ts';

/** States of the neighbor table for a neighbor that is not reachable. */
const ABSENT = ['FAILED', 'INCOMPLETE', 'NONE'];
/** `[time] [NEIGH]fe80::1 dev eth1 lladdr 02:00:5e:10:00:01 router STALE`. */
const NEIGHBOR = /^\[[^\]]*\] \[NEIGH\](Deleted )?(\S+) dev (\S+)(.*)$/;
/** `[time] [LINK]2: eth1@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> ...`. */
const LINK = /^\[[^\]]*\] \[LINK\](?:Deleted )?(\d+): ([^:@\s]+)/;

/** A neighbor with a link-local address. */
interface NeighborLine {
  readonly address: string;
  readonly interfaceName: string;
  /** It is reachable, and is a router. */
  readonly isRouter: boolean;
}

/** A line of `ip monitor neigh`; null: it is another line, or the address is not link-local. */
export function parseNeighborLine(line: string): NeighborLine | null {
  const parts = NEIGHBOR.exec(line);
  if (parts === null) return null;
  const [, deleted, address, interfaceName, rest] = parts;
  if (!isLinkLocalText(address!)) return null;
  const words = rest!.trim().split(/\s+/);
  const isRouter = deleted === undefined && words.includes('router') && !ABSENT.some((state) => words.includes(state));
  return { address: address!, interfaceName: interfaceName!, isRouter };
}

/** Index and name of the interface in a line of `ip monitor link`; null: it is another line. */
export function parseLinkLine(line: string): { readonly index: number; readonly name: string } | null {
  const parts = LINK.exec(line);
  return parts === null ? null : { index: Number(parts[1]), name: parts[2]! };
}

/** An object of `ip -j -6 neigh show`. */
export function readNeighbor(object: unknown): NeighborLine | null {
  const { dst, dev, router, state } = object as Readonly<Record<string, unknown>>;
  if (typeof dst !== 'string' || typeof dev !== 'string' || !isLinkLocalText(dst)) return null;
  const states = Array.isArray(state) ? (state as string[]) : [];
  return {
    address: dst,
    interfaceName: dev,
    isRouter: router !== undefined && !ABSENT.some((s) => states.includes(s)),
  };
}

/** An object of `ip -j link show`: the interface, and whether it is up. */
export function readLink(object: unknown): (Outlet & { readonly up: boolean }) | null {
  const { ifname, ifindex, flags, address } = object as Readonly<Record<string, unknown>>;
  if (typeof ifname !== 'string' || typeof ifindex !== 'number') return null;
  const set = Array.isArray(flags) ? (flags as string[]) : [];
  const mac = parseMac(typeof address === 'string' ? address : undefined);
  return { name: ifname, index: ifindex, mac, up: set.includes('UP') && set.includes('LOWER_UP') };
}

function isLinkLocalText(text: string): boolean {
  const address = parseAddress(text);
  return address !== null && isLinkLocal(address);
}
