/** What a peer with graceful restart sends (RFC 4724 3), byte by byte. */
import { message, open } from '../lab/updates.ts';
import { OUR_AS } from './world.ts';

const BASIC = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
/** The time that it asks for. */
export const SECONDS = 120;
/** Flags of the capability: it has restarted; a NOTIFICATION does not end it (RFC 8538). */
export const R = 0x80;
export const N = 0x40;
/** Flag of a family. */
export const FORWARDING = 0x80;
export const IPV4 = [0, 1, 1];
export const IPV6 = [0, 2, 1];
export const END_OF_RIB_6 = message(2, [0, 0, 0, 6, 0x80, 15, 3, 0, 2, 1]);

/** An OPEN with graceful restart: its flags, the families with their flags, and further capabilities. */
export function restartingOpen(
  routerId: number,
  flags = N,
  families: readonly number[] = [...IPV4, FORWARDING, ...IPV6, FORWARDING],
  more: readonly number[] = [],
): Uint8Array {
  const capabilities = [...BASIC, 64, 2 + families.length, flags, SECONDS, ...families, ...more];
  return open(OUR_AS, routerId, { capabilities });
}
