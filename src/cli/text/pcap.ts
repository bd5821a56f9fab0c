/**
 * BGP messages as a capture file (libpcap, link type 101: raw IP) with made-up headers of IP and TCP: the sequence numbers
 * of each direction count the octets, and the side that listens has port 179, so that Wireshark recognizes BGP. One packet
 * has one message, or a part of a very long one.
 */

const MAGIC = 0xa1b2c3d4;
const LINK_TYPE_RAW = 101;
const SNAP_LENGTH = 262_144;
const BGP_PORT = 179;
const PROTOCOL_TCP = 6;
const TCP_HEADER = 20;
const PUSH_ACK = 0x18;
const TTL = 64;
/** Payload of a packet: with its headers it is below the 65,535 octets of IPv4. */
const MAX_PAYLOAD = 60_000;

/** One end of a connection: its address in octets, and its port. */
export interface End {
  readonly address: Uint8Array;
  readonly port: number;
}

/** The header of the file. */
export function pcapHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_LENGTH, 16);
  header.writeUInt32LE(LINK_TYPE_RAW, 20);
  return header;
}

/** The port that Wireshark knows, for the end that was dialed. */
export const LISTENING_PORT = BGP_PORT;

export class PcapStream {
  /** Next sequence number by direction: the two ends as text. */
  private readonly next = new Map<string, number>();

  /** The packets of whole messages, one after the other in `bytes`. @param atMs since the epoch */
  packets(atMs: number, from: End, to: End, bytes: Uint8Array): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = Math.max(1, ((bytes[at + 16] ?? 0) << 8) | (bytes[at + 17] ?? 0));
      const end = Math.min(bytes.length, at + length);
      for (; at < end; at += MAX_PAYLOAD)
        parts.push(this.packet(atMs, from, to, bytes.subarray(at, Math.min(end, at + MAX_PAYLOAD))));
      at = end;
    }
    return Buffer.concat(parts);
  }

  private packet(atMs: number, from: End, to: End, payload: Uint8Array): Buffer {
    const [there, back] = [keyOf(from, to), keyOf(to, from)];
    const sequence = this.next.get(there) ?? 1;
    this.next.set(there, (sequence + payload.length) >>> 0);
    const segment = tcpSegment(from, to, sequence, this.next.get(back) ?? 1, payload);
    const ip = from.address.length === 4 ? ipv4Header(from, to, segment.length) : ipv6Header(from, to, segment.length);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(atMs / 1000), 0);
    record.writeUInt32LE(Math.floor((atMs % 1000) * 1000), 4);
    record.writeUInt32LE(ip.length + segment.length, 8);
    record.writeUInt32LE(ip.length + segment.length, 12);
    return Buffer.concat([record, ip, segment]);
  }
}

function keyOf(from: End, to: End): string {
  return [from, to].map(({ address, port }) => `${Buffer.from(address).toString('hex')}:${port}`).join('>');
}

function tcpSegment(from: End, to: End, sequence: number, acknowledged: number, payload: Uint8Array): Buffer {
  const segment = Buffer.alloc(TCP_HEADER + payload.length);
  segment.writeUInt16BE(from.port, 0);
  segment.writeUInt16BE(to.port, 2);
  segment.writeUInt32BE(sequence >>> 0, 4);
  segment.writeUInt32BE(acknowledged >>> 0, 8);
  segment[12] = (TCP_HEADER / 4) << 4;
  segment[13] = PUSH_ACK;
  segment.writeUInt16BE(65_535, 14);
  segment.set(payload, TCP_HEADER);
  const pseudo = Buffer.alloc(from.address.length * 2 + 8);
  pseudo.set(from.address, 0);
  pseudo.set(to.address, from.address.length);
  pseudo.writeUInt32BE(segment.length, from.address.length * 2);
  pseudo.writeUInt32BE(PROTOCOL_TCP, from.address.length * 2 + 4);
  segment.writeUInt16BE(checksum([pseudo, segment]), 16);
  return segment;
}

function ipv4Header(from: End, to: End, length: number): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.length + length, 2);
  header[8] = TTL;
  header[9] = PROTOCOL_TCP;
  header.set(from.address, 12);
  header.set(to.address, 16);
  header.writeUInt16BE(checksum([header]), 10);
  return header;
}

function ipv6Header(from: End, to: End, length: number): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header[6] = PROTOCOL_TCP;
  header[7] = TTL;
  header.set(from.address, 8);
  header.set(to.address, 24);
  return header;
}

/** RFC 1071; each part but the last has an even length. */
function checksum(parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += (part[at]! << 8) | (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
