/**
 * Text that a peer sends for people: its host name, its software version, the words of a NOTIFICATION. The one reader
 * for all of it, since a peer chooses every octet and an operator's terminal shows the result.
 */

/**
 * Not for a terminal: control characters (escape sequences, line ends), format characters (they turn the direction of
 * text, join or hide it), line and paragraph separators, private use.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** UTF-8 of `bytes[start, end)`; what is no UTF-8 reads U+FFFD, and each character that is not for a terminal a space. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  return printable(new TextDecoder('utf-8').decode(bytes.subarray(start, end)));
}

/** As `printable`, line by line. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The same text with a space for each character that is not for a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}
