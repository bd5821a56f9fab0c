/** A malformed UPDATE as operators are told of it. No Node here. */
import { attributeName, VERDICT } from '../wire/attribute-table.ts';
import { describeNotification, type Notification } from '../wire/notification.ts';
import type { EventOf } from './events.ts';

/** @param error what was wrong; its data begins with the attribute's flags and code where an attribute was at fault */
export function malformedEvent(peer: string, verdict: number, error: Notification): EventOf<'update.malformed'> {
  const attributeCode = error.data.length >= 2 ? error.data[1] : null;
  return {
    name: 'update.malformed',
    peer,
    verdict: verdict === VERDICT.reset ? 'reset' : verdict === VERDICT.withdraw ? 'withdraw' : 'discard',
    attribute: attributeCode === null ? null : attributeName(attributeCode),
    attributeCode,
    problem: describeNotification(error),
  };
}
