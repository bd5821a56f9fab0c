/** The receiving sockets: one per local address and kind of session, while a session needs it. */

import type { BfdPath } from '../../bfd/table.ts';
import { formatAddress } from '../../lib/ip.ts';
import { endName } from '../../spec/peer-name.ts';
import { socketAddressBytes } from '../net/address.ts';
import type { Libc } from '../system/libc.ts';
import { type Bound, openReceiver, type Receiver, setMinTtl } from './sockets.ts';

/** libuv reads at most this many datagrams of a socket at once: after so many there may be more. */
const BATCH = 32;

interface Entry {
  readonly receiver: Receiver;
  readonly bound: Bound;
  /** Minimum TTL by session; the socket accepts the lowest of them. */
  readonly users: Map<string, number>;
  minTtl: number;
  /** Datagrams since the last call of `isDrained`. */
  recent: number;
}

export class Receivers {
  private readonly libc: Libc;
  private readonly onPacket: (bytes: Uint8Array, path: BfdPath) => void;
  private readonly entries = new Map<string, Entry>();

  constructor(libc: Libc, onPacket: (bytes: Uint8Array, path: BfdPath) => void) {
    this.libc = libc;
    this.onPacket = onPacket;
  }

  /** Opens the socket for a session if there is none; returns the name of the error, or null. */
  acquire(id: string, bound: Bound, multihop: boolean, minTtl: number): string | null {
    const key = keyOf(bound, multihop);
    let entry = this.entries.get(key);
    if (entry === undefined) {
      const opened = this.open(bound, multihop, minTtl, key);
      if (typeof opened === 'string') return opened;
      entry = opened;
      this.entries.set(key, entry);
    }
    entry.users.set(id, minTtl);
    this.refit(entry);
    return null;
  }

  release(id: string, bound: Bound, multihop: boolean): void {
    const key = keyOf(bound, multihop);
    const entry = this.entries.get(key);
    if (entry === undefined || !entry.users.delete(id)) return;
    if (entry.users.size > 0) {
      this.refit(entry);
      return;
    }
    entry.receiver.socket.close();
    this.entries.delete(key);
  }

  /** Whether the last read of the sockets left no datagram unread. */
  isDrained(): boolean {
    let drained = true;
    for (const entry of this.entries.values()) {
      if (entry.recent >= BATCH) drained = false;
      entry.recent = 0;
    }
    return drained;
  }

  private open(bound: Bound, multihop: boolean, minTtl: number, key: string): Entry | string {
    const { interfaceName } = bound;
    const local = endName(bound.address, interfaceName);
    const receiver = openReceiver(this.libc, bound, multihop, minTtl, (bytes, from) => {
      const entry = this.entries.get(key);
      if (entry !== undefined) entry.recent++;
      this.onPacket(bytes, { local, remote: nameOf(from, interfaceName), multihop });
    });
    return typeof receiver === 'string' ? receiver : { receiver, bound, users: new Map(), minTtl, recent: 0 };
  }

  private refit(entry: Entry): void {
    const least = Math.min(...entry.users.values());
    if (least === entry.minTtl) return;
    entry.minTtl = least;
    setMinTtl(this.libc, entry.receiver.fd, entry.bound.address, least);
  }
}

/** The name of the sender; the zone that Node reports for a link-local address is replaced by the bound interface. */
function nameOf(from: string, interfaceName: string | null): string {
  const address = socketAddressBytes(from);
  return address === null ? from : endName(address, interfaceName);
}

function keyOf({ address, interfaceName }: Bound, multihop: boolean): string {
  return `${multihop ? 'm' : 's'} ${formatAddress(address)} ${interfaceName}`;
}
