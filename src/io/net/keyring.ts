/**
 * The TCP MD5 keys of one listening socket: one per peer address and per range. The kernel uses the key of the longest
 * prefix that matches the source address, and drops segments that are not signed with it.
 */
import { formatPrefix } from '../../lib/ip.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Libc } from '../system/libc.ts';
import { describeRefused, keyOption, SYSTEM_TRANSPORT, setOptions } from './options.ts';

/** A prefix whose connections must be signed, with its key. */
export interface ListenKey {
  readonly prefix: { readonly address: Uint8Array; readonly length: number };
  readonly key: Secret;
}

export class Keyring {
  private readonly set = new Map<string, ListenKey>();
  private readonly libc: Libc;
  private readonly fd: number;
  private readonly addressBytes: number;

  /** @param addressBytes length of the addresses of the socket: 4 or 16; keys of the other length are ignored */
  constructor(libc: Libc, fd: number, addressBytes: number) {
    this.libc = libc;
    this.fd = fd;
    this.addressBytes = addressBytes;
  }

  /** Sets exactly these keys on the socket; returns why some cannot be set, in words, by prefix. */
  update(keys: readonly ListenKey[]): Map<string, string> {
    const wanted = new Map<string, ListenKey>();
    for (const each of keys) {
      if (each.prefix.address.length === this.addressBytes) wanted.set(formatPrefix(each.prefix), each);
    }
    // Removes keys first: their memory may be needed.
    for (const [text, { prefix }] of this.set) {
      if (!wanted.has(text) && this.change(prefix, null) === null) this.set.delete(text);
    }
    const problems = new Map<string, string>();
    for (const [text, each] of wanted) {
      if (this.set.get(text)?.key.equals(each.key)) continue;
      const problem = this.change(each.prefix, each.key);
      if (problem === null) this.set.set(text, each);
      else problems.set(text, problem);
    }
    return problems;
  }

  private change({ address, length }: ListenKey['prefix'], key: Secret | null): string | null {
    const refused = setOptions(this.libc, this.fd, [keyOption(address, length, key)]);
    return refused === null ? null : describeRefused('password', refused.errno, SYSTEM_TRANSPORT);
  }
}
