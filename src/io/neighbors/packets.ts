/**
 * Router Advertisements and Solicitations (RFC 4861 4.1, 4.2): ICMPv6 messages without the IPv6 header. The kernel
 * fills in the checksum.
 *
 *   advertisement: type 134, code, checksum 2, hop limit, flags, lifetime 2, reachable time 4, retransmission time 4
 *   solicitation:  type 133, code, checksum 2, reserved 4
 *   option:        type 1 (link-layer address of the sender), length 1 (in units of 8 bytes), address 6
 */

const ADVERTISEMENT = 134;
const SOLICITATION = 133;
const ADVERTISEMENT_BYTES = 16;
const SOLICITATION_BYTES = 8;
const SOURCE_LINK_LAYER = 1;
const OPTION_BYTES = 8;
const MAC_BYTES = 6;

/** Multicast groups of all nodes, and of all routers, on a link. */
export const ALL_NODES = 'ff02::1';
export const ALL_ROUTERS = 'ff02::2';

/**
 * Advertises a router that is not a default router: the lifetime is 0, and all other values are unspecified.
 * @param mac 6 bytes of the interface; null where it has none
 */
export function routerAdvertisement(mac: Uint8Array | null): Uint8Array {
  return message(ADVERTISEMENT, ADVERTISEMENT_BYTES, mac);
}

/** Asks other routers to send an advertisement now. */
export function routerSolicitation(mac: Uint8Array | null): Uint8Array {
  return message(SOLICITATION, SOLICITATION_BYTES, mac);
}

function message(type: number, length: number, mac: Uint8Array | null): Uint8Array {
  const bytes = new Uint8Array(mac === null ? length : length + OPTION_BYTES);
  bytes[0] = type;
  if (mac !== null) {
    bytes.set([SOURCE_LINK_LAYER, 1], length);
    bytes.set(mac, length + 2);
  }
  return bytes;
}

/** The 6 bytes of `02:00:5e:10:00:01`; null for another kind of address. */
export function parseMac(text: string | undefined): Uint8Array | null {
  const parts = text?.split(':') ?? [];
  const bytes = parts.map((part) => (/^[0-9a-f]{2}$/i.test(part) ? Number.parseInt(part, 16) : Number.NaN));
  return bytes.length === MAC_BYTES && bytes.every((byte) => byte >= 0) ? new Uint8Array(bytes) : null;
}
