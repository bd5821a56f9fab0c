/**
 * The message header (RFC 4271 4.1): marker of 16 octets of ones, length, 2 octets, type, 1 octet.
 */
export const MESSAGE = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

/** Above every message type. */
export const MESSAGE_TYPES = 6;

export const HEADER_LENGTH = 19;
/** Maximum message length (RFC 4271 4.1), and the maximum when both sides support RFC 8654. */
export const MAX_MESSAGE_LENGTH = 4096;
export const MAX_EXTENDED_LENGTH = 65_535;

/** Writes a header at `at`; returns the position behind it. */
export function writeHeader(out: Uint8Array, at: number, length: number, type: number): number {
  out.fill(0xff, at, at + 16);
  out[at + 16] = length >>> 8;
  out[at + 17] = length;
  out[at + 18] = type;
  return at + HEADER_LENGTH;
}

/** A whole message around a body. */
export function encodeMessage(type: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(HEADER_LENGTH + body.length);
  writeHeader(message, 0, message.length, type);
  message.set(body, HEADER_LENGTH);
  return message;
}

/** A KEEPALIVE (RFC 4271 4.4). */
export function encodeKeepalive(): Uint8Array {
  return encodeMessage(MESSAGE.keepalive, new Uint8Array(0));
}
