/** What the tables know of a peer: what the decision compares, and counts of what is held from it. No socket. */
import type { PeerId } from './ids.ts';

export class RibPeer {
  readonly id: PeerId;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly ebgp: boolean;
  readonly client: boolean;
  /** Cluster id of its group. */
  readonly clusterId: number;
  /** False: every path of it is kept, but unusable. */
  importAccepts: boolean;
  /** Its session is over: its paths are being taken out. */
  gone = false;
  /** BGP identifier it opened with, 32 bits. */
  routerId = 0;
  /** Paths held, per family id; and those of them that are usable. */
  readonly received: Uint32Array;
  readonly accepted: Uint32Array;

  constructor(
    id: PeerId,
    address: Uint8Array,
    role: { ebgp: boolean; client: boolean; clusterId: number; importAccepts: boolean },
    families: number,
  ) {
    this.id = id;
    this.address = address;
    this.ebgp = role.ebgp;
    this.client = role.client;
    this.clusterId = role.clusterId;
    this.importAccepts = role.importAccepts;
    this.received = new Uint32Array(families);
    this.accepted = new Uint32Array(families);
  }
}

/** Order of two peer addresses for the last step of the decision: IPv4 before IPv6, then as numbers. */
export function compareAddresses(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
