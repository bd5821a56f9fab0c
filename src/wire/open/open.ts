/**
 * OPEN (RFC 4271 4.2): version 1 octet, My AS 2, hold time 2, BGP identifier 4, then optional parameters, of which
 * capabilities (RFC 5492) are the only kind in use.
 */

import { encodeMessage, HEADER_LENGTH, MESSAGE } from '../message.ts';
import { type Notification, openError } from '../notification.ts';
import { type Capability, encodeCapabilities } from './capabilities.ts';

export interface OpenMessage {
  readonly version: number;
  /** The 2-octet My Autonomous System field; 23456 if the number needs four octets (RFC 6793). */
  readonly myAs: number;
  readonly holdTimeSeconds: number;
  readonly routerId: number;
  readonly capabilities: readonly Capability[];
}

/** A decoded OPEN, or the NOTIFICATION that answers it. */
type OpenResult =
  | { readonly ok: true; readonly open: OpenMessage }
  | { readonly ok: false; readonly error: Notification };

const CAPABILITIES_PARAMETER = 2;
/** RFC 9072: in place of the first parameter's type; lengths then have two octets. */
const EXTENDED = 255;

/**
 * Reads a whole message of at least 29 octets. The negotiation checks its values. For a version other than 4 only the
 * version is read (RFC 4271 6.2), and the rest is empty.
 */
export function decodeOpen(bytes: Uint8Array, start: number, end: number): OpenResult {
  const at = start + HEADER_LENGTH;
  const version = bytes[at];
  if (version !== 4) {
    return { ok: true, open: { version, myAs: 0, holdTimeSeconds: 0, routerId: 0, capabilities: [] } };
  }
  const capabilities = decodeParameters(bytes, at + 9, end);
  if (!Array.isArray(capabilities)) return { ok: false, error: capabilities };
  const myAs = (bytes[at + 1] << 8) | bytes[at + 2];
  const holdTimeSeconds = (bytes[at + 3] << 8) | bytes[at + 4];
  const routerId = ((bytes[at + 5] << 24) | (bytes[at + 6] << 16) | (bytes[at + 7] << 8) | bytes[at + 8]) >>> 0;
  return { ok: true, open: { version, myAs, holdTimeSeconds, routerId, capabilities } };
}

/** Encodes a whole message; parameters use the extended form if they need it (RFC 9072). */
export function encodeOpen(open: OpenMessage): Uint8Array {
  const { version, myAs, holdTimeSeconds, routerId } = open;
  const id = [routerId >>> 24, (routerId >>> 16) & 255, (routerId >>> 8) & 255, routerId & 255];
  const fixed = [version, myAs >>> 8, myAs & 255, holdTimeSeconds >>> 8, holdTimeSeconds & 255, ...id];
  return encodeMessage(MESSAGE.open, Uint8Array.from([...fixed, ...encodeParameters(open.capabilities)]));
}

function encodeParameters(capabilities: readonly Capability[]): number[] {
  if (capabilities.length === 0) return [0];
  const values = encodeCapabilities(capabilities);
  const { length } = values;
  if (length + 2 <= 255) return [length + 2, CAPABILITIES_PARAMETER, length, ...values];
  const total = length + 3;
  return [EXTENDED, EXTENDED, total >>> 8, total & 255, CAPABILITIES_PARAMETER, length >>> 8, length & 255, ...values];
}

/** Capabilities of all parameters, in their order, or the error. `at` is the offset of the parameters' length. */
function decodeParameters(bytes: Uint8Array, at: number, end: number): Capability[] | Notification {
  const extended = bytes[at] !== 0 && at + 1 < end && bytes[at + 1] === EXTENDED;
  if (extended && at + 4 > end) return openError.malformed;
  const length = extended ? (bytes[at + 2] << 8) | bytes[at + 3] : bytes[at];
  let next = extended ? at + 4 : at + 1;
  if (next + length !== end) return openError.malformed;
  const header = extended ? 3 : 2;
  const capabilities: Capability[] = [];
  while (next < end) {
    if (next + header > end) return openError.malformed;
    const type = bytes[next];
    const size = extended ? (bytes[next + 1] << 8) | bytes[next + 2] : bytes[next + 1];
    next += header;
    if (next + size > end) return openError.malformed;
    if (type !== CAPABILITIES_PARAMETER) return openError.unsupportedParameter;
    if (!decodeCapabilities(bytes, next, next + size, capabilities)) return openError.malformed;
    next += size;
  }
  return capabilities;
}

/** Appends the capabilities of one parameter; false when one exceeds its end. */
function decodeCapabilities(bytes: Uint8Array, start: number, end: number, into: Capability[]): boolean {
  for (let at = start; at < end; ) {
    if (at + 2 > end || at + 2 + bytes[at + 1] > end) return false;
    const length = bytes[at + 1];
    into.push({ code: bytes[at], value: bytes.slice(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  return true;
}
