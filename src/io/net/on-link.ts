/** Checks by the interface addresses of this host whether an address is one hop away. */
import { networkInterfaces } from 'node:os';
import { isLinkLocal, maskAddress, parseAddress, prefixContains, sameAddress } from '../../lib/ip.ts';

/**
 * Whether `local` is an address of an interface that is up, in a subnet that contains `remote`. A link-local `remote`
 * is always one hop away.
 */
export function isOnLink(local: Uint8Array, remote: Uint8Array): boolean {
  if (isLinkLocal(remote)) return true;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ address, cidr }) => {
    const own = parseAddress(address);
    if (own === null || cidr === null || !sameAddress(own, local)) return false;
    const length = Number(cidr.slice(cidr.indexOf('/') + 1));
    return prefixContains({ address: maskAddress(own, length), length }, remote);
  });
}
