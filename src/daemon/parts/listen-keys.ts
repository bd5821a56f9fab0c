/** Whose connections must be signed: the keys for the sockets that listen. */
import type { ListenKey } from '../../io/net/keyring.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { RouterSpec } from '../../spec/router.ts';

/**
 * One per range and per peer with a key; a peer goes before a range of its address alone.
 * @param located where the peer of an interface was found; null: nowhere yet, so it has no key
 */
export function listenKeys(
  { peers, ranges }: RouterSpec,
  located: (peer: PeerSpec) => Uint8Array | null = () => null,
): ListenKey[] {
  const ofPeers = peers.flatMap((peer) => {
    const isFound = peer.interfaceName !== undefined && peer.fixedAddress !== true;
    const address = isFound ? located(peer) : peer.address;
    if (address === null) return [];
    return [{ prefix: { address, length: address.length * 8 }, transport: peer.transport }];
  });
  return [...ranges, ...ofPeers].flatMap(({ prefix, transport: { password } }) =>
    password === null ? [] : [{ prefix, key: password.key }],
  );
}

/** Whether any peer has a key or a least TTL, so that the kernel drops what does not fit. */
export function guardsConnections({ peers, ranges }: RouterSpec): boolean {
  return [...peers, ...ranges].some(({ transport }) => transport.password !== null || transport.minTtl !== null);
}
