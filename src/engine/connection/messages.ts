/** Messages that the session does not process itself, as events for the state machine. */
import type { Event } from '../../fsm/types.ts';
import { MESSAGE } from '../../wire/message.ts';
import { decodeNotification } from '../../wire/notification.ts';
import { decodeOpen } from '../../wire/open/open.ts';

type Bare<E> = E extends { readonly side: unknown } ? Omit<E, 'side'> : never;

/** An event of the state machine, without its side. */
type Incoming = Bare<Event>;

/** Decodes a message with valid framing. */
export function readMessage(bytes: Uint8Array, start: number, end: number, type: number): Incoming {
  switch (type) {
    case MESSAGE.open: {
      const result = decodeOpen(bytes, start, end);
      return result.ok ? { type: 'open', open: result.open } : { type: 'messageError', notification: result.error };
    }
    case MESSAGE.notification:
      return { type: 'notification', notification: decodeNotification(bytes, start, end) };
    case MESSAGE.keepalive:
      return { type: 'keepalive' };
    case MESSAGE.routeRefresh:
      return { type: 'routeRefresh' };
    default:
      return { type: 'update' };
  }
}
