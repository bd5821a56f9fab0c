/** Interfaces, as far as next hops depend on them: their state, and the VRF of a table. */
import { type IpCommand, queryIp } from '../ip/ip-command.ts';

const MAIN = 254;
/** A kernel or an `ip` without VRF support. */
const NO_VRF = /Unknown device type|is unknown, try|Operation not supported/;

interface IpLink {
  readonly ifname?: string;
  readonly flags?: readonly string[];
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly table?: number } };
}

/**
 * Names of all interfaces, and whether each is up.
 * @throws Error if the kernel cannot be queried
 */
export async function readLinks(ip: IpCommand): Promise<Map<string, boolean>> {
  const links = new Map<string, boolean>();
  await queryIp(ip, ['-j', 'link', 'show'], (object) => {
    const { ifname, flags } = object as IpLink;
    if (ifname !== undefined) links.set(ifname, flags?.includes('UP') === true);
  });
  return links;
}

/**
 * Name of the VRF of a table; null: none. The main table never has one.
 * @throws Error if the kernel cannot be queried
 */
export async function vrfOf(ip: IpCommand, table: number): Promise<string | null> {
  if (table === MAIN) return null;
  let name: string | null = null;
  try {
    await queryIp(ip, ['-j', '-d', 'link', 'show', 'type', 'vrf'], (object) => {
      const { ifname, linkinfo } = object as IpLink;
      const isVrf = linkinfo?.info_kind === undefined || linkinfo.info_kind === 'vrf';
      if (ifname !== undefined && isVrf && linkinfo?.info_data?.table === table) name = ifname;
    });
  } catch (error) {
    if (!NO_VRF.test((error as Error).message)) throw error;
  }
  return name;
}
