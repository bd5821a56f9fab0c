/** A socket filter for a minimum TTL in classic BPF: IP_MINTTL works only for TCP. */

/** Loads a byte at a fixed offset; jumps if the accumulator is at least a number; returns. */
const LOAD_BYTE = 0x30;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
/** Added to an offset to count from the IP header; the data of the socket begins after the UDP header. */
const NETWORK_HEADER = -0x100000;
const TTL_AT = 8;
const HOP_LIMIT_AT = 7;
const WHOLE_PACKET = 0xffffffff;

/**
 * The program that accepts packets with this TTL (hop limit) or a higher one.
 * @param least 1 to 255
 */
export function ttlFilter(ipv6: boolean, least: number): Uint8Array {
  const program = [
    instruction(LOAD_BYTE, 0, 0, NETWORK_HEADER + (ipv6 ? HOP_LIMIT_AT : TTL_AT)),
    instruction(JUMP_AT_LEAST, 0, 1, least),
    instruction(RETURN, 0, 0, WHOLE_PACKET),
    instruction(RETURN, 0, 0, 0),
  ];
  return new Uint8Array(program.flatMap((bytes) => [...bytes]));
}

/** `struct sock_filter`: code 2, jump offsets if true and if false 1 each, operand 4 bytes; in host byte order. */
function instruction(code: number, ifTrue: number, ifFalse: number, operand: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new Uint16Array(bytes.buffer)[0] = code;
  bytes.set([ifTrue, ifFalse], 2);
  new Int32Array(bytes.buffer)[1] = operand | 0;
  return bytes;
}
