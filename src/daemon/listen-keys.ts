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
