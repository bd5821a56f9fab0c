/**
 * The BFD Control packet (RFC 5880 4.1): decoded with the checks of 6.8.6 that need no session, and encoded.
 *
 *   0: version 3 bits, diagnostic 5 bits   1: state 2 bits, P F C A D M   2: detect mult   3: length
 *   4: my discriminator   8: your discriminator   12: desired min TX   16: required min RX   20: required min echo RX
 *
 * Intervals are microseconds.
 */

/** bfd.SessionState, as on the wire. */
export const STATE = { adminDown: 0, down: 1, init: 2, up: 3 } as const;
export type BfdState = (typeof STATE)[keyof typeof STATE];

export const STATE_NAMES = ['AdminDown', 'Down', 'Init', 'Up'] as const;
export type BfdStateName = (typeof STATE_NAMES)[number];

/** Diagnostics that this side sends (RFC 5880 4.1). */
export const DIAG = { none: 0, detectionTime: 1, neighborDown: 3, adminDown: 7 } as const;

const DIAG_WORDS = [
  'no diagnostic',
  'control detection time expired',
  'echo function failed',
  'neighbor signaled session down',
  'forwarding plane reset',
  'path down',
  'concatenated path down',
  'administratively down',
  'reverse concatenated path down',
] as const;

/** A diagnostic code in words. */
export function describeDiag(diag: number): string {
  return DIAG_WORDS[diag] ?? `diagnostic ${diag}`;
}

const VERSION = 1;
/** Length of a packet without an authentication section. */
const PACKET_BYTES = 24;
/** Minimum length with one: its type and length. */
const LEAST_AUTHENTICATED = 26;

const FLAG = {
  poll: 0x20,
  final: 0x10,
  independent: 0x08,
  authenticated: 0x04,
  demand: 0x02,
  multipoint: 0x01,
} as const;

export interface BfdPacket {
  readonly diag: number;
  readonly state: BfdState;
  readonly poll: boolean;
  readonly final: boolean;
  /** C bit: BFD does not share fate with the control plane. */
  readonly independent: boolean;
  /** The packet has an authentication section; it is not decoded. */
  readonly authenticated: boolean;
  readonly demand: boolean;
  readonly detectMult: number;
  readonly myDiscriminator: number;
  readonly yourDiscriminator: number;
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
  readonly requiredMinEchoRxUs: number;
}

/** Why a packet was discarded, in the order of the checks of 6.8.6. */
const DISCARDS = [
  'version',
  'length',
  'payload',
  'detect-mult',
  'multipoint',
  'my-discriminator',
  'your-discriminator',
  'state',
  'no-session',
  'authentication',
  'admin-down',
] as const;
export type Discard = (typeof DISCARDS)[number];

/** Decodes a datagram of `length` bytes; or why it is discarded before the lookup of a session (RFC 5880 6.8.6). */
export function readPacket(bytes: Uint8Array, length = bytes.length): BfdPacket | Discard {
  if (length === 0) return 'payload';
  if (bytes[0]! >> 5 !== VERSION) return 'version';
  if (length < PACKET_BYTES) return 'payload';
  const flags = bytes[1]!;
  const authenticated = (flags & FLAG.authenticated) !== 0;
  if (bytes[3]! < (authenticated ? LEAST_AUTHENTICATED : PACKET_BYTES)) return 'length';
  if (bytes[3]! > length) return 'payload';
  if (bytes[2] === 0) return 'detect-mult';
  if ((flags & FLAG.multipoint) !== 0) return 'multipoint';
  const packet = fieldsOf(bytes, flags, authenticated);
  if (packet.myDiscriminator === 0) return 'my-discriminator';
  return packet;
}

function fieldsOf(bytes: Uint8Array, flags: number, authenticated: boolean): BfdPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PACKET_BYTES);
  return {
    diag: bytes[0]! & 31,
    state: (flags >> 6) as BfdState,
    poll: (flags & FLAG.poll) !== 0,
    final: (flags & FLAG.final) !== 0,
    independent: (flags & FLAG.independent) !== 0,
    authenticated,
    demand: (flags & FLAG.demand) !== 0,
    detectMult: bytes[2]!,
    myDiscriminator: view.getUint32(4),
    yourDiscriminator: view.getUint32(8),
    desiredMinTxUs: view.getUint32(12),
    requiredMinRxUs: view.getUint32(16),
    requiredMinEchoRxUs: view.getUint32(20),
  };
}

/** Encodes a packet without an authentication section. */
export function writePacket(packet: Omit<BfdPacket, 'authenticated'>): Uint8Array {
  const bytes = new Uint8Array(PACKET_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = (VERSION << 5) | packet.diag;
  bytes[1] =
    (packet.state << 6) |
    (packet.poll ? FLAG.poll : 0) |
    (packet.final ? FLAG.final : 0) |
    (packet.independent ? FLAG.independent : 0) |
    (packet.demand ? FLAG.demand : 0);
  bytes[2] = packet.detectMult;
  bytes[3] = PACKET_BYTES;
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTxUs);
  view.setUint32(16, packet.requiredMinRxUs);
  view.setUint32(20, packet.requiredMinEchoRxUs);
  return bytes;
}
