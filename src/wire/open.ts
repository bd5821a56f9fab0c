/** OPEN (RFC 4271 4.2) and its capabilities (RFC 5492). No I/O. */
import type { Notification } from './notification.ts';

/** A capability as it stood in the OPEN: its code, and its value undecoded. `describeCapability` reads it for people. */
export interface Capability {
  readonly code: number;
  readonly value: Uint8Array;
}

export interface OpenMessage {
  readonly version: number;
  /** The 2-octet My Autonomous System field; 23456 where the number needs four (RFC 6793). */
  readonly myAs: number;
  readonly holdTimeSeconds: number;
  readonly routerId: number;
  readonly capabilities: readonly Capability[];
}

/** A decoded OPEN, or the NOTIFICATION that answers it. */
export type OpenResult =
  | { readonly ok: true; readonly open: OpenMessage }
  | { readonly ok: false; readonly error: Notification };
