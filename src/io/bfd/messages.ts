/** What the engine's thread and BFD's tell each other. Plain data. */
import type { BfdSpec, BfdStatus } from '../../bfd/spec.ts';

/** Between whom; addresses of 4 or 16 bytes. */
export interface Endpoints {
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  readonly interfaceName: string | null;
}

export type Order =
  /** `before`: as it was in a thread that ended; null: it is new. */
  | {
      readonly kind: 'begin';
      readonly id: string;
      readonly endpoints: Endpoints;
      readonly spec: BfdSpec;
      readonly before: BfdStatus | null;
      /** In [0, 1): which source port is tried first; the same for all of its life (RFC 5881 4). */
      readonly portChoice: number;
    }
  | { readonly kind: 'configure'; readonly id: string; readonly spec: BfdSpec }
  | { readonly kind: 'end'; readonly id: string };

export type News =
  | { readonly kind: 'status'; readonly id: string; readonly status: BfdStatus }
  | { readonly kind: 'problem'; readonly id: string; readonly problem: string }
  /** A session that was to end has told its peer. */
  | { readonly kind: 'gone'; readonly id: string }
  /** Packets sent and received so far, of sessions in which they have changed. */
  | { readonly kind: 'packets'; readonly counts: readonly (readonly [id: string, sent: number, received: number])[] };
