/** Reads files that an operator names, without waiting for what is no file. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/**
 * The octets of a file. A pipe is refused, not opened to wait for its writer: no thread that waits in the system can be
 * ended, neither by the next reload nor by a stop of the daemon.
 * @throws Error if it cannot be read, is a pipe, socket or device, or is longer than `maxBytes`
 */
export function readRegular(path: string, maxBytes: number): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    // The read of a directory fails with the code that callers know.
    if (!stat.isFile() && !stat.isDirectory()) throw new Error('it is not a regular file');
    if (stat.isFile() && stat.size > maxBytes) throw new Error(`it has ${stat.size} bytes`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
