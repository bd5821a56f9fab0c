/**
 * NOTIFICATION (RFC 4271 4.5): what ends a session. Body: code, 1 octet; subcode, 1 octet; data. No I/O, no timers.
 */
import { encodeMessage, HEADER_LENGTH, MESSAGE } from './message.ts';

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

/** Codes and subcodes as IANA has them. */
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
      8: 'Grouping Conflict',
      9: 'Grouping Required',
      10: 'Capability Value Mismatch',
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
  /** Data: the largest version that we speak. */
  unsupportedVersion: notification(2, 1, Uint8Array.of(0, 4)),
  badPeerAs: notification(2, 2),
  badIdentifier: notification(2, 3),
  unsupportedParameter: notification(2, 4),
  unacceptableHoldTime: notification(2, 6),
  /** Data: the capabilities that are missing, as an OPEN encodes them. */
  unsupportedCapability: (capabilities: Uint8Array) => notification(2, 7, capabilities),
} as const;

/** Hold Timer Expired (RFC 4271 6.5). */
export const holdTimerExpired = notification(4, 0);

/** Cease (RFC 4486). */
export const cease = {
  shutdown: notification(6, 2),
  deconfigured: notification(6, 3),
  reset: notification(6, 4),
  rejected: notification(6, 5),
  configurationChange: notification(6, 6),
  collision: notification(6, 7),
  outOfResources: notification(6, 8),
} as const;

/** Whole message. */
export function encodeNotification({ code, subcode, data }: Notification): Uint8Array {
  return encodeMessage(MESSAGE.notification, Uint8Array.of(code, subcode, ...data));
}

/** Reads a whole message of at least 21 octets. */
export function decodeNotification(bytes: Uint8Array, start: number, end: number): Notification {
  const at = start + HEADER_LENGTH;
  return { code: bytes[at], subcode: bytes[at + 1], data: bytes.slice(at + 2, end) };
}

/** In words: `Cease / Administrative Shutdown: "maintenance tonight"`, with unknown data in hex. */
export function describeNotification(received: Notification): string {
  const { code, subcode, data } = received;
  const row = CODES[code];
  const name = row?.name ?? `code ${code}`;
  const detail = row?.subcodes[subcode] ?? (subcode === 0 ? '' : `subcode ${subcode}`);
  const words = detail === '' ? name : `${name} / ${detail}`;
  const text = shutdownText(received);
  if (text !== null) return `${words}: "${text}"`;
  return data.length === 0 ? words : `${words} (data ${toHex(data)})`;
}

/** Numbers as operators write them: `6/2`. */
export function notificationCode({ code, subcode }: Notification): string {
  return `${code}/${subcode}`;
}

/**
 * Shutdown Communication (RFC 9003): after Administrative Shutdown or Reset, one octet of length and UTF-8 text.
 * Control characters are not for a terminal and come out as spaces. Null when there is none, or it is malformed.
 */
export function shutdownText({ code, subcode, data }: Notification): string | null {
  if (code !== 6 || (subcode !== 2 && subcode !== 4) || data.length < 2 || data[0] === 0 || data[0] >= data.length)
    return null;
  const text = new TextDecoder('utf-8').decode(data.subarray(1, 1 + data[0]));
  return text.replace(/\p{Cc}/gu, ' ');
}

function toHex(data: Uint8Array): string {
  return [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
