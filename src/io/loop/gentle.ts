/**
 * Reads a stream without delaying other work: libuv delivers up to 32 pieces at once; here a turn of the event loop
 * follows each piece.
 */
import type { Readable } from 'node:stream';
import { guarded } from '../system/guard.ts';

/**
 * Calls `onText` with each piece of text, one per turn.
 * @param onFault called if `onText` threw; `onText` is not called any more, and later input is discarded
 */
export function readGently(
  stream: Readable,
  where: string,
  onText: (text: string) => void,
  onFault: (error: Error) => void,
): void {
  let failed = false;
  const read = guarded(where, onText, (error) => {
    failed = true;
    onFault(error);
  });
  stream.setEncoding('utf8').on('data', (text: string) => {
    if (failed) return;
    read(text);
    stream.pause();
    setImmediate(() => stream.resume());
  });
}
