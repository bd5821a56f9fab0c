/** Messages other than an established session's UPDATEs and KEEPALIVEs, as events for the state machine. No Node here. */
import type { Event } from '../fsm/types.ts';
import { MESSAGE } from '../wire/message.ts';
import { decodeNotification } from '../wire/notification.ts';
import { decodeOpen } from '../wire/open.ts';
import { decodeRouteRefresh } from '../wire/route-refresh.ts';

type Bare<E> = E extends { readonly side: unknown } ? Omit<E, 'side'> : never;

export type Incoming =
  /** An event of the state machine, the side still to be filled in. */
  | { readonly kind: 'event'; readonly event: Bare<Event> }
  | { readonly kind: 'refresh'; readonly afi: number; readonly safi: number; readonly subtype: number };

/** Reads a message whose framing is right. */
export function readMessage(bytes: Uint8Array, start: number, end: number, type: number): Incoming {
  switch (type) {
    case MESSAGE.open: {
      const result = decodeOpen(bytes, start, end);
      return result.ok
        ? { kind: 'event', event: { type: 'open', open: result.open } }
        : { kind: 'event', event: { type: 'messageError', notification: result.error } };
    }
    case MESSAGE.notification:
      return { kind: 'event', event: { type: 'notification', notification: decodeNotification(bytes, start, end) } };
    case MESSAGE.keepalive:
      return { kind: 'event', event: { type: 'keepalive' } };
    case MESSAGE.routeRefresh:
      return { kind: 'refresh', ...decodeRouteRefresh(bytes, start, end) };
    default:
      return { kind: 'event', event: { type: 'update' } };
  }
}
