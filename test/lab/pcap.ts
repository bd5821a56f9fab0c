/**
 * Captures made from bytes that were received: each BGP message becomes a TCP segment of one conversation.
 * The format is that of libpcap, link type 101 (raw IP). No I/O, no timers.
 */
import { u16, u32 } from './bgp-bytes.ts';

const LINK_TYPE_RAW = 101;
const SNAP_LENGTH = 65535;
const BGP_PORT = 179;
const TCP = 6;
const PUSH_ACK = 0x18;

/** A capture of messages (whole, with their headers) that the reflector sent to one peer. */
export function capture(messages: readonly Uint8Array[]): Buffer {
  const header = [0xa1, 0xb2, 0xc3, 0xd4, ...u16(2), ...u16(4), ...u32(0), ...u32(0), ...u32(SNAP_LENGTH)];
  const parts: Buffer[] = [Buffer.from([...header, ...u32(LINK_TYPE_RAW)])];
  let sequence = 1;
  messages.forEach((message, i) => {
    const packet = segment(message, sequence);
    parts.push(Buffer.from([...u32(i), ...u32(0), ...u32(packet.length), ...u32(packet.length)]), packet);
    sequence += message.length;
  });
  return Buffer.concat(parts);
}

/** IPv4 and TCP around a message; nobody checks the checksums. */
function segment(payload: Uint8Array, sequence: number): Buffer {
  const tcp = [...u16(BGP_PORT), ...u16(50000), ...u32(sequence), ...u32(1), 0x50, PUSH_ACK, ...u16(65535), 0, 0, 0, 0];
  const length = 20 + tcp.length + payload.length;
  const ip = [0x45, 0, ...u16(length), 0, 0, 0, 0, 64, TCP, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];
  return Buffer.concat([Buffer.from(ip), Buffer.from(tcp), payload]);
}
