/** A malformed UPDATE (RFC 7606), and its event. */
import { attributeName, UPDATE_SUBCODE, VERDICT } from '../../wire/attributes/attribute-table.ts';
import { describeNotification, type Notification } from '../../wire/notification.ts';
import type { EventOf } from './events.ts';

const { missingWellKnown: MISSING, malformedList: LIST, network: NETWORK } = UPDATE_SUBCODE;

/** What became of an UPDATE that was not well-formed; the only result of an UPDATE that is not routes in the tables. */
export interface MalformedUpdate {
  /** A value of VERDICT above `ok`: an attribute was discarded, the routes were withdrawn, or the session is reset. */
  readonly verdict: number;
  /**
   * The error, which a reset sends. Its data starts with the flags and code of the attribute that caused it, or is the
   * code of a missing attribute, or the NLRI.
   */
  readonly error: Notification;
}

export function malformedEvent(peer: string, { verdict, error }: MalformedUpdate): EventOf<'update.malformed'> {
  const attributeCode = error.subcode === NETWORK ? null : (error.data[error.subcode === MISSING ? 0 : 1] ?? null);
  const attribute = attributeCode === null ? null : attributeName(attributeCode);
  return {
    name: 'update.malformed',
    peer,
    verdict: verdict === VERDICT.reset ? 'reset' : verdict === VERDICT.withdraw ? 'withdraw' : 'discard',
    attribute,
    attributeCode,
    part: attribute ?? partOf(error),
    problem: describeNotification(error),
  };
}

/** The part of the message with the error, if it is in no attribute that has a code. */
function partOf({ subcode, data }: Notification): string {
  if (subcode === NETWORK) return 'the prefixes';
  if (subcode !== LIST) return 'the path attributes';
  return data.length === 0 ? 'the lengths of its fields' : 'the end of the path attributes';
}
