/** A malformed UPDATE as operators are told of it. No Node here. */
import { attributeName, UPDATE_SUBCODE, VERDICT } from '../wire/attribute-table.ts';
import { describeNotification, type Notification } from '../wire/notification.ts';
import type { EventOf } from './events.ts';

const MISSING = UPDATE_SUBCODE.missingWellKnown;

/**
 * @param error what was wrong; its data begins with the attribute's flags and code where an attribute was at fault, and
 * is the code of one that is missing
 */
export function malformedEvent(peer: string, verdict: number, error: Notification): EventOf<'update.malformed'> {
  const attributeCode = error.data[error.subcode === MISSING ? 0 : 1] ?? null;
  return {
    name: 'update.malformed',
    peer,
    verdict: verdict === VERDICT.reset ? 'reset' : verdict === VERDICT.withdraw ? 'withdraw' : 'discard',
    attribute: attributeCode === null ? null : attributeName(attributeCode),
    attributeCode,
    problem: describeNotification(error),
  };
}
