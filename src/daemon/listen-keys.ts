/** Whose connections must be signed: the keys for the sockets that listen. */
import type { ListenKey } from '../io/net/keyring.ts';
import type { RouterSpec } from '../reflect/spec.ts';

/** One per range and per peer with a key; a peer goes before a range of its address alone. */
export function listenKeys({ peers, ranges }: RouterSpec): ListenKey[] {
  const ofPeers = peers.map(({ address, transport }) => ({
    prefix: { address, length: address.length * 8 },
    transport,
  }));
  return [...ranges, ...ofPeers].flatMap(({ prefix, transport: { password } }) =>
    password === null ? [] : [{ prefix, key: password.key }],
  );
}

/** Whether any peer has a key or a least TTL, so that the kernel drops what does not fit. */
export function guardsConnections({ peers, ranges }: RouterSpec): boolean {
  return [...peers, ...ranges].some(({ transport }) => transport.password !== null || transport.minTtl !== null);
}
