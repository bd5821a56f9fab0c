/**
 * Reading a stream without holding up the rest: libuv hands over all that has arrived, up to 32 pieces, before anybody
 * else gets a turn; here each piece is followed by one turn of the event loop.
 */
import type { Readable } from 'node:stream';

/** Calls `onText` with each piece of text, one per turn. */
export function readGently(stream: Readable, onText: (text: string) => void): void {
  stream.setEncoding('utf8').on('data', (text: string) => {
    onText(text);
    stream.pause();
    setImmediate(() => stream.resume());
  });
}
