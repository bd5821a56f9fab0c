/** Kinds of argument that several commands have. */
import { z } from 'zod';

/** Maximum length of a text argument, in characters; addresses, prefixes and descriptions are shorter. */
export const MAX_TEXT_LENGTH = 1024;
/** Maximum number of words of a search. */
export const MAX_WORDS = 32;
export const text = z.string().min(1).max(MAX_TEXT_LENGTH);
/** A route in the notation of the tests of policies. */
export const longText = z.string().min(1).max(4096);
export const none = z.strictObject({});
/** For all peers, or for one: its address, or its description if that is unique. */
export const optionalPeer = z.strictObject({ peer: text.exactOptional() });
