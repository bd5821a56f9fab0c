/** The messages between the main thread and the BFD thread. Plain data. */
import type { BfdSpec, BfdStatus } from '../../bfd/spec.ts';

/** The two ends of a session; addresses of 4 or 16 bytes. */
export interface Endpoints {
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  readonly interfaceName: string | null;
}

export type Order =
  /** `before`: its state in a thread that failed; null: a new session. */
  | {
      readonly kind: 'begin';
      readonly id: string;
      readonly endpoints: Endpoints;
      readonly spec: BfdSpec;
      readonly before: BfdStatus | null;
      /** In [0, 1): selects the source port that is tried first; constant for the session (RFC 5881 4). */
      readonly portChoice: number;
    }
  | { readonly kind: 'configure'; readonly id: string; readonly spec: BfdSpec }
  | { readonly kind: 'end'; readonly id: string };

export type News =
  | { readonly kind: 'status'; readonly id: string; readonly status: BfdStatus }
  | { readonly kind: 'problem'; readonly id: string; readonly problem: string }
  /** A session has ended, after it has sent AdminDown to its peer. */
  | { readonly kind: 'gone'; readonly id: string }
  /** Packets sent and received so far, for sessions with new packets. */
  | { readonly kind: 'packets'; readonly counts: readonly (readonly [id: string, sent: number, received: number])[] };
