/** The TCP MD5 keys of the listening sockets. */
import type { ListenKey } from '../../io/net/keyring.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { RouterSpec } from '../../spec/router.ts';

/**
 * One key per range and per peer with a key; the key of a peer replaces the one of a range with only its address.
 * @param located the address of a peer on an interface; null: not found yet, so it has no key
 */
export function listenKeys(
  { peers, ranges }: RouterSpec,
  located: (peer: PeerSpec) => Uint8Array | null = () => null,
): ListenKey[] {
  const ofPeers = peers.flatMap((peer) => {
    const address = peer.fixedAddress ? peer.address : located(peer);
    if (address === null) return [];
    return [{ prefix: { address, length: address.length * 8 }, transport: peer.transport }];
  });
  return [...ranges, ...ofPeers].flatMap(({ prefix, transport: { password } }) =>
    password === null ? [] : [{ prefix, key: password.key }],
  );
}

/** Whether any peer has a key or a minimum TTL, so that the kernel drops segments without them. */
export function guardsConnections({ peers, ranges }: RouterSpec): boolean {
  return [...peers, ...ranges].some(({ transport }) => transport.password !== null || transport.minTtl !== null);
}
