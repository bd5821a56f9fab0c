/**
 * Reading a stream without holding up the rest: libuv hands over all that has arrived, up to 32 pieces, before anybody
 * else gets a turn; here each piece is followed by one turn of the event loop.
 */
import type { Readable } from 'node:stream';
import { guarded } from './guard.ts';

/**
 * Calls `onText` with each piece of text, one per turn.
 * @param onFault it threw, and is not called any more; what comes is thrown away
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
