/**
 * Text that a peer sends for operators: its host name, its software version, a Shutdown Communication. This is the only
 * reader for all of it, since the peer chooses every octet and an operator's terminal shows the result.
 */

/**
 * Characters that must not reach a terminal: control characters (escape sequences, line ends), format characters (which
 * change the direction of text, join or hide it), line and paragraph separators, private use.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** UTF-8 text of `bytes[start, end)`; invalid UTF-8 becomes U+FFFD, and unprintable characters become spaces. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  return printable(new TextDecoder('utf-8').decode(bytes.subarray(start, end)));
}

/** As `printable`, line by line. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The same text with unprintable characters replaced by spaces. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}
