/** BGP roles of the two sides of a session (RFC 9234 4). */
import { ROLE } from '../wire/open/capability-values.ts';

/** Names of the roles, as configured, by their number. */
export const ROLE_NAMES: readonly string[] = ['provider', 'rs', 'rs-client', 'customer', 'peer'];

/** The role that the peer must have, by our role (RFC 9234 4.2). */
const COUNTERPART: Readonly<Record<number, number>> = {
  [ROLE.provider]: ROLE.customer,
  [ROLE.customer]: ROLE.provider,
  [ROLE.routeServer]: ROLE.routeServerClient,
  [ROLE.routeServerClient]: ROLE.routeServer,
  [ROLE.peer]: ROLE.peer,
};

export function counterpart(role: number): number {
  return COUNTERPART[role];
}

/** Whether the received roles match ours: exactly the matching one, or none if strict mode is off. */
export function rolesFit(role: number, strict: boolean, theirs: readonly number[]): boolean {
  if (theirs.length === 0) return !strict;
  return theirs.length === 1 && theirs[0] === counterpart(role);
}
