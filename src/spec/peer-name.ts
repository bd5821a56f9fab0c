/** The name of a peer: its address, or the interface that it is found on. */
import { formatAddress } from '../lib/ip.ts';
import type { PeerSpec } from './peer.ts';

/**
 * `192.0.2.1`, `2001:db8::1`; `eth1` of a peer that is found there, `fe80::1%eth1` of one with a configured address.
 */
export function peerName({
  address,
  interfaceName,
  fixedAddress,
}: Pick<PeerSpec, 'address' | 'interfaceName' | 'fixedAddress'>): string {
  if (interfaceName === null) return formatAddress(address);
  return fixedAddress ? endName(address, interfaceName) : interfaceName;
}

/** An address, with its interface where it is link-local: `fe80::1%eth1`. */
export function endName(address: Uint8Array, interfaceName: string | null): string {
  return interfaceName === null ? formatAddress(address) : `${formatAddress(address)}%${interfaceName}`;
}
