/**
 * Reads MRT files (RFC 6396, RFC 8050), for tests: rows of routing tables and messages that were received.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** One path of a table dump. */
export interface RibRow {
  readonly kind: 'rib';
  readonly afi: 1 | 2;
  /** As many octets as the length needs, as NLRI have them. */
  readonly prefix: Uint8Array;
  readonly prefixLength: number;
  /** ADD-PATH identifier, or null. */
  readonly pathId: number | null;
  readonly peerAddress: Uint8Array;
  readonly peerAs: number;
  /** The path attributes as they stand in the file; MP_REACH_NLRI may be cut down to its next hop. */
  readonly attributes: Uint8Array;
  /** AS numbers in AS_PATH and AGGREGATOR have 4 octets. */
  readonly as4: boolean;
}

/** One BGP message as it came. */
export interface MessageRow {
  readonly kind: 'message';
  readonly peerAddress: Uint8Array;
  readonly peerAs: number;
  /** With its header. */
  readonly message: Uint8Array;
  readonly as4: boolean;
}

export type MrtRow = RibRow | MessageRow;

const TABLE_DUMP = 12;
const TABLE_DUMP_V2 = 13;
const BGP4MP = 16;
const BGP4MP_ET = 17;

const PEER_INDEX_TABLE = 1;
/** Subtypes of TABLE_DUMP_V2: AFI, and whether the entries have path identifiers (RFC 8050 4). */
const RIB_SUBTYPES: Readonly<Record<number, { readonly afi: 1 | 2; readonly addPath: boolean }>> = {
  2: { afi: 1, addPath: false },
  4: { afi: 2, addPath: false },
  8: { afi: 1, addPath: true },
  10: { afi: 2, addPath: true },
};
/** Subtypes of BGP4MP that hold a message, and octets of their AS numbers. */
const MESSAGE_SUBTYPES: Readonly<Record<number, 2 | 4>> = { 1: 2, 4: 4, 6: 2, 7: 4 };

interface Peer {
  readonly address: Uint8Array;
  readonly as: number;
}

/** A place in a record; takes one field after another. */
class Reader {
  at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  number(octets: number): number {
    let value = 0;
    for (let i = 0; i < octets; i++) value = value * 256 + this.bytes[this.at++];
    return value;
  }

  take(octets: number): Uint8Array {
    this.at += octets;
    return this.bytes.subarray(this.at - octets, this.at);
  }
}

/** The rows of a file, gzipped or not, in its order. A record that the end of the file cuts off is left out. */
export function* readMrt(path: string): Iterable<MrtRow> {
  const raw = readFileSync(path);
  const bytes: Uint8Array = path.endsWith('.gz') ? gunzipSync(raw) : raw;
  const file = new Reader(bytes);
  const peers: Peer[] = [];
  while (file.left >= 12) {
    file.number(4);
    const type = file.number(2);
    const subtype = file.number(2);
    const length = file.number(4);
    if (length > file.left) return;
    yield* readRecord(type, subtype, new Reader(file.take(length)), peers);
  }
}

function* readRecord(type: number, subtype: number, body: Reader, peers: Peer[]): Iterable<MrtRow> {
  if (type === TABLE_DUMP) yield readTableDump(subtype as 1 | 2, body);
  else if (type === TABLE_DUMP_V2 && subtype === PEER_INDEX_TABLE) readPeers(body, peers);
  else if (type === TABLE_DUMP_V2 && RIB_SUBTYPES[subtype] !== undefined) yield* readRib(subtype, body, peers);
  else if (type === BGP4MP || type === BGP4MP_ET) {
    if (type === BGP4MP_ET) body.number(4);
    const octets = MESSAGE_SUBTYPES[subtype];
    if (octets !== undefined) yield readMessage(octets, body);
  }
}

/** RFC 6396 4.2. */
function readTableDump(afi: 1 | 2, body: Reader): RibRow {
  body.take(4);
  const octets = afi === 1 ? 4 : 16;
  const address = body.take(octets);
  const prefixLength = body.number(1);
  body.take(5);
  const peerAddress = body.take(octets);
  const peerAs = body.number(2);
  const attributes = body.take(body.number(2));
  const prefix = address.subarray(0, (prefixLength + 7) >> 3);
  return { kind: 'rib', afi, prefix, prefixLength, pathId: null, peerAddress, peerAs, attributes, as4: false };
}

/** RFC 6396 4.3.1. */
function readPeers(body: Reader, peers: Peer[]): void {
  peers.length = 0;
  body.take(4);
  body.take(body.number(2));
  const count = body.number(2);
  for (let i = 0; i < count; i++) {
    const type = body.number(1);
    body.take(4);
    const address = body.take((type & 1) === 0 ? 4 : 16);
    peers.push({ address, as: body.number((type & 2) === 0 ? 2 : 4) });
  }
}

/** RFC 6396 4.3.2. */
function* readRib(subtype: number, body: Reader, peers: readonly Peer[]): Iterable<RibRow> {
  const { afi, addPath } = RIB_SUBTYPES[subtype];
  body.take(4);
  const prefixLength = body.number(1);
  const prefix = body.take((prefixLength + 7) >> 3);
  const count = body.number(2);
  for (let i = 0; i < count; i++) {
    const peer = peers[body.number(2)];
    body.take(4);
    const pathId = addPath ? body.number(4) : null;
    const attributes = body.take(body.number(2));
    const { address: peerAddress, as: peerAs } = peer;
    yield { kind: 'rib', afi, prefix, prefixLength, pathId, peerAddress, peerAs, attributes, as4: true };
  }
}

/** RFC 6396 4.4.2, 4.4.3. */
function readMessage(octets: 2 | 4, body: Reader): MessageRow {
  const peerAs = body.number(octets);
  body.take(octets + 2);
  const address = body.number(2) === 1 ? 4 : 16;
  const peerAddress = body.take(address);
  body.take(address);
  return { kind: 'message', peerAddress, peerAs, message: body.take(body.left), as4: octets === 4 };
}
