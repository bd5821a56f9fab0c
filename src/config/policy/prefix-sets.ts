/** Sets of prefixes, packed, from the file and from files of prefixes. */
import { parsePrefix } from '../../lib/ip.ts';
import { HashKey, hashBytes } from '../../lib/tables/keyed-hash.ts';
import type { PrefixSet } from '../../spec/policy.ts';
import type { PrefixEntry } from './values.ts';

/** The same in each process: names of update groups, which contain digests, do not change with a restart. */
const DIGEST_KEY = new HashKey((words) => words.fill(0x9e3779b9));
/** A digest has 128 bits for each IP version: others may choose what is in a file of prefixes. */
const SALTS = [1, 2, 3, 4];

/** Maximum number of prefixes of a set. */
export const MAX_PREFIXES = 1_000_000;

/** A set of entries; equal entries in any order have one digest. */
export function packPrefixes(name: string, entries: readonly PrefixEntry[]): PrefixSet {
  const packer = new PrefixPacker();
  for (const entry of entries) packer.add(entry);
  return packer.finish(name);
}

const ZERO = 48;
const DOT = 46;
const SLASH = 47;

/** Words that an array holds: a typed one costs more than a rule with one prefix. */
const FEW = 1024;

/** Many words are in a typed array that grows: 100,000 prefixes in others would leave 20 MB of heap behind. */
class Words {
  length = 0;
  private readonly few: number[] = [];
  private many: Uint32Array | null = null;

  push(word: number): void {
    if (this.length < FEW) this.few.push(word);
    else {
      if (this.length === (this.many?.length ?? FEW)) {
        const larger = new Uint32Array(this.length * 2);
        larger.set(this.many ?? this.few);
        this.many = larger;
      }
      this.many![this.length] = word;
    }
    this.length++;
  }

  get all(): Uint32Array {
    return this.many === null ? Uint32Array.from(this.few) : this.many.subarray(0, this.length);
  }
}

/** Packs one entry after another. */
export class PrefixPacker {
  private readonly ipv4 = new Words();
  private readonly ipv6 = new Words();

  get count(): number {
    return this.ipv4.length / 2 + this.ipv6.length / 5;
  }

  add({ prefix: { address, length }, ge, le }: PrefixEntry): void {
    const into = address.length === 4 ? this.ipv4 : this.ipv6;
    for (let at = 0; at < address.length; at += 4) into.push(wordAt(address, at));
    into.push((length << 16) | (ge << 8) | le);
  }

  /**
   * Adds the IPv4 prefix `text[start, end)` without lengths, as most lines of a file are; false: it is something else.
   * Reading 100,000 lines this way makes no objects.
   */
  addPlain(text: string, start = 0, end = text.length): boolean {
    let word = 0;
    let part = -1;
    let parts = 0;
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code >= ZERO && code <= ZERO + 9) {
        // No leading zeros: some programs read them as octal.
        if (part === 0) return false;
        part = Math.max(0, part) * 10 + code - ZERO;
        if (part > 255) return false;
      } else {
        if (part < 0 || code !== (parts < 3 ? DOT : SLASH)) return false;
        word = word * 256 + part;
        parts++;
        part = -1;
      }
    }
    const hasHostBits = part < 32 && word % 2 ** (32 - part) !== 0;
    if (parts !== 4 || part < 0 || part > 32 || hasHostBits) return false;
    this.ipv4.push(word);
    this.ipv4.push((part << 16) | (part << 8) | part);
    return true;
  }

  finish(name: string): PrefixSet {
    return packed(name, sorted4(this.ipv4.all), sorted6(this.ipv6.all));
  }
}

function packed(name: string, ipv4: Uint32Array, ipv6: Uint32Array): PrefixSet {
  const digest = digestOf(ipv4) + digestOf(ipv6);
  return { name, digest, ipv4, ipv6, toJSON: () => digest };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Above the lengths of an IPv4 entry, each of which needs 6 bits. */
const LENGTHS = 2 ** 18;

/** The entries in ascending order, each once: an address and its lengths are one number of 50 bits, which is exact. */
function sorted4(words: Uint32Array): Uint32Array {
  if (words.length <= 2) return words;
  const rows = new Float64Array(words.length / 2);
  for (let at = 0; at < rows.length; at++) {
    const lengths = words[2 * at + 1]!;
    const narrow = ((lengths >> 16) << 12) | (((lengths >> 8) & 63) << 6) | (lengths & 63);
    rows[at] = words[2 * at]! * LENGTHS + narrow;
  }
  rows.sort();
  const out = new Uint32Array(words.length);
  let length = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    if (at > 0 && row === rows[at - 1]) continue;
    out[length++] = Math.floor(row / LENGTHS);
    const narrow = row % LENGTHS;
    out[length++] = ((narrow >> 12) << 16) | (((narrow >> 6) & 63) << 8) | (narrow & 63);
  }
  return out.slice(0, length);
}

function sorted6(words: Uint32Array): Uint32Array {
  const width = 5;
  if (words.length <= width) return words;
  const rows = Uint32Array.from({ length: words.length / width }, (_, row) => row * width);
  const compare = (a: number, b: number) => {
    for (let i = 0; i < width; i++) if (words[a + i] !== words[b + i]) return words[a + i]! - words[b + i]!;
    return 0;
  };
  rows.sort(compare);
  const distinct = rows.filter((row, at) => at === 0 || compare(rows[at - 1]!, row) !== 0);
  const out = new Uint32Array(distinct.length * width);
  for (const [at, row] of distinct.entries()) out.set(words.subarray(row, row + width), at * width);
  return out;
}

function digestOf(words: Uint32Array): string {
  if (words.length === 0) return 'none';
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const hashes = SALTS.map((salt) => hashBytes(DIGEST_KEY, bytes, 0, bytes.length, salt) >>> 0);
  return hashes.map((hash) => hash.toString(16).padStart(8, '0')).join('');
}

/** Prefixes that no other AS can have (RFC 6890, RFC 1112, RFC 4291), and what is longer. */
const BOGONS = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/8',
  '100::/64',
  '2001:2::/48',
  '2001:10::/28',
  '2001:db8::/32',
  '3ffe::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** Sets that need no definition. */
export const BUILT_IN: Readonly<Record<string, () => PrefixSet>> = {
  // The default route `::/0` is not in `::/8`, and `0.0.0.0/0` is not in `0.0.0.0/8`.
  bogons: () => packPrefixes('bogons', BOGONS.map(orLonger)),
  'default-routes': () => packPrefixes('default-routes', ['0.0.0.0/0', '::/0'].map(exactly)),
};

function orLonger(text: string): PrefixEntry {
  const prefix = parsePrefix(text)!;
  return { prefix, ge: prefix.length, le: prefix.address.length * 8 };
}

function exactly(text: string): PrefixEntry {
  const prefix = parsePrefix(text)!;
  return { prefix, ge: prefix.length, le: prefix.length };
}

/** The same set, with all longer prefixes of each entry. */
export function orLongerOf(set: PrefixSet): PrefixSet {
  const widen = (words: Uint32Array, width: number, most: number) =>
    words.map((word, at) => (at % width === width - 1 ? ((word & 0xffff00) | most) >>> 0 : word));
  return packed(set.name, widen(set.ipv4, 2, 32), widen(set.ipv6, 5, 128));
}
