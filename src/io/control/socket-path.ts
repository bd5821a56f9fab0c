/**
 * Prepares the path of the control socket: creates its directory, and removes the socket of a dead daemon.
 * A socket that still answers, or a file that is not a socket, is not touched and is an error.
 */
import { lstat, mkdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';

/** The control socket cannot be created; the message has the reason and the remedy. */
export class ControlSocketError extends Error {
  override readonly name = 'ControlSocketError';
}

/** Maximum bytes of a path in `sun_path` (unix(7)), without the final zero. */
const MAX_PATH_BYTES = 107;

/** @throws ControlSocketError */
export async function clearSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ControlSocketError(`control socket path is longer than ${MAX_PATH_BYTES} bytes: ${path}`);
  }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    if (await holdsDeadSocket(path)) await unlink(path);
  } catch (error) {
    if (error instanceof ControlSocketError) throw error;
    throw new ControlSocketError(`cannot create the control socket ${path}: ${(error as Error).message}`);
  }
}

/** Whether the path is the socket of a dead daemon. */
async function holdsDeadSocket(path: string): Promise<boolean> {
  const stat = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (stat === null) return false;
  if (!stat.isSocket()) throw new ControlSocketError(`${path} exists and is not a socket; move it away`);
  if (await answers(path)) {
    throw new ControlSocketError(`another reflectord answers on ${path}; stop it, or set another control.socket`);
  }
  return true;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}
