/**
 * NOTIFICATION (RFC 4271 4.5), which closes a session. Body: code, 1 octet; subcode, 1 octet; data.
 */
import { put32, toShortHex, u16, u32 } from './bytes.ts';
import { familyOf } from './families.ts';
import { encodeMessage, HEADER_LENGTH, MAX_MESSAGE_LENGTH, MESSAGE } from './message.ts';
import { readText } from './text.ts';

export interface Notification {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

interface CodeRow {
  readonly name: string;
  /** By subcode; a missing one is shown as its number. */
  readonly subcodes: Readonly<Record<number, string>>;
}

/** Codes and subcodes (IANA "BGP Error (Notification) Codes"). */
const CODES: Readonly<Record<number, CodeRow>> = {
  1: {
    name: 'Message Header Error',
    subcodes: { 1: 'Connection Not Synchronized', 2: 'Bad Message Length', 3: 'Bad Message Type' },
  },
  2: {
    name: 'OPEN Message Error',
    subcodes: {
      1: 'Unsupported Version Number',
      2: 'Bad Peer AS',
      3: 'Bad BGP Identifier',
      4: 'Unsupported Optional Parameter',
      5: 'Authentication Failure',
      6: 'Unacceptable Hold Time',
      7: 'Unsupported Capability',
      11: 'Role Mismatch',
    },
  },
  3: {
    name: 'UPDATE Message Error',
    subcodes: {
      1: 'Malformed Attribute List',
      2: 'Unrecognized Well-known Attribute',
      3: 'Missing Well-known Attribute',
      4: 'Attribute Flags Error',
      5: 'Attribute Length Error',
      6: 'Invalid ORIGIN Attribute',
      7: 'AS Routing Loop',
      8: 'Invalid NEXT_HOP Attribute',
      9: 'Optional Attribute Error',
      10: 'Invalid Network Field',
      11: 'Malformed AS_PATH',
    },
  },
  4: { name: 'Hold Timer Expired', subcodes: {} },
  5: {
    name: 'Finite State Machine Error',
    subcodes: {
      1: 'unexpected message in OpenSent',
      2: 'unexpected message in OpenConfirm',
      3: 'unexpected message in Established',
    },
  },
  6: {
    name: 'Cease',
    subcodes: {
      1: 'Maximum Number of Prefixes Reached',
      2: 'Administrative Shutdown',
      3: 'Peer De-configured',
      4: 'Administrative Reset',
      5: 'Connection Rejected',
      6: 'Other Configuration Change',
      7: 'Connection Collision Resolution',
      8: 'Out of Resources',
      9: 'Hard Reset',
      10: 'BFD Down',
    },
  },
  7: { name: 'ROUTE-REFRESH Message Error', subcodes: { 1: 'Invalid Message Length' } },
  8: { name: 'Send Hold Timer Expired', subcodes: {} },
};

const NO_DATA = new Uint8Array(0);

/** A notification with or without data. */
export function notification(code: number, subcode: number, data: Uint8Array = NO_DATA): Notification {
  return { code, subcode, data };
}

/** Message Header Error (RFC 4271 6.1). */
export const headerError = {
  notSynchronized: () => notification(1, 1),
  badLength: (length: number) => notification(1, 2, Uint8Array.of(length >>> 8, length & 255)),
  badType: (type: number) => notification(1, 3, Uint8Array.of(type)),
} as const;

/** OPEN Message Error (RFC 4271 6.2, RFC 5492 5, RFC 9234 4.2). */
export const openError = {
  malformed: notification(2, 0),
  /** Data: the highest version that we support. */
  unsupportedVersion: notification(2, 1, Uint8Array.of(0, 4)),
  badPeerAs: notification(2, 2),
  badIdentifier: notification(2, 3),
  unsupportedParameter: notification(2, 4),
  unacceptableHoldTime: notification(2, 6),
  /** Data: the capabilities that are missing, as an OPEN encodes them. */
  unsupportedCapability: (capabilities: Uint8Array) => notification(2, 7, capabilities),
  roleMismatch: notification(2, 11),
} as const;

/** Hold Timer Expired (RFC 4271 6.5). */
export const holdTimerExpired = notification(4, 0);

/** Send Hold Timer Expired (RFC 9687). */
export const sendHoldTimerExpired = notification(8, 0);

/** ROUTE-REFRESH Message Error (RFC 7313 5): the whole message goes back. */
export function refreshLengthError(message: Uint8Array): Notification {
  return notification(7, 1, message);
}

/** Cease (RFC 4486, RFC 8538, RFC 9003, RFC 9384). */
export const cease = {
  /** Data: the family and its limit. */
  maximumPrefixes: ({ afi, safi }: { readonly afi: number; readonly safi: number }, limit: number) => {
    const data = Uint8Array.of(afi >> 8, afi & 255, safi, 0, 0, 0, 0);
    put32(data, 3, limit);
    return notification(6, 1, data);
  },
  shutdown: notification(6, 2),
  /** With a text for the operator of the peer; truncated to 255 octets of UTF-8. */
  shutdownWith: (text: string) => notification(6, 2, encodeText(text)),
  deconfigured: notification(6, 3),
  reset: notification(6, 4),
  resetWith: (text: string) => notification(6, 4, encodeText(text)),
  rejected: notification(6, 5),
  configurationChange: notification(6, 6),
  collision: notification(6, 7),
  outOfResources: notification(6, 8),
  /** Closes the session without graceful restart, for the enclosed reason. */
  hard: ({ code, subcode, data }: Notification) => notification(6, 9, Uint8Array.of(code, subcode, ...data)),
  bfdDown: notification(6, 10),
} as const;

/** Longest Shutdown Communication (RFC 9003 2). */
const LONGEST_TEXT = 255;

/** Length and UTF-8; a text that is too long is truncated between two characters. */
function encodeText(text: string): Uint8Array {
  const bytes = new Uint8Array(1 + LONGEST_TEXT);
  const { written } = new TextEncoder().encodeInto(text, bytes.subarray(1));
  bytes[0] = written;
  return bytes.slice(0, 1 + written);
}

/**
 * Encodes a whole message. Data that exceeds the peer's maximum message length is truncated.
 * @param maxLength octets, 4,096 or 65,535 (RFC 8654 4)
 */
export function encodeNotification({ code, subcode, data }: Notification, maxLength = MAX_MESSAGE_LENGTH): Uint8Array {
  const body = new Uint8Array(2 + Math.min(data.length, maxLength - HEADER_LENGTH - 2));
  body[0] = code;
  body[1] = subcode;
  body.set(data.subarray(0, body.length - 2), 2);
  return encodeMessage(MESSAGE.notification, body);
}

/** The number of octets by which a text exceeds the room of a Shutdown Communication; null: it fits. */
export function excessOfText(text: string): number | null {
  const { length } = new TextEncoder().encode(text);
  return length > LONGEST_TEXT ? length - LONGEST_TEXT : null;
}

/** Reads a whole message of at least 21 octets. */
export function decodeNotification(bytes: Uint8Array, start: number, end: number): Notification {
  const at = start + HEADER_LENGTH;
  return { code: bytes[at], subcode: bytes[at + 1], data: bytes.slice(at + 2, end) };
}

/**
 * As text: `Cease / Administrative Shutdown: "maintenance tonight"`; data that we cannot interpret is in hex. The
 * length is bounded, whatever the data: about 500 characters at most.
 */
export function describeNotification(received: Notification): string {
  const enclosed = enclosedIn(received);
  if (enclosed === null) return describeOne(received);
  return `${wordsOf(received)} (${describeOne(enclosed)})`;
}

/** RFC 8538 3.1: a Hard Reset encloses the reason. Nested ones have no meaning, and a peer may nest thousands. */
function enclosedIn({ code, subcode, data }: Notification): Notification | null {
  return isHardReset({ code, subcode, data }) && data.length >= 2
    ? { code: data[0], subcode: data[1], data: data.subarray(2) }
    : null;
}

function describeOne(received: Notification): string {
  const words = wordsOf(received);
  const text = shutdownText(received);
  if (text !== null) return `${words}: "${text}"`;
  return received.data.length === 0 ? words : `${words} (${describeData(received)})`;
}

function wordsOf({ code, subcode }: Notification): string {
  const row = CODES[code];
  const name = row?.name ?? `code ${code}`;
  const detail = row?.subcodes[subcode] ?? (subcode === 0 ? '' : `subcode ${subcode}`);
  return detail === '' ? name : `${name} / ${detail}`;
}

function describeData({ code, subcode, data }: Notification): string {
  if (code === 1 && subcode === 2 && data.length === 2) return `length ${u16(data, 0)}`;
  if (code === 1 && subcode === 3 && data.length === 1) return `type ${data[0]}`;
  if (code === 2 && subcode === 1 && data.length === 2) return `version ${u16(data, 0)} is supported`;
  if (code === 6 && subcode === 1 && data.length === 7) {
    const family = familyOf(u16(data, 0), data[2])?.name ?? `AFI ${u16(data, 0)} SAFI ${data[2]}`;
    return `${family}, limit ${u32(data, 3)}`;
  }
  return `data ${toShortHex(data)}`;
}

/** Whether it closes the session without graceful restart (RFC 8538 3). */
export function isHardReset({ code, subcode }: Notification): boolean {
  return code === 6 && subcode === 9;
}

/** Numbers for counters: `other` for unassigned ones, or a peer could create 65,536 counters. */
export function countedCode({ code, subcode }: Notification): string {
  const row = CODES[code];
  if (row === undefined) return 'other/other';
  return `${code}/${subcode === 0 || row.subcodes[subcode] !== undefined ? subcode : 'other'}`;
}

/**
 * Shutdown Communication (RFC 9003): after Administrative Shutdown or Reset, one octet of length and UTF-8 text.
 * Unprintable characters are replaced by spaces (`readText`). Null when there is none, or it is malformed.
 */
export function shutdownText({ code, subcode, data }: Notification): string | null {
  if (code !== 6 || (subcode !== 2 && subcode !== 4) || data.length < 2 || data[0] === 0 || data[0] >= data.length)
    return null;
  return readText(data, 1, 1 + data[0]);
}

/** Whether the session is not established again automatically after this Cease: a shutdown, or a removed peer. */
export function isForGood({ code, subcode }: Notification): boolean {
  return code === cease.shutdown.code && (subcode === cease.shutdown.subcode || subcode === cease.deconfigured.subcode);
}
