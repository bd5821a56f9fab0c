/** NOTIFICATION (RFC 4271 4.5): what ends a session. No I/O. */

export interface Notification {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}
